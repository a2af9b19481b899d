/* For people: aligned columns, sections, state words with a sign and a colour where asked. */
#include "writer_text.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

#define ROWS_MEASURED 500 /* rows that decide the widths; later ones follow them */
#define WIDTH_LEAST 6
#define WIDTH_LEAST_FIRST 16 /* the first column is what rows are called by */

/* --- state words --- */

static const struct state_style styles[] = {
    {"active", "●", "*", "\033[32m"},       {"running", "●", "*", "\033[32m"},
    {"acknowledged", "✓", "+", "\033[32m"}, {"set", "✓", "+", "\033[32m"},
    {"connecting", "◌", "~", "\033[33m"},   {"pending", "…", "~", "\033[33m"},
    {"leased", "…", "~", "\033[33m"},       {"pushed", "…", "~", "\033[33m"},
    {"maintenance", "◌", "~", "\033[33m"},  {"suspended", "✗", "x", "\033[31m"},
    {"expired", "✗", "x", "\033[31m"},      {"error", "✗", "x", "\033[31m"},
    {"failed", "✗", "x", "\033[31m"},       {"refused", "✗", "x", "\033[31m"},
    {"stopped", "○", "-", "\033[2m"},       {"none", "○", "-", "\033[2m"},
};

static bool is_state_name(const char *name)
{
    static const char *const names[] = {"status", "state", "bot", "token"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal(dot ? dot + 1 : name, names[i]))
            return true;
    return false;
}

const struct state_style *text_style(const struct text_writer *t, const char *name, const char *word)
{
    if (!t->f.options.color || !is_state_name(name))
        return NULL;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (str_equal(styles[i].word, word))
            return &styles[i];
    return NULL;
}

const char *text_sign(const struct text_writer *t, const struct state_style *style)
{
    return t->f.options.ascii ? style->ascii : style->sign;
}

/* --- values for people --- */

void text_thousands(struct str *out, int64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);

    for (int i = 0; i < length; i++) {
        if (i > (n < 0) && (length - i) % 3 == 0)
            str_add_char(out, ',');
        str_add_char(out, digits[i]);
    }
}

/* "key=value key=value"; a map that has a state is known by it. */
static void map_text(const struct json *map, struct str *out)
{
    const char *state = json_get_string(map, "state");
    bool first = true;

    if (state || !json_count(map)) {
        text_safe(out, state ? state : "-");
        return;
    }
    json_each(member, map)
    {
        if (!first)
            str_add_char(out, ' ');
        first = false;
        text_safe(out, json_key(member));
        str_add_char(out, '=');
        text_value(member, out);
    }
}

static void cell_text(const struct cell *cell, struct str *out)
{
    struct str plain = STR_INIT;
    char time[TIME_TEXT];

    if (cell->type == CELL_NULL || (cell->type == CELL_ID && !cell->number)) {
        str_add_char(out, '-');
        return;
    }
    switch (cell->type) {
    case CELL_BOOL:
        str_add(out, cell->number ? "yes" : "no");
        break;
    case CELL_TIME:
        str_add(out, time_format(cell->number, time));
        break;
    case CELL_JSON:
        text_value(cell->json, out);
        break;
    default:
        cell_plain(cell, &plain);
        text_safe(out, str_text(&plain));
        break;
    }
    str_release(&plain);
}

/* How many members there are up to the last that is set: hours that are still to come are no news. */
static size_t filled(const struct json *array)
{
    size_t at = 0, n = 0;

    json_each(item, array)
    {
        at++;
        if (!json_is(item, JSON_NULL))
            n = at;
    }
    return n;
}

void text_value(const struct json *j, struct str *out)
{
    struct cell cell = json_cell(j);
    bool first = true;

    if (json_is(j, JSON_OBJECT)) {
        map_text(j, out);
    } else if (json_is(j, JSON_ARRAY)) {
        size_t left = filled(j);
        json_each(item, j)
        {
            if (!left--)
                break;
            if (!first)
                str_add(out, ", ");
            first = false;
            text_value(item, out);
        }
        if (first)
            str_add_char(out, '-');
    } else if (cell.type == CELL_JSON) {
        json_print(j, out); /* a number with decimals */
    } else {
        cell_text(&cell, out);
    }
}

