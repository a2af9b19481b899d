/* Many processes at once, kills, full disks, the checkpoint. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define CHANGES 100

/* --- many writers --- */

/* One change as the gate makes it: journal, revision, audit, outbox. */
static int change(struct store *s, int n, int i, int64_t *longest, struct error *e)
{
    struct audit_entry entry = {.time = NOW,
                                .tenant = "tenant01",
                                .who = "op:test",
                                .face = "cli",
                                .command = "test",
                                .undoable = true};
    int64_t revision, start = time_monotonic();
    bool changed = false;
    char value[16];

    if (store_begin(s, e))
        return -1;
    int64_t waited = time_monotonic() - start;
    *longest = waited > *longest ? waited : *longest;
    snprintf(value, sizeof value, "%d", i % 2);
    if (store_journal_begin(s, e) ||
        (n < FEATURE_COUNT
             ? tenants_set_feature(s, "tenant01", (enum feature)n, i % 2 == 0, &changed, e)
             : tenants_set_config(s, "tenant01", (enum config_key)(n - FEATURE_COUNT), value, &changed, e)))
        goto failed;
    struct json *changes = store_journal_end(s, e);
    if (!changes)
        goto failed;
    entry.changes = changes;
    int result = tenants_raise_revision(s, "tenant01", NOW, &revision, e) || audit_add(s, &entry, NULL, e) ||
                 outbox_queue(s, "tenant01", revision, 7, NOW, e);
    json_free(changes);
    if (result || !changed)
        goto failed;
    return store_commit(s, e);
failed:
    store_rollback(s);
    return -1;
}

static int writer(struct world *w, int n)
{
    struct store *s = other(w, STORE_WRITE);
    struct error e = {0};
    int64_t longest = 0;
    for (int i = 0; i < CHANGES; i++) {
        if (change(s, n, i, &longest, &e)) {
            fprintf(stderr, "writer %d, change %d: %s\n", n, i, e.message);
            return 1;
        }
    }
    store_close(s);
    if (longest > 5000)
        fprintf(stderr, "writer %d waited %lld ms\n", n, (long long)longest);
    return 0;
}

