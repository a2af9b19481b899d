#include "limits.h"

#include <stddef.h>

#include "tt/base/mem.h"

#define RATE_WINDOW_MS 5000
#define FIRST_SIZE 256
#define LAST_SIZE (1 << 20)

/* One key of either kind: (tenant, user, command) or (tenant, user). */
struct entry {
    uint64_t key; /* 0: free */
    int64_t until;
    uint32_t count;
    bool told;
};

struct limits {
    struct entry *entries;
    size_t size, used; /* size: a power of two */
};

struct limits *limits_new(void)
{
    struct limits *l = mem_zero(1, sizeof *l);
    l->size = FIRST_SIZE;
    l->entries = mem_zero(l->size, sizeof *l->entries);
    return l;
}

void limits_free(struct limits *l)
{
    if (!l)
        return;
    free(l->entries);
    free(l);
}

/* FNV-1a. A collision makes two members share a limit for some seconds, no more. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * 1099511628211ULL;
    return hash;
}

static uint64_t key_of(const char *tenant, int64_t user, const char *command)
{
    uint64_t hash = mix(14695981039346656037ULL, tenant, strlen(tenant) + 1);
    hash = mix(hash, &user, sizeof user);
    if (command)
        hash = mix(hash, command, strlen(command));
    return hash ? hash : 1;
}

static struct entry *slot(struct limits *l, uint64_t key)
{
    size_t i = (size_t)key & (l->size - 1);
    while (l->entries[i].key && l->entries[i].key != key)
        i = (i + 1) & (l->size - 1);
    return &l->entries[i];
}

/* Entries whose time is over are left behind; the table grows only when most are live. */
static void rebuild(struct limits *l, int64_t now)
{
    struct entry *old = l->entries;
    size_t size = l->size, live = 0;
    for (size_t i = 0; i < size; i++)
        live += old[i].key && old[i].until > now;
    if (live > size / 2 && size < LAST_SIZE)
        l->size *= 2;
    bool full = live > l->size / 2;
    l->entries = mem_zero(l->size, sizeof *l->entries);
    l->used = 0;
    for (size_t i = 0; i < size && !full; i++) {
        if (old[i].key && old[i].until > now) {
            *slot(l, old[i].key) = old[i];
            l->used++;
        }
    }
    free(old);
}

static struct entry *entry_of(struct limits *l, uint64_t key, int64_t now)
{
    if (l->used >= l->size / 4 * 3)
        rebuild(l, now);
    struct entry *e = slot(l, key);
    if (!e->key) {
        l->used++;
        *e = (struct entry){.key = key};
    } else if (e->until <= now) {
        *e = (struct entry){.key = key};
    }
    return e;
}

static bool tell(struct entry *e)
{
    bool first = !e->told;
    e->told = true;
    return first;
}

enum limit_verdict limits_take(struct limits *l, const char *tenant, int64_t user, const char *command,
                               int64_t cooldown_s, int64_t rate, int64_t now, int64_t *wait_ms, bool *first)
{
    *wait_ms = 0;
    *first = false;
    if (rate > 0) {
        struct entry *e = entry_of(l, key_of(tenant, user, NULL), now);
        if (e->count >= (uint64_t)rate) {
            *wait_ms = e->until - now;
            *first = tell(e);
            return LIMIT_RATE;
        }
        if (!e->count)
            e->until = now + RATE_WINDOW_MS;
        e->count++;
    }
    if (cooldown_s > 0) {
        struct entry *e = entry_of(l, key_of(tenant, user, command), now);
        if (e->count) {
            *wait_ms = e->until - now;
            *first = tell(e);
            return LIMIT_COOLDOWN;
        }
        e->until = now + cooldown_s * 1000;
        e->count = 1;
    }
    return LIMIT_PASS;
}

int64_t limits_left(struct limits *l, const char *tenant, int64_t user, int64_t rate, int64_t now)
{
    const struct entry *e = slot(l, key_of(tenant, user, NULL));
    if (rate <= 0)
        return INT64_MAX;
    return e->key && e->until > now ? rate - e->count : rate;
}
