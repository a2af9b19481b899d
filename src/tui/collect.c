/* A writer that keeps what a command emits: as the JSON items that a script would get, or as the text that
 * people would. */
#include "worker.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

struct collector {
    struct writer writer;
    struct result *result;
    int64_t keep;
    struct writer *people; /* writes into TEXT; NULL: rows are kept */
    struct str text;
    char **names; /* of the table's columns */
    size_t count;
};

void row_list_add(struct row_list *rows, struct json *row)
{
    if ((rows->count & (rows->count + 1)) == 0) /* full at each power of two, less one */
        rows->items = mem_resize(rows->items, rows->count * 2 + 2, sizeof *rows->items);
    rows->items[rows->count++] = row;
}

void row_list_release(struct row_list *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        json_free(rows->items[i]);
    free(rows->items);
    *rows = (struct row_list){0};
}

static void add_line(char **to, const char *text)
{
    char *joined = *to ? mem_format("%s\n%s", *to, text) : mem_strdup(text);
    free(*to);
    *to = joined;
}

static void forget_names(struct collector *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->names[i]);
    free(c->names);
    c->names = NULL;
    c->count = 0;
}

static void table_begin(struct writer *w, const struct column *columns, size_t count)
{
    struct collector *c = (struct collector *)w;
    c->result->table = true;
    if (c->people) {
        writer_table_begin(c->people, columns, count);
        return;
    }
    forget_names(c);
    c->names = mem_zero(count, sizeof *c->names);
    for (size_t i = 0; i < count; i++)
        c->names[i] = mem_strdup(columns[i].name);
    c->count = count;
    row_list_release(&c->result->rows);
}

static struct json *cell_json(const struct cell *cell)
{
    char time[TIME_TEXT];
    switch (cell->type) {
    case CELL_TEXT:
        return json_new_string(cell->text);
    case CELL_INT:
        return json_new_int(cell->number);
    case CELL_BOOL:
        return json_new_bool(cell->number != 0);
    case CELL_TIME:
        return json_new_string(time_format_ms(cell->number, time));
    case CELL_ID:
        return json_new_id(cell->number);
    case CELL_JSON:
        return cell->json ? json_clone(cell->json) : json_new_null();
    case CELL_NULL:
        break;
    }
    return json_new_null();
}

/* Twice as many as are kept may gather before the oldest half goes, so that a long log is not moved for each
 * line. */
static void drop_oldest(struct row_list *rows, size_t most)
{
    size_t extra = rows->count > most ? rows->count - most : 0;
    for (size_t i = 0; i < extra; i++)
        json_free(rows->items[i]);
    if (extra)
        memmove(rows->items, rows->items + extra, most * sizeof *rows->items);
    rows->count -= extra;
}

static void table_row(struct writer *w, const struct cell *cells)
{
    struct collector *c = (struct collector *)w;
    struct row_list *rows = &c->result->rows;
    if (c->people) {
        writer_table_row(c->people, cells);
        return;
    }
    if (c->keep > 0 && rows->count >= (size_t)c->keep)
        return;
    struct json *row = json_new_object();
    for (size_t i = 0; i < c->count; i++)
        json_set(row, c->names[i], cell_json(&cells[i]));
    if (c->keep < 0) {
        /* row_list_add grows by its count, which went back: make room for the whole ring at once. */
        size_t most = (size_t)-c->keep;
        if (!rows->items)
            rows->items = mem_zero(2 * most, sizeof *rows->items);
        if (rows->count == 2 * most)
            drop_oldest(rows, most);
        rows->items[rows->count++] = row;
    } else {
        row_list_add(rows, row);
    }
}

static void table_end(struct writer *w, int64_t total, const char *next)
{
    struct collector *c = (struct collector *)w;
    if (c->people)
        writer_table_end(c->people, total, next);
    if (c->keep < 0)
        drop_oldest(&c->result->rows, (size_t)-c->keep);
    c->result->total = total;
    free(c->result->next);
    c->result->next = next && *next ? mem_strdup(next) : NULL;
}

static void document(struct writer *w, const struct json *j)
{
    struct collector *c = (struct collector *)w;
    json_free(c->result->document);
    c->result->document = json_clone(j);
    if (c->people)
        writer_document(c->people, j);
}

static void text(struct writer *w, const char *t)
{
    struct collector *c = (struct collector *)w;
    if (c->people)
        writer_text(c->people, t);
    else
        add_line(&c->result->text, t);
}

static void message(struct writer *w, enum message_kind kind, const char *t)
{
    struct result *r = ((struct collector *)w)->result;
    r->warned = r->warned || kind == MESSAGE_WARNING;
    add_line(&r->notices, t);
}

static int check(struct writer *w, struct error *e)
{
    struct collector *c = (struct collector *)w;
    return c->people ? writer_check_fields(c->people, e) : 0;
}

static void collector_free(struct writer *w)
{
    struct collector *c = (struct collector *)w;
    writer_free(c->people);
    if (c->text.len)
        add_line(&c->result->text, str_text(&c->text));
    str_release(&c->text);
    forget_names(c);
    free(w);
}

static const struct writer_ops collector_ops = {
    .table_begin = table_begin,
    .table_row = table_row,
    .table_end = table_end,
    .document = document,
    .text = text,
    .message = message,
    .check = check,
    .free = collector_free,
};

static void take_text(void *context, const char *bytes, size_t n)
{
    str_add_bytes(&((struct collector *)context)->text, bytes, n);
}

/* What the writer itself has to say of a table: that it is empty, or where it goes on. A line each. */
static void take_notice(void *context, const char *bytes, size_t n)
{
    char *line = mem_strndup(bytes, n && bytes[n - 1] == '\n' ? n - 1 : n);
    add_line(&((struct collector *)context)->result->notices, line);
    free(line);
}

struct writer *collector_new(struct result *r, int64_t keep, const struct writer_options *people)
{
    struct collector *c = mem_zero(1, sizeof *c);
    c->writer.ops = &collector_ops;
    c->result = r;
    c->keep = keep;
    if (people) {
        struct writer_options options = *people;
        options.data = (struct sink){take_text, c};
        options.messages = (struct sink){take_notice, c};
        c->people = writer_new(&options);
        c->writer.ascii = options.ascii;
    }
    return &c->writer;
}

void result_free(struct result *r)
{
    if (!r)
        return;
    row_list_release(&r->rows);
    json_free(r->document);
    free(r->line);
    free(r->next);
    free(r->text);
    free(r->notices);
    free(r->write.text);
    free(r->write.brief);
    free(r->write.state_text);
    free(r->write.repeat);
    free(r);
}
