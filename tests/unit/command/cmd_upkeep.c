#include "cmd_world.h"

static void a_backup_is_restored(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "backup %s/b.db --dry-run", w->directory);
    world_ok(w, "backup %s/b.db", w->directory);
    assert_non_null(world_text(w, "file"));
    w->yes = false;
    char line[128];
    snprintf(line, sizeof(line), "backup %s/b.db", w->directory);
    world_fails(w, ERROR_REFUSED, line);
    snprintf(line, sizeof(line), "backup %s", w->db);
    world_fails(w, ERROR_REFUSED, line);
    world_ok(w, "features tenant01 shop off");
    snprintf(line, sizeof(line), "restore %s/b.db --yes", w->directory);
    world_fails(w, ERROR_REFUSED, line);
    world_close(w);
    world_ok(w, "restore %s/b.db --dry-run", w->directory);
    assert_non_null(w->outcome.plan);
    snprintf(line, sizeof(line), "restore %s/b.db", w->directory);
    world_fails(w, ERROR_REFUSED, line);
    world_ok(w, "restore %s/b.db --yes", w->directory);
    assert_true(w->outcome.changed);
    assert_true(w->outcome.audit > 0);
    world_open(w);
    struct tenant t = world_tenant(w, "tenant01");
    assert_true(t.features[FEATURE_SHOP]);
    assert_int_equal(t.revision, 3);
    tenant_release(&t);
    world_ok(w, "audit --limit 1");
    assert_memory_equal(world_text(w, "items.0.command"), "restore ", 8);
}

static void doctor_is_well_with_a_fresh_database(void **state)
{
    struct world *w = *state;

    world_close(w);
    world_ok(w, "doctor");
    assert_true(json_get_bool(w->document, "ok", false));
    assert_true(json_count(json_get(w->document, "checks")) > 0);
    assert_non_null(world_text(w, "checks.0.name"));
    unlink(w->db);
    world_fails(w, ERROR_DB_MISSING, "doctor");
}

static void doctor_tells_of_a_damaged_file_in_its_document(void **state)
{
    struct world *w = *state;

    char wal[100];

    world_close(w);
    snprintf(wal, sizeof(wal), "%s-wal", w->db);
    unlink(wal);
    file_put(w->db, "this is no database at all, not even nearly so", 46, 0600);
    world_fails(w, ERROR_REFUSED, "doctor");
    assert_non_null(w->document);
    assert_false(json_get_bool(w->document, "ok", true));
}

static void migrate_makes_a_database_and_then_has_nothing_to_do(void **state)
{
    struct world *w = *state;

    world_close(w);
    world_ok(w, "migrate");
    assert_false(w->outcome.changed);
    unlink(w->db);
    unlink(w->key);
    world_ok(w, "migrate --dry-run");
    assert_false(fs_exists(w->db));
    world_ok(w, "migrate");
    assert_true(w->outcome.changed);
    assert_int_equal(json_get_int(w->outcome.extra, "from", -1), 0);
    assert_int_equal(json_get_int(w->outcome.extra, "to", -1), store_schema_newest());
    assert_true(fs_exists(w->db));
}

static const char old_log[] = "2026-07-31T10:00:00.000Z info - daemon started\n";
static const char new_log[] =
    "2026-08-01T10:00:00.000Z info tenant01 gateway ready in 31 ms\n"
    "garbage\n"
    "2026-08-01T11:00:00.500Z warn tenant02 push refused\n"
    "{\"time\":\"2026-08-01T12:00:00.000Z\",\"level\":\"error\",\"tenant\":\"tenant01\","
    "\"event\":\"gateway\",\"message\":\"closed\"}\n"
    "2026-08-01T12:00:01.000Z info tenant01 half";

