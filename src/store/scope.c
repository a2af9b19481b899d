#include "tt/store/scope.h"

#include "stock.h"
#include "tenants.h"

struct tenant_scope scope_of(struct store *s, const char *tenant)
{
    struct tenant_scope c = {.store = s};
    str_copy(c.tenant, sizeof c.tenant, tenant);
    return c;
}

int scope_require(const struct tenant_scope *c, struct error *e)
{
    return tenant_require(c->store, c->tenant, e);
}

int shop_number_take(const struct tenant_scope *c, enum shop_number which, int64_t count, int64_t *first,
                     struct error *e)
{
    static const char *const statements[] = {
        [NUMBER_PRODUCT] = "INSERT INTO shop_numbers (tenant_id, product) VALUES (?1, ?2)"
                           " ON CONFLICT (tenant_id) DO UPDATE SET product = product + ?2 RETURNING product",
        [NUMBER_BATCH] = "INSERT INTO shop_numbers (tenant_id, batch) VALUES (?1, ?2)"
                         " ON CONFLICT (tenant_id) DO UPDATE SET batch = batch + ?2 RETURNING batch",
        [NUMBER_ITEM] = "INSERT INTO shop_numbers (tenant_id, item) VALUES (?1, ?2)"
                        " ON CONFLICT (tenant_id) DO UPDATE SET item = item + ?2 RETURNING item",
    };
    int64_t last = 0;
    if (sql_int(c->store, e, &last, statements[which], "ti", c->tenant, count) < 0)
        return -1;
    *first = last - count + 1;
    return 0;
}
