/* What was said while nobody listened. A module that hears a channel is told once of each message; where a
 * session could not be resumed, its events are gone, but the messages are still there. So the newest message
 * that was heard is noted with what came of it, and a new session reads what follows it. What was said before
 * the module was switched on, or while it was off, concerns nobody. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"

#define PAGE 100
/* A second of ids: two events of one moment may have been noted in either order. */
#define MARGIN (INT64_C(1000) << 22)

struct catchup {
    struct job job;
    struct instance *instance;
    const struct module *module;
    int64_t channel, after; /* 0: nothing was heard there yet */
    int64_t floor;          /* what was noted */
    int count;
    bool whole; /* nothing is missing any more */
};

static const struct module *hearing(const struct tenant *t, int64_t *channel)
{
    for (const struct module *const *m = modules; *m; m++) {
        *channel = (*m)->heard && module_on(*m, t) ? t->channels[(*m)->hears] : 0;
        if (*channel)
            return *m;
    }
    return NULL;
}

static struct catchup *catchup_new(struct instance *in)
{
    int64_t channel;
    const struct module *m = hearing(&in->snapshot->tenant, &channel);
    in->catch_again = m && in->catching;
    if (!m || in->catching || in->stopped || in->daemon->stopping)
        return NULL;
    struct catchup *c = mem_zero(1, sizeof *c);
    c->instance = instance_hold(in);
    c->module = m;
    c->channel = channel;
    in->catching = true;
    in->daemon->delivering++;
    return c;
}

static void catchup_end(struct catchup *c)
{
    struct instance *in = c->instance;
    if (c->count)
        log_event(LEVEL_INFO, in->id, "catchup", "went through %d messages since the last that was heard",
                  c->count);
    in->catching = false;
    in->gap = !c->whole || in->catch_again;
    if (in->catch_again)
        catchup_begin(in);
    else if (!in->hearing)
        catchup_written(in);
    in->daemon->delivering--;
    instance_drop(in);
    free(c);
}

/* --- what is heard from now on --- */

static int note_run(struct job *job, struct store *s, struct error *e)
{
    const struct catchup *c = (struct catchup *)job;
    return heard_save(s, c->instance->id, c->channel, c->after, e);
}

static void note_done(struct job *job, const struct error *failed)
{
    struct catchup *c = (struct catchup *)job;
    if (failed)
        log_event(LEVEL_WARN, c->instance->id, "catchup", "not noted: %s", failed->message);
    c->whole = !failed;
    catchup_end(c);
}

static void note(struct catchup *c, void (*done)(struct job *job, const struct error *failed))
{
    c->job = (struct job){.run = note_run, .done = done, .soft = true};
    executor_submit(c->instance->daemon->writer, &c->job);
}

static void note_heard(struct catchup *c)
{
    struct instance *in = c->instance;
    c->after = c->after > in->heard_to ? c->after : in->heard_to;
    in->heard_behind = false;
    note(c, note_done);
}

void catchup_written(struct instance *in)
{
    struct catchup *c = in->catchup;
    if (!c && in->heard_behind && !in->catching && !in->gap)
        c = catchup_new(in);
    in->catchup = NULL;
    if (c)
        note_heard(c);
}

void catchup_stop(struct instance *in)
{
    struct catchup *c = in->catchup;
    in->catchup = NULL;
    if (c)
        catchup_end(c);
}

static void request(struct catchup *c, const char *path, rest_done done)
{
    struct rest_request q = {.method = "GET", .path = path, .done = done, .context = c};
    if (c->instance->rest)
        rest_send(c->instance->rest, &q);
    else
        done(c, &(struct rest_answer){.result = REST_CANCELLED, .message = ""});
}

static bool answered(struct catchup *c, const struct rest_answer *a)
{
    if (a->result == REST_OK && !c->instance->stopped)
        return true;
    if (a->result != REST_CANCELLED && a->result != REST_OK)
        log_event(LEVEL_WARN, c->instance->id, "catchup", "the channel is not read: %s %s (%d)",
                  rest_result_words[a->result], a->message, a->status);
    catchup_end(c);
    return false;
}

/* By the newest message and not by the time: Discord's clock is not ours. */
static void on_newest(void *context, const struct rest_answer *a)
{
    struct catchup *c = context;
    if (!answered(c, a))
        return;
    int64_t newest = json_get_id(json_first(a->body), "id");
    c->after = (newest ? newest : 1) + MARGIN; /* not behind it, whatever margin is taken */
    note(c, note_done);
}

static void on_begun(struct job *job, const struct error *failed)
{
    struct catchup *c = (struct catchup *)job;
    char path[96];
    if (failed || c->instance->stopped) {
        note_done(job, failed);
        return;
    }
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages?limit=1", c->channel);
    request(c, path, on_newest);
}

/* What is noted now stands before the configuration is said to be applied. */
static void begin(struct catchup *c)
{
    c->after = 0;
    note(c, on_begun);
}

/* --- what came meanwhile --- */

static void ask(struct catchup *c);

/* The newest comes first. */
static void hear(struct catchup *c, const struct json *messages)
{
    const struct json *page[PAGE];
    size_t n = 0;
    json_each(message, messages)
    {
        if (n < PAGE)
            page[n++] = message;
    }
    while (n-- > 0) {
        int64_t id = json_get_id(page[n], "id");
        if (id <= c->after)
            continue;
        c->after = id;
        if (json_id(json_at(page[n], "author.id")) == c->instance->bot_id)
            continue;
        c->count++;
        commands_heard(c->instance, c->module, page[n], 0);
    }
}

static void on_messages(void *context, const struct rest_answer *a)
{
    struct catchup *c = context;
    if (!answered(c, a))
        return;
    int64_t before = c->after;
    hear(c, a->body);
    if (json_count(a->body) >= PAGE && c->after > before) {
        ask(c);
    } else {
        c->after = c->after > c->floor ? c->after : c->floor;
        c->instance->catchup = c;
        if (!c->instance->hearing)
            catchup_written(c->instance);
    }
}

static void ask(struct catchup *c)
{
    char path[128];
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages?after=%" PRId64 "&limit=%d", c->channel,
             c->after, PAGE);
    request(c, path, on_messages);
}

static int look_run(struct job *job, struct store *s, struct error *e)
{
    struct catchup *c = (struct catchup *)job;
    return heard_load(s, c->instance->id, c->channel, &c->after, e);
}

static void look_done(struct job *job, const struct error *failed)
{
    struct catchup *c = (struct catchup *)job;
    if (failed) {
        log_event(LEVEL_WARN, c->instance->id, "catchup", "not looked up: %s", failed->message);
        catchup_end(c);
    } else if (c->instance->stopped) {
        catchup_end(c);
    } else if (!c->after) {
        begin(c);
    } else {
        c->floor = c->after;
        c->after = c->after > MARGIN ? c->after - MARGIN : 1;
        ask(c);
    }
}

void catchup_begin(struct instance *in)
{
    struct catchup *c = catchup_new(in);
    if (!c)
        return;
    c->job = (struct job){.run = look_run, .done = look_done, .reads = true};
    executor_submit(in->daemon->reader, &c->job);
}

void catchup_applied(struct instance *in, const struct tenant *before)
{
    int64_t was, is;
    const struct module *then = hearing(before, &was), *now = hearing(&in->snapshot->tenant, &is);
    if (now == then && was == is)
        return;
    struct catchup *c = catchup_new(in);
    if (c)
        begin(c);
}
