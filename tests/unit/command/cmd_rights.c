/* The roles column of the table of commands, line by line. */
#include "cmd_world.h"

enum who { VIEWER, OPERATOR, OWNER, RENTS, WHO_COUNT };

struct expectation {
    const char *line;
    bool may[WHO_COUNT]; /* on Discord */
};

static const struct expectation table[] = {
    {"create 1 2 X --id tenant09 --dry-run", {0, 1, 1, 0}},
    {"list", {1, 1, 1, 0}},
    {"show tenant01", {1, 1, 1, 1}},
    {"config tenant01 prefix ?", {0, 1, 1, 1}},
    {"config tenant01 language en", {0, 1, 1, 1}},
    {"config tenant01 timezone UTC", {0, 1, 1, 1}},
    {"config tenant01 nickname X", {0, 1, 1, 1}},
    {"config tenant01 activity X", {0, 1, 1, 0}},
    {"config tenant01 auto_restart off", {0, 1, 1, 0}},
    {"features tenant01", {0, 1, 1, 1}},
    {"features tenant01 shop off", {0, 1, 1, 1}},
    {"channels tenant01 logs none", {0, 1, 1, 1}},
    {"permissions tenant01", {0, 1, 1, 0}},
    {"permissions tenant01 view_analytics off", {0, 1, 1, 0}},
    {"settings tenant01 welcome message X", {0, 1, 1, 1}},
    {"plan tenant01 premium --dry-run", {0, 1, 1, 0}},
    {"status tenant01 active", {0, 1, 1, 0}},
    {"rename tenant01 X", {0, 1, 1, 0}},
    {"delete tenant01 --dry-run", {0, 0, 0, 0}},
    {"sync tenant01", {0, 1, 1, 1}},
    {"sync --all", {0, 1, 1, 0}},
    {"push list", {0, 0, 0, 0}},
    {"token tenant01 clear --dry-run", {0, 0, 0, 0}},
    {"bot list", {0, 1, 1, 0}},
    {"bot stop tenant01 --dry-run", {0, 1, 1, 0}},
    {"bot status tenant01", {0, 1, 1, 1}},
    {"operator list", {0, 0, 0, 0}},
    {"audit", {1, 1, 1, 0}},
    {"audit tenant01", {1, 1, 1, 0}},
    {"backup /nonexistent/x", {0, 0, 0, 0}},
    {"doctor", {0, 0, 0, 0}},
    {"migrate --dry-run", {0, 0, 0, 0}},
    {"logs", {1, 1, 1, 0}},
    {"product list tenant01", {0, 1, 1, 1}},
    {"product add tenant01 DL Lock 5 --dry-run", {0, 1, 1, 1}},
    {"stock count tenant01", {0, 1, 1, 1}},
    {"stock list tenant01", {0, 1, 1, 1}},
    {"register tenant01 444444444444444001 Budi99", {0, 1, 1, 1}},
    {"balance top tenant01", {0, 1, 1, 1}},
    {"balance add tenant01 444444444444444001 5", {0, 1, 1, 1}},
    {"tx list tenant01", {0, 1, 1, 1}},
    {"deposits tenant01", {0, 1, 1, 1}},
    {"stats tenant01", {1, 1, 1, 0}},
    {"stats", {1, 1, 1, 0}},
    {"buy tenant01 444444444444444001 DL 1", {0, 0, 0, 0}},
    {"tx export tenant01 /nonexistent/x.csv", {0, 0, 0, 0}},
    {"rent tenant01", {0, 0, 0, 0}},
    {"payment list tenant01", {0, 0, 0, 0}},
    {"payment status tenant01 1 failed", {0, 0, 0, 0}},
    {"import /nonexistent/x", {0, 0, 0, 0}},
    {"help", {1, 1, 1, 1}},
    {"version", {1, 1, 1, 1}},
};

static void become(struct world *w, enum who who)
{
    static const enum operator_role roles[] = {ROLE_VIEWER, ROLE_OPERATOR, ROLE_OWNER};

    if (who == RENTS)
        world_as_renter(w, "tenant01", 1);
    else
        world_as_role(w, roles[who]);
}

static void each_role_may_what_the_table_says(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (int who = 0; who < WHO_COUNT; who++) {
            become(w, (enum who)who);
            int status = world_run(w, table[i].line);
            if ((status == 0) != table[i].may[who])
                fail_msg("%s as %d: %s %s", table[i].line, who,
                         status ? error_code_name(w->error.code) : "done", w->error.message);
            if (status && w->error.code != ERROR_NOT_PERMITTED)
                fail_msg("%s as %d: %s", table[i].line, who, w->error.message);
        }
}

static void a_renter_with_custom_config_may_every_key(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "enterprise", 1);
    world_ok(w, "permissions tenant01 custom_config true");
    world_as_renter(w, "tenant01", 1);
    world_ok(w, "config tenant01 auto_restart off");
    world_as_owner(w);
    world_ok(w, "permissions tenant01 custom_config false");
    world_as_renter(w, "tenant01", 1);
    world_fails(w, ERROR_NOT_PERMITTED, "config . auto_restart on");
    assert_non_null(strstr(w->error.message, "custom_config"));
}

static void a_renter_without_the_permission_may_nothing_of_the_shop(void **state)
{
    static const struct {
        const char *permission, *line;
    } needs[] = {
        {"manage_products", "product list ."},
        {"manage_products", "stock list ."},
        {"manage_products", "stock add . DL a line"},
        {"manage_users", "balance top ."},
        {"manage_users", "register . 444444444444444001 Budi99"},
        {"manage_users", "tx list ."},
        {"manage_users", "deposits ."},
        {"view_analytics", "stats ."},
    };
    struct world *w = *state;

    world_create(w, "tenant01", "enterprise", 1);
    world_ok(w, "product add tenant01 DL Lock 5");
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        char line[100];
        world_as_owner(w);
        snprintf(line, sizeof line, "permissions tenant01 %s true", needs[i].permission);
        world_ok(w, line);
        world_as_renter(w, "tenant01", 1);
        world_ok(w, needs[i].line);
        world_as_owner(w);
        snprintf(line, sizeof line, "permissions tenant01 %s false", needs[i].permission);
        world_ok(w, line);
        world_as_renter(w, "tenant01", 1);
        world_fails(w, ERROR_NOT_PERMITTED, needs[i].line);
        assert_non_null(strstr(w->error.message, needs[i].permission));
    }
}

static void a_renter_stays_in_its_own_tenant(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_create(w, "tenant02", "basic", 2);
    world_as_renter(w, "tenant01", 1);
    world_ok(w, "show .");
    world_fails(w, ERROR_NOT_PERMITTED, "show tenant02");
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant02 shop off");
    world_as_owner(w);
    world_ok(w, "audit tenant01 --limit 1");
    assert_string_equal(world_text(w, "items.0.who"), "discord:100000000000000002");
    assert_true(json_bool(world_at(w, "items.0.refused"), false));
    world_ok(w, "features tenant01 admin_commands off");
    world_as_renter(w, "tenant01", 1);
    world_fails(w, ERROR_NOT_PERMITTED, "show .");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_role_may_what_the_table_says, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_renter_with_custom_config_may_every_key, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_renter_without_the_permission_may_nothing_of_the_shop, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_renter_stays_in_its_own_tenant, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
