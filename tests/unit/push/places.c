/* Channels and roles that a tenant names are looked for in its guild, once. */
#include "scene.h"

#define PLACES (1u << PUSH_CHANNELS | 1u << PUSH_ROLES)
#define LISTED                                                                                           \
    "[{\"id\":\"300000000000000001\",\"type\":0},{\"id\":\"41\",\"type\":4},{\"id\":\"42\",\"type\":5}," \
    "{\"id\":\"43\",\"type\":2}]"

static const struct setting_spec settings[] = {
    {.key = "auto_role", .type = SETTING_ID, .roles = true}, {.key = "other", .type = SETTING_ID}, {0}};
static const struct feature_spec welcome = {.feature = FEATURE_WELCOME, .settings = settings};
static const struct feature_spec *const specs[] = {&welcome};

static void check(enum push_kind kind, const char *wanted, const char *listed, const char *found,
                  const char *wrong)
{
    struct str good = STR_INIT, bad = STR_INIT;
    struct json *list = json_parse(listed, strlen(listed), NULL);
    places_check(kind, wanted, list, &good, &bad);
    assert_string_equal(str_text(&good), found);
    assert_string_equal(str_text(&bad), wrong);
    json_free(list);
    str_release(&good);
    str_release(&bad);
}

static void a_channel_must_be_in_the_guild_and_of_the_right_type(void **state)
{
    (void)state;
    check(PUSH_CHANNELS, "welcome 42,ticket_category 41", LISTED, "welcome 42,ticket_category 41", "");
    check(PUSH_CHANNELS, "welcome 44,logs 42", LISTED, "logs 42", "welcome 44 is no channel of this guild");
    check(PUSH_CHANNELS, "welcome 43,ticket_category 42,logs 41", LISTED, "",
          "welcome 43 is no text channel; ticket_category 42 is no category; logs 41 is no text channel");
    check(PUSH_CHANNELS, "", LISTED, "", "");
    check(PUSH_ROLES, "welcome auto_role 7,shop staff_roles 8", "[{\"id\":\"8\"}]", "shop staff_roles 8",
          "welcome auto_role 7 is no role of this guild");
}

static void what_was_found_before_is_known_entry_by_entry(void **state)
{
    (void)state;
    assert_true(places_known("", ""));
    assert_true(places_known("logs 2", "welcome 1,logs 2"));
    assert_false(places_known("logs 2", ""));
    assert_false(places_known("logs 2", "logs 22,welcome 2"));
    assert_false(places_known("welcome 1,logs 3", "welcome 1,logs 2"));
}

/* --- pushed --- */

static void set_channel(struct scene *s, enum channel type, int64_t id)
{
    struct world *w = s->w;
    bool changed;
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_channel(w->store, "tenant01", type, id, &changed, &w->error));
    ok(store_commit(w->store, &w->error));
}

static int lists_asked(const struct scene *s)
{
    int n = 0;
    for (int i = 0; i < s->count; i++)
        n += str_equal(s->calls[i].method, "GET") &&
             (kind_of(s->calls[i].path) == PUSH_CHANNELS || kind_of(s->calls[i].path) == PUSH_ROLES);
    return n;
}

static void go(struct scene *s, unsigned kinds)
{
    struct push_request r = request_of(change_kinds(s, kinds), 5000);
    push(s, &r);
}

static bool channels_failed(void *context)
{
    struct push_row rows[PUSH_KIND_COUNT];
    return rows_left(context, rows) && rows[PUSH_CHANNELS].state == PUSH_FAILED;
}

static void a_channel_of_another_guild_fails_until_it_is_put_right(void **state)
{
    struct scene *s = *state;
    s->channels = LISTED;
    set_channel(s, CHANNEL_WELCOME, 123);
    go(s, PLACES);
    assert_int_equal(s->result.state, PUSH_STATE_PENDING); /* no message was asked for: it counts as taken */
    assert_string_equal(json_string(json_at(s->result.failed, "0.kind")), "channels");
    assert_string_equal(json_string(json_at(s->result.failed, "0.reason")),
                        "welcome 123 is no channel of this guild");
    assert_runs_until(&s->loop, channels_failed, s);
    assert_int_equal(lists_asked(s), 1); /* no role is named */
    go(s, 1u << PUSH_NICKNAME);          /* what else is pushed asks nothing, and tells of it */
    assert_string_equal(json_string(json_at(s->result.failed, "0.kind")), "channels");
    assert_int_equal(lists_asked(s), 1);
    set_channel(s, CHANNEL_WELCOME, 42);
    go(s, PLACES);
    assert_runs_until(&s->loop, all_written, s);
    assert_null(s->result.failed);
    assert_int_equal(lists_asked(s), 2);
    go(s, PLACES); /* all are known */
    assert_runs_until(&s->loop, all_written, s);
    set_channel(s, CHANNEL_WELCOME, 0);
    go(s, PLACES);
    assert_runs_until(&s->loop, all_written, s);
    assert_int_equal(lists_asked(s), 2);
}

static void a_role_that_a_setting_names_is_looked_for(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    bool changed;
    s->features = (struct feature_list){specs, 1};
    s->roles = "[{\"id\":\"8\"}]";
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_setting(w->store, "tenant01", FEATURE_WELCOME, "auto_role", "7", &changed, &w->error));
    ok(tenants_set_setting(w->store, "tenant01", FEATURE_WELCOME, "other", "9", &changed, &w->error));
    ok(store_commit(w->store, &w->error));
    go(s, 1u << PUSH_ROLES);
    assert_string_equal(json_string(json_at(s->result.failed, "0.kind")), "roles");
    assert_string_equal(json_string(json_at(s->result.failed, "0.reason")),
                        "welcome auto_role 7 is no role of this guild");
}

static void a_list_that_cannot_be_had_is_asked_for_again(void **state)
{
    struct scene *s = *state;
    struct push_row rows[PUSH_KIND_COUNT];
    s->status_of[PUSH_CHANNELS] = 503;
    struct push_request r = request_of(change_kinds(s, PLACES), 0);
    push(s, &r);
    assert_null(s->result.failed);
    assert_true(rows_left(s, rows));
    assert_int_not_equal(rows[PUSH_CHANNELS].state, PUSH_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_must_be_in_the_guild_and_of_the_right_type),
        cmocka_unit_test(what_was_found_before_is_known_entry_by_entry),
        scene_test(a_channel_of_another_guild_fails_until_it_is_put_right),
        scene_test(a_role_that_a_setting_names_is_looked_for),
        scene_test(a_list_that_cannot_be_had_is_asked_for_again),
    };
    return cmocka_run_group_tests_name("push/places", tests, NULL, NULL);
}
