/* The sandbox as a whole: options, listening, the loop, the end. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/resource.h>
#include <unistd.h>

#include "box.h"
#include "faults.h"
#include "flood.h"
#include "gateway.h"
#include "http.h"
#include "present.h"
#include "ratelimit.h"
#include "record.h"
#include "script.h"
#include "seed.h"
#include "tt/base/crypto.h"
#include "tt/base/fs.h"
#include "tt/base/time.h"
#include "waits.h"

#define SEED_LIMIT (256 * 1024 * 1024)
#define MOST_FILES 65536

/* --- options --- */

/* "127.0.0.1:4000", "[::1]:0", "localhost:4000", "4000" */
static int parse_listen(struct box *b, const char *text, struct error *e)
{
    const char *colon = text ? strrchr(text, ':') : NULL;
    char *end = NULL;
    const char *digits = colon ? colon + 1 : text ? text : "0";
    long port = strtol(digits, &end, 10);
    if (*end || end == digits || port < 0 || port > 65535)
        return error_set(e, ERROR_MALFORMED, "--listen",
                         "--listen wants HOST:PORT, for example 127.0.0.1:4000");
    b->port = (int)port;
    snprintf(b->host, sizeof b->host, "%.*s", colon ? (int)(colon - text) : 9, colon ? text : "127.0.0.1");
    struct in_addr v4;
    bool loopback = str_equal(b->host, "localhost") || str_equal(b->host, "[::1]") ||
                    (inet_pton(AF_INET, b->host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
    if (!loopback)
        return error_set(e, ERROR_REFUSED, "--listen", "the sandbox listens on loopback only, not on '%s'",
                         b->host);
    return 0;
}

static int read_all(FILE *f, struct str *out, struct error *e)
{
    char piece[65536];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        str_add_bytes(out, piece, n);
        if (out->len > SEED_LIMIT)
            return error_set(e, ERROR_REFUSED, "--seed", "the seed is larger than 256 MiB");
    }
    return ferror(f) ? error_set(e, ERROR_INTERNAL, "--seed", "the seed cannot be read: %s", strerror(errno))
                     : 0;
}

static int load_seed(struct box *b, const char *seed, struct error *e)
{
    struct str text = STR_INIT;
    int result;
    if (!seed)
        return seed_default(&b->world, e);
    if (str_equal(seed, "-"))
        result = read_all(stdin, &text, e);
    else
        result = fs_read(seed, SEED_LIMIT, &text, e);
    if (result == 0)
        result = seed_apply(&b->world, str_text(&text), text.len, e);
    str_wipe(&text); /* it holds tokens */
    return result;
}

/* --- sockets --- */

static void raise_files(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) < 0)
        return;
    rlim_t want = l.rlim_max == RLIM_INFINITY || l.rlim_max > MOST_FILES ? MOST_FILES : l.rlim_max;
    if (l.rlim_cur == RLIM_INFINITY || l.rlim_cur < want || l.rlim_cur > MOST_FILES) {
        l.rlim_cur = want;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

/* libwebsockets tells why only here, without saying whom it concerns. What it says before the sandbox serves
 * becomes part of the one error message. */
static char lws_reason[160];
static bool lws_prints;

static void lws_says(int level, const char *line)
{
    (void)level;
    if (lws_prints)
        fprintf(stderr, "sandbox: libwebsockets: %s", line);
    else if (!*lws_reason)
        snprintf(lws_reason, sizeof lws_reason, "%.*s", (int)strcspn(line, "\n"), line);
}

/* No pings of libwebsockets' own: they would only disturb what a test measures. */
static const lws_retry_bo_t no_pings = {.secs_since_valid_ping = 0, .secs_since_valid_hangup = 0};

static int make_context(struct box *b, struct error *e)
{
    struct rlimit files = {0};
    void *loops[] = {&b->loop};
    if (libwebsockets_load(e) < 0)
        return -1;
    (void)getrlimit(RLIMIT_NOFILE, &files);
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   (b->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .foreign_loops = loops,
        .user = b,
        .pcontext = &b->lws, /* set to NULL when it is gone, which its own closing handles decide */
        .pt_serv_buf_size = 64 * 1024,
        .max_http_header_data = 8192,
        .fd_limit_per_thread = (unsigned)(files.rlim_cur > MOST_FILES ? MOST_FILES : files.rlim_cur),
        .retry_and_idle_policy = &no_pings,
        .gid = -1,
        .uid = -1,
    };
    *lws_reason = 0;
    lws_prints = false;
    lws_set_log_level(LLL_ERR, lws_says);
    b->lws = lws_create_context(&info);
    return b->lws ? 0
                  : error_set(e, ERROR_INTERNAL, NULL,
                              "libwebsockets cannot be started (is its libuv plug-in there?)");
}

/* libwebsockets would say it in lines of its own. */
static bool port_taken(const char *host, int port)
{
    struct addrinfo *to = NULL, hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    char service[16];
    const int on = 1;
    snprintf(service, sizeof service, "%d", port);
    if (!port || getaddrinfo(host, service, &hints, &to) != 0)
        return false;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool taken = fd >= 0 && bind(fd, to->ai_addr, to->ai_addrlen) != 0 && errno == EADDRINUSE;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(to);
    return taken;
}

static int listen_on(struct box *b, const struct sandbox_options *o, const struct lws_protocols *protocols,
                     bool raw, int *port, struct error *e)
{
    char name[64];
    size_t n = strlen(b->host);
    bool bracketed = b->host[0] == '[';
    snprintf(name, sizeof name, "%.*s", (int)(bracketed ? n - 2 : n), b->host + bracketed);
    struct lws_context_creation_info info = {
        .port = *port,
        .iface = str_equal(name, "localhost") ? "127.0.0.1" : name,
        .protocols = protocols,
        .vhost_name = raw ? "rest" : "gateway",
        .retry_and_idle_policy = &no_pings,
        .options = (raw ? LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG : 0) |
                   (bracketed ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
                              : LWS_SERVER_OPTION_DISABLE_IPV6),
        .listen_accept_role = raw ? "raw-skt" : NULL,
        .listen_accept_protocol = raw ? protocols[0].name : NULL,
        .timeout_secs = 30,
        .alpn = "http/1.1",
    };
    if (b->tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = o->tls_cert;
        info.ssl_private_key_filepath = o->tls_key;
    }
    if (port_taken(info.iface, *port))
        return error_set(e, ERROR_REFUSED, "--listen", "%s:%d is in use by another program", b->host, *port);
    struct lws_vhost *v = lws_create_vhost(b->lws, &info);
    if (!v)
        return error_set(e, ERROR_REFUSED, "--listen", "cannot listen on %s:%d%s%s%s", b->host, *port,
                         b->tls ? " (or the certificate or its key cannot be used)" : "",
                         *lws_reason ? ": " : "", lws_reason);
    *port = lws_get_vhost_listen_port(v);
    return 0;
}

/* --- the box --- */

void box_changed(struct box *b)
{
    if (b->waits.count > 0 && !b->stopping)
        waits_look(b);
}

void box_gateway_url(const struct box *b, const char *host, struct str *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s", b->host);
    if (host) {
        const char *colon = strrchr(host, ':');
        size_t n = colon && !strchr(colon, ']') ? (size_t)(colon - host) : strlen(host);
        if (n > 0 && n < sizeof name &&
            strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789-.[]:") >= n)
            snprintf(name, sizeof name, "%.*s", (int)n, host);
    }
    str_addf(out, "%s://%s:%d", b->tls ? "wss" : "ws", name, b->gateway_port);
}

static void on_sweep(uv_timer_t *t)
{
    struct box *b = t->data;
    int64_t now = time_monotonic();
    gateway_sweep(b, now);
    sessions_sweep(b, now);
}

void box_stop(struct box *b)
{
    if (b->stopping)
        return;
    b->stopping = true;
    uv_timer_stop(&b->sweep);
    uv_close((uv_handle_t *)&b->sweep, NULL);
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&b->signals[i], NULL);
    script_release(b);
    waits_release(b);
    floods_release(b);
    lws_context_destroy(b->lws);
}

static void on_signal(uv_signal_t *s, int number)
{
    (void)number;
    box_stop(s->data);
}

static void start_handles(struct box *b)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    uv_timer_init(&b->loop, &b->sweep);
    b->sweep.data = b;
    uint64_t period =
        b->world.limits.heartbeat_ms < 2000 ? (uint64_t)b->world.limits.heartbeat_ms / 4 + 1 : 500;
    uv_timer_start(&b->sweep, on_sweep, period, period);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&b->loop, &b->signals[i]);
        b->signals[i].data = b;
        uv_signal_start(&b->signals[i], on_signal, numbers[i]);
    }
}

