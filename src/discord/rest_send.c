#include "rest_inside.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define ATTEMPT_MS 15000
#define SWEEP_MS 100

static void start(struct rest_call *c)
{
    struct rest_bot *b = c->bot;
    int64_t left = c->deadline - time_monotonic();
    struct str url = STR_INIT;
    str_addf(&url, "%s%s%s", b->rest->base, c->path[0] == '/' ? "" : "/", c->path);
    struct http_request r = {
        .method = c->method,
        .url = url.data,
        .token = c->flags & REST_INTERACTION ? NULL : b->token,
        .reason = c->reason,
        .body = c->body,
        .body_len = c->body_len,
        .files = c->files,
        .file_count = c->file_count,
        .timeout_ms = (int)(left < 1            ? 1
                            : left < ATTEMPT_MS ? left
                                                : ATTEMPT_MS),
    };
    c->attempts++;
    c->generation = b->generation;
    c->http = http_start(b->rest->http, &r, rest_call_answered, c);
    str_release(&url);
}

/* Send, or end it here when sending would be wrong. */
static void go(struct rest_call *c)
{
    struct rest_bot *b = c->bot;
    bool acknowledged = c->flags & REST_ACKNOWLEDGED;
    if (seat_stopped(c->seat, &c->item, time_monotonic())) {
        seat_lost(c->seat, &c->item);
        rest_call_finish(
            c, &(struct rest_answer){
                   .result = REST_FORBIDDEN,
                   .status = 403,
                   .message = "this route answered 403 again and again; it is not tried for 10 minutes",
                   .held = true});
    } else if (budget_closed(rest_invalid(b->rest, 0)) && !acknowledged) {
        seat_lost(c->seat, &c->item);
        rest_call_give_up(c, REST_BUDGET, "the host got too many invalid answers");
    } else
        start(c);
}

static void on_wake(uv_timer_t *timer)
{
    rest_pump(timer->data);
}

static void expire(struct rest_call *c)
{
    bool sent = c->attempts > 0 || c->last_message;
    rest_call_take(c);
    char *message =
        mem_strdup(c->last_message ? c->last_message : "the time was over before it could be sent");
    rest_call_give_up(c, sent ? REST_UNREACHABLE : REST_CANCELLED, message);
    free(message);
}

static struct rest_call *first_late(const struct rest_bot *b, int64_t now)
{
    struct rest_call *c = b->calls;
    while (c && (c->http || c->deadline > now))
        c = c->next;
    return c;
}

/* What waits too long ends; runs only while something waits. */
static void on_sweep(uv_timer_t *timer)
{
    struct rest_bot *b = timer->data;
    struct rest_call *c;
    int64_t now = time_monotonic();
    while (!b->closing && (c = first_late(b, now)))
        expire(c);
    if (!b->closing)
        rest_pump(b);
}

static void arm(struct rest_bot *b, int64_t now, int64_t when)
{
    if (!rest_first_waiting(b)) {
        uv_timer_stop(&b->wake);
        uv_timer_stop(&b->sweep);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&b->sweep))
        uv_timer_start(&b->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    if (when == LIMITER_NEVER)
        uv_timer_stop(&b->wake);
    else
        uv_timer_start(&b->wake, on_wake, (uint64_t)(when > now ? when - now : 0), 0);
}

void rest_pump(struct rest_bot *b)
{
    int64_t now = time_monotonic(), when = LIMITER_NEVER;
    struct limiter_item *item;
    if (seat_refused(b->seat))
        rest_quarantine(b);
    while (!b->closing && !seat_refused(b->seat) && (item = seat_pop(b->seat, now, &when)))
        go((struct rest_call *)item);
    if (!b->closing)
        arm(b, now, when);
}

void rest_send(struct rest_bot *b, const struct rest_request *q)
{
    rest_call_new(b, q);
    if (!b->closing)
        uv_timer_start(&b->wake, on_wake, 0, 0);
}
