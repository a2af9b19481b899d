#include "stock_world.h"

static void an_item_is_sealed_and_opens_in_its_place_only(void **state)
{
    struct world *w = *state;
    struct stock_item item;
    struct str line = STR_INIT;
    int64_t n = add(w, &one, dl, "user:secret");
    ok(stock_load(&one, n, &item, &line, &w->error));
    assert_string_equal(line.data, "user:secret");
    assert_int_equal(item.state, STOCK_AVAILABLE);
    assert_int_equal(item.product, dl);
    assert_string_equal(item.code, "DL");
    assert_int_equal(item.added_at, NOW);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock WHERE instr(content, 'secret') > 0"), 0);
    fails(stock_load(&two, n, &item, NULL, &w->error), ERROR_NO_SUCH);
    str_clear(&line);
    int64_t other_item = add(w, &one, dl, "another");
    ok(store_begin(w->store, &w->error));
    ok(sql_run(
        w->store, &w->error,
        "UPDATE stock SET content = (SELECT content FROM stock WHERE tenant_id = 'tenant01' AND item = ?1)"
        " WHERE tenant_id = 'tenant01' AND item = ?2",
        "ii", n, other_item));
    fails(stock_load(&one, other_item, &item, &line, &w->error), ERROR_DB_DAMAGED);
    store_rollback(w->store);
    str_release(&line);
}

static void contents_may_be_kept_plain_and_both_kinds_are_read(void **state)
{
    struct world *w = *state;
    struct stock_item item;
    struct str line = STR_INIT;
    int64_t sealed = add(w, &one, dl, "sealed line");
    stock_keep_plain(true);
    int64_t plain = add(w, &one, dl, "plain line");
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock WHERE instr(content, 'plain') > 0"), 1);
    ok(stock_load(&one, plain, &item, &line, &w->error));
    assert_string_equal(line.data, "plain line");
    str_clear(&line);
    ok(stock_load(&one, sealed, &item, &line, &w->error));
    assert_string_equal(line.data, "sealed line");
    str_release(&line);
}

static void a_line_is_there_once_per_tenant_until_it_is_deleted(void **state)
{
    struct world *w = *state;
    int64_t first = add(w, &one, dl, "same"), again;
    add(w, &two, foreign, "same");
    ok(store_begin(w->store, &w->error));
    fails(stock_add(&one, wl, "same", 4, NOW, &again, &w->error), ERROR_TAKEN);
    assert_string_equal(w->error.field, "line");
    assert_null(strstr(w->error.message, "same line"));
    assert_non_null(strstr(w->error.message, "of DL, available"));
    store_rollback(w->store);
    ok(store_begin(w->store, &w->error));
    ok(stock_set_state(&one, first, STOCK_DELETED, NULL, &w->error));
    ok(stock_add(&one, wl, "same", 4, NOW, &again, &w->error));
    assert_true(again > first);
    ok(store_commit(w->store, &w->error));
    assert_counts(w, &one, dl, 0, 0, 0);
    assert_counts(w, &one, wl, 1, 0, 0);
    assert_counts(w, &two, foreign, 1, 0, 0);
    assert_healthy(w);
}

static void states_change_as_they_may(void **state)
{
    struct world *w = *state;
    int64_t items[1], left;
    bool changed;
    int64_t n = add(w, &one, dl, "line");
    ok(store_begin(w->store, &w->error));
    ok(stock_set_state(&one, n, STOCK_RESERVED, &changed, &w->error));
    assert_true(changed);
    ok(stock_set_state(&one, n, STOCK_RESERVED, &changed, &w->error));
    assert_false(changed);
    assert_counts(w, &one, dl, 0, 1, 0);
    assert_int_equal(stock_claim(&one, dl, 1, 7, items, &left, &w->error), 0);
    assert_int_equal(left, 0);
    ok(stock_set_state(&one, n, STOCK_AVAILABLE, &changed, &w->error));
    fails(stock_set_state(&one, n, STOCK_SOLD, &changed, &w->error), ERROR_REFUSED);
    assert_int_equal(stock_claim(&one, dl, 1, 7, items, &left, &w->error), 1);
    assert_int_equal(items[0], n);
    fails(stock_set_state(&one, n, STOCK_DELETED, &changed, &w->error), ERROR_REFUSED);
    assert_non_null(strstr(w->error.hint, "tx refund"));
    fails(stock_set_state(&one, n + 1, STOCK_RESERVED, &changed, &w->error), ERROR_NO_SUCH);
    fails(stock_set_state(&two, n, STOCK_RESERVED, &changed, &w->error), ERROR_NO_SUCH);
    assert_counts(w, &one, dl, 0, 0, 1);
    ok(store_commit(w->store, &w->error));
}