/* --- tables --- */

static size_t shown_width(const struct text_writer *t, size_t column, const char *text)
{
    const struct state_style *style = text_style(t, t->f.selected[column].name, text);

    return text_width(text) + (style ? text_width(text_sign(t, style)) + 1 : 0);
}

static const char *title_of(const struct text_writer *t, size_t column)
{
    const struct selected *s = &t->f.selected[column];
    const char *title = t->f.columns[s->column].title;

    return s->inner || !title ? s->name : title;
}

static bool right_of(const struct text_writer *t, size_t column)
{
    const struct selected *s = &t->f.selected[column];

    return !s->inner && t->f.columns[s->column].right;
}

/* The widest column of text that may still lose a cell; the number of columns when there is none. */
static size_t widest(const struct text_writer *t, size_t least_first)
{
    size_t n = t->f.selected_count, found = n;

    for (size_t i = 0; i < n; i++)
        if (!right_of(t, i) && t->widths[i] > (i ? WIDTH_LEAST : least_first) &&
            (found == n || t->widths[i] > t->widths[found]))
            found = i;
    return found;
}

/* Narrow the widest columns of text until the line fits; the first one below its least only when nothing else
 * is left. */
static void shrink(struct text_writer *t)
{
    size_t n = t->f.selected_count, limit = t->f.options.width > 0 ? (size_t)t->f.options.width : 0;
    size_t total = n ? GAP * (n - 1) : 0;

    for (size_t i = 0; i < n; i++)
        total += t->widths[i];
    while (limit && total > limit) {
        size_t column = widest(t, WIDTH_LEAST_FIRST);

        if (column == n)
            column = widest(t, WIDTH_LEAST);
        if (column == n)
            return;
        t->widths[column]--;
        total--;
    }
}

static void measure(struct text_writer *t)
{
    size_t n = t->f.selected_count;

    for (size_t c = 0; c < n; c++) {
        t->widths[c] = t->f.options.no_headers ? 0 : text_width(title_of(t, c));
        for (size_t row = 0; row < t->waiting; row++) {
            size_t width = shown_width(t, c, t->cells[row * n + c]);

            if (width > t->widths[c])
                t->widths[c] = width;
        }
    }
    shrink(t);
    t->measured = true;
}

/* One padded or cut cell; the last of a line is not padded. */
static void put_cell(struct text_writer *t, size_t column, const char *text, bool head)
{
    const struct state_style *style = head ? NULL : text_style(t, t->f.selected[column].name, text);
    bool last = column + 1 == t->f.selected_count, right = right_of(t, column);
    struct str shown = STR_INIT;
    struct str *out = &t->f.out;

    if (style)
        str_addf(&shown, "%s ", text_sign(t, style));
    str_add(&shown, text);
    if (style)
        str_add(out, style->color);
    if (last && !right && text_width(str_text(&shown)) <= t->widths[column])
        str_add(out, str_text(&shown));
    else
        text_fit(out, str_text(&shown), t->widths[column], right, t->f.options.ascii);
    if (style)
        str_add(out, COLOR_RESET);
    if (!last)
        str_add_repeat(out, ' ', GAP);
    str_release(&shown);
}

static void put_head(struct text_writer *t)
{
    bool color = t->f.options.color;

    if (t->f.options.no_headers)
        return;
    if (color)
        str_add(&t->f.out, COLOR_HEAD);
    for (size_t c = 0; c < t->f.selected_count; c++)
        put_cell(t, c, title_of(t, c), true);
    if (color)
        str_add(&t->f.out, COLOR_RESET);
    str_add_char(&t->f.out, '\n');
}

void text_put_rows(struct text_writer *t)
{
    size_t n = t->f.selected_count;

    if (!t->measured) {
        measure(t);
        put_head(t);
    }
    for (size_t row = 0; row < t->waiting; row++) {
        for (size_t c = 0; c < n; c++) {
            put_cell(t, c, t->cells[row * n + c], false);
            free(t->cells[row * n + c]);
        }
        str_add_char(&t->f.out, '\n');
    }
    t->waiting = 0;
    format_flush(&t->f, 0);
}

