#include "stock.h"
#include "tenants.h"
#include "tt/base/time.h"

/* Deleting a tenant's row takes all of its rows along, in one transaction, and there may be millions. So the
 * tables that grow without bound are emptied first, some rows at a time; ?1: the tenant. Children stand
 * before their parents. */
static const char *const pieces[] = {
    "DELETE FROM entries WHERE entry IN (SELECT entry FROM entries WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM deliveries WHERE delivery IN"
    " (SELECT delivery FROM deliveries WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM deposits WHERE deposit IN (SELECT deposit FROM deposits WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM former_ids WHERE tenant_id = ?1 AND id IN"
    " (SELECT id FROM former_ids WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM transactions WHERE tx IN (SELECT tx FROM transactions WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM transaction_days WHERE tenant_id = ?1 AND day IN"
    " (SELECT day FROM transaction_days WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM sales_hours WHERE tenant_id = ?1 AND hour IN"
    " (SELECT hour FROM sales_hours WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM sales_customers WHERE tenant_id = ?1 AND (day, user_id) IN"
    " (SELECT day, user_id FROM sales_customers WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM sales_customer_weeks WHERE tenant_id = ?1 AND (weeks, week, user_id) IN"
    " (SELECT weeks, week, user_id FROM sales_customer_weeks WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM sales_products WHERE tenant_id = ?1 AND (day, product) IN"
    " (SELECT day, product FROM sales_products WHERE tenant_id = ?1 LIMIT 100)",
    "DELETE FROM customers WHERE tenant_id = ?1 AND user_id IN"
    " (SELECT user_id FROM customers WHERE tenant_id = ?1 LIMIT 100)",
    /* What was paid is kept, under no tenant's id: another one may be called so later. */
    "UPDATE payments SET tenant_id = ?1 || '/' || payment WHERE payment IN"
    " (SELECT payment FROM payments WHERE tenant_id = ?1 LIMIT 100)",
};
#define PIECES (sizeof pieces / sizeof *pieces)

struct erasure {
    struct store *store;
    char tenant[TENANT_ID_TEXT];
    bool gone;
};

/* 1: *TENANT is the next; 0: none. */
static int find(struct store *s, int64_t then, char tenant[TENANT_ID_TEXT], struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT tenant_id FROM tenants WHERE deleted_at <> 0 AND deleted_at < ?1"
                          " ORDER BY deleted_at LIMIT 1",
                          "i", then);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        str_copy(tenant, TENANT_ID_TEXT, query_text(&q, 0));
    query_close(&q);
    return step;
}

/* The mark of one that does not come back. It leads the others from now on. */
static int mark(void *context, struct error *e)
{
    struct erasure *x = context;
    return sql_run(x->store, e, "UPDATE tenants SET deleted_at = 1 WHERE tenant_id = ?1 AND deleted_at > 1",
                   "t", x->tenant);
}

/* The audit keeps who did what; what the tenant's values were goes with the tenant. Its rows stay, so the
 * place is remembered: else each slice would pass all of them again. 1: there are more; 0; -1 */
static int clear_audit(struct store *s, const char *tenant, struct error *e)
{
    int64_t last = INT64_MAX;

    if (!str_equal(s->cleared, tenant)) {
        str_copy(s->cleared, sizeof s->cleared, tenant);
        s->cleared_to = 0;
    }
    int found = sql_int(s, e, &last,
                        "SELECT audit FROM audit WHERE tenant_id = ?1 AND audit > ?2 ORDER BY audit LIMIT 1"
                        " OFFSET 99",
                        "ti", tenant, s->cleared_to);
    if (found < 0 ||
        sql_run(s, e,
                "UPDATE audit SET changes = NULL, undoable = 0 WHERE tenant_id = ?1 AND audit > ?2"
                " AND audit <= ?3 AND (changes IS NOT NULL OR undoable <> 0)",
                "tii", tenant, s->cleared_to, found ? last : INT64_MAX))
        return -1;
    if (found)
        s->cleared_to = last;
    return found;
}

static int erase_pieces(void *context, struct error *e)
{
    struct erasure *x = context;
    size_t i = 0;
    int more = 1;

    while (i < PIECES && !slice_over(x->store)) {
        if (sql_run(x->store, e, pieces[i], "t", x->tenant))
            return -1;
        i += store_changes(x->store) == 0;
    }
    while (i == PIECES && more == 1 && !slice_over(x->store))
        more = clear_audit(x->store, x->tenant, e);
    if (more)
        return more < 0 ? -1 : 0;
    x->gone = true;
    return sql_run(x->store, e, "DELETE FROM tenants WHERE tenant_id = ?1 AND deleted_at = 1", "t",
                   x->tenant);
}

int tenants_erase(struct store *s, int64_t then, int64_t *n, struct error *e)
{
    struct erasure x = {.store = s};
    int64_t marked = 0;
    int found = find(s, then, x.tenant, e);

    if (n)
        *n = 0;
    if (found < 1)
        return found;
    if (sql_int(s, e, &marked, "SELECT deleted_at = 1 FROM tenants WHERE tenant_id = ?1", "t", x.tenant) < 0)
        return -1;
    if (!marked) /* until then it may be brought back: the next slice sees */
        return slice_run(s, mark, &x, e) ? -1 : 1;
    if (!s->erasure)
        s->erasure = stock_sweep_new(s);
    int more = stock_erase_slice(s->erasure, x.tenant, e);
    if (more)
        return more;
    if (slice_run(s, erase_pieces, &x, e)) {
        s->cleared[0] = '\0'; /* what it did was taken back */
        return -1;
    }
    if (n)
        *n = x.gone;
    return 1;
}
