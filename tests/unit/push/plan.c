/* The plan: what differs between the wanted state and what Discord last showed. */
#include "../world.h"

#include "plan.h"
#include "tt/domain/control.h"

static const struct feature_list no_features;

#define ALL_KINDS ((1u << PUSH_KIND_COUNT) - 1)

static struct json *plan_of(struct world *w, struct tenant *t)
{
    struct json *admin = json_new_array();
    tenant_release(t);
    ok(tenants_load(w->store, "tenant01", t, &w->error));
    struct json *plan = push_plan(w->store, t, ALL_KINDS, false, &no_features, admin);
    json_free(admin);
    return plan;
}

static const struct json *call_to(const struct json *plan, const char *method, const char *part)
{
    json_each(call, json_get(plan, "discord"))
    {
        if (str_equal(json_get_string(call, "method"), method) && strstr(json_get_string(call, "path"), part))
            return call;
    }
    return NULL;
}

static void remember(struct world *w, const char *what, const char *value)
{
    ok(store_begin(w->store, &w->error));
    ok(remote_set(w->store, "tenant01", what, value, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void what_discord_shows_already_is_not_called_for(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct push_call commands;
    struct json *admin = json_new_array();
    tenant_init(&t);
    struct json *plan = plan_of(w, &t);
    assert_non_null(call_to(plan, "GET", "/commands")); /* unknown: looked at before it is written */
    assert_non_null(call_to(plan, "PUT", "/commands"));
    assert_null(call_to(plan, "PATCH", "/members/@me")); /* no nickname wanted, none ever set */
    assert_non_null(call_to(plan, "GET", "/channels"));  /* is the control channel there? */
    assert_int_equal(json_get_int(plan, "calls", -1), 4);
    json_free(plan);

    remember(w, REMOTE_CHANNELS, "control 300000000000000001");
    plan_commands(&t, t.application_id, &no_features, admin, &commands);
    remember(w, REMOTE_COMMANDS, str_text(&commands.remote));
    push_call_release(&commands);
    plan = plan_of(w, &t);
    assert_null(call_to(plan, "PUT", "/commands"));
    assert_non_null(call_to(plan, "POST", "/messages"));
    assert_int_equal(json_get_int(plan, "calls", -1), 1);
    json_free(plan);
    json_free(admin);
    tenant_release(&t);
}

static void only_what_is_queued_is_called_for(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct json *admin = json_new_array();
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    static const struct {
        unsigned kinds;
        int calls;
    } cases[] = {{0, 0},
                 {1u << PUSH_CONTROL, 1},
                 {1u << PUSH_COMMANDS, 2},
                 {1u << PUSH_NICKNAME, 0},
                 {1u << PUSH_CHANNELS, 1},
                 {1u << PUSH_ROLES, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json *plan = push_plan(w->store, &t, cases[i].kinds, false, &no_features, admin);
        assert_int_equal(json_get_int(plan, "calls", -1), cases[i].calls);
        json_free(plan);
    }
    /* A fresh sync trusts nothing that is remembered. */
    remember(w, REMOTE_COMMANDS, "0123");
    remember(w, REMOTE_NICKNAME, "null");
    struct json *plan = push_plan(w->store, &t, ALL_KINDS, true, &no_features, admin);
    assert_non_null(call_to(plan, "GET", "/commands"));
    assert_non_null(call_to(plan, "PATCH", "/members/@me"));
    json_free(plan);
    json_free(admin);
    tenant_release(&t);
}

static void a_channel_is_looked_for_before_it_is_made(void **state)
{
    struct world *w = *state;
    struct tenant t;
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    struct json *calls = push_channel_plan(&t, CHANNEL_DONATION_LOG);
    assert_int_equal(json_count(calls), 3);
    assert_string_equal(json_string(json_at(calls, "0.path")), "/applications/@me");
    assert_string_equal(json_string(json_at(calls, "1.method")), "GET");
    assert_string_equal(json_string(json_at(calls, "2.method")), "POST");
    assert_string_equal(json_string(json_at(calls, "2.path")), json_string(json_at(calls, "1.path")));
    assert_string_equal(json_string(json_at(calls, "2.body.topic")), "tenanttui tenant01 donation_log");
    json_free(calls);
    tenant_release(&t);
}

static void a_nickname_is_set_when_it_differs_and_cleared_when_it_was_set(void **state)
{
    struct world *w = *state;
    struct tenant t;
    tenant_init(&t);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_config(w->store, "tenant01", CONFIG_NICKNAME, "Toko \"A\"", NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    struct json *plan = plan_of(w, &t);
    const struct json *call = call_to(plan, "PATCH", "/members/@me");
    assert_string_equal(json_string(json_at(call, "body.nick")), "Toko \"A\"");
    json_free(plan);

    remember(w, REMOTE_NICKNAME, "\"Toko \\\"A\\\"\"");
    plan = plan_of(w, &t);
    assert_null(call_to(plan, "PATCH", "/members/@me"));
    json_free(plan);

    ok(store_begin(w->store, &w->error));
    ok(tenants_set_config(w->store, "tenant01", CONFIG_NICKNAME, NULL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    plan = plan_of(w, &t);
    call = call_to(plan, "PATCH", "/members/@me");
    assert_non_null(call);
    assert_int_equal(json_type(json_at(call, "body.nick")), JSON_NULL);
    json_free(plan);

    remember(w, REMOTE_NICKNAME, REMOTE_UNKNOWN); /* sync --fresh */
    plan = plan_of(w, &t);
    assert_non_null(call_to(plan, "PATCH", "/members/@me"));
    json_free(plan);
    tenant_release(&t);
}

static void a_preview_hands_out_no_message_that_counts(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct key sub;
    struct control_message m;
    tenant_init(&t);
    struct json *plan = plan_of(w, &t);
    const char *text = json_string(json_at(call_to(plan, "POST", "/messages"), "body.content"));
    key_derive(store_key(w->store, &w->error), SUBKEY_CONTROL, &sub);
    struct control_context context = {.author_id = BOT,
                                      .bot_id = BOT,
                                      .channel_id = CONTROL,
                                      .control_channel_id = CONTROL,
                                      .guild_id = GUILD,
                                      .tenant_guild_id = GUILD,
                                      .tenant = "tenant01",
                                      .now = time_now(),
                                      .database_revision = 1};
    assert_non_null(text);
    assert_int_equal(control_read(text, strlen(text), &sub, &context, &m), CONTROL_FORGED);

    struct push_call call;
    plan_control(&t, &no_features, &sub, "0123456789abcdef0123456789abcdef", 7, context.now, &call);
    text = json_get_string(call.body, "content");
    assert_int_equal(control_read(text, strlen(text), &sub, &context, &m), CONTROL_OK);
    assert_true(strlen(json_get_string(call.body, "nonce")) <= 25);
    assert_true(json_get_bool(call.body, "enforce_nonce", false));
    assert_true(json_is(json_at(call.body, "allowed_mentions.parse"), JSON_ARRAY));
    push_call_release(&call);
    json_free(plan);
    tenant_release(&t);
}

static void a_tenant_without_a_bot_to_push_with_has_an_empty_plan(void **state)
{
    struct world *w = *state;
    struct tenant t;
    tenant_init(&t);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_status(w->store, "tenant01", STATUS_SUSPENDED, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    struct json *plan = plan_of(w, &t);
    assert_int_equal(json_get_int(plan, "calls", -1), 0);
    assert_int_equal(json_count(json_get(plan, "discord")), 0);
    json_free(plan);
    tenant_release(&t);
}

static void what_discord_adds_to_a_command_is_no_difference(void **state)
{
    (void)state;
    static const char wanted_text[] =
        "[{\"name\":\"ping\",\"type\":1,\"description\":\"x\",\"options\":[]},"
        "{\"name\":\"rank\",\"type\":1,\"description\":\"y\",\"options\":[{\"name\":\"member\",\"type\":6,"
        "\"description\":\"z\",\"required\":false}]}]";
    static const char listed_text[] =
        "[{\"id\":\"1\",\"version\":\"9\",\"name\":\"rank\",\"type\":1,\"description\":\"y\",\"nsfw\":false,"
        "\"options\":[{\"name\":\"member\",\"type\":6,\"description\":\"z\"}]},"
        "{\"id\":\"2\",\"name\":\"ping\",\"description\":\"x\",\"default_member_permissions\":null}]";
    struct json *wanted = json_parse(wanted_text, strlen(wanted_text), NULL);
    struct json *listed = json_parse(listed_text, strlen(listed_text), NULL);
    assert_true(plan_commands_same(wanted, listed));
    json_set_string(json_push(listed, json_new_object()), "name", "left-over");
    assert_false(plan_commands_same(wanted, listed));
    json_free(wanted);
    json_free(listed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(what_discord_shows_already_is_not_called_for),
        world_test(only_what_is_queued_is_called_for),
        world_test(a_channel_is_looked_for_before_it_is_made),
        world_test(a_nickname_is_set_when_it_differs_and_cleared_when_it_was_set),
        world_test(a_preview_hands_out_no_message_that_counts),
        world_test(a_tenant_without_a_bot_to_push_with_has_an_empty_plan),
        cmocka_unit_test(what_discord_adds_to_a_command_is_no_difference),
    };
    return cmocka_run_group_tests_name("push/plan", tests, NULL, NULL);
}
