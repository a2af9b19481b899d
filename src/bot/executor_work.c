/* On the executor's thread: all that waits shares a transaction, each job in a savepoint of its own. */
#include "executor_inside.h"

#include "tt/base/log.h"
#include "tt/base/time.h"

/* One commit carries at most so much, so that no other writer waits long. */
#define BATCH_US 40000
#define BATCH_JOBS 512
#define GATHER_US 2000 /* between two looks whether another process waits to write */
#define GIVE_WAY_MS 5  /* it tries every 2.5 ms, and would hardly ever meet the moment between two batches */

static void finish(struct executor *x, struct job *job)
{
    struct queue one;
    queue_init(&one);
    queue_add(&one, job);
    if (job->reads) /* waits for nobody */
        hand_back(x, &one);
    else
        syncer_take(x, &one);
}

void job_fail(struct job *job, const struct error *e)
{
    job->failed = true;
    job->error = *e;
    if (job->reset)
        job->reset(job);
}

static int commit(struct executor *x, struct error *e)
{
    return x->options.commit ? x->options.commit(x->store, e) : store_commit(x->store, e);
}

/* Waiting for the disk is most of a commit: only those wait that have to. */
static void set_soft(struct executor *x, bool soft)
{
    if (x->soft != soft && store_durable(x->store, !soft, NULL) == 0)
        x->soft = soft;
}

static bool all_soft(const struct queue *waiting)
{
    const struct job *job = waiting->first;
    for (int n = 0; n < BATCH_JOBS && job && !job->alone; n++, job = job->next) {
        if (!job->soft)
            return false;
    }
    return true;
}

static void run_plain(struct executor *x, struct job *job)
{
    struct error e = {0};
    if (job->alone)
        set_soft(x, false);
    if (job->run(job, x->store, &e))
        job_fail(job, &e);
    finish(x, job);
}

static void run_saved(struct executor *x, struct job *job)
{
    struct error e = {0};
    if (store_savepoint(x->store, &e)) {
        job_fail(job, &e);
        return;
    }
    if (job->run(job, x->store, &e) == 0 && store_release(x->store, &e) == 0)
        return;
    store_rollback_to(x->store);
    job_fail(job, &e);
}

static void run_again(struct executor *x, struct job *job)
{
    struct error e = {0};
    job->failed = false;
    if (job->reset)
        job->reset(job);
    set_soft(x, job->soft);
    if (store_begin(x->store, &e)) {
        job_fail(job, &e);
        return;
    }
    run_saved(x, job);
    if (job->failed) {
        store_rollback(x->store);
    } else if (commit(x, &e)) {
        store_rollback(x->store);
        job_fail(job, &e);
    }
}

static void retry_each(struct executor *x, struct queue *batch, const struct error *why)
{
    struct job *job;
    log_event(LEVEL_WARN, NULL, "executor", "%s: commit failed, each job is tried alone: %s", x->options.name,
              why->message);
    while ((job = queue_take(batch))) {
        run_again(x, job);
        finish(x, job);
    }
}

static bool joins(const struct job *job)
{
    return job && !job->alone && !job->reads;
}

/* While the disk is busy with what was committed before, a commit now would not be there sooner: what comes
 * meanwhile may go with it, unless another process waits for this transaction's end. */
static bool gather(struct executor *x, struct queue *waiting, int64_t until)
{
    pthread_mutex_lock(&x->mutex);
    bool awaited = store_awaited(x->store);
    int64_t now = time_monotonic_us();
    while (x->syncing && !waiting->first && !x->waiting.first && !x->stop && !awaited && now < until) {
        syncer_wait(x, now + GATHER_US < until ? now + GATHER_US : until);
        awaited = store_awaited(x->store);
        now = time_monotonic_us();
    }
    queue_move(waiting, &x->waiting);
    bool more = x->syncing && !awaited && joins(waiting->first);
    pthread_mutex_unlock(&x->mutex);
    return more;
}

/* Run the writing jobs of WAITING that belong to one transaction; the others stay. */
static void run_batch(struct executor *x, struct queue *waiting)
{
    struct queue batch;
    struct error e = {0};
    int n = 0;
    queue_init(&batch);
    set_soft(x, syncer_ready(x) || all_soft(waiting));
    store_give_way(x->store, GIVE_WAY_MS);
    int rc = store_begin(x->store, &e);
    int64_t until = time_monotonic_us() + BATCH_US;
    do {
        for (; n < BATCH_JOBS && joins(waiting->first); n++) {
            struct job *job = queue_take(waiting);
            queue_add(&batch, job);
            if (rc == 0)
                run_saved(x, job);
            if (time_monotonic_us() > until)
                break;
        }
    } while (rc == 0 && n < BATCH_JOBS && time_monotonic_us() < until && gather(x, waiting, until));
    if (rc == 0)
        rc = commit(x, &e);
    if (rc == 0) {
        syncer_take(x, &batch);
        return;
    }
    store_rollback(x->store);
    retry_each(x, &batch, &e);
}

/* What writes nothing goes first and waits for nobody's commit. */
static void run_reads(struct executor *x, struct queue *waiting)
{
    struct queue rest;
    struct job *job;
    queue_init(&rest);
    while ((job = queue_take(waiting))) {
        if (job->reads)
            run_plain(x, job);
        else
            queue_add(&rest, job);
    }
    queue_move(waiting, &rest);
}

void executor_work(struct executor *x)
{
    struct queue mine;
    queue_init(&mine);
    for (;;) {
        pthread_mutex_lock(&x->mutex);
        while (!x->waiting.first && !mine.first && !x->stop)
            pthread_cond_wait(&x->changed, &x->mutex);
        queue_move(&mine, &x->waiting);
        bool end = x->stop && !mine.first;
        pthread_mutex_unlock(&x->mutex);
        if (end)
            return;
        run_reads(x, &mine);
        if (!mine.first)
            continue;
        if (mine.first->alone)
            run_plain(x, queue_take(&mine));
        else
            run_batch(x, &mine);
    }
}
