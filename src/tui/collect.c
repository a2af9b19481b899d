/* A writer that keeps what a command emits as the JSON items that a script would get. */
#include "worker.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

struct collector {
    struct writer writer;
    struct result *result;
    int64_t keep;
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
    forget_names(c);
    c->names = mem_zero(count, sizeof *c->names);
    for (size_t i = 0; i < count; i++)
        c->names[i] = mem_strdup(columns[i].name);
    c->count = count;
    row_list_release(&c->result->rows);
    c->result->table = true;
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
}

static void text(struct writer *w, const char *t)
{
    add_line(&((struct collector *)w)->result->text, t);
}

static void message(struct writer *w, enum message_kind kind, const char *t)
{
    (void)kind;
    add_line(&((struct collector *)w)->result->notices, t);
}

static void collector_free(struct writer *w)
{
    forget_names((struct collector *)w);
    free(w);
}

static const struct writer_ops collector_ops = {
    .table_begin = table_begin,
    .table_row = table_row,
    .table_end = table_end,
    .document = document,
    .text = text,
    .message = message,
    .free = collector_free,
};

struct writer *collector_new(struct result *r, int64_t keep)
{
    struct collector *c = mem_zero(1, sizeof *c);
    c->writer.ops = &collector_ops;
    c->result = r;
    c->keep = keep;
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
