#include "rest_inside.h"

#include <unistd.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/discord/libcurl.h"
#include "url.h"

const char *const rest_result_words[] = {
    [REST_OK] = "ok",
    [REST_CLIENT] = "refused by Discord",
    [REST_REFUSED] = "the token is refused",
    [REST_FORBIDDEN] = "forbidden",
    [REST_UNREACHABLE] = "unreachable",
    [REST_CANCELLED] = "cancelled",
    [REST_BUDGET] = "held back: too many invalid answers",
};

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
        rest_pump(b);
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

/* The calls that wait go out under the new token; those under way still count for the old one. */
static void take_token(struct rest_bot *b, const char *token)
{
    struct seat *old = b->seat;
    char *copy = mem_strdup(token);
    token_drop(b);
    b->token = copy;
    log_secret_add(copy);
    b->seat = seat_new(b->rest->limits, copy, wake, b);
    for (struct rest_call *c = b->calls; c; c = c->next) {
        if (c->http)
            continue;
        seat_take(c->seat, &c->item);
        rest_call_sit(c);
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
        struct rest_call *c = b->calls;
        rest_call_take(c);
        rest_call_give_up(c, REST_CANCELLED, "cancelled");
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
