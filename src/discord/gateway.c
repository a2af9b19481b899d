#include "tt/discord/gateway.h"

#include "backoff.h"
#include "close.h"
#include "hub.h"
#include "scan.h"
#include "sending.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

#define HELLO_MS 20000
#define READY_MS 60000
#define RECONNECT_BASE_MS 1000
#define RECONNECT_CAP_MS 60000
/* A certificate does not become right by asking again, only by somebody's doing. */
#define UNTRUSTED_MS (10 * 60 * 1000)
#define STEADY_MS 10000        /* a session that held this long starts back-off anew */
#define IDENTIFY_PATIENCE 5000 /* longer waits for IDENTIFY are spent without a connection */
#define PAYLOAD_LIMIT 4096
#define BEAT_GRID_MS 250
#define RESUME_TRIES 3
#define QUERY "/?v=10&encoding=json"

enum op {
    OP_DISPATCH = 0,
    OP_HEARTBEAT = 1,
    OP_IDENTIFY = 2,
    OP_PRESENCE = 3,
    OP_RESUME = 6,
    OP_RECONNECT = 7,
    OP_INVALID_SESSION = 9,
    OP_HELLO = 10,
    OP_ACK = 11,
    OP_COUNT
};

/* What the one timer besides the heartbeat's waits for. */
enum wait { WAIT_CONNECT, WAIT_HELLO, WAIT_READY, WAIT_IDENTIFY };

struct gateway {
    struct gateway_hub *hub;
    const struct gateway_hooks *hooks;
    void *context;
    char *token, *url, *tenant;
    char *session_id, *resume_url; /* NULL: none */
    struct json *presence;
    struct transport *transport;
    uv_timer_t beat, wait;
    int64_t sequence; /* 0: none */
    int64_t beat_at, latency, ready_at;
    struct sending sending;
    uint32_t interval; /* ms; 0 before HELLO */
    unsigned intents;
    unsigned ignored; /* damaged frames */
    enum gateway_state state;
    enum wait waits;
    uint8_t open_handles;
    uint8_t failures; /* attempts in a row */
    uint8_t refusals; /* resumes in a row that failed */
    bool freed, running, acked, opened;
    bool silent; /* stopped: no hook is called */
};

/* --- small things --- */

static bool has_session(const struct gateway *g)
{
    return g->session_id != NULL;
}

static void set_state(struct gateway *g, enum gateway_state state)
{
    if (g->state == state)
        return;
    g->state = state;
    if (g->hooks->state && !g->silent)
        g->hooks->state(g->context, state);
}

static void replace(char **slot, const char *text)
{
    free(*slot);
    *slot = text && *text ? mem_strdup(text) : NULL;
}

void gateway_resume_data(const struct gateway *g, struct gateway_resume *out)
{
    memset(out, 0, sizeof *out);
    if (!has_session(g))
        return;
    str_copy(out->session_id, sizeof out->session_id, g->session_id);
    str_copy(out->resume_url, sizeof out->resume_url, g->resume_url ? g->resume_url : "");
    out->sequence = g->sequence;
}

static void session_changed(struct gateway *g)
{
    struct gateway_resume r;
    gateway_resume_data(g, &r);
    if (g->hooks->session && !g->silent)
        g->hooks->session(g->context, &r);
}

static void forget_silently(struct gateway *g)
{
    replace(&g->session_id, NULL);
    replace(&g->resume_url, NULL);
    g->sequence = 0;
    g->refusals = 0;
}

static void forget(struct gateway *g)
{
    bool had = has_session(g);
    forget_silently(g);
    if (had)
        session_changed(g);
}

static void on_wait(uv_timer_t *timer);
static void on_beat(uv_timer_t *timer);

static void wait_for(struct gateway *g, enum wait what, int64_t ms)
{
    g->waits = what;
    uv_timer_start(&g->wait, on_wait, (uint64_t)(ms > 0 ? ms / g->hub->hurry : 0), 0);
}

/* --- sending --- */

static bool send_text(struct gateway *g, const char *text, size_t len, bool beat)
{
    if (!g->transport || len > PAYLOAD_LIMIT || !sending_take(&g->sending, beat, time_monotonic()))
        return false;
    return transport_send(g->transport, text, len);
}

/* Takes D. The text may hold the token. */
static bool send_op(struct gateway *g, enum op op, struct json *d)
{
    struct json *payload = json_new_object();
    struct str text = STR_INIT;
    json_set_int(payload, "op", op);
    json_set(payload, "d", d);
    json_print(payload, &text);
    json_free(payload);
    bool sent = send_text(g, text.data, text.len, false);
    str_wipe(&text);
    return sent;
}

