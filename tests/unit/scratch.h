/* A directory of a test's own, for tests of every layer. */
#ifndef TT_TESTS_UNIT_SCRATCH_H
#define TT_TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCRATCH_TEXT 128 /* bytes for its path */

static inline int scratch_make(char path[SCRATCH_TEXT])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, SCRATCH_TEXT, "%s/tt-unit.XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(path) ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

/* With all that is in it. */
static inline void scratch_remove(const char *path)
{
    nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
