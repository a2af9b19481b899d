/* What the console reads of each bot. Changes of one turn of the loop are written together; what must follow
 * the commit (the check mark) follows it. */
#include "daemon.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define CHUNK 500
/* What could not be written is tried again after so long, for it may go on failing. */
#define AGAIN_MS 2000
/* Sessions of bots that only answered: a few at a time, so that nobody's answer waits behind them. */
#define LATER_MS 5000
#define LATER_CHUNK 50
#define LATER_GAP_MS 20

struct entry {
    char id[TENANT_ID_TEXT];
    struct instance *instance; /* NULL: a tenant that is not served */
    struct bot_status status;
    bool has_session, has_applied, session_only;
    struct gateway_session session;
    int64_t revision;
    char hash[SHA256_TEXT];
    char *guild_name;
    int64_t react_channel, react_message;
};

struct status_job {
    struct job job;
    struct bot_daemon *daemon;
    int64_t now;
    size_t count;
    struct entry *entries;
};

/* A tenant that was erased meanwhile has nothing to be written; anything else fails the batch. */
static int lenient(int rc, struct error *e)
{
    return rc && e->code != ERROR_NO_SUCH ? -1 : 0;
}

static int entry_write(struct store *s, const struct entry *x, int64_t now, struct error *e)
{
    if (x->has_applied && lenient(bot_applied(s, x->id, x->revision, x->hash, x->status.notified, e), e))
        return -1;
    if (!x->session_only && lenient(bot_status_save(s, x->id, &x->status, now, e), e))
        return -1;
    if (x->has_session && lenient(sessions_save(s, x->id, &x->session, e), e))
        return -1;
    if (x->guild_name && lenient(remote_set(s, x->id, REMOTE_GUILD_NAME, x->guild_name, e), e))
        return -1;
    return 0;
}

static int job_run(struct job *job, struct store *s, struct error *e)
{
    struct status_job *j = (struct status_job *)job;
    for (size_t i = 0; i < j->count; i++) {
        if (entry_write(s, &j->entries[i], j->now, e))
            return -1;
    }
    return 0;
}

static void status_again(struct instance *in);

static void entry_done(struct entry *x, const struct error *failed)
{
    struct instance *in = x->instance;
    if (in && x->has_applied && !failed) {
        struct effects mark;
        if (in->applied_revision != x->revision)
            log_event(LEVEL_INFO, in->id, "applied", "revision=%lld by=%s", (long long)x->revision,
                      x->status.notified);
        in->applied_revision = x->revision;
        effects_init(&mark);
        if (x->react_message && !in->stopped) {
            effect_react(&mark, x->react_channel, x->react_message, "✅");
            deliver(in, NULL, &mark);
        }
    } else if (in && failed && !in->stopped) {
        in->dirty_applied |= x->has_applied;
        if (x->react_message && !in->react_message) { /* else a later one took its place */
            in->react_channel = x->react_channel;
            in->react_message = x->react_message;
        }
        in->dirty_name |= x->guild_name != NULL;
        in->dirty_session |= x->has_session;
        status_again(in);
    }
    free(x->guild_name);
    if (in)
        instance_drop(in);
}

static void job_done(struct job *job, const struct error *failed)
{
    struct status_job *j = (struct status_job *)job;
    if (failed && !j->daemon->stopping)
        log_event(LEVEL_ERROR, NULL, "database", "state of bots not written: %s", failed->message);
    for (size_t i = 0; i < j->count; i++)
        entry_done(&j->entries[i], failed);
    free(j->entries);
    free(j);
}

void session_of(const struct instance *in, struct gateway_session *out)
{
    struct gateway_resume resume = {0};
    if (in->gateway)
        gateway_resume_data(in->gateway, &resume);
    *out = (struct gateway_session){
        .sequence = resume.sequence, .identifies = in->identifies, .identify_day = in->identify_day};
    str_copy(out->session_id, sizeof out->session_id, resume.session_id);
    str_copy(out->resume_url, sizeof out->resume_url, resume.resume_url);
}

/* Between two connections what is stored stays. */
static bool knows_session(const struct instance *in)
{
    return in->gateway || in->fresh_session;
}

static void status_of(const struct instance *in, struct bot_status *b)
{
    *b = (struct bot_status){
        .state = instance_state(in),
        .latency_ms = in->gateway && in->phase == PHASE_READY ? gateway_latency(in->gateway) : -1,
        .restarts = in->restarts, /* applied_revision is bot_applied's to write */
        .epoch = in->epoch,
        .missing_intents = instance_missing_intents(in),
        .hash_differs = in->hash_differs,
        .heartbeat_at = time_now(),
    };
    str_copy(b->instance, sizeof b->instance, in->daemon->instance);
    str_copy(b->error, sizeof b->error, in->error ? in->error : "");
    str_copy(b->notified, sizeof b->notified, *in->notified ? in->notified : "none");
}

