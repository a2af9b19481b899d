#include "stock_world.h"

#include <signal.h>

#include "stock_stage.h"

struct told {
    char text[512];
    int count;
    int slices, stop_at; /* between; 0: never */
    bool kill, trial;
};

static void put_refusal(void *context, int64_t line, enum line_report what, enum line_fault fault)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    told->count++;
    snprintf(told->text + used, sizeof told->text - used, "%lld%s%d ", (long long)line,
             what == LINE_DUPLICATE ? "=" : "!", (int)fault);
}

static int between(void *context)
{
    struct told *told = context;
    if (told->stop_at && ++told->slices >= told->stop_at) {
        if (told->kill)
            raise(SIGKILL);
        return 1;
    }
    return 0;
}

static struct stock_import *begin(struct world *w, const struct tenant_scope *c, int64_t product,
                                  struct told *told)
{
    struct stock_import *i = NULL;
    struct stock_import_options options = {
        .product = product, .report = put_refusal, .between = between, .context = told, .trial = told->trial};
    options.slice_us = told->stop_at ? 1 : 0;
    ok(stock_import_begin(&i, c, &options, NOW, &w->error));
    return i;
}

static int publish_on(struct world *w, struct store *s, struct stock_import *i)
{
    if (stock_import_finish(i, &w->error) || store_begin(s, &w->error))
        return -1;
    if (stock_import_publish(i, &w->error)) {
        store_rollback(s);
        return -1;
    }
    return store_commit(s, &w->error);
}

static int publish(struct world *w, struct stock_import *i)
{
    return publish_on(w, w->store, i);
}

/* All of TEXT into a product; the counts as "added duplicate rejected lines". */
static void import(struct world *w, const struct tenant_scope *c, int64_t product, const char *text,
                   size_t piece, struct told *told, const char *counts)
{
    char got[64];
    struct stock_import_counts n;
    struct stock_import *i = begin(w, c, product, told);
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece)
        ok(stock_import_feed(i, text + at, length - at < piece ? length - at : piece, &w->error));
    ok(publish(w, i));
    stock_import_counts(i, &n);
    snprintf(got, sizeof got, "%lld %lld %lld %lld", (long long)n.added, (long long)n.duplicate,
             (long long)n.rejected, (long long)n.lines);
    assert_string_equal(got, counts);
    stock_import_free(i);
}

static char *lines(int from, int to)
{
    struct str text = STR_INIT;
    for (int n = from; n <= to; n++)
        str_addf(&text, "line number %d\n", n);
    return str_take(&text);
}

/* --- what is taken --- */

static void lines_are_taken_whatever_the_pieces(void **state)
{
    struct world *w = *state;
    const char *text = "\xef\xbb\xbf"
                       "first\r\nsecond  \r\n\r\n\nthird";
    static const size_t pieces[] = {1, 2, 7, 4096};
    const struct tenant_scope *scopes[] = {&one, &two};
    for (size_t p = 0; p < 4; p++) {
        struct told told = {0};
        struct str line = STR_INIT;
        struct stock_item item;
        const struct tenant_scope *c = scopes[p % 2];
        import(w, c, p % 2 ? foreign : dl, text, pieces[p], &told, "3 0 0 5");
        int64_t last = number_of(w, p % 2 ? "SELECT max(item) FROM stock WHERE tenant_id = 'tenant02'"
                                          : "SELECT max(item) FROM stock WHERE tenant_id = 'tenant01'");
        ok(stock_load(c, last - 2, &item, &line, &w->error));
        assert_string_equal(line.data, "first");
        str_clear(&line);
        ok(stock_load(c, last - 1, &item, &line, &w->error));
        assert_string_equal(line.data, "second");
        str_release(&line);
        ok(store_begin(w->store, &w->error));
        for (int64_t n = last - 2; n <= last; n++)
            ok(stock_set_state(c, n, STOCK_DELETED, NULL, &w->error));
        ok(store_commit(w->store, &w->error));
    }
}

