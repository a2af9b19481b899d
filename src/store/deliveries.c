#include "tt/store/deliveries.h"

#include "ledger.h"
#include "transactions.h"
#include "tt/base/mem.h"

const char *const delivery_kind_words[DELIVERY_KIND_COUNT + 1] = {
    [DELIVERY_GOODS] = "goods",
    [DELIVERY_PURCHASE_LOG] = "purchase_log",
    [DELIVERY_HISTORY_BUY] = "history_buy",
    [DELIVERY_LOW_STOCK] = "low_stock",
    [DELIVERY_NOTICE] = "notice",
};
const char *const delivery_state_words[DELIVERY_STATE_COUNT + 1] = {
    [DELIVERY_PENDING] = "pending",
    [DELIVERY_LEASED] = "leased",
    [DELIVERY_FAILED] = "failed",
};

/* --- adding --- */

int deliveries_add(const struct tenant_scope *c, const struct new_delivery *d, int64_t now, int64_t *delivery,
                   struct error *e)
{
    if (sql_run(
            c->store, e,
            "INSERT INTO deliveries (tenant_id, kind, tx, copy, user_id, channel_id, items_left, document,"
            " next_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            "ttiiiiiti", c->tenant, d->kind, d->tx, d->copy, d->user_id, d->channel_id, d->items_left,
            d->document ? d->document : "", now))
        return -1;
    if (delivery)
        *delivery = sqlite3_last_insert_rowid(c->store->db);
    return 0;
}

int deliveries_add_notice(const struct tenant_scope *c, int64_t channel, int64_t user, const char *document,
                          int64_t now, int64_t *delivery, struct error *e)
{
    struct new_delivery d = {.kind = delivery_kind_words[DELIVERY_NOTICE],
                             .channel_id = channel,
                             .user_id = channel ? 0 : user,
                             .document = document};
    return deliveries_add(c, &d, now, delivery, e);
}

/* 1: there is something to send again; 0: it is still on its way; -1 */
static int clear_failed(const struct tenant_scope *c, const struct transaction *t, struct error *e)
{
    int64_t waiting = 0, item = 0;
    int found = sql_int(c->store, e, &item, "SELECT item FROM stock WHERE tx = ?2 AND tenant_id = ?1 LIMIT 1",
                        "ti", c->tenant, t->tx);
    if (found == 0 || (found == 1 && t->type != TRANSACTION_PURCHASE))
        return error_set(e, ERROR_REFUSED, "tx", "%s has no items to deliver", t->id);
    if (found < 0 ||
        sql_int(c->store, e, &waiting,
                "SELECT count(*) FROM deliveries WHERE kind = 'goods' AND tx = ?2 AND tenant_id = ?1"
                " AND state <> 'failed'",
                "ti", c->tenant, t->tx) < 0)
        return -1;
    if (waiting) {
        error_set(e, ERROR_REFUSED, "tx", "%s is still on its way to the buyer", t->id);
        return error_hint(e, "it is tried until Discord takes it");
    }
    return sql_run(c->store, e, "DELETE FROM deliveries WHERE kind = 'goods' AND tx = ?2 AND tenant_id = ?1",
                   "ti", c->tenant, t->tx);
}

int deliveries_add_goods(const struct tenant_scope *c, int64_t tx, int64_t now, int64_t *delivery,
                         struct error *e)
{
    struct transaction t;
    if (transactions_load(c, tx, &t, e) || clear_failed(c, &t, e))
        return -1;
    struct new_delivery d = {
        .kind = delivery_kind_words[DELIVERY_GOODS], .tx = tx, .copy = t.copies + 1, .user_id = t.user_id};
    if (deliveries_add(c, &d, now, delivery, e))
        return -1;
    return sql_run(
        c->store, e,
        "UPDATE transactions SET copies = copies + 1, delivery = 'pending' WHERE tx = ?2 AND tenant_id = ?1",
        "ti", c->tenant, tx);
}

/* --- rows --- */

#define COLUMNS                                                                                        \
    "delivery, tenant_id, kind, state, tx, copy, user_id, channel_id, document, items_left, attempts," \
    " reason, next_at, tried_at"

struct rows {
    struct delivery *items;
    size_t count;
};

static int read_rows(struct store *s, struct query *q, int step, struct rows *rows, struct error *e)
{
    while (step >= 0 && (step = query_step(q, e)) == 1) {
        int kind = stored_word(s, delivery_kind_words, query_text(q, 2), e);
        int state = kind < 0 ? -1 : stored_word(s, delivery_state_words, query_text(q, 3), e);
        if (state < 0) {
            step = -1;
            break;
        }
        rows->items = mem_resize(rows->items, rows->count + 1, sizeof *rows->items);
        struct delivery *d = &rows->items[rows->count++];
        *d = (struct delivery){.delivery = query_int(q, 0),
                               .kind = (enum delivery_kind)kind,
                               .state = (enum delivery_state)state,
                               .tx = query_int(q, 4),
                               .copy = query_int(q, 5),
                               .user_id = query_int(q, 6),
                               .channel_id = query_int(q, 7),
                               .document = mem_strdup(query_text(q, 8)),
                               .left = query_int(q, 9),
                               .attempts = query_int(q, 10),
                               .next_at = query_int(q, 12),
                               .tried_at = query_int(q, 13)};
        str_copy(d->tenant, sizeof d->tenant, query_text(q, 1));
        str_copy(d->reason, sizeof d->reason, query_text(q, 11));
    }
    query_close(q);
    return step;
}

