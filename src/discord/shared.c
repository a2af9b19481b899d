#include "shared.h"

#include <pthread.h>

#include "tt/base/crypto.h"
#include "tt/base/mem.h"

#define BUCKETS 1024

struct shared {
    struct shared *next, **link;
    char key[SHA256_TEXT]; /* of the token, so that no further copy of it lies about */
    struct limiter *limiter;
    struct seat *seats;
    int references; /* seats, also those that were left */
    bool refused;
    int64_t epoch; /* of the users who know whether it is; 0 none was named */
};

struct rest_limits {
    pthread_mutex_t mutex;
    struct shared *table[BUCKETS];
};

struct rest_limits *rest_limits_new(void)
{
    struct rest_limits *l = mem_zero(1, sizeof *l);
    pthread_mutex_init(&l->mutex, NULL);
    return l;
}

void rest_limits_free(struct rest_limits *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

/* --- seats --- */

static struct shared *shared_get(struct rest_limits *l, const char *token)
{
    char key[SHA256_TEXT];
    unsigned char number[2];
    crypto_sha256_hex(token, strlen(token), key);
    char first[] = {key[0], key[1], key[2], key[3], '\0'};
    crypto_unhex(first, number, sizeof number);
    struct shared **at = &l->table[(number[0] << 8 | number[1]) % BUCKETS], *t = *at;
    while (t && !str_equal(t->key, key))
        t = t->next;
    if (t)
        return t;
    t = mem_zero(1, sizeof *t);
    str_copy(t->key, sizeof t->key, key);
    t->limiter = limiter_new();
    t->next = *at;
    t->link = at;
    if (t->next)
        t->next->link = &t->next;
    *at = t;
    return t;
}

static void shared_drop(struct shared *t)
{
    if (--t->references)
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    limiter_free(t->limiter);
    free(t);
}

struct seat *seat_new(struct rest_limits *limits, const char *token, void (*wake)(void *context),
                      void *context)
{
    struct seat *s = mem_zero(1, sizeof *s);
    s->limits = limits;
    s->references = 1;
    s->wake = wake;
    s->context = context;
    pthread_mutex_lock(&limits->mutex);
    s->shared = shared_get(limits, token);
    s->shared->references++;
    s->next = s->shared->seats;
    s->link = &s->shared->seats;
    if (s->next)
        s->next->link = &s->next;
    s->shared->seats = s;
    pthread_mutex_unlock(&limits->mutex);
    return s;
}

struct seat *seat_hold(struct seat *s)
{
    s->references++;
    return s;
}

static void leave(struct seat *s)
{
    if (!s->link)
        return;
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    s->link = NULL;
}

void seat_leave(struct seat *s)
{
    pthread_mutex_lock(&s->limits->mutex);
    leave(s);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_drop(struct seat *s)
{
    if (!s || --s->references)
        return;
    pthread_mutex_lock(&s->limits->mutex);
    leave(s);
    shared_drop(s->shared);
    pthread_mutex_unlock(&s->limits->mutex);
    free(s);
}

/* --- what all of a token share --- */

static void wake_others(const struct seat *s)
{
    for (struct seat *other = s->shared->seats; other; other = other->next) {
        if (other != s && other->owner.waiting)
            other->wake(other->context);
    }
}

void seat_refuse(struct seat *s)
{
    pthread_mutex_lock(&s->limits->mutex);
    s->shared->refused = true;
    wake_others(s);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_forgive(struct seat *s)
{
    pthread_mutex_lock(&s->limits->mutex);
    s->shared->refused = false;
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_set_epoch(struct seat *s, int64_t epoch)
{
    struct shared *t = s->shared;
    pthread_mutex_lock(&s->limits->mutex);
    if (epoch > t->epoch) {
        t->refused &= !t->epoch;
        t->epoch = epoch;
    }
    pthread_mutex_unlock(&s->limits->mutex);
}

bool seat_refused(const struct seat *s)
{
    pthread_mutex_lock(&s->limits->mutex);
    bool refused = s->shared->refused;
    pthread_mutex_unlock(&s->limits->mutex);
    return refused;
}

void seat_push(struct seat *s, struct limiter_item *item, const char *method, const char *path, int64_t now)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_push(s->shared->limiter, &s->owner, item, method, path, now);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_again(struct seat *s, struct limiter_item *item, int64_t not_before)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_again(s->shared->limiter, item, not_before);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_take(struct seat *s, struct limiter_item *item)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_take(s->shared->limiter, item);
    pthread_mutex_unlock(&s->limits->mutex);
}

struct limiter_item *seat_pop(struct seat *s, int64_t now, int64_t *when)
{
    pthread_mutex_lock(&s->limits->mutex);
    struct limiter_item *item = limiter_pop(s->shared->limiter, &s->owner, now, when);
    pthread_mutex_unlock(&s->limits->mutex);
    return item;
}

void seat_done(struct seat *s, struct limiter_item *item, const struct limiter_answer *answer, int64_t now)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_done(s->shared->limiter, item, answer, now);
    wake_others(s);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_lost(struct seat *s, struct limiter_item *item)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_lost(s->shared->limiter, item);
    wake_others(s);
    pthread_mutex_unlock(&s->limits->mutex);
}

void seat_release(struct seat *s, struct limiter_item *item)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_release(s->shared->limiter, item);
    pthread_mutex_unlock(&s->limits->mutex);
}

bool seat_stopped(const struct seat *s, const struct limiter_item *item, int64_t now)
{
    pthread_mutex_lock(&s->limits->mutex);
    bool stopped = limiter_stopped(item, now);
    pthread_mutex_unlock(&s->limits->mutex);
    return stopped;
}

struct json *seat_state(const struct seat *s, int64_t now)
{
    pthread_mutex_lock(&s->limits->mutex);
    struct json *state = limiter_state(s->shared->limiter, now);
    pthread_mutex_unlock(&s->limits->mutex);
    return state;
}

void seat_learn(struct seat *s, const struct json *state, int64_t age, int64_t now)
{
    pthread_mutex_lock(&s->limits->mutex);
    limiter_learn(s->shared->limiter, state, age, now);
    pthread_mutex_unlock(&s->limits->mutex);
}
