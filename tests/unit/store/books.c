/* Undo and redo of what moves money, and what doctor finds wrong in the books. */
#include "shop.h"

/* One journalled change, by what it does. */
static struct json *journalled(struct world *w, int (*change)(const struct tenant_scope *, struct error *))
{
    struct tenant_scope c = tenant(w, 1);
    ok(store_begin(w->store, &w->error));
    ok(store_journal_begin(w->store, &w->error));
    ok(change(&c, &w->error));
    struct json *changes = store_journal_end(w->store, &w->error);
    assert_non_null(changes);
    ok(store_commit(w->store, &w->error));
    /* As the audit keeps it: through text. */
    struct str text = STR_INIT;
    json_print(changes, &text);
    json_free(changes);
    changes = json_parse(text.data, text.len, &w->error);
    assert_non_null(changes);
    str_release(&text);
    return changes;
}

static int apply(struct world *w, const struct json *changes, bool forward)
{
    ok(store_begin(w->store, &w->error));
    w->error = (struct error){0};
    int result = store_journal_apply(w->store, changes, forward, NOW + 5, &w->error);
    if (result == 0)
        ok(store_commit(w->store, &w->error));
    else
        store_rollback(w->store);
    return result;
}

#define applied(changes, forward)             \
    do {                                      \
        if (apply(w, changes, forward))       \
            fail_msg("%s", w->error.message); \
    } while (0)
#define not_applied(changes, forward, text)               \
    do {                                                  \
        assert_int_equal(apply(w, changes, forward), -1); \
        if (!strstr(w->error.message, text))              \
            fail_msg("%s", w->error.message);             \
    } while (0)

static int do_add(const struct tenant_scope *c, struct error *e)
{
    return ledger_move(c, RINA, 500, ENTRY_ADJUSTMENT, 0, "a gift", NOW, NULL, NULL, e);
}

static void moved_money_is_moved_back_by_new_entries(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    add_customer(w, 1, RINA, "Rina99", 100);
    struct json *changes = journalled(w, do_add);
    assert_int_equal(json_count(changes), 2); /* the balance follows by itself */
    applied(changes, false);
    assert_int_equal(balance_of(w, 1, RINA), 100);
    applied(changes, true);
    assert_int_equal(balance_of(w, 1, RINA), 600);
    assert_int_equal(number(w, "SELECT count(*) FROM entries"), 8);
    writing(ok(ledger_move(&c, RINA, -300, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, NULL, &w->error)));
    not_applied(changes, false, "3 DL");
    assert_int_equal(balance_of(w, 1, RINA), 300);
    books_are_right(w);
    json_free(changes);
}

static int do_register(const struct tenant_scope *c, struct error *e)
{
    return customers_register(c, RINA, "Rina99", LIMIT_NONE, NOW, NULL, e);
}

static int do_rename(const struct tenant_scope *c, struct error *e)
{
    return customers_register(c, RINA, "RinaNew", LIMIT_NONE, NOW, NULL, e);
}

static void a_registration_is_undone_while_no_money_moved(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct customer customer;
    struct json *changes = journalled(w, do_register);
    applied(changes, false);
    fails(customers_load(&c, RINA, &customer, &w->error), ERROR_NO_SUCH);
    applied(changes, true);
    ok(customers_load(&c, RINA, &customer, &w->error));
    assert_string_equal(customer.growid, "Rina99");
    writing(ok(ledger_move(&c, RINA, 5, ENTRY_DEPOSIT, 0, NULL, NOW, NULL, NULL, &w->error)));
    not_applied(changes, false, "something later belongs to it");
    assert_int_equal(balance_of(w, 1, RINA), 5);
    json_free(changes);
}

static void a_new_growid_is_undone_while_nobody_took_the_old_one(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct customer customer;
    add_customer(w, 1, RINA, "Rina99", 0);
    struct json *changes = journalled(w, do_rename);
    applied(changes, false);
    ok(customers_load(&c, RINA, &customer, &w->error));
    assert_string_equal(customer.growid, "Rina99");
    applied(changes, true);
    add_customer(w, 1, BUDI, "rina99", 0);
    not_applied(changes, false, "taken");
    json_free(changes);
}

static int do_rent(const struct tenant_scope *c, struct error *e)
{
    return rents_extend(c, 30, NOW + 12345, NULL, e);
}

