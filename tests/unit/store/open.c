/* Opening: what is made, what is refused and how, migrations, read-only places. */
#include "test.h"

#include <fcntl.h>

#include "migration.h"

static void sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
    sqlite3_close(db);
}

static int entries;
static int count_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)path, (void)st, (void)ftw;
    entries += kind == FTW_F;
    return 0;
}

static int count_entries(const char *directory)
{
    entries = 0;
    nftw(directory, count_one, 16, FTW_PHYS);
    return entries;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    assert_int_equal(file_put(path, bytes, n, 0600), 0);
}

/* --- making --- */

static void a_new_database_is_private_and_complete(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    assert_int_equal(mode_of(w->db), 0600);
    char *wal = beside(w, "-wal"), *lock = beside(w, "-lock");
    assert_int_equal(mode_of(wal), 0600);
    assert_int_equal(mode_of(lock), 0600);
    assert_int_equal(mode_of(w->key), 0600);
    assert_int_equal(store_schema_version(w->store), store_schema_newest());
    assert_int_equal(number(w, "PRAGMA application_id"), STORE_APPLICATION_ID);
    assert_int_equal(number(w, "SELECT count(*) FROM meta WHERE key = 'key_fingerprint'"), 1);
    free(wal);
    free(lock);
}

/* What is open is put aside: the next one asks for the same file. */
static void discard(struct world *w)
{
    store_discard(w->store);
    w->store = NULL;
}

static void a_new_database_stays_and_is_told_of_when_something_is_in_it(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    assert_string_equal(w->notices, "");
    ok(store_begin(w->store, &w->error));
    store_rollback(w->store);
    discard(w);
    assert_int_equal(count_entries(w->directory), 1); /* the key */
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    assert_non_null(strstr(w->notices, "a new database was made"));
    discard(w);
    world_open(w, STORE_CREATE);
    discard(w);
    assert_int_equal(size_of(w->db) > 0, 1);
}

static void what_another_has_open_is_not_discarded(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    struct store *s = other(w, STORE_WRITE);
    discard(w);
    ok(make_tenant(s, "tenant01", GUILD, PLAN_BASIC, &w->error));
    store_close(s);
    world_open(w, STORE_READ);
    assert_int_equal(number(w, "SELECT count(*) FROM tenants"), 1);
}

static void a_database_that_cannot_be_made_leaves_nothing(void **state)
{
    struct world *w = *state;
    char *key = w->key, *file = mem_format("%s/file", w->directory);
    write_file(file, "", 0);
    write_file(key, "ab", 2);
    chmod(key, 0600);
    fails(world_try(w, STORE_CREATE, 0), ERROR_KEY_WRONG);
    chmod(key, 0640);
    fails(world_try(w, STORE_CREATE, 0), ERROR_KEY_UNSAFE);
    unlink(key);
    w->key = mem_format("%s/key", file); /* it can only be found out by trying */
    fails(world_try(w, STORE_CREATE, 0), ERROR_KEY_MISSING);
    assert_string_equal(w->notices, "");
    assert_int_equal(count_entries(w->directory), 1);
    /* A file that was there stays, whatever fails. */
    write_file(w->db, "", 0);
    fails(world_try(w, STORE_CREATE, 0), ERROR_KEY_MISSING);
    assert_int_equal(access(w->db, F_OK), 0);
    free(w->key);
    free(file);
    w->key = key;
}

static void missing_directories_are_made_private(void **state)
{
    struct world *w = *state;
    char *directory = mem_format("%s/a", w->directory);
    free(w->db);
    w->db = mem_format("%s/a/b/tt.db", w->directory);
    world_open(w, STORE_CREATE);
    assert_int_equal(mode_of(directory), 0700);
    free(directory);
}

static void a_missing_database_is_not_made_by_readers_and_writers(void **state)
{
    struct world *w = *state;
    fails(world_try(w, STORE_READ, 0), ERROR_DB_MISSING);
    fails(world_try(w, STORE_WRITE, 0), ERROR_DB_MISSING);
    fails(world_try(w, STORE_RAW, 0), ERROR_DB_MISSING);
    assert_int_equal(count_entries(w->directory), 0);
}

static void connections_keep_the_rules_of_the_log(void **state)
{
    struct world *w = *state;
    int value = 0;
    world_open(w, STORE_CREATE);
    assert_int_equal(number(w, "PRAGMA wal_autocheckpoint"), 0);
    assert_int_equal(number(w, "PRAGMA synchronous"), 2);
    assert_int_equal(number(w, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(w, "PRAGMA mmap_size"), 0);
    sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &value);
    assert_int_equal(value, 1);
    store_close(w->store);
    w->store = NULL;
    assert_true(exists_beside(w, "-wal")); /* the last close has not copied it back */
    world_open(w, STORE_READ);
    sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &value);
    assert_int_equal(value, 1);
    assert_int_equal(number(w, "PRAGMA wal_autocheckpoint"), 0);
}

