#include "cmd_world.h"

static void the_audit_has_who_what_before_and_after_newest_first(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "features tenant01 shop off");
    world_ok(w, "audit tenant01");
    assert_int_equal(json_get_int(w->document, "total", -1), 2);
    assert_int_equal(json_int(world_at(w, "items.0.audit"), 0), 2);
    assert_string_equal(world_text(w, "items.0.who"), "op:test");
    assert_string_equal(world_text(w, "items.0.face"), "cli");
    assert_string_equal(world_text(w, "items.0.command"), "features tenant01 shop off");
    const struct json *before = json_get(world_at(w, "items.0.before"), "features.shop");
    const struct json *after = json_get(world_at(w, "items.0.after"), "features.shop");
    assert_true(json_get_bool(before, "enabled", false));
    assert_false(json_get_bool(after, "enabled", true));
    world_ok(w, "audit --limit 1");
    assert_string_equal(world_text(w, "next"), "2");
    world_ok(w, "audit --after 2");
    assert_int_equal(json_int(world_at(w, "items.0.audit"), 0), 1);
    world_ok(w, "audit --command features");
    assert_int_equal(json_count(json_get(w->document, "items")), 1);
    world_ok(w, "audit --by nobody --count");
    assert_int_equal(json_get_int(w->document, "total", -1), 0);
}

static void undo_and_redo_are_new_revisions(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "features tenant01 shop off");
    int64_t n = w->outcome.audit;
    world_ok(w, "undo");
    assert_string_equal(w->outcome.tenant, "tenant01");
    assert_int_equal(w->outcome.revision, 3);
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_REVISION);
    int64_t undo = w->outcome.audit;
    struct tenant t = world_tenant(w, "tenant01");
    assert_true(t.features[FEATURE_SHOP]);
    tenant_release(&t);
    world_ok(w, "audit tenant01 --limit 2");
    assert_int_equal(json_int(world_at(w, "items.0.undoes"), 0), n);
    assert_int_equal(json_int(world_at(w, "items.1.undone_by"), 0), undo);
    char line[32];
    snprintf(line, sizeof(line), "undo %lld", (long long)n);
    world_fails(w, ERROR_REFUSED, line);
    snprintf(line, sizeof(line), "undo %lld", (long long)undo);
    world_fails(w, ERROR_REFUSED, line);
    world_ok(w, "redo");
    assert_int_equal(w->outcome.revision, 4);
    t = world_tenant(w, "tenant01");
    assert_false(t.features[FEATURE_SHOP]);
    tenant_release(&t);
    world_fails(w, ERROR_NO_SUCH, "redo");
    world_ok(w, "undo");
    t = world_tenant(w, "tenant01");
    assert_true(t.features[FEATURE_SHOP]);
    tenant_release(&t);
}

static void undo_refuses_where_something_later_touched_the_value(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "config tenant01 prefix ?");
    world_ok(w, "config tenant01 language en");
    world_ok(w, "config tenant01 prefix %%");
    world_fails(w, ERROR_REFUSED, "undo 2");
    assert_non_null(strstr(w->error.message, "prefix"));
    world_ok(w, "undo 3");
    struct tenant t = world_tenant(w, "tenant01");
    assert_string_equal(tenant_config(&t, CONFIG_PREFIX), "%");
    assert_string_equal(tenant_config(&t, CONFIG_LANGUAGE), "id");
    tenant_release(&t);
}

static void undo_keeps_the_plans_rules(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    world_ok(w, "features tenant01 automod off");
    world_ok(w, "plan tenant01 basic --yes");
    world_fails(w, ERROR_NOT_IN_PLAN, "undo 2");
    assert_non_null(strstr(w->error.message, "premium"));
    world_ok(w, "plan tenant01 enterprise");
    world_ok(w, "features tenant01 priority_support on");
    world_fails(w, ERROR_NOT_IN_PLAN, "undo 4");
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.plan, PLAN_ENTERPRISE);
    tenant_release(&t);
}

static void undoing_a_creation_takes_the_tenant_away_and_redo_brings_it_back(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "undo 1 --yes");
    assert_string_equal(w->outcome.tenant, "tenant01");
    world_fails(w, ERROR_NO_SUCH, "show tenant01");
    world_ok(w, "redo 1");
    world_ok(w, "show tenant01");
    world_ok(w, "features tenant01 shop");
    assert_true(json_bool(world_at(w, "items.0.enabled"), false));
    world_ok(w, "token tenant01 set");
    world_ok(w, "undo 1 --yes");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    world_ok(w, "redo 1");
    world_ok(w, "features tenant01 shop off");
    world_fails(w, ERROR_REFUSED, "undo 1 --yes");
    world_ok(w, "show tenant01");
}

