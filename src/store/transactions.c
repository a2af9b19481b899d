#include "transactions.h"

#include "ledger.h"
#include "listing.h"

const char *const transaction_type_words[TRANSACTION_TYPE_COUNT + 1] = {
    [TRANSACTION_PURCHASE] = "purchase",
    [TRANSACTION_REFUND] = "refund",
};
const char *const transaction_status_words[TRANSACTION_STATUS_COUNT + 1] = {
    [TRANSACTION_COMPLETED] = "completed", [TRANSACTION_REFUNDED] = "refunded",
    [TRANSACTION_PENDING] = "pending",     [TRANSACTION_FAILED] = "failed",
    [TRANSACTION_CANCELLED] = "cancelled",
};
const char *const transaction_delivery_words[TRANSACTION_DELIVERY_COUNT + 1] = {
    [TRANSACTION_UNDELIVERED] = "none", [TRANSACTION_ON_ITS_WAY] = "pending", [TRANSACTION_SENT] = "sent",
    [TRANSACTION_CLOSED] = "closed",    [TRANSACTION_LOST] = "failed",
};

#define COLUMNS                                                                                          \
    "tx, type, user_id, product, code, quantity, total, status, delivery, copies, refunds, foreign_id, " \
    "created_at"

char *transactions_id(struct store *s, int64_t tx, char out[RECEIPT_TEXT])
{
    const struct receipt_key *key = store_receipt_key(s, NULL);
    out[0] = '\0';
    return key ? receipt_format(key, tx, out) : out;
}

static int read_transaction(struct store *s, const struct query *q, struct transaction *out, struct error *e)
{
    const struct receipt_key *key = store_receipt_key(s, e);
    if (!key)
        return -1;
    int type = stored_word(s, transaction_type_words, query_text(q, 1), e);
    int status = type < 0 ? -1 : stored_word(s, transaction_status_words, query_text(q, 7), e);
    int delivery = status < 0 ? -1 : stored_word(s, transaction_delivery_words, query_text(q, 8), e);
    if (delivery < 0)
        return -1;
    *out = (struct transaction){.tx = query_int(q, 0),
                                .type = (enum transaction_type)type,
                                .user_id = query_int(q, 2),
                                .product = query_int(q, 3),
                                .quantity = query_int(q, 5),
                                .total = query_int(q, 6),
                                .status = (enum transaction_status)status,
                                .delivery = (enum transaction_delivery)delivery,
                                .copies = query_int(q, 9),
                                .refunds = query_int(q, 10),
                                .created_at = query_int(q, 12)};
    str_copy(out->code, sizeof out->code, query_text(q, 4));
    str_copy(out->foreign_id, sizeof out->foreign_id, query_text(q, 11));
    receipt_format(key, out->tx, out->id);
    receipt_format(key, out->refunds, out->refunds_id);
    return 0;
}

/* --- one --- */

static int load(const struct tenant_scope *c, struct query *q, int step, struct transaction *out,
                struct error *e)
{
    if (step == 0 && (step = query_step(q, e)) == 1 && read_transaction(c->store, q, out, e))
        step = -1;
    query_close(q);
    return step;
}

static int load_number(const struct tenant_scope *c, int64_t tx, struct transaction *out, struct error *e)
{
    struct query q;
    int step =
        query_open(&q, c->store, e, "SELECT " COLUMNS " FROM transactions WHERE tx = ?2 AND tenant_id = ?1",
                   "ti", c->tenant, tx);
    return load(c, &q, step, out, e);
}

static int missing(const char *id, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, "tx", "no transaction '%.64s'", id);
    return error_hint(e, "`tx list` shows them");
}

int transactions_load(const struct tenant_scope *c, int64_t tx, struct transaction *out, struct error *e)
{
    char id[RECEIPT_TEXT];
    int found = load_number(c, tx, out, e);
    return found == 1 ? 0 : found < 0 ? -1 : missing(transactions_id(c->store, tx, id), e);
}

int transactions_find(const struct tenant_scope *c, const char *id, struct transaction *out, struct error *e)
{
    struct query q;
    int64_t tx = 0;
    const struct receipt_key *key = receipt_form(id) ? store_receipt_key(c->store, e) : NULL;

    if (receipt_form(id) && !key)
        return -1;
    int malformed = key ? receipt_parse(key, id, &tx, e) : 0;
    int found = tx ? load_number(c, tx, out, e) : 0;
    if (found == 0) { /* another system's id may look like one of ours */
        int step = query_open(&q, c->store, malformed ? NULL : e,
                              "SELECT " COLUMNS " FROM transactions WHERE tenant_id = ?1 AND foreign_id = ?2",
                              "tt", c->tenant, id);
        found = load(c, &q, step, out, malformed ? NULL : e);
    }
    if (found == 0) { /* the one that it had where its tenant comes from */
        char tidy[RECEIPT_TEXT];
        int step = query_open(&q, c->store, malformed ? NULL : e,
                              "SELECT " COLUMNS " FROM transactions WHERE tenant_id = ?1 AND tx ="
                              " (SELECT f.tx FROM former_ids f WHERE f.tenant_id = ?1 AND f.id = ?2)",
                              "tt", c->tenant, receipt_tidy(id, tidy) ? tidy : id);
        found = load(c, &q, step, out, malformed ? NULL : e);
    }
    if (found == 1)
        return 0;
    return found < 0 || malformed ? -1 : missing(id, e);
}

