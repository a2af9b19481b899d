/* Text that scrolls. A line that begins with # is a heading. */
#ifndef TUI_ANSWER_H
#define TUI_ANSWER_H

#include "tt/base/json.h"
#include "tt/base/str.h"

struct view;

struct view *text_view_new(const char *title, struct str *text); /* takes TEXT */
/* A row of the audit in full, its before and after as a difference. */
struct view *audit_row_new(const struct json *row);
/* A document as lines for people, appended. */
void text_add_document(struct str *out, const struct json *document, size_t indent);

#endif
