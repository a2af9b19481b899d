#include "limiter_inside.h"

#include "tt/base/mem.h"

/* --- queues --- */

static void queue_in(struct limiter_bucket *b, struct limiter_item *item)
{
    struct limiter_item **p = &b->waiting;
    while (*p && (*p)->order < item->order)
        p = &(*p)->next;
    item->next = *p;
    *p = item;
    item->bucket = b;
}

static void queue_out(struct limiter_item *item)
{
    struct limiter_item **p = &item->bucket->waiting;
    while (*p != item)
        p = &(*p)->next;
    *p = item->next;
    item->next = NULL;
}

/* The route was found to belong to another bucket: what waits on it moves there. */
static void route_move(struct limiter_route *r, struct limiter_bucket *to)
{
    struct limiter_bucket *from = r->bucket;
    if (from == to)
        return;
    for (struct limiter_item **p = &from->waiting; *p;) {
        struct limiter_item *item = *p;
        if (item->route != r) {
            p = &item->next;
            continue;
        }
        *p = item->next;
        queue_in(to, item);
    }
    from->routes--;
    to->routes++;
    r->bucket = to;
}

void limiter_push(struct limiter *l, struct limiter_owner *owner, struct limiter_item *item,
                  const char *method, const char *path, int64_t now)
{
    struct limiter_route *r = route_get(l, method, path, now);
    item->owner = owner;
    item->route = r;
    item->order = ++l->order;
    item->reading = strcmp(method, "GET") == 0;
    item->not_before = 0;
    r->items++;
    owner->waiting++;
    queue_in(r->bucket, item);
}

void limiter_again(struct limiter *l, struct limiter_item *item, int64_t not_before)
{
    (void)l;
    item->not_before = not_before;
    item->owner->waiting++;
    queue_in(item->route->bucket, item);
}

void limiter_take(struct limiter *l, struct limiter_item *item)
{
    (void)l;
    queue_out(item);
    item->owner->waiting--;
}

void limiter_release(struct limiter *l, struct limiter_item *item)
{
    (void)l;
    item->route->items--;
    item->route = NULL;
    item->bucket = NULL;
}

bool limiter_stopped(const struct limiter_item *item, int64_t now)
{
    return item->route->stopped_until > now;
}

/* --- may it go? --- */

static int64_t global_when(const struct limiter *l)
{
    int64_t oldest = l->sent[l->sent_next] + 1000;
    return oldest > l->global_until ? oldest : l->global_until;
}

static void refresh(struct limiter_bucket *b, int64_t now)
{
    /* Answers without headers (5xx, broken connections) leave no window to wait for. */
    bool over = b->reset_at ? now >= b->reset_at : b->in_flight == 0;
    if (!b->known || b->limit <= 0 || !over)
        return;
    b->remaining = b->limit - b->in_flight;
    b->reset_at = 0;
}

static struct limiter_item *head_of(const struct limiter_bucket *b, const struct limiter_owner *owner)
{
    struct limiter_item *item = b->waiting;
    while (item && item->owner != owner)
        item = item->next;
    return item;
}

/* The time from which HEAD, its owner's first in B, may go; LIMITER_NEVER: after an answer. */
static int64_t head_when(const struct limiter *l, struct limiter_bucket *b, const struct limiter_item *head,
                         int64_t now)
{
    int parallel = head->reading && b->known && b->writing == 0 ? LIMITER_PARALLEL : 1;
    if (b->in_flight >= parallel)
        return LIMITER_NEVER;
    refresh(b, now);
    int64_t when = b->blocked_until;
    if (b->known && b->limit > 0 && b->remaining <= 0) {
        if (!b->reset_at)
            return LIMITER_NEVER;
        if (b->reset_at > when)
            when = b->reset_at;
    }
    if (head->not_before > when)
        when = head->not_before;
    if (!head->exempt && global_when(l) > when)
        when = global_when(l);
    return when;
}