static void forget_rows(struct text_writer *t)
{
    for (size_t i = 0; i < t->waiting * t->f.selected_count; i++)
        free(t->cells[i]);
    t->waiting = 0;
}

static void table_begin(struct writer *w, const struct column *columns, size_t count)
{
    struct text_writer *t = (struct text_writer *)w;

    forget_rows(t);
    t->measured = false;
    format_select(&t->f, columns, count, true);
}

void text_table_row(struct writer *w, const struct cell *cells)
{
    struct text_writer *t = (struct text_writer *)w;
    size_t n = t->f.selected_count;

    if (t->f.skip || !n)
        return;
    if ((t->waiting + 1) * n > t->cap) {
        t->cap = (t->waiting + 1) * n * 2;
        t->cells = mem_resize(t->cells, t->cap, sizeof *t->cells);
    }
    for (size_t c = 0; c < n; c++) {
        struct cell cell = format_cell(&t->f.selected[c], cells);
        struct str text = STR_INIT;

        cell_text(&cell, &text);
        t->cells[t->waiting * n + c] = str_take(&text);
    }
    t->waiting++;
    t->f.rows++;
    if (t->waiting >= ROWS_MEASURED)
        text_put_rows(t);
}

static void flush(struct writer *w)
{
    struct text_writer *t = (struct text_writer *)w;

    if (!t->f.skip && t->waiting)
        text_put_rows(t);
}

static void table_end(struct writer *w, int64_t total, const char *next)
{
    struct text_writer *t = (struct text_writer *)w;
    struct str line = STR_INIT;

    if (t->f.skip)
        return;
    text_put_rows(t);
    if (next || (total >= 0 && total != (int64_t)t->f.rows)) {
        text_thousands(&line, (int64_t)t->f.rows);
        if (total >= 0) {
            str_add(&line, " of ");
            text_thousands(&line, total);
        }
        if (next)
            str_addf(&line, "; next page: --after %s", next);
        writer_message(w, MESSAGE_NOTICE, str_text(&line));
    } else if (!t->f.rows) {
        writer_message(w, MESSAGE_NOTICE, "nothing to list");
    }
    str_release(&line);
}

/* --- the rest --- */

static void text(struct writer *w, const char *text)
{
    struct text_writer *t = (struct text_writer *)w;
    size_t length = strlen(text);

    str_add(&t->f.out, text);
    if (!length || text[length - 1] != '\n')
        str_add_char(&t->f.out, '\n');
    format_flush(&t->f, 0);
}

static void message(struct writer *w, enum message_kind kind, const char *text)
{
    struct text_writer *t = (struct text_writer *)w;
    bool color = t->f.options.color;
    struct str line = STR_INIT, safe = STR_INIT;

    if (t->f.options.quiet && kind == MESSAGE_NOTICE)
        return;
    text_safe(&safe, text);
    if (kind == MESSAGE_WARNING)
        str_addf(&line, "%swarning:%s %s\n", color ? "\033[33m" : "", color ? COLOR_RESET : "",
                 str_text(&safe));
    else if (kind == MESSAGE_NOTICE)
        str_addf(&line, "%s%s%s\n", color ? COLOR_DIM : "", str_text(&safe), color ? COLOR_RESET : "");
    else
        str_addf(&line, "%s\n", str_text(&safe));
    t->f.options.messages.write(t->f.options.messages.context, line.data, line.len);
    str_release(&line);
    str_release(&safe);
}

static void text_free(struct writer *w)
{
    struct text_writer *t = (struct text_writer *)w;

    forget_rows(t);
    free(t->cells);
    format_release(&t->f);
    free(t);
}

static const struct writer_ops text_writer_ops = {
    table_begin, text_table_row, flush, table_end, text_document, text, message, format_check, text_free,
};

struct writer *text_writer_new(const struct writer_options *options)
{
    struct text_writer *t = mem_zero(1, sizeof *t);

    format_init(&t->f, &text_writer_ops, options);
    t->f.writer.ascii = options->ascii;
    return &t->f.writer;
}
