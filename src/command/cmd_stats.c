#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/sales.h"

#define CHART_CELLS 40
#define LINES_DEFAULT 50

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT, .optional = true}, {0}};
static const struct option_spec options[] = {
    {.name = "--by",
     .value = "WHAT",
     .type = ARG_WORD,
     .words = sales_by_words,
     .help = "day (the default), hour, product, customer or tenant"},
    {.name = "--since", .value = "T", .type = ARG_TIME, .help = "from here on"},
    {.name = "--until", .value = "T", .type = ARG_TIME, .help = "up to here"},
    {.name = "--limit",
     .value = "N",
     .type = ARG_NUMBER,
     .help = "so many lines: the newest, or the largest; 0 is all (all days and hours, else 50)"},
    {.name = "--chart", .type = ARG_TEXT, .help = "draw the totals as bars"},
    {0},
};

struct statistics {
    struct command_context *c;
    enum sales_by by;
    bool chart;
    struct sales_line *lines;
    size_t count, room;
    int64_t limit; /* 0: none */
    bool more;     /* lines beyond it */
    int64_t largest;
};

static bool by_time(const struct statistics *s)
{
    return s->by == SALES_BY_DAY || s->by == SALES_BY_HOUR;
}

/* One line more than is shown was asked for: the oldest, or the smallest. */
static void cut(struct statistics *s)
{
    s->more = s->limit && (int64_t)s->count > s->limit;
    if (!s->more)
        return;
    s->count--;
    if (by_time(s))
        memmove(s->lines, s->lines + 1, s->count * sizeof *s->lines);
}

static void keep(void *context, const struct sales_line *line)
{
    struct statistics *s = context;

    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->lines = mem_resize(s->lines, s->room, sizeof *s->lines);
    }
    s->lines[s->count++] = *line;
}

/* What a line is called: "2026-08-01", "2026-08-01 19:00", a code, a GrowID, a tenant. */
static const char *name_of(const struct statistics *s, const struct sales_line *line, char out[64])
{
    const char *zone = s->c->has_tenant ? tenant_config(&s->c->tenant, CONFIG_TIMEZONE) : "UTC";
    char text[TIME_TEXT];

    switch (s->by) {
    case SALES_BY_DAY:
    case SALES_BY_HOUR:
        zone_format(zone, line->time, text);
        text[s->by == SALES_BY_DAY ? 10 : 16] = '\0';
        str_copy(out, 64, text);
        break;
    case SALES_BY_PRODUCT:
        str_copy(out, 64, *line->code ? line->code : "(gone)");
        break;
    case SALES_BY_CUSTOMER:
        str_copy(out, 64, *line->growid ? line->growid : "(gone)");
        break;
    case SALES_BY_TENANT:
        str_copy(out, 64, line->tenant);
        break;
    case SALES_BY_COUNT:
        break;
    }
    return out;
}

/* Eighths of a cell: the last one is drawn in part, where the terminal can. */
static void bar_of(int64_t total, int64_t largest, bool ascii, struct str *out)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int64_t n =
        largest > 0 && total > 0 ? (int64_t)((double)total / (double)largest * CHART_CELLS * 8 + 0.5) : 0;
    if (ascii) {
        str_add_repeat(out, '#', (size_t)(n + 4) / 8);
        return;
    }
    for (; n >= 8; n -= 8)
        str_add(out, "█");
    str_add(out, eighths[n]);
}

