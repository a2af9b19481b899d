#include "stock.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define GATHER (1 << 18)                          /* items that are erased in one go */
#define WITHDRAWN_KEPT_MS (24LL * 60 * 60 * 1000) /* so long an undone import can be redone */

/* --- withdrawing --- */

struct batch_row {
    char state[16];
    int64_t added, available;
};

static int load_batch(const struct tenant_scope *c, int64_t product, int64_t batch, struct batch_row *out,
                      struct error *e)
{
    struct query q;
    *out = (struct batch_row){.state = "erased"};
    int step = query_open(&q, c->store, e,
                          "SELECT state, added, available FROM stock_batches"
                          " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3 AND batch > 0",
                          "tii", c->tenant, product, batch);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        str_copy(out->state, sizeof out->state, query_text(&q, 0));
        out->added = query_int(&q, 1);
        out->available = query_int(&q, 2);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int turn_batch(const struct tenant_scope *c, int64_t product, int64_t batch, const char *state,
                      int64_t now, int64_t available, struct error *e)
{
    return sql_run(c->store, e,
                   "UPDATE stock_batches SET state = ?4, since = max(since, ?5)"
                   " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3",
                   "tiiti", c->tenant, product, batch, state, now) ||
                   sql_run(c->store, e,
                           "UPDATE stock_counts SET available = available + ?3"
                           " WHERE tenant_id = ?1 AND product = ?2",
                           "tii", c->tenant, product, available)
               ? -1
               : 0;
}

int stock_withdraw(const struct tenant_scope *c, int64_t product, int64_t batch, int64_t now, struct error *e)
{
    struct batch_row row;
    if (load_batch(c, product, batch, &row, e))
        return -1;
    if (!str_equal(row.state, "published"))
        return error_set(e, ERROR_REFUSED, NULL, "the import %" PRId64 " is not there any more", batch);
    if (row.available != row.added) {
        error_set(e, ERROR_REFUSED, NULL,
                  "%" PRId64 " of the import's %" PRId64 " items are sold, reserved or deleted",
                  row.added - row.available, row.added);
        return error_hint(e, "`stock reduce` deletes what is left of them");
    }
    return turn_batch(c, product, batch, "withdrawn", now, -row.added, e);
}

int stock_restore(const struct tenant_scope *c, int64_t product, int64_t batch, struct error *e)
{
    struct batch_row row;
    if (load_batch(c, product, batch, &row, e))
        return -1;
    if (!str_equal(row.state, "withdrawn")) {
        error_set(e, ERROR_REFUSED, NULL, "the items of the import %" PRId64 " have been erased", batch);
        return error_hint(e, "import the file again");
    }
    return turn_batch(c, product, batch, "published", 0, row.added, e);
}

/* --- sweeping --- */

enum phase {
    PHASE_FIND,
    PHASE_LINES, /* the lines' claims, in the order of the hashes: neighbours share pages */
    PHASE_ROWS
};

/* A batch, or all that a tenant has (PRODUCT 0). Items are gathered, then erased; when there are none left
 * the batch goes too. Nothing is remembered in the database: whoever comes next begins anew and does no harm.
 */
struct stock_sweep {
    struct store *store;
    enum phase phase;
    char tenant[TENANT_ID_TEXT];
    int64_t product, batch;
    struct line_entry *items;
    size_t count, room, at;
};

struct stock_sweep *stock_sweep_new(struct store *s)
{
    struct stock_sweep *w = mem_zero(1, sizeof *w);
    w->store = s;
    return w;
}

void stock_sweep_free(struct stock_sweep *w)
{
    if (w)
        free(w->items);
    free(w);
}

/* crosses tenants: what was left behind is looked for in all of them. 1: there is one; 0: none. */
static int find_batch(struct stock_sweep *w, int64_t now, struct error *e)
{
    struct query q;
    bool found = false;
    int step = query_open(&q, w->store, e,
                          "SELECT tenant_id, product, batch, state, since FROM stock_batches"
                          " WHERE state <> 'published'",
                          "");
    while (!found && step >= 0 && (step = query_step(&q, e)) == 1) {
        const char *tenant = query_text(&q, 0), *state = query_text(&q, 3);
        int64_t batch = query_int(&q, 2);
        if (str_equal(state, "withdrawn")
                ? query_int(&q, 4) + WITHDRAWN_KEPT_MS > now
                : str_equal(state, "staging") && stock_import_alive(w->store, tenant, batch))
            continue;
        str_copy(w->tenant, sizeof w->tenant, tenant);
        w->product = query_int(&q, 1);
        w->batch = batch;
        found = true;
    }
    query_close(&q);
    return step < 0 ? -1 : found;
}

static void gather_row(struct stock_sweep *w, const struct query *q)
{
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : 1024;
        w->items = mem_resize(w->items, w->room, sizeof *w->items);
    }
    struct line_entry *entry = &w->items[w->count++];
    *entry = (struct line_entry){.item = query_int(q, 0)};
    memcpy(entry->hash, sqlite3_column_blob(q->stmt, 1), LINE_HASH);
}

