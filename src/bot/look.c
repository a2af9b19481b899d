/* Learning what changed: which tenants the audit names, what the database has of them, and what that means
 * for the bots that run. Everything is read on the reader's executor. */
#include "daemon.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/audit.h"
#include "tt/store/deliveries.h"

/* How long a bot with a control channel waits for the message before it looks for itself. */
#define CONTROL_WAIT_MS 500
#define LOAD_CHUNK 100
#define LOOK_AGAIN_MS 1000 /* after the database could not be read; twice as long each time */
#define LOOK_AGAIN_MOST_MS 60000
#define SETTLE_MS 10000
#define SETTLE_LOOK_MS 50

/* --- what the database says against what runs --- */

static void on_control_wait_over(uv_timer_t *timer);

/* None follows where there is no channel for it, nor where the tenant becomes active again. */
static bool message_follows(const struct tenant *before, const struct tenant *after)
{
    bool woken = after->status == STATUS_ACTIVE && before->status != STATUS_ACTIVE;
    return after->channels[CHANNEL_CONTROL] && !woken;
}

static void seen_revision(struct instance *in, struct record *r, bool at_once)
{
    const struct tenant *before = &in->snapshot->tenant;
    if (r->revision <= before->revision)
        return;
    if (at_once || in->phase != PHASE_READY || !message_follows(before, &r->snapshot->tenant))
        instance_apply(in, r->snapshot, "database");
    else if (!uv_is_active((uv_handle_t *)&in->look))
        uv_timer_start(&in->look, on_control_wait_over, CONTROL_WAIT_MS, 0);
}

static void seen_epoch(struct instance *in, struct record *r)
{
    if (r->revision > in->snapshot->tenant.revision)
        instance_apply(in, r->snapshot, "database");
    instance_restart(in, r->epoch);
}

void daemon_seen(struct bot_daemon *d, struct record *r, bool at_once)
{
    struct instance *in = daemon_find(d, r->id);
    if (!daemon_serves(d, r->id) || d->stopping)
        goto end;
    if (!in && r->serve) {
        log_event(LEVEL_INFO, r->id, "start", "wanted");
        daemon_load(d, r->id);
    } else if (!in) {
        status_of_tenant(d, r, NULL);
    } else if (r->refused && in->phase == PHASE_LOADING) {
        instance_refused(in);
    } else if (r->refused && r->epoch == in->epoch) {
        seen_revision(in, r, at_once); /* its session ends by itself when Discord closes it */
    } else if (!r->serve) {
        log_event(LEVEL_INFO, r->id, "stop", "%s",
                  r->gone                         ? "deleted"
                  : r->status == STATUS_SUSPENDED ? "suspended"
                  : r->status == STATUS_EXPIRED   ? "expired"
                                                  : "stopped, or no token");
        instance_hold(in);
        instance_stop(in, false);
        status_of_tenant(d, r, in);
        instance_drop(in);
    } else if (r->epoch != in->epoch) {
        seen_epoch(in, r);
    } else {
        seen_revision(in, r, at_once);
        live_stock_touch(in);
    }
end:
    record_free(r);
}

/* --- loading --- */

struct load_job {
    struct job job;
    struct bot_daemon *daemon;
    bool with_token; /* and start; else: look */
    bool at_once;
    size_t count, next;
    char (*ids)[TENANT_ID_TEXT];
    struct record *records, **end;
    bool first; /* of the daemon's start */
};

static struct load_job *load_new(struct bot_daemon *d, bool with_token);

static int load_run(struct job *job, struct store *s, struct error *e)
{
    struct load_job *j = (struct load_job *)job;
    for (size_t n = 0; n < LOAD_CHUNK && j->next < j->count; n++, j->next++) {
        struct record *r;
        if (record_load(s, j->daemon->features, j->ids[j->next], j->with_token, &r, e))
            return -1;
        *j->end = r;
        j->end = &r->next;
    }
    return 0;
}

/* The answer of a load with the token: start, unless something else happened meanwhile. */
static void loaded(struct bot_daemon *d, struct record *r)
{
    struct instance *in = daemon_find(d, r->id);
    if (r->serve && !d->stopping && daemon_serves(d, r->id) && (!in || in->phase == PHASE_LOADING)) {
        if (in && r->revision > in->snapshot->tenant.revision)
            instance_apply(in, r->snapshot, "database");
        instance_start(d, r);
        record_free(r);
    } else {
        daemon_seen(d, r, true);
    }
}

static void started(struct bot_daemon *d);

static void on_again(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    bool first = d->look_first;
    if (d->stopping)
        return;
    d->look_first = false;
    if (first)
        look_begin(d, true, true);
    else
        look_now(d);
}

/* Nobody may tell of a change a second time. */
static void look_later(struct bot_daemon *d)
{
    if (d->stopping)
        return;
    d->look_pause = d->look_pause ? d->look_pause * 2 : LOOK_AGAIN_MS;
    if (d->look_pause > LOOK_AGAIN_MOST_MS)
        d->look_pause = LOOK_AGAIN_MOST_MS;
    uv_timer_start(&d->again, on_again, (uint64_t)d->look_pause, 0);
}

static void load_done(struct job *job, const struct error *failed)
{
    struct load_job *j = (struct load_job *)job;
    struct bot_daemon *d = j->daemon;
    if (failed)
        log_event(LEVEL_ERROR, j->next < j->count ? j->ids[j->next] : NULL, "database", "not loaded: %s",
                  failed->message);
    while (j->records) {
        struct record *r = j->records;
        j->records = r->next;
        if (j->with_token)
            loaded(d, r);
        else
            daemon_seen(d, r, j->at_once);
    }
    j->end = &j->records;
    if (failed && j->next < j->count) {
        d->look_all = true;
        look_later(d);
        struct instance *in = daemon_find(d, j->ids[j->next++]);
        if (in && in->phase == PHASE_LOADING)
            instance_load_failed(in, failed);
    }
    if (j->next < j->count && !d->stopping) {
        executor_submit(d->reader, &j->job);
        return;
    }
    if (j->first)
        started(d);
    if (!uv_is_active((const uv_handle_t *)&d->again))
        d->look_pause = 0;
    free(j->ids);
    free(j);
}

