#include "stock.h"

#include <fcntl.h>
#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* Staging goes in two passes. The first appends the rows in the order of the file. The second claims their
 * lines in the order of the hashes, so that neighbours share pages: at random places each line would cost a
 * page in the log. A chunk of lines that is sorted at once bounds the memory. */
#define CHUNK (1 << 19)     /* lines; 32 bytes each */
#define PENDING (256 << 10) /* bytes of lines that wait for the first pass */
#define LONG_LINE \
    (STOCK_LINE_MAX + 256) /* beyond this a line is not even held: white space at its end may go */

#define SWEEP_SLICES 32

struct pending_line {
    uint32_t at, length;
    int64_t line;
    unsigned char hash[LINE_HASH];
};

struct refusal {
    int64_t line;
    unsigned char what, fault;
};

struct stock_import {
    struct stock_import *next; /* of the store's running imports */
    struct tenant_scope scope;
    struct stock_import_options options;
    struct stock_import_counts counts;
    struct stock_keys keys;
    int64_t now, batch;
    bool finished, published, stopped;
    struct str carry; /* the line that is not complete yet */
    bool skipping;    /* the rest of a line that is too long */
    struct str text;  /* of pending lines */
    struct pending_line *pending;
    size_t pending_count, pending_room;
    struct line_entry *chunk; /* staged, lines not yet claimed */
    size_t chunk_count, chunk_room;
    struct refusal *refusals; /* of the chunk, to be told in the order of lines */
    size_t refusal_count, refusal_room;
};

/* --- alive or dead --- */

/* The place of the lock file that stands for a batch while a process imports it. The operating system lets go
 * of it when the process dies, however. */
static off_t place_of(const char *tenant, int64_t batch)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)batch;
    for (const char *c = tenant; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return (off_t)(hash >> 2 | 1 << 12);
}

bool stock_import_alive(struct store *s, const char *tenant, int64_t batch)
{
    for (const struct stock_import *i = s->imports; i; i = i->next)
        if (i->batch == batch && str_equal(i->scope.tenant, tenant))
            return true;
    return lock_taken(s->lock_fd, place_of(tenant, batch));
}

/* --- begin and end --- */

static int add_batch(struct stock_import *i, struct error *e)
{
    const struct tenant_scope *c = &i->scope;
    int64_t one;
    int found = sql_int(c->store, e, &one,
                        "SELECT 1 FROM products WHERE tenant_id = ?1 AND product = ?2 AND removed_at = 0",
                        "ti", c->tenant, i->options.product);
    if (found < 1)
        return found < 0
                   ? -1
                   : error_set(e, ERROR_NO_SUCH, "code", "no product number %" PRId64, i->options.product);
    return shop_number_take(c, NUMBER_BATCH, 1, &i->batch, e) ||
                   lock_take_at(c->store->lock_fd, F_WRLCK, place_of(c->tenant, i->batch)) ||
                   sql_run(c->store, e,
                           "INSERT INTO stock_batches (tenant_id, product, batch, state, since)"
                           " VALUES (?1, ?2, ?3, 'staging', ?4)",
                           "tiii", c->tenant, i->options.product, i->batch, i->now)
               ? -1
               : 0;
}

/* What others left behind goes first, but not at any price: the daemon does it too. */
static int sweep_some(struct store *s, int64_t now, struct error *e)
{
    struct stock_sweep *w = stock_sweep_new(s);
    int more = 1;
    for (int i = 0; i < SWEEP_SLICES && more == 1; i++)
        more = stock_sweep_slice(w, now, e);
    stock_sweep_free(w);
    return more < 0 ? -1 : 0;
}

int stock_import_begin(struct stock_import **out, const struct tenant_scope *c,
                       const struct stock_import_options *options, int64_t now, struct error *e)
{
    struct stock_import *i = mem_zero(1, sizeof *i);
    struct store *s = c->store;

    *out = NULL;
    i->scope = *c;
    i->options = *options;
    i->now = now;
    if (i->options.slice_us == 0)
        i->options.slice_us = SLICE_US;
    if (stock_keys_of(s, &i->keys, e) || scope_require(c, e) || sweep_some(s, now, e) || store_begin(s, e))
        goto failed;
    if (add_batch(i, e)) {
        store_rollback(s);
        goto failed;
    }
    if (store_commit(s, e))
        goto failed;
    i->next = s->imports;
    s->imports = i;
    *out = i;
    return 0;
failed:
    if (i->batch)
        lock_take_at(s->lock_fd, F_UNLCK, place_of(c->tenant, i->batch));
    free(i);
    return -1;
}

