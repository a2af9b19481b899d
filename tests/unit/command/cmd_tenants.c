#include "cmd_world.h"

static void create_fills_in_the_plans_defaults(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "premium", 1);
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.plan, PLAN_PREMIUM);
    assert_int_equal(t.revision, 1);
    assert_true(t.features[FEATURE_SHOP]);
    assert_true(t.features[FEATURE_AUTOMOD]);
    assert_false(t.features[FEATURE_WELCOME]);
    assert_false(t.features[FEATURE_API_ACCESS]);
    assert_true(t.permissions[PERMISSION_VIEW_ANALYTICS]);
    assert_true(t.wanted);
    tenant_release(&t);
    assert_string_equal(w->outcome.tenant, "tenant01");
    assert_true(w->outcome.changed);
    assert_int_equal(w->outcome.revision, 1);
    assert_true(w->outcome.audit > 0);
    assert_false(w->outcome.push);
    assert_string_equal(w->outcome.result.reason, "no_token");
}

static void create_makes_an_id_of_eight_hex_digits(void **state)
{
    struct world *w = *state;

    world_ok(w, "create %lld %lld Toko", (long long)RENTER, (long long)GUILD);
    assert_memory_equal(w->outcome.tenant, "tenant_", 7);
    assert_int_equal(strlen(w->outcome.tenant), 15);
    assert_int_equal(strspn(w->outcome.tenant + 7, "0123456789abcdef"), 8);
    struct tenant t = world_tenant(w, w->outcome.tenant);
    assert_int_equal(t.plan, PLAN_BASIC);
    tenant_release(&t);
}

static void create_warns_of_short_ids_and_drops_leading_zeros(void **state)
{
    struct world *w = *state;

    world_ok(w, "create 0042 %lld Toko --id tenant01", (long long)GUILD);
    assert_non_null(strstr(str_text(&w->messages), "17 digits"));
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.discord_id, 42);
    tenant_release(&t);
}

static void create_refuses_a_taken_guild_or_id_and_bad_words(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_fails(w, ERROR_TAKEN, "create 100000000000000009 200000000000000002 Other --id tenant02");
    world_fails(w, ERROR_TAKEN, "create 100000000000000009 200000000000000009 Other --id tenant01");
    world_fails(w, ERROR_MALFORMED, "create x 200000000000000009 Other");
    world_fails(w, ERROR_MALFORMED, "create 1 2 Other --id UPPER");
    world_fails(w, ERROR_MALFORMED, "create 1 2 ' '");
    world_fails(w, ERROR_UNKNOWN_WORD, "create 1 2 Other premum");
    assert_non_null(strstr(w->error.message, "premium"));
}

static void show_lists_every_known_key(void **state)
{
    struct world *w = *state;
    static const char *const keys[] = {
        "tenant_id",        "name",     "discord_id",  "guild_id",   "status",    "plan",
        "features",         "channels", "permissions", "bot_config", "settings",  "revision",
        "applied_revision", "token",    "bot",         "created_at", "updated_at"};

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "show tenant01");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_non_null(json_get(w->document, keys[i]));
    assert_int_equal(json_count(json_get(w->document, "features")), FEATURE_COUNT);
    assert_int_equal(json_count(json_get(w->document, "channels")), CHANNEL_COUNT);
    assert_int_equal(json_count(json_get(w->document, "permissions")), PERMISSION_COUNT);
    assert_int_equal(json_count(json_get(w->document, "bot_config")), CONFIG_COUNT);
    assert_true(json_is(world_at(w, "channels.control"), JSON_NULL));
    assert_true(json_is(world_at(w, "settings.welcome.message"), JSON_NULL));
    assert_string_equal(world_text(w, "discord_id"), "100000000000000002");
    assert_string_equal(world_text(w, "token"), "none");
    assert_string_equal(world_text(w, "bot.state"), "stopped");
    world_fails(w, ERROR_NO_SUCH, "show tenant02");
}

