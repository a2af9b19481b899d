/* Rental terms and payments. */
#include "shop.h"

static struct rent term(struct world *w, int n)
{
    struct tenant_scope c = tenant(w, n);
    struct rent rent;
    ok(rents_load(&c, &rent, &w->error));
    return rent;
}

static void extend(struct world *w, int n, int64_t days, int64_t now)
{
    struct tenant_scope c = tenant(w, n);
    writing(ok(rents_extend(&c, days, now, NULL, &w->error)));
}

static void a_term_is_extended_from_the_later_of_now_and_its_end(void **state)
{
    struct world *w = *state;
    assert_false(term(w, 1).set);
    extend(w, 1, 30, NOW);
    assert_int_equal(term(w, 1).starts_at, NOW);
    assert_int_equal(term(w, 1).ends_at, NOW + 30 * TIME_DAY);
    extend(w, 1, 10, NOW + 5 * TIME_DAY); /* before the end: nothing is lost */
    assert_int_equal(term(w, 1).ends_at, NOW + 40 * TIME_DAY);
    assert_int_equal(term(w, 1).starts_at, NOW);
    extend(w, 1, 10, NOW + 50 * TIME_DAY); /* after it: the gap is not paid for */
    assert_int_equal(term(w, 1).starts_at, NOW + 50 * TIME_DAY);
    assert_int_equal(term(w, 1).ends_at, NOW + 60 * TIME_DAY);
    assert_false(term(w, 2).set);
}

static void a_term_may_end_on_a_date(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct rent rent;
    ok(store_begin(w->store, &w->error));
    ok(rents_until(&c, NOW + 12345, NOW, &rent, &w->error));
    assert_int_equal(rent.ends_at, NOW + 12345);
    fails(rents_until(&c, NOW, NOW, NULL, &w->error), ERROR_MALFORMED);
    fails(rents_until(&c, INT64_MAX, NOW, NULL, &w->error), ERROR_MALFORMED);
    fails(rents_extend(&c, 0, NOW, NULL, &w->error), ERROR_MALFORMED);
    fails(rents_extend(&c, -30, NOW, NULL, &w->error), ERROR_MALFORMED);
    fails(rents_extend(&c, INT64_MAX, NOW, NULL, &w->error), ERROR_MALFORMED);
    fails(rents_extend(&c, RENT_DAYS_MAX, NOW, NULL, &w->error), ERROR_REFUSED);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(term(w, 1).ends_at, NOW + 12345);
}

static void renewal_is_switched_on_a_term(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    bool changed = false;
    ok(store_begin(w->store, &w->error));
    fails(rents_auto(&c, true, &changed, &w->error), ERROR_NO_SUCH);
    ok(rents_extend(&c, 30, NOW, NULL, &w->error));
    ok(rents_auto(&c, true, &changed, &w->error));
    assert_true(changed);
    ok(rents_auto(&c, true, &changed, &w->error));
    assert_false(changed);
    ok(store_commit(w->store, &w->error));
    assert_true(term(w, 1).auto_renew);
    assert_int_equal(term(w, 1).ends_at, NOW + 30 * TIME_DAY);
}

struct due {
    char text[128];
};

static void note(void *context, const char *tenant_id, const struct rent *rent, int days)
{
    struct due *due = context;
    size_t n = strlen(due->text);
    (void)rent;
    snprintf(due->text + n, sizeof due->text - n, "%s:%d ", tenant_id, days);
}

/* When something is due within the coming century. */
static int64_t next_due(struct world *w, const char *tenant_id)
{
    return rents_next_due(w->store, tenant_id, NOW + 36500 * TIME_DAY);
}

static const char *due_at(struct world *w, int64_t now, struct due *due)
{
    *due = (struct due){""};
    ok(rents_due(w->store, NULL, now, 10, note, due, &w->error));
    return due->text;
}

