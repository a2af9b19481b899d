/* Keys and the mouse, and the bindings that turn them into commands. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define TWICE_MS 400
#define HOLD_MS 200

/* --- keys that every screen has --- */

static void show_help(struct app *app, struct view *v)
{
    if (!str_equal(v->type->name, "help"))
        app_push(app, help_new(app, v));
}

static void open_prompt(struct app *app, struct view *v)
{
    (void)v;
    app_push(app, prompt_new(""));
}

static void repeat(struct app *app, struct view *v)
{
    (void)v;
    app_push(app, prompt_new(app->status.repeat ? app->status.repeat : ""));
}

static void draw_anew(struct app *app, struct view *v)
{
    (void)app;
    (void)v;
    clearok(curscr, TRUE);
}

static void go_back(struct app *app, struct view *v)
{
    (void)v;
    app_pop(app);
}

static void go_home(struct app *app, struct view *v)
{
    (void)v;
    app_home(app);
}

/* With a command running the first ^C is for it. */
static void stop_or_leave(struct app *app, struct view *v)
{
    struct str line = STR_INIT;
    int64_t since;
    int percent;
    (void)v;
    if (worker_running(app->worker, &line, &since, &percent) || app->batch.done < app->batch.total) {
        worker_cancel(app->worker);
        app->batch.total = app->batch.done;
        app_say(app, LOOK_WARN, "stopped");
    } else {
        app->leave = true;
    }
    str_release(&line);
}

/* Out of a text one goes back; out of a screen one leaves. */
static void leave(struct app *app, struct view *v)
{
    if (v->type->text && v->below)
        app_pop(app);
    else
        app->leave = true;
}

static const struct binding common[] = {
    {.key = KEY_F(1), .also = "?1", .label = "Help", .help = "the keys of this screen", .action = show_help},
    {.key = ':', .label = "Command", .help = "type any command; Tab completes", .action = open_prompt},
    {.key = 'y', .help = "the last command line again, to change it", .action = repeat},
    {.key = 'u', .help = "undo your newest write", .command = "undo", .ask = true},
    {.key = '0', .help = "the dashboard", .action = go_home},
    {.key = KEY_CTRL('L'), .help = "draw the screen anew", .action = draw_anew},
    {.key = KEY_CTRL('C'), .help = "stop the command that runs; else leave", .action = stop_or_leave},
    {.key = KEY_CODE_ESC, .help = "back", .action = go_back},
    {.key = KEY_BACKSPACE, .help = "back", .action = go_back},
    {.key = KEY_F(10), .also = "q", .label = "Quit", .help = "leave; a text: back", .action = leave},
    {0},
};

const struct binding *common_bindings(void)
{
    return common;
}

/* --- bindings --- */

bool binding_works(const struct app *app, const struct binding *b)
{
    size_t argc = 0, used = 0;
    if (!b->command || b->reads || !app->options->readonly)
        return true;
    char **argv = words_split(b->command, &argc, NULL);
    const struct command_spec *spec =
        argv ? command_find((const char *const *)argv, argc, &used, NULL) : NULL;
    bool writes = !spec || spec->flags & COMMAND_WRITES;
    words_free(argv, argc);
    return !writes;
}

struct lines {
    char **items;
    size_t count;
};

static void add_line(struct lines *lines, const char *template, const struct json *row,
                     const struct json *owner)
{
    struct str line = STR_INIT;
    if (template_fill(template, row, owner, &line)) {
        lines->items = mem_resize(lines->items, lines->count + 1, sizeof *lines->items);
        lines->items[lines->count++] = str_take(&line);
    }
    str_release(&line);
}

static struct lines fill_lines(struct view *v, const struct binding *b)
{
    const struct json *owner = v->type->owner ? v->type->owner(v) : NULL;
    const struct json *marked = v->type->marked ? v->type->marked(v) : NULL;
    struct lines lines = {0};
    if (json_count(marked) && strchr(b->command, '{')) {
        json_each(row, marked) add_line(&lines, b->command, row, owner);
    } else {
        add_line(&lines, b->command, v->type->row ? v->type->row(v) : NULL, owner);
    }
    return lines;
}

