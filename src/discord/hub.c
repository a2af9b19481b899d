#include "hub.h"

#include <signal.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define TICK_MS 500

static void timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static uv_timer_t *timer_new(struct gateway_hub *hub)
{
    uv_timer_t *t = mem_zero(1, sizeof *t);
    uv_timer_init(hub->loop, t);
    t->data = hub;
    return t;
}

static void on_kick(uv_timer_t *timer)
{
    transport_begin_queued(timer->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct gateway_hub *hub = timer->data;
    transport_expire(hub, time_monotonic(), false);
    if (!hub->slow)
        uv_timer_stop(timer);
}

void hub_kick(struct gateway_hub *hub)
{
    if (hub->queued && hub->handshakes < TRANSPORT_HANDSHAKES && !uv_is_active((uv_handle_t *)hub->kick))
        uv_timer_start(hub->kick, on_kick, 0, 0);
}

void hub_watch(struct gateway_hub *hub)
{
    if (hub->slow && !uv_is_active((uv_handle_t *)hub->tick))
        uv_timer_start(hub->tick, on_tick, TICK_MS, TICK_MS);
}

static int load_authorities(SSL_CTX *tls, const char *ca_file, struct error *e)
{
    if (!ca_file && SSL_CTX_set_default_verify_paths(tls) == 1)
        return 0;
    if (ca_file && SSL_CTX_load_verify_file(tls, ca_file) == 1)
        return 0;
    ERR_clear_error();
    return error_set(e, ERROR_REFUSED, NULL, "no certificate authorities can be read from %s",
                     ca_file ? ca_file : "the system");
}

static SSL_CTX *tls_new(const char *ca_file, struct error *e)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        abort();
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (load_authorities(tls, ca_file, e) < 0) {
        SSL_CTX_free(tls);
        return NULL;
    }
    return tls;
}

int gateway_hub_new(struct gateway_hub **out, const struct gateway_hub_options *options, struct error *e)
{
    *out = NULL;
    SSL_CTX *tls = libssl_load(e) == 0 ? tls_new(options->ca_file, e) : NULL;
    if (!tls)
        return -1;
    /* OpenSSL writes with write(2): a broken connection must be an error, not a signal. */
    signal(SIGPIPE, SIG_IGN);
    struct gateway_hub *hub = mem_zero(1, sizeof *hub);
    hub->loop = options->loop;
    hub->hurry = 1;
    hub->tls = tls;
    hub->frames = frames_pool_new();
    hub->buffer = mem_alloc(HUB_BUFFER);
    hub->queued_tail = &hub->queued;
    hub->kick = timer_new(hub);
    hub->tick = timer_new(hub);
    *out = hub;
    return 0;
}

void gateway_hub_free(struct gateway_hub *hub)
{
    if (!hub)
        return;
    transport_expire(hub, 0, true);
    SSL_CTX_free(hub->tls);
    frames_pool_free(hub->frames);
    free(hub->buffer);
    uv_close((uv_handle_t *)hub->kick, timer_closed);
    uv_close((uv_handle_t *)hub->tick, timer_closed);
    free(hub);
}
