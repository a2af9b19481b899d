/* `/` on a listing: `plan:premium status:active feature:shop kedai`. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "grid.h"

#include "edit.h"
#include "tt/base/mem.h"
#include "tt/domain/tenant.h"

static const struct {
    const char *key;
    const char *const *words;
} keys[] = {{"plan", plan_words}, {"status", tenant_status_words}, {"feature", feature_words}};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

/* --- what it means --- */

/* The only word that begins with PREFIX; NULL: none or several. */
static const char *only_word(const char *const *words, const char *prefix)
{
    const char *found = NULL;
    for (; *words; words++) {
        if (str_equal(*words, prefix))
            return *words;
        if (str_starts(*words, prefix)) {
            if (found)
                return NULL;
            found = *words;
        }
    }
    return found;
}

/* True: WORD is `key:value`, whose option was added if its value is known already. */
static bool add_option(const char *word, struct str *line)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t n = strlen(keys[i].key);
        if (!str_starts(word, keys[i].key) || word[n] != ':')
            continue;
        const char *value = word[n + 1] ? only_word(keys[i].words, word + n + 1) : NULL;
        if (value)
            str_addf(line, " --%s %s", keys[i].key, value);
        return true;
    }
    return false;
}

/* WORD is `key:value` with a value that no one word is meant by. */
static bool is_unknown(const char *word, struct str *why)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t n = strlen(keys[i].key);
        const char *value = word + n + 1;
        if (!str_starts(word, keys[i].key) || word[n] != ':' || !*value || only_word(keys[i].words, value))
            continue;
        bool begun = false;
        for (const char *const *w = keys[i].words; *w; w++)
            begun = begun || str_starts(*w, value);
        if (begun)
            str_addf(why, "more than one %s begins with '%s'", keys[i].key, value);
        else
            str_addf(why, "unknown %s '%s'", keys[i].key, value);
        return true;
    }
    return false;
}

bool filter_unknown(const char *filter, struct str *why)
{
    struct str word = STR_INIT;
    bool unknown = false;
    for (const char *at = filter; *at && !unknown;) {
        size_t n = strcspn(at, " ");
        str_clear(&word);
        str_add_bytes(&word, at, n);
        unknown = is_unknown(str_text(&word), why);
        at += n + (at[n] == ' ');
    }
    str_release(&word);
    return unknown;
}

/* Words by blanks: a quote is a part of what is looked for. */
void filter_options(const char *filter, struct str *line)
{
    struct str search = STR_INIT, word = STR_INIT;
    for (const char *at = filter; *at;) {
        size_t n = strcspn(at, " ");
        str_clear(&word);
        str_add_bytes(&word, at, n);
        if (n && !add_option(str_text(&word), line))
            str_addf(&search, "%s%s", search.len ? " " : "", str_text(&word));
        at += n + (at[n] == ' ');
    }
    if (search.len) {
        str_add(line, " --search=");
        word_quote(str_text(&search), line);
    }
    str_release(&search);
    str_release(&word);
}

static const struct grid_filter *keyed(const struct grid_filter *f, const char *word)
{
    for (; f->option; f++) {
        size_t n = f->key ? strlen(f->key) : 0;
        if (n && str_starts(word, f->key) && word[n] == ':')
            return f;
    }
    return NULL;
}

/* Words with a key each to its option; all others are one text. */
void filter_own_options(const struct grid_filter *filters, const char *filter, struct str *line)
{
    struct str text = STR_INIT, word = STR_INIT;
    for (const char *at = filter; *at;) {
        size_t n = strcspn(at, " ");
        str_clear(&word);
        str_add_bytes(&word, at, n);
        const struct grid_filter *f = keyed(filters, str_text(&word));
        const char *value = f ? str_text(&word) + strlen(f->key) + 1 : "";
        if (!f && n)
            str_addf(&text, "%s%s", text.len ? " " : "", str_text(&word));
        if (*value) {
            str_add(line, f->option);
            word_quote(value, line);
        }
        at += n + (at[n] == ' ');
    }
    while (filters->option && filters->key)
        filters++;
    if (text.len && filters->option) {
        str_add(line, filters->option);
        word_quote(str_text(&text), line);
    }
    str_release(&text);
    str_release(&word);
}

static size_t last_word(const char *text)
{
    const char *blank = strrchr(text, ' ');
    return blank ? (size_t)(blank - text) + 1 : 0;
}

void filter_words(const char *text, struct str *out)
{
    const char *word = text + last_word(text), *colon = strchr(word, ':');
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t n = strlen(keys[i].key);
        if (!colon && str_starts(keys[i].key, word))
            str_addf(out, "%s:\n", keys[i].key);
        if (!colon || n != (size_t)(colon - word) || !str_starts(word, keys[i].key))
            continue;
        for (const char *const *w = keys[i].words; *w; w++)
            if (str_starts(*w, colon + 1))
                str_addf(out, "%s:%s\n", keys[i].key, *w);
    }
}