static void a_term_goes_back_to_the_millisecond(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct rent rent;
    struct json *first = journalled(w, do_rent), *second = journalled(w, do_rent);
    applied(second, false);
    ok(rents_load(&c, &rent, &w->error));
    assert_int_equal(rent.ends_at, NOW + 12345 + 30 * TIME_DAY);
    not_applied(second, false, "no longer what that change left");
    applied(second, true);
    ok(rents_load(&c, &rent, &w->error));
    assert_int_equal(rent.ends_at, NOW + 12345 + 60 * TIME_DAY);
    not_applied(first, false, "no longer what that change left");
    applied(second, false);
    applied(first, false);
    ok(rents_load(&c, &rent, &w->error));
    assert_false(rent.set);
    applied(first, true);
    ok(rents_load(&c, &rent, &w->error));
    assert_int_equal(rent.starts_at, NOW + 12345);
    json_free(first);
    json_free(second);
}

static int do_pay(const struct tenant_scope *c, struct error *e)
{
    struct payment p = {.amount = 2550,
                        .currency = "USD",
                        .status = PAYMENT_COMPLETED,
                        .reference = "R-1",
                        .created_at = NOW};
    return payments_add(c, &p, NULL, e);
}

static void a_payment_is_undone_and_made_again(void **state)
{
    struct world *w = *state;
    struct json *changes = journalled(w, do_pay);
    applied(changes, false);
    assert_int_equal(number(w, "SELECT count(*) FROM payments"), 0);
    applied(changes, true);
    assert_int_equal(number(w, "SELECT count(*) FROM payments WHERE amount = 2550 AND reference = 'R-1'"), 1);
    json_free(changes);
}

static int do_buy(const struct tenant_scope *c, struct error *e)
{
    struct purchase p = {.user_id = RINA, .code = "DL", .quantity = 2};
    return purchase_make(c, &terms, &p, NOW, e);
}

static int do_refund(const struct tenant_scope *c, struct error *e)
{
    return purchase_refund(c, &terms, 1, NOW, NULL, e);
}

static int do_redeliver(const struct tenant_scope *c, struct error *e)
{
    return deliveries_add_goods(c, 1, NOW, NULL, e);
}

static void settle(void *context, const struct delivery *d)
{
    struct world *w = context;
    ok(deliveries_done(w->store, d->delivery, &w->error));
}

