#include "stock_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define PENDING (256 << 10) /* bytes of lines that wait for the first pass */
#define LONG_LINE \
    (STOCK_LINE_MAX + 256) /* beyond this a line is not even held: white space at its end may go */
#define SWEEP_SLICES 32
#define SWEEP_ALL 100000 /* slices */

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

int stage_product(const struct stock_import *i, struct error *e)
{
    int64_t one;
    return sql_int(i->scope.store, e, &one,
                   "SELECT 1 FROM products WHERE tenant_id = ?1 AND product = ?2 AND removed_at = 0", "ti",
                   i->scope.tenant, i->options.product);
}

int stage_no_product(const struct stock_import *i, struct error *e)
{
    return error_set(e, ERROR_NO_SUCH, "code", "no product number %" PRId64, i->options.product);
}

static int add_batch(struct stock_import *i, struct error *e)
{
    const struct tenant_scope *c = &i->scope;
    int found = stage_product(i, e);
    if (found < 1)
        return found < 0 ? -1 : stage_no_product(i, e);
    if (shop_number_take(c, NUMBER_BATCH, 1, &i->batch, e))
        return -1;
    if (lock_take_at(c->store->lock_fd, F_WRLCK, place_of(c->tenant, i->batch)))
        return error_set(e, ERROR_DB_LOCKED, NULL, "the lock of an import cannot be taken: %s",
                         strerror(errno));
    return sql_run(c->store, e,
                   "INSERT INTO stock_batches (tenant_id, product, batch, state, since)"
                   " VALUES (?1, ?2, ?3, 'staging', ?4)",
                   "tiii", c->tenant, i->options.product, i->batch, i->now);
}

/* What was left behind is erased, but not at any price: the daemon does it too. */
static int sweep(struct store *s, int slices, int64_t now, struct error *e)
{
    struct stock_sweep *w = stock_sweep_new(s);
    int more = 1;
    for (int i = 0; i < slices && more == 1; i++)
        more = stock_sweep_slice(w, now, e);
    stock_sweep_free(w);
    return more < 0 ? -1 : 0;
}

static int begin_staging(struct stock_import *i, struct error *e)
{
    struct store *s = i->scope.store;
    if (stock_keys_of(s, &i->keys, e) || sweep(s, SWEEP_SLICES, i->now, e) || store_begin(s, e))
        return -1;
    if (add_batch(i, e)) {
        store_rollback(s);
        goto failed;
    }
    if (store_commit(s, e))
        goto failed;
    i->next = s->imports;
    s->imports = i;
    return 0;
failed:
    if (i->batch)
        lock_take_at(s->lock_fd, F_UNLCK, place_of(i->scope.tenant, i->batch));
    return -1;
}

int stock_import_begin(struct stock_import **out, const struct tenant_scope *c,
                       const struct stock_import_options *options, int64_t now, struct error *e)
{
    struct stock_import *i = mem_zero(1, sizeof *i);

    *out = NULL;
    i->scope = *c;
    i->options = *options;
    i->now = now;
    if (i->options.slice_us == 0)
        i->options.slice_us = SLICE_US;
    if (scope_require(c, e) || (options->trial ? trial_begin : begin_staging)(i, e)) {
        trial_free(i->trial);
        free(i);
        return -1;
    }
    *out = i;
    return 0;
}

static void end_staging(struct stock_import *i)
{
    struct store *s = i->scope.store;
    struct stock_import **at = &s->imports;
    while (*at && *at != i)
        at = &(*at)->next;
    if (*at)
        *at = i->next;
    lock_take_at(s->lock_fd, F_UNLCK, place_of(i->scope.tenant, i->batch));
    if (!i->published) /* a person who stops it does not wait, but a disk that is full must get its room back
                        */
        sweep(s, i->stopped ? SWEEP_SLICES : SWEEP_ALL, i->now, NULL);
}

void stock_import_stop(struct stock_import *i)
{
    i->stopped = true;
}

void stock_import_free(struct stock_import *i)
{
    if (!i)
        return;
    if (!i->trial)
        end_staging(i);
    trial_free(i->trial);
    str_wipe(&i->carry);
    str_wipe(&i->field);
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

/* --- lines --- */

static void take_line(struct stock_import *i, const char *line, size_t length)
{
    size_t n = 0;
    i->counts.lines++;
    if (i->counts.lines == 1 && length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        length -= 3;
    }
    if (i->options.csv && stock_line_unquote(line, length, &i->field)) {
        line = str_text(&i->field);
        length = i->field.len;
    }
    enum line_fault fault = stock_line_normalise(line, length, &n);
    if (fault == LINE_EMPTY)
        return;
    if (fault != LINE_GOOD) {
        stage_refuse(i, i->counts.lines, LINE_REJECTED, fault);
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
        stage_refuse(i, i->counts.lines, LINE_REJECTED, LINE_LONG);
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
        if ((i->text.len >= PENDING || i->refusal_count >= STAGE_CHUNK) && stage_run(i, false, e))
            return -1;
    }
    return 0;
}

int stock_import_finish(struct stock_import *i, struct error *e)
{
    if (i->carry.len > 0 || i->skipping)
        end_line(i);
    if (stage_run(i, true, e))
        return -1;
    i->finished = true;
    return 0;
}

static int removed_meanwhile(struct error *e)
{
    return error_set(e, ERROR_REFUSED, NULL,
                     "the product or its tenant was removed meanwhile: nothing was added");
}

static int try_publishing(const struct stock_import *i, struct error *e)
{
    int there = stage_product(i, e);
    return there ? there < 0 ? -1 : 0 : removed_meanwhile(e);
}

int stock_import_publish(struct stock_import *i, struct error *e)
{
    const struct tenant_scope *c = &i->scope;
    if (!i->finished || i->published)
        return error_set(e, ERROR_INTERNAL, NULL, "the import is not complete");
    i->published = true;
    if (i->counts.added == 0)
        return 0;
    if (i->trial)
        return try_publishing(i, e);
    if (sql_run(c->store, e,
                "UPDATE stock_batches SET state = 'published', added = ?4"
                " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3 AND state = 'staging'"
                " AND available = ?4 AND EXISTS (SELECT 1 FROM products p WHERE p.tenant_id = ?1"
                " AND p.product = ?2 AND p.removed_at = 0)",
                "tiii", c->tenant, i->options.product, i->batch, i->counts.added))
        return -1;
    if (store_changes(c->store) == 0)
        return removed_meanwhile(e);
    return sql_run(c->store, e,
                   "UPDATE stock_counts SET available = available + ?3 WHERE tenant_id = ?1 AND product = ?2",
                   "tii", c->tenant, i->options.product, i->counts.added);
}