static void entry_fill(struct entry *x, struct instance *in)
{
    x->instance = instance_hold(in);
    str_copy(x->id, sizeof x->id, in->id);
    status_of(in, &x->status);
    x->has_session = in->dirty_session && knows_session(in);
    if (x->has_session)
        session_of(in, &x->session);
    if (in->dirty_name)
        x->guild_name = mem_strdup(in->guild_name);
    /* Acknowledged is what a bot obeys: one that is not READY acknowledges when it is. */
    if (in->dirty_applied && in->phase == PHASE_READY) {
        x->has_applied = true;
        x->revision = in->snapshot->tenant.revision;
        str_copy(x->hash, sizeof x->hash, in->snapshot->hash);
        x->react_channel = in->react_channel;
        x->react_message = in->react_message;
        in->react_message = 0;
        in->dirty_applied = false;
    }
    in->dirty_session = in->dirty_name = false;
}

static struct status_job *job_new(struct bot_daemon *d, size_t room)
{
    struct status_job *j = mem_zero(1, sizeof *j);
    j->job.run = job_run;
    j->job.done = job_done;
    j->job.soft = true;
    j->daemon = d;
    j->now = time_now();
    j->entries = mem_zero(room, sizeof *j->entries);
    return j;
}

static void on_flush(uv_timer_t *timer)
{
    status_flush(timer->data);
}

static void enlist(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    if (in->dirty)
        return;
    in->dirty = true;
    in->dirty_next = d->dirty;
    d->dirty = instance_hold(in);
}

void status_changed(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    enlist(in);
    if (d->flush_later || !uv_is_active((uv_handle_t *)&d->flush))
        uv_timer_start(&d->flush, on_flush, 0, 0);
    d->flush_later = false;
}

static void status_again(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    enlist(in);
    if (uv_is_active((uv_handle_t *)&d->flush))
        return;
    d->flush_later = true;
    uv_timer_start(&d->flush, on_flush, AGAIN_MS, 0);
}

void status_session(struct instance *in)
{
    in->dirty_session = true;
    status_changed(in);
}

void status_applied(struct instance *in)
{
    in->dirty_applied = true;
    status_changed(in);
}

void status_flush(struct bot_daemon *d)
{
    while (d->dirty) {
        struct status_job *j = job_new(d, CHUNK);
        while (d->dirty && j->count < CHUNK) {
            struct instance *in = d->dirty;
            d->dirty = in->dirty_next;
            in->dirty = false;
            /* What was stopped meanwhile has been written by the one who stopped it. */
            if (!in->stopped)
                entry_fill(&j->entries[j->count++], in);
            instance_drop(in);
        }
        if (d->writer)
            executor_submit(d->writer, &j->job);
    }
}

/* --- sessions, without hurry --- */

static void on_later(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    struct status_job *j = job_new(d, LATER_CHUNK);
    while (d->stale && j->count < LATER_CHUNK) {
        struct instance *in = d->stale;
        d->stale = in->stale_next;
        in->stale = false;
        if (!in->stopped && knows_session(in)) {
            struct entry *x = &j->entries[j->count++];
            str_copy(x->id, sizeof x->id, in->id);
            x->session_only = x->has_session = true;
            session_of(in, &x->session);
        }
        instance_drop(in);
    }
    executor_submit(d->writer, &j->job);
    if (d->stale)
        uv_timer_start(&d->later, on_later, LATER_GAP_MS, 0);
}

void status_session_later(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    if (in->stale)
        return;
    in->stale = true;
    in->stale_next = d->stale;
    d->stale = instance_hold(in);
    if (!uv_is_active((uv_handle_t *)&d->later))
        uv_timer_start(&d->later, on_later, LATER_MS, 0);
}

void status_heartbeat(struct bot_daemon *d)
{
    for (size_t b = 0; b < DAEMON_BUCKETS; b++) {
        for (struct instance *in = d->table[b]; in; in = in->hash_next) {
            if (in->phase == PHASE_READY)
                status_session(in);
        }
    }
}

void status_of_tenant(struct bot_daemon *d, const struct record *r, const struct instance *in)
{
    struct status_job *j = job_new(d, 1);
    struct entry *x = &j->entries[j->count++];
    str_copy(x->id, sizeof x->id, r->id);
    x->status = (struct bot_status){.latency_ms = -1, .epoch = r->epoch, .heartbeat_at = j->now};
    if (!r->gone)
        bot_status_rest(&x->status, r->status, r->refused, r->refused ? TOKEN_REFUSED : TOKEN_NONE);
    str_copy(x->status.instance, sizeof x->status.instance, d->instance);
    str_copy(x->status.notified, sizeof x->status.notified, "database");
    if (in) {
        /* Closed for good: nothing to resume, but the day's IDENTIFYs count on. */
        x->has_session = true;
        x->session = (struct gateway_session){.identifies = in->identifies, .identify_day = in->identify_day};
    }
    executor_submit(d->writer, &j->job);
}
