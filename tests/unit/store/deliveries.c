/* Deliveries: leases, results, sending again; and deposits, which are counted once. */
#include "shop.h"

struct taken {
    struct delivery rows[16];
    char documents[16][32];
    int count;
};

static void take(void *context, const struct delivery *d)
{
    struct taken *taken = context;
    if (taken->count == 16)
        return;
    str_copy(taken->documents[taken->count], sizeof taken->documents[0], d->document);
    taken->rows[taken->count++] = *d;
}

static struct taken lease(struct world *w, const char *tenant_id, const char *owner, int64_t now, int limit)
{
    struct taken taken = {0};
    ok(lease_due(w->store, tenant_id, owner, now, now + 30000, now + 7, limit, take, &taken, &w->error));
    return taken;
}

/* As the rows stand, oldest first. */
static struct taken listed(struct world *w, int n)
{
    struct taken taken = {0};
    struct tenant_scope c = tenant(w, n);
    struct query q;
    int step = query_open(&q, w->store, &w->error,
                          "SELECT delivery, state, copy, user_id, attempts, next_at, tried_at, reason"
                          " FROM deliveries WHERE tenant_id = ?1 ORDER BY delivery",
                          "t", c.tenant);
    while (step >= 0 && taken.count < 16 && (step = query_step(&q, &w->error)) == 1) {
        struct delivery *d = &taken.rows[taken.count++];
        *d = (struct delivery){.delivery = query_int(&q, 0),
                               .copy = query_int(&q, 2),
                               .user_id = query_int(&q, 3),
                               .attempts = query_int(&q, 4),
                               .next_at = query_int(&q, 5),
                               .tried_at = query_int(&q, 6)};
        while (!str_equal(delivery_state_words[d->state], query_text(&q, 1)))
            d->state++;
        str_copy(d->reason, sizeof d->reason, query_text(&q, 7));
    }
    query_close(&q);
    assert_true(step >= 0);
    return taken;
}

static int64_t notice(struct world *w, int n, int64_t channel, const char *document, int64_t now)
{
    struct tenant_scope c = tenant(w, n);
    int64_t delivery = 0;
    writing(ok(deliveries_add_notice(&c, channel, channel ? 0 : RINA, document, now, &delivery, &w->error)));
    return delivery;
}

static enum transaction_delivery state_of(struct world *w, int64_t tx)
{
    struct tenant_scope c = tenant(w, 1);
    struct transaction t;
    ok(transactions_load(&c, tx, &t, &w->error));
    return t.delivery;
}

/* A purchase whose goods alone are queued. */
static int64_t sell(struct world *w)
{
    struct tenant_scope c = tenant(w, 1);
    struct purchase p = {.user_id = RINA, .code = "DL", .quantity = 2};
    if (number(w, "SELECT count(*) FROM products") == 0) {
        add_stock(w, 1, add_product(w, 1, "DL", 1, 0), 10);
        add_customer(w, 1, RINA, "Rina99", 500);
    }
    writing(ok(purchase_make(&c, &(struct sale_terms){.zone = "UTC"}, &p, NOW, &w->error)));
    return p.tx;
}

static void a_lease_keeps_others_out_until_it_expires(void **state)
{
    struct world *w = *state;
    int64_t delivery = notice(w, 1, 55, "{\"content\":\"x\"}", NOW);
    assert_int_equal(lease(w, NULL, "one", NOW - 1, 0).count, 0); /* not due */
    struct taken mine = lease(w, NULL, "one", NOW, 0);
    assert_int_equal(mine.count, 1);
    assert_int_equal(mine.rows[0].delivery, delivery);
    assert_int_equal(mine.rows[0].kind, DELIVERY_NOTICE);
    assert_int_equal(mine.rows[0].channel_id, 55);
    assert_int_equal(mine.rows[0].tried_at, 0);
    assert_int_equal(mine.rows[0].after_id, 0);
    assert_string_equal(mine.rows[0].tenant, "tenant01");
    assert_string_equal(mine.documents[0], "{\"content\":\"x\"}");
    assert_int_equal(lease(w, NULL, "two", NOW + 29999, 0).count, 0);
    assert_int_equal(deliveries_next_expiry(w->store, NULL), NOW + 30000);
    assert_true(deliveries_next_expiry(w->store, "tenant02") == INT64_MAX);
    struct taken theirs = lease(w, NULL, "two", NOW + 30000, 0);
    assert_int_equal(theirs.count, 1);
    assert_int_equal(theirs.rows[0].tried_at, NOW); /* an attempt that nobody knows the outcome of */
    struct taken last = lease(w, NULL, "three", NOW + 60000, 0);
    assert_int_equal(last.rows[0].tried_at, NOW); /* the earliest */
    assert_int_equal(last.rows[0].after_id, NOW + 7);
    ok(deliveries_done(w->store, delivery, &w->error));
    assert_int_equal(listed(w, 1).count, 0);
    assert_true(deliveries_next_expiry(w->store, NULL) == INT64_MAX);
    ok(deliveries_done(w->store, delivery, &w->error)); /* twice does no harm */
}

