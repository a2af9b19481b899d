/* No statement of the shop's money reads a table from end to end: the plan of each is looked at after all of
 * them have been used. */
#include "shop.h"

static void none_customer(void *context, const struct customer *c)
{
    (void)context, (void)c;
}
static void none_entry(void *context, const struct entry *e)
{
    (void)context, (void)e;
}
static void none_transaction(void *context, const struct transaction *t)
{
    (void)context, (void)t;
}
static void none_deposit(void *context, const struct deposit *d)
{
    (void)context, (void)d;
}
static void none_payment(void *context, const struct payment *p)
{
    (void)context, (void)p;
}
static void none_line(void *context, const struct sales_line *l)
{
    (void)context, (void)l;
}
static void none_rent(void *context, const char *tenant_id, const struct rent *rent, int days)
{
    (void)context, (void)tenant_id, (void)rent, (void)days;
}

static void finish(void *context, const struct delivery *d)
{
    struct world *w = context;
    ok(deliveries_retry(w->store, d->delivery, "me", 0, NOW, "again", &w->error));
    ok(deliveries_fail(w->store, d->delivery, "me", "never", &w->error));
    ok(deliveries_done(w->store, d->delivery, &w->error));
}

static void use_pages(struct world *w, const struct tenant_scope *c, struct paging page, const char *ids[5])
{
    int64_t total;
    char next[LIST_NEXT_TEXT];
    const char **anchor = page.after ? &page.after : page.before ? &page.before : &page.around;
    struct paging pages[5];
    for (int i = 0; i < 5; i++) {
        *anchor = *anchor ? ids[i] : NULL;
        pages[i] = page;
    }
    ok(customers_top(c, NULL, &pages[0], none_customer, NULL, &total, next, &w->error));
    ok(customers_top(c, "r", &pages[0], none_customer, NULL, &total, next, &w->error));
    ok(ledger_history(c, RINA, &pages[1], none_entry, NULL, &total, next, &w->error));
    static const char *const arrivals[] = {NULL, "sent", "failed"};
    for (int filter = 0; filter < 3 * 8; filter++) {
        struct transaction_query q = {.user = filter & 1 ? RINA : 0,
                                      .code = filter & 2 ? "DL" : NULL,
                                      .since = filter & 4 ? NOW : 0,
                                      .delivery = arrivals[filter / 8],
                                      .page = pages[2]};
        ok(transactions_list(c, &q, none_transaction, NULL, &total, next, &w->error));
    }
    ok(deposits_list(c, false, &pages[3], none_deposit, NULL, &total, next, &w->error));
    ok(deposits_list(c, true, &pages[3], none_deposit, NULL, &total, next, &w->error));
    ok(payments_list(c, &pages[4], none_payment, NULL, &total, next, &w->error));
}

static void use_numbers(struct world *w, const struct tenant_scope *c)
{
    struct sales_line sum;
    for (int span = 0; span < 2; span++)
        for (int by = 0; by < SALES_BY_COUNT; by++) {
            struct sales_query q = {.by = (enum sales_by)by, .since = span ? NOW : 0, .limit = 10};
            if (by != SALES_BY_TENANT)
                ok(sales_of(c, &q, none_line, NULL, &sum, &w->error));
            if (by != SALES_BY_PRODUCT && by != SALES_BY_CUSTOMER)
                ok(sales_of_all(w->store, &q, none_line, NULL, &sum, &w->error));
        }
    ok(sales_total(w->store, NOW, 0, &sum, &w->error));
}