static void what_is_not_taken_is_told_in_the_order_of_lines(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct str text = STR_INIT;
    char expected[64];
    add(w, &one, wl, "there");
    add(w, &two, foreign, "foreign");
    str_add(&text, "a\nthere\nforeign\nb\xff\na\n");
    str_add_repeat(&text, 'x', STOCK_LINE_MAX + 1);
    str_add(&text, "\na  \n");
    str_add_repeat(&text, 'y', 100000);
    str_add(&text, "\nc\x01\n");
    str_add_repeat(&text, 'z', STOCK_LINE_MAX);
    import(w, &one, dl, text.data, 1000, &told, "3 3 4 10");
    snprintf(expected, sizeof expected, "2=0 4!%d 5=0 6!%d 7=0 8!%d 9!%d ", LINE_NOT_UTF8, LINE_LONG,
             LINE_LONG, LINE_CONTROL);
    assert_string_equal(told.text, expected);
    assert_counts(w, &one, dl, 3, 0, 0);
    assert_healthy(w);
    str_release(&text);
}

static void an_import_of_nothing_new_changes_nothing(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    char *text = lines(1, 50);
    import(w, &one, dl, text, 100, &told, "50 0 0 50");
    import(w, &one, wl, text, 100, &told, "0 50 0 50");
    import(w, &one, wl, "", 100, &told, "0 0 0 0");
    assert_counts(w, &one, dl, 50, 0, 0);
    assert_counts(w, &one, wl, 0, 0, 0);
    assert_healthy(w);
    free(text);
}

static void items_are_sold_in_the_order_of_the_file_after_older_ones(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct str line = STR_INIT;
    struct stock_item item;
    int64_t items[4], left;
    import(w, &one, dl, "i1\ni2\n", 100, &told, "2 0 0 2");
    add(w, &one, dl, "single");
    import(w, &one, dl, "j1\n", 100, &told, "1 0 0 1");
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 4, 1, items, &left, &w->error), 1);
    for (int n = 0; n < 4; n++) {
        ok(stock_load(&one, items[n], &item, &line, &w->error));
        str_add_char(&line, ' ');
    }
    store_rollback(w->store);
    assert_string_equal(line.data, "single i1 i2 j1 ");
    str_release(&line);
}

/* --- beside others --- */

static void nobody_sees_an_import_before_it_is_published(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct stock_item item;
    int64_t items[1], left, total;
    char *text = lines(1, 300);
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, text, strlen(text), &w->error));
    ok(stock_import_finish(i, &w->error));
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 300);
    assert_counts(w, &one, dl, 0, 0, 0);
    fails(stock_load(&one, 1, &item, NULL, &w->error), ERROR_NO_SUCH);
    ok(stock_list(&one, &(struct stock_query){.state = -1}, NULL, NULL, &total, NULL, &w->error));
    assert_int_equal(total, 0);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 1, 1, items, &left, &w->error), 0);
    fails(stock_set_state(&one, 1, STOCK_RESERVED, NULL, &w->error), ERROR_NO_SUCH);
    fails(stock_reduce(&one, dl, 1, &w->error), ERROR_REFUSED);
    store_rollback(w->store);
    assert_healthy(w);
    ok(publish(w, i));
    stock_import_free(i);
    assert_counts(w, &one, dl, 300, 0, 0);
    assert_healthy(w);
    free(text);
}

static void items_are_added_and_sold_during_an_import(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    int64_t items[1], left, n;
    char *text = lines(1, 200);
    add(w, &one, dl, "before");
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, text, strlen(text), &w->error));
    ok(stock_import_finish(i, &w->error));
    add(w, &one, dl, "meanwhile");
    ok(store_begin(w->store, &w->error));
    fails(stock_add(&one, dl, "line number 7", 13, NOW, &n, &w->error), ERROR_TAKEN);
    store_rollback(w->store);
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 1, 1, items, &left, &w->error), 1);
    assert_int_equal(items[0], 1);
    store_rollback(w->store);
    ok(publish(w, i));
    stock_import_free(i);
    assert_counts(w, &one, dl, 202, 0, 0);
    assert_healthy(w);
    free(text);
}

