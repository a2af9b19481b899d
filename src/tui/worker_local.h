/* What the worker's files share: the queue (worker.c), running (worker_run.c), questions (question_port.c).
 */
#ifndef TUI_WORKER_LOCAL_H
#define TUI_WORKER_LOCAL_H

#include "worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct request {
    struct request *next;
    struct request_spec spec;
    char *line; /* spec.line points here */
};

/* A push under way beside the commands. */
struct pushing {
    struct pushing *next;
    struct push_ticket *ticket;
    struct outcome outcome;
    char *line;
    unsigned tag;
};

struct worker {
    const struct tui_options *options;
    int wake_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below but `session`, `pushes` and the atomics */
    pthread_cond_t work, answered;
    struct request *requests;
    const struct request *current; /* what runs; NULL nothing */
    struct result **results;
    size_t result_count;
    bool opened, stop, finish;
    struct error open_error;

    char *running; /* the line of a person's command; NULL none */
    int64_t running_since;
    int percent;
    int64_t told; /* when progress last woke the UI */

    struct question question;
    bool asking; /* the running command waits for a person */
    bool question_open, question_done, question_yes;
    char *question_text;

    atomic_bool cancel;
    struct command_session *session; /* the thread's own; NULL: could not be opened */
    struct pushing *pushes;          /* the thread's own */
};

/* The ports of a process's one terminal have no context of ours. */
extern struct worker *the_worker;

void worker_wake(struct worker *w);
void worker_deliver(struct worker *w, struct result *r);

/* worker_run.c */
void worker_run(struct worker *w, const struct request *q);
void worker_finish_pushes(struct worker *w);
void worker_forget_pushes(struct worker *w);

#endif
