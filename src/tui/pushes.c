/* What has not reached Discord yet. */
#include "grid.h"

static void show_state(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const char *state = json_get_string(row, "state");
    bool failed = str_equal(state, "failed");
    (void)owner;
    str_addf(out, "%s %s", sign_text(failed ? SIGN_FAIL : SIGN_WAIT), state ? state : "");
    *look = failed ? LOOK_BAD : LOOK_WARN;
}

static const struct grid_column columns[] = {
    {.path = "push", .title = "PUSH", .width = 6, .right = true},
    {.path = "tenant_id", .title = "TENANT", .width = 14, .flexible = true},
    {.path = "revision", .title = "REV", .width = 5, .right = true, .rank = 3},
    {.path = "kind", .title = "KIND", .width = 9, .rank = 2},
    {.path = "state", .title = "STATE", .width = 10, .show = show_state},
    {.path = "attempts", .title = "TRIES", .width = 5, .right = true, .rank = 2},
    {.path = "reason", .title = "REASON", .width = 12, .flexible = true, .rank = 1},
};

static const struct grid_spec spec = {
    .command = "push list",
    .id = "push",
    GRID_COLUMNS(columns),
    .marked = true,
    .keep = 5000,
    .empty = "nothing waits: Discord shows what the database says",
};

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Open", .help = "open the tenant", .action = grid_open_tenant},
    {.key = ' ', .label = "Mark", .help = "mark, for one key on several"},
    {.key = 'r', .label = "Retry", .help = "try it again now", .command = "push retry {push}"},
    {.key = 'd', .label = "Drop", .help = "give it up", .command = "push drop {push}", .ask = true},
    {.key = '=', .label = "Sync", .help = "bring this tenant in line", .command = "sync {tenant_id}"},
    {0},
};

static const struct view_type type = {.name = "push", .bindings = bindings, GRID_VIEW};

struct view *pushes_new(void)
{
    return grid_view_new(&type, &spec);
}
