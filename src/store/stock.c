#include "stock.h"

#include <inttypes.h>

#include "tt/base/mem.h"

static int no_item(int64_t item, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, "item", "no item %" PRId64, item);
    return error_hint(e, "`stock list` shows the items");
}

/* --- add --- */

static int line_taken(const struct tenant_scope *c, int64_t holder, struct error *e)
{
    struct stock_item item;
    if (stock_load(c, holder, &item, NULL, NULL))
        return error_set(e, ERROR_TAKEN, "line", "a running import has this line already");
    return error_set(e, ERROR_TAKEN, "line", "the stock has this line already: item %" PRId64 " of %s, %s",
                     holder, item.code, stock_state_words[item.state]);
}

static int count_added(const struct tenant_scope *c, int64_t product, struct error *e)
{
    if (sql_run(c->store, e,
                "UPDATE stock_counts SET available = available + 1 WHERE tenant_id = ?1 AND product = ?2",
                "ti", c->tenant, product))
        return -1;
    if (store_changes(c->store) == 0)
        return error_set(e, ERROR_NO_SUCH, "code", "no product number %" PRId64, product);
    return sql_run(c->store, e,
                   "UPDATE stock_batches SET available = available + 1"
                   " WHERE tenant_id = ?1 AND product = ?2 AND batch = 0",
                   "ti", c->tenant, product);
}

int stock_add(const struct tenant_scope *c, int64_t product, const char *line, size_t n, int64_t now,
              int64_t *item, struct error *e)
{
    struct stock_keys keys;
    struct str content = STR_INIT;
    unsigned char hash[LINE_HASH];
    int64_t number = 0, holder = 0;
    int result = -1;

    if (stock_keys_of(c->store, &keys, e) || shop_number_take(c, NUMBER_ITEM, 1, &number, e))
        return -1;
    stock_hash(&keys, c->tenant, line, n, hash);
    int taken = stock_line_take(c, hash, number, &holder, e);
    if (taken == 0)
        line_taken(c, holder, e);
    if (taken < 1)
        return -1;
    stock_close(&keys, c->tenant, number, line, n, &content);
    result = sql_run(c->store, e,
                     "INSERT INTO stock (tenant_id, item, product, batch, added_at, line_hash, content)"
                     " VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
                     "tiiibb", c->tenant, number, product, now, (const void *)hash, (size_t)LINE_HASH,
                     (const void *)content.data, content.len);
    str_wipe(&content);
    if (result == 0)
        result = count_added(c, product, e);
    if (result == 0 && item)
        *item = number;
    return result;
}

/* --- load --- */

int stock_load(const struct tenant_scope *c, int64_t item, struct stock_item *out, struct str *content,
               struct error *e)
{
    struct query q;
    *out = (struct stock_item){0};
    int step = query_open(&q, c->store, e,
                          "SELECT s.product, p.code, s.state, s.batch, s.tx, s.added_at, s.content"
                          " FROM stock s JOIN stock_batches b ON b.tenant_id = s.tenant_id"
                          " AND b.product = s.product AND b.batch = s.batch AND b.state = 'published'"
                          " JOIN products p ON p.tenant_id = s.tenant_id AND p.product = s.product"
                          " WHERE s.tenant_id = ?1 AND s.item = ?2",
                          "ti", c->tenant, item);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        *out = (struct stock_item){.item = item,
                                   .product = query_int(&q, 0),
                                   .state = (enum stock_state)query_int(&q, 2),
                                   .batch = query_int(&q, 3),
                                   .tx = query_int(&q, 4),
                                   .added_at = query_int(&q, 5)};
        str_copy(out->code, sizeof out->code, query_text(&q, 1));
        if (content && stock_open(c->store, c->tenant, item, sqlite3_column_blob(q.stmt, 6),
                                  (size_t)sqlite3_column_bytes(q.stmt, 6), content, e))
            step = -1;
    }
    query_close(&q);
    return step == 1 ? 0 : step < 0 ? -1 : no_item(item, e);
}

/* --- states --- */

static int refuse_state(const struct stock_item *item, enum stock_state to, struct error *e)
{
    error_set(e, ERROR_REFUSED, "item", "item %" PRId64 " is %s and cannot become %s", item->item,
              stock_state_words[item->state], stock_state_words[to]);
    return item->state == STOCK_SOLD ? error_hint(e, "`tx refund` gives the buyer the money back") : -1;
}

