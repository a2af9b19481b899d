#include "test.h"

#include <string.h>

#include "sample.h"
#include "tt/domain/role.h"

static struct tenant tenant;

static int setup(void **state)
{
    (void)state;
    sample_tenant(&tenant);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tenant_release(&tenant);
    return 0;
}

static const struct right right_viewer = {.role = ROLE_VIEWER, .permission = PERMISSION_COUNT};
static const struct right right_operator = {.role = ROLE_OPERATOR, .permission = PERMISSION_COUNT};
static const struct right right_owner = {.role = ROLE_OWNER, .permission = PERMISSION_COUNT};
static const struct right right_all = {.role = ROLE_NONE, .permission = PERMISSION_COUNT};
static const struct right right_renter = {
    .role = ROLE_OPERATOR, .renter = true, .permission = PERMISSION_COUNT};
static const struct right right_products = {
    .role = ROLE_OPERATOR, .renter = true, .permission = PERMISSION_MANAGE_PRODUCTS, .staff = true};
static const struct right right_custom = {
    .role = ROLE_OPERATOR, .renter = true, .permission = PERMISSION_CUSTOM_CONFIG};

static struct actor on_discord(int64_t user)
{
    return (struct actor){
        .face = FACE_DISCORD, .user_id = user, .guild_id = 2001, .guild_tenant = "tenant01"};
}

static void roles_are_ordered(void **state)
{
    (void)state;
    static const struct right *const rights[] = {&right_all, &right_viewer, &right_operator, &right_owner};
    for (int role = ROLE_NONE; role <= ROLE_OWNER; role++)
        for (int needed = ROLE_NONE; needed <= ROLE_OWNER; needed++) {
            struct actor a = on_discord(5);
            struct error e = {0};
            a.role = (enum operator_role)role;
            assert_int_equal(right_check(rights[needed], &a, &tenant, &e), role >= needed ? 0 : -1);
            if (role < needed) {
                assert_int_equal(e.code, ERROR_NOT_PERMITTED);
                assert_non_null(strstr(e.message, operator_role_words[needed]));
            }
            assert_int_equal(right_check(rights[needed], &a, NULL, NULL), role >= needed ? 0 : -1);
        }
}

static void operators_pass_whatever_the_tenant_has(void **state)
{
    (void)state;
    struct actor a = on_discord(5);
    a.role = ROLE_OPERATOR;
    a.guild_id = 9;
    a.guild_tenant[0] = '\0';
    tenant.features[FEATURE_ADMIN_COMMANDS] = false;
    memset(tenant.permissions, 0, sizeof tenant.permissions);
    assert_int_equal(right_check(&right_products, &a, &tenant, NULL), 0);
    struct actor terminal = {.face = FACE_CLI, .role = ROLE_OWNER, .who = "op:rina"};
    assert_int_equal(right_check(&right_owner, &terminal, &tenant, NULL), 0);
}

static void the_renter_acts_on_the_own_tenant_in_its_guild_only(void **state)
{
    (void)state;
    struct actor a = on_discord(1001);
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), 0);
    assert_int_equal(right_check(&right_products, &a, &tenant, NULL), 0);
    assert_int_equal(right_check(&right_operator, &a, &tenant, NULL), -1);
    assert_int_equal(right_check(&right_renter, &a, NULL, NULL), -1);

    a.guild_id = 2002;
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), -1);
    a.guild_id = 0;
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), -1);
    a = on_discord(1001);
    str_copy(a.guild_tenant, sizeof a.guild_tenant, "tenant02");
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), -1);
    a = on_discord(1001);
    a.face = FACE_SHELL;
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), -1);
}

static void nobody_else_in_the_guild_has_a_right(void **state)
{
    (void)state;
    struct actor member = on_discord(1002), unknown = on_discord(0);
    struct error e;
    tenant.discord_id = 0;
    assert_int_equal(right_check(&right_renter, &unknown, &tenant, NULL), -1);
    tenant.discord_id = 1001;
    assert_int_equal(right_check(&right_renter, &member, &tenant, &e), -1);
    assert_int_equal(e.code, ERROR_NOT_PERMITTED);
    assert_string_equal(
        e.message, "this needs the role operator, or the renter in the tenant's own guild; yours is none");
    assert_null(strstr(e.message, "Toko"));
}

static void permission_plan_and_admin_commands_are_named_when_missing(void **state)
{
    (void)state;
    struct actor a = on_discord(1001);
    struct error e;
    tenant.permissions[PERMISSION_MANAGE_PRODUCTS] = false;
    assert_int_equal(right_check(&right_products, &a, &tenant, &e), -1);
    assert_string_equal(e.message, "this needs the permission manage_products, which tenant01 does not have");
    assert_string_equal(e.hint, "an operator grants it: permissions tenant01 manage_products true");

    tenant.permissions[PERMISSION_CUSTOM_CONFIG] = true;
    assert_int_equal(right_check(&right_custom, &a, &tenant, &e), -1);
    assert_non_null(strstr(e.message, "custom_config, which the plan premium does not have"));
    assert_string_equal(e.hint, "the plan enterprise has it");
    tenant.plan = PLAN_ENTERPRISE;
    assert_int_equal(right_check(&right_custom, &a, &tenant, NULL), 0);

    tenant.features[FEATURE_ADMIN_COMMANDS] = false;
    assert_int_equal(right_check(&right_renter, &a, &tenant, &e), -1);
    assert_non_null(strstr(e.message, "admin_commands"));
}

static void staff_may_what_is_marked_for_them(void **state)
{
    (void)state;
    struct actor a = on_discord(77);
    a.staff = true;
    assert_int_equal(right_check(&right_products, &a, &tenant, NULL), 0);
    assert_int_equal(right_check(&right_renter, &a, &tenant, NULL), -1);
    a.guild_id = 2002;
    assert_int_equal(right_check(&right_products, &a, &tenant, NULL), -1);
    a = on_discord(77);
    a.staff = true;
    tenant.permissions[PERMISSION_MANAGE_PRODUCTS] = false;
    assert_int_equal(right_check(&right_products, &a, &tenant, NULL), -1);
}

int main(void)
{
#define WITH_TENANT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_TENANT(roles_are_ordered),
        WITH_TENANT(operators_pass_whatever_the_tenant_has),
        WITH_TENANT(the_renter_acts_on_the_own_tenant_in_its_guild_only),
        WITH_TENANT(nobody_else_in_the_guild_has_a_right),
        WITH_TENANT(permission_plan_and_admin_commands_are_named_when_missing),
        WITH_TENANT(staff_may_what_is_marked_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