static void add_many(struct world *w, const struct tenant_scope *c, int64_t product, const char *prefix,
                     int n)
{
    char line[64];
    ok(store_begin(w->store, &w->error));
    for (int i = 1; i <= n; i++) {
        snprintf(line, sizeof line, "%s %d", prefix, i);
        add(w, c, product, line);
    }
    ok(store_commit(w->store, &w->error));
}

static void claims_are_all_or_nothing_and_oldest_first(void **state)
{
    struct world *w = *state;
    int64_t items[10], left;
    add_many(w, &one, dl, "x", 5);
    add_many(w, &two, foreign, "x", 5);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 6, 1, items, &left, &w->error), 0);
    assert_int_equal(left, 5);
    assert_counts(w, &one, dl, 5, 0, 0);
    assert_int_equal(stock_claim(&one, dl, 2, 1, items, &left, &w->error), 1);
    assert_int_equal(left, 3);
    assert_int_equal(items[0], 1);
    assert_int_equal(items[1], 2);
    assert_int_equal(stock_claim(&one, dl, 3, 2, items, &left, &w->error), 1);
    assert_int_equal(items[0], 3);
    assert_int_equal(left, 0);
    assert_int_equal(stock_claim(&one, dl, 1, 3, items, &left, &w->error), 0);
    fails(stock_claim(&one, dl, 0, 3, items, &left, &w->error), ERROR_REFUSED);
    ok(store_commit(w->store, &w->error));
    assert_counts(w, &one, dl, 0, 0, 5);
    assert_counts(w, &two, foreign, 5, 0, 0);
}

struct sold {
    char text[256];
};

static void put_sold(void *context, int64_t item, const char *line, size_t n)
{
    struct sold *sold = context;
    size_t used = strlen(sold->text);
    assert_int_equal(strlen(line), n);
    snprintf(sold->text + used, sizeof sold->text - used, "%lld=%s;", (long long)item, line);
}

static void a_transaction_has_its_items_and_no_other_tenant_reads_them(void **state)
{
    struct world *w = *state;
    struct sold sold = {0};
    int64_t items[10], left;
    add_many(w, &one, dl, "x", 3);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 2, 42, items, &left, &w->error), 1);
    ok(store_commit(w->store, &w->error));
    ok(stock_items_of(&one, 42, put_sold, &sold, &w->error));
    assert_string_equal(sold.text, "1=x 1;2=x 2;");
    sold.text[0] = '\0';
    ok(stock_items_of(&two, 42, put_sold, &sold, &w->error));
    ok(stock_items_of(&one, 43, put_sold, &sold, &w->error));
    assert_string_equal(sold.text, "");
}

static void the_newest_items_are_reduced(void **state)
{
    struct world *w = *state;
    struct stock_item item;
    add_many(w, &one, dl, "x", 5);
    ok(store_begin(w->store, &w->error));
    fails(stock_reduce(&one, dl, 6, &w->error), ERROR_REFUSED);
    assert_non_null(strstr(w->error.message, "5"));
    fails(stock_reduce(&one, dl, STOCK_TAKE_MAX + 1, &w->error), ERROR_REFUSED);
    ok(stock_reduce(&one, dl, 2, &w->error));
    ok(stock_load(&one, 5, &item, NULL, &w->error));
    assert_int_equal(item.state, STOCK_DELETED);
    ok(stock_load(&one, 3, &item, NULL, &w->error));
    assert_int_equal(item.state, STOCK_AVAILABLE);
    ok(store_commit(w->store, &w->error));
    assert_counts(w, &one, dl, 3, 0, 0);
    add_many(w, &one, wl, "x 4", 1);
    assert_healthy(w);
}

/* --- listing --- */

static void put_item(void *context, const struct stock_item *item)
{
    struct sold *listed = context;
    size_t used = strlen(listed->text);
    snprintf(listed->text + used, sizeof listed->text - used, "%s%lld", used ? " " : "",
             (long long)item->item);
}

static void assert_list(struct world *w, const struct stock_query *q, const char *items, int64_t total,
                        const char *next)
{
    struct sold listed = {0};
    int64_t counted = 0;
    char after[STOCK_NEXT_TEXT];
    ok(stock_list(&one, q, put_item, &listed, &counted, after, &w->error));
    assert_string_equal(listed.text, items);
    assert_int_equal(counted, total);
    assert_string_equal(after, next);
}