static void a_sale_a_delivery_and_a_refund_are_not_undone(void **state)
{
    struct world *w = *state;
    add_stock(w, 1, add_product(w, 1, "DL", 1, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 10);
    struct json *sale = journalled(w, do_buy);
    ok(lease_due(w->store, NULL, "me", NOW, NOW + 1, 0, 0, settle, w, &w->error));
    struct json *delivery = journalled(w, do_redeliver), *refund = journalled(w, do_refund);
    const struct json *all[] = {sale, delivery, refund};
    for (size_t i = 0; i < 3; i++) {
        not_applied(all[i], false, "is not undone");
        if (!strstr(w->error.hint, "tx refund"))
            fail_msg("%s; %s", w->error.message, w->error.hint);
        not_applied(all[i], true, "is not made again");
    }
    struct str text = STR_INIT;
    json_print(sale, &text);
    assert_null(strstr(str_text(&text), "content"));
    assert_null(strstr(str_text(&text), "line_hash"));
    str_release(&text);
    assert_int_equal(number(w, "SELECT count(*) FROM stock WHERE state = 2"), 2);
    assert_int_equal(balance_of(w, 1, RINA), 10);
    books_are_right(w);
    json_free(sale);
    json_free(delivery);
    json_free(refund);
}

/* --- doctor --- */

static void fill(struct world *w)
{
    struct tenant_scope c = tenant(w, 1);
    for (int t = 1; t <= 2; t++) {
        add_stock(w, t, add_product(w, t, "DL", 1, 3), 5);
        add_customer(w, t, RINA, "Rina99", 10);
        bought(w, t, RINA, "DL", 2, NOW);
    }
    writing(ok(purchase_refund(&c, &terms, 1, NOW + 90000000, NULL, &w->error)));
}

static struct json *checked(struct world *w, const char *name, bool *fine)
{
    struct json *doctor = store_doctor(w->store, NOW);
    json_each(check, json_get(doctor, "checks"))
    {
        if (name ? str_equal(json_get_string(check, "name"), name) : !json_get_bool(check, "ok", false)) {
            *fine = json_get_bool(check, "ok", false);
            return doctor;
        }
    }
    *fine = true;
    if (name)
        fail_msg("doctor has no check '%s'", name);
    return doctor;
}

static void doctor_finds_what_is_wrong_in_the_books(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *check, *damage;
    } damages[] = {
        {"balances", "UPDATE customers SET balance = balance + 1 WHERE tenant_id = 'tenant02'"},
        {"movements", "UPDATE entries SET amount = amount - 1 WHERE entry = 2"},
        {"movements", "DELETE FROM entries WHERE entry = 2"},
        {"movements", "UPDATE entries SET movement = 1 WHERE entry IN (3, 4)"},
        {"ledger", "UPDATE entries SET amount = amount - 1 WHERE entry = 2"},
        {"purchases", "UPDATE transactions SET quantity = 3 WHERE tx = 2"},
        {"purchases", "UPDATE stock SET state = 0, tx = NULL WHERE item = 1 AND tenant_id = 'tenant02'"},
        {"sales", "UPDATE sales_days SET total = total + 1 WHERE day = 0 AND tenant_id = 'tenant02'"},
        {"deliveries", "UPDATE deliveries SET tx = 999 WHERE delivery = 2"},
        {"deliveries", "UPDATE deliveries SET tx = 2 WHERE delivery = 2"}, /* another tenant's */
        {"undelivered", "DELETE FROM deliveries WHERE kind = 'goods' AND tenant_id = 'tenant02'"},
        {"delivered", "UPDATE deliveries SET state = 'failed', reason = 'HTTP 400' WHERE delivery = 2"},
        {"delivered", "UPDATE deliveries SET state = 'leased', leased_until = 1 WHERE delivery = 2"},
    };
    bool fine;
    fill(w);
    struct json *doctor = checked(w, NULL, &fine);
    struct str text = STR_INIT;
    json_print(doctor, &text);
    if (!fine)
        fail_msg("%s", str_text(&text));
    str_release(&text);
    json_free(doctor);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        ok(store_begin(w->store, &w->error));
        if (sqlite3_exec(w->store->db, damages[i].damage, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", damages[i].damage, sqlite3_errmsg(w->store->db));
        assert_true(store_changes(w->store) > 0);
        doctor = checked(w, damages[i].check, &fine);
        if (fine)
            fail_msg("%s did not notice: %s", damages[i].check, damages[i].damage);
        json_free(doctor);
        store_rollback(w->store);
    }
    doctor = checked(w, NULL, &fine);
    assert_true(fine);
    json_free(doctor);
}

/* --- whatever happens --- */

#define CUSTOMERS 5
#define STEPS 1500
#define PLANTED 80

struct model {
    int64_t balance[2][CUSTOMERS];
    int64_t movements[STEPS], transactions[STEPS];
    int movement_of[STEPS][3], transaction_of[STEPS][3]; /* tenant, customer, amount */
    int moved, sold;
};

static void note_movement(struct model *m, int64_t number, int t, int u, int64_t amount)
{
    m->balance[t][u] += amount;
    m->movements[m->moved] = number;
    m->movement_of[m->moved][0] = t;
    m->movement_of[m->moved][1] = u;
    m->movement_of[m->moved++][2] = (int)amount;
}

static void step_move(struct world *w, struct model *m, int t, int u, uint64_t *seed)
{
    struct tenant_scope c = tenant(w, t + 1);
    int64_t amount = (int64_t)chance(seed, 301) - 150, movement = 0;
    bool may = amount != 0 && m->balance[t][u] + amount >= 0;
    assert_int_equal(ledger_move(&c, RINA + u, amount, ENTRY_ADJUSTMENT, 0, NULL, NOW, NULL, &movement, NULL),
                     may ? 0 : -1);
    if (may)
        note_movement(m, movement, t, u, amount);
}

static void step_reverse(struct world *w, struct model *m, uint64_t *seed)
{
    int which = m->moved ? (int)chance(seed, (uint64_t)m->moved) : -1;
    int64_t movement = 0;
    if (which < 0)
        return;
    int t = m->movement_of[which][0], u = m->movement_of[which][1];
    int64_t amount = -m->movement_of[which][2];
    struct tenant_scope c = tenant(w, t + 1);
    bool may = m->balance[t][u] + amount >= 0;
    assert_int_equal(ledger_reverse(&c, m->movements[which], false, NOW, &movement, NULL), may ? 0 : -1);
    if (may)
        note_movement(m, movement, t, u, amount);
}

static void step_deposit(struct world *w, struct model *m, int i, int t, int u, uint64_t *seed)
{
    struct tenant_scope c = tenant(w, t + 1);
    struct donation donation = {.amount = (int64_t)chance(seed, 90) + 1};
    enum deposit_result result;
    struct deposit out;
    bool known = chance(seed, 5) != 0, again = chance(seed, 4) == 0;
    snprintf(donation.growid, sizeof donation.growid, known ? "user%d" : "nobody%d", u);
    for (int times = again ? 2 : 1; times > 0; times--) {
        ok(deposits_take(&c, 1000 + i, &donation, NULL, NOW, &result, &out, NULL, &w->error));
        if (result == DEPOSIT_CREDITED)
            m->balance[t][u] += donation.amount;
    }
}

static void step_buy(struct world *w, struct model *m, int t, int u, uint64_t *seed)
{
    struct tenant_scope c = tenant(w, t + 1);
    int64_t n = (int64_t)chance(seed, 4) + 1;
    struct purchase p = {.user_id = RINA + u, .code = "DL", .quantity = n};
    int result = purchase_make(&c, &terms, &p, NOW + (int64_t)chance(seed, 4) * 90000000, NULL);
    bool may = m->balance[t][u] >= 7 * n;
    if (p.refusal == PURCHASE_STOCK)
        return;
    assert_int_equal(result, may ? 0 : -1);
    if (!may)
        return;
    m->balance[t][u] -= 7 * n;
    m->transactions[m->sold] = p.tx;
    m->transaction_of[m->sold][0] = t;
    m->transaction_of[m->sold][1] = u;
    m->transaction_of[m->sold++][2] = (int)(7 * n);
}

static void step_refund(struct world *w, struct model *m, uint64_t *seed)
{
    int which = m->sold ? (int)chance(seed, (uint64_t)m->sold) : -1;
    if (which < 0)
        return;
    int t = m->transaction_of[which][0], u = m->transaction_of[which][1];
    struct tenant_scope c = tenant(w, t + 1), stranger = tenant(w, 2 - t);
    bool may = m->transaction_of[which][2] != 0;
    assert_int_equal(purchase_refund(&stranger, &terms, m->transactions[which], NOW, NULL, NULL), -1);
    assert_int_equal(purchase_refund(&c, &terms, m->transactions[which], NOW, NULL, NULL), may ? 0 : -1);
    m->balance[t][u] += m->transaction_of[which][2];
    m->transaction_of[which][2] = 0;
}

static void play(struct world *w, struct model *m, uint64_t *seed)
{
    for (int t = 1; t <= 2; t++) {
        add_stock(w, t, add_product(w, t, "DL", 7, 3), 300);
        for (int u = 0; u < CUSTOMERS; u++) {
            char growid[GROWID_TEXT];
            snprintf(growid, sizeof growid, "user%d", u);
            add_customer(w, t, RINA + u, growid, 0);
        }
    }
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < STEPS; i++) {
        int t = (int)chance(seed, 2), u = (int)chance(seed, CUSTOMERS);
        switch (chance(seed, 6)) {
        case 0:
        case 1:
            step_move(w, m, t, u, seed);
            break;
        case 2:
            step_reverse(w, m, seed);
            break;
        case 3:
            step_deposit(w, m, i, t, u, seed);
            break;
        case 4:
            step_buy(w, m, t, u, seed);
            break;
        default:
            step_refund(w, m, seed);
        }
    }
    ok(store_commit(w->store, &w->error));
}