/* One key column for each grouping, so that a document says what it is about. */
static const struct column columns[] = {
    {"time", NULL, false},       {"code", NULL, false},       {"user_id", NULL, false},
    {"tenant_id", NULL, false},  {"name", "", false},         {"sales", "SALES", true},
    {"quantity", "ITEMS", true}, {"total", "TOTAL WL", true}, {"chart", "", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void emit(struct statistics *s)
{
    static const char *const titles[SALES_BY_COUNT] = {"DAY", "HOUR", "PRODUCT", "CUSTOMER", "TENANT"};
    struct column shown[COLUMN_COUNT];
    size_t n = COLUMN_COUNT - (s->chart ? 0 : 1);
    char name[64];

    for (size_t i = 0; i < s->count; i++)
        if (s->lines[i].total > s->largest)
            s->largest = s->lines[i].total;
    memcpy(shown, columns, sizeof shown);
    shown[4].title = titles[s->by];
    writer_table_begin(s->c->w, shown, n);
    for (size_t i = 0; i < s->count; i++) {
        const struct sales_line *line = &s->lines[i];
        struct str bar = STR_INIT;
        const char *label = name_of(s, line, name);
        bar_of(line->total, s->largest, s->c->w->ascii, &bar);
        struct cell cells[COLUMN_COUNT] = {
            CELL_OF_TIME(line->time),
            CELL_OF_TEXT(s->by == SALES_BY_PRODUCT ? line->code : NULL),
            CELL_OF_ID(line->user_id),
            CELL_OF_TEXT(*line->tenant      ? line->tenant
                         : s->c->has_tenant ? s->c->tenant.id
                                            : NULL),
            CELL_OF_TEXT(label),
            CELL_OF_INT(line->sales),
            CELL_OF_INT(line->quantity),
            CELL_OF_INT(line->total),
            CELL_OF_TEXT(str_text(&bar)),
        };
        writer_table_row(s->c->w, cells);
        str_release(&bar);
    }
    writer_table_end(s->c->w, s->more ? -1 : (int64_t)s->count, NULL);
    if (s->more)
        writer_messagef(s->c->w, MESSAGE_NOTICE, "the %s %" PRId64 "; --limit 0 shows all",
                        by_time(s) ? "newest" : "largest", s->limit);
}

static int run(struct command_context *c, struct error *e)
{
    struct statistics s = {.c = c, .by = SALES_BY_DAY, .chart = option_given(c, "--chart")};
    const char *by = option_text(c, "--by");
    int status;

    if (by)
        s.by = (enum sales_by)word_parse("--by", by, sales_by_words, NULL);
    struct sales_query q = {
        .by = s.by, .since = option_number(c, "--since", 0), .until = option_number(c, "--until", 0)};
    s.limit = option_number(c, "--limit", by_time(&s) ? 0 : LINES_DEFAULT);
    q.limit = s.limit ? s.limit + 1 : 0;
    if (s.limit < 0)
        return error_set(e, ERROR_MALFORMED, "--limit", "--limit needs 0 (all) or a positive number");
    if (q.since && q.until && q.until <= q.since)
        return error_set(e, ERROR_MALFORMED, "--until", "--until must be later than --since");
    if (c->has_tenant) {
        struct tenant_scope scope = command_scope(c);
        status = sales_of(&scope, &q, keep, &s, NULL, e);
    } else if (s.by == SALES_BY_PRODUCT || s.by == SALES_BY_CUSTOMER) {
        status = error_set(e, ERROR_MISSING_ARGUMENT, "tenant", "stats by %s needs a tenant", by);
    } else {
        status = sales_of_all(c->store, &q, keep, &s, NULL, e);
    }
    if (status == 0) {
        cut(&s);
        emit(&s);
    }
    free(s.lines);
    return status;
}

/* Of all tenants together only operators; of one the renter who may see its numbers. */
static void right_of(const struct command_context *c, struct right *right)
{
    right->renter = c->has_tenant;
}

const struct command_spec command_stats = {
    .name = "stats",
    .args = args,
    .options = options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL,
    .right = {.role = ROLE_VIEWER, .renter = true, .permission = PERMISSION_VIEW_ANALYTICS},
    .group = GROUP_CUSTOMERS,
    .summary = "show sales by day, hour, product, customer or tenant",
    .detail =
        "Purchases minus refunds, counted as they happen. Days and hours are the tenant's; those of all "
        "tenants together are UTC.",
    .example = "stats tenant01 --by product --since 30d --chart",
    .right_of = right_of,
    .run = run,
};
