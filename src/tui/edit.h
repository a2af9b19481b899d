/* A line being typed, with the keys that hands know from readline. */
#ifndef TUI_EDIT_H
#define TUI_EDIT_H

#include <stdbool.h>

#include "tt/base/str.h"

struct edit {
    struct str text;
    size_t at;   /* byte where the cursor stands */
    bool secret; /* shown as stars */
};
void edit_release(struct edit *edit); /* wipes */
void edit_set(struct edit *edit, const char *text);
bool edit_key(struct edit *edit, int key); /* true: taken */
/* CARET: the terminal's cursor goes where one types. */
void edit_draw(const struct edit *edit, int y, int x, int cells, bool caret);

#endif
