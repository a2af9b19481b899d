/* Messages as callers hand them in: checked, then put into a message. The same for channels, webhooks and
 * answers to interactions, new ones and edits. */
#ifndef SANDBOX_COMPOSE_H
#define SANDBOX_COMPOSE_H

#include "request.h"

#define FLAG_SUPPRESS_EMBEDS (1 << 2)
#define FLAG_EPHEMERAL (1 << 6)
#define FLAG_LOADING (1 << 7)
#define FLAG_SILENT (1 << 12)
#define FLAG_V2 (1 << 15)

struct draft {
    const char *content;              /* NULL: not given */
    struct json *embeds, *components; /* NULL: not given */
    const struct json *allowed, *attachments, *nonce;
    bool enforce, tts;
    int flags;
    int64_t reference;
};

/* Check DOC and the request's uploads. False with the answer set when something is wrong; the draft is
 * released then. */
bool draft_read(struct request *r, struct draft *d, const struct json *doc, const char *prefix, bool edit,
                const struct message *existing);
/* Put it into the message; an edit changes only what was given. */
void draft_apply(struct request *r, struct draft *d, struct message *m, bool edit);
void draft_release(struct draft *d);

#endif
