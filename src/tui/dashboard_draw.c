#include "dashboard.h"

#include "grid.h"
#include "tt/base/mem.h"

#include "tt/domain/tenant.h"

#define INVALID_MOST 10000 /* answers in 10 minutes, after which Discord shuts the address out */

struct line {
    const char *path, *word;
    enum sign sign;
    enum look look;
    const char *also[2]; /* paths of what counts with it */
};

static const struct line tenant_lines[] = {
    {"tenants.total", "total", SIGN_NONE, LOOK_BOLD},
    {"tenants.status.active", "active", SIGN_NONE, LOOK_TEXT},
    {"tenants.status.suspended", "suspended", SIGN_NONE, LOOK_TEXT},
    {"tenants.status.expired", "expired", SIGN_NONE, LOOK_TEXT},
    {"tenants.status.maintenance", "maintenance", SIGN_NONE, LOOK_TEXT},
};
static const struct line bot_lines[] = {
    {"bots.running", "running", SIGN_ON, LOOK_GOOD},
    {"bots.connecting", "connecting", SIGN_PART, LOOK_WARN},
    {"bots.error", "error", SIGN_FAIL, LOOK_BAD},
    {"bots.stopped", "not running", SIGN_NONE, LOOK_TEXT, {"bots.suspended", "bots.expired"}},
};
static const struct line push_lines[] = {
    {"push.in_step", "in step", SIGN_OK, LOOK_GOOD},
    {"push.pending", "pending", SIGN_WAIT, LOOK_WARN},
    {"push.leased", "on the way", SIGN_PART, LOOK_WARN},
    {"push.failed", "failed", SIGN_FAIL, LOOK_BAD},
};
#define LINES_OF(table) table, sizeof table / sizeof table[0]

static int64_t count_of(const struct json *summary, const struct line *line)
{
    int64_t n = json_int(json_at(summary, line->path), 0);
    for (size_t i = 0; i < sizeof line->also / sizeof *line->also && line->also[i]; i++)
        n += json_int(json_at(summary, line->also[i]), 0);
    return n;
}

/* "● 1,141 running": numbers right-aligned under each other. Returns the rows used. */
static int draw_lines(const struct json *summary, const struct line *lines, size_t count, struct rect r)
{
    char number[32];
    int row = 0;
    int width = 4;
    bool signs = false;
    for (size_t i = 0; i < count; i++) {
        int cells = canvas_width(number_text(count_of(summary, &lines[i]), number));
        width = cells > width ? cells : width;
        signs |= lines[i].sign != SIGN_NONE;
    }
    for (size_t i = 0; i < count && row < r.rows && summary; i++, row++) {
        int64_t n = count_of(summary, &lines[i]);
        enum look look = n ? lines[i].look : LOOK_DIM;
        int x = r.x;
        if (signs)
            x += canvas_text(r.y + row, x, 2, look, sign_text(lines[i].sign), true);
        x += canvas_right(r.y + row, x, width, look, number_text(n, number)) + 1;
        canvas_text(r.y + row, x, r.x + r.cols - x, n ? LOOK_TEXT : LOOK_DIM, lines[i].word, false);
    }
    return row;
}

static int draw_plain(struct rect r, int row, enum look look, const char *text)
{
    if (row < r.rows && *text)
        canvas_text(r.y + row, r.x, r.cols, look, text, false);
    return row + (*text != 0);
}

/* --- boxes --- */

/* "basic 812  premium 340", in as many lines as COLS need. */
static void add_plans(const struct json *summary, int cols, struct str *out)
{
    char number[32];
    int used = 0;
    json_each(n, json_at(summary, "tenants.plan"))
    {
        char *text = mem_format("%s %s", json_key(n), number_text(json_int(n, 0), number));
        int width = canvas_width(text);
        bool beside = used && used + 2 + width <= cols;
        str_addf(out, "%s%s", beside ? "  " : used ? "\n" : "", text);
        used = beside ? used + 2 + width : width;
        free(text);
    }
}

static int draw_tenants(const struct dashboard_view *d, struct rect r)
{
    struct str plans = STR_INIT;
    int row = draw_lines(d->summary, LINES_OF(tenant_lines), r);
    add_plans(d->summary, r.cols, &plans);
    row += draw_wrapped((struct rect){r.y + row, r.x, r.rows - row, r.cols}, LOOK_DIM, str_text(&plans));
    str_release(&plans);
    return row;
}

