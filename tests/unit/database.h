/* A database in a directory of its own: what tests of the store and of the layers above it share. */
#ifndef TT_TESTS_UNIT_DATABASE_H
#define TT_TESTS_UNIT_DATABASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* after those */
#include <cmocka.h>

#include "scratch.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/audit.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

#define NOW INT64_C(1785585600000)
#define RENTER INT64_C(100000000000000001)
#define GUILD INT64_C(200000000000000001)

struct world {
    char directory[SCRATCH_TEXT];
    char *db, *key;
    struct store *store;
    struct error error;
    char notices[512];
};

/* Every call that must succeed: a failure shows its message. */
#define ok(call)                                         \
    do {                                                 \
        w->error = (struct error){0};                    \
        if ((call) != 0)                                 \
            fail_msg("%s: %s", #call, w->error.message); \
    } while (0)

/* Nothing is there yet. */
static inline int world_setup_empty(void **state)
{
    struct world *w = mem_zero(1, sizeof *w);
    crypto_start();
    assert_int_equal(scratch_make(w->directory), 0);
    w->db = mem_format("%s/tt.db", w->directory);
    w->key = mem_format("%s/key", w->directory);
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    scratch_remove(w->directory);
    free(w->db);
    free(w->key);
    free(w);
    return 0;
}

#endif
