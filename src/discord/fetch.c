#include "tt/discord/fetch.h"

#include <errno.h>
#include <poll.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "http.h"
#include "tt/base/time.h"
#include "tt/discord/libcurl.h"
#include "url.h"

#define ATTEMPTS 3
#define PAUSE_MS 300 /* before the second attempt; then twice that */
#define LOOK_MS 100  /* whether it is cancelled */

struct fetching {
    const struct fetch_options *options;
    uv_loop_t loop;
    uv_timer_t look;
    struct http *http;
    struct http_call *call; /* NULL: it has ended */
    int fd;
    size_t size;
    bool too_large, full, cancelled;
    struct http_answer answer; /* without its body */
};

/* --- where from --- */

static bool is_discords(const struct url *u)
{
    static const char *const hosts[] = {"cdn.discordapp.com", "media.discordapp.net"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        if (u->tls && u->port == 443 && strcasecmp(u->host, hosts[i]) == 0)
            return true;
    }
    return false;
}

static bool is_allowed(const char *text, const struct url *base)
{
    struct url u;
    if (url_parse_origin(text, &u, NULL))
        return false;
    return is_discords(&u) ||
           (u.tls == base->tls && u.port == base->port && strcasecmp(u.host, base->host) == 0);
}

/* --- one attempt --- */

static bool take(void *context, const char *bytes, size_t n)
{
    struct fetching *f = context;
    f->too_large = n > f->options->size - f->size;
    for (size_t at = 0; at < n && !f->too_large;) {
        ssize_t done = write(f->fd, bytes + at, n - at);
        if (done < 0 && errno == EINTR)
            continue;
        f->full = done <= 0;
        if (f->full)
            return false;
        at += (size_t)done;
    }
    f->size += n;
    return !f->too_large;
}

static void on_done(void *context, const struct http_answer *a)
{
    struct fetching *f = context;
    f->call = NULL;
    f->answer = *a;
    f->answer.body = NULL;
    f->answer.trouble = NULL;
    uv_timer_stop(&f->look);
}

static void on_look(uv_timer_t *timer)
{
    struct fetching *f = timer->data;
    const struct fetch_options *o = f->options;
    if (!o->cancelled || !o->cancelled(o->context))
        return;
    f->cancelled = true;
    http_cancel(f->call);
    f->call = NULL;
    uv_timer_stop(timer);
}

static void attempt(struct fetching *f, const char *url, bool local, int timeout_ms)
{
    struct http_request r = {
        .method = "GET", .url = url, .timeout_ms = timeout_ms, .take = take, .take_context = f};
    f->answer = (struct http_answer){0};
    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->look);
    f->look.data = f;
    f->http = http_new(&f->loop, f->options->ca_file, local);
    f->call = http_start(f->http, &r, on_done, f);
    uv_timer_start(&f->look, on_look, LOOK_MS, LOOK_MS);
    while (f->call)
        uv_run(&f->loop, UV_RUN_ONCE);
    http_free(f->http);
    uv_close((uv_handle_t *)&f->look, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    uv_loop_close(&f->loop);
}

/* --- all of them --- */

/* libcurl takes an answer whose headers break off for an empty one. */
static bool is_short(const struct fetching *f)
{
    return f->answer.complete && f->answer.head.status == 200 && f->size < f->options->size;
}

static bool is_passing(const struct fetching *f)
{
    const struct http_answer *a = &f->answer;
    return !f->cancelled && !f->too_large && !f->full && !a->untrusted &&
           (!a->complete || a->head.status == 429 || a->head.status >= 500 || is_short(f));
}

static int verdict(const struct fetching *f, struct error *e)
{
    const struct http_answer *a = &f->answer;
    if (f->cancelled)
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted while the attachment was fetched");
    if (f->too_large)
        return error_set(e, ERROR_REFUSED, "file", "the attachment is larger than Discord tells");
    if (f->full)
        return error_set(e, ERROR_REFUSED, "file", "there is no room for the attachment: %s",
                         strerror(errno));
    if (!a->complete || is_short(f))
        return error_set(e, ERROR_REFUSED, "file", "the attachment could not be fetched%s",
                         a->untrusted ? ": the certificate of the other side is not to be trusted" : "");
    if (a->head.status == 200)
        return 0;
    error_set(e, ERROR_REFUSED, "file", "Discord does not give the attachment out (%d)", a->head.status);
    return error_hint(e, "attach it again");
}

int fetch_file(const struct fetch_options *o, const char *url, int fd, struct error *e)
{
    struct fetching f = {.options = o, .fd = fd};
    struct url base;
    int64_t until = time_monotonic() + o->timeout_ms;
    if (libcurl_load(e) || url_parse(o->api_base, URL_REST, &base, e))
        return -1;
    if (!is_allowed(url, &base))
        return error_set(e, ERROR_REFUSED, "file", "the attachment is not where Discord keeps files");
    for (int n = 1; n <= ATTEMPTS; n++) {
        int64_t left = until - time_monotonic();
        if (left <= 0 || (n > 1 && ftruncate(fd, 0)))
            break;
        f.size = 0;
        lseek(fd, 0, SEEK_SET);
        attempt(&f, url, !base.tls, (int)left);
        if (!is_passing(&f) || n == ATTEMPTS)
            break;
        poll(NULL, 0, PAUSE_MS * n);
    }
    return verdict(&f, e);
}
