#include "tt/discord/rest.h"

#include <pthread.h>
#include <unistd.h>

#include "answer.h"
#include "backoff.h"
#include "budget.h"
#include "http.h"
#include "shared.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/discord/libcurl.h"
#include "url.h"

#define DEFAULT_TIMEOUT_MS 30000
#define ATTEMPT_MS 15000
#define DEFAULT_ATTEMPTS 5
#define BACKOFF_BASE_MS 500
#define BACKOFF_CAP_MS 10000
#define REASON_LIMIT 512
#define SWEEP_MS 100
#define CODE_DM_CLOSED 50007 /* this user takes no direct messages of the bot */

const char *const rest_result_words[] = {
    [REST_OK] = "ok",
    [REST_CLIENT] = "refused by Discord",
    [REST_REFUSED] = "the token is refused",
    [REST_FORBIDDEN] = "forbidden",
    [REST_UNREACHABLE] = "unreachable",
    [REST_CANCELLED] = "cancelled",
    [REST_BUDGET] = "held back: too many invalid answers",
};

struct rest {
    uv_loop_t *loop;
    struct http *http;
    char *base;
    int64_t (*invalid)(void *context, int delta);
    void *context;
    struct budget budget;
    bool warned;
    int64_t date; /* of the latest answer */
    struct rest_bot *bots;
    struct rest_limits *limits, *own_limits;
    /* --- those that another thread woke --- */
    pthread_mutex_t mutex; /* taken after that of the limits */
    uv_async_t *async;
    struct rest_bot *woken;
};

struct call {
    struct limiter_item item; /* first: an item is its call */
    struct call *next, **link;
    struct rest_bot *bot;
    struct seat *seat; /* under which it waits or was sent */
    char *method, *path, *body, *reason;
    size_t body_len;
    struct rest_file *files;
    size_t file_count;
    unsigned flags, generation;
    int64_t deadline;
    int attempts, max_attempts;
    bool unknown;
    struct http_call *http; /* while in flight */
    int last_status;
    char *last_message; /* of the last failed try */
    rest_done done;
    void *context;
};

struct rest_bot {
    struct rest_bot *next, **link;
    struct rest *rest;
    char *token;
    unsigned generation; /* of the token: an old one's 401 says nothing of the new one */
    bool closing;
    struct seat *seat;
    struct call *calls, **tail; /* oldest first */
    uv_timer_t wake, sweep;
    int open_handles;
    struct rest_bot *woken_next;
    bool woken;
};

static void pump(struct rest_bot *b);

/* --- woken by another bot of the same token --- */

static void wake(void *context)
{
    struct rest_bot *b = context;
    struct rest *r = b->rest;
    pthread_mutex_lock(&r->mutex);
    if (!b->woken) {
        b->woken = true;
        b->woken_next = r->woken;
        r->woken = b;
        uv_async_send(r->async);
    }
    pthread_mutex_unlock(&r->mutex);
}

static struct rest_bot *woken_take(struct rest *r)
{
    pthread_mutex_lock(&r->mutex);
    struct rest_bot *b = r->woken;
    if (b) {
        r->woken = b->woken_next;
        b->woken = false;
    }
    pthread_mutex_unlock(&r->mutex);
    return b;
}

static void woken_forget(struct rest_bot *b)
{
    pthread_mutex_lock(&b->rest->mutex);
    struct rest_bot **at = &b->rest->woken;
    while (*at && *at != b)
        at = &(*at)->woken_next;
    if (*at)
        *at = b->woken_next;
    b->woken = false;
    pthread_mutex_unlock(&b->rest->mutex);
}

static void on_woken(uv_async_t *async)
{
    struct rest *r = async->data;
    struct rest_bot *b;
    while ((b = woken_take(r)))
        pump(b);
}

static void on_async_closed(uv_handle_t *handle)
{
    free(handle);
}

/* --- lifetime --- */

int rest_new(struct rest **out, const struct rest_options *options, struct error *e)
{
    struct url u;
    *out = NULL;
    if (url_parse(options->base, URL_REST, &u, e) < 0)
        return -1;
    if (options->ca_file && access(options->ca_file, R_OK) < 0)
        return error_set(e, ERROR_REFUSED, NULL, "no certificate authorities can be read from %s",
                         options->ca_file);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct rest *r = mem_zero(1, sizeof *r);
    r->loop = options->loop;
    r->base = mem_strdup(options->base);
    for (size_t n = strlen(r->base); n > 0 && r->base[n - 1] == '/'; n--)
        r->base[n - 1] = '\0';
    r->invalid = options->invalid;
    r->context = options->context;
    r->http = http_new(options->loop, options->ca_file, !u.tls);
    r->own_limits = options->limits ? NULL : rest_limits_new();
    r->limits = options->limits ? options->limits : r->own_limits;
    pthread_mutex_init(&r->mutex, NULL);
    r->async = mem_zero(1, sizeof *r->async);
    uv_async_init(r->loop, r->async, on_woken);
    uv_unref((uv_handle_t *)r->async);
    r->async->data = r;
    *out = r;
    return 0;
}

