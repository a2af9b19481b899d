#include "stock_world.h"

static void a_product_is_kept_as_it_was_given(void **state)
{
    struct world *w = *state;
    struct product in = {.price = 50000, .active = true, .threshold = 5}, p;
    int64_t number;
    str_copy(in.code, sizeof in.code, "BGL");
    str_copy(in.name, sizeof in.name, "Blue Gem Lock \xe4\xb8\xad");
    str_copy(in.description, sizeof in.description, "ten thousand");
    str_copy(in.category, sizeof in.category, "locks");
    ok(store_begin(w->store, &w->error));
    ok(products_add(&one, &in, NOW, &number, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(products_load(&one, "BGL", &p, &w->error));
    assert_int_equal(p.product, number);
    assert_string_equal(p.name, in.name);
    assert_string_equal(p.description, in.description);
    assert_string_equal(p.category, "locks");
    assert_int_equal(p.price, 50000);
    assert_true(p.active);
    assert_int_equal(p.threshold, 5);
    assert_int_equal(p.available + p.reserved + p.sold, 0);
    assert_int_equal(p.created_at, NOW);
    assert_int_equal(p.removed_at, 0);
    fails(products_load(&two, "BGL", &p, &w->error), ERROR_NO_SUCH);
    ok(products_load_number(&one, number, &p, &w->error));
    assert_string_equal(p.code, "BGL");
}

static void adding_a_product_that_is_there_is_refused(void **state)
{
    struct world *w = *state;
    struct product p = {.code = "DL", .name = "x", .price = 1};
    ok(store_begin(w->store, &w->error));
    fails(products_add(&one, &p, NOW, NULL, &w->error), ERROR_TAKEN);
    assert_string_equal(w->error.field, "code");
    str_copy(p.code, sizeof p.code, "ZZ");
    struct tenant_scope nobody = scope_of(w->store, "nobody");
    fails(products_add(&nobody, &p, NOW, NULL, &w->error), ERROR_NO_SUCH);
    store_rollback(w->store);
}

static void setters_change_only_what_differs(void **state)
{
    struct world *w = *state;
    struct product p;
    bool changed;
    ok(store_begin(w->store, &w->error));
    ok(products_set(&one, "DL", PRODUCT_FIELD_PRICE, "777", NOW + 1, &changed, &w->error));
    assert_true(changed);
    ok(products_set(&one, "DL", PRODUCT_FIELD_PRICE, "777", NOW + 2, &changed, &w->error));
    assert_false(changed);
    ok(products_set(&one, "DL", PRODUCT_FIELD_NAME, "Diamond", NOW + 2, &changed, &w->error));
    ok(products_set_active(&one, "DL", false, NOW + 2, &changed, &w->error));
    assert_true(changed);
    ok(products_set_threshold(&one, "DL", 9, NOW + 2, &changed, &w->error));
    ok(products_load(&one, "DL", &p, &w->error));
    assert_int_equal(p.price, 777);
    assert_string_equal(p.name, "Diamond");
    assert_false(p.active);
    assert_int_equal(p.threshold, 9);
    assert_int_equal(p.updated_at, NOW + 2);
    fails(products_set(&one, "DL", PRODUCT_FIELD_CODE, "WL", NOW, &changed, &w->error), ERROR_TAKEN);
    ok(products_set(&one, "DL", PRODUCT_FIELD_CODE, "NEW", NOW, &changed, &w->error));
    assert_true(changed);
    fails(products_set(&one, "DL", PRODUCT_FIELD_NAME, "x", NOW, &changed, &w->error), ERROR_NO_SUCH);
    fails(products_set_active(&one, "NIX", true, NOW, &changed, &w->error), ERROR_NO_SUCH);
    fails(products_remove(&one, "NIX", NOW, &w->error), ERROR_NO_SUCH);
    ok(products_load(&two, "DL", &p, &w->error));
    assert_int_equal(p.price, 100);
    ok(store_commit(w->store, &w->error));
}

static void a_removed_product_frees_its_code_and_hides_its_items(void **state)
{
    struct world *w = *state;
    struct product p;
    add(w, &one, dl, "a line");
    ok(store_begin(w->store, &w->error));
    ok(products_remove(&one, "DL", NOW + 5, &w->error));
    fails(products_remove(&one, "DL", NOW + 5, &w->error), ERROR_NO_SUCH);
    ok(store_commit(w->store, &w->error));
    fails(products_load(&one, "DL", &p, &w->error), ERROR_NO_SUCH);
    ok(products_load_number(&one, dl, &p, &w->error));
    assert_int_equal(p.removed_at, NOW + 5);
    assert_counts(w, &one, 0, 0, 0, 0);
    int64_t again = make_product(w, &one, "DL");
    assert_int_not_equal(again, dl);
    /* Nobody can see who had the line, so it may be added again. */
    add(w, &one, again, "a line");
    assert_counts(w, &one, 0, 1, 0, 0);
    assert_healthy(w);
}

/* --- listing --- */

struct listed {
    char codes[256];
};

static void put(void *context, const struct product *p)
{
    struct listed *l = context;
    size_t n = strlen(l->codes);
    snprintf(l->codes + n, sizeof l->codes - n, "%s%s", n ? " " : "", p->code);
}

static void assert_page(struct world *w, const struct product_query *q, const char *codes, int64_t total,
                        const char *next)
{
    struct listed l = {0};
    char after[PRODUCT_CODE_TEXT];
    int64_t counted = -1;
    ok(products_list(&one, q, put, &l, &counted, after, &w->error));
    assert_string_equal(l.codes, codes);
    assert_int_equal(counted, total);
    assert_string_equal(after, next);
}

static void products_are_listed_in_pages(void **state)
{
    struct world *w = *state;
    static const char *const codes[] = {"AA", "BB", "CC"};
    for (size_t i = 0; i < 3; i++)
        make_product(w, &one, codes[i]);
    ok(store_begin(w->store, &w->error));
    ok(products_set_active(&one, "BB", false, NOW, NULL, &w->error));
    ok(products_set(&one, "CC", PRODUCT_FIELD_CATEGORY, "Seeds", NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_page(w, &(struct product_query){0}, "AA BB CC DL WL", 5, "");
    assert_page(w, &(struct product_query){.active = true}, "AA CC DL WL", 4, "");
    assert_page(w, &(struct product_query){.search = "seed"}, "CC", 1, "");
    assert_page(w, &(struct product_query){.page = {.limit = 2}}, "AA BB", 5, "BB");
    assert_page(w, &(struct product_query){.page = {.limit = 2, .after = "BB"}}, "CC DL", 5, "DL");
    assert_page(w, &(struct product_query){.page = {.limit = 2, .after = "DL"}}, "WL", 5, "");
    assert_page(w, &(struct product_query){.page = {.limit = 2, .before = "DL"}}, "BB CC", 5, "CC");
    assert_page(w, &(struct product_query){.page = {.limit = 2, .last = true}}, "DL WL", 5, "");
    assert_page(w, &(struct product_query){.page = {.limit = 3, .around = "CC"}}, "BB CC DL", 5, "DL");
    assert_page(w, &(struct product_query){.page = {.count = true}}, "", 5, "");
}

static void put_code(void *context, const char *code)
{
    struct listed *l = context;
    size_t n = strlen(l->codes);
    snprintf(l->codes + n, sizeof l->codes - n, "%s%s", n ? " " : "", code);
}

static void codes_are_completed_in_any_case(void **state)
{
    struct world *w = *state;
    struct listed l = {0};
    make_product(w, &one, "DIRT");
    ok(products_with_prefix(&one, "d", 10, put_code, &l, &w->error));
    assert_string_equal(l.codes, "DIRT DL");
}

static int count_statement(unsigned event, void *context, void *statement, void *sql)
{
    int *n = context;
    (void)event;
    (void)statement;
    if (strncmp(sql, "--", 2) != 0)
        (*n)++;
    return 0;
}

static int statements_of_a_list(struct world *w, const char *codes)
{
    struct listed l = {0};
    int n = 0;
    sqlite3_trace_v2(w->store->db, SQLITE_TRACE_STMT, count_statement, &n);
    ok(products_list(&one, &(struct product_query){0}, put, &l, NULL, NULL, &w->error));
    sqlite3_trace_v2(w->store->db, 0, NULL, NULL);
    assert_string_equal(l.codes, codes);
    return n;
}

/* Fault 11 of the system before: a query for each product. */
static void any_number_of_products_is_counted_by_as_many_statements(void **state)
{
    struct world *w = *state;
    int few = statements_of_a_list(w, "DL WL");
    for (int i = 0; i < 20; i++) {
        char code[PRODUCT_CODE_TEXT];
        snprintf(code, sizeof code, "P%02d", i);
        make_product(w, &one, code);
    }
    int many =
        statements_of_a_list(w, "DL P00 P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12 P13 P14 P15 P16"
                                " P17 P18 P19 WL");
    assert_true(few > 0);
    assert_int_equal(many, few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stock_test(a_product_is_kept_as_it_was_given),
        stock_test(adding_a_product_that_is_there_is_refused),
        stock_test(setters_change_only_what_differs),
        stock_test(a_removed_product_frees_its_code_and_hides_its_items),
        stock_test(products_are_listed_in_pages),
        stock_test(codes_are_completed_in_any_case),
        stock_test(any_number_of_products_is_counted_by_as_many_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
