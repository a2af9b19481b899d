#include "tt/base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"

void str_release(struct str *s)
{
    free(s->data);
    *s = (struct str)STR_INIT;
}

void str_wipe(struct str *s)
{
    mem_wipe(s->data, s->cap);
    str_release(s);
}

void str_clear(struct str *s)
{
    str_cut(s, 0);
}

void str_reserve(struct str *s, size_t extra)
{
    size_t need;
    if (__builtin_add_overflow(s->len, extra, &need) || __builtin_add_overflow(need, (size_t)1, &need))
        need = SIZE_MAX; /* cannot be had: mem_resize ends the program */
    if (need <= s->cap)
        return;
    size_t cap = s->cap < 16 ? 32 : s->cap > SIZE_MAX / 2 ? SIZE_MAX : s->cap * 2;
    if (cap < need)
        cap = need;
    s->data = mem_resize(s->data, cap, 1);
    s->cap = cap;
    s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
    if (text)
        str_add_bytes(s, text, strlen(text));
}

void str_add_bytes(struct str *s, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    str_reserve(s, n);
    memcpy(s->data + s->len, bytes, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void str_add_char(struct str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void str_add_repeat(struct str *s, char c, size_t n)
{
    if (n == 0)
        return;
    str_reserve(s, n);
    memset(s->data + s->len, c, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str_addv(s, format, args);
    va_end(args);
}

void str_addv(struct str *s, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n <= 0)
        return;
    str_reserve(s, (size_t)n);
    vsnprintf(s->data + s->len, (size_t)n + 1, format, args);
    s->len += (size_t)n;
}

void str_cut(struct str *s, size_t len)
{
    if (!s->data || len >= s->len)
        return;
    s->len = len;
    s->data[len] = '\0';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void str_trim(struct str *s)
{
    if (!s->data)
        return;
    size_t end = s->len, start = 0;
    while (end > 0 && is_space(s->data[end - 1]))
        end--;
    while (start < end && is_space(s->data[start]))
        start++;
    str_cut(s, end);
    if (start == 0)
        return;
    memmove(s->data, s->data + start, end - start + 1);
    s->len = end - start;
}

const char *str_text(const struct str *s)
{
    return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
    char *text = s->data ? s->data : mem_strdup("");
    *s = (struct str)STR_INIT;
    return text;
}

bool str_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_equal_nocase(const char *a, const char *b)
{
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    for (; lower(*a) == lower(*b); a++, b++)
        if (!*a)
            return true;
    return false;
}

bool str_starts(const char *s, const char *prefix)
{
    return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_copy(char *to, size_t size, const char *from)
{
    if (size == 0)
        return false;
    size_t n = strlen(from);
    bool whole = n < size;
    if (!whole) {
        n = size - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    }
    memmove(to, from, n);
    to[n] = '\0';
    return whole;
}