static void two_imports_into_one_product_take_each_line_once(void **state)
{
    struct world *w = *state;
    struct told told = {0}, told_other = {0};
    struct stock_import_counts n, m;
    struct store *s = other(w, STORE_WRITE);
    struct tenant_scope same = scope_of(s, "tenant01");
    char *text = lines(1, 300), *overlapping = lines(201, 500);
    size_t half = strlen(text) / 2;
    struct stock_import *i = begin(w, &one, dl, &told), *j = begin(w, &same, dl, &told_other);
    ok(stock_import_feed(i, text, half, &w->error));
    ok(stock_import_feed(j, overlapping, half, &w->error));
    ok(stock_import_feed(i, text + half, strlen(text) - half, &w->error));
    ok(stock_import_feed(j, overlapping + half, strlen(overlapping) - half, &w->error));
    ok(publish_on(w, s, j));
    ok(publish(w, i));
    stock_import_counts(i, &n);
    stock_import_counts(j, &m);
    assert_int_equal(n.added + m.added, 500);
    assert_int_equal(n.duplicate + m.duplicate, 100);
    stock_import_free(i);
    stock_import_free(j);
    store_close(s);
    assert_counts(w, &one, dl, 500, 0, 0);
    assert_healthy(w);
    free(text);
    free(overlapping);
}

/* --- ends --- */

static void sweep(struct world *w, int64_t now)
{
    struct stock_sweep *sweeping = stock_sweep_new(w->store);
    int more;
    while ((more = stock_sweep_slice(sweeping, now, &w->error)) == 1)
        continue;
    assert_int_equal(more, 0);
    stock_sweep_free(sweeping);
}

static void an_interrupted_import_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct told told = {.stop_at = 20};
    char *text = lines(1, 100);
    struct stock_import *i = begin(w, &one, dl, &told);
    int result = stock_import_feed(i, text, strlen(text), &w->error);
    fails(result ? result : stock_import_finish(i, &w->error), ERROR_INTERRUPTED);
    fails(stock_import_finish(i, &w->error), ERROR_INTERRUPTED);
    ok(store_begin(w->store, &w->error));
    fails(stock_import_publish(i, &w->error), ERROR_INTERNAL);
    store_rollback(w->store);
    stock_import_free(i);
    assert_counts(w, &one, dl, 0, 0, 0);
    sweep(w, NOW);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_lines"), 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_batches WHERE batch > 0"), 0);
    free(text);
}

static int killed_import(struct world *w, int n)
{
    struct told told = {.stop_at = n, .kill = true};
    struct stock_import_options options = {
        .product = dl, .between = between, .context = &told, .slice_us = 1};
    struct stock_import *i;
    struct tenant_scope c = scope_of(other(w, STORE_WRITE), "tenant01");
    char *text = lines(1, 60);
    if (stock_import_begin(&i, &c, &options, NOW, NULL) || stock_import_feed(i, text, strlen(text), NULL) ||
        stock_import_finish(i, NULL))
        return 1;
    raise(SIGKILL); /* after everything but the publication */
    return 1;
}

/* Slices of one row each: the kill falls into either pass, and before the publication. */
static void a_killed_import_is_invisible_and_its_rerun_takes_everything(void **state)
{
    struct world *w = *state;
    static const int moments[] = {2, 31, 60, 61, 62, 90, 119, 120, 1000};
    char *text = lines(1, 60);
    store_close(w->store);
    w->store = NULL;
    for (size_t m = 0; m < sizeof moments / sizeof *moments; m++) {
        struct told told = {0};
        int status;
        pid_t pid = child(killed_import, w, moments[m]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        world_open(w, STORE_WRITE);
        one = scope_of(w->store, "tenant01");
        assert_counts(w, &one, dl, 0, 0, 0);
        assert_healthy(w);
        import(w, &one, dl, text, 4096, &told, "60 0 0 60");
        assert_counts(w, &one, dl, 60, 0, 0);
        assert_healthy(w);
        ok(store_begin(w->store, &w->error));
        ok(stock_reduce(&one, dl, 60, &w->error));
        ok(store_commit(w->store, &w->error));
        store_close(w->store);
        w->store = NULL;
    }
    world_open(w, STORE_WRITE);
    sweep(w, NOW);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_batches WHERE state <> 'published'"), 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_lines"), 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock WHERE state <> 3"), 0);
    free(text);
}

