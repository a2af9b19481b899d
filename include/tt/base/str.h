/* A growable byte string. `struct str s = STR_INIT;` is empty and needs no memory; str_release()
 * accepts it at any time. data is NUL-terminated whenever it is not NULL. */
#ifndef TT_BASE_STR_H
#define TT_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    char *data;
    size_t len; /* bytes without the terminator */
    size_t cap;
};

#define STR_INIT \
    {            \
        0        \
    }

void str_release(struct str *s); /* frees; s is empty afterwards */
void str_wipe(struct str *s);    /* zeroes the bytes, then releases: for secrets */
void str_clear(struct str *s);   /* length 0, memory kept */
void str_reserve(struct str *s, size_t extra);
void str_add(struct str *s, const char *text); /* NULL adds nothing */
void str_add_bytes(struct str *s, const void *bytes, size_t n);
void str_add_char(struct str *s, char c);
void str_add_repeat(struct str *s, char c, size_t n);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *format, va_list args);
void str_cut(struct str *s, size_t len);   /* shorten to len bytes */
void str_trim(struct str *s);              /* ASCII white space off both ends */
const char *str_text(const struct str *s); /* never NULL; borrowed until the next change */
char *str_take(struct str *s);             /* the heap string (never NULL), s becomes empty */

/* Helpers on C strings. All borrow. */
bool str_equal(const char *a, const char *b);        /* NULL equals only NULL */
bool str_equal_nocase(const char *a, const char *b); /* ASCII */
bool str_starts(const char *s, const char *prefix);
/* Copy with truncation at a UTF-8 boundary; always terminates; returns false when cut. */
bool str_copy(char *to, size_t size, const char *from);

#endif
