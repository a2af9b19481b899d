/* The stock of one tenant: items, each one line of text that is a secret of the tenant.
 *
 * At rest a line is sealed with the key file (SUBKEY_SECRET, context "stock/TENANT/ITEM"), or, where the
 * deployment chose TENANTTUI_STOCK=plain, kept as it is; both kinds are read. A line is there once per tenant
 * among the items that are not deleted: a keyed hash over tenant and line says so. Contents leave only
 * through the functions that say "in the clear"; they are in no journal, error or log.
 *
 * Item numbers count per tenant and are never used again. Items are sold oldest import first, in the order of
 * its lines; those added singly before all imports. Counts (products, batches) are kept by the database as
 * states change. */
#ifndef TT_STORE_STOCK_H
#define TT_STORE_STOCK_H

#include "tt/store/products.h"

/* Should contents be kept as they are instead of sealed? Of the whole process; main says so once, before it
 * opens anything. */
void stock_keep_plain(bool plain);

struct stock_item {
    int64_t item;
    int64_t product; /* its number */
    char code[PRODUCT_CODE_TEXT];
    enum stock_state state;
    int64_t batch; /* of the import that brought it; 0: added singly */
    int64_t tx;    /* 0: not sold */
    int64_t added_at;
};

/* --- single items (in the caller's write transaction) --- */

/* Add one line, already normalised. ERROR_TAKEN (field "line") when the tenant has it: the message names the
 * item, never the line. */
int stock_add(const struct tenant_scope *c, int64_t product, const char *line, size_t n, int64_t now,
              int64_t *item, struct error *e);
/* ERROR_NO_SUCH (field "item"). CONTENT NULL: not opened; else the line in the clear is appended (wipe it).
 */
int stock_load(const struct tenant_scope *c, int64_t item, struct stock_item *out, struct str *content,
               struct error *e);
/* reserve: available -> reserved; release: reserved -> available; delete: either -> deleted. From another
 * state ERROR_REFUSED naming it (a sold item: the hint names `tx refund`). There already: *CHANGED false. */
int stock_set_state(const struct tenant_scope *c, int64_t item, enum stock_state to, bool *changed,
                    struct error *e);
/* Delete the N (at most STOCK_TAKE_MAX) newest available items of a product. ERROR_REFUSED naming how many
 * there are when fewer; then nothing is changed. */
int stock_reduce(const struct tenant_scope *c, int64_t product, int64_t n, struct error *e);

/* --- sales (in the caller's write transaction) --- */

/* Mark the N (1 to STOCK_TAKE_MAX) oldest available items of a product as sold by transaction TX; their
 * numbers go to ITEMS (room for N). Returns 1, and *AVAILABLE is what is left; 0 when fewer than N are
 * available: nothing is changed and *AVAILABLE says how many; -1 on error. The time does not depend on the
 * size of the stock. */
int stock_claim(const struct tenant_scope *c, int64_t product, int64_t n, int64_t tx, int64_t *items,
                int64_t *available, struct error *e);
/* The items of a transaction in the order of their numbers, in the clear; LINE is not NUL-terminated by
 * accident: it is text of N bytes and a NUL, wiped after EACH returns. */
int stock_items_of(const struct tenant_scope *c, int64_t tx,
                   void (*each)(void *, int64_t item, const char *line, size_t n), void *context,
                   struct error *e);

/* --- reading --- */

struct stock_query {
    int64_t product;    /* 0: all */
    int state;          /* enum stock_state, or -1: all but deleted ones */
    struct paging page; /* ids are item numbers as text; what `next` gave */
};
#define STOCK_NEXT_TEXT 32
/* Contents are not part of it. Ordered by state, product, and as they would be sold; answered from indexes.
 * *TOTAL (may be NULL) is -1 when counting would need a scan (deleted items); NEXT (may be NULL) is what
 * --after of the next page wants, "" at the end: the last item, and, without a state asked for, the one that
 * it had, since it may have another by then. */
