/* Backup, restore, doctor. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>

#include "tt/store/deliveries.h"

static int setup(void **state)
{
    if (world_setup(state))
        return -1;
    struct world *w = *state;
    return make_tenant(w->store, "tenant01", GUILD, PLAN_PREMIUM, &w->error);
}

static void rename_to(struct world *w, const char *name)
{
    int64_t n;
    struct audit_entry entry = {
        .time = NOW, .tenant = "tenant01", .who = "op:a", .face = "cli", .command = "rename"};
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_name(w->store, "tenant01", name, NULL, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW, &n, &w->error));
    ok(audit_add(w->store, &entry, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void assert_name(struct world *w, const char *name)
{
    struct tenant t;
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_string_equal(t.name, name);
    tenant_release(&t);
}

static void close_store(struct world *w)
{
    store_close(w->store);
    w->store = NULL;
}

static void count_progress(void *context, int64_t done, int64_t total)
{
    int64_t *last = context;
    assert_true(done >= *last && done <= total);
    *last = done;
}

/* --- backup --- */

static void a_backup_holds_what_is_only_in_the_log(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy"), *db = w->db;
    int64_t last = 0;
    rename_to(w, "only in the log");
    ok(store_backup(w->store, copy, count_progress, &last, &w->error));
    assert_true(last > 0);
    assert_int_equal(mode_of(copy), 0600);
    rename_to(w, "later");
    w->db = copy;
    world_open(w, STORE_READ);
    assert_name(w, "only in the log");
    w->db = db;
    free(copy);
}

static void a_backup_is_taken_beside_a_writer(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy");
    struct store *s = other(w, STORE_WRITE);
    ok(store_begin(s, &w->error));
    ok(tenants_set_name(s, "tenant01", "not committed", NULL, &w->error));
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    ok(store_commit(s, &w->error));
    store_close(s);
    world_open(w, STORE_READ);
    ok(store_backup(w->store, copy, NULL, NULL, &w->error)); /* over the first, from a reader */
    char *db = w->db;
    w->db = copy;
    world_open(w, STORE_READ);
    assert_name(w, "not committed");
    w->db = db;
    free(copy);
}

/* Over its lock others would lock another file; over its key nobody could read a secret again. */
static void a_backup_never_replaces_what_belongs_to_the_database(void **state)
{
    struct world *w = *state;
    static const char *const suffixes[] = {"-wal", "-shm", "-lock", ".lock", ".log"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *own = beside(w, suffixes[i]);
        fails(store_backup(w->store, own, NULL, NULL, &w->error), ERROR_REFUSED);
        free(own);
    }
    char *other_name = beside(w, ".other");
    assert_int_equal(symlink(w->key, other_name), 0);
    fails(store_backup(w->store, w->key, NULL, NULL, &w->error), ERROR_REFUSED);
    fails(store_backup(w->store, other_name, NULL, NULL, &w->error), ERROR_REFUSED);
    assert_string_equal(w->error.field, "file");
    unlink(other_name);
    free(other_name);
}

static void a_backup_refuses_bad_targets_and_leaves_nothing(void **state)
{
    struct world *w = *state;
    char *link_to = beside(w, ".link"), *nowhere = mem_format("%s/no/where", w->directory);
    fails(store_backup(w->store, w->db, NULL, NULL, &w->error), ERROR_REFUSED);
    assert_int_equal(symlink(w->db, link_to), 0);
    fails(store_backup(w->store, link_to, NULL, NULL, &w->error), ERROR_REFUSED);
    fails(store_backup(w->store, w->directory, NULL, NULL, &w->error), ERROR_REFUSED);
    fails(store_backup(w->store, nowhere, NULL, NULL, &w->error), ERROR_REFUSED);
    assert_false(store_in_transaction(w->store));
    free(nowhere);
    /* Another live database must not lose its file under its log. */
    char *db = w->db;
    w->db = mem_format("%s/other.db", w->directory);
    struct store *live = other(w, STORE_CREATE);
    fails(store_backup(w->store, w->db, NULL, NULL, &w->error), ERROR_REFUSED);
    store_close(live);
    free(w->db);
    w->db = db;
    free(link_to);
}

/* --- restore --- */