static struct load_job *load_new(struct bot_daemon *d, bool with_token)
{
    struct load_job *j = mem_zero(1, sizeof *j);
    j->job.alone = true;
    j->job.run = load_run;
    j->job.done = load_done;
    j->daemon = d;
    j->with_token = with_token;
    j->end = &j->records;
    return j;
}

static void load_add(void *context, const char *id)
{
    struct load_job *j = context;
    for (size_t i = j->count > 32 ? j->count - 32 : 0; i < j->count; i++) {
        if (str_equal(j->ids[i], id)) /* several changes of one tenant come together */
            return;
    }
    if (!(j->count & (j->count - 1)))
        j->ids = mem_resize(j->ids, j->count ? j->count * 2 : 1, sizeof *j->ids);
    str_copy(j->ids[j->count++], sizeof *j->ids, id);
}

void daemon_load(struct bot_daemon *d, const char *id)
{
    struct load_job *j = load_new(d, true);
    load_add(j, id);
    executor_submit(d->reader, &j->job);
}

static void on_control_wait_over(uv_timer_t *timer)
{
    struct instance *in = timer->data;
    struct load_job *j = load_new(in->daemon, false);
    j->at_once = true;
    load_add(j, in->id);
    executor_submit(in->daemon->reader, &j->job);
}

/* --- looking for changes --- */

struct look_job {
    struct job job;
    struct bot_daemon *daemon;
    bool first, all;
    int64_t sequence;
    struct load_job *load;
};

static void on_newest(void *context, const struct audit_entry *entry)
{
    *(int64_t *)context = entry->audit;
}

static int look_run(struct job *job, struct store *s, struct error *e)
{
    struct look_job *j = (struct look_job *)job;
    if (!j->all)
        return tenants_changed(s, &j->sequence, load_add, j->load, e);
    struct audit_query newest = {.page = {.limit = 1}};
    int64_t next;
    if (j->first &&
        (bots_started(s, j->daemon->instance, e) || deliveries_take_over(s, j->daemon->instance, e) ||
         deliveries_clock_set(s, time_now(), e) || outbox_clock_set(s, time_now(), e)))
        return -1;
    if (audit_list(s, &newest, on_newest, &j->sequence, NULL, &next, e))
        return -1;
    return tenants_wanted(s, load_add, j->load, e);
}

static void look_done(struct job *job, const struct error *failed)
{
    struct look_job *j = (struct look_job *)job;
    struct bot_daemon *d = j->daemon;
    d->looking = false;
    if (failed) {
        log_event(LEVEL_ERROR, NULL, "database", "changes not read: %s", failed->message);
        d->look_all |= j->all;
        d->look_first |= j->first;
        look_later(d);
    } else {
        d->audit_sequence = j->sequence;
        if (j->load->count && d->started)
            renting_changed(d);
    }
    if (!failed && (j->load->count || j->first) && !d->stopping) {
        j->load->first = j->first;
        executor_submit(d->reader, &j->load->job);
    } else {
        free(j->load->ids);
        free(j->load);
    }
    free(j);
    if (d->look_again && !d->stopping)
        look_now(d);
}

void look_begin(struct bot_daemon *d, bool all, bool first)
{
    struct look_job *j = mem_zero(1, sizeof *j);
    d->looking = true;
    d->look_again = d->look_all = false;
    j->job.alone = true;
    j->job.run = look_run;
    j->job.done = look_done;
    j->daemon = d;
    j->all = all;
    j->first = first;
    j->sequence = d->audit_sequence;
    j->load = load_new(d, first);
    for (size_t b = 0; all && b < DAEMON_BUCKETS; b++) {
        for (struct instance *in = d->table[b]; in; in = in->hash_next)
            load_add(j->load, in->id);
    }
    executor_submit(d->reader, &j->job);
}

void look_now(struct bot_daemon *d)
{
    if (d->looking)
        d->look_again = true;
    else
        look_begin(d, d->look_all, false);
}

void look_database_changed(void *context)
{
    struct bot_daemon *d = context;
    if (d->started && !d->stopping) {
        look_now(d);
        outbound_wake_later(d);
    }
}

/* --- the start --- */

static bool comes_up(const struct instance *in)
{
    return in->phase == PHASE_LOADING || in->phase == PHASE_ASKING || in->phase == PHASE_CONNECTING;
}

static void on_settle(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    for (size_t b = 0; b < DAEMON_BUCKETS && time_monotonic() < d->settle_by; b++) {
        for (const struct instance *in = d->table[b]; in; in = in->hash_next) {
            if (comes_up(in))
                return;
        }
    }
    uv_timer_stop(timer);
    push_thread_sweep(d->pusher);
}

/* What stayed behind is pushed once the bots stand, who are to obey it: a thousand questions at the side of a
 * thousand logins would hold these up. */
static void started(struct bot_daemon *d)
{
    d->started = true;
    d->settle_by = time_monotonic() + SETTLE_MS;
    uv_timer_start(&d->settle, on_settle, 0, SETTLE_LOOK_MS);
    log_event(LEVEL_INFO, NULL, "started", "%zu bots as %s", d->count, d->instance);
    if (d->options->started)
        d->options->started(d->options->context, d->count);
    look_now(d); /* what changed while it started */
    renting_check(d);
}
