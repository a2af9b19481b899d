/* A directory of a test's own, removed with what is in it. */
#ifndef TT_TESTS_UNIT_BASE_SCRATCH_H
#define TT_TESTS_UNIT_BASE_SCRATCH_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../file.h"
#include "tt/base/mem.h"

static int scratch_remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int scratch_open(void **state)
{
    const char *base = getenv("TMPDIR");
    *state = mem_format("%s/tt-unit.XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(*state) ? 0 : -1;
}

static int scratch_close(void **state)
{
    nftw(*state, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

/* A path in it; the caller frees. */
static inline char *scratch_path(void **state, const char *name)
{
    return mem_format("%s/%s", (const char *)*state, name);
}

static inline unsigned mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (unsigned)st.st_mode & 0777u : 0xffffu;
}

#endif
