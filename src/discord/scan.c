#include "scan.h"

#include <stdbool.h>
#include <string.h>

struct cursor {
    const char *p, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t'))
        c->p++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->p >= c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

/* Behind the opening quote: to behind the closing one. A quote is closing when an even number of backslashes
 * stands before it. */
static bool skip_string(struct cursor *c)
{
    const char *start = c->p;
    for (;;) {
        const char *q = memchr(c->p, '"', (size_t)(c->end - c->p));
        if (!q)
            return false;
        c->p = q + 1;
        const char *b = q;
        while (b > start && b[-1] == '\\')
            b--;
        if (((q - b) & 1) == 0)
            return true;
    }
}

/* The characters that end a run inside objects and arrays. */
static const unsigned char stops[256] = {['"'] = 1, ['{'] = 1, ['}'] = 1, ['['] = 1, [']'] = 1};

static bool skip_nested(struct cursor *c)
{
    size_t depth = 0;
    while (c->p < c->end) {
        while (c->end - c->p >= 4 && !(stops[(unsigned char)c->p[0]] | stops[(unsigned char)c->p[1]] |
                                       stops[(unsigned char)c->p[2]] | stops[(unsigned char)c->p[3]]))
            c->p += 4;
        if (c->p == c->end)
            return false;
        char ch = *c->p++;
        if (ch == '"') {
            if (!skip_string(c))
                return false;
        } else if (ch == '{' || ch == '[')
            depth++;
        else if ((ch == '}' || ch == ']') && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_value(struct cursor *c)
{
    skip_space(c);
    if (c->p >= c->end)
        return false;
    if (*c->p == '{' || *c->p == '[')
        return skip_nested(c);
    if (*c->p == '"') {
        c->p++;
        return skip_string(c);
    }
    const char *start = c->p;
    while (c->p < c->end && *c->p != ',' && *c->p != '}' && *c->p != ' ' && *c->p != '\n' && *c->p != '\r' &&
           *c->p != '\t')
        c->p++;
    return c->p > start;
}

/* A name or a type without escapes; anything else is for the parser. */
static bool plain_string(struct cursor *c, const char **text, size_t *len)
{
    if (!take(c, '"'))
        return false;
    const char *start = c->p, *q = memchr(start, '"', (size_t)(c->end - start));
    if (!q || memchr(start, '\\', (size_t)(q - start)))
        return false;
    *text = start;
    *len = (size_t)(q - start);
    c->p = q + 1;
    return true;
}

static bool is_null(struct cursor *c)
{
    skip_space(c);
    if (c->end - c->p < 4 || memcmp(c->p, "null", 4) != 0)
        return false;
    c->p += 4;
    return true;
}

static bool plain_number(struct cursor *c, int64_t *n)
{
    skip_space(c);
    const char *start = c->p;
    int64_t value = 0;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9' && c->p - start < 16)
        value = value * 10 + (*c->p++ - '0');
    bool leading_zero = c->p - start > 1 && *start == '0';
    if (c->p == start || c->p == c->end || leading_zero)
        return false;
    *n = value;
    return *c->p == ',' || *c->p == '}' || *c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t';
}

enum member { MEMBER_OP = 1, MEMBER_TYPE = 2, MEMBER_SEQUENCE = 4, MEMBER_ALL = 7 };

static enum member member_of(const char *name, size_t len)
{
    if (len == 1 && name[0] == 't')
        return MEMBER_TYPE;
    if (len == 1 && name[0] == 's')
        return MEMBER_SEQUENCE;
    return len == 2 && name[0] == 'o' && name[1] == 'p' ? MEMBER_OP : 0;
}

static bool read_member(struct cursor *c, enum member which, struct scan *out)
{
    if (which == MEMBER_OP)
        return plain_number(c, &out->op);
    if (is_null(c))
        return true;
    if (which == MEMBER_TYPE)
        return plain_string(c, &out->type, &out->type_len);
    return plain_number(c, &out->sequence);
}

enum scan_result scan_frame(const char *text, size_t len, struct scan *out)
{
    struct cursor c = {text, text + len};
    unsigned seen = 0;
    *out = (struct scan){.op = -1, .sequence = -1};
    if (!take(&c, '{'))
        return SCAN_UNSURE;
    for (;;) {
        const char *name;
        size_t name_len;
        if (!plain_string(&c, &name, &name_len) || !take(&c, ':'))
            return SCAN_UNSURE;
        enum member which = member_of(name, name_len);
        bool fresh = which && !(seen & which);
        if (fresh ? !read_member(&c, which, out) : !skip_value(&c))
            return SCAN_UNSURE;
        seen |= which;
        if (seen == MEMBER_ALL)
            return SCAN_OK;
        if (take(&c, ','))
            continue;
        return take(&c, '}') && (seen & MEMBER_OP) ? SCAN_OK : SCAN_UNSURE;
    }
}