static int draw_bots(const struct dashboard_view *d, struct rect r)
{
    struct str text = STR_INIT;
    int row = draw_lines(d->summary, LINES_OF(bot_lines), r);
    bool runs = json_bool(json_at(d->summary, "daemon.running"), false);
    int64_t latency = json_int(json_at(d->summary, "latency_ms"), -1);
    if (latency >= 0)
        str_addf(&text, "latency p50 %lld ms", (long long)latency);
    row = draw_plain(r, row, LOOK_TEXT, str_text(&text));
    const char *only = json_string(json_at(d->summary, "daemon.only"));
    if (only) {
        str_clear(&text);
        str_addf(&text, "it runs %s only", only);
    }
    row = draw_plain(r, row, runs && !only ? LOOK_GOOD : LOOK_WARN,
                     !d->summary ? ""
                     : only      ? str_text(&text)
                     : runs      ? "the daemon runs"
                                 : "no daemon runs");
    str_release(&text);
    return row;
}

static int64_t last_acknowledgement(const struct app *app)
{
    int64_t ms = -1;
    json_each(one, app->acknowledged) ms = json_int(one, -1);
    return ms;
}

static int draw_pushes(struct app *app, const struct dashboard_view *d, struct rect r)
{
    char number[32];
    struct str text = STR_INIT;
    int row = draw_lines(d->summary, LINES_OF(push_lines), r);
    if (last_acknowledgement(app) >= 0)
        str_addf(&text, "last ack %lld ms", (long long)last_acknowledgement(app));
    row = draw_plain(r, row, LOOK_TEXT, str_text(&text));
    str_clear(&text);
    int64_t invalid = json_get_int(d->summary, "invalid_answers", 0);
    if (d->summary)
        str_addf(&text, r.cols >= 40 ? "invalid answers %s of 10,000 in 10 min" : "invalid %s of 10,000",
                 number_text(invalid, number));
    row = draw_plain(r, row, invalid > INVALID_MOST / 10 ? LOOK_BAD : LOOK_DIM, str_text(&text));
    str_release(&text);
    return row;
}

/* --- rows that can be chosen --- */

static bool choose_row(struct dashboard_view *d, size_t item, struct rect r)
{
    bool here = d->moving && d->cursor == item;
    if (item < DASHBOARD_ROWS)
        d->rows[item] = r;
    if (item + 1 > d->shown)
        d->shown = item + 1;
    if (here)
        canvas_text(r.y, r.x, r.cols, LOOK_SELECTED, "", true);
    if (d->cursor == item)
        canvas_point(r.y, r.x);
    return here;
}

/* In two rows where one is too short for it. */
static int draw_need(struct dashboard_view *d, const struct json *need, size_t item, struct rect r)
{
    struct str text = STR_INIT;
    bool bad = str_equal(json_get_string(need, "level"), "error");
    const char *what = json_get_string(need, "what"), *sign = sign_text(bad ? SIGN_FAIL : SIGN_WARN);
    bool here = choose_row(d, item, (struct rect){r.y, r.x, 1, r.cols});
    enum look look = here ? LOOK_SELECTED : bad ? LOOK_BAD : LOOK_WARN;
    const char *id = json_get_string(need, "tenant_id");
    if (id)
        str_addf(&text, "%s %s  %s", sign, id, what);
    else
        str_addf(&text, "%s %s", sign, what);
    bool two = id && r.rows > 1 && canvas_width(str_text(&text)) > r.cols;
    if (two) {
        str_clear(&text);
        str_addf(&text, "%s %s", sign, id);
        canvas_text(r.y + 1, r.x + 2, r.cols - 2, bad ? LOOK_BAD : LOOK_WARN, what, false);
    }
    canvas_text(r.y, r.x, r.cols, look, str_text(&text), false);
    str_release(&text);
    return two ? 2 : 1;
}

static int draw_needs(struct app *app, struct dashboard_view *d, struct rect r)
{
    int row = 0;
    size_t item = 0, count = json_count(json_get(d->summary, "needs"));
    const char *first = json_string(json_at(d->summary, "needs.0.tenant_id"));
    bool idle = d->summary && json_int(json_at(d->summary, "tenants.total"), 0) && (!count || first) &&
                !json_bool(json_at(d->summary, "daemon.running"), false);
    if (idle && r.rows > 0) {
        struct str text = STR_INIT;
        str_addf(&text, "%s no daemon runs", sign_text(SIGN_WARN));
        canvas_text(r.y + row++, r.x, r.cols, LOOK_WARN, str_text(&text), false);
        str_release(&text);
    }
    json_each(need, json_get(d->summary, "needs"))
    {
        if (row >= r.rows)
            break;
        row += draw_need(d, need, item++, (struct rect){r.y + row, r.x, r.rows - row, r.cols});
    }
    if (count > item)
        app->cut = true;
    if (!row && d->summary && r.rows > 0)
        canvas_text(r.y + row++, r.x, r.cols, LOOK_DIM, "nothing", false);
    return row;
}

