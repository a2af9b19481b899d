/* A tenant's customers and the ledger of their money. A balance is what the entries of the ledger say: it is
 * never written, only moved. Functions that write run inside the caller's write transaction. */
#ifndef TT_STORE_CUSTOMERS_H
#define TT_STORE_CUSTOMERS_H

#include "tt/domain/customer.h"
#include "tt/domain/money.h"
#include "tt/domain/receipt.h"
#include "tt/store/scope.h"
#include "tt/store/tenants.h"

#define LIST_NEXT_TEXT 24 /* room for the id of any listing's row */

struct customer {
    int64_t user_id;
    char growid[GROWID_TEXT];
    int64_t balance; /* WL */
    int64_t registered_at;
};

/* Make USER a customer, or change its GrowID (nothing else moves). Check GROWID before. *CHANGED (may be
 * NULL): false when it has it already. ERROR_TAKEN: another customer holds it (its name is not told).
 * ERROR_NOT_IN_PLAN: LIMIT customers are registered already (LIMIT_NONE: no limit; a change of name is no new
 * one). */
int customers_register(const struct tenant_scope *c, int64_t user, const char *growid, int64_t limit,
                       int64_t now, bool *changed, struct error *e);
/* Is there room for one more? ERROR_NOT_IN_PLAN as above. */
int customers_room(const struct tenant_scope *c, int64_t limit, struct error *e);
/* ERROR_NO_SUCH (field "user" or "growid") when there is none. */
int customers_load(const struct tenant_scope *c, int64_t user, struct customer *out, struct error *e);
int customers_load_growid(const struct tenant_scope *c, const char *growid, struct customer *out,
                          struct error *e);
/* GrowIDs that begin with PREFIX, in any capitals, at most LIMIT, in their order. */
int customers_with_prefix(const struct tenant_scope *c, const char *prefix, int limit,
                          void (*each)(void *, const char *growid), void *context, struct error *e);
/* Those whose GrowID begins with PREFIX, in any capitals (NULL: all), largest balance first, equal ones by
 * user. Ids of rows are user ids. *TOTAL (may be NULL) is -1 where
 * counting would take long; NEXT (may be NULL) is "" at the end. */
int customers_top(const struct tenant_scope *c, const char *prefix, const struct paging *page,
                  void (*each)(void *, const struct customer *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e);

/* --- the ledger --- */

#define ENTRY_NOTE_MAX 200 /* characters */

enum entry_kind {
    ENTRY_PURCHASE,
    ENTRY_REFUND,
    ENTRY_DEPOSIT,
    ENTRY_ADJUSTMENT, /* balance add|remove */
    ENTRY_OPENING,    /* a balance taken over from another system */
    ENTRY_UNDO,
    ENTRY_KIND_COUNT
};
extern const char *const entry_kind_words[ENTRY_KIND_COUNT + 1];

/* The customer's side of a movement. */
struct entry {
    int64_t entry;    /* its number */
    int64_t movement; /* names both its entries */
    int64_t amount;   /* what the customer got; negative: gave */
    int64_t balance;  /* what there was after it */
    enum entry_kind kind;
    int64_t reference; /* purchase, refund: the transaction; deposit: the Discord message; undo: the
                          movement that it takes back (or does again); else 0 */
    char transaction[RECEIPT_TEXT]; /* the id of that transaction; "" none */
    const char *note;               /* "" none */
    int64_t time;
};

/* Two entries that sum to zero: AMOUNT (not 0, at most MONEY_MAX either way) to the customer, the opposite to
 * the account that belongs to KIND (sales, deposits, adjustments). NOTE (NULL: none) is cut at 200
 * characters. *MOVEMENT may be NULL. ERROR_NO_SUCH: no such customer. ERROR_REFUSED: the balance, which the
 * message names in UNITS (NULL: the default ones), would go below zero or above MONEY_MAX. */
int ledger_move(const struct tenant_scope *c, int64_t user, int64_t amount, enum entry_kind kind,
                int64_t reference, const char *note, int64_t now, const struct money_units *units,
                int64_t *movement, struct error *e);
/* Undo: a new movement (kind undo, reference MOVEMENT) against all entries of MOVEMENT; AGAIN true makes them
 * once more (redo). ERROR_REFUSED as above; ERROR_NO_SUCH when the scope has no such movement. */
int ledger_reverse(const struct tenant_scope *c, int64_t movement, bool again, int64_t now, int64_t *reversal,
                   struct error *e);
/* Newest first. Ids of rows are numbers of entries. */
int ledger_history(const struct tenant_scope *c, int64_t user, const struct paging *page,
                   void (*each)(void *, const struct entry *), void *context, int64_t *total,
                   char next[LIST_NEXT_TEXT], struct error *e);

#endif
