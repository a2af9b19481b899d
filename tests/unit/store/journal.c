/* The journal of a command, and putting its changes back and forth. */
#include "test.h"

#include "journal.h"

#define LATER (NOW + 60000)

static struct json *journal_of(struct world *w, void (*change)(struct world *))
{
    ok(store_begin(w->store, &w->error));
    ok(store_journal_begin(w->store, &w->error));
    change(w);
    struct json *changes = store_journal_end(w->store, &w->error);
    assert_non_null(changes);
    ok(store_commit(w->store, &w->error));
    return changes;
}

static void assert_json(const struct json *j, const char *expected)
{
    struct str text = STR_INIT;
    json_print(j, &text);
    assert_string_equal(str_text(&text), expected);
    str_release(&text);
}

static int apply(struct world *w, const struct json *changes, bool forward)
{
    if (store_begin(w->store, &w->error))
        return -1;
    if (store_journal_apply(w->store, changes, forward, LATER, &w->error)) {
        store_rollback(w->store);
        return -1;
    }
    return store_commit(w->store, &w->error);
}

static void load(struct world *w, struct tenant *t)
{
    ok(tenants_load(w->store, "tenant01", t, &w->error));
}

static int setup(void **state)
{
    if (world_setup(state))
        return -1;
    struct world *w = *state;
    return make_tenant(w->store, "tenant01", GUILD, PLAN_PREMIUM, &w->error);
}

static void change_several(struct world *w)
{
    int64_t revision;
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_SHOP, false, NULL, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_WELCOME, true, NULL, &w->error));
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_CONTROL, CHANNEL_ONE, NULL, &w->error));
    ok(tenants_set_config(w->store, "tenant01", CONFIG_PREFIX, "?", NULL, &w->error));
    ok(tenants_set_setting(w->store, "tenant01", FEATURE_WELCOME, "message", "hi", NULL, &w->error));
    ok(tenants_set_plan(w->store, "tenant01", PLAN_ENTERPRISE, NULL, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW + 1, &revision, &w->error));
    ok(outbox_queue(w->store, "tenant01", revision, 1, NOW, &w->error));
}

static void a_journal_names_table_key_before_and_after(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, change_several);
    assert_json(
        changes,
        "[{\"table\":\"tenants\",\"key\":{\"tenant_id\":\"tenant01\"},\"before\":{\"plan\":\"premium\"},"
        "\"after\":{\"plan\":\"enterprise\"}},"
        "{\"table\":\"features\",\"key\":{\"tenant_id\":\"tenant01\",\"feature\":\"shop\"},\"before\":{"
        "\"enabled\":true},"
        "\"after\":{\"enabled\":false}},"
        "{\"table\":\"features\",\"key\":{\"tenant_id\":\"tenant01\",\"feature\":\"welcome\"},\"before\":"
        "null,"
        "\"after\":{\"enabled\":true}},"
        "{\"table\":\"channels\",\"key\":{\"tenant_id\":\"tenant01\",\"type\":\"control\"},\"before\":null,"
        "\"after\":{\"channel_id\":\"300000000000000001\"}},"
        "{\"table\":\"bot_config\",\"key\":{\"tenant_id\":\"tenant01\",\"key\":\"prefix\"},\"before\":null,"
        "\"after\":{\"value\":\"?\"}},"
        "{\"table\":\"settings\",\"key\":{\"tenant_id\":\"tenant01\",\"feature\":\"welcome\",\"key\":"
        "\"message\"},"
        "\"before\":null,\"after\":{\"value\":\"hi\"}}]");
    json_free(changes);
}

static void undo_and_redo_reach_the_same_values(void **state)
{
    struct world *w = *state;
    struct tenant before, after, t;
    load(w, &before);
    struct json *changes = journal_of(w, change_several);
    load(w, &after);
    for (int i = 0; i < 2; i++) {
        ok(apply(w, changes, false));
        load(w, &t);
        assert_int_equal(t.plan, before.plan);
        assert_memory_equal(t.features, before.features, sizeof t.features);
        assert_memory_equal(t.channels, before.channels, sizeof t.channels);
        assert_null(t.config[CONFIG_PREFIX]);
        assert_int_equal(t.setting_count, 0);
        tenant_release(&t);
        ok(apply(w, changes, true));
        load(w, &t);
        assert_int_equal(t.plan, after.plan);
        assert_memory_equal(t.features, after.features, sizeof t.features);
        assert_memory_equal(t.channels, after.channels, sizeof t.channels);
        assert_string_equal(t.config[CONFIG_PREFIX], "?");
        assert_string_equal(tenant_setting(&t, FEATURE_WELCOME, "message"), "hi");
        tenant_release(&t);
    }
    json_free(changes);
    tenant_release(&before);
    tenant_release(&after);
}

static void touch_prefix(struct world *w)
{
    ok(tenants_set_config(w->store, "tenant01", CONFIG_PREFIX, "$", NULL, &w->error));
}

