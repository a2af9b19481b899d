#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "tt/base/crypto.h"

static struct tenant tenant;

static int setup(void **state)
{
    (void)state;
    crypto_start();
    sample_tenant(&tenant);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tenant_release(&tenant);
    return 0;
}

static void specs_are_found_by_feature_and_key(void **state)
{
    (void)state;
    assert_ptr_equal(feature_find(&sample_list, FEATURE_LEVELING), &leveling_spec);
    assert_null(feature_find(&sample_list, FEATURE_SHOP));
    assert_null(feature_find(NULL, FEATURE_SHOP));
    assert_ptr_equal(setting_find(&leveling_spec, "xp_min"), &leveling_settings[1]);
    assert_null(setting_find(&leveling_spec, "xp"));
    assert_null(setting_find(&reputation_spec, "xp"));
}

static void assert_setting(const struct feature_spec *spec, const char *key, const char *value,
                           const char *expected)
{
    char *out = NULL;
    struct error e;
    if (setting_check(spec, &tenant, key, value, &out, &e) < 0)
        fail_msg("%s %s: %s", key, value, e.message);
    if (expected)
        assert_string_equal(out, expected);
    else
        assert_null(out);
    free(out);
}

static void values_are_normalised_by_their_type(void **state)
{
    (void)state;
    assert_setting(&leveling_spec, "xp_max", "007", "7");
    assert_setting(&leveling_spec, "announce", "OFF", "false");
    assert_setting(&leveling_spec, "reward_role", "00123", "123");
    assert_setting(&leveling_spec, "ignored_roles", "3, 01 ,3,1,2", "3,1,2");
    assert_setting(&leveling_spec, "ignored_roles", "112,12,1", "112,12,1");
    assert_setting(&leveling_spec, "text", "a\nb\tc", "a\nb\tc");
    assert_setting(&leveling_spec, "text", "none", NULL);
    assert_setting(&custom_spec, "rules", "any {user} text", "any {user} text");
    assert_setting(&custom_spec, "rules", "none", NULL);
}

static void bad_values_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"xp_max", "0"},         {"xp_max", "1001"},
        {"xp_max", "many"},      {"announce", "perhaps"},
        {"reward_role", "0"},    {"reward_role", "@role"},
        {"ignored_roles", ""},   {"ignored_roles", "1,,2"},
        {"ignored_roles", "1,"}, {"ignored_roles", "1,2,3,4"},
        {"text", "12345678901"}, {"text", "a\x1b"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *out;
        struct error e;
        if (setting_check(&leveling_spec, &tenant, bad[i][0], bad[i][1], &out, &e) == 0)
            fail_msg("accepted: %s %s", bad[i][0], bad[i][1]);
        assert_null(out);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, bad[i][0]);
    }
}

static void unknown_keys_are_refused_unless_the_feature_takes_them(void **state)
{
    (void)state;
    char *out;
    struct error e;
    assert_int_equal(setting_check(&leveling_spec, &tenant, "xp-mx", "3", &out, &e), -1);
    assert_int_equal(e.code, ERROR_UNKNOWN_WORD);
    assert_string_equal(e.message, "unknown key 'xp-mx'; did you mean 'xp_max'?");
    assert_int_equal(setting_check(&leveling_spec, &tenant, "zzz", "none", &out, &e), -1);
    assert_int_equal(setting_check(&reputation_spec, &tenant, "zzz", "1", &out, &e), -1);
    assert_string_equal(e.hint, "reputation has no settings");
    assert_int_equal(setting_check(&custom_spec, &tenant, "help", "x", &out, &e), -1);
    assert_int_equal(e.code, ERROR_TAKEN);
    tenant.plan = PLAN_BASIC;
    assert_int_equal(setting_check(&custom_spec, &tenant, "rules", "x", &out, &e), -1);
    assert_int_equal(e.code, ERROR_NOT_IN_PLAN);
}

static void settings_show_every_key_with_its_type(void **state)
{
    (void)state;
    struct json *j = tenant_settings_json(&tenant, &sample_list);
    struct str out = STR_INIT;
    json_print(j, &out);
    assert_string_equal(out.data,
                        "{\"leveling\":{\"xp_max\":30,\"xp_min\":15,\"announce\":true,\"reward_role\":null,"
                        "\"ignored_roles\":[\"11\",\"12\"],\"text\":null},\"reputation\":{},"
                        "\"custom_commands\":{\"discord\":\"join us\",\"rank\":\"hides a command\","
                        "\"rules\":\"be nice, {user}\"}}");
    str_release(&out);
    json_free(j);
}

static void channels_and_roles_are_what_must_be_in_the_guild(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    tenant.channels[CHANNEL_WELCOME] = 300000000000000001;
    tenant_places(&tenant, &sample_list, PLACE_CHANNEL, &out);
    assert_string_equal(str_text(&out), "welcome 300000000000000001,control 3001");
    str_clear(&out);
    tenant_places(&tenant, &sample_list, PLACE_ROLE, &out);
    assert_string_equal(str_text(&out), "leveling ignored_roles 11,leveling ignored_roles 12");
    str_release(&out);
}

static void hash_of(const struct tenant *t, char out[65])
{
    tenant_configuration_hash(t, &sample_list, out);
    assert_int_equal(strlen(out), 64);
}

static void the_hash_covers_the_configuration_and_nothing_else(void **state)
{
    (void)state;
    char before[65], after[65];
    struct json *j = tenant_configuration_json(&tenant, &sample_list);
    static const char *const keys[] = {"bot_config", "channels", "features", "permissions",
                                       "plan",       "settings", "status"};
    assert_int_equal(json_count(j), COUNT(keys));
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_non_null(json_get(j, keys[i]));
    struct str text = STR_INIT;
    json_print_canonical(j, &text);
    crypto_sha256_hex(text.data, text.len, after);
    str_release(&text);
    json_free(j);
    hash_of(&tenant, before);
    assert_string_equal(before, after);

    tenant.revision++;
    tenant.name[0] = 'X';
    tenant.token = TOKEN_SET;
    tenant.wanted = false;
    tenant.updated_at++;
    hash_of(&tenant, after);
    assert_string_equal(before, after);
    tenant.config[CONFIG_PREFIX] = mem_strdup("!"); /* the default, said aloud */
    hash_of(&tenant, after);
    assert_string_equal(before, after);

    tenant.channels[CHANNEL_LOGS] = 5;
    hash_of(&tenant, after);
    assert_string_not_equal(before, after);
    tenant.channels[CHANNEL_LOGS] = 0;
    tenant.status = STATUS_MAINTENANCE;
    hash_of(&tenant, after);
    assert_string_not_equal(before, after);
    tenant.status = STATUS_ACTIVE;
    hash_of(&tenant, after);
    assert_string_equal(before, after);
}

int main(void)
{
#define WITH_TENANT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_TENANT(specs_are_found_by_feature_and_key),
        WITH_TENANT(values_are_normalised_by_their_type),
        WITH_TENANT(bad_values_are_refused_by_name),
        WITH_TENANT(unknown_keys_are_refused_unless_the_feature_takes_them),
        WITH_TENANT(settings_show_every_key_with_its_type),
        WITH_TENANT(channels_and_roles_are_what_must_be_in_the_guild),
        WITH_TENANT(the_hash_covers_the_configuration_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
