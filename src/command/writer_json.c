#include "writer_format.h"

#include "tt/base/mem.h"

#define FLUSH_BYTES 65536

/* Every document is one line, so that jsonl has nothing to do. A table is one, {"items":[...],"total":N,
 * "next":ID}, unless it is written by rows. */

static void table_begin(struct writer *w, const struct column *columns, size_t count)
{
    struct format_writer *f = (struct format_writer *)w;

    if (format_select(f, columns, count, false) && !w->by_rows)
        str_add(&f->out, "{\"items\":[");
}

static struct json *cell_value(const struct cell *cell)
{
    struct str text = STR_INIT;
    struct json *value;

    cell_json(cell, &text);
    value = json_parse(str_text(&text), text.len, NULL);
    str_release(&text);
    return value ? value : json_new_null();
}

/* A row with inner values becomes a document, so that `bot.state,bot.error` make one map. */
static void nested_row(struct format_writer *f, const struct cell *cells)
{
    struct json *row = json_new_object();

    for (size_t i = 0; i < f->selected_count; i++) {
        struct cell cell = format_cell(&f->selected[i], cells);

        format_place(row, f->selected[i].name, cell_value(&cell));
    }
    json_print(row, &f->out);
    json_free(row);
}

static void table_row(struct writer *w, const struct cell *cells)
{
    struct format_writer *f = (struct format_writer *)w;
    bool nested = false;

    if (f->skip)
        return;
    if (f->rows++ && !w->by_rows)
        str_add_char(&f->out, ',');
    for (size_t i = 0; i < f->selected_count; i++)
        nested = nested || f->selected[i].inner;
    if (nested) {
        nested_row(f, cells);
    } else {
        str_add_char(&f->out, '{');
        for (size_t i = 0; i < f->selected_count; i++) {
            if (i)
                str_add_char(&f->out, ',');
            json_print_string(f->selected[i].name, &f->out);
            str_add_char(&f->out, ':');
            cell_json(&cells[f->selected[i].column], &f->out);
        }
        str_add_char(&f->out, '}');
    }
    if (w->by_rows)
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

    if (f->skip)
        return;
    if (!w->by_rows) {
        str_add(&f->out, "],\"total\":");
        if (total >= 0)
            str_addf(&f->out, "%lld", (long long)total);
        else
            str_add(&f->out, "null");
        str_add(&f->out, ",\"next\":");
        if (next)
            json_print_string(next, &f->out);
        else
            str_add(&f->out, "null");
        str_add(&f->out, "}\n");
    }
    format_flush(f, 0);
}

static void document(struct writer *w, const struct json *document)
{
    struct format_writer *f = (struct format_writer *)w;
    struct json *chosen = format_choose(f, document);

    if (!chosen)
        return;
    json_print(chosen, &f->out);
    str_add_char(&f->out, '\n');
    json_free(chosen);
    format_flush(f, 0);
}

static void text(struct writer *w, const char *text)
{
    struct format_writer *f = (struct format_writer *)w;

    str_add(&f->out, "{\"text\":");
    json_print_string(text, &f->out);
    str_add(&f->out, "}\n");
    format_flush(f, 0);
}

static void message(struct writer *w, enum message_kind kind, const char *text)
{
    static const char *const words[] = {"notice", "warning", "done"};
    struct format_writer *f = (struct format_writer *)w;
    struct str line = STR_INIT;

    if (f->options.quiet && kind == MESSAGE_NOTICE)
        return;
    str_addf(&line, "{\"%s\":", words[kind]);
    json_print_string(text, &line);
    str_add(&line, "}\n");
    f->options.messages.write(f->options.messages.context, line.data, line.len);
    str_release(&line);
}

static void json_free_writer(struct writer *w)
{
    format_release((struct format_writer *)w);
    free(w);
}

const struct writer_ops json_writer_ops = {
    table_begin, table_row, flush, table_end, document, text, message, format_check, json_free_writer,
};
