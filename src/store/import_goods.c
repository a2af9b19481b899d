/* Products, stock and sales. */
#include "import.h"
#include "stock.h"
#include "transactions.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"

/* --- products --- */

static int code_of(const struct import_row *r, const char *column, char out[PRODUCT_CODE_TEXT],
                   struct error *e)
{
    const char *text = import_text(r, column);

    return product_code_normalise(text ? text : "", out, e);
}

static void check_text(struct import_row *r, const char *column, char *text, const char *otherwise,
                       int (*check)(const char *, struct error *))
{
    if (check(text, NULL) == 0)
        return;
    import_note(r, "%s cannot be used: %s", column, *otherwise ? "the code stands for it" : "left out");
    snprintf(text, PRODUCT_CODE_TEXT, "%s", otherwise);
}

/* Codes that differ in their capitals are different ones there and the same here: the first has it. */
static int ask_codes(struct import_row *r, const char *tenant, const char *code, const char *column,
                     const char *sql, int64_t *first, int64_t *meant, struct error *e)
{
    size_t n;
    const char *written = import_bytes(r, column, &n);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(r->source, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, tenant, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, code, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 3, written, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 4, r->number);
        rc = sqlite3_step(stmt);
    }
    *first = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    *meant = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 1) : 0;
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : import_fail(r->source, e);
}

/* The row of the product that has the code, and of the one that is written so, or else is the only one. */
#define WHOSE_CODE                                                        \
    "SELECT min(row), coalesce(min(CASE WHEN written = ?3 THEN row END)," \
    " CASE count(*) WHEN 1 THEN min(row) END) FROM temp.codes WHERE tenant = ?1 AND code = ?2"

static int claim_code(struct import_row *r, const struct tenant_scope *c, const char *code, struct error *e)
{
    static const char *const statements[] = {
        "CREATE TEMP TABLE IF NOT EXISTS codes (tenant TEXT, code TEXT, written TEXT, row INTEGER,"
        " PRIMARY KEY (tenant, code, row)) WITHOUT ROWID",
        "INSERT INTO temp.codes (tenant, code, written, row) VALUES (?1, ?2, ?3, ?4)",
        WHOSE_CODE,
    };
    int64_t first = 0, meant;

    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (ask_codes(r, c->tenant, code, "code", statements[i], &first, &meant, e))
            return -1;
    if (first == r->number)
        return 0;
    r->codes_met = true;
    return error_set(e, ERROR_TAKEN, "code",
                     "its code is here that of row %" PRId64 ": capitals make no difference", first);
}

static int check_claim(struct import_row *r, const struct tenant_scope *c, const char *code, struct error *e)
{
    int64_t first = 0, meant = 0;

    if (r->codes_met && ask_codes(r, c->tenant, code, "product_code", WHOSE_CODE, &first, &meant, e))
        return -1;
    return first == meant
               ? 0
               : error_set(e, ERROR_REFUSED, "product_code",
                           "'%s' is not the product that has the code %s here: that is row %" PRId64
                           " of the products",
                           import_text(r, "product_code"), code, first);
}

int import_product(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct product p = {0}, other;
    struct error why = {0};

    if (import_scope(r, &c, e) || code_of(r, "code", p.code, e) || claim_code(r, &c, p.code, e))
        return -1;
    if (products_load(&c, p.code, &other, &why) == 0) {
        *fate = IMPORT_THERE;
        return 0;
    }
    if (import_int(r, "price", 0, &p.price, e) || price_check(p.price, e))
        return -1;
    import_cut(r, "name", PRODUCT_NAME_MAX, p.name, sizeof p.name);
    import_cut(r, "description", PRODUCT_DESCRIPTION_MAX, p.description, sizeof p.description);
    import_cut(r, "category", PRODUCT_CATEGORY_MAX, p.category, sizeof p.category);
    check_text(r, "name", p.name, p.code, product_name_check);
    check_text(r, "description", p.description, "", description_check);
    check_text(r, "category", p.category, "", category_check);
    p.active = import_bool(r, "is_active", true);
    if (products_add(&c, &p, r->now, &p.product, e))
        return -1;
    return sql_run(c.store, e, "UPDATE products SET created_at = ?3 WHERE tenant_id = ?1 AND product = ?2",
                   "tii", c.tenant, p.product, import_time(r, "created_at", r->now));
}

/* --- stock --- */

enum stock_word { WORD_AVAILABLE, WORD_RESERVED, WORD_SOLD, WORD_DELETED };

/* What was sold keeps a transaction, since an item is sold by one. It is worth nothing: what was paid stands
 * in the transactions of the source, where there are any. */
static int mark_sold(struct import_row *r, const struct tenant_scope *c, const struct product *p,
                     int64_t item, struct error *e)
{
    struct transaction t = {.type = TRANSACTION_PURCHASE,
                            .product = p->product,
                            .quantity = 1,
                            .status = TRANSACTION_COMPLETED,
                            .created_at = import_time(r, "updated_at", r->now)};
    int64_t tx;

    str_copy(t.code, sizeof t.code, p->code);
    /* Rows of several files may have the same number. */
    snprintf(t.foreign_id, sizeof t.foreign_id, "stock-%" PRId64 "-%" PRId64, r->number, item);
    if (import_text(r, "buyer_id") && import_id(r, "buyer_id", &t.user_id, NULL)) {
        t.user_id = 0;
        import_note(r, "buyer_id is no Discord user: left out");
    }
    if (transactions_add(c, &t, &tx, e))
        return -1;
    return sql_run(c->store, e, "UPDATE stock SET state = 2, tx = ?3 WHERE tenant_id = ?1 AND item = ?2",
                   "tii", c->tenant, item, tx);
}

