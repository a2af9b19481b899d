#include "limiter.h"

#include <ctype.h>

#include "tt/base/mem.h"

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

/* --- names --- */

static uint64_t hash_of(const char *s)
{
    uint64_t h = 14695981039346656037u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h;
}

struct segment {
    const char *at;
    size_t len;
};

static bool is(struct segment s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static bool is_id(struct segment s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.at[i]))
            return false;
    return s.len > 0;
}

static const char *const tops[] = {"channels", "guilds", "webhooks", "interactions"};

/* Is the second segment a top-level resource, and does the third belong to it? */
static size_t resource_segments(const struct segment *s, size_t n)
{
    if (n < 2)
        return 0;
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        if (!is(s[0], tops[i]) || !is_id(s[1]))
            continue;
        bool token = i >= 2 && n > 2;
        return token ? 3 : 2;
    }
    return 0;
}

void limiter_pattern(const char *method, const char *path, struct str *pattern, struct str *resource)
{
    struct segment s[16];
    size_t n = 0;
    for (const char *p = path; *p && *p != '?' && n < 16;) {
        p += *p == '/';
        s[n].at = p;
        s[n].len = strcspn(p, "/?");
        p += s[n].len;
        n++;
    }
    size_t top = resource_segments(s, n);
    for (size_t i = 0; i < top; i++) {
        if (i)
            str_add_char(resource, '/');
        str_add_bytes(resource, s[i].at, s[i].len);
    }
    str_addf(pattern, "%s ", method);
    for (size_t i = 0; i < n; i++) {
        str_add_char(pattern, '/');
        /* Emoji, invite codes and the credentials in a path are values as ids are. */
        bool value = is_id(s[i]) || (i == 2 && top == 3) || (i > 0 && is(s[i - 1], "reactions")) ||
                     (i > 0 && is(s[i - 1], "invites"));
        if (value)
            str_add(pattern, ":id");
        else
            str_add_bytes(pattern, s[i].at, s[i].len);
    }
}

/* --- tables: short lists, compared by hash first --- */

static struct pattern *pattern_get(struct limiter *l, const char *name)
{
    uint64_t h = hash_of(name);
    for (struct pattern *t = l->patterns; t; t = t->next)
        if (t->hash == h && strcmp(t->name, name) == 0)
            return t;
    struct pattern *t = mem_zero(1, sizeof *t);
    *t = (struct pattern){.next = l->patterns, .hash = h, .name = mem_strdup(name)};
    l->patterns = t;
    return t;
}

static struct limiter_bucket *bucket_get(struct limiter *l, const char *kind, const char *name,
                                         const char *resource)
{
    struct str full = STR_INIT;
    str_addf(&full, "%s%s|%s", kind, name, resource);
    uint64_t h = hash_of(full.data);
    struct limiter_bucket *b = l->buckets;
    while (b && !(b->hash == h && strcmp(b->name, full.data) == 0))
        b = b->next;
    if (!b) {
        b = mem_zero(1, sizeof *b);
        b->hash = h;
        b->name = mem_strdup(full.data);
        b->next = l->buckets;
        l->buckets = b;
    }
    str_release(&full);
    return b;
}

/* "=" is a bucket that Discord named, "?" one of ours until it does. */
static struct limiter_bucket *bucket_for(struct limiter *l, const struct pattern *t, const char *resource)
{
    return t->bucket ? bucket_get(l, "=", t->bucket, resource) : bucket_get(l, "?", t->name, resource);
}

static bool bucket_idle(const struct limiter_bucket *b, int64_t now)
{
    return !b->waiting && !b->in_flight && !b->routes && b->reset_at <= now && b->blocked_until <= now;
}

static void bucket_free(struct limiter_bucket *b)
{
    free(b->name);
    free(b);
}

static void route_free(struct limiter_route *r)
{
    free(r->name);
    free(r);
}

