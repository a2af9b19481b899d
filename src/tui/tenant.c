#define NCURSES_NOMACROS
#include <ncurses.h>

#include "tenant.h"

#include "tt/base/mem.h"

enum { SLOT_GRID = 0, SLOT_SHOW = 4 };

/* --- data --- */

/* All features' settings at once: they are in `show`. */
static void load_settings(struct tenant_view *t)
{
    struct result answer = {.total = -1};
    json_each(feature, json_get(t->shown, "settings")) json_each(value, feature)
    {
        struct json *row = json_new_object();
        char *id = mem_format("%s %s", json_key(feature), json_key(value));
        json_set_string(row, "id", id);
        json_set_string(row, "feature", json_key(feature));
        json_set_string(row, "key", json_key(value));
        json_set(row, "value", json_clone(value));
        row_list_add(&answer.rows, row);
        free(id);
    }
    window_again(&t->grid.window, &answer, "id", false);
    row_list_release(&answer.rows);
}

static void tenant_refresh(struct app *app, struct view *v)
{
    struct tenant_view *t = (struct tenant_view *)v;
    struct str line = STR_INIT;
    str_add(&line, "show ");
    word_quote(t->id, &line);
    app_ask(app, v, SLOT_SHOW, str_text(&line), 0);
    str_release(&line);
    if (t->grid.command && t->grid.command[0])
        grid_load(app, v, &t->grid, SLOT_GRID);
}

static void take_shown(struct tenant_view *t, struct result *r)
{
    const char *id = json_get_string(r->document, "tenant_id");
    free(t->missing);
    t->missing = r->error.code ? mem_strdup(r->error.message) : NULL;
    if (r->error.code == ERROR_INTERRUPTED)
        return;
    json_free(t->shown);
    t->shown = r->document;
    r->document = NULL;
    t->grid.owner = t->shown;
    if (id && !str_equal(id, t->id)) { /* a prefix was typed */
        free(t->id);
        t->id = mem_strdup(id);
    }
    if (t->shown)
        json_set(t->shown, "pushes", json_clone(t->pushes));
    if (t->tab == SETTINGS)
        load_settings(t);
}

static void tenant_result(struct app *app, struct view *v, struct result *r)
{
    struct tenant_view *t = (struct tenant_view *)v;
    if (r->tag == v->tag + SLOT_SHOW)
        take_shown(t, r);
    else if (t->grid.spec)
        grid_result(app, v, &t->grid, SLOT_GRID, r);
}

static void tenant_wrote(struct app *app, struct view *v, const struct result *r)
{
    struct tenant_view *t = (struct tenant_view *)v;
    (void)app;
    if (!str_equal(r->write.tenant, t->id))
        return;
    tenant_note(t, r);
    if (t->shown)
        json_set(t->shown, "pushes", json_clone(t->pushes));
}

static void set_tab(struct tenant_view *t, enum tab tab)
{
    struct json *owner = json_new_object();
    json_set_string(owner, "tenant_id", t->id);
    grid_release(&t->grid);
    t->tab = tab;
    t->type.bindings = tabs[tab].bindings;
    if (tabs[tab].grid.columns) {
        grid_init(&t->grid, &tabs[tab].grid, owner);
        t->grid.owner = t->shown;
    }
    json_free(owner);
    if (tab == SETTINGS && t->shown)
        load_settings(t);
}

/* --- drawing --- */

static void draw_tabs(const struct tenant_view *t, struct rect body)
{
    struct str between = STR_INIT;
    int x = body.x + 1, first = 0;
    str_addf(&between, " %s ", sign_text(SIGN_BAR));
    /* On a narrow terminal the row begins further right, so that the open tab is in sight. */
    for (int i = 0, width = 1; i <= (int)t->tab; i++) {
        width += (int)strlen(tabs[i].name) + 3;
        while (width > body.cols && first < i)
            width -= (int)strlen(tabs[first++].name) + 3;
    }
    for (int i = first; i < TAB_COUNT; i++) {
        bool here = i == (int)t->tab;
        struct str name = STR_INIT;
        for (const char *c = tabs[i].name; *c; c++)
            str_add_char(&name, here ? (char)(*c - 32) : *c);
        x += canvas_text(body.y, x, body.cols - x, here ? LOOK_ACCENT : LOOK_DIM, str_text(&name), false);
        if (i + 1 < TAB_COUNT)
            x += canvas_text(body.y, x, body.cols - x, LOOK_DIM, str_text(&between), false);
        str_release(&name);
    }
    str_release(&between);
}

