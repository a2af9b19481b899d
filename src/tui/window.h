/* The part of a long listing that is loaded: rows by their index in the whole, a cursor, the row drawn first.
 * It grows at the end that the cursor nears and is cut at the other. No terminal, no commands: only the
 * numbers. */
#ifndef TUI_WINDOW_H
#define TUI_WINDOW_H

#include "worker.h"

#define WINDOW_MOST 480 /* rows of a paged listing at most */
/* Where the end of a listing is shown whose rows nobody counted, indexes begin here: nothing is known of them
 * but how far they are from the last one. They become true ones when its beginning comes in sight. */
#define WINDOW_FAR (INT64_C(1) << 40)

struct window {
    struct json **rows;
    size_t count, room;
    bool loaded;         /* an answer came, even an empty one */
    int64_t first;       /* index of rows[0] in the whole */
    int64_t total;       /* -1 unknown */
    int64_t last;        /* while FIRST is at WINDOW_FAR or nearby: the index of the listing's last row */
    bool more;           /* rows follow the last one */
    int64_t cursor, top; /* indexes in the whole */
    int64_t wanted;      /* where the cursor goes when the rows there are loaded; -1: it is there */
};

void window_init(struct window *w);
void window_release(struct window *w);

bool window_is_far(const struct window *w);                          /* indexes are counted from the end */
int64_t window_end(const struct window *w);                          /* index behind the last row */
const struct json *window_at(const struct window *w, int64_t index); /* NULL: not loaded */
const struct json *window_cursor(const struct window *w);            /* the row at the cursor; NULL none */
int64_t window_find(const struct window *w, const char *path,
                    const char *id); /* index of the row with that id; -1 */
/* The value at PATH as text, appended: ids are strings or numbers. PATH NULL: nothing. */
void row_text(const struct json *row, const char *path, struct str *out);

/* What an answer does; the rows are taken out of ANSWER. ID: the path of the rows' ids, NULL where they have
 * none. */
void window_start(struct window *w, struct result *answer);    /* the listing's beginning; cursor there */
void window_end_page(struct window *w, struct result *answer); /* its end (--last); cursor there */
/* The same part, read again: the cursor stays on its row, or at the end where it stood there and rows have no
 * ids. AROUND: the answer holds the rows around the cursor's, else those from the beginning. */
void window_again(struct window *w, struct result *answer, const char *id, bool around);
void window_after(struct window *w, struct result *answer);  /* rows behind the last one */
void window_before(struct window *w, struct result *answer); /* rows before the first one */

/* Move the cursor: as far as rows are loaded now, the rest of the way when window_after or window_before
 * bring them. */
void window_move(struct window *w, int64_t by);
/* Bring the cursor into the ROWS that are drawn. */
void window_show(struct window *w, int rows);

#endif