/* Interactions and many channels would fill the tables, so what teaches nothing any more goes. */
static void sweep(struct limiter *l, int64_t now)
{
    for (struct limiter_route **p = &l->routes; *p;) {
        struct limiter_route *r = *p;
        struct limiter_bucket *b = r->bucket;
        if (r->items || r->stopped_until > now || b->reset_at > now || b->blocked_until > now) {
            p = &r->next;
            continue;
        }
        *p = r->next;
        b->routes--;
        l->route_count--;
        route_free(r);
    }
    for (struct limiter_bucket **p = &l->buckets; *p;) {
        struct limiter_bucket *b = *p;
        if (!bucket_idle(b, now)) {
            p = &b->next;
            continue;
        }
        *p = b->next;
        bucket_free(b);
    }
    l->sweep_at = l->route_count * 2 < 64 ? 64 : l->route_count * 2;
}

static struct limiter_route *route_get(struct limiter *l, const char *method, const char *path, int64_t now)
{
    struct str name = STR_INIT, resource = STR_INIT;
    limiter_pattern(method, path, &name, &resource);
    size_t cut = name.len;
    str_addf(&name, "|%s", str_text(&resource));
    str_release(&resource);
    uint64_t h = hash_of(name.data);
    struct limiter_route *r = l->routes;
    while (r && !(r->hash == h && strcmp(r->name, name.data) == 0))
        r = r->next;
    if (r) {
        str_release(&name);
        return r;
    }
    if (l->route_count >= l->sweep_at)
        sweep(l, now);
    r = mem_zero(1, sizeof *r);
    r->hash = h;
    r->name = str_take(&name);
    r->resource = r->name + cut + 1;
    r->name[cut] = '\0';
    r->pattern = pattern_get(l, r->name);
    r->name[cut] = '|';
    r->bucket = bucket_for(l, r->pattern, r->resource);
    r->bucket->routes++;
    r->next = l->routes;
    l->routes = r;
    l->route_count++;
    return r;
}

struct limiter *limiter_new(void)
{
    struct limiter *l = mem_zero(1, sizeof *l);
    l->sweep_at = 64;
    for (int i = 0; i < LIMITER_GLOBAL; i++)
        l->sent[i] = INT64_MIN / 2;
    return l;
}

void limiter_free(struct limiter *l)
{
    if (!l)
        return;
    for (struct pattern *t = l->patterns, *next; t; t = next) {
        next = t->next;
        free(t->name);
        free(t->bucket);
        free(t);
    }
    for (struct limiter_route *r = l->routes, *next; r; r = next) {
        next = r->next;
        route_free(r);
    }
    for (struct limiter_bucket *b = l->buckets, *next; b; b = next) {
        next = b->next;
        bucket_free(b);
    }
    free(l);
}

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
    learn_403(item->route, a->status, now);
}

void limiter_lost(struct limiter *l, struct limiter_item *item)
{
    (void)l;
    land(item);
}

/* --- from one limiter to the next --- */

#define STATE_BUCKETS 64
#define STATE_LONGEST_MS 3600000

/* What stands in a path of a webhook or an interaction is a credential. */
static bool may_be_told(const struct limiter_bucket *b)
{
    return !strstr(b->name, "|webhooks/") && !strstr(b->name, "|interactions/");
}

static int64_t left(int64_t until, int64_t now)
{
    return until > now ? until - now : 0;
}

static bool tell_bucket(const struct limiter_bucket *b, int64_t now, struct json *buckets)
{
    bool window = b->known && b->limit > 0 && b->reset_at > now;
    if ((!window && b->blocked_until <= now) || !may_be_told(b) || json_count(buckets) >= STATE_BUCKETS)
        return false;
    struct json *j = json_push(buckets, json_new_object());
    json_set_string(j, "name", b->name);
    json_set_int(j, "blocked", left(b->blocked_until, now));
    if (window) {
        json_set_int(j, "limit", b->limit);
        json_set_int(j, "remaining", b->remaining > 0 ? b->remaining : 0);
        json_set_int(j, "reset", b->reset_at - now);
    }
    return true;
}

