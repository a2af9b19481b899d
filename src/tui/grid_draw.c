#include "grid.h"

#include "tt/base/mem.h"

#define ROWS_TO_EXPLAIN 9

struct layout {
    int width[GRID_COLUMNS_MOST]; /* 0: not shown */
};

/* Columns of the highest rank leave first; what is left over goes to the flexible ones. */
static bool lay_out(const struct grid_spec *spec, int cols, struct layout *out)
{
    int need = 2, flexible = 0;
    bool whole = true;
    for (size_t i = 0; i < spec->column_count; i++)
        need += (out->width[i] = spec->columns[i].width) + 1;
    for (int rank = 9; rank > 0 && need > cols; rank--)
        for (size_t i = 0; i < spec->column_count; i++)
            if (out->width[i] && spec->columns[i].rank == rank) {
                need -= out->width[i] + 1;
                out->width[i] = 0;
                whole = false;
            }
    for (size_t i = 0; i < spec->column_count; i++)
        flexible += out->width[i] && spec->columns[i].flexible;
    for (size_t i = 0; flexible && need < cols && i < spec->column_count; i++)
        if (out->width[i] && spec->columns[i].flexible) {
            int more = (cols - need) / flexible--;
            out->width[i] += more;
            need += more;
        }
    return whole;
}

static void draw_heading(struct grid *g, const struct layout *at, struct rect body)
{
    int x = body.x + 2;
    canvas_text(body.y, body.x, body.cols, LOOK_DIM, "", true);
    for (size_t i = 0; i < g->spec->column_count; i++) {
        const struct grid_column *c = &g->spec->columns[i];
        bool sorted = g->sort && str_equal(g->sort, c->sort);
        struct str title = STR_INIT;
        g->column_x[i] = at->width[i] ? x : -1;
        if (!at->width[i])
            continue;
        str_addf(&title, "%s%s%s", c->title, sorted ? " " : "",
                 sorted ? sign_text(g->descending ? SIGN_DOWN : SIGN_UP) : "");
        if (c->right)
            canvas_right(body.y, x, at->width[i], sorted ? LOOK_ACCENT : LOOK_DIM, str_text(&title));
        else
            canvas_text(body.y, x, at->width[i], sorted ? LOOK_ACCENT : LOOK_DIM, str_text(&title), false);
        str_release(&title);
        x += at->width[i] + 1;
    }
}

static bool is_marked(const struct grid *g, const struct json *row)
{
    if (!g->spec->marked || !json_first(g->marks))
        return false;
    char *id = grid_row_id(g, row);
    bool marked = json_get(g->marks, id) != NULL;
    free(id);
    return marked;
}

/* "11-23 12:04:05", "11-23 12:04" or "2026-11-23" of a time as documents have it. */
static void add_time(const char *time, enum column_form form, struct str *out)
{
    if (!time || strlen(time) < 19)
        return;
    if (form == COLUMN_DAY) {
        str_add_bytes(out, time, 10);
        return;
    }
    str_add_bytes(out, time + 5, 5);
    str_add_char(out, ' ');
    str_add_bytes(out, time + 11, form == COLUMN_MINUTE ? 5 : 8);
}

static void add_value(const struct grid_column *c, const struct json *row, struct str *out, enum look *look)
{
    const struct json *value = json_at(row, c->path);
    char number[32];
    if (c->form == COLUMN_NUMBER && json_type(value) == JSON_NUMBER) {
        str_add(out, number_text(json_int(value, 0), number));
        *look = json_int(value, 0) ? LOOK_TEXT : LOOK_DIM;
    } else if (c->form >= COLUMN_CLOCK && c->form <= COLUMN_DAY) {
        add_time(json_string(value), c->form, out);
        *look = LOOK_DIM;
    } else {
        row_text(row, c->path, out);
    }
}

