/* What the files about stock share. */
#ifndef STORE_STOCK_PRIVATE_H
#define STORE_STOCK_PRIVATE_H

#include "internal.h"
#include "tt/store/stock.h"

#define LINE_HASH 16

/* --- stock_line.c: contents --- */

/* The keys that contents need, once for many lines. */
struct stock_keys {
    const struct key *secret, *hash;
};
int stock_keys_of(struct store *s, struct stock_keys *keys, struct error *e);
void stock_hash(const struct stock_keys *keys, const char *tenant, const char *line, size_t n,
                unsigned char out[LINE_HASH]);
/* What is stored of a line as item ITEM; OUT is emptied first. */
void stock_close(const struct stock_keys *keys, const char *tenant, int64_t item, const char *line, size_t n,
                 struct str *out);
/* The line of stored CONTENT, appended to OUT. */
int stock_open(struct store *s, const char *tenant, int64_t item, const void *content, size_t n,
               struct str *out, struct error *e);

/* Claim the line for ITEM. 1: it is ITEM's now; 0: another item, *HOLDER, has it; -1. A holder that nobody
 * can see any more (of a dead or withdrawn import, of a removed product) gives it up. */
int stock_line_take(const struct tenant_scope *c, const unsigned char hash[LINE_HASH], int64_t item,
                    int64_t *holder, struct error *e);

/* Could an item claim the line? 1, 0 or -1; nothing is changed. */
int stock_line_free(const struct tenant_scope *c, const unsigned char hash[LINE_HASH], struct error *e);

/* --- numbers --- */

enum shop_number { NUMBER_PRODUCT, NUMBER_BATCH, NUMBER_ITEM };
/* Take the next COUNT numbers; *FIRST is the first of them. */
int shop_number_take(const struct tenant_scope *c, enum shop_number which, int64_t count, int64_t *first,
                     struct error *e);

/* --- stock_import.c --- */

/* Does a live process stage this batch (this connection included)? */
bool stock_import_alive(struct store *s, const char *tenant, int64_t batch);

/* --- stock_stage.c --- */

/* Hash and item of one line, and where it stood. */
struct line_entry {
    unsigned char hash[LINE_HASH];
    int64_t item, line;
};
int line_entry_compare(const void *a, const void *b); /* by hash, then item */

/* --- stock_sweep.c --- */

/* One slice of erasing all items of a tenant. 1: there may be more; 0: none is left. */
int stock_erase_slice(struct stock_sweep *w, const char *tenant, struct error *e);

#endif
