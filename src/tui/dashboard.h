/* dashboard.c keeps what it shows, dashboard_draw.c and dashboard_sales.c draw it. */
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
/* Of the `summary` document (NULL: not there yet): as a box's inside; as one line in ROW of R, where there
 * are any: the row after it. */
void dashboard_draw_sales(const struct json *summary, int64_t now, struct rect r);
int dashboard_sales_line(const struct json *summary, int64_t now, struct rect r, int row);

#endif
