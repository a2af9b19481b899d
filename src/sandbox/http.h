/* HTTP/1.1 over the raw connections that libwebsockets accepts (and decrypts). Written here because a
 * stand-in must be able to answer half, late, wrongly or not at all. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "liblws.h"
#include "request.h"

/* The protocol of the REST listener. */
extern const struct lws_protocols http_protocol;

/* Bytes out as they are. The connection may be gone (NULL). */
void conn_write(struct conn *c, const void *data, size_t n);
/* Close after what was written has left. */
void conn_close(struct conn *c);
void conn_reset(struct conn *c); /* at once, with a TCP reset */
/* The answer has been written: read the next request. */
void conn_next(struct conn *c);
/* Forget connections that were never closed, because their TLS handshake was not over. */
void conns_release(struct box *b);
/* A connection's socket is made to send a reset. */
void socket_reset(int fd);

#endif
