#include "request.h"

#include "control.h"
#include "faults.h"
#include "http.h"
#include "record.h"
#include "router.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

struct request *request_new(struct box *b, struct conn *c)
{
    struct request *r = mem_zero(1, sizeof *r);
    r->box = b;
    r->conn = c;
    return r;
}

static void timer_closed(uv_handle_t *h)
{
    free(h);
}

void request_free(struct request *r)
{
    if (!r)
        return;
    list_remove(&r->box->pending, r);
    if (r->timer) {
        r->timer->data = NULL;
        uv_close((uv_handle_t *)r->timer, timer_closed);
    }
    char *texts[] = {r->method,        r->path,         r->query,       r->host,
                     r->authorization, r->content_type, r->audit_reason};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < MAX_ARGS; i++)
        free(r->args[i]);
    for (size_t i = 0; i < r->uploads.count; i++)
        upload_free(r->uploads.items[i]);
    list_drop(&r->uploads);
    str_release(&r->body);
    str_release(&r->headers);
    json_free(r->doc);
    json_free(r->answer);
    fault_free(r->fault);
    free(r);
}

void request_keep(struct request *r, void (*gone)(struct request *r))
{
    r->keep = true;
    r->gone = gone;
    list_push(&r->box->pending, r);
}

void request_gone(struct request *r)
{
    r->conn = NULL;
    if (r->gone)
        r->gone(r);
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *word;
    } words[] = {{200, "OK"},
                 {201, "Created"},
                 {204, "No Content"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {413, "Payload Too Large"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].status == status)
            return words[i].word;
    return "Status";
}

static void add_date(struct str *out, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char text[64];
    if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0)
        str_addf(out, "Date: %s\r\n", text);
}

static void print_answer(struct request *r, struct str *out)
{
    struct str body = STR_INIT;
    if (r->file)
        str_add_bytes(&body, r->file, r->file_size);
    else if (r->answer)
        json_print(r->answer, &body);
    str_addf(out, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
    add_date(out, world_now(&r->box->world));
    if (r->status != 204)
        str_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                 r->file ? r->file_type : "application/json", body.len);
    if (r->headers.len > 0)
        str_add_bytes(out, r->headers.data, r->headers.len);
    str_add(out, "\r\n");
    if (r->status != 204)
        str_add_bytes(out, body.data ? body.data : "", body.len);
    str_release(&body);
}

/* Write as the fault wants it. */
static void write_faulty(struct request *r, const struct str *out)
{
    static const char garbage[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n"
        "{\"id\":\"\xff\xfe\",,,<html>]]]]";
    switch (r->fault->kind) {
    case FAULT_RESET:
        conn_reset(r->conn);
        break;
    case FAULT_HALF:
        conn_write(r->conn, out->data, out->len - (out->len > 60 ? 20 : out->len / 2));
        conn_close(r->conn);
        break;
    case FAULT_GARBAGE:
        if (r->fault->body)
            conn_write(r->conn, r->fault->body, strlen(r->fault->body));
        else
            conn_write(r->conn, garbage, sizeof garbage - 1);
        if (r->fault->body)
            conn_close(r->conn);
        break;
    default:
        conn_write(r->conn, out->data, out->len);
    }
}

void request_finish(struct request *r)
{
    struct box *b = r->box;
    struct conn *c = r->conn;
    struct str out = STR_INIT;
    if (r->status == 401 || r->status == 403 || r->status == 429)
        b->invalid[r->status == 401 ? 0 : r->status == 403 ? 1 : 2]++;
    print_answer(r, &out);
    record_request(r);
    if (c && r->fault)
        write_faulty(r, &out);
    else
        conn_write(c, out.data, out.len);
    str_release(&out);
    bool control = !r->route;
    request_free(r);
    conn_next(c); /* a connection that is closing lets go of the request too */
    if (!control)
        box_changed(b);
}

static void on_late(uv_timer_t *t)
{
    if (t->data)
        request_finish(t->data);
}

void request_finish_later(struct request *r, int64_t ms)
{
    r->timer = mem_zero(1, sizeof *r->timer);
    uv_timer_init(&r->box->loop, r->timer);
    r->timer->data = r;
    uv_timer_start(r->timer, on_late, (uint64_t)ms, 0);
    if (!r->keep)
        request_keep(r, NULL);
}

void request_run(struct request *r)
{
    r->started = time_monotonic_us();
    if (str_equal(r->path, "/control") || str_equal(r->path, "/api/v10/control"))
        control_request(r);
    else
        router_run(r);
    if (r->keep)
        return;
    if (r->fault && r->fault->kind == FAULT_HANG)
        request_keep(r, request_free);
    else if (r->fault && r->fault->kind == FAULT_LATENCY)
        request_finish_later(r, r->fault->latency_ms);
    else
        request_finish(r);
}