int stock_list(const struct tenant_scope *c, const struct stock_query *q,
               void (*each)(void *, const struct stock_item *), void *context, int64_t *total,
               char next[STOCK_NEXT_TEXT], struct error *e);
/* Of one product (0: the sum over all that are there). By index of enum stock_state; deleted ones are not
 * counted (0). */
int stock_counts(const struct tenant_scope *c, int64_t product, int64_t out[STOCK_STATE_COUNT],
                 struct error *e);

/* --- imports --- */

/* An import is staged in many short transactions (at most about 10 ms each, not durable) that let waiting
 * writers pass between them, and is seen by nobody until one short transaction publishes it. What a killed
 * import left is known at once by a lock that its process held, blocks nobody, and is swept later. A line
 * that another running import has staged counts as there.
 *
 *     stock_import_begin -> stock_import_feed (bytes of the file, any pieces) ... -> stock_import_finish
 *     -> in the caller's transaction: stock_import_publish -> commit -> stock_import_free
 *
 * Outside any transaction until publish. Memory is bounded, whatever the file: about 40 MiB. */
struct stock_import;

/* What became of a line that was not added. */
enum line_report { LINE_DUPLICATE, LINE_REJECTED };

struct stock_import_options {
    int64_t product; /* its number */
    /* In the order of lines. FAULT is LINE_GOOD for a duplicate. May be NULL. */
    void (*report)(void *context, int64_t line, enum line_report what, enum line_fault fault);
    /* Called between two transactions; nonzero stops the import: ERROR_INTERRUPTED. May be NULL. */
    int (*between)(void *context);
    void *context;
    int slice_us; /* a slice's length; 0: the usual */
    bool csv;     /* a line that is one quoted field is its text */
    bool trial;   /* only find what would become of the lines: nothing is written, no number is used, no
                     writer waits, and publishing changes nothing */
};

struct stock_import_counts {
    int64_t lines; /* read so far; empty lines are counted here only */
    int64_t added, duplicate, rejected;
};

/* ERROR_NO_SUCH when the product is not there. */
int stock_import_begin(struct stock_import **out, const struct tenant_scope *c,
                       const struct stock_import_options *options, int64_t now, struct error *e);
/* A byte order mark at the start is not part of the first line; the last line needs no newline. */
int stock_import_feed(struct stock_import *i, const char *bytes, size_t n, struct error *e);
/* The end of the file: what is left is staged. After this the counts are final. */
int stock_import_finish(struct stock_import *i, struct error *e);
void stock_import_counts(const struct stock_import *i, struct stock_import_counts *out);
/* In the caller's write transaction. Everything becomes available at once. With nothing added nothing
 * changes. ERROR_REFUSED when the product was removed meanwhile. */
int stock_import_publish(struct stock_import *i, struct error *e);
/* Somebody gives it up and does not wait: most of what was staged is left to stock_sweep. */
void stock_import_stop(struct stock_import *i);
/* Published or not; what was not published is left to stock_sweep. NULL is fine. Outside a transaction. */
void stock_import_free(struct stock_import *i);

/* The undo of an import (in the caller's write transaction), and its redo: short, whatever the size.
 * ERROR_REFUSED when one of its items is no longer available (sold, reserved, deleted), or, for the redo,
 * when the items have been erased meanwhile. */
int stock_withdraw(const struct tenant_scope *c, int64_t product, int64_t batch, int64_t now,
                   struct error *e);
int stock_restore(const struct tenant_scope *c, int64_t product, int64_t batch, struct error *e);

/* Erase what killed, failed and withdrawn imports left, and the stock of tenants that are to be erased;
 * crosses tenants. A sweep is a row of transactions of at most about 10 ms, not durable; it may be left at
 * any time. */
struct stock_sweep;
struct stock_sweep *stock_sweep_new(struct store *s);
/* One transaction's worth, or none. Returns 1 while there is more, 0 when all is swept, -1 on error. */
int stock_sweep_slice(struct stock_sweep *w, int64_t now, struct error *e);
void stock_sweep_free(struct stock_sweep *w); /* NULL is fine */

#endif