static void draw_entry(struct app *app, struct dashboard_view *d, const struct json *entry, size_t item,
                       struct rect r)
{
    const char *time = json_get_string(entry, "time"), *tenant = json_get_string(entry, "tenant_id");
    char clock[9], audit[24];
    struct str text = STR_INIT, done = STR_INIT;
    bool refused = json_get_bool(entry, "refused", false), here = choose_row(d, item, r);
    snprintf(audit, sizeof audit, "%lld", (long long)json_get_int(entry, "audit", 0));
    const struct json *ms = json_get(app->acknowledged, audit);
    str_copy(clock, sizeof clock, time && strlen(time) > 18 ? time + 11 : "");
    if (ms)
        str_addf(&done, "%s %lld ms", sign_text(SIGN_OK), (long long)json_int(ms, 0));
    else if (refused)
        str_addf(&done, "%s refused", sign_text(SIGN_FAIL));
    int x = r.x, end = r.x + r.cols, name = r.cols >= 60 ? 14 : r.cols >= 50 ? 11 : 9;
    if (r.cols >= 36)
        x += canvas_text(r.y, x, 8, here ? LOOK_SELECTED : LOOK_DIM, clock, true) + 1;
    x += canvas_text(r.y, x, name, here ? LOOK_SELECTED : LOOK_ACCENT, tenant ? tenant : "", true) + 1;
    if (done.len && end - x > 24) {
        canvas_right(r.y, end - 10, 10,
                     here      ? LOOK_SELECTED
                     : refused ? LOOK_BAD
                               : LOOK_GOOD,
                     str_text(&done));
        end -= 11;
    }
    if (r.cols >= 70) {
        canvas_right(r.y, end - 12, 12, here ? LOOK_SELECTED : LOOK_DIM, json_get_string(entry, "who"));
        end -= 13;
    }
    if (json_get_int(entry, "undone_by", 0))
        str_addf(&text, "%s%s", sign_text(SIGN_BACK), canvas_is_accessible() ? "undone: " : " ");
    add_command(entry, true, &text);
    canvas_text(r.y, x, end - x,
                here                                  ? LOOK_SELECTED
                : json_get_int(entry, "undone_by", 0) ? LOOK_DIM
                                                      : LOOK_TEXT,
                str_text(&text), false);
    str_release(&text);
    str_release(&done);
}

static int draw_now(struct app *app, struct dashboard_view *d, struct rect r)
{
    int row = 0;
    size_t item = json_count(json_get(d->summary, "needs"));
    json_each(entry, d->audit)
    {
        if (row >= r.rows)
            break;
        draw_entry(app, d, entry, item++, (struct rect){r.y + row, r.x, 1, r.cols});
        row++;
    }
    if (!row && d->audit && r.rows > 0)
        canvas_text(r.y + row++, r.x, r.cols, LOOK_DIM, "nothing was written yet: 2, then n makes a tenant",
                    false);
    return row;
}

/* --- the whole --- */

static struct rect below(struct rect r, int rows)
{
    return (struct rect){r.y + rows, r.x, r.rows > rows ? r.rows - rows : 0, r.cols};
}

/* On the box's lower edge stands that there are more than it has room for. */
static void draw_needs_box(struct app *app, struct dashboard_view *d, struct rect box)
{
    struct rect r = canvas_frame(box, "Needs you");
    draw_needs(app, d, r);
    size_t count = json_count(json_get(d->summary, "needs"));
    if (count <= d->shown)
        return;
    struct str text = STR_INIT;
    str_addf(&text, " %s more ", sign_text(SIGN_LOW));
    int width = canvas_width(str_text(&text));
    canvas_text(box.y + box.rows - 1, box.x + box.cols - 2 - width, width, LOOK_WARN, str_text(&text), false);
    str_release(&text);
}

#define SALES_ROWS 5
#define STATE_ROWS 8

/* Two columns: left what there is and what needs somebody, right what happens. */
static void draw_columns(struct app *app, struct dashboard_view *d, struct rect body)
{
    int left = body.cols >= 96 ? body.cols / 3 : 26, half = (body.cols - left) / 2;
    struct str plans = STR_INIT;
    add_plans(d->summary, left - 4, &plans);
    int tenants = strchr(str_text(&plans), '\n') == strrchr(str_text(&plans), '\n') ? 9 : 10;
    str_release(&plans);
    struct rect right = {body.y, body.x + left, body.rows, body.cols - left};
    struct rect low = below(right, SALES_ROWS);
    draw_tenants(d, canvas_frame((struct rect){body.y, body.x, tenants, left}, "Tenants"));
    draw_needs_box(app, d, (struct rect){body.y + tenants, body.x, body.rows - tenants, left});
    dashboard_draw_sales(
        d->summary, app->now,
        canvas_frame((struct rect){right.y, right.x, SALES_ROWS, right.cols}, "Sales today (UTC)"));
    draw_bots(d, canvas_frame((struct rect){low.y, low.x, STATE_ROWS, half}, "Bots"));
    draw_pushes(app, d,
                canvas_frame((struct rect){low.y, low.x + half, STATE_ROWS, low.cols - half}, "Push"));
    draw_now(app, d, canvas_frame(below(low, STATE_ROWS), "Just now"));
}

