/* A thread that owns a database connection and works jobs off: all that waits shares one transaction, each
 * job in a savepoint of its own. A job's results reach the loop only after the commit, and, unless it is
 * soft, when the disk has it: a second thread waits for that while the first goes on. When the commit fails,
 * what the jobs produced is dropped and each is run once more alone. */
#ifndef BOT_EXECUTOR_H
#define BOT_EXECUTOR_H

#include <uv.h>

#include "tt/store/store.h"

struct executor;

struct job {
    struct job *next; /* the executor's */
    bool reads;       /* writes nothing: needs no transaction, answers at once */
    bool alone;       /* runs its own transactions */
    bool soft;        /* what it writes can be had again: nobody waits for the disk */
    /* On the executor's thread; may run a second time, after `reset`. -1: its savepoint is rolled back. */
    int (*run)(struct job *job, struct store *store, struct error *e);
    void (*reset)(struct job *job); /* forget what run produced; NULL: nothing to forget */
    /* On the loop, exactly once; FAILED NULL: committed. Frees the job. */
    void (*done)(struct job *job, const struct error *failed);
    struct error error; /* the executor's */
    bool failed;
};

struct executor_options {
    uv_loop_t *loop;
    const char *name; /* for the log */
    const char *database_path, *key_path;
    struct checkpointer *checkpointer;                   /* borrowed. May be NULL. */
    int (*commit)(struct store *store, struct error *e); /* NULL: store_commit; tests let it fail */
    /* On the executor's thread, after opening and before closing. May be NULL. */
    void (*opened)(void *context, struct store *store);
    void (*closing)(void *context);
    void *context;
};

/* Made and freed on the loop's thread. -1: the database cannot be opened, or no thread is to be had. */
int executor_new(struct executor **out, const struct executor_options *options, struct error *e);
/* Works off what waits, calls what is done, and ends; the loop must run once more to let go. NULL is fine. */
void executor_free(struct executor *x);
/* From the loop's thread. X NULL: it has ended; `done` is told so before this returns. */
void executor_submit(struct executor *x, struct job *job);
size_t executor_waiting(const struct executor *x); /* submitted and not done; on the loop's thread */

#endif
