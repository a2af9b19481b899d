/* The log is copied as it is being written. Two things make that safe where SQLite itself is not (before
 * 3.51.3 a log that begins anew while it is copied can cost pages): a second connection reads from within the
 * log all the while, and as long as somebody does, no writer begins it anew; and nobody else copies. Only
 * when nearly all of it is in the file the writers are stopped, for the rest. */
#include "internal.h"

#include <fcntl.h>
#include <pthread.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define COPY_PAGES 16384 /* 64 MiB: the more are copied at once, the more often a page is copied but once */
#define LONG_PAGES 65536 /* 256 MiB: then the log begins anew, and for that the writers wait */
#define REST_PAGES 512   /* so few are copied while they do */
#define STOP_MS 50       /* for running writers to end */
#define LOOK_MS 50       /* between two looks at the log */
#define QUIET_MS 1000    /* a log that has not grown for so long is cut off */
#define FAILED_MS 1000   /* before it is tried again */

struct checkpointer {
    char *path;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool awake, stop;
    /* The thread's, while it is awake. */
    struct store *copier, *reader;
    const volatile uint32_t *index;
    bool failed;   /* it stops; the writers copy the log themselves */
    bool told;     /* and the log says so, once */
    uint32_t left; /* length of the log when a reader kept it from beginning anew */
};

/* --- the log --- */

static uint32_t length(const struct checkpointer *c)
{
    return c->index[INDEX_FRAMES];
}

/* In this order: a log that begins anew between the two looks copied, never the other way round. */
static uint32_t uncopied(const struct checkpointer *c)
{
    uint32_t copied = c->index[INDEX_COPIED], frames = c->index[INDEX_FRAMES];
    return frames > copied ? frames - copied : 0;
}

/* SQLite brings the file to the disk when it has copied all; the writers would wait for it then. */
static int sync_file(struct store *s)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return rc == SQLITE_OK ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) : rc;
}

/* --- failing --- */

static void fail(struct checkpointer *c, const char *why)
{
    if (!c->told)
        log_event(LEVEL_ERROR, NULL, "checkpointer", "the log is not copied into the database: %s", why);
    c->failed = c->told = true;
}

static void works(struct checkpointer *c)
{
    if (c->told)
        log_event(LEVEL_INFO, NULL, "checkpointer", "the log is copied again");
    c->told = false;
}

/* --- copying --- */

/* A reader that begins while pages are still to be copied reads from the log. */
static int read_from_log(struct store *s)
{
    int64_t version;
    if (store_begin_read(s, NULL))
        return -1;
    return sql_int(s, NULL, &version, "PRAGMA schema_version", "") == 1 ? 0 : -1;
}

/* Copy what is in the log by now, while others go on writing. Is there less to copy now? */
static bool copy(struct checkpointer *c)
{
    struct store *s = c->copier;
    uint32_t before = uncopied(c);
    int rc = SQLITE_BUSY;
    if (lock_take(s->lock_fd, F_WRLCK, LOCK_COPY))
        return false;
    if (uncopied(c) > 0 && read_from_log(c->reader) == 0) {
        rc = sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = sync_file(s);
        if (rc == SQLITE_IOERR_FSYNC)
            checkpoint_again(s); /* while the reader still keeps the log */
    }
    store_rollback(c->reader);
    lock_take(s->lock_fd, F_UNLCK, LOCK_COPY);
    if (rc == SQLITE_OK)
        works(c);
    else if ((rc & 0xff) != SQLITE_BUSY)
        fail(c, sqlite3_errstr(rc));
    return rc == SQLITE_OK && uncopied(c) < before;
}

/* Copy until little is left, then all, so that the log begins anew (or, TRUNCATE, is cut off). */
static void checkpoint(struct checkpointer *c, int mode)
{
    uint32_t before = UINT32_MAX;
    while (uncopied(c) > REST_PAGES && uncopied(c) < before / 4 * 3) {
        before = uncopied(c);
        if (!copy(c))
            break;
    }
    c->left = length(c);
    if (!c->failed && uncopied(c) <= COPY_PAGES / 2 && checkpoint_as(c->copier, mode, STOP_MS) == 0)
        c->left = 0;
}

static bool stopped(struct checkpointer *c)
{
    pthread_mutex_lock(&c->mutex);
    bool stop = c->stop;
    pthread_mutex_unlock(&c->mutex);
    return stop;
}

/* Where it cannot copy it stops, and the writers do it themselves. */
static void work(struct checkpointer *c)
{
    uint32_t seen = 0;
    int64_t grown_at = time_monotonic();
    while (!stopped(c) && !c->failed) {
        int64_t now = time_monotonic();
        bool held = false; /* by a reader of an old state */
        if (length(c) != seen)
            grown_at = now;
        seen = length(c);
        if (now - grown_at >= QUIET_MS)
            break;
        if (uncopied(c) > 0 && seen >= c->left + LONG_PAGES)
            checkpoint(c, SQLITE_CHECKPOINT_RESTART);
        else if (uncopied(c) >= COPY_PAGES)
            held = !copy(c);
        lock_pause(c->copier, held ? QUIET_MS : LOOK_MS);
    }
    if (!c->failed)
        checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE);
}

/* --- the thread --- */

static void open_and_work(struct checkpointer *c)
{
    struct store_options options = {.path = c->path, .mode = STORE_WRITE};
    struct error e = {0};
    if (store_open(&c->copier, &options, &e) || store_open(&c->reader, &options, &e))
        fail(c, e.message);
    else if ((c->index = log_index(c->copier)) &&
             lock_take(c->copier->lock_fd, F_WRLCK, LOCK_CHECKPOINTER) == 0)
        work(c);
    store_close(c->reader);
    store_close(c->copier); /* with its locks */
    c->reader = c->copier = NULL;
    c->left = 0;
}

/* Each commit wakes it: what fails is not tried as often. */
static void rest(struct checkpointer *c)
{
    int64_t until = time_monotonic() + FAILED_MS;
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    while (!c->stop && pthread_cond_clockwait(&c->changed, &c->mutex, CLOCK_MONOTONIC, &at) == 0)
        continue;
    c->failed = false;
}

static void *thread_main(void *context)
{
    struct checkpointer *c = context;
    pthread_mutex_lock(&c->mutex);
    while (!c->stop) {
        if (!c->awake) {
            pthread_cond_wait(&c->changed, &c->mutex);
            continue;
        }
        pthread_mutex_unlock(&c->mutex);
        open_and_work(c);
        pthread_mutex_lock(&c->mutex);
        if (c->failed)
            rest(c);
        c->awake = false;
    }
    pthread_mutex_unlock(&c->mutex);
    return NULL;
}

struct checkpointer *checkpointer_new(const char *database_path)
{
    struct checkpointer *c = mem_zero(1, sizeof *c);
    c->path = mem_strdup(database_path);
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->changed, NULL);
    if (pthread_create(&c->thread, NULL, thread_main, c) == 0)
        return c;
    pthread_mutex_destroy(&c->mutex);
    pthread_cond_destroy(&c->changed);
    free(c->path);
    free(c);
    return NULL;
}

void checkpointer_wake(struct checkpointer *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->mutex);
    c->awake = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->mutex);
}

void checkpointer_free(struct checkpointer *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->mutex);
    c->stop = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->mutex);
    pthread_join(c->thread, NULL);
    pthread_mutex_destroy(&c->mutex);
    pthread_cond_destroy(&c->changed);
    free(c->path);
    free(c);
}
