#include "tt/base/mem.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*exhausted_hook)(void);

void mem_on_exhausted(void (*hook)(void))
{
    exhausted_hook = hook;
}

static _Noreturn void exhausted(void)
{
    void (*hook)(void) = exhausted_hook;
    exhausted_hook = NULL; /* once, also when the hook itself runs out of memory */
    if (hook)
        hook();
    static const char text[] = "tenanttui: out of memory\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    abort();
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        exhausted();
    return p;
}

void *mem_zero(size_t count, size_t size)
{
    void *p = count && size ? calloc(count, size) : calloc(1, 1);
    if (!p)
        exhausted();
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        exhausted();
    void *q = realloc(p, bytes ? bytes : 1);
    if (!q)
        exhausted();
    return q;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
    n = strnlen(s, n);
    char *copy = mem_alloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *mem_format(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        exhausted();
    return text;
}

void mem_reverse(void *items, size_t count, size_t size)
{
    unsigned char *first = items, *last = first;
    if (count > 1)
        last += (count - 1) * size;
    for (; first < last; first += size, last -= size)
        for (size_t i = 0; i < size; i++) {
            unsigned char swap = first[i];
            first[i] = last[i];
            last[i] = swap;
        }
}

void mem_wipe(void *p, size_t size)
{
    if (p)
        sodium_memzero(p, size);
}
