#include "writer_format.h"

#include <inttypes.h>
#include <stdarg.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"
#include "tt/domain/tenant.h"

const char *const output_format_words[] = {"text", "json", "jsonl", "csv", "tsv", NULL};

/* --- the interface --- */

struct writer *writer_new(const struct writer_options *options)
{
    static const struct writer_ops *const ops[] = {
        [OUTPUT_JSON] = &json_writer_ops,
        [OUTPUT_JSONL] = &json_writer_ops,
        [OUTPUT_CSV] = &csv_writer_ops,
        [OUTPUT_TSV] = &tsv_writer_ops,
    };
    struct format_writer *f;

    if (options->format == OUTPUT_TEXT)
        return text_writer_new(options);
    f = mem_zero(1, sizeof *f);
    format_init(f, ops[options->format], options);
    return &f->writer;
}

void writer_messagef(struct writer *w, enum message_kind kind, const char *format, ...)
{
    struct str s = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    writer_message(w, kind, str_text(&s));
    str_release(&s);
}

void writer_free(struct writer *w)
{
    if (w)
        w->ops->free(w);
}

int writer_check_fields(struct writer *w, struct error *e)
{
    return w->ops->check ? w->ops->check(w, e) : 0;
}

/* --- shared by the formats --- */

void format_init(struct format_writer *f, const struct writer_ops *ops, const struct writer_options *options)
{
    f->writer.ops = ops;
    f->options = *options;
    f->fields_text = mem_strdup(options->fields);
    for (char *at = f->fields_text; at && f->field_count < COLUMNS_MAX;) {
        char *comma = strchr(at, ',');

        if (comma)
            *comma = '\0';
        f->fields[f->field_count++] = at;
        at = comma ? comma + 1 : NULL;
    }
}

void format_release(struct format_writer *f)
{
    free(f->fields_text);
    str_release(&f->out);
}

void format_flush(struct format_writer *f, size_t limit)
{
    if (f->out.len <= limit)
        return;
    f->options.data.write(f->options.data.context, f->out.data, f->out.len);
    str_clear(&f->out);
}

int format_check(struct writer *w, struct error *e)
{
    struct format_writer *f = (struct format_writer *)w;

    if (f->unknown.code == ERROR_NONE)
        return 0;
    if (e)
        *e = f->unknown;
    f->unknown.code = ERROR_NONE;
    return -1;
}

/* --- --fields --- */

static void unknown_field(struct format_writer *f, const char *field, const char *const *known)
{
    word_parse("field", field, known, &f->unknown);
    str_copy(f->unknown.field, sizeof f->unknown.field, "--fields");
}

/* Is FIELD this column (*INNER NULL) or a value inside it? */
static bool names_column(const char *field, const char *column, const char **inner)
{
    size_t n = strlen(column);

    if (strncmp(field, column, n) != 0 || (field[n] && field[n] != '.'))
        return false;
    *inner = field[n] ? field + n + 1 : NULL;
    return true;
}

static bool select_field(struct format_writer *f, const char *field)
{
    const char *known[COLUMNS_MAX + 1];
    struct selected *s = &f->selected[f->selected_count];

    for (size_t i = 0; i < f->column_count; i++)
        if (names_column(field, f->columns[i].name, &s->inner)) {
            s->column = i;
            s->name = field;
            f->selected_count++;
            return true;
        }
    for (size_t i = 0; i < f->column_count; i++)
        known[i] = f->columns[i].name;
    known[f->column_count] = NULL;
    unknown_field(f, field, known);
    return false;
}

bool format_select(struct format_writer *f, const struct column *columns, size_t count, bool people)
{
    f->columns = columns;
    f->column_count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    f->selected_count = 0;
    f->rows = 0;
    f->skip = false;
    for (size_t i = 0; i < f->field_count && !f->skip; i++)
        f->skip = !select_field(f, f->fields[i]);
    if (f->field_count)
        return !f->skip;
    for (size_t i = 0; i < f->column_count; i++)
        if (!people || columns[i].title)
            f->selected[f->selected_count++] = (struct selected){i, NULL, columns[i].name};
    return true;
}

