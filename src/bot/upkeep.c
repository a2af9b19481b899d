/* What the daemon does for the host and the database beside running bots. */
#include "daemon.h"

#include <inttypes.h>
#include <malloc.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define DELETED_KEPT_MS (30LL * 24 * 60 * 60 * 1000)

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

/* --- upkeep --- */

static int erase_run(struct job *job, struct store *s, struct error *e)
{
    int64_t n = 0;
    (void)job;
    int rc = tenants_erase(s, time_now() - DELETED_KEPT_MS, &n, e);
    if (rc == 0 && n)
        log_event(LEVEL_INFO, NULL, "erased", "%" PRId64 " tenants deleted 30 days ago", n);
    return rc;
}

static void erase_done(struct job *job, const struct error *failed)
{
    if (failed)
        log_event(LEVEL_ERROR, NULL, "database", "deleted tenants not erased: %s", failed->message);
    free(job);
}

void upkeep_hourly(struct bot_daemon *d)
{
    struct job *job = mem_zero(1, sizeof *job);
    job->run = erase_run;
    job->done = erase_done;
    executor_submit(d->writer, job);
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