/* The patterns of the buckets that Discord has named and that are told of. */
static void tell_patterns(const struct limiter *l, const struct json *buckets, struct json *patterns)
{
    for (const struct pattern *t = l->patterns; t; t = t->next) {
        size_t n = t->bucket ? strlen(t->bucket) : 0;
        bool told = false;
        json_each(bucket, buckets)
        {
            const char *name = json_get_string(bucket, "name");
            told = told || (n && *name == '=' && strncmp(name + 1, t->bucket, n) == 0 && name[n + 1] == '|');
        }
        if (told)
            json_set_string(patterns, t->name, t->bucket);
    }
}

struct json *limiter_state(const struct limiter *l, int64_t now)
{
    struct json *state = json_new_object(), *buckets = json_set(state, "buckets", json_new_array()),
                *sent = json_set(state, "sent", json_new_array());
    bool any = l->global_until > now;
    for (const struct limiter_bucket *b = l->buckets; b; b = b->next)
        any |= tell_bucket(b, now, buckets);
    for (unsigned i = 0; i < LIMITER_GLOBAL; i++) {
        int64_t at = l->sent[(l->sent_next + i) % LIMITER_GLOBAL];
        if (at + 1000 > now)
            json_push(sent, json_new_int(now - at));
    }
    if (!any && !json_count(sent)) {
        json_free(state);
        return NULL;
    }
    json_set_int(state, "global", left(l->global_until, now));
    tell_patterns(l, buckets, json_set(state, "patterns", json_new_object()));
    return state;
}

/* The moment that was LEFT ms away AGE ms ago. */
static int64_t moment(const struct json *j, const char *key, int64_t age, int64_t now)
{
    int64_t ms = json_get_int(j, key, 0);
    return now + (ms < 0 ? 0 : ms > STATE_LONGEST_MS ? STATE_LONGEST_MS : ms) - age;
}

static void learn_told(struct limiter *l, const struct json *j, int64_t age, int64_t now)
{
    const char *name = json_get_string(j, "name"), *bar = name ? strchr(name, '|') : NULL;
    int64_t blocked = moment(j, "blocked", age, now), reset = moment(j, "reset", age, now);
    int limit = (int)json_get_int(j, "limit", 0), remaining = (int)json_get_int(j, "remaining", 0);
    if (!bar || (blocked <= now && reset <= now))
        return;
    char *kind = mem_strndup(name, (size_t)(bar - name));
    struct limiter_bucket *b = bucket_get(l, kind, "", bar + 1);
    free(kind);
    if (blocked > b->blocked_until)
        b->blocked_until = blocked;
    if (limit <= 0 || reset <= now || (b->known && b->reset_at > reset + 500))
        return;
    bool same = b->known && b->reset_at > reset - 500;
    remaining -= b->in_flight; /* which nobody may have counted */
    if (!same || remaining < b->remaining)
        b->remaining = remaining > 0 ? remaining : 0;
    b->limit = limit;
    b->reset_at = reset;
    b->known = true;
}

void limiter_learn(struct limiter *l, const struct json *state, int64_t age, int64_t now)
{
    int64_t global = moment(state, "global", age, now);
    if (age < 0 || age > STATE_LONGEST_MS)
        return;
    if (global > now && global > l->global_until)
        l->global_until = global;
    json_each(pattern, json_get(state, "patterns"))
    {
        struct pattern *t = pattern_get(l, json_key(pattern));
        if (!t->bucket)
            t->bucket = mem_strdup(json_string(pattern));
    }
    json_each(bucket, json_get(state, "buckets")) learn_told(l, bucket, age, now);
    json_each(ago, json_get(state, "sent"))
    {
        int64_t at = now - age - json_int(ago, 1000);
        if (at + 1000 <= now || at > now ||
            l->sent[(l->sent_next + LIMITER_GLOBAL - 1) % LIMITER_GLOBAL] > at)
            continue;
        l->sent[l->sent_next] = at;
        l->sent_next = (l->sent_next + 1) % LIMITER_GLOBAL;
    }
}
