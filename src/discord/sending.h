/* The gateway's send limit: 120 payloads in 60 s a connection. Ordinary ones get at most 110 in any 60 s,
 * heartbeats may use the rest. Pure logic. */
#ifndef TT_DISCORD_SENDING_H
#define TT_DISCORD_SENDING_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: a new connection, nothing sent. */
struct sending {
    int64_t at;    /* when SPENT was true */
    int32_t spent; /* thousandths of a payload that are not paid back yet */
};

bool sending_take(struct sending *s, bool heartbeat, int64_t now);

#endif
