#include "internal.h"

#include "tt/base/mem.h"
#include "tt/store/outbox.h"

const char *const push_kind_words[] = {
    [PUSH_CONTROL] = "control",   [PUSH_COMMANDS] = "commands", [PUSH_NICKNAME] = "nickname",
    [PUSH_CHANNELS] = "channels", [PUSH_ROLES] = "roles",       [PUSH_KIND_COUNT] = NULL,
};
const char *const push_row_state_words[] = {
    [PUSH_PENDING] = "pending",
    [PUSH_LEASED] = "leased",
    [PUSH_FAILED] = "failed",
    [PUSH_FAILED + 1] = NULL,
};

int outbox_queue(struct store *s, const char *tenant, int64_t revision, unsigned kinds, int64_t now,
                 struct error *e)
{
    /* A row under a lease stays with its holder, whose result then finds the higher revision: what is new is
     * sent after what is on its way, never beside it. */
    for (int kind = 0; kind < PUSH_KIND_COUNT; kind++)
        if (kinds & 1u << kind &&
            sql_run(s, e,
                    "INSERT INTO outbox (tenant_id, kind, revision, next_at) VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT (tenant_id, kind) DO UPDATE SET revision = max(revision, ?3),"
                    " state = iif(state = 'leased', 'leased', 'pending'), attempts = 0, reason = '', next_at "
                    "= ?4",
                    "ttii", tenant, push_kind_words[kind], revision, now))
            return -1;
    return 0;
}

/* --- rows --- */

#define ROW_COLUMNS "push, tenant_id, revision, kind, state, attempts, reason, next_at"

struct push_rows {
    struct push_row *items;
    size_t count;
};

static int read_rows(struct store *s, struct query *q, struct push_rows *rows, struct error *e)
{
    int step;
    while ((step = query_step(q, e)) == 1) {
        int kind = stored_word(s, push_kind_words, query_text(q, 3), e);
        int state = kind < 0 ? -1 : stored_word(s, push_row_state_words, query_text(q, 4), e);
        if (state < 0)
            return -1;
        rows->items = mem_resize(rows->items, rows->count + 1, sizeof *rows->items);
        struct push_row *row = &rows->items[rows->count++];
        *row = (struct push_row){.push = query_int(q, 0),
                                 .revision = query_int(q, 2),
                                 .kind = (enum push_kind)kind,
                                 .state = (enum push_row_state)state,
                                 .attempts = query_int(q, 5),
                                 .next_at = query_int(q, 7)};
        str_copy(row->tenant, sizeof row->tenant, query_text(q, 1));
        str_copy(row->reason, sizeof row->reason, query_text(q, 6));
    }
    return step;
}

static void give(struct push_rows *rows, int result, void (*each)(void *, const struct push_row *),
                 void *context)
{
    for (size_t i = 0; result == 0 && i < rows->count; i++)
        each(context, &rows->items[i]);
    free(rows->items);
}

#define DUE "((state = 'pending' AND next_at <= ?1) OR (state = 'leased' AND leased_until <= ?1))"

int outbox_lease(struct store *s, const char *tenant, const char *owner, int64_t now, int64_t until,
                 int limit, void (*each)(void *, const struct push_row *), void *context, struct error *e)
{
    struct push_rows rows = {0};
    struct query q;
    bool own;
    int64_t any = 0;

    /* Nothing due: no write transaction, so that an idle sweep disturbs nobody. A sweep crosses tenants: the
     * daemon sends for all. */
    if (!store_in_transaction(s) &&
        sql_int(s, e, &any,
                tenant ? "SELECT count(*) FROM outbox WHERE tenant_id = ?2 AND " DUE
                       : "SELECT count(*) FROM outbox WHERE ?2 IS NULL AND " DUE,
                "it", now, tenant) < 0)
        return -1;
    if (!store_in_transaction(s) && any == 0)
        return 0;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: the daemon's pushes are those of all */
    int result = tenant ? query_open(&q, s, e,
                                     "SELECT " ROW_COLUMNS " FROM outbox WHERE tenant_id = ?2 AND " DUE
                                     " ORDER BY push LIMIT ?3",
                                     "itd", now, tenant, limit > 0 ? limit : -1)
                        : query_open(&q, s, e,
                                     "SELECT " ROW_COLUMNS " FROM outbox WHERE ?2 IS NULL AND " DUE
                                     " ORDER BY push LIMIT ?3",
                                     "itd", now, NULL, limit > 0 ? limit : -1);
    if (result == 0)
        result = read_rows(s, &q, &rows, e);
    query_close(&q);
    for (size_t i = 0; result == 0 && i < rows.count; i++) {
        rows.items[i].state = PUSH_LEASED; /* the number crosses tenants: it was found above */
        result = sql_run(
            s, e, "UPDATE outbox SET state = 'leased', leased_by = ?2, leased_until = ?3 WHERE push = ?1",
            "iti", rows.items[i].push, owner, until);
    }
    result = work_end(s, own, result, e);
    give(&rows, result, each, context);
    return result;
}