/* The rerun need not wait for a sweep: what a dead import has staged gives way. */
static void lines_of_a_dead_import_can_be_added_at_once(void **state)
{
    struct world *w = *state;
    int status;
    store_close(w->store);
    w->store = NULL;
    pid_t pid = child(killed_import, w, 1000);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    world_open(w, STORE_WRITE);
    one = scope_of(w->store, "tenant01");
    add(w, &one, wl, "line number 7");
    assert_counts(w, &one, wl, 1, 0, 0);
    sweep(w, NOW);
    assert_counts(w, &one, wl, 1, 0, 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 1);
    assert_healthy(w);
}

static void a_running_import_is_not_swept(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct store *s = other(w, STORE_WRITE);
    struct tenant_scope same = scope_of(s, "tenant01");
    char *text = lines(1, 50), *rest = lines(51, 100);
    struct stock_import *i = begin(w, &one, dl, &told), *j = begin(w, &same, dl, &told);
    ok(stock_import_feed(i, text, strlen(text), &w->error));
    ok(stock_import_finish(i, &w->error));
    ok(stock_import_feed(j, rest, strlen(rest), &w->error));
    ok(stock_import_finish(j, &w->error));
    sweep(w, NOW);
    ok(publish(w, i));
    ok(publish_on(w, s, j));
    stock_import_free(i);
    stock_import_free(j);
    store_close(s);
    assert_int_equal(
        number_of(w, "SELECT available FROM stock_counts WHERE tenant_id = 'tenant01' AND product = 1"), 100);
    assert_healthy(w);
    free(text);
    free(rest);
}

/* --- undo --- */

static struct json *import_journalled(struct world *w, const char *text)
{
    struct told told = {0};
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, text, strlen(text), &w->error));
    ok(stock_import_finish(i, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(store_journal_begin(w->store, &w->error));
    ok(stock_import_publish(i, &w->error));
    struct json *changes = store_journal_end(w->store, &w->error);
    ok(store_commit(w->store, &w->error));
    stock_import_free(i);
    return changes;
}

static int turn(struct world *w, const struct json *changes, bool forward)
{
    if (store_begin(w->store, &w->error))
        return -1;
    if (store_journal_apply(w->store, changes, forward, NOW, &w->error)) {
        store_rollback(w->store);
        return -1;
    }
    return store_commit(w->store, &w->error);
}

static void an_import_is_undone_and_redone_as_a_whole(void **state)
{
    struct world *w = *state;
    struct str text = STR_INIT;
    char *file = lines(1, 100);
    struct json *changes = import_journalled(w, file);
    json_print(changes, &text);
    assert_string_equal(text.data,
                        "[{\"table\":\"stock_batches\",\"key\":{\"tenant_id\":\"tenant01\",\"product\":1,"
                        "\"batch\":1},\"before\":{\"state\":\"staging\",\"added\":0},"
                        "\"after\":{\"state\":\"published\",\"added\":100}}]");
    ok(turn(w, changes, false));
    assert_counts(w, &one, dl, 0, 0, 0);
    assert_healthy(w);
    sweep(w, NOW); /* too early for it */
    ok(turn(w, changes, true));
    assert_counts(w, &one, dl, 100, 0, 0);
    assert_healthy(w);
    ok(turn(w, changes, false));
    sweep(w, NOW + 25 * 3600 * 1000);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock_lines"), 0);
    fails(turn(w, changes, true), ERROR_REFUSED);
    json_free(changes);
    str_release(&text);
    free(file);
}

static void nothing_is_published_into_a_product_that_was_removed_meanwhile(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, "a\nb\n", 4, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(products_remove(&one, "DL", NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    fails(publish(w, i), ERROR_REFUSED);
    stock_import_free(i);
    sweep(w, NOW);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 0);
    import(w, &one, wl, "a\nb\n", 4, &told, "2 0 0 2");
    assert_healthy(w);
}

static void an_import_is_not_undone_once_an_item_is_sold(void **state)
{
    struct world *w = *state;
    int64_t items[1], left;
    struct json *changes = import_journalled(w, "a\nb\nc\n");
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 1, 1, items, &left, &w->error), 1);
    ok(store_commit(w->store, &w->error));
    fails(turn(w, changes, false), ERROR_REFUSED);
    assert_non_null(strstr(w->error.message, "1 of the import's 3 items"));
    assert_counts(w, &one, dl, 2, 0, 1);
    json_free(changes);
}

