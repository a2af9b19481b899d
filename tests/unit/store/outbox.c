/* The outbox and its leases; what Discord showed; sessions; shared limits. */
#include "test.h"

struct taken {
    struct push_row rows[8];
    int count;
};

static void take(void *context, const struct push_row *row)
{
    struct taken *taken = context;
    if (taken->count < 8)
        taken->rows[taken->count++] = *row;
}

static int setup(void **state)
{
    if (world_setup(state))
        return -1;
    struct world *w = *state;
    return make_tenant(w->store, "tenant01", GUILD, PLAN_PREMIUM, &w->error) ||
           make_tenant(w->store, "tenant02", GUILD + 1, PLAN_PREMIUM, &w->error);
}

static void queue(struct world *w, const char *tenant, int64_t revision, unsigned kinds, int64_t now)
{
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, tenant, revision, kinds, now, &w->error));
    ok(store_commit(w->store, &w->error));
}

static struct taken lease(struct world *w, const char *tenant, int64_t now, int64_t until, int limit)
{
    struct taken taken = {0};
    ok(outbox_lease(w->store, tenant, "me", now, until, limit, take, &taken, &w->error));
    return taken;
}

static struct taken listed(struct world *w)
{
    struct taken taken = {0};
    ok(outbox_list(w->store, NULL, take, &taken, &w->error));
    return taken;
}

static void a_newer_revision_replaces_the_older_row(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 2, 1u << PUSH_CONTROL | 1u << PUSH_COMMANDS, NOW);
    queue(w, "tenant01", 3, 1u << PUSH_CONTROL, NOW + 1);
    struct taken rows = listed(w);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.rows[0].kind, PUSH_CONTROL);
    assert_int_equal(rows.rows[0].revision, 3);
    assert_int_equal(rows.rows[1].revision, 2);
}

static void a_lease_keeps_others_out_until_it_expires(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 2, 1u << PUSH_CONTROL, NOW);
    assert_int_equal(lease(w, "tenant01", NOW - 1, NOW + 100, 0).count, 0); /* not due */
    struct taken mine = lease(w, "tenant01", NOW, NOW + 100, 0);
    assert_int_equal(mine.count, 1);
    assert_int_equal(mine.rows[0].state, PUSH_LEASED);
    assert_int_equal(lease(w, NULL, NOW + 99, NOW + 300, 0).count, 0);
    assert_int_equal(outbox_next_due(w->store), NOW + 100);
    assert_int_equal(lease(w, NULL, NOW + 100, NOW + 300, 0).count, 1);
    ok(outbox_done(w->store, mine.rows[0].push, "me", 2, &w->error));
    assert_int_equal(listed(w).count, 0);
    assert_true(outbox_next_due(w->store) == INT64_MAX);
}

static void a_clock_that_was_set_back_holds_no_push_up(void **state)
{
    struct world *w = *state;
    const int64_t day = INT64_C(86400000);
    queue(w, "tenant01", 2, 1u << PUSH_CONTROL | 1u << PUSH_NICKNAME, NOW);
    assert_int_equal(lease(w, "tenant01", NOW, NOW + 100, 1).count, 1);
    ok(outbox_clock_set(w->store, NOW, &w->error)); /* a little changes nothing */
    assert_int_equal(lease(w, NULL, NOW - day, NOW - day + 100, 0).count, 0);
    ok(outbox_clock_set(w->store, NOW - day, &w->error));
    assert_int_equal(lease(w, NULL, NOW - day, NOW - day + 100, 0).count, 2);
}

