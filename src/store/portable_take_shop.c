/* Rows of stock, ledger and sales on their way in, and what a tenant's counts come to. */
#include "portable.h"

#include <inttypes.h>

#include "ledger.h"
#include "sales_count.h"
#include "tt/base/mem.h"
#include "tt/domain/money.h"

#define LINES_KEPT (1 << 18) /* items whose lines are claimed at once, in the order of their hashes */

/* --- stock --- */

static int compare_lines(const void *a, const void *b)
{
    const struct portable_line *one = a, *two = b;
    int order = memcmp(one->hash, two->hash, LINE_HASH);
    return order ? order : one->item < two->item ? -1 : one->item > two->item;
}

/* Neighbours share pages: at random places each line would cost one. */
static int claim_lines(struct portable_in *p, struct error *e)
{
    if (p->line_count)
        qsort(p->lines, p->line_count, sizeof *p->lines, compare_lines);
    for (size_t i = 0; i < p->line_count; i++) {
        if (sql_run(p->store, e,
                    "INSERT INTO stock_lines (line_hash, item) VALUES (?1, ?2) ON CONFLICT DO NOTHING", "bi",
                    (const void *)p->lines[i].hash, (size_t)LINE_HASH, p->lines[i].item))
            return -1;
        if (store_changes(p->store) == 0)
            return error_set(e, ERROR_REFUSED, "line", "item %" PRId64 " has the same line as another item",
                             p->lines[i].item);
    }
    p->line_count = 0;
    return 0;
}

static int check_batch(struct portable_in *p, int64_t product, int64_t batch, struct error *e)
{
    int64_t one;

    if (product == p->product && batch == p->batch)
        return 0;
    int found = sql_int(p->store, e, &one,
                        "SELECT 1 FROM stock_batches WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3",
                        "tii", p->scope.tenant, product, batch);
    if (found == 1) {
        p->product = product;
        p->batch = batch;
    }
    return found == 1 ? 0
           : found < 0
               ? -1
               : error_set(e, ERROR_REFUSED, "batch",
                           "product %" PRId64 " with import %" PRId64 " does not stand in front of it",
                           product, batch);
}

/* The line in the clear, in P's text. */
static int open_line(struct portable_in *p, const struct portable_value *v, struct error *e)
{
    char context[PORTABLE_CONTEXT_TEXT];
    size_t n = 0;

    snprintf(context, sizeof context, PORTABLE_ITEM_CONTEXT, p->source, (long long)v[ITEM_ITEM].number);
    if (p->contents == CONTENTS_SEALED) {
        if (portable_unseal(p, &v[ITEM_SEALED], context, e))
            return -1;
    } else {
        str_clear(&p->text);
        str_add_bytes(&p->text, v[ITEM_LINE].text, v[ITEM_LINE].n);
    }
    enum line_fault fault = stock_line_normalise(str_text(&p->text), p->text.len, &n);
    if (fault == LINE_GOOD && n == p->text.len)
        return 0;
    return error_set(e, ERROR_MALFORMED, "line", "the line %s",
                     fault != LINE_GOOD ? line_fault_texts[fault] : "ends in white space");
}

static int insert_item(struct portable_in *p, const struct portable_value *v, int state, int64_t tx,
                       struct error *e)
{
    struct portable_line *line = &p->lines[p->line_count++];
    struct query q;

