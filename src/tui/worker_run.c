/* Running one request, and the pushes that follow from writes. */
#include "worker_local.h"

#include "canvas.h"

#include <time.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define LAST_PUSHES_MS 300

static struct result *result_new(const char *line, unsigned tag)
{
    struct result *r = mem_zero(1, sizeof *r);
    r->line = mem_strdup(line);
    r->tag = tag;
    r->total = -1;
    r->write.ms = -1;
    return r;
}

/* --- writes --- */

static char *text_of(const struct outcome *o)
{
    struct str text = STR_INIT;
    outcome_text(o, &text);
    return str_take(&text);
}

/* Does the line say in its beginning whose it is? An option far behind is cut where there is little room. */
static bool names_tenant(const char *line, const char *tenant)
{
    const char *options = strstr(line, " --"), *at = strstr(line, tenant);
    return at && (!options || at < options);
}

static void tell_write(struct result *r, const struct outcome *o, bool is_pushing)
{
    struct write_state *s = &r->write;
    struct outcome brief = *o; /* borrows; never released */
    *s = (struct write_state){.write = true,
                              .pushing = is_pushing,
                              .changed = o->changed,
                              .audit = o->audit,
                              .revision = o->revision,
                              .state = o->result.state,
                              .ms = o->result.state == PUSH_STATE_ACKNOWLEDGED ? o->result.ms : -1};
    str_copy(s->tenant, sizeof s->tenant, o->tenant);
    str_copy(s->instance, sizeof s->instance, o->result.instance);
    brief.audit = 0;
    brief.result.instance[0] = 0;
    s->text = is_pushing ? mem_format("%s: saved, pushing", o->done ? o->done : r->line) : text_of(o);
    s->brief = is_pushing ? mem_strdup(s->text) : text_of(&brief);
    char id[sizeof s->tenant];
    str_copy(id, sizeof id, names_tenant(r->line, o->tenant) ? "" : o->tenant);
    brief.done = id;
    s->state_text = is_pushing ? mem_strdup("saved, pushing") : text_of(&brief);
    s->repeat = mem_strdup(o->line);
    r->status = is_pushing ? 0 : outcome_status(o);
}

/* Begin the push of O, whose contents move away; worker_finish_pushes ends it. */
static void start_push(struct worker *w, struct outcome *o, const struct result *r)
{
    const struct ports *ports = w->options->ports;
    struct pushing *p = mem_zero(1, sizeof *p);
    p->ticket = ports->push_start(ports->context, &o->request);
    p->outcome = *o;
    *o = (struct outcome){0};
    p->line = mem_strdup(r->line);
    p->tag = r->tag;
    p->next = w->pushes;
    w->pushes = p;
}

static void push_outcome(struct worker *w, struct outcome *o, struct result *r)
{
    bool can = w->options->ports->push_start != NULL, own = o->push && can;
    tell_write(r, o, own);
    for (size_t i = 0; i < o->more_count; i++)
        if (o->more[i].push && can)
            start_push(w, &o->more[i], r);
    if (own)
        start_push(w, o, r);
}

static void push_free(struct pushing *p)
{
    outcome_release(&p->outcome);
    free(p->line);
    free(p);
}

void worker_finish_pushes(struct worker *w)
{
    const struct ports *ports = w->options->ports;
    for (struct pushing **at = &w->pushes; *at;) {
        struct pushing *p = *at;
        json_free(p->outcome.result.failed);
        p->outcome.result.failed = NULL;
        if (!ports->push_finish(ports->context, p->ticket, &p->outcome.result)) {
            at = &p->next;
            continue;
        }
        struct result *r = result_new(p->line, p->tag);
        tell_write(r, &p->outcome, false);
        *at = p->next;
        push_free(p);
        worker_deliver(w, r);
    }
}

/* A push that is under way gets a moment; what is not finished then stays in the outbox. Its ticket belongs
 * to the pushing side until that is closed, so it is kept. */
