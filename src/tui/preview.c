/* What commands would do, before they do it: left the database as a diff, right the calls to Discord. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"

#define SHIFT 8
#define SHIFT_MOST 400

struct half {
    char **lines;
    size_t count;
};

struct preview_view {
    struct view view;
    struct view_type type;
    char **lines;
    size_t count, arrived;
    bool asked;
    char *about; /* the command line that it undoes or does again; NULL none */
    bool *fine;  /* by line: it would go through */
    size_t refused;
    char *wrong; /* the first refusal */
    struct half database, calls;
    int64_t call_count;
    double seconds;
    int shift; /* characters that are scrolled out at the left */
    int top, page;
};

static void add(struct half *half, struct str *line)
{
    half->lines = mem_resize(half->lines, half->count + 1, sizeof *half->lines);
    half->lines[half->count++] = str_take(line);
}

static void release(struct half *half)
{
    for (size_t i = 0; i < half->count; i++)
        free(half->lines[i]);
    free(half->lines);
}

/* --- the plan as lines --- */

static void add_value(struct str *out, const struct json *value)
{
    if (json_string(value))
        str_add(out, json_string(value));
    else if (value && json_type(value) != JSON_NULL)
        json_print(value, out);
    else
        str_add(out, "none");
}

/* "tenant01 features shop": a row of the tenants' own table goes by its tenant alone, which one command's
 * line names already. */
static void add_row_name(struct str *out, const struct json *change, bool name_tenant)
{
    const char *table = json_get_string(change, "table"),
               *tenant = json_string(json_at(change, "key.tenant_id"));
    if (tenant && name_tenant)
        str_addf(out, "%s ", tenant);
    if (!str_equal(table, "tenants"))
        str_addf(out, "%s ", table ? table : "");
    json_each(part, json_get(change, "key")) if (!str_equal(json_key(part), "tenant_id"))
    {
        add_value(out, part);
        str_add_char(out, ' ');
    }
}

/* One value that differs, one line: `tenant01 status: active → suspended`. The name of a row's only value
 * says no more than the row's own. */
static void add_change(struct preview_view *p, const struct json *change)
{
    const struct json *before = json_get(change, "before"), *after = json_get(change, "after");
    const struct json *names = json_count(after) ? after : before;
    bool own = str_equal(json_get_string(change, "table"), "tenants");
    json_each(value, names)
    {
        struct str line = STR_INIT;
        const struct json *old = json_get(before, json_key(value)), *new = json_get(after, json_key(value));
        add_row_name(&line, change, p->count > 1);
        if (own || json_count(names) > 1)
            str_add(&line, json_key(value));
        str_trim(&line);
        str_add(&line, ": ");
        if (json_count(before) && json_count(after)) {
            add_value(&line, old);
            str_addf(&line, " %s ", sign_text(SIGN_ARROW));
            add_value(&line, new);
        } else {
            str_add(&line, json_count(after) ? "+ " : "- ");
            add_value(&line, json_count(after) ? new : old);
        }
        add(&p->database, &line);
    }
}

static void add_plan(struct preview_view *p, const struct json *plan)
{
    json_each(change, json_get(plan, "database")) add_change(p, change);
    json_each(call, json_get(plan, "discord"))
    {
        struct str line = STR_INIT;
        str_addf(&line, "%s %s", json_get_string(call, "method"), json_get_string(call, "path"));
        add(&p->calls, &line);
    }
    p->call_count += json_get_int(plan, "calls", 0);
    p->seconds += json_number(json_get(plan, "seconds"), 0);
}

/* --- asking, one line after the other --- */

static void ask_next(struct app *app, struct preview_view *p)
{
    struct request_spec request = {.kind = REQUEST_PREVIEW, .line = p->lines[p->arrived], .tag = p->view.tag};
    if (p->arrived < p->count)
        worker_send(app->worker, &request);
}

static void preview_refresh(struct app *app, struct view *v)
{
    struct preview_view *p = (struct preview_view *)v;
    if (!p->asked)
        ask_next(app, p);
    p->asked = true;
}