static void clear_features(struct world *w)
{
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_ENTERPRISE, &w->error));
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < FEATURE_COUNT; i++)
        ok(tenants_set_feature(w->store, "tenant01", (enum feature)i, false, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void changes_of_twenty_processes_all_land(void **state)
{
    struct world *w = *state;
    pid_t pids[20];
    clear_features(w);
    for (int i = 0; i < 20; i++)
        pids[i] = child(writer, w, i);
    for (int i = 0; i < 20; i++)
        assert_int_equal(wait_for(pids[i]), 0);
    assert_int_equal(number(w, "SELECT revision FROM tenants"), 1 + 20 * CHANGES);
    assert_int_equal(number(w, "SELECT count(*) FROM audit"), 20 * CHANGES);
    assert_int_equal(number(w, "SELECT count(*) FROM audit WHERE changes LIKE '%\"after\"%'"), 20 * CHANGES);
    assert_int_equal(number(w, "SELECT count(*) FROM features WHERE enabled = 1"),
                     0); /* the last change of each */
    assert_int_equal(number(w, "SELECT count(*) FROM bot_config WHERE value = '1'"), 7);
}

static void parallel_changes_to_two_features_both_survive(void **state)
{
    struct world *w = *state;
    struct tenant t;
    clear_features(w);
    struct store *one = other(w, STORE_WRITE), *two = other(w, STORE_WRITE);
    struct tenant seen;
    ok(tenants_load(one, "tenant01", &seen, &w->error)); /* both have read the same state */
    tenant_release(&seen);
    ok(tenants_load(two, "tenant01", &seen, &w->error));
    tenant_release(&seen);
    ok(store_begin(one, &w->error));
    ok(tenants_set_feature(one, "tenant01", FEATURE_SHOP, true, NULL, &w->error));
    ok(store_commit(one, &w->error));
    ok(store_begin(two, &w->error));
    ok(tenants_set_feature(two, "tenant01", FEATURE_TICKETS, true, NULL, &w->error));
    ok(store_commit(two, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_true(t.features[FEATURE_SHOP] && t.features[FEATURE_TICKETS]);
    tenant_release(&t);
    store_close(one);
    store_close(two);
}

/* Every raise of the revision comes with the feature's flip: the two must never be seen apart. */
static int flipper(struct world *w, int n)
{
    struct store *s = other(w, STORE_WRITE);
    struct error e = {0};
    int64_t longest = 0;
    for (int i = 0; i < 4 * CHANGES; i++)
        if (change(s, n, i, &longest, &e))
            return 1;
    store_close(s);
    return 0;
}

static void a_tenant_is_loaded_as_it_was_at_one_moment(void **state)
{
    struct world *w = *state;
    struct tenant t;
    int64_t revision = 0;
    clear_features(w);
    pid_t pid = child(flipper, w, FEATURE_SHOP);
    while (revision < 1 + 4 * CHANGES) {
        ok(tenants_load(w->store, "tenant01", &t, &w->error));
        revision = t.revision;
        assert_int_equal(t.features[FEATURE_SHOP], revision % 2 == 0);
        tenant_release(&t);
    }
    assert_int_equal(wait_for(pid), 0);
}

static void a_lock_that_is_never_given_up_ends_in_one_clear_error(void **state)
{
    struct world *w = *state;
    struct store_options options = {.path = w->db, .mode = STORE_WRITE, .key_path = w->key, .busy_ms = 200};
    struct store *s = NULL;
    ok(store_open(&s, &options, &w->error));
    ok(store_begin(w->store, &w->error));
    int64_t start = time_monotonic();
    struct error e = {0};
    assert_int_equal(store_begin(s, &e), -1);
    assert_int_equal(e.code, ERROR_DB_LOCKED);
    int64_t took = time_monotonic() - start;
    assert_true(took >= 190 && took < 2000);
    store_rollback(w->store);
    assert_int_equal(store_begin(s, &e), 0);
    store_rollback(s);
    store_close(s);
}

/* --- kills --- */

static int killed_writer(struct world *w, int n)
{
    struct store *s = other(w, STORE_WRITE);
    struct error e = {0};
    int64_t longest = 0;
    int fd = n;
    for (int i = 0;; i++) {
        if (change(s, 0, i, &longest, &e))
            return 1;
        int64_t revision = i + 1;
        if (write(fd, &revision, sizeof revision) != sizeof revision) /* acknowledged: it must not be lost */
            return 2;
    }
}

static void kill_9_loses_nothing_that_was_acknowledged(void **state)
{
    struct world *w = *state;
    unsigned seed = 7;
    clear_features(w);
    for (int round = 0; round < 30; round++) {
        int pipes[2];
        int64_t acknowledged = 0, one, before = number(w, "SELECT revision FROM tenants");
        ok(store_begin(w->store, &w->error));
        ok(tenants_set_feature(w->store, "tenant01", FEATURE_SHOP, false, NULL, &w->error));
        ok(store_commit(w->store, &w->error));
        assert_int_equal(pipe(pipes), 0);
        pid_t pid = child(killed_writer, w, pipes[1]);
        close(pipes[1]);
        /* The moment is that of a random change, somewhere within it. */
        int changes = 1 + rand_r(&seed) % 12;
        while (acknowledged < changes && read(pipes[0], &one, sizeof one) == sizeof one)
            acknowledged = one;
        int64_t until = time_monotonic_us() + rand_r(&seed) % 2000;
        while (time_monotonic_us() < until)
            continue;
        kill(pid, SIGKILL);
        assert_int_equal(wait_for(pid), 128 + SIGKILL);
        while (read(pipes[0], &one, sizeof one) == sizeof one)
            acknowledged = one;
        close(pipes[0]);
        int64_t after = number(w, "SELECT revision FROM tenants") - before;
        assert_true(after == acknowledged || after == acknowledged + 1);
        assert_int_equal(number(w, "SELECT count(*) FROM audit"),
                         number(w, "SELECT revision - 1 FROM tenants"));
    }
    struct json *doctor = store_doctor(w->store, NOW);
    struct str text = STR_INIT;
    json_print(doctor, &text);
    if (!json_get_bool(doctor, "ok", false))
        fail_msg("%s", text.data);
    str_release(&text);
    json_free(doctor);
}

/* --- the checkpoint --- */

static int bulky_writer(struct world *w, int n)
{
    struct store *s = other(w, STORE_WRITE);
    struct error e = {0};
    char *bulk = mem_alloc(60001), what[16];
    for (int i = 0; i < 120; i++) {
        memset(bulk, 'a' + (i + n) % 26, 60000);
        bulk[60000] = '\0';
        snprintf(what, sizeof what, "bulk%d-%d", n, i % 7);
        if (remote_set(s, "tenant01", what, bulk, &e)) {
            fprintf(stderr, "%s\n", e.message);
            return 1;
        }
    }
    free(bulk);
    store_close(s);
    return 0;
}

/* Commit until what was written has been copied back. */
static void write_until_checkpoint(struct world *w, struct store *s)
{
    char *bulk = mem_alloc(60001), what[16];
    int64_t before = s->checkpoint_at;
    for (int i = 0; s->checkpoint_at == before; i++) {
        assert_true(i < 1000);
        memset(bulk, 'a' + i % 26, 60000);
        bulk[60000] = '\0';
        snprintf(what, sizeof what, "bulk%d", i % 100);
        ok(remote_set(s, "tenant01", what, bulk, &w->error));
    }
    free(bulk);
}

static void a_busy_connection_writes_over_its_log_and_cuts_it_when_it_closes(void **state)
{
    struct world *w = *state;
    clear_features(w);
    struct store *s = other(w, STORE_WRITE);
    write_until_checkpoint(w, s);
    assert_int_equal(size_of(store_wal_path(s)), 0);
    s->checkpoint_at = time_monotonic() + 60000; /* a moment ago, however slow this machine is */
    write_until_checkpoint(w, s);
    int64_t kept = size_of(store_wal_path(s));
    assert_true(kept > 4 << 20);
    ok(remote_set(s, "tenant01", "after", "all", &w->error));
    assert_int_equal(size_of(store_wal_path(s)), kept);
    assert_true(s->wal_pages < 100); /* it began anew */
    store_close(s);
    assert_int_equal(size_of(store_wal_path(w->store)), 0);
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state WHERE value = 'all'"), 1);
}

static void the_log_stays_small_under_many_writers_and_nothing_is_damaged(void **state)
{
    struct world *w = *state;
    pid_t pids[6];
    clear_features(w);
    for (int i = 0; i < 6; i++)
        pids[i] = child(bulky_writer, w, i);
    for (int i = 0; i < 6; i++)
        assert_int_equal(wait_for(pids[i]), 0);
    /* 43 MB went through it. */
    assert_true(size_of(store_wal_path(w->store)) < 16 << 20);
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state WHERE length(value) = 60000"), 42);
    struct query q;
    ok(query_open(&q, w->store, &w->error, "PRAGMA integrity_check", ""));
    assert_int_equal(query_step(&q, &w->error), 1);
    assert_string_equal(query_text(&q, 0), "ok");
    query_close(&q);
}

/* Millions of bytes of pages that one savepoint may have to put back. */
static void one_savepoint_may_change_thousands_of_pages(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(sql_run(w->store, &w->error,
               "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
               " INSERT INTO remote_state (tenant_id, what, value) SELECT ?1, printf('%04d', i),"
               " hex(zeroblob(1000)) FROM n",
               "t", "tenant01"));
    ok(store_commit(w->store, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(store_savepoint(w->store, &w->error));
    ok(sql_run(w->store, &w->error,
               "UPDATE remote_state SET value = replace(value, '0', '1')"
               " WHERE tenant_id = ?1",
               "t", "tenant01"));
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state WHERE value LIKE '11%'"), 3000);
    store_rollback_to(w->store);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state WHERE value LIKE '00%'"), 3000);
}

static void a_checkpoint_waits_for_a_writer_and_new_writers_wait_for_it(void **state)
{
    struct world *w = *state;
    int fd = lock_open(w->db, false);
    assert_int_equal(lock_take(fd, F_RDLCK, LOCK_WRITE), 0); /* a writer in its transaction */
    struct store *s = other(w, STORE_WRITE);
    assert_int_equal(checkpoint_run(s, 10), -1); /* gives up after its limit and lets the writers go on */
    close(fd);
    assert_int_equal(checkpoint_run(s, 10), 0);
    fd = lock_open(w->db, true);
    assert_int_equal(lock_take(fd, F_WRLCK, LOCK_CHECKPOINT), 0); /* one is announced */
    s->busy_ms = 100;
    fails(store_begin(s, &w->error), ERROR_DB_LOCKED);
    assert_int_equal(checkpoint_run(s, 10), -1); /* and one is enough */
    close(fd);
    ok(store_begin(s, &w->error));
    store_rollback(s);
    store_close(s);
}

static void a_long_reader_does_not_stop_the_writers(void **state)
{
    struct world *w = *state;
    struct tenant t;
    clear_features(w);
    struct store *reader = other(w, STORE_READ);
    ok(store_begin_read(reader, &w->error));
    ok(tenants_load(reader, "tenant01", &t, &w->error));
    tenant_release(&t);
    int64_t start = time_monotonic();
    assert_int_equal(wait_for(child(bulky_writer, w, 0)), 0);
    assert_true(time_monotonic() - start < 20000);
    store_rollback(reader);
    store_close(reader);
    assert_int_equal(checkpoint_run(w->store, 100), 0);
}

/* --- full disks --- */

static int limited_writer(struct world *w, int n)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)n, .rlim_max = (rlim_t)n};
    struct error e = {0};
    signal(SIGXFSZ, SIG_IGN);
    struct store *s = other(w, STORE_WRITE);
    if (setrlimit(RLIMIT_FSIZE, &limit))
        return 50;
    char *bulk = mem_alloc(200001);
    memset(bulk, 'x', 200000);
    bulk[200000] = '\0';
    for (int i = 0; i < 100; i++) {
        char what[16];
        snprintf(what, sizeof what, "bulk%d", i);
        if (remote_set(s, "tenant01", what, bulk, &e))
            break;
    }
    if (e.code != ERROR_DB_FULL) {
        fprintf(stderr, "%s: %s\n", error_code_name(e.code), e.message);
        return 1;
    }
    return store_in_transaction(s) ? 2 : 0;
}

static void a_file_that_cannot_grow_is_db_full_and_changes_nothing(void **state)
{
    struct world *w = *state;
    struct tenant t;
    clear_features(w);
    for (int i = 0; i < 5; i++)
        assert_int_equal(wait_for(child(limited_writer, w, 300000 + 100123 * i)), 0);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    tenant_release(&t);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_name(w->store, "tenant01", "after", NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    struct query q;
    ok(query_open(&q, w->store, &w->error, "PRAGMA integrity_check", ""));
    assert_int_equal(query_step(&q, &w->error), 1);
    assert_string_equal(query_text(&q, 0), "ok");
    query_close(&q);
}

static void a_full_disk_is_db_full_everywhere(void **state)
{
    struct world *w = *state;
    struct error e = {0};
    if (geteuid() != 0 || mount("tmpfs", w->directory, "tmpfs", 0, "size=1m"))
        skip();
    world_open(w, STORE_CREATE);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    char *filler = beside(w, ".filler"), *copy = beside(w, ".copy");
    int fd = open(filler, O_WRONLY | O_CREAT, 0600);
    char block[4096] = {0};
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
    assert_int_equal(store_backup(w->store, copy, NULL, NULL, &e), -1);
    assert_int_equal(e.code, ERROR_DB_FULL);
    assert_int_equal(access(copy, F_OK), -1);
    int result = 0;
    for (int i = 0; i < 50 && result == 0; i++) {
        memset(block, 'y', sizeof block - 1);
        block[sizeof block - 1] = '\0';
        e = (struct error){0};
        result = remote_set(w->store, "tenant01", "bulk", block, &e);
    }
    assert_int_equal(e.code, ERROR_DB_FULL);
    unlink(filler);
    ok(remote_set(w->store, "tenant01", "bulk", "small", &w->error));
    /* No room for a new one either. */
    fd = open(filler, O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
    struct store_options options = {.path = copy, .mode = STORE_CREATE};
    struct store *s = NULL;
    e = (struct error){0};
    assert_int_equal(store_open(&s, &options, &e), -1);
    assert_int_equal(e.code, ERROR_DB_FULL);
    store_close(w->store);
    w->store = NULL;
    free(filler);
    free(copy);
    assert_int_equal(umount2(w->directory, MNT_DETACH), 0);
}

/* --- interrupts --- */

struct waiting {
    struct store *store;
    atomic_int over;
};

/* Again and again, for nobody outside can see the moment at which the wait begins. */
static void *interrupter(void *context)
{
    struct waiting *waiting = context;
    while (!atomic_load(&waiting->over)) {
        store_interrupt(waiting->store);
        sched_yield();
    }
    return NULL;
}

static void a_wait_for_a_lock_can_be_interrupted(void **state)
{
    struct world *w = *state;
    struct waiting waiting = {.store = other(w, STORE_WRITE)};
    struct error e = {0};
    pthread_t thread;
    ok(store_begin(w->store, &w->error));
    int64_t start = time_monotonic();
    assert_int_equal(pthread_create(&thread, NULL, interrupter, &waiting), 0);
    assert_int_equal(store_begin(waiting.store, &e), -1);
    atomic_store(&waiting.over, 1);
    pthread_join(thread, NULL);
    assert_int_equal(e.code, ERROR_INTERRUPTED);
    assert_true(time_monotonic() - start < 5000);
    store_rollback(w->store);
    ok(store_begin(waiting.store, &w->error));
    store_rollback(waiting.store);
    store_close(waiting.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(changes_of_twenty_processes_all_land),
        test(parallel_changes_to_two_features_both_survive),
        test(a_tenant_is_loaded_as_it_was_at_one_moment),
        test(a_lock_that_is_never_given_up_ends_in_one_clear_error),
        test(kill_9_loses_nothing_that_was_acknowledged),
        test(a_busy_connection_writes_over_its_log_and_cuts_it_when_it_closes),
        test(the_log_stays_small_under_many_writers_and_nothing_is_damaged),
        test(one_savepoint_may_change_thousands_of_pages),
        test(a_checkpoint_waits_for_a_writer_and_new_writers_wait_for_it),
        test(a_long_reader_does_not_stop_the_writers),
        test(a_file_that_cannot_grow_is_db_full_and_changes_nothing),
        test_empty(a_full_disk_is_db_full_everywhere),
        test(a_wait_for_a_lock_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
