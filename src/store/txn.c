#include "internal.h"

#include <fcntl.h>

/* A writer passes through the announcement's byte, so that a waiting checkpoint is not overtaken for ever. */
static int writer_enter(struct store *s, struct error *e)
{
    if (lock_wait(s, F_RDLCK, LOCK_CHECKPOINT, s->busy_ms, e))
        return -1;
    int result = lock_wait(s, F_RDLCK, LOCK_WRITE, s->busy_ms, e);
    lock_take(s->lock_fd, F_UNLCK, LOCK_CHECKPOINT);
    return result;
}

static void ended(struct store *s)
{
    if (s->transaction == TRANSACTION_WRITE)
        lock_take(s->lock_fd, F_UNLCK, LOCK_WRITE);
    s->transaction = TRANSACTION_NONE;
    s->depth = 0;
    if (s->full)
        checkpoint_if_full(s);
}

int store_begin(struct store *s, struct error *e)
{
    if (store_readonly(s)) {
        error_set(e, ERROR_READ_ONLY, NULL, "the database '%s' was opened read-only", s->path);
        return error_hint(e, "run it without --readonly");
    }
    if (s->transaction != TRANSACTION_NONE)
        return error_set(e, ERROR_INTERNAL, NULL, "a transaction is open already");
    atomic_store(&s->interrupted, 0);
    if (writer_enter(s, e))
        return -1;
    s->transaction = TRANSACTION_WRITE;
    int rc = sql_control(s, "BEGIN IMMEDIATE");
    lock_renounce(s);
    if (rc == SQLITE_OK)
        return 0;
    store_fail(s, e, rc);
    ended(s);
    return -1;
}

int store_begin_read(struct store *s, struct error *e)
{
    if (s->transaction != TRANSACTION_NONE)
        return error_set(e, ERROR_INTERNAL, NULL, "a transaction is open already");
    if (store_outdated(s) && store_reconnect(s, e))
        return -1;
    int rc = sql_control(s, "BEGIN");
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    s->transaction = TRANSACTION_READ;
    return 0;
}

int store_commit(struct store *s, struct error *e)
{
    bool wrote = s->transaction == TRANSACTION_WRITE;

    if (s->transaction == TRANSACTION_NONE)
        return error_set(e, ERROR_INTERNAL, NULL, "no transaction is open");
    journal_drop(s);
    if (sqlite3_get_autocommit(s->db)) {
        ended(s);
        return error_set(e, ERROR_INTERNAL, NULL,
                         "the database '%s' ended the transaction; nothing was changed", s->path);
    }
    int rc = sql_control(s, "COMMIT");
    if (rc != SQLITE_OK) {
        store_fail(s, e, rc);
        store_rollback(s);
        return -1;
    }
    ended(s);
    if (wrote) {
        store_keep(s);
        checkpoint_if_large(s);
    }
    return 0;
}

void store_rollback(struct store *s)
{
    if (!s || s->transaction == TRANSACTION_NONE)
        return;
    journal_drop(s);
    if (!sqlite3_get_autocommit(s->db))
        sql_control(s, "ROLLBACK");
    ended(s);
}

bool store_in_transaction(const struct store *s)
{
    return s->transaction != TRANSACTION_NONE;
}

/* One name serves for all: the innermost is meant. */
int store_savepoint(struct store *s, struct error *e)
{
    if (s->transaction != TRANSACTION_WRITE || sqlite3_get_autocommit(s->db))
        return error_set(e, ERROR_INTERNAL, NULL, "no write transaction is open");
    int rc = sql_control(s, "SAVEPOINT nested");
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    s->depth++;
    return 0;
}

int store_release(struct store *s, struct error *e)
{
    if (s->depth == 0)
        return error_set(e, ERROR_INTERNAL, NULL, "no savepoint is open");
    int rc = sql_control(s, "RELEASE nested");
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    s->depth--;
    return 0;
}

void store_rollback_to(struct store *s)
{
    if (s->depth == 0)
        return;
    if (s->journal && s->journal_depth >= s->depth)
        journal_drop(s);
    if (!sqlite3_get_autocommit(s->db)) {
        sql_control(s, "ROLLBACK TO nested");
        sql_control(s, "RELEASE nested");
    }
    s->depth--;
}

int work_begin(struct store *s, bool *own, struct error *e)
{
    *own = s->transaction != TRANSACTION_WRITE;
    return *own ? store_begin(s, e) : 0;
}

int work_end(struct store *s, bool own, int result, struct error *e)
{
    if (!own)
        return result < 0 ? -1 : 0;
    if (result < 0) {
        store_rollback(s);
        return -1;
    }
    return store_commit(s, e);
}

int view_begin(struct store *s, bool *own, struct error *e)
{
    *own = s->transaction == TRANSACTION_NONE;
    return *own ? store_begin_read(s, e) : 0;
}

int view_end(struct store *s, bool own, int result)
{
    if (own)
        store_rollback(s); /* nothing was written */
    return result < 0 ? -1 : 0;
}