void stock_import_free(struct stock_import *i)
{
    if (!i)
        return;
    struct store *s = i->scope.store;
    struct stock_import **at = &s->imports;
    while (*at && *at != i)
        at = &(*at)->next;
    if (*at)
        *at = i->next;
    lock_take_at(s->lock_fd, F_UNLCK, place_of(i->scope.tenant, i->batch));
    str_wipe(&i->carry);
    str_wipe(&i->text);
    free(i->pending);
    free(i->chunk);
    free(i->refusals);
    free(i);
}

void stock_import_counts(const struct stock_import *i, struct stock_import_counts *out)
{
    *out = i->counts;
}

int64_t stock_import_batch(const struct stock_import *i)
{
    return i->batch;
}

/* --- slices --- */

struct slice {
    struct stock_import *import;
    int64_t until_us;
};

/* Durability comes with the publication: its commit carries all before it to the disk. */
static int slice_begin(struct slice *slice, struct stock_import *i, struct error *e)
{
    struct store *s = i->scope.store;
    int64_t one;
    *slice = (struct slice){.import = i};
    if (i->stopped || (i->options.between && i->options.between(i->options.context))) {
        i->stopped = true;
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
    }
    lock_give_way(s);
    if (store_durable(s, false, e) || store_begin(s, e))
        return -1;
    slice->until_us = time_monotonic_us() + i->options.slice_us;
    int found = sql_int(s, e, &one,
                        "SELECT 1 FROM stock_batches WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3"
                        " AND state = 'staging'",
                        "tii", i->scope.tenant, i->options.product, i->batch);
    if (found == 1)
        return 0;
    store_rollback(s);
    store_durable(s, true, NULL);
    return found < 0 ? -1 : error_set(e, ERROR_REFUSED, NULL, "the tenant was erased meanwhile");
}

static bool slice_over(const struct slice *slice)
{
    return time_monotonic_us() >= slice->until_us;
}

