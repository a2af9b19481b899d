/* Routes, patterns and buckets of a limiter, by name. */
#include "limiter_inside.h"

#include <ctype.h>

#include "tt/base/mem.h"

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

struct pattern *pattern_get(struct limiter *l, const char *name)
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

struct limiter_bucket *bucket_get(struct limiter *l, const char *kind, const char *name, const char *resource)
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
struct limiter_bucket *bucket_for(struct limiter *l, const struct pattern *t, const char *resource)
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

struct limiter_route *route_get(struct limiter *l, const char *method, const char *path, int64_t now)
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
