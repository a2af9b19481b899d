#include "cmd_world.h"

static void a_feature_is_switched_once(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "features tenant01 shop off");
    assert_true(w->outcome.changed);
    assert_int_equal(w->outcome.revision, 2);
    world_ok(w, "features tenant01 shop disable");
    assert_false(w->outcome.changed);
    assert_int_equal(w->outcome.revision, 2);
    world_fails(w, ERROR_MALFORMED, "features tenant01 shop maybe");
    world_fails(w, ERROR_UNKNOWN_WORD, "features tenant01 shp on");
    assert_non_null(strstr(w->error.message, "shop"));
}

static void features_tell_what_the_plan_allows_and_what_has_a_module(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "features tenant01");
    assert_int_equal(json_count(json_get(w->document, "items")), FEATURE_COUNT);
    world_ok(w, "features tenant01 automod");
    assert_int_equal(json_count(json_get(w->document, "items")), 1);
    assert_false(json_bool(world_at(w, "items.0.allowed"), true));
    assert_false(json_bool(world_at(w, "items.0.module"), true));
    world_ok(w, "features tenant01 welcome");
    assert_true(json_bool(world_at(w, "items.0.allowed"), false));
    assert_true(json_bool(world_at(w, "items.0.module"), false));
    assert_false(json_bool(world_at(w, "items.0.enabled"), true));
}

static void what_the_plan_lacks_is_refused_naming_the_plan_that_has_it(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_fails(w, ERROR_NOT_IN_PLAN, "features tenant01 automod on");
    assert_non_null(strstr(w->error.message, "premium"));
    assert_string_equal(w->error.hint, "plan tenant01 premium");
    world_fails(w, ERROR_NOT_IN_PLAN, "permissions tenant01 custom_config true");
    assert_non_null(strstr(w->error.message, "enterprise"));
    world_fails(w, ERROR_NOT_IN_PLAN, "settings tenant01 custom_commands hello hi");
    world_ok(w, "features tenant01 automod off");
    assert_false(w->outcome.changed);
}

static void permissions_are_listed_and_set(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "permissions tenant01 manage_users");
    assert_string_equal(world_text(w, "items.0.key"), "manage_users");
    assert_true(json_bool(world_at(w, "items.0.value"), false));
    world_ok(w, "permissions tenant01 manage_users no");
    world_ok(w, "permissions tenant01");
    assert_int_equal(json_count(json_get(w->document, "items")), PERMISSION_COUNT);
    assert_false(json_bool(world_at(w, "items.1.value"), true));
}

static void config_checks_normalises_and_clears(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "config tenant01");
    assert_int_equal(json_count(json_get(w->document, "items")), CONFIG_COUNT);
    world_ok(w, "config tenant01 prefix '?'");
    world_ok(w, "config tenant01 prefix");
    assert_string_equal(world_text(w, "items.0.value"), "?");
    world_ok(w, "config tenant01 auto_restart OFF");
    world_ok(w, "config tenant01 auto_restart");
    assert_false(json_bool(world_at(w, "items.0.value"), true));
    world_ok(w, "config tenant01 nickname Toko Sari");
    world_ok(w, "config tenant01 nickname");
    assert_string_equal(world_text(w, "items.0.value"), "Toko Sari");
    world_ok(w, "config tenant01 nickname none");
    world_ok(w, "config tenant01 nickname");
    assert_true(json_is(world_at(w, "items.0.value"), JSON_NULL));
    world_fails(w, ERROR_MALFORMED, "config tenant01 prefix toolong");
    world_fails(w, ERROR_UNKNOWN_WORD, "config tenant01 prefx x");
}

static void channels_are_set_and_cleared(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "channels tenant01 logs %lld", (long long)CHANNEL);
    assert_int_equal(w->outcome.revision, 2);
    world_ok(w, "channels tenant01 logs");
    assert_string_equal(world_text(w, "items.0.value"), "300000000000000001");
    world_ok(w, "channels tenant01 logs none");
    world_ok(w, "channels tenant01 logs");
    assert_true(json_is(world_at(w, "items.0.value"), JSON_NULL));
    world_ok(w, "channels tenant01 logs 77");
    assert_non_null(strstr(str_text(&w->messages), "17 digits"));
    world_fails(w, ERROR_MALFORMED, "channels tenant01 logs here");
}

