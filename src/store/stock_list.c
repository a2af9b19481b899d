#include "stock.h"

#include <errno.h>
#include <inttypes.h>

#include "tt/base/mem.h"

#define PIECE 1000 /* rows read at a time: a list of everything is not held in memory */

/* A place in the order: state, product, batch (of available items only), item. */
struct place {
    int state;
    int64_t product, batch, item;
};

struct rows {
    struct stock_item *items;
    size_t count;
};

/* Products lead, then batches, so that neither removed products nor staged batches are walked through. ?2:
 * only this product (0: all); ?3 ?4 ?5: product, batch and item of the place to go on from; ?6: how many. */
#define COLUMNS "SELECT s.item, s.product, p.code, s.state, s.batch, s.tx, s.added_at FROM products p"
#define OF_TENANT " WHERE p.tenant_id = ?1 AND p.removed_at = 0 AND (?2 = 0 OR p.product = ?2)"
#define AVAILABLE                                                                                    \
    COLUMNS " CROSS JOIN stock_batches b INDEXED BY stock_batches_open ON b.tenant_id = p.tenant_id" \
            " AND b.product = p.product AND b.state = 'published' AND b.available > 0"               \
            " CROSS JOIN stock s INDEXED BY stock_available ON s.tenant_id = b.tenant_id"            \
            " AND s.product = b.product AND s.batch = b.batch AND s.state = 0" OF_TENANT
#define TAKEN                                                                         \
    COLUMNS " CROSS JOIN stock s INDEXED BY stock_taken ON s.tenant_id = p.tenant_id" \
            " AND s.state = ?7 AND s.state <> 0 AND s.product = p.product" OF_TENANT

/* A plus keeps a range of products from being handed on to the inner tables, whose rows would have to be
 * sorted then. */
static const char *const statements[2][2] = {
    {AVAILABLE " AND +p.product >= ?3 AND (+b.product > ?3 OR +b.batch >= ?4)"
               " AND s.item > iif(b.product = ?3 AND b.batch = ?4, ?5, 0)"
               " ORDER BY p.product, b.batch, s.item LIMIT ?6",
     AVAILABLE " AND +p.product <= ?3 AND (+b.product < ?3 OR +b.batch <= ?4)"
               " AND s.item < iif(b.product = ?3 AND b.batch = ?4, ?5, 9223372036854775807)"
               " ORDER BY p.product DESC, b.batch DESC, s.item DESC LIMIT ?6"},
    {TAKEN " AND +p.product >= ?3 AND s.item > iif(p.product = ?3, ?5, 0) AND ?4 >= 0"
           " ORDER BY p.product, s.item LIMIT ?6",
     TAKEN " AND +p.product <= ?3 AND s.item < iif(p.product = ?3, ?5, 9223372036854775807) AND ?4 >= 0"
           " ORDER BY p.product DESC, s.item DESC LIMIT ?6"},
};

static void read_item(const struct query *q, struct stock_item *item)
{
    *item = (struct stock_item){.item = query_int(q, 0),
                                .product = query_int(q, 1),
                                .state = (enum stock_state)query_int(q, 3),
                                .batch = query_int(q, 4),
                                .tx = query_int(q, 5),
                                .added_at = query_int(q, 6)};
    str_copy(item->code, sizeof item->code, query_text(q, 2));
}

/* The rows of one state beyond a place, at most LIMIT of them in all. */
static int read_state(const struct tenant_scope *c, const struct stock_query *q, const struct place *from,
                      bool reversed, int64_t limit, struct rows *rows, struct error *e)
{
    struct query rows_of;
    bool taken = from->state != STOCK_AVAILABLE;
    int64_t left = limit - (int64_t)rows->count;
    int step = query_open(&rows_of, c->store, e, statements[taken][reversed], taken ? "tiiiiid" : "tiiiii",
                          c->tenant, q->product, from->product, from->batch, from->item, left, from->state);
    while (step >= 0 && (step = query_step(&rows_of, e)) == 1) {
        if ((rows->count & (rows->count - 1)) == 0)
            rows->items = mem_resize(rows->items, rows->count ? rows->count * 2 : 1, sizeof *rows->items);
        read_item(&rows_of, &rows->items[rows->count++]);
    }
    query_close(&rows_of);
    return step;
}

static struct place edge(int state, bool end)
{
    int64_t all = end ? INT64_MAX : 0;
    return (struct place){state, all, all, end ? INT64_MAX : 0};
}

/* The states one after the other, for all but deleted ones; else the one that is asked for. */
static int walk(const struct tenant_scope *c, const struct stock_query *q, struct place from, bool reversed,
                int64_t limit, struct rows *rows, struct error *e)
{
    int low = q->state < 0 ? STOCK_AVAILABLE : q->state, high = q->state < 0 ? STOCK_SOLD : q->state;

    while (from.state >= low && from.state <= high && (int64_t)rows->count < limit) {
        if (read_state(c, q, &from, reversed, limit, rows, e))
            return -1;
        from = edge(from.state + (reversed ? -1 : 1), reversed);
    }
    return 0;
}

static struct place place_of(const struct stock_item *item)
{
    return (struct place){(int)item->state, item->product, item->batch, item->item};
}

/* An item that was listed in another state than it has by now still marks its place among those. */
static int find(const struct tenant_scope *c, const struct stock_query *q, const char *id, struct place *out,
                struct error *e)
{
    struct stock_item item;
    char *end = NULL;
    errno = 0;
    long long number = strtoll(id, &end, 10);
    int state = *end == '-' ? word_index(stock_state_words, end + 1) : -1;
    if (errno || end == id || (*end && state < 0) || number < 1)
        return error_set(e, ERROR_MALFORMED, "item", "bad item '%s'; expected its number", id);
    if (stock_load(c, number, &item, NULL, e))
        return -1;
    *out = place_of(&item);
    if (q->state >= 0)
        state = q->state;
    if (state >= 0)
        out->state = state;
    return 0;
}

