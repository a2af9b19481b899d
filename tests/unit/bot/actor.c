/* Who may do what on Discord, and how often. */
#include "../world.h"

#include "daemon.h"

#define OPERATOR INT64_C(700000000000000001)
#define STRANGER INT64_C(700000000000000002)

static struct snapshot *snapshot_of(struct world *w)
{
    struct tenant t;
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    struct snapshot *s = snapshot_new(&t, bot_features());
    tenant_release(&t);
    return s;
}

static void an_operator_is_known_by_the_database_alone(void **state)
{
    struct world *w = *state;
    struct snapshot *here = snapshot_of(w);
    struct actor actor;
    ok(store_begin(w->store, &w->error));
    ok(operators_set(w->store, OPERATOR, ROLE_OPERATOR, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(actor_resolve(w->store, here, OPERATOR, false, &actor, &w->error));
    assert_int_equal(actor.role, ROLE_OPERATOR);
    assert_int_equal(actor.face, FACE_DISCORD);
    assert_string_equal(actor.who, "discord:700000000000000001");
    assert_string_equal(actor.guild_tenant, "tenant01");
    assert_int_equal(actor.guild_id, GUILD);
    ok(actor_resolve(w->store, here, STRANGER, false, &actor, &w->error));
    assert_int_equal(actor.role, ROLE_NONE);
    snapshot_drop(here);
}

static bool may(struct world *w, const struct snapshot *here, int64_t user, bool staff,
                const struct right *right)
{
    struct actor actor;
    struct error e = {0};
    ok(actor_resolve(w->store, here, user, staff, &actor, &w->error));
    return right_check(right, &actor, &here->tenant, &e) == 0;
}

static void renter_and_staff_may_what_their_rights_say_and_strangers_nothing(void **state)
{
    struct world *w = *state;
    struct snapshot *here = snapshot_of(w);
    const struct right features = {.role = ROLE_OPERATOR, .renter = true, .permission = PERMISSION_COUNT};
    const struct right plan = {.role = ROLE_OPERATOR, .permission = PERMISSION_COUNT};
    assert_true(may(w, here, RENTER, false, &features));
    assert_false(may(w, here, RENTER, false, &plan));
    assert_false(may(w, here, STRANGER, false, &features));
    assert_false(may(w, here, STRANGER, true, &features));
    snapshot_drop(here);
}

static struct json *parsed(const char *text)
{
    return json_parse(text, strlen(text), NULL);
}

static void staff_wear_one_of_the_roles_that_the_tenant_lists(void **state)
{
    struct world *w = *state;
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_setting(w->store, "tenant01", FEATURE_SHOP, "staff_roles", "800000000000000001,80", NULL,
                           &w->error));
    ok(store_commit(w->store, &w->error));
    struct snapshot *here = snapshot_of(w);
    struct json *wears = parsed("{\"roles\":[\"5\",\"80\"]}"),
                *near = parsed("{\"roles\":[\"8\",\"800\",\"0\"]}"), *none = parsed("{\"roles\":[]}"),
                *odd = parsed("{\"roles\":\"80\"}");
    assert_true(actor_is_staff(&here->tenant, wears));
    assert_false(actor_is_staff(&here->tenant, near));
    assert_false(actor_is_staff(&here->tenant, none));
    assert_false(actor_is_staff(&here->tenant, odd));
    assert_false(actor_is_staff(&here->tenant, NULL));
    json_free(wears);
    json_free(near);
    json_free(none);
    json_free(odd);
    snapshot_drop(here);
}

static void a_command_rests_for_its_cooldown_and_a_member_for_his_rate(void **state)
{
    (void)state;
    struct limits *l = limits_new();
    int64_t wait;
    bool first;
#define take(user, command, now) limits_take(l, "tenant01", user, command, 3, 3, now, &wait, &first)
    assert_int_equal(take(1, "ping", 0), LIMIT_PASS);
    assert_int_equal(take(1, "ping", 1000), LIMIT_COOLDOWN);
    assert_int_equal(wait, 2000);
    assert_true(first);
    assert_int_equal(take(1, "help", 1000), LIMIT_PASS);
    assert_int_equal(take(1, "rules", 1000), LIMIT_RATE); /* ping counted though it was told to wait */
    assert_int_equal(wait, 4000);
    assert_int_equal(take(2, "ping", 1000), LIMIT_PASS);
    assert_int_equal(take(1, "ping", 5000), LIMIT_PASS);
    assert_int_equal(limits_take(l, "tenant02", 1, "ping", 3, 3, 5000, &wait, &first), LIMIT_PASS);
    assert_int_equal(limits_take(l, "tenant03", 1, "ping", 0, 0, 0, &wait, &first), LIMIT_PASS);
    assert_int_equal(limits_take(l, "tenant03", 1, "ping", 0, 0, 0, &wait, &first), LIMIT_PASS);
    for (int64_t user = 10; user < 100000; user++)
        take(user, "ping", 6000 + user); /* bounded: what is over makes room */
    assert_int_equal(take(99999, "ping", 6000 + 100000), LIMIT_COOLDOWN);
    limits_free(l);
#undef take
}

static void only_messages_that_may_concern_us_are_parsed(void **state)
{
    (void)state;
#define wanted(text, prefix) message_wanted(text, strlen(text), prefix)
    assert_true(wanted("{\"d\":{\"content\":\"!ping\"}}", "!"));
    assert_true(wanted("{\"d\":{\"content\": \"!ping\"}}", "!"));
    assert_false(wanted("{\"d\":{\"content\":\"hello !ping\"}}", "!"));
    assert_true(wanted("{\"d\":{\"content\":\"tenanttui/1 {}\"}}", "!"));
    assert_true(wanted(
        "{\"d\":{\"n\":\"}\\\"\",\"referenced_message\":{\"content\":\"x\"},\"content\":\"?x\"}}", "?"));
    assert_false(wanted("{\"d\":{\"content\":\"x\",\"referenced_message\":{\"content\":\"?x\"}}}", "?"));
    assert_false(wanted("{\"d\":{\"content\":\"x\",\"snapshots\":[{\"content\":\"?x\"}]}}", "?"));
    assert_true(wanted("{\"d\":{\"content\":\"\\u0021ping\"}}", "!")); /* an escape may be anything */
    assert_true(wanted("{\"d\":{\"content\":\"x\"}}", "\xc2\xa7"));    /* this prefix may come escaped */
    assert_false(wanted("{\"content\":", "!"));
    assert_false(wanted("", "!"));
#undef wanted
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(an_operator_is_known_by_the_database_alone),
        world_test(renter_and_staff_may_what_their_rights_say_and_strangers_nothing),
        world_test(staff_wear_one_of_the_roles_that_the_tenant_lists),
        cmocka_unit_test(a_command_rests_for_its_cooldown_and_a_member_for_his_rate),
        cmocka_unit_test(only_messages_that_may_concern_us_are_parsed),
    };
    return cmocka_run_group_tests_name("bot/actor", tests, NULL, NULL);
}
