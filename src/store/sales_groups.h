/* Sums of many rows by a number (a product, a customer). SQLite would sort all rows to group them, which
 * takes several times as long as reading them. */
#ifndef STORE_SALES_GROUPS_H
#define STORE_SALES_GROUPS_H

#include <stddef.h>
#include <stdint.h>

struct sales_group {
    int64_t key, sales, quantity, total;
};

/* Zero is an empty one. */
struct sales_groups {
    struct sales_group *items;
    size_t count, room;
    uint32_t *slots; /* an item's place + 1 where its key hashes to; open addressing, twice ROOM of them */
    size_t last;     /* the place that was added to last */
};

void sales_groups_add(struct sales_groups *g, const struct sales_group *row);
/* Drop those whose sums are all 0 and put the others in order: by total, largest first, then by key. Nothing
 * can be added any more. */
void sales_groups_order(struct sales_groups *g);
void sales_groups_release(struct sales_groups *g);

#endif