static int slice_end(struct slice *slice, int result, struct error *e)
{
    struct store *s = slice->import->scope.store;
    result = work_end(s, true, result, e);
    int durable = store_durable(s, true, result ? NULL : e);
    return result || durable ? -1 : 0;
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
static int append_rows(struct slice *slice, int64_t first, size_t *from, struct error *e)
{
    struct stock_import *i = slice->import;
    struct query q;
    struct str content = STR_INIT;
    int step = query_open(&q, i->scope.store, e,
                          "INSERT INTO stock (tenant_id, product, batch, added_at, item, line_hash, content)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                          "tiii", i->scope.tenant, i->options.product, i->batch, i->now);
    for (int64_t item = first; step == 0 && *from < i->pending_count && (item == first || !slice_over(slice));
         item++) {
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
    struct slice slice;
    size_t start = *from;
    int64_t first = 0;
    if (slice_begin(&slice, i, e))
        return -1;
    /* The numbers of a whole slice are taken at once, and those that were not used are given back. */
    int64_t room = (int64_t)(i->pending_count - start);
    int result = shop_number_take(&i->scope, NUMBER_ITEM, room, &first, e);
    if (result == 0)
        result = append_rows(&slice, first, from, e);
    int64_t used = (int64_t)(*from - start), back = 0;
    if (result == 0 && used < room)
        result = shop_number_take(&i->scope, NUMBER_ITEM, used - room, &back, e);
    if (result == 0)
        result = count_staged(i, used, e);
    if (slice_end(&slice, result, e))
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

static void refuse(struct stock_import *i, int64_t line, enum line_report what, enum line_fault fault)
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
    struct slice slice;
    size_t at = *from, doubles = *kept;
    int result = slice_begin(&slice, i, e);
    if (result)
        return -1;
    while (result == 0 && at < i->chunk_count && (at == *from || !slice_over(&slice))) {
        struct line_entry entry = i->chunk[at++];
        int64_t holder = 0;
        int taken = stock_line_take(&i->scope, entry.hash, entry.item, &holder, e);
        if (taken < 0)
            result = -1;
        else if (taken == 0)
            i->chunk[doubles++] = entry;
    }
    /* A slice that fails ends the import, so nobody looks at the chunk again. */
    if (slice_end(&slice, result, e))
        return -1;
    *from = at;
    *kept = doubles;
    return 0;
}

static int delete_slice(struct stock_import *i, size_t count, size_t *from, struct error *e)
{
    struct slice slice;
    size_t at = *from;
    int result = slice_begin(&slice, i, e);
    if (result)
        return -1;
    while (result == 0 && at < count && (at == *from || !slice_over(&slice)))
        result = sql_run(i->scope.store, e, "DELETE FROM stock WHERE tenant_id = ?1 AND item = ?2", "ti",
                         i->scope.tenant, i->chunk[at++].item);
    int64_t n = (int64_t)(at - *from);
    if (result == 0)
        result = count_staged(i, -n, e);
    if (slice_end(&slice, result, e))
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
    size_t from = 0, doubles = 0, deleted = 0;
    if (i->chunk_count)
        qsort(i->chunk, i->chunk_count, sizeof *i->chunk, line_entry_compare);
    while (from < i->chunk_count)
        if (claim_slice(i, &from, &doubles, e))
            return -1;
    if (doubles)
        qsort(i->chunk, doubles, sizeof *i->chunk, compare_items);
    for (size_t n = 0; n < doubles; n++)
        refuse(i, i->chunk[n].line, LINE_DUPLICATE, LINE_GOOD);
    while (deleted < doubles)
        if (delete_slice(i, doubles, &deleted, e))
            return -1;
    i->chunk_count = 0;
    tell_refusals(i);
    return 0;
}

/* --- lines --- */

/* Stage what is pending; ALL: and claim what is staged. */
static int stage(struct stock_import *i, bool all, struct error *e)
{
    size_t from = 0;
    while (from < i->pending_count)
        if (stage_slice(i, &from, e))
            return -1;
    i->pending_count = 0;
    str_clear(&i->text);
    return all || i->chunk_count >= CHUNK || i->refusal_count >= CHUNK ? settle(i, e) : 0;
}

static void take_line(struct stock_import *i, const char *line, size_t length)
{
    size_t n = 0;
    i->counts.lines++;
    if (i->counts.lines == 1 && length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        length -= 3;
    }
    enum line_fault fault = stock_line_normalise(line, length, &n);
    if (fault == LINE_EMPTY)
        return;
    if (fault != LINE_GOOD) {
        refuse(i, i->counts.lines, LINE_REJECTED, fault);
        return;
    }
    if (i->pending_count == i->pending_room) {
        i->pending_room = i->pending_room ? i->pending_room * 2 : 1024;
        i->pending = mem_resize(i->pending, i->pending_room, sizeof *i->pending);
    }
    struct pending_line *p = &i->pending[i->pending_count++];
    *p = (struct pending_line){.at = (uint32_t)i->text.len, .length = (uint32_t)n, .line = i->counts.lines};
    stock_hash(&i->keys, i->scope.tenant, line, n, p->hash);
    str_add_bytes(&i->text, line, n);
}

/* Hold the beginning of a line whose end is not here yet; of one that is too long only that it is. */
static void hold(struct stock_import *i, const char *bytes, size_t n)
{
    if (i->skipping)
        return;
    str_add_bytes(&i->carry, bytes, n);
    if (i->carry.len > LONG_LINE) {
        str_cut(&i->carry, LONG_LINE);
        i->skipping = true;
    }
}

static void end_line(struct stock_import *i)
{
    if (i->skipping) {
        i->counts.lines++;
        refuse(i, i->counts.lines, LINE_REJECTED, LINE_LONG);
    } else {
        take_line(i, str_text(&i->carry), i->carry.len);
    }
    str_clear(&i->carry);
    i->skipping = false;
}

int stock_import_feed(struct stock_import *i, const char *bytes, size_t n, struct error *e)
{
    while (n > 0) {
        const char *newline = memchr(bytes, '\n', n);
        size_t length = newline ? (size_t)(newline - bytes) : n;
        if (newline && i->carry.len == 0 && !i->skipping && length <= LONG_LINE) {
            take_line(i, bytes, length);
        } else {
            hold(i, bytes, length);
            if (newline)
                end_line(i);
        }
        length += newline != NULL;
        bytes += length;
        n -= length;
        if ((i->text.len >= PENDING || i->refusal_count >= CHUNK) && stage(i, false, e))
            return -1;
    }
    return 0;
}

int stock_import_finish(struct stock_import *i, struct error *e)
{
    if (i->carry.len > 0 || i->skipping)
        end_line(i);
    if (stage(i, true, e))
        return -1;
    i->finished = true;
    return 0;
}

int stock_import_publish(struct stock_import *i, struct error *e)
{
    const struct tenant_scope *c = &i->scope;
    if (!i->finished || i->published)
        return error_set(e, ERROR_INTERNAL, NULL, "the import is not complete");
    i->published = true;
    if (i->counts.added == 0)
        return 0;
    if (sql_run(c->store, e,
                "UPDATE stock_batches SET state = 'published', added = ?4"
                " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3 AND state = 'staging'"
                " AND available = ?4",
                "tiii", c->tenant, i->options.product, i->batch, i->counts.added))
        return -1;
    if (store_changes(c->store) == 0)
        return error_set(e, ERROR_REFUSED, NULL, "what was imported is gone: the tenant was erased");
    return sql_run(c->store, e,
                   "UPDATE stock_counts SET available = available + ?3 WHERE tenant_id = ?1 AND product = ?2",
                   "tii", c->tenant, i->options.product, i->counts.added);
}