/* --- refusing --- */

static void another_programs_database_is_refused_and_left_alone(void **state)
{
    struct world *w = *state;
    static const enum store_mode modes[] = {STORE_READ, STORE_WRITE, STORE_CREATE};
    struct str before = STR_INIT, after = STR_INIT;
    sql(w->db, "CREATE TABLE tenants (id TEXT); INSERT INTO tenants VALUES ('x')");
    ok(fs_read(w->db, 1 << 20, &before, &w->error));
    for (size_t i = 0; i < 3; i++) {
        fails(world_try(w, modes[i], 0), ERROR_DB_DAMAGED);
        assert_non_null(strstr(w->error.message, "is not a tenanttui database"));
    }
    assert_int_equal(count_entries(w->directory), 1);
    ok(fs_read(w->db, 1 << 20, &after, &w->error));
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    str_release(&before);
    str_release(&after);
}

static void what_is_no_database_is_refused(void **state)
{
    struct world *w = *state;
    static const enum store_mode modes[] = {STORE_READ, STORE_WRITE, STORE_CREATE};
    for (size_t i = 0; i < 3; i++) {
        write_file(w->db, "hello", 5);
        fails(world_try(w, modes[i], 0), ERROR_DB_DAMAGED);
        unlink(w->db);
        char *long_text = mem_zero(1, 8192);
        memset(long_text, 'x', 8191);
        write_file(w->db, long_text, 8191);
        free(long_text);
        fails(world_try(w, modes[i], 0), ERROR_DB_DAMAGED);
        unlink(w->db);
        mkdir(w->db, 0700);
        fails(world_try(w, modes[i], 0), ERROR_DB_DAMAGED);
        rmdir(w->db);
    }
}

static void an_empty_file_is_only_good_for_create(void **state)
{
    struct world *w = *state;
    write_file(w->db, "", 0);
    chmod(w->db, 0644);
    for (enum store_mode mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        fails(world_try(w, mode, 0), ERROR_DB_DAMAGED);
        assert_non_null(strstr(w->error.message, "is an empty file"));
    }
    assert_int_equal(mode_of(w->db), 0644);
    world_open(w, STORE_CREATE);
    assert_int_equal(mode_of(w->db), 0600);
}

/* A directory whose file nobody has looked at yet, and the bytes of every file of the first pages. */
static void a_truncated_or_overwritten_file_gives_one_clear_error(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    assert_int_equal(checkpoint_run(w->store, 100), 0);
    int64_t size = size_of(w->db);
    store_close(w->store);
    w->store = NULL;
    int fd = open(w->db, O_RDWR);
    char garbage[4096];
    memset(garbage, 0xa5, sizeof garbage);
    for (int64_t at = 4096; at < size; at += 4096)
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, at), (ssize_t)sizeof garbage);
    close(fd);
    w->error = (struct error){0};
    if (world_try(w, STORE_WRITE, 0) == 0) {
        fails(tenants_load(w->store, "tenant01", &t, &w->error), ERROR_DB_DAMAGED);
        tenant_release(&t);
    }
    assert_int_equal(w->error.code, ERROR_DB_DAMAGED);
    assert_true(w->error.hint[0]);
}

/* --- migrations --- */

static void make_old(struct world *w, int number_of)
{
    char pragma[64];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(w->db, &db), SQLITE_OK);
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    for (const struct migration *m = store_migrations; m->number && m->number <= number_of; m++) {
        char *row = sqlite3_mprintf("INSERT INTO migrations VALUES (%d, %Q, %Q, 1); PRAGMA user_version = %d",
                                    m->number, m->name, m->sha256, m->number);
        assert_int_equal(sqlite3_exec(db, m->sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, row, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_free(row);
    }
    sqlite3_close(db);
}

static void an_older_database_is_migrated_after_a_backup(void **state)
{
    struct world *w = *state;
    char suffix[32];
    for (int from = 1; from < store_schema_newest(); from++) {
        make_old(w, from);
        sql(w->db, "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, "
                   "updated_at)"
                   " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1)");
        fails(world_try(w, STORE_READ, 0), ERROR_DB_OLDER);
        world_open(w, STORE_WRITE);
        struct tenant t;
        ok(tenants_load(w->store, "tenant01", &t, &w->error));
        assert_string_equal(t.name, "Old");
        tenant_release(&t);
        snprintf(suffix, sizeof suffix, ".before-%04d", store_schema_newest());
        assert_true(exists_beside(w, suffix));
        assert_non_null(strstr(w->notices, suffix));
        char *backup = beside(w, suffix), *db = w->db;
        assert_int_equal(mode_of(backup), 0600);
        w->db = backup;
        fails(world_try(w, STORE_READ, 0), ERROR_DB_OLDER);
        w->db = db;
        world_open(w, STORE_WRITE); /* the second time there is nothing to do */
        assert_string_equal(w->notices, "");
        store_close(w->store);
        w->store = NULL;
        unlink(w->db);
        unlink(backup);
        free(backup);
        char *wal = beside(w, "-wal"), *shm = beside(w, "-shm");
        unlink(wal);
        unlink(shm);
        free(wal);
        free(shm);
    }
}

static void transactions_of_an_older_database_are_counted_by_day(void **state)
{
    struct world *w = *state;
    make_old(w, 14);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1), ('tenant02', 'None', 5, 7, 'active',"
        " 'basic', 1, 1)");
    sql(w->db, "INSERT INTO transactions (tenant_id, type, user_id, product, code, quantity, total, status,"
               " created_at) SELECT 'tenant01', 'purchase', 9, 0, 'DL', 1, 1, 'completed', value"
               " FROM json_each('[86399999,86400000,172799999,259200000]')");
    world_open(w, STORE_WRITE);
    assert_int_equal(number(w, "SELECT count(*) FROM transaction_days WHERE tenant_id = 'tenant02'"), 0);
    assert_int_equal(number(w, "SELECT count(*) FROM transaction_days"), 3);
    assert_int_equal(number(w, "SELECT n FROM transaction_days WHERE tenant_id = 'tenant01' AND day = 1"), 2);
}