/* When nothing is left to be done. */
static const struct binding refused_bindings[] = {
    {.key = KEY_CODE_ESC, .label = "Back", .help = "do nothing"},
    {.key = KEY_DOWN, .label = "Scroll", .help = "further down"},
    {0}};

/* `undo` alone is the newest write's: what was looked at is what y does, whatever is written until then. */
static void name_undone(struct preview_view *p, const struct json *undoes)
{
    const char *command = json_get_string(undoes, "command");
    char **line = &p->lines[p->arrived], *named;
    if (!command)
        return;
    named = mem_format("%.4s %lld", *line, (long long)json_get_int(undoes, "audit", 0));
    free(*line);
    *line = named;
    free(p->about);
    p->about = mem_strdup(command);
}

static void preview_result(struct app *app, struct view *v, struct result *r)
{
    struct preview_view *p = (struct preview_view *)v;
    if (p->arrived == p->count || !str_equal(r->line, p->lines[p->arrived]))
        return;
    name_undone(p, json_get(r->document, "undoes"));
    p->fine[p->arrived++] = !r->error.code;
    if (r->error.code) {
        p->refused++;
        if (!p->wrong)
            p->wrong = mem_format("%s%s%s", r->error.message, r->error.hint[0] ? "; " : "", r->error.hint);
    }
    add_plan(p, r->document);
    if (p->arrived < p->count)
        ask_next(app, p);
    else if (p->refused == p->count)
        p->type.bindings = refused_bindings;
}

/* --- drawing --- */

/* TEXT without its first N characters. */
static const char *shifted(const char *text, int n)
{
    size_t left = strlen(text);
    uint32_t c;
    for (; n > 0 && left; n--) {
        size_t bytes = text_decode(text, left, &c);
        text += bytes;
        left -= bytes;
    }
    return text;
}

static void draw_half(const struct half *half, struct rect r, const struct preview_view *p, const char *empty)
{
    if (!half->count)
        canvas_text(r.y, r.x, r.cols, LOOK_DIM, empty, false);
    for (int i = 0; i < r.rows && p->top + i < (int)half->count; i++)
        canvas_text(r.y + i, r.x, r.cols, LOOK_TEXT, shifted(half->lines[p->top + i], p->shift), false);
}

static void draw_sum(const struct preview_view *p, struct rect r)
{
    struct str sum = STR_INIT;
    enum look look = LOOK_ACCENT;
    size_t fine = p->count - p->refused;
    if (p->arrived < p->count) {
        str_addf(&sum, "looking: %zu of %zu", p->arrived, p->count);
    } else if (p->refused) {
        str_addf(&sum, "%zu of %zu refused: %s", p->refused, p->count, p->wrong);
        look = LOOK_BAD;
    } else if (!p->database.count && !p->calls.count) {
        str_add(&sum, "nothing would change");
    } else {
        str_addf(&sum, "%zu command%s, %lld call%s to Discord, ", fine, fine == 1 ? "" : "s",
                 (long long)p->call_count, p->call_count == 1 ? "" : "s");
        if (p->seconds < 0.05)
            str_add(&sum, "at once");
        else
            str_addf(&sum, "about %.1f s", p->seconds);
    }
    canvas_text(r.y, r.x, r.cols, look, str_text(&sum), false);
    if (r.rows > 1 && p->arrived == p->count)
        canvas_text(r.y + 1, r.x, r.cols, LOOK_DIM,
                    fine ? "y does it; Enter and Esc close this, nothing is done" : "Enter and Esc go back",
                    false);
    str_release(&sum);
}

