#include "executor.h"

#include <pthread.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* One commit carries at most so much, so that no other writer waits long. */
#define BATCH_US 40000
#define BATCH_JOBS 512

struct queue {
    struct job *first, **end;
};

struct executor {
    struct executor_options options;
    char *database_path, *key_path;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue waiting, done;
    bool stop, opened;
    struct error open_error;
    uv_async_t *wake;
    size_t count;        /* on the loop's thread */
    struct store *store; /* on the executor's */
    bool soft;           /* its commits, at present */
};

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

static void queue_add(struct queue *q, struct job *job)
{
    job->next = NULL;
    *q->end = job;
    q->end = &job->next;
}

static struct job *queue_take(struct queue *q)
{
    struct job *job = q->first;
    if (job) {
        q->first = job->next;
        if (!q->first)
            q->end = &q->first;
        job->next = NULL;
    }
    return job;
}

static void queue_move(struct queue *to, struct queue *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    queue_init(from);
}

/* --- on the executor's thread --- */

static void hand_back(struct executor *x, struct queue *finished)
{
    if (!finished->first)
        return;
    pthread_mutex_lock(&x->mutex);
    queue_move(&x->done, finished);
    pthread_mutex_unlock(&x->mutex);
    uv_async_send(x->wake);
}

static void hand_one(struct executor *x, struct job *job)
{
    struct queue one;
    queue_init(&one);
    queue_add(&one, job);
    hand_back(x, &one);
}

static void job_fail(struct job *job, const struct error *e)
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
    hand_one(x, job);
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
    struct queue finished;
    struct job *job;
    log_event(LEVEL_WARN, NULL, "executor", "%s: commit failed, each job is tried alone: %s", x->options.name,
              why->message);
    while ((job = queue_take(batch))) {
        run_again(x, job);
        queue_init(&finished);
        queue_add(&finished, job);
        hand_back(x, &finished);
    }
}

/* Run the writing jobs of WAITING that belong to one transaction; the others stay. */
static void run_batch(struct executor *x, struct queue *waiting)
{
    struct queue batch;
    struct error e = {0};
    int64_t until = time_monotonic_us() + BATCH_US;
    queue_init(&batch);
    set_soft(x, all_soft(waiting));
    int rc = store_begin(x->store, &e);
    for (int n = 0; n < BATCH_JOBS && waiting->first && !waiting->first->alone; n++) {
        struct job *job = queue_take(waiting);
        queue_add(&batch, job);
        if (rc == 0)
            run_saved(x, job);
        if (time_monotonic_us() > until)
            break;
    }
    if (rc == 0)
        rc = commit(x, &e);
    if (rc == 0) {
        hand_back(x, &batch);
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

static void work(struct executor *x)
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

static void *thread_main(void *context)
{
    struct executor *x = context;
    struct store_options options = {.path = x->database_path,
                                    .mode = STORE_WRITE,
                                    .key_path = x->key_path,
                                    .checkpointer = x->options.checkpointer};
    struct error e = {0};
    int rc = store_open(&x->store, &options, &e);
    /* The key that the daemon begins with serves it to the end, whatever becomes of the file. */
    if (rc == 0 && x->key_path && !store_key(x->store, &e)) {
        store_close(x->store);
        x->store = NULL;
        rc = -1;
    }
    pthread_mutex_lock(&x->mutex);
    x->opened = rc == 0;
    x->open_error = e;
    x->stop |= rc != 0;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    if (rc)
        return NULL;
    if (x->options.opened)
        x->options.opened(x->options.context, x->store);
    work(x);
    if (x->options.closing)
        x->options.closing(x->options.context);
    store_close(x->store);
    return NULL;
}

/* --- on the loop's thread --- */

static void on_done(uv_async_t *async)
{
    struct executor *x = async->data;
    struct queue finished;
    struct job *job;
    queue_init(&finished);
    pthread_mutex_lock(&x->mutex);
    queue_move(&finished, &x->done);
    pthread_mutex_unlock(&x->mutex);
    while ((job = queue_take(&finished))) {
        /* `error` lives in the job, which `done` frees: hand it a copy. */
        struct error e = job->error;
        x->count--;
        job->done(job, job->failed ? &e : NULL);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

int executor_new(struct executor **out, const struct executor_options *options, struct error *e)
{
    struct executor *x = mem_zero(1, sizeof *x);
    x->options = *options;
    x->database_path = mem_strdup(options->database_path);
    x->key_path = mem_strdup(options->key_path);
    queue_init(&x->waiting);
    queue_init(&x->done);
    pthread_mutex_init(&x->mutex, NULL);
    pthread_cond_init(&x->changed, NULL);
    x->wake = mem_zero(1, sizeof *x->wake);
    uv_async_init(options->loop, x->wake, on_done);
    x->wake->data = x;
    *out = NULL;
    if (pthread_create(&x->thread, NULL, thread_main, x)) {
        x->stop = true;
        error_set(e, ERROR_INTERNAL, NULL, "no thread for the database");
        goto failed;
    }
    pthread_mutex_lock(&x->mutex);
    while (!x->opened && !x->open_error.code)
        pthread_cond_wait(&x->changed, &x->mutex);
    bool opened = x->opened;
    if (!opened && e)
        *e = x->open_error;
    pthread_mutex_unlock(&x->mutex);
    *out = x;
    if (opened)
        return 0;
    executor_free(x);
    *out = NULL;
    return -1;
failed:
    uv_close((uv_handle_t *)x->wake, on_closed);
    free(x->database_path);
    free(x->key_path);
    free(x);
    return -1;
}

void executor_free(struct executor *x)
{
    if (!x)
        return;
    pthread_mutex_lock(&x->mutex);
    x->stop = true;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    pthread_join(x->thread, NULL);
    while (x->count)
        on_done(x->wake);
    uv_close((uv_handle_t *)x->wake, on_closed);
    pthread_mutex_destroy(&x->mutex);
    pthread_cond_destroy(&x->changed);
    free(x->database_path);
    free(x->key_path);
    free(x);
}

void executor_submit(struct executor *x, struct job *job)
{
    if (!x) {
        struct error e = {0};
        error_set(&e, ERROR_INTERRUPTED, NULL, "the program is ending");
        job->done(job, &e);
        return;
    }
    x->count++;
    job->failed = false;
    pthread_mutex_lock(&x->mutex);
    bool stopping = x->stop;
    if (stopping) {
        error_set(&job->error, ERROR_INTERRUPTED, NULL, "the program is ending");
        job->failed = true;
    }
    queue_add(stopping ? &x->done : &x->waiting, job);
    pthread_cond_signal(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    if (stopping)
        uv_async_send(x->wake);
}

size_t executor_waiting(const struct executor *x)
{
    return x->count;
}
