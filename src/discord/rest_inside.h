/* The inside of the REST client: bots, each with the calls that it was asked for.
 *
 *   rest.c         the client and its bots
 *   rest_call.c    a call's life
 *   rest_send.c    when it goes out, or ends for want of time
 *   rest_answer.c  what an answer means for it and for the others
 */
#ifndef DISCORD_REST_INSIDE_H
#define DISCORD_REST_INSIDE_H

#include <pthread.h>

#include "budget.h"
#include "http.h"
#include "shared.h"
#include "tt/discord/rest.h"

struct rest {
    uv_loop_t *loop;
    struct http *http;
    char *base;
    int64_t (*invalid)(void *context, int delta);
    void *context;
    struct budget budget;
    bool warned;
    int64_t date; /* of the latest answer */
    struct rest_bot *bots;
    struct rest_limits *limits, *own_limits;
    /* --- those that another thread woke --- */
    pthread_mutex_t mutex; /* taken after that of the limits */
    uv_async_t *async;
    struct rest_bot *woken;
};

struct rest_call {
    struct limiter_item item; /* first: an item is its call */
    struct rest_call *next, **link;
    struct rest_bot *bot;
    struct seat *seat; /* under which it waits or was sent */
    char *method, *path, *body, *reason;
    size_t body_len;
    struct rest_file *files;
    size_t file_count;
    unsigned flags, generation;
    int64_t deadline;
    int attempts, max_attempts;
    bool unknown;
    struct http_call *http; /* while in flight */
    int last_status;
    char *last_message; /* of the last failed try */
    rest_done done;
    void *context;
};

struct rest_bot {
    struct rest_bot *next, **link;
    struct rest *rest;
    char *token;
    unsigned generation; /* of the token: an old one's 401 says nothing of the new one */
    bool closing;
    struct seat *seat;
    struct rest_call *calls, **tail; /* oldest first */
    uv_timer_t wake, sweep;
    int open_handles;
    struct rest_bot *woken_next;
    bool woken;
};

/* rest_call.c */
void rest_call_new(struct rest_bot *b, const struct rest_request *q); /* the last of its calls; it waits */
void rest_call_sit(struct rest_call *c);  /* one that is in no queue moves to its bot's seat */
void rest_call_take(struct rest_call *c); /* out of its queue, or off its way */
/* The one way out of a call that is neither waiting nor in flight; frees it. */
void rest_call_finish(struct rest_call *c, struct rest_answer *a);
void rest_call_give_up(struct rest_call *c, enum rest_result result,
                       const char *message); /* without a further try */

/* rest_send.c */
void rest_pump(struct rest_bot *b); /* send what may go now, and wake up for the rest */

/* rest_answer.c */
void rest_call_answered(void *context, const struct http_answer *h); /* CONTEXT is the call */
void rest_quarantine(struct rest_bot *b);                       /* end all that wait: the token is refused */
struct rest_call *rest_first_waiting(const struct rest_bot *b); /* NULL none */
int64_t rest_invalid(struct rest *r, int delta); /* so many more invalid answers; the host's count */

#endif
