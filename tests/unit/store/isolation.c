/* Five tenants with the same customers, messages and products, step by step among each other: what each
 * leaves behind is what it leaves when it is alone. Row numbers and what follows from them aside. */
#include "shop.h"

#define TENANTS 5
#define PEOPLE 4
#define STEPS 1200

/* What one tenant has done so far; numbers that all tenants share are named by their place in it. */
struct shop {
    struct tenant_scope c;
    uint64_t seed;
    int64_t transactions[STEPS], movements[STEPS];
    int sold, moved;
};

static void open_shop(struct world *w, struct shop shops[TENANTS], int n, uint64_t seed)
{
    struct shop *shop = &shops[n];
    char id[16];
    snprintf(id, sizeof id, "shop%d", n);
    ok(make_tenant(w->store, id, GUILD + 10 + n, PLAN_PREMIUM, &w->error));
    *shop = (struct shop){.c = scope_of(w->store, id), .seed = seed * 31 + (uint64_t)n * 977 + 1};
}

static void sell(struct world *w, struct shop *shop)
{
    struct purchase p = {.user_id = RINA + (int64_t)chance(&shop->seed, PEOPLE),
                         .code = chance(&shop->seed, 2) ? "DL" : "WL",
                         .quantity = (int64_t)chance(&shop->seed, 3) + 1};
    if (purchase_make(&shop->c, &terms, &p, NOW, NULL) == 0)
        shop->transactions[shop->sold++] = p.tx;
    else
        assert_int_not_equal(p.refusal, PURCHASE_OK);
    (void)w;
}

static void give_back(struct world *w, struct shop *shop)
{
    if (shop->sold)
        purchase_refund(&shop->c, &terms, shop->transactions[chance(&shop->seed, (uint64_t)shop->sold)], NOW,
                        NULL, NULL);
    (void)w;
}

static void send_again(struct world *w, struct shop *shop)
{
    if (shop->sold)
        deliveries_add_goods(&shop->c, shop->transactions[chance(&shop->seed, (uint64_t)shop->sold)], NOW,
                             NULL, NULL);
    (void)w;
}

static void move(struct world *w, struct shop *shop)
{
    int64_t movement, amount = (int64_t)chance(&shop->seed, 200) - 60;
    if (ledger_move(&shop->c, RINA + (int64_t)chance(&shop->seed, PEOPLE), amount, ENTRY_ADJUSTMENT, 0,
                    "by hand", NOW, NULL, &movement, NULL) == 0)
        shop->movements[shop->moved++] = movement;
    (void)w;
}

static void take_back(struct world *w, struct shop *shop)
{
    int64_t movement;
    if (shop->moved && ledger_reverse(&shop->c, shop->movements[chance(&shop->seed, (uint64_t)shop->moved)],
                                      false, NOW, &movement, NULL) == 0)
        shop->movements[shop->moved++] = movement;
    (void)w;
}

static void donate(struct world *w, struct shop *shop)
{
    struct donation donation = {.amount = (int64_t)chance(&shop->seed, 50) + 1};
    enum deposit_result result;
    struct deposit out;
    snprintf(donation.growid, sizeof donation.growid, "user%d", (int)chance(&shop->seed, PEOPLE + 2));
    ok(deposits_take(&shop->c, 9000 + (int64_t)chance(&shop->seed, 60), &donation,
                     chance(&shop->seed, 5) ? NULL : "not a listed author", NOW, &result, &out, NULL,
                     &w->error));
}

static void enrol(struct world *w, struct shop *shop)
{
    char growid[GROWID_TEXT];
    snprintf(growid, sizeof growid, "user%d", (int)chance(&shop->seed, PEOPLE + 1));
    customers_register(&shop->c, RINA + (int64_t)chance(&shop->seed, PEOPLE), growid, LIMIT_NONE, NOW, NULL,
                       NULL);
    (void)w;
}

static void restock(struct world *w, struct shop *shop)
{
    char line[32];
    int64_t item;
    snprintf(line, sizeof line, "item %d", (int)chance(&shop->seed, 400));
    stock_add(&shop->c, 1 + (int64_t)chance(&shop->seed, 2), line, strlen(line), NOW, &item, NULL);
    (void)w;
}

static void handle(struct world *w, struct shop *shop)
{
    static const enum stock_state states[] = {STOCK_RESERVED, STOCK_AVAILABLE, STOCK_DELETED};
    stock_set_state(&shop->c, (int64_t)chance(&shop->seed, 60) + 1, states[chance(&shop->seed, 3)], NULL,
                    NULL);
    (void)w;
}