static void draw_cell(const struct grid *g, const struct grid_column *c, const struct json *row, int y, int x,
                      int width, bool selected)
{
    struct str text = STR_INIT;
    enum look look = LOOK_TEXT;
    if (c->show)
        c->show(row, g->owner, &text, &look);
    else if (c->form != COLUMN_BAR)
        add_value(c, row, &text, &look);
    if (selected)
        look = LOOK_SELECTED;
    if (c->form == COLUMN_BAR)
        canvas_bar(y, x, width, selected ? look : LOOK_ACCENT, json_int(json_at(row, c->path), 0),
                   g->largest);
    else if (c->right)
        canvas_right(y, x, width, look, str_text(&text));
    else
        canvas_text(y, x, width, look, str_text(&text), false);
    str_release(&text);
}

static void draw_row(const struct grid *g, const struct layout *at, struct rect body, int y,
                     const struct json *row, bool selected)
{
    const char *sign = sign_text(is_marked(g, row) ? SIGN_MARK : selected ? SIGN_CURSOR : SIGN_NONE);
    if (selected) {
        canvas_text(y, body.x, body.cols, LOOK_SELECTED, "", true);
        canvas_point(y, body.x);
    }
    canvas_text(y, body.x, 2, selected ? LOOK_SELECTED : LOOK_ACCENT, sign, false);
    int x = body.x + 2;
    for (size_t i = 0; i < g->spec->column_count; i++)
        if (at->width[i]) {
            draw_cell(g, &g->spec->columns[i], row, y, x, at->width[i], selected);
            x += at->width[i] + 1;
        }
}

static void draw_nothing(const struct grid *g, struct rect body)
{
    struct rect r = {body.y, body.x + 2, body.rows, body.cols - 4};
    if (g->wrong)
        draw_wrapped(r, g->filter[0] && g->spec->filters ? LOOK_DIM : LOOK_BAD, g->wrong);
    else if (g->window.loaded && !g->anew)
        draw_wrapped(r, LOOK_DIM, g->filter[0] ? "nothing matches; Esc clears the filter" : g->spec->empty);
}

/* What the longest bar stands for. */
static void find_largest(struct grid *g)
{
    g->largest = 0;
    for (size_t c = 0; c < g->spec->column_count; c++)
        for (size_t i = 0; g->spec->columns[c].form == COLUMN_BAR && i < g->window.count; i++) {
            int64_t n = json_int(json_at(g->window.rows[i], g->spec->columns[c].path), 0);
            g->largest = n > g->largest ? n : g->largest;
        }
}

/* Below the rows: what the row at the cursor is for, and which of how many it is where the title does not say
 * that. */
static struct rect draw_foot(const struct grid *g, struct rect body)
{
    const struct json *row = grid_row(g);
    bool place = g->spec->paged && g->owner;
    struct str at = STR_INIT;
    if ((!g->spec->explain && !place) || body.rows < ROWS_TO_EXPLAIN)
        return body;
    body.rows -= 2;
    const char *text = row && g->spec->explain ? g->spec->explain(row) : NULL;
    if (place)
        grid_place(g, &at);
    int y = body.y + body.rows + 1, width = canvas_width(str_text(&at));
    canvas_text(y, body.x + 2, body.cols - 5 - width, LOOK_DIM, text ? text : "", false);
    canvas_right(y, body.x + body.cols - 1 - width, width, LOOK_DIM, str_text(&at));
    str_release(&at);
    return body;
}

/* Two rows are too few to spend one on the heading. */
void grid_draw(struct app *app, struct grid *g, struct rect whole)
{
    struct layout at;
    struct window *w = &g->window;
    struct rect body = draw_foot(g, whole);
    bool heading = body.rows > 2;
    struct rect rows = {body.y + heading, body.x, body.rows - heading, body.cols};
    g->drawn = body;
    find_largest(g);
    if (!lay_out(g->spec, body.cols, &at) || !heading)
        app->cut = true;
    if (heading)
        draw_heading(g, &at, body);
    if (g->wrong || !w->count) {
        draw_nothing(g, rows);
        return;
    }
    window_show(w, rows.rows);
    for (int i = 0; i < rows.rows && window_at(w, w->top + i); i++)
        draw_row(g, &at, rows, rows.y + i, window_at(w, w->top + i), w->top + i == w->cursor);
}
