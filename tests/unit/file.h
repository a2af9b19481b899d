/* A file with given contents, for tests of every layer. */
#ifndef TT_TESTS_UNIT_FILE_H
#define TT_TESTS_UNIT_FILE_H

#include <stdio.h>
#include <sys/stat.h>

/* What was there is replaced, and so is its mode. */
static inline int file_put(const char *path, const void *data, size_t n, unsigned mode)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return -1;
    int good = fwrite(data, 1, n, f) == n && fchmod(fileno(f), mode) == 0;
    return fclose(f) == 0 && good ? 0 : -1;
}

#endif
