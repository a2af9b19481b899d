#define NCURSES_NOMACROS
#include <ncurses.h>

#include "grid.h"

#include <inttypes.h>

#include "tt/base/mem.h"

#define PAGE 120

/* What a grid's requests are for; the slots follow each other. */
enum { LOAD, LOAD_AFTER, LOAD_BEFORE, COUNT, ASKED };

void grid_init(struct grid *g, const struct grid_spec *spec, const struct json *owner)
{
    struct str command = STR_INIT;
    *g = (struct grid){.spec = spec, .owner = owner, .marks = json_new_object(), .filter = mem_strdup("")};
    window_init(&g->window);
    if (spec->command)
        template_fill(spec->command, NULL, owner, &command);
    g->command = str_take(&command);
}

void grid_release(struct grid *g)
{
    window_release(&g->window);
    free(g->command);
    free(g->filter);
    free(g->wrong);
    json_free(g->marks);
    for (int i = 0; i < ASKED; i++)
        free(g->asked[i]);
    *g = (struct grid){0};
}

const struct json *grid_row(const struct grid *g)
{
    return window_cursor(&g->window);
}

char *grid_row_id(const struct grid *g, const struct json *row)
{
    struct str id = STR_INIT;
    row_text(row, g->spec->id, &id);
    return str_take(&id);
}

void grid_unmark(struct grid *g)
{
    json_free(g->marks);
    g->marks = json_new_object();
}

/* --- asking --- */

static void add_filter(const struct grid *g, struct str *line)
{
    if (g->spec->filtered)
        filter_options(g->filter, line);
    else if (g->spec->filters)
        filter_own_options(g->spec->filters, g->filter, line);
}

static void ask(struct app *app, struct view *v, struct grid *g, unsigned slot, int what, int64_t limit,
                const char *option, const struct json *row)
{
    struct str line = STR_INIT;
    str_add(&line, g->command);
    add_filter(g, &line);
    if (g->sort)
        str_addf(&line, " --sort %s%s", g->sort, g->descending ? ":desc" : "");
    if (g->spec->paged)
        str_addf(&line, " --limit %" PRId64, limit);
    if (option)
        str_addf(&line, " %s", option);
    if (row) {
        char *id = grid_row_id(g, row);
        str_add_char(&line, ' ');
        word_quote(id, &line);
        free(id);
    }
    app_ask(app, v, slot + (unsigned)what, str_text(&line), g->spec->keep);
    free(g->asked[what]);
    g->asked[what] = str_take(&line);
}

static void forget_growth(struct grid *g)
{
    for (int what = LOAD_AFTER; what <= LOAD_BEFORE; what++) {
        free(g->asked[what]);
        g->asked[what] = NULL;
    }
}

void grid_idle(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    const struct window *w = &g->window;
    struct str line = STR_INIT;
    if (!g->spec || !g->spec->paged || !w->loaded || w->total >= 0 || window_is_far(w) || g->asked[LOAD])
        return;
    str_addf(&line, "%s --count", g->command);
    add_filter(g, &line);
    app_ask(app, v, slot + COUNT, str_text(&line), 0);
    free(g->asked[COUNT]);
    g->asked[COUNT] = str_take(&line);
}

static void forget_count(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    if (g->asked[COUNT])
        app_forget(app, v, slot + COUNT);
    free(g->asked[COUNT]);
    g->asked[COUNT] = NULL;
}

/* A filter that means nothing lists nothing: all rows in its stead would be taken for what was asked. */
static bool refuse_filter(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    struct str why = STR_INIT;
    if (!g->spec->filtered || !filter_unknown(g->filter, &why))
        return false;
    struct result none = {.total = 0};
    forget_growth(g);
    forget_count(app, v, g, slot);
    if (g->asked[LOAD])
        app_forget(app, v, slot + LOAD);
    free(g->asked[LOAD]);
    g->asked[LOAD] = NULL;
    g->anew = g->around = false;
    window_start(&g->window, &none);
    free(g->wrong);
    g->wrong = str_take(&why);
    app->redraw = true;
    return true;
}

