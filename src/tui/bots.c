/* Every bot: its state, latency, restarts, and what is wrong. `list` tells it in pages, `bot list` all at
 * once. */
#include "grid.h"

static void show_error(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    (void)owner;
    const char *error = json_string(json_at(row, "bot.error")),
               *needs = json_string(json_at(row, "bot.needs"));
    if (error || needs)
        str_addf(out, "%s%s", error ? "" : "needs ", error ? error : needs);
    *look = error ? LOOK_BAD : LOOK_WARN;
}

static const struct grid_column columns[] = {
    {.path = "tenant_id", .title = "TENANT", .width = 14, .flexible = true, .sort = "tenant_id"},
    {.path = "status", .title = "STATUS", .width = 11, .rank = 4, .sort = "status", .show = show_status},
    {.path = "bot", .title = "BOT", .width = 15, .show = show_bot},
    {.path = "bot.instance", .title = "INSTANCE", .width = 12, .rank = 3},
    {.path = "bot.restarts", .title = "RESTARTS", .width = 8, .right = true, .rank = 2},
    {.path = "bot.error", .title = "ERROR", .width = 10, .flexible = true, .rank = 1, .show = show_error},
};

static const struct grid_spec spec = {
    .command = "list",
    .id = "tenant_id",
    GRID_COLUMNS(columns),
    .paged = true,
    .filtered = true,
    .marked = true,
    .empty = "no bots yet: a tenant gets one with `token TENANT set`; 2 shows the tenants",
};

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Open", .help = "open the tenant", .action = grid_open_tenant},
    {.key = '/',
     .label = "Filter",
     .help = "plan: status: feature: or a part of id or name",
     .action = grid_open_filter},
    {.key = ' ', .label = "Mark", .help = "mark, for one key on several"},
    {.key = 'r', .label = "Restart", .help = "connect anew", .command = "bot restart {tenant_id}"},
    {.key = 'x',
     .label = "Stop",
     .help = "disconnect until it is started",
     .command = "bot stop {tenant_id}",
     .ask = true},
    {.key = 'a', .label = "Start", .help = "connect again", .command = "bot start {tenant_id}"},
    {.key = 't', .help = "set the bot's token", .command = "token {tenant_id} set"},
    {.key = 's', .help = "sort by the next column; S turns the order around"},
    {0},
};

static const struct view_type type = {.name = "bots", .bindings = bindings, GRID_VIEW};

struct view *bots_new(void)
{
    return grid_view_new(&type, &spec);
}
