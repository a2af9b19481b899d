/* Drawing on the terminal's cells: looks instead of colours, signs instead of characters, so that what cannot
 * be shown (colour, UTF-8, frames for a screen reader) is decided here once. A process has one terminal. */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum look {
    LOOK_TEXT,
    LOOK_DIM,
    LOOK_BOLD,
    LOOK_ACCENT,
    LOOK_SELECTED,
    LOOK_GOOD,
    LOOK_WARN,
    LOOK_BAD,
    LOOK_BAR,
    LOOK_KEY,
    LOOK_COUNT
};

struct rect {
    int y, x, rows, cols;
};

struct canvas_options {
    bool color;
    bool ascii;      /* nothing beyond ASCII */
    bool accessible; /* no frames, words for signs, the cursor on the selection */
};
void canvas_start(const struct canvas_options *options); /* the terminal is open */
bool canvas_is_ascii(void);
bool canvas_is_accessible(void);
bool canvas_has_room(int rows, int cols);

/* A frame on the screen: begin, draw, end. */
void canvas_begin(void);
void canvas_end(void);

/* Where the cursor stands at the end: on the selected row (seen in accessible mode only), or where a person
 * types (always seen). What is drawn on top forgets what lies below. */
void canvas_point(int y, int x);
void canvas_caret(int y, int x);
void canvas_no_cursor(void);

/* Write TEXT at most CELLS wide, cut with an ellipsis; what does not belong on a terminal is escaped. Returns
 * the cells written: all of them when PAD. */
int canvas_text(int y, int x, int cells, enum look look, const char *text, bool pad);
int canvas_right(int y, int x, int cells, enum look look, const char *text); /* aligned right in CELLS */
int canvas_width(const char *text);                                          /* cells that TEXT would take */
void canvas_fill(struct rect r, enum look look);
/* A bar of VALUE out of MOST in CELLS, to an eighth of a cell where the terminal can. Nothing where it is
 * told in words. */
void canvas_bar(int y, int x, int cells, enum look look, int64_t value, int64_t most);
/* COUNT values as columns of one cell's height, each WIDTH cells wide; below 0: nothing yet. */
void canvas_columns(int y, int x, int width, enum look look, const int64_t *values, size_t count);
/* Draws a frame and gives its inside. Without frames (accessible) the title is a line of its own. */
struct rect canvas_frame(struct rect r, const char *title);

enum sign {
    SIGN_NONE,
    SIGN_ON,
    SIGN_PART,
    SIGN_FAIL,
    SIGN_OK,
    SIGN_WAIT,
    SIGN_WARN,
    SIGN_CURSOR,
    SIGN_MARK,
    SIGN_ARROW, /* from ... to */
    SIGN_DOT,   /* between the parts of a line */
    SIGN_BAR,   /* between tabs */
    SIGN_UP,
    SIGN_DOWN,
    SIGN_LOW,
    SIGN_BACK, /* taken back */
    SIGN_MORE, /* to one side */
    SIGN_COUNT
};
const char *sign_text(enum sign sign);
/* 1234567 -> "1,234,567". */
const char *number_text(int64_t n, char out[32]);

#endif