static void undoing_a_creation_is_a_deletion(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_as_role(w, ROLE_OPERATOR);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 1 --yes");
    world_as_role(w, ROLE_OWNER);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 1 --yes");
    world_as_owner(w);
    world_fails(w, ERROR_REFUSED, "undo 1");
    assert_int_equal(w->asked, 1);
    assert_string_equal(w->expected, "Toko tenant01");
    assert_non_null(strstr(w->question, "deletes tenant01"));
    world_ok(w, "show tenant01");
    w->yes = true;
    world_ok(w, "undo 1");
    world_fails(w, ERROR_NO_SUCH, "show tenant01");
}

static void redo_asks_what_the_command_would_ask(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    world_ok(w, "plan tenant01 basic --yes");
    world_ok(w, "undo 2");
    world_fails(w, ERROR_REFUSED, "redo 2");
    assert_non_null(strstr(w->question, "automod"));
    world_ok(w, "redo 2 --yes");
    world_ok(w, "delete tenant01 --yes");
    int64_t n = w->outcome.audit;
    char line[32];
    snprintf(line, sizeof(line), "redo %lld", (long long)n);
    world_ok(w, "undo");
    world_fails(w, ERROR_REFUSED, line);
    assert_string_equal(w->expected, "Toko tenant01");
    world_ok(w, "show tenant01");
    w->yes = true;
    world_ok(w, line);
    world_fails(w, ERROR_NO_SUCH, "show tenant01");
}

static void undo_brings_nobody_back_after_thirty_days(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "delete tenant01 --yes");
    world_time += INT64_C(29) * 24 * 3600 * 1000;
    world_ok(w, "undo 2");
    world_ok(w, "redo 2 --yes");
    world_time += INT64_C(31) * 24 * 3600 * 1000;
    world_fails(w, ERROR_REFUSED, "undo 2");
}

static void zero_is_no_number_of_a_write_or_push(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "rename tenant01 Other");
    world_fails(w, ERROR_NO_SUCH, "undo 0");
    world_fails(w, ERROR_NO_SUCH, "redo 0");
    world_ok(w, "features tenant01 shop off --no-push");
    world_fails(w, ERROR_NO_SUCH, "push drop 0");
    world_fails(w, ERROR_NO_SUCH, "push retry 0");
    world_fails(w, ERROR_NO_SUCH, "push list 0");
    world_ok(w, "push list");
    assert_true(json_int(world_at(w, "total"), 0) > 0);
}

static void undo_asks_for_the_right_of_the_original_command(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_create(w, "tenant02", "basic", 2);
    world_ok(w, "features tenant01 leveling off");
    world_ok(w, "rename tenant01 Other");
    world_as_renter(w, "tenant02", 2);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 3");
    world_fails(w, ERROR_NOT_PERMITTED, "undo 1");
    world_as_renter(w, "tenant01", 1);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 4");
    world_ok(w, "undo 3");
    world_ok(w, "config . language en");
    world_ok(w, "undo");
    assert_int_equal(w->outcome.revision, 5);
    world_as_role(w, ROLE_VIEWER);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 4");
    world_as_role(w, ROLE_OPERATOR);
    world_ok(w, "undo 4");
    world_as_owner(w);
    world_ok(w, "delete tenant02 --yes");
    char line[32];
    snprintf(line, sizeof(line), "undo %lld", (long long)w->outcome.audit);
    world_as_role(w, ROLE_OWNER);
    world_fails(w, ERROR_NOT_PERMITTED, line);
}

static void undo_of_nothing_says_so(void **state)
{
    struct world *w = *state;

    world_fails(w, ERROR_NO_SUCH, "undo");
    world_fails(w, ERROR_NO_SUCH, "redo");
    world_fails(w, ERROR_NO_SUCH, "undo 77");
}

static void operators_are_added_changed_and_removed(void **state)
{
    struct world *w = *state;

    world_ok(w, "operator add 100000000000000042 viewer");
    world_ok(w, "operator add 100000000000000042 owner");
    world_ok(w, "operator add 100000000000000042 owner");
    assert_false(w->outcome.changed);
    world_ok(w, "operator list");
    assert_string_equal(world_text(w, "items.0.discord_id"), "100000000000000042");
    assert_string_equal(world_text(w, "items.0.role"), "owner");
    world_ok(w, "undo");
    world_ok(w, "operator list");
    assert_string_equal(world_text(w, "items.0.role"), "viewer");
    world_ok(w, "operator remove 100000000000000042");
    world_fails(w, ERROR_NO_SUCH, "operator remove 100000000000000042");
    world_fails(w, ERROR_UNKNOWN_WORD, "operator add 1 king");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_audit_has_who_what_before_and_after_newest_first, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(undo_and_redo_are_new_revisions, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(undo_refuses_where_something_later_touched_the_value, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(undo_keeps_the_plans_rules, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(undoing_a_creation_takes_the_tenant_away_and_redo_brings_it_back,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(undo_asks_for_the_right_of_the_original_command, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(undoing_a_creation_is_a_deletion, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(redo_asks_what_the_command_would_ask, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(undo_brings_nobody_back_after_thirty_days, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(zero_is_no_number_of_a_write_or_push, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(undo_of_nothing_says_so, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(operators_are_added_changed_and_removed, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
