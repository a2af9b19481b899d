#include "shop.h"

#include "tt/store/portable.h"

static const struct feature_list no_features;

struct run {
    struct world *w;
    struct str file;
    size_t at, piece;      /* read so far; bytes that one read gives */
    int64_t rows, stop_at; /* of rows; 0: never */
    int64_t fail_at;       /* bytes after which writing fails; 0: never */
    int noted;
};

static int write_bytes(void *context, const char *bytes, size_t n, struct error *e)
{
    struct run *r = context;
    str_add_bytes(&r->file, bytes, n);
    return r->fail_at && (int64_t)r->file.len >= r->fail_at
               ? error_set(e, ERROR_DB_FULL, "file", "no space is left")
               : 0;
}

static ssize_t read_bytes(void *context, char *to, size_t n)
{
    struct run *r = context;
    size_t left = r->file.len - r->at, part = left < n ? left : n;
    if (r->piece && part > r->piece)
        part = r->piece;
    if (part)
        memcpy(to, r->file.data + r->at, part);
    r->at += part;
    return (ssize_t)part;
}

static void on_table(void *context, const char *table, int64_t rows)
{
    struct run *r = context;
    assert_non_null(table);
    r->rows += rows;
}

static void on_counts(void *context, const struct import_counts *counts)
{
    (void)context;
    assert_true(counts->rows > 0);
}

static void on_note(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                    const char *reason)
{
    struct run *r = context;
    (void)key, (void)fate;
    assert_true(table[0] && row > 0 && reason[0]);
    r->noted++;
}

static int between(void *context, int64_t rows)
{
    const struct run *r = context;
    return r->stop_at && rows >= r->stop_at;
}

static int give(struct run *r, const char *passphrase)
{
    struct export_options o = {.tenant = "tenant01",
                               .program = "0",
                               .passphrase = passphrase,
                               .passphrase_length = passphrase ? strlen(passphrase) : 0,
                               .reveal = !passphrase,
                               .now = NOW,
                               .write = write_bytes,
                               .table = on_table,
                               .between = between,
                               .context = r};
    str_clear(&r->file);
    r->rows = 0;
    return export_run(r->w->store, &o, &r->w->error);
}

static int take(struct run *r, struct store *to, const char *as, const char *passphrase)
{
    struct portable *p = NULL;
    const struct portable_input input = {read_bytes, r};
    const struct import_options o = {
        .tenant = as, .note = on_note, .table = on_counts, .between = between, .context = r};
    char id[TENANT_ID_TEXT];
    struct error *e = &r->w->error;
    int status = -1;

    *e = (struct error){0};
    r->at = 0;
    if (portable_open(&p, &input, e) == 0 &&
        (!passphrase || portable_unlock(p, passphrase, strlen(passphrase), e) == 0) &&
        store_begin(to, e) == 0) {
        status = portable_import(p, to, &o, &no_features, NOW, id, e);
        if (status)
            store_rollback(to);
        else
            status = store_commit(to, e);
    }
    portable_free(p);
    return status;
}

/* A shop with sales, money that was taken back, and more items than one look at `between`. */
static void fill(struct world *w)
{
    struct tenant_scope c = tenant(w, 1);
    int64_t movement, dl = add_product(w, 1, "DL", 30, 2);
    add_stock(w, 1, dl, 1200);
    add_customer(w, 1, RINA, "Rina", 900);
    add_customer(w, 1, BUDI, "Budi", 50);
    add_customer(w, 2, BUDI, "Other", 7);
    bought(w, 1, RINA, "DL", 3, NOW);
    bought(w, 1, BUDI, "DL", 1, NOW + 1);
    writing(ok(ledger_move(&c, BUDI, 5, ENTRY_ADJUSTMENT, 0, "gift", NOW, NULL, &movement, &w->error)));
    writing(ok(ledger_reverse(&c, movement, false, NOW, NULL, &w->error)));
    writing(ok(tokens_set(w->store, "tenant01", "a.b.secret-of-the-bot", 77, &w->error)));
}

static struct run run_of(struct world *w)
{
    return (struct run){.w = w};
}

/* A second database with another key. */
static struct store *second(const struct world *w)
{
    char *path = mem_format("%s/second.db", w->directory), *key = mem_format("%s/second.key", w->directory);
    struct store_options options = {.path = path, .mode = STORE_CREATE, .key_path = key};
    struct store *s = NULL;
    assert_int_equal(store_open(&s, &options, NULL), 0);
    free(path);
    free(key);
    return s;
}

static int64_t number_in(struct store *s, const char *sql)
{
    struct world other = {.store = s};
    return number(&other, sql);
}

