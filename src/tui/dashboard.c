/* Home: totals, bots, pushes, what needs a person, what was done just now. Rows of the last two can be
 * opened. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include "dashboard.h"
#include "tt/base/mem.h"

enum { SLOT_SUMMARY, SLOT_AUDIT };

static size_t item_count(const struct dashboard_view *d)
{
    return json_count(json_get(d->summary, "needs")) + json_count(d->audit);
}

const char *dashboard_item(const struct dashboard_view *d, size_t index)
{
    size_t i = 0;
    json_each(need, json_get(d->summary, "needs")) if (i++ == index) return json_get_string(need,
                                                                                            "tenant_id");
    json_each(entry, d->audit) if (i++ == index) return json_get_string(entry, "tenant_id");
    return NULL;
}

static void read_again(struct app *app, struct view *v)
{
    app_ask(app, v, SLOT_SUMMARY, "summary", 0);
    app_ask(app, v, SLOT_AUDIT, "audit --limit 40", 0);
}

static void result(struct app *app, struct view *v, struct result *r)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    if (r->error.code) {
        if (r->error.code != ERROR_INTERRUPTED)
            app_say_error(app, &r->error);
    } else if (r->tag - v->tag == SLOT_SUMMARY) {
        json_free(d->summary);
        d->summary = r->document;
        r->document = NULL;
    } else {
        json_free(d->audit);
        d->audit = json_new_array();
        for (size_t i = 0; i < r->rows.count; i++)
            json_push(d->audit, r->rows.items[i]);
        r->rows.count = 0;
    }
    size_t count = item_count(d);
    if (d->cursor >= count)
        d->cursor = count ? count - 1 : 0;
}

static bool key(struct app *app, struct view *v, int k)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    size_t count = item_count(d);
    (void)app;
    if (k == KEY_DOWN || k == 'j')
        d->cursor += d->moving && d->cursor + 1 < d->shown && d->cursor + 1 < count;
    else if (k == KEY_UP || k == 'k')
        d->cursor -= d->moving && d->cursor > 0;
    else if (k == KEY_HOME || k == 'g')
        d->cursor = 0;
    else
        return false;
    d->moving = true; /* the first key only shows where the cursor is */
    return true;
}

static void open_item(struct app *app, struct view *v)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    const char *id = dashboard_item(d, d->cursor);
    if (id && *id && d->moving)
        app_push(app, tenant_new(id));
    else
        app_open(app, tenants_new(NULL));
}

static void click(struct app *app, struct view *v, int y, int x, bool twice)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    for (size_t i = 0; i < DASHBOARD_ROWS; i++)
        if (d->rows[i].cols && d->rows[i].y == y && x >= d->rows[i].x && x < d->rows[i].x + d->rows[i].cols) {
            d->cursor = i;
            d->moving = true;
            if (twice)
                open_item(app, v);
        }
}

static void title(struct view *v, struct title *t)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    int64_t operators = json_get_int(d->summary, "operators", 0);
    if (operators)
        str_addf(&t->right, "%lld operator%s", (long long)operators, operators == 1 ? "" : "s");
}

static void dashboard_free(struct view *v)
{
    struct dashboard_view *d = (struct dashboard_view *)v;
    json_free(d->summary);
    json_free(d->audit);
    free(d);
}

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER,
     .help = "open the tenant of the row; before a row is chosen, all tenants",
     .action = open_item},
    {.key = KEY_DOWN, .help = "choose a row; Up too"},
    {0},
};

static const char notes[] = "  Needs you    what waits for a person, errors first, until its cause goes\n"
                            "  in step      tenants whose bot runs what is saved\n"
                            "  on the way   pushes being sent; pending ones wait for their next try\n"
                            "  last ack     from the commit to the bot's answer, of this console's writes\n"
                            "  invalid      answers 401, 403 and 429 of Discord in the last 10 minutes to\n"
                            "               this machine's address, of all bots together; at 10,000 it is\n"
                            "               shut out, so from 8,000 on only what a user was promised is\n"
                            "               sent\n"
                            "  Sales today  of all tenants by the hour (UTC), in World Locks; the hours\n"
                            "               that are over are compared with the same ones a week ago\n";

static const struct view_type type = {.name = "dashboard",
                                      .bindings = bindings,
                                      .notes = notes,
                                      .refresh = read_again,
                                      .draw = dashboard_draw,
                                      .key = key,
                                      .result = result,
                                      .title = title,
                                      .click = click,
                                      .free = dashboard_free};

struct view *dashboard_new(void)
{
    struct dashboard_view *d = mem_zero(1, sizeof *d);
    d->view.type = &type;
    return &d->view;
}
