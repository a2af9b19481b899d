/* Text that scrolls: what a read command answered, an audit row in full, the keys of a screen. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "answer.h"

#include "app.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define HEADING "\033[1m"

struct answer_view {
    struct view view;
    char *title;
    char **lines;
    size_t count;
    int top, left, page;
};

/* The colours that a writer for people puts into its lines. */
static enum look look_of(const char *code)
{
    static const struct {
        const char *code;
        enum look look;
    } looks[] = {{"1m", LOOK_ACCENT}, {"2m", LOOK_DIM},   {"31m", LOOK_BAD},
                 {"32m", LOOK_GOOD},  {"33m", LOOK_WARN}, {"36m", LOOK_BOLD}};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (str_starts(code, looks[i].code))
            return looks[i].look;
    return LOOK_TEXT;
}

/* From its character LEFT on. */
static void draw_line(const char *line, size_t left, struct rect r)
{
    enum look look = LOOK_TEXT;
    while (*line) {
        if (str_starts(line, "\033[") && strchr(line, 'm')) {
            look = look_of(line + 2);
            line = strchr(line, 'm') + 1;
            continue;
        }
        size_t n = *line == '\033' ? 1 : strcspn(line, "\033");
        char *part = mem_strndup(line, n);
        size_t skip = text_prefix(part, left);
        left -= text_length(part) < left ? text_length(part) : left;
        int used = canvas_text(r.y, r.x, r.cols, look, part + skip, false);
        r.x += used;
        r.cols -= used;
        line += n;
        free(part);
    }
}

static void answer_draw(struct app *app, struct view *v, struct rect body)
{
    struct answer_view *a = (struct answer_view *)v;
    (void)app;
    a->page = body.rows;
    for (int i = 0; i < body.rows && (size_t)(a->top + i) < a->count; i++) {
        struct rect row = {body.y + i, body.x + 1, 1, body.cols - 2};
        draw_line(a->lines[a->top + i], (size_t)a->left, row);
    }
    canvas_point(body.y, body.x + 1);
}

static bool answer_key(struct app *app, struct view *v, int key)
{
    struct answer_view *a = (struct answer_view *)v;
    int last = (int)a->count > a->page ? (int)a->count - a->page : 0;
    const struct {
        int key, also, by;
    } moves[] = {{KEY_DOWN, 'j', 1},       {KEY_UP, 'k', -1},        {KEY_NPAGE, ' ', a->page},
                 {KEY_PPAGE, 0, -a->page}, {KEY_HOME, 'g', -a->top}, {KEY_END, 'G', last}};
    (void)app;
    if (key == KEY_LEFT || key == KEY_RIGHT) {
        a->left += key == KEY_RIGHT ? 8 : a->left ? -8 : 0;
        return true;
    }
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (key == moves[i].key || key == moves[i].also) {
            a->top += moves[i].by;
            a->top = a->top > last ? last : a->top < 0 ? 0 : a->top;
            return true;
        }
    return false;
}

static void answer_title(struct view *v, struct title *t)
{
    const struct answer_view *a = (struct answer_view *)v;
    str_addf(&t->left, "  %s", a->title);
    if (a->count > (size_t)a->page && a->page)
        str_addf(&t->right, "line %d of %zu", a->top + 1, a->count);
}

static void answer_free(struct view *v)
{
    struct answer_view *a = (struct answer_view *)v;
    for (size_t i = 0; i < a->count; i++)
        free(a->lines[i]);
    free(a->lines);
    free(a->title);
    free(a);
}

static const struct view_type answer_type = {.name = "answer",
                                             .unnamed = true,
                                             .text = true,
                                             .draw = answer_draw,
                                             .key = answer_key,
                                             .title = answer_title,
                                             .free = answer_free};
static const struct view_type help_type = {.name = "help",
                                           .text = true,
                                           .draw = answer_draw,
                                           .key = answer_key,
                                           .title = answer_title,
                                           .free = answer_free};

static struct view *text_view(const struct view_type *type, const char *title, struct str *text)
{
    struct answer_view *a = mem_zero(1, sizeof *a);
    a->view.type = type;
    a->title = mem_strdup(title);
    for (const char *at = str_text(text); *at;) {
        size_t n = strcspn(at, "\n");
        a->lines = mem_resize(a->lines, a->count + 1, sizeof *a->lines);
        a->lines[a->count++] = mem_strndup(at, n);
        at += n + (at[n] == '\n');
    }
    str_release(text);
    return &a->view;
}

struct view *text_view_new(const char *title, struct str *text)
{
    return text_view(&answer_type, title, text);
}

/* --- a row of the audit --- */

static void add_value(struct str *out, const struct json *value)
{
    if (json_string(value))
        text_safe(out, json_string(value));
    else if (value && json_type(value) != JSON_NULL)
        json_print(value, out);
    else
        str_add(out, "none");
}