static void run_binding(struct app *app, struct view *v, const struct binding *b)
{
    struct lines lines = {0};
    if (!binding_works(app, b)) {
        app_say_aside(app, "read-only: nothing can be changed here");
        return;
    }
    lines = fill_lines(v, b);
    if (!lines.count)
        return;
    if (b->typed) {
        app_push(app, prompt_new(lines.items[0]));
        for (size_t i = 0; i < lines.count; i++)
            free(lines.items[i]);
        free(lines.items);
    } else if (b->form) {
        app_push(app, form_new(lines.items, lines.count, b->form));
    } else if (b->ask || lines.count > 1) {
        app_push(app, preview_new(lines.items, lines.count));
    } else {
        app_run(app, lines.items[0], false);
        free(lines.items[0]);
        free(lines.items);
    }
}

static bool open_screen(struct app *app, int key)
{
    for (const struct screen_spec *s = screens; s->key; s++)
        if (s->key == key || (key < 127 && key > 0 && strchr(s->also, key))) {
            app_open(app, s->open());
            return true;
        }
    return false;
}

static void tell_unknown(struct app *app, int key)
{
    char name[16];
    if (key > 0 && key != KEY_RESIZE)
        app_say_aside(app, "%s does nothing here; ? lists the keys", key_label(key, name));
}

void app_press(struct app *app, int key)
{
    struct view *v = app->top;
    app_forget_aside(app);
    if (app->idle_at)
        app_when_idle(app);
    if (v->type->key && v->type->key(app, v, key))
        return;
    const struct binding *b = binding_find(v->type->bindings, key);
    if (!b && !v->overlay)
        b = binding_find(common, key);
    if (b && b->action)
        b->action(app, v);
    else if (b && b->command)
        run_binding(app, v, b);
    else if (!v->overlay && !open_screen(app, key))
        tell_unknown(app, key);
}

/* --- the mouse --- */

static void press_mouse(struct app *app, int y, int x, bool twice)
{
    int64_t now = time_monotonic();
    twice |=
        app->pressed.at && now - app->pressed.at < TWICE_MS && app->pressed.y == y && app->pressed.x == x;
    app->pressed.at = twice ? 0 : now;
    app->pressed.y = y;
    app->pressed.x = x;
    if (y == app->rows - 1) {
        for (size_t i = 0; i < app->hot_count; i++)
            if (x >= app->hot[i].from && x < app->hot[i].to) {
                app_press(app, app->hot[i].key);
                return;
            }
    } else if (app->top->type->click) {
        app->top->type->click(app, app->top, y, x, twice);
    }
}

static void read_mouse(struct app *app)
{
    MEVENT m;
    if (getmouse(&m) != OK)
        return;
    if (m.bstate & BUTTON4_PRESSED)
        app_press(app, KEY_UP);
    else if (m.bstate & BUTTON5_PRESSED)
        app_press(app, KEY_DOWN);
    else if (m.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED))
        press_mouse(app, m.y, m.x, (m.bstate & BUTTON1_DOUBLE_CLICKED) != 0);
    app->redraw = true;
}

/* --- what the terminal sends --- */

bool app_holds_keys(struct app *app)
{
    int64_t now = time_monotonic();
    bool waits = app->top->type->waits && app->top->type->waits(app->top);
    if (!waits)
        app->held = 0;
    else if (!app->held)
        app->held = now;
    return waits && now - app->held < HOLD_MS;
}

void app_read_keys(struct app *app)
{
    wint_t c;
    for (int kind;
         !app->leave && !app->stop && !app_holds_keys(app) && (kind = wget_wch(stdscr, &c)) != ERR;) {
        if (kind == KEY_CODE_YES && c == KEY_RESIZE)
            app->redraw = true;
        else if (kind == KEY_CODE_YES && c == KEY_MOUSE)
            read_mouse(app);
        else if (kind == KEY_CODE_YES)
            app_press(app, (int)c);
        else if (c == '\r')
            app_press(app, KEY_CODE_ENTER);
        else if (c == 127 || c == KEY_CTRL('H'))
            app_press(app, KEY_BACKSPACE);
        else if (c == KEY_CTRL('Z'))
            app->stop = true;
        else
            app_press(app, c < 128 ? (int)c : (int)c | KEY_CHARACTER);
    }
}
