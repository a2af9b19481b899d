#include "sales_groups.h"

#include <stdlib.h>

#include "tt/base/mem.h"

static uint32_t *slot_of(const struct sales_groups *g, int64_t key)
{
    uint64_t hash = (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);
    size_t mask = g->room * 2 - 1, i = (size_t)(hash >> 32) & mask;
    while (g->slots[i] && g->items[g->slots[i] - 1].key != key)
        i = (i + 1) & mask;
    return &g->slots[i];
}

static void grow(struct sales_groups *g)
{
    g->room = g->room ? g->room * 2 : 256;
    g->items = mem_resize(g->items, g->room, sizeof *g->items);
    free(g->slots);
    g->slots = mem_zero(g->room * 2, sizeof *g->slots);
    for (size_t i = 0; i < g->count; i++)
        *slot_of(g, g->items[i].key) = (uint32_t)i + 1;
}

static size_t place_of(struct sales_groups *g, int64_t key)
{
    if (g->count == g->room)
        grow(g);
    uint32_t *slot = slot_of(g, key);
    if (!*slot) {
        g->items[g->count] = (struct sales_group){.key = key};
        *slot = (uint32_t)++g->count;
    }
    return *slot - 1;
}

void sales_groups_add(struct sales_groups *g, const struct sales_group *row)
{
    /* Each day's rows come in the order of their keys, so the next one is mostly the neighbour. */
    size_t next = g->last + 1;
    g->last = next < g->count && g->items[next].key == row->key ? next : place_of(g, row->key);
    struct sales_group *group = &g->items[g->last];
    group->sales += row->sales;
    group->quantity += row->quantity;
    group->total += row->total;
}

static int compare(const void *a, const void *b)
{
    const struct sales_group *one = a, *two = b;
    if (one->total != two->total)
        return one->total > two->total ? -1 : 1;
    return one->key < two->key ? -1 : one->key > two->key;
}

void sales_groups_order(struct sales_groups *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->items[i].sales || g->items[i].quantity || g->items[i].total)
            g->items[n++] = g->items[i];
    g->count = n;
    if (n)
        qsort(g->items, n, sizeof *g->items, compare);
}

void sales_groups_release(struct sales_groups *g)
{
    free(g->items);
    free(g->slots);
    *g = (struct sales_groups){0};
}