static void lines_of_an_undone_import_can_be_imported_again(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct json *changes = import_journalled(w, "a\nb\nc\n");
    ok(turn(w, changes, false));
    import(w, &one, wl, "b\n", 10, &told, "1 0 0 1");
    assert_counts(w, &one, wl, 1, 0, 0);
    fails(turn(w, changes, true), ERROR_REFUSED);
    sweep(w, NOW);
    assert_counts(w, &one, wl, 1, 0, 0);
    assert_int_equal(number_of(w, "SELECT count(*) FROM stock"), 1);
    assert_healthy(w);
    json_free(changes);
}

/* --- trials --- */

/* Lines of every kind that the tenant's stock can hold: seen by somebody or not. */
static void stock_of_every_kind(struct world *w)
{
    int64_t items[1], left;
    struct json *changes = NULL;
    int status;
    add(w, &one, wl, "available");
    add(w, &one, dl, "sold");
    add(w, &one, dl, "deleted");
    add(w, &two, foreign, "another tenant's");
    int64_t gone = make_product(w, &one, "GONE");
    add(w, &one, gone, "of a removed product");
    ok(store_begin(w->store, &w->error));
    assert_int_equal(stock_claim(&one, dl, 1, 1, items, &left, &w->error), 1);
    ok(stock_reduce(&one, dl, 1, &w->error));
    ok(sql_run(w->store, &w->error,
               "UPDATE products SET removed_at = ?3 WHERE tenant_id = ?1 AND product = ?2", "tii", "tenant01",
               gone, NOW));
    ok(store_commit(w->store, &w->error));
    changes = import_journalled(w, "withdrawn\n");
    ok(turn(w, changes, false));
    json_free(changes);
    store_close(w->store);
    w->store = NULL;
    assert_int_equal(waitpid(child(killed_import, w, 1000), &status, 0) > 0, 1);
    world_open(w, STORE_WRITE);
    one = scope_of(w->store, "tenant01");
    two = scope_of(w->store, "tenant02");
}

static void a_trial_tells_what_the_import_then_does(void **state)
{
    struct world *w = *state;
    struct told tried = {.trial = true}, done = {0};
    struct str text = STR_INIT;
    char expected[64];
    stock_of_every_kind(w);
    str_add(&text, "available\nsold\ndeleted\nanother tenant's\nof a removed product\nwithdrawn\n"
                   "line number 7\nnew\nbad\x01\n\nnew\nsold\n");
    str_add_repeat(&text, 'x', STOCK_LINE_MAX + 1);
    str_add(&text, "\nbad\xff\nwithdrawn");
    import(w, &one, dl, text.data, 7, &tried, "6 5 3 15");
    snprintf(expected, sizeof expected, "1=0 2=0 9!%d 11=0 12=0 13!%d 14!%d 15=0 ", LINE_CONTROL, LINE_LONG,
             LINE_NOT_UTF8);
    assert_string_equal(tried.text, expected);
    import(w, &one, dl, text.data, 1000, &done, "6 5 3 15");
    assert_string_equal(done.text, expected);
    str_release(&text);
}

/* More lines than are sorted at once. */
static void a_trial_knows_every_line_before_it(void **state)
{
    struct world *w = *state;
    struct told told = {.trial = true};
    char counts[64];
    int many = STAGE_CHUNK + STAGE_CHUNK / 2;
    struct str text = STR_INIT;
    for (int n = 0; n < many; n++)
        str_addf(&text, "%d\n", n);
    for (int n = many - 1000; n < many + 1; n++)
        str_addf(&text, "%d\n%d\n", n, many - n);
    snprintf(counts, sizeof counts, "%d 2001 0 %d", many + 1, many + 2002);
    import(w, &one, dl, text.data, 1 << 20, &told, counts);
    assert_int_equal(told.count, 2001);
    str_release(&text);
}

