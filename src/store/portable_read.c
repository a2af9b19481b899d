/* From lines to rows: what stands where, and what becomes of it. */
#include <inttypes.h>

#include "import.h"
#include "portable_file.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define BETWEEN_ROWS 500
#define TABLES_MAX 32
#define NUMBER_MAX (INT64_C(1) << 53)

struct reading {
    struct portable *file;
    struct portable_in in;
    struct import_counts counts[TABLES_MAX];
    const struct portable_table *table; /* the last one of this tenant; NULL: none yet */
    int64_t rows, tenants;
};

/* --- one value --- */

static int bad(struct error *e, const struct portable_column *c, const char *expected)
{
    return error_set(e, ERROR_MALFORMED, c->name, "%s is no %s", c->name, expected);
}

static int read_text(const struct portable_column *c, const struct json *j, struct portable_value *v,
                     struct error *e)
{
    v->text = json_string(j);
    if (!v->text)
        return bad(e, c, "text");
    v->n = strlen(v->text);
    return c->check && v->n ? c->check(v->text, e) : 0;
}

static int read_int(const struct portable_column *c, const struct json *j, struct portable_value *v,
                    struct error *e)
{
    int64_t most = c->most ? c->most : NUMBER_MAX;

    v->number = json_is(j, JSON_NUMBER) ? json_int(j, INT64_MIN) : INT64_MIN;
    if (v->number < (c->kind == PORTABLE_SIGNED ? -most : 0) || v->number > most)
        return bad(e, c,
                   c->kind == PORTABLE_SIGNED ? "whole number in its bounds"
                                              : "whole number from 0 in its bounds");
    return 0;
}

static int read_bool(const struct portable_column *c, const struct json *j, struct portable_value *v,
                     struct error *e)
{
    v->number = json_bool(j, false);
    return json_is(j, JSON_BOOL) ? 0 : bad(e, c, "true or false");
}

static int read_time(const struct portable_column *c, const struct json *j, struct portable_value *v,
                     struct error *e)
{
    const char *text = json_string(j);

    return !text || time_parse_rfc3339(text, &v->number, NULL) ? bad(e, c, "time") : 0;
}

static int read_id(const struct portable_column *c, const struct json *j, struct portable_value *v,
                   struct error *e)
{
    v->number = json_string(j) ? json_id(j) : 0;
    return v->number > 0 ? 0 : bad(e, c, "id");
}

static int read_value(const struct portable_column *c, const struct json *j, struct portable_value *v,
                      struct error *e)
{
    static int (*const by_kind[])(const struct portable_column *, const struct json *,
                                  struct portable_value *, struct error *) = {
        [PORTABLE_TEXT] = read_text, [PORTABLE_INT] = read_int,   [PORTABLE_SIGNED] = read_int,
        [PORTABLE_BOOL] = read_bool, [PORTABLE_TIME] = read_time, [PORTABLE_ID] = read_id,
    };

    *v = (struct portable_value){.text = ""};
    if (json_is(j, JSON_NULL) && c->optional)
        return 0;
    return by_kind[c->kind](c, j, v, e);
}

/* --- one row --- */

static int insert(struct portable_in *in, const struct portable_table *t, const struct portable_value *v,
                  struct error *e)
{
    struct query q;
    int step = query_open(&q, in->store, e, t->insert, "t", in->scope.tenant);

