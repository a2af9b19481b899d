/* The file of one or more tenants, row by row. */
#include "portable.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define FLUSH (64 << 10)
#define BETWEEN_ROWS 500

/* --- bytes --- */

static int flush(struct portable_out *x, struct error *e)
{
    int result = x->bytes.len ? x->options->write(x->options->context, x->bytes.data, x->bytes.len, e) : 0;

    if (x->digest)
        crypto_digest_add(x->digest, str_text(&x->bytes), x->bytes.len);
    str_clear(&x->bytes);
    return result;
}

static bool is_null(const struct portable_column *c, const struct portable_value *v)
{
    return c->optional && (c->kind == PORTABLE_TEXT ? v->n == 0 : v->number == 0);
}

/* --- json --- */

static void add_json(struct str *out, const struct portable_column *c, const struct portable_value *v)
{
    char time[TIME_TEXT];

    if (is_null(c, v))
        str_add(out, "null");
    else if (c->kind == PORTABLE_TEXT)
        json_print_string(v->text, out);
    else if (c->kind == PORTABLE_BOOL)
        str_add(out, v->number ? "true" : "false");
    else if (c->kind == PORTABLE_TIME)
        json_print_string(time_format_ms(v->number, time), out);
    else
        str_addf(out, c->kind == PORTABLE_ID ? "\"%" PRId64 "\"" : "%" PRId64, v->number);
}

static bool is_written(const struct portable_out *x, const struct portable_column *c)
{
    return c->only == CONTENTS_NONE || c->only == x->contents;
}

static void json_row(struct portable_out *x, const struct portable_table *t, const struct portable_value *v,
                     bool first)
{
    bool comma = false;

    str_add(&x->bytes, first ? "{" : ",{");
    for (int i = 0; t->columns[i].name; i++) {
        if (!is_written(x, &t->columns[i]))
            continue;
        str_addf(&x->bytes, "%s\"%s\":", comma ? "," : "", t->columns[i].name);
        add_json(&x->bytes, &t->columns[i], &v[i]);
        comma = true;
    }
    str_add(&x->bytes, "}\n");
}

/* --- csv --- */

static void add_csv(struct str *out, const struct portable_column *c, const struct portable_value *v)
{
    char time[TIME_TEXT];

    if (is_null(c, v))
        return;
    if (c->kind == PORTABLE_BOOL) {
        str_add(out, v->number ? "true" : "false");
    } else if (c->kind == PORTABLE_TIME) {
        str_add(out, time_format_ms(v->number, time));
    } else if (c->kind != PORTABLE_TEXT) {
        str_addf(out, "%" PRId64, v->number);
    } else if (!strpbrk(v->text, ",\"\r\n") && v->n) {
        str_add(out, v->text);
    } else {
        str_add_char(out, '"');
        for (const char *p = v->text; *p; p++)
            str_addf(out, *p == '"' ? "\"\"" : "%c", *p);
        str_add_char(out, '"');
    }
}

static void csv_row(struct portable_out *x, const struct portable_table *t, const struct portable_value *v)
{
    bool comma = false;

    for (int i = 0; t->columns[i].name; i++) {
        if (!is_written(x, &t->columns[i]))
            continue;
        if (comma)
            str_add_char(&x->bytes, ',');
        if (v)
            add_csv(&x->bytes, &t->columns[i], &v[i]);
        else
            str_add(&x->bytes, t->columns[i].name);
        comma = true;
    }
    str_add_char(&x->bytes, '\n');
}

/* --- a table --- */

static void read_values(const struct portable_table *t, const struct query *q, struct portable_value *v)
{
    for (int i = 0; t->columns[i].name; i++) {
        if (t->columns[i].kind == PORTABLE_TEXT) {
            const char *text = query_text(q, i);
            v[i] = (struct portable_value){.text = text, .n = strlen(text)};
        } else {
            v[i] = (struct portable_value){.number = query_int(q, i), .text = ""};
        }
    }
}

