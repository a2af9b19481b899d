/* Memory that never fails: out of memory calls the abort hook (a face restores its terminal there)
 * and aborts. Everything is released with free(). */
#ifndef TT_BASE_MEM_H
#define TT_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                         /* uninitialised; size 0 gives a unique pointer */
void *mem_zero(size_t count, size_t size);            /* zeroed; aborts on overflow of count * size */
void *mem_resize(void *p, size_t count, size_t size); /* realloc of count * size, overflow aborts */
char *mem_strdup(const char *s);                      /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Turn an array of COUNT things of SIZE bytes around. */
void mem_reverse(void *items, size_t count, size_t size);

/* Zero a secret in a way the compiler keeps. */
void mem_wipe(void *p, size_t size);

/* Called once, before abort(), when memory has run out. May be NULL. */
void mem_on_exhausted(void (*hook)(void));

#endif