/* --- typing it --- */

struct filter_view {
    struct view view;
    struct edit edit;
};

static struct grid *grid_below(struct view *v)
{
    return v->below->type->grid(v->below);
}

static void apply(struct app *app, struct view *v)
{
    grid_filter(app, v->below, grid_below(v), 0, str_text(&((struct filter_view *)v)->edit.text));
}

/* As far as all candidates agree; a finished word gets its blank. */
static void complete(struct edit *edit)
{
    struct str words = STR_INIT;
    filter_words(str_text(&edit->text), &words);
    size_t from = last_word(str_text(&edit->text)), same = strcspn(str_text(&words), "\n");
    bool single = words.len == same + 1;
    for (const char *at = str_text(&words); *at; at += strcspn(at, "\n") + 1)
        while (same && strncmp(at, str_text(&words), same) != 0)
            same--;
    if (words.len && edit->text.len - from <= same) {
        str_cut(&edit->text, from);
        str_add_bytes(&edit->text, str_text(&words), same);
        if (single && edit->text.data[edit->text.len - 1] != ':')
            str_add_char(&edit->text, ' ');
        edit->at = edit->text.len;
    }
    str_release(&words);
}

void filter_prepare(struct app *app, struct view *v, unsigned slot)
{
    app_ask(app, v, slot, "list --count --search=\x7f", 0);
}

/* In case something has changed since; no key's page waits behind it, and none cuts it short. */
static void prepare_below(struct app *app, struct view *v)
{
    if (grid_below(v)->spec->filtered)
        filter_prepare(app, v, 0);
}

static bool filter_key(struct app *app, struct view *v, int key)
{
    struct filter_view *f = (struct filter_view *)v;
    if (key == KEY_CODE_ENTER) {
        app_pop(app);
    } else if (key == KEY_CODE_ESC || key == KEY_CTRL('C')) {
        grid_filter(app, v->below, grid_below(v), 0, "");
        app_pop(app);
    } else if (key == KEY_CODE_TAB && grid_below(v)->spec->filtered) {
        complete(&f->edit);
        apply(app, v);
    } else if (key == KEY_UP || key == KEY_DOWN || key == KEY_PPAGE || key == KEY_NPAGE) {
        grid_key(app, v->below, grid_below(v), 0, key);
    } else if (edit_key(&f->edit, key)) {
        if (!str_equal(str_text(&f->edit.text), grid_below(v)->filter))
            apply(app, v);
    }
    return true;
}

static void filter_draw(struct app *app, struct view *v, struct rect body)
{
    int y = body.y + body.rows;
    const struct edit *edit = &((struct filter_view *)v)->edit;
    const char *hint = grid_below(v)->spec->filter_hint;
    (void)app;
    canvas_text(y, body.x, body.cols, LOOK_TEXT, "", true);
    canvas_text(y, 1, 1, LOOK_ACCENT, "/", false);
    edit_draw(edit, y, 2, body.cols - 3, true);
    if (!edit->text.len && hint)
        canvas_text(y, 4, body.cols - 5, LOOK_DIM, hint, false);
}

static void filter_free(struct view *v)
{
    edit_release(&((struct filter_view *)v)->edit);
    free(v);
}

#define KEEP_AND_CLEAR                                                   \
    {.key = KEY_CODE_ENTER, .label = "Keep", .help = "keep the filter"}, \
    {                                                                    \
        .key = KEY_CODE_ESC, .label = "Clear", .help = "show all again"  \
    }
static const struct binding tenant_keys[] = {
    KEEP_AND_CLEAR,
    {.key = KEY_CODE_TAB, .label = "plan: status: feature: or text", .help = "complete"},
    {0}};
static const struct binding text_keys[] = {KEEP_AND_CLEAR, {0}};
#define FILTER_TYPE(keys)                                                                  \
    {                                                                                      \
        .name = "filter", .bindings = keys, .refresh = prepare_below, .draw = filter_draw, \
        .key = filter_key, .free = filter_free                                             \
    }
static const struct view_type tenant_type = FILTER_TYPE(tenant_keys), text_type = FILTER_TYPE(text_keys);

void grid_open_filter(struct app *app, struct view *v)
{
    const struct grid *g = v->type->grid(v);
    struct filter_view *f = mem_zero(1, sizeof *f);
    f->view.type = g->spec->filtered ? &tenant_type : &text_type;
    f->view.overlay = true;
    edit_set(&f->edit, g->filter);
    app_push(app, &f->view);
}
