/* The four parts of every screen: title line, body, status line, key bar. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include <ctype.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

/* A command that runs longer is named in the status line. */
#define SLOW_MS 300
#define DETAIL_CELLS 22 /* of what may leave the title line */

static struct view *base_of(struct view *v)
{
    while (v->overlay && v->below)
        v = v->below;
    return v;
}

/* --- title line --- */

/* TEXT without its first part; NULL: it has only one. */
static const char *drop_part(const char *text)
{
    struct str between = STR_INIT;
    str_addf(&between, " %s ", sign_text(SIGN_DOT));
    const char *at = strstr(text, str_text(&between));
    at = at ? at + between.len : NULL;
    str_release(&between);
    return at;
}

static void shorten(struct str *text, int cells)
{
    struct str fitted = STR_INIT;
    text_fit(&fitted, str_text(text), (size_t)cells, false, canvas_is_ascii());
    str_clear(text);
    str_add(text, str_text(&fitted));
    str_release(&fitted);
}

/* Into COLS: a long detail is cut, then the parts at the right leave from the left on, but two stay longer
 * than the detail does. Returns what is left of the right side. */
static const char *fit_title(struct title *t, int cols)
{
    const char *right = str_text(&t->right);
    while (canvas_width(str_text(&t->left)) + canvas_width(str_text(&t->detail)) + canvas_width(right) + 3 >
           cols) {
        const char *less = drop_part(right);
        if (canvas_width(str_text(&t->detail)) > DETAIL_CELLS)
            shorten(&t->detail, DETAIL_CELLS);
        else if (t->detail.len && !(less && drop_part(less)))
            str_clear(&t->detail);
        else if (less)
            right = less;
        else
            break;
    }
    str_add(&t->left, str_text(&t->detail));
    return right;
}

/* What the screen says of itself goes before the database's name, that before the clock; what is read-only is
 * always said. */
static void draw_title(struct app *app, struct view *v)
{
    struct title title = {0};
    struct str *left = &title.left, where = STR_INIT;
    const char *only = app->options->readonly ? "read-only" : "";
    char now[TIME_TEXT], clock[16];
    str_copy(clock, 6, time_format(app->now, now) + 11);
    str_copy(clock + strlen(clock), 5, " UTC");
    str_add(left, app->cols >= 40 ? " tenanttui" : "");
    if (!v->type->unnamed)
        str_addf(left, "%s%s", app->cols >= 40 ? "  " : " ", v->type->name);
    if (v->type->title)
        v->type->title(v, &title);
    const char *right = fit_title(&title, app->cols - (*only ? (int)strlen(only) + 2 : 0));
    canvas_text(0, 0, app->cols, LOOK_BAR, str_text(left), true);
    const char *base = strrchr(app->options->database_path, '/');
    str_add(&where, base ? base + 1 : app->options->database_path);
    const struct {
        const char *text;
        enum look look;
    } parts[] = {{clock, LOOK_BAR}, {str_text(&where), LOOK_BAR}, {only, LOOK_KEY}, {right, LOOK_BAR}};
    static const int importance[] = {2, 3, 1, 0}; /* order of PARTS by what is dropped last */
    int room = app->cols - canvas_width(str_text(left)) - 1, width[4] = {0};
    for (int i = 0; i < 4; i++) {
        int p = importance[i], need = canvas_width(parts[p].text) + 2;
        if (need > 2 && need > room && p == 3 && room > 12)
            need = room;
        if (need > 2 && need <= room)
            room -= width[p] = need;
    }
    int x = app->cols - 1;
    for (int p = 0; p < 4; p++)
        if (width[p])
            canvas_text(0, (x -= width[p]) + 2, width[p] - 2, parts[p].look, parts[p].text, false);
    str_release(&where);
    str_release(&title.left);
    str_release(&title.detail);
    str_release(&title.right);
}

/* --- status line --- */

static bool draw_running(struct app *app, int y)
{
    struct str line = STR_INIT, text = STR_INIT;
    int64_t since;
    int percent;
    bool slow = worker_running(app->worker, &line, &since, &percent) && time_monotonic() - since >= SLOW_MS;
    if (slow) {
        str_add(&text, "running");
        if (percent >= 0)
            str_addf(&text, " %d %%", percent);
        str_addf(&text, ": %s", str_text(&line));
        int used = canvas_text(y, 1, app->cols - 2, LOOK_ACCENT, str_text(&text), false);
        if (app->cols - used > 14)
            canvas_right(y, app->cols - 12, 11, LOOK_DIM, "^C stops it");
    }
    str_release(&line);
    str_release(&text);
    return slow;
}

