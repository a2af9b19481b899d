#include "http.h"

#include <sys/socket.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define HEAD_LIMIT (16 * 1024)
#define BODY_LIMIT (26 * 1024 * 1024)

struct conn {
    struct lws *wsi;
    struct box *box;
    struct str in;
    struct request *request; /* under way: its bytes arrive, or it waits for its answer */
    size_t need;             /* bytes of body still to come */
    bool chunked, reading, close_wanted, last;
};

/* --- out --- */

void socket_reset(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    /* Closing would go through an orderly shutdown; dissolving the association sends the reset at once. */
    (void)connect(fd, &nowhere, sizeof nowhere);
}

void conn_write(struct conn *c, const void *data, size_t n)
{
    if (!c || !c->wsi || n == 0)
        return;
    unsigned char *room = mem_alloc(LWS_PRE + n);
    memcpy(room + LWS_PRE, data, n);
    if (lws_write(c->wsi, room + LWS_PRE, n, LWS_WRITE_RAW) < 0)
        c->close_wanted = true;
    free(room);
}

void conn_close(struct conn *c)
{
    if (!c || !c->wsi)
        return;
    c->close_wanted = true;
    lws_callback_on_writable(c->wsi);
}

void conn_reset(struct conn *c)
{
    if (!c || !c->wsi)
        return;
    socket_reset(lws_get_socket_fd(c->wsi));
    conn_close(c);
}

/* --- in --- */

static char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(head, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n")) {
        const char *line = p + 2;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *value = line + n + 1 + strspn(line + n + 1, " \t");
            size_t len = strcspn(value, "\r\n");
            while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
                len--;
            return mem_strndup(value, len);
        }
    }
    return NULL;
}

static int request_line(struct request *r, const char *head)
{
    size_t method = strcspn(head, " \r\n");
    if (head[method] != ' ' || method == 0 || method > 10)
        return -1;
    const char *target = head + method + 1;
    size_t n = strcspn(target, " \r\n");
    if (target[n] != ' ' || *target != '/' || !str_starts(target + n + 1, "HTTP/1."))
        return -1;
    r->method = mem_strndup(head, method);
    size_t path = strcspn(target, "? \r\n");
    r->path = mem_strndup(target, path);
    r->query = path < n ? mem_strndup(target + path + 1, n - path - 1) : NULL;
    return 0;
}

static int bad_request(struct conn *c, int status, const char *word)
{
    struct str out = STR_INIT;
    str_addf(&out, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status, word);
    conn_write(c, out.data, out.len);
    str_release(&out);
    conn_close(c);
    return -1;
}

