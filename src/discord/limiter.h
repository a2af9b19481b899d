/* Discord's rate limits of one token as pure logic: what may go out now, and what an answer teaches. No
 * clock, no network: NOW (ms of a clock that never goes back) is a parameter everywhere.
 *
 * A route is a method, a path with its ids replaced, and the top-level resource (channel, guild, webhook with
 * token, interaction with token). A bucket is what Discord names in X-RateLimit-Bucket, per top-level
 * resource. Until a route's bucket is known it has one of its own that lets one request through at a time.
 * Within a bucket, an owner's order is kept: a changing request waits for the one before it, also through its
 * retries; only GETs go side by side. */
#ifndef TT_DISCORD_LIMITER_H
#define TT_DISCORD_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/json.h"
#include "tt/base/str.h"

#define LIMITER_GLOBAL 50      /* requests per second and bot */
#define LIMITER_PARALLEL 8     /* GETs at once in one bucket */
#define LIMITER_FORBIDDEN 3    /* 403 in a row that stop a route */
#define LIMITER_STOP_MS 600000 /* for this long */
#define LIMITER_NEVER INT64_MAX

struct limiter;
struct limiter_route;
struct limiter_bucket;

/* One of those who send under the token. Each keeps its own order; the limits are common. Zero it. */
struct limiter_owner {
    size_t waiting; /* its items */
};

/* Embedded in the caller's request; zero it before limiter_push. */
struct limiter_item {
    struct limiter_item *next;
    struct limiter_owner *owner;
    struct limiter_route *route;
    struct limiter_bucket *bucket; /* where it waits, or under which it was sent */
    uint64_t order;
    int64_t not_before; /* back-off of a retry */
    bool exempt;        /* from the global limit */
    bool reading;       /* GET */
};

enum limiter_scope { SCOPE_NONE, SCOPE_USER, SCOPE_GLOBAL, SCOPE_SHARED };

/* What the head of an answer says about limits. */
struct limiter_answer {
    int status;
    int64_t date;         /* by the other side's clock, ms since 1970; 0 none */
    char bucket[64];      /* "" none */
    int limit, remaining; /* -1 none */
    int64_t reset_after;  /* ms; -1 none */
    int64_t retry_after;  /* ms; -1 none */
    bool personal;        /* a 403 for what one person has set: it says nothing of the route */
    enum limiter_scope scope;
};

struct limiter *limiter_new(void);
void limiter_free(struct limiter *l); /* items are the caller's */

/* Last in its bucket's queue. */
void limiter_push(struct limiter *l, struct limiter_owner *owner, struct limiter_item *item,
                  const char *method, const char *path, int64_t now);
/* An item that was in flight waits again, at its old place. */
void limiter_again(struct limiter *l, struct limiter_item *item, int64_t not_before);
/* Take a waiting item out of its queue; it is not in flight either until limiter_again. */
void limiter_take(struct limiter *l, struct limiter_item *item);
/* The next item of OWNER that may be sent now, counted as in flight; NULL none, and WHEN says at what time to
 * ask again (LIMITER_NEVER: only after an answer, of whomever, or a push). */
struct limiter_item *limiter_pop(struct limiter *l, const struct limiter_owner *owner, int64_t now,
                                 int64_t *when);
/* An item in flight was answered, or lost (no answer). It is out of the limiter until limiter_again. */
void limiter_done(struct limiter *l, struct limiter_item *item, const struct limiter_answer *answer,
                  int64_t now);
void limiter_lost(struct limiter *l, struct limiter_item *item);
/* Let go of the item for good (after done, lost or take, when it does not come again). */
void limiter_release(struct limiter *l, struct limiter_item *item);

/* Was this item's route stopped by repeated 403? */
bool limiter_stopped(const struct limiter_item *item, int64_t now);
/* What is known of limits that still count, for another limiter of the same token, NULL when there is
 * nothing; the caller's. Durations are ms from NOW; no credential is in it. The other learns it AGE ms later;
 * what it knows itself and is stricter stays. */
struct json *limiter_state(const struct limiter *l, int64_t now);
void limiter_learn(struct limiter *l, const struct json *state, int64_t age, int64_t now);
/* The pattern of a path ("POST /channels/:id/messages") and its top-level resource ("channels/12"),
 * appended. */
void limiter_pattern(const char *method, const char *path, struct str *pattern, struct str *resource);

#endif