/* One row of somebody's, chosen by ?1, is another than it was. */
static const char *const plants[] = {
    "UPDATE customers SET balance = balance + 1 WHERE (tenant_id, user_id) IN"
    " (SELECT tenant_id, user_id FROM customers ORDER BY user_id, tenant_id LIMIT 1 OFFSET ?1 % 10)",
    "UPDATE entries SET amount = amount + 1000 WHERE entry = ?1 % (SELECT max(entry) FROM entries) + 1",
    "DELETE FROM entries WHERE entry = ?1 % (SELECT max(entry) FROM entries) + 1",
    "DELETE FROM entries WHERE movement = (SELECT movement FROM entries WHERE entry ="
    " ?1 % (SELECT max(entry) FROM entries) + 1)",
    "UPDATE entries SET user_id = iif(user_id = 400000000000000001, user_id + 1, user_id - 1)"
    " WHERE entry = (SELECT movement FROM entries WHERE entry = ?1 % (SELECT max(entry) FROM entries) + 1)",
    "UPDATE transactions SET total = total + 1 WHERE tx = ?1 % (SELECT max(tx) FROM transactions) + 1",
    "UPDATE transactions SET tenant_id = iif(tenant_id = 'tenant01', 'tenant02', 'tenant01')"
    " WHERE tx = ?1 % (SELECT max(tx) FROM transactions) + 1",
    "UPDATE deposits SET amount = amount + 1, state = 'credited' WHERE deposit ="
    " ?1 % (SELECT max(deposit) FROM deposits) + 1",
    "UPDATE sales_days SET total = total - 1 WHERE (tenant_id, day) IN"
    " (SELECT tenant_id, day FROM sales_days ORDER BY day, tenant_id LIMIT 1 OFFSET ?1 % 6)",
};