static void tenant_draw(struct app *app, struct view *v, struct rect body)
{
    struct tenant_view *t = (struct tenant_view *)v;
    bool row = body.rows > 3;
    if (row)
        draw_tabs(t, body);
    else
        app->cut = true;
    t->body = (struct rect){body.y + row, body.x, body.rows - row, body.cols};
    struct rect inner = {t->body.y, t->body.x + 2, t->body.rows, t->body.cols - 3};
    if (t->missing)
        draw_wrapped(inner, LOOK_BAD, t->missing);
    else if (t->tab == OVERVIEW && t->shown)
        tenant_draw_overview(t, inner);
    else if (t->tab != OVERVIEW)
        grid_draw(app, &t->grid, t->body);
}

static void tenant_title(struct view *v, struct str *left, struct str *right)
{
    struct tenant_view *t = (struct tenant_view *)v;
    enum look look = LOOK_TEXT;
    struct str bot = STR_INIT;
    char revision[32], applied[32];
    const char *dot = sign_text(SIGN_DOT);
    str_addf(left, "  %s", t->id);
    if (!t->shown)
        return;
    show_bot(t->shown, NULL, &bot, &look);
    str_addf(left, "  %s", json_get_string(t->shown, "name"));
    number_text(json_get_int(t->shown, "revision", 0), revision);
    number_text(json_get_int(t->shown, "applied_revision", 0), applied);
    str_addf(right, "%s %s %s %s %s %s rev %s", json_get_string(t->shown, "plan"), dot,
             json_get_string(t->shown, "status"), dot, str_text(&bot), dot, revision);
    if (has_bot(t->shown) && in_step(t->shown))
        str_addf(right, " = %s %s", applied, sign_text(SIGN_OK));
    else if (has_bot(t->shown))
        str_addf(right, " > %s %s", applied, sign_text(SIGN_WAIT));
    str_release(&bot);
}

/* --- keys --- */

static void open_tab(struct app *app, struct tenant_view *t, enum tab tab)
{
    set_tab(t, tab);
    tenant_refresh(app, &t->view);
}

static bool tenant_key(struct app *app, struct view *v, int key)
{
    struct tenant_view *t = (struct tenant_view *)v;
    if (key == KEY_RIGHT || key == KEY_CODE_TAB || key == KEY_LEFT || key == KEY_BTAB) {
        int step = key == KEY_RIGHT || key == KEY_CODE_TAB ? 1 : TAB_COUNT - 1;
        open_tab(app, t, (enum tab)(((int)t->tab + step) % TAB_COUNT));
        return true;
    }
    return t->grid.spec && grid_key(app, v, &t->grid, SLOT_GRID, key);
}

static void tenant_click(struct app *app, struct view *v, int y, int x, bool twice)
{
    struct tenant_view *t = (struct tenant_view *)v;
    if (y == t->body.y - 1) {
        int at = 1;
        for (int i = 0; i < TAB_COUNT; i++) {
            int width = (int)strlen(tabs[i].name);
            if (x >= at && x < at + width) {
                open_tab(app, t, (enum tab)i);
                return;
            }
            at += width + 3;
        }
    } else if (t->grid.spec && grid_click(app, v, &t->grid, SLOT_GRID, y, x) && twice) {
        app_press(app, KEY_CODE_ENTER);
    }
}

static const struct json *tenant_row(struct view *v)
{
    struct tenant_view *t = (struct tenant_view *)v;
    return t->grid.spec ? grid_row(&t->grid) : NULL;
}

static const struct json *tenant_owner(struct view *v)
{
    return ((struct tenant_view *)v)->shown;
}

static bool tenant_waits(const struct view *v)
{
    const struct tenant_view *t = (const struct tenant_view *)v;
    return (!t->shown && !t->missing) || (t->grid.spec && grid_waits(&t->grid));
}

static void tenant_free(struct view *v)
{
    struct tenant_view *t = (struct tenant_view *)v;
    grid_release(&t->grid);
    json_free(t->shown);
    json_free(t->pushes);
    free(t->missing);
    free(t->id);
    free(t);
}

static const struct view_type type = {.name = "tenant",
                                      .unnamed = true,
                                      .refresh = tenant_refresh,
                                      .draw = tenant_draw,
                                      .key = tenant_key,
                                      .result = tenant_result,
                                      .wrote = tenant_wrote,
                                      .row = tenant_row,
                                      .owner = tenant_owner,
                                      .title = tenant_title,
                                      .click = tenant_click,
                                      .waits = tenant_waits,
                                      .free = tenant_free};

struct view *tenant_new(const char *id)
{
    struct tenant_view *t = mem_zero(1, sizeof *t);
    t->type = type;
    t->view.type = &t->type;
    t->id = mem_strdup(id);
    t->pushes = json_new_object();
    set_tab(t, FEATURES);
    return &t->view;
}