static void a_sealed_tenant_opens_under_another_key_and_another_id(void **state)
{
    struct world *w = *state;
    struct run r = run_of(w);
    struct store *to = second(w);
    struct str token = STR_INIT, line = STR_INIT;
    struct stock_item item;

    fill(w);
    ok(give(&r, "open sesame"));
    assert_null(strstr(str_text(&r.file), "secret-of"));
    r.piece = 1; /* lines come in any pieces */
    ok(take(&r, to, "moved", "open sesame"));
    ok(tokens_get(to, "moved", &token, &w->error));
    assert_string_equal(str_text(&token), "a.b.secret-of-the-bot");
    struct tenant_scope c = scope_of(to, "moved");
    ok(stock_load(&c, 9, &item, &line, &w->error));
    assert_true(str_starts(str_text(&line), "item "));
    assert_int_equal(number_in(to, "SELECT count(*) FROM stock"), 1200);
    assert_int_equal(number_in(to, "SELECT sum(available) FROM stock_counts"), 1196);
    assert_int_equal(number_in(to, "SELECT balance FROM customers WHERE growid = 'Budi'"), 20);
    assert_int_equal(number_in(to, "SELECT count(*) FROM customers"), 2);
    /* The undo takes back the very movement that it did. */
    assert_int_equal(number_in(to, "SELECT a.amount FROM entries u JOIN entries a ON a.entry = u.reference"
                                   " WHERE u.kind = 'undo' AND u.user_id IS NOT NULL"),
                     5);
    struct json *doctor = store_doctor(to, NOW);
    assert_true(json_get_bool(doctor, "ok", false));
    json_free(doctor);
    assert_int_equal(r.noted, 2); /* goods that were on their way */
    str_wipe(&token);
    str_wipe(&line);
    str_release(&r.file);
    store_close(to);
}

static void whoever_interrupts_finds_everything_as_it_was(void **state)
{
    struct world *w = *state;
    struct run r = run_of(w);
    struct store *to = second(w);

    fill(w);
    r.stop_at = 500;
    fails(give(&r, NULL), ERROR_INTERRUPTED);
    r.stop_at = 0;
    r.fail_at = 1;
    fails(give(&r, NULL), ERROR_DB_FULL);
    r.fail_at = 0;
    ok(give(&r, NULL));
    assert_false(store_in_transaction(w->store));
    r.stop_at = 1000;
    fails(take(&r, to, NULL, NULL), ERROR_INTERRUPTED);
    assert_int_equal(number_in(to, "SELECT count(*) FROM tenants"), 0);
    assert_int_equal(number_in(to, "SELECT count(*) FROM stock_lines"), 0);
    r.stop_at = 0;
    ok(take(&r, to, NULL, NULL));
    str_release(&r.file);
    store_close(to);
}

static void a_file_is_read_once_and_only_when_it_is_unlocked(void **state)
{
    struct world *w = *state;
    struct run r = run_of(w);
    struct store *to = second(w);

    fill(w);
    ok(give(&r, "open sesame"));
    fails(take(&r, to, NULL, NULL), ERROR_REFUSED);
    fails(take(&r, to, NULL, "open Sesame"), ERROR_REFUSED);
    assert_string_equal(w->error.field, "passphrase");
    assert_int_equal(number_in(to, "SELECT count(*) FROM tenants"), 0);
    str_release(&r.file);
    store_close(to);
}

/* Whatever table a tenant has rows in, it leaves none behind but what outlives it. */
static void a_tenant_that_came_from_elsewhere_is_erased_like_any_other(void **state)
{
    struct world *w = *state;
    struct run r = run_of(w);
    struct store *to = second(w);
    struct query q;
    int64_t n, more;

    fill(w);
    ok(give(&r, NULL));
    ok(take(&r, to, NULL, NULL));
    assert_true(number_in(to, "SELECT count(*) FROM former_ids") > 0);
    ok(store_begin(to, &w->error));
    ok(tenants_set_deleted(to, "tenant01", true, NOW, NULL, &w->error));
    ok(store_commit(to, &w->error));
    while ((more = tenants_erase(to, NOW + 1, &n, &w->error)) == 1)
        ;
    assert_int_equal(more, 0);
    ok(query_open(
        &q, to, &w->error,
        "SELECT m.name FROM sqlite_schema m WHERE m.type = 'table' AND m.name NOT IN ('audit',"
        " 'payments') AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'tenant_id')",
        ""));
    int tables = 0;
    while (query_step(&q, &w->error) == 1) {
        char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", query_text(&q, 0));
        if (number_in(to, sql))
            fail_msg("%s has rows of it", query_text(&q, 0));
        sqlite3_free(sql);
        tables++;
    }
    query_close(&q);
    assert_true(tables > 20);
    assert_int_equal(number_in(to, "SELECT count(*) FROM stock_lines"), 0);
    str_release(&r.file);
    store_close(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_sealed_tenant_opens_under_another_key_and_another_id),
        shop_test(whoever_interrupts_finds_everything_as_it_was),
        shop_test(a_file_is_read_once_and_only_when_it_is_unlocked),
        shop_test(a_tenant_that_came_from_elsewhere_is_erased_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