static void give(struct rows *rows, int result, void (*each)(void *, const struct delivery *), void *context)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (result == 0)
            each(context, &rows->items[i]);
        free((char *)rows->items[i].document);
    }
    free(rows->items);
}

/* --- leases --- */

#define PENDING "state = 'pending' AND next_at <= ?1"
#define EXPIRED "state = 'leased' AND leased_until <= ?1"
#define OF_TENANT " AND tenant_id = ?2"

static int anything_due(struct store *s, const char *tenant, int64_t now, int64_t *any, struct error *e)
{
    /* crosses tenants: the daemon sends for all */
    return sql_int(s, e, any,
                   tenant ? "SELECT EXISTS (SELECT 1 FROM deliveries WHERE tenant_id = ?2 AND ((" PENDING
                            ") OR (" EXPIRED ")))"
                          : "SELECT EXISTS (SELECT 1 FROM deliveries WHERE " PENDING
                            ") OR EXISTS (SELECT 1 FROM deliveries WHERE " EXPIRED ") WHERE ?2 IS NULL",
                   "it", now, tenant);
}

/* What an earlier holder left behind, then what waits; each from its own index. */
static int read_due(struct store *s, const char *tenant, int64_t now, int limit, struct rows *rows,
                    struct error *e)
{
    struct query q;
    int64_t most = limit > 0 ? limit : INT64_MAX;
    /* crosses tenants: the daemon sends for all */
    int step = query_open(&q, s, e,
                          tenant ? "SELECT " COLUMNS " FROM deliveries WHERE " EXPIRED OF_TENANT
                                   " ORDER BY leased_until, delivery LIMIT ?3"
                                 : "SELECT " COLUMNS " FROM deliveries WHERE " EXPIRED
                                   " ORDER BY leased_until, delivery LIMIT ?3",
                          "iti", now, tenant, most);
    step = read_rows(s, &q, step, rows, e);
    if (step < 0 || (int64_t)rows->count >= most)
        return step;
    /* crosses tenants: as above */
    step = query_open(
        &q, s, e,
        tenant ? "SELECT " COLUMNS " FROM deliveries WHERE +state = 'pending' AND next_at <= ?1" OF_TENANT
                 " ORDER BY delivery LIMIT ?3"
               : "SELECT " COLUMNS " FROM deliveries WHERE " PENDING " ORDER BY next_at, delivery LIMIT ?3",
        "iti", now, tenant, most - (int64_t)rows->count);
    return read_rows(s, &q, step, rows, e);
}

int deliveries_lease(struct store *s, const char *tenant, const char *owner, int64_t now, int64_t until,
                     int limit, void (*each)(void *, const struct delivery *), void *context, struct error *e)
{
    struct rows rows = {0};
    int64_t any = 1;
    bool own;

    /* Nothing due: no write transaction, so that an idle sweep disturbs nobody. */
    if (!store_in_transaction(s) && anything_due(s, tenant, now, &any, e) < 0)
        return -1;
    if (!any)
        return 0;
    if (work_begin(s, &own, e))
        return -1;
    int result = read_due(s, tenant, now, limit, &rows, e);
    for (size_t i = 0; result == 0 && i < rows.count; i++) {
        rows.items[i].state = DELIVERY_LEASED;
        /* The earliest attempt without an outcome stays noted: what it sent may be older than this one. The
         * number crosses tenants: it was found above. */
        result = sql_run(s, e,
                         "UPDATE deliveries SET state = 'leased', leased_by = ?2, leased_until = ?3,"
                         " tried_at = iif(tried_at = 0, ?4, tried_at) WHERE delivery = ?1",
                         "itii", rows.items[i].delivery, owner, until, now);
    }
    result = work_end(s, own, result, e);
    give(&rows, result, each, context);
    return result;
}

int64_t deliveries_next_due(struct store *s, const char *tenant)
{
    int64_t due = INT64_MAX;
    /* crosses tenants: when the daemon must look again */
    int found = sql_int(
        s, NULL, &due,
        tenant ? "SELECT min(iif(state = 'leased', leased_until, next_at)) AS due FROM deliveries"
                 " WHERE tenant_id = ?1 AND state <> 'failed' HAVING due IS NOT NULL"
               : "SELECT min(due) FROM (SELECT min(next_at) AS due FROM deliveries WHERE state = 'pending'"
                 " UNION ALL SELECT min(leased_until) FROM deliveries WHERE state = 'leased')"
                 " WHERE ?1 IS NULL HAVING min(due) IS NOT NULL",
        "t", tenant);
    return found < 0 ? -1 : found ? due : INT64_MAX;
}