/* "features.shop": {"enabled":false} before, true after -> "features.shop enabled: false → true". */
static void add_changes(struct str *out, const struct json *before, const struct json *after)
{
    json_each(change, json_count(after) ? after : before)
    {
        const struct json *old = json_get(before, json_key(change)), *new = json_get(after, json_key(change));
        json_each(value, json_count(new) ? new : old)
        {
            str_addf(out, "%s %s: ", json_key(change), json_key(value));
            add_value(out, json_get(old, json_key(value)));
            str_addf(out, " %s ", sign_text(SIGN_ARROW));
            add_value(out, json_get(new, json_key(value)));
            str_add_char(out, '\n');
        }
    }
}

struct view *audit_row_new(const struct json *row)
{
    static const char *const plain[] = {"audit", "time",    "tenant_id", "who",
                                        "face",  "command", "undoes",    "undone_by"};
    struct str text = STR_INIT;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        const struct json *value = json_get(row, plain[i]);
        if (json_type(value) == JSON_NULL)
            continue;
        text_fit(&text, plain[i], 12, false, true);
        add_value(&text, value);
        str_add_char(&text, '\n');
    }
    if (json_get_bool(row, "refused", false))
        str_add(&text, "refused\n");
    str_add(&text, "\n" HEADING "changes\n");
    add_changes(&text, json_get(row, "before"), json_get(row, "after"));
    return text_view_new("audit row", &text);
}

/* --- what a command answered --- */

static void take_text(void *context, const char *bytes, size_t n)
{
    str_add_bytes(context, bytes, n);
}

struct view *row_view_new(const char *title, const struct json *row)
{
    struct str text = STR_INIT;
    struct writer_options options = {.format = OUTPUT_TEXT,
                                     .color = !canvas_is_accessible(),
                                     .ascii = canvas_is_ascii(),
                                     .data = {take_text, &text},
                                     .messages = {take_text, &text}};
    struct writer *w = writer_new(&options);
    writer_document(w, row);
    writer_free(w);
    return text_view_new(title, &text);
}

/* Sentences; NULL: none. Behind a part that stands there already comes an empty line. */
static void add_wrapped(struct str *out, const char *text, int cells)
{
    if (text && out->len)
        str_add_char(out, '\n');
    while (text && *text) {
        size_t n = wrapped_line(text, cells);
        str_add_bytes(out, text, n);
        str_add_char(out, '\n');
        text += n;
        text += *text == ' ' || *text == '\n';
    }
}

/* What was done, what was asked for, and what is to be said about it. */
struct view *answer_new(struct result *r, int cols)
{
    struct str text = STR_INIT;
    add_wrapped(&text, r->write.text, cols - 2);
    if (r->text)
        str_addf(&text, "%s%s", text.len ? "\n" : "", r->text);
    add_wrapped(&text, r->notices, cols - 2);
    struct view *v = text_view_new(r->line, &text);
    result_free(r);
    return v;
}

/* --- help, made from the bindings themselves --- */

static void add_bindings(struct str *out, const struct app *app, const char *heading, const struct binding *b)
{
    if (!b || !b->key)
        return;
    str_addf(out, HEADING "%s\n", heading);
    for (; b->key; b++) {
        char name[16];
        struct str keys = STR_INIT;
        str_add(&keys, key_label(b->key, name));
        for (const char *c = b->also; c && *c; c++)
            str_addf(&keys, " %c", *c);
        str_addf(out, "  %-11s %s", str_text(&keys), b->help);
        if (b->command) {
            str_add(out, "    (");
            template_show(b->command, out);
            str_add_char(out, ')');
        }
        str_addf(out, "%s\n", binding_works(app, b) ? "" : "    not while read-only");
        str_release(&keys);
    }
    str_add_char(out, '\n');
}

struct view *help_new(const struct app *app, const struct view *about)
{
    struct str text = STR_INIT, heading = STR_INIT;
    str_addf(&heading, "on %s", about->type->name);
    add_bindings(&text, app, str_text(&heading), about->type->bindings);
    str_release(&heading);
    if (about->type->notes)
        str_addf(&text, HEADING "words and numbers\n%s\n", about->type->notes);
    str_add(&text, HEADING "screens\n");
    for (const struct screen_spec *s = screens; s->key; s++) {
        char name[16];
        str_addf(&text, "  %-3s %-7s %s\n", key_label(s->key, name), s->also, s->label);
    }
    str_add_char(&text, '\n');
    add_bindings(&text, app, "everywhere", common_bindings());
    str_add(&text,
            HEADING "in lists\n"
                    "  Up Down PgUp PgDn Home End, or j k g G\n"
                    "  the mouse: click selects, twice opens, on a heading sorts, the wheel moves\n\n" HEADING
                    "commands\n"
                    "  type :help for all commands, :help WORD for one\n");
    return text_view(&help_type, about->type->name, &text);
}
