/* Purchases, refunds, and the list of both. */
#include "shop.h"

static void a_purchase_moves_goods_money_and_numbers_at_once(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct purchase p;
    struct transaction t;
    int64_t product = add_product(w, 1, "DL", 150, 0);
    add_stock(w, 1, product, 5);
    add_customer(w, 1, RINA, "Rina99", 500);
    assert_int_equal(buy(w, 1, RINA, "dl", 3, NOW, &p), 0);
    assert_int_equal(p.refusal, PURCHASE_OK);
    assert_int_equal(p.total, 450);
    assert_int_equal(p.price, 150);
    assert_int_equal(p.balance, 50);
    assert_int_equal(p.available, 2);
    assert_false(p.low);
    assert_int_equal(balance_of(w, 1, RINA), 50);
    ok(transactions_find(&c, p.id, &t, &w->error));
    assert_int_equal(t.tx, p.tx);
    assert_int_equal(t.type, TRANSACTION_PURCHASE);
    assert_int_equal(t.status, TRANSACTION_COMPLETED);
    assert_int_equal(t.delivery, TRANSACTION_ON_ITS_WAY);
    assert_string_equal(t.code, "DL");
    assert_int_equal(t.quantity, 3);
    assert_int_equal(t.total, 450);
    assert_int_equal(t.created_at, NOW);
    assert_int_equal(number(w, "SELECT count(*) FROM stock WHERE state = 2 AND tx = 1"), 3);
    assert_int_equal(number(w, "SELECT total FROM sales_days WHERE day = 0"), 450);
    assert_int_equal(number(w, "SELECT count(*) FROM deliveries WHERE kind = 'goods' AND state = 'pending'"),
                     1);
    assert_int_equal(
        number(w, "SELECT count(*) FROM deliveries WHERE kind = 'purchase_log' AND channel_id = 71"), 1);
    assert_int_equal(number(w, "SELECT count(*) FROM deliveries"), 2); /* no channel history_buy, not low */
    books_are_right(w);
}

struct refused {
    int64_t user;
    const char *code;
    int64_t quantity;
    enum purchase_refusal refusal;
    enum error_code error;
};

static void every_refusal_is_told_apart_and_changes_nothing(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    static const struct refused refusals[] = {
        {STRANGER, "DL", 1, PURCHASE_NOT_REGISTERED, ERROR_REFUSED},
        {BUDI, "DL", 1, PURCHASE_NOT_REGISTERED, ERROR_REFUSED}, /* a customer of the other tenant */
        {RINA, "NONE", 1, PURCHASE_NO_PRODUCT, ERROR_NO_SUCH},
        {RINA, "THEIRS", 1, PURCHASE_NO_PRODUCT, ERROR_NO_SUCH},
        {RINA, "GONE", 1, PURCHASE_NO_PRODUCT, ERROR_NO_SUCH},
        {RINA, "D L", 1, PURCHASE_NO_PRODUCT, ERROR_MALFORMED},
        {RINA, "OFF", 1, PURCHASE_INACTIVE, ERROR_REFUSED},
        {RINA, "DL", 3, PURCHASE_STOCK, ERROR_REFUSED},
        {RINA, "EMPTY", 1, PURCHASE_STOCK, ERROR_REFUSED},
        {RINA, "DEAR", 1, PURCHASE_MONEY, ERROR_REFUSED},
        {RINA, "DL", 0, PURCHASE_QUANTITY, ERROR_MALFORMED},
        {RINA, "DL", -1, PURCHASE_QUANTITY, ERROR_MALFORMED},
        {RINA, "DL", STOCK_TAKE_MAX + 1, PURCHASE_QUANTITY, ERROR_MALFORMED},
        {RINA, "DL", INT64_MAX, PURCHASE_QUANTITY, ERROR_MALFORMED},
    };
    struct purchase p;
    add_stock(w, 1, add_product(w, 1, "DL", 150, 0), 2);
    add_stock(w, 1, add_product(w, 1, "OFF", 150, 0), 2);
    add_stock(w, 1, add_product(w, 1, "GONE", 1, 0), 2);
    add_stock(w, 1, add_product(w, 1, "DEAR", 1000000000, 0), 2);
    add_stock(w, 2, add_product(w, 2, "THEIRS", 1, 0), 2);
    add_product(w, 1, "EMPTY", 1, 0);
    add_customer(w, 1, RINA, "Rina99", 500);
    add_customer(w, 2, BUDI, "Budi99", 500);
    writing(ok(products_set_active(&c, "OFF", false, NOW, NULL, &w->error)));
    writing(ok(products_remove(&c, "GONE", NOW, &w->error)));
    int64_t rows =
        number(w, "SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM stock WHERE state = 0)");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refused *r = &refusals[i];
        int result = buy(w, 1, r->user, r->code, r->quantity, NOW, &p);
        if (result != -1 || p.refusal != r->refusal || w->error.code != r->error)
            fail_msg("%s %lld: %d, %s", r->code, (long long)r->quantity, (int)p.refusal, w->error.message);
    }
    assert_int_equal(buy(w, 1, RINA, "DL", 3, NOW, &p), -1);
    assert_int_equal(p.available, 2);
    assert_int_equal(buy(w, 1, RINA, "DEAR", 1, NOW, &p), -1);
    assert_int_equal(p.total, 1000000000);
    assert_int_equal(p.balance, 500);
    assert_non_null(strstr(w->error.message, "5 DL"));
    assert_int_equal(
        number(w, "SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM stock WHERE state = 0)"),
        rows);
    assert_int_equal(number(w,
                            "SELECT (SELECT count(*) FROM transactions) + (SELECT count(*) FROM deliveries)"
                            " + (SELECT count(*) FROM sales_total) + (SELECT count(*) FROM sales_hours)"),
                     0);
}

