/* Two tenants with the same product codes, and what the tests of stock share. */
#ifndef TT_TESTS_UNIT_STORE_STOCK_WORLD_H
#define TT_TESTS_UNIT_STORE_STOCK_WORLD_H

#include "test.h"

#include "stock.h"
#include "tt/store/products.h"

static struct tenant_scope one, two;
static int64_t dl, wl, foreign; /* products: two of tenant one, one of tenant two */

static inline int64_t make_product(struct world *w, const struct tenant_scope *c, const char *code)
{
    struct product p = {.price = 100, .active = true};
    int64_t number = 0;
    bool own = !store_in_transaction(w->store);
    str_copy(p.code, sizeof p.code, code);
    str_copy(p.name, sizeof p.name, code);
    if (own)
        ok(store_begin(w->store, &w->error));
    ok(products_add(c, &p, NOW, &number, &w->error));
    if (own)
        ok(store_commit(w->store, &w->error));
    return number;
}

static inline int stock_setup(void **state)
{
    if (world_setup(state))
        return -1;
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_PREMIUM, &w->error));
    ok(make_tenant(w->store, "tenant02", GUILD + 1, PLAN_PREMIUM, &w->error));
    one = scope_of(w->store, "tenant01");
    two = scope_of(w->store, "tenant02");
    dl = make_product(w, &one, "DL");
    wl = make_product(w, &one, "WL");
    foreign = make_product(w, &two, "DL");
    return 0;
}

static inline int stock_teardown(void **state)
{
    stock_keep_plain(false);
    return world_teardown(state);
}

#define stock_test(name) cmocka_unit_test_setup_teardown(name, stock_setup, stock_teardown)

static inline int64_t number_of(struct world *w, const char *sql)
{
    int64_t n = -1;
    assert_true(sql_int(w->store, &w->error, &n, sql, "") >= 0);
    return n;
}

static inline int64_t add(struct world *w, const struct tenant_scope *c, int64_t product, const char *line)
{
    int64_t item = 0;
    bool open = store_in_transaction(w->store);
    if (!open)
        ok(store_begin(w->store, &w->error));
    ok(stock_add(c, product, line, strlen(line), NOW, &item, &w->error));
    if (!open)
        ok(store_commit(w->store, &w->error));
    return item;
}

static inline void assert_counts(struct world *w, const struct tenant_scope *c, int64_t product,
                                 int64_t available, int64_t reserved, int64_t sold)
{
    int64_t counts[STOCK_STATE_COUNT];
    ok(stock_counts(c, product, counts, &w->error));
    assert_int_equal(counts[STOCK_AVAILABLE], available);
    assert_int_equal(counts[STOCK_RESERVED], reserved);
    assert_int_equal(counts[STOCK_SOLD], sold);
}

static inline void assert_healthy(struct world *w)
{
    struct json *report = store_doctor(w->store, NOW);
    json_each(check, json_get(report, "checks"))
    {
        if (!json_get_bool(check, "ok", false))
            fail_msg("%s: %s", json_get_string(check, "name"), json_get_string(check, "detail"));
    }
    json_free(report);
}

#endif
