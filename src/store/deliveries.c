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

int deliveries_add_low_stock(const struct tenant_scope *c, int64_t channel, const char *code, int64_t left,
                             int64_t now, int64_t *delivery, struct error *e)
{
    struct new_delivery d = {.kind = delivery_kind_words[DELIVERY_LOW_STOCK],
                             .channel_id = channel,
                             .items_left = left,
                             .document = code};
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
    if (transactions_load(c, tx, &t, e))
        return -1;
    if (t.status == TRANSACTION_REFUNDED)
        return error_set(e, ERROR_REFUSED, "tx", "%s was refunded: its goods are not sent again", t.id);
    if (clear_failed(c, &t, e))
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

int deliveries_withdraw(const struct tenant_scope *c, const struct transaction *t, int64_t now,
                        struct error *e)
{
    int64_t one;
    int sending = sql_int(c->store, e, &one,
                          "SELECT 1 FROM deliveries WHERE kind = 'goods' AND tx = ?2 AND tenant_id = ?1"
                          " AND state = 'leased' AND leased_until > ?3",
                          "tii", c->tenant, t->tx, now);
    if (sending < 0)
        return -1;
    if (sending) {
        error_set(e, ERROR_REFUSED, "tx", "the goods of %s are being sent at this moment", t->id);
        return error_hint(e, "try again when `tx show` says how that went");
    }
    if (sql_run(c->store, e, "DELETE FROM deliveries WHERE kind = 'goods' AND tx = ?2 AND tenant_id = ?1",
                "ti", c->tenant, t->tx))
        return -1;
    return store_changes(c->store) == 0
               ? 0
               : sql_run(c->store, e,
                         "UPDATE transactions SET delivery = 'none' WHERE tx = ?2 AND tenant_id = ?1", "ti",
                         c->tenant, t->tx);
}

/* --- rows --- */

#define COLUMNS                                                                                        \
    "delivery, tenant_id, kind, state, tx, copy, user_id, channel_id, document, items_left, attempts," \
    " reason, next_at, tried_at, after_id"

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
                               .tried_at = query_int(q, 13),
                               .after_id = query_int(q, 14)};
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

/* As the index has it. */
#define LANE "iif(kind = 'goods', 0, channel_id)"

static int read_lane(struct query *q, int step, struct delivery_lane *lane, struct error *e)
{
    if (step == 0 && (step = query_step(q, e)) == 1) {
        *lane = (struct delivery_lane){.channel = query_int(q, 1), .due = query_int(q, 2)};
        str_copy(lane->tenant, sizeof lane->tenant, query_text(q, 0));
    }
    query_close(q);
    return step;
}

/* The lane behind FROM, of its tenant or (OTHERS) of the next one; each is found by one look into the index.
 * 1; 0 none, -1. */
static int next_lane(struct store *s, const struct delivery_lane *from, bool others,
                     struct delivery_lane *lane, struct error *e)
{
    struct query q;
    int step =
        query_open(&q, s, e,
                   "SELECT tenant_id, " LANE ", next_at FROM deliveries WHERE state = 'pending'"
                   " AND tenant_id = ?1 AND " LANE " > ?2 ORDER BY tenant_id, " LANE ", next_at LIMIT 1",
                   "ti", from->tenant, from->channel);
    step = read_lane(&q, step, lane, e);
    if (step || !others)
        return step;
    /* crosses tenants: the daemon sends for all */
    step = query_open(&q, s, e,
                      "SELECT tenant_id, " LANE ", next_at FROM deliveries WHERE state = 'pending'"
                      " AND tenant_id > ?1 ORDER BY tenant_id, " LANE ", next_at LIMIT 1",
                      "t", from->tenant);
    return read_lane(&q, step, lane, e);
}

int deliveries_lanes(struct store *s, const char *tenant, void (*each)(void *, const struct delivery_lane *),
                     void *context, struct error *e)
{
    struct delivery_lane from = {.channel = -1}, lane;
    int found;
    str_copy(from.tenant, sizeof from.tenant, tenant ? tenant : "");
    while ((found = next_lane(s, &from, !tenant, &lane, e)) == 1) {
        each(context, &lane);
        from = lane;
    }
    return found;
}

static int read_due(struct store *s, const struct delivery_lane *lane, int64_t now, int limit,
                    struct rows *rows, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT " COLUMNS " FROM deliveries WHERE state = 'pending' AND tenant_id = ?1"
                          " AND " LANE " = ?2 AND next_at <= ?3 ORDER BY next_at, delivery LIMIT ?4",
                          "tiii", lane->tenant, lane->channel, now, (int64_t)(limit > 0 ? limit : -1));
    return read_rows(s, &q, step, rows, e);
}