/* The row of the source that had this line before; 0 none. It is remembered as this one's otherwise. */
static int seen_before(struct import_row *r, const struct tenant_scope *c, const char *line, size_t n,
                       int64_t *row, struct error *e)
{
    static const char *const statements[] = {
        "CREATE TEMP TABLE IF NOT EXISTS seen (hash BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID",
        "INSERT INTO temp.seen (hash, row) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        "SELECT row FROM temp.seen WHERE hash = ?1",
    };
    struct stock_keys keys;
    unsigned char hash[LINE_HASH];
    int rc = SQLITE_DONE;

    if (stock_keys_of(r->store, &keys, e))
        return -1;
    stock_hash(&keys, c->tenant, line, n, hash);
    for (size_t i = 0; rc == SQLITE_DONE && i < sizeof statements / sizeof *statements; i++) {
        sqlite3_stmt *stmt = NULL;
        if ((rc = sqlite3_prepare_v2(r->source, statements[i], -1, &stmt, NULL)) != SQLITE_OK)
            break;
        sqlite3_bind_blob(stmt, 1, hash, sizeof hash, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, r->number);
        rc = sqlite3_step(stmt);
        *row = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
        sqlite3_finalize(stmt);
    }
    if (rc != SQLITE_ROW)
        return import_fail(r->source, e);
    if (*row == r->number)
        *row = 0;
    return 0;
}

static int add_item(struct import_row *r, const struct tenant_scope *c, const struct product *p,
                    const char *line, size_t n, enum stock_word state, enum import_fate *fate,
                    struct error *e)
{
    struct error why = {0};
    int64_t item = 0;

    if (stock_add(c, p->product, line, n, import_time(r, "added_at", r->now), &item, &why)) {
        if (why.code != ERROR_TAKEN) {
            *e = why;
            return -1;
        }
        *fate = IMPORT_THERE;
        str_clear(&r->notes);
        return 0;
    }
    if (state == WORD_SOLD)
        return mark_sold(r, c, p, item, e);
    return state == WORD_RESERVED ? stock_set_state(c, item, STOCK_RESERVED, NULL, e) : 0;
}

int import_stock(struct import_row *r, enum import_fate *fate, struct error *e)
{
    static const char *const states[] = {"available", "reserved", "sold", "deleted", NULL};
    struct tenant_scope c;
    struct product p;
    char code[PRODUCT_CODE_TEXT];
    size_t length, n = 0;
    int64_t before = 0;

    if (import_scope(r, &c, e) || code_of(r, "product_code", code, e) || check_claim(r, &c, code, e) ||
        products_load(&c, code, &p, e))
        return -1;
    int state = import_text(r, "status") ? import_word(r, "status", states, WORD_RESERVED) : WORD_AVAILABLE;
    if (state == WORD_DELETED) /* so it has its line no longer */
        return error_set(e, ERROR_REFUSED, "status", "it is deleted");
    const char *line = import_bytes(r, "content", &length);
    enum line_fault fault = stock_line_normalise(line ? line : "", length, &n);
    if (fault != LINE_GOOD)
        return error_set(e, ERROR_MALFORMED, "content", "the content %s", line_fault_texts[fault]);
    if (seen_before(r, &c, line, n, &before, e))
        return -1;
    if (before)
        return error_set(e, ERROR_TAKEN, "content", "it has the same content as row %" PRId64, before);
    return add_item(r, &c, &p, line, n, (enum stock_word)state, fate, e);
}

/* --- transactions --- */

static int fill(struct import_row *r, const struct tenant_scope *c, struct transaction *t, struct error *e)
{
    const char *id = import_text(r, "transaction_id"), *written = import_text(r, "product_code");
    char code[PRODUCT_CODE_TEXT];
    struct product p;
    int state = import_word(r, "status", transaction_status_words, -1);

    if (id && !str_copy(t->foreign_id, sizeof t->foreign_id, id))
        return error_set(e, ERROR_MALFORMED, "transaction_id", "its id is longer than 64 bytes");
    if (!id)
        snprintf(t->foreign_id, sizeof t->foreign_id, "transaction-%" PRId64, r->number);
    if (state < 0)
        return error_set(e, ERROR_REFUSED, "status", "status '%.40s' is unknown",
                         import_text(r, "status") ? import_text(r, "status") : "");
    t->status = (enum transaction_status)state;
    if (import_id(r, "user_id", &t->user_id, e) || import_int(r, "quantity", 0, &t->quantity, e) ||
        import_int(r, "total_price", 0, &t->total, e))
        return -1;
    if (t->quantity < 1 || t->total < 0 || t->total > MONEY_MAX)
        return error_set(e, ERROR_MALFORMED, "total_price", "%s",
                         t->quantity < 1 ? "the quantity is below 1" : "the price is below 0 or too large");
    if (!str_copy(t->code, sizeof t->code, written ? written : ""))
        import_note(r, "product_code is cut");
    if (code_of(r, "product_code", code, NULL) == 0 && check_claim(r, c, code, NULL) == 0 &&
        products_load(c, code, &p, NULL) == 0) {
        t->product = p.product;
        str_copy(t->code, sizeof t->code, code);
    }
    return 0;
}

int import_transaction(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct transaction t = {.type = TRANSACTION_PURCHASE, .created_at = import_time(r, "created_at", r->now)};
    int64_t tx;

    if (import_scope(r, &c, e) || fill(r, &c, &t, e))
        return -1;
    int found =
        sql_int(r->store, e, &tx, "SELECT tx FROM transactions WHERE tenant_id = ?1 AND foreign_id = ?2",
                "tt", c.tenant, t.foreign_id);
    if (found < 0)
        return -1;
    if (found) {
        *fate = IMPORT_THERE;
        str_clear(&r->notes);
        return 0;
    }
    return transactions_add(&c, &t, &tx, e);
}
