/* RFC 4180 with a bare newline at line ends (what other tools write), and TSV with \t \n \r \\ escapes. A
 * null is an empty field, an empty text is "" in CSV. */
#include "writer_format.h"

#include "tt/base/mem.h"

#define FLUSH_BYTES 65536

static bool is_csv(const struct format_writer *f)
{
    return f->options.format == OUTPUT_CSV;
}

static void quoted(struct str *out, const char *text)
{
    str_add_char(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            str_add_char(out, '"');
        str_add_char(out, *p);
    }
    str_add_char(out, '"');
}

static void escaped(struct str *out, const char *text)
{
    static const char from[] = "\t\n\r\\", to[] = "tnr\\";

    for (const char *p = text; *p; p++) {
        const char *special = strchr(from, *p);

        if (special)
            str_add_char(out, '\\');
        str_add_char(out, special ? to[special - from] : *p);
    }
}

static void field(struct format_writer *f, const char *text, bool is_text)
{
    if (!is_csv(f))
        escaped(&f->out, text);
    else if ((is_text && !*text) || strpbrk(text, ",\"\r\n"))
        quoted(&f->out, text);
    else
        str_add(&f->out, text);
}

static void separator(struct format_writer *f, size_t index)
{
    if (index)
        str_add_char(&f->out, is_csv(f) ? ',' : '\t');
}

static void cell_field(struct format_writer *f, const struct cell *cell)
{
    struct str text = STR_INIT;

    cell_plain(cell, &text);
    field(f, str_text(&text), cell->type == CELL_TEXT);
    str_release(&text);
}

/* A column that holds a map becomes a column for each of its values, as in a document. */
static void expand(struct format_writer *f)
{
    struct selected all[COLUMNS_MAX];
    size_t count = f->selected_count;

    memcpy(all, f->selected, count * sizeof *all);
    f->selected_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *const *inner = all[i].inner ? NULL : f->columns[all[i].column].inner;

        if (!inner && f->selected_count < COLUMNS_MAX)
            f->selected[f->selected_count++] = all[i];
        for (; inner && *inner && f->selected_count < COLUMNS_MAX; inner++)
            f->selected[f->selected_count++] =
                (struct selected){all[i].column, strchr(*inner, '.') + 1, *inner};
    }
}

static void table_begin(struct writer *w, const struct column *columns, size_t count)
{
    struct format_writer *f = (struct format_writer *)w;

    if (!format_select(f, columns, count, false))
        return;
    expand(f);
    if (f->options.no_headers)
        return;
    for (size_t i = 0; i < f->selected_count; i++) {
        separator(f, i);
        field(f, f->selected[i].name, false);
    }
    str_add_char(&f->out, '\n');
}

static void table_row(struct writer *w, const struct cell *cells)
{
    struct format_writer *f = (struct format_writer *)w;

    if (f->skip)
        return;
    for (size_t i = 0; i < f->selected_count; i++) {
        struct cell cell = format_cell(&f->selected[i], cells);

        separator(f, i);
        cell_field(f, &cell);
    }
    str_add_char(&f->out, '\n');
    format_flush(f, FLUSH_BYTES);
}

static void flush(struct writer *w)
{
    format_flush((struct format_writer *)w, 0);
}

static void table_end(struct writer *w, int64_t total, const char *next)
{
    struct format_writer *f = (struct format_writer *)w;

    (void)total;
    (void)next;
    if (!f->skip)
        format_flush(f, 0);
}

/* --- a document is one row, inner maps by dotted names --- */

struct flat {
    struct format_writer *f;
    struct str path;
    size_t count;
    bool header;
};

static void flatten(struct flat *flat, const struct json *j)
{
    size_t length = flat->path.len;

    if (json_is(j, JSON_OBJECT) && json_count(j)) {
        json_each(member, j)
        {
            if (length)
                str_add_char(&flat->path, '.');
            str_add(&flat->path, json_key(member));
            flatten(flat, member);
            str_cut(&flat->path, length);
        }
        return;
    }
    separator(flat->f, flat->count++);
    if (flat->header) {
        field(flat->f, str_text(&flat->path), false);
    } else {
        struct cell cell = json_cell(j);

        cell_field(flat->f, &cell);
    }
}

/* The whole document, or the fields that were asked for in their order. */
static void flat_line(struct flat *flat, const struct json *document)
{
    const struct format_writer *f = flat->f;

    flat->count = 0;
    for (size_t i = 0; i < f->field_count; i++) {
        str_clear(&flat->path);
        str_add(&flat->path, f->fields[i]);
        flatten(flat, format_at(document, f->fields[i]));
    }
    str_clear(&flat->path);
    if (!f->field_count)
        flatten(flat, document);
    str_add_char(&flat->f->out, '\n');
}

static void document(struct writer *w, const struct json *document)
{
    struct format_writer *f = (struct format_writer *)w;
    struct json *chosen = format_choose(f, document);
    struct flat flat = {.f = f};

    if (!chosen)
        return;
    if (!f->options.no_headers) {
        flat.header = true;
        flat_line(&flat, document);
    }
    flat.header = false;
    flat_line(&flat, document);
    str_release(&flat.path);
    json_free(chosen);
    format_flush(f, 0);
}

static void text(struct writer *w, const char *text)
{
    struct format_writer *f = (struct format_writer *)w;

    if (!f->options.no_headers)
        str_add(&f->out, "text\n");
    field(f, text, true);
    str_add_char(&f->out, '\n');
    format_flush(f, 0);
}

static void message(struct writer *w, enum message_kind kind, const char *text)
{
    static const char *const words[] = {"", "warning: ", ""};
    struct format_writer *f = (struct format_writer *)w;
    struct str line = STR_INIT;

    if (f->options.quiet && kind == MESSAGE_NOTICE)
        return;
    str_addf(&line, "%s%s\n", words[kind], text);
    f->options.messages.write(f->options.messages.context, line.data, line.len);
    str_release(&line);
}

static void csv_free(struct writer *w)
{
    format_release((struct format_writer *)w);
    free(w);
}

const struct writer_ops csv_writer_ops = {
    table_begin, table_row, flush, table_end, document, text, message, format_check, csv_free,
};
const struct writer_ops tsv_writer_ops = {
    table_begin, table_row, flush, table_end, document, text, message, format_check, csv_free,
};