static void a_revision_that_rises_under_a_lease_stays_pending_after_it(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 2, 1u << PUSH_CONTROL, NOW);
    struct taken mine = lease(w, "tenant01", NOW, NOW + 1000, 0);
    queue(w, "tenant01", 3, 1u << PUSH_CONTROL, NOW);
    assert_int_equal(lease(w, "tenant01", NOW, NOW + 1000, 0).count,
                     0); /* what is new waits for what is under way */
    ok(outbox_done(w->store, mine.rows[0].push, "me", 2, &w->error));
    struct taken again = lease(w, "tenant01", NOW, NOW + 1000, 0);
    assert_int_equal(again.count, 1);
    assert_int_equal(again.rows[0].revision, 3);
    queue(w, "tenant01", 4, 1u << PUSH_CONTROL, NOW);
    ok(outbox_fail(w->store, again.rows[0].push, "me", 3, "forbidden", &w->error));
    assert_int_equal(listed(w).rows[0].state, PUSH_PENDING);
}

static void results_set_state_attempts_and_reason(void **state)
{
    struct world *w = *state;
    int64_t totals[3], n;
    queue(w, "tenant01", 2, 7, NOW);
    struct taken mine = lease(w, "tenant01", NOW, NOW + 1000, 0);
    assert_int_equal(mine.count, 3);
    ok(outbox_retry(w->store, mine.rows[0].push, "me", 2, NOW + 5000, "unreachable", &w->error));
    ok(outbox_fail(w->store, mine.rows[1].push, "me", 2, "forbidden", &w->error));
    struct taken rows = listed(w);
    assert_int_equal(rows.rows[0].state, PUSH_PENDING);
    assert_int_equal(rows.rows[0].attempts, 1);
    assert_int_equal(rows.rows[0].next_at, NOW + 5000);
    assert_string_equal(rows.rows[0].reason, "unreachable");
    assert_int_equal(rows.rows[1].state, PUSH_FAILED);
    ok(outbox_totals(w->store, totals, &w->error));
    assert_int_equal(totals[PUSH_PENDING] * 100 + totals[PUSH_LEASED] * 10 + totals[PUSH_FAILED], 111);
    assert_int_equal(lease(w, "tenant01", NOW + 4999, NOW + 9000, 0).count, 1); /* only the expired lease */
    ok(outbox_retry_now(w->store, 0, &n, &w->error));
    assert_int_equal(n, 3);
    ok(outbox_totals(w->store, totals, &w->error));
    assert_int_equal(totals[PUSH_FAILED], 0);
    fails(outbox_retry_now(w->store, 999, &n, &w->error), ERROR_NO_SUCH);
    fails(outbox_drop(w->store, 999, &n, &w->error), ERROR_NO_SUCH);
    ok(outbox_drop(w->store, rows.rows[0].push, &n, &w->error));
    assert_int_equal(n, 1);
    ok(outbox_drop(w->store, 0, &n, &w->error));
    assert_int_equal(n, 2);
    ok(outbox_drop(w->store, 0, &n, &w->error));
    assert_int_equal(n, 0);
}

static void a_sweep_takes_at_most_its_limit_of_all_tenants(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 2, 7, NOW);
    queue(w, "tenant02", 2, 7, NOW);
    assert_int_equal(lease(w, NULL, NOW, NOW + 10, 4).count, 4);
    assert_int_equal(lease(w, NULL, NOW, NOW + 10, 4).count, 2);
}

static struct taken due(struct world *w, const char *tenant, int64_t now, int limit)
{
    struct taken taken = {0};
    ok(outbox_due(w->store, tenant, now, limit, take, &taken, &w->error));
    return taken;
}

static void what_is_due_comes_in_the_order_in_which_it_became_so(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 2, 1u << PUSH_CONTROL | 1u << PUSH_COMMANDS, NOW + 2);
    queue(w, "tenant02", 2, 1u << PUSH_CONTROL, NOW + 1);
    assert_int_equal(due(w, NULL, NOW, 5).count, 0);
    struct taken rows = due(w, NULL, NOW + 2, 2);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.rows[0].tenant, "tenant02");
    assert_string_equal(rows.rows[1].tenant, "tenant01");
    assert_int_equal(due(w, "tenant01", NOW + 2, 5).count, 2);
    assert_int_equal(lease(w, "tenant02", NOW + 2, NOW + 50, 5).count, 1);
    assert_int_equal(due(w, NULL, NOW + 49, 5).count, 2);
    rows = due(w, NULL, NOW + 50, 5); /* the lease is over */
    assert_int_equal(rows.count, 3);
    assert_string_equal(rows.rows[2].tenant, "tenant02");
    assert_int_equal(rows.rows[2].state, PUSH_LEASED);
}