static void attempts_of_an_older_database_are_looked_for_from_a_day_before_they_began(void **state)
{
    struct world *w = *state;
    make_old(w, 17);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1)");
    sql(w->db, "INSERT INTO deliveries (tenant_id, kind, tried_at) VALUES ('tenant01', 'notice', 0),"
               " ('tenant01', 'notice', 1), ('tenant01', 'notice', 1420070400000 + 86400000 + 5)");
    world_open(w, STORE_WRITE);
    assert_int_equal(number(w, "SELECT sum(after_id) FROM deliveries WHERE delivery < 3"), 0);
    assert_int_equal(number(w, "SELECT after_id FROM deliveries WHERE delivery = 3"), INT64_C(5) << 22);
}

static void pushes_of_an_older_database_wait_on_and_their_numbers_are_not_used_again(void **state)
{
    struct world *w = *state;
    make_old(w, 18);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1)");
    sql(w->db, "INSERT INTO outbox (push, tenant_id, kind, revision, state, attempts, reason, next_at)"
               " VALUES (7, 'tenant01', 'commands', 3, 'failed', 2, 'forbidden', 4),"
               " (9, 'tenant01', 'control', 3, 'pending', 0, '', 5)");
    sql(w->db, "DELETE FROM outbox WHERE push = 9");
    world_open(w, STORE_WRITE);
    assert_int_equal(
        number(w, "SELECT count(*) FROM outbox WHERE push = 7 AND kind = 'commands' AND revision = 3"
                  " AND state = 'failed' AND attempts = 2 AND reason = 'forbidden' AND next_at = 4"),
        1);
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, "tenant01", 3, 1u << PUSH_CHANNELS | 1u << PUSH_ROLES, NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_int_equal(number(w, "SELECT min(push) FROM outbox WHERE push <> 7"), 10);
    assert_int_equal(number(w,
                            "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'outbox'"
                            " AND sql IS NOT NULL"),
                     3);
}

static void payments_of_erased_tenants_leave_their_ids_free(void **state)
{
    struct world *w = *state;
    make_old(w, 20);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1)");
    sql(w->db,
        "INSERT INTO payments (payment, tenant_id, amount, currency, status, reference, created_at)"
        " VALUES (3, 'tenant01', 1, 'USD', 'completed', 'R', 1),"
        " (4, 'tenant02', 2, 'USD', 'completed', 'R', 1), (5, 'tenant02', 4, 'USD', 'completed', '', 1)");
    world_open(w, STORE_WRITE);
    assert_int_equal(number(w, "SELECT sum(amount) FROM payments WHERE tenant_id = 'tenant01'"), 1);
    assert_int_equal(
        number(w, "SELECT count(*) FROM payments WHERE tenant_id IN ('tenant02/4', 'tenant02/5')"), 2);
}