static void use_everything(struct world *w)
{
    struct tenant_scope c = tenant(w, 1);
    struct payment payment = {.amount = 1, .currency = "USD", .reference = "R"};
    struct donation donation = {.growid = "Rina99", .amount = 5};
    struct deposit out;
    enum deposit_result result;
    struct purchase p;
    struct transaction t;
    int64_t n;
    add_stock(w, 1, add_product(w, 1, "DL", 1, 3), 5);
    add_customer(w, 1, RINA, "Rina99", 10);
    assert_int_equal(buy(w, 1, RINA, "DL", 3, NOW, &p), 0);
    ok(lease_due(w->store, NULL, "me", NOW, NOW, 0, 10, finish, w, &w->error));
    ok(lease_due(w->store, "tenant01", "me", NOW, NOW, 0, 10, finish, w, &w->error));
    ok(deliveries_take_over(w->store, "me", &w->error));
    ok(deliveries_clock_set(w->store, NOW, &w->error));
    assert_true(deliveries_next_expiry(w->store, NULL) == INT64_MAX);
    assert_true(deliveries_next_expiry(w->store, "tenant01") == INT64_MAX);
    ok(store_begin(w->store, &w->error));
    ok(customers_register(&c, BUDI, "Budi99", 5, NOW, NULL, &w->error));
    ok(deliveries_add_goods(&c, p.tx, NOW, &n, &w->error));
    ok(purchase_refund(&c, &terms, p.tx, NOW, &t, &w->error));
    ok(deposits_take(&c, 900, &donation, NULL, NOW, &result, &out, &n, &w->error));
    ok(deposits_take(&c, 901, &donation, "no", NOW, &result, &out, &n, &w->error));
    ok(ledger_move(&c, RINA, 1, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, &n, &w->error));
    ok(ledger_reverse(&c, n, false, NOW, &n, &w->error));
    ok(rents_extend(&c, 30, NOW, NULL, &w->error));
    ok(rents_auto(&c, true, NULL, &w->error));
    ok(rents_warned(&c, 7, &w->error));
    ok(payments_add(&c, &payment, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(lease_due(w->store, NULL, "me", NOW, NOW, 0, 10, finish, w, &w->error));
    ok(rents_due(w->store, NULL, NOW, 10, none_rent, NULL, &w->error));
    assert_true(rents_next_due(w->store, NULL, NOW) == INT64_MAX);
    fails(transactions_find(&c, "TRX-1", &t, &w->error), ERROR_NO_SUCH);
    char user[24], entry[] = "1", deposit[] = "1", paid[] = "1";
    snprintf(user, sizeof user, "%lld", (long long)RINA);
    const char *ids[5] = {user, entry, p.id, deposit, paid};
    static const struct paging pages[] = {{.limit = 1},
                                          {.limit = 1, .after = "x"},
                                          {.limit = 1, .before = "x"},
                                          {.limit = 1, .around = "x"},
                                          {.limit = 1, .last = true},
                                          {.count = true}};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        use_pages(w, &c, pages[i], ids);
    use_numbers(w, &c);
}

static bool is_table(struct world *w, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'",
             name);
    return number(w, sql) == 1;
}

/* Indexes of nothing but what waits to be sent. */
static bool short_index(const char *detail)
{
    return strstr(detail, "USING INDEX deliveries_lanes") || strstr(detail, "USING INDEX deliveries_leased");
}

/* "SCAN name ..." of a table as such; what a statement has put together itself is short. */
static void look_at(struct world *w, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    char *explain = mem_format("EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(w->store->db, explain, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);
        char name[64] = "";
        if (sscanf(detail, "SCAN %63s", name) == 1 && is_table(w, name) && !short_index(detail))
            fail_msg("%s\n  in: %s", detail, sql);
    }
    sqlite3_finalize(stmt);
    free(explain);
}

static void no_statement_reads_a_table_from_end_to_end(void **state)
{
    struct world *w = *state;
    int looked = 0;
    use_everything(w);
    for (size_t i = 0; i < w->store->statement_room; i++) {
        const char *sql = w->store->statements[i].sql;
        if (!sql || !strchr(sql, '?'))
            continue;
        look_at(w, sql);
        looked++;
    }
    assert_true(looked > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(no_statement_reads_a_table_from_end_to_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