static void send_beat(struct gateway *g)
{
    char text[64];
    int n = g->sequence ? snprintf(text, sizeof text, "{\"op\":1,\"d\":%lld}", (long long)g->sequence)
                        : snprintf(text, sizeof text, "{\"op\":1,\"d\":null}");
    g->beat_at = time_monotonic();
    send_text(g, text, (size_t)n, true);
}

bool gateway_send_presence(struct gateway *g, const struct json *presence)
{
    return g->state == GATEWAY_READY && send_op(g, OP_PRESENCE, json_clone(presence));
}

/* --- ending a connection --- */

/* CODE 0: the transport is gone already. */
static void disconnect(struct gateway *g, int code)
{
    uv_timer_stop(&g->beat);
    uv_timer_stop(&g->wait);
    if (code)
        transport_close(g->transport, code);
    g->transport = NULL;
    g->interval = 0;
    g->opened = false;
}

static void again_in(struct gateway *g, int64_t delay, enum gateway_trouble trouble, const char *message)
{
    wait_for(g, WAIT_CONNECT, delay);
    set_state(g, GATEWAY_WAITING);
    if (message && g->hooks->trouble && !g->silent)
        g->hooks->trouble(g->context, trouble, message, delay);
}

static void again(struct gateway *g, enum gateway_trouble trouble, const char *message)
{
    if (g->ready_at && time_monotonic() - g->ready_at >= STEADY_MS)
        g->failures = 0;
    g->ready_at = 0;
    if (g->failures < 32)
        g->failures++;
    again_in(g, backoff_delay(g->failures, RECONNECT_BASE_MS, RECONNECT_CAP_MS, backoff_fraction()), trouble,
             message);
}

static void untrusted(struct gateway *g, const char *message)
{
    if (g->resume_url) { /* the gateway's own address may do better */
        replace(&g->resume_url, NULL);
        session_changed(g);
        if (g->running)
            again(g, GATEWAY_ORDINARY, message);
    } else {
        g->ready_at = 0;
        again_in(g, backoff_delay(1, UNTRUSTED_MS, UNTRUSTED_MS, backoff_fraction()), GATEWAY_UNTRUSTED,
                 message);
    }
}

static void end(struct gateway *g, const struct close_code *c)
{
    struct str message = STR_INIT;
    g->running = false;
    close_message(c, g->intents, &message);
    forget(g);
    set_state(g, GATEWAY_IDLE);
    if (g->hooks->ended && !g->silent)
        g->hooks->ended(g->context, c->end, c->code, str_text(&message));
    str_release(&message);
}

/* A resume that came to nothing: first its address is given up, then the session. */
static void resume_failed(struct gateway *g, bool opened)
{
    if (!has_session(g))
        return;
    g->refusals++;
    if (g->refusals >= 2 && g->resume_url) {
        replace(&g->resume_url, NULL);
        session_changed(g);
    }
    /* An address that cannot be reached says nothing about the session. */
    if (opened && g->refusals >= RESUME_TRIES)
        forget(g);
}

static void on_closed(void *context, int code, const char *why)
{
    struct gateway *g = context;
    const struct close_code *c = close_find(code);
    struct str message = STR_INIT;
    bool before_ready = g->state != GATEWAY_READY, opened = g->opened;
    /* A session that is not resumed is replaced, its address too: nothing has failed yet. */
    bool resuming = before_ready && (opened ? has_session(g) : g->resume_url != NULL);
    if (code >= 1000)
        str_addf(&message, "closed with %d: %s", code, why && *why ? why : c->words);
    else
        str_add(&message, why);
    str_cut(&message, text_prefix(str_text(&message), 200));
    disconnect(g, 0);
    if (c->action == CLOSE_END) {
        end(g, c);
    } else if (code == TRANSPORT_UNTRUSTED) {
        untrusted(g, str_text(&message));
    } else {
        if (c->action == CLOSE_NEW_SESSION)
            forget(g);
        else if (before_ready)
            resume_failed(g, opened);
        if (g->running)
            again(g, resuming ? GATEWAY_ORDINARY : GATEWAY_FAILED, str_text(&message));
    }
    str_release(&message);
}

static void drop(struct gateway *g, int code, enum gateway_trouble trouble, const char *message)
{
    disconnect(g, code);
    again(g, trouble, message);
}