static void a_restored_database_has_the_old_values_and_higher_revisions(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy"), *kept = beside(w, ".before-restore");
    int64_t dropped = -1;
    struct tenant t;
    rename_to(w, "one"); /* revision 2 */
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, "tenant01", 2, 1, NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    rename_to(w, "two");
    rename_to(w, "three");
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, "tenant01", 4, 3, NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(bot_applied(w->store, "tenant01", 4, "", "discord", &w->error));
    ok(budget_add(w->store, NOW, 12, &w->error));
    fails(store_restore(copy, w->db, w->key, &dropped, &w->error), ERROR_REFUSED); /* it is open */
    close_store(w);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    assert_int_equal(dropped, 2); /* control of both files, commands of one */
    world_open(w, STORE_WRITE);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_string_equal(t.name, "one");
    assert_int_equal(t.revision, 5);
    assert_int_equal(t.applied_revision, 0);
    tenant_release(&t);
    int64_t n;
    ok(budget_count(w->store, NOW, &n, &w->error));
    assert_int_equal(n, 12);
    assert_int_equal(number(w, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(mode_of(w->db), 0600);
    close_store(w);
    /* The replaced file is whole, its log taken in. */
    char *db = w->db;
    w->db = kept;
    world_open(w, STORE_READ);
    assert_name(w, "three");
    close_store(w);
    w->db = db;
    ok(store_restore(kept, w->db, w->key, &dropped, &w->error)); /* and back again, from the kept one */
    world_open(w, STORE_WRITE);
    assert_name(w, "three");
    assert_int_equal(number(w, "SELECT revision FROM tenants"), 6);
    free(copy);
    free(kept);
}

static int64_t notice(struct world *w)
{
    struct tenant_scope scope = scope_of(w->store, "tenant01");
    int64_t delivery = 0;
    ok(store_begin(w->store, &w->error));
    ok(deliveries_add_notice(&scope, 7, 0, "{}", NOW, &delivery, &w->error));
    ok(store_commit(w->store, &w->error));
    return delivery;
}

/* The nonce of a message is the number of its delivery. */
static void what_a_backup_was_to_deliver_is_looked_for_and_no_number_comes_again(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy");
    int64_t dropped;
    notice(w);
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    int64_t last = notice(w);
    close_store(w);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    world_open(w, STORE_WRITE);
    assert_int_equal(number(w, "SELECT count(*) FROM deliveries"), 1);
    assert_int_equal(number(w, "SELECT count(*) FROM deliveries WHERE tried_at <> 0"), 1);
    assert_int_equal(number(w, "SELECT after_id FROM deliveries"),
                     snowflake_since(NOW - TIME_DAY)); /* as it was due */
    assert_int_equal(notice(w), last + 1);
    assert_int_equal(number(w, "SELECT tried_at FROM deliveries ORDER BY delivery DESC LIMIT 1"), 0);
    close_store(w);
    /* Nothing had a number yet on the backup's day. */
    world_open(w, STORE_WRITE);
    ok(store_begin(w->store, &w->error));
    ok(sql_run(w->store, &w->error, "DELETE FROM sqlite_sequence", ""));
    ok(store_commit(w->store, &w->error));
    unlink(copy);
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    last = notice(w);
    close_store(w);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    world_open(w, STORE_WRITE);
    assert_int_equal(notice(w), last + 1);
    free(copy);
}

static int hold_open(struct world *w, int fd)
{
    struct store *s = other(w, STORE_READ);
    struct tenant t;
    char c = 'x';
    tenants_load(s, "tenant01", &t, NULL);
    if (write(fd, &c, 1) != 1)
        return 1;
    pause();
    return 0;
}

static void a_restore_is_refused_while_another_process_reads(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy"), c;
    int64_t dropped;
    int pipes[2];
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    close_store(w);
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = child(hold_open, w, pipes[1]);
    assert_int_equal(read(pipes[0], &c, 1), 1);
    fails(store_restore(copy, w->db, w->key, &dropped, &w->error), ERROR_REFUSED);
    assert_false(exists_beside(w, ".before-restore"));
    kill(pid, SIGKILL);
    wait_for(pid);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    close(pipes[0]);
    close(pipes[1]);
    /* A foreign program's connection counts too. */
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(w->db, &db), SQLITE_OK);
    world_open(w, STORE_WRITE);
    close_store(w);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM tenants", NULL, NULL, NULL), SQLITE_OK);
    fails(store_restore(copy, w->db, w->key, &dropped, &w->error), ERROR_REFUSED);
    sqlite3_close(db);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    free(copy);
}

static void restore_checks_its_source_first(void **state)
{
    struct world *w = *state;
    char *bad = beside(w, ".bad"), *copy = beside(w, ".copy");
    int64_t dropped;
    rename_to(w, "mine");
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    close_store(w);
    fails(store_restore(bad, w->db, w->key, &dropped, &w->error), ERROR_DB_MISSING);
    ok(file_put(bad, "garbage", 7, 0600));
    fails(store_restore(bad, w->db, w->key, &dropped, &w->error), ERROR_DB_DAMAGED);
    unlink(bad);
    sqlite3 *db = NULL;
    sqlite3_open(bad, &db);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fails(store_restore(bad, w->db, w->key, &dropped, &w->error), ERROR_DB_DAMAGED);
    unlink(bad);
    /* Pages that are broken. */
    struct str bytes = STR_INIT;
    ok(fs_read(copy, 64 << 20, &bytes, &w->error));
    memset(bytes.data + 8192, 0x5a, 4096);
    ok(file_put(bad, bytes.data, bytes.len, 0600));
    str_release(&bytes);
    fails(store_restore(bad, w->db, w->key, &dropped, &w->error), ERROR_DB_DAMAGED);
    /* Another database's key. */
    struct key other_key;
    char *key = w->key;
    w->key = mem_format("%s/other-key", w->directory);
    ok(key_create(w->key, &other_key, &w->error));
    fails(store_restore(copy, w->db, w->key, &dropped, &w->error), ERROR_KEY_WRONG);
    free(w->key);
    w->key = key;
    world_open(w, STORE_WRITE);
    assert_name(w, "mine");
    assert_false(exists_beside(w, ".before-restore"));
    free(bad);
    free(copy);
}

static void restore_replaces_a_damaged_or_missing_database(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy");
    int64_t dropped;
    rename_to(w, "good");
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    assert_int_equal(checkpoint_run(w->store, 100), 0);
    close_store(w);
    int fd = open(w->db, O_RDWR);
    char garbage[8192];
    memset(garbage, 0x33, sizeof garbage);
    assert_int_equal(pwrite(fd, garbage, sizeof garbage, 0), (ssize_t)sizeof garbage);
    close(fd);
    fails(world_try(w, STORE_WRITE, 0), ERROR_DB_DAMAGED);
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    world_open(w, STORE_WRITE);
    assert_name(w, "good");
    close_store(w);
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < 4; i++) {
        char *path = beside(w, suffixes[i]);
        unlink(path);
        free(path);
    }
    ok(store_restore(copy, w->db, w->key, &dropped, &w->error));
    world_open(w, STORE_WRITE);
    assert_name(w, "good");
    free(copy);
}

