/* All tenants: filter, sort, marks, one key a job. */
#include "grid.h"

static void show_stock(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    bool low = json_get_int(row, "low_stock", 0) > 0;
    int64_t stock = json_get_int(row, "stock", 0);
    char number[32];
    (void)owner;
    str_add(out, number_text(stock, number));
    str_addf(out, " %s", low ? sign_text(SIGN_LOW) : canvas_is_accessible() ? "   " : " ");
    *look = low ? LOOK_WARN : stock ? LOOK_TEXT : LOOK_DIM;
}

static const struct grid_column columns[] = {
    {.path = "tenant_id", .title = "TENANT", .width = 15, .flexible = true, .sort = "tenant_id"},
    {.path = "name", .title = "NAME", .width = 12, .flexible = true, .rank = 3, .sort = "name"},
    {.path = "plan", .title = "PLAN", .width = 10, .rank = 5, .sort = "plan"},
    {.path = "status", .title = "STATUS", .width = 11, .rank = 2, .sort = "status", .show = show_status},
    {.path = "bot", .title = "BOT", .width = 12, .show = show_bot},
    {.path = "stock", .title = "STOCK  ", .width = 7, .right = true, .rank = 1, .show = show_stock},
    {.path = "sales_7d", .title = "SALES 7d", .width = 8, .right = true, .rank = 4, .form = COLUMN_NUMBER},
    {.path = "revision",
     .title = "REV  ",
     .width = 7,
     .right = true,
     .rank = 6,
     .sort = "revision",
     .show = show_revision},
};

static const struct grid_spec spec = {
    .command = "list --shop",
    .id = "tenant_id",
    GRID_COLUMNS(columns),
    .paged = true,
    .filtered = true,
    .marked = true,
    .empty = "no tenants yet: n makes one",
};

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Open", .help = "open the tenant", .action = grid_open_tenant},
    {.key = '/',
     .label = "Filter",
     .help = "plan: status: feature: or a part of id, name, guild or renter",
     .action = grid_open_filter},
    {.key = 'n', .label = "New", .help = "make a tenant", .command = "create", .form = 1},
    {.key = ' ', .label = "Mark", .help = "mark, for one key on several tenants"},
    {.key = 's', .label = "Sort", .help = "sort by the next column; S turns the order around"},
    TENANT_STATUS_KEYS,
    {.key = 'p', .label = "Plan", .help = "another plan", .command = "plan {tenant_id} {plan|}", .form = 2},
    {.key = 'f',
     .label = "Feature",
     .help = "switch a feature",
     .command = "features {tenant_id}",
     .form = 2},
    {.key = 'e',
     .label = "Rename",
     .help = "another name",
     .command = "rename {tenant_id} {name|}",
     .form = 2},
    {.key = 'r', .label = "Restart", .help = "restart the bot", .command = "bot restart {tenant_id}"},
    {.key = '=', .label = "Sync", .help = "bring Discord in line again", .command = "sync {tenant_id}"},
    {.key = 'D', .label = "Delete", .help = "delete the tenant", .command = "delete {tenant_id}"},
    {0},
};

static const char notes[] = "  STOCK     items that can be sold; the sign beside it: a product has run low\n"
                            "  SALES 7d  purchases less refunds of today and the six days before\n"
                            "  REV       the saved revision; the sign beside it: whether the bot runs it\n";

static const struct view_type type = {.name = "tenants", .bindings = bindings, .notes = notes, GRID_VIEW};

struct view *tenants_new(const char *filter)
{
    struct view *v = grid_view_new(&type, &spec);
    if (filter) {
        struct grid *g = &((struct grid_view *)v)->grid;
        free(g->filter);
        struct str copy = STR_INIT;
        str_add(&copy, filter);
        g->filter = str_take(&copy);
    }
    return v;
}