static void touch_language(struct world *w)
{
    ok(tenants_set_config(w->store, "tenant01", CONFIG_LANGUAGE, "en", NULL, &w->error));
}

static void a_conflict_is_per_value_and_changes_nothing(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct json *changes = journal_of(w, change_several);
    json_free(journal_of(w, touch_language));
    ok(apply(w, changes, false)); /* another value: no conflict */
    ok(apply(w, changes, true));
    json_free(journal_of(w, touch_prefix));
    fails(apply(w, changes, false), ERROR_REFUSED);
    assert_non_null(strstr(w->error.message, "bot_config tenant01 prefix"));
    load(w, &t);
    assert_int_equal(t.plan, PLAN_ENTERPRISE); /* what came before it in the list is not undone either */
    assert_string_equal(t.config[CONFIG_PREFIX], "$");
    tenant_release(&t);
    json_free(changes);
}

static void a_row_that_is_gone_or_back_is_a_conflict(void **state)
{
    struct world *w = *state;
    json_free(journal_of(w, touch_language));
    struct json *changes = journal_of(w, touch_prefix);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_config(w->store, "tenant01", CONFIG_PREFIX, NULL, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    fails(apply(w, changes, false), ERROR_REFUSED);
    ok(apply(w, changes, true));
    fails(apply(w, changes, true), ERROR_REFUSED);
    json_free(changes);
}

static void create_two(struct world *w)
{
    ok(make_tenant(w->store, "tenant02", GUILD + 1, PLAN_BASIC, &w->error));
}

static void undoing_a_create_hides_the_tenant_and_redo_brings_it_back(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct json *changes = journal_of(w, create_two);
    const struct json *row = json_first(changes);
    assert_string_equal(json_get_string(row, "table"), "tenants");
    assert_true(json_is(json_get(row, "before"), JSON_NULL));
    assert_json(json_get(row, "after"),
                "{\"name\":\"Store tenant02\",\"discord_id\":\"100000000000000001\","
                "\"guild_id\":\"200000000000000002\",\"status\":\"active\",\"plan\":\"basic\"}");
    fails(apply(w, changes, true), ERROR_REFUSED); /* it is there */
    ok(apply(w, changes, false));
    fails(tenants_load(w->store, "tenant02", &t, &w->error), ERROR_NO_SUCH);
    tenant_release(&t);
    fails(apply(w, changes, false), ERROR_REFUSED);
    ok(apply(w, changes, true));
    ok(tenants_load(w->store, "tenant02", &t, &w->error));
    assert_true(t.features[FEATURE_SHOP]);
    tenant_release(&t);
    ok(apply(w, changes, false));
    ok(make_tenant(w->store, "tenant03", GUILD + 1, PLAN_BASIC, &w->error));
    fails(apply(w, changes, true), ERROR_TAKEN);
    json_free(changes);
}

static void a_create_is_not_undone_when_its_values_were_touched(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, create_two);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant02", FEATURE_SHOP, false, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    fails(apply(w, changes, false), ERROR_REFUSED);
    json_free(changes);
}

static void delete_one(struct world *w)
{
    ok(tenants_set_deleted(w->store, "tenant01", true, NOW, NULL, &w->error));
}