/* --- beginning a connection --- */

static struct json *identify_document(const struct gateway *g)
{
    struct json *d = json_new_object(), *properties = json_new_object();
    json_set_string(d, "token", g->token);
    json_set_int(d, "intents", g->intents);
    json_set_string(properties, "os", "linux");
    json_set_string(properties, "browser", "tenanttui");
    json_set_string(properties, "device", "tenanttui");
    json_set(d, "properties", properties);
    json_set_bool(d, "compress", false);
    json_set_int(d, "large_threshold", 50);
    if (g->presence)
        json_set(d, "presence", json_clone(g->presence));
    return d;
}

static void identify(struct gateway *g)
{
    int64_t wait = g->hooks->identify ? g->hooks->identify(g->context) : 0;
    if (!g->running)
        return;
    if (wait > IDENTIFY_PATIENCE) {
        disconnect(g, CLOSE_KEEP);
        again_in(g, wait, GATEWAY_ORDINARY, "waiting for the turn to identify");
        return;
    }
    if (wait > 0) {
        wait_for(g, WAIT_IDENTIFY, wait);
        return;
    }
    wait_for(g, WAIT_READY, READY_MS);
    if (!send_op(g, OP_IDENTIFY, identify_document(g)))
        drop(g, CLOSE_KEEP, GATEWAY_FAILED, "IDENTIFY is too large or cannot be sent");
}

static void resume(struct gateway *g)
{
    struct json *d = json_new_object();
    json_set_string(d, "token", g->token);
    json_set_string(d, "session_id", g->session_id);
    json_set_int(d, "seq", g->sequence);
    wait_for(g, WAIT_READY, READY_MS);
    if (!send_op(g, OP_RESUME, d))
        drop(g, CLOSE_KEEP, GATEWAY_FAILED, "RESUME cannot be sent");
}

static void on_opened(void *context)
{
    struct gateway *g = context;
    g->opened = true;
    wait_for(g, WAIT_HELLO, HELLO_MS);
}

static void on_message(void *context, const char *text, size_t len);
static const struct transport_hooks transport_hooks = {
    .opened = on_opened, .message = on_message, .closed = on_closed};

static void connect_now(struct gateway *g)
{
    struct url to;
    struct error e;
    struct str path = STR_INIT;
    if (g->resume_url && url_parse(g->resume_url, URL_GATEWAY, &to, &e) < 0)
        replace(&g->resume_url, NULL);
    if (!g->resume_url && url_parse(g->url, URL_GATEWAY, &to, &e) < 0) {
        again(g, GATEWAY_FAILED, e.message);
        return;
    }
    g->sending = (struct sending){0};
    g->acked = true;
    str_addf(&path, "%s%s", to.path, QUERY);
    g->transport = transport_open(g->hub, &to, path.data, &transport_hooks, g);
    str_release(&path);
    set_state(g, GATEWAY_CONNECTING);
}

/* --- timers --- */

static void on_wait(uv_timer_t *timer)
{
    struct gateway *g = timer->data;
    switch (g->waits) {
    case WAIT_CONNECT:
        connect_now(g);
        break;
    case WAIT_IDENTIFY:
        identify(g);
        break;
    case WAIT_HELLO:
        drop(g, CLOSE_SILENT, GATEWAY_FAILED, "the gateway did not say HELLO");
        break;
    case WAIT_READY: {
        bool resuming = has_session(g);
        disconnect(g, CLOSE_SILENT);
        resume_failed(g, true);
        if (g->running)
            again(g, resuming ? GATEWAY_ORDINARY : GATEWAY_FAILED, "the gateway did not say READY");
        break;
    }
    }
}

/* A little early, at the next moment of a grid: the heartbeats of many bots then share their wake-ups. */
static void beat_in(struct gateway *g, uint64_t ms)
{
    uint64_t early = g->interval >= 32 * BEAT_GRID_MS ? (uv_now(g->hub->loop) + ms) % BEAT_GRID_MS : 0;
    uv_timer_start(&g->beat, on_beat, ms > early ? ms - early : ms, 0);
}

static void on_beat(uv_timer_t *timer)
{
    struct gateway *g = timer->data;
    if (!g->acked) {
        drop(g, CLOSE_ZOMBIE, GATEWAY_FAILED, "the gateway did not acknowledge a heartbeat");
        return;
    }
    g->acked = false;
    send_beat(g);
    beat_in(g, g->interval);
}

/* --- what arrives --- */

