/* A disk that says once that it could not write, and then takes what comes: as systems do, it has forgotten
 * by then what it could not write. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define PAGE 4096
#define PAGES 16384
#define VALUE 60000

/* What is on the disk of the database's file, and which of its pages the system has to bring there. */
static unsigned char disk[PAGES][PAGE];
static atomic_bool dirty[PAGES];
static atomic_int fail_file, fail_log; /* so many of the next syncs */

static bool is(int fd, const char *end)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    size_t len = strlen(end);
    return n > (ssize_t)len && memcmp(path + n - len, end, len) == 0;
}

static bool takes(atomic_int *count)
{
    int n = atomic_load(count);
    return n > 0 && atomic_compare_exchange_strong(count, &n, n - 1);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at);
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    ssize_t n = syscall(SYS_pwrite64, fd, data, size, at);
    if (n > 0 && is(fd, ".db"))
        for (off64_t page = at / PAGE; page <= (at + n - 1) / PAGE && page < PAGES; page++)
            atomic_store(&dirty[page], true);
    return n;
}

static int bring(int fd)
{
    bool file = is(fd, ".db");
    bool fails = file ? takes(&fail_file) : is(fd, "-wal") && takes(&fail_log);
    for (off_t page = 0; file && page < PAGES; page++)
        if (atomic_exchange(&dirty[page], false) && !fails &&
            syscall(SYS_pread64, fd, disk[page], (size_t)PAGE, page * PAGE) < 0)
            abort();
    errno = EIO;
    return fails ? -1 : 0;
}

int fdatasync(int fd)
{
    return bring(fd);
}

int fsync(int fd)
{
    return bring(fd);
}

/* A loss of power now would lose nothing. */
static void assert_on_disk(struct world *w)
{
    static unsigned char page[PAGE];
    int fd = open(w->db, O_RDONLY), lost = 0;
    for (off_t at = 0; pread(fd, page, PAGE, at * PAGE) == PAGE; at++)
        lost += memcmp(page, disk[at], PAGE) != 0;
    close(fd);
    assert_int_equal(lost, 0);
}

static int write_some(struct store *s, int64_t n, struct error *e)
{
    static char value[VALUE + 1];
    char what[24];
    memset(value, 'a' + (int)(n % 26), VALUE);
    snprintf(what, sizeof what, "a-%d", (int)(n % 100));
    return store_begin(s, e) || remote_set(s, "tenant01", what, value, e) || store_commit(s, e) ? -1 : 0;
}

static void what_the_log_lost_counts_as_written_only_when_the_file_has_it(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(checkpoint_run(w->store, 100));
    struct store *s = other(w, STORE_WRITE), *reader = other(w, STORE_READ);
    ok(store_durable(s, false, &w->error));
    ok(write_some(s, 1, &w->error));
    ok(store_begin_read(reader, &w->error)); /* so that it cannot be cut off */
    struct tenant t;
    ok(tenants_load(reader, "tenant01", &t, &w->error));
    tenant_release(&t);
    ok(write_some(s, 2, &w->error));
    fail_log = 1;
    assert_int_equal(store_sync(s, &w->error), -1);
    assert_int_equal(store_sync(s, &w->error), -1);
    store_rollback(reader);
    ok(store_sync(s, &w->error));
    assert_int_equal(size_of(store_wal_path(s)), 0);
    assert_on_disk(w);
    store_close(reader);
    store_close(s);
}

static void what_the_file_lost_is_copied_again(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    struct checkpointer *c = checkpointer_new(w->db);
    struct store_options options = {
        .path = w->db, .mode = STORE_WRITE, .key_path = w->key, .checkpointer = c};
    struct store *s = NULL;
    ok(store_open(&s, &options, &w->error));
    ok(store_durable(s, false, &w->error));
    fail_file = 1;
    int64_t until = time_monotonic() + 60000;
    for (int64_t n = 0; fail_file; n++) {
        assert_true(time_monotonic() < until);
        ok(write_some(s, n, &w->error));
    }
    while (size_of(store_wal_path(s)) > 0) {
        assert_true(time_monotonic() < until);
        checkpointer_wake(c);
        sched_yield();
    }
    store_close(s);
    checkpointer_free(c);
    assert_on_disk(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_the_log_lost_counts_as_written_only_when_the_file_has_it),
        test(what_the_file_lost_is_copied_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