void worker_forget_pushes(struct worker *w)
{
    static struct pushing *abandoned;
    struct timespec pause = {.tv_nsec = 2000000};
    for (int64_t until = time_monotonic() + LAST_PUSHES_MS; w->pushes && time_monotonic() < until;) {
        worker_finish_pushes(w);
        if (w->pushes)
            nanosleep(&pause, NULL);
    }
    struct pushing **end = &abandoned;
    while (*end)
        end = &(*end)->next;
    *end = w->pushes;
    w->pushes = NULL;
}

/* --- requests --- */

struct words {
    char **argv;
    size_t argc;
};

/* What the line asks for beside its command, and the writer for it. */
static struct writer *writer_for(const struct request *q, const struct words *words,
                                 struct command_options *options, struct result *r)
{
    if (!q->spec.width)
        return collector_new(r, q->spec.keep, NULL);
    options->format = OUTPUT_TEXT;
    /* What is wrong with them is told when the line runs. */
    command_options_read((const char *const *)words->argv, words->argc, false, options, NULL);
    struct writer_options people = {.format = options->format,
                                    .fields = options->fields,
                                    .no_headers = options->no_headers,
                                    .color = !canvas_is_accessible(),
                                    .ascii = canvas_is_ascii(),
                                    .width = q->spec.width};
    return collector_new(r, 0, &people);
}

static void write_plan(const struct json *plan, bool people, struct writer *writer)
{
    struct str text = STR_INIT;
    if (people)
        plan_text(plan, &text);
    else
        writer_document(writer, plan);
    if (people)
        writer_text(writer, str_text(&text));
    str_release(&text);
}

static void run(struct worker *w, const struct request *q, const struct words *words, struct result *r)
{
    struct outcome outcome = {0};
    bool preview = q->spec.kind == REQUEST_PREVIEW;
    struct command_options options = {
        .wait_ms = -1, .format = OUTPUT_JSON, .dry_run = preview, .yes = preview || q->spec.yes};
    struct writer *writer = writer_for(q, words, &options, r);
    if (!session_run(w->session, (const char *const *)words->argv, words->argc, &options, writer, &outcome,
                     &r->error)) {
        if (outcome.plan)
            write_plan(outcome.plan, options.format == OUTPUT_TEXT, writer);
        else if (outcome.write && !preview)
            push_outcome(w, &outcome, r);
    }
    writer_free(writer);
    outcome_release(&outcome);
}

static void check(struct worker *w, const struct request *q, const struct words *words, struct result *r)
{
    (void)q;
    command_check(w->session, (const char *const *)words->argv, words->argc, &r->error);
}

static void add_candidate(void *context, const char *candidate, const char *help)
{
    str_addf(context, "%s\t%s\n", candidate, help ? help : "");
}

/* A blank at the end begins a new, empty word. */
static void complete(struct worker *w, const struct request *q, const struct words *words, struct result *r)
{
    size_t len = strlen(q->line);
    bool fresh = !words->argc || q->line[len - 1] == ' ';
    const char **argv = mem_zero(words->argc + 2, sizeof *argv);
    struct str out = STR_INIT;
    for (size_t i = 0; i < words->argc; i++)
        argv[i] = words->argv[i];
    argv[words->argc] = "";
    command_complete(w->session, argv, words->argc + fresh, add_candidate, &out);
    free(argv);
    r->text = str_take(&out);
}

void worker_run(struct worker *w, const struct request *q)
{
    static void (*const kinds[])(struct worker *, const struct request *, const struct words *,
                                 struct result *) = {
        [REQUEST_RUN] = run,
        [REQUEST_PREVIEW] = run,
        [REQUEST_CHECK] = check,
        [REQUEST_COMPLETE] = complete,
    };
    struct result *r = result_new(q->line, q->spec.tag);
    struct words words = {0};
    int64_t from = time_monotonic_us();
    r->kind = q->spec.kind;
    words.argv = words_split(q->line, &words.argc, &r->error);
    if (words.argv && (words.argc || q->spec.kind == REQUEST_COMPLETE))
        kinds[q->spec.kind](w, q, &words, r);
    if (r->error.code)
        r->status = error_code_status(r->error.code);
    words_free(words.argv, words.argc);
    r->us = time_monotonic_us() - from;
    worker_deliver(w, r);
}