static void sales_of_an_older_database_are_summed_by_weeks(void **state)
{
    struct world *w = *state;
    make_old(w, 16);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1), ('tenant02', 'None', 5, 7, 'active',"
        " 'basic', 1, 1)");
    /* Days 0 to 99 since 1970, as a zone east of UTC has them; and the sum of all. */
    sql(w->db,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
        " INSERT INTO sales_customers SELECT 'tenant01', i * 86400000 - 25200000, 9 + i % 2, 1, i, -i FROM n"
        " UNION ALL SELECT 'tenant01', 0, 9, 50, 2550, -2550"
        " UNION ALL SELECT 'tenant01', 0, 10, 50, 2500, -2500");
    world_open(w, STORE_WRITE);
    assert_int_equal(number(w, "SELECT count(*) FROM sales_customer_weeks WHERE weeks = 1"), 2 * 15);
    assert_int_equal(number(w, "SELECT count(*) FROM sales_customer_weeks WHERE weeks = 7"), 2 * 3);
    /* 1970-02-05: day 35 begins at 17:00 of the day before, in the week before. */
    assert_int_equal(number(w, "SELECT sum(quantity) FROM sales_customer_weeks WHERE weeks = 1"
                               " AND week = 5 * 604800000"),
                     36 + 37 + 38 + 39 + 40 + 41 + 42);
    assert_int_equal(number(w, "SELECT sum(total) FROM sales_customer_weeks WHERE weeks = 7 AND week = 0"),
                     -49 * 50 / 2);
    assert_int_equal(number(w, "SELECT count(*) FROM (SELECT user_id FROM sales_customers WHERE day = 0"
                               " UNION ALL SELECT user_id FROM sales_customer_weeks GROUP BY weeks, user_id"
                               " HAVING sum(quantity) IN (2550, 2500) AND sum(sales) = 50)"),
                     2 + 2 * 2);
}

static void what_a_bot_of_an_older_database_heard_last_is_kept(void **state)
{
    struct world *w = *state;
    int64_t message;
    make_old(w, 16);
    sql(w->db,
        "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at, updated_at)"
        " VALUES ('tenant01', 'Old', 5, 6, 'active', 'basic', 1, 1), ('tenant02', 'None', 5, 7, 'active',"
        " 'basic', 1, 1)");
    sql(w->db, "INSERT INTO remote_state VALUES ('tenant01', 'heard',"
               " '{\"channel\":\"987654321098766003\",\"message\":\"987654321098766999\"}'),"
               " ('tenant02', 'heard', 'damaged'), ('tenant02', 'nickname', 'x')");
    world_open(w, STORE_WRITE);
    ok(heard_load(w->store, "tenant01", INT64_C(987654321098766003), &message, &w->error));
    assert_int_equal(message, INT64_C(987654321098766999));
    ok(heard_load(w->store, "tenant01", 5, &message, &w->error));
    assert_int_equal(message, 0);
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state"), 1);
}

static void a_writer_that_keeps_the_schema_migrates_nothing(void **state)
{
    struct world *w = *state;
    struct store_options options = {
        .path = w->db, .mode = STORE_CREATE, .key_path = w->key, .keep_schema = true};
    make_old(w, 1);
    fails(store_open(&w->store, &options, &w->error), ERROR_DB_OLDER);
    write_file(w->db, "", 0);
    fails(store_open(&w->store, &options, &w->error), ERROR_DB_DAMAGED);
    assert_int_equal(size_of(w->db), 0);
    unlink(w->db);
    world_open(w, STORE_CREATE);
    store_close(w->store);
    ok(store_open(&w->store, &options, &w->error));
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
}

static void an_earlier_backup_is_never_overwritten(void **state)
{
    struct world *w = *state;
    char suffix[40];
    make_old(w, 1);
    snprintf(suffix, sizeof suffix, ".before-%04d", store_schema_newest());
    char *first = beside(w, suffix);
    write_file(first, "mine", 4);
    world_open(w, STORE_WRITE);
    assert_int_equal(size_of(first), 4);
    snprintf(suffix, sizeof suffix, ".before-%04d.2", store_schema_newest());
    assert_true(exists_beside(w, suffix));
    free(first);
}

static void a_newer_database_is_refused_untouched(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    store_close(w->store);
    w->store = NULL;
    sql(w->db, "PRAGMA user_version = 9999");
    fails(world_try(w, STORE_WRITE, 0), ERROR_DB_NEWER);
    fails(world_try(w, STORE_READ, 0), ERROR_DB_NEWER);
    fails(world_try(w, STORE_CREATE, 0), ERROR_DB_NEWER);
    assert_int_equal(world_try(w, STORE_RAW, 0), 0);
    assert_int_equal(store_schema_version(w->store), 9999);
}

static void a_changed_checksum_or_a_gap_is_damage(void **state)
{
    struct world *w = *state;
    static const char *const changes[] = {
        "UPDATE migrations SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x') WHERE number = 2",
        "DELETE FROM migrations WHERE number = 1",
        "INSERT INTO migrations SELECT max(number) + 1, 'extra', sha256, 1 FROM migrations",
        "UPDATE migrations SET number = 1000 WHERE number = (SELECT max(number) FROM migrations)",
        "DROP TABLE migrations",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        make_old(w, store_schema_newest());
        sql(w->db, changes[i]);
        fails(world_try(w, STORE_WRITE, 0), ERROR_DB_DAMAGED);
        fails(world_try(w, STORE_READ, 0), ERROR_DB_DAMAGED);
        static const char *const suffixes[] = {"", "-wal", "-shm"};
        for (size_t k = 0; k < 3; k++) {
            char *path = beside(w, suffixes[k]);
            unlink(path);
            free(path);
        }
    }
}

