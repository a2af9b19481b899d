#include "transport.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "upgrade.h"

#define READ_ROUNDS 16 /* buffers of one connection before others get their turn */

enum phase {
    PHASE_QUEUED,
    PHASE_RESOLVING,
    PHASE_CONNECTING,
    PHASE_TUNNEL,
    PHASE_TLS,
    PHASE_UPGRADE,
    PHASE_OPEN,
    PHASE_LINGER,
    PHASE_DEAD
};

/* What is needed only until the WebSocket is open. */
struct setup {
    uv_getaddrinfo_t resolve;
    struct url to, proxy;
    bool proxied;
    struct addrinfo *addresses, *address;
    char key[UPGRADE_KEY];
    char *path;
    struct str head;
};

struct transport {
    struct transport *next, **link; /* in the hub's queue or among the slow; link NULL: in neither */
    struct gateway_hub *hub;
    const struct transport_hooks *hooks; /* NULL: nobody listens any more */
    void *context;
    struct setup *setup;
    uv_poll_t *poll;
    SSL *ssl;
    int fd;
    enum phase phase;
    bool slot;        /* counts among the handshakes */
    bool tls_writing; /* OpenSSL waits for the socket to take bytes */
    int refs;         /* callbacks to come or on the stack */
    int64_t deadline;
    struct frames frames;
    struct str out;
    size_t out_at;
};

/* --- lists, lifetime --- */

static void list_leave(struct transport *t)
{
    if (!t->link)
        return;
    struct gateway_hub *hub = t->hub;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    else if (hub->queued_tail == &t->next)
        hub->queued_tail = t->link;
    t->next = NULL;
    t->link = NULL;
}

static void queue_join(struct transport *t)
{
    t->link = t->hub->queued_tail;
    *t->link = t;
    t->hub->queued_tail = &t->next;
    hub_kick(t->hub);
}

static void slow_join(struct transport *t, int64_t deadline)
{
    struct gateway_hub *hub = t->hub;
    list_leave(t);
    t->deadline = deadline;
    t->next = hub->slow;
    t->link = &hub->slow;
    if (t->next)
        t->next->link = &t->next;
    hub->slow = t;
    hub_watch(hub);
}

static void setup_free(struct setup *s)
{
    if (!s)
        return;
    if (s->addresses)
        uv_freeaddrinfo(s->addresses);
    url_release(&s->proxy);
    free(s->path);
    str_release(&s->head);
    free(s);
}

static void unref(struct transport *t)
{
    if (--t->refs > 0 || t->phase != PHASE_DEAD)
        return;
    setup_free(t->setup);
    str_wipe(&t->out);
    free(t);
}

static void poll_closed(uv_handle_t *handle)
{
    struct transport *t = handle->data;
    free(handle);
    unref(t);
}

