/* A limiter's inside.
 *
 *   limiter.c         queues: what may go out now, and what an answer teaches
 *   limiter_table.c   routes, patterns and buckets by name; what teaches nothing any more goes
 *   limiter_state.c   what is known, for another limiter of the same token
 */
#ifndef DISCORD_LIMITER_INSIDE_H
#define DISCORD_LIMITER_INSIDE_H

#include "limiter.h"

/* A pattern's bucket name, learned once and shared by all top-level resources. */
struct pattern {
    struct pattern *next;
    uint64_t hash;
    char *name;
    char *bucket; /* NULL: not known */
};

struct limiter_bucket {
    struct limiter_bucket *next;
    uint64_t hash;
    char *name;
    struct limiter_item *waiting; /* by order */
    size_t routes;
    int in_flight, writing;
    bool known; /* an answer told its state */
    int limit;  /* 0: no limit was announced */
    int remaining;
    int64_t reset_at; /* 0: no window is running */
    int64_t blocked_until;
};

struct limiter_route {
    struct limiter_route *next;
    uint64_t hash;
    char *name;     /* pattern and resource */
    char *resource; /* borrowed from name */
    struct pattern *pattern;
    struct limiter_bucket *bucket;
    size_t items;
    int forbidden;
    int64_t stopped_until;
};

struct limiter {
    struct pattern *patterns;
    struct limiter_route *routes;
    struct limiter_bucket *buckets;
    size_t route_count, sweep_at;
    uint64_t order;
    int64_t sent[LIMITER_GLOBAL]; /* the times of the last sends, a ring */
    unsigned sent_next;
    int64_t global_until;
};

/* limiter_table.c: found by name, or made. */
struct pattern *pattern_get(struct limiter *l, const char *name);
struct limiter_bucket *bucket_get(struct limiter *l, const char *kind, const char *name,
                                  const char *resource);
struct limiter_bucket *bucket_for(struct limiter *l, const struct pattern *t, const char *resource);
struct limiter_route *route_get(struct limiter *l, const char *method, const char *path, int64_t now);

#endif