int stock_set_state(const struct tenant_scope *c, int64_t item, enum stock_state to, bool *changed,
                    struct error *e)
{
    struct stock_item now;
    if (changed)
        *changed = false;
    if (stock_load(c, item, &now, NULL, e))
        return -1;
    if (now.state == to && to != STOCK_SOLD)
        return 0;
    if (to == STOCK_SOLD || now.state > STOCK_RESERVED)
        return refuse_state(&now, to, e);
    if (sql_run(c->store, e, "UPDATE stock SET state = ?3 WHERE tenant_id = ?1 AND item = ?2", "tid",
                c->tenant, item, (int)to))
        return -1;
    if (changed)
        *changed = true;
    return 0;
}

/* --- many at once --- */

static int64_t available_of(const struct tenant_scope *c, int64_t product, struct error *e)
{
    int64_t n = 0;
    int found =
        sql_int(c->store, e, &n, "SELECT available FROM stock_counts WHERE tenant_id = ?1 AND product = ?2",
                "ti", c->tenant, product);
    return found < 0 ? -1 : n;
}

/* The batches lead, so that what is staged is never looked at. */
#define AVAILABLE_ITEMS                                                                                 \
    " FROM stock_batches b INDEXED BY stock_batches_open CROSS JOIN stock s INDEXED BY stock_available" \
    " ON s.tenant_id = b.tenant_id AND s.product = b.product AND s.batch = b.batch AND s.state = 0"     \
    " WHERE b.tenant_id = ?1 AND b.product = ?2 AND b.state = 'published' AND b.available > 0"

static int pick(const struct tenant_scope *c, const char *sql, int64_t product, int64_t n, int64_t *items,
                struct error *e)
{
    struct query q;
    int64_t i = 0;
    int step = query_open(&q, c->store, e, sql, "tii", c->tenant, product, n);
    while (step >= 0 && i < n && (step = query_step(&q, e)) == 1)
        items[i++] = query_int(&q, 0);
    query_close(&q);
    if (step >= 0 && i < n)
        return error_set(e, ERROR_DB_DAMAGED, NULL, "the stock holds fewer items than are counted");
    return step < 0 ? -1 : 0;
}

int stock_claim(const struct tenant_scope *c, int64_t product, int64_t n, int64_t tx, int64_t *items,
                int64_t *available, struct error *e)
{
    int64_t there = available_of(c, product, e);

    *available = there;
    if (there < 0)
        return -1;
    if (n < 1 || n > STOCK_TAKE_MAX)
        return error_set(e, ERROR_REFUSED, "n", "at most %d items at once", STOCK_TAKE_MAX);
    if (there < n)
        return 0;
    if (pick(c, "SELECT s.item" AVAILABLE_ITEMS " ORDER BY b.batch, s.item LIMIT ?3", product, n, items, e))
        return -1;
    for (int64_t i = 0; i < n; i++)
        if (sql_run(c->store, e, "UPDATE stock SET state = 2, tx = ?3 WHERE tenant_id = ?1 AND item = ?2",
                    "tii", c->tenant, items[i], tx))
            return -1;
    *available = there - n;
    return 1;
}

int stock_reduce(const struct tenant_scope *c, int64_t product, int64_t n, struct error *e)
{
    int64_t there = available_of(c, product, e);
    if (there < 0)
        return -1;
    if (n < 1 || n > STOCK_TAKE_MAX)
        return error_set(e, ERROR_REFUSED, "n", "1 to %d items can be deleted at once", STOCK_TAKE_MAX);
    if (there < n)
        return error_set(e, ERROR_REFUSED, "n", "only %" PRId64 " items are available", there);
    int64_t *items = mem_zero((size_t)n, sizeof *items);
    int result = pick(c, "SELECT s.item" AVAILABLE_ITEMS " ORDER BY b.batch DESC, s.item DESC LIMIT ?3",
                      product, n, items, e);
    for (int64_t i = 0; result == 0 && i < n; i++)
        result = sql_run(c->store, e, "UPDATE stock SET state = 3 WHERE tenant_id = ?1 AND item = ?2", "ti",
                         c->tenant, items[i]);
    free(items);
    return result;
}

int stock_items_of(const struct tenant_scope *c, int64_t tx,
                   void (*each)(void *, int64_t item, const char *line, size_t n), void *context,
                   struct error *e)
{
    struct query q;
    struct str line = STR_INIT;
    int step = query_open(&q, c->store, e,
                          "SELECT item, content FROM stock WHERE tx = ?2 AND tenant_id = ?1 ORDER BY item",
                          "ti", c->tenant, tx);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        int64_t item = query_int(&q, 0);
        if (stock_open(c->store, c->tenant, item, sqlite3_column_blob(q.stmt, 1),
                       (size_t)sqlite3_column_bytes(q.stmt, 1), &line, e))
            step = -1;
        else
            each(context, item, str_text(&line), line.len);
        str_wipe(&line);
    }
    query_close(&q);
    return step;
}