static void results_belong_to_the_holder(void **state)
{
    struct world *w = *state;
    int64_t delivery = notice(w, 1, 55, "{}", NOW);
    lease(w, NULL, "one", NOW, 0);
    ok(deliveries_retry(w->store, delivery, "two", 0, NOW + 5, "not mine", &w->error));
    ok(deliveries_fail(w->store, delivery, "two", "not mine", &w->error));
    assert_int_equal(listed(w, 1).rows[0].state, DELIVERY_LEASED);
    ok(deliveries_retry(w->store, delivery, "one", 0, NOW + 500, "HTTP 500", &w->error));
    struct delivery d = listed(w, 1).rows[0];
    assert_int_equal(d.state, DELIVERY_PENDING);
    assert_int_equal(d.attempts, 1);
    assert_int_equal(d.next_at, NOW + 500);
    assert_int_equal(d.tried_at, 0); /* it is known not to have arrived */
    assert_string_equal(d.reason, "HTTP 500");
    struct due_lanes due = {.count = 0};
    ok(deliveries_lanes(w->store, "tenant02", keep_lane, &due, &w->error));
    assert_int_equal(due.count, 0);
    ok(deliveries_lanes(w->store, "tenant01", keep_lane, &due, &w->error));
    assert_int_equal(due.lanes[0].due, NOW + 500);
    lease(w, NULL, "one", NOW + 500, 0);
    lease(w, NULL, "two", NOW + 40000, 0);
    ok(deliveries_give_back(w->store, delivery, "two", NOW + 500, NOW + 70000, "the bot is away", &w->error));
    d = listed(w, 1).rows[0];
    assert_int_equal(d.attempts, 1);
    assert_int_equal(d.tried_at, NOW + 500); /* still unknown */
    lease(w, NULL, "one", NOW + 70000, 0);
    ok(deliveries_retry(w->store, delivery, "one", NOW + 500, NOW + 80000, "HTTP 503", &w->error));
    d = listed(w, 1).rows[0];
    assert_int_equal(d.attempts, 2);
    assert_int_equal(d.tried_at, NOW + 500); /* this attempt did not arrive; the first may have */
    lease(w, NULL, "one", NOW + 80000, 0);
    ok(deliveries_fail(w->store, delivery, "one", "HTTP 403", &w->error));
    assert_int_equal(listed(w, 1).rows[0].state, DELIVERY_FAILED);
    assert_int_equal(lease(w, NULL, "one", NOW + 99999999, 0).count, 0);
}

static void a_new_daemon_has_at_once_what_a_dead_one_left(void **state)
{
    struct world *w = *state;
    notice(w, 1, 55, "{}", NOW);
    notice(w, 2, 56, "{}", NOW);
    assert_int_equal(lease(w, "tenant01", "dead", NOW, 0).count, 1);
    assert_int_equal(lease(w, "tenant02", "alive", NOW, 0).count, 1);
    ok(deliveries_take_over(w->store, "alive", &w->error));
    struct taken left = lease(w, NULL, "alive", NOW + 1, 0);
    assert_int_equal(left.count, 1);
    assert_int_equal(left.rows[0].channel_id, 55);
    assert_int_equal(left.rows[0].tried_at, NOW); /* it may have been sent */
}

static void a_clock_that_was_set_back_holds_nothing_up(void **state)
{
    struct world *w = *state;
    const int64_t day = INT64_C(86400000);
    int64_t waiting = notice(w, 1, 55, "{}", NOW), leased = notice(w, 1, 56, "{}", NOW);
    lease(w, NULL, "me", NOW, 0);
    ok(deliveries_give_back(w->store, waiting, "me", 0, NOW + 1000, "", &w->error));
    ok(deliveries_clock_set(w->store, NOW - DELIVERY_LATER_MS / 2, &w->error)); /* a little changes nothing */
    assert_int_equal(lease(w, NULL, "me", NOW - 1, 0).count, 0);
    ok(deliveries_clock_set(w->store, NOW - day, &w->error));
    struct taken due = lease(w, NULL, "me", NOW - day, 0);
    assert_int_equal(due.count, 2);
    assert_int_equal(due.rows[0].tried_at, 0);
    assert_int_equal(due.rows[1].delivery, leased);
    assert_int_equal(due.rows[1].tried_at, NOW);
}

