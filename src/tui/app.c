/* The stack of views, and what goes to the worker and comes back. */
#include "app.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* Refreshes that the database asks for are at least this far apart, and further where reading takes long. */
#define REFRESH_MS 100
#define IDLE_MS 400
#define REFRESH_SHARE 10 /* at most one part in so many of the time is spent reading */

/* --- the status line --- */

/* TEXT is taken. */
static void set_status(struct app *app, enum look look, char *text, const struct write_state *w,
                       const char *repeat)
{
    app_forget_aside(app);
    free(app->status.text);
    free(app->status.brief);
    free(app->status.briefer);
    app->status.text = text;
    app->status.brief = w ? mem_strdup(w->brief) : NULL;
    app->status.briefer = w ? mem_strdup(w->state_text) : NULL;
    app->status.look = look;
    if (repeat) {
        free(app->status.repeat);
        app->status.repeat = mem_strdup(repeat);
    }
    app->redraw = true;
}

/* What was said about another screen is over. */
static void forget_said(struct app *app)
{
    if (app->batch.done == app->batch.total)
        set_status(app, LOOK_TEXT, NULL, NULL, NULL);
}

/* --- the stack --- */

void app_push(struct app *app, struct view *v)
{
    v->tag = app->next_tag += TAG_VIEWS;
    v->below = app->top;
    app->top = v;
    if (!v->type->text && app->status.look == LOOK_BAD) /* a text may be what is told of */
        forget_said(app);
    if (v->type->refresh)
        v->type->refresh(app, v);
    app->redraw = true;
}

static void drop_top(struct app *app)
{
    struct view *v = app->top;
    app->top = v->below;
    v->type->free(v);
}

void app_pop(struct app *app)
{
    if (!app->top || !app->top->below)
        return;
    bool overlay = app->top->overlay;
    drop_top(app);
    if (!overlay && app->top->type->refresh)
        app->top->type->refresh(app, app->top);
    app->redraw = true;
}

void app_home(struct app *app)
{
    forget_said(app);
    while (app->top && app->top->below)
        drop_top(app);
    if (!app->top)
        app_push(app, dashboard_new());
    else
        app_refresh(app);
    app->redraw = true;
}

void app_open(struct app *app, struct view *v)
{
    forget_said(app);
    while (app->top->below)
        drop_top(app);
    app_push(app, v);
}

/* A commit reaches the file first and can be read only after that, on a slow disk a while later. */
static const int64_t later_looks[] = {1000, 250, 60};

void app_refresh(struct app *app)
{
    app->refreshed = time_monotonic();
    app->refresh_at = app->looks ? app->refreshed + later_looks[app->looks - 1] : 0;
    app->looks -= app->looks > 0;
    app->refresh_cost = 0;
    for (struct view *v = app->top; v; v = v->overlay ? v->below : NULL)
        if (v->type->refresh)
            v->type->refresh(app, v);
}

void app_refresh_soon(struct app *app)
{
    int64_t pause = app->refresh_cost / 1000 * REFRESH_SHARE, now = time_monotonic();
    pause = pause > REFRESH_MS ? pause : REFRESH_MS;
    int64_t due = now - app->refreshed >= pause ? now : app->refreshed + pause;
    if (!app->refresh_at || due < app->refresh_at)
        app->refresh_at = due;
}

void app_others_wrote(struct app *app)
{
    app->looks = sizeof later_looks / sizeof later_looks[0];
    app_refresh_soon(app);
}

/* --- telling --- */

void app_say(struct app *app, enum look look, const char *format, ...)
{
    va_list args;
    struct str text = STR_INIT;
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    set_status(app, look, str_take(&text), NULL, NULL);
}

void app_say_aside(struct app *app, const char *format, ...)
{
    va_list args;
    struct str text = STR_INIT;
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    app_forget_aside(app);
    app->status.aside = str_take(&text);
}

void app_forget_aside(struct app *app)
{
    free(app->status.aside);
    app->status.aside = NULL;
    app->redraw = true;
}

