/* Rows of purchases and refunds, for those who write them. */
#ifndef STORE_TRANSACTIONS_H
#define STORE_TRANSACTIONS_H

#include "internal.h"
#include "tt/store/purchase.h"

/* Add the row of T as it stands, money and goods not touched; *TX is its number. */
int transactions_add(const struct tenant_scope *c, const struct transaction *t, int64_t *tx, struct error *e);

/* --- deliveries.c --- */

struct new_delivery {
    const char *kind;
    int64_t tx, copy, user_id, channel_id, items_left;
    const char *document; /* NULL: "" */
};
/* Pending, and due at once. */
int deliveries_add(const struct tenant_scope *c, const struct new_delivery *d, int64_t now, int64_t *delivery,
                   struct error *e);
/* The goods of T are not sent any more; ERROR_REFUSED while somebody sends them. */
int deliveries_withdraw(const struct tenant_scope *c, const struct transaction *t, int64_t now,
                        struct error *e);

#endif
