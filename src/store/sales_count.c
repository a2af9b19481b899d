#include "sales_count.h"

#include "internal.h"
#include "tt/base/time.h"

#define ADD " DO UPDATE SET sales = sales + ?3, quantity = quantity + ?4, total = total + ?5"

int sales_count_hour(const struct tenant_scope *c, int64_t hour, int64_t moment, const struct sales_line *n,
                     struct error *e)
{
    if (sql_run(c->store, e,
                "INSERT INTO sales_hours VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant_id, hour)" ADD,
                "tiiii", c->tenant, hour, n->sales, n->quantity, n->total))
        return -1;
    /* crosses tenants: the sum over all */
    return sql_run(c->store, e, "INSERT INTO sales_total VALUES (?2, ?3, ?4, ?5) ON CONFLICT (hour)" ADD,
                   "tiiii", NULL, moment - (moment % TIME_HOUR + TIME_HOUR) % TIME_HOUR, n->sales,
                   n->quantity, n->total);
}

int sales_count_day(const struct tenant_scope *c, int64_t day, const struct sales_line *n, struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO sales_days VALUES (?1, 0, ?3, ?4, ?5), (?1, ?2, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, day)" ADD,
                   "tiiii", c->tenant, day, n->sales, n->quantity, n->total);
}

int sales_count_product(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                        struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO sales_products VALUES (?1, 0, ?6, ?3, ?4, ?5), (?1, ?2, ?6, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, day, product)" ADD,
                   "tiiiii", c->tenant, day, n->sales, n->quantity, n->total, n->product);
}

int sales_count_customer(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                         struct error *e)
{
    if (sql_run(c->store, e,
                "INSERT INTO sales_customers VALUES (?1, 0, ?6, ?3, ?4, ?5), (?1, ?2, ?6, ?3, ?4, ?5)"
                " ON CONFLICT (tenant_id, day, user_id)" ADD,
                "tiiiii", c->tenant, day, n->sales, n->quantity, n->total, n->user_id))
        return -1;
    return sql_run(c->store, e,
                   "INSERT INTO sales_customer_weeks VALUES (?1, 1, ?2 - ?2 % 604800000, ?6, ?3, ?4, ?5),"
                   " (?1, 7, ?2 - ?2 % 4233600000, ?6, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, weeks, week, user_id)" ADD,
                   "tiiiii", c->tenant, day, n->sales, n->quantity, n->total, n->user_id);
}

int sales_add(const struct tenant_scope *c, const struct sale_terms *terms, int64_t product, int64_t user,
              int64_t quantity, int64_t total, int sign, int64_t now, struct error *e)
{
    int64_t day = zone_day(terms->zone, now);
    struct sales_line n = {.product = product,
                           .user_id = user,
                           .sales = sign,
                           .quantity = quantity * sign,
                           .total = total * sign};

    return sales_count_hour(c, zone_hour(terms->zone, now), now, &n, e) || sales_count_day(c, day, &n, e) ||
                   sales_count_product(c, day, &n, e) || sales_count_customer(c, day, &n, e)
               ? -1
               : 0;
}