/* crosses tenants: the daemon sends for all. Each half walks its index and stops at the limit. */
static const char due_sql[] =
    "SELECT " ROW_COLUMNS " FROM ("
    "SELECT * FROM (SELECT *, next_at AS due FROM outbox INDEXED BY outbox_due"
    " WHERE state = 'pending' AND next_at <= ?1 ORDER BY next_at LIMIT ?2)"
    " UNION ALL "
    "SELECT * FROM (SELECT *, leased_until AS due FROM outbox INDEXED BY outbox_leased"
    " WHERE state = 'leased' AND leased_until <= ?1 ORDER BY leased_until LIMIT ?2)"
    ") ORDER BY due, push LIMIT ?2";

int outbox_due(struct store *s, const char *tenant, int64_t now, int limit,
               void (*each)(void *, const struct push_row *), void *context, struct error *e)
{
    struct push_rows rows = {0};
    struct query q;
    int result = tenant ? query_open(&q, s, e,
                                     "SELECT " ROW_COLUMNS " FROM outbox WHERE tenant_id = ?3 AND " DUE
                                     " ORDER BY push LIMIT ?2",
                                     "idt", now, limit, tenant)
                        : query_open(&q, s, e, due_sql, "id", now, limit);
    if (result == 0)
        result = read_rows(s, &q, &rows, e);
    query_close(&q);
    give(&rows, result, each, context);
    return result;
}

/* --- results --- */

/* A number alone crosses tenants: it is the one that the lease gave, and is never used again. */

int outbox_done(struct store *s, int64_t push, const char *owner, int64_t revision, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: by the lease's number */
    int result = sql_run(s, e, "DELETE FROM outbox WHERE push = ?1 AND leased_by = ?3 AND revision <= ?2",
                         "iit", push, revision, owner);
    if (result == 0)
        result = sql_run(s, e,
                         "UPDATE outbox SET state = 'pending', leased_by = '', leased_until = 0"
                         " WHERE push = ?1 AND leased_by = ?2",
                         "it", push, owner);
    return work_end(s, own, result, e);
}

static int later(struct store *s, int64_t push, const char *owner, int64_t revision, int64_t next_at,
                 int attempt, const char *reason, struct error *e)
{
    /* crosses tenants: by the lease's number */
    return work_run(s, e,
                    "UPDATE outbox SET state = 'pending', leased_by = '', leased_until = 0,"
                    " attempts = iif(revision > ?3, attempts, attempts + ?5),"
                    " next_at = iif(revision > ?3, next_at, ?4), reason = substr(?6, 1, 120)"
                    " WHERE push = ?1 AND leased_by = ?2",
                    "itiiit", push, owner, revision, next_at, (int64_t)attempt, reason ? reason : "");
}

int outbox_retry(struct store *s, int64_t push, const char *owner, int64_t revision, int64_t next_at,
                 const char *reason, struct error *e)
{
    return later(s, push, owner, revision, next_at, 1, reason, e);
}

int outbox_give_back(struct store *s, int64_t push, const char *owner, int64_t revision, int64_t next_at,
                     const char *reason, struct error *e)
{
    return later(s, push, owner, revision, next_at, 0, reason, e);
}