struct lease {
    struct world *w;
    struct shop *shop;
};

static void arrived(void *context, const struct delivery *d)
{
    struct lease *l = context;
    struct world *w = l->w;
    assert_string_equal(d->tenant, l->shop->c.tenant);
    switch (chance(&l->shop->seed, 4)) {
    case 0:
        ok(deliveries_closed(w->store, d->delivery, &w->error));
        break;
    case 1:
        ok(deliveries_retry(w->store, d->delivery, "me", 0, NOW, "HTTP 500", &w->error));
        break;
    default:
        ok(deliveries_done(w->store, d->delivery, &w->error));
    }
}

static void send_some(struct world *w, struct shop *shop)
{
    struct lease l = {w, shop};
    ok(lease_due(w->store, shop->c.tenant, "me", NOW, NOW + 1000, 0, 2, arrived, &l, &w->error));
}

static void rent(struct world *w, struct shop *shop)
{
    rents_extend(&shop->c, (int64_t)chance(&shop->seed, 30), NOW, NULL, NULL);
    rents_auto(&shop->c, chance(&shop->seed, 2), NULL, NULL);
    (void)w;
}

static void pay(struct world *w, struct shop *shop)
{
    struct payment p = {.amount = (int64_t)chance(&shop->seed, 90) + 1,
                        .currency = "USD",
                        .status = PAYMENT_COMPLETED,
                        .created_at = NOW};
    snprintf(p.reference, sizeof p.reference, "R-%d", (int)chance(&shop->seed, 20));
    payments_add(&shop->c, &p, NULL, NULL);
    (void)w;
}

static void one_step(struct world *w, struct shop *shop)
{
    static void (*const steps[])(struct world *, struct shop *) = {
        sell,  sell,    sell,    give_back, send_again, move,      take_back, donate, donate,
        enrol, restock, restock, restock,   handle,     send_some, send_some, rent,   pay};
    steps[chance(&shop->seed, sizeof steps / sizeof *steps)](w, shop);
}

/* --- what is left --- */

/* ?1: the tenant. Numbers that all share are told by their rank among the tenant's own. */
static const char *const views[] = {
    "SELECT * FROM products WHERE tenant_id = ?1",
    "SELECT product, available, reserved, sold FROM stock_counts WHERE tenant_id = ?1",
    "SELECT product, batch, state, available FROM stock_batches WHERE tenant_id = ?1",
    "SELECT item, product, state, (SELECT count(*) FROM transactions t WHERE t.tenant_id = ?1 AND t.tx <= "
    "s.tx)"
    " FROM stock s WHERE tenant_id = ?1 ORDER BY item",
    "SELECT user_id, growid, balance FROM customers WHERE tenant_id = ?1 ORDER BY user_id",
    "SELECT account, user_id, amount, kind, note, iif(kind IN ('purchase', 'refund'), (SELECT count(*) FROM"
    " transactions t WHERE t.tenant_id = ?1 AND t.tx <= e.reference), iif(kind = 'undo', (SELECT count(*) "
    "FROM"
    " entries f WHERE f.tenant_id = ?1 AND f.entry <= e.reference), reference)) FROM entries e"
    " WHERE tenant_id = ?1 ORDER BY entry",
    "SELECT type, user_id, product, code, quantity, total, status, delivery, copies, (SELECT count(*) FROM"
    " transactions p WHERE p.tenant_id = ?1 AND p.tx <= t.refunds) FROM transactions t WHERE tenant_id = ?1"
    " ORDER BY tx",
    "SELECT message_id, growid, user_id, amount, state, reason FROM deposits WHERE tenant_id = ?1"
    " ORDER BY deposit",
    "SELECT kind, copy, user_id, channel_id, items_left, state, attempts, reason, tried_at, (SELECT count(*) "
    "FROM"
    " transactions t WHERE t.tenant_id = ?1 AND t.tx <= d.tx) FROM deliveries d WHERE tenant_id = ?1"
    " ORDER BY delivery",
    "SELECT starts_at, ends_at, auto_renew FROM rents WHERE tenant_id = ?1",
    "SELECT amount, currency, status, reference FROM payments WHERE tenant_id = ?1 ORDER BY payment",
    "SELECT hour, sales, quantity, total FROM sales_hours WHERE tenant_id = ?1",
    "SELECT day, sales, quantity, total FROM sales_days WHERE tenant_id = ?1",
    "SELECT day, product, sales, quantity, total FROM sales_products WHERE tenant_id = ?1",
    "SELECT day, user_id, sales, quantity, total FROM sales_customers WHERE tenant_id = ?1",
    "SELECT weeks, week, user_id, sales, quantity, total FROM sales_customer_weeks WHERE tenant_id = ?1",
};

