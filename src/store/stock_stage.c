#include "stock_stage.h"

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* --- slices --- */

/* Others must be able to go on, and erasing what was staged takes room in the log. */
#define HEADROOM (32 << 20)

int stage_go_on(struct stock_import *i, struct error *e)
{
    if (!i->stopped && (!i->options.between || !i->options.between(i->options.context)))
        return 0;
    i->stopped = true;
    return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
}

/* Durability comes with the publication: its commit carries all before it to the disk. */
static int begin(struct stock_import *i, struct error *e)
{
    struct store *s = i->scope.store;
    int64_t one;
    if (stage_go_on(i, e))
        return -1;
    if (i->counts.added > 0 && fs_room(store_path(s)) < HEADROOM) {
        error_set(e, ERROR_DB_FULL, NULL, "only %d MiB are left on the disk of '%s'", HEADROOM >> 20,
                  store_path(s));
        return error_hint(e, "free some space and import the file again; nothing was changed");
    }
    if (slice_begin(s, i->options.slice_us, e))
        return -1;
    int found = sql_int(s, e, &one,
                        "SELECT 1 FROM stock_batches WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3"
                        " AND state = 'staging'",
                        "tii", i->scope.tenant, i->options.product, i->batch);
    if (found == 1)
        return 0;
    if (found == 0)
        error_set(e, ERROR_REFUSED, NULL, "the tenant was erased meanwhile");
    return slice_end(s, -1, e);
}

/* --- the first pass --- */

static void chunk_add(struct stock_import *i, const struct pending_line *line, int64_t item)
{
    if (i->chunk_count == i->chunk_room) {
        i->chunk_room = i->chunk_room ? i->chunk_room * 2 : 4096;
        i->chunk = mem_resize(i->chunk, i->chunk_room, sizeof *i->chunk);
    }
    struct line_entry *entry = &i->chunk[i->chunk_count++];
    *entry = (struct line_entry){.item = item, .line = line->line};
    memcpy(entry->hash, line->hash, LINE_HASH);
}

static int count_staged(struct stock_import *i, int64_t n, struct error *e)
{
    return sql_run(i->scope.store, e,
                   "UPDATE stock_batches SET available = available + ?4"
                   " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3",
                   "tiii", i->scope.tenant, i->options.product, i->batch, n);
}