static void looking_for_what_is_due_costs_no_more_in_a_full_outbox(void **state)
{
    struct world *w = *state;
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "many%04d", i);
        ok(make_tenant(w->store, id, GUILD + 10 + i, PLAN_BASIC, &w->error));
        ok(outbox_queue(w->store, id, 1, 1u << PUSH_CONTROL, i % 2 ? NOW + 1000 : NOW, &w->error));
    }
    ok(store_commit(w->store, &w->error));
    due(w, NULL, NOW - 1, 4);
    work_done(w);
    assert_int_equal(due(w, NULL, NOW - 1, 4).count, 0);
    int64_t none = work_done(w);
    assert_int_equal(due(w, NULL, NOW, 4).count, 4);
    int64_t four = work_done(w);
    if (none > 500 || four > 1000)
        fail_msg("%lld steps for none, %lld for four", (long long)none, (long long)four);
}

static void a_late_result_never_meets_another_row(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 5, 1u << PUSH_CONTROL, NOW);
    int64_t push = lease(w, "tenant01", NOW, NOW + 10, 0).rows[0].push;
    ok(outbox_done(w->store, push, "me", 5, &w->error));
    queue(w, "tenant02", 2, 1u << PUSH_CONTROL, NOW);
    ok(outbox_done(w->store, push, "me", 5, &w->error)); /* of a lease that had expired */
    ok(outbox_fail(w->store, push, "me", 5, "late", &w->error));
    struct taken rows = listed(w);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.rows[0].state, PUSH_PENDING);
}

static void a_stale_holder_leaves_anothers_lease_alone(void **state)
{
    struct world *w = *state;
    queue(w, "tenant01", 5, 1u << PUSH_CONTROL, NOW);
    int64_t push = lease(w, "tenant01", NOW, NOW + 10, 0).rows[0].push;
    ok(outbox_done(w->store, push, "stale", 5, &w->error));
    ok(outbox_fail(w->store, push, "stale", 5, "late", &w->error));
    ok(outbox_retry(w->store, push, "stale", 5, NOW, "late", &w->error));
    assert_int_equal(listed(w).rows[0].state, PUSH_LEASED);
    ok(outbox_give_back(w->store, push, "me", 5, NOW + 3, "key_wrong", &w->error));
    struct taken rows = listed(w);
    assert_int_equal(rows.rows[0].state, PUSH_PENDING);
    assert_int_equal(rows.rows[0].attempts, 0);
    assert_int_equal(rows.rows[0].next_at, NOW + 3);
}

static int lease_in_child(struct world *w, int n)
{
    struct store *s = other(w, STORE_WRITE);
    struct taken taken = {0};
    struct error e = {0};
    char owner[16];
    snprintf(owner, sizeof owner, "child%d", n);
    if (outbox_lease(s, NULL, owner, NOW, NOW + 1000, 1, take, &taken, &e))
        return 100;
    store_close(s);
    return taken.count;
}

static void one_row_is_leased_to_one_of_many(void **state)
{
    struct world *w = *state;
    pid_t pids[8];
    int total = 0;
    queue(w, "tenant01", 2, 7, NOW);
    for (int i = 0; i < 8; i++)
        pids[i] = child(lease_in_child, w, i);
    for (int i = 0; i < 8; i++)
        total += wait_for(pids[i]);
    assert_int_equal(total, 3);
}

