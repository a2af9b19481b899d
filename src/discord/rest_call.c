#include "rest_inside.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "url.h"

#define DEFAULT_TIMEOUT_MS 30000
#define DEFAULT_ATTEMPTS 5
#define REASON_LIMIT 512

void rest_call_sit(struct rest_call *c)
{
    int64_t not_before = c->item.not_before;
    if (c->seat)
        seat_release(c->seat, &c->item);
    seat_drop(c->seat);
    c->seat = seat_hold(c->bot->seat);
    seat_push(c->seat, &c->item, c->method, c->path, time_monotonic());
    c->item.not_before = not_before;
}

static void copy_files(struct rest_call *c, const struct rest_request *q)
{
    if (!q->file_count)
        return;
    c->files = mem_zero(q->file_count, sizeof *c->files);
    c->file_count = q->file_count;
    for (size_t i = 0; i < q->file_count; i++) {
        void *data = mem_alloc(q->files[i].size);
        if (q->files[i].size)
            memcpy(data, q->files[i].data, q->files[i].size);
        c->files[i] = (struct rest_file){mem_strdup(q->files[i].name), data, q->files[i].size};
    }
}

static void copy_texts(struct rest_call *c, const struct rest_request *q)
{
    c->method = mem_strdup(q->method);
    c->path = mem_strdup(q->path);
    if (q->body) {
        struct str text = STR_INIT;
        json_print(q->body, &text);
        c->body_len = text.len;
        c->body = str_take(&text);
    }
    if (q->reason) {
        struct str reason = STR_INIT;
        url_encode(&reason, q->reason, REASON_LIMIT);
        c->reason = str_take(&reason);
    }
}

void rest_call_new(struct rest_bot *b, const struct rest_request *q)
{
    struct rest_call *c = mem_zero(1, sizeof *c);
    int64_t now = time_monotonic();
    c->bot = b;
    copy_texts(c, q);
    copy_files(c, q);
    c->flags = q->flags;
    c->deadline = now + (q->timeout_ms > 0 ? q->timeout_ms : DEFAULT_TIMEOUT_MS);
    c->max_attempts = q->max_attempts > 0 ? q->max_attempts : DEFAULT_ATTEMPTS;
    c->done = q->done;
    c->context = q->context;
    c->item.exempt = (q->flags & REST_INTERACTION) != 0;
    c->link = b->tail;
    *b->tail = c;
    b->tail = &c->next;
    rest_call_sit(c);
}

static void call_free(struct rest_call *c)
{
    free(c->method);
    free(c->path);
    if (c->body)
        mem_wipe(c->body, c->body_len);
    free(c->body);
    free(c->reason);
    for (size_t i = 0; i < c->file_count; i++) {
        void *data = (void *)(uintptr_t)c->files[i].data;
        mem_wipe(data, c->files[i].size);
        free((void *)(uintptr_t)c->files[i].name);
        free(data);
    }
    free(c->files);
    free(c->last_message);
    free(c);
}

void rest_call_finish(struct rest_call *c, struct rest_answer *a)
{
    struct rest_bot *b = c->bot;
    a->unknown_outcome = c->unknown && a->result != REST_OK;
    if (!a->message)
        a->message = "";
    seat_release(c->seat, &c->item);
    seat_drop(c->seat);
    *c->link = c->next;
    *(c->next ? &c->next->link : &b->tail) = c->link;
    if (c->done)
        c->done(c->context, a);
    call_free(c);
}

void rest_call_give_up(struct rest_call *c, enum rest_result result, const char *message)
{
    struct rest_answer a = {.result = result, .status = c->last_status, .message = message};
    rest_call_finish(c, &a);
}

void rest_call_take(struct rest_call *c)
{
    if (c->http) {
        /* What was on its way may be carried out all the same. */
        c->unknown = true;
        http_cancel(c->http);
        c->http = NULL;
        seat_lost(c->seat, &c->item);
        return;
    }
    /* The queue forgets the item, the call keeps its route until it is finished. */
    seat_take(c->seat, &c->item);
}