static void undoing_a_delete_needs_the_guild_free(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct json *changes = journal_of(w, delete_one);
    assert_json(
        changes,
        "[{\"table\":\"tenants\",\"key\":{\"tenant_id\":\"tenant01\"},\"before\":{\"deleted_at\":null},"
        "\"after\":{\"deleted_at\":\"2026-08-01T12:00:00.000Z\"}}]");
    ok(apply(w, changes, false));
    load(w, &t);
    tenant_release(&t);
    ok(apply(w, changes, true));
    /* A redone deletion has its 30 days from now on. */
    ok(tenants_load_deleted(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.deleted_at, LATER);
    tenant_release(&t);
    ok(make_tenant(w->store, "tenant02", GUILD, PLAN_BASIC, &w->error));
    fails(apply(w, changes, false), ERROR_TAKEN);
    json_free(changes);
}

static void add_operator(struct world *w)
{
    ok(operators_set(w->store, 77, ROLE_OPERATOR, NOW, NULL, &w->error));
}

static void operators_are_journalled(void **state)
{
    struct world *w = *state;
    enum operator_role role;
    struct json *changes = journal_of(w, add_operator);
    assert_json(
        changes,
        "[{\"table\":\"operators\",\"key\":{\"discord_id\":\"77\"},\"before\":null,\"after\":{\"role\":"
        "\"operator\"}}]");
    ok(apply(w, changes, false));
    ok(operators_get(w->store, 77, &role, &w->error));
    assert_int_equal(role, ROLE_NONE);
    ok(apply(w, changes, true));
    ok(operators_get(w->store, 77, &role, &w->error));
    assert_int_equal(role, ROLE_OPERATOR);
    assert_int_equal(number(w, "SELECT added_at FROM operators"), LATER);
    json_free(changes);
}

static void set_token(struct world *w)
{
    ok(tokens_set(w->store, "tenant01", "the-secret-token", 9, &w->error));
}

static void a_token_is_shown_as_secret_and_never_put_back(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, set_token);
    assert_json(
        changes,
        "[{\"table\":\"tokens\",\"key\":{\"tenant_id\":\"tenant01\"},\"before\":null,\"after\":{\"sealed\":"
        "\"(secret)\"}}]");
    fails(apply(w, changes, false), ERROR_REFUSED);
    ok(store_begin(w->store, &w->error));
    ok(tokens_clear(w->store, "tenant01", NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    fails(apply(w, changes, true), ERROR_REFUSED);
    json_free(changes);
}

static void change_and_take_back(struct world *w)
{
    int64_t n;
    ok(tenants_set_status(w->store, "tenant01", STATUS_EXPIRED, NULL, &w->error));
    ok(store_savepoint(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_SHOP, false, NULL, &w->error));
    store_rollback_to(w->store);
    ok(tenants_set_status(w->store, "tenant01", STATUS_ACTIVE, NULL, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW, &n, &w->error));
}

static void what_was_taken_back_is_not_in_the_journal(void **state)
{
    struct world *w = *state;
    struct json *changes = journal_of(w, change_and_take_back);
    assert_json(changes, "[]");
    json_free(changes);
}

static void a_journal_ends_with_the_savepoint_that_began_it(void **state)
{
    struct world *w = *state;
    ok(store_begin(w->store, &w->error));
    ok(store_savepoint(w->store, &w->error));
    ok(store_journal_begin(w->store, &w->error));
    fails(store_journal_begin(w->store, &w->error), ERROR_INTERNAL);
    store_rollback_to(w->store);
    ok(store_journal_begin(w->store, &w->error));
    ok(store_savepoint(w->store, &w->error));
    store_rollback_to(w->store); /* a deeper one leaves it alone */
    json_free(store_journal_end(w->store, &w->error));
    store_rollback(w->store);
}

static void malformed_changes_are_refused(void **state)
{
    struct world *w = *state;
    static const char *const texts[] = {
        "[{}]",
        "[1,null]",
        "[{\"table\":\"sqlite_schema\",\"key\":{},\"before\":null,\"after\":{}}]",
        "[{\"table\":\"features\",\"key\":{\"tenant_id\":\"tenant01\"},\"before\":null,\"after\":{"
        "\"enabled\":true}}]",
        "[{\"table\":\"features\",\"key\":{\"tenant_id\":\"tenant01\",\"feature\":5},\"before\":null,"
        "\"after\":{}}]",
        "[{\"table\":\"features\",\"key\":{\"tenant_id\":\"tenant01\",\"feature\":\"welcome\"},\"before\":"
        "null,"
        "\"after\":{\"enabled\":\"x\"}}]",
        "[{\"table\":\"tenants\",\"key\":{},\"before\":null,\"after\":{\"name\":\"x\"}}]",
        "[{\"table\":\"tenants\",\"key\":{\"tenant_id\":\"nobody\"},\"before\":{\"name\":\"x\"},\"after\":{"
        "\"name\":\"y\"}}]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json *changes = json_parse(texts[i], strlen(texts[i]), NULL);
        assert_non_null(changes);
        assert_int_equal(apply(w, changes, true), -1);
        json_free(changes);
    }
}

/* The table of columns is written by hand: it must be what the migrations made. */
static void the_journal_knows_every_column(void **state)
{
    struct world *w = *state;
    for (const struct journal_table *t = journal_tables; t->name; t++) {
        sqlite3_stmt *stmt = NULL;
        int n = 0;
        assert_int_equal(sqlite3_prepare_v2(w->store->db,
                                            "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid", -1,
                                            &stmt, NULL),
                         SQLITE_OK);
        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            assert_non_null(t->columns[n].name);
            assert_string_equal(t->columns[n].name, (const char *)sqlite3_column_text(stmt, 0));
            if (sqlite3_column_int(stmt, 1) > 0) /* other columns may name the row too */
                assert_true(t->columns[n].key);
            n++;
        }
        assert_true(n > 0);
        assert_null(t->columns[n].name);
        sqlite3_finalize(stmt);
    }
}

#define test_here(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_here(a_journal_names_table_key_before_and_after),
        test_here(undo_and_redo_reach_the_same_values),
        test_here(a_conflict_is_per_value_and_changes_nothing),
        test_here(a_row_that_is_gone_or_back_is_a_conflict),
        test_here(undoing_a_create_hides_the_tenant_and_redo_brings_it_back),
        test_here(a_create_is_not_undone_when_its_values_were_touched),
        test_here(undoing_a_delete_needs_the_guild_free),
        test_here(operators_are_journalled),
        test_here(a_token_is_shown_as_secret_and_never_put_back),
        test_here(what_was_taken_back_is_not_in_the_journal),
        test_here(a_journal_ends_with_the_savepoint_that_began_it),
        test_here(malformed_changes_are_refused),
        test_here(the_journal_knows_every_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
