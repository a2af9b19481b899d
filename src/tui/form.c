#define NCURSES_NOMACROS
#include <ncurses.h>

#include "form.h"

#include "tt/base/mem.h"

enum { SLOT_VERDICT, SLOT_CANDIDATES };

bool form_is_choice(enum arg_type type)
{
    return type == ARG_WORD || type == ARG_PLAN || type == ARG_STATUS || type == ARG_BOOL ||
           type == ARG_FEATURE || type == ARG_CHANNEL_TYPE || type == ARG_PERMISSION ||
           type == ARG_CONFIG_KEY;
}

/* --- the line --- */

static void add_option(const struct field *field, struct str *line)
{
    str_addf(line, " %s", field->name);
    if (!field->flag) {
        str_add_char(line, '=');
        word_quote(str_text(&field->edit.text), line);
    }
}

/* A value that begins as an option does needs `--` before it; then options stand before that. */
static void add_arguments(const struct form_view *f, size_t target, size_t end, struct str *line)
{
    bool ended = false;
    size_t argc = 0;
    char **given = f->line_count > 1 ? words_split(f->lines[target], &argc, NULL) : NULL;
    size_t name = strchr(f->spec->name, ' ') ? 2 : 1;
    for (size_t i = 0; i < end && !f->fields[i].option; i++) {
        const char *text = str_text(&f->fields[i].edit.text);
        if (f->fields[i].fixed && name + i < argc)
            text = given[name + i];
        if (!ended && text[0] == '-' && text[1] && (text[1] < '0' || text[1] > '9')) {
            str_add(line, " --");
            ended = true;
        }
        str_add_char(line, ' ');
        word_quote(text, line);
    }
    words_free(given, argc);
}

void form_line(const struct form_view *f, size_t target, size_t far, struct str *line)
{
    size_t end = f->count < far ? f->count : far;
    while (end && (f->fields[end - 1].option || !f->fields[end - 1].edit.text.len))
        end--;
    str_add(line, f->spec->name);
    struct str arguments = STR_INIT;
    add_arguments(f, target, end, &arguments);
    bool before = strstr(str_text(&arguments), " -- ") != NULL;
    if (!before)
        str_add(line, str_text(&arguments));
    for (size_t i = 0; i < f->count && i < far; i++)
        if (f->fields[i].option && f->fields[i].edit.text.len)
            add_option(&f->fields[i], line);
    if (before)
        str_add(line, str_text(&arguments));
    str_release(&arguments);
}

bool form_complete(const struct form_view *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->fields[i].needed && !f->fields[i].edit.text.len)
            return false;
    return true;
}

/* --- checking --- */

/* A write that is complete is tried for all that could refuse it; other lines are only read. */
static void check(struct app *app, struct form_view *f)
{
    struct str line = STR_INIT;
    bool whole = form_complete(f) && f->spec->flags & COMMAND_WRITES;
    form_line(f, 0, FIELDS_MOST, &line);
    /* A verdict on the way, of either kind, is of an older line. */
    struct request_spec request = {.kind = whole ? REQUEST_PREVIEW : REQUEST_CHECK,
                                   .line = str_text(&line),
                                   .tag = f->view.tag + SLOT_VERDICT,
                                   .replace = true};
    worker_send(app->worker, &request);
    str_release(&line);
}

static int field_named(const struct form_view *f, const char *name)
{
    for (size_t i = 0; *name && i < f->count; i++)
        if (str_equal(f->fields[i].name, name))
            return (int)i;
    return -1;
}

/* An empty field in the middle makes the words behind it stand in its place: then the verdict is of no use.
 */
static int first_gap(const struct form_view *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (!f->fields[i].option && f->fields[i].needed && !f->fields[i].edit.text.len)
            return (int)i;
    return (int)f->count;
}

const char *form_complaint(const struct form_view *f)
{
    int gap = first_gap(f);
    if (f->checked && f->verdict.code && f->wrong >= 0 && f->wrong < gap) {
        const struct field *field = &f->fields[f->wrong];
        if (field->left || (size_t)f->wrong == f->at)
            return f->verdict.message;
    }
    if (gap < (int)f->count && f->fields[gap].left && (size_t)gap != f->at)
        return "is needed";
    if (f->checked && f->verdict.code && f->wrong < 0 && form_complete(f))
        return f->verdict.message;
    return NULL;
}

bool form_is_checked(const struct form_view *f)
{
    struct str line = STR_INIT;
    form_line(f, 0, FIELDS_MOST, &line);
    bool checked = str_equal(f->checked, str_text(&line));
    str_release(&line);
    return checked;
}

static void take_verdict(struct form_view *f, const struct result *r)
{
    free(f->checked);
    f->checked = mem_strdup(r->line);
    f->verdict = r->error;
    f->wrong = field_named(f, r->error.field);
}

/* --- candidates --- */

/* For the field with the cursor: the words before it, then what is TYPED. A field that was just entered and
 * one of few words show all that may stand there. */
