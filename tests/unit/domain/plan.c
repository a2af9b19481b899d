#include "test.h"

#include <string.h>

#include "tt/base/str.h"
#include "tt/domain/tenant.h"

/* The table of plans as the specification prints it: a plan's own words, those on by default with a star. */
static const struct {
    const char *features, *permissions;
    int price;
    int64_t custom_commands, members;
} table[PLAN_COUNT] = {
    [PLAN_BASIC] = {"*shop *live_stock *leveling *reputation *tickets *admin_commands welcome donation",
                    "*manage_products *manage_users", 10, 0, 100},
    [PLAN_PREMIUM] = {"*automod *custom_commands *analytics", "*view_analytics", 25, 200, 500},
    [PLAN_ENTERPRISE] = {"*api_access *priority_support", "*custom_config *api_access *advanced_settings", 50,
                         LIMIT_NONE, LIMIT_NONE},
};

/* The plan whose row has WORD; *ON tells of the star. */
static int plan_of(const char *word, bool permission, bool *on)
{
    for (int p = 0; p < PLAN_COUNT; p++) {
        const char *row = permission ? table[p].permissions : table[p].features;
        for (const char *c = row; *c; c += strcspn(c, " "), c += *c == ' ') {
            *on = *c == '*';
            size_t n = strcspn(c + *on, " ");
            if (n == strlen(word) && strncmp(c + *on, word, n) == 0)
                return p;
        }
    }
    fail_msg("%s is in no plan", word);
    return -1;
}

static void features_are_allowed_and_on_as_the_table_says(void **state)
{
    (void)state;
    for (int f = 0; f < FEATURE_COUNT; f++) {
        bool on;
        int from = plan_of(feature_words[f], false, &on);
        assert_int_equal(plan_with_feature((enum feature)f), from);
        for (int p = 0; p < PLAN_COUNT; p++) {
            assert_int_equal(plan_allows_feature((enum plan)p, (enum feature)f), p >= from);
            assert_int_equal(plan_default_feature((enum plan)p, (enum feature)f), p >= from && on);
        }
    }
}

static void permissions_are_allowed_and_on_as_the_table_says(void **state)
{
    (void)state;
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        bool on;
        int from = plan_of(permission_words[i], true, &on);
        assert_int_equal(plan_with_permission((enum permission)i), from);
        for (int p = 0; p < PLAN_COUNT; p++) {
            assert_int_equal(plan_allows_permission((enum plan)p, (enum permission)i), p >= from);
            assert_int_equal(plan_default_permission((enum plan)p, (enum permission)i), p >= from && on);
        }
    }
}

static void prices_and_limits_are_those_of_the_table(void **state)
{
    (void)state;
    for (int p = 0; p < PLAN_COUNT; p++) {
        const struct plan_limits *l = plan_limits((enum plan)p);
        assert_int_equal(l->price_usd, table[p].price);
        assert_true(l->custom_commands == table[p].custom_commands);
        assert_true(l->registered_members == table[p].members);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_allowed_and_on_as_the_table_says),
        cmocka_unit_test(permissions_are_allowed_and_on_as_the_table_says),
        cmocka_unit_test(prices_and_limits_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