static void remote_state_is_kept_and_forgotten_by_tenant(void **state)
{
    struct world *w = *state;
    struct str value = STR_INIT;
    ok(remote_get(w->store, "tenant01", "commands", &value, &w->error));
    assert_string_equal(str_text(&value), "");
    ok(remote_set(w->store, "tenant01", "commands", "abc", &w->error));
    ok(remote_set(w->store, "tenant01", "commands", "def", &w->error));
    ok(remote_set(w->store, "tenant02", "commands", "other", &w->error));
    ok(remote_set(w->store, "tenant01", REMOTE_LIMITS "control", "limits", &w->error));
    ok(remote_get(w->store, "tenant01", "commands", &value, &w->error));
    assert_string_equal(str_text(&value), "def");
    ok(remote_forget(w->store, "tenant01", &w->error));
    ok(remote_get(w->store, "tenant01", "commands", &value, &w->error));
    assert_string_equal(str_text(&value), "");
    ok(remote_get(w->store, "tenant01", REMOTE_LIMITS "control", &value, &w->error));
    assert_string_equal(str_text(&value), "limits"); /* no reason to overrun them */
    str_clear(&value);
    ok(remote_get(w->store, "tenant02", "commands", &value, &w->error));
    assert_string_equal(str_text(&value), "other");
    str_release(&value);
}

static void what_was_heard_last_is_not_forgotten_with_what_was_shown(void **state)
{
    struct world *w = *state;
    int64_t message;
    ok(heard_load(w->store, "tenant01", 77, &message, &w->error));
    assert_int_equal(message, 0);
    ok(heard_save(w->store, "tenant01", 77, 1001, &w->error));
    ok(heard_save(w->store, "tenant01", 77, 1002, &w->error));
    ok(remote_forget(w->store, "tenant01", &w->error));
    ok(heard_load(w->store, "tenant01", 77, &message, &w->error));
    assert_int_equal(message, 1002);
    ok(heard_load(w->store, "tenant02", 77, &message, &w->error));
    assert_int_equal(message, 0);
    ok(heard_save(w->store, "tenant01", 78, 5, &w->error)); /* another channel, with a smaller id */
    ok(heard_load(w->store, "tenant01", 77, &message, &w->error));
    assert_int_equal(message, 0);
    ok(heard_load(w->store, "tenant01", 78, &message, &w->error));
    assert_int_equal(message, 5);
}

static void a_forgotten_session_keeps_the_count_of_identifies(void **state)
{
    struct world *w = *state;
    struct gateway_session in = {.sequence = 42, .identifies = 7, .identify_day = NOW}, out;
    str_copy(in.session_id, sizeof in.session_id, "abc");
    str_copy(in.resume_url, sizeof in.resume_url, "wss://gateway");
    ok(sessions_save(w->store, "tenant01", &in, &w->error));
    ok(sessions_load(w->store, "tenant01", &out, &w->error));
    assert_memory_equal(&in, &out, sizeof in);
    ok(sessions_forget(w->store, "tenant01", &w->error));
    ok(sessions_load(w->store, "tenant01", &out, &w->error));
    assert_string_equal(out.session_id, "");
    assert_int_equal(out.sequence, 0);
    assert_int_equal(out.identifies, 7);
}

static void invalid_answers_count_for_ten_minutes(void **state)
{
    struct world *w = *state;
    int64_t n;
    ok(budget_add(w->store, NOW, 3, &w->error));
    ok(budget_add(w->store, NOW + 1, 2, &w->error));
    ok(budget_add(w->store, NOW + 60000, 1, &w->error));
    ok(budget_count(w->store, NOW + 60000, &n, &w->error));
    assert_int_equal(n, 6);
    ok(budget_count(w->store, NOW + 620000, &n, &w->error));
    assert_int_equal(n, 1);
    ok(budget_count(w->store, NOW + 700000, &n, &w->error));
    assert_int_equal(n, 0);
}

