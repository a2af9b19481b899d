#define NCURSES_NOMACROS
#include <ncurses.h>

#include "grid.h"

#include "tt/base/mem.h"

#define SLOT_PREPARE 4 /* behind the grid's own */

struct view *grid_view_new(const struct view_type *type, const struct grid_spec *spec)
{
    struct grid_view *v = mem_zero(1, sizeof *v);
    v->view.type = type;
    grid_init(&v->grid, spec, NULL);
    return &v->view;
}

struct grid *grid_view_grid(struct view *v)
{
    return &((struct grid_view *)v)->grid;
}

void grid_open_tenant(struct app *app, struct view *v)
{
    const char *id = json_get_string(grid_row(grid_view_grid(v)), "tenant_id");
    if (id)
        app_push(app, tenant_new(id));
}

void grid_view_refresh(struct app *app, struct view *v)
{
    grid_load(app, v, grid_view_grid(v), 0);
}

void grid_view_idle(struct app *app, struct view *v)
{
    const struct grid *g = grid_view_grid(v);
    grid_idle(app, v, grid_view_grid(v), 0);
    if (g->spec->filtered)
        filter_prepare(app, v, SLOT_PREPARE);
}

void grid_view_draw(struct app *app, struct view *v, struct rect body)
{
    grid_draw(app, grid_view_grid(v), body);
}

bool grid_view_key(struct app *app, struct view *v, int key)
{
    struct grid *g = grid_view_grid(v);
    return (key == KEY_CODE_ESC && grid_escape(app, v, g, 0)) || grid_key(app, v, g, 0, key);
}

void grid_view_result(struct app *app, struct view *v, struct result *r)
{
    grid_result(app, v, grid_view_grid(v), 0, r);
}

const struct json *grid_view_row(struct view *v)
{
    return grid_row(grid_view_grid(v));
}

const struct json *grid_view_marked(struct view *v)
{
    return grid_view_grid(v)->marks;
}

void grid_place(const struct grid *g, struct str *out)
{
    const struct window *w = &g->window;
    char at[32], total[32];
    if (w->count && window_is_far(w) && w->cursor >= w->last)
        str_add(out, "the last one");
    else if (w->count && window_is_far(w))
        str_addf(out, "%s from the end", number_text(w->last - w->cursor, at));
    else if (w->count && w->total >= 0)
        str_addf(out, "%s of %s", number_text(w->cursor + 1, at), number_text(w->total, total));
    else if (w->count)
        str_addf(out, "%s of %s%s", number_text(w->cursor + 1, at), number_text(window_end(w), total),
                 w->more ? " and more" : "");
    if (w->loaded && !w->more && w->total > window_end(w))
        str_addf(out, ", %s shown", number_text(window_end(w), at));
}

void grid_view_title(struct view *v, struct title *t)
{
    const struct grid *g = grid_view_grid(v);
    char at[32];
    if (g->filter[0])
        str_addf(&t->left, "  /%s", g->filter);
    grid_place(g, &t->right);
    if (json_count(g->marks))
        str_addf(&t->right, "  %s %s", number_text((int64_t)json_count(g->marks), at), sign_text(SIGN_MARK));
}

void grid_view_click(struct app *app, struct view *v, int y, int x, bool twice)
{
    if (grid_click(app, v, grid_view_grid(v), 0, y, x) && twice)
        app_press(app, KEY_CODE_ENTER);
}

bool grid_view_waits(const struct view *v)
{
    return grid_waits(&((const struct grid_view *)v)->grid);
}

void grid_view_free(struct view *v)
{
    grid_release(grid_view_grid(v));
    free(v);
}