    line->item = v[ITEM_ITEM].number;
    stock_hash(&p->stock_keys, p->scope.tenant, p->text.data, p->text.len, line->hash);
    stock_close(&p->stock_keys, p->scope.tenant, line->item, p->text.data, p->text.len, &p->content);
    int step = query_open(&q, p->store, e,
                          "INSERT INTO stock (tenant_id, item, product, batch, added_at, line_hash, content,"
                          " state, tx) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                          "tiiiibbd", p->scope.tenant, line->item, v[ITEM_PRODUCT].number,
                          v[ITEM_BATCH].number, v[ITEM_ADDED].number, (const void *)line->hash,
                          (size_t)LINE_HASH, (const void *)p->content.data, p->content.len, state);
    if (step == 0) {
        if (tx)
            sqlite3_bind_int64(q.stmt, 9, tx);
        else
            sqlite3_bind_null(q.stmt, 9);
        step = query_step(&q, e);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int take_item(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e)
{
    int state = portable_word(stock_state_words, &v[ITEM_STATE], "state", e);
    int64_t tx = 0;

    (void)fate;
    if (state < 0)
        return -1;
    if (state == STOCK_DELETED || (state == STOCK_SOLD) != (v[ITEM_TX].n > 0))
        return error_set(e, ERROR_MALFORMED, "state", "an item is sold by a transaction, or not sold");
    if (check_batch(p, v[ITEM_PRODUCT].number, v[ITEM_BATCH].number, e) || open_line(p, v, e) ||
        (v[ITEM_TX].n && portable_transaction(p, v[ITEM_TX].text, &tx, e)))
        return -1;
    if (!p->lines)
        p->lines = mem_zero(LINES_KEPT, sizeof *p->lines);
    if (p->line_count == LINES_KEPT && claim_lines(p, e))
        return -1;
    return insert_item(p, v, state, tx, e);
}

/* --- the ledger --- */

static int reference_of(const struct portable_in *p, int kind, const struct portable_value *v, int64_t *out,
                        struct error *e)
{
    *out = 0;
    if (!v->n)
        return 0;
    if (kind == ENTRY_PURCHASE || kind == ENTRY_REFUND)
        return portable_transaction(p, v->text, out, e);
    if (snowflake_parse("reference", v->text, out, NULL, e))
        return -1;
    if (kind != ENTRY_UNDO)
        return 0;
    if (*out >= p->movements)
        return error_set(e, ERROR_REFUSED, "reference",
                         "it takes back a movement that does not stand before");
    *out = p->first_entry + 2 * (*out - 1);
    return 0;
}

/* A movement's two entries are neighbours; the balance follows by itself, and never below nothing. */
int take_movement(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                  struct error *e)
{
    int kind = portable_word(entry_kind_words, &v[MOVEMENT_KIND], "kind", e);
    int64_t reference;

    (void)fate;
    /* crosses tenants: the numbers of all tenants' entries are one row of numbers */
    if (!p->movements &&
        sql_int(p->store, e, &p->first_entry, "SELECT coalesce(max(entry), 0) + 1 FROM entries", "") < 0)
        return -1;
    if (v[MOVEMENT_NUMBER].number != ++p->movements)
        return error_set(e, ERROR_REFUSED, "movement", "movements count from 1 and none is missing");
    if (kind < 0 || reference_of(p, kind, &v[MOVEMENT_REFERENCE], &reference, e))
        return -1;
    return sql_run(p->store, e,
                   "INSERT INTO entries (entry, tenant_id, movement, account, user_id, amount, kind,"
                   " reference, note, time) VALUES (?2, ?1, ?2, 'customer', ?3, ?4, ?6, ?7, ?8, ?9),"
                   " (?2 + 1, ?1, ?2, ?5, NULL, -?4, ?6, ?7, ?8, ?9)",
                   "tiiittiti", p->scope.tenant, p->first_entry + 2 * (p->movements - 1),
                   v[MOVEMENT_USER].number, v[MOVEMENT_AMOUNT].number, v[MOVEMENT_ACCOUNT].text,
                   v[MOVEMENT_KIND].text, reference, v[MOVEMENT_NOTE].text, v[MOVEMENT_TIME].number);
}

/* --- numbers of sales --- */

/* Sums stand in their row from V on, behind the time and what it is about. */
static struct sales_line sums_of(const struct portable_value *v)
{
    return (struct sales_line){.sales = v[0].number, .quantity = v[1].number, .total = v[2].number};
}

static int check_time(const struct portable_value *v, const char *field, struct error *e)
{
    return v->number > 0 ? 0 : error_set(e, ERROR_MALFORMED, field, "it is no %s", field);
}

int take_hour(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e)
{
    struct sales_line n = sums_of(v + 1);

    (void)fate;
    return check_time(v, "hour", e) || sales_count_hour(&p->scope, v->number, v->number, &n, e) ? -1 : 0;
}

int take_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e)
{
    struct sales_line n = sums_of(v + 1);

    (void)fate;
    return check_time(v, "day", e) || sales_count_day(&p->scope, v->number, &n, e) ? -1 : 0;
}

int take_product_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                     struct error *e)
{
    struct sales_line n = sums_of(v + 2);

    (void)fate;
    n.product = v[1].number;
    return check_time(v, "day", e) || sales_count_product(&p->scope, v->number, &n, e) ? -1 : 0;
}