void app_say_error(struct app *app, const struct error *e)
{
    app_say(app, LOOK_BAD, "%s%s%s", e->message, e->hint[0] ? "; " : "", e->hint);
    app->status.brief = mem_strdup(e->message);
}

/* --- to the worker --- */

void app_ask(struct app *app, struct view *v, unsigned slot, const char *line, int64_t keep)
{
    struct request_spec request = {
        .kind = REQUEST_RUN, .line = line, .tag = v->tag + slot, .keep = keep, .replace = true};
    worker_send(app->worker, &request);
}

void app_forget(struct app *app, struct view *v, unsigned slot)
{
    worker_forget(app->worker, v->tag + slot);
}

void app_when_idle(struct app *app)
{
    app->idle_at = time_monotonic() + IDLE_MS;
}

void app_idle(struct app *app)
{
    app->idle_at = 0;
    for (struct view *v = app->top; v; v = v->overlay ? v->below : NULL)
        if (v->type->idle)
            v->type->idle(app, v);
}

void app_run(struct app *app, const char *line, bool yes)
{
    struct request_spec request = {.kind = REQUEST_RUN,
                                   .line = line,
                                   .tag = TAG_COMMAND,
                                   .width = app->cols > 2 ? app->cols - 2 : 1,
                                   .yes = yes};
    worker_send(app->worker, &request);
}

void app_run_all(struct app *app, char *const *lines, size_t count)
{
    if (count == 1) {
        app_run(app, lines[0], true);
        return;
    }
    if (app->batch.done == app->batch.total) {
        free(app->batch.wrong);
        memset(&app->batch, 0, sizeof app->batch);
    }
    app->batch.total += (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        struct request_spec request = {
            .kind = REQUEST_RUN, .line = lines[i], .tag = TAG_BATCH, .yes = true, .background = true};
        worker_send(app->worker, &request);
    }
}

/* --- what comes back --- */

static void remember_acknowledgement(struct app *app, const struct write_state *w)
{
    char audit[24];
    if (w->ms < 0 || !w->audit)
        return;
    snprintf(audit, sizeof audit, "%" PRId64, w->audit);
    json_set_int(app->acknowledged, audit, w->ms);
    while (json_count(app->acknowledged) > 200)
        json_remove(app->acknowledged, json_key(json_first(app->acknowledged)));
}

static enum look look_of(const struct result *r)
{
    return r->write.pushing || !r->write.changed ? LOOK_TEXT : r->status ? LOOK_WARN : LOOK_GOOD;
}

/* Of several lines, what is told is the count and what went wrong first. */
static void tell_batch(struct app *app, const struct result *r)
{
    if (!r->write.pushing)
        app->batch.done++;
    if (r->error.code || r->status)
        app->batch.failed++;
    if (!app->batch.wrong && (r->error.code || r->status))
        app->batch.wrong = mem_format("%s", r->error.code ? r->error.message : r->write.brief);
    struct str text = STR_INIT;
    str_addf(&text, "%u of %u done", app->batch.done, app->batch.total);
    if (app->batch.failed)
        str_addf(&text, ", %u not: %s", app->batch.failed, app->batch.wrong);
    enum look look = app->batch.failed                    ? LOOK_WARN
                     : app->batch.done < app->batch.total ? LOOK_TEXT
                                                          : LOOK_GOOD;
    set_status(app, look, str_take(&text), NULL, r->write.repeat);
}

/* What is said beside the result, in one line with it; NULL: it has no room there, or is more than a word. */
static char *one_line(const struct app *app, const struct result *r)
{
    const char *text = r->write.text ? r->write.text : "", *notices = r->notices ? r->notices : "";
    char *line = mem_format("%s%s%s", text, *text && *notices ? "; " : "", notices);
    bool fits = canvas_width(line) <= app->cols - 2 && !strchr(line, '\n');
    if (!*notices || (fits && !r->warned && !r->error.code))
        return line;
    free(line);
    return NULL;
}