static void list_filters_sorts_counts_and_pages(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_create(w, "tenant02", "premium", 2);
    world_create(w, "tenant03", "premium", 3);
    world_ok(w, "list");
    assert_int_equal(json_count(json_get(w->document, "items")), 3);
    assert_int_equal(json_get_int(w->document, "total", -1), 3);
    assert_true(json_is(json_get(w->document, "next"), JSON_NULL));
    assert_null(world_at(w, "items.0.features"));
    assert_string_equal(world_text(w, "items.0.bot.state"), "stopped");
    world_ok(w, "list --plan premium --sort tenant_id:desc");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    assert_string_equal(world_text(w, "items.0.tenant_id"), "tenant03");
    world_ok(w, "list --limit 2");
    assert_string_equal(world_text(w, "next"), "tenant02");
    world_ok(w, "list --limit 2 --after tenant02");
    assert_string_equal(world_text(w, "items.0.tenant_id"), "tenant03");
    world_ok(w, "list --feature automod --count");
    assert_int_equal(json_get_int(w->document, "total", -1), 2);
    assert_null(json_get(w->document, "items"));
    world_ok(w, "list --search 'toko tenant02'");
    assert_int_equal(json_count(json_get(w->document, "items")), 1);
    world_fails(w, ERROR_UNKNOWN_WORD, "list --sort nam");
    world_fails(w, ERROR_UNKNOWN_WORD, "list --status gone");
}

static void rename_raises_no_revision(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "rename tenant01 'Toko Baru'");
    assert_int_equal(w->outcome.revision, 1);
    assert_true(w->outcome.changed);
    world_ok(w, "rename tenant01 'Toko Baru'");
    assert_false(w->outcome.changed);
    assert_int_equal(w->outcome.audit, 0);
    assert_string_equal(w->outcome.result.reason, "unchanged");
}

static void status_is_acknowledged_by_the_connection(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "status tenant01 suspended");
    assert_int_equal(w->outcome.revision, 2);
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    world_ok(w, "status tenant01 expired");
    assert_false(w->outcome.push);
    assert_string_equal(w->outcome.result.reason, "expired");
    world_ok(w, "status tenant01 active");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    assert_true(w->outcome.request.epoch > 0);
    world_ok(w, "status tenant01 maintenance");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_REVISION);
    assert_true(w->outcome.request.raised);
    world_ok(w, "status tenant01 active"); /* by the bot that is READY already */
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    assert_int_equal(w->outcome.request.epoch, 0);
    assert_int_equal(w->outcome.kinds & 1u << PUSH_CONTROL, 0);
    world_ok(w, "rename tenant01 Other");
    assert_false(w->outcome.request.raised);
}

static void delete_asks_for_the_name_and_frees_the_guild(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    w->yes = false;
    world_fails(w, ERROR_REFUSED, "delete tenant01");
    assert_string_equal(w->expected, "Toko tenant01");
    w->yes = true;
    world_ok(w, "delete tenant01");
    world_fails(w, ERROR_NO_SUCH, "show tenant01");
    world_create(w, "tenant02", "basic", 1);
    world_fails(w, ERROR_TAKEN, "create 1 2 Again --id tenant01");
    world_ok(w, "list --deleted");
    assert_string_equal(world_text(w, "items.0.tenant_id"), "tenant01");
    world_fails(w, ERROR_TAKEN, "undo 2");
}

static void undo_brings_a_deleted_tenant_back(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "delete tenant01 --yes");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    world_ok(w, "undo");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    assert_true(w->outcome.push);
    world_ok(w, "show tenant01");
    assert_string_equal(world_text(w, "token"), "set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_fills_in_the_plans_defaults, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(create_makes_an_id_of_eight_hex_digits, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(create_warns_of_short_ids_and_drops_leading_zeros, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(create_refuses_a_taken_guild_or_id_and_bad_words, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(show_lists_every_known_key, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(list_filters_sorts_counts_and_pages, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(rename_raises_no_revision, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(status_is_acknowledged_by_the_connection, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(delete_asks_for_the_name_and_frees_the_guild, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(undo_brings_a_deleted_tenant_back, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
