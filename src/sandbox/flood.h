/* Many events made on the spot: as fast as one connection takes them, or at a pace. */
#ifndef SANDBOX_FLOOD_H
#define SANDBOX_FLOOD_H

#include "gateway.h"
#include "tt/base/error.h"

/* {"do":"flood",...}; the answer says how many events are on their way to how many sessions. */
struct json *flood_start(struct box *b, const struct json *doc, struct error *e);
/* The connection takes bytes: write the next piece. Returns what the protocol callback returns. */
int flood_write(struct socket *k);
void flood_drop(struct flood_run *f); /* NULL is fine */
/* What paced floods measured, see {"do":"floods"}. */
struct json *flood_report(const struct box *b);
/* A bot wrote into a channel: the answer to the oldest event there that still waits for one. */
void flood_answered(struct box *b, const struct channel *c);
void floods_release(struct box *b);
/* Is any flood still running? */
bool floods_running(const struct box *b);

#endif
