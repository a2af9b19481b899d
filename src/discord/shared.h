/* One limiter a token, whoever uses it: rest_bots of the same token sit at one limiter, also when their loops
 * run on different threads. Everything of a token is behind one lock; calls are short and never call out but
 * for the wake hook. */
#ifndef TT_DISCORD_SHARED_H
#define TT_DISCORD_SHARED_H

#include "limiter.h"
#include "tt/discord/rest.h"

struct shared;

/* One rest_bot's place at its token's limiter. Held by the bot and by each of its calls, which may outlive a
 * change of the token. */
struct seat {
    struct seat *next, **link;
    struct rest_limits *limits;
    struct shared *shared;
    struct limiter_owner owner;
    int references; /* of the bot's thread */
    /* Something may go out now that another's answer held back, or the token was refused. Called with the
     * lock held, on any thread. */
    void (*wake)(void *context);
    void *context;
};

struct seat *seat_new(struct rest_limits *limits, const char *token, void (*wake)(void *context),
                      void *context);
struct seat *seat_hold(struct seat *s);
void seat_drop(struct seat *s); /* NULL is fine */
/* No wake is called any more. */
void seat_leave(struct seat *s);

/* Discord answered 401: nobody's requests leave under this token until seat_forgive, or until all who know
 * it are gone. */
void seat_refuse(struct seat *s);
void seat_forgive(struct seat *s);
void seat_set_epoch(struct seat *s, int64_t epoch); /* see rest_bot_set_epoch */
bool seat_refused(const struct seat *s);

/* As the functions of limiter.h. What is answered or lost wakes the others. */
void seat_push(struct seat *s, struct limiter_item *item, const char *method, const char *path, int64_t now);
void seat_again(struct seat *s, struct limiter_item *item, int64_t not_before);
void seat_take(struct seat *s, struct limiter_item *item);
struct limiter_item *seat_pop(struct seat *s, int64_t now, int64_t *when);
void seat_done(struct seat *s, struct limiter_item *item, const struct limiter_answer *answer, int64_t now);
void seat_lost(struct seat *s, struct limiter_item *item);
void seat_release(struct seat *s, struct limiter_item *item);
struct json *seat_state(const struct seat *s, int64_t now);
void seat_learn(struct seat *s, const struct json *state, int64_t age, int64_t now);
bool seat_stopped(const struct seat *s, const struct limiter_item *item, int64_t now);

#endif
