/* What the fuzzers share. A property that does not hold ends the run as a crash would. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(truth)                                                                    \
    do {                                                                               \
        if (!(truth)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #truth); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/* The input in a heap block of exactly its size, so that a read behind its end is seen. */
static inline char *fuzz_bytes(const uint8_t *data, size_t size)
{
    char *bytes = mem_alloc(size);
    if (size)
        memcpy(bytes, data, size);
    return bytes;
}

/* The same with a terminator: a C string, which ends at the first NUL in it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
