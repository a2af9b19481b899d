/* What connections share. Private to hub.c, transport.c and gateway.c. */
#ifndef TT_DISCORD_HUB_H
#define TT_DISCORD_HUB_H

#include "frames.h"
#include "libssl.h"
#include "transport.h"

#define HUB_BUFFER 65536

struct gateway_hub {
    uv_loop_t *loop;
    SSL_CTX *tls;
    struct frames_pool *frames;
    char *buffer;                            /* every connection reads into it */
    struct transport *queued, **queued_tail; /* wait for a handshake's turn */
    struct transport *slow;                  /* have a deadline: being set up, or closing */
    int handshakes;
    int hurry; /* waiting times are divided by it: 1; more in tests */
    uv_timer_t *kick, *tick;
};

/* Let queued connections begin, soon and not from inside. */
void hub_kick(struct gateway_hub *hub);
/* Look after deadlines while there are any. */
void hub_watch(struct gateway_hub *hub);

/* In transport.c: begin the first queued one; drop those whose time is over (all with ALL). */
void transport_begin_queued(struct gateway_hub *hub);
void transport_expire(struct gateway_hub *hub, int64_t now, bool all);

#endif
