/* A command never prints: it emits rows, documents and messages to a writer; the face decides how they look.
 * Data goes to the writer's sink (standard output, a Discord reply, the screens' cells), messages to its
 * message sink (standard error). */
#ifndef TT_COMMAND_WRITER_H
#define TT_COMMAND_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/json.h"
#include "tt/base/str.h"

enum cell_type { CELL_NULL, CELL_TEXT, CELL_INT, CELL_BOOL, CELL_TIME, CELL_ID, CELL_JSON };

struct cell {
    enum cell_type type;
    const char *text;        /* CELL_TEXT; borrowed for the call */
    int64_t number;          /* CELL_INT, CELL_BOOL, CELL_TIME (ms), CELL_ID (0: null) */
    const struct json *json; /* CELL_JSON: nested, e.g. `bot` of `list` */
};

struct column {
    const char *name;         /* the document's key */
    const char *title;        /* for people; NULL: left out of text output unless named by --fields */
    bool right;               /* numbers */
    const char *const *inner; /* of a map: its values as "bot.state", for formats without maps; NULL none */
};

enum message_kind { MESSAGE_NOTICE, MESSAGE_WARNING, MESSAGE_DONE };

struct writer;

struct writer_ops {
    void (*table_begin)(struct writer *w, const struct column *columns, size_t count);
    void (*table_row)(struct writer *w, const struct cell *cells); /* as many as columns */
    /* Rows that wait go out now: more come, but nobody knows when (logs --follow). NULL: none wait. */
    void (*flush)(struct writer *w);
    /* TOTAL -1: unknown; NEXT NULL: no further page. */
    void (*table_end)(struct writer *w, int64_t total, const char *next);
    void (*document)(struct writer *w, const struct json *document);
    /* One line or paragraph of data for people (help): formats other than text wrap it as {"text":...}. */
    void (*text)(struct writer *w, const char *text);
    void (*message)(struct writer *w, enum message_kind kind, const char *text);
    /* 0, or -1 when --fields named a field that no table or document so far had (nothing of it was written).
     * NULL: always 0. */
    int (*check)(struct writer *w, struct error *e);
    void (*free)(struct writer *w);
};

struct writer {
    const struct writer_ops *ops;
    bool ascii;   /* for people whose terminal knows no signs beyond ASCII */
    bool by_rows; /* of a table in JSON: a document for each row, none around them (no end is in sight, or a
                     file shall have lines) */
    /* Numbers of the document being written that are WL ("price", "sales.total"), so that people are told;
     * NULL-ended, NULL: none. */
    const char *const *money;
};

#define writer_table_begin(w, columns, count) ((w)->ops->table_begin((w), (columns), (count)))
#define writer_table_row(w, cells) ((w)->ops->table_row((w), (cells)))
#define writer_table_end(w, total, next) ((w)->ops->table_end((w), (total), (next)))
#define writer_flush(w) ((w)->ops->flush ? (w)->ops->flush(w) : (void)0)
#define writer_document(w, document_) ((w)->ops->document((w), (document_)))
#define writer_text(w, text_) ((w)->ops->text((w), (text_)))
#define writer_message(w, kind, text_) ((w)->ops->message((w), (kind), (text_)))
void writer_messagef(struct writer *w, enum message_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void writer_free(struct writer *w); /* NULL is fine */
/* ERROR_UNKNOWN_WORD with a suggestion when --fields named what is not there. session_run asks after each
 * command; a face that writes documents itself (outcomes) asks after those. */
int writer_check_fields(struct writer *w, struct error *e);

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV, OUTPUT_TSV };
extern const char *const output_format_words[]; /* "text" "json" "jsonl" "csv" "tsv" NULL */

/* Where bytes go. */
struct sink {
    void (*write)(void *context, const char *bytes, size_t n);
    void *context;
};

struct writer_options {
    enum output_format format;
    const char *fields; /* "a,b"; NULL: all. An unknown field is told by writer_check_fields. */
    bool no_headers;
    bool color;
    bool quiet; /* no notices */
    bool ascii; /* no signs beyond ASCII (C locale) */
    int width;  /* terminal columns for text; 0: no limit */
    struct sink data, messages;
};
/* Text, JSON, JSONL, CSV, TSV. Strings in OPTIONS are borrowed for the writer's life. */
struct writer *writer_new(const struct writer_options *options);

#endif