/* Rows of pending lines from number FROM on, until the slice is over; *FROM is raised. */
static int append_rows(struct stock_import *i, int64_t first, size_t *from, struct error *e)
{
    struct query q;
    struct str content = STR_INIT;
    int step = query_open(&q, i->scope.store, e,
                          "INSERT INTO stock (tenant_id, product, batch, added_at, item, line_hash, content)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                          "tiii", i->scope.tenant, i->options.product, i->batch, i->now);
    for (int64_t item = first;
         step == 0 && *from < i->pending_count && (item == first || !slice_over(i->scope.store)); item++) {
        const struct pending_line *line = &i->pending[(*from)++];
        stock_close(&i->keys, i->scope.tenant, item, i->text.data + line->at, line->length, &content);
        sqlite3_bind_int64(q.stmt, 5, item);
        sqlite3_bind_blob(q.stmt, 6, line->hash, LINE_HASH, SQLITE_STATIC);
        sqlite3_bind_blob64(q.stmt, 7, content.data, content.len, SQLITE_STATIC);
        step = query_step(&q, e);
        sqlite3_reset(q.stmt);
    }
    query_close(&q);
    str_release(&content);
    return step;
}

static int stage_slice(struct stock_import *i, size_t *from, struct error *e)
{
    size_t start = *from;
    int64_t first = 0;
    if (begin(i, e))
        return -1;
    /* The numbers of a whole slice are taken at once, and those that were not used are given back. */
    int64_t room = (int64_t)(i->pending_count - start);
    int result = shop_number_take(&i->scope, NUMBER_ITEM, room, &first, e);
    if (result == 0)
        result = append_rows(i, first, from, e);
    int64_t used = (int64_t)(*from - start), back = 0;
    if (result == 0 && used < room)
        result = shop_number_take(&i->scope, NUMBER_ITEM, used - room, &back, e);
    if (result == 0)
        result = count_staged(i, used, e);
    if (slice_end(i->scope.store, result, e))
        return -1;
    for (int64_t n = 0; n < used; n++)
        chunk_add(i, &i->pending[start + (size_t)n], first + n);
    i->counts.added += used;
    return 0;
}

/* --- the second pass --- */

int line_entry_compare(const void *a, const void *b)
{
    const struct line_entry *one = a, *two = b;
    int order = memcmp(one->hash, two->hash, LINE_HASH);
    return order ? order : one->item < two->item ? -1 : one->item > two->item;
}

static int compare_items(const void *a, const void *b)
{
    const struct line_entry *one = a, *two = b;
    return one->item < two->item ? -1 : one->item > two->item;
}

static int compare_refusals(const void *a, const void *b)
{
    const struct refusal *one = a, *two = b;
    return one->line < two->line ? -1 : one->line > two->line;
}

void stage_refuse(struct stock_import *i, int64_t line, enum line_report what, enum line_fault fault)
{
    if (what == LINE_DUPLICATE)
        i->counts.duplicate++;
    else
        i->counts.rejected++;
    if (!i->options.report)
        return;
    if (i->refusal_count == i->refusal_room) {
        i->refusal_room = i->refusal_room ? i->refusal_room * 2 : 64;
        i->refusals = mem_resize(i->refusals, i->refusal_room, sizeof *i->refusals);
    }
    i->refusals[i->refusal_count++] =
        (struct refusal){.line = line, .what = (unsigned char)what, .fault = (unsigned char)fault};
}

/* Claim from *FROM on until the slice is over. Entries whose line another item has move to the front, up to
 * *KEPT: they are the ones to be deleted. */
static int claim_slice(struct stock_import *i, size_t *from, size_t *kept, struct error *e)
{
    size_t at = *from, doubles = *kept;
    int result = begin(i, e);
    if (result)
        return -1;
    while (result == 0 && at < i->chunk_count && (at == *from || !slice_over(i->scope.store))) {
        struct line_entry entry = i->chunk[at++];
        int64_t holder = 0;
        int taken = stock_line_take(&i->scope, entry.hash, entry.item, &holder, e);
        if (taken < 0)
            result = -1;
        else if (taken == 0)
            i->chunk[doubles++] = entry;
    }
    /* A slice that fails ends the import, so nobody looks at the chunk again. */
    if (slice_end(i->scope.store, result, e))
        return -1;
    *from = at;
    *kept = doubles;
    return 0;
}

static int delete_slice(struct stock_import *i, size_t count, size_t *from, struct error *e)
{
    size_t at = *from;
    int result = begin(i, e);
    if (result)
        return -1;
    while (result == 0 && at < count && (at == *from || !slice_over(i->scope.store)))
        result = sql_run(i->scope.store, e, "DELETE FROM stock WHERE tenant_id = ?1 AND item = ?2", "ti",
                         i->scope.tenant, i->chunk[at++].item);
    int64_t n = (int64_t)(at - *from);
    if (result == 0)
        result = count_staged(i, -n, e);
    if (slice_end(i->scope.store, result, e))
        return -1;
    i->counts.added -= n;
    *from = at;
    return 0;
}

static void tell_refusals(struct stock_import *i)
{
    if (i->refusal_count)
        qsort(i->refusals, i->refusal_count, sizeof *i->refusals, compare_refusals);
    for (size_t n = 0; n < i->refusal_count; n++)
        i->options.report(i->options.context, i->refusals[n].line, (enum line_report)i->refusals[n].what,
                          (enum line_fault)i->refusals[n].fault);
    i->refusal_count = 0;
}

static int settle(struct stock_import *i, struct error *e)
{
    int (*claim)(struct stock_import *, size_t *, size_t *, struct error *) =
        i->trial ? trial_slice : claim_slice;
    size_t from = 0, doubles = 0, deleted = 0;
    if (i->chunk_count)
        qsort(i->chunk, i->chunk_count, sizeof *i->chunk, line_entry_compare);
    while (from < i->chunk_count)
        if (claim(i, &from, &doubles, e))
            return -1;
    if (doubles)
        qsort(i->chunk, doubles, sizeof *i->chunk, compare_items);
    for (size_t n = 0; n < doubles; n++)
        stage_refuse(i, i->chunk[n].line, LINE_DUPLICATE, LINE_GOOD);
    while (!i->trial && deleted < doubles)
        if (delete_slice(i, doubles, &deleted, e))
            return -1;
    i->chunk_count = 0;
    tell_refusals(i);
    return 0;
}

/* In place of the first pass: a line that gets no row is an item by its place in the file. */
static void gather(struct stock_import *i, size_t *from)
{
    for (; *from < i->pending_count; ++*from)
        chunk_add(i, &i->pending[*from], i->pending[*from].line);
}

int stage_run(struct stock_import *i, bool all, struct error *e)
{
    size_t from = 0;
    if (i->trial)
        gather(i, &from);
    while (from < i->pending_count)
        if (stage_slice(i, &from, e))
            return -1;
    i->pending_count = 0;
    str_clear(&i->text);
    return all || i->chunk_count >= STAGE_CHUNK || i->refusal_count >= STAGE_CHUNK ? settle(i, e) : 0;
}