/* A trigger in the place of a disk that fails at the last moment. */
static void a_purchase_that_fails_half_way_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    add_stock(w, 1, add_product(w, 1, "DL", 150, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 500);
    assert_int_equal(
        sqlite3_exec(w->store->db,
                     "CREATE TEMP TRIGGER fault BEFORE INSERT ON deliveries WHEN new.kind = 'purchase_log'"
                     " BEGIN SELECT raise(ABORT, 'fault'); END",
                     NULL, NULL, NULL),
        SQLITE_OK);
    struct purchase p = {.user_id = RINA, .code = "DL", .quantity = 3};
    ok(store_begin(w->store, &w->error));
    ok(store_savepoint(w->store, &w->error));
    assert_int_equal(purchase_make(&c, &terms, &p, NOW, &w->error), -1);
    assert_int_equal(p.refusal, PURCHASE_OK); /* no answer for a buyer: roll back, try again */
    store_rollback_to(w->store);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(balance_of(w, 1, RINA), 500);
    assert_int_equal(number(w, "SELECT available FROM stock_counts"), 5);
    assert_int_equal(number(w, "SELECT count(*) FROM transactions"), 0);
    books_are_right(w);
}

static void staff_is_told_once_when_a_sale_crosses_the_threshold(void **state)
{
    struct world *w = *state;
    struct purchase p;
    add_stock(w, 1, add_product(w, 1, "DL", 1, 5), 10);
    add_customer(w, 1, RINA, "Rina99", 500);
    static const bool low[] = {false, true, false, false}; /* 7, 5, 4, 3 are left */
    static const int64_t quantities[] = {3, 2, 1, 1};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(buy(w, 1, RINA, "DL", quantities[i], NOW, &p), 0);
        assert_int_equal(p.low, low[i]);
    }
    assert_int_equal(
        number(w, "SELECT count(*) FROM deliveries WHERE kind = 'low_stock' AND channel_id = 73"), 1);
    assert_int_equal(number(w, "SELECT items_left FROM deliveries WHERE kind = 'low_stock'"), 5);
}

/* --- refunds --- */