/* The listing from its beginning, or from its end. What is shown stays until the answer comes. */
static void load_anew(struct app *app, struct view *v, struct grid *g, unsigned slot, const char *option)
{
    if (refuse_filter(app, v, g, slot))
        return;
    forget_growth(g);
    forget_count(app, v, g, slot);
    g->anew = true;
    g->around = false;
    ask(app, v, g, slot, LOAD, PAGE, option, NULL);
}

/* The same window again, wherever it is; the cursor's row is what holds it in place. */
void grid_load(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    const struct window *w = &g->window;
    if (g->anew && g->asked[LOAD])
        return; /* the answer that comes is new enough */
    if (refuse_filter(app, v, g, slot))
        return;
    forget_growth(g);
    int64_t limit = (int64_t)w->count > 2 * PAGE ? (int64_t)w->count : 2 * PAGE;
    g->anew = false;
    g->around = w->first > 0 && grid_row(g);
    if (g->around)
        ask(app, v, g, slot, LOAD, limit, "--around", grid_row(g));
    else
        ask(app, v, g, slot, LOAD, (int64_t)w->count > PAGE ? (int64_t)w->count : PAGE, NULL, NULL);
}

void grid_filter(struct app *app, struct view *v, struct grid *g, unsigned slot, const char *filter)
{
    char *copy = mem_strdup(filter); /* FILTER may be the grid's own */
    free(g->filter);
    g->filter = copy;
    load_anew(app, v, g, slot, NULL);
}

/* Load on when the cursor comes near the window's edge. */
static void look_ahead(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    const struct window *w = &g->window;
    int64_t near = PAGE / 2, end = window_end(w);
    if (!g->spec->paged || g->asked[LOAD] || g->asked[LOAD_AFTER] || g->asked[LOAD_BEFORE] || !w->count)
        return;
    if (w->more && w->cursor + near >= end)
        ask(app, v, g, slot, LOAD_AFTER, PAGE, "--after", w->rows[w->count - 1]);
    else if (w->first > 0 && w->cursor - near < w->first)
        ask(app, v, g, slot, LOAD_BEFORE, PAGE, "--before", w->rows[0]);
}

bool grid_waits(const struct grid *g)
{
    return g->asked[LOAD] && (g->anew || !g->window.loaded);
}

/* --- answers --- */

static void refresh_marks(struct grid *g)
{
    for (size_t i = 0; json_count(g->marks) && i < g->window.count; i++) {
        char *id = grid_row_id(g, g->window.rows[i]);
        if (json_get(g->marks, id))
            json_set(g->marks, id, json_clone(g->window.rows[i]));
        free(id);
    }
}

static void take_load(struct grid *g, struct result *r)
{
    struct window *w = &g->window;
    if (g->spec->keep < 0)
        r->total = (int64_t)r->rows.count; /* what was dropped before is not part of what is shown */
    if (!w->loaded && g->spec->keep < 0)
        window_end_page(w, r); /* a log is read from its end */
    else if (g->anew && strstr(r->line, " --last"))
        window_end_page(w, r);
    else if (g->anew || !w->loaded)
        window_start(w, r);
    else
        window_again(w, r, g->spec->id, g->around);
    g->anew = false;
    refresh_marks(g);
}

void grid_result(struct app *app, struct view *v, struct grid *g, unsigned slot, struct result *r)
{
    int what = (int)(r->tag - v->tag - slot);
    if (what < LOAD || what > COUNT || !str_equal(r->line, g->asked[what]))
        return; /* what was asked before the filter, the order or the tab changed */
    free(g->asked[what]);
    g->asked[what] = NULL;
    if (what == COUNT) {
        if (!r->error.code && !window_is_far(&g->window))
            g->window.total = json_get_int(r->document, "total", -1);
        return;
    }
    free(g->wrong);
    g->wrong = NULL;
    if (r->error.code == ERROR_INTERRUPTED)
        return;
    if (r->error.code && (g->around || what != LOAD)) {
        load_anew(app, v, g, slot, NULL); /* the row that held the place is gone */
    } else if (r->error.code) {
        struct result none = {.total = 0};
        g->wrong = mem_strdup(r->error.message);
        g->anew = false;
        if (g->filter[0]) /* no key shall act on a row that is not shown */
            window_start(&g->window, &none);
    } else if (what == LOAD) {
        bool first = !g->window.loaded;
        take_load(g, r);
        if (g->spec->paged && (g->window.total < 0 || (first && g->spec->filtered)))
            app_when_idle(app);
    } else {
        (what == LOAD_AFTER ? window_after : window_before)(&g->window, r);
        look_ahead(app, v, g, slot);
    }
}