static void on_hello(struct gateway *g, const struct json *payload)
{
    int64_t interval = json_int(json_at(payload, "d.heartbeat_interval"), 0);
    if (g->interval || interval < 1 || interval > 3600000)
        return;
    g->interval = (uint32_t)interval;
    beat_in(g, (uint64_t)((double)interval * backoff_fraction()));
    if (has_session(g))
        resume(g);
    else
        identify(g);
}

static void on_ack(struct gateway *g, const struct json *payload)
{
    (void)payload;
    g->acked = true;
    if (!g->beat_at)
        return;
    g->latency = time_monotonic() - g->beat_at;
    g->beat_at = 0;
    if (g->hooks->latency)
        g->hooks->latency(g->context, g->latency);
}

static void on_heartbeat_wanted(struct gateway *g, const struct json *payload)
{
    (void)payload;
    send_beat(g);
}

static void on_reconnect(struct gateway *g, const struct json *payload)
{
    (void)payload;
    drop(g, CLOSE_RECONNECT, GATEWAY_ORDINARY, "the gateway asks to reconnect");
}

static void on_invalid_session(struct gateway *g, const struct json *payload)
{
    bool may_resume = json_get_bool(payload, "d", false), had = has_session(g);
    disconnect(g, CLOSE_KEEP);
    if (!may_resume)
        forget(g);
    else
        resume_failed(g, true);
    if (!g->running)
        return;
    g->ready_at = 0;
    if (g->failures < 32)
        g->failures++;
    /* 1 to 5 seconds as documented; longer only when it happens again and again. */
    int64_t backoff = backoff_delay(g->failures, RECONNECT_BASE_MS, RECONNECT_CAP_MS, backoff_fraction());
    int64_t wait = 1000 + (int64_t)(4000 * backoff_fraction());
    again_in(g, backoff > 5000 ? backoff : wait, had ? GATEWAY_ORDINARY : GATEWAY_FAILED,
             may_resume ? "the session is invalid, it may be resumed" : "the session is invalid");
}

static void on_ready(struct gateway *g, const struct json *d)
{
    const char *id = json_get_string(d, "session_id"), *url = json_get_string(d, "resume_gateway_url");
    struct gateway_resume sizes;
    struct url parsed;
    bool usable = id && *id && strlen(id) < sizeof sizes.session_id;
    replace(&g->session_id, usable ? id : NULL);
    replace(&g->resume_url, usable && url && strlen(url) < sizeof sizes.resume_url &&
                                    url_parse(url, URL_GATEWAY, &parsed, NULL) == 0
                                ? url
                                : NULL);
    session_changed(g);
}

static void on_session(struct gateway *g)
{
    uv_timer_stop(&g->wait);
    g->ready_at = time_monotonic();
    g->refusals = 0;
    set_state(g, GATEWAY_READY);
}

static bool is_type(const char *type, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(type, word, len) == 0;
}

static bool always_passes(const char *type, size_t len)
{
    return is_type(type, len, "READY") || is_type(type, len, "RESUMED") || is_type(type, len, "GUILD_CREATE");
}

static bool is_wanted(struct gateway *g, const char *type, size_t type_len, const char *frame, size_t len)
{
    return always_passes(type, type_len) || !g->hooks->wanted ||
           g->hooks->wanted(g->context, type, type_len, frame, len);
}

/* Sequences rise within a session, so one that does not is a repetition. */
static bool is_new(struct gateway *g, int64_t sequence)
{
    if (sequence > 0 && sequence <= g->sequence)
        return false;
    if (sequence > 0)
        g->sequence = sequence;
    return true;
}

static void on_dispatch(struct gateway *g, const struct json *payload)
{
    const char *type = json_get_string(payload, "t");
    const struct json *d = json_get(payload, "d");
    struct transport *here = g->transport;
    int64_t sequence = json_get_int(payload, "s", 0);
    if (!type || !g->interval)
        return;
    bool ready = str_equal(type, "READY"), resumed = str_equal(type, "RESUMED");
    if (ready) {
        g->sequence = sequence > 0 ? sequence : 0;
        on_ready(g, d);
    } else if (!is_new(g, sequence) && !resumed)
        return;
    if (here == g->transport && (ready || resumed))
        on_session(g);
    /* A hook may have stopped us. */
    if (here == g->transport && g->hooks->event)
        g->hooks->event(g->context, type, d, g->sequence);
}

