/* What the daemon does for the host and the database beside running bots. */
#include "daemon.h"

#include <inttypes.h>
#include <malloc.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/deliveries.h"
#include "tt/store/stock.h"

/* --- the host's budget of invalid answers --- */

struct budget_job {
    struct job job;
    struct bot_daemon *daemon;
    int64_t add, count;
};

static int budget_run(struct job *job, struct store *s, struct error *e)
{
    struct budget_job *j = (struct budget_job *)job;
    int64_t now = time_now();
    if (j->add && budget_add(s, now, j->add, e))
        return -1;
    return budget_count(s, now, &j->count, e);
}

static void budget_done(struct job *job, const struct error *failed)
{
    struct budget_job *j = (struct budget_job *)job;
    if (!failed) {
        j->daemon->invalid_known = j->count;
        j->daemon->invalid_new -= j->add;
    }
    free(j);
}

void upkeep_budget(struct bot_daemon *d, int64_t add)
{
    struct budget_job *j = mem_zero(1, sizeof *j);
    j->job.run = budget_run;
    j->job.done = budget_done;
    j->job.soft = true;
    j->daemon = d;
    j->add = add;
    executor_submit(d->writer, &j->job);
}

int64_t upkeep_invalid(void *context, int delta)
{
    struct bot_daemon *d = context;
    if (delta > 0) {
        d->invalid_new += delta;
        upkeep_budget(d, delta);
    }
    return d->invalid_known + d->invalid_new;
}

/* --- the clock --- */

#define STEP_MS 60000
/* A clock that was set wrong is usually set right soon: until then no term ends and nothing is erased. */
#define STEADY_MS (10 * 60 * 1000)

static int clock_run(struct job *job, struct store *s, struct error *e)
{
    (void)job;
    return deliveries_clock_set(s, time_now(), e) || outbox_clock_set(s, time_now(), e) ? -1 : 0;
}

struct clock_job {
    struct job job;
    struct bot_daemon *daemon;
};

static void clock_done(struct job *job, const struct error *failed)
{
    struct clock_job *j = (struct clock_job *)job;
    if (failed)
        log_event(LEVEL_ERROR, NULL, "clock", "what waits keeps its old times: %s", failed->message);
    else
        outbound_wake(j->daemon);
    free(j);
}

void upkeep_clock(struct bot_daemon *d)
{
    int64_t ahead = time_now() - time_monotonic(), step = ahead - d->clock_ahead;
    char by[TIME_TEXT];
    if (step > -STEP_MS && step < STEP_MS)
        return;
    d->clock_ahead = ahead;
    d->steady_at = time_monotonic() + STEADY_MS;
    /* To the second: the two clocks are not read in one moment. */
    int64_t whole = (step + (step > 0 ? 500 : -500)) / 1000 * 1000;
    log_event(LEVEL_WARN, NULL, "clock", "it was set by %s: rental terms are looked at again in 10 minutes",
              time_format_duration(whole, by));
    struct clock_job *j = mem_zero(1, sizeof *j);
    j->job = (struct job){.run = clock_run, .done = clock_done};
    j->daemon = d;
    executor_submit(d->writer, &j->job);
}

/* --- upkeep --- */

/* Of old deleted tenants, and what imports left behind. One slice a job, so that others come in between. */
struct sweep_job {
    struct job job;
    struct bot_daemon *daemon;
    struct stock_sweep *sweep;
    int64_t erased;
    bool more;
};

static int sweep_run(struct job *job, struct store *s, struct error *e)
{
    struct sweep_job *j = (struct sweep_job *)job;
    int64_t n = 0, now = time_now();
    int more = tenants_erase(s, now - TENANT_KEPT_MS, &n, e);
    j->erased += n;
    if (more == 0) {
        j->sweep = j->sweep ? j->sweep : stock_sweep_new(s);
        more = stock_sweep_slice(j->sweep, now, e);
    }
    j->more = more == 1;
    return more < 0 ? -1 : 0;
}

static void sweep_done(struct job *job, const struct error *failed)
{
    struct sweep_job *j = (struct sweep_job *)job;
    if (failed)
        log_event(LEVEL_ERROR, NULL, "database", "what was deleted is not erased: %s", failed->message);
    if (!failed && j->more && !j->daemon->stopping) {
        executor_submit(j->daemon->writer, &j->job);
        return;
    }
    if (j->erased)
        log_event(LEVEL_INFO, NULL, "erased", "%" PRId64 " tenants deleted 30 days ago", j->erased);
    stock_sweep_free(j->sweep);
    free(j);
}

void upkeep_hourly(struct bot_daemon *d)
{
    if (time_monotonic() < d->steady_at)
        return;
    struct sweep_job *j = mem_zero(1, sizeof *j);
    j->job.run = sweep_run;
    j->job.done = sweep_done;
    j->job.alone = true;
    j->daemon = d;
    executor_submit(d->writer, &j->job);
}

#define CALM_MS 500

static void on_calm(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    d->calm_count = d->count;
    malloc_trim(0); /* what many requests at once have left behind */
}

void upkeep_calm(struct bot_daemon *d)
{
    if (d->count > d->calm_count + d->calm_count / 10 + 10 && !d->stopping)
        uv_timer_start(&d->calm, on_calm, CALM_MS, 0);
}
