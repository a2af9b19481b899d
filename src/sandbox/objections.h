/* What is wrong with a request's body: the tree of errors that goes with code 50035. */
#ifndef SANDBOX_OBJECTIONS_H
#define SANDBOX_OBJECTIONS_H

#include "tt/base/json.h"

struct objections {
    struct json *tree; /* NULL: nothing is wrong */
};

/* Object to the field at a path, "embeds.0.title". CODE and MESSAGE as Discord words them. */
void objection(struct objections *o, const char *code, const char *message, const char *path, ...)
    __attribute__((format(printf, 4, 5)));
void objections_release(struct objections *o);

/* Common ones. MIN 0 makes it "N or fewer". Lengths count characters. */
void objection_length(struct objections *o, size_t min, size_t max, const char *path);
void objection_required(struct objections *o, const char *path);
void objection_choices(struct objections *o, const char *path);

/* A text member of DOC: object when it is missing (min above 0 and required), no text or of another length.
 * Returns the text or NULL. */
const char *check_text(struct objections *o, const struct json *doc, const char *key, const char *path,
                       size_t min, size_t max, bool required);

#endif