void format_place(struct json *to, const char *path, struct json *value)
{
    const char *dot = strchr(path, '.');
    char *key = dot ? mem_strndup(path, (size_t)(dot - path)) : mem_strdup(path);

    if (!dot) {
        json_set(to, key, value);
    } else {
        /* The document under construction is ours, so casting const away is safe. */
        struct json *below = (struct json *)json_get(to, key);

        if (!json_is(below, JSON_OBJECT))
            below = json_set(to, key, json_new_object());
        format_place(below, dot + 1, value);
    }
    free(key);
}

const struct json *format_at(const struct json *document, const char *field)
{
    const struct json *value = json_get(document, field);

    return value ? value : json_at(document, field);
}

static void unknown_member(struct format_writer *f, const char *field, const struct json *document)
{
    const char *known[COLUMNS_MAX + 1];
    size_t n = 0;

    json_each(member, document)
    {
        if (n < COLUMNS_MAX)
            known[n++] = json_key(member);
    }
    known[n] = NULL;
    unknown_field(f, field, known);
}

struct json *format_choose(struct format_writer *f, const struct json *document)
{
    struct json *chosen;

    if (!f->field_count || !json_is(document, JSON_OBJECT))
        return json_clone(document);
    chosen = json_new_object();
    for (size_t i = 0; i < f->field_count; i++) {
        const struct json *value = format_at(document, f->fields[i]);

        if (!value) {
            unknown_member(f, f->fields[i], document);
            json_free(chosen);
            return NULL;
        }
        format_place(chosen, f->fields[i], json_clone(value));
    }
    return chosen;
}

/* --- cells --- */

struct cell json_cell(const struct json *j)
{
    switch (json_type(j)) {
    case JSON_STRING:
        return (struct cell){.type = CELL_TEXT, .text = json_string(j)};
    case JSON_BOOL:
        return (struct cell){.type = CELL_BOOL, .number = json_bool(j, false)};
    case JSON_NUMBER:
        if (json_int(j, INT64_MIN) != INT64_MIN)
            return (struct cell){.type = CELL_INT, .number = json_int(j, 0)};
        return (struct cell){.type = CELL_JSON, .json = j};
    case JSON_ARRAY:
    case JSON_OBJECT:
        return (struct cell){.type = CELL_JSON, .json = j};
    case JSON_NULL:
        break;
    }
    return (struct cell){.type = CELL_NULL};
}

struct cell format_cell(const struct selected *s, const struct cell *cells)
{
    const struct cell *cell = &cells[s->column];

    if (!s->inner)
        return *cell;
    if (cell->type != CELL_JSON)
        return (struct cell){.type = CELL_NULL};
    return json_cell(json_at(cell->json, s->inner));
}

void cell_json(const struct cell *cell, struct str *out)
{
    char time[TIME_TEXT];

    switch (cell->type) {
    case CELL_NULL:
        str_add(out, "null");
        break;
    case CELL_TEXT:
        json_print_string(cell->text, out);
        break;
    case CELL_INT:
        str_addf(out, "%" PRId64, cell->number);
        break;
    case CELL_BOOL:
        str_add(out, cell->number ? "true" : "false");
        break;
    case CELL_TIME:
        str_addf(out, "\"%s\"", time_format_ms(cell->number, time));
        break;
    case CELL_ID:
        if (cell->number)
            str_addf(out, "\"%" PRId64 "\"", cell->number);
        else
            str_add(out, "null");
        break;
    case CELL_JSON:
        json_print(cell->json, out);
        break;
    }
}

void cell_plain(const struct cell *cell, struct str *out)
{
    char time[TIME_TEXT];

    switch (cell->type) {
    case CELL_NULL:
        break;
    case CELL_TEXT:
        str_add(out, cell->text);
        break;
    case CELL_TIME:
        str_add(out, time_format_ms(cell->number, time));
        break;
    case CELL_ID:
        if (cell->number)
            str_addf(out, "%" PRId64, cell->number);
        break;
    case CELL_INT:
    case CELL_BOOL:
    case CELL_JSON:
        cell_json(cell, out);
        break;
    }
}
