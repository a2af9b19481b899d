#define NCURSES_NOMACROS
#include <ncurses.h>

#include "tenant.h"

#include "tt/base/mem.h"

enum { SLOT_GRID = 0, SLOT_SHOW = 4, SLOT_RENT = 5 };

/* --- data --- */

static const char *help_of(const struct tenant_view *t, const char *feature, const char *key)
{
    int index = word_parse("feature", feature, feature_words, NULL);
    const struct feature_spec *spec =
        t->known && index >= 0 ? feature_find(t->known, (enum feature)index) : NULL;
    const struct setting_spec *setting = spec ? setting_find(spec, key) : NULL;
    return setting ? setting->help : NULL;
}

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
        json_set_string(row, "help", help_of(t, json_key(feature), json_key(value)));
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
    t->known = app->options->features;
    str_add(&line, "show ");
    word_quote(t->id, &line);
    app_ask(app, v, SLOT_SHOW, str_text(&line), 0);
    if (t->tab == OVERVIEW) {
        str_clear(&line);
        str_add(&line, "rent ");
        word_quote(t->id, &line);
        app_ask(app, v, SLOT_RENT, str_text(&line), 0);
    }
    str_release(&line);
    if (t->grid.command && t->grid.command[0])
        grid_load(app, v, &t->grid, SLOT_GRID);
}

