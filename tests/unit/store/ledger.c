/* Customers and the ledger of their money. */
#include "shop.h"

static void a_growid_belongs_to_one_customer(void **state)
{
    struct world *w = *state;
    struct tenant_scope one = tenant(w, 1), two = tenant(w, 2);
    struct customer c;
    bool changed = false;
    ok(store_begin(w->store, &w->error));
    ok(customers_register(&one, RINA, "Rina99", LIMIT_NONE, NOW, &changed, &w->error));
    assert_true(changed);
    fails(customers_register(&one, BUDI, "rINA99", LIMIT_NONE, NOW, &changed, &w->error), ERROR_TAKEN);
    assert_string_equal(w->error.field, "growid");
    assert_null(strstr(w->error.message, "400000000000000001"));
    ok(customers_register(&two, BUDI, "Rina99", LIMIT_NONE, NOW, &changed, &w->error)); /* another tenant's */
    ok(customers_register(&one, RINA, "Rina99", LIMIT_NONE, NOW + 1, &changed, &w->error));
    assert_false(changed);
    ok(store_commit(w->store, &w->error));
    ok(customers_load_growid(&one, "RINA99", &c, &w->error));
    assert_int_equal(c.user_id, RINA);
    assert_int_equal(c.registered_at, NOW);
    fails(customers_load(&one, BUDI, &c, &w->error), ERROR_NO_SUCH);
    fails(customers_load_growid(&one, "nobody", &c, &w->error), ERROR_NO_SUCH);
}

static void a_new_growid_moves_nothing_but_the_name(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    bool changed = false;
    add_customer(w, 1, RINA, "Rina99", 500);
    writing(ok(customers_register(&c, RINA, "RinaNew", LIMIT_NONE, NOW + 1, &changed, &w->error)));
    assert_true(changed);
    assert_int_equal(balance_of(w, 1, RINA), 500);
    add_customer(w, 1, BUDI, "Rina99", 0); /* the old name is free, and empty */
    assert_int_equal(balance_of(w, 1, BUDI), 0);
    assert_int_equal(number(w, "SELECT count(*) FROM customers WHERE registered_at <> 1785585600000"), 0);
}

