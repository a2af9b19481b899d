#include "containers.h"

#include "tt/base/mem.h"

void list_push(struct list *l, void *item)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4;
        l->items = mem_resize(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->count++] = item;
}

void list_remove_at(struct list *l, size_t at)
{
    if (at >= l->count)
        return;
    memmove(l->items + at, l->items + at + 1, (l->count - at - 1) * sizeof *l->items);
    l->count--;
}

bool list_remove(struct list *l, const void *item)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->items[i] == item) {
            list_remove_at(l, i);
            return true;
        }
    }
    return false;
}

bool list_has(const struct list *l, const void *item)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i] == item)
            return true;
    return false;
}

void list_drop(struct list *l)
{
    free(l->items);
    *l = (struct list){0};
}

/* Snowflakes of one moment differ in few bits only, so they are mixed first. */
static size_t mix(int64_t key)
{
    uint64_t x = (uint64_t)key;
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33;
    return (size_t)x;
}

/* A removed entry keeps its key and loses its value, so that later entries of its run stay reachable. */
static size_t slot(const struct table *t, int64_t key)
{
    size_t i = mix(key) & (t->cap - 1);
    while (t->keys[i] != 0 && t->keys[i] != key)
        i = (i + 1) & (t->cap - 1);
    return i;
}

void *table_get(const struct table *t, int64_t key)
{
    if (t->cap == 0 || key == 0)
        return NULL;
    return t->values[slot(t, key)];
}

static void grow(struct table *t)
{
    struct table old = *t;
    t->cap = old.count * 2 < 8 ? 8 : old.cap;
    while (t->cap < old.count * 2 + 2)
        t->cap *= 2;
    t->keys = mem_zero(t->cap, sizeof *t->keys);
    t->values = mem_zero(t->cap, sizeof *t->values);
    t->count = t->used = 0;
    for (size_t i = 0; i < old.cap; i++)
        if (old.values[i])
            table_put(t, old.keys[i], old.values[i]);
    free(old.keys);
    free(old.values);
}

void table_put(struct table *t, int64_t key, void *value)
{
    if (key == 0 || !value)
        return;
    if ((t->used + 1) * 4 > t->cap * 3)
        grow(t);
    size_t i = slot(t, key);
    if (t->keys[i] == 0)
        t->used++;
    if (!t->values[i])
        t->count++;
    t->keys[i] = key;
    t->values[i] = value;
}

void *table_remove(struct table *t, int64_t key)
{
    if (t->cap == 0 || key == 0)
        return NULL;
    size_t i = slot(t, key);
    void *was = t->values[i];
    if (was) {
        t->values[i] = NULL;
        t->count--;
    }
    return was;
}

void table_release(struct table *t)
{
    free(t->keys);
    free(t->values);
    *t = (struct table){0};
}

int64_t table_key(const char *text)
{
    uint64_t h = 1469598103934665603ULL;
    for (const char *p = text ? text : ""; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211ULL;
    return (int64_t)(h | 1);
}
