/* The stock's store on its own, for tests/bench/stock.py. Figures go to standard output as words and numbers.
 *
 *   stock DB KEY import FILE [plain]  a file into the product BENCH: seconds, lines added, peak memory in KiB
 *   stock DB KEY fill COUNT           generated lines into the product BENCH, not sealed
 *   stock DB KEY claim COUNT          claims of one item, in a transaction that is rolled back: us, the
 *                                     middle and the 99th of a hundred
 *   stock DB KEY write UNTIL          short durable transactions, a few ms apart, until the file UNTIL is
 *                                     there: their number; us from wanting to write until it may, the
 *                                     middle, the 99th of a hundred and the longest
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/stock.h"

static struct error failure;

static void check(int result)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s\n", failure.message);
    exit(1);
}

static int64_t product_of(const struct tenant_scope *c)
{
    struct product p;
    struct tenant t;
    int64_t number = 0;

    if (products_load(c, "BENCH", &p, NULL) == 0)
        return p.product;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, c->tenant);
    t.name = mem_strdup("Bench");
    t.discord_id = t.guild_id = 1;
    p = (struct product){.code = "BENCH", .name = "Bench", .price = 1, .active = true};
    check(store_begin(c->store, &failure));
    if (scope_require(c, NULL))
        check(tenants_create(c->store, &t, time_now(), &failure));
    check(products_add(c, &p, time_now(), &number, &failure));
    check(store_commit(c->store, &failure));
    tenant_release(&t);
    return number;
}

static struct stock_import *import_begin(const struct tenant_scope *c)
{
    struct stock_import_options options = {.product = product_of(c)};
    struct stock_import *import;
    check(stock_import_begin(&import, c, &options, time_now(), &failure));
    return import;
}

static void import_end(const struct tenant_scope *c, struct stock_import *import)
{
    check(stock_import_finish(import, &failure));
    check(store_begin(c->store, &failure));
    check(stock_import_publish(import, &failure));
    check(store_commit(c->store, &failure));
}

/* Of this program alone: what getrusage tells begins with the process that started it. */
static long peak_kib(void)
{
    char line[128];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (status)
        fclose(status);
    return kib;
}

static void import_file(const struct tenant_scope *c, const char *path)
{
    static char piece[65536];
    struct stock_import_counts counts;
    size_t n;
    FILE *file = fopen(path, "r");
    int64_t began = time_monotonic_us();
    struct stock_import *import = import_begin(c);

    while (file && (n = fread(piece, 1, sizeof piece, file)) > 0)
        check(stock_import_feed(import, piece, n, &failure));
    import_end(c, import);
    stock_import_counts(import, &counts);
    stock_import_free(import);
    printf("seconds %.3f added %" PRId64 " kib %ld\n", (double)(time_monotonic_us() - began) / 1e6,
           counts.added, peak_kib());
    if (file)
        fclose(file);
}

static void fill(const struct tenant_scope *c, long count)
{
    char line[80];
    stock_keep_plain(true);
    struct stock_import *import = import_begin(c);
    for (long i = 0; i < count; i++) {
        int n =
            snprintf(line, sizeof line, "account%ld@mail.example:%08lx\n", i, i * 2654435761L & 0xffffffffL);
        check(stock_import_feed(import, line, (size_t)n, &failure));
    }
    import_end(c, import);
    stock_import_free(import);
}

static int compare(const void *a, const void *b)
{
    const int64_t *one = a, *two = b;
    return *one < *two ? -1 : *one > *two;
}

static void claim(const struct tenant_scope *c, long count)
{
    int64_t product = product_of(c), item, left, *us = mem_zero((size_t)count, sizeof *us);

    check(store_begin(c->store, &failure));
    for (long i = 0; i < count; i++) {
        int64_t began = time_monotonic_us();
        check(stock_claim(c, product, 1, 1 + i, &item, &left, &failure) - 1);
        us[i] = time_monotonic_us() - began;
    }
    store_rollback(c->store);
    qsort(us, (size_t)count, sizeof *us, compare);
    printf("middle %" PRId64 " p99 %" PRId64 "\n", us[count / 2], us[count * 99 / 100]);
    free(us);
}

#define WRITES 100000
#define APART_US 3000

static void write_until(const struct tenant_scope *c, const char *path)
{
    int64_t *us = mem_zero(WRITES, sizeof *us);
    size_t n = 0;

    product_of(c);
    while (access(path, F_OK) && n < WRITES) {
        int64_t began = time_monotonic_us();
        check(store_begin(c->store, &failure));
        us[n++] = time_monotonic_us() - began;
        check(products_set_threshold(c, "BENCH", (int64_t)(n % 7), time_now(), NULL, &failure));
        check(store_commit(c->store, &failure));
        usleep(APART_US);
    }
    qsort(us, n, sizeof *us, compare);
    printf("writes %zu middle %" PRId64 " p99 %" PRId64 " longest %" PRId64 "\n", n, us[n / 2],
           us[n * 99 / 100], us[n ? n - 1 : 0]);
    free(us);
}

int main(int argc, char **argv)
{
    struct store *s;

    if (argc < 5) {
        fprintf(stderr, "usage: stock DB KEY import|fill|claim|write ARGUMENT\n");
        return 2;
    }
    struct store_options options = {.path = argv[1], .mode = STORE_CREATE, .key_path = argv[2]};
    crypto_start();
    stock_keep_plain(argc > 5 && strcmp(argv[5], "plain") == 0);
    check(store_open(&s, &options, &failure));
    struct tenant_scope c = scope_of(s, "bench");
    if (strcmp(argv[3], "import") == 0)
        import_file(&c, argv[4]);
    else if (strcmp(argv[3], "fill") == 0)
        fill(&c, strtol(argv[4], NULL, 10));
    else if (strcmp(argv[3], "claim") == 0)
        claim(&c, strtol(argv[4], NULL, 10));
    else
        write_until(&c, argv[4]);
    store_close(s);
    return 0;
}