/* --- keys --- */

static void sort_by(struct app *app, struct view *v, struct grid *g, unsigned slot, const char *sort)
{
    g->descending = sort && str_equal(g->sort, sort) && !g->descending;
    g->sort = sort;
    load_anew(app, v, g, slot, NULL);
}

static void sort_next(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    const struct grid_spec *spec = g->spec;
    size_t at = 0;
    while (g->sort && at < spec->column_count && !str_equal(spec->columns[at].sort, g->sort))
        at++;
    at += g->sort != NULL;
    while (at < spec->column_count && !spec->columns[at].sort)
        at++;
    g->descending = false;
    sort_by(app, v, g, slot, at < spec->column_count ? spec->columns[at].sort : NULL);
}

static void turn_around(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    for (size_t i = 0; !g->sort && i < g->spec->column_count; i++)
        g->sort = g->spec->columns[i].sort;
    g->descending = !g->descending;
    load_anew(app, v, g, slot, NULL);
}

static void toggle_mark(struct grid *g)
{
    const struct json *row = grid_row(g);
    if (!row)
        return;
    char *id = grid_row_id(g, row);
    if (json_get(g->marks, id))
        json_remove(g->marks, id);
    else
        json_set(g->marks, id, json_clone(row));
    free(id);
    window_move(&g->window, 1);
}

static int64_t page_of(const struct grid *g)
{
    return g->drawn.rows > 2 ? g->drawn.rows - 2 : 1;
}

static bool move_key(struct grid *g, int key)
{
    struct window *w = &g->window;
    switch (key) {
    case KEY_UP:
    case 'k':
        window_move(w, -1);
        return true;
    case KEY_DOWN:
    case 'j':
        window_move(w, 1);
        return true;
    case KEY_PPAGE:
        window_move(w, -page_of(g));
        return true;
    case KEY_NPAGE:
        window_move(w, page_of(g));
        return true;
    }
    return false;
}

bool grid_key(struct app *app, struct view *v, struct grid *g, unsigned slot, int key)
{
    struct window *w = &g->window;
    if (move_key(g, key)) {
        look_ahead(app, v, g, slot);
    } else if (key == KEY_HOME || key == 'g') {
        window_move(w, w->first - w->cursor);
        if (w->first > 0)
            load_anew(app, v, g, slot, NULL);
    } else if (key == KEY_END || key == 'G') {
        window_move(w, window_end(w));
        if (w->more)
            load_anew(app, v, g, slot, "--last");
    } else if (key == 's' && g->spec->filtered) {
        sort_next(app, v, g, slot);
    } else if (key == 'S' && g->spec->filtered) {
        turn_around(app, v, g, slot);
    } else if (key == ' ' && g->spec->marked) {
        toggle_mark(g);
        look_ahead(app, v, g, slot);
    } else {
        return false;
    }
    return true;
}

bool grid_escape(struct app *app, struct view *v, struct grid *g, unsigned slot)
{
    if (json_count(g->marks))
        grid_unmark(g);
    else if (g->filter[0])
        grid_filter(app, v, g, slot, "");
    else
        return false;
    return true;
}

bool grid_click(struct app *app, struct view *v, struct grid *g, unsigned slot, int y, int x)
{
    struct window *w = &g->window;
    bool heading = g->drawn.rows > 2;
    int64_t index = w->top + y - g->drawn.y - heading;
    if (heading && y == g->drawn.y && g->spec->filtered) {
        size_t at = GRID_COLUMNS_MOST;
        for (size_t i = 0; i < g->spec->column_count; i++)
            at = g->column_x[i] >= 0 && g->column_x[i] <= x ? i : at;
        if (at < GRID_COLUMNS_MOST && g->spec->columns[at].sort)
            sort_by(app, v, g, slot, g->spec->columns[at].sort);
        return false;
    }
    if (y < g->drawn.y + heading || !window_at(w, index))
        return false;
    w->cursor = index;
    look_ahead(app, v, g, slot);
    return true;
}