/* The status line has room for one line; true: R, which has more to say, is to be shown whole. */
static bool tell(struct app *app, const struct result *r)
{
    char *line = one_line(app, r);
    /* A file was written, and that was said: what else is known of it stands behind -o. */
    bool said = !r->write.write && r->document && r->notices && !r->table;
    bool shown = !line || (r->text && !said);
    if (r->write.write && !r->error.code)
        set_status(app, look_of(r), line ? line : mem_strdup(r->write.text), r->notices ? NULL : &r->write,
                   r->write.repeat);
    else if (!r->error.code && line && *line && !shown)
        set_status(app, LOOK_TEXT, line, NULL, NULL);
    else
        free(line);
    if (r->error.code)
        app_say_error(app, &r->error);
    return shown;
}

/* A command that a person gave has ended, or its push has. Takes R. */
static void command_ended(struct app *app, struct result *r)
{
    bool several = r->tag == TAG_BATCH;
    if (several)
        tell_batch(app, r);
    if (r->write.write) {
        remember_acknowledgement(app, &r->write);
        for (struct view *v = app->top; v; v = v->below)
            if (v->type->wrote)
                v->type->wrote(app, v, r);
        app_refresh_soon(app);
    }
    if (!several && tell(app, r))
        app_push(app, answer_new(r, app->cols)); /* also beside an error: doctor's checks */
    else
        result_free(r);
}

void app_take_results(struct app *app)
{
    for (struct result *r; (r = worker_take(app->worker));) {
        app->redraw = true;
        if (r->tag < TAG_VIEWS) {
            command_ended(app, r);
            continue;
        }
        app->refresh_cost = r->us > app->refresh_cost ? r->us : app->refresh_cost;
        for (struct view *v = app->top; v; v = v->below)
            if (r->tag >= v->tag && r->tag < v->tag + TAG_VIEWS && v->type->result) {
                v->type->result(app, v, r);
                break;
            }
        result_free(r);
    }
    struct question q = {0};
    if (worker_question(app->worker, &q))
        app_push(app, question_new(&q));
}

/* --- commands typed --- */

static bool opens_screen(struct app *app, const char *const *argv, size_t argc)
{
    struct str words = STR_INIT;
    for (size_t i = 0; i < argc; i++)
        str_addf(&words, "%s%s", i ? " " : "", argv[i]);
    const struct screen_spec *s = screens;
    while (s->key && !str_equal(s->command, str_text(&words)))
        s++;
    bool tenant = argc == 2 && str_equal(argv[0], "show");
    if (s->key)
        app_open(app, s->open());
    else if (tenant)
        app_push(app, tenant_new(argv[1]));
    else if (argc == 1 && str_equal(argv[0], "summary"))
        app_home(app);
    else
        argc = 0;
    str_release(&words);
    return argc > 0;
}

/* Arguments that are needed and were not typed; 0 none, else the number of the first. */
static int first_missing(const char *const *argv, size_t argc)
{
    size_t used = 0;
    const struct command_spec *spec = command_find(argv, argc, &used, NULL);
    if (!spec || !spec->args)
        return 0;
    for (size_t i = used; i < argc; i++)
        if (argv[i][0] == '-')
            return 0; /* somebody who types options needs no form */
    for (size_t i = argc - used; i < 16 && spec->args[i].name; i++)
        if (!spec->args[i].optional)
            return (int)i + 1;
    return 0;
}

void app_command(struct app *app, const char *line)
{
    size_t argc = 0;
    struct error e = {0};
    char **argv = words_split(line, &argc, &e);
    const char *const *words = (const char *const *)argv;
    int missing;
    if (!argv) {
        app_say_error(app, &e);
    } else if (argc == 1 &&
               (str_equal(argv[0], "quit") || str_equal(argv[0], "q") || str_equal(argv[0], "exit"))) {
        app->leave = true;
    } else if (argc && !opens_screen(app, words, argc)) {
        missing = first_missing(words, argc);
        if (missing) {
            char **lines = mem_alloc(sizeof *lines);
            lines[0] = mem_strdup(line);
            app_push(app, form_new(lines, 1, missing));
        } else {
            app_run(app, line, false);
        }
    }
    words_free(argv, argc);
}
