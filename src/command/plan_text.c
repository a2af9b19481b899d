/* A --dry-run's plan for people: one line a row, one line a call. */
#include "tt/command/command.h"

#include "tt/base/text.h"

#define GIST_CELLS 60

static void value_text(const struct json *value, struct str *out)
{
    struct str text = STR_INIT;
    const char *string = json_string(value);

    if (!value || json_is(value, JSON_NULL))
        str_add(&text, "none");
    else if (string)
        str_add(&text, string);
    else
        json_print(value, &text);
    struct str cut = STR_INIT;
    str_add_bytes(&cut, str_text(&text), text_prefix(str_text(&text), GIST_CELLS));
    text_safe(out, str_text(&cut));
    if (cut.len < text.len)
        str_add(out, "...");
    str_release(&cut);
    str_release(&text);
}

/* "enabled: 0 -> 1"; of a row that comes or goes only the side that there is. */
static void columns(const struct json *before, const struct json *after, struct str *out)
{
    bool comes = !json_is(before, JSON_OBJECT), goes = !json_is(after, JSON_OBJECT);

    str_add(out, comes ? "  new" : goes ? "  removed" : "");
    json_each(column, goes ? before : after)
    {
        const char *name = json_key(column);

        str_addf(out, "  %s: ", name);
        if (!comes && !goes) {
            value_text(json_get(before, name), out);
            str_add(out, " -> ");
        }
        value_text(column, out);
    }
}

static void row_text(const struct json *row, struct str *out)
{
    const char *table = json_get_string(row, "table");

    str_addf(out, "  %s", table ? table : "?");
    json_each(part, json_get(row, "key"))
    {
        str_add_char(out, ' ');
        value_text(part, out);
    }
    columns(json_get(row, "before"), json_get(row, "after"), out);
    str_add_char(out, '\n');
}

/* What a body is about, and how long it is. */
static void gist(const struct json *body, struct str *out)
{
    struct str text = STR_INIT;
    const char *content = json_get_string(body, "content");

    json_print(body, &text);
    if (json_is(body, JSON_ARRAY))
        str_addf(out, "  %zu entries, %zu bytes", json_count(body), text.len);
    else if (content && text.len > GIST_CELLS)
        str_addf(out, "  a message of %zu bytes", strlen(content));
    else if (text.len <= GIST_CELLS)
        str_addf(out, "  %s", str_text(&text));
    else
        str_addf(out, "  %zu bytes", text.len);
    str_release(&text);
}

static void call_text(const struct json *call, struct str *out)
{
    const char *method = json_get_string(call, "method"), *path = json_get_string(call, "path");
    const struct json *body = json_get(call, "body");

    str_addf(out, "  %-5s %s", method ? method : "?", path ? path : "?");
    if (body && !json_is(body, JSON_NULL))
        gist(body, out);
    str_add_char(out, '\n');
}

void plan_text(const struct json *plan, struct str *out)
{
    const struct json *rows = json_get(plan, "database"), *calls = json_get(plan, "discord"),
                      *undoes = json_get(plan, "undoes");
    long long n = (long long)json_get_int(plan, "calls", 0),
              seconds = (long long)json_get_int(plan, "seconds", 0);

    if (undoes) {
        str_addf(out, "about audit %lld: ", (long long)json_get_int(undoes, "audit", 0));
        text_safe(out, json_get_string(undoes, "command"));
        str_add_char(out, '\n');
    }
    if (!json_count(rows) && !json_count(calls)) {
        str_add(out, "nothing would change, and Discord would not be asked\n");
        return;
    }
    str_add(out,
            json_count(rows) ? "would change in the database:\n" : "nothing would change in the database\n");
    json_each(row, rows) row_text(row, out);
    if (!json_count(calls))
        str_add(out, "Discord would not be asked\n");
    else
        str_addf(out, "would ask Discord (%lld call%s, about %lld s):\n", n, n == 1 ? "" : "s", seconds);
    json_each(call, calls) call_text(call, out);
}
