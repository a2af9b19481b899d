/* The log is copied by a thread of its own while others write. */
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#define VALUE 60000
#define PAIRS 50

static struct store *woken(struct world *w, struct checkpointer *c)
{
    struct store_options options = {
        .path = w->db, .mode = STORE_WRITE, .key_path = w->key, .checkpointer = c};
    struct store *s = NULL;
    struct error e = {0};
    if (store_open(&s, &options, &e) || store_durable(s, false, &e)) {
        fprintf(stderr, "%s\n", e.message);
        abort();
    }
    return s;
}

/* Thirty pages; both halves of a pair are always of the same change. */
static int write_pair(struct store *s, int by, int64_t n, struct error *e)
{
    static char value[VALUE + 1];
    char what[24];
    memset(value, 'a' + (int)(n % 26), VALUE); /* no page stays as it was */
    snprintf(value, sizeof value, "%020lld", (long long)n);
    value[20] = ' ';
    if (store_begin(s, e))
        return -1;
    for (int half = 0; half < 2; half++) {
        snprintf(what, sizeof what, "%c%d-%d", "ab"[half], by, (int)(n % PAIRS));
        if (remote_set(s, "tenant01", what, value, e)) {
            store_rollback(s);
            return -1;
        }
    }
    return store_commit(s, e);
}

static int64_t newest(struct world *w)
{
    return number(
        w, "SELECT max(CAST(substr(value, 1, 20) AS INTEGER)) FROM remote_state WHERE what LIKE 'a0-%'");
}

static void assert_whole(struct world *w)
{
    struct query q;
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state a LEFT JOIN remote_state b ON b.tenant_id ="
                               " a.tenant_id AND b.what = 'b' || substr(a.what, 2) WHERE a.what LIKE 'a%'"
                               " AND a.value IS NOT b.value"),
                     0);
    ok(query_open(&q, w->store, &w->error, "PRAGMA integrity_check", ""));
    assert_int_equal(query_step(&q, &w->error), 1);
    assert_string_equal(query_text(&q, 0), "ok");
    query_close(&q);
}

/* Until the log has begun anew twice: 500 MB. */
static int long_writer(struct world *w, int unused)
{
    struct checkpointer *c = checkpointer_new(w->db);
    struct store *s = woken(w, c);
    struct error e = {0};
    int anew = 0, before = 0;
    (void)unused;
    for (int64_t n = 0; anew < 2; n++) {
        if (n == 30000 || write_pair(s, 0, n, &e)) {
            fprintf(stderr, "after %lld: %s\n", (long long)n, e.message);
            return 1;
        }
        anew += s->wal_pages < before && before > 32768; /* so long only a checkpointer lets it grow */
        before = s->wal_pages;
    }
    store_close(s);
    checkpointer_free(c);
    return 0;
}

static int plain_writer(struct world *w, int by)
{
    struct store *s = woken(w, NULL);
    struct error e = {0};
    for (int64_t n = 0; n < 2000; n++)
        if (write_pair(s, by, n, &e))
            return 1;
    store_close(s);
    return 0;
}

static void a_log_that_is_copied_while_many_write_is_whole_for_every_reader(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    pid_t pids[] = {child(long_writer, w, 0), child(plain_writer, w, 1), child(plain_writer, w, 2)};
    siginfo_t info = {0};
    while (!info.si_pid) {
        assert_whole(w);
        assert_int_equal(waitid(P_PID, (id_t)pids[0], &info, WEXITED | WNOHANG | WNOWAIT), 0);
    }
    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++)
        assert_int_equal(wait_for(pids[i]), 0);
    assert_whole(w);
    assert_int_equal(checkpoint_run(w->store, 1000), 0);
    assert_whole(w);
    assert_int_equal(number(w, "SELECT count(*) FROM remote_state"), 2 * 3 * PAIRS);
}

static int killed_writer(struct world *w, int fd)
{
    struct store *s = woken(w, checkpointer_new(w->db));
    struct error e = {0};
    for (int64_t n = newest(w) + 1;; n++)
        if (write_pair(s, 0, n, &e) || write(fd, &n, sizeof n) != sizeof n)
            return 1;
}

static void kill_9_while_the_log_is_copied_loses_nothing_that_was_committed(void **state)
{
    struct world *w = *state;
    unsigned seed = 11;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    for (int round = 0; round < 12; round++) {
        int pipes[2];
        int64_t committed = -1, first = newest(w) + 1, one;
        assert_int_equal(pipe(pipes), 0);
        pid_t pid = child(killed_writer, w, pipes[1]);
        close(pipes[1]);
        /* 16,384 pages are copied at a time, and what comes meanwhile after them. */
        int64_t changes = 500 + rand_r(&seed) % 700;
        while (committed < first + changes && read(pipes[0], &one, sizeof one) == sizeof one)
            committed = one;
        kill(pid, SIGKILL);
        assert_int_equal(wait_for(pid), 128 + SIGKILL);
        while (read(pipes[0], &one, sizeof one) == sizeof one)
            committed = one;
        close(pipes[0]);
        assert_true(committed >= first + changes);
        assert_true(newest(w) == committed || newest(w) == committed + 1);
        assert_whole(w);
    }
}

static void wait_until_cut(struct world *w)
{
    int64_t until = time_monotonic() + 60000;
    while (size_of(store_wal_path(w->store)) > 0) {
        assert_true(time_monotonic() < until);
        sched_yield();
    }
}

static void nothing_is_copied_under_a_reader_whom_the_index_does_not_know(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    assert_int_equal(checkpoint_run(w->store, 100), 0);
    int64_t before = size_of(w->db);
    struct checkpointer *c = checkpointer_new(w->db);
    struct store *s = woken(w, c);
    int fd = lock_open(w->db, false);
    assert_int_equal(lock_take(fd, F_RDLCK, LOCK_COPY), 0);
    for (int64_t n = 0; n < 1200; n++) /* more than is copied at once */
        ok(write_pair(s, 0, n, &w->error));
    assert_int_equal(size_of(w->db), before);
    close(fd);
    ok(write_pair(s, 0, 1200, &w->error));
    wait_until_cut(w);
    assert_true(size_of(w->db) > before);
    store_close(s);
    checkpointer_free(c);
    assert_whole(w);
}

static void where_it_cannot_work_the_writer_copies_the_log_itself(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    struct checkpointer *c = checkpointer_new("/nonexistent/database.db");
    struct store *s = woken(w, c);
    for (int64_t n = 0; !s->checkpoint_at; n++) {
        assert_true(n < 1000);
        ok(write_pair(s, 0, n, &w->error));
    }
    store_close(s);
    checkpointer_free(c);
    assert_whole(w);
}

static void one_that_was_never_woken_ends_at_once_and_none_is_fine(void **state)
{
    struct world *w = *state;
    struct checkpointer *c = checkpointer_new(w->db);
    assert_non_null(c);
    checkpointer_free(c);
    checkpointer_free(NULL);
    checkpointer_wake(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_log_that_is_copied_while_many_write_is_whole_for_every_reader),
        test(kill_9_while_the_log_is_copied_loses_nothing_that_was_committed),
        test(nothing_is_copied_under_a_reader_whom_the_index_does_not_know),
        test(where_it_cannot_work_the_writer_copies_the_log_itself),
        test(one_that_was_never_woken_ends_at_once_and_none_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