static int open_in_child(struct world *w, int n)
{
    struct store_options options = {
        .path = w->db, .mode = n < 0 ? STORE_WRITE : STORE_CREATE, .key_path = w->key};
    struct store *s = NULL;
    struct error e = {0};
    if (store_open(&s, &options, &e)) {
        fprintf(stderr, "store_open: %s\n", e.message);
        return 1;
    }
    int result = store_schema_version(s) == store_schema_newest() ? 0 : 2;
    store_close(s);
    return result;
}

static void many_processes_make_one_database(void **state)
{
    struct world *w = *state;
    pid_t pids[8];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 8; i++)
            pids[i] = child(open_in_child, w, i);
        for (int i = 0; i < 8; i++)
            assert_int_equal(wait_for(pids[i]), 0);
        scratch_remove(w->directory);
        mkdir(w->directory, 0700);
    }
}

static void of_many_processes_one_migrates_and_one_backup_is_made(void **state)
{
    struct world *w = *state;
    pid_t pids[8];
    make_old(w, 1);
    for (int i = 0; i < 8; i++)
        pids[i] = child(open_in_child, w, -1);
    for (int i = 0; i < 8; i++)
        assert_int_equal(wait_for(pids[i]), 0);
    char suffix[40];
    snprintf(suffix, sizeof suffix, ".before-%04d", store_schema_newest());
    assert_true(exists_beside(w, suffix));
    snprintf(suffix, sizeof suffix, ".before-%04d.2", store_schema_newest());
    assert_false(exists_beside(w, suffix));
}

/* --- readers --- */

static void a_reader_makes_no_file_and_sees_later_commits(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    char *copy = beside(w, ".copy"), *db = w->db;
    ok(store_backup(w->store, copy, NULL, NULL, &w->error));
    w->db = copy;
    close(lock_open(copy, true));
    int before = count_entries(w->directory);
    world_open(w, STORE_READ);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    assert_int_equal(count_entries(w->directory), before);
    /* A writer comes: from then on its commits are seen. */
    struct store *writer = other(w, STORE_WRITE);
    ok(make_tenant(writer, "tenant02", GUILD + 1, PLAN_BASIC, &w->error));
    assert_int_equal(checkpoint_run(writer, 10), -1); /* nothing may be copied back under such a reader */
    assert_true(store_data_version(w->store) > 0);
    ok(tenants_load(w->store, "tenant02", &t, &w->error));
    tenant_release(&t);
    int64_t version = store_data_version(w->store);
    ok(make_tenant(writer, "tenant03", GUILD + 2, PLAN_BASIC, &w->error));
    assert_true(store_data_version(w->store) != version);
    ok(tenants_load(w->store, "tenant03", &t, &w->error));
    tenant_release(&t);
    store_close(writer);
    w->db = db;
    free(copy);
}

