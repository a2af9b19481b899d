/* Printing: one walk for the compact, pretty and canonical forms. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/json.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define DIGITS_MAX 17 /* significant digits that tell any two doubles apart */

enum form { FORM_COMPACT, FORM_PRETTY, FORM_CANONICAL };

static bool reads_back(double n, const char *digits, int count, int exponent)
{
    char text[48];
    /* Without a decimal point, which would be the locale's. */
    snprintf(text, sizeof text, "%se%d", digits, exponent - (count - 1));
    double back = strtod(text, NULL);
    return back >= n && back <= n;
}

/* The next larger number of as many digits; false where that would need one more. */
static bool step_up(char *digits, int count)
{
    int i = count - 1;
    while (i >= 0 && digits[i] == '9')
        digits[i--] = '0';
    if (i < 0)
        return false;
    digits[i]++;
    return true;
}

/* The fewest significant digits that read back as N (N > 0), and the exponent of the first. Just above a
 * power of two the doubles lie twice as far apart as below, so where the nearest number of COUNT digits lies
 * below N and reads as another double, the one above may still read as N. */
static int shortest_digits(double n, char digits[DIGITS_MAX + 1], int *exponent)
{
    char text[40];
    int count = 0;
    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        const char *c = text;
        snprintf(text, sizeof text, "%.*e", precision, n);
        for (count = 0; *c && *c != 'e'; c++)
            if (*c >= '0' && *c <= '9')
                digits[count++] = *c;
        digits[count] = '\0';
        *exponent = *c ? (int)strtol(c + 1, NULL, 10) : 0;
        if (reads_back(n, digits, count, *exponent) ||
            (step_up(digits, count) && reads_back(n, digits, count, *exponent)))
            break;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return count;
}

/* ECMAScript's Number::toString, as RFC 8785 asks. */
static void print_number(double n, struct str *out)
{
    if (isnan(n) || isinf(n)) {
        str_add(out, "null");
        return;
    }
    if (n < 0) {
        str_add_char(out, '-');
        n = -n;
    }
    if (!(n > 0)) {
        str_add_char(out, '0');
        return;
    }
    char digits[DIGITS_MAX + 1];
    int exponent, count = shortest_digits(n, digits, &exponent), point = exponent + 1;
    if (point > 21 || point < -5) {
        str_add_char(out, digits[0]);
        if (count > 1)
            str_addf(out, ".%s", digits + 1);
        str_addf(out, "e%c%d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
    } else if (point <= 0) {
        str_add(out, "0.");
        str_add_repeat(out, '0', (size_t)-point);
        str_add(out, digits);
    } else {
        str_add_bytes(out, digits, (size_t)(count < point ? count : point));
        if (count > point)
            str_addf(out, ".%s", digits + point);
        if (count < point)
            str_add_repeat(out, '0', (size_t)(point - count));
    }
}

void json_print_string(const char *s, struct str *out)
{
    static const char named[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    size_t left = s ? strlen(s) : 0;
    uint32_t c;
    str_add_char(out, '"');
    for (size_t n; (n = text_decode(s, left, &c)) > 0; s += n, left -= n) {
        if (c == '"' || c == '\\')
            str_addf(out, "\\%c", (char)c);
        else if (c < sizeof named && named[c])
            str_addf(out, "\\%c", named[c]);
        else if (c < 0x20)
            str_addf(out, "\\u%04x", (unsigned)c);
        else if (n == 1 && c >= 0x80)
            text_encode(c, out);
        else
            str_add_bytes(out, s, n);
    }
    str_add_char(out, '"');
}

/* Order by UTF-16 units: UTF-8's own order, but for what is above U+FFFF, whose surrogates sort before
 * U+E000..U+FFFF. */
static uint32_t utf16_rank(uint32_t c)
{
    return c > 0xffff ? 0xd800 : c >= 0xe000 ? c + 0x10000 : c;
}

static int compare_utf16(const char *a, const char *b)
{
    size_t a_left = strlen(a), b_left = strlen(b);
    for (;;) {
        uint32_t x, y;
        size_t n = text_decode(a, a_left, &x), m = text_decode(b, b_left, &y);
        if (n == 0 || m == 0)
            return (n > 0) - (m > 0);
        uint32_t p = utf16_rank(x), q = utf16_rank(y);
        if (p == q)
            p = x, q = y;
        if (p != q)
            return p < q ? -1 : 1;
        a += n, a_left -= n;
        b += m, b_left -= m;
    }
}

static int compare_members(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    return compare_utf16((*x)->string, (*y)->string);
}

static void line(struct str *out, enum form form, int depth)
{
    if (form != FORM_PRETTY)
        return;
    str_add_char(out, '\n');
    str_add_repeat(out, ' ', 2 * (size_t)depth);
}

static void print(const cJSON *j, enum form form, int depth, struct str *out);

static void print_child(const cJSON *child, bool member, bool first, enum form form, int depth,
                        struct str *out)
{
    if (!first)
        str_add_char(out, ',');
    line(out, form, depth);
    if (member) {
        json_print_string(child->string, out);
        str_add(out, form == FORM_PRETTY ? ": " : ":");
    }
    print(child, form, depth, out);
}

static void print_sorted(const cJSON *j, int depth, struct str *out)
{
    size_t n = json_count((const struct json *)j), i = 0;
    const cJSON **members = mem_zero(n + 1, sizeof *members);
    for (const cJSON *c = j->child; c; c = c->next)
        members[i++] = c;
    qsort(members, n, sizeof *members, compare_members);
    for (i = 0; i < n; i++)
        print_child(members[i], true, i == 0, FORM_CANONICAL, depth, out);
    free(members);
}

static void print_children(const cJSON *j, enum form form, int depth, struct str *out)
{
    bool object = cJSON_IsObject(j);
    str_add_char(out, object ? '{' : '[');
    if (object && form == FORM_CANONICAL)
        print_sorted(j, depth + 1, out);
    else
        for (const cJSON *c = j->child; c; c = c->next)
            print_child(c, object, c == j->child, form, depth + 1, out);
    if (j->child)
        line(out, form, depth);
    str_add_char(out, object ? '}' : ']');
}

static void print(const cJSON *j, enum form form, int depth, struct str *out)
{
    if (cJSON_IsObject(j) || cJSON_IsArray(j))
        print_children(j, form, depth, out);
    else if (cJSON_IsString(j))
        json_print_string(j->valuestring, out);
    else if (cJSON_IsNumber(j))
        print_number(j->valuedouble, out);
    else
        str_add(out, cJSON_IsTrue(j) ? "true" : cJSON_IsFalse(j) ? "false" : "null");
}

void json_print(const struct json *j, struct str *out)
{
    print((const cJSON *)j, FORM_COMPACT, 0, out);
}

void json_print_pretty(const struct json *j, struct str *out)
{
    print((const cJSON *)j, FORM_PRETTY, 0, out);
}

void json_print_canonical(const struct json *j, struct str *out)
{
    print((const cJSON *)j, FORM_CANONICAL, 0, out);
}