static void a_nonce_is_taken_once_per_tenant(void **state)
{
    struct world *w = *state;
    bool seen;
    ok(nonce_take(w->store, "tenant01", "n1", NOW, &seen, &w->error));
    assert_false(seen);
    ok(nonce_take(w->store, "tenant01", "n1", NOW + 1, &seen, &w->error));
    assert_true(seen);
    ok(nonce_seen(w->store, "tenant01", "n1", &seen, &w->error));
    assert_true(seen);
    ok(nonce_seen(w->store, "tenant02", "n1", &seen, &w->error));
    assert_false(seen);
    ok(nonce_take(w->store, "tenant02", "n1", NOW, &seen, &w->error));
    assert_false(seen);
    ok(nonce_take(w->store, "tenant01", "n2", NOW + 30 * 60 * 1000, &seen, &w->error));
    assert_int_equal(number(w, "SELECT count(*) FROM nonces"), 1);
}

/* --- audit --- */

static int64_t add(struct world *w, const char *who, const char *tenant, const char *command, int64_t undoes)
{
    struct audit_entry entry = {.time = NOW,
                                .who = who,
                                .tenant = tenant,
                                .face = "cli",
                                .command = command,
                                .undoable = true,
                                .undoes = undoes};
    int64_t audit = 0;
    ok(store_begin(w->store, &w->error));
    ok(audit_add(w->store, &entry, &audit, &w->error));
    ok(store_commit(w->store, &w->error));
    return audit;
}