static int begin_table(struct portable_out *x, const struct portable_table *t, struct error *e)
{
    const struct export_options *o = x->options;

    if (!o->file) {
        str_addf(&x->bytes, ",\"%s\":[\n", t->name);
        return 0;
    }
    if (flush(x, e) || o->file(o->context, x->scope.tenant, t->name, e))
        return -1;
    csv_row(x, t, NULL);
    return 0;
}

/* 1: written; 0: left out; -1. */
static int give_row(struct portable_out *x, const struct portable_table *t, const struct query *q, bool first,
                    struct error *e)
{
    const struct export_options *o = x->options;
    struct portable_value values[PORTABLE_COLUMNS_MAX];

    read_values(t, q, values);
    int left = t->give ? t->give(x, q, values, e) : 0;
    if (left)
        return left < 0 ? -1 : 0;
    if (o->file)
        csv_row(x, t, values);
    else
        json_row(x, t, values, first);
    if (o->between && ++x->rows % BETWEEN_ROWS == 0 && o->between(o->context, x->rows))
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; no file was written");
    return x->bytes.len >= FLUSH && flush(x, e) ? -1 : 1;
}

static int give_table(struct portable_out *x, const struct portable_table *t, struct error *e)
{
    struct query q;
    int64_t rows = 0;

    if (t->give == give_token && !x->sealed)
        return 0;
    if (begin_table(x, t, e))
        return -1;
    int step = query_open(&q, x->store, e, t->select, "t", x->scope.tenant);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        int given = give_row(x, t, &q, rows == 0, e);
        if (given < 0)
            step = -1;
        else
            rows += given;
    }
    query_close(&q);
    if (step < 0)
        return -1;
    if (!x->options->file)
        str_add(&x->bytes, "]\n");
    x->options->table(x->options->context, t->name, rows);
    return 0;
}

/* --- the file --- */

static int give_tenant(struct portable_out *x, const char *id, bool first, struct error *e)
{
    x->scope = scope_of(x->store, id);
    if (scope_require(&x->scope, e) || portable_mark_movements(x, e))
        return -1;
    if (!x->options->file) {
        str_add(&x->bytes, first ? "{\"tenant_id\":" : ",{\"tenant_id\":");
        json_print_string(id, &x->bytes);
        str_add_char(&x->bytes, '\n');
    }
    for (const struct portable_table *t = portable_tables; t->name; t++)
        if (give_table(x, t, e))
            return -1;
    if (!x->options->file)
        str_add(&x->bytes, "}\n");
    return 0;
}

static void add_note(struct portable_out *x)
{
    if (x->sealed)
        str_add(&x->bytes, x->contents == CONTENTS_SEALED
                               ? "tokens and the contents of the stock are sealed with a passphrase"
                               : "tokens are sealed with a passphrase; the contents of the stock are not");
    else
        str_add(&x->bytes, x->contents == CONTENTS_NONE
                               ? "tokens and the contents of the stock are not in this file"
                               : "tokens are not in this file; the contents of the stock are");
}

static void add_secrets(struct portable_out *x, const struct passphrase_cost *cost)
{
    char salt[2 * PASSPHRASE_SALT + 1];
    struct str check = STR_INIT, text = STR_INIT;

    crypto_hex(cost->salt, sizeof cost->salt, salt);
    crypto_seal(&x->keys.seal, PORTABLE_CHECK_CONTEXT, PORTABLE_CHECK, strlen(PORTABLE_CHECK), &check);
    crypto_base64(check.data, check.len, &text);
    str_addf(&x->bytes,
             "{\"kdf\":\"argon2id\",\"operations\":%" PRId64 ",\"memory\":%" PRId64
             ",\"salt\":\"%s\",\"check\":\"%s\"}",
             cost->operations, cost->memory, salt, str_text(&text));
    str_release(&check);
    str_release(&text);
}

