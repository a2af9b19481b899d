/* Files of stock in any pieces: what is kept, a duplicate or rejected is what a plain reading of its lines
 * says, whatever the bytes and wherever they are cut, and whether they are only tried. */
#include "store.h"
#include "tt/base/fs.h"
#include "tt/store/stock.h"

#define LINES_MOST 4096

static struct tenant_scope scope;
static int64_t product;

static void prepare(void)
{
    struct tenant t;
    struct product p = {.code = "DL", .name = "Lock", .price = 1, .active = true};
    fuzz_store_open();
    fuzz_tenant(&t);
    scope = scope_of(store, "tenant01");
    must(store_begin(store, NULL) == 0);
    must(tenants_create(store, &t, NOW, NULL) == 0);
    must(products_add(&scope, &p, NOW, &product, NULL) == 0);
    must(store_commit(store, NULL) == 0);
    tenant_release(&t);
}

/* --- the plain reading --- */

struct seen {
    const char *line;
    size_t n;
};

static bool seen_before(const struct seen *seen, size_t count, const char *line, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        if (seen[i].n == n && memcmp(seen[i].line, line, n) == 0)
            return true;
    }
    return false;
}

static void read_plainly(const char *text, size_t size, struct stock_import_counts *out)
{
    static struct seen seen[LINES_MOST];
    const char *end = text + size;
    *out = (struct stock_import_counts){0};
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = 0;
        enum line_fault fault = stock_line_normalise(text, (size_t)((stop ? stop : end) - text), &n);
        if (fault == LINE_GOOD && seen_before(seen, (size_t)out->added, text, n))
            out->duplicate++;
        else if (fault == LINE_GOOD)
            seen[out->added++] = (struct seen){text, n};
        else if (fault != LINE_EMPTY)
            out->rejected++;
        text = stop ? stop + 1 : end;
    }
}

/* --- the import --- */

struct told {
    int64_t duplicate, rejected, last;
};

static void on_line(void *context, int64_t line, enum line_report what, enum line_fault fault)
{
    struct told *told = context;
    must(line >= told->last && line > 0);
    told->last = line;
    must((what == LINE_DUPLICATE) == (fault == LINE_GOOD));
    *(what == LINE_DUPLICATE ? &told->duplicate : &told->rejected) += 1;
}

static int64_t available(void)
{
    int64_t counts[STOCK_STATE_COUNT];
    must(stock_counts(&scope, product, counts, NULL) == 0);
    return counts[STOCK_AVAILABLE];
}

static void import(const char *text, size_t size, size_t piece, bool trial)
{
    struct stock_import *i = NULL;
    struct stock_import_counts counts, expected;
    struct told told = {0};
    struct stock_import_options options = {
        .product = product, .report = on_line, .context = &told, .trial = trial};
    must(stock_import_begin(&i, &scope, &options, NOW, NULL) == 0);
    for (size_t at = 0; at < size; at += piece)
        must(stock_import_feed(i, text + at, size - at < piece ? size - at : piece, NULL) == 0);
    must(stock_import_finish(i, NULL) == 0);
    must(available() == 0); /* nobody sees it yet */
    stock_import_counts(i, &counts);
    read_plainly(text, size, &expected);
    must(counts.added == expected.added && counts.duplicate == expected.duplicate &&
         counts.rejected == expected.rejected);
    must(told.duplicate == counts.duplicate && told.rejected == counts.rejected);
    must(store_begin(store, NULL) == 0);
    must(stock_import_publish(i, NULL) == 0);
    must(available() == (trial ? 0 : counts.added));
    store_rollback(store);
    stock_import_free(i);
    must(available() == 0);
}

static void sweep(void)
{
    struct stock_sweep *w = stock_sweep_new(store);
    int more = 1;
    while (more == 1)
        more = stock_sweep_slice(w, NOW, NULL);
    must(more == 0);
    stock_sweep_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!store)
        prepare();
    if (size < 1 || size > LINES_MOST)
        return 0;
    size_t piece = data[0] ? data[0] : 4096;
    char *text = fuzz_bytes(data + 1, size - 1);
    import(text, size - 1, piece, true);
    import(text, size - 1, piece, false);
    free(text);
    sweep();
    return 0;
}
