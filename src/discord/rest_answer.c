#include "rest_inside.h"

#include "answer.h"
#include "backoff.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define BACKOFF_BASE_MS 500
#define BACKOFF_CAP_MS 10000
#define CODE_DM_CLOSED 50007 /* this user takes no direct messages of the bot */

/* --- the budget of invalid answers --- */

int64_t rest_invalid(struct rest *r, int delta)
{
    int64_t count =
        r->invalid ? r->invalid(r->context, delta) : budget_spend(&r->budget, delta, time_monotonic());
    if (budget_warns(count) && !r->warned)
        log_event(LEVEL_WARN, NULL, "budget",
                  "%lld of %d invalid answers in 10 minutes: the host is near a ban by Discord",
                  (long long)count, BUDGET_LIMIT);
    r->warned = budget_warns(count);
    return count;
}

/* --- answers --- */

static void remember(struct rest_call *c, int status, const char *message)
{
    c->last_status = status;
    free(c->last_message);
    c->last_message = mem_strdup(message);
}

static void again(struct rest_call *c, int64_t not_before)
{
    c->item.not_before = not_before;
    if (c->seat == c->bot->seat)
        seat_again(c->seat, &c->item, not_before);
    else
        rest_call_sit(c); /* the token changed meanwhile */
}

static bool tries_left(const struct rest_call *c)
{
    return !(c->flags & REST_NO_RETRY) && c->attempts < c->max_attempts;
}

/* 5xx, timeouts and broken connections. */
static void transient(struct rest_call *c, int status, const char *message)
{
    int64_t now = time_monotonic();
    int64_t wait = backoff_delay(c->attempts, BACKOFF_BASE_MS, BACKOFF_CAP_MS, backoff_fraction());
    remember(c, status, message);
    if (tries_left(c) && now + wait < c->deadline)
        again(c, now + wait);
    else
        rest_call_give_up(c, REST_UNREACHABLE, c->last_message);
}

static void limited(struct rest_call *c, const struct limiter_answer *head, const char *message)
{
    remember(c, head->status, message);
    /* A 429 is no failed try; only the deadline ends waiting. */
    c->attempts--;
    if (c->flags & REST_NO_RETRY)
        rest_call_give_up(c, REST_UNREACHABLE, c->last_message);
    else
        again(c, 0);
}

struct rest_call *rest_first_waiting(const struct rest_bot *b)
{
    struct rest_call *c = b->calls;
    while (c && c->http)
        c = c->next;
    return c;
}

void rest_quarantine(struct rest_bot *b)
{
    struct rest_call *c;
    seat_refuse(b->seat);
    /* A hook may free the bot or give it a new token. */
    while (!b->closing && seat_refused(b->seat) && (c = rest_first_waiting(b))) {
        rest_call_take(c);
        rest_call_give_up(c, REST_REFUSED, "the token was refused");
    }
}

static enum rest_result result_of(int status)
{
    return status >= 200 && status < 300 ? REST_OK
           : status == 401               ? REST_REFUSED
           : status == 403               ? REST_FORBIDDEN
                                         : REST_CLIENT;
}

static void final(struct rest_call *c, const struct limiter_answer *head, const struct json *body,
                  const char *message)
{
    struct rest_bot *b = c->bot;
    struct rest_answer a = {.result = result_of(head->status), .status = head->status, .body = body};
    a.code = json_get_int(body, "code", 0);
    if (a.result != REST_OK)
        a.message = message;
    /* A path's own credential says nothing about the token. */
    bool token = head->status == 401 && !(c->flags & REST_INTERACTION) && c->generation == b->generation;
    if (token)
        seat_refuse(b->seat);
    rest_call_finish(c, &a);
    if (token && !b->closing && seat_refused(b->seat))
        rest_quarantine(b);
}

static void interpret(struct rest_call *c, const struct http_answer *h)
{
    struct rest_bot *b = c->bot;
    struct limiter_answer head = h->head;
    struct json *body = h->body->len ? json_parse(h->body->data, h->body->len, NULL) : NULL;
    struct str words = STR_INIT;
    int64_t now = time_monotonic();
    if (head.date)
        b->rest->date = head.date;
    if (head.status == 429)
        answer_limited(&head, body);
    head.personal = head.status == 403 && json_get_int(body, "code", 0) == CODE_DM_CLOSED;
    if (head.status < 200 || head.status >= 300)
        answer_message(head.status, body, &words);
    log_redact(&words);
    seat_done(c->seat, &c->item, &head, now);
    if (answer_invalid(&head))
        rest_invalid(b->rest, 1);
    if (head.status == 429)
        limited(c, &head, str_text(&words));
    else if (head.status >= 500 || head.status < 200) {
        c->unknown = true;
        transient(c, head.status, str_text(&words));
    } else if (head.status < 300 && h->body->len && !body) {
        /* It was done, but what it says cannot be read. */
        c->unknown = true;
        remember(c, head.status, "the answer is not JSON");
        rest_call_give_up(c, REST_UNREACHABLE, c->last_message);
    } else
        final(c, &head, body, str_text(&words));
    str_release(&words);
    json_wipe(body);
}

void rest_call_answered(void *context, const struct http_answer *h)
{
    struct rest_call *c = context;
    struct rest_bot *b = c->bot;
    c->http = NULL;
    if (h->complete)
        interpret(c, h);
    else {
        struct str words = STR_INIT;
        str_add(&words, h->trouble);
        log_redact(&words);
        seat_lost(c->seat, &c->item);
        c->unknown |= h->sent;
        if (h->untrusted)
            rest_call_finish(c, &(struct rest_answer){.result = REST_UNREACHABLE,
                                                      .message = str_text(&words),
                                                      .untrusted = true});
        else
            transient(c, 0, str_text(&words));
        str_release(&words);
    }
    if (!b->closing)
        rest_pump(b);
}
