/* WebSocket framing of a client, over wslay's frame interface: bytes in, whole messages out; messages in,
 * bytes out. No socket, so it can be tested and fuzzed alone.
 *
 * wslay's context has a 4 KiB buffer; an idle connection holds none. A context is lent to a connection while
 * a frame is half read and goes back to the pool when all it was fed is used up. */
#ifndef TT_DISCORD_FRAMES_H
#define TT_DISCORD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/str.h"

#define FRAMES_MESSAGE_LIMIT (16u << 20) /* bytes of a message */

struct framer;
struct frames_pool; /* one a thread: idle contexts, a spare buffer, the sending side */

struct frames_pool *frames_pool_new(void);
void frames_pool_free(struct frames_pool *pool);

struct frames_hooks {
    /* Each returns false to stop reading (the connection is being closed). */
    bool (*message)(void *context, const char *text, size_t len);
    bool (*ping)(void *context, const void *data, size_t len);   /* answer it with a pong of the same data */
    bool (*closed)(void *context, int code, const char *reason); /* 1005: no code was given */
};

/* The reading side of a connection; zeroed is empty. */
struct frames {
    struct framer *framer; /* NULL: at the edge of a frame, nothing buffered */
    struct str message;    /* what arrived of a message in pieces; empty most of the time */
    struct str control;
    bool fragmented; /* a message waits for its next frame */
    bool stopped;
};

/* Feed bytes. 0, or the close code that says why the connection must be dropped (1002, 1003, 1009). */
int frames_feed(struct frames *f, struct frames_pool *pool, const struct frames_hooks *hooks, void *context,
                const void *bytes, size_t n);
void frames_release(struct frames *f, struct frames_pool *pool);

enum frames_kind { FRAMES_TEXT = 1, FRAMES_CLOSE = 8, FRAMES_PING = 9, FRAMES_PONG = 10 };
/* Append one masked frame to OUT. */
void frames_write(struct frames_pool *pool, enum frames_kind kind, const void *data, size_t n,
                  struct str *out);
void frames_write_close(struct frames_pool *pool, int code, struct str *out);

#endif
