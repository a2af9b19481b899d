/* The inside of a pusher on a thread of its own. Callers hand over work under a mutex and one uv_async; the
 * thread works it off on its loop.
 *
 *   thread.c     its life, the work
 *   ticket.c     pushes whose results are taken later
 *   question.c   what Discord is asked for somebody who waits
 */
#ifndef PUSH_THREAD_H
#define PUSH_THREAD_H

#include <pthread.h>

#include "ask.h"
#include "tt/push/push.h"
#include "tt/push/watch.h"

enum work_kind { WORK_PUSH, WORK_SWEEP, WORK_COMPARE, WORK_TOKEN, WORK_CHANNEL, WORK_CANCEL, WORK_RELEASE };

struct work {
    struct work *next;
    enum work_kind kind;
    char tenant[TENANT_ID_TEXT];
    struct push_request request;
    pusher_done done;
    void *context;
    struct question *question;
    struct rest_bot *bot; /* of a question that was answered */
};

struct push_ticket {
    struct push_ticket *next, **at; /* of the thread's, so that those nobody takes are freed with it */
    struct push_thread *thread;
    struct push_result result;
    bool there;
};

struct question {
    struct push_thread *thread;
    struct ask ask;
    const char *token;
    bool there, cancelled; /* answered; nothing of it is left on the thread */
};

struct push_thread {
    struct push_thread_options options;
    char *database_path, *key_path, *api_base, *ca_file, *tenant;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, ready, stop, joined;
    bool ended;          /* the thread could not begin and is gone but for the join */
    struct error failed; /* why the thread could not begin */
    struct work *work, **work_end;
    int untaken_fd; /* an eventfd, readable while */
    size_t untaken; /* tickets are there that nobody took */
    struct push_ticket *tickets;
    uv_async_t *wake; /* valid while ready */

    /* --- the thread's own --- */
    uv_loop_t loop;
    struct store *store;
    struct rest *rest;
    struct pusher *pusher;
    struct database_watch *watch;
    int64_t invalid_count, invalid_read_at;
};

/* thread.c. False: it has ended, or cannot begin, which t->failed tells. */
bool work_hand(struct push_thread *t, const struct work *model);

/* ticket.c: those that nobody took. */
void tickets_free(struct push_thread *t);

/* question.c, on the thread. */
void question_begin(struct push_thread *t, struct work *w);
void question_cancel(struct question *q); /* nobody waits for the answer any more, but for this */

#endif