static void mark(struct world *w, int64_t audit, int64_t by)
{
    ok(store_begin(w->store, &w->error));
    ok(audit_mark_undone(w->store, audit, by, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void undo_and_redo_find_ones_own_newest(void **state)
{
    struct world *w = *state;
    int64_t n;
    fails(audit_newest(w->store, "op:a", false, &n, &w->error), ERROR_NO_SUCH);
    int64_t one = add(w, "op:a", "tenant01", "features tenant01 shop off", 0);
    int64_t two = add(w, "op:a", "tenant01", "plan tenant01 basic", 0);
    add(w, "op:b", "tenant01", "rename tenant01 x", 0);
    ok(audit_newest(w->store, "op:a", false, &n, &w->error));
    assert_int_equal(n, two);
    fails(audit_newest(w->store, "op:a", true, &n, &w->error), ERROR_NO_SUCH);
    int64_t undo = add(w, "op:a", "tenant01", "undo", two);
    mark(w, two, undo);
    ok(audit_newest(w->store, "op:a", false, &n, &w->error));
    assert_int_equal(n, one);
    ok(audit_newest(w->store, "op:a", true, &n, &w->error));
    assert_int_equal(n, two);
    add(w, "op:a", "tenant01", "redo", two);
    mark(w, two, 0);
    ok(audit_newest(w->store, "op:a", false, &n, &w->error));
    assert_int_equal(n, two);
    fails(audit_newest(w->store, "op:a", true, &n, &w->error), ERROR_NO_SUCH);
    fails(audit_mark_undone(w->store, 999, 1, &w->error), ERROR_INTERNAL); /* outside a transaction */
}

static void an_audit_row_comes_back_whole(void **state)
{
    struct world *w = *state;
    struct audit_entry entry;
    struct json *owner;
    struct json *changes = json_new_array();
    json_push(changes, json_new_string("x"));
    struct audit_entry in = {
        .time = NOW, .who = "discord:5", .face = "discord", .command = "test", .changes = changes};
    int64_t n;
    ok(store_begin(w->store, &w->error));
    ok(audit_add(w->store, &in, &n, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(audit_load(w->store, n, &entry, &owner, &w->error));
    assert_null(entry.tenant);
    assert_string_equal(entry.who, "discord:5");
    assert_string_equal(json_string(json_first(entry.changes)), "x");
    assert_int_equal(entry.time, NOW);
    json_free(owner);
    json_free(changes);
    fails(audit_load(w->store, 999, &entry, &owner, &w->error), ERROR_NO_SUCH);
}

static void add_number(void *context, const struct audit_entry *entry)
{
    str_addf(context, "%lld ", (long long)entry->audit);
}

static void audits(struct world *w, struct audit_query q, const char *expected, int64_t expected_next)
{
    struct str out = STR_INIT;
    int64_t total, next;
    ok(audit_list(w->store, &q, add_number, &out, &total, &next, &w->error));
    assert_string_equal(str_text(&out), expected);
    assert_int_equal(next, expected_next);
    str_release(&out);
}

static void audit_pages_run_from_the_newest(void **state)
{
    struct world *w = *state;
    for (int i = 1; i <= 9; i++)
        add(w, i % 2 ? "op:a" : "op:b", i % 3 ? "tenant01" : NULL,
            i % 2 ? "features tenant01 shop off" : "featuresque", 0);
    audits(w, (struct audit_query){.page = {.limit = 3}}, "9 8 7 ", 7);
    audits(w, (struct audit_query){.page = {.limit = 3, .after = "7"}}, "6 5 4 ", 4);
    audits(w, (struct audit_query){.page = {.limit = 3, .after = "4"}}, "3 2 1 ", 0);
    audits(w, (struct audit_query){.page = {.limit = 3, .before = "4"}}, "7 6 5 ", 5);
    audits(w, (struct audit_query){.page = {.limit = 3, .around = "5"}}, "6 5 4 ", 4);
    audits(w, (struct audit_query){.page = {.limit = 3, .around = "9"}}, "9 8 7 ", 7);
    audits(w, (struct audit_query){.page = {.limit = 3, .around = "1"}}, "3 2 1 ", 0);
    audits(w, (struct audit_query){.page = {.limit = 2, .last = true}}, "2 1 ", 0);
    audits(w, (struct audit_query){0}, "9 8 7 6 5 4 3 2 1 ", 0);
    audits(w, (struct audit_query){.who = "op:b"}, "8 6 4 2 ", 0);
    audits(w, (struct audit_query){.tenant = "tenant01", .page = {.limit = 4}}, "8 7 5 4 ", 4);
    audits(w, (struct audit_query){.command = "features"}, "9 7 5 3 1 ", 0);
    audits(w, (struct audit_query){.since = NOW + 1}, "", 0);
    audits(w, (struct audit_query){.since = NOW, .page = {.limit = 1}}, "9 ", 9);
    struct audit_query bad = {.page = {.after = "x"}};
    int64_t next;
    fails(audit_list(w->store, &bad, add_number, NULL, NULL, &next, &w->error), ERROR_MALFORMED);
}

#define test_here(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_here(a_newer_revision_replaces_the_older_row),
        test_here(a_lease_keeps_others_out_until_it_expires),
        test_here(a_clock_that_was_set_back_holds_no_push_up),
        test_here(a_revision_that_rises_under_a_lease_stays_pending_after_it),
        test_here(results_set_state_attempts_and_reason),
        test_here(a_sweep_takes_at_most_its_limit_of_all_tenants),
        test_here(what_is_due_comes_in_the_order_in_which_it_became_so),
        test_here(looking_for_what_is_due_costs_no_more_in_a_full_outbox),
        test_here(a_late_result_never_meets_another_row),
        test_here(a_stale_holder_leaves_anothers_lease_alone),
        test_here(one_row_is_leased_to_one_of_many),
        test_here(remote_state_is_kept_and_forgotten_by_tenant),
        test_here(what_was_heard_last_is_not_forgotten_with_what_was_shown),
        test_here(a_forgotten_session_keeps_the_count_of_identifies),
        test_here(invalid_answers_count_for_ten_minutes),
        test_here(a_nonce_is_taken_once_per_tenant),
        test_here(undo_and_redo_find_ones_own_newest),
        test_here(an_audit_row_comes_back_whole),
        test_here(audit_pages_run_from_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