int take_customer_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                      struct error *e)
{
    struct sales_line n = sums_of(v + 2);

    (void)fate;
    n.user_id = v[1].number;
    return check_time(v, "day", e) || sales_count_customer(&p->scope, v->number, &n, e) ? -1 : 0;
}

/* --- the end of a tenant --- */

/* Items were added past the counts. */
static int count_items(const struct tenant_scope *c, struct error *e)
{
    if (sql_run(c->store, e,
                "UPDATE stock_batches AS b SET available = (SELECT count(*) FROM stock s"
                " WHERE s.tenant_id = b.tenant_id AND s.product = b.product AND s.batch = b.batch"
                " AND s.state = 0) WHERE tenant_id = ?1",
                "t", c->tenant))
        return -1;
    return sql_run(c->store, e,
                   "UPDATE stock_counts AS n SET available = (SELECT coalesce(sum(b.available), 0)"
                   " FROM stock_batches b WHERE b.tenant_id = n.tenant_id AND b.product = n.product),"
                   " reserved = (SELECT count(*) FROM stock s WHERE s.tenant_id = n.tenant_id"
                   " AND s.state = 1 AND s.product = n.product),"
                   " sold = (SELECT count(*) FROM stock s WHERE s.tenant_id = n.tenant_id"
                   " AND s.state = 2 AND s.product = n.product) WHERE tenant_id = ?1",
                   "t", c->tenant);
}

/* No number is given twice, whatever the file says of the last ones. */
static int keep_numbers(const struct portable_in *p, struct error *e)
{
    return sql_run(p->store, e,
                   "INSERT INTO shop_numbers (tenant_id, product, batch, item) VALUES (?1,"
                   " max(?2, (SELECT coalesce(max(product), 0) FROM products WHERE tenant_id = ?1)),"
                   " max(?3, (SELECT coalesce(max(batch), 0) FROM stock_batches WHERE tenant_id = ?1)),"
                   " max(?4, (SELECT coalesce(max(item), 0) FROM stock WHERE tenant_id = ?1)))",
                   "tiii", p->scope.tenant, p->numbers[NUMBER_PRODUCT], p->numbers[NUMBER_BATCH],
                   p->numbers[NUMBER_ITEM]);
}

static int check_balances(const struct tenant_scope *c, struct error *e)
{
    int64_t user;
    int found = sql_int(c->store, e, &user,
                        "SELECT user_id FROM customers WHERE tenant_id = ?1 AND balance > ?2 LIMIT 1", "ti",
                        c->tenant, MONEY_MAX);
    return found == 1 ? error_set(e, ERROR_REFUSED, "balance",
                                  "the balance of customer %" PRId64 " is more than there can be", user)
                      : found;
}

int portable_settle(struct portable_in *p, struct error *e)
{
    if (claim_lines(p, e) || count_items(&p->scope, e) || keep_numbers(p, e) || check_balances(&p->scope, e))
        return -1;
    /* Where it comes from it may still be running: two would each sell what there is once. */
    return p->token ? tenants_set_wanted(p->store, p->scope.tenant, false, NULL, e) : 0;
}