static void a_refund_gives_back_the_money_once(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1), stranger = tenant(w, 2);
    struct transaction refund, t;
    add_stock(w, 1, add_product(w, 1, "DL", 150, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 500);
    int64_t tx = bought(w, 1, RINA, "DL", 2, NOW);
    ok(store_begin(w->store, &w->error));
    fails(purchase_refund(&stranger, &terms, tx, NOW + 1, &refund, &w->error), ERROR_NO_SUCH);
    ok(purchase_refund(&c, &terms, tx, NOW + 1, &refund, &w->error));
    fails(purchase_refund(&c, &terms, tx, NOW + 2, NULL, &w->error), ERROR_REFUSED);
    assert_non_null(strstr(w->error.message, "already"));
    fails(purchase_refund(&c, &terms, refund.tx, NOW + 2, NULL, &w->error), ERROR_REFUSED);
    fails(purchase_refund(&c, &terms, 12345, NOW + 2, NULL, &w->error), ERROR_NO_SUCH);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(balance_of(w, 1, RINA), 500);
    assert_int_equal(refund.type, TRANSACTION_REFUND);
    assert_int_equal(refund.refunds, tx);
    assert_int_equal(refund.total, 300);
    assert_int_equal(refund.delivery, TRANSACTION_UNDELIVERED);
    ok(transactions_load(&c, tx, &t, &w->error));
    assert_int_equal(t.status, TRANSACTION_REFUNDED);
    assert_string_equal(refund.refunds_id, t.id);
    assert_int_equal(number(w, "SELECT count(*) FROM stock WHERE state = 2"), 2); /* the goods stay sold */
    assert_int_equal(number(w, "SELECT count(*) FROM entries WHERE kind = 'refund'"), 2);
    assert_int_equal(number(w, "SELECT sum(sales) + sum(quantity) + sum(total) FROM sales_days"), 0);
    books_are_right(w);
}

