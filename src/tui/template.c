/* Command lines from templates and rows. */
#include "keymap.h"

#include "tt/command/command.h"

static void add_text(const struct json *value, struct str *out)
{
    if (json_string(value))
        str_add(out, json_string(value));
    else if (json_type(value) == JSON_ARRAY)
        json_each(item, value)
        {
            str_add(out, item == json_first(value) ? "" : ",");
            add_text(item, out);
        }
    else
        json_print(value, out);
}

/* A value as a word of a command line; a list's items stand in one word. */
static bool add_word(const struct json *value, struct str *out)
{
    struct str text = STR_INIT;
    if (!value || json_type(value) == JSON_NULL)
        return false;
    add_text(value, &text);
    word_quote(str_text(&text), out);
    str_release(&text);
    return true;
}

static const struct json *find(const struct json *row, const struct json *owner, const char *path)
{
    const struct json *value = json_at(row, path);
    return value ? value : json_at(owner, path);
}

/* One place without its braces. */
static bool fill_place(const char *place, const struct json *row, const struct json *owner, struct str *out)
{
    size_t end = strcspn(place, "?|");
    struct str path = STR_INIT;
    str_add_bytes(&path, place, end);
    const struct json *value = find(row, owner, str_text(&path));
    bool known = value != NULL;
    if (place[end] == '?') {
        const char *yes = place + end + 1, *colon = strchr(yes, ':');
        size_t yes_len = colon ? (size_t)(colon - yes) : strlen(yes);
        if (json_bool(value, false))
            str_add_bytes(out, yes, yes_len);
        else
            str_add(out, colon ? colon + 1 : "");
    } else {
        known = add_word(value, out) || place[end] == '|';
    }
    str_release(&path);
    return known;
}

void template_show(const char *template, struct str *out)
{
    for (const char *at = template; *at;) {
        size_t before = strcspn(at, "{");
        str_add_bytes(out, at, before);
        at += before;
        if (!*at)
            return;
        size_t end = strcspn(at, "}"), path = strcspn(at, "?|}");
        bool either = at[path] == '?';
        const char *from = either ? at + path + 1 : at + 1, *to = either ? at + end : at + path;
        str_add_char(out, '<');
        for (; from < to; from++)
            str_add_char(out, either && *from == ':' ? '|' : *from);
        str_add_char(out, '>');
        at += end + (at[end] == '}');
    }
}

bool template_fill(const char *template, const struct json *row, const struct json *owner, struct str *out)
{
    for (const char *at = template; *at;) {
        const char *open = strchr(at, '{'), *end = open ? strchr(open, '}') : NULL;
        if (!end) {
            str_add(out, at);
            return true;
        }
        str_add_bytes(out, at, (size_t)(open - at));
        struct str place = STR_INIT;
        str_add_bytes(&place, open + 1, (size_t)(end - open - 1));
        bool known = fill_place(str_text(&place), row, owner, out);
        str_release(&place);
        if (!known)
            return false;
        at = end + 1;
    }
    return true;
}
