/* A store from the path that names it to its end: the file, which may have to be made, its locks, its schema.
 */
#include "haystack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/domain/receipt.h"
#include "tt/store/stock.h"

/* What the path names: a file to be opened, or one to be made: MISSING, or EMPTY. */
struct place {
    bool missing, empty;
};

static int check_path(struct store *s, struct place *at, struct error *e)
{
    struct stat st;
    *at = (struct place){0};
    if (stat(s->path, &st) == 0) {
        /* To open a pipe waits for its other end, and no signal would end that. */
        const char *what = S_ISDIR(st.st_mode) ? "directory" : S_ISFIFO(st.st_mode) ? "pipe" : NULL;
        if (what) {
            error_set(e, ERROR_DB_DAMAGED, NULL, "'%s' is a %s, not a database", s->path, what);
            return error_hint(e, "name a file with --db or $TENANTTUI_DB");
        }
        at->empty = S_ISREG(st.st_mode) && st.st_size == 0;
        return 0;
    }
    if (errno == ENOENT && s->mode == STORE_CREATE) {
        at->missing = true;
        return 0;
    }
    if (errno == ENOENT) {
        return error_set(e, ERROR_DB_MISSING, NULL, "there is no database '%s'", s->path);
    }
    error_set(e, ERROR_DB_MISSING, NULL, "the database '%s' cannot be reached: %s", s->path, strerror(errno));
    return error_hint(e, "check the path and the modes of its directories");
}

/* A key that will be refused is told before anything is made for it. */
static int check_key(struct store *s, struct error *e)
{
    struct key key;
    if (!s->key_path || !fs_exists(s->key_path))
        return 0;
    int status = key_read(s->key_path, &key, e);
    mem_wipe(&key, sizeof key);
    return status;
}

static int cannot_make(struct store *s, int system_error, struct error *e)
{
    bool denied = system_error == EROFS || system_error == EACCES || system_error == EPERM;
    bool full = fs_full(system_error);
    error_set(e,
              full     ? ERROR_DB_FULL
              : denied ? ERROR_READ_ONLY
                       : ERROR_DB_MISSING,
              NULL, "files of the database '%s' cannot be made: %s", s->path, strerror(system_error));
    return error_hint(
        e, full ? "free some space and try again; nothing was changed"
                : "check the directory; --readonly opens a database in one that cannot be written");
}

/* The lock file stands before the database is touched, and before it nothing is made beside a foreign file.
 */
static int open_lock(struct store *s, struct error *e)
{
    if (s->unlocked)
        return 0;
    s->lock_fd = lock_open(s->path, false);
    if (store_readonly(s))
        return s->lock_fd < 0 ? 0 : lock_wait(s, F_RDLCK, LOCK_OPEN, s->busy_ms, e);
    if (s->lock_fd < 0 && header_check(s->path, false, e)) {
        /* Unless another process has made both in this moment. */
        if ((s->lock_fd = lock_open(s->path, false)) < 0)
            return -1;
    }
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->lock_fd = lock_open(s->path, true);
    if (s->lock_fd < 0)
        return cannot_make(s, errno, e);
    return lock_wait(s, F_RDLCK, LOCK_OPEN, s->busy_ms, e);
}

static int make_file(struct store *s, struct error *e)
{
    if (fs_make_parent(s->path, 0700, e))
        return -1;
    int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : cannot_make(s, errno, e);
    close(fd);
    s->fresh = true;
    return 0;
}

void store_keep(struct store *s)
{
    if (s->fresh && s->ready && s->notice) {
        char *text = mem_format("a new database was made: '%s'", s->path);
        s->notice(s->notice_context, text);
        free(text);
    }
    s->fresh = s->fresh && !s->ready;
}

/* Whoever else has it open, or waits for its lock, keeps it. */
static void unmake(struct store *s)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm", "-lock"};
    if (lock_take(s->lock_fd, F_WRLCK, LOCK_OPEN))
        return;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *path = mem_format("%s%s", s->path, suffixes[i]);
        unlink(path);
        free(path);
    }
}

static bool unmade(int lock_fd)
{
    struct stat st;
    return lock_fd >= 0 && fstat(lock_fd, &st) == 0 && st.st_nlink == 0;
}

/* The file, made where it is to be made, and a part of its lock. */
static int open_place(struct store *s, struct error *e)
{
    struct place at;
    do {
        if (s->lock_fd >= 0)
            close(s->lock_fd); /* of a file that was unmade while we waited for its lock */
        s->lock_fd = -1;
        if (check_path(s, &at, e) ||
            (s->mode == STORE_CREATE && (at.missing || at.empty) && check_key(s, e)) ||
            (at.missing && make_file(s, e)) || open_lock(s, e))
            return -1;
    } while (unmade(s->lock_fd));
    return 0;
}

