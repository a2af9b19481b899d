/* What the operator sees of all shops at once. */
#include "shop.h"
#include "tt/store/overview.h"

struct seen {
    char text[256];
};

static void see_low(void *context, const char *tenant, const char *code, int64_t available, int64_t many)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s %s %d of %d;", tenant, code, (int)available,
             (int)many);
}

static const char *low(struct world *w, struct seen *seen)
{
    seen->text[0] = '\0';
    ok(shops_low(w->store, 10, see_low, seen, &w->error));
    return seen->text;
}

static void a_product_is_low_while_no_more_than_its_threshold_is_left(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct seen seen;
    int64_t dl = add_product(w, 1, "DL", 100, 2);
    add_product(w, 2, "DL", 100, 0); /* nobody wants to know */
    assert_string_equal(low(w, &seen), "tenant01 DL 0 of 1;");
    add_stock(w, 1, dl, 3);
    assert_string_equal(low(w, &seen), "");
    writing(ok(stock_reduce(&c, dl, 1, &w->error)));
    assert_string_equal(low(w, &seen), "tenant01 DL 2 of 1;");
    writing(ok(products_set_threshold(&c, "DL", 1, NOW, NULL, &w->error)));
    assert_string_equal(low(w, &seen), "");
}

static void the_product_with_the_fewest_items_stands_for_its_shop(void **state)
{
    struct world *w = *state;
    struct seen seen;
    add_stock(w, 1, add_product(w, 1, "AAA", 100, 5), 4);
    add_stock(w, 1, add_product(w, 1, "BBB", 100, 5), 1);
    add_stock(w, 1, add_product(w, 1, "CCC", 100, 5), 6);
    add_stock(w, 2, add_product(w, 2, "AAA", 100, 5), 3);
    assert_string_equal(low(w, &seen), "tenant01 BBB 1 of 2;tenant02 AAA 3 of 1;");
}

static void what_is_not_for_sale_is_not_low(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct seen seen;
    add_product(w, 1, "DL", 100, 5);
    writing(ok(products_set_active(&c, "DL", false, NOW, NULL, &w->error)));
    assert_string_equal(low(w, &seen), "");
    writing(ok(products_set_active(&c, "DL", true, NOW, NULL, &w->error)));
    assert_string_equal(low(w, &seen), "tenant01 DL 0 of 1;");
    writing(ok(tenants_set_status(w->store, "tenant01", STATUS_SUSPENDED, NULL, &w->error)));
    assert_string_equal(low(w, &seen), "");
    writing(ok(tenants_set_status(w->store, "tenant01", STATUS_ACTIVE, NULL, &w->error)));
    writing(ok(products_remove(&c, "DL", NOW, &w->error)));
    assert_string_equal(low(w, &seen), "");
}

static void a_shop_is_told_by_its_own_stock_and_the_sales_of_seven_days(void **state)
{
    struct world *w = *state;
    struct tenant_scope one = tenant(w, 1), two = tenant(w, 2);
    struct shop_figures figures;
    int64_t dl = add_product(w, 1, "DL", 100, 9);
    add_stock(w, 1, dl, 10);
    add_stock(w, 1, add_product(w, 1, "BGL", 900, 0), 5);
    add_customer(w, 1, RINA, "Rina", 100000);
    bought(w, 1, RINA, "DL", 2, NOW - 8 * TIME_DAY);
    bought(w, 1, RINA, "DL", 1, NOW - 3 * TIME_DAY);
    bought(w, 1, RINA, "BGL", 1, NOW);
    ok(shop_figures_of(&one, NOW, &figures, &w->error));
    assert_int_equal(figures.available, 11);
    assert_int_equal(figures.low, 1);
    assert_int_equal(figures.sales, 2);
    assert_int_equal(figures.total, 1000);
    ok(shop_figures_of(&two, NOW, &figures, &w->error));
    assert_int_equal(figures.available + figures.low + figures.sales + figures.total, 0);
}

static void see_ending(void *context, const char *tenant, int64_t ends_at)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s %d;", tenant,
             (int)((ends_at - NOW) / TIME_DAY));
}

static void rents_that_end_soon_are_told_unless_they_renew_themselves(void **state)
{
    struct world *w = *state;
    struct tenant_scope one = tenant(w, 1), two = tenant(w, 2);
    struct seen seen = {""};
    writing(ok(rents_extend(&one, 5, NOW, NULL, &w->error)));
    writing(ok(rents_extend(&two, 3, NOW, NULL, &w->error)));
    ok(rents_ending(w->store, NOW, NOW + 7 * TIME_DAY, 10, see_ending, &seen, &w->error));
    assert_string_equal(seen.text, "tenant02 3;tenant01 5;");
    seen.text[0] = '\0';
    ok(rents_ending(w->store, NOW, NOW + 4 * TIME_DAY, 10, see_ending, &seen, &w->error));
    assert_string_equal(seen.text, "tenant02 3;");
    seen.text[0] = '\0';
    writing(ok(rents_auto(&two, true, NULL, &w->error)));
    ok(rents_ending(w->store, NOW, NOW + 4 * TIME_DAY, 10, see_ending, &seen, &w->error));
    assert_string_equal(seen.text, "");
}