static void what_waits_is_known_by_its_lane_and_leased_from_one(void **state)
{
    struct world *w = *state;
    int64_t tx = sell(w);
    for (int i = 0; i < 6; i++)
        notice(w, 1 + i % 2, i < 4 ? 55 : 0, "{}", NOW - i);
    struct due_lanes due = {.count = 0};
    ok(deliveries_lanes(w->store, NULL, keep_lane, &due, &w->error));
    static const struct delivery_lane lanes[] = {{"tenant01", 0, NOW - 4},
                                                 {"tenant01", 55, NOW - 2},
                                                 {"tenant02", 0, NOW - 5},
                                                 {"tenant02", 55, NOW - 3}};
    assert_int_equal(due.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(due.lanes[i].tenant, lanes[i].tenant);
        assert_int_equal(due.lanes[i].channel, lanes[i].channel);
        assert_int_equal(due.lanes[i].due, lanes[i].due);
    }
    struct taken taken = {0};
    ok(deliveries_lease(w->store, &lanes[0], "one", NOW, NOW + 30000, 0, 1, take, &taken, &w->error));
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.rows[0].next_at, NOW - 4); /* the oldest first */
    ok(deliveries_lease(w->store, &lanes[0], "one", NOW, NOW + 30000, 0, 0, take, &taken, &w->error));
    assert_int_equal(taken.count, 2);
    assert_int_equal(taken.rows[1].kind, DELIVERY_GOODS); /* whose channel is where they were bought */
    assert_int_equal(taken.rows[1].tx, tx);
    ok(deliveries_lease(w->store, &lanes[0], "one", NOW, NOW + 30000, 0, 0, take, &taken, &w->error));
    ok(deliveries_lease(w->store, &lanes[1], "one", NOW - 3, NOW + 30000, 0, 0, take, &taken, &w->error));
    assert_int_equal(taken.count, 2); /* none is left, or none is due */
}

static void a_lease_that_has_run_out_waits_again_for_its_tenant_s_daemon(void **state)
{
    struct world *w = *state;
    notice(w, 1, 55, "{}", NOW);
    notice(w, 2, 55, "{}", NOW);
    assert_int_equal(lease(w, NULL, "one", NOW, 0).count, 2);
    ok(deliveries_expire(w->store, NULL, NOW + 29999, &w->error));
    assert_int_equal(listed(w, 1).rows[0].state, DELIVERY_LEASED);
    ok(deliveries_expire(w->store, "tenant01", NOW + 30000, &w->error));
    assert_int_equal(listed(w, 1).rows[0].state, DELIVERY_PENDING);
    assert_int_equal(listed(w, 1).rows[0].tried_at, NOW);
    assert_int_equal(listed(w, 2).rows[0].state, DELIVERY_LEASED);
}

static void a_transaction_says_how_its_goods_fared(void **state)
{
    struct world *w = *state;
    int64_t sent = sell(w), closed = sell(w), failed = sell(w);
    struct taken mine = lease(w, NULL, "one", NOW, 0);
    assert_int_equal(mine.count, 3);
    ok(deliveries_done(w->store, mine.rows[0].delivery, &w->error));
    ok(deliveries_closed(w->store, mine.rows[1].delivery, &w->error));
    ok(deliveries_fail(w->store, mine.rows[2].delivery, "one", "HTTP 400", &w->error));
    assert_int_equal(state_of(w, sent), TRANSACTION_SENT);
    assert_int_equal(state_of(w, closed), TRANSACTION_CLOSED);
    assert_int_equal(state_of(w, failed), TRANSACTION_LOST);
    assert_int_equal(listed(w, 1).count, 1);
}

static void a_post_about_a_sale_does_not_say_that_the_goods_arrived(void **state)
{
    struct world *w = *state;
    add_stock(w, 1, add_product(w, 1, "DL", 1, 0), 10);
    add_customer(w, 1, RINA, "Rina99", 500);
    int64_t tx = bought(w, 1, RINA, "DL", 1, NOW);
    struct taken mine = lease(w, NULL, "one", NOW, 0);
    assert_int_equal(mine.count, 2);
    assert_int_equal(mine.rows[1].kind, DELIVERY_PURCHASE_LOG);
    ok(deliveries_done(w->store, mine.rows[1].delivery, &w->error));
    assert_int_equal(state_of(w, tx), TRANSACTION_ON_ITS_WAY);
}

