#include "grid.h"

#include "tt/base/mem.h"

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

static void draw_cell(const struct grid *g, const struct grid_column *c, const struct json *row, int y, int x,
                      int width, bool selected)
{
    struct str text = STR_INIT;
    enum look look = LOOK_TEXT;
    if (c->show)
        c->show(row, g->owner, &text, &look);
    else
        row_text(row, c->path, &text);
    if (selected)
        look = LOOK_SELECTED;
    if (c->right)
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
        draw_wrapped(r, LOOK_BAD, g->wrong);
    else if (g->window.loaded && !g->anew)
        draw_wrapped(r, LOOK_DIM, g->filter[0] ? "nothing matches; Esc clears the filter" : g->spec->empty);
}

/* Two rows are too few to spend one on the heading. */
void grid_draw(struct app *app, struct grid *g, struct rect body)
{
    struct layout at;
    struct window *w = &g->window;
    bool heading = body.rows > 2;
    struct rect rows = {body.y + heading, body.x, body.rows - heading, body.cols};
    g->drawn = body;
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