/* What a person should know who opened it only to read. */
static void tell_directory(struct store *s)
{
    char *slash = strrchr(s->path, '/');
    char *directory = slash ? mem_strndup(s->path, (size_t)(slash - s->path) + 1) : mem_strdup(".");
    if (s->notice && access(directory, W_OK)) {
        char *text = mem_format("'%s' is in a directory that cannot be written: opened read-only", s->path);
        s->notice(s->notice_context, text);
        free(text);
    }
    free(directory);
}

static bool complete(const struct identity *identity)
{
    return identity->application_id == STORE_APPLICATION_ID && identity->version >= store_schema_newest();
}

static int prepare_reader(struct store *s, struct error *e)
{
    struct identity identity;
    if (store_identity(s, &identity, e))
        return -1;
    if (!complete(&identity)) {
        /* Another process may be making or migrating it just now. */
        if (lock_wait(s, F_RDLCK, LOCK_MIGRATE, s->busy_ms, e))
            return -1;
        lock_take(s->lock_fd, F_UNLCK, LOCK_MIGRATE);
        if ((store_outdated(s) && store_reconnect(s, e)) || store_identity(s, &identity, e))
            return -1;
    }
    if (identity.application_id != STORE_APPLICATION_ID)
        return identity.pages > 0 ? foreign_file(s->path, e) : empty_file(s->path, e);
    return migrate_check(s, e);
}

/* What many events change in one transaction is written once, at its end. Memory is taken as pages come. */
static void keep_pages(struct store *s)
{
    if (!store_readonly(s))
        sql_control(s, "PRAGMA cache_size = -32768");
}

int store_open(struct store **out, const struct store_options *options, struct error *e)
{
    return store_open_as(out, options, false, e);
}

int store_open_as(struct store **out, const struct store_options *options, bool unlocked, struct error *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct store *s = mem_zero(1, sizeof *s);

    pthread_once(&once, spill_configure);
    s->path = real_path(options->path);
    s->wal_path = mem_format("%s-wal", s->path);
    s->shm_path = mem_format("%s-shm", s->path);
    s->key_path = mem_strdup(options->key_path);
    s->mode = options->mode;
    s->keep_schema = options->keep_schema;
    s->checkpointer = options->checkpointer;
    s->busy_ms = options->busy_ms < 0 ? 0 : options->busy_ms ? options->busy_ms : STORE_BUSY_MS;
    s->lock_fd = -1;
    s->unlocked = unlocked;
    s->jitter = ((uint32_t)getpid() * 2654435761u ^ (uint32_t)(uintptr_t)s) | 1;
    s->notice = options->notice;
    s->notice_context = options->notice_context;
    *out = NULL;
    if (open_place(s, e) || store_connect(s, e))
        goto failed;
    if (!store_readonly(s) ? migrate_prepare(s, e) : s->mode == STORE_READ && prepare_reader(s, e))
        goto failed;
    if (store_readonly(s))
        tell_directory(s);
    keep_pages(s);
    s->ready = true;
    *out = s;
    return 0;
failed:
    store_discard(s);
    return -1;
}

static void close_as(struct store *s, bool discard)
{
    if (!s)
        return;
    store_rollback(s);
    checkpoint_at_close(s);
    store_disconnect(s);
    if (discard && s->fresh)
        unmake(s);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    mem_wipe(&s->key, sizeof s->key);
    mem_wipe(&s->secret_key, sizeof s->secret_key);
    mem_wipe(&s->hash_key, sizeof s->hash_key);
    if (s->receipts)
        mem_wipe(s->receipts, sizeof *s->receipts);
    free(s->receipts);
    haystack_free(s->haystack);
    stock_sweep_free(s->erasure);
    sql_release(s);
    free(s->path);
    free(s->wal_path);
    free(s->shm_path);
    free(s->key_path);
    free(s);
}

void store_close(struct store *s)
{
    close_as(s, false);
}

void store_discard(struct store *s)
{
    close_as(s, true);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

const char *store_wal_path(const struct store *s)
{
    return s->wal_path;
}

int64_t store_data_version(struct store *s)
{
    int64_t version = -1;
    if (store_outdated(s) && store_reconnect(s, NULL))
        return -1;
    return sql_int(s, NULL, &version, "PRAGMA data_version", "") == 1 ? version : -1;
}

void store_interrupt(struct store *s)
{
    atomic_store(&s->interrupted, 1);
    if (atomic_exchange(&s->handling, 1))
        return; /* it is being closed: nothing runs */
    if (s->db)
        sqlite3_interrupt(s->db);
    atomic_store(&s->handling, 0);
}
