/* The inside of the writer for people. */
#ifndef TT_COMMAND_WRITER_TEXT_H
#define TT_COMMAND_WRITER_TEXT_H

#include "writer_format.h"

#define GAP 2 /* blanks between columns */

#define COLOR_RESET "\033[0m"
#define COLOR_HEAD "\033[1m"
#define COLOR_DIM "\033[2m"

struct text_writer {
    struct format_writer f;
    char **cells; /* texts of the rows that wait, row by row */
    size_t waiting, cap;
    size_t widths[COLUMNS_MAX];
    bool measured;
};

struct state_style {
    const char *word, *sign, *ascii, *color;
};
/* The style of WORD in a place called NAME; NULL: plain. */
const struct state_style *text_style(const struct text_writer *t, const char *name, const char *word);
const char *text_sign(const struct text_writer *t, const struct state_style *style);

void text_value(const struct json *j, struct str *out); /* any value on one line */
void text_thousands(struct str *out, int64_t n);        /* "150,000" */
void text_table_row(struct writer *w, const struct cell *cells);
void text_put_rows(struct text_writer *t); /* those that wait; measures first */
void text_document(struct writer *w, const struct json *document);

#endif
