#include "internal.h"

#include <fcntl.h>

#include "tt/base/time.h"

#define CHECKPOINT_PAGES 4096   /* 16 MiB of 4 KiB pages: many commits share some, and each is copied once */
#define CHECKPOINT_URGENT 32768 /* 128 MiB */
#define CHECKPOINT_LEFT_OUT 131072 /* 512 MiB: a checkpointer at work would not have let it grow so long */
#define CHECKPOINT_KEPT 8192       /* 32 MiB: a longer log is cut at once */
#define CHECKPOINT_BUSY_MS 1000    /* between two of them: the log will be as long again at once */
#define CHECKPOINT_WAIT_MS 1000    /* for running writers, while new ones wait for us */
#define CHECKPOINT_READER_MS 100   /* for readers of the old end of the WAL */

bool checkpoint_race(void)
{
    return sqlite3_libversion_number() < 3051003;
}

int checkpoint_wal_hook(void *store, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct store *)store)->wal_pages = pages;
    return SQLITE_OK;
}

/* The checkpoint brings the log to the disk before it copies. What soft commits left is brought there now,
 * while everybody may still write: then there is little to wait for. */
int sync_log(struct store *s)
{
    sqlite3_file *log = NULL;
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (rc != SQLITE_OK || !log || !log->pMethods)
        return rc != SQLITE_OK ? rc : SQLITE_MISUSE;
    return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

volatile uint32_t *log_index(struct store *s)
{
    sqlite3_file *file = NULL;
    void volatile *index = NULL;
    if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file->pMethods->iVersion < 2 ||
        file->pMethods->xShmMap(file, 0, INDEX_REGION, 0, &index) != SQLITE_OK)
        return NULL;
    return index;
}

/* The system has forgotten the pages that it could not write, and SQLite would copy only what came after
 * them. Nothing copied at all is a state that every connection takes at any time: after a crash it is so. */
void checkpoint_again(struct store *s)
{
    volatile uint32_t *index = log_index(s);
    if (index)
        index[INDEX_COPIED] = 0;
}

/* Before SQLite 3.51.3 a checkpoint that runs while another connection commits can leave a database that
 * misses pages. So no connection checkpoints by itself; this does, while no writer of ours can be inside a
 * transaction. The announcement comes first: writers pass through its byte, so none begins any more, and the
 * running ones end. */
int checkpoint_as(struct store *s, int mode, int limit_ms)
{
    int left = -1, in_wal = 0, copied = 0;

    if (s->lock_fd < 0 || lock_wait(s, F_WRLCK, LOCK_COPY, limit_ms, NULL))
        return -1;
    sync_log(s);
    if (lock_wait(s, F_WRLCK, LOCK_CHECKPOINT, limit_ms, NULL)) {
        lock_take(s->lock_fd, F_UNLCK, LOCK_COPY);
        return -1;
    }
    if (lock_wait(s, F_WRLCK, LOCK_WRITE, CHECKPOINT_WAIT_MS, NULL) == 0) {
        int busy_ms = s->busy_ms;
        if (busy_ms > CHECKPOINT_READER_MS)
            s->busy_ms = CHECKPOINT_READER_MS;
        int rc = sqlite3_wal_checkpoint_v2(s->db, "main", mode, &in_wal, &copied);
        s->busy_ms = busy_ms;
        if (rc == SQLITE_IOERR_FSYNC)
            checkpoint_again(s);
        left = rc == SQLITE_OK ? 0 : in_wal > 0 ? in_wal : s->wal_pages > 0 ? s->wal_pages : 1;
        lock_take(s->lock_fd, F_UNLCK, LOCK_WRITE);
    }
    lock_take(s->lock_fd, F_UNLCK, LOCK_CHECKPOINT);
    lock_take(s->lock_fd, F_UNLCK, LOCK_COPY);
    return left;
}

int checkpoint_run(struct store *s, int limit_ms)
{
    return checkpoint_as(s, SQLITE_CHECKPOINT_TRUNCATE, limit_ms);
}

/* Cutting the log off and making room for it again takes a busy connection as long as copying its pages:
 * there it keeps its length and is written over. */
void checkpoint_if_large(struct store *s)
{
    if (s->wal_pages >= CHECKPOINT_PAGES / 2)
        checkpointer_wake(s->checkpointer);
    if (s->wal_pages < s->checkpoint_left + CHECKPOINT_PAGES ||
        (s->wal_pages < CHECKPOINT_LEFT_OUT && lock_taken(s->lock_fd, LOCK_CHECKPOINTER)))
        return;
    int64_t now = time_monotonic();
    if (s->checkpoint_missed_at && now - s->checkpoint_missed_at < CHECKPOINT_BUSY_MS)
        return;
    bool keep =
        s->checkpoint_at && now - s->checkpoint_at < CHECKPOINT_BUSY_MS && s->wal_pages <= CHECKPOINT_KEPT;
    int left = checkpoint_as(s, keep ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE,
                             s->wal_pages > CHECKPOINT_URGENT ? 500 : 10);
    s->checkpoint_missed_at = left < 0 && s->wal_pages > CHECKPOINT_URGENT ? time_monotonic() : 0;
    if (left >= 0) {
        /* A long reader kept the WAL: try again only after it has grown by as much again. */
        s->wal_pages = s->checkpoint_left = left;
        s->checkpoint_at = now;
        s->wal_kept = keep || left > 0;
    }
}

/* The pages of the log have their room in the file already: what it takes beside it is given back, so that
 * the next write may find enough. */
void checkpoint_if_full(struct store *s)
{
    s->full = false;
    if (s->db)
        checkpoint_run(s, 10);
}

void checkpoint_at_close(struct store *s)
{
    if (s->wal_kept && s->db && s->transaction == TRANSACTION_NONE)
        checkpoint_run(s, 10);
}