static void ask_candidates(struct app *app, struct form_view *f, bool typed)
{
    struct field *field = &f->fields[f->at];
    struct str line = STR_INIT;
    if (field->flag)
        return;
    str_add(&line, f->spec->name);
    for (size_t i = 0; i < f->at && !field->option && !f->fields[i].option; i++) {
        str_add_char(&line, ' ');
        word_quote(str_text(&f->fields[i].edit.text), &line);
    }
    str_add_char(&line, ' ');
    if (field->option)
        str_addf(&line, "%s=", field->name);
    if (typed && !form_is_choice(field->type) && field->edit.text.len)
        word_quote(str_text(&field->edit.text), &line);
    candidates_ask(app, &f->view, SLOT_CANDIDATES, &f->candidates, str_text(&line));
    str_release(&line);
}

/* An option's candidates come with its name. */
static void take_candidates(struct form_view *f, const struct result *r)
{
    const struct field *field = &f->fields[f->at];
    struct candidates *c = &f->candidates;
    if (!candidates_take(c, r))
        return;
    size_t n = strlen(field->name) + 1;
    for (size_t i = 0; i < c->count; i++) {
        if (field->option && str_starts(c->words[i], field->name) && strlen(c->words[i]) >= n)
            memmove(c->words[i], c->words[i] + n, strlen(c->words[i]) - n + 1);
        if (str_equal(c->words[i], str_text(&field->edit.text)))
            c->chosen = (int)i;
    }
    if (c->count == 1 && c->chosen == 0 && !form_is_choice(field->type))
        candidates_clear(c); /* it stands there already */
}

/* --- keys --- */

static void enter_field(struct app *app, struct form_view *f)
{
    candidates_clear(&f->candidates);
    ask_candidates(app, f, false);
    check(app, f);
}

static bool can_enter(const struct form_view *f, size_t i)
{
    return i < f->count && !f->fields[i].fixed;
}

static size_t next_field(const struct form_view *f, int step)
{
    size_t at = f->at;
    do
        at = step > 0 ? at + 1 : at - 1; /* below 0 wraps beyond the count */
    while (at < f->count && !can_enter(f, at));
    return at < f->count ? at : f->at;
}

static void go(struct app *app, struct form_view *f, int step)
{
    size_t to = next_field(f, step);
    f->fields[f->at].left = true;
    if (to == f->at)
        return;
    f->at = to;
    f->fields[to].edit.at = f->fields[to].edit.text.len;
    enter_field(app, f);
}

/* What is wrong is seen, and mended, where the cursor is. */
static void go_to(struct app *app, struct form_view *f, int to)
{
    if (to < 0 || !can_enter(f, (size_t)to) || (size_t)to == f->at)
        return;
    f->at = (size_t)to;
    f->fields[to].edit.at = f->fields[to].edit.text.len;
    enter_field(app, f);
}

static void run(struct app *app, struct form_view *f)
{
    char **lines = mem_zero(f->line_count, sizeof *lines);
    size_t count = f->line_count;
    for (size_t i = 0; i < count; i++) {
        struct str line = STR_INIT;
        form_line(f, i, FIELDS_MOST, &line);
        lines[i] = str_take(&line);
    }
    app_pop(app);
    if (count > 1) {
        app_push(app, preview_new(lines, count));
        return;
    }
    app_run(app, lines[0], false);
    free(lines[0]);
    free(lines);
}

/* Enter in the last field, once the line was checked. */
static void run_checked(struct app *app, struct form_view *f)
{
    if (form_complaint(f))
        go_to(app, f, f->wrong);
    else
        run(app, f);
}

/* The last field's Enter runs it, once nothing is known to be wrong. */
static void enter(struct app *app, struct form_view *f)
{
    struct field *field = &f->fields[f->at];
    field->left = true;
    if (next_field(f, 1) != f->at) {
        go(app, f, 1);
        return;
    }
    int gap = first_gap(f);
    if (gap < (int)f->count)
        go_to(app, f, gap);
    else if (!form_is_checked(f))
        f->running = true;
    else
        run_checked(app, f);
}

static void form_result(struct app *app, struct view *v, struct result *r)
{
    struct form_view *f = (struct form_view *)v;
    if (r->kind == REQUEST_COMPLETE) {
        take_candidates(f, r);
        return;
    }
    take_verdict(f, r);
    if (f->running && form_is_checked(f)) {
        f->running = false;
        run_checked(app, f);
    }
}

/* The words of a choice, and the verdict that the last Enter waits for. */
static bool form_waits(const struct view *v)
{
    const struct form_view *f = (const struct form_view *)v;
    return f->running || (form_is_choice(f->fields[f->at].type) && f->candidates.asked);
}

static void choose(struct app *app, struct form_view *f, int step)
{
    struct field *field = &f->fields[f->at];
    const char *word = candidates_step(&f->candidates, step);
    if (!word)
        return;
    edit_set(&field->edit, word);
    check(app, f);
}

static void toggle_flag(struct app *app, struct form_view *f)
{
    struct field *field = &f->fields[f->at];
    edit_set(&field->edit, field->edit.text.len ? "" : "yes");
    check(app, f);
}

