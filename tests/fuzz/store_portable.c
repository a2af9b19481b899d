/* Files of exported tenants with any bytes in them: they are refused, or what they bring is as right as what
 * was made here, and can be exported again.
 *
 * An input that begins with = is a file as it stands; any other gets the digest that belongs to it, so that
 * its rows count. */
#include "store.h"
#include "portable.h"

#define DIGEST "],\"digest\":\""

static const struct setting_spec settings[] = {{.key = "world", .type = SETTING_TEXT, .max = 24}, {0}};
static const struct feature_spec shop = {.feature = FEATURE_SHOP, .settings = settings};
static const struct feature_spec *const specs[] = {&shop};
static const struct feature_list features = {specs, 1};

/* --- the file --- */

struct source {
    const char *data;
    size_t size, at;
};

/* Pieces of odd sizes: lines begin and end anywhere in them. */
static ssize_t read_some(void *context, char *to, size_t n)
{
    struct source *s = context;
    size_t left = s->size - s->at, part = left < n ? left : n;
    if (part > 997)
        part = 997;
    if (part)
        memcpy(to, s->data + s->at, part);
    s->at += part;
    return (ssize_t)part;
}

static const char *last(const struct str *file, const char *what)
{
    const char *found = NULL;
    for (const char *at = str_text(file); (at = strstr(at, what)); at++)
        found = at;
    return found;
}

static void sign(struct str *file)
{
    unsigned char digest[32];
    char hex[65];
    const char *old = last(file, DIGEST);
    if (old)
        str_cut(file, (size_t)(old - file->data));
    if (!file->len || file->data[file->len - 1] != '\n')
        str_add_char(file, '\n');
    struct crypto_digest *d = crypto_digest_new(NULL);
    crypto_digest_add(d, file->data, file->len);
    crypto_digest_end(d, digest);
    crypto_hex(digest, sizeof digest, hex);
    str_addf(file, DIGEST "%s\"}\n", hex);
}

/* --- what came of it --- */

static void on_note(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                    const char *reason)
{
    (void)context;
    must(table && row > 0 && key && fate != IMPORT_TAKEN && reason[0]);
}

static void on_table(void *context, const struct import_counts *counts)
{
    (void)context;
    must(counts->table && counts->rows > 0);
}

static int64_t number(const char *sql)
{
    int64_t value = -1;
    must(sql_int(store, NULL, &value, sql, "") >= 0);
    return value;
}

static void books_are_right(void)
{
    must(number("SELECT coalesce(sum(amount), 0) FROM entries") == 0);
    must(number("SELECT count(*) FROM customers c WHERE balance < 0 OR balance <> (SELECT"
                " coalesce(sum(amount), 0) FROM entries e WHERE e.user_id = c.user_id)") == 0);
    must(
        number("SELECT count(*) FROM entries a WHERE a.entry = a.movement AND NOT EXISTS (SELECT 1 FROM"
               " entries b WHERE b.entry = a.entry + 1 AND b.movement = a.entry AND b.amount = -a.amount)") ==
        0);
    must(number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
    must(number("SELECT count(*) FROM stock s LEFT JOIN stock_lines l USING (line_hash) WHERE l.item IS NOT"
                " s.item") == 0);
    must(number("SELECT count(*) FROM stock_counts n WHERE available <> (SELECT count(*) FROM stock s WHERE"
                " s.product = n.product AND s.state = 0)") == 0);
    must(number(
             "SELECT count(*) FROM stock WHERE tx IS NOT NULL AND tx NOT IN (SELECT tx FROM transactions)") ==
         0);
    must(number("SELECT coalesce(sum(iif(day = 0, total, -total)), 0) FROM sales_days") == 0);
}

static int keep_bytes(void *context, const char *bytes, size_t n, struct error *e)
{
    (void)e;
    str_add_bytes(context, bytes, n);
    return 0;
}

static void on_given(void *context, const char *table, int64_t rows)
{
    (void)context;
    must(table && rows >= 0);
}

static void give_again(const char *id)
{
    struct str out = STR_INIT;
    struct error e = {0};
    struct export_options o = {.tenant = id,
                               .program = "0",
                               .reveal = true,
                               .now = NOW,
                               .write = keep_bytes,
                               .table = on_given,
                               .context = &out};
    must(export_run(store, &o, &e) == 0);
    struct json *j = json_parse(str_text(&out), out.len, NULL);
    must(j && json_get_int(j, "count", 0) == 1);
    json_free(j);
    str_release(&out);
}

static void take(struct portable *file)
{
    char id[TENANT_ID_TEXT] = "";
    struct error e = {0};
    const struct import_options options = {.note = on_note, .table = on_table};

    must(store_begin(store, NULL) == 0);
    if (portable_import(file, store, &options, &features, NOW, id, &e)) {
        must(e.message[0] && error_code_status(e.code) == 1);
    } else if (id[0]) {
        books_are_right();
        give_again(id);
    }
    store_rollback(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = STR_INIT;
    struct portable *p = NULL;
    struct error e = {0};

    if (!path[0])
        fuzz_store_open();
    bool raw = size && data[0] == '=';
    str_add_bytes(&file, data + raw, size - raw);
    if (!raw)
        sign(&file);
    struct source source = {.data = str_text(&file), .size = file.len};
    const struct portable_input input = {.read = read_some, .context = &source};
    if (portable_open(&p, &input, &e) == 0)
        take(p);
    else
        must(e.code == ERROR_REFUSED && e.message[0]);
    portable_free(p);
    str_release(&file);
    return 0;
}
