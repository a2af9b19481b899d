/* The numbers of a shop, rolled up as sales happen, so that no question scans transactions. A purchase counts
 * in the hour and day (of the tenant's clock) in which it is made; a refund counts against those in which it
 * is made, so a line may be negative. */
#ifndef TT_STORE_SALES_H
#define TT_STORE_SALES_H

#include "tt/domain/catalog.h"
#include "tt/domain/receipt.h"
#include "tt/store/customers.h"
#include "tt/store/purchase.h"
#include "tt/store/scope.h"

enum sales_by {
    SALES_BY_DAY,
    SALES_BY_HOUR,
    SALES_BY_PRODUCT,
    SALES_BY_CUSTOMER,
    SALES_BY_TENANT,
    SALES_BY_COUNT
};
extern const char *const sales_by_words[SALES_BY_COUNT + 1]; /* "day" "hour" "product" "customer" "tenant" */

/* Purchases minus refunds. Which fields name a line depends on the grouping; the others are 0 or "". */
struct sales_line {
    int64_t time;                 /* day, hour: the moment at which it begins, ms UTC */
    char code[PRODUCT_CODE_TEXT]; /* product: as it is now; "" a product that is gone for good */
    int64_t product;              /* its number */
    int64_t user_id;              /* customer */
    char growid[GROWID_TEXT];     /* of the customer; "" one who is gone */
    char tenant[TENANT_ID_TEXT];
    int64_t sales, quantity, total; /* number of purchases, items, WL */
};

/* Hours and days that lie in part within SINCE and UNTIL count whole; products, customers and tenants are
 * summed over whole days. */
struct sales_query {
    enum sales_by by;
    int64_t since, until; /* ms; 0: open; until is exclusive */
    int64_t limit;        /* lines; 0: all */
};

/* Days and hours oldest first (with a limit: the newest ones; those without a sale are left out); products
 * and customers by total, largest first. SUM (may be NULL) is over all lines of the period, also those beyond
 * the limit. By tenant is ERROR_REFUSED here. */
int sales_of(const struct tenant_scope *c, const struct sales_query *q,
             void (*each)(void *, const struct sales_line *), void *context, struct sales_line *sum,
             struct error *e);
/* Of all tenants together by day or hour (UTC), or by tenant, largest first. Crosses tenants. */
int sales_of_all(struct store *s, const struct sales_query *q,
                 void (*each)(void *, const struct sales_line *), void *context, struct sales_line *sum,
                 struct error *e);
/* For a dashboard: the sum over hours from SINCE to UNTIL (0: open), whole hours UTC. Crosses tenants. */
int sales_total(struct store *s, int64_t since, int64_t until, struct sales_line *sum, struct error *e);

/* Count a sale (SIGN 1) or its refund (-1) at NOW; purchase_make(), purchase_refund() and the import call it.
 */
int sales_add(const struct tenant_scope *c, const struct sale_terms *terms, int64_t product, int64_t user,
              int64_t quantity, int64_t total, int sign, int64_t now, struct error *e);

#endif
