/* Who did what, newest first; undo is a key. */
#include "grid.h"

#include "answer.h"

static const struct grid_column columns[] = {
    {.path = "audit", .title = "AUDIT", .width = 6, .right = true},
    {.path = "time", .title = "TIME (UTC)", .width = 14, .rank = 2, .show = show_clock},
    {.path = "tenant_id", .title = "TENANT", .width = 12, .rank = 1},
    {.path = "who", .title = "WHO", .width = 10, .rank = 3},
    {.path = "face", .title = "FACE", .width = 7, .rank = 4},
    {.path = "command", .title = "COMMAND", .width = 18, .flexible = true, .show = show_command},
};

static const struct grid_spec spec = {
    .command = "audit",
    .id = "audit",
    GRID_COLUMNS(columns),
    .paged = true,
    .empty = "nothing was written yet",
};

static void show_whole(struct app *app, struct view *v)
{
    if (grid_view_row(v))
        app_push(app, audit_row_new(grid_view_row(v)));
}

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Details", .help = "all of it: before and after", .action = show_whole},
    {.key = 'U', .label = "Undo", .help = "undo this write", .command = "undo {audit}", .ask = true},
    {.key = 'R', .label = "Redo", .help = "do it again", .command = "redo {audit}", .ask = true},
    {.key = 't', .label = "Tenant", .help = "open the tenant", .action = grid_open_tenant},
    {0},
};

static const struct view_type type = {.name = "audit", .bindings = bindings, GRID_VIEW};

struct view *audit_new(void)
{
    return grid_view_new(&type, &spec);
}
