/* Discord's gateway: one struct gateway a bot, all on one libuv loop. Connects, identifies or resumes, beats,
 * reconnects with jitter; follows every duty of the documentation (close codes, op 7 and 9, zombie
 * connections, send limit). The transport is non-blocking OpenSSL plus wslay with one read buffer shared by
 * all connections. */
#ifndef TT_DISCORD_GATEWAY_H
#define TT_DISCORD_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "tt/base/error.h"
#include "tt/base/json.h"

struct gateway_hub; /* what connections share: loop, TLS context, read buffer, handshake cap (16) */
struct gateway;

struct gateway_hub_options {
    uv_loop_t *loop;
    const char *ca_file; /* NULL: the system's */
};
/* Ignores SIGPIPE for the process: OpenSSL writes with write(2). */
int gateway_hub_new(struct gateway_hub **out, const struct gateway_hub_options *options, struct error *e);
/* All gateways must be freed. Run the loop for a moment before, so that close frames leave; and once more
 * after. */
void gateway_hub_free(struct gateway_hub *hub);

enum gateway_state {
    GATEWAY_IDLE,       /* not started, or ended for good */
    GATEWAY_CONNECTING, /* socket, TLS, HELLO, IDENTIFY or RESUME under way */
    GATEWAY_READY,      /* READY or RESUMED was seen */
    GATEWAY_WAITING     /* between two attempts */
};

/* What a session needs to be resumed after a crash; the owner stores it. */
struct gateway_resume {
    char session_id[128];
    char resume_url[256];
    int64_t sequence;
};

enum gateway_end {
    GATEWAY_END_TOKEN,    /* 4004: the token is refused */
    GATEWAY_END_INTENTS,  /* 4013, 4014: MESSAGE names the switch in the developer portal */
    GATEWAY_END_SHARDING, /* 4010, 4011 */
    GATEWAY_END_VERSION   /* 4012 */
};

enum gateway_trouble {
    /* Discord's ordinary life: a turn to wait for, a reconnect that was asked for, a session that cannot be
     * resumed, so that a new one follows. */
    GATEWAY_ORDINARY,
    GATEWAY_FAILED,   /* an attempt to have a session came to nothing, or the connection was lost */
    GATEWAY_UNTRUSTED /* the same, for the other side's certificate */
};

/* Every hook may stop or free its gateway. */
struct gateway_hooks {
    /* A dispatch: TYPE ("MESSAGE_CREATE"), D parsed (borrowed), SEQUENCE. Only types that `wanted` let
     * through. */
    void (*event)(void *context, const char *type, const struct json *d, int64_t sequence);
    /* Asked before a payload is parsed, with the raw text of the whole frame: false drops it (its sequence is
     * still counted). NULL: everything passes. READY, RESUMED and GUILD_CREATE always pass. */
    bool (*wanted)(void *context, const char *type, size_t type_len, const char *frame, size_t len);
    void (*state)(void *context, enum gateway_state state);
    /* The session changed enough to be stored: after READY (sequence 0 on forget). Sequences are read with
     * gateway_resume_data when the owner commits. */
    void (*session)(void *context, const struct gateway_resume *resume);
    /* An IDENTIFY is about to be sent: 0 go on, otherwise wait that many ms (pacing, daily limit). */
    int64_t (*identify)(void *context);
    void (*latency)(void *context, int64_t ms);
    /* It will not connect again by itself. */
    void (*ended)(void *context, enum gateway_end end, int close_code, const char *message);
    /* There is no connection; a next attempt follows in DELAY_MS unless gateway_stop is called. */
    void (*trouble)(void *context, enum gateway_trouble trouble, const char *message, int64_t delay_ms);
};

struct gateway_options {
    const char *url;   /* "wss://gateway.discord.gg", from GET /gateway/bot; ws only to loopback */
    const char *token; /* copied, wiped at the end */
    unsigned intents;
    const struct gateway_resume *resume; /* NULL or empty: identify */
    struct json *presence;               /* for IDENTIFY; owned by the gateway; NULL none */
    const struct gateway_hooks *hooks;   /* borrowed for the gateway's life */
    void *context;
    const char *tenant; /* for the log; copied */
};

struct gateway *gateway_new(struct gateway_hub *hub, const struct gateway_options *options);
void gateway_start(struct gateway *g, int64_t delay_ms);
/* The gateway has moved: from the next connection on. A session that does not stand is then resumed there. */
void gateway_set_url(struct gateway *g, const char *url);
/* Close. KEEP_SESSION closes with a code that leaves the session resumable, else 1000. No hook is called
 * afterwards. */
void gateway_stop(struct gateway *g, bool keep_session);
void gateway_free(struct gateway *g); /* stops with keep_session */
enum gateway_state gateway_state(const struct gateway *g);
int64_t gateway_latency(const struct gateway *g); /* ms, -1 unknown */
void gateway_resume_data(const struct gateway *g, struct gateway_resume *out);
/* op 3: presence. Within the send limit, else dropped with false. */
bool gateway_send_presence(struct gateway *g, const struct json *presence);

#endif
