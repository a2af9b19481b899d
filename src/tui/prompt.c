/* `:`: any command, with completion from the registry and live data. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include "candidates.h"
#include "edit.h"
#include "tt/base/mem.h"

#define HISTORY_MOST 200

struct prompt_view {
    struct view view;
    struct edit edit;
    struct candidates candidates;
    bool insert; /* Tab was pressed: the answer is inserted as far as it is clear */
    int history; /* steps back */
};

/* Lines typed in this run, the newest last. */
static char *history[HISTORY_MOST];
static size_t history_count;

static void remember(const char *line)
{
    if (!*line || (history_count && str_equal(history[history_count - 1], line)))
        return;
    if (history_count == HISTORY_MOST) {
        free(history[0]);
        memmove(history, history + 1, --history_count * sizeof history[0]);
    }
    history[history_count++] = mem_strdup(line);
}

static size_t word_start(const struct prompt_view *p)
{
    const char *blank = strrchr(str_text(&p->edit.text), ' ');
    return blank ? (size_t)(blank - str_text(&p->edit.text)) + 1 : 0;
}

/* A blank behind a whole word; an option's `=` waits for its value. */
static void put_word(struct prompt_view *p, const char *word, size_t n, bool whole)
{
    struct str part = STR_INIT;
    str_add_bytes(&part, word, n);
    str_cut(&p->edit.text, word_start(p));
    if (whole)
        word_quote(str_text(&part), &p->edit.text);
    else
        str_add(&p->edit.text, str_text(&part));
    if (whole)
        str_add_char(&p->edit.text, ' ');
    p->edit.at = p->edit.text.len;
    str_release(&part);
}

static void ask(struct app *app, struct prompt_view *p)
{
    candidates_ask(app, &p->view, 0, &p->candidates, str_text(&p->edit.text));
}

static void prompt_result(struct app *app, struct view *v, struct result *r)
{
    struct prompt_view *p = (struct prompt_view *)v;
    (void)app;
    struct candidates *c = &p->candidates;
    if (!candidates_take(c, r) || !p->insert)
        return;
    size_t typed = p->edit.text.len - word_start(p), same = candidates_common(c);
    p->insert = false;
    if (c->count == 1) {
        put_word(p, c->words[0], strlen(c->words[0]), true);
        candidates_clear(c);
    } else if (c->count && same > typed) {
        put_word(p, c->words[0], same, false);
    }
}

/* Round about through what is shown; each step replaces the word. */
static void step(struct prompt_view *p, int by)
{
    const char *word = candidates_step(&p->candidates, by);
    str_cut(&p->edit.text, word_start(p));
    word_quote(word, &p->edit.text);
    p->edit.at = p->edit.text.len;
}

static void complete(struct app *app, struct prompt_view *p, int by)
{
    if (p->candidates.count > 1 && !p->candidates.asked) {
        step(p, by);
        return;
    }
    p->insert = true;
    if (!p->candidates.asked)
        ask(app, p);
}

static void recall(struct prompt_view *p, int by)
{
    int at = p->history + by;
    if (at < 0 || at > (int)history_count)
        return;
    p->history = at;
    edit_set(&p->edit, at ? history[history_count - (size_t)at] : "");
    candidates_clear(&p->candidates);
}

static void run(struct app *app, struct prompt_view *p)
{
    char *line = mem_strdup(str_text(&p->edit.text));
    remember(line);
    app_pop(app);
    app_command(app, line);
    free(line);
}

static bool prompt_key(struct app *app, struct view *v, int key)
{
    struct prompt_view *p = (struct prompt_view *)v;
    struct candidates *c = &p->candidates;
    if (key == KEY_CODE_ENTER) {
        run(app, p);
    } else if (key == KEY_CODE_ESC && c->count) {
        candidates_clear(c);
    } else if (key == KEY_CODE_ESC || key == KEY_CTRL('C') || (key == KEY_BACKSPACE && !p->edit.text.len)) {
        app_pop(app);
    } else if (key == KEY_CODE_TAB || key == KEY_BTAB) {
        complete(app, p, key == KEY_CODE_TAB ? 1 : -1);
    } else if (key == KEY_UP || key == KEY_DOWN) {
        recall(p, key == KEY_UP ? 1 : -1);
    } else if (edit_key(&p->edit, key)) {
        bool shown = c->count > 0;
        p->insert = false;
        if (shown) /* what is shown follows what is typed */
            ask(app, p);
        c->chosen = -1;
    }
    return true;
}

static void prompt_draw(struct app *app, struct view *v, struct rect body)
{
    struct prompt_view *p = (struct prompt_view *)v;
    int y = body.y + body.rows;
    (void)app;
    candidates_draw_list(&p->candidates, y, body.x, body.rows > 4 ? body.rows / 2 : body.rows, body.cols);
    canvas_text(y, body.x, body.cols, LOOK_TEXT, "", true);
    canvas_text(y, 1, 1, LOOK_ACCENT, ":", false);
    edit_draw(&p->edit, y, 2, body.cols - 3, true);
}

static bool prompt_waits(const struct view *v)
{
    return ((const struct prompt_view *)v)->insert;
}

static void prompt_free(struct view *v)
{
    struct prompt_view *p = (struct prompt_view *)v;
    edit_release(&p->edit);
    candidates_clear(&p->candidates);
    free(p);
}

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Run", .help = "run it"},
    {.key = KEY_CODE_TAB, .label = "Complete", .help = "complete the word; again for the next candidate"},
    {.key = KEY_UP, .label = "Before", .help = "the line before"},
    {.key = KEY_CODE_ESC, .label = "Cancel", .help = "back"},
    {0},
};
static const struct view_type type = {.name = "command",
                                      .bindings = bindings,
                                      .draw = prompt_draw,
                                      .key = prompt_key,
                                      .result = prompt_result,
                                      .waits = prompt_waits,
                                      .free = prompt_free};

struct view *prompt_new(const char *text)
{
    struct prompt_view *p = mem_zero(1, sizeof *p);
    p->view.type = &type;
    p->view.overlay = true;
    p->candidates.chosen = -1;
    edit_set(&p->edit, text);
    return &p->view;
}
