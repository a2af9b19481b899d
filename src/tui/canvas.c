#include "canvas.h"

#include <inttypes.h>
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "tt/base/text.h"

static struct canvas_options options;
static attr_t looks[LOOK_COUNT];
static short pairs[LOOK_COUNT];
static struct {
    int y, x;
    bool set, typing;
} cursor;

/* Foreground and background for 256 and for 8 colours; -1 is the terminal's own. MONO: without any. */
static const struct {
    short fg256, bg256, fg8, bg8;
    attr_t attr, mono;
} palette[LOOK_COUNT] = {
    [LOOK_TEXT] = {-1, -1, -1, -1, A_NORMAL, A_NORMAL},
    [LOOK_DIM] = {245, -1, -1, -1, A_NORMAL, A_NORMAL},
    [LOOK_BOLD] = {-1, -1, -1, -1, A_BOLD, A_BOLD},
    [LOOK_ACCENT] = {75, -1, COLOR_CYAN, -1, A_NORMAL, A_BOLD},
    [LOOK_SELECTED] = {255, 24, COLOR_WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE},
    [LOOK_GOOD] = {114, -1, COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
    [LOOK_WARN] = {221, -1, COLOR_YELLOW, -1, A_NORMAL, A_BOLD},
    [LOOK_BAD] = {203, -1, COLOR_RED, -1, A_NORMAL, A_BOLD},
    [LOOK_BAR] = {252, 236, COLOR_BLACK, COLOR_WHITE, A_NORMAL, A_REVERSE},
    [LOOK_KEY] = {75, 236, COLOR_BLUE, COLOR_WHITE, A_NORMAL, A_REVERSE | A_BOLD},
};

void canvas_start(const struct canvas_options *wanted)
{
    options = *wanted;
    options.color = options.color && has_colors() && start_color() == OK;
    if (options.color)
        use_default_colors();
    for (short i = 0; i < LOOK_COUNT; i++) {
        bool many = options.color && COLORS >= 256;
        looks[i] = options.color ? palette[i].attr : palette[i].mono;
        pairs[i] = 0;
        if (!options.color)
            continue;
        short fg = many ? palette[i].fg256 : palette[i].fg8, bg = many ? palette[i].bg256 : palette[i].bg8;
        if ((fg >= 0 || bg >= 0) && init_pair((short)(i + 1), fg, bg) == OK)
            pairs[i] = (short)(i + 1);
    }
}

bool canvas_is_ascii(void)
{
    return options.ascii;
}

bool canvas_is_accessible(void)
{
    return options.accessible;
}

bool canvas_has_room(int rows, int cols)
{
    return LINES >= rows && COLS >= cols;
}

/* --- a frame --- */

void canvas_begin(void)
{
    werase(stdscr);
    canvas_no_cursor();
}

void canvas_end(void)
{
    wmove(stdscr, cursor.set ? cursor.y : LINES - 1, cursor.set ? cursor.x : 0);
    curs_set(cursor.set && (cursor.typing || options.accessible));
    wrefresh(stdscr);
}

static void set_cursor(int y, int x, bool typing)
{
    cursor.y = y;
    cursor.x = x;
    cursor.set = y >= 0 && x >= 0 && y < LINES && x < COLS;
    cursor.typing = typing;
}

void canvas_point(int y, int x)
{
    set_cursor(y, x, false);
}

void canvas_caret(int y, int x)
{
    set_cursor(y, x < COLS ? x : COLS - 1, true);
}

void canvas_no_cursor(void)
{
    cursor.set = false;
}

/* --- text --- */

static void put(int y, int x, enum look look, const char *text)
{
    attr_set(looks[look], pairs[look], NULL);
    mvaddstr(y, x, text);
    attr_set(A_NORMAL, 0, NULL);
}

/* TEXT as it may stand on this terminal: escaped, and a question mark for what ASCII lacks. */
static void add_shown(struct str *out, const char *text)
{
    if (!options.ascii) {
        text_safe(out, text);
        return;
    }
    struct str safe = STR_INIT;
    text_safe(&safe, text);
    uint32_t c;
    for (size_t at = 0, n; (n = text_decode(str_text(&safe) + at, safe.len - at, &c)) > 0; at += n)
        str_add_repeat(out, c < 0x80 ? (char)c : '?', c < 0x80 ? 1 : (size_t)text_char_width(c));
    str_release(&safe);
}

static int put_fitted(int y, int x, int cells, enum look look, const char *text, bool pad, bool right)
{
    if (cells <= 0 || y < 0 || x < 0 || y >= LINES || x >= COLS)
        return 0;
    if (cells > COLS - x)
        cells = COLS - x;
    struct str shown = STR_INIT, fitted = STR_INIT;
    add_shown(&shown, text ? text : "");
    int width = (int)text_width(str_text(&shown));
    int used = pad || width > cells ? cells : width;
    text_fit(&fitted, str_text(&shown), (size_t)used, right, options.ascii);
    put(y, x, look, str_text(&fitted));
    str_release(&shown);
    str_release(&fitted);
    return used;
}

int canvas_text(int y, int x, int cells, enum look look, const char *text, bool pad)
{
    return put_fitted(y, x, cells, look, text, pad, false);
}

int canvas_right(int y, int x, int cells, enum look look, const char *text)
{
    return put_fitted(y, x, cells, look, text, true, true);
}

int canvas_width(const char *text)
{
    struct str shown = STR_INIT;
    add_shown(&shown, text ? text : "");
    int width = (int)text_width(str_text(&shown));
    str_release(&shown);
    return width;
}

/* --- shapes --- */

void canvas_fill(struct rect r, enum look look)
{
    for (int i = 0; i < r.rows; i++)
        canvas_text(r.y + i, r.x, r.cols, look, "", true);
}

static int64_t part_of(int64_t value, int64_t most, int64_t whole)
{
    return value > 0 && most > 0 ? (int64_t)((double)value / (double)most * (double)whole + 0.5) : 0;
}

void canvas_bar(int y, int x, int cells, enum look look, int64_t value, int64_t most)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    struct str bar = STR_INIT;
    if (options.accessible || cells <= 0)
        return;
    int64_t n = part_of(value, most, (int64_t)cells * 8);
    if (options.ascii) {
        str_add_repeat(&bar, '=', (size_t)((n + 4) / 8));
    } else {
        for (; n >= 8; n -= 8)
            str_add(&bar, "█");
        str_add(&bar, eighths[n]);
    }
    canvas_text(y, x, cells, look, str_text(&bar), false);
    str_release(&bar);
}

