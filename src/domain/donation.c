#include "tt/domain/donation.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

#define LINE_MOST 256 /* bytes of a line that can be one of ours */

/* --- from a message to lines --- */

static void add_line(struct str *out, const char *name, const char *value)
{
    if (!value)
        return;
    if (name) {
        size_t n = strlen(name);
        str_add(out, name);
        str_add(out, n && name[n - 1] == ':' ? " " : ": ");
    }
    str_add(out, value);
    str_add_char(out, '\n');
}

void donation_text(const struct json *message, struct str *out)
{
    add_line(out, NULL, json_get_string(message, "content"));
    json_each(embed, json_get(message, "embeds"))
    {
        add_line(out, NULL, json_get_string(embed, "title"));
        add_line(out, NULL, json_get_string(embed, "description"));
        json_each(field, json_get(embed, "fields"))
            add_line(out, json_get_string(field, "name"), json_get_string(field, "value"));
    }
}

/* --- from lines to a donation --- */

/* White space and the signs with which Discord's markup surrounds words. */
static bool is_wrapping(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '*' || c == '`' || c == '_' || c == '~' || c == '|';
}

/* The part of [FROM, TO) without its wrapping; false when it is too long for anything of ours. */
static bool unwrap(const char *from, const char *to, char out[LINE_MOST])
{
    while (from < to && is_wrapping(*from))
        from++;
    while (to > from && is_wrapping(to[-1]))
        to--;
    size_t n = (size_t)(to - from);
    if (n >= LINE_MOST)
        return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

enum line { LINE_GROWID, LINE_AMOUNT, LINE_COUNT };

struct line_name {
    const char *name;
    enum line line;
};
static const struct line_name line_names[] = {
    {"growid", LINE_GROWID}, {"deposit", LINE_AMOUNT}, {"jumlah", LINE_AMOUNT}};
static const char *const line_titles[LINE_COUNT] = {"GrowID", "Deposit"};

struct found {
    int count[LINE_COUNT];
    bool fits[LINE_COUNT];
    char value[LINE_COUNT][LINE_MOST];
};

static void take_line(struct found *found, const char *from, const char *to)
{
    char name[LINE_MOST];
    while (from < to && (is_wrapping(*from) || *from == '>' || *from == '-')) /* of a quote, of a list */
        from++;
    const char *colon = memchr(from, ':', (size_t)(to - from));
    if (!colon || !unwrap(from, colon, name))
        return;
    for (size_t i = 0; i < sizeof line_names / sizeof *line_names; i++) {
        enum line line = line_names[i].line;
        if (str_equal_nocase(name, line_names[i].name) && found->count[line]++ == 0)
            found->fits[line] = unwrap(colon + 1, to, found->value[line]);
    }
}

static int check(const struct found *found, enum line line, struct error *e)
{
    if (found->count[line] == 1 && found->fits[line])
        return 0;
    return error_set(e, ERROR_MALFORMED, NULL, "the line '%s: ...' is %s", line_titles[line],
                     found->count[line] == 0   ? "missing"
                     : found->count[line] == 1 ? "too long"
                                               : "there more than once");
}

int donation_parse(const char *text, const struct money_units *units, struct donation *out, struct error *e)
{
    struct found found = {0};
    *out = (struct donation){0};
    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\n");
        take_line(&found, line, end);
        line = *end ? end + 1 : end;
    }
    if (!found.count[LINE_GROWID] && !found.count[LINE_AMOUNT])
        return error_set(e, ERROR_NO_SUCH, NULL, "there is no donation in it");
    if (check(&found, LINE_GROWID, e) || growid_check("GrowID", found.value[LINE_GROWID], e))
        return -1;
    str_copy(out->growid, sizeof out->growid, found.value[LINE_GROWID]);
    if (check(&found, LINE_AMOUNT, e) ||
        money_parse("deposit", found.value[LINE_AMOUNT], units, &out->amount, e))
        return -1;
    if (out->amount > 0)
        return 0;
    return value_malformed(e, "deposit", found.value[LINE_AMOUNT], "more than nothing");
}
