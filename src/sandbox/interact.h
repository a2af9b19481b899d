/* What an interaction's answer and the scripting side share. */
#ifndef SANDBOX_INTERACT_H
#define SANDBOX_INTERACT_H

#include "box.h"
#include "tt/base/error.h"

/* interaction_metadata, as a message that answers it shows it. */
struct json *interaction_metadata(const struct interaction *i);

/* Control verbs: a member runs a command, clicks, fills a modal. */
struct json *control_slash(struct box *b, const struct json *doc, struct error *e);
struct json *control_click(struct box *b, const struct json *doc, struct error *e);
struct json *control_modal(struct box *b, const struct json *doc, struct error *e);
struct json *control_autocomplete(struct box *b, const struct json *doc, struct error *e);
/* {"interaction","state","type","message",...} */
struct json *interaction_report(struct box *b, const struct interaction *i);

#endif