static void rents_that_ended_are_told_for_a_month_of_expired_tenants_too(void **state)
{
    struct world *w = *state;
    struct tenant_scope one = tenant(w, 1), two = tenant(w, 2);
    struct seen seen = {""};
    writing(ok(rents_extend(&one, 5, NOW, NULL, &w->error)));
    writing(ok(rents_extend(&two, 10, NOW, NULL, &w->error)));
    writing(ok(tenants_set_status(w->store, "tenant01", STATUS_EXPIRED, NULL, &w->error)));
    writing(ok(tenants_set_status(w->store, "tenant02", STATUS_EXPIRED, NULL, &w->error)));
    ok(rents_ending(w->store, NOW + 6 * TIME_DAY, NOW + 13 * TIME_DAY, 10, see_ending, &seen, &w->error));
    assert_string_equal(seen.text, "tenant01 5;"); /* the other term lasts: somebody said expired */
    seen.text[0] = '\0';
    ok(rents_ending(w->store, NOW + 36 * TIME_DAY, NOW + 43 * TIME_DAY, 10, see_ending, &seen, &w->error));
    assert_string_equal(seen.text, "tenant02 10;");
}

static void see_unarrived(void *context, const char *tenant, const char *delivery, int64_t many)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s %s %d;", tenant, delivery, (int)many);
}

static int64_t unarrived(struct world *w, int n, int64_t when, const char *delivery)
{
    struct purchase p;
    assert_int_equal(buy(w, n, RINA, "DL", 1, when, &p), 0);
    char *update =
        mem_format("UPDATE transactions SET delivery = '%s' WHERE tx = %lld", delivery, (long long)p.tx);
    assert_int_equal(sqlite3_exec(w->store->db, update, NULL, NULL, NULL), SQLITE_OK);
    free(update);
    return p.tx;
}

static void goods_that_did_not_arrive_are_told_by_what_became_of_them_until_the_money_is_back(void **state)
{
    struct world *w = *state;
    struct seen seen = {""};
    for (int n = 1; n <= 2; n++) {
        add_stock(w, n, add_product(w, n, "DL", 1, 0), 9);
        add_customer(w, n, RINA, "Rina99", 100);
    }
    struct tenant_scope one = tenant(w, 1);
    unarrived(w, 1, NOW - 9, "failed");
    unarrived(w, 1, NOW, "sent");
    unarrived(w, 1, NOW, "pending");
    unarrived(w, 1, NOW, "closed");
    unarrived(w, 1, NOW, "closed");
    int64_t tx = unarrived(w, 2, NOW, "failed");
    ok(shops_unarrived(w->store, NOW, 10, see_unarrived, &seen, &w->error));
    assert_string_equal(seen.text, "tenant01 closed 2;tenant02 failed 1;");
    struct tenant_scope two = tenant(w, 2);
    writing(ok(purchase_refund(&two, &terms, tx, NOW, NULL, &w->error)));
    seen.text[0] = '\0';
    ok(shops_unarrived(w->store, NOW - 9, 10, see_unarrived, &seen, &w->error));
    assert_string_equal(seen.text, "tenant01 closed 2;tenant01 failed 1;");
    for (int d = 0; d < TRANSACTION_DELIVERY_COUNT; d++) {
        static const int64_t expected[TRANSACTION_DELIVERY_COUNT] = {0, 1, 1, 2, 1};
        struct transaction_query q = {.delivery = transaction_delivery_words[d], .page = {.count = true}};
        int64_t total;
        ok(transactions_list(&one, &q, NULL, NULL, &total, NULL, &w->error));
        assert_int_equal(total, expected[d]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_product_is_low_while_no_more_than_its_threshold_is_left),
        shop_test(the_product_with_the_fewest_items_stands_for_its_shop),
        shop_test(what_is_not_for_sale_is_not_low),
        shop_test(a_shop_is_told_by_its_own_stock_and_the_sales_of_seven_days),
        shop_test(rents_that_end_soon_are_told_unless_they_renew_themselves),
        shop_test(rents_that_ended_are_told_for_a_month_of_expired_tenants_too),
        shop_test(goods_that_did_not_arrive_are_told_by_what_became_of_them_until_the_money_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
