#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "sample.h"

static void assert_prints(struct json *j, const char *expected)
{
    struct str out = STR_INIT;
    json_print(j, &out);
    assert_string_equal(out.data, expected);
    json_free(j);
    str_release(&out);
}

static void an_initial_tenant_is_empty_and_released_twice(void **state)
{
    (void)state;
    struct tenant t;
    tenant_init(&t);
    assert_int_equal(t.status, STATUS_ACTIVE);
    assert_int_equal(t.plan, PLAN_BASIC);
    assert_true(t.wanted);
    assert_null(t.name);
    assert_string_equal(tenant_config(&t, CONFIG_PREFIX), "!");
    assert_null(tenant_config(&t, CONFIG_NICKNAME));
    assert_int_equal(tenant_config_int(&t, CONFIG_MAX_RESTART_ATTEMPTS), 3);
    assert_true(tenant_config_bool(&t, CONFIG_AUTO_RESTART));
    tenant_release(&t);
    tenant_release(&t);
}

static void a_copy_shares_nothing(void **state)
{
    (void)state;
    struct tenant t, copy;
    sample_tenant(&t);
    tenant_copy(&copy, &t);
    t.name[0] = 'X';
    t.config[CONFIG_LANGUAGE][0] = 'X';
    t.settings[0].value[0] = 'X';
    tenant_release(&t);
    assert_string_equal(copy.name, "Toko Rina");
    assert_string_equal(tenant_config(&copy, CONFIG_LANGUAGE), "en");
    assert_string_equal(tenant_setting(&copy, FEATURE_LEVELING, "ignored_roles"), "11,12");
    assert_null(tenant_setting(&copy, FEATURE_LEVELING, "rules"));
    assert_null(tenant_setting(&copy, FEATURE_TICKETS, "xp_max"));
    assert_int_equal(copy.channels[CHANNEL_CONTROL], 3001);
    tenant_release(&copy);
}

static void a_feature_outside_the_plan_is_off(void **state)
{
    (void)state;
    struct tenant t;
    tenant_init(&t);
    t.features[FEATURE_AUTOMOD] = t.features[FEATURE_SHOP] = true;
    assert_false(tenant_feature_on(&t, FEATURE_AUTOMOD));
    assert_true(tenant_feature_on(&t, FEATURE_SHOP));
    assert_false(tenant_feature_on(&t, FEATURE_TICKETS));
    tenant_release(&t);
}

static void maps_list_every_known_key(void **state)
{
    (void)state;
    struct tenant t;
    sample_tenant(&t);
    assert_prints(tenant_channels_json(&t),
                  "{\"live_stock\":null,\"purchase_log\":null,\"donation_log\":null,\"history_buy\":null,"
                  "\"welcome\":null,\"ticket_category\":null,\"ticket_panel\":null,\"leveling\":null,"
                  "\"reputation\":null,\"logs\":null,\"control\":\"3001\"}");
    assert_prints(
        tenant_permissions_json(&t),
        "{\"manage_products\":true,\"manage_users\":true,\"view_analytics\":true,\"custom_config\":false,"
        "\"api_access\":false,\"advanced_settings\":false}");
    assert_prints(tenant_config_json(&t),
                  "{\"prefix\":\"!\",\"language\":\"en\",\"timezone\":\"Asia/Jakarta\",\"auto_restart\":true,"
                  "\"max_restart_attempts\":3,\"nickname\":null,\"activity\":null,\"command_cooldown\":3,"
                  "\"command_rate\":3}");
    assert_prints(tenant_features_json(&t),
                  "{\"shop\":true,\"live_stock\":true,\"leveling\":true,\"reputation\":true,\"tickets\":true,"
                  "\"automod\":true,\"admin_commands\":true,\"custom_commands\":true,\"analytics\":true,"
                  "\"api_access\":false,\"priority_support\":false,\"welcome\":false,\"donation\":false}");
    tenant_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initial_tenant_is_empty_and_released_twice),
        cmocka_unit_test(a_copy_shares_nothing),
        cmocka_unit_test(a_feature_outside_the_plan_is_off),
        cmocka_unit_test(maps_list_every_known_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