static void a_link_leads_to_the_same_locks_and_log(void **state)
{
    struct world *w = *state;
    struct tenant t;
    struct daemon_lock *lock = NULL;
    world_open(w, STORE_CREATE);
    char *name = mem_format("%s/link", w->directory), *db = w->db;
    assert_int_equal(symlink(db, name), 0);
    w->db = name;
    struct store *s = other(w, STORE_WRITE);
    ok(make_tenant(s, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    assert_string_equal(store_wal_path(s), store_wal_path(w->store));
    assert_false(exists_beside(w, "-lock"));
    ok(daemon_lock_take(name, &lock, &w->error));
    assert_true(daemon_lock_held(db));
    daemon_lock_release(lock);
    store_close(s);
    w->db = db;
    free(name);
}

static void a_reader_sees_a_log_whose_index_is_gone(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    store_close(w->store);
    w->store = NULL;
    char *shm = beside(w, "-shm");
    unlink(shm);
    int before = count_entries(w->directory);
    world_open(w, STORE_READ);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    assert_int_equal(count_entries(w->directory), before);
    assert_int_equal(access(shm, F_OK), -1);
    free(shm);
}

static void a_reader_at_rest_keeps_nobody_from_copying_the_log(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    store_close(w->store);
    w->store = NULL;
    char *shm = beside(w, "-shm");
    unlink(shm);
    world_open(w, STORE_READ);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    assert_true(w->store->detached);

    struct store *s = other(w, STORE_WRITE);
    ok(make_tenant(s, "tenant02", GUILD + 1, PLAN_BASIC, &w->error));
    assert_int_equal(checkpoint_run(s, 0), -1);
    store_rest(w->store);
    assert_int_equal(checkpoint_run(s, 0), 0);
    assert_int_equal(size_of(store_wal_path(s)), 0);
    ok(tenants_load(w->store, "tenant02", &t, &w->error));
    tenant_release(&t);
    assert_false(w->store->detached);
    store_close(s);

    /* What keeps it from reading now does not for ever. */
    char *away = beside(w, "-away");
    store_close(w->store);
    w->store = NULL;
    unlink(shm);
    world_open(w, STORE_READ);
    store_rest(w->store);
    rename(w->db, away);
    fails(tenants_load(w->store, "tenant02", &t, &w->error), ERROR_DB_MISSING);
    rename(away, w->db);
    ok(tenants_load(w->store, "tenant02", &t, &w->error));
    tenant_release(&t);
    free(away);
    free(shm);
}

static void a_reader_cannot_write(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    world_open(w, STORE_READ);
    assert_true(store_readonly(w->store));
    fails(store_begin(w->store, &w->error), ERROR_READ_ONLY);
    fails(tenants_set_name(w->store, "tenant01", "x", NULL, &w->error), ERROR_READ_ONLY);
    fails(outbox_drop(w->store, 0, NULL, &w->error), ERROR_READ_ONLY);
}

static int as_nobody(struct world *w, int n)
{
    struct store_options options = {
        .path = w->db, .mode = STORE_READ, .notice = world_notice, .notice_context = w};
    struct store *s = NULL;
    struct error e = {0};
    struct tenant t;
    bool found;
    if (geteuid() == 0 && setresuid(65534, 65534, 65534))
        return 50;
    w->notices[0] = '\0';
    if (store_open(&s, &options, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    found = tenants_load(s, "tenant01", &t, &e) == 0;
    tenant_release(&t);
    store_close(s);
    if (!found)
        return 2;
    if (n && !strstr(w->notices, "cannot be written"))
        return 3;
    options.mode = STORE_WRITE;
    if (store_open(&s, &options, &e) == 0)
        return 4;
    if (e.code != ERROR_READ_ONLY) {
        fprintf(stderr, "%s: %s\n", error_code_name(e.code), e.message);
        return 5;
    }
    return 0;
}

static int give_away(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)kind, (void)ftw;
    if (geteuid() == 0 && chown(path, 65534, 65534))
        return -1;
    return chmod(path, S_ISDIR(st->st_mode) ? 0500 : 0400);
}

static void a_read_only_directory_is_read(void **state)
{
    struct world *w = *state;
    static const char *const without[] = {"", "-shm", "-wal"};
    for (size_t i = 0; i < 3; i++) {
        world_open(w, STORE_CREATE);
        if (i == 0)
            ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
        if (i == 2)
            assert_int_equal(checkpoint_run(w->store, 100), 0);
        store_close(w->store);
        w->store = NULL;
        if (i > 0) { /* the index is gone; then log and index */
            char *path = beside(w, "-shm");
            unlink(path);
            free(path);
        }
        if (i > 1) {
            char *path = beside(w, without[i]);
            unlink(path);
            free(path);
        }
        nftw(w->directory, give_away, 16, FTW_DEPTH | FTW_PHYS);
        assert_int_equal(wait_for(child(as_nobody, w, 1)), 0);
        chmod(w->directory, 0700);
        if (geteuid() == 0)
            assert_int_equal(chown(w->directory, 0, 0), 0);
        static const char *const all[] = {"", "-wal", "-shm", "-lock"};
        for (size_t k = 0; k < 4; k++) {
            char *path = beside(w, all[k]);
            if (geteuid() == 0 && chown(path, 0, 0) == 0)
                chmod(path, 0600);
            else
                chmod(path, 0600);
            free(path);
        }
        chmod(w->key, 0600);
        if (geteuid() == 0)
            assert_int_equal(chown(w->key, 0, 0), 0);
    }
}

static void a_completion_never_waits(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    struct store *writer = other(w, STORE_WRITE);
    ok(store_begin(writer, &w->error));
    int64_t start = time_monotonic();
    ok(world_try(w, STORE_READ, -1));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    store_rollback(writer);
    store_close(writer);
    store_close(w->store);
    w->store = NULL;
    /* A restore holds the whole file. */
    int lock = lock_open(w->db, true);
    assert_int_equal(lock_take(lock, F_WRLCK, LOCK_OPEN), 0);
    fails(world_try(w, STORE_READ, -1), ERROR_DB_LOCKED);
    close(lock);
    /* And another program holds it in exclusive mode. */
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(w->db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    int result = world_try(w, STORE_READ, -1);
    if (result == 0) {
        result = tenants_load(w->store, "tenant01", &t, &w->error);
        tenant_release(&t);
    }
    if (result)
        assert_int_equal(w->error.code, ERROR_DB_LOCKED);
    sqlite3_close(db);
    assert_true(time_monotonic() - start < 1000);
}

/* --- the key --- */

static void the_key_is_made_once_and_then_demanded(void **state)
{
    struct world *w = *state;
    struct key first;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    first = *store_key(w->store, &w->error);
    ok(store_begin(w->store, &w->error));
    ok(tokens_set(w->store, "tenant01", "token-of-one", 5, &w->error));
    ok(store_commit(w->store, &w->error));
    struct str token = STR_INIT;
    char *key = w->key;

    w->key = mem_format("%s/absent", w->directory);
    world_open(w, STORE_WRITE); /* nothing secret is asked for: fine */
    fails(tokens_get(w->store, "tenant01", &token, &w->error), ERROR_KEY_MISSING);
    char fingerprint[FINGERPRINT_TEXT];
    key_fingerprint(&first, fingerprint);
    assert_non_null(strstr(w->error.hint, fingerprint));
    assert_int_equal(access(w->key, F_OK), -1);

    struct key wrong;
    ok(key_create(w->key, &wrong, &w->error));
    world_open(w, STORE_WRITE);
    fails(tokens_get(w->store, "tenant01", &token, &w->error), ERROR_KEY_WRONG);
    assert_non_null(strstr(w->error.message, fingerprint));
    free(w->key);
    w->key = key;

    chmod(w->key, 0640);
    world_open(w, STORE_WRITE);
    fails(tokens_get(w->store, "tenant01", &token, &w->error), ERROR_KEY_UNSAFE);
    chmod(w->key, 0600);
    world_open(w, STORE_READ);
    ok(tokens_get(w->store, "tenant01", &token, &w->error));
    assert_string_equal(str_text(&token), "token-of-one");
    str_wipe(&token);
}

static int search_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    struct str bytes = STR_INIT;
    (void)st, (void)ftw;
    if (kind == FTW_F) {
        assert_int_equal(fs_read(path, 64 << 20, &bytes, NULL), 0);
        assert_null(bytes.len == 0 ? NULL : memmem(bytes.data, bytes.len, "MTA1.secret-token", 17));
    }
    str_release(&bytes);
    return 0;
}

static void a_token_is_in_no_file_in_the_clear_and_bound_to_its_tenant(void **state)
{
    struct world *w = *state;
    struct str token = STR_INIT;
    bool changed;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(make_tenant(w->store, "tenant02", GUILD + 1, PLAN_BASIC, &w->error));
    fails(tokens_get(w->store, "tenant01", &token, &w->error), ERROR_NO_SUCH);
    ok(store_begin(w->store, &w->error));
    ok(tokens_set(w->store, "tenant01", "MTA1.secret-token", 77, &w->error));
    fails(tokens_set(w->store, "tenant02", "MTA1.secret-token", 77, &w->error), ERROR_TAKEN);
    assert_null(strstr(w->error.message, "secret"));
    ok(store_commit(w->store, &w->error));
    char *backup = beside(w, ".backup");
    ok(store_backup(w->store, backup, NULL, NULL, &w->error));
    free(backup);
    assert_int_equal(checkpoint_run(w->store, 100), 0);
    nftw(w->directory, search_file, 16, FTW_PHYS);
    /* Moved to another tenant's row it does not open. */
    assert_int_equal(sqlite3_exec(w->store->db, "INSERT INTO tokens SELECT 'tenant02', sealed FROM tokens",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(tokens_get(w->store, "tenant02", &token, &w->error), -1);
    ok(store_begin(w->store, &w->error));
    ok(tokens_clear(w->store, "tenant01", &changed, &w->error));
    assert_true(changed);
    ok(tokens_clear(w->store, "tenant01", &changed, &w->error));
    assert_false(changed);
    ok(store_commit(w->store, &w->error));
    fails(tokens_get(w->store, "tenant01", &token, &w->error), ERROR_NO_SUCH);
    str_wipe(&token);
}

/* --- transactions --- */

static void savepoints_nest(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    fails(store_savepoint(w->store, &w->error), ERROR_INTERNAL);
    ok(store_begin(w->store, &w->error));
    fails(store_begin(w->store, &w->error), ERROR_INTERNAL);
    ok(tenants_set_name(w->store, "tenant01", "one", NULL, &w->error));
    ok(store_savepoint(w->store, &w->error));
    ok(tenants_set_name(w->store, "tenant01", "two", NULL, &w->error));
    ok(store_savepoint(w->store, &w->error));
    ok(tenants_set_name(w->store, "tenant01", "three", NULL, &w->error));
    store_rollback_to(w->store);
    ok(store_release(w->store, &w->error));
    fails(store_release(w->store, &w->error), ERROR_INTERNAL);
    ok(store_savepoint(w->store, &w->error));
    ok(tenants_set_name(w->store, "tenant01", "four", NULL, &w->error));
    store_rollback_to(w->store);
    ok(store_commit(w->store, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_string_equal(t.name, "two");
    tenant_release(&t);
    fails(store_commit(w->store, &w->error), ERROR_INTERNAL);
}

static void a_change_outside_a_transaction_is_refused(void **state)
{
    struct world *w = *state;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    fails(tenants_set_name(w->store, "tenant01", "x", NULL, &w->error), ERROR_INTERNAL);
    ok(store_begin_read(w->store, &w->error));
    fails(tenants_set_name(w->store, "tenant01", "x", NULL, &w->error), ERROR_INTERNAL);
    store_rollback(w->store);
}

static void a_broken_rule_of_the_schema_is_told_without_sql(void **state)
{
    struct world *w = *state;
    static const char *const statements[] = {
        "UPDATE tenants SET name = ''",
        "INSERT INTO meta (key, value) VALUES ('key_fingerprint', 'x')",
        "INSERT INTO tokens (tenant_id, sealed) VALUES ('nobody', zeroblob(40))",
        "UPDATE tenants SET name = NULL",
        "UPDATE tenants SET guild_id = 'x'",
    };
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        ok(store_begin(w->store, &w->error));
        if (sql_run(w->store, &w->error, statements[i], "") == 0) /* a foreign key is looked at in the end */
            fails(store_commit(w->store, &w->error), ERROR_REFUSED);
        else
            store_rollback(w->store);
        assert_int_equal(w->error.code, ERROR_REFUSED);
        assert_non_null(strstr(w->error.message, "refuses the change: "));
        assert_null(strstr(w->error.message, "constraint"));
        assert_null(strstr(w->error.message, "name"));
    }
}

static void a_read_transaction_keeps_its_view(void **state)
{
    struct world *w = *state;
    struct tenant t;
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    struct store *writer = other(w, STORE_WRITE);
    ok(store_begin_read(w->store, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    ok(store_begin(writer, &w->error));
    ok(tenants_set_name(writer, "tenant01", "later", NULL, &w->error));
    ok(store_commit(writer, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_string_equal(t.name, "Store tenant01");
    tenant_release(&t);
    ok(store_commit(w->store, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_string_equal(t.name, "later");
    tenant_release(&t);
    store_close(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_empty(a_new_database_is_private_and_complete),
        test_empty(a_new_database_stays_and_is_told_of_when_something_is_in_it),
        test_empty(what_another_has_open_is_not_discarded),
        test_empty(a_database_that_cannot_be_made_leaves_nothing),
        test_empty(pushes_of_an_older_database_wait_on_and_their_numbers_are_not_used_again),
        test_empty(a_writer_that_keeps_the_schema_migrates_nothing),
        test_empty(missing_directories_are_made_private),
        test_empty(a_missing_database_is_not_made_by_readers_and_writers),
        test_empty(connections_keep_the_rules_of_the_log),
        test_empty(another_programs_database_is_refused_and_left_alone),
        test_empty(what_is_no_database_is_refused),
        test_empty(an_empty_file_is_only_good_for_create),
        test_empty(a_truncated_or_overwritten_file_gives_one_clear_error),
        test_empty(an_older_database_is_migrated_after_a_backup),
        test_empty(transactions_of_an_older_database_are_counted_by_day),
        test_empty(sales_of_an_older_database_are_summed_by_weeks),
        test_empty(payments_of_erased_tenants_leave_their_ids_free),
        test_empty(what_a_bot_of_an_older_database_heard_last_is_kept),
        test_empty(attempts_of_an_older_database_are_looked_for_from_a_day_before_they_began),
        test_empty(an_earlier_backup_is_never_overwritten),
        test_empty(a_newer_database_is_refused_untouched),
        test_empty(a_changed_checksum_or_a_gap_is_damage),
        test_empty(many_processes_make_one_database),
        test_empty(of_many_processes_one_migrates_and_one_backup_is_made),
        test_empty(a_reader_makes_no_file_and_sees_later_commits),
        test_empty(a_link_leads_to_the_same_locks_and_log),
        test_empty(a_reader_sees_a_log_whose_index_is_gone),
        test_empty(a_reader_at_rest_keeps_nobody_from_copying_the_log),
        test_empty(a_reader_cannot_write),
        test_empty(a_read_only_directory_is_read),
        test_empty(a_completion_never_waits),
        test_empty(the_key_is_made_once_and_then_demanded),
        test_empty(a_token_is_in_no_file_in_the_clear_and_bound_to_its_tenant),
        test_empty(savepoints_nest),
        test_empty(a_change_outside_a_transaction_is_refused),
        test_empty(a_broken_rule_of_the_schema_is_told_without_sql),
        test_empty(a_read_transaction_keeps_its_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
