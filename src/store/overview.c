#include "tt/store/overview.h"

#include "internal.h"
#include "tt/base/time.h"

int shop_figures_of(const struct tenant_scope *c, int64_t now, struct shop_figures *out, struct error *e)
{
    struct query q;
    *out = (struct shop_figures){0};
    int step = query_open(&q, c->store, e,
                          "SELECT coalesce(sum(available), 0),"
                          " count(*) FILTER (WHERE threshold > 0 AND available <= threshold)"
                          " FROM stock_counts WHERE tenant_id = ?1",
                          "t", c->tenant);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        out->available = query_int(&q, 0);
        out->low = query_int(&q, 1);
    }
    query_close(&q);
    if (step < 0)
        return -1;
    step = query_open(&q, c->store, e,
                      "SELECT coalesce(sum(sales), 0), coalesce(sum(total), 0) FROM sales_days"
                      " WHERE tenant_id = ?1 AND day > ?2",
                      "ti", c->tenant, now - 7 * TIME_DAY);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        out->sales = query_int(&q, 0);
        out->total = query_int(&q, 1);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int shops_low(struct store *s, int limit,
              void (*each)(void *, const char *tenant, const char *code, int64_t available, int64_t many),
              void *context, struct error *e)
{
    struct query q;
    /* crosses tenants: the operator's own overview. The code is that of the row with the fewest. */
    int step = query_open(&q, s, e,
                          "SELECT n.tenant_id, p.code, min(n.available), count(*)"
                          " FROM stock_counts n INDEXED BY stock_counts_low"
                          " CROSS JOIN tenants t ON t.tenant_id = n.tenant_id"
                          " CROSS JOIN products p ON p.tenant_id = n.tenant_id AND p.product = n.product"
                          " WHERE n.threshold > 0 AND n.available <= n.threshold AND t.deleted_at = 0"
                          " AND t.status IN ('active', 'maintenance') GROUP BY n.tenant_id LIMIT ?1",
                          "d", limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0), query_text(&q, 1), query_int(&q, 2), query_int(&q, 3));
    query_close(&q);
    return step;
}

int shops_unarrived(struct store *s, int64_t since, int limit,
                    void (*each)(void *, const char *tenant, const char *delivery, int64_t many),
                    void *context, struct error *e)
{
    struct query q;
    /* crosses tenants: the operator's own overview */
    int step = query_open(&q, s, e,
                          "SELECT x.tenant_id, x.delivery, count(*)"
                          " FROM transactions x INDEXED BY transactions_unarrived"
                          " CROSS JOIN tenants t ON t.tenant_id = x.tenant_id"
                          " WHERE x.delivery IN ('closed', 'failed') AND x.created_at >= ?1"
                          " AND x.status = 'completed' AND t.deleted_at = 0"
                          " GROUP BY x.tenant_id, x.delivery LIMIT ?2",
                          "id", since, limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0), query_text(&q, 1), query_int(&q, 2));
    query_close(&q);
    return step;
}

int rents_ending(struct store *s, int64_t now, int64_t until, int limit,
                 void (*each)(void *, const char *tenant, int64_t ends_at), void *context, struct error *e)
{
    struct query q;
    /* crosses tenants: the operator's own overview */
    int step = query_open(
        &q, s, e,
        "SELECT r.tenant_id, r.ends_at FROM rents r INDEXED BY rents_end"
        " CROSS JOIN tenants t ON t.tenant_id = r.tenant_id"
        " WHERE r.ends_at > ?4 AND r.ends_at <= ?2 AND r.auto_renew = 0 AND t.deleted_at = 0"
        " AND (t.status IN ('active', 'maintenance') OR (t.status = 'expired' AND r.ends_at <= ?1))"
        " ORDER BY r.ends_at LIMIT ?3",
        "iidi", now, until, limit, now - RENT_ENDED_DAYS * TIME_DAY);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0), query_int(&q, 1));
    query_close(&q);
    return step;
}
