#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tt/base/text.h"

/* The library copies a number into 64 bytes and cuts what is longer. */
#define NUMBER_MAX 63

struct scan {
    const char *text, *p, *end;
    const char *wrong;
    char open[JSON_DEPTH_MAX]; /* '{' or '[' of each level */
    int depth;
};

static bool wrong(struct scan *s, const char *what)
{
    if (!s->wrong)
        s->wrong = what;
    return false;
}

static char peek(const struct scan *s)
{
    return s->p < s->end ? *s->p : '\0';
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return wrong(s, "unexpected text");
    s->p += n;
    return true;
}

static int scan_hex4(struct scan *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++, s->p++) {
        char c = peek(s);
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* After "\u". */
static bool scan_unicode_escape(struct scan *s)
{
    int first = scan_hex4(s);
    if (first < 0)
        return wrong(s, "bad escape");
    if (first == 0)
        return wrong(s, "NUL character");
    if (first >= 0xdc00 && first <= 0xdfff)
        return wrong(s, "unpaired surrogate");
    if (first < 0xd800 || first > 0xdbff)
        return true;
    if (s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u')
        return wrong(s, "unpaired surrogate");
    s->p += 2;
    int second = scan_hex4(s);
    return (second >= 0xdc00 && second <= 0xdfff) || wrong(s, "unpaired surrogate");
}

static bool scan_string(struct scan *s)
{
    s->p++;
    while (s->p < s->end) {
        unsigned char c = (unsigned char)*s->p;
        if (c == '"') {
            s->p++;
            return true;
        }
        if (c < 0x20)
            return wrong(s, "control character in a string");
        if (c == '\\') {
            s->p++;
            char kind = peek(s);
            if (kind == '\0' || !strchr("\"\\/bfnrtu", kind))
                return wrong(s, "bad escape");
            s->p++;
            if (kind == 'u' && !scan_unicode_escape(s))
                return false;
        } else if (c < 0x80) {
            s->p++;
        } else {
            uint32_t codepoint;
            size_t n = text_decode(s->p, (size_t)(s->end - s->p), &codepoint);
            if (n == 1)
                return wrong(s, "invalid UTF-8");
            s->p += n;
        }
    }
    return wrong(s, "string without an end");
}

static int scan_digits(struct scan *s)
{
    const char *start = s->p;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->p++;
    return (int)(s->p - start < NUMBER_MAX ? s->p - start : NUMBER_MAX);
}

static bool scan_number(struct scan *s)
{
    const char *start = s->p;
    if (peek(s) == '-')
        s->p++;
    char first = peek(s);
    int whole = scan_digits(s), exponent = 0;
    if (whole == 0)
        return wrong(s, "unexpected text");
    if (first == '0' && whole > 1)
        return wrong(s, "number with a leading zero");
    if (peek(s) == '.') {
        s->p++;
        if (scan_digits(s) == 0)
            return wrong(s, "number without digits after the point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->p++;
        bool negative = peek(s) == '-';
        if (negative || peek(s) == '+')
            s->p++;
        const char *digits = s->p;
        if (scan_digits(s) == 0)
            return wrong(s, "number without digits in its exponent");
        for (; digits < s->p; digits++)
            if (exponent < 10000)
                exponent = exponent * 10 + (*digits - '0');
        if (negative)
            exponent = -exponent;
    }
    if (s->p - start > NUMBER_MAX)
        return wrong(s, "number of more than 63 characters");
    /* Below 1e308 for certain; what is near the end of a double's range has no use here. */
    return exponent + whole <= 308 || wrong(s, "number out of range");
}

static bool enter(struct scan *s)
{
    if (s->depth == JSON_DEPTH_MAX)
        return wrong(s, "nested too deep");
    s->open[s->depth++] = *s->p++;
    return true;
}

static bool scan_scalar(struct scan *s)
{
    switch (peek(s)) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return s->p < s->end ? scan_number(s) : wrong(s, "it ends too early");
    }
}

static bool scan_key(struct scan *s)
{
    skip_space(s);
    if (peek(s) != '"')
        return wrong(s, "expected a member's name");
    if (!scan_string(s))
        return false;
    skip_space(s);
    if (peek(s) != ':')
        return wrong(s, "expected ':'");
    s->p++;
    return true;
}

/* After a value: close what ends here. *MORE tells whether another value follows. */
static bool scan_after(struct scan *s, bool *more)
{
    for (; s->depth > 0; s->depth--, s->p++) {
        skip_space(s);
        char open = s->open[s->depth - 1];
        if (peek(s) == ',') {
            s->p++;
            *more = true;
            return open == '[' || scan_key(s);
        }
        if (peek(s) != (open == '[' ? ']' : '}'))
            return wrong(s, "expected ',' or the end of a list or object");
    }
    *more = false;
    return true;
}

static bool scan_document(struct scan *s)
{
    for (bool more = true; more;) {
        skip_space(s);
        char c = peek(s);
        if (c == '[' || c == '{') {
            if (!enter(s))
                return false;
            skip_space(s);
            if (peek(s) != (c == '[' ? ']' : '}')) {
                if (c == '{' && !scan_key(s))
                    return false;
                continue;
            }
        } else if (!scan_scalar(s)) {
            return false;
        }
        if (!scan_after(s, &more))
            return false;
    }
    skip_space(s);
    return s->p == s->end || wrong(s, "text after the end");
}

const char *json_scan(const char *text, size_t len, size_t *at)
{
    struct scan s = {.text = text, .p = text, .end = text + len};
    scan_document(&s);
    *at = (size_t)(s.p - text);
    return s.wrong;
}
