#include "permissions.h"

#include "test.h"
#include "world.h"

struct stage {
    struct world w;
    struct guild *g;
    struct channel *c;
    struct member *m;
};

static int set_up(void **state)
{
    struct stage *s = test_calloc(1, sizeof *s);
    world_init(&s->w);
    s->g = world_add_guild(&s->w, 10, "guild", 1);
    s->c = guild_add_channel(&s->w, s->g, 20, CHANNEL_TEXT, "text");
    guild_add_member(s->g, world_add_user(&s->w, 1, "owner", false), 0);
    s->m = guild_add_member(s->g, world_add_user(&s->w, 2, "member", false), 0);
    guild_add_role(s->g, 30, "one")->permissions = MANAGE_MESSAGES;
    guild_add_role(s->g, 31, "two")->permissions = KICK_MEMBERS;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    world_release(&s->w);
    test_free(s);
    return 0;
}

static void roles_add_up(void **state)
{
    struct stage *s = *state;
    assert_int_equal(permissions_of(s->m), PERMISSIONS_EVERYONE);
    member_set_role(s->m, 30, true);
    member_set_role(s->m, 31, true);
    assert_int_equal(permissions_of(s->m), PERMISSIONS_EVERYONE | MANAGE_MESSAGES | KICK_MEMBERS);
}

static void the_owner_and_administrators_may_everything(void **state)
{
    struct stage *s = *state;
    struct overwrite none = {.id = 10, .deny = PERMISSIONS_ALL};
    channel_overwrite(s->c, &none);
    assert_int_equal(permissions_in(guild_member(s->g, 1), s->c, 0), PERMISSIONS_ALL);
    guild_role(s->g, 30)->permissions = ADMINISTRATOR;
    member_set_role(s->m, 30, true);
    assert_int_equal(permissions_in(s->m, s->c, 0), PERMISSIONS_ALL);
}

static void overwrites_go_from_everyone_to_roles_to_the_member(void **state)
{
    struct stage *s = *state;
    struct overwrite everyone = {.id = 10, .deny = SEND_MESSAGES}, role = {.id = 30, .allow = SEND_MESSAGES},
                     other = {.id = 31, .deny = SEND_MESSAGES},
                     own = {.id = 2, .type = 1, .deny = SEND_MESSAGES};
    channel_overwrite(s->c, &everyone);
    assert_false(permissions_in(s->m, s->c, 0) & SEND_MESSAGES);
    channel_overwrite(s->c, &role);
    member_set_role(s->m, 30, true);
    assert_true(permissions_in(s->m, s->c, 0) & SEND_MESSAGES);
    /* Among roles an allow beats a deny. */
    channel_overwrite(s->c, &other);
    member_set_role(s->m, 31, true);
    assert_true(permissions_in(s->m, s->c, 0) & SEND_MESSAGES);
    channel_overwrite(s->c, &own);
    assert_false(permissions_in(s->m, s->c, 0) & SEND_MESSAGES);
}

static void an_overwrite_for_another_member_means_nothing(void **state)
{
    struct stage *s = *state;
    /* The same number as the member's, but as a role. */
    struct overwrite role = {.id = 2, .type = 0, .deny = SEND_MESSAGES},
                     member = {.id = 3, .type = 1, .deny = SEND_MESSAGES};
    channel_overwrite(s->c, &role);
    channel_overwrite(s->c, &member);
    assert_true(permissions_in(s->m, s->c, 0) & SEND_MESSAGES);
}

static void who_cannot_see_a_channel_may_nothing_there(void **state)
{
    struct stage *s = *state;
    struct overwrite hidden = {.id = 10, .deny = VIEW_CHANNEL};
    channel_overwrite(s->c, &hidden);
    assert_int_equal(permissions_in(s->m, s->c, 0), 0);
    assert_int_equal(permissions_in(NULL, s->c, 0), 0);
}

static void under_a_timeout_one_may_only_look(void **state)
{
    struct stage *s = *state;
    s->m->timeout_until = 1000;
    assert_int_equal(permissions_in(s->m, s->c, 999), VIEW_CHANNEL | READ_MESSAGE_HISTORY);
    assert_true(permissions_in(s->m, s->c, 1000) & SEND_MESSAGES);
}

static void the_highest_role_decides_the_height(void **state)
{
    struct stage *s = *state;
    assert_int_equal(permissions_height(s->m), 0);
    member_set_role(s->m, 30, true);
    member_set_role(s->m, 31, true);
    assert_int_equal(permissions_height(s->m), guild_role(s->g, 31)->position);
    assert_true(permissions_height(guild_member(s->g, 1)) > permissions_height(s->m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(roles_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_owner_and_administrators_may_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overwrites_go_from_everyone_to_roles_to_the_member, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_overwrite_for_another_member_means_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_cannot_see_a_channel_may_nothing_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(under_a_timeout_one_may_only_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_highest_role_decides_the_height, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
