#include "internal.h"

#define SYNC_COPY_MS 1000

int store_durable(struct store *s, bool durable, struct error *e)
{
    if (s->transaction != TRANSACTION_NONE)
        return error_set(e, ERROR_INTERNAL, NULL, "a transaction is open");
    int rc = sql_control(s, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    return rc == SQLITE_OK ? 0 : store_fail(s, e, rc);
}

/* A system that could not write a page forgets it after saying so, and takes it for written the next time:
 * what the log holds is safe from then on only in the file itself, however often it is asked. */
int store_sync(struct store *s, struct error *e)
{
    int rc = s->log_lost ? SQLITE_IOERR_FSYNC : sync_log(s);
    s->log_lost = rc != SQLITE_OK && checkpoint_run(s, SYNC_COPY_MS) != 0;
    if (!s->log_lost)
        return 0;
    return store_fail(s, e, rc);
}