static void goods_are_sent_again_when_asked_and_not_on_their_way(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1), stranger = tenant(w, 2);
    int64_t tx = sell(w), again = 0;
    ok(store_begin(w->store, &w->error));
    fails(deliveries_add_goods(&c, tx, NOW, &again, &w->error), ERROR_REFUSED);
    fails(deliveries_add_goods(&stranger, tx, NOW, &again, &w->error), ERROR_NO_SUCH);
    fails(deliveries_add_goods(&c, 999, NOW, &again, &w->error), ERROR_NO_SUCH);
    ok(store_commit(w->store, &w->error));
    struct taken mine = lease(w, NULL, "one", NOW, 0);
    ok(deliveries_fail(w->store, mine.rows[0].delivery, "one", "HTTP 400", &w->error));
    writing(ok(deliveries_add_goods(&c, tx, NOW + 1, &again, &w->error)));
    struct taken rows = listed(w, 1);
    assert_int_equal(rows.count, 1); /* the failed one is gone */
    assert_int_equal(rows.rows[0].delivery, again);
    assert_int_equal(rows.rows[0].copy, 1);
    assert_int_equal(rows.rows[0].user_id, RINA);
    assert_int_equal(state_of(w, tx), TRANSACTION_ON_ITS_WAY);
    lease(w, NULL, "one", NOW + 1, 0);
    ok(deliveries_done(w->store, again, &w->error));
    assert_int_equal(state_of(w, tx), TRANSACTION_SENT);
    writing(ok(deliveries_add_goods(&c, tx, NOW + 2, &again, &w->error)));
    assert_int_equal(listed(w, 1).rows[0].copy, 2);
}

static void refunded_goods_are_not_sent_any_more(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct transaction refund;
    struct taken mine;
    for (int round = 0; round < 3; round++) { /* waiting, failed, being sent */
        int64_t tx = sell(w), now = NOW + 100000 * round;
        if (round) {
            mine = lease(w, NULL, "one", now, 0);
            assert_int_equal(mine.count, 1);
        }
        if (round == 1)
            ok(deliveries_fail(w->store, mine.rows[0].delivery, "one", "HTTP 400", &w->error));
        if (round == 2) {
            ok(store_begin(w->store, &w->error));
            fails(purchase_refund(&c, &terms, tx, now, &refund, &w->error), ERROR_REFUSED);
            ok(store_commit(w->store, &w->error));
            assert_int_equal(state_of(w, tx), TRANSACTION_ON_ITS_WAY);
            now += 30000; /* whoever had the lease is no more */
        }
        writing(ok(purchase_refund(&c, &terms, tx, now, &refund, &w->error)));
        assert_int_equal(listed(w, 1).count, 0);
        assert_int_equal(lease(w, NULL, "two", now + 100000, 0).count, 0);
        assert_int_equal(state_of(w, tx), TRANSACTION_UNDELIVERED);
        ok(store_begin(w->store, &w->error));
        fails(deliveries_add_goods(&c, tx, now, NULL, &w->error), ERROR_REFUSED);
        fails(deliveries_add_goods(&c, refund.tx, now, NULL, &w->error), ERROR_REFUSED);
        ok(store_commit(w->store, &w->error));
    }
    books_are_right(w);
}

/* Not every look at an empty queue takes the lock that writers need. */
static void a_sweep_of_nothing_writes_nothing(void **state)
{
    struct world *w = *state;
    struct store *writer = other(w, STORE_WRITE);
    ok(store_begin(writer, &w->error));
    assert_int_equal(lease(w, NULL, "one", NOW, 0).count, 0);
    assert_int_equal(lease(w, "tenant01", "one", NOW, 0).count, 0);
    store_close(writer);
}

/* --- deposits --- */

static struct deposit deposit(struct world *w, int n, int64_t message, const char *growid, int64_t amount,
                              const char *reason, enum deposit_result expected, int64_t balance)
{
    struct tenant_scope c = tenant(w, n);
    struct donation donation = {.amount = amount};
    struct deposit out;
    enum deposit_result result;
    int64_t after = -1;
    str_copy(donation.growid, sizeof donation.growid, growid);
    writing(ok(deposits_take(&c, message, &donation, reason, NOW, &result, &out, &after, &w->error)));
    assert_int_equal(result, expected);
    assert_int_equal(after, balance);
    return out;
}

