/* The stock against what counts it, in one pass over its items: there may be ten million. */
#include "doctor.h"

#include <inttypes.h>

#include "stock.h"
#include "tt/base/mem.h"

/* --- what counts items --- */

/* The count of an import (BATCH at least 0) or of a product (BATCH -1), less the items that are found. */
struct tally {
    char tenant[TENANT_ID_TEXT];
    int64_t product, batch;
    bool published, erased;
    int64_t left[STOCK_DELETED]; /* by state; of an import only those available */
};

/* In the order of their keys. */
struct tallies {
    struct tally *items;
    size_t count, room, last;
};

static int compare(const struct tally *t, const char *tenant, int64_t product, int64_t batch)
{
    int order = strcmp(t->tenant, tenant);
    if (order == 0)
        order = (t->product > product) - (t->product < product);
    return order ? order : (t->batch > batch) - (t->batch < batch);
}

static struct tally *insert(struct tallies *all, size_t at, const char *tenant, int64_t product,
                            int64_t batch)
{
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 256;
        all->items = mem_resize(all->items, all->room, sizeof *all->items);
    }
    struct tally *t = &all->items[at];
    memmove(t + 1, t, (all->count++ - at) * sizeof *t);
    *t = (struct tally){.product = product, .batch = batch};
    str_copy(t->tenant, sizeof t->tenant, tenant);
    return t;
}

/* Neighbouring items mostly belong together. What nothing counts is counted as none. */
static struct tally *find(struct tallies *all, const char *tenant, int64_t product, int64_t batch)
{
    size_t low = 0, high = all->count;
    if (all->last < all->count && compare(&all->items[all->last], tenant, product, batch) == 0)
        return &all->items[all->last];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&all->items[middle], tenant, product, batch) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    all->last = low;
    if (low < all->count && compare(&all->items[low], tenant, product, batch) == 0)
        return &all->items[low];
    return insert(all, low, tenant, product, batch);
}

struct count {
    struct doctor *d;
    struct tallies batches, products;
    uint64_t
        lines; /* a sum over the items that must hold a line, less the one over all lines: see check_lines */
};

/* Crosses tenants: the whole file is looked at. */
static int load(struct count *c, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->d->store, e,
                          "SELECT tenant_id, product, batch, state, available FROM stock_batches"
                          " ORDER BY tenant_id, product, batch",
                          "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        struct tally *t =
            insert(&c->batches, c->batches.count, query_text(&q, 0), query_int(&q, 1), query_int(&q, 2));
        t->published = str_equal(query_text(&q, 3), "published");
        t->erased = str_equal(query_text(&q, 3), "erased");
        t->left[STOCK_AVAILABLE] = query_int(&q, 4);
    }
    query_close(&q);
    if (step < 0)
        return -1;
    step = query_open(&q, c->d->store, e,
                      "SELECT tenant_id, product, available, reserved, sold FROM stock_counts"
                      " ORDER BY tenant_id, product",
                      "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        struct tally *t = insert(&c->products, c->products.count, query_text(&q, 0), query_int(&q, 1), -1);
        for (int state = STOCK_AVAILABLE; state < STOCK_DELETED; state++)
            t->left[state] = query_int(&q, 2 + state);
    }
    query_close(&q);
    return step;
}

/* --- the pass --- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t line_sum(const void *hash, int64_t item)
{
    uint64_t part[2];
    memcpy(part, hash, sizeof part);
    return mix(mix(part[0] + (uint64_t)item * UINT64_C(0x9e3779b97f4a7c15)) ^ part[1]);
}

/* An item that is not for sale may have given its line to another. */
static int has_line(struct count *c, const void *hash, int64_t item, struct error *e)
{
    int64_t one;
    return sql_int(c->d->store, e, &one, "SELECT 1 FROM stock_lines WHERE line_hash = ?1 AND item = ?2", "bi",
                   hash, (size_t)LINE_HASH, item);
}

