/* Databases of the system that came before, with any values in any column: what cannot be taken is refused
 * with its reason, the books stay right, and a second reading adds nothing.
 *
 * The input is lines: a digit for the table, then its columns' values between vertical bars. A value that
 * begins with # is a number, with ~ bytes, with ! nothing; anything else is text. */
#include "store.h"
#include "import.h"
#include "tt/base/text.h"

#define ROWS_MOST 24

static char source_path[80];
static sqlite3 *source[2]; /* of tenants; of one shop */
static const struct import_table *const kinds[2] = {import_rental_tables, import_shop_tables};

static void close_sources(void)
{
    sqlite3_close(source[0]);
    sqlite3_close(source[1]);
    fuzz_remove(".0");
    fuzz_remove(".1");
}

static void sql(sqlite3 *db, const char *text)
{
    must(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
}

static void make_source(int kind)
{
    snprintf(source_path, sizeof source_path, "%s.%d", path, kind);
    must(sqlite3_open(source_path, &source[kind]) == SQLITE_OK);
    sql(source[kind], "PRAGMA journal_mode = OFF");
    sql(source[kind], "PRAGMA synchronous = OFF");
    for (const struct import_table *t = kinds[kind]; t->name; t++) {
        struct str text = STR_INIT;
        str_addf(&text, "CREATE TABLE %s (%s", t->name, t->columns[0] ? t->columns[0] : "x");
        for (int i = 1; i < IMPORT_COLUMNS_MAX && t->columns[i]; i++)
            if (!str_equal(t->columns[i], "rowid"))
                str_addf(&text, ", %s", t->columns[i]);
        str_add(&text, ")");
        sql(source[kind], str_text(&text));
        str_release(&text);
    }
}

static void prepare(void)
{
    struct tenant t;
    fuzz_store_open();
    atexit(close_sources);
    make_source(0);
    make_source(1);
    fuzz_tenant(&t);
    must(store_begin(store, NULL) == 0);
    must(tenants_create(store, &t, NOW, NULL) == 0);
    must(store_commit(store, NULL) == 0);
    tenant_release(&t);
}

/* --- the source --- */

static void bind(sqlite3_stmt *stmt, int i, const char *value, size_t n)
{
    char number[32];
    if (n && *value == '#') {
        snprintf(number, sizeof number, "%.*s", (int)(n - 1), value + 1);
        if (strchr(number, '.'))
            sqlite3_bind_double(stmt, i, strtod(number, NULL));
        else
            sqlite3_bind_int64(stmt, i, strtoll(number, NULL, 10));
    } else if (n && *value == '~') {
        sqlite3_bind_blob(stmt, i, value + 1, (int)n - 1, SQLITE_TRANSIENT);
    } else if (!n || *value != '!') {
        sqlite3_bind_text(stmt, i, value, (int)n, SQLITE_TRANSIENT);
    }
}

static void add_row(int kind, const char *line, const char *end)
{
    const struct import_table *t = kinds[kind];
    struct str text = STR_INIT;
    sqlite3_stmt *stmt = NULL;
    int columns = 1;
    for (int skip = *line - '0'; skip > 0 && t[1].name; skip--)
        t++;
    while (columns < IMPORT_COLUMNS_MAX && t->columns[columns])
        columns++;
    str_addf(&text, "INSERT INTO %s VALUES (?1", t->name);
    for (int i = 1; i < columns; i++)
        str_addf(&text, ", ?%d", i + 1);
    str_add(&text, ")");
    must(sqlite3_prepare_v2(source[kind], str_text(&text), -1, &stmt, NULL) == SQLITE_OK);
    const char *value = line + 1;
    for (int i = 1; i <= columns && value < end; i++) {
        const char *stop = memchr(value, '|', (size_t)(end - value));
        stop = stop ? stop : end;
        bind(stmt, i, value, (size_t)(stop - value));
        value = stop + 1;
    }
    must(sqlite3_step(stmt) == SQLITE_DONE);
    sqlite3_finalize(stmt);
    str_release(&text);
}

static void fill(int kind, const char *text, size_t size)
{
    const char *end = text + size;
    for (const struct import_table *t = kinds[kind]; t->name; t++) {
        struct str empty = STR_INIT;
        str_addf(&empty, "DELETE FROM %s", t->name);
        sql(source[kind], str_text(&empty));
        str_release(&empty);
    }
    for (int rows = 0; text < end && rows < ROWS_MOST; rows++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        if (stop > text && *text >= '0' && *text <= '9')
            add_row(kind, text, stop);
        text = stop + 1;
    }
}

/* --- the import --- */

static void on_note(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                    const char *reason)
{
    (void)context, (void)row;
    must(table && *table && key);
    must(fate == IMPORT_CHANGED || fate == IMPORT_REFUSED);
    must(*reason && text_valid(reason, strlen(reason)) && text_valid(key, strlen(key)));
}

static void on_table(void *context, const struct import_counts *counts)
{
    int64_t *added = context, rows = 0;
    for (int fate = 0; fate < IMPORT_FATE_COUNT; fate++)
        rows += counts->of[fate];
    must(counts->left || rows == counts->rows);
    *added += counts->of[IMPORT_TAKEN] + counts->of[IMPORT_CHANGED];
}

static int read_source(int kind, int64_t now, int64_t *added)
{
    struct error e = {0};
    bool configured;
    char from[80];
    snprintf(from, sizeof from, "%s.%d", path, kind);
    struct import_options o = {.path = from,
                               .tenant = kind ? "tenant01" : NULL,
                               .note = on_note,
                               .table = on_table,
                               .context = added};
    *added = 0;
    int rc = import_run(store, &o, now, &configured, &e);
    if (rc)
        fprintf(stderr, "%s: %s\n", error_code_name(e.code), e.message);
    return rc;
}

static void check_books(void)
{
    struct json *doctor = store_doctor(store, NOW);
    json_each(check, json_get(doctor, "checks"))
    {
        const char *name = json_get_string(check, "name");
        if (!json_get_bool(check, "ok", false) && !str_equal(name, "modes")) {
            fprintf(stderr, "%s: %s\n", name, json_get_string(check, "detail"));
            must(check == NULL);
        }
    }
    json_free(doctor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!store)
        prepare();
    if (size < 2 || size > 8192)
        return 0;
    int kind = data[0] & 1;
    char *text = fuzz_bytes(data + 1, size - 1);
    int64_t added, again;
    fill(kind, text, size - 1);
    must(store_begin(store, NULL) == 0);
    must(read_source(kind, NOW, &added) == 0);
    if (added && !(data[0] & 6)) /* it takes its time */
        check_books();
    must(read_source(kind, NOW + 1, &again) == 0);
    must(again == 0);
    store_rollback(store);
    free(text);
    return 0;
}