static void release(struct box *b)
{
    while (b->pending.count > 0)
        request_free(b->pending.items[0]);
    conns_release(b);
    while (b->sessions.count > 0)
        gateway_session_free(b->sessions.items[b->sessions.count - 1]);
    for (size_t i = 0; i < b->faults.count; i++)
        fault_free(b->faults.items[i]);
    struct list *lists[] = {&b->conns, &b->sockets, &b->sessions, &b->faults,
                            &b->waits, &b->pending, &b->floods};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_drop(lists[i]);
    table_release(&b->session_table);
    record_release(b);
    ratelimit_release(b);
    str_release(&b->room);
    str_release(&b->frame);
    if (b->record)
        fclose(b->record);
    world_release(&b->world);
}

static int serve(struct box *b, const struct sandbox_options *o, struct error *e)
{
    const struct lws_protocols rest[] = {http_protocol, {0}};
    const struct lws_protocols gateway[] = {gateway_protocol, {0}};
    if (make_context(b, e) < 0)
        return -1;
    int result = listen_on(b, o, rest, true, &b->port, e);
    if (result == 0)
        result = listen_on(b, o, gateway, false, &b->gateway_port, e);
    if (result < 0) {
        lws_context_destroy(b->lws);
        uv_run(&b->loop, UV_RUN_DEFAULT);
        lws_context_destroy(b->lws);
        return -1;
    }
    snprintf(b->base, sizeof b->base, "%s://%s:%d", b->tls ? "https" : "http", b->host, b->port);
    present_set_base(b->base);
    start_handles(b);
    lws_prints = true;
    printf("%s/api/v10\n", b->base);
    fflush(stdout);
    script_start(b);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    lws_context_destroy(b->lws);
    return 0;
}

int sandbox_run(const struct sandbox_options *o, struct error *e)
{
    struct box b = {0};
    int result = -1;
    crypto_start();
    world_init(&b.world);
    b.tls = o->tls_cert || o->tls_key;
    if (b.tls && (!o->tls_cert || !o->tls_key))
        return error_set(e, ERROR_MISSING_ARGUMENT, "--tls", "--tls wants a certificate and its key");
    uv_loop_init(&b.loop);
    raise_files();
    if (parse_listen(&b, o->listen, e) < 0 || load_seed(&b, o->seed, e) < 0)
        goto out;
    if (o->script && script_open(&b, o->script, e) < 0)
        goto out;
    b.record = o->record ? fopen(o->record, "ae") : NULL;
    if (o->record && !b.record) {
        error_set(e, ERROR_REFUSED, "--record", "%s cannot be written: %s", o->record, strerror(errno));
        goto out;
    }
    result = serve(&b, o, e);
out:
    script_release(&b);
    release(&b);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    uv_loop_close(&b.loop);
    return result;
}
