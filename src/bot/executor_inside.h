/* The executor's inside: a thread that works, and one that brings to the disk what that has committed. */
#ifndef BOT_EXECUTOR_INSIDE_H
#define BOT_EXECUTOR_INSIDE_H

#include <pthread.h>

#include "executor.h"
#include "tt/base/mem.h"

struct queue {
    struct job *first, **end;
};

static inline void queue_init(struct queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

static inline void queue_add(struct queue *q, struct job *job)
{
    job->next = NULL;
    *q->end = job;
    q->end = &job->next;
}

static inline struct job *queue_take(struct queue *q)
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

static inline void queue_move(struct queue *to, struct queue *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    queue_init(from);
}

struct executor {
    struct executor_options options;
    char *database_path, *key_path;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* for the executor's thread */
    struct queue waiting, done;
    bool stop, opened;
    struct error open_error;
    uv_async_t *wake;
    /* The syncer's; see executor_sync.c. */
    pthread_t syncer;
    pthread_cond_t to_sync;
    struct queue written; /* committed, but not on the disk yet */
    bool syncing;         /* it is at work on such */
    bool worked_off;      /* no more will come */
    struct store *sync_store;
    size_t count;        /* on the loop's thread */
    struct store *store; /* on the executor's, as is what follows */
    bool soft;           /* its commits, at present */
    bool no_syncer;      /* it could not be had */
};

/* --- executor_work.c, on the executor's thread --- */

/* Work off what waits until X->stop. */
void executor_work(struct executor *x);
void job_fail(struct job *job, const struct error *e);

/* --- executor_sync.c --- */

/* Is there a syncer? The first call makes it. */
bool syncer_ready(struct executor *x);
void syncer_end(struct executor *x); /* when it has done all; without one nothing happens */
/* Jobs go back to the loop in the order of their commits, and those that must be on the disk when they are.
 * What failed goes at once: nobody relies on it. */
void syncer_take(struct executor *x, struct queue *finished);
/* Wait for a job, or the syncer, or the moment UNTIL (monotonic us). X->mutex is held. */
void syncer_wait(struct executor *x, int64_t until);
void hand_back(struct executor *x, struct queue *finished); /* to the loop */

#endif