static void left_behind(struct world *w, const struct shop *shop, struct str *out)
{
    str_clear(out);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        sqlite3_stmt *stmt = NULL;
        assert_int_equal(sqlite3_prepare_v2(w->store->db, views[i], -1, &stmt, NULL), SQLITE_OK);
        sqlite3_bind_text(stmt, 1, shop->c.tenant, -1, SQLITE_STATIC);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            str_addf(out, "%zu", i);
            for (int c = 0; c < sqlite3_column_count(stmt); c++)
                str_addf(out, "|%s",
                         sqlite3_column_type(stmt, c) == SQLITE_NULL
                             ? "-"
                             : (const char *)sqlite3_column_text(stmt, c));
            str_add_char(out, '\n');
        }
        sqlite3_finalize(stmt);
    }
}

static void begin(struct world *w, struct shop *shop)
{
    static const char *const codes[] = {"DL", "WL"};
    for (int i = 0; i < 2; i++) {
        struct product p = {.price = 7 - 3 * i, .active = true, .threshold = 2};
        str_copy(p.code, sizeof p.code, codes[i]);
        str_copy(p.name, sizeof p.name, codes[i]);
        ok(products_add(&shop->c, &p, NOW, NULL, &w->error));
    }
    for (int u = 0; u < PEOPLE; u++) {
        char growid[GROWID_TEXT];
        snprintf(growid, sizeof growid, "user%d", u);
        ok(customers_register(&shop->c, RINA + u, growid, LIMIT_NONE, NOW, NULL, &w->error));
    }
}

static void play(struct world *w, struct shop shops[TENANTS], int first, int last, uint64_t seed,
                 struct str out[TENANTS])
{
    uint64_t turns = seed;
    for (int n = first; n <= last; n++) {
        open_shop(w, shops, n, seed);
        ok(store_begin(w->store, &w->error));
        begin(w, &shops[n]);
        ok(store_commit(w->store, &w->error));
    }
    int left[TENANTS], all = (last - first + 1) * STEPS;
    for (int n = 0; n < TENANTS; n++)
        left[n] = STEPS;
    ok(store_begin(w->store, &w->error));
    for (; all > 0; all--) {
        int n = first + (int)chance(&turns, (uint64_t)(last - first + 1));
        while (!left[n])
            n = n == last ? first : n + 1;
        left[n]--;
        one_step(w, &shops[n]);
    }
    ok(store_commit(w->store, &w->error));
    for (int n = first; n <= last; n++) {
        left_behind(w, &shops[n], &out[n]);
    }
}

static void differ(uint64_t seed, int n, const char *alone, const char *together)
{
    size_t at = 0, line = 0;
    for (; alone[at] && alone[at] == together[at]; at++)
        line = alone[at] == '\n' ? at + 1 : line;
    fail_msg("TENANTTUI_SEED=%llu: shop%d alone: %.200s; among others: %.200s", (unsigned long long)seed, n,
             alone + line, together + line);
}

static void each_of_five_leaves_what_it_leaves_alone(void **state)
{
    struct world *w = *state;
    struct shop *shops = calloc(TENANTS, sizeof *shops);
    const char *given = getenv("TENANTTUI_SEED");
    uint64_t seed = (given ? strtoull(given, NULL, 10) : (uint64_t)time_now()) | 1;
    struct str together[TENANTS] = {{0}}, alone[TENANTS] = {{0}};
    print_message("# TENANTTUI_SEED=%llu\n", (unsigned long long)seed);
    play(w, shops, 0, TENANTS - 1, seed, together);
    assert_true(shops[0].sold > 20 && shops[0].moved > 20);
    books_are_right(w);
    for (int n = 0; n < TENANTS; n++) {
        void *fresh = NULL;
        assert_int_equal(shop_setup(&fresh), 0);
        w = fresh;
        play(w, shops, n, n, seed, alone);
        assert_true(alone[n].len > 5000);
        if (!str_equal(str_text(&alone[n]), str_text(&together[n])))
            differ(seed, n, str_text(&alone[n]), str_text(&together[n]));
        world_teardown(&fresh);
        str_release(&alone[n]);
        str_release(&together[n]);
    }
    free(shops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(each_of_five_leaves_what_it_leaves_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
