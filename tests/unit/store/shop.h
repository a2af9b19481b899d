/* Two tenants that sell: what the tests of the shop share. */
#ifndef TT_TESTS_UNIT_STORE_SHOP_H
#define TT_TESTS_UNIT_STORE_SHOP_H

#include "test.h"
#include "tt/store/customers.h"
#include "tt/store/deliveries.h"
#include "tt/store/deposits.h"
#include "tt/store/products.h"
#include "tt/store/purchase.h"
#include "tt/store/renting.h"
#include "tt/store/sales.h"
#include "tt/store/stock.h"

#define RINA INT64_C(400000000000000001)
#define BUDI INT64_C(400000000000000002)
#define STRANGER INT64_C(400000000000000009)

static const struct sale_terms terms = {
    .units = {.dl = MONEY_DL, .bgl = MONEY_BGL}, .zone = "Asia/Jakarta", .purchase_log = 71, .logs = 73};

static inline struct tenant_scope tenant(const struct world *w, int n)
{
    return scope_of(w->store, n == 1 ? "tenant01" : "tenant02");
}

static inline int shop_setup(void **state)
{
    if (world_setup(state))
        return -1;
    struct world *w = *state;
    return make_tenant(w->store, "tenant01", GUILD, PLAN_PREMIUM, &w->error) ||
           make_tenant(w->store, "tenant02", GUILD + 1, PLAN_PREMIUM, &w->error);
}

#define shop_test(name) cmocka_unit_test_setup_teardown(name, shop_setup, world_teardown)

/* Calls inside one write transaction of their own. */
#define writing(...)                           \
    do {                                       \
        ok(store_begin(w->store, &w->error));  \
        __VA_ARGS__;                           \
        ok(store_commit(w->store, &w->error)); \
    } while (0)

static inline int64_t add_product(struct world *w, int n, const char *code, int64_t price, int64_t threshold)
{
    struct tenant_scope c = tenant(w, n);
    struct product p = {.price = price, .active = true, .threshold = threshold};
    int64_t number_of = 0;
    str_copy(p.code, sizeof p.code, code);
    str_copy(p.name, sizeof p.name, code);
    writing(ok(products_add(&c, &p, NOW, &number_of, &w->error)));
    return number_of;
}

static inline void add_stock(struct world *w, int n, int64_t product, int count)
{
    struct tenant_scope c = tenant(w, n);
    static int serial;
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < count; i++) {
        char line[32];
        int64_t item;
        snprintf(line, sizeof line, "item %d", ++serial);
        ok(stock_add(&c, product, line, strlen(line), NOW, &item, &w->error));
    }
    ok(store_commit(w->store, &w->error));
}

static inline void add_customer(struct world *w, int n, int64_t user, const char *growid, int64_t balance)
{
    struct tenant_scope c = tenant(w, n);
    ok(store_begin(w->store, &w->error));
    ok(customers_register(&c, user, growid, LIMIT_NONE, NOW, NULL, &w->error));
    if (balance)
        ok(ledger_move(&c, user, balance, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static inline int64_t balance_of(struct world *w, int n, int64_t user)
{
    struct tenant_scope c = tenant(w, n);
    struct customer customer;
    ok(customers_load(&c, user, &customer, &w->error));
    return customer.balance;
}

/* Buys in a transaction of its own, which is rolled back when it is refused. */
static inline int buy(struct world *w, int n, int64_t user, const char *code, int64_t quantity, int64_t now,
                      struct purchase *p)
{
    struct tenant_scope c = tenant(w, n);
    *p = (struct purchase){.user_id = user, .code = code, .quantity = quantity};
    ok(store_begin(w->store, &w->error));
    w->error = (struct error){0};
    int result = purchase_make(&c, &terms, p, now, &w->error);
    struct error kept = w->error;
    /* A refusal has changed nothing, so that it may be committed too. */
    ok(store_commit(w->store, &w->error));
    w->error = kept;
    return result;
}

static inline int64_t bought(struct world *w, int n, int64_t user, const char *code, int64_t quantity,
                             int64_t now)
{
    struct purchase p;
    if (buy(w, n, user, code, quantity, now, &p))
        fail_msg("buy: %s", w->error.message);
    return p.tx;
}

struct due_lanes {
    struct delivery_lane lanes[16];
    int count;
};

static inline void keep_lane(void *context, const struct delivery_lane *lane)
{
    struct due_lanes *due = context;
    assert_true(due->count < 16);
    due->lanes[due->count++] = *lane;
}

/* What is due in every lane, at most LIMIT of each; what was leased for too long is due. */
static inline int lease_due(struct store *s, const char *tenant_id, const char *owner, int64_t now,
                            int64_t until, int64_t after_id, int limit,
                            void (*each)(void *, const struct delivery *), void *context, struct error *e)
{
    struct due_lanes due = {.count = 0};
    int rc = deliveries_next_expiry(s, tenant_id) <= now ? deliveries_expire(s, tenant_id, now, e) : 0;
    if (rc == 0)
        rc = deliveries_lanes(s, tenant_id, keep_lane, &due, e);
    for (int i = 0; rc == 0 && i < due.count; i++) {
        if (due.lanes[i].due > now)
            continue;
        rc = deliveries_lease(s, &due.lanes[i], owner, now, until, after_id, limit, each, context, e);
    }
    return rc;
}

/* What must hold of the money, whatever was done. */
static inline void books_are_right(struct world *w)
{
    assert_int_equal(number(w, "SELECT coalesce(sum(amount), 0) FROM entries"), 0);
    assert_int_equal(number(w,
                            "SELECT count(*) FROM (SELECT movement FROM entries GROUP BY tenant_id, movement"
                            " HAVING sum(amount) <> 0 OR count(*) <> 2)"),
                     0);
    assert_int_equal(
        number(w, "SELECT count(*) FROM customers c WHERE balance <> (SELECT coalesce(sum(amount), 0)"
                  " FROM entries e WHERE e.tenant_id = c.tenant_id AND e.user_id = c.user_id)"),
        0);
    assert_int_equal(number(w, "SELECT count(*) FROM customers WHERE balance < 0"), 0);
    assert_int_equal(
        number(w, "SELECT count(*) FROM transactions t WHERE type = 'purchase' AND quantity <> (SELECT"
                  " count(*) FROM stock s WHERE s.tx = t.tx AND s.tenant_id = t.tenant_id AND state = 2)"),
        0);
}

static inline uint64_t chance(uint64_t *seed, uint64_t n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (*seed >> 11) % n;
}

#endif