static void plant(struct world *w, uint64_t seed, uint64_t at)
{
    const char *sql = plants[at % (sizeof plants / sizeof *plants)];
    sqlite3_stmt *stmt = NULL;
    bool fine;
    ok(store_begin(w->store, &w->error));
    assert_int_equal(sqlite3_prepare_v2(w->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, (int64_t)(at / 16));
    if (sqlite3_step(stmt) != SQLITE_DONE)
        fail_msg("%s: %s", sql, sqlite3_errmsg(w->store->db));
    sqlite3_finalize(stmt);
    assert_true(store_changes(w->store) > 0);
    json_free(checked(w, NULL, &fine));
    if (fine)
        fail_msg("TENANTTUI_SEED=%llu: nothing noticed %s at %llu", (unsigned long long)seed, sql,
                 (unsigned long long)(at / 16));
    store_rollback(w->store);
}

static void random_books_agree_and_any_error_in_them_is_found(void **state)
{
    struct world *w = *state;
    struct model *m = calloc(1, sizeof *m);
    const char *given = getenv("TENANTTUI_SEED");
    uint64_t first = (given ? strtoull(given, NULL, 10) : (uint64_t)time_now()) | 1, seed = first;
    bool fine;
    print_message("# TENANTTUI_SEED=%llu\n", (unsigned long long)first);
    play(w, m, &seed);
    assert_true(m->moved > 100 && m->sold > 20);
    for (int t = 0; t < 2; t++)
        for (int u = 0; u < CUSTOMERS; u++)
            assert_int_equal(balance_of(w, t + 1, RINA + u), m->balance[t][u]);
    books_are_right(w);
    struct json *doctor = checked(w, NULL, &fine);
    struct str text = STR_INIT;
    json_print(doctor, &text);
    if (!fine)
        fail_msg("TENANTTUI_SEED=%llu: %s", (unsigned long long)first, str_text(&text));
    str_release(&text);
    json_free(doctor);
    sqlite3_exec(w->store->db, "PRAGMA ignore_check_constraints = on; PRAGMA foreign_keys = off", NULL, NULL,
                 NULL);
    for (int i = 0; i < PLANTED; i++)
        plant(w, first, chance(&seed, 1 << 20));
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(moved_money_is_moved_back_by_new_entries),
        shop_test(a_registration_is_undone_while_no_money_moved),
        shop_test(a_new_growid_is_undone_while_nobody_took_the_old_one),
        shop_test(a_term_goes_back_to_the_millisecond),
        shop_test(a_payment_is_undone_and_made_again),
        shop_test(a_sale_a_delivery_and_a_refund_are_not_undone),
        shop_test(doctor_finds_what_is_wrong_in_the_books),
        shop_test(random_books_agree_and_any_error_in_them_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
