/* The operator's overview of the tenants' shops. */
#ifndef TT_STORE_OVERVIEW_H
#define TT_STORE_OVERVIEW_H

#include "tt/store/renting.h"
#include "tt/store/scope.h"

/* What a shop has and does. */
struct shop_figures {
    int64_t available;    /* items that can be sold */
    int64_t low;          /* products for sale of which no more than their threshold is left */
    int64_t sales, total; /* purchases minus refunds, and their WL */
};
/* Sales are those of the seven days of the tenant's clock that end with today. */
int shop_figures_of(const struct tenant_scope *c, int64_t now, struct shop_figures *out, struct error *e);

/* Shops in which products are low, by tenant: the product with the fewest items, and how MANY products are
 * low. At most LIMIT; crosses tenants; answered from an index. */
int shops_low(struct store *s, int limit,
              void (*each)(void *, const char *tenant, const char *code, int64_t available, int64_t many),
              void *context, struct error *e);
/* Completed purchases since SINCE whose goods did not arrive, by tenant and by what became of them (a word of
 * transaction_delivery_words): how MANY. At most LIMIT; crosses tenants; answered from an index. */
int shops_unarrived(struct store *s, int64_t since, int limit,
                    void (*each)(void *, const char *tenant, const char *delivery, int64_t many),
                    void *context, struct error *e);
/* Terms that do not renew themselves and end between NOW and UNTIL, of tenants that are served, or ended in
 * the last RENT_ENDED_DAYS, of expired ones too: by their end. At most LIMIT; crosses tenants; answered from
 * an index. */
#define RENT_ENDED_DAYS 30
int rents_ending(struct store *s, int64_t now, int64_t until, int limit,
                 void (*each)(void *, const char *tenant, int64_t ends_at), void *context, struct error *e);

#endif