static void tenant_idle(struct app *app, struct view *v)
{
    grid_idle(app, v, &((struct tenant_view *)v)->grid, SLOT_GRID);
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
    if (r->tag == v->tag + SLOT_SHOW) {
        take_shown(t, r);
    } else if (r->tag == v->tag + SLOT_RENT) {
        json_free(t->rent);
        t->rent = r->document;
        r->document = NULL;
    } else if (t->grid.spec) {
        grid_result(app, v, &t->grid, SLOT_GRID, r);
    }
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

static void set_tab(struct tenant_view *t, enum tab tab, const struct tab_spec *spec)
{
    struct json *owner = json_new_object();
    json_set_string(owner, "tenant_id", t->id);
    grid_release(&t->grid);
    t->tab = tab;
    t->spec = spec;
    t->type.bindings = spec->bindings;
    if (spec->grid.columns) {
        grid_init(&t->grid, &spec->grid, owner);
        t->grid.owner = t->shown;
    }
    json_free(owner);
    if (tab == SETTINGS && t->shown)
        load_settings(t);
}

/* --- drawing --- */

/* On a narrow terminal the row begins further right, so that the open tab is in sight. */
static void place_tabs(struct tenant_view *t, int cols, int more)
{
    int width = 0;
    t->first_tab = 0;
    for (int i = 0; i < TAB_COUNT; i++)
        t->tab_x[i] = -1;
    for (int i = 0; i <= (int)t->tab; i++) {
        width += (int)strlen(tabs[i]->name) + 3;
        while (width - 3 > cols - more - (t->first_tab > 0) * more && t->first_tab < i)
            width -= (int)strlen(tabs[t->first_tab++]->name) + 3;
    }
}

static void draw_tabs(struct tenant_view *t, struct rect body)
{
    struct str between = STR_INIT;
    int x = body.x + 1, end = body.x + body.cols - 2;
    str_addf(&between, " %s ", sign_text(SIGN_BAR));
    place_tabs(t, body.cols - 4, canvas_width(sign_text(SIGN_MORE)) + 1);
    if (t->first_tab > 0)
        x += canvas_text(body.y, x, end - x, LOOK_DIM, sign_text(SIGN_MORE), false) + 1;
    for (int i = t->first_tab; i < TAB_COUNT; i++) {
        bool here = i == (int)t->tab;
        struct str name = STR_INIT;
        for (const char *c = tabs[i]->name; *c; c++)
            str_add_char(&name, here ? (char)(*c - 32) : *c);
        t->tab_x[i] = x;
        x += canvas_text(body.y, x, end - x, here ? LOOK_ACCENT : LOOK_DIM, str_text(&name), false);
        str_release(&name);
        if (i + 1 == TAB_COUNT)
            break;
        if (x + 3 + (int)strlen(tabs[i + 1]->name) > end) {
            canvas_text(body.y, x + 1, body.cols - x - 1, LOOK_DIM, sign_text(SIGN_MORE), false);
            break;
        }
        x += canvas_text(body.y, x, 3, LOOK_DIM, str_text(&between), false);
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
        tenant_draw_overview(t, app->now, inner);
    else if (t->tab != OVERVIEW)
        grid_draw(app, &t->grid, t->body);
}

static void tenant_title(struct view *v, struct title *title)
{
    struct tenant_view *t = (struct tenant_view *)v;
    enum look look = LOOK_TEXT;
    struct str bot = STR_INIT;
    char revision[32], applied[32];
    const char *dot = sign_text(SIGN_DOT);
    str_addf(&title->left, "  %s", t->id);
    if (t->grid.spec && t->grid.filter[0])
        str_addf(&title->left, "  /%s", t->grid.filter);
    if (!t->shown)
        return;
    show_bot(t->shown, NULL, &bot, &look);
    str_addf(&title->detail, "  %s", json_get_string(t->shown, "name"));
    number_text(json_get_int(t->shown, "revision", 0), revision);
    number_text(json_get_int(t->shown, "applied_revision", 0), applied);
    str_addf(&title->right, "%s %s %s %s %s %s rev %s", json_get_string(t->shown, "plan"), dot,
             json_get_string(t->shown, "status"), dot, str_text(&bot), dot, revision);
    if (has_bot(t->shown) && in_step(t->shown))
        str_addf(&title->right, " = %s %s", applied, sign_text(SIGN_OK));
    else if (has_bot(t->shown))
        str_addf(&title->right, " > %s %s", applied, sign_text(SIGN_WAIT));
    str_release(&bot);
}

/* --- keys --- */

void tenant_open_tab(struct app *app, struct view *v, enum tab tab, const struct tab_spec *spec)
{
    set_tab((struct tenant_view *)v, tab, spec);
    tenant_refresh(app, v);
}

static bool tenant_key(struct app *app, struct view *v, int key)
{
    struct tenant_view *t = (struct tenant_view *)v;
    if (key == KEY_RIGHT || key == KEY_CODE_TAB || key == KEY_LEFT || key == KEY_BTAB) {
        int step = key == KEY_RIGHT || key == KEY_CODE_TAB ? 1 : TAB_COUNT - 1;
        int tab = ((int)t->tab + step) % TAB_COUNT;
        tenant_open_tab(app, v, (enum tab)tab, tabs[tab]);
        return true;
    }
    if (key == KEY_CODE_ESC && t->grid.spec && grid_escape(app, v, &t->grid, SLOT_GRID))
        return true;
    return t->grid.spec && grid_key(app, v, &t->grid, SLOT_GRID, key);
}

static void tenant_click(struct app *app, struct view *v, int y, int x, bool twice)
{
    struct tenant_view *t = (struct tenant_view *)v;
    if (y == t->body.y - 1) {
        for (int i = 0; i < TAB_COUNT; i++)
            if (t->tab_x[i] >= 0 && x >= t->tab_x[i] && x < t->tab_x[i] + (int)strlen(tabs[i]->name)) {
                tenant_open_tab(app, v, (enum tab)i, tabs[i]);
                return;
            }
    } else if (t->grid.spec && grid_click(app, v, &t->grid, SLOT_GRID, y, x) && twice) {
        app_press(app, KEY_CODE_ENTER);
    }
}

static struct grid *tenant_grid(struct view *v)
{
    return &((struct tenant_view *)v)->grid;
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
    json_free(t->rent);
    free(t->missing);
    free(t->id);
    free(t);
}

static const struct view_type type = {.name = "tenant",
                                      .unnamed = true,
                                      .refresh = tenant_refresh,
                                      .idle = tenant_idle,
                                      .draw = tenant_draw,
                                      .key = tenant_key,
                                      .result = tenant_result,
                                      .wrote = tenant_wrote,
                                      .grid = tenant_grid,
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
    set_tab(t, FEATURES, tabs[FEATURES]);
    return &t->view;
}