static bool choice_key(struct app *app, struct form_view *f, int key)
{
    struct field *field = &f->fields[f->at];
    if (field->flag) {
        if (key == ' ' || key == KEY_LEFT || key == KEY_RIGHT)
            toggle_flag(app, f);
        return key >= 32 && key != KEY_UP && key != KEY_DOWN && key != KEY_BTAB;
    }
    if (!form_is_choice(field->type) || (key != KEY_LEFT && key != KEY_RIGHT && key != ' '))
        return false;
    choose(app, f, key == KEY_LEFT ? -1 : 1);
    return true;
}

static bool form_key(struct app *app, struct view *v, int key)
{
    struct form_view *f = (struct form_view *)v;
    struct field *field = &f->fields[f->at];
    f->running = false;
    if (key == KEY_CODE_ESC || key == KEY_CTRL('C')) {
        app_pop(app);
    } else if (key == KEY_CODE_ENTER) {
        enter(app, f);
    } else if (key == KEY_CODE_TAB && f->candidates.count) {
        choose(app, f, 1);
    } else if (key == KEY_DOWN || key == KEY_CODE_TAB) {
        go(app, f, 1);
    } else if (key == KEY_UP || key == KEY_BTAB) {
        go(app, f, -1);
    } else if (!choice_key(app, f, key) && edit_key(&field->edit, key)) {
        f->candidates.chosen = -1;
        if (!form_is_choice(field->type))
            ask_candidates(app, f, true);
        for (size_t i = 0; i < f->candidates.count; i++)
            if (str_equal(f->candidates.words[i], str_text(&field->edit.text)))
                f->candidates.chosen = (int)i;
        check(app, f);
    }
    return true;
}

static void form_refresh(struct app *app, struct view *v)
{
    struct form_view *f = (struct form_view *)v;
    if (!f->checked)
        enter_field(app, f);
}

static void form_free(struct view *v)
{
    struct form_view *f = (struct form_view *)v;
    for (size_t i = 0; i < f->count; i++)
        edit_release(&f->fields[i].edit);
    for (size_t i = 0; i < f->line_count; i++)
        free(f->lines[i]);
    free(f->lines);
    free(f->checked);
    candidates_clear(&f->candidates);
    free(f);
}

static const struct binding bindings[] = {
    {.key = KEY_CODE_ENTER, .label = "Next, run", .help = "the next field; in the last one it runs"},
    {.key = KEY_CODE_TAB, .label = "Choose", .help = "the next candidate, else the next field"},
    {.key = KEY_DOWN, .label = "Field", .help = "the next field"},
    {.key = KEY_CODE_ESC, .label = "Cancel", .help = "do nothing"},
    {0},
};
static const struct view_type type = {.name = "form",
                                      .bindings = bindings,
                                      .refresh = form_refresh,
                                      .draw = form_draw,
                                      .key = form_key,
                                      .result = form_result,
                                      .waits = form_waits,
                                      .free = form_free};

/* --- the fields --- */

static void add_fields(struct form_view *f)
{
    for (const struct arg_spec *a = f->spec->args; a && a->name && f->count < FIELDS_MOST; a++)
        f->fields[f->count++] =
            (struct field){.name = a->name, .help = a->help, .type = a->type, .needed = !a->optional};
    for (const struct option_spec *o = f->spec->options; o && o->name && f->count < FIELDS_MOST; o++)
        f->fields[f->count++] = (struct field){
            .name = o->name, .help = o->help, .type = o->type, .option = true, .flag = !o->value};
}

/* What stands in the line: words of the last argument that takes several stay together. */
static void fill_fields(struct form_view *f, char **words, size_t count, int first)
{
    for (size_t i = 0; i < count; i++) {
        size_t to = i < f->count ? i : f->count - 1;
        while (to && f->fields[to].option)
            to--;
        struct edit *edit = &f->fields[to].edit;
        bool joined = edit->text.len > 0;
        if (joined)
            str_add_char(&edit->text, ' ');
        str_add(&edit->text, words[i]);
        edit->at = edit->text.len;
    }
    for (size_t i = 0; i < f->count; i++)
        f->fields[i].fixed = !f->fields[i].option && (int)i + 1 < first && f->fields[i].edit.text.len;
    while (f->at + 1 < f->count && !can_enter(f, f->at))
        f->at++;
}

struct view *form_new(char **lines, size_t count, int first)
{
    struct form_view *f = mem_zero(1, sizeof *f);
    size_t argc = 0, used = 0;
    char **argv = words_split(lines[0], &argc, NULL);
    f->view.type = &type;
    f->view.overlay = true;
    f->candidates.chosen = f->wrong = -1;
    f->lines = lines;
    f->line_count = count;
    f->spec = argv ? command_find((const char *const *)argv, argc, &used, NULL) : NULL;
    if (f->spec)
        add_fields(f);
    if (!f->count) { /* nothing to fill in: the prompt does */
        struct view *prompt = prompt_new(lines[0]);
        words_free(argv, argc);
        form_free(&f->view);
        return prompt;
    }
    fill_fields(f, argv + used, argc - used, first);
    words_free(argv, argc);
    return &f->view;
}