static void a_deposit_is_counted_once_per_message(void **state)
{
    struct world *w = *state;
    add_customer(w, 1, RINA, "Rina99", 100);
    add_customer(w, 2, RINA, "Rina99", 0);
    struct deposit first = deposit(w, 1, 900, "rina99", 500, NULL, DEPOSIT_CREDITED, 600);
    assert_int_equal(first.user_id, RINA);
    struct deposit second = deposit(w, 1, 900, "rina99", 500, NULL, DEPOSIT_SEEN, 0);
    assert_int_equal(second.deposit, first.deposit);
    assert_true(second.credited);
    deposit(w, 2, 900, "rina99", 7, NULL, DEPOSIT_CREDITED, 7); /* another tenant's message */
    assert_int_equal(balance_of(w, 1, RINA), 600);
    assert_int_equal(number(w, "SELECT count(*) FROM entries WHERE kind = 'deposit' AND reference = 900"), 4);
    books_are_right(w);
}

static void a_refused_deposit_credits_nobody_and_says_why(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1), other = tenant(w, 2);
    add_customer(w, 1, RINA, "Rina99", 100);
    struct deposit d = deposit(w, 1, 901, "nobody1", 500, NULL, DEPOSIT_NOBODY, 0);
    assert_non_null(strstr(d.reason, "nobody1"));
    d = deposit(w, 1, 902, "Rina99", 0, "bad deposit '1.5 DL'", DEPOSIT_REFUSED, 0);
    assert_string_equal(d.reason, "bad deposit '1.5 DL'");
    d = deposit(w, 1, 903, "Rina99", MONEY_MAX, NULL, DEPOSIT_REFUSED, 0);
    assert_int_equal(deposits_refused_at(&c, 4, &w->error), 0);
    d = deposit(w, 1, 904, "Rina99", 500, "the author is not listed", DEPOSIT_REFUSED, 0);
    assert_int_equal(d.user_id, 0);
    assert_int_equal(deposits_refused_at(&c, 4, &w->error), NOW);
    assert_int_equal(deposits_refused_at(&other, 1, &w->error), 0);
    /* Registering later does not bring it back: the message was counted. */
    add_customer(w, 1, BUDI, "nobody1", 0);
    d = deposit(w, 1, 901, "nobody1", 500, NULL, DEPOSIT_SEEN, 0);
    assert_false(d.credited);
    assert_int_equal(balance_of(w, 1, BUDI), 0);
    assert_int_equal(balance_of(w, 1, RINA), 100);
    books_are_right(w);
}

struct messages {
    int64_t ids[8];
    int count;
};

static void see(void *context, const struct deposit *d)
{
    struct messages *messages = context;
    messages->ids[messages->count++] = d->message_id;
}

static void deposits_are_listed_newest_first(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct messages all = {0}, refused = {0}, page = {0};
    int64_t total = 0;
    char next[LIST_NEXT_TEXT];
    add_customer(w, 1, RINA, "Rina99", 0);
    for (int i = 0; i < 4; i++)
        deposit(w, 1, 900 + i, i % 2 ? "nobody1" : "Rina99", 1, NULL,
                i % 2 ? DEPOSIT_NOBODY : DEPOSIT_CREDITED, i % 2 ? 0 : i / 2 + 1);
    ok(deposits_list(&c, false, &(struct paging){0}, see, &all, &total, next, &w->error));
    assert_int_equal(all.count, 4);
    assert_int_equal(all.ids[0], 903);
    assert_int_equal(total, 4);
    ok(deposits_list(&c, true, &(struct paging){0}, see, &refused, &total, next, &w->error));
    assert_int_equal(refused.count, 2);
    assert_int_equal(refused.ids[0], 903);
    assert_int_equal(refused.ids[1], 901);
    ok(deposits_list(&c, false, &(struct paging){.limit = 3}, see, &page, NULL, next, &w->error));
    assert_int_equal(page.ids[2], 901);
    assert_string_equal(next, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_lease_keeps_others_out_until_it_expires),
        shop_test(results_belong_to_the_holder),
        shop_test(a_new_daemon_has_at_once_what_a_dead_one_left),
        shop_test(a_clock_that_was_set_back_holds_nothing_up),
        shop_test(what_waits_is_known_by_its_lane_and_leased_from_one),
        shop_test(a_lease_that_has_run_out_waits_again_for_its_tenant_s_daemon),
        shop_test(a_transaction_says_how_its_goods_fared),
        shop_test(a_post_about_a_sale_does_not_say_that_the_goods_arrived),
        shop_test(goods_are_sent_again_when_asked_and_not_on_their_way),
        shop_test(refunded_goods_are_not_sent_any_more),
        shop_test(a_sweep_of_nothing_writes_nothing),
        shop_test(a_deposit_is_counted_once_per_message),
        shop_test(a_refused_deposit_credits_nobody_and_says_why),
        shop_test(deposits_are_listed_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
