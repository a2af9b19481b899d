/* What the files about money share. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "internal.h"
#include "tt/domain/receipt.h"
#include "tt/store/customers.h"

int customer_missing(int64_t user, struct error *e); /* -1 */

/* The two entries of a movement, for a caller that has looked at the balance (at least 0 afterwards, at most
 * MONEY_MAX). */
int ledger_write(const struct tenant_scope *c, int64_t user, int64_t amount, enum entry_kind kind,
                 int64_t reference, const char *note, int64_t now, int64_t *movement, struct error *e);

/* The key of transaction ids. Borrowed; NULL on error. */
const struct receipt_key *store_receipt_key(struct store *s, struct error *e);

#endif