static struct limiter_item *send_head(struct limiter *l, struct limiter_item *item, int64_t now)
{
    struct limiter_bucket *b = item->bucket;
    queue_out(item);
    b->in_flight++;
    b->writing += !item->reading;
    if (b->known && b->limit > 0)
        b->remaining--;
    item->owner->waiting--;
    if (!item->exempt) {
        l->sent[l->sent_next] = now;
        l->sent_next = (l->sent_next + 1) % LIMITER_GLOBAL;
    }
    return item;
}

struct limiter_item *limiter_pop(struct limiter *l, const struct limiter_owner *owner, int64_t now,
                                 int64_t *when)
{
    struct limiter_item *best = NULL;
    *when = LIMITER_NEVER;
    if (owner->waiting == 0)
        return NULL;
    for (struct limiter_bucket *b = l->buckets; b; b = b->next) {
        struct limiter_item *head = head_of(b, owner);
        if (!head || (best && head->order > best->order))
            continue;
        /* A stopped route's request need not wait: the caller fails it. */
        int64_t at = limiter_stopped(head, now) ? now : head_when(l, b, head, now);
        if (at <= now)
            best = head;
        else if (at < *when)
            *when = at;
    }
    return best ? send_head(l, best, now) : NULL;
}

/* --- what an answer teaches --- */

static void learn_bucket(struct limiter *l, struct limiter_item *item, const char *bucket)
{
    struct limiter_route *r = item->route;
    struct pattern *t = r->pattern;
    if (!t->bucket || strcmp(t->bucket, bucket) != 0) {
        free(t->bucket);
        t->bucket = mem_strdup(bucket);
    }
    route_move(r, bucket_for(l, t, r->resource));
}

static void learn_window(struct limiter_bucket *b, const struct limiter_answer *a, int64_t now)
{
    int64_t reset_at = now + a->reset_after;
    /* Others in flight may or may not be in the announced number: take the careful reading. */
    int others = b->in_flight;
    bool same = b->known && b->reset_at && reset_at - b->reset_at < 500 && b->reset_at - reset_at < 500;
    int careful = a->remaining - others > 0 ? a->remaining - others : 0;
    if (others == 0)
        b->remaining = a->remaining;
    else if (same)
        b->remaining = a->remaining < b->remaining ? a->remaining : b->remaining;
    else
        b->remaining = careful;
    b->limit = a->limit;
    b->known = true;
    b->reset_at = reset_at;
}

static void learn_429(struct limiter *l, struct limiter_bucket *b, const struct limiter_answer *a,
                      int64_t now)
{
    int64_t until = now + (a->retry_after >= 0   ? a->retry_after
                           : a->reset_after >= 0 ? a->reset_after
                                                 : 1000);
    /* Without a scope and a bucket it does not come from a route: the edge blocks all of us. */
    bool global = a->scope == SCOPE_GLOBAL || (a->scope == SCOPE_NONE && !a->bucket[0]);
    int64_t *which = global ? &l->global_until : &b->blocked_until;
    if (until > *which)
        *which = until;
}

static void learn_403(struct limiter_route *r, int status, int64_t now)
{
    if (status == 403 && ++r->forbidden >= LIMITER_FORBIDDEN) {
        r->stopped_until = now + LIMITER_STOP_MS;
        r->forbidden = 0;
    } else if (status >= 200 && status < 300) {
        r->forbidden = 0;
    }
}

static void land(struct limiter_item *item)
{
    item->bucket->in_flight--;
    item->bucket->writing -= !item->reading;
}

void limiter_done(struct limiter *l, struct limiter_item *item, const struct limiter_answer *a, int64_t now)
{
    land(item);
    if (a->bucket[0])
        learn_bucket(l, item, a->bucket);
    struct limiter_bucket *b = item->route->bucket;
    if (a->limit > 0 && a->remaining >= 0 && a->reset_after >= 0)
        learn_window(b, a, now);
    else if (a->status >= 200 && a->status < 300)
        b->known = true;
    if (a->status == 429)
        learn_429(l, b, a, now);
    if (!a->personal)
        learn_403(item->route, a->status, now);
}

void limiter_lost(struct limiter *l, struct limiter_item *item)
{
    (void)l;
    land(item);
}
