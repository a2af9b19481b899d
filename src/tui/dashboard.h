/* dashboard.c keeps what it shows, dashboard_draw.c draws it. */
#ifndef TUI_DASHBOARD_H
#define TUI_DASHBOARD_H

#include "app.h"

#define DASHBOARD_ROWS 128

struct dashboard_view {
    struct view view;
    struct json *summary, *audit;     /* NULL not there yet */
    size_t cursor;                    /* among the needs, then the audit rows */
    bool moving;                      /* a key has moved it: the row is marked */
    size_t shown;                     /* that many can be reached */
    struct rect rows[DASHBOARD_ROWS]; /* where they were drawn, for clicks; no columns: not */
};

const char *dashboard_item(const struct dashboard_view *d, size_t index); /* the tenant's id; NULL none */
void dashboard_draw(struct app *app, struct view *v, struct rect body);

#endif