/* The earlier `tried_at` stays with the row: what those attempts sent may have arrived. */
int deliveries_take_over(struct store *s, const char *owner, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: the leases of a daemon that is no more */
    int result =
        sql_run(s, e, "UPDATE deliveries SET leased_until = 0 WHERE state = 'leased' AND leased_by <> ?1",
                "t", owner);
    return work_end(s, own, result, e);
}

int deliveries_clock_set(struct store *s, int64_t now, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: the clock is everybody's */
    int result =
        sql_run(s, e, "UPDATE deliveries SET leased_until = 0 WHERE state = 'leased' AND leased_until > ?1",
                "i", now + DELIVERY_LATER_MS);
    if (result == 0) /* crosses tenants: as above */
        result = sql_run(s, e, "UPDATE deliveries SET next_at = 0 WHERE state = 'pending' AND next_at > ?1",
                         "i", now + DELIVERY_LATER_MS);
    return work_end(s, own, result, e);
}

/* --- results --- */

/* After goods the transaction says how it went. The number of a transaction crosses tenants: the delivery
 * gave it. */
static int note_outcome(struct store *s, bool goods, int64_t tx, enum transaction_delivery outcome,
                        struct error *e)
{
    if (!goods)
        return 0;
    /* crosses tenants: by the delivery's transaction */
    return sql_run(s, e, "UPDATE transactions SET delivery = ?2 WHERE tx = ?1", "it", tx,
                   transaction_delivery_words[outcome]);
}

/* Run a statement that returns the kind and the transaction of the row it changed, if any. */
static int settle(struct store *s, struct query *q, int step, enum transaction_delivery outcome,
                  struct error *e)
{
    bool goods = false;
    int64_t tx = 0;
    while (step >= 0 && (step = query_step(q, e)) == 1) {
        goods = str_equal(query_text(q, 0), delivery_kind_words[DELIVERY_GOODS]);
        tx = query_int(q, 1);
    }
    query_close(q);
    return step < 0 ? -1 : note_outcome(s, goods, tx, outcome, e);
}

static int finish(struct store *s, int64_t delivery, enum transaction_delivery outcome, struct error *e)
{
    struct query q;
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: by the lease's number */
    int step =
        query_open(&q, s, e, "DELETE FROM deliveries WHERE delivery = ?1 RETURNING kind, tx", "i", delivery);
    return work_end(s, own, settle(s, &q, step, outcome, e), e);
}

int deliveries_done(struct store *s, int64_t delivery, struct error *e)
{
    return finish(s, delivery, TRANSACTION_SENT, e);
}

int deliveries_closed(struct store *s, int64_t delivery, struct error *e)
{
    return finish(s, delivery, TRANSACTION_CLOSED, e);
}

static int later(struct store *s, int64_t delivery, const char *owner, int64_t tried_at, int64_t next_at,
                 int64_t attempt, const char *reason, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: by the lease's number */
    int result = sql_run(s, e,
                         "UPDATE deliveries SET state = 'pending', leased_by = '', leased_until = 0,"
                         " attempts = attempts + ?3, next_at = ?4, tried_at = ?5, reason = substr(?6, 1, 120)"
                         " WHERE delivery = ?1 AND leased_by = ?2",
                         "itiiit", delivery, owner, attempt, next_at, tried_at, reason ? reason : "");
    return work_end(s, own, result, e);
}

int deliveries_retry(struct store *s, int64_t delivery, const char *owner, int64_t next_at,
                     const char *reason, struct error *e)
{
    return later(s, delivery, owner, 0, next_at, 1, reason, e);
}

int deliveries_give_back(struct store *s, int64_t delivery, const char *owner, int64_t tried_at,
                         int64_t next_at, const char *reason, struct error *e)
{
    return later(s, delivery, owner, tried_at, next_at, 0, reason, e);
}

int deliveries_due_again(const struct tenant_scope *c, const char *reason, struct error *e)
{
    bool own;
    if (work_begin(c->store, &own, e))
        return -1;
    int result = sql_run(c->store, e,
                         "UPDATE deliveries SET next_at = 0"
                         " WHERE tenant_id = ?1 AND state = 'pending' AND next_at > 0 AND reason = ?2",
                         "tt", c->tenant, reason);
    return work_end(c->store, own, result, e);
}

int deliveries_fail(struct store *s, int64_t delivery, const char *owner, const char *reason, struct error *e)
{
    struct query q;
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: by the lease's number */
    int step =
        query_open(&q, s, e,
                   "UPDATE deliveries SET state = 'failed', leased_by = '', leased_until = 0, tried_at = 0,"
                   " attempts = attempts + 1, reason = substr(?3, 1, 120)"
                   " WHERE delivery = ?1 AND leased_by = ?2 RETURNING kind, tx",
                   "itt", delivery, owner, reason ? reason : "");
    return work_end(s, own, settle(s, &q, step, TRANSACTION_LOST, e), e);
}