void rest_free(struct rest *r)
{
    if (!r)
        return;
    while (r->bots)
        rest_bot_free(r->bots);
    http_free(r->http);
    rest_limits_free(r->own_limits);
    pthread_mutex_destroy(&r->mutex);
    uv_close((uv_handle_t *)r->async, on_async_closed);
    free(r->base);
    free(r);
}

int64_t rest_date(const struct rest *r)
{
    return r->date;
}

static void token_drop(struct rest_bot *b)
{
    if (!b->token)
        return;
    log_secret_remove(b->token);
    mem_wipe(b->token, strlen(b->token));
    free(b->token);
    b->token = NULL;
}

/* C, which is in no queue, moves to its bot's seat. */
static void call_sit(struct call *c)
{
    int64_t not_before = c->item.not_before;
    if (c->seat)
        seat_release(c->seat, &c->item);
    seat_drop(c->seat);
    c->seat = seat_hold(c->bot->seat);
    seat_push(c->seat, &c->item, c->method, c->path, time_monotonic());
    c->item.not_before = not_before;
}

/* The calls that wait go out under the new token; those under way still count for the old one. */
static void take_token(struct rest_bot *b, const char *token)
{
    struct seat *old = b->seat;
    char *copy = mem_strdup(token);
    token_drop(b);
    b->token = copy;
    log_secret_add(copy);
    b->seat = seat_new(b->rest->limits, copy, wake, b);
    for (struct call *c = b->calls; c; c = c->next) {
        if (c->http)
            continue;
        seat_take(c->seat, &c->item);
        call_sit(c);
    }
    if (old)
        seat_leave(old);
    seat_drop(old);
}

void rest_bot_set_token(struct rest_bot *b, const char *token)
{
    if (!str_equal(b->token, token))
        take_token(b, token);
    b->generation++;
    seat_forgive(b->seat);
}

void rest_bot_set_epoch(struct rest_bot *b, int64_t epoch)
{
    seat_set_epoch(b->seat, epoch);
}

struct json *rest_bot_limits(const struct rest_bot *b)
{
    return seat_state(b->seat, time_monotonic());
}

void rest_bot_learn(struct rest_bot *b, const struct json *limits, int64_t age_ms)
{
    seat_learn(b->seat, limits, age_ms, time_monotonic());
}

struct rest_bot *rest_bot_new(struct rest *r, const char *token)
{
    struct rest_bot *b = mem_zero(1, sizeof *b);
    b->rest = r;
    b->tail = &b->calls;
    b->next = r->bots;
    b->link = &r->bots;
    if (b->next)
        b->next->link = &b->next;
    r->bots = b;
    uv_timer_init(r->loop, &b->wake);
    uv_timer_init(r->loop, &b->sweep);
    b->wake.data = b->sweep.data = b;
    b->open_handles = 2;
    take_token(b, token);
    return b;
}

static void call_free(struct call *c)
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

/* The one way out of a call that is neither waiting nor in flight. */
static void finish(struct call *c, struct rest_answer *a)
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

/* End a call without a further try. */
static void give_up(struct call *c, enum rest_result result, const char *message)
{
    struct rest_answer a = {.result = result, .status = c->last_status, .message = message};
    finish(c, &a);
}

static void take(struct call *c)
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

static void bot_closed(uv_handle_t *handle)
{
    struct rest_bot *b = handle->data;
    if (--b->open_handles > 0)
        return;
    free(b);
}

void rest_bot_free(struct rest_bot *b)
{
    if (!b || b->closing)
        return;
    b->closing = true;
    while (b->calls) {
        struct call *c = b->calls;
        take(c);
        give_up(c, REST_CANCELLED, "cancelled");
    }
    *b->link = b->next;
    if (b->next)
        b->next->link = b->link;
    seat_leave(b->seat);
    seat_drop(b->seat);
    woken_forget(b);
    token_drop(b);
    uv_close((uv_handle_t *)&b->wake, bot_closed);
    uv_close((uv_handle_t *)&b->sweep, bot_closed);
}

/* --- the budget of invalid answers --- */

static int64_t invalid_count(struct rest *r, int delta)
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

static void remember(struct call *c, int status, const char *message)
{
    c->last_status = status;
    free(c->last_message);
    c->last_message = mem_strdup(message);
}

static void again(struct call *c, int64_t not_before)
{
    c->item.not_before = not_before;
    if (c->seat == c->bot->seat)
        seat_again(c->seat, &c->item, not_before);
    else
        call_sit(c); /* the token changed meanwhile */
}

static bool tries_left(const struct call *c)
{
    return !(c->flags & REST_NO_RETRY) && c->attempts < c->max_attempts;
}

/* 5xx, timeouts and broken connections. */
static void transient(struct call *c, int status, const char *message)
{
    int64_t now = time_monotonic();
    int64_t wait = backoff_delay(c->attempts, BACKOFF_BASE_MS, BACKOFF_CAP_MS, backoff_fraction());
    remember(c, status, message);
    if (tries_left(c) && now + wait < c->deadline)
        again(c, now + wait);
    else
        give_up(c, REST_UNREACHABLE, c->last_message);
}