static int set_roles(struct world *w, const char *key, int count)
{
    struct str line = STR_INIT;

    str_addf(&line, "settings tenant01 welcome %s ", key);
    for (int i = 0; i < count; i++)
        str_addf(&line, "%s%lld", i ? "," : "", (long long)(INT64_MAX - i));
    int status = world_run(w, str_text(&line));
    str_release(&line);
    return status;
}

static void the_longest_list_that_is_taken_is_kept(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    assert_int_equal(set_roles(w, "roles", 200), 0);
    assert_true(w->outcome.changed);
    assert_int_equal(set_roles(w, "roles", 201), -1);
    assert_int_equal(w->error.code, ERROR_MALFORMED);
    assert_int_equal(set_roles(w, "many_roles", 201), -1);
    assert_int_equal(w->error.code, ERROR_MALFORMED);
    assert_string_equal(w->error.field, "many_roles");
    world_fails(w, ERROR_MALFORMED, "settings tenant01 welcome message ''");
}

static void a_channel_is_created_before_it_is_saved(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_fails(w, ERROR_REFUSED, "channels tenant01 control create");
    world_ok(w, "token tenant01 set");
    world_fails(w, ERROR_MALFORMED, "channels tenant01 control create --no-push");
    assert_int_equal(w->channels_made, 0);
    world_ok(w, "channels tenant01 control create --dry-run");
    assert_string_equal(json_string(json_at(w->outcome.plan, "database.0.table")), "channels");
    assert_true(json_is(json_at(w->outcome.plan, "database.0.after.channel_id"), JSON_NULL));
    assert_string_equal(json_string(json_at(w->outcome.plan, "discord.0.path")), "tenant01");
    assert_string_equal(json_string(json_at(w->outcome.plan, "discord.1.path")), "control");
    assert_int_equal(json_get_int(w->outcome.plan, "calls", -1), 2);
    assert_int_equal(w->channels_made, 0);
    world_ok(w, "channels tenant01 control create");
    assert_int_equal(w->channels_made, 1);
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.channels[CHANNEL_CONTROL], CHANNEL);
    tenant_release(&t);
    world_ok(w, "channels tenant01 control create --dry-run");
    assert_int_equal(json_count(json_get(w->outcome.plan, "database")), 1);
    assert_string_equal(json_string(json_at(w->outcome.plan, "database.0.before.channel_id")), CHANNEL_TEXT);
    world_ok(w, "undo");
    t = world_tenant(w, "tenant01");
    assert_int_equal(t.channels[CHANNEL_CONTROL], 0);
    assert_int_equal(t.revision, 3);
    tenant_release(&t);
}

static void a_settings_default_said_aloud_is_no_change(void **state)
{
    static const char *const same[] = {"seconds 60", "seconds none", "loud off", "loud none", "message none"};
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        world_ok(w, "settings tenant01 welcome %s", same[i]);
        assert_false(w->outcome.changed);
        assert_int_equal(w->outcome.revision, 1);
    }
    world_ok(w, "settings tenant01 welcome seconds 61");
    assert_true(w->outcome.changed);
    world_ok(w, "settings tenant01 welcome seconds 60");
    assert_true(w->outcome.changed);
    world_ok(w, "settings tenant01 welcome loud on");
    assert_true(w->outcome.changed);
}

static void settings_follow_the_features_own_table(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    world_ok(w, "settings tenant01 welcome message Halo {user}");
    world_ok(w, "settings tenant01 welcome");
    assert_int_equal(json_count(json_get(w->document, "items")), 6);
    world_ok(w, "settings tenant01 welcome message");
    assert_string_equal(world_text(w, "items.0.value"), "Halo {user}");
    world_ok(w, "settings tenant01 welcome auto_role %lld", (long long)CHANNEL);
    world_ok(w, "settings tenant01 custom_commands hello 'hi there'");
    world_ok(w, "settings tenant01 custom_commands");
    assert_string_equal(world_text(w, "items.0.key"), "hello");
    world_fails(w, ERROR_TAKEN, "settings tenant01 custom_commands ping pong");
    world_fails(w, ERROR_UNKNOWN_WORD, "settings tenant01 welcome mesage x");
    world_ok(w, "settings tenant01 custom_commands hello none");
    world_ok(w, "settings tenant01 custom_commands");
    assert_int_equal(json_count(json_get(w->document, "items")), 0);
}

