/* A file that came with a command, as Discord tells of it. Its address is a credential for a day. */
#ifndef BOT_ATTACHMENT_H
#define BOT_ATTACHMENT_H

#include "tt/base/error.h"
#include "tt/base/json.h"

struct bot_daemon;

struct attachment {
    char *name; /* for a command line: no dash in front, no more than 100 bytes */
    char *url;
    int64_t size; /* bytes */
    bool several; /* there were more */
};

/* Of a list (or map) of Discord's objects; NULL: there is none. */
struct attachment *attachment_of(const struct json *list);
void attachment_free(struct attachment *a); /* NULL is fine */
/* Bring it here, to memory; *FD is the caller's, at its beginning. For a thread that may wait. A NULL: says
 * what to attach. */
int attachment_open(const struct attachment *a, const struct bot_daemon *d, int *fd, struct error *e);

#endif