static void a_plan_limits_how_many_are_registered(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 3; i++) {
        char growid[GROWID_TEXT];
        snprintf(growid, sizeof growid, "member%d", i);
        ok(customers_register(&c, RINA + i, growid, 3, NOW, NULL, &w->error));
    }
    fails(customers_register(&c, STRANGER, "fourth", 3, NOW, NULL, &w->error), ERROR_NOT_IN_PLAN);
    ok(customers_register(&c, RINA, "renamed", 3, NOW, NULL, &w->error));
    ok(customers_register(&c, STRANGER, "fourth", 4, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void a_balance_never_goes_below_nothing(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    add_customer(w, 1, RINA, "Rina99", 10203);
    ok(store_begin(w->store, &w->error));
    fails(ledger_move(&c, RINA, -10204, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error),
          ERROR_REFUSED);
    assert_non_null(strstr(w->error.message, "1 BGL, 2 DL, 3 WL"));
    fails(ledger_move(&c, RINA, MONEY_MAX, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error),
          ERROR_REFUSED);
    fails(ledger_move(&c, RINA, 0, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error), ERROR_MALFORMED);
    fails(ledger_move(&c, RINA, INT64_MIN, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error),
          ERROR_MALFORMED);
    fails(ledger_move(&c, STRANGER, 5, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error), ERROR_NO_SUCH);
    ok(ledger_move(&c, RINA, -10203, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_int_equal(balance_of(w, 1, RINA), 0);
    books_are_right(w);
}

struct seen {
    struct entry entries[32];
    char notes[32][210];
    int count;
};

static void see(void *context, const struct entry *entry)
{
    struct seen *seen = context;
    snprintf(seen->notes[seen->count], sizeof seen->notes[0], "%s", entry->note);
    seen->entries[seen->count++] = *entry;
}

static void an_undo_is_another_movement(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1), stranger = tenant(w, 2);
    struct seen seen = {0};
    int64_t movement = 0, reversal = 0, again = 0;
    add_customer(w, 1, RINA, "Rina99", 0);
    ok(store_begin(w->store, &w->error));
    ok(ledger_move(&c, RINA, 500, ENTRY_ADJUSTMENT, 0, "by hand", NOW, NULL, &movement, &w->error));
    fails(ledger_reverse(&stranger, movement, false, NOW, &reversal, &w->error), ERROR_NO_SUCH);
    fails(ledger_reverse(&c, movement + 1, false, NOW, &reversal, &w->error), ERROR_NO_SUCH);
    ok(ledger_reverse(&c, movement, false, NOW + 1, &reversal, &w->error));
    fails(ledger_reverse(&c, movement, false, NOW + 1, &again, &w->error),
          ERROR_REFUSED); /* the money is gone */
    ok(ledger_reverse(&c, movement, true, NOW + 2, &again, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(ledger_history(&c, RINA, &(struct paging){0}, see, &seen, NULL, NULL, &w->error));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.entries[0].amount, 500);
    assert_int_equal(seen.entries[0].movement, again);
    assert_int_equal(seen.entries[1].amount, -500);
    assert_int_equal(seen.entries[1].kind, ENTRY_UNDO);
    assert_int_equal(seen.entries[1].reference, movement);
    assert_string_equal(seen.notes[2], "by hand");
    assert_int_equal(number(w, "SELECT count(*) FROM entries WHERE account = 'adjustments'"), 3);
    assert_int_equal(balance_of(w, 1, RINA), 500);
    books_are_right(w);
}

static void a_long_note_is_cut_at_a_character(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct str note = STR_INIT;
    add_customer(w, 1, RINA, "Rina99", 0);
    for (int i = 0; i < 300; i++)
        str_add(&note, "\xc3\xa9");
    writing(ok(ledger_move(&c, RINA, 5, ENTRY_ADJUSTMENT, 0, note.data, NOW, NULL, NULL, &w->error)));
    assert_int_equal(
        number(w, "SELECT min(length(note) = 200 AND length(CAST(note AS BLOB)) = 400) FROM entries"), 1);
    str_release(&note);
}

/* Random movements of several customers of two tenants against a plain sum. */
static void the_ledger_is_a_sum_whatever_happens(void **state)
{
    struct world *w = *state;
    int64_t model[2][4] = {{0}}, movements[4000];
    int movement_of[4000][3], count = 0; /* tenant, user, amount */
    uint64_t seed = 4711;
    for (int t = 1; t <= 2; t++)
        for (int u = 0; u < 4; u++) {
            char growid[GROWID_TEXT];
            snprintf(growid, sizeof growid, "user%d", u);
            add_customer(w, t, RINA + u, growid, 0);
        }
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 4000; i++) {
        int t = (int)chance(&seed, 2), u = (int)chance(&seed, 4), kind = (int)chance(&seed, 3);
        struct tenant_scope c = tenant(w, t + 1);
        int64_t amount = (int64_t)chance(&seed, 2001) - 1000, movement = 0;
        int result;
        if (kind == 0 && count > 0) {
            int which = (int)chance(&seed, (uint64_t)count);
            t = movement_of[which][0];
            u = movement_of[which][1];
            amount = -movement_of[which][2];
            c = tenant(w, t + 1);
            result = ledger_reverse(&c, movements[which], false, NOW + i, &movement, NULL);
        } else {
            result = ledger_move(&c, RINA + u, amount, kind == 1 ? ENTRY_DEPOSIT : ENTRY_ADJUSTMENT, i, NULL,
                                 NOW + i, NULL, &movement, NULL);
        }
        bool may = amount != 0 && model[t][u] + amount >= 0;
        assert_int_equal(result, may ? 0 : -1);
        if (may) {
            model[t][u] += amount;
            movement_of[count][0] = t;
            movement_of[count][1] = u;
            movement_of[count][2] = (int)amount;
            movements[count++] = movement;
        }
    }
    ok(store_commit(w->store, &w->error));
    assert_true(count > 1500);
    for (int t = 0; t < 2; t++)
        for (int u = 0; u < 4; u++)
            assert_int_equal(balance_of(w, t + 1, RINA + u), model[t][u]);
    assert_int_equal(number(w, "SELECT count(*) FROM entries"), 2 * count);
    books_are_right(w);
}

/* --- lists --- */

struct names {
    char text[256];
};

static void name(void *context, const struct customer *c)
{
    struct names *names = context;
    size_t n = strlen(names->text);
    snprintf(names->text + n, sizeof names->text - n, "%s ", c->growid);
}

static void the_richest_come_first_page_by_page(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    static const int64_t balances[] = {50, 900, 50, 0, 7000, 300};
    struct names names = {""};
    char next[LIST_NEXT_TEXT];
    int64_t total = 0;
    for (int i = 0; i < 6; i++) {
        char growid[GROWID_TEXT];
        snprintf(growid, sizeof growid, "u%d%s", i, "xx");
        add_customer(w, 1, 101 + i, growid, balances[i]);
    }
    add_customer(w, 2, 101, "foreign", 99999);
    ok(customers_top(&c, NULL, &(struct paging){.limit = 4}, name, &names, &total, next, &w->error));
    assert_string_equal(names.text, "u4xx u1xx u5xx u2xx ");
    assert_int_equal(total, 6);
    assert_string_equal(next, "103");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 4, .after = next}, name, &names, &total, next,
                     &w->error));
    assert_string_equal(names.text, "u0xx u3xx ");
    assert_string_equal(next, "");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 2, .before = "103"}, name, &names, NULL, next,
                     &w->error));
    assert_string_equal(names.text, "u1xx u5xx ");
    assert_string_equal(next, "106");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 2, .last = true}, name, &names, NULL, next,
                     &w->error));
    assert_string_equal(names.text, "u0xx u3xx ");
    assert_string_equal(next, "");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 3, .around = "103"}, name, &names, NULL, next,
                     &w->error));
    assert_string_equal(names.text, "u5xx u2xx u0xx ");
    assert_string_equal(next, "101");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 3, .around = "105"}, name, &names, NULL, next,
                     &w->error));
    assert_string_equal(names.text, "u4xx u1xx u5xx ");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.limit = 3, .around = "104"}, name, &names, NULL, next,
                     &w->error));
    assert_string_equal(names.text, "u2xx u0xx u3xx ");
    assert_string_equal(next, "");
    names = (struct names){""};
    ok(customers_top(&c, NULL, &(struct paging){.count = true}, name, &names, &total, next, &w->error));
    assert_string_equal(names.text, "");
    assert_int_equal(total, 6);
    names = (struct names){""};
    ok(customers_top(&c, "U4", &(struct paging){.limit = 4}, name, &names, &total, next, &w->error));
    assert_string_equal(names.text, "u4xx ");
    assert_int_equal(total, 1);
    fails(customers_top(&c, NULL, &(struct paging){.after = "999"}, name, &names, NULL, next, &w->error),
          ERROR_NO_SUCH);
    fails(customers_top(&c, NULL, &(struct paging){.after = "x"}, name, &names, NULL, next, &w->error),
          ERROR_MALFORMED);
    fails(customers_top(&c, NULL, &(struct paging){.after = "99999999999999999999"}, name, &names, NULL, next,
                        &w->error),
          ERROR_MALFORMED);
}

