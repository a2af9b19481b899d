/* What an interaction's answer and the scripting side share. */
#ifndef SANDBOX_INTERACT_H
#define SANDBOX_INTERACT_H

#include "box.h"
#include "tt/base/error.h"

/* interaction_metadata, as a message that answers it shows it. */
struct json *interaction_metadata(const struct interaction *i);

/* Fill the error and return NULL. */
struct json *interaction_refuse(struct error *e, const char *field, const char *what);
/* {"ok":true,"interaction":ID} */
struct json *interaction_started(const struct interaction *i);
/* Add what an option or a select of TYPE (as of options: 6 user, 7 channel, 8 role, 9 either) names to
 * `resolved`. */
void interaction_resolve(struct box *b, const struct channel *c, struct json *resolved, int64_t type,
                         int64_t id);

/* Control verbs: a member runs a command, clicks, fills a modal. */
struct json *control_slash(struct box *b, const struct json *doc, struct error *e);
struct json *control_click(struct box *b, const struct json *doc, struct error *e);
struct json *control_modal(struct box *b, const struct json *doc, struct error *e);
struct json *control_autocomplete(struct box *b, const struct json *doc, struct error *e);
/* {"interaction","state","type","message",...} */
struct json *interaction_report(struct box *b, const struct interaction *i);

#endif
