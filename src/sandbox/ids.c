#include "ids.h"

#define LONG_NUMBER 16

static size_t digits(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

/* The length of a string with its quotes. */
static size_t quoted(const char *p, const char *end)
{
    const char *q = p + 1;
    while (q < end && *q != '"')
        q += *q == '\\' ? 2 : 1;
    return q < end ? (size_t)(q - p) + 1 : (size_t)(end - p);
}

struct json *parse_with_ids(const char *text, size_t n)
{
    struct str out = STR_INIT;
    const char *end = text + n;
    for (const char *p = text; p < end;) {
        size_t len = 1;
        bool id = false;
        if (*p == '"') {
            len = quoted(p, end);
        } else if (*p >= '1' && *p <= '9' && (p == text || strchr(" \t\r\n,:[", p[-1]))) {
            len = digits(p, end);
            id = len >= LONG_NUMBER && (p + len == end || strchr(" \t\r\n,]}", p[len]));
        }
        if (id)
            str_add_char(&out, '"');
        str_add_bytes(&out, p, len);
        if (id)
            str_add_char(&out, '"');
        p += len;
    }
    struct json *doc = json_parse(out.data ? out.data : "", out.len, NULL);
    str_release(&out);
    return doc;
}