static void logs_reads_the_files_in_order_and_filters(void **state)
{
    struct world *w = *state;
    char path[100];

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "logs");
    assert_int_equal(json_count(json_get(w->document, "items")), 0);
    snprintf(path, sizeof(path), "%s.log", w->db);
    file_put(path, new_log, strlen(new_log), 0600);
    snprintf(path, sizeof(path), "%s.log.1", w->db);
    file_put(path, old_log, strlen(old_log), 0600);
    world_ok(w, "logs");
    assert_int_equal(json_count(json_get(w->document, "items")), 4);
    assert_string_equal(world_text(w, "items.0.event"), "daemon");
    assert_true(json_is(world_at(w, "items.0.tenant_id"), JSON_NULL));
    assert_string_equal(world_text(w, "items.1.message"), "ready in 31 ms");
    assert_string_equal(world_text(w, "items.3.message"), "closed");
    world_ok(w, "logs tenant01");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    world_ok(w, "logs --level warn");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    world_ok(w, "logs --since 2026-08-01T10:30:00Z");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    world_as_role(w, ROLE_VIEWER);
    world_ok(w, "logs --level warn");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    assert_string_equal(world_text(w, "items.1.message"), "closed");
    world_as_owner(w);
    world_fails(w, ERROR_UNKNOWN_WORD, "logs --level loud");
    world_fails(w, ERROR_REFUSED, "logs --follow");
}

static void on_discord_logs_shows_the_newest_lines_only(void **state)
{
    struct world *w = *state;
    struct str log = STR_INIT;
    char path[100];

    for (int i = 1; i <= 120; i++)
        str_addf(&log, "2026-08-01T10:00:00.000Z info - daemon line %d\n", i);
    snprintf(path, sizeof(path), "%s.log", w->db);
    file_put(path, log.data, log.len, 0600);
    str_release(&log);
    world_as_role(w, ROLE_VIEWER);
    world_ok(w, "logs");
    assert_int_equal(json_count(json_get(w->document, "items")), 50);
    assert_string_equal(world_text(w, "items.0.message"), "line 71");
    assert_string_equal(world_text(w, "items.49.message"), "line 120");
    assert_int_equal(json_get_int(w->document, "total", -1), 120);
}

static int fake_follow(void *context, const char *path, int64_t offset, void (*each)(void *, const char *),
                       void *arg)
{
    struct world *w = context;

    assert_true(fs_exists(path));
    assert_int_equal(offset, strlen(old_log));
    each(arg, "2026-08-01T10:00:00.000Z info - daemon later");
    assert_non_null(strstr(str_text(&w->out), "later"));
    return 0;
}

static void followed_lines_go_out_as_they_come(void **state)
{
    struct world *w = *state;
    char path[100];

    w->ports.follow = fake_follow;
    snprintf(path, sizeof(path), "%s.log", w->db);
    file_put(path, old_log, strlen(old_log), 0600);
    world_ok(w, "logs --follow");
    assert_non_null(strstr(str_text(&w->out), "\"daemon\",\"message\":\"later"));
}

static void help_and_version_need_no_database(void **state)
{
    struct world *w = *state;

    world_close(w);
    world_ok(w, "help");
    assert_non_null(strstr(str_text(&w->out), "features"));
    assert_null(strstr(str_text(&w->out), "complete"));
    world_ok(w, "help bot");
    assert_non_null(strstr(str_text(&w->out), "bot restart"));
    world_ok(w, "help bot list");
    assert_null(strstr(str_text(&w->out), "bot restart"));
    world_fails(w, ERROR_UNKNOWN_COMMAND, "help featrues");
    world_ok(w, "version");
    assert_string_equal(world_text(w, "version"), TENANTTUI_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_backup_is_restored, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(doctor_is_well_with_a_fresh_database, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(doctor_tells_of_a_damaged_file_in_its_document, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(migrate_makes_a_database_and_then_has_nothing_to_do, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(logs_reads_the_files_in_order_and_filters, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(on_discord_logs_shows_the_newest_lines_only, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(followed_lines_go_out_as_they_come, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(help_and_version_need_no_database, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
