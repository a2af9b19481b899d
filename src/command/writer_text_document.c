/* A document for people: values, then sections. */
#include "writer_text.h"

#include "tt/base/text.h"

#define UNSET_TOGETHER 2

static void put_label(struct text_writer *t, size_t indent, const char *label, size_t width)
{
    struct str *out = &t->f.out;

    str_add_repeat(out, ' ', indent);
    text_fit(out, label, width, false, t->f.options.ascii);
    str_add_repeat(out, ' ', GAP);
}

static void put_value(struct text_writer *t, const char *name, const char *text)
{
    const struct state_style *style = text_style(t, name, text);

    if (style)
        str_addf(&t->f.out, "%s%s ", style->color, text_sign(t, style));
    str_add(&t->f.out, text);
    if (style)
        str_add(&t->f.out, COLOR_RESET);
    str_add_char(&t->f.out, '\n');
}

/* Words behind a label, wrapped at the terminal's width under themselves. */
static void put_words(struct text_writer *t, size_t indent, const char *label, size_t width,
                      const struct json *map, bool (*takes)(const struct json *member))
{
    size_t left = indent + width + GAP, at = left;
    size_t limit = t->f.options.width > 0 ? (size_t)t->f.options.width : 100;
    struct str word = STR_INIT;
    bool first = true;

    json_each(member, map)
    {
        if (!takes(member))
            continue;
        if (first)
            put_label(t, indent, label, width);
        str_clear(&word);
        text_safe(&word, json_key(member));
        if (!first && at + 1 + text_width(str_text(&word)) > limit) {
            str_add_char(&t->f.out, '\n');
            str_add_repeat(&t->f.out, ' ', left);
            at = left;
            first = true;
        }
        str_addf(&t->f.out, "%s%s", first ? "" : " ", str_text(&word));
        at += text_width(str_text(&word)) + !first;
        first = false;
    }
    if (at != left)
        str_add_char(&t->f.out, '\n');
    str_release(&word);
}

static bool is_true(const struct json *member)
{
    return json_bool(member, false);
}

static bool is_false(const struct json *member)
{
    return !json_bool(member, true);
}

static bool is_unset(const struct json *member)
{
    return json_is(member, JSON_NULL);
}

/* A handful of switches, which read better as two lists. */
static bool are_switches(const struct json *map)
{
    json_each(member, map)
    {
        if (!json_is(member, JSON_BOOL))
            return false;
    }
    return json_count(map) > 2;
}

static size_t label_width(const struct json *map, size_t least)
{
    size_t width = least;

    json_each(member, map)
    {
        size_t n = text_width(json_key(member));

        if (n > width)
            width = n;
    }
    return width;
}

/* A member of MAP: "price", or "sales.total" where MAP is a section. */
static bool is_money(const struct text_writer *t, const struct json *map, const struct json *member)
{
    const char *const *names = t->f.writer.money;

    for (; names && *names && json_is(member, JSON_NUMBER); names++) {
        const char *dot = strchr(*names, '.'), *section = json_key(map);
        size_t n = dot ? (size_t)(dot - *names) : 0;

        if (str_equal(dot ? dot + 1 : *names, json_key(member)) && !dot == !section &&
            (!dot || (strlen(section) == n && memcmp(section, *names, n) == 0)))
            return true;
    }
    return false;
}

static void put_map(struct text_writer *t, const struct json *map, size_t indent);

/* An array of maps as a table of its own. Nothing of a document is cut. */
static void put_array(struct text_writer *t, const struct json *array)
{
    struct column columns[COLUMNS_MAX];
    struct cell cells[COLUMNS_MAX];
    size_t count = 0;
    const struct json *head = json_first(array);
    int width = t->f.options.width;

    json_each(member, head)
    {
        if (count < COLUMNS_MAX)
            columns[count++] =
                (struct column){json_key(member), json_key(member), json_is(member, JSON_NUMBER)};
    }
    t->f.columns = columns;
    t->f.column_count = t->f.selected_count = count;
    t->measured = false;
    t->f.options.width = 0;
    for (size_t i = 0; i < count; i++)
        t->f.selected[i] = (struct selected){i, NULL, columns[i].name};
    json_each(item, array)
    {
        for (size_t i = 0; i < count; i++)
            cells[i] = json_cell(json_get(item, columns[i].name));
        text_table_row(&t->f.writer, cells);
    }
    text_put_rows(t);
    t->f.options.width = width;
}

static bool is_section(const struct json *j)
{
    return (json_is(j, JSON_OBJECT) && json_count(j)) ||
           (json_is(j, JSON_ARRAY) && json_is(json_first(j), JSON_OBJECT));
}

static void put_section(struct text_writer *t, const struct json *section, size_t indent)
{
    const char *on = t->f.options.color ? COLOR_HEAD : "", *off = t->f.options.color ? COLOR_RESET : "";

    str_add_repeat(&t->f.out, ' ', indent);
    str_addf(&t->f.out, "%s%s%s\n", on, json_key(section), off);
    if (json_is(section, JSON_ARRAY)) {
        put_array(t, section);
    } else if (are_switches(section)) {
        put_words(t, indent + 2, "on", 3, section, is_true);
        put_words(t, indent + 2, "off", 3, section, is_false);
    } else {
        put_map(t, section, indent + 2);
    }
}

static size_t count_unset(const struct json *map)
{
    size_t n = 0;

    json_each(member, map) n += is_unset(member);
    return n;
}

/* Values first, inner maps as sections behind them. In an inner map what is unset stands together on one
 * line where there are several. */
static void put_map(struct text_writer *t, const struct json *map, size_t indent)
{
    size_t width = label_width(map, indent ? 5 : 0);
    bool together = indent && count_unset(map) >= UNSET_TOGETHER;

    json_each(member, map)
    {
        struct str text = STR_INIT;

        if (is_section(member) || (together && is_unset(member)))
            continue;
        put_label(t, indent, json_key(member), width);
        if (is_money(t, map, member)) {
            text_thousands(&text, json_int(member, 0));
            str_add(&text, " WL");
        } else {
            text_value(member, &text);
        }
        put_value(t, json_key(member), text.len ? str_text(&text) : "-");
        str_release(&text);
    }
    if (together)
        put_words(t, indent, "unset", width, map, is_unset);
    json_each(member, map)
    {
        if (is_section(member))
            put_section(t, member, indent);
    }
}

void text_document(struct writer *w, const struct json *document)
{
    struct text_writer *t = (struct text_writer *)w;
    struct json *chosen = format_choose(&t->f, document);

    if (!chosen)
        return;
    put_map(t, chosen, 0);
    json_free(chosen);
    format_flush(&t->f, 0);
}
