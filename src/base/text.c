#include "tt/base/text.h"

#include <string.h>

#include "width_table.h"

#define REPLACEMENT 0xfffd
#define NEAR_MAX 48 /* bytes of the longest word that is compared */

/* Bytes of the well-formed character at S, 0 where there is none. The second byte's range excludes overlong
 * forms, surrogates and what lies above U+10FFFF (Unicode 3.9, table 3-7). */
static size_t well_formed(const unsigned char *s, size_t len)
{
    unsigned char first = s[0];
    if (first < 0x80)
        return 1;
    unsigned char low = 0x80, high = 0xbf;
    size_t n = first >= 0xc2 && first <= 0xdf   ? 2
               : (first & 0xf0) == 0xe0         ? 3
               : first >= 0xf0 && first <= 0xf4 ? 4
                                                : 0;
    if (n == 0 || n > len)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    if (first == 0xed)
        high = 0x9f;
    if (first == 0xf0)
        low = 0x90;
    if (first == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool text_valid(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    while (len > 0) {
        size_t n = *p ? well_formed(p, len) : 0;
        if (n == 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

size_t text_decode(const char *s, size_t len, uint32_t *codepoint)
{
    const unsigned char *p = (const unsigned char *)s;
    *codepoint = 0;
    if (len == 0)
        return 0;
    size_t n = well_formed(p, len);
    if (n == 0) {
        *codepoint = REPLACEMENT;
        return 1;
    }
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = p[0] & mask[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fu);
    *codepoint = c;
    return n;
}

void text_encode(uint32_t c, struct str *out)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = REPLACEMENT;
    char b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        b[i] = (char)(0x80 | (c & 0x3f));
    b[0] = (char)(lead[n] | c);
    str_add_bytes(out, b, n);
}

size_t text_length(const char *s)
{
    size_t left = strlen(s), count = 0;
    uint32_t c;
    for (size_t n; (n = text_decode(s, left, &c)) > 0; s += n, left -= n)
        count++;
    return count;
}

size_t text_prefix(const char *s, size_t characters)
{
    size_t left = strlen(s), at = 0;
    uint32_t c;
    for (size_t n; characters > 0 && (n = text_decode(s + at, left - at, &c)) > 0; at += n)
        characters--;
    return at;
}

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else if (c < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

int text_char_width(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return 0;
    if (c < 0x300)
        return 1;
    if (in_ranges(c, zero_width, sizeof zero_width / sizeof *zero_width))
        return 0;
    return in_ranges(c, double_width, sizeof double_width / sizeof *double_width) ? 2 : 1;
}

size_t text_width(const char *s)
{
    size_t left = strlen(s), width = 0;
    uint32_t c;
    for (size_t n; (n = text_decode(s, left, &c)) > 0; s += n, left -= n)
        width += (size_t)text_char_width(c);
    return width;
}

/* Bytes of the longest beginning of S that takes at most CELLS, with the marks that combine with its end. */
static size_t prefix_of_cells(const char *s, size_t cells, size_t *used)
{
    size_t left = strlen(s), at = 0;
    uint32_t c;
    *used = 0;
    for (size_t n; (n = text_decode(s + at, left - at, &c)) > 0; at += n) {
        size_t width = (size_t)text_char_width(c);
        if (*used + width > cells)
            break;
        *used += width;
    }
    return at;
}

void text_fit(struct str *out, const char *s, size_t cells, bool right, bool ascii)
{
    size_t used, bytes = prefix_of_cells(s, cells, &used);
    const char *mark = "";
    if (s[bytes] && cells > 0) {
        bytes = prefix_of_cells(s, cells - 1, &used);
        mark = ascii ? "~" : "…";
        used++;
    }
    size_t pad = cells - used;
    if (right)
        str_add_repeat(out, ' ', pad);
    str_add_bytes(out, s, bytes);
    str_add(out, mark);
    if (!right)
        str_add_repeat(out, ' ', pad);
}

bool text_char_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void text_safe(struct str *out, const char *s)
{
    size_t left = strlen(s);
    uint32_t c;
    for (size_t n; (n = text_decode(s, left, &c)) > 0; s += n, left -= n) {
        if (n == 1 && c == REPLACEMENT)
            str_addf(out, "\\x%02x", (unsigned)(unsigned char)*s);
        else if (!text_char_unsafe(c))
            str_add_bytes(out, s, n);
        else if (c == '\n' || c == '\r' || c == '\t')
            str_add(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else
            str_addf(out, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    }
}

/* Words are compared without case, and `-` is `_`. */
static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' ? '_' : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance in which a swap of neighbours is one step (optimal string alignment). */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAR_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = fold(a[i - 1]), y = fold(b[j - 1]);
            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_len];
}

static bool begins(const char *candidate, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (fold(candidate[i]) != fold(word[i]))
            return false;
    return true;
}

const char *text_nearest(const char *word, const char *const *candidates)
{
    size_t len = strlen(word);
    if (len == 0 || len > NEAR_MAX)
        return NULL;
    /* One slip in a short word, more in a longer one; never as many as it has letters. */
    size_t limit = len <= 1 ? 0 : len <= 5 ? 1 : len <= 8 ? 2 : 3;
    const char *nearest = NULL, *completed = NULL;
    for (; *candidates; candidates++) {
        size_t other = strlen(*candidates);
        if (other > NEAR_MAX || other == 0)
            continue;
        size_t steps = distance(word, len, *candidates, other);
        if (steps <= limit && (!nearest || steps < limit)) {
            nearest = *candidates;
            if (steps == 0)
                break;
            limit = steps;
        }
        if (!completed && len >= 2 && len < other && begins(*candidates, word, len))
            completed = *candidates;
    }
    return nearest ? nearest : completed;
}