static void warnings_come_once_each_and_then_the_end(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct due due;
    int64_t end = NOW + 30 * TIME_DAY;
    static const int days[] = {7, 3, 1};
    assert_true(next_due(w, NULL) == INT64_MAX);
    extend(w, 1, 30, NOW);
    for (int i = 0; i < 3; i++) {
        int64_t at = end - days[i] * TIME_DAY;
        char expected[32];
        snprintf(expected, sizeof expected, "tenant01:%d ", days[i]);
        assert_int_equal(next_due(w, NULL), at);
        assert_string_equal(due_at(w, at - 1, &due), "");
        assert_string_equal(due_at(w, at, &due), expected);
        writing(ok(rents_warned(&c, days[i], &w->error)));
        assert_string_equal(due_at(w, at, &due), "");
    }
    int64_t parting = end - RENT_PARTING_MS;
    assert_int_equal(next_due(w, NULL), parting);
    assert_int_equal(next_due(w, "tenant01"), parting);
    assert_true(next_due(w, "tenant02") == INT64_MAX);
    assert_int_equal(rents_next_due(w->store, NULL, parting), parting);
    assert_true(rents_next_due(w->store, NULL, parting - 1) == INT64_MAX);
    assert_string_equal(due_at(w, parting - 1, &due), "");
    assert_string_equal(due_at(w, parting, &due), "tenant01:0 ");
    writing(ok(rents_warned(&c, RENT_END_TOLD, &w->error)));
    assert_int_equal(next_due(w, NULL), end);
    due = (struct due){""};
    ok(rents_due(w->store, "tenant02", end, 10, note, &due, &w->error)); /* another one's */
    assert_string_equal(due.text, "");
    assert_string_equal(due_at(w, end - 1, &due), "");
    assert_string_equal(due_at(w, end, &due), "tenant01:0 ");
    extend(w, 1, 30, end); /* warnings start over */
    assert_int_equal(next_due(w, NULL), end + 23 * TIME_DAY);
}

static void what_ends_in_a_moment_gets_its_last_word_and_no_warning(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct due due;
    writing(ok(rents_until(&c, NOW + RENT_PARTING_MS, NOW, NULL, &w->error)));
    assert_true(next_due(w, NULL) <= NOW);
    assert_string_equal(due_at(w, NOW - 1, &due), "tenant01:1 ");
    assert_string_equal(due_at(w, NOW, &due), "tenant01:0 ");
    writing(ok(rents_warned(&c, RENT_END_TOLD, &w->error)));
    assert_string_equal(due_at(w, NOW, &due), "");
    assert_int_equal(next_due(w, NULL), NOW + RENT_PARTING_MS);
}

static void a_short_term_gets_the_nearest_warning_only(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct due due;
    extend(w, 1, 2, NOW);
    assert_true(next_due(w, NULL) <= NOW);
    assert_string_equal(due_at(w, NOW, &due), "tenant01:3 ");
    writing(ok(rents_warned(&c, 3, &w->error)));
    assert_string_equal(due_at(w, NOW, &due), "");
    assert_int_equal(next_due(w, NULL), NOW + TIME_DAY);
}

static void only_tenants_that_serve_expire(void **state)
{
    struct world *w = *state;
    struct due due;
    bool changed;
    extend(w, 1, 1, NOW);
    extend(w, 2, 1, NOW);
    writing(ok(tenants_set_status(w->store, "tenant01", STATUS_EXPIRED, &changed, &w->error)));
    assert_string_equal(due_at(w, NOW + TIME_DAY, &due), "tenant02:0 ");
    writing(ok(tenants_set_status(w->store, "tenant02", STATUS_MAINTENANCE, &changed, &w->error)));
    assert_string_equal(due_at(w, NOW + TIME_DAY, &due), "tenant02:0 ");
    writing(ok(tenants_set_deleted(w->store, "tenant02", true, NOW, &changed, &w->error)));
    assert_string_equal(due_at(w, NOW + TIME_DAY, &due), "");
    assert_true(next_due(w, NULL) == INT64_MAX);
}