int deliveries_lease(struct store *s, const struct delivery_lane *lane, const char *owner, int64_t now,
                     int64_t until, int64_t after_id, int limit,
                     void (*each)(void *, const struct delivery *), void *context, struct error *e)
{
    struct rows rows = {0};
    bool own;

    if (work_begin(s, &own, e))
        return -1;
    int result = read_due(s, lane, now, limit, &rows, e);
    for (size_t i = 0; result == 0 && i < rows.count; i++) {
        rows.items[i].state = DELIVERY_LEASED;
        /* The earliest attempt without an outcome stays noted: what it sent may be older than this one. */
        result = sql_run(s, e,
                         "UPDATE deliveries SET state = 'leased', leased_by = ?2, leased_until = ?3,"
                         " tried_at = iif(tried_at = 0, ?4, tried_at),"
                         " after_id = iif(tried_at = 0, ?5, after_id) WHERE delivery = ?1 AND tenant_id = ?6",
                         "itiiit", rows.items[i].delivery, owner, until, now, after_id, lane->tenant);
    }
    result = work_end(s, own, result, e);
    give(&rows, result, each, context);
    return result;
}

static int give_all(const struct tenant_scope *c, const char *sql, int64_t number,
                    void (*each)(void *, const struct delivery *), void *context, struct error *e)
{
    struct rows rows = {0};
    struct query q;
    int step = query_open(&q, c->store, e, sql, "ti", c->tenant, number);
    int result = read_rows(c->store, &q, step, &rows, e);
    give(&rows, result, each, context);
    return result;
}

int deliveries_of(const struct tenant_scope *c, int64_t tx, void (*each)(void *, const struct delivery *),
                  void *context, struct error *e)
{
    return give_all(c,
                    "SELECT " COLUMNS " FROM deliveries WHERE kind = 'goods' AND tx = ?2 AND tenant_id = ?1"
                    " ORDER BY delivery",
                    tx, each, context, e);
}

int deliveries_from(const struct tenant_scope *c, int64_t first,
                    void (*each)(void *, const struct delivery *), void *context, struct error *e)
{
    return give_all(
        c, "SELECT " COLUMNS " FROM deliveries WHERE tenant_id = ?1 AND delivery >= ?2 ORDER BY delivery",
        first, each, context, e);
}

int64_t deliveries_next_expiry(struct store *s, const char *tenant)
{
    int64_t due = INT64_MAX;
    /* crosses tenants: when the daemon must look again */
    int found = sql_int(s, NULL, &due,
                        "SELECT leased_until FROM deliveries WHERE state = 'leased'"
                        " AND (?1 IS NULL OR tenant_id = ?1) ORDER BY leased_until LIMIT 1",
                        "t", tenant);
    return found < 0 ? -1 : found ? due : INT64_MAX;
}

/* What those attempts sent may have arrived: `tried_at` stays with the row. */
int deliveries_expire(struct store *s, const char *tenant, int64_t now, struct error *e)
{
    /* crosses tenants: the daemon sends for all */
    return work_run(s, e,
                    "UPDATE deliveries SET state = 'pending', leased_by = '', leased_until = 0,"
                    " next_at = min(next_at, ?1) WHERE state = 'leased' AND leased_until <= ?1 AND (?2 "
                    "IS NULL OR tenant_id = ?2)",
                    "it", now, tenant);
}

int deliveries_take_over(struct store *s, const char *owner, struct error *e)
{
    /* crosses tenants: the leases of a daemon that is no more */
    return work_run(s, e, "UPDATE deliveries SET leased_until = 0 WHERE state = 'leased' AND leased_by <> ?1",
                    "t", owner);
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
    /* crosses tenants: by the lease's number */
    return work_run(s, e,
                    "UPDATE deliveries SET state = 'pending', leased_by = '', leased_until = 0,"
                    " attempts = attempts + ?3, next_at = ?4, tried_at = ?5, reason = substr(?6, 1, 120)"
                    " WHERE delivery = ?1 AND leased_by = ?2",
                    "itiiit", delivery, owner, attempt, next_at, tried_at, reason ? reason : "");
}

int deliveries_retry(struct store *s, int64_t delivery, const char *owner, int64_t tried_at, int64_t next_at,
                     const char *reason, struct error *e)
{
    return later(s, delivery, owner, tried_at, next_at, 1, reason, e);
}

int deliveries_give_back(struct store *s, int64_t delivery, const char *owner, int64_t tried_at,
                         int64_t next_at, const char *reason, struct error *e)
{
    return later(s, delivery, owner, tried_at, next_at, 0, reason, e);
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
