/* What the five writers share: the sink, --fields, and cells as text. */
#ifndef TT_COMMAND_WRITER_FORMAT_H
#define TT_COMMAND_WRITER_FORMAT_H

#include "tt/command/writer.h"

#define COLUMNS_MAX 64

/* One column that is shown: a column of the table, or an inner value of one (`bot.state`). */
struct selected {
    size_t column;
    const char *inner; /* path below the column's value; NULL: the value itself */
    const char *name;  /* as asked for */
};

struct format_writer {
    struct writer writer; /* first: ops see a struct writer */
    struct writer_options options;
    char *fields_text; /* --fields cut into words */
    const char *fields[COLUMNS_MAX];
    size_t field_count;
    struct error unknown; /* of --fields; code ERROR_NONE: fine */
    /* the open table */
    const struct column *columns;
    size_t column_count;
    struct selected selected[COLUMNS_MAX];
    size_t selected_count;
    bool skip; /* it lacks a field that was asked for: nothing of it is written */
    size_t rows;
    struct str out; /* bytes on their way to the data sink */
};

extern const struct writer_ops json_writer_ops, csv_writer_ops, tsv_writer_ops;
struct writer *text_writer_new(const struct writer_options *options);

void format_init(struct format_writer *f, const struct writer_ops *ops, const struct writer_options *options);
void format_release(struct format_writer *f);
/* Send what is in `out` when it is more than LIMIT bytes. */
void format_flush(struct format_writer *f, size_t limit);
int format_check(struct writer *w, struct error *e); /* the op */

/* Fill `selected` for a table. PEOPLE: columns without a title are left out unless named. False: skip it. */
bool format_select(struct format_writer *f, const struct column *columns, size_t count, bool people);
/* The members of a document that --fields asks for, in that order and at their places; NULL: skip it. The
 * caller owns it. */
struct json *format_choose(struct format_writer *f, const struct json *document);

/* FIELD of a document: a member of that very name, else a path. NULL: none. */
const struct json *format_at(const struct json *document, const char *field);
/* Put VALUE at the dotted PATH below TO, making the maps on the way. VALUE is TO's afterwards. */
void format_place(struct json *to, const char *path, struct json *value);

/* What a selected cell shows: CELL itself, or the inner value of a CELL_JSON turned into a cell. */
struct cell format_cell(const struct selected *s, const struct cell *cells);
/* A JSON scalar as a cell; arrays and objects stay JSON. Numbers that are not whole too. */
struct cell json_cell(const struct json *j);
/* As JSON. */
void cell_json(const struct cell *cell, struct str *out);
/* As plain text: null is "", times RFC 3339 with milliseconds, nested values compact JSON. */
void cell_plain(const struct cell *cell, struct str *out);

#endif