static void a_term_that_renews_itself_is_warned_of_too(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct due due;
    extend(w, 1, 1, NOW);
    writing(ok(rents_auto(&c, true, NULL, &w->error)));
    assert_string_equal(due_at(w, NOW, &due), "tenant01:1 ");
    writing(ok(rents_warned(&c, 1, &w->error)));
    assert_string_equal(due_at(w, NOW, &due), "");
    assert_int_equal(next_due(w, NULL), NOW + TIME_DAY);
    assert_string_equal(due_at(w, NOW + TIME_DAY, &due), "tenant01:0 ");
}

/* --- payments --- */

static void amounts_of_payments_are_hundredths(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text;
        int64_t hundredths;
    } good[] = {{"25", 2500}, {"25.5", 2550}, {"25.50", 2550}, {"0.01", 1}, {"100000", 10000000}};
    static const char *const bad[] = {"",      "0",    "0.00", "-5",    "5.", ".5",
                                      "5.005", "5,50", "1e3",  "5 USD", "x",  "99999999999999999999",
                                      "5.5x"};
    int64_t n;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ok(payment_amount_parse(good[i].text, &n, &w->error));
        assert_int_equal(n, good[i].hundredths);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(payment_amount_parse(bad[i], &n, &w->error), ERROR_MALFORMED);
    struct str out = STR_INIT;
    payment_amount_format(2505, &out);
    assert_string_equal(str_text(&out), "25.05");
    str_release(&out);
    char currency[4];
    ok(payment_currency_parse("usd", currency, &w->error));
    assert_string_equal(currency, "USD");
    fails(payment_currency_parse("us", currency, &w->error), ERROR_MALFORMED);
    fails(payment_currency_parse("usdt", currency, &w->error), ERROR_MALFORMED);
    fails(payment_currency_parse("u$d", currency, &w->error), ERROR_MALFORMED);
}

struct amounts {
    int64_t list[4];
    int count;
};

static void see(void *context, const struct payment *p)
{
    struct amounts *amounts = context;
    amounts->list[amounts->count++] = p->amount;
}

static void a_payment_is_noted_once_per_reference(void **state)
{
    struct world *w = *state;
    struct tenant_scope one = tenant(w, 1), two = tenant(w, 2);
    struct payment p = {.amount = 2500,
                        .currency = "USD",
                        .status = PAYMENT_COMPLETED,
                        .reference = "R-1",
                        .created_at = NOW};
    struct amounts seen = {0};
    int64_t first = 0, total = 0;
    char next[LIST_NEXT_TEXT];
    ok(store_begin(w->store, &w->error));
    ok(payments_add(&one, &p, &first, &w->error));
    fails(payments_add(&one, &p, NULL, &w->error), ERROR_TAKEN);
    ok(payments_add(&two, &p, NULL, &w->error));
    p.reference[0] = '\0';
    p.amount = 100;
    ok(payments_add(&one, &p, NULL, &w->error));
    ok(payments_add(&one, &p, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(payments_list(&one, &(struct paging){.limit = 2}, see, &seen, &total, next, &w->error));
    assert_int_equal(total, 3);
    assert_int_equal(seen.count, 2);
    ok(payments_list(&one, &(struct paging){.limit = 2, .after = next}, see, &seen, &total, next, &w->error));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.list[2], 2500);
    assert_string_equal(next, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_term_is_extended_from_the_later_of_now_and_its_end),
        shop_test(a_term_may_end_on_a_date),
        shop_test(renewal_is_switched_on_a_term),
        shop_test(warnings_come_once_each_and_then_the_end),
        shop_test(what_ends_in_a_moment_gets_its_last_word_and_no_warning),
        shop_test(a_short_term_gets_the_nearest_warning_only),
        shop_test(only_tenants_that_serve_expire),
        shop_test(a_term_that_renews_itself_is_warned_of_too),
        shop_test(amounts_of_payments_are_hundredths),
        shop_test(a_payment_is_noted_once_per_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