/* Items 1 to 6 of DL, 7 to 9 of WL; sold 1, 2; reserved 4; deleted 9. */
static void make_stock(struct world *w)
{
    int64_t items[2], left;
    add_many(w, &one, dl, "x", 6);
    add_many(w, &one, wl, "y", 3);
    add_many(w, &two, foreign, "z", 3);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 2, 1, items, &left, &w->error), 1);
    ok(stock_set_state(&one, 4, STOCK_RESERVED, NULL, &w->error));
    ok(stock_set_state(&one, 9, STOCK_DELETED, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void items_are_listed_by_state_and_product(void **state)
{
    struct world *w = *state;
    make_stock(w);
    assert_list(w, &(struct stock_query){.state = -1}, "3 5 6 7 8 4 1 2", 8, "");
    assert_list(w, &(struct stock_query){.state = -1, .product = dl}, "3 5 6 4 1 2", 6, "");
    assert_list(w, &(struct stock_query){.state = STOCK_AVAILABLE}, "3 5 6 7 8", 5, "");
    assert_list(w, &(struct stock_query){.state = STOCK_AVAILABLE, .product = wl}, "7 8", 2, "");
    assert_list(w, &(struct stock_query){.state = STOCK_SOLD}, "1 2", 2, "");
    assert_list(w, &(struct stock_query){.state = STOCK_DELETED}, "9", -1, "");
    assert_list(w, &(struct stock_query){.state = -1, .page = {.count = true}}, "", 8, "");
}

static void items_are_listed_in_pages(void **state)
{
    struct world *w = *state;
    struct stock_query q = {.state = -1};
    make_stock(w);
    q.page = (struct paging){.limit = 3};
    assert_list(w, &q, "3 5 6", 8, "6-available");
    q.page = (struct paging){.limit = 3, .after = "6"};
    assert_list(w, &q, "7 8 4", 8, "4-reserved");
    q.page = (struct paging){.limit = 3, .after = "4"};
    assert_list(w, &q, "1 2", 8, "");
    q.page = (struct paging){.limit = 3, .before = "4"};
    assert_list(w, &q, "6 7 8", 8, "8-available");
    q.page = (struct paging){.limit = 3, .last = true};
    assert_list(w, &q, "4 1 2", 8, "");
    q.page = (struct paging){.limit = 3, .around = "8"};
    assert_list(w, &q, "7 8 4", 8, "4-reserved");
    q.page = (struct paging){.limit = 1, .around = "8"};
    assert_list(w, &q, "8", 8, "8-available");
    q.page = (struct paging){.limit = 3, .after = "x"};
    fails(stock_list(&one, &q, put_item, NULL, NULL, NULL, &w->error), ERROR_MALFORMED);
    q.page = (struct paging){.limit = 3, .after = "99"};
    fails(stock_list(&one, &q, put_item, NULL, NULL, NULL, &w->error), ERROR_NO_SUCH);
}

/* Whoever reads page by page while others buy misses nothing that stays. */
static void a_page_goes_on_behind_an_item_that_was_sold_meanwhile(void **state)
{
    struct world *w = *state;
    struct stock_query available = {.state = STOCK_AVAILABLE, .page = {.limit = 2}};
    struct stock_query all = {.state = -1, .page = {.limit = 2}};
    int64_t items[2], left;
    add_many(w, &one, dl, "x", 4);
    add_many(w, &one, wl, "y", 2);
    assert_list(w, &available, "1 2", 6, "2");
    assert_list(w, &all, "1 2", 6, "2-available");
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 2, 1, items, &left, &w->error), 1);
    ok(store_commit(w->store, &w->error));
    available.page.after = "2";
    assert_list(w, &available, "3 4", 4, "4");
    all.page.after = "2-available";
    assert_list(w, &all, "3 4", 6, "4-available");
    all.page.after = "4-available";
    assert_list(w, &all, "5 6", 6, "6-available");
    all.page.after = "6-available";
    assert_list(w, &all, "1 2", 6, "");
    available.page = (struct paging){.limit = 2, .around = "2"};
    assert_list(w, &available, "3 4", 4, "4");
    available.page = (struct paging){.limit = 2, .before = "5"};
    assert_list(w, &available, "3 4", 4, "4");
    all.page = (struct paging){.limit = 2, .after = "2-gone"};
    fails(stock_list(&one, &all, put_item, NULL, NULL, NULL, &w->error), ERROR_MALFORMED);
}

