/* The documented limits of what a bot may send. Each function objects to what breaks one and returns a new
 * document in the form in which answers show it; the caller frees. PATH names the place in the request's
 * body. */
#ifndef SANDBOX_CHECK_H
#define SANDBOX_CHECK_H

#include "objections.h"

#define PATH_SIZE 192

/* An array of embeds (NULL or null counts as none). */
struct json *check_embeds(struct objections *o, const struct json *embeds, const char *path);
/* Rows of a message's components. V2: the message's flag IS_COMPONENTS_V2 allows layouts. */
struct json *check_components(struct objections *o, const struct json *rows, const char *path, bool v2);
/* The data of a modal. */
struct json *check_modal(struct objections *o, const struct json *data, const char *path);
/* An application command; EXISTING is the command that is patched, or NULL. */
struct json *check_command(struct objections *o, const struct json *doc, const char *path,
                           const struct json *existing);
void check_allowed_mentions(struct objections *o, const struct json *allowed);
/* A number within limits, or OTHERWISE when it is absent or null. */
int64_t check_number(struct objections *o, const struct json *doc, const char *key, const char *path,
                     int64_t min, int64_t max, int64_t otherwise);
/* An address with one of the schemes allowed for it; NULL when absent or refused. */
const char *check_url(struct objections *o, const struct json *doc, const char *key, const char *path,
                      bool media);

#endif