    for (int i = 0; step == 0 && t->columns[i].name; i++)
        if (t->columns[i].kind == PORTABLE_TEXT)
            sqlite3_bind_text(q.stmt, i + 2, v[i].text, (int)v[i].n, SQLITE_STATIC);
        else
            sqlite3_bind_int64(q.stmt, i + 2, v[i].number);
    if (step == 0)
        step = query_step(&q, e);
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int take(struct reading *r, const struct json *row, enum import_fate *fate, struct error *e)
{
    const struct portable_table *t = r->table;
    struct portable_in *in = &r->in;
    struct portable_value values[PORTABLE_COLUMNS_MAX];

    for (int i = 0; t->columns[i].name; i++) {
        values[i] = (struct portable_value){.text = ""};
        if (t->columns[i].only != CONTENTS_NONE && t->columns[i].only != in->contents)
            continue;
        const struct json *j = json_get(row, t->columns[i].name);
        if (!j && !t->columns[i].optional)
            return error_set(e, ERROR_MALFORMED, t->columns[i].name, "%s is missing", t->columns[i].name);
        if (j && read_value(&t->columns[i], j, &values[i], e))
            return -1;
    }
    return t->take ? t->take(in, values, fate, e) : insert(in, t, values, e);
}

static int fail(const struct reading *r, const struct error *why, struct error *e)
{
    bool taken = why->code == ERROR_TAKEN && r->table == portable_tables;

    if (!import_may_refuse(why)) {
        if (e)
            *e = *why;
        return -1;
    }
    error_set(e, taken ? ERROR_TAKEN : ERROR_REFUSED, "file", "line %" PRId64 "%s%s%s: %s", r->file->number,
              r->table ? " (" : "", r->table ? r->table->name : "", r->table ? ")" : "", why->message);
    if (taken && str_equal(why->field, "tenant"))
        error_hint(e, "--tenant ID gives it another id; what is here is never mixed with a file");
    return -1;
}

static void note(const struct reading *r, const struct json *row, enum import_fate fate, const char *reason)
{
    const char *key = json_string(json_first(row));

    r->in.options->note(r->in.options->context, r->table->name, r->file->number, key ? key : "", fate,
                        reason);
}

/* What a row of a lenient table has begun when it is refused is taken back. */
static int take_row(struct reading *r, const struct json *row, struct error *e)
{
    struct import_counts *counts = &r->counts[r->table - portable_tables];
    enum import_fate fate = IMPORT_TAKEN;
    struct error why = {0};
    bool lenient = r->table->lenient;

    str_clear(&r->in.notes);
    if (lenient && store_savepoint(r->in.store, e))
        return -1;
    int status = take(r, row, &fate, &why);
    if (status && lenient) {
        store_rollback_to(r->in.store);
        if (!import_may_refuse(&why))
            return fail(r, &why, e);
        fate = IMPORT_REFUSED;
        str_add(&r->in.notes, why.message);
    } else if (status) {
        return fail(r, &why, e);
    } else if (lenient && store_release(r->in.store, e)) {
        return -1;
    }
    if (fate == IMPORT_TAKEN && r->in.notes.len)
        fate = IMPORT_CHANGED;
    counts->rows++;
    counts->of[fate]++;
    if (fate == IMPORT_CHANGED || fate == IMPORT_REFUSED)
        note(r, row, fate, str_text(&r->in.notes));
    return 0;
}

/* --- lines --- */

static int stray(const struct reading *r, struct error *e)
{
    return error_set(e, ERROR_REFUSED, "file", "line %" PRId64 " is not what an export has there",
                     r->file->number);
}

/* The JSON of a line, TAIL closing what it leaves open. */
static struct json *parse(struct reading *r, const char *tail)
{
    struct str *line = &r->file->line;
    size_t skip = line->len && line->data[0] == ',';

