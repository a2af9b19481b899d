/* A directory of a test's own, removed with what is in it. */
#ifndef TT_TESTS_UNIT_BASE_SCRATCH_H
#define TT_TESTS_UNIT_BASE_SCRATCH_H

#include <sys/stat.h>

#include "../file.h"
#include "../scratch.h"
#include "tt/base/mem.h"

static int scratch_open(void **state)
{
    *state = mem_zero(1, SCRATCH_TEXT);
    return scratch_make(*state);
}

static int scratch_close(void **state)
{
    scratch_remove(*state);
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