static void preview_draw(struct app *app, struct view *v, struct rect body)
{
    struct preview_view *p = (struct preview_view *)v;
    size_t most = p->database.count > p->calls.count ? p->database.count : p->calls.count;
    struct str title = STR_INIT;
    str_addf(&title, "%s%s%s%s", p->lines[0], p->about ? ": " : "", p->about ? p->about : "",
             p->count > 1 ? " ..." : "");
    struct rect r = dialog_open(body, (most < 3 ? 3 : (int)most) + 6, body.cols - 2, str_text(&title));
    str_release(&title);
    int foot = r.rows > 4 ? 2 : 1, heading = r.rows > 5, half = r.cols * 11 / 20;
    struct rect left = {r.y + heading, r.x, r.rows - foot - heading, half - 1},
                right = {left.y, r.x + half + 1, left.rows, r.cols - half - 1};
    if (r.cols < 60) { /* one above the other would need room, too: the database is what counts */
        left.cols = r.cols;
        right.cols = 0;
        app->cut = app->cut || p->calls.count;
    }
    if (heading) {
        canvas_text(r.y, left.x, left.cols, LOOK_DIM, "database", false);
        canvas_text(r.y, right.x, right.cols, LOOK_DIM, "calls to Discord", false);
    }
    for (int i = -heading; right.cols && i < left.rows; i++)
        canvas_text(left.y + i, r.x + half - 1, 1, LOOK_DIM, sign_text(SIGN_BAR), false);
    p->page = left.rows > 0 ? left.rows : 1;
    if (p->arrived == p->count) {
        draw_half(&p->database, left, p, "no change");
        draw_half(&p->calls, right, p, "none");
    }
    draw_sum(p, (struct rect){r.y + r.rows - foot, r.x, foot, r.cols});
}

/* --- keys --- */

static void do_it(struct app *app, struct preview_view *p)
{
    char **fine = mem_zero(p->count + 1, sizeof *fine);
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->fine[i])
            fine[n++] = p->lines[i];
    if (n)
        app_run_all(app, fine, n);
    free(fine);
    app_pop(app);
}

static void scroll_by(struct preview_view *p, int by)
{
    size_t most = p->database.count > p->calls.count ? p->database.count : p->calls.count;
    int last = (int)most > p->page ? (int)most - p->page : 0;
    p->top += by;
    p->top = p->top > last ? last : p->top < 0 ? 0 : p->top;
}

static bool preview_key(struct app *app, struct view *v, int key)
{
    struct preview_view *p = (struct preview_view *)v;
    if (key == 'y' && p->arrived == p->count && p->refused < p->count)
        do_it(app, p);
    else if (key == KEY_CODE_ENTER || key == KEY_CODE_ESC || key == KEY_CTRL('C') || key == 'n')
        app_pop(app);
    else if (key == 'j' || key == KEY_DOWN)
        scroll_by(p, 1);
    else if (key == 'k' || key == KEY_UP)
        scroll_by(p, -1);
    else if (key == KEY_RIGHT || key == 'l')
        p->shift += p->shift < SHIFT_MOST ? SHIFT : 0;
    else if (key == KEY_LEFT || key == 'h')
        p->shift -= p->shift < SHIFT ? p->shift : SHIFT;
    else if (key == KEY_NPAGE || key == ' ')
        scroll_by(p, p->page);
    else if (key == KEY_PPAGE)
        scroll_by(p, -p->page);
    return true;
}

static bool preview_waits(const struct view *v)
{
    const struct preview_view *p = (const struct preview_view *)v;
    return p->arrived < p->count;
}

static void preview_free(struct view *v)
{
    struct preview_view *p = (struct preview_view *)v;
    for (size_t i = 0; i < p->count; i++)
        free(p->lines[i]);
    free(p->lines);
    free(p->about);
    free(p->fine);
    free(p->wrong);
    release(&p->database);
    release(&p->calls);
    free(p);
}

static const struct binding bindings[] = {
    {.key = 'y', .label = "Do it", .help = "do it"},
    {.key = KEY_CODE_ESC, .label = "Cancel", .help = "do nothing"},
    {.key = KEY_DOWN, .label = "Scroll", .help = "further down; Right shows what is cut"},
    {0}};
static const struct view_type type = {.name = "preview",
                                      .bindings = bindings,
                                      .refresh = preview_refresh,
                                      .draw = preview_draw,
                                      .key = preview_key,
                                      .result = preview_result,
                                      .waits = preview_waits,
                                      .free = preview_free};

struct view *preview_new(char **lines, size_t count)
{
    struct preview_view *p = mem_zero(1, sizeof *p);
    p->type = type;
    p->view.type = &p->type;
    p->view.overlay = true;
    p->lines = lines;
    p->count = count;
    p->fine = mem_zero(count, sizeof *p->fine);
    return &p->view;
}
