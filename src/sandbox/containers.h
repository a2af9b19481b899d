/* Two containers that the whole sandbox uses: a list of pointers and a table from a number to a pointer.
 * Neither owns what it holds. */
#ifndef SANDBOX_CONTAINERS_H
#define SANDBOX_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct list {
    void **items;
    size_t count, cap;
};

void list_push(struct list *l, void *item);
void list_remove_at(struct list *l, size_t at); /* order is kept */
bool list_remove(struct list *l, const void *item);
bool list_has(const struct list *l, const void *item);
void list_drop(struct list *l);

/* Open addressing; the key 0 is not allowed. */
struct table {
    int64_t *keys;
    void **values;
    size_t count, used, cap;
};

void *table_get(const struct table *t, int64_t key); /* NULL when absent */
void table_put(struct table *t, int64_t key, void *value);
void *table_remove(struct table *t, int64_t key); /* what was there */
void table_release(struct table *t);
int64_t table_key(const char *text); /* a hash of a text, never 0 */

#endif
