#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define STEP_PAGES 256

char *temporary_path(const char *path)
{
    unsigned char random[6];
    char hex[sizeof random * 2 + 1];
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    return mem_format("%s.tmp-%s", path, hex);
}

/* --- the copy --- */

static int copy_steps(struct store *s, sqlite3_backup *backup, void (*progress)(void *, int64_t, int64_t),
                      void *context)
{
    int64_t until = time_monotonic() + s->busy_ms;
    int rc;

    do {
        rc = sqlite3_backup_step(backup, STEP_PAGES);
        if (rc == SQLITE_OK || rc == SQLITE_DONE) {
            int64_t total = sqlite3_backup_pagecount(backup);
            until = time_monotonic() + s->busy_ms;
            if (progress)
                progress(context, total - sqlite3_backup_remaining(backup), total);
        } else if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) {
            if (time_monotonic() >= until)
                break;
            lock_pause(s, 5);
            rc = SQLITE_OK;
        }
        if (atomic_load(&s->interrupted))
            rc = SQLITE_INTERRUPT;
    } while (rc == SQLITE_OK);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The copy lies beside its final name, unsynced until it is whole: it needs no journal. */
static int open_target(const char *path, sqlite3 **db)
{
    int rc =
        sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    return rc;
}

/* For people it is the file that they named, wherever the copy lies until it is whole. */
static int target_fail(const char *named, int system_error, int rc, struct error *e)
{
    if ((rc & 0xff) == SQLITE_FULL || fs_full(system_error)) {
        error_set(e, ERROR_DB_FULL, "file", "'%s' cannot be written: no space is left", named);
        return error_hint(e, "free some space or name another place; nothing was changed");
    }
    return error_set(e, ERROR_REFUSED, "file", "'%s' cannot be written: %s", named,
                     system_error ? strerror(system_error) : sqlite3_errstr(rc));
}

static int sync_file(const char *path, const char *named, struct error *e)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return failed ? target_fail(named, saved, 0, e) : 0;
}

int backup_copy(struct store *s, const char *path, const char *named,
                void (*progress)(void *, int64_t, int64_t), void *context, struct error *e)
{
    sqlite3 *target = NULL;
    int result = -1;
    if (store_outdated(s) && store_reconnect(s, e))
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return target_fail(named, errno, 0, e);
    close(fd);
    int rc = open_target(path, &target);
    if (rc != SQLITE_OK) {
        target_fail(named, target ? sqlite3_system_errno(target) : 0, rc, e);
        goto done;
    }
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", s->db, "main");
    if (!backup) {
        rc = sqlite3_extended_errcode(target);
        target_fail(named, sqlite3_system_errno(target), rc, e);
        goto done;
    }
    rc = copy_steps(s, backup, progress, context);
    sqlite3_backup_finish(backup);
    bool reading = rc == SQLITE_IOERR_READ || rc == SQLITE_IOERR_SHORT_READ;
    if (rc == SQLITE_OK)
        result = 0;
    else if ((rc & 0xff) == SQLITE_FULL || ((rc & 0xff) == SQLITE_IOERR && !reading))
        target_fail(named, sqlite3_system_errno(target), rc, e);
    else
        store_fail(s, e, rc);
done:
    sqlite3_close(target);
    if (result == 0)
        result = sync_file(path, named, e);
    if (result)
        unlink(path);
    return result;
}

/* --- store_backup --- */

bool same_file(const char *a, const char *b)
{
    struct stat one, two;
    return stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

int store_check_target(const struct store *s, const char *path, struct error *e)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-lock", ".lock", ".log"};
    bool owns = s->key_path && (str_equal(path, s->key_path) || same_file(path, s->key_path));
    for (size_t i = 0; !owns && i < sizeof suffixes / sizeof *suffixes; i++) {
        char *name = mem_format("%s%s", s->path, suffixes[i]);
        owns = str_equal(path, name) || same_file(path, name);
        free(name);
    }
    return owns ? error_set(e, ERROR_REFUSED, "file",
                            "'%s' belongs to the database: it is its file, one beside it, or its key", path)
                : 0;
}

static bool parent_missing(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = mem_strndup(path, slash && slash > path ? (size_t)(slash - path) : 0);
    bool missing = *parent && !fs_exists(parent);
    free(parent);
    return missing;
}

/* Over a database that is in use, a copy would meet the other's write-ahead log. */
static int check_target(struct store *s, const char *path, struct error *e)
{
    struct stat st;
    if (store_check_target(s, path, e))
        return -1;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(e, ERROR_REFUSED, "file", "'%s' is not a file", path);
    if (stat(path, &st) && errno == ENOENT && parent_missing(path))
        return error_set(e, ERROR_REFUSED, "file", "'%s' cannot be written: its directory does not exist",
                         path);
    char *wal = mem_format("%s-wal", path);
    bool live = fs_exists(wal);
    if (live) {
        error_set(e, ERROR_REFUSED, "file", "'%s' is a database in use: '%s' lies beside it", path, wal);
        error_hint(e, "name a new file");
    }
    free(wal);
    return live ? -1 : 0;
}

int store_backup(struct store *s, const char *path, void (*progress)(void *, int64_t done, int64_t total),
                 void *context, struct error *e)
{
    bool own = s->transaction == TRANSACTION_NONE;
    int64_t unused;
    int result = -1;

    if (check_target(s, path, e))
        return -1;
    char *temporary = temporary_path(path);
    atomic_store(&s->interrupted, 0);
    /* One read transaction around all steps: the copy is of one moment, and writers go on beside it. */
    if ((own && store_begin_read(s, e)) ||
        sql_int(s, e, &unused, "SELECT count(*) FROM sqlite_schema", "") < 0 ||
        backup_copy(s, temporary, path, progress, context, e))
        goto done;
    if (rename(temporary, path) || fs_sync_parent(path)) {
        target_fail(path, errno, 0, e);
        unlink(temporary);
        goto done;
    }
    result = 0;
done:
    if (own)
        store_rollback(s);
    free(temporary);
    return result;
}
