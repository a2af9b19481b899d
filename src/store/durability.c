#include "internal.h"

int store_durable(struct store *s, bool durable, struct error *e)
{
    if (s->transaction != TRANSACTION_NONE)
        return error_set(e, ERROR_INTERNAL, NULL, "a transaction is open");
    int rc = sql_control(s, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    return rc == SQLITE_OK ? 0 : store_fail(s, e, rc);
}