static void restore_does_not_touch_another_programs_database(void **state)
{
    struct world *w = *state;
    char *copy = beside(w, ".copy"), *foreign = beside(w, ".foreign");
    int64_t dropped;
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    sqlite3 *db = NULL;
    sqlite3_open(foreign, &db);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fails(store_restore(copy, foreign, w->key, &dropped, &w->error), ERROR_DB_DAMAGED);
    free(copy);
    free(foreign);
}

/* --- doctor --- */

static bool check_ok(const struct json *doctor, const char *name, const char **detail)
{
    json_each(check, json_get(doctor, "checks"))
    {
        if (str_equal(json_get_string(check, "name"), name)) {
            *detail = json_get_string(check, "detail");
            return json_get_bool(check, "ok", false);
        }
    }
    fail_msg("doctor has no check '%s'", name);
    return false;
}

static void examine(struct world *w, bool good, const char *name)
{
    const char *detail = NULL;
    struct json *doctor = store_doctor(w->store, NOW);
    struct str text = STR_INIT;
    json_print(doctor, &text);
    if (json_get_bool(doctor, "ok", !good) != good || (name && check_ok(doctor, name, &detail) != good))
        fail_msg("%s", text.data);
    str_release(&text);
    json_free(doctor);
}

static void sql(struct world *w, const char *text)
{
    char *message = NULL;
    if (sqlite3_exec(w->store->db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
}

static void doctor_finds_a_sound_database_sound(void **state)
{
    struct world *w = *state;
    const char *detail;
    rename_to(w, "audited");
    ok(store_begin(w->store, &w->error));
    ok(tokens_set(w->store, "tenant01", "a-token-of-this", 5, &w->error));
    ok(store_commit(w->store, &w->error));
    examine(w, true, "integrity");
    world_open(w, STORE_READ);
    examine(w, true, "sealed");
    struct json *doctor = store_doctor(w->store, NOW);
    assert_true(check_ok(doctor, "sqlite", &detail));
    assert_non_null(strstr(detail, sqlite3_libversion()));
    assert_non_null(strstr(detail, "sqlite3 FILE"));
    json_free(doctor);
}

static void doctor_names_each_inconsistency(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *check, *spoil, *mend;
    } cases[] = {
        {"audit", "UPDATE tenants SET revision = 2", "UPDATE tenants SET revision = 1"},
        {"applied", "INSERT INTO bot_states (tenant_id, applied_revision) VALUES ('tenant01', 7)",
         "DELETE FROM bot_states"},
        {"hash", "INSERT INTO bot_states (tenant_id, hash_differs) VALUES ('tenant01', 1)",
         "DELETE FROM bot_states"},
        {"outbox",
         "INSERT INTO outbox (tenant_id, kind, revision, state) VALUES ('tenant01', 'control', 1, 'failed')",
         "DELETE FROM outbox"},
        {"outbox",
         "INSERT INTO outbox (tenant_id, kind, revision, state, leased_until) VALUES ('tenant01', 'control', "
         "1, 'leased', 5)",
         "DELETE FROM outbox"},
        {"tokens", "UPDATE tenants SET token = 'set'", "UPDATE tenants SET token = 'none'"},
        {"foreign_keys", "PRAGMA foreign_keys = OFF; INSERT INTO features VALUES ('nobody', 'shop', 1)",
         "DELETE FROM features WHERE tenant_id = 'nobody'; PRAGMA foreign_keys = ON"},
        {"undo",
         "INSERT INTO audit (time, who, face, command, undone_by) VALUES (1, 'op:a', 'cli', 'plan', 50)",
         "DELETE FROM audit"},
        {"schema", "UPDATE migrations SET sha256 = substr(sha256, 2) || 'x' WHERE number = 1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        examine(w, true, cases[i].check);
        sql(w, cases[i].spoil);
        examine(w, false, cases[i].check);
        if (cases[i].mend)
            sql(w, cases[i].mend);
    }
}

static void doctor_looks_at_modes_and_the_key(void **state)
{
    struct world *w = *state;
    chmod(w->db, 0644);
    examine(w, false, "modes");
    chmod(w->db, 0600);
    world_open(w, STORE_RAW);
    examine(w, true, "modes");
    char *moved = mem_format("%s.moved", w->key);
    assert_int_equal(rename(w->key, moved), 0);
    world_open(w, STORE_RAW);
    examine(w, false, "key");
    assert_int_equal(rename(moved, w->key), 0);
    free(moved);
}

static void doctor_survives_damaged_and_foreign_files(void **state)
{
    struct world *w = *state;
    assert_int_equal(checkpoint_run(w->store, 100), 0);
    int64_t size = size_of(w->db);
    close_store(w);
    char garbage[4096];
    memset(garbage, 0xa5, sizeof garbage);
    for (int64_t at = size - 4096; at >= 0; at -= 4096) {
        int fd = open(w->db, O_RDWR);
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, at), (ssize_t)sizeof garbage);
        close(fd);
        if (at % 32768 && at > 16384)
            continue;
        assert_int_equal(world_try(w, STORE_RAW, 0), 0);
        examine(w, false, "integrity");
        close_store(w);
    }
    unlink(w->db);
    ok(file_put(w->db, "", 0, 0600));
    assert_int_equal(world_try(w, STORE_RAW, 0), 0);
    examine(w, false, "file");
}

#define test_here(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_here(a_backup_holds_what_is_only_in_the_log),
        test_here(a_backup_is_taken_beside_a_writer),
        test_here(a_backup_never_replaces_what_belongs_to_the_database),
        test_here(a_backup_refuses_bad_targets_and_leaves_nothing),
        test_here(a_restored_database_has_the_old_values_and_higher_revisions),
        test_here(what_a_backup_was_to_deliver_is_looked_for_and_no_number_comes_again),
        test_here(a_restore_is_refused_while_another_process_reads),
        test_here(restore_checks_its_source_first),
        test_here(restore_replaces_a_damaged_or_missing_database),
        test_here(restore_does_not_touch_another_programs_database),
        test_here(doctor_finds_a_sound_database_sound),
        test_here(doctor_names_each_inconsistency),
        test_here(doctor_looks_at_modes_and_the_key),
        test_here(doctor_survives_damaged_and_foreign_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