static void all_items_are_listed_from_any_side(void **state)
{
    struct world *w = *state;
    struct stock_query q = {.state = -1};
    make_stock(w);
    q.page = (struct paging){.last = true};
    assert_list(w, &q, "3 5 6 7 8 4 1 2", 8, "");
    q.page = (struct paging){.around = "4"};
    assert_list(w, &q, "3 5 6 7 8 4 1 2", 8, "");
    q.page = (struct paging){.before = "4"};
    assert_list(w, &q, "3 5 6 7 8", 8, "8-available");
    q.page = (struct paging){.after = "4"};
    assert_list(w, &q, "1 2", 8, "");
}

/* The time of a claim or a page must not depend on the size of the stock, so no statement may sort. */
static void nothing_is_sorted(void **state)
{
    struct world *w = *state;
    struct sold listed = {0};
    int64_t items[2], left;
    make_stock(w);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 2, 9, items, &left, &w->error), 1);
    ok(stock_reduce(&one, dl, 1, &w->error));
    store_rollback(w->store);
    for (int state_of = -1; state_of < STOCK_STATE_COUNT; state_of++) {
        struct stock_query q = {.state = state_of, .page = {.limit = 2}};
        ok(stock_list(&one, &q, put_item, &listed, NULL, NULL, &w->error));
        q.page.last = true;
        ok(stock_list(&one, &q, put_item, &listed, NULL, NULL, &w->error));
    }
    int statements = 0;
    for (sqlite3_stmt *s = sqlite3_next_stmt(w->store->db, NULL); s; s = sqlite3_next_stmt(w->store->db, s)) {
        if (sqlite3_stmt_status(s, SQLITE_STMTSTATUS_SORT, 0))
            fail_msg("sorts: %s", sqlite3_sql(s));
        statements++;
    }
    assert_true(statements > 5);
}

/* --- undo --- */

static struct json *journal_of(struct world *w, void (*change)(struct world *))
{
    ok(store_begin(w->store, &w->error));
    ok(store_journal_begin(w->store, &w->error));
    change(w);
    struct json *changes = store_journal_end(w->store, &w->error);
    assert_non_null(changes);
    ok(store_commit(w->store, &w->error));
    return changes;
}

static int apply(struct world *w, const struct json *changes, bool forward)
{
    if (store_begin(w->store, &w->error))
        return -1;
    if (store_journal_apply(w->store, changes, forward, NOW + 9, &w->error)) {
        store_rollback(w->store);
        return -1;
    }
    return store_commit(w->store, &w->error);
}

static void assert_json(const struct json *j, const char *expected)
{
    struct str text = STR_INIT;
    json_print(j, &text);
    assert_string_equal(str_text(&text), expected);
    str_release(&text);
}

static void change_add(struct world *w)
{
    add(w, &one, dl, "secret one");
}

static void adding_an_item_is_undone_and_redone_without_its_content(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, change_add);
    assert_json(changes,
                "[{\"table\":\"stock\",\"key\":{\"tenant_id\":\"tenant01\",\"item\":1},\"before\":null,"
                "\"after\":{\"product\":1,\"state\":\"available\"}}]");
    ok(apply(w, changes, false));
    assert_counts(w, &one, dl, 0, 0, 0);
    ok(apply(w, changes, true));
    assert_counts(w, &one, dl, 1, 0, 0);
    ok(apply(w, changes, false));
    add(w, &one, wl, "secret one");
    fails(apply(w, changes, true), ERROR_TAKEN);
    assert_null(strstr(w->error.message, "secret"));
    assert_healthy(w);
    json_free(changes);
}

static void change_sell(struct world *w)
{
    int64_t items[1], left;
    assert_int_equal(stock_claim(&one, dl, 1, 1, items, &left, &w->error), 1);
}

static void an_item_that_was_sold_since_stays(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, change_add), *sale = journal_of(w, change_sell);
    fails(apply(w, changes, false), ERROR_REFUSED);
    assert_counts(w, &one, dl, 0, 0, 1);
    json_free(changes);
    json_free(sale);
}

static void change_states(struct world *w)
{
    ok(stock_set_state(&one, 1, STOCK_RESERVED, NULL, &w->error));
    ok(stock_reduce(&one, dl, 2, &w->error));
}