/* The line that repeats it matters more than instance and audit number. */
static void draw_status(struct app *app)
{
    int y = app->rows - 2;
    canvas_text(y, 0, app->cols, LOOK_TEXT, "", true);
    if (draw_running(app, y))
        return;
    const char *text = app->status.text, *repeat = app->status.repeat;
    if (app->status.aside) {
        canvas_text(y, 1, app->cols - 2, LOOK_DIM, app->status.aside, false);
        return;
    }
    if (!text) {
        if (app->cut && !canvas_has_room(24, 80))
            canvas_text(y, 1, app->cols - 2, LOOK_DIM, "80x24 shows more", false);
        return;
    }
    int room = app->cols - 2, need = repeat && app->status.briefer ? canvas_width(repeat) + 3 : 0;
    if (app->status.brief && canvas_width(text) + need > room)
        text = app->status.brief;
    if (app->status.briefer && *app->status.briefer && canvas_width(text) + need > room)
        text = app->status.briefer;
    int width = canvas_width(text);
    if (need && width + need > room && room >= 40) /* both are cut, the repeated line less */
        width = room - need > room / 3 ? room - need : room / 3;
    int used = canvas_text(y, 1, width < room ? width : room, app->status.look, text, false);
    if (need && room - used > 12)
        canvas_right(y, 1 + used + 3, room - used - 3, LOOK_DIM, repeat);
}

/* --- key bar --- */

/* "2Tenants" by its digit, "/Filter", but "x Suspend" and "Enter Open": a letter would read as a part of the
 * word. */
static int draw_key(struct app *app, int x, int end, int key, const char *also, const char *label)
{
    char name[16];
    int y = app->rows - 1, from = x;
    const char *digit = also ? strpbrk(also, "0123456789") : NULL;
    if (digit)
        str_copy(name, sizeof name, (char[]){*digit, 0});
    else if (key == KEY_F(10))
        str_copy(name, sizeof name, "10");
    else
        key_label(key, name);
    bool word = !digit && key != KEY_F(10) && (strlen(name) > 1 || isalpha((unsigned char)name[0]));
    if (x + (int)(strlen(name) + word + strlen(label)) > end || app->hot_count == HOT_MOST)
        return x;
    x += canvas_text(y, x, end - x, LOOK_KEY, name, false);
    x += canvas_text(y, x, end - x, LOOK_BAR, word ? " " : "", false);
    x += canvas_text(y, x, end - x, LOOK_BAR, label, false);
    app->hot[app->hot_count++] = (struct hot){from, x, key};
    return x + (digit || key == KEY_F(10) ? 1 : 2);
}

static int draw_bindings(struct app *app, int x, int end, const struct binding *b)
{
    for (; b && b->key; b++)
        if (b->label && b->key != KEY_F(1) && b->key != KEY_F(10) && binding_works(app, b))
            x = draw_key(app, x, end, b->key, b->also, b->label);
    return x;
}

static void draw_keys(struct app *app)
{
    struct view *v = app->top;
    int x = 1, end = app->cols;
    app->hot_count = 0;
    canvas_text(app->rows - 1, 0, app->cols, LOOK_BAR, "", true);
    if (v->overlay) {
        draw_bindings(app, x, end, v->type->bindings);
        return;
    }
    if (app->cols >= 30) {
        draw_key(app, app->cols - 7, app->cols, KEY_F(10), NULL, "Quit");
        end = app->cols - 8;
    }
    /* Help and the prompt must find room behind the screen's own keys. */
    int keep = app->cols >= 60 ? 18 : app->cols >= 30 ? 6 : 0;
    x = draw_bindings(app, x, end - keep, v->type->bindings);
    x = draw_key(app, x, end, KEY_F(1), "1", "Help");
    int prompt = app->cols >= 60 ? 10 : 0;
    for (const struct screen_spec *s = screens; s->key; s++)
        if (!str_equal(s->label, v->type->name))
            x = draw_key(app, x, end - prompt, s->key, s->also, s->label);
    draw_bindings(app, x + 1, end, common_bindings());
}

/* --- all --- */

static void draw_overlays(struct app *app, struct view *v, struct rect body)
{
    if (!v->overlay || !v->below)
        return;
    draw_overlays(app, v->below, body);
    canvas_no_cursor();
    v->type->draw(app, v, body);
}

void app_draw(struct app *app, int64_t now)
{
    app->now = now;
    getmaxyx(stdscr, app->rows, app->cols);
    canvas_begin();
    app->cut = false;
    if (app->rows < 5 || app->cols < 20) {
        canvas_text(0, 0, app->cols, LOOK_WARN, "at least 20x5", true);
    } else {
        struct rect body = {.y = 1, .x = 0, .rows = app->rows - 3, .cols = app->cols};
        struct view *base = base_of(app->top);
        base->type->draw(app, base, body);
        draw_title(app, base);
        draw_status(app);
        draw_overlays(app, app->top, body);
        draw_keys(app);
    }
    canvas_end();
    app->redraw = false;
}