static void add_header(struct portable_out *x, const struct passphrase_cost *cost)
{
    char time[TIME_TEXT];

    str_addf(&x->bytes, PORTABLE_MAGIC "\"version\":%d,\"program\":", PORTABLE_VERSION);
    json_print_string(x->options->program, &x->bytes);
    str_addf(&x->bytes, ",\"schema\":%d,\"exported_at\":\"%s\",\"count\":%zu,\"contents\":\"%s\",\"note\":\"",
             store_schema_version(x->store), time_format_ms(x->options->now, time), x->tenant_count,
             portable_contents_words[x->contents]);
    add_note(x);
    str_add(&x->bytes, "\",\"secrets\":");
    if (x->sealed)
        add_secrets(x, cost);
    else
        str_add(&x->bytes, "null");
    str_add(&x->bytes, ",\"tenants\":[\n");
}

static int end_file(struct portable_out *x, struct error *e)
{
    unsigned char digest[32];
    char hex[2 * sizeof digest + 1];

    if (flush(x, e))
        return -1;
    crypto_digest_end(x->digest, digest);
    x->digest = NULL;
    crypto_hex(digest, sizeof digest, hex);
    str_addf(&x->bytes, "],\"digest\":\"%s\"}\n", hex);
    return flush(x, e);
}

static void add_tenant(void *context, const char *id)
{
    struct portable_out *x = context;

    if (x->tenant_count == x->tenant_room) {
        x->tenant_room = x->tenant_room ? x->tenant_room * 2 : 16;
        x->tenants = mem_resize(x->tenants, x->tenant_room, sizeof *x->tenants);
    }
    str_copy(x->tenants[x->tenant_count++], TENANT_ID_TEXT, id);
}

static int give_all(struct portable_out *x, const struct passphrase_cost *cost, struct error *e)
{
    const struct export_options *o = x->options;

    if (o->tenant)
        add_tenant(x, o->tenant);
    else if (tenants_with_prefix(x->store, "", INT32_MAX, add_tenant, x, e))
        return -1;
    if (!o->file) {
        add_header(x, cost);
        x->digest = crypto_digest_new(x->sealed ? &x->keys.digest : NULL);
    }
    for (size_t i = 0; i < x->tenant_count; i++)
        if (give_tenant(x, x->tenants[i], i == 0, e))
            return -1;
    return o->file ? flush(x, e) : end_file(x, e);
}

int portable_keys_of(const char *passphrase, size_t n, const struct passphrase_cost *cost,
                     struct portable_keys *out, struct error *e)
{
    struct key root;

    if (passphrase_key(passphrase, n, cost, &root, e))
        return -1;
    crypto_keyed_hash(&root, "export/seal", strlen("export/seal"), out->seal.bytes);
    crypto_keyed_hash(&root, "export/digest", strlen("export/digest"), out->digest.bytes);
    mem_wipe(&root, sizeof root);
    return 0;
}

int export_run(struct store *s, const struct export_options *options, struct error *e)
{
    struct portable_out x = {.store = s, .options = options, .sealed = options->passphrase != NULL};
    struct passphrase_cost cost;
    bool own;
    int result = -1;

    x.contents = options->reveal ? CONTENTS_CLEAR : x.sealed ? CONTENTS_SEALED : CONTENTS_NONE;
    passphrase_cost_new(&cost);
    if (x.sealed && portable_keys_of(options->passphrase, options->passphrase_length, &cost, &x.keys, e))
        return -1;
    if (view_begin(s, &own, e) == 0)
        result = view_end(s, own, give_all(&x, &cost, e));
    crypto_digest_end(x.digest, NULL);
    mem_wipe(&x.keys, sizeof x.keys);
    str_wipe(&x.text);
    str_release(&x.sealed_text);
    str_wipe(&x.bytes);
    free(x.marks);
    free(x.tenants);
    return result;
}
