#include "cmd_shop.h"

#include "tt/store/overview.h"

static const char *const sort_words[] = {
    "tenant_id",  "tenant_id:desc",  "name",        "name:desc",     "plan",
    "plan:desc",  "status",          "status:desc", "created_at",    "created_at:desc",
    "updated_at", "updated_at:desc", "revision",    "revision:desc", NULL,
};

static const struct option_spec options[] = {
    {.name = "--status", .value = "STATUS", .type = ARG_STATUS, .help = "only those with this status"},
    {.name = "--plan", .value = "PLAN", .type = ARG_PLAN, .help = "only those on this plan"},
    {.name = "--feature", .value = "FEATURE", .type = ARG_FEATURE, .help = "only those with this feature on"},
    {.name = "--search", .value = "TEXT", .type = ARG_TEXT, .help = "part of id, name, guild or renter"},
    {.name = "--sort",
     .value = "COLUMN",
     .type = ARG_WORD,
     .words = sort_words,
     .help = "order; with :desc backwards"},
    {.name = "--shop", .help = "also stock, products that run low, and sales of the last 7 days"},
    {.name = "--deleted", .help = "the deleted ones that undo can still bring back"},
    {0},
};

static const char *const bot_values[] = {
    "bot.state", "bot.instance", "bot.latency_ms", "bot.restarts", "bot.error", "bot.needs", NULL};

static const struct column columns[] = {
    {"tenant_id", "TENANT", false}, {"name", "NAME", false},
    {"discord_id", NULL, false},    {"guild_id", NULL, false},
    {"status", "STATUS", false},    {"plan", "PLAN", false},
    {"revision", "REV", true},      {"applied_revision", "APPLIED", true},
    {"token", "TOKEN", false},      {"bot", "BOT", false, bot_values},
    {"created_at", NULL, false},    {"updated_at", NULL, false},
    {"stock", "STOCK", true},       {"low_stock", "LOW", true},
    {"sales_7d", "SALES 7D", true}, {"total_7d", "WL 7D", true},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define SHOP_COLUMNS 4 /* the last ones, with --shop */

struct listing {
    struct command_context *c;
    bool shop;
    int status; /* of reading shops */
    struct error *e;
};

static void row(void *context, const struct tenant_line *line)
{
    struct listing *l = context;
    struct json *bot = bot_status_json(&line->bot);
    struct shop_figures shop = {0};

    if (l->shop && l->status == 0) {
        struct tenant_scope scope = scope_of(l->c->store, line->id);
        l->status = shop_figures_of(&scope, l->c->now, &shop, l->e);
    }
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_TEXT(line->id),
        CELL_OF_TEXT(line->name),
        CELL_OF_ID(line->discord_id),
        CELL_OF_ID(line->guild_id),
        CELL_OF_TEXT(tenant_status_words[line->status]),
        CELL_OF_TEXT(plan_words[line->plan]),
        CELL_OF_INT(line->revision),
        CELL_OF_INT(line->applied_revision),
        CELL_OF_TEXT(token_state_words[line->token]),
        CELL_OF_JSON(bot),
        CELL_OF_TIME(line->created_at),
        CELL_OF_TIME(line->updated_at),
        CELL_OF_INT(shop.available),
        CELL_OF_INT(shop.low),
        CELL_OF_INT(shop.sales),
        CELL_OF_INT(shop.total),
    };

    writer_table_row(l->c->w, cells);
    json_free(bot);
}

/* The index of an option's word; -1 when it is not given. */
static int option_index(const struct command_context *c, const char *name, const char *kind,
                        const char *const *words, int *index, struct error *e)
{
    const char *text = option_text(c, name);

    *index = -1;
    if (!text)
        return 0;
    *index = word_parse(kind, text, words, e);
    return *index < 0 ? -1 : 0;
}

static int query_read(const struct command_context *c, struct tenant_query *q, struct error *e)
{
    int sort;

    if (option_index(c, "--status", "status", tenant_status_words, &q->status, e) ||
        option_index(c, "--plan", "plan", plan_words, &q->plan, e) ||
        option_index(c, "--feature", "feature", feature_words, &q->feature, e) ||
        option_index(c, "--sort", "column", sort_words, &sort, e))
        return -1;
    static const enum tenant_sort by_word[] = {SORT_TENANT,  SORT_NAME,    SORT_PLAN,    SORT_STATUS,
                                               SORT_CREATED, SORT_UPDATED, SORT_REVISION};
    q->sort = sort < 0 ? SORT_TENANT : by_word[sort / 2];
    q->descending = sort >= 0 && sort % 2;
    q->search = option_text(c, "--search");
    q->deleted = option_given(c, "--deleted");
    q->page = c->paging;
    return 0;
}

static int run(struct command_context *c, struct error *e)
{
    struct tenant_query query = {0};
    struct listing l = {.c = c, .shop = option_given(c, "--shop"), .e = e};
    int64_t total = -1;
    char next[TENANT_ID_TEXT] = "";

    if (query_read(c, &query, e))
        return -1;
    page_begin(c, columns, COLUMN_COUNT - (l.shop ? 0 : SHOP_COLUMNS));
    if (tenants_list(c->store, &query, row, &l, &total, next, e) || l.status)
        return -1;
    page_end(c, total, next);
    return 0;
}

const struct command_spec command_list = {
    .name = "list",
    .options = options,
    .flags = COMMAND_DISCORD | COMMAND_PAGING,
    .right = RIGHT_VIEWER,
    .group = GROUP_TENANTS,
    .summary = "list tenants",
    .example = "list --plan premium --status active --sort name",
    .run = run,
};
