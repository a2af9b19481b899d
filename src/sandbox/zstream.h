/* The gateway's transport compression: one zlib stream a connection, flushed after each message, so that each
 * ends in 00 00 FF FF. */
#ifndef SANDBOX_ZSTREAM_H
#define SANDBOX_ZSTREAM_H

#include "tt/base/str.h"

struct zstream;

struct zstream *zstream_new(void);
void zstream_free(struct zstream *z); /* NULL is fine */
/* Append the compressed message to OUT. */
void zstream_add(struct zstream *z, const void *data, size_t n, struct str *out);

#endif