/* --- the list --- */

struct transaction_list {
    struct store *store;
    void (*each)(void *, const struct transaction *);
    void *context;
};

static int give(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e)
{
    const struct transaction_list *list = context;
    struct transaction t;
    if (read_transaction(list->store, q, &t, e))
        return -1;
    str_copy(id, LIST_NEXT_TEXT, t.id);
    list->each(list->context, &t);
    return 0;
}

/* Whose index leads is said by the filters: a user's transactions are the fewest. What did not arrive has an
 * index of its own, which SQLite takes where its condition stands beside the word. */
static const char *source(const struct transaction_query *q)
{
#define FROM "FROM transactions WHERE tenant_id = ?1"
#define SINCE " AND created_at >= ?4"
#define DELIVERY FROM " AND delivery = ?8"
#define UNARRIVED DELIVERY " AND delivery IN ('closed', 'failed')"
#define BY_REST(from)                                          \
    {                                                          \
        {from, from SINCE},                                    \
        {                                                      \
            from " AND code = ?3", from " AND code = ?3" SINCE \
        }                                                      \
    }
#define BY_USER(from)                                                                              \
    {                                                                                              \
        {from " AND user_id = ?2", from " AND user_id = ?2" SINCE},                                \
        {                                                                                          \
            from " AND user_id = ?2 AND +code = ?3", from " AND user_id = ?2 AND +code = ?3" SINCE \
        }                                                                                          \
    }
    static const char *const sources[3][2][2][2] = {
        {BY_REST(FROM), BY_USER(FROM)},
        {BY_REST(DELIVERY), BY_USER(DELIVERY)},
        {BY_REST(UNARRIVED), BY_USER(UNARRIVED)},
    };
    bool unarrived = str_equal(q->delivery, transaction_delivery_words[TRANSACTION_CLOSED]) ||
                     str_equal(q->delivery, transaction_delivery_words[TRANSACTION_LOST]);
    return sources[unarrived ? 2 : q->delivery != NULL][q->user != 0][q->code != NULL][q->since > 0];
}

/* Days are summed; of the one in which SINCE lies, rows are counted. NULL: a filter that no sum knows of. */
static const char *number_of_rows(const struct transaction_query *q)
{
    if (q->user || q->code || q->delivery)
        return NULL;
    if (q->since <= 0)
        return "SELECT coalesce(sum(n), 0) FROM transaction_days WHERE tenant_id = ?1";
    return "SELECT (SELECT coalesce(sum(n), 0) FROM transaction_days WHERE tenant_id = ?1"
           " AND day > ?4 / 86400000) + (SELECT count(*) FROM transactions WHERE tenant_id = ?1"
           " AND created_at >= ?4 AND created_at < (?4 / 86400000 + 1) * 86400000)";
}

int transactions_list(const struct tenant_scope *c, const struct transaction_query *q,
                      void (*each)(void *, const struct transaction *), void *context, int64_t *total,
                      char next[LIST_NEXT_TEXT], struct error *e)
{
    struct transaction_list list = {c->store, each, context};
    struct listing l = {.scope = c,
                        .number = q->user,
                        .text = q->code,
                        .since = q->since,
                        .word = q->delivery,
                        .columns = COLUMNS,
                        .from = source(q),
                        .number_of_rows = number_of_rows(q),
                        .first = "created_at",
                        .second = "tx",
                        .row = give,
                        .context = &list};
    struct listing_key key = {0};
    const char *text = listing_anchor(&q->page);
    struct transaction anchor;

    if (text) {
        if (transactions_find(c, text, &anchor, e))
            return -1;
        key = (struct listing_key){anchor.created_at, anchor.tx};
    }
    return listing_page(&l, &q->page, text ? &key : NULL, total, next, e);
}

/* --- writing --- */

int transactions_add(const struct tenant_scope *c, const struct transaction *t, int64_t *tx, struct error *e)
{
    if (sql_run(c->store, e,
                "INSERT INTO transactions (tenant_id, type, user_id, product, code, quantity, total, status,"
                " delivery, refunds, foreign_id, created_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                "ttiitiittiti", c->tenant, transaction_type_words[t->type], t->user_id, t->product, t->code,
                t->quantity, t->total, transaction_status_words[t->status],
                transaction_delivery_words[t->delivery], t->refunds, t->foreign_id[0] ? t->foreign_id : NULL,
                t->created_at))
        return -1;
    *tx = sqlite3_last_insert_rowid(c->store->db);
    return 0;
}
