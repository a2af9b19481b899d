/* The gateway's client transport: a WebSocket to one address over a non-blocking socket, with TLS for wss and
 * through the environment's proxy. All of it on the hub's loop. */
#ifndef TT_DISCORD_TRANSPORT_H
#define TT_DISCORD_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/discord/gateway.h"
#include "url.h"

#define TRANSPORT_HANDSHAKES 16    /* connections being set up at once, up to the end of TLS */
#define TRANSPORT_SETUP_MS 20000   /* from its turn to the open WebSocket */
#define TRANSPORT_LINGER_MS 2000   /* for the other side to close after our close frame */
#define TRANSPORT_OUT_LIMIT 262144 /* bytes that may wait for a peer that does not read */

#define TRANSPORT_UNTRUSTED (-1)

struct transport;

/* None is called from inside transport_open, transport_send or transport_close. */
struct transport_hooks {
    void (*opened)(void *context);
    void (*message)(void *context, const char *text, size_t len); /* not terminated */
    /* The transport is gone; the pointer must not be used again. CODE: the peer's close code, 1005 none in
     * its frame, 1006 the connection broke, 0 it never opened, TRANSPORT_UNTRUSTED that for its certificate.
     */
    void (*closed)(void *context, int code, const char *why);
};

/* Never fails at once: closed tells. PATH with query, copied. HOOKS borrowed. */
struct transport *transport_open(struct gateway_hub *hub, const struct url *to, const char *path,
                                 const struct transport_hooks *hooks, void *context);
/* One text message. False when the connection is not open or does not take more. */
bool transport_send(struct transport *t, const char *text, size_t len);
/* No hook is called afterwards; NULL is fine. */
void transport_close(struct transport *t, int code);

#endif