static void socket_drop(struct transport *t)
{
    if (t->ssl)
        SSL_free(t->ssl);
    t->ssl = NULL;
    if (t->poll) {
        uv_poll_stop(t->poll);
        uv_close((uv_handle_t *)t->poll, poll_closed);
    }
    t->poll = NULL;
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

static void slot_release(struct transport *t)
{
    if (!t->slot)
        return;
    t->slot = false;
    t->hub->handshakes--;
    hub_kick(t->hub);
}

/* Idempotent. The memory goes with the last reference. */
static void die(struct transport *t)
{
    if (t->phase == PHASE_DEAD)
        return;
    if (t->phase == PHASE_RESOLVING)
        uv_cancel((uv_req_t *)&t->setup->resolve);
    t->phase = PHASE_DEAD;
    t->hooks = NULL;
    list_leave(t);
    slot_release(t);
    socket_drop(t);
    frames_release(&t->frames, t->hub->frames);
    t->refs++;
    unref(t);
}

static void fail(struct transport *t, int code, const char *why)
{
    const struct transport_hooks *hooks = t->hooks;
    void *context = t->context;
    if (t->phase == PHASE_DEAD)
        return;
    die(t);
    if (hooks)
        hooks->closed(context, code, why);
}

static void fail_system(struct transport *t, const char *what, int error)
{
    char text[128];
    struct str why = STR_INIT;
    str_add(&why, what);
    if (t->phase < PHASE_OPEN && t->setup) {
        const struct url *to = &t->setup->to;
        str_addf(&why, to->numeric_v6 ? " [%s]:%d" : " %s:%d", to->host, to->port);
    }
    str_addf(&why, ": %s", strerror_r(error, text, sizeof text));
    fail(t, t->phase < PHASE_OPEN ? 0 : 1006, why.data);
    str_release(&why);
}

static void fail_tls(struct transport *t)
{
    struct str why = STR_INIT;
    long verify = SSL_get_verify_result(t->ssl);
    const char *reason = verify != X509_V_OK ? X509_verify_cert_error_string(verify)
                                             : ERR_reason_error_string(ERR_peek_last_error());
    str_addf(&why, "TLS with %s: %s", t->setup->to.host, reason ? reason : "the connection broke");
    ERR_clear_error();
    fail(t, verify != X509_V_OK ? TRANSPORT_UNTRUSTED : 0, why.data);
    str_release(&why);
}

/* --- writing --- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void interest(struct transport *t)
{
    bool write = t->phase == PHASE_CONNECTING || t->tls_writing || t->out.len > t->out_at;
    if (t->poll)
        uv_poll_start(t->poll, UV_READABLE | (write ? UV_WRITABLE : 0), on_poll);
}

/* Bytes written, 0 would block, -1 broken. */
static ssize_t put(struct transport *t, const char *data, size_t n)
{
    if (!t->ssl) {
        ssize_t sent = send(t->fd, data, n, MSG_NOSIGNAL);
        return sent >= 0 ? sent : errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    ERR_clear_error();
    int sent = SSL_write(t->ssl, data, n > INT32_MAX ? INT32_MAX : (int)n);
    if (sent > 0)
        return sent;
    int reason = SSL_get_error(t->ssl, sent);
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static int flush(struct transport *t)
{
    while (t->out_at < t->out.len) {
        ssize_t sent = put(t, t->out.data + t->out_at, t->out.len - t->out_at);
        if (sent < 0)
            return -1;
        if (sent == 0)
            break;
        t->out_at += (size_t)sent;
    }
    if (t->out_at == t->out.len) {
        str_wipe(&t->out);
        t->out_at = 0;
    }
    interest(t);
    return 0;
}

/* --- the open WebSocket --- */

static bool on_text(void *context, const char *text, size_t len)
{
    struct transport *t = context;
    if (t->hooks)
        t->hooks->message(t->context, text, len);
    return t->phase == PHASE_OPEN;
}

static bool on_ping(void *context, const void *data, size_t len)
{
    struct transport *t = context;
    if (t->phase != PHASE_OPEN || t->out.len - t->out_at > TRANSPORT_OUT_LIMIT)
        return t->phase == PHASE_OPEN;
    frames_write(t->hub->frames, FRAMES_PONG, data, len, &t->out);
    return true;
}

static bool on_close(void *context, int code, const char *reason)
{
    struct transport *t = context;
    if (t->phase != PHASE_OPEN)
        return false;
    frames_write_close(t->hub->frames, code == 1005 ? 1000 : code, &t->out);
    flush(t);
    fail(t, code, reason);
    return false;
}

static const struct frames_hooks frames_hooks = {.message = on_text, .ping = on_ping, .closed = on_close};

static void feed_frames(struct transport *t, const char *data, size_t n)
{
    int code = frames_feed(&t->frames, t->hub->frames, &frames_hooks, t, data, n);
    if (code && t->phase == PHASE_OPEN) {
        frames_write_close(t->hub->frames, code, &t->out);
        flush(t);
        fail(t, 1006,
             code == 1009 ? "a message was larger than 16 MiB" : "the frames broke the WebSocket protocol");
    } else if (t->phase == PHASE_OPEN && t->out.len && flush(t) < 0)
        fail_system(t, "the connection broke", errno);
}

/* --- setting up --- */

static void begin_upgrade(struct transport *t)
{
    struct setup *s = t->setup;
    slot_release(t);
    t->phase = PHASE_UPGRADE;
    str_clear(&s->head);
    upgrade_request(&s->to, s->path, s->key, &t->out);
    if (flush(t) < 0)
        fail_system(t, "cannot write to", errno);
}

static int verify_host(SSL *ssl, const char *host)
{
    unsigned char bytes[16];
    bool numeric = inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
    if (numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 ? 0 : -1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1 ? 0 : -1;
}

static void step_tls(struct transport *t)
{
    ERR_clear_error();
    int r = SSL_connect(t->ssl);
    if (r == 1) {
        t->tls_writing = false;
        begin_upgrade(t);
        return;
    }
    int reason = SSL_get_error(t->ssl, r);
    if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
        fail_tls(t);
        return;
    }
    t->tls_writing = reason == SSL_ERROR_WANT_WRITE;
    interest(t);
}

static void begin_tls(struct transport *t)
{
    if (!t->setup->to.tls) {
        begin_upgrade(t);
        return;
    }
    t->phase = PHASE_TLS;
    t->ssl = SSL_new(t->hub->tls);
    if (!t->ssl || SSL_set_fd(t->ssl, t->fd) != 1 || verify_host(t->ssl, t->setup->to.host) < 0) {
        fail(t, 0, "TLS cannot be set up");
        return;
    }
    step_tls(t);
}

static void begin_connected(struct transport *t)
{
    struct setup *s = t->setup;
    int on = 1;
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    uv_freeaddrinfo(s->addresses);
    s->addresses = s->address = NULL;
    if (!s->proxied) {
        begin_tls(t);
        return;
    }
    t->phase = PHASE_TUNNEL;
    upgrade_connect(&s->to, &s->proxy, &t->out);
    if (flush(t) < 0)
        fail_system(t, "cannot write to the proxy for", errno);
}

/* Try the addresses in their order until one connects. */
static void connect_next(struct transport *t, int error)
{
    struct setup *s = t->setup;
    t->phase = PHASE_CONNECTING;
    socket_drop(t);
    for (; s->address; error = errno) {
        const struct addrinfo *a = s->address;
        s->address = a->ai_next;
        t->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
        if (t->fd < 0)
            continue;
        if (connect(t->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) {
            t->poll = mem_zero(1, sizeof *t->poll);
            if (uv_poll_init(t->hub->loop, t->poll, t->fd) < 0)
                abort();
            t->poll->data = t;
            t->refs++;
            interest(t);
            return;
        }
        int reason = errno;
        close(t->fd);
        t->fd = -1;
        errno = reason;
    }
    fail_system(t, s->proxied ? "cannot reach the proxy for" : "cannot reach", error);
}

static void fail_resolve(struct transport *t, int status)
{
    struct setup *s = t->setup;
    struct str why = STR_INIT;
    str_addf(&why, "cannot find %s: %s", s->proxied ? "the proxy" : s->to.host, uv_strerror(status));
    t->phase = PHASE_CONNECTING; /* nothing left to cancel */
    fail(t, 0, why.data);
    str_release(&why);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct transport *t = request->data;
    t->setup->addresses = t->setup->address = list;
    if (t->phase == PHASE_RESOLVING && status < 0)
        fail_resolve(t, status);
    else if (t->phase == PHASE_RESOLVING)
        connect_next(t, ECONNREFUSED);
    unref(t);
}

static void begin(struct transport *t)
{
    struct setup *s = t->setup;
    struct error e;
    int proxied = url_proxy(&s->to, &s->proxy, &e);
    if (proxied < 0) {
        fail(t, 0, e.message);
        return;
    }
    s->proxied = proxied;
    const struct url *first = proxied ? &s->proxy : &s->to;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    char port[8];
    unsigned char bytes[16];
    /* AI_ADDRCONFIG would refuse ::1 on a machine without other IPv6. */
    if (inet_pton(AF_INET6, first->host, bytes) == 1 || inet_pton(AF_INET, first->host, bytes) == 1)
        hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
    snprintf(port, sizeof port, "%d", first->port);
    t->phase = PHASE_RESOLVING;
    s->resolve.data = t;
    int r = uv_getaddrinfo(t->hub->loop, &s->resolve, on_resolved, first->host, port, &hints);
    if (r < 0) {
        t->phase = PHASE_QUEUED;
        fail_resolve(t, r);
        return;
    }
    t->refs++;
}

void transport_begin_queued(struct gateway_hub *hub)
{
    while (hub->queued && hub->handshakes < TRANSPORT_HANDSHAKES) {
        struct transport *t = hub->queued;
        slow_join(t, time_monotonic() + TRANSPORT_SETUP_MS);
        t->slot = true;
        hub->handshakes++;
        t->refs++;
        begin(t);
        unref(t);
    }
}

void transport_expire(struct gateway_hub *hub, int64_t now, bool all)
{
    for (struct transport *t = hub->slow; t;) {
        if (!all && t->deadline > now) {
            t = t->next;
            continue;
        }
        fail(t, 0, "the connection could not be set up in 20 seconds");
        /* Hooks may have changed the list. */
        t = hub->slow;
    }
}

/* The answer of the proxy or of the gateway's HTTP side; what follows the head belongs to the next phase. */
static void feed_head(struct transport *t, const char *data, size_t n)
{
    struct setup *s = t->setup;
    struct error e;
    str_add_bytes(&s->head, data, n);
    size_t head = upgrade_head(s->head.data, s->head.len);
    if (!head) {
        if (s->head.len > UPGRADE_HEAD_LIMIT)
            fail(t, 0, "the answer's head is too long");
        return;
    }
    if (t->phase == PHASE_TUNNEL) {
        if (upgrade_check_connect(s->head.data, head, &e) < 0)
            fail(t, 0, e.message);
        else if (s->head.len > head)
            fail(t, 0, "the proxy sent more than an answer");
        else
            begin_tls(t);
        return;
    }
    if (upgrade_check(s->head.data, head, s->key, &e) < 0) {
        fail(t, 0, e.message);
        return;
    }
    t->phase = PHASE_OPEN;
    t->setup = NULL;
    list_leave(t);
    if (t->hooks)
        t->hooks->opened(t->context);
    if (t->phase == PHASE_OPEN && s->head.len > head)
        feed_frames(t, s->head.data + head, s->head.len - head);
    setup_free(s);
}

/* --- reading --- */

/* Bytes, 0 would block, -1 ended or broken. */
static ssize_t get(struct transport *t)
{
    char *buffer = t->hub->buffer;
    if (!t->ssl) {
        ssize_t n = recv(t->fd, buffer, HUB_BUFFER, 0);
        return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    ERR_clear_error();
    int n = SSL_read(t->ssl, buffer, HUB_BUFFER);
    if (n > 0)
        return n;
    int reason = SSL_get_error(t->ssl, n);
    t->tls_writing = reason == SSL_ERROR_WANT_WRITE;
    ERR_clear_error();
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void feed(struct transport *t, size_t n)
{
    if (t->phase == PHASE_OPEN)
        feed_frames(t, t->hub->buffer, n);
    else if (t->phase == PHASE_TUNNEL || t->phase == PHASE_UPGRADE)
        feed_head(t, t->hub->buffer, n);
}

static void on_readable(struct transport *t)
{
    for (int round = 0; t->phase != PHASE_DEAD; round++) {
        if (t->phase == PHASE_TLS) {
            step_tls(t);
            return;
        }
        /* What OpenSSL holds back, poll does not show. */
        if (round >= READ_ROUNDS && !(t->ssl && SSL_pending(t->ssl) > 0))
            return;
        ssize_t n = get(t);
        if (n < 0) {
            fail(t, t->phase < PHASE_OPEN ? 0 : 1006, "the connection was cut");
            return;
        }
        if (n == 0)
            break;
        feed(t, (size_t)n);
        if (!t->ssl && n < HUB_BUFFER)
            return;
    }
    if (t->phase != PHASE_DEAD)
        interest(t);
}

static void on_connected(struct transport *t)
{
    int error = 0;
    socklen_t n = sizeof error;
    getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    if (error)
        connect_next(t, error);
    else
        begin_connected(t);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct transport *t = poll->data;
    t->refs++;
    if (t->phase == PHASE_CONNECTING) {
        if (status < 0 || (events & UV_WRITABLE))
            on_connected(t);
        unref(t);
        return;
    }
    if ((events & UV_WRITABLE) && t->phase == PHASE_TLS)
        step_tls(t);
    else if ((events & UV_WRITABLE) && flush(t) < 0)
        fail_system(t, "the connection broke", errno);
    /* After an error there may still be a close frame to read. */
    if (t->phase != PHASE_DEAD && ((events & UV_READABLE) || status < 0))
        on_readable(t);
    if (status < 0 && t->poll == poll)
        fail(t, t->phase < PHASE_OPEN ? 0 : 1006, "the connection was reset");
    unref(t);
}

/* --- the owner's side --- */

struct transport *transport_open(struct gateway_hub *hub, const struct url *to, const char *path,
                                 const struct transport_hooks *hooks, void *context)
{
    struct transport *t = mem_zero(1, sizeof *t);
    t->hub = hub;
    t->hooks = hooks;
    t->context = context;
    t->fd = -1;
    t->setup = mem_zero(1, sizeof *t->setup);
    t->setup->to = *to;
    t->setup->path = mem_strdup(path);
    queue_join(t);
    return t;
}

bool transport_send(struct transport *t, const char *text, size_t len)
{
    if (t->phase != PHASE_OPEN || t->out.len - t->out_at > TRANSPORT_OUT_LIMIT)
        return false;
    frames_write(t->hub->frames, FRAMES_TEXT, text, len, &t->out);
    /* A broken socket is told by the next poll, never from inside. */
    flush(t);
    return true;
}

void transport_close(struct transport *t, int code)
{
    if (!t || t->phase == PHASE_DEAD)
        return;
    t->hooks = NULL;
    if (t->phase != PHASE_OPEN) {
        die(t);
        return;
    }
    frames_write_close(t->hub->frames, code, &t->out);
    if (flush(t) < 0) {
        die(t);
        return;
    }
    t->phase = PHASE_LINGER;
    slow_join(t, time_monotonic() + TRANSPORT_LINGER_MS);
}
