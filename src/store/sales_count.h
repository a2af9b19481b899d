/* The rows that numbers of sales are kept in. Each function adds N to the row of one hour or day, which
 * begins at that moment by the tenant's clock and is made where it is missing; also to the row of all time,
 * day 0, where the table has one. */
#ifndef STORE_SALES_COUNT_H
#define STORE_SALES_COUNT_H

#include "tt/store/sales.h"

/* And to the hour of UTC, over all tenants (crosses tenants), in which MOMENT lies. */
int sales_count_hour(const struct tenant_scope *c, int64_t hour, int64_t moment, const struct sales_line *n,
                     struct error *e);
int sales_count_day(const struct tenant_scope *c, int64_t day, const struct sales_line *n, struct error *e);
int sales_count_product(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                        struct error *e);
int sales_count_customer(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                         struct error *e);

#endif