static void states_are_undone_by_their_values(void **state)
{
    struct world *w = *state;
    add_many(w, &one, dl, "x", 4);
    struct json *changes = journal_of(w, change_states);
    assert_counts(w, &one, dl, 1, 1, 0);
    ok(apply(w, changes, false));
    assert_counts(w, &one, dl, 4, 0, 0);
    ok(apply(w, changes, true));
    assert_counts(w, &one, dl, 1, 1, 0);
    assert_healthy(w);
    json_free(changes);
}

static void change_product(struct world *w)
{
    ok(products_set(&one, "DL", PRODUCT_FIELD_PRICE, "9", NOW, NULL, &w->error));
    ok(products_set_active(&one, "DL", false, NOW, NULL, &w->error));
}

static void change_product_add(struct world *w)
{
    make_product(w, &one, "NEW");
}

static void change_product_remove(struct world *w)
{
    ok(products_remove(&one, "DL", NOW, &w->error));
}

static void products_are_undone_and_redone(void **state)
{
    struct world *w = *state;
    struct product p;
    struct json *changes = journal_of(w, change_product);
    assert_json(changes,
                "[{\"table\":\"products\",\"key\":{\"tenant_id\":\"tenant01\",\"product\":1},"
                "\"before\":{\"price\":100,\"active\":true},\"after\":{\"price\":9,\"active\":false}}]");
    ok(apply(w, changes, false));
    ok(products_load(&one, "DL", &p, &w->error));
    assert_int_equal(p.price, 100);
    assert_true(p.active);
    json_free(changes);

    changes = journal_of(w, change_product_add);
    ok(apply(w, changes, false));
    fails(products_load(&one, "NEW", &p, &w->error), ERROR_NO_SUCH);
    ok(apply(w, changes, true));
    ok(products_load(&one, "NEW", &p, &w->error));
    ok(apply(w, changes, false));
    make_product(w, &one, "NEW");
    fails(apply(w, changes, true), ERROR_TAKEN);
    json_free(changes);

    add(w, &one, dl, "line");
    changes = journal_of(w, change_product_remove);
    ok(apply(w, changes, false));
    ok(products_load(&one, "DL", &p, &w->error));
    assert_int_equal(p.available, 1);
    json_free(changes);
}

/* --- erasing --- */

static void a_deleted_tenants_stock_is_erased_in_slices(void **state)
{
    struct world *w = *state;
    int64_t n, gone = 0, items[5], left;
    int more, slices = 0;
    add_many(w, &one, dl, "x", 3000);
    add_many(w, &two, foreign, "x", 10);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 5, 1, items, &left, &w->error), 1);
    ok(tenants_set_deleted(w->store, "tenant01", true, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_int_equal(tenants_erase(w->store, NOW, &n, &w->error), 0);
    assert_int_equal(tenants_erase(w->store, NOW + 1, &n, &w->error), 1);
    ok(store_begin(w->store, &w->error));
    fails(tenants_set_deleted(w->store, "tenant01", false, NOW, NULL, &w->error), ERROR_REFUSED);
    store_rollback(w->store);
    while ((more = tenants_erase(w->store, NOW + 1, &n, &w->error)) == 1) {
        gone += n;
        slices++;
    }
    assert_int_equal(more, 0);
    assert_int_equal(gone, 1);
    assert_true(slices > 3);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 10);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_lines"), 10);
    assert_healthy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stock_test(an_item_is_sealed_and_opens_in_its_place_only),
        stock_test(contents_may_be_kept_plain_and_both_kinds_are_read),
        stock_test(a_line_is_there_once_per_tenant_until_it_is_deleted),
        stock_test(states_change_as_they_may),
        stock_test(claims_are_all_or_nothing_and_oldest_first),
        stock_test(a_transaction_has_its_items_and_no_other_tenant_reads_them),
        stock_test(the_newest_items_are_reduced),
        stock_test(items_are_listed_by_state_and_product),
        stock_test(items_are_listed_in_pages),
        stock_test(a_page_goes_on_behind_an_item_that_was_sold_meanwhile),
        stock_test(all_items_are_listed_from_any_side),
        stock_test(nothing_is_sorted),
        stock_test(adding_an_item_is_undone_and_redone_without_its_content),
        stock_test(an_item_that_was_sold_since_stays),
        stock_test(states_are_undone_by_their_values),
        stock_test(products_are_undone_and_redone),
        stock_test(a_deleted_tenants_stock_is_erased_in_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