static void a_trial_writes_nothing_and_waits_for_no_writer(void **state)
{
    struct world *w = *state;
    struct told told = {.trial = true};
    struct store *holder = other(w, STORE_WRITE);
    int64_t before, after;
    add(w, &one, dl, "there");
    ok(sql_int(holder, &w->error, &before, "PRAGMA data_version", "") - 1);
    int64_t changes = sqlite3_total_changes64(w->store->db);
    ok(store_begin(holder, &w->error));
    w->store->busy_ms = 0;
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, "there\na\nb\na\n", 12, &w->error));
    ok(stock_import_finish(i, &w->error));
    store_rollback(holder);
    ok(store_begin(w->store, &w->error));
    ok(stock_import_publish(i, &w->error));
    ok(store_commit(w->store, &w->error));
    stock_import_free(i);
    assert_int_equal(sqlite3_total_changes64(w->store->db), changes);
    ok(sql_int(holder, &w->error, &after, "PRAGMA data_version", "") - 1);
    assert_int_equal(after, before);
    assert_string_equal(told.text, "1=0 4=0 ");
    store_close(holder);
}

static void a_trial_is_refused_where_the_import_would_be(void **state)
{
    struct world *w = *state;
    struct told told = {.trial = true};
    struct stock_import *i = NULL;
    struct stock_import_options options = {.product = 99, .trial = true};
    fails(stock_import_begin(&i, &one, &options, NOW, &w->error), ERROR_NO_SUCH);
    i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, "a\n", 2, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(products_remove(&one, "DL", NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    fails(publish(w, i), ERROR_REFUSED);
    stock_import_free(i);
    told.stop_at = 1;
    i = begin(w, &one, wl, &told);
    ok(stock_import_feed(i, "a\n", 2, &w->error));
    fails(stock_import_finish(i, &w->error), ERROR_INTERRUPTED);
    stock_import_free(i);
}

/* --- doctor --- */

static void doctor_reads_the_stock_once_however_many_imports_brought_it(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    int64_t work[2];
    for (int round = 0, n = 0; round < 2; round++) {
        for (; n < 60 * (round + 1); n++) {
            char *text = lines(20 * n + 1, 20 * n + 20);
            import(w, &one, dl, text, 1000, &told, "20 0 0 20");
            free(text);
        }
        work_done(w);
        assert_healthy(w);
        work[round] = work_done(w);
    }
    /* Twice as many items in twice as many imports. */
    assert_true(work[1] < work[0] * 5 / 2);
}

/* Others' commits go through the same connection: what they say must outlive a loss of power. */
static void an_import_that_cannot_go_on_leaves_its_connection_durable(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct store *holder = other(w, STORE_WRITE);
    struct stock_import *i = begin(w, &one, dl, &told);
    ok(stock_import_feed(i, "a\n", 2, &w->error));
    ok(store_begin(holder, &w->error));
    w->store->busy_ms = 0;
    fails(stock_import_finish(i, &w->error), ERROR_DB_LOCKED);
    assert_int_equal(number_of(w, "PRAGMA synchronous"), 2);
    stock_import_free(i);
    store_close(holder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stock_test(lines_are_taken_whatever_the_pieces),
        stock_test(what_is_not_taken_is_told_in_the_order_of_lines),
        stock_test(an_import_of_nothing_new_changes_nothing),
        stock_test(items_are_sold_in_the_order_of_the_file_after_older_ones),
        stock_test(nobody_sees_an_import_before_it_is_published),
        stock_test(items_are_added_and_sold_during_an_import),
        stock_test(two_imports_into_one_product_take_each_line_once),
        stock_test(an_interrupted_import_leaves_nothing),
        stock_test(a_killed_import_is_invisible_and_its_rerun_takes_everything),
        stock_test(lines_of_a_dead_import_can_be_added_at_once),
        stock_test(a_running_import_is_not_swept),
        stock_test(an_import_is_undone_and_redone_as_a_whole),
        stock_test(nothing_is_published_into_a_product_that_was_removed_meanwhile),
        stock_test(an_import_is_not_undone_once_an_item_is_sold),
        stock_test(lines_of_an_undone_import_can_be_imported_again),
        stock_test(a_trial_tells_what_the_import_then_does),
        stock_test(a_trial_knows_every_line_before_it),
        stock_test(a_trial_writes_nothing_and_waits_for_no_writer),
        stock_test(a_trial_is_refused_where_the_import_would_be),
        stock_test(an_import_that_cannot_go_on_leaves_its_connection_durable),
        stock_test(doctor_reads_the_stock_once_however_many_imports_brought_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