int outbox_fail(struct store *s, int64_t push, const char *owner, int64_t revision, const char *reason,
                struct error *e)
{
    /* crosses tenants: by the lease's number */
    return work_run(s, e,
                    "UPDATE outbox SET state = iif(revision > ?2, 'pending', 'failed'), leased_by = '',"
                    " leased_until = 0, attempts = attempts + 1, reason = substr(?3, 1, 120)"
                    " WHERE push = ?1 AND leased_by = ?4",
                    "iitt", push, revision, reason ? reason : "", owner);
}

int outbox_clock_set(struct store *s, int64_t now, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: the clock is everybody's */
    int result =
        sql_run(s, e, "UPDATE outbox SET leased_until = 0 WHERE state = 'leased' AND leased_until > ?1", "i",
                now + OUTBOX_LATER_MS);
    if (result == 0) /* crosses tenants: as above */
        result = sql_run(s, e, "UPDATE outbox SET next_at = 0 WHERE state = 'pending' AND next_at > ?1", "i",
                         now + OUTBOX_LATER_MS);
    return work_end(s, own, result, e);
}

/* --- looking at it --- */

int outbox_list(struct store *s, const char *tenant, void (*each)(void *, const struct push_row *),
                void *context, struct error *e)
{
    struct push_rows rows = {0};
    struct query q;
    /* crosses tenants where none is named: the operator's view */
    int result =
        tenant ? query_open(&q, s, e, "SELECT " ROW_COLUMNS " FROM outbox WHERE tenant_id = ?1 ORDER BY push",
                            "t", tenant)
               : query_open(&q, s, e, "SELECT " ROW_COLUMNS " FROM outbox ORDER BY push", "");
    if (result == 0)
        result = read_rows(s, &q, &rows, e);
    query_close(&q);
    give(&rows, result, each, context);
    return result;
}

int outbox_totals(struct store *s, int64_t by_state[3], struct error *e)
{
    struct query q;
    by_state[0] = by_state[1] = by_state[2] = 0;
    /* crosses tenants: the operator's overview */
    int step = query_open(&q, s, e, "SELECT state, count(*) FROM outbox GROUP BY state", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        int state = stored_word(s, push_row_state_words, query_text(&q, 0), e);
        if (state < 0)
            step = -1;
        else
            by_state[state] = query_int(&q, 1);
    }
    query_close(&q);
    return step;
}

int64_t outbox_next_due(struct store *s)
{
    int64_t due = INT64_MAX;
    /* crosses tenants: when the daemon must look again */
    int found = sql_int(
        s, NULL, &due,
        "SELECT min(due) FROM (SELECT min(next_at) AS due FROM outbox WHERE state = 'pending'"
        " UNION ALL SELECT min(leased_until) FROM outbox WHERE state = 'leased') HAVING min(due) IS NOT NULL",
        "");
    return found < 0 ? -1 : found ? due : INT64_MAX;
}

/* --- push retry, push drop: the operator's, so they cross tenants --- */

static int touch(struct store *s, const char *sql, int64_t push, int64_t *n, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    int result = sql_run(s, e, sql, "i", push);
    int64_t touched = result == 0 ? store_changes(s) : 0;
    if (result == 0 && push && touched == 0) {
        error_set(e, ERROR_NO_SUCH, "N", "no push %lld", (long long)push);
        result = error_hint(e, "`push list` shows them");
    }
    if (n)
        *n = touched;
    return work_end(s, own, result, e);
}

int outbox_retry_now(struct store *s, int64_t push, int64_t *n, struct error *e)
{
    return touch(
        s, /* crosses tenants: the operator's own word */
        "UPDATE outbox SET state = iif(state = 'leased', 'leased', 'pending'), attempts = 0, next_at = 0"
        " WHERE ?1 = 0 OR push = ?1",
        push, n, e);
}

int outbox_drop(struct store *s, int64_t push, int64_t *n, struct error *e)
{
    /* crosses tenants: the operator's own word */
    return touch(s, "DELETE FROM outbox WHERE ?1 = 0 OR push = ?1", push, n, e);
}

int outbox_end(struct store *s, const char *tenant, enum push_kind kind, struct error *e)
{
    return sql_run(s, e, "DELETE FROM outbox WHERE tenant_id = ?1 AND kind = ?2", "tt", tenant,
                   push_kind_words[kind]);
}