static int count_item(struct count *c, const struct query *q, struct error *e)
{
    const char *tenant = query_text(q, 0);
    int64_t product = query_int(q, 1), state = query_int(q, 3), item = query_int(q, 4);
    struct tally *batch = find(&c->batches, tenant, product, query_int(q, 2));
    const void *hash = sqlite3_column_blob(q->stmt, 5);
    if (state < STOCK_AVAILABLE || state >= STOCK_DELETED)
        return 0;
    if (state == STOCK_AVAILABLE)
        batch->left[STOCK_AVAILABLE]--;
    if (state != STOCK_AVAILABLE || batch->published)
        find(&c->products, tenant, product, -1)->left[state]--;
    if (!hash || sqlite3_column_bytes(q->stmt, 5) != LINE_HASH)
        return 0;
    int holds = batch->published ? 1 : has_line(c, hash, item, e);
    if (holds == 1)
        c->lines += line_sum(hash, item);
    return holds < 0 ? -1 : 0;
}

/* Crosses tenants: the whole file is looked at. In the order of the file, so that each page is read once. */
static int count_items(struct count *c, struct error *e)
{
    struct query q;
    int step =
        query_open(&q, c->d->store, e,
                   "SELECT tenant_id, product, batch, state, item, line_hash FROM stock NOT INDEXED", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        if (count_item(c, &q, e))
            step = -1;
    query_close(&q);
    return step;
}

static int count_lines(struct count *c, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->d->store, e, "SELECT line_hash, item FROM stock_lines", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        if (sqlite3_column_bytes(q.stmt, 0) == LINE_HASH)
            c->lines -= line_sum(sqlite3_column_blob(q.stmt, 0), query_int(&q, 1));
    query_close(&q);
    return step;
}

/* --- what is told --- */

static bool is_wrong(const struct tally *t)
{
    if (t->batch >= 0)
        return !t->erased && t->left[STOCK_AVAILABLE] != 0;
    return t->left[STOCK_AVAILABLE] || t->left[STOCK_RESERVED] || t->left[STOCK_SOLD];
}

static void tell(struct doctor *d, const char *name, const struct tallies *all, const char *good,
                 const char *bad)
{
    struct str names = STR_INIT;
    int64_t n = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct tally *t = &all->items[i];
        if (!is_wrong(t) || n++ >= DOCTOR_NAMED)
            continue;
        str_addf(&names, "%s%s %" PRId64, n > 1 ? ", " : "", t->tenant, t->product);
        if (t->batch >= 0)
            str_addf(&names, " %" PRId64, t->batch);
    }
    if (n == 0)
        doctor_report(d, name, true, "%s", good);
    else
        doctor_report(d, name, false, "%" PRId64 " %s: %s%s", n, bad, str_text(&names),
                      n > DOCTOR_NAMED ? ", ..." : "");
    str_release(&names);
}

/* To look each item's line up costs a page at a random place. Where the sum over items and that over lines
 * agree, every item has its own; where they do not, this names those that have none. Crosses tenants. */
static const struct row_check lines_check = {
    "stock_lines",
    "SELECT s.tenant_id || ' ' || s.item FROM stock s NOT INDEXED CROSS JOIN stock_batches b"
    " ON b.tenant_id = s.tenant_id"
    " AND b.product = s.product AND b.batch = s.batch AND b.state = 'published' LEFT JOIN stock_lines l"
    " ON l.line_hash = s.line_hash WHERE ?1 AND s.state <> 3 AND l.item IS NOT s.item",
    "every item has its line for itself", "items whose line another may have too"};

static void check_lines(struct count *c)
{
    if (c->lines == 0)
        doctor_report(c->d, lines_check.name, true, "%s", lines_check.good);
    else
        doctor_rows(c->d, &lines_check);
}

void doctor_stock(struct doctor *d)
{
    struct count c = {.d = d};
    struct error e = {0};
    bool own = false;
    int status = view_begin(d->store, &own, &e);
    if (status == 0)
        status = load(&c, &e) || count_items(&c, &e) || count_lines(&c, &e) ? -1 : 0;
    view_end(d->store, own && store_in_transaction(d->store), status);
    if (status) {
        doctor_failed(d, "stock", &e);
    } else {
        tell(d, "stock_counts", &c.products, "every product counts its items",
             "products whose counts are not those of their items");
        tell(d, "stock_batches", &c.batches, "every import counts its items",
             "imports whose counts are not those of their items");
        check_lines(&c);
    }
    free(c.batches.items);
    free(c.products.items);
}