/* Too low for the sales. */
static void draw_boxes(struct app *app, struct dashboard_view *d, struct rect body)
{
    int third = body.cols / 3, left = body.cols >= 96 ? third : 26;
    int middle = (body.cols - left) / 2, top = body.rows >= 17 ? 9 : 7;
    struct rect low = {body.y + top, body.x, body.rows - top, body.cols};
    app->cut = true;
    draw_tenants(d, canvas_frame((struct rect){body.y, body.x, top, left}, "Tenants"));
    draw_bots(d, canvas_frame((struct rect){body.y, body.x + left, top, middle}, "Bots"));
    draw_pushes(
        app, d,
        canvas_frame((struct rect){body.y, body.x + left + middle, top, body.cols - left - middle}, "Push"));
    draw_needs_box(app, d, (struct rect){low.y, low.x, low.rows, left});
    draw_now(app, d, canvas_frame((struct rect){low.y, low.x + left, low.rows, low.cols - left}, "Just now"));
}

/* "Bots  ● 3 running  ✗ 1 error": what is zero is left out. */
static void add_summary(const struct json *summary, const char *name, const struct line *lines, size_t count,
                        struct str *out)
{
    char number[32];
    bool any = false;
    str_add(out, name);
    for (size_t i = 0; i < count; i++) {
        int64_t n = count_of(summary, &lines[i]);
        if (n) {
            str_addf(out, "  %s%s%s %s", sign_text(lines[i].sign), *sign_text(lines[i].sign) ? " " : "",
                     number_text(n, number), lines[i].word);
            any = true;
        }
    }
    if (!any)
        str_add(out, "  none");
}

static int draw_summary(const struct json *summary, const char *name, const struct line *lines, size_t count,
                        struct rect r, int row)
{
    struct str text = STR_INIT;
    if (!summary || row >= r.rows)
        return row;
    add_summary(summary, name, lines, count, &text);
    canvas_text(r.y + row, r.x, r.cols, LOOK_TEXT, str_text(&text), false);
    str_release(&text);
    return row + 1;
}

/* A small terminal: lines by importance instead of boxes. */
static void draw_small(struct app *app, struct dashboard_view *d, struct rect body)
{
    struct rect r = {body.y, body.x + 1, body.rows, body.cols - 2};
    int row = 0;
    app->cut = true;
    int most = r.rows > 4 ? r.rows - 4 : r.rows > 1 ? r.rows - 1 : 1;
    row += draw_needs(app, d, (struct rect){r.y, r.x, most, r.cols});
    row = draw_summary(d->summary, "Bots", LINES_OF(bot_lines), r, row);
    row = draw_summary(d->summary, "Push", LINES_OF(push_lines), r, row);
    row = draw_summary(d->summary, "Tenants", LINES_OF(tenant_lines), r, row);
    row = dashboard_sales_line(d->summary, app->now, r, row);
    if (row < r.rows)
        draw_now(app, d, (struct rect){r.y + row, r.x, r.rows - row, r.cols});
}

/* For a screen reader: one column, each part under its heading. */
static void draw_column(struct app *app, struct dashboard_view *d, struct rect body)
{
    struct rect r = body;
    r = canvas_frame(r, "Needs you");
    r = below(r, draw_needs(app, d, (struct rect){r.y, r.x, r.rows > 12 ? r.rows - 12 : r.rows / 3, r.cols}));
    int row = draw_summary(d->summary, "Bots", LINES_OF(bot_lines), r, 0);
    row = draw_summary(d->summary, "Push", LINES_OF(push_lines), r, row);
    row = draw_summary(d->summary, "Tenants", LINES_OF(tenant_lines), r, row);
    row = dashboard_sales_line(d->summary, app->now, r, row);
    if (json_bool(json_at(d->summary, "daemon.running"), false) && row < r.rows)
        canvas_text(r.y + row++, r.x, r.cols, LOOK_TEXT, "The daemon runs", false);
    draw_now(app, d, canvas_frame(below(r, row), "Just now"));
}

void dashboard_draw(struct app *app, struct view *v, struct rect body)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    memset(d->rows, 0, sizeof d->rows);
    d->shown = 0;
    if (canvas_is_accessible())
        draw_column(app, d, body);
    else if (body.cols >= 72 && body.rows >= SALES_ROWS + STATE_ROWS + 6)
        draw_columns(app, d, body);
    else if (body.cols >= 72 && body.rows >= 12)
        draw_boxes(app, d, body);
    else
        draw_small(app, d, body);
}