static void a_history_is_read_newest_first_in_pages(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    char next[LIST_NEXT_TEXT] = "", anchor[LIST_NEXT_TEXT];
    int64_t total = 0;
    int read = 0;
    add_customer(w, 1, RINA, "Rina99", 0);
    add_customer(w, 1, BUDI, "Budi99", 1000);
    ok(store_begin(w->store, &w->error));
    for (int i = 1; i <= 25; i++)
        ok(ledger_move(&c, RINA, i, ENTRY_DEPOSIT, i, NULL, NOW + i, NULL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    do {
        struct seen seen = {0};
        str_copy(anchor, sizeof anchor, next);
        ok(ledger_history(&c, RINA, &(struct paging){.limit = 10, .after = anchor[0] ? anchor : NULL}, see,
                          &seen, &total, next, &w->error));
        for (int i = 0; i < seen.count; i++)
            assert_int_equal(seen.entries[i].amount, 25 - read++);
    } while (next[0]);
    assert_int_equal(read, 25);
    assert_int_equal(total, 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_growid_belongs_to_one_customer),
        shop_test(a_new_growid_moves_nothing_but_the_name),
        shop_test(a_plan_limits_how_many_are_registered),
        shop_test(a_balance_never_goes_below_nothing),
        shop_test(an_undo_is_another_movement),
        shop_test(a_long_note_is_cut_at_a_character),
        shop_test(the_ledger_is_a_sum_whatever_happens),
        shop_test(the_richest_come_first_page_by_page),
        shop_test(a_history_is_read_newest_first_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