/* What is staged or withdrawn is available, all of it. */
static int gather(struct stock_sweep *w, struct error *e)
{
    struct query q;
    w->count = w->at = 0;
    int step = w->product ? query_open(&q, w->store, e,
                                       "SELECT item, line_hash FROM stock INDEXED BY stock_available"
                                       " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3 AND state = 0"
                                       " LIMIT ?4",
                                       "tiid", w->tenant, w->product, w->batch, GATHER)
                          : query_open(&q, w->store, e,
                                       "SELECT item, line_hash FROM stock WHERE tenant_id = ?1 LIMIT ?2",
                                       "td", w->tenant, GATHER);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        gather_row(w, &q);
    query_close(&q);
    if (w->count)
        qsort(w->items, w->count, sizeof *w->items, line_entry_compare);
    w->phase = w->count ? PHASE_LINES : PHASE_FIND;
    return step;
}

static int compare_items(const void *a, const void *b)
{
    const struct line_entry *one = a, *two = b;
    return one->item < two->item ? -1 : one->item > two->item;
}

static int erase_one(const struct stock_sweep *w, const struct line_entry *entry, struct error *e)
{
    if (w->phase == PHASE_LINES)
        return sql_run(w->store, e, "DELETE FROM stock_lines WHERE line_hash = ?1 AND item = ?2", "bi",
                       (const void *)entry->hash, (size_t)LINE_HASH, entry->item);
    return sql_run(w->store, e, "DELETE FROM stock WHERE tenant_id = ?1 AND item = ?2", "ti", w->tenant,
                   entry->item);
}

/* --- slices --- */

static int erase_items(void *sweep, struct error *e)
{
    struct stock_sweep *w = sweep;
    int result = 0;

    while (result == 0 && w->at < w->count && !slice_over(w->store))
        result = erase_one(w, &w->items[w->at++], e);
    return result;
}

/* From here on it can no longer come back, unless it has already. */
static int mark_batch(void *sweep, struct error *e)
{
    struct stock_sweep *w = sweep;
    return sql_run(w->store, e,
                   "UPDATE stock_batches SET state = 'erased' WHERE tenant_id = ?1 AND product = ?2"
                   " AND batch = ?3 AND state <> 'published'",
                   "tii", w->tenant, w->product, w->batch);
}

static int drop_batch(void *sweep, struct error *e)
{
    struct stock_sweep *w = sweep;
    return sql_run(w->store, e,
                   "DELETE FROM stock_batches WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3"
                   " AND state = 'erased'",
                   "tii", w->tenant, w->product, w->batch);
}

static bool is_erased(const struct stock_sweep *w)
{
    int64_t one;
    return sql_int(w->store, NULL, &one,
                   "SELECT 1 FROM stock_batches WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3"
                   " AND state = 'erased'",
                   "tii", w->tenant, w->product, w->batch) == 1;
}

/* What is gathered is erased in two runs through it. */
static int erase_gathered(struct stock_sweep *w, struct error *e)
{
    if (slice_run(w->store, erase_items, w, e)) {
        w->phase = PHASE_FIND;
        return -1;
    }
    if (w->at < w->count)
        return 0;
    if (w->phase == PHASE_LINES) {
        qsort(w->items, w->count, sizeof *w->items, compare_items);
        w->phase = PHASE_ROWS;
        w->at = 0;
    } else {
        w->phase = PHASE_FIND;
    }
    return 0;
}

int stock_sweep_slice(struct stock_sweep *w, int64_t now, struct error *e)
{
    if (w->phase != PHASE_FIND)
        return erase_gathered(w, e) ? -1 : 1;
    int found = find_batch(w, now, e);
    if (found < 1)
        return found;
    if (slice_run(w->store, mark_batch, w, e))
        return -1;
    if (is_erased(w) && (gather(w, e) || (w->count == 0 && slice_run(w->store, drop_batch, w, e))))
        return -1;
    return 1;
}

int stock_erase_slice(struct stock_sweep *w, const char *tenant, struct error *e)
{
    if (!str_equal(w->tenant, tenant) || w->product) {
        str_copy(w->tenant, sizeof w->tenant, tenant);
        w->product = w->batch = 0;
        w->phase = PHASE_FIND;
    }
    if (w->phase != PHASE_FIND)
        return erase_gathered(w, e) ? -1 : 1;
    return gather(w, e) ? -1 : w->count > 0;
}
