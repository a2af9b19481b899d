/* Text that scrolls, with the colours that a writer for people puts into it. */
#ifndef TUI_ANSWER_H
#define TUI_ANSWER_H

#include "tt/base/json.h"
#include "tt/base/str.h"

struct view;

struct view *text_view_new(const char *title, struct str *text); /* takes TEXT */
/* A row of a listing with all that it has, also where the listing has no room for it. */
struct view *row_view_new(const char *title, const struct json *row);
/* A row of the audit in full, its before and after as a difference. */
struct view *audit_row_new(const struct json *row);

#endif