static void limited(struct call *c, const struct limiter_answer *head, const char *message)
{
    remember(c, head->status, message);
    /* A 429 is no failed try; only the deadline ends waiting. */
    c->attempts--;
    if (c->flags & REST_NO_RETRY)
        give_up(c, REST_UNREACHABLE, c->last_message);
    else
        again(c, 0);
}

static struct call *first_waiting(const struct rest_bot *b)
{
    struct call *c = b->calls;
    while (c && c->http)
        c = c->next;
    return c;
}

static void quarantine(struct rest_bot *b)
{
    struct call *c;
    seat_refuse(b->seat);
    /* A hook may free the bot or give it a new token. */
    while (!b->closing && seat_refused(b->seat) && (c = first_waiting(b))) {
        take(c);
        give_up(c, REST_REFUSED, "the token was refused");
    }
}

static enum rest_result result_of(int status)
{
    return status >= 200 && status < 300 ? REST_OK
           : status == 401               ? REST_REFUSED
           : status == 403               ? REST_FORBIDDEN
                                         : REST_CLIENT;
}

static void final(struct call *c, const struct limiter_answer *head, const struct json *body,
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
    finish(c, &a);
    if (token && !b->closing && seat_refused(b->seat))
        quarantine(b);
}

static void interpret(struct call *c, const struct http_answer *h)
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
        invalid_count(b->rest, 1);
    if (head.status == 429)
        limited(c, &head, str_text(&words));
    else if (head.status >= 500 || head.status < 200) {
        c->unknown = true;
        transient(c, head.status, str_text(&words));
    } else if (head.status < 300 && h->body->len && !body) {
        /* It was done, but what it says cannot be read. */
        c->unknown = true;
        remember(c, head.status, "the answer is not JSON");
        give_up(c, REST_UNREACHABLE, c->last_message);
    } else
        final(c, &head, body, str_text(&words));
    str_release(&words);
    json_wipe(body);
}

static void on_answer(void *context, const struct http_answer *h)
{
    struct call *c = context;
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
            finish(c, &(struct rest_answer){
                          .result = REST_UNREACHABLE, .message = str_text(&words), .untrusted = true});
        else
            transient(c, 0, str_text(&words));
        str_release(&words);
    }
    if (!b->closing)
        pump(b);
}

/* --- sending --- */

static void start(struct call *c)
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
    c->http = http_start(b->rest->http, &r, on_answer, c);
    str_release(&url);
}

/* Send, or end it here when sending would be wrong. */
static void go(struct call *c)
{
    struct rest_bot *b = c->bot;
    bool acknowledged = c->flags & REST_ACKNOWLEDGED;
    if (seat_stopped(c->seat, &c->item, time_monotonic())) {
        seat_lost(c->seat, &c->item);
        finish(c, &(struct rest_answer){
                      .result = REST_FORBIDDEN,
                      .status = 403,
                      .message = "this route answered 403 again and again; it is not tried for 10 minutes",
                      .held = true});
    } else if (budget_closed(invalid_count(b->rest, 0)) && !acknowledged) {
        seat_lost(c->seat, &c->item);
        give_up(c, REST_BUDGET, "the host got too many invalid answers");
    } else
        start(c);
}

static void on_wake(uv_timer_t *timer)
{
    pump(timer->data);
}

static void expire(struct call *c)
{
    bool sent = c->attempts > 0 || c->last_message;
    take(c);
    char *message =
        mem_strdup(c->last_message ? c->last_message : "the time was over before it could be sent");
    give_up(c, sent ? REST_UNREACHABLE : REST_CANCELLED, message);
    free(message);
}

static struct call *first_late(const struct rest_bot *b, int64_t now)
{
    struct call *c = b->calls;
    while (c && (c->http || c->deadline > now))
        c = c->next;
    return c;
}

/* What waits too long ends; runs only while something waits. */
static void on_sweep(uv_timer_t *timer)
{
    struct rest_bot *b = timer->data;
    struct call *c;
    int64_t now = time_monotonic();
    while (!b->closing && (c = first_late(b, now)))
        expire(c);
    if (!b->closing)
        pump(b);
}

static void arm(struct rest_bot *b, int64_t now, int64_t when)
{
    if (!first_waiting(b)) {
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

static void pump(struct rest_bot *b)
{
    int64_t now = time_monotonic(), when = LIMITER_NEVER;
    struct limiter_item *item;
    if (seat_refused(b->seat))
        quarantine(b);
    while (!b->closing && !seat_refused(b->seat) && (item = seat_pop(b->seat, now, &when)))
        go((struct call *)item);
    if (!b->closing)
        arm(b, now, when);
}

static void copy_files(struct call *c, const struct rest_request *q)
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

static void copy_texts(struct call *c, const struct rest_request *q)
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

void rest_send(struct rest_bot *b, const struct rest_request *q)
{
    struct call *c = mem_zero(1, sizeof *c);
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
    call_sit(c);
    if (!b->closing)
        uv_timer_start(&b->wake, on_wake, 0, 0);
}
