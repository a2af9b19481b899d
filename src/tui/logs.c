/* The daemon's log, newest at the end. */
#include "grid.h"

#include "answer.h"

static void show_level(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const char *level = json_get_string(row, "level");
    (void)owner;
    str_add(out, level);
    *look = str_equal(level, "error") ? LOOK_BAD : str_equal(level, "warn") ? LOOK_WARN : LOOK_DIM;
}

static const struct grid_column columns[] = {
    {.path = "time", .title = "TIME (UTC)", .width = 14, .rank = 2, .show = show_clock},
    {.path = "level", .title = "LEVEL", .width = 5, .rank = 3, .show = show_level},
    {.path = "tenant_id", .title = "TENANT", .width = 12, .rank = 1},
    {.path = "event", .title = "EVENT", .width = 10, .rank = 4},
    {.path = "message", .title = "MESSAGE", .width = 18, .flexible = true},
};

static const struct grid_spec spec = {
    .command = "logs --since 1d",
    GRID_COLUMNS(columns),
    .keep = -2000,
    .empty = "no log in the last day; the daemon writes it: tenanttui --bot",
};

/* A message is often longer than the line. */
static void show_whole(struct app *app, struct view *v)
{
    if (grid_view_row(v))
        app_push(app, row_view_new("log line", grid_view_row(v)));
}

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Whole line", .help = "the whole line", .action = show_whole},
    {.key = 't', .label = "Tenant", .help = "open the tenant", .action = grid_open_tenant},
    {0},
};

static const struct view_type type = {.name = "logs", .bindings = bindings, GRID_VIEW};

struct view *logs_new(void)
{
    return grid_view_new(&type, &spec);
}
