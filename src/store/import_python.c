/* A small reader of what Python's str() makes of plain values. */
#include "import.h"

#include <stdlib.h>

#include "tt/base/text.h"

#define DEPTH 32
#define NUMBER_TEXT 40

struct reader {
    const char *p, *end;
    int depth;
};

static struct json *value(struct reader *r);

static void blanks(struct reader *r)
{
    while (r->p < r->end && strchr(" \t\r\n", *r->p))
        r->p++;
}

static bool take(struct reader *r, char c)
{
    blanks(r);
    if (r->p >= r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static int hex(struct reader *r, int digits, uint32_t *out)
{
    static const char signs[] = "0123456789abcdef";

    for (*out = 0; digits > 0; digits--, r->p++) {
        const char *at = r->p < r->end && *r->p >= '0' ? strchr(signs, *r->p | 0x20) : NULL;
        if (!at || !*at)
            return -1;
        *out = *out * 16 + (uint32_t)(at - signs);
    }
    return 0;
}

/* After the backslash. */
static int escape(struct reader *r, struct str *out)
{
    static const char names[] = "\\'\"nrtabfv", values[] = "\\'\"\n\r\t\a\b\f\v";
    static const struct {
        char name;
        int digits;
    } codes[] = {{'x', 2}, {'u', 4}, {'U', 8}};
    uint32_t code = 0;

    if (r->p >= r->end)
        return -1;
    char c = *r->p++;
    const char *at = c ? strchr(names, c) : NULL;
    if (at) {
        str_add_char(out, values[at - names]);
        return 0;
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].name != c)
            continue;
        if (hex(r, codes[i].digits, &code) || !code || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return -1;
        text_encode(code, out);
        return 0;
    }
    return -1;
}

static int quoted(struct reader *r, struct str *out)
{
    char quote = *r->p++;

    while (r->p < r->end && *r->p != quote) {
        char c = *r->p++;
        if (c != '\\')
            str_add_char(out, c);
        else if (escape(r, out))
            return -1;
    }
    if (r->p >= r->end)
        return -1;
    r->p++;
    return 0;
}

static struct json *string(struct reader *r)
{
    struct str text = STR_INIT;
    struct json *j = quoted(r, &text) ? NULL : json_new_string(str_text(&text));

    str_release(&text);
    return j;
}

/* Ids lie there as bare numbers: one that a double cannot hold becomes text. */
static struct json *number(struct reader *r)
{
    char text[NUMBER_TEXT];
    size_t n = 0;
    bool whole = true;

    while (r->p < r->end && *r->p && strchr("+-.0123456789eE", *r->p) && n < sizeof text - 1) {
        whole = whole && !strchr(".eE", *r->p);
        text[n++] = *r->p++;
    }
    text[n] = '\0';
    char *end = text;
    double d = strtod(text, &end);
    if (!n || *end || d - d != 0)
        return NULL;
    return whole && (d > 9007199254740992.0 || d < -9007199254740992.0) ? json_new_string(text)
                                                                        : json_new_number(d);
}

static struct json *items(struct reader *r, char close)
{
    struct json *array = json_new_array();

    r->p++;
    while (!take(r, close)) {
        struct json *item = value(r);
        if (item)
            json_push(array, item);
        blanks(r);
        if (!item || (!take(r, ',') && (r->p >= r->end || *r->p != close))) {
            json_free(array);
            return NULL;
        }
    }
    return array;
}

/* "key": value */
static int member(struct reader *r, struct json *object)
{
    struct str key = STR_INIT;
    struct json *item = NULL;

    blanks(r);
    if (r->p < r->end && (*r->p == '\'' || *r->p == '"') && !quoted(r, &key) && take(r, ':'))
        item = value(r);
    if (item)
        json_set(object, str_text(&key), item);
    str_release(&key);
    return item ? 0 : -1;
}

static struct json *dict(struct reader *r)
{
    struct json *object = json_new_object();

    r->p++;
    while (!take(r, '}')) {
        bool good = member(r, object) == 0;
        blanks(r);
        if (!good || (!take(r, ',') && (r->p >= r->end || *r->p != '}'))) {
            json_free(object);
            return NULL;
        }
    }
    return object;
}

static struct json *word(struct reader *r)
{
    static const char *const words[] = {"True", "False", "None", "true", "false", "null"};
    size_t i = 0;

    for (; i < sizeof words / sizeof *words; i++)
        if ((size_t)(r->end - r->p) >= strlen(words[i]) && memcmp(r->p, words[i], strlen(words[i])) == 0)
            break;
    if (i == sizeof words / sizeof *words)
        return number(r);
    r->p += strlen(words[i]);
    return i % 3 == 2 ? json_new_null() : json_new_bool(i % 3 == 0);
}

static struct json *value(struct reader *r)
{
    struct json *j = NULL;

    blanks(r);
    if (r->p >= r->end || r->depth >= DEPTH)
        return NULL;
    r->depth++;
    if (*r->p == '{')
        j = dict(r);
    else if (*r->p == '[' || *r->p == '(')
        j = items(r, *r->p == '[' ? ']' : ')');
    else
        j = *r->p == '\'' || *r->p == '"' ? string(r) : word(r);
    r->depth--;
    return j;
}

struct json *python_parse(const char *text, size_t n)
{
    struct reader r = {.p = text, .end = text + n};
    struct json *j = text_valid(text, n) ? value(&r) : NULL;

    blanks(&r);
    if (j && r.p != r.end) {
        json_free(j);
        return NULL;
    }
    return j;
}