void canvas_columns(int y, int x, int width, enum look look, const int64_t *values, size_t count)
{
    static const char *const utf8[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {".", ":", "-", "=", "+", "*", "#", "@"};
    struct str text = STR_INIT;
    int64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < count; i++) {
        int64_t step = part_of(values[i], most, 7);
        step += step == 0 && values[i] > 0; /* little is not nothing */
        for (int n = 0; n < width; n++)
            str_add(&text, values[i] < 0 ? " " : (options.ascii ? ascii : utf8)[step]);
    }
    canvas_text(y, x, (int)count * width, look, str_text(&text), false);
    str_release(&text);
}

static const char *const lines_utf8[] = {"┌", "┐", "└", "┘", "─", "│"};
static const char *const lines_ascii[] = {"+", "+", "+", "+", "-", "|"};

static void draw_edge(int y, struct rect r, const char *from, const char *to, const char *between)
{
    struct str row = STR_INIT;
    str_add(&row, from);
    for (int i = 0; i < r.cols - 2; i++)
        str_add(&row, between);
    str_add(&row, to);
    put(y, r.x, LOOK_DIM, str_text(&row));
    str_release(&row);
}

struct rect canvas_frame(struct rect r, const char *title)
{
    const char *const *line = options.ascii ? lines_ascii : lines_utf8;
    if (options.accessible) {
        canvas_text(r.y, r.x, r.cols, LOOK_BOLD, title, false);
        return (struct rect){r.y + 1, r.x, r.rows > 0 ? r.rows - 1 : 0, r.cols};
    }
    if (r.rows < 2 || r.cols < 4)
        return (struct rect){r.y, r.x, 0, 0};
    draw_edge(r.y, r, line[0], line[1], line[4]);
    draw_edge(r.y + r.rows - 1, r, line[2], line[3], line[4]);
    for (int y = r.y + 1; y < r.y + r.rows - 1; y++) {
        put(y, r.x, LOOK_DIM, line[5]);
        put(y, r.x + r.cols - 1, LOOK_DIM, line[5]);
    }
    if (title && *title) {
        struct str text = STR_INIT;
        str_addf(&text, " %s ", title);
        canvas_text(r.y, r.x + 1, r.cols - 2, LOOK_BOLD, str_text(&text), false);
        str_release(&text);
    }
    return (struct rect){r.y + 1, r.x + 2, r.rows - 2, r.cols - 4};
}

/* --- signs and numbers --- */

static const struct {
    const char *utf8, *ascii, *word;
} signs[SIGN_COUNT] = {
    [SIGN_NONE] = {"", "", ""},           [SIGN_ON] = {"●", "*", "up"},
    [SIGN_PART] = {"◌", "o", "starting"}, [SIGN_FAIL] = {"✗", "x", "bad"},
    [SIGN_OK] = {"✓", "+", "ok"},         [SIGN_WAIT] = {"…", "~", "waits"},
    [SIGN_WARN] = {"!", "!", "note"},     [SIGN_CURSOR] = {"▶", ">", ">"},
    [SIGN_MARK] = {"◆", "#", "#"},        [SIGN_ARROW] = {"→", "->", "to"},
    [SIGN_DOT] = {"·", "-", ","},         [SIGN_BAR] = {"│", "|", "|"},
    [SIGN_UP] = {"▲", "^", "rising"},     [SIGN_DOWN] = {"▼", "v", "falling"},
    [SIGN_LOW] = {"▼", "v", "low"},       [SIGN_BACK] = {"↶", "<", ""},
    [SIGN_MORE] = {"…", "~", "more"},
};

const char *sign_text(enum sign sign)
{
    return options.accessible ? signs[sign].word : options.ascii ? signs[sign].ascii : signs[sign].utf8;
}

const char *number_text(int64_t n, char out[32])
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, n < 0 ? -n : n);
    size_t len = strlen(digits), used = 0;
    if (n < 0)
        out[used++] = '-';
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
}
