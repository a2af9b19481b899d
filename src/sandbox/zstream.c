#include "zstream.h"

#include <zlib.h>

#include "tt/base/mem.h"

struct zstream {
    z_stream z;
};

struct zstream *zstream_new(void)
{
    struct zstream *s = mem_zero(1, sizeof *s);
    /* A small window and little memory: a sandbox may hold thousands of these. */
    if (deflateInit2(&s->z, Z_BEST_SPEED, Z_DEFLATED, 13, 6, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(s);
        return NULL;
    }
    return s;
}

void zstream_free(struct zstream *s)
{
    if (!s)
        return;
    deflateEnd(&s->z);
    free(s);
}

void zstream_add(struct zstream *s, const void *data, size_t n, struct str *out)
{
    unsigned char *in = mem_alloc(n + 1), room[4096];
    memcpy(in, data, n);
    s->z.next_in = in;
    s->z.avail_in = (uInt)n;
    do {
        s->z.next_out = room;
        s->z.avail_out = sizeof room;
        deflate(&s->z, Z_SYNC_FLUSH);
        str_add_bytes(out, room, sizeof room - s->z.avail_out);
    } while (s->z.avail_out == 0);
    free(in);
}
