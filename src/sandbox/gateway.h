/* The gateway: a libwebsockets server whose connections speak Discord's protocol, version 10, JSON. */
#ifndef SANDBOX_GATEWAY_H
#define SANDBOX_GATEWAY_H

#include "liblws.h"
#include "session.h"
#include "zstream.h"

#define INTENT_GUILDS (1u << 0)
#define INTENT_MEMBERS (1u << 1)
#define INTENT_WEBHOOKS (1u << 5)
#define INTENT_PRESENCES (1u << 8)
#define INTENT_MESSAGES (1u << 9)
#define INTENT_REACTIONS (1u << 10)
#define INTENT_TYPING (1u << 11)
#define INTENT_DMS (1u << 12)
#define INTENT_DM_REACTIONS (1u << 13)
#define INTENT_DM_TYPING (1u << 14)
#define INTENT_CONTENT (1u << 15)
#define INTENTS_KNOWN 0x331ffffu /* bits 0 to 16, 20, 21, 24, 25 */

struct socket {
    struct lws *wsi; /* NULL once closed */
    struct box *box;
    struct session *session; /* NULL before IDENTIFY or RESUME */
    struct zstream *zlib;    /* NULL: plain text */
    char host[80];           /* the Host header, for the resume address */
    struct str in;           /* a message in pieces */
    struct str control;      /* frames that are no events: each a 4-byte length and its text */
    int64_t beat_due;        /* monotonic ms; after it the connection counts as dead */
    int64_t window;          /* start of the current minute of sends */
    int sends;
    int close_code; /* to close with; 0 none */
    bool silent, no_ack, no_hello;
    bool closing;            /* our close frame has been written */
    bool abort;              /* to be ended without one */
    struct flood_run *flood; /* events to be made as fast as the connection takes them */
};

/* The protocol of the gateway's listener. */
extern const struct lws_protocols gateway_protocol;

void socket_wants_write(struct socket *k);
/* Queue a frame outside the numbering (HELLO, acknowledgements, op 7 and 9). */
void socket_control(struct socket *k, const char *text);
void socket_close(struct socket *k, int code);
void socket_reset_now(struct socket *k);
void socket_forget_session(struct socket *k);
/* A session's connection has ended or is taken by another: it waits for a RESUME from now on. */
void socket_detach(struct socket *k);
/* Look for missed heartbeats. */
void gateway_sweep(struct box *b, int64_t now);

/* identify.c: a message from the client. */
void gateway_message(struct socket *k, const char *text, size_t n);
/* Tell a bot's sessions that it joined or left a guild. */
void gateway_guild_create(struct box *b, struct guild *g, struct bot *bot);

#endif
