/* Modules: an event and the stored state in, effects out; no network. */
#include "../world.h"

#include "daemon.h"

#define USER INT64_C(500000000000000001)
#define CHANNEL INT64_C(300000000000000002)

struct scene {
    struct world *w;
    struct snapshot *snapshot;
    struct effects out;
};

static void set(struct scene *s, enum feature f, const char *key, const char *value)
{
    struct world *w = s->w;
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", f, true, NULL, &w->error));
    if (key)
        ok(tenants_set_setting(w->store, "tenant01", f, key, value, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void load(struct scene *s)
{
    struct world *w = s->w;
    struct tenant t;
    snapshot_drop(s->snapshot);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    s->snapshot = snapshot_new(&t, bot_features());
    tenant_release(&t);
}

static int scene_begin(void **state)
{
    struct scene *s = mem_zero(1, sizeof *s);
    void *w;
    world_begin(&w);
    s->w = w;
    effects_init(&s->out);
    load(s);
    *state = s;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *s = *state;
    void *w = s->w;
    effects_release(&s->out);
    snapshot_drop(s->snapshot);
    free(s);
    return world_teardown(&w);
}

static void run(struct scene *s, const struct handler *h, const char *command)
{
    struct error e = {0};
    struct module_context c = {.snapshot = s->snapshot,
                               .tenant = &s->snapshot->tenant,
                               .features = bot_features(),
                               .language = s->snapshot->language,
                               .now = NOW,
                               .latency_ms = 41,
                               .server = "Guild {user} of Rina",
                               .user_id = USER,
                               .channel_id = CHANNEL,
                               .user_name = "rina",
                               .command = command,
                               .text = "",
                               .out = &s->out};
    effects_release(&s->out);
    assert_non_null(h);
    if (h->run(&c, &e))
        fail_msg("%s: %s", h->name, e.message);
}

static const struct handler *command(struct scene *s, const char *name)
{
    const struct module *off;
    return module_command(&s->snapshot->tenant, name, &off);
}

static const char *content(const struct effect *effect)
{
    return json_get_string(effect->document, "content");
}

static const struct handler *member_add(const struct tenant *t)
{
    for (const struct module *const *m = modules; *m; m++) {
        if ((*m)->member_add && module_on(*m, t))
            return (*m)->member_add;
    }
    return NULL;
}

static void ping_answers_with_the_latency(void **state)
{
    struct scene *s = *state;
    run(s, command(s, "ping"), "ping");
    assert_int_equal(s->out.first->kind, EFFECT_ANSWER);
    assert_non_null(strstr(content(s->out.first), "41"));
}

static void help_names_the_commands_that_are_there(void **state)
{
    struct scene *s = *state;
    set(s, FEATURE_CUSTOM_COMMANDS, "rules", "be kind");
    load(s);
    run(s, command(s, "help"), "help");
    assert_true(s->out.first->secret);
    struct str text = STR_INIT;
    json_print(s->out.first->document, &text);
    assert_non_null(strstr(str_text(&text), "rules"));
    str_release(&text);
}

static void a_member_is_greeted_and_given_the_role(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    set(s, FEATURE_WELCOME, "message", "Hi {user}, this is {server} {unknown}");
    set(s, FEATURE_WELCOME, "auto_role", "600000000000000001");
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_WELCOME, CHANNEL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    load(s);
    run(s, member_add(&s->snapshot->tenant), "");
    const struct effect *greeting = s->out.first, *role = greeting->next;
    assert_int_equal(greeting->kind, EFFECT_SEND);
    assert_int_equal(greeting->channel_id, CHANNEL);
    /* A value is put in literally: the server's name is not a template. */
    assert_string_equal(content(greeting),
                        "Hi <@500000000000000001>, this is Guild {user} of Rina {unknown}");
    assert_string_equal(json_string(json_at(greeting->document, "allowed_mentions.users.0")),
                        "500000000000000001");
    assert_int_equal(role->kind, EFFECT_ROLE);
    assert_int_equal(role->role_id, INT64_C(600000000000000001));
    assert_int_equal(role->user_id, USER);
    assert_null(role->next);
}

static void without_a_channel_nobody_is_greeted(void **state)
{
    struct scene *s = *state;
    set(s, FEATURE_WELCOME, NULL, NULL);
    load(s);
    run(s, member_add(&s->snapshot->tenant), "");
    assert_null(s->out.first);
}

static void a_module_that_is_off_hears_nothing(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    const struct module *off;
    assert_null(member_add(&s->snapshot->tenant)); /* welcome is off by default */
    set(s, FEATURE_CUSTOM_COMMANDS, "rules", "be kind");
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_CUSTOM_COMMANDS, false, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    load(s);
    assert_null(module_command(&s->snapshot->tenant, "rules", &off));
    assert_non_null(off);
    assert_int_equal(off->spec->feature, FEATURE_CUSTOM_COMMANDS);
    assert_null(module_command(&s->snapshot->tenant, "nothing", &off));
    assert_null(off);
}

static void a_custom_command_answers_its_text_with_its_places_filled(void **state)
{
    struct scene *s = *state;
    set(s, FEATURE_CUSTOM_COMMANDS, "rules", "{user}: see {channel} in {server} @everyone");
    load(s);
    run(s, command(s, "rules"), "rules");
    assert_string_equal(content(s->out.first), "<@500000000000000001>: see <#300000000000000002> in "
                                               "Guild {user} of Rina @everyone");
    assert_int_equal(json_count(json_at(s->out.first->document, "allowed_mentions.parse")), 0);
    assert_null(command(s, "Rules2"));
}

static int check(struct scene *s, const char *key, const char *value, struct error *e)
{
    char *out = NULL;
    *e = (struct error){0};
    int rc = setting_check(feature_find(bot_features(), FEATURE_CUSTOM_COMMANDS), &s->snapshot->tenant, key,
                           value, &out, e);
    free(out);
    return rc;
}

static void names_of_custom_commands_are_checked(void **state)
{
    struct scene *s = *state;
    struct error e;
    assert_int_equal(check(s, "rules", "x", &e), 0);
    assert_int_equal(check(s, "Rules", "x", &e), -1);
    assert_int_equal(e.code, ERROR_MALFORMED);
    assert_int_equal(check(s, "a b", "x", &e), -1);
    assert_int_equal(check(s, "abcdefghijklmnopqrstuvwxyz0123456", "x", &e), -1);
    assert_int_equal(check(s, "ping", "x", &e), -1);
    assert_int_equal(e.code, ERROR_TAKEN);
    assert_int_equal(check(s, "ping", "none", &e), 0); /* removing is always allowed */
}

static void the_plan_limits_the_number_of_custom_commands(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct error e;
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof key, "c%d", i);
        ok(tenants_set_setting(w->store, "tenant01", FEATURE_CUSTOM_COMMANDS, key, "x", NULL, &w->error));
    }
    ok(store_commit(w->store, &w->error));
    load(s);
    assert_int_equal(check(s, "c5", "changed", &e), 0);
    assert_int_equal(check(s, "one-more", "x", &e), -1);
    assert_int_equal(e.code, ERROR_NOT_IN_PLAN);
    assert_non_null(strstr(e.hint, "enterprise"));
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, scene_begin, scene_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(ping_answers_with_the_latency),
        scene_test(help_names_the_commands_that_are_there),
        scene_test(a_member_is_greeted_and_given_the_role),
        scene_test(without_a_channel_nobody_is_greeted),
        scene_test(a_module_that_is_off_hears_nothing),
        scene_test(a_custom_command_answers_its_text_with_its_places_filled),
        scene_test(names_of_custom_commands_are_checked),
        scene_test(the_plan_limits_the_number_of_custom_commands),
    };
    return cmocka_run_group_tests_name("bot/modules", tests, NULL, NULL);
}
