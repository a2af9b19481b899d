/* A file that somebody attached to a message, brought here from where Discord keeps it. */
#ifndef TT_DISCORD_FETCH_H
#define TT_DISCORD_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "tt/base/error.h"

struct fetch_options {
    const char *api_base; /* as rest_options.base */
    const char *ca_file;  /* NULL: the system's */
    size_t size;          /* bytes, as Discord tells; what has another size has not arrived */
    int timeout_ms;       /* of the whole, further attempts included */
    /* Asked a few times a second; NULL: never. */
    bool (*cancelled)(void *context);
    void *context;
};

/* Append to FD what is kept at URL: https on Discord's own hosts for files, or the host of api_base; no
 * redirect is followed. Blocks its thread. Errors (ERROR_REFUSED, ERROR_INTERRUPTED) do not tell the URL,
 * whose query is a credential. On -1 FD may hold a part. */
int fetch_file(const struct fetch_options *o, const char *url, int fd, struct error *e);

#endif