static void a_refund_that_cannot_be_paid_changes_nothing(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    add_stock(w, 1, add_product(w, 1, "DL", 150, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 150);
    int64_t tx = bought(w, 1, RINA, "DL", 1, NOW);
    ok(store_begin(w->store, &w->error));
    ok(ledger_move(&c, RINA, MONEY_MAX, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error));
    fails(purchase_refund(&c, &terms, tx, NOW + 1, NULL, &w->error), ERROR_REFUSED);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(number(w, "SELECT count(*) FROM transactions WHERE status = 'completed'"), 1);
    assert_int_equal(number(w, "SELECT count(*) FROM transactions"), 1);
    books_are_right(w);
}

/* --- finding and listing --- */

static void a_transaction_is_found_by_what_people_type(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1), stranger = tenant(w, 2);
    struct purchase p;
    struct transaction t;
    char typed[RECEIPT_TEXT];
    add_stock(w, 1, add_product(w, 1, "DL", 1, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 500);
    assert_int_equal(buy(w, 1, RINA, "DL", 1, NOW, &p), 0);
    for (int i = 0; i < RECEIPT_TEXT; i++)
        typed[i] = (char)(p.id[i] >= 'A' && p.id[i] <= 'Z' ? p.id[i] - 'A' + 'a' : p.id[i]);
    ok(transactions_find(&c, typed, &t, &w->error));
    assert_int_equal(t.tx, p.tx);
    fails(transactions_find(&stranger, p.id, &t, &w->error), ERROR_NO_SUCH);
    fails(transactions_find(&c, "nothing like it", &t, &w->error), ERROR_NO_SUCH);
    typed[0] = typed[0] == '0' ? '2' : '0';
    fails(transactions_find(&c, typed, &t, &w->error), ERROR_MALFORMED);
    /* One of another system, even where it looks like a mistyped one of ours. */
    ok(store_begin(w->store, &w->error));
    ok(sql_run(w->store, &w->error, "UPDATE transactions SET foreign_id = ?1 WHERE tx = 1", "t", typed));
    ok(store_commit(w->store, &w->error));
    ok(transactions_find(&c, typed, &t, &w->error));
    assert_int_equal(t.tx, p.tx);
    assert_string_equal(t.foreign_id, typed);
}

struct list {
    int64_t tx[64];
    int count;
    char next[LIST_NEXT_TEXT];
    int64_t total;
};

static void take(void *context, const struct transaction *t)
{
    struct list *list = context;
    if (list->count < 64)
        list->tx[list->count++] = t->tx;
}

static struct list listed(struct world *w, int n, struct transaction_query q)
{
    struct list list = {.total = -2};
    struct tenant_scope c = tenant(w, n);
    ok(transactions_list(&c, &q, take, &list, &list.total, list.next, &w->error));
    return list;
}

/* Every filter, in pages forward and backward, against the rows themselves. */
static void transactions_are_listed_newest_first_by_any_filter(void **state)
{
    struct world *w = *state;
    uint64_t seed = 99;
    struct {
        int tenant;
        int64_t tx, user, time;
        const char *code;
    } all[60];
    static const char *const codes[] = {"DL", "BGL"};
    for (int t = 1; t <= 2; t++) {
        for (int i = 0; i < 2; i++)
            add_stock(w, t, add_product(w, t, codes[i], 1, 0), 60);
        add_customer(w, t, RINA, "Rina99", 500);
        add_customer(w, t, BUDI, "Budi99", 500);
    }
    for (int i = 0; i < 60; i++) {
        all[i].tenant = (int)chance(&seed, 2) + 1;
        all[i].user = chance(&seed, 3) ? RINA : BUDI;
        all[i].code = codes[chance(&seed, 2)];
        all[i].time = NOW + (int64_t)chance(&seed, 20) * 1000; /* the clock steps, and moments repeat */
        all[i].tx = bought(w, all[i].tenant, all[i].user, all[i].code, 1, all[i].time);
    }
    for (int filter = 0; filter < 8; filter++) {
        struct transaction_query q = {.user = filter & 1 ? BUDI : 0,
                                      .code = filter & 2 ? "DL" : NULL,
                                      .since = filter & 4 ? NOW + 7000 : 0};
        int64_t expected[60];
        int n = 0;
        for (int64_t time = NOW + 20000; time >= NOW; time -= 1000)
            for (int i = 59; i >= 0; i--)
                if (all[i].time == time && all[i].tenant == 1 && (!q.user || all[i].user == q.user) &&
                    (!q.code || str_equal(all[i].code, q.code)) && (!q.since || time >= q.since))
                    expected[n++] = all[i].tx;
        assert_true(n > 2);
        struct list whole = listed(w, 1, q);
        assert_int_equal(whole.count, n);
        assert_int_equal(whole.total, n);
        assert_string_equal(whole.next, "");
        assert_memory_equal(whole.tx, expected, (size_t)n * sizeof *expected);
        q.page.limit = 2;
        for (int at = 0; at < n; at += 2) {
            struct list page = listed(w, 1, q);
            assert_int_equal(page.count, n - at < 2 ? 1 : 2);
            assert_memory_equal(page.tx, expected + at, (size_t)page.count * sizeof *expected);
            assert_int_equal(page.next[0] != '\0', at + 2 < n);
            char before[LIST_NEXT_TEXT];
            struct transaction_query back = q;
            transactions_id(w->store, page.tx[0], before);
            back.page.after = NULL;
            back.page.before = before;
            struct list previous = listed(w, 1, back);
            assert_int_equal(previous.count, at < 2 ? 0 : 2);
            if (at >= 2)
                assert_memory_equal(previous.tx, expected + at - 2, 2 * sizeof *expected);
            char *after = mem_strdup(page.next);
            free((char *)q.page.after);
            q.page.after = after;
        }
        free((char *)q.page.after);
        q.page = (struct paging){.count = true};
        assert_int_equal(listed(w, 1, q).total, n);
    }
}

/* Sums of days and the rows of one day in part, whatever the moment that is asked about. */
static void the_number_of_transactions_agrees_with_a_recount(void **state)
{
    struct world *w = *state;
    const int64_t day = 86400000, first = NOW - NOW % day;
    uint64_t seed = 11;
    int64_t times[50];
    add_stock(w, 1, add_product(w, 1, "DL", 1, 0), 60);
    add_customer(w, 1, RINA, "Rina99", 500);
    for (int i = 0; i < 50; i++) {
        times[i] = first + (int64_t)chance(&seed, 12) * day / 2 + (i % 3 - 1); /* around each edge of a day */
        bought(w, 1, RINA, "DL", 1, times[i]);
    }
    for (int64_t since = first - day; since < first + 8 * day; since += day / 2)
        for (int64_t beside = -2; beside <= 2; beside++) {
            struct transaction_query q = {.since = since + beside, .page = {.count = true}};
            int n = 0;
            for (int i = 0; i < 50; i++)
                n += times[i] >= q.since;
            assert_int_equal(listed(w, 1, q).total, n);
            assert_int_equal(listed(w, 2, q).total, 0);
        }
    struct transaction_query all = {.page = {.count = true}};
    assert_int_equal(listed(w, 1, all).total, 50);
}

/* Many buyers, products and refusals against a plain model. */
static void random_sales_agree_with_a_plain_model(void **state)
{
    struct world *w = *state;
    uint64_t seed = 7;
    static const char *const codes[] = {"AAA", "BBB", "CCC"};
    static const int64_t prices[] = {1, 70, 1500};
    int64_t stock[2][3], balance[2][3], items = 0;
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 3; i++) {
            char growid[GROWID_TEXT];
            snprintf(growid, sizeof growid, "buyer%d", i);
            stock[t][i] = 200;
            balance[t][i] = 40000;
            add_stock(w, t + 1, add_product(w, t + 1, codes[i], prices[i], 0), 200);
            add_customer(w, t + 1, RINA + i, growid, 40000);
        }
    int refused = 0;
    for (int i = 0; i < 400; i++) {
        int t = (int)chance(&seed, 2), u = (int)chance(&seed, 3), k = (int)chance(&seed, 3);
        int64_t n = 1 + (int64_t)chance(&seed, 9);
        struct purchase p;
        enum purchase_refusal expected = stock[t][k] < n                 ? PURCHASE_STOCK
                                         : balance[t][u] < n * prices[k] ? PURCHASE_MONEY
                                                                         : PURCHASE_OK;
        assert_int_equal(buy(w, t + 1, RINA + u, codes[k], n, NOW + i, &p), expected ? -1 : 0);
        assert_int_equal(p.refusal, expected);
        refused += expected != PURCHASE_OK;
        if (!expected) {
            stock[t][k] -= n;
            balance[t][u] -= n * prices[k];
            items += n;
        }
    }
    assert_true(refused > 20);
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 3; i++) {
            struct tenant_scope c = tenant(w, t + 1);
            struct product p;
            ok(products_load(&c, codes[i], &p, &w->error));
            assert_int_equal(p.available, stock[t][i]);
            assert_int_equal(p.sold, 200 - stock[t][i]);
            assert_int_equal(balance_of(w, t + 1, RINA + i), balance[t][i]);
        }
    assert_int_equal(number(w, "SELECT count(*) FROM stock WHERE state = 2 AND tx IS NOT NULL"), items);
    books_are_right(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_purchase_moves_goods_money_and_numbers_at_once),
        shop_test(every_refusal_is_told_apart_and_changes_nothing),
        shop_test(a_purchase_that_fails_half_way_leaves_nothing),
        shop_test(staff_is_told_once_when_a_sale_crosses_the_threshold),
        shop_test(a_refund_gives_back_the_money_once),
        shop_test(a_refund_that_cannot_be_paid_changes_nothing),
        shop_test(a_transaction_is_found_by_what_people_type),
        shop_test(transactions_are_listed_newest_first_by_any_filter),
        shop_test(the_number_of_transactions_agrees_with_a_recount),
        shop_test(random_sales_agree_with_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
