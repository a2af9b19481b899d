/* Waiting for the disk is most of a durable commit. A second thread waits for it, for all that was committed
 * so far, while the executor goes on; only then the loop learns of these jobs. */
#include "executor_inside.h"

#include <time.h>

#include "tt/base/log.h"
#include "tt/base/time.h"

#define FAILED_MS 100 /* between two tries */

static bool all_soft(const struct queue *q)
{
    for (const struct job *job = q->first; job; job = job->next) {
        if (!job->soft)
            return false;
    }
    return true;
}

void hand_back(struct executor *x, struct queue *finished)
{
    if (!finished->first)
        return;
    pthread_mutex_lock(&x->mutex);
    queue_move(&x->done, finished);
    pthread_mutex_unlock(&x->mutex);
    uv_async_send(x->wake);
}

/* --- on the syncer's thread --- */

static bool given_up(struct executor *x)
{
    pthread_mutex_lock(&x->mutex);
    bool stop = x->stop;
    pthread_mutex_unlock(&x->mutex);
    return stop;
}

/* What is committed cannot be taken back: until the disk works again nobody is told what became of it, and if
 * that takes until the end, nobody at all. */
static void bring_to_disk(struct executor *x, struct queue *written)
{
    struct timespec pause = {.tv_nsec = FAILED_MS * 1000000};
    struct error e = {0};
    bool said = false;
    while (store_sync(x->sync_store, &e)) {
        if (!said)
            log_event(LEVEL_ERROR, NULL, "executor", "%s: the disk does not take what was committed: %s",
                      x->options.name, e.message);
        said = true;
        if (given_up(x)) {
            error_set(&e, ERROR_INTERRUPTED, NULL, "the program is ending");
            for (struct job *job = written->first; job; job = job->next)
                job_fail(job, &e);
            return;
        }
        nanosleep(&pause, NULL);
    }
    if (said)
        log_event(LEVEL_INFO, NULL, "executor", "%s: the disk has taken it", x->options.name);
}

static void *syncer_main(void *context)
{
    struct executor *x = context;
    struct queue mine;
    queue_init(&mine);
    pthread_mutex_lock(&x->mutex);
    for (;;) {
        while (!x->written.first && !x->worked_off)
            pthread_cond_wait(&x->to_sync, &x->mutex);
        if (!x->written.first)
            break;
        queue_move(&mine, &x->written);
        pthread_mutex_unlock(&x->mutex);
        if (!all_soft(&mine))
            bring_to_disk(x, &mine);
        hand_back(x, &mine);
        pthread_mutex_lock(&x->mutex);
        x->syncing = x->written.first != NULL;
        pthread_cond_signal(&x->changed);
    }
    pthread_mutex_unlock(&x->mutex);
    return NULL;
}

/* --- on the executor's thread --- */

bool syncer_ready(struct executor *x)
{
    struct store_options options = {.path = x->database_path, .mode = STORE_WRITE};
    if (x->sync_store || x->no_syncer)
        return x->sync_store != NULL;
    if (store_open(&x->sync_store, &options, NULL) == 0 &&
        pthread_create(&x->syncer, NULL, syncer_main, x) == 0)
        return true;
    store_close(x->sync_store);
    x->sync_store = NULL;
    x->no_syncer = true;
    return false;
}

void syncer_end(struct executor *x)
{
    if (!x->sync_store)
        return;
    pthread_mutex_lock(&x->mutex);
    x->worked_off = true;
    pthread_cond_signal(&x->to_sync);
    pthread_mutex_unlock(&x->mutex);
    pthread_join(x->syncer, NULL);
    store_close(x->sync_store);
}

void syncer_take(struct executor *x, struct queue *finished)
{
    struct queue at_once, later;
    struct job *job;
    bool hard = false;
    queue_init(&at_once);
    queue_init(&later);
    while ((job = queue_take(finished))) {
        queue_add(job->failed ? &at_once : &later, job);
        hard |= !job->failed && !job->soft;
    }
    pthread_mutex_lock(&x->mutex);
    if (x->syncing || (hard && x->sync_store)) {
        queue_move(&x->written, &later);
        x->syncing = true;
        pthread_cond_signal(&x->to_sync);
    }
    pthread_mutex_unlock(&x->mutex);
    queue_move(&at_once, &later);
    hand_back(x, &at_once);
}

void syncer_wait(struct executor *x, int64_t until)
{
    struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
    pthread_cond_clockwait(&x->changed, &x->mutex, CLOCK_MONOTONIC, &at);
}