    str_add(line, tail);
    return json_parse(str_text(line) + skip, line->len - skip, NULL);
}

static bool line_is(const struct reading *r, const char *text)
{
    return str_equal(str_text(&r->file->line), text);
}

/* `,"products":[`: tables stand in their order, each once at most. */
static int begin_table(struct reading *r, struct error *e)
{
    const char *line = str_text(&r->file->line);
    size_t n = r->file->line.len;
    const struct portable_table *t = r->table ? r->table + 1 : portable_tables;

    if (n < 5 || !str_starts(line, ",\"") || !str_equal(line + n - 3, "\":["))
        return stray(r, e);
    char *name = mem_strndup(line + 2, n - 5);
    while (t->name && !str_equal(t->name, name))
        t++;
    free(name);
    if (!t->name || (t != portable_tables && !r->in.made)) {
        error_set(e, ERROR_REFUSED, "file", "line %" PRId64 " begins a table that cannot stand there",
                  r->file->number);
        return error_hint(e, "a newer version may have written the file");
    }
    r->table = t;
    return 0;
}

static int read_row(struct reading *r, struct error *e)
{
    const struct import_options *o = r->in.options;
    struct json *row = parse(r, "");
    int status;

    if (o->between && ++r->rows % BETWEEN_ROWS == 0 && o->between(o->context, r->rows))
        status = error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
    else if (!json_is(row, JSON_OBJECT))
        status = stray(r, e);
    else
        status = take_row(r, row, e);
    json_free(row);
    return status;
}

/* Items without their contents are no items: they are counted, and that is all. */
static bool is_left(const struct reading *r)
{
    return str_equal(r->table->name, "stock") && r->in.contents == CONTENTS_NONE;
}

static int read_table(struct reading *r, struct error *e)
{
    bool left = is_left(r);

    for (;;) {
        if (portable_line(r->file, e))
            return -1;
        if (line_is(r, "]"))
            return 0;
        if (left) {
            struct import_counts *counts = &r->counts[r->table - portable_tables];
            counts->left = "their contents are not in the file";
            counts->rows++;
        } else if (read_row(r, e)) {
            return -1;
        }
    }
}

static int begin_tenant(struct reading *r, struct error *e)
{
    struct portable_in *in = &r->in;
    struct json *j = parse(r, "}");
    const char *id = json_get_string(j, "tenant_id");
    const char *wanted = in->options->tenant ? in->options->tenant : id;
    int status = id && tenant_id_check(id, NULL) == 0 ? 0 : stray(r, e);

    if (status == 0)
        status = tenant_id_check(wanted, e);
    if (status == 0) {
        str_copy(in->source, sizeof in->source, id);
        in->scope = scope_of(in->store, wanted);
        in->made = in->token = false;
        memset(in->numbers, 0, sizeof in->numbers);
        in->product = in->batch = -1;
        in->movements = 0;
        r->table = NULL;
    }
    json_free(j);
    return status;
}

static int read_tenant(struct reading *r, struct error *e)
{
    struct error why = {0};

    if (begin_tenant(r, e))
        return -1;
    while (portable_line(r->file, e) == 0) {
        if (!line_is(r, "}")) {
            if (begin_table(r, e) || read_table(r, e))
                return -1;
            continue;
        }
        if (!r->in.made)
            return stray(r, e);
        r->tenants++;
        r->table = NULL;
        return portable_settle(&r->in, &why) ? fail(r, &why, e) : 0;
    }
    return -1;
}

static int read_all(struct reading *r, struct error *e)
{
    if (portable_begin(r->file, e))
        return -1;
    for (;;) {
        if (portable_line(r->file, e))
            return -1;
        if (portable_at_end(r->file))
            return r->tenants == r->file->count ? portable_check_end(r->file, e) : stray(r, e);
        if (read_tenant(r, e))
            return -1;
    }
}

static void tell(const struct reading *r)
{
    const struct import_options *o = r->in.options;

    for (int i = 0; portable_tables[i].name; i++)
        if (r->counts[i].rows)
            o->table(o->context, &r->counts[i]);
}

int portable_import(struct portable *p, struct store *s, const struct import_options *options,
                    const struct feature_list *features, int64_t now, char id[TENANT_ID_TEXT],
                    struct error *e)
{
    struct reading *r = mem_zero(1, sizeof *r);
    int status = -1;

    r->file = p;
    r->in = (struct portable_in){.store = s,
                                 .options = options,
                                 .features = features,
                                 .now = now,
                                 .contents = p->contents,
                                 .keys = p->sealed ? &p->keys : NULL};
    for (int i = 0; portable_tables[i].name; i++)
        r->counts[i].table = portable_tables[i].name;
    if (options->tenant && p->count != 1)
        error_set(e, ERROR_EXTRA_ARGUMENT, "--tenant",
                  "this file holds %" PRId64 " tenants, which keep their ids: leave --tenant out", p->count);
    else if (stock_keys_of(s, &r->in.stock_keys, e) == 0) {
        journal_pause(s, true);
        status = read_all(r, e);
        journal_pause(s, false);
    }
    if (status == 0) {
        tell(r);
        str_copy(id, TENANT_ID_TEXT, r->in.scope.tenant);
    }
    free(r->in.lines);
    str_wipe(&r->in.text);
    str_release(&r->in.content);
    str_release(&r->in.notes);
    free(r);
    return status;
}