static void (*const handlers[OP_COUNT])(struct gateway *g, const struct json *payload) = {
    [OP_DISPATCH] = on_dispatch, [OP_HEARTBEAT] = on_heartbeat_wanted,      [OP_RECONNECT] = on_reconnect,
    [OP_HELLO] = on_hello,       [OP_INVALID_SESSION] = on_invalid_session, [OP_ACK] = on_ack,
};

static void ignore(struct gateway *g, const char *what)
{
    /* A server that sends much rubbish shall not fill the log. */
    if (g->ignored++ % 100 == 0)
        log_event(LEVEL_WARN, g->tenant, "gateway", "ignored a frame: %s", what);
}

static void handle_parsed(struct gateway *g, const char *text, size_t len, bool asked)
{
    struct error e;
    struct json *payload = json_parse(text, len, &e);
    if (!payload) {
        ignore(g, e.message);
        return;
    }
    int64_t op = json_get_int(payload, "op", -1);
    const char *type = op == OP_DISPATCH && !asked ? json_get_string(payload, "t") : NULL;
    if (type && !is_wanted(g, type, strlen(type), text, len))
        is_new(g, json_get_int(payload, "s", 0));
    else if (op >= 0 && op < OP_COUNT && handlers[op])
        handlers[op](g, payload);
    else
        ignore(g, "its op is not known");
    json_free(payload);
}

static void on_message(void *context, const char *text, size_t len)
{
    struct gateway *g = context;
    struct scan s;
    /* A long replay is no silence. */
    if (g->state != GATEWAY_READY && g->waits == WAIT_READY)
        wait_for(g, WAIT_READY, READY_MS);
    bool dispatch = scan_frame(text, len, &s) == SCAN_OK && s.op == OP_DISPATCH && s.type && g->interval;
    if (dispatch && !is_wanted(g, s.type, s.type_len, text, len))
        is_new(g, s.sequence);
    else
        handle_parsed(g, text, len, dispatch);
}

/* --- lifetime --- */

static void handle_closed(uv_handle_t *handle)
{
    struct gateway *g = handle->data;
    if (--g->open_handles > 0)
        return;
    if (g->token)
        mem_wipe(g->token, strlen(g->token));
    free(g->token);
    free(g->url);
    free(g->tenant);
    free(g->session_id);
    free(g->resume_url);
    json_free(g->presence);
    free(g);
}

struct gateway *gateway_new(struct gateway_hub *hub, const struct gateway_options *options)
{
    struct gateway *g = mem_zero(1, sizeof *g);
    const struct gateway_resume *r = options->resume;
    g->hub = hub;
    g->hooks = options->hooks;
    g->context = options->context;
    g->token = mem_strdup(options->token);
    g->url = mem_strdup(options->url);
    g->tenant = mem_strdup(options->tenant);
    g->presence = options->presence;
    g->intents = options->intents;
    g->latency = -1;
    if (r && r->session_id[0] && r->sequence > 0) {
        replace(&g->session_id, r->session_id);
        replace(&g->resume_url, r->resume_url);
        g->sequence = r->sequence;
    }
    uv_timer_init(hub->loop, &g->beat);
    uv_timer_init(hub->loop, &g->wait);
    g->beat.data = g->wait.data = g;
    g->open_handles = 2;
    return g;
}

void gateway_start(struct gateway *g, int64_t delay_ms)
{
    if (g->running)
        return;
    g->running = true;
    g->silent = false;
    g->failures = 0;
    g->state = GATEWAY_WAITING;
    wait_for(g, WAIT_CONNECT, delay_ms);
}

void gateway_set_url(struct gateway *g, const char *url)
{
    if (str_equal(g->url, url))
        return;
    replace(&g->url, url);
    if (g->state == GATEWAY_READY || !g->resume_url)
        return;
    replace(&g->resume_url, NULL); /* it belonged to the old one */
    session_changed(g);
}

void gateway_stop(struct gateway *g, bool keep_session)
{
    disconnect(g, keep_session ? CLOSE_KEEP : 1000);
    if (!keep_session)
        forget_silently(g);
    g->running = false;
    g->silent = true;
    g->state = GATEWAY_IDLE;
}

void gateway_free(struct gateway *g)
{
    if (!g || g->freed)
        return;
    gateway_stop(g, true);
    g->freed = true;
    uv_close((uv_handle_t *)&g->beat, handle_closed);
    uv_close((uv_handle_t *)&g->wait, handle_closed);
}

enum gateway_state gateway_state(const struct gateway *g)
{
    return g->state;
}

int64_t gateway_latency(const struct gateway *g)
{
    return g->latency;
}