static void give(const struct rows *rows, void (*each)(void *, const struct stock_item *), void *context)
{
    for (size_t i = 0; i < rows->count; i++)
        each(context, &rows->items[i]);
}

static int read_piece(const struct tenant_scope *c, const struct stock_query *q, struct place from,
                      bool reversed, int64_t limit, struct rows *rows, struct error *e)
{
    bool own;
    if (view_begin(c->store, &own, e))
        return -1;
    return view_end(c->store, own, walk(c, q, from, reversed, limit, rows, e));
}

/* Forward from a place; LIMIT 0: to the end. */
static int page_forward(const struct tenant_scope *c, const struct stock_query *q, struct place from,
                        int64_t limit, void (*each)(void *, const struct stock_item *), void *context,
                        struct place *next, struct error *e)
{
    int64_t given = 0;
    for (;;) {
        struct rows rows = {0};
        int64_t left = limit ? limit - given : PIECE, want = left < PIECE ? left : PIECE;
        if (read_piece(c, q, from, false, want + 1, &rows, e)) {
            free(rows.items);
            return -1;
        }
        bool more = (int64_t)rows.count > want;
        rows.count -= more;
        give(&rows, each, context);
        given += (int64_t)rows.count;
        if (rows.count)
            from = place_of(&rows.items[rows.count - 1]);
        free(rows.items);
        if (!more || (limit && given == limit)) {
            *next = more ? from : (struct place){0};
            return 0;
        }
    }
}

/* The LIMIT rows before a place, in the list's order. */
static int page_backward(const struct tenant_scope *c, const struct stock_query *q, struct place from,
                         int64_t limit, void (*each)(void *, const struct stock_item *), void *context,
                         int64_t *given, struct place *last, struct error *e)
{
    struct rows rows = {0};
    int result = read_piece(c, q, from, true, limit ? limit : INT64_MAX, &rows, e);
    if (result == 0) {
        mem_reverse(rows.items, rows.count, sizeof *rows.items);
        give(&rows, each, context);
        *given = (int64_t)rows.count;
        if (rows.count)
            *last = place_of(&rows.items[rows.count - 1]);
    }
    free(rows.items);
    return result;
}

static int take_page(const struct tenant_scope *c, const struct stock_query *q,
                     void (*each)(void *, const struct stock_item *), void *context, struct place *next,
                     struct error *e)
{
    const struct paging *p = &q->page;
    const char *id = p->after ? p->after : p->before ? p->before : p->around;
    struct place at = edge(q->state < 0 ? STOCK_AVAILABLE : q->state, false), last;
    int64_t given = 0;

    if (id && find(c, q, id, &at, e))
        return -1;
    if (p->limit == 0 && (p->last || p->around)) /* all of them */
        at = edge(q->state < 0 ? STOCK_AVAILABLE : q->state, false);
    else if (p->last)
        at = edge(q->state < 0 ? STOCK_SOLD : q->state, true);
    if (p->last && p->limit)
        return page_backward(c, q, at, p->limit, each, context, &given, &last, e);
    if (p->before) /* at least the anchor itself comes after them */
        return page_backward(c, q, at, p->limit, each, context, &given, next, e);
    if (p->around && p->limit) {
        if (p->limit != 1 && page_backward(c, q, at, p->limit / 2, each, context, &given, &last, e))
            return -1;
        at.item--; /* the anchor itself comes too */
        return page_forward(c, q, at, p->limit - given, each, context, next, e);
    }
    return page_forward(c, q, at, p->limit, each, context, next, e);
}

int stock_counts(const struct tenant_scope *c, int64_t product, int64_t out[STOCK_STATE_COUNT],
                 struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT coalesce(sum(n.available), 0), coalesce(sum(n.reserved), 0),"
                          " coalesce(sum(n.sold), 0) FROM products p JOIN stock_counts n"
                          " ON n.tenant_id = p.tenant_id AND n.product = p.product"
                          " WHERE p.tenant_id = ?1 AND p.removed_at = 0 AND (?2 = 0 OR p.product = ?2)",
                          "ti", c->tenant, product);
    if (step == 0)
        step = query_step(&q, e);
    for (int i = 0; i < STOCK_STATE_COUNT; i++)
        out[i] = step == 1 && i < STOCK_DELETED ? query_int(&q, i) : 0;
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int total_of(const struct tenant_scope *c, const struct stock_query *q, int64_t *total,
                    struct error *e)
{
    int64_t counts[STOCK_STATE_COUNT];
    if (stock_counts(c, q->product, counts, e))
        return -1;
    *total = q->state == STOCK_DELETED ? -1
             : q->state >= 0           ? counts[q->state]
                             : counts[STOCK_AVAILABLE] + counts[STOCK_RESERVED] + counts[STOCK_SOLD];
    return 0;
}

int stock_list(const struct tenant_scope *c, const struct stock_query *q,
               void (*each)(void *, const struct stock_item *), void *context, int64_t *total,
               char next[STOCK_NEXT_TEXT], struct error *e)
{
    struct place beyond = {0};
    if (total && total_of(c, q, total, e))
        return -1;
    if (!q->page.count && take_page(c, q, each, context, &beyond, e))
        return -1;
    if (!next)
        return 0;
    snprintf(next, STOCK_NEXT_TEXT, q->state < 0 ? "%" PRId64 "-%s" : "%" PRId64, beyond.item,
             stock_state_words[beyond.state]);
    if (!beyond.item)
        *next = '\0';
    return 0;
}