static int parse_head(struct conn *c, const char *head)
{
    struct request *r = c->request = request_new(c->box, c);
    if (request_line(r, head) < 0)
        return bad_request(c, 400, "Bad Request");
    r->host = header(head, "Host");
    r->authorization = header(head, "Authorization");
    r->content_type = header(head, "Content-Type");
    r->audit_reason = header(head, "X-Audit-Log-Reason");
    char *length = header(head, "Content-Length"), *coding = header(head, "Transfer-Encoding");
    char *expect = header(head, "Expect"), *connection = header(head, "Connection");
    c->chunked = coding && strcasecmp(coding, "chunked") == 0;
    char *end = NULL;
    unsigned long long n = length ? strtoull(length, &end, 10) : 0;
    bool wrong = (length && (end == length || *end)) || (coding && !c->chunked);
    c->need = (size_t)n;
    c->last = connection && strcasecmp(connection, "close") == 0;
    if (expect && strcasecmp(expect, "100-continue") == 0 && (n > 0 || c->chunked))
        conn_write(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    free(length);
    free(coding);
    free(expect);
    free(connection);
    if (wrong)
        return bad_request(c, 400, "Bad Request");
    if (n > BODY_LIMIT)
        return bad_request(c, 413, "Payload Too Large");
    return 0;
}

static void consume(struct str *s, size_t n)
{
    memmove(s->data, s->data + n, s->len - n);
    str_cut(s, s->len - n);
}

/* One chunk into the body: 1 the last one, 0 more bytes are needed, -1 malformed, 2 took one. */
static int take_chunk(struct conn *c)
{
    if (c->in.len == 0)
        return 0;
    char *eol = memmem(c->in.data, c->in.len, "\r\n", 2), *end = NULL;
    if (!eol)
        return c->in.len > 1024 ? -1 : 0;
    unsigned long long n = strtoull(c->in.data, &end, 16);
    size_t head = (size_t)(eol - c->in.data) + 2;
    if (end == c->in.data || n > BODY_LIMIT || c->request->body.len + n > BODY_LIMIT)
        return -1;
    if (c->in.len < head + (size_t)n + 2)
        return 0;
    str_add_bytes(&c->request->body, c->in.data + head, (size_t)n);
    consume(&c->in, head + (size_t)n + 2);
    return n == 0 ? 1 : 2;
}

/* 1: the request is whole. */
static int take_body(struct conn *c)
{
    if (c->chunked) {
        int took;
        do
            took = take_chunk(c);
        while (took == 2);
        return took < 0 ? bad_request(c, 400, "Bad Request") : took;
    }
    if (c->in.len < c->need)
        return 0;
    if (c->need > 0) {
        str_add_bytes(&c->request->body, c->in.data, c->need);
        consume(&c->in, c->need);
    }
    return 1;
}

/* 1: a request is whole; 0 more is needed; -1 the connection ends. */
static int take_request(struct conn *c)
{
    if (!c->request) {
        char *end = c->in.len ? memmem(c->in.data, c->in.len, "\r\n\r\n", 4) : NULL;
        if (!end)
            return c->in.len > HEAD_LIMIT ? bad_request(c, 431, "Request Header Fields Too Large") : 0;
        end[2] = 0; /* the last header line keeps its end */
        c->reading = true;
        if (parse_head(c, c->in.data) < 0)
            return -1;
        consume(&c->in, (size_t)(end - c->in.data) + 4);
    }
    return take_body(c);
}

static void serve(struct conn *c)
{
    while (c->wsi && !c->close_wanted && (!c->request || c->reading)) {
        int took = take_request(c);
        if (took <= 0)
            return;
        c->reading = false;
        request_run(c->request);
    }
}

void conn_next(struct conn *c)
{
    if (!c)
        return;
    c->request = NULL;
    if (c->last)
        conn_close(c);
    else if (c->wsi && c->in.len > 0)
        lws_callback_on_writable(c->wsi); /* goes on with what is there, without recursion */
}

static void conn_gone(struct conn *c)
{
    c->wsi = NULL;
    if (c->request && c->reading)
        request_free(c->request);
    else if (c->request)
        request_gone(c->request);
    list_remove(&c->box->conns, c);
    str_release(&c->in);
    free(c);
}

void conns_release(struct box *b)
{
    while (b->conns.count > 0)
        conn_gone(b->conns.items[b->conns.count - 1]);
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct conn **slot = user, *c = slot ? *slot : NULL;
    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        if (c)
            break;
        c = mem_zero(1, sizeof *c);
        c->wsi = wsi;
        c->box = lws_context_user(lws_get_context(wsi));
        *slot = c;
        list_push(&c->box->conns, c);
        break;
    case LWS_CALLBACK_RAW_RX:
        if (!c)
            return -1;
        str_add_bytes(&c->in, in, len);
        if (c->in.len > BODY_LIMIT * 2)
            return -1;
        serve(c);
        if (c->close_wanted)
            lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_RAW_WRITEABLE:
        if (!c || c->close_wanted)
            return -1;
        serve(c);
        break;
    case LWS_CALLBACK_RAW_CLOSE:
        if (c)
            conn_gone(c);
        if (slot)
            *slot = NULL;
        break;
    default:
        break;
    }
    return 0;
}

const struct lws_protocols http_protocol = {
    .name = "rest",
    .callback = on_http,
    .per_session_data_size = sizeof(struct conn *),
    .rx_buffer_size = 65536,
    .tx_packet_size = 1 << 20,
};
