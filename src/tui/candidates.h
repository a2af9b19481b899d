/* Words that may stand where somebody types: asked from the worker, shown, chosen. */
#ifndef TUI_CANDIDATES_H
#define TUI_CANDIDATES_H

#include "app.h"
#include "edit.h"

struct candidates {
    char **words, **helps;
    size_t count;
    int chosen;  /* -1 none */
    char *asked; /* the text whose answer is awaited; NULL none */
};

void candidates_clear(struct candidates *c);
/* Ask for those of LINE's last word; the answer comes to V's slot SLOT. */
void candidates_ask(struct app *app, struct view *v, unsigned slot, struct candidates *c, const char *line);
/* Take an answer; false when it is for a text that has changed since. */
bool candidates_take(struct candidates *c, const struct result *r);
/* The next one (STEP 1) or the one before (-1), round about; NULL when there are none. */
const char *candidates_step(struct candidates *c, int step);
/* How many bytes all have in common. */
size_t candidates_common(const struct candidates *c);
/* In one row, around the chosen one. */
void candidates_draw_row(const struct candidates *c, int y, int x, int cells);
/* With their help, one a row, upwards from row Y; at most ROWS. */
void candidates_draw_list(const struct candidates *c, int y, int x, int rows, int cols);

#endif