static void a_smaller_plan_names_what_it_switches_off_and_asks(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    world_ok(w, "settings tenant01 custom_commands hello hi");
    w->yes = false;
    world_fails(w, ERROR_REFUSED, "plan tenant01 basic");
    assert_int_equal(w->asked, 1);
    assert_non_null(strstr(w->question, "automod"));
    assert_non_null(strstr(w->question, "view_analytics"));
    assert_non_null(strstr(w->question, "hello"));
    w->yes = true;
    world_ok(w, "plan tenant01 basic");
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.plan, PLAN_BASIC);
    assert_false(t.features[FEATURE_AUTOMOD]);
    assert_true(t.features[FEATURE_SHOP]);
    assert_false(t.permissions[PERMISSION_VIEW_ANALYTICS]);
    assert_int_equal(t.setting_count, 0);
    assert_int_equal(t.revision, 3);
    tenant_release(&t);
    world_ok(w, "undo");
    t = world_tenant(w, "tenant01");
    assert_int_equal(t.plan, PLAN_PREMIUM);
    assert_true(t.features[FEATURE_AUTOMOD]);
    assert_string_equal(tenant_setting(&t, FEATURE_CUSTOM_COMMANDS, "hello"), "hi");
    tenant_release(&t);
}

static void a_bigger_plan_switches_nothing_on(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "plan tenant01 premium");
    assert_int_equal(w->asked, 0);
    assert_non_null(strstr(w->outcome.done, "automod"));
    struct tenant t = world_tenant(w, "tenant01");
    assert_false(t.features[FEATURE_AUTOMOD]);
    tenant_release(&t);
    world_ok(w, "features tenant01 automod on");
    world_ok(w, "plan tenant01 premium");
    assert_false(w->outcome.changed);
}

static void a_dry_run_changes_nothing_and_asks_nothing(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    world_ok(w, "plan tenant01 basic --dry-run");
    assert_int_equal(w->asked, 0);
    assert_true(json_count(json_get(w->outcome.plan, "database")) > 3);
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.plan, PLAN_PREMIUM);
    assert_int_equal(t.revision, 1);
    tenant_release(&t);
    world_ok(w, "audit --count");
    assert_int_equal(json_get_int(w->document, "total", -1), 1);
}

static void a_feature_without_the_channel_that_it_speaks_in_says_so(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "features tenant01 welcome disable");
    world_ok(w, "features tenant01 welcome");
    assert_null(strstr(str_text(&w->out), "needs a channel"));
    world_ok(w, "features tenant01 welcome enable");
    world_ok(w, "features tenant01 welcome");
    assert_non_null(strstr(str_text(&w->out), "needs a channel: channels tenant01 welcome ID"));
    world_ok(w, "channels tenant01 welcome 200");
    world_ok(w, "features tenant01 welcome");
    assert_null(strstr(str_text(&w->out), "needs a channel"));
}

static void clearing_the_control_channel_ends_its_push(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set --no-push");
    world_ok(w, "channels tenant01 control 200 --no-push");
    world_ok(w, "push list");
    assert_non_null(strstr(str_text(&w->out), "\"control\""));
    world_ok(w, "channels tenant01 control none --no-push");
    world_ok(w, "push list");
    assert_null(strstr(str_text(&w->out), "\"control\""));
    world_ok(w, "undo --no-push");
    world_ok(w, "push list");
    assert_non_null(strstr(str_text(&w->out), "\"control\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_feature_is_switched_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(features_tell_what_the_plan_allows_and_what_has_a_module, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_the_plan_lacks_is_refused_naming_the_plan_that_has_it,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(permissions_are_listed_and_set, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(config_checks_normalises_and_clears, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(channels_are_set_and_cleared, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_longest_list_that_is_taken_is_kept, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_channel_is_created_before_it_is_saved, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_settings_default_said_aloud_is_no_change, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(settings_follow_the_features_own_table, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_smaller_plan_names_what_it_switches_off_and_asks, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_bigger_plan_switches_nothing_on, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_feature_without_the_channel_that_it_speaks_in_says_so, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(clearing_the_control_channel_ends_its_push, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_dry_run_changes_nothing_and_asks_nothing, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
