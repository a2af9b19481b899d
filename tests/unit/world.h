/* A database in a directory of its own, with one tenant. */
#ifndef TT_TESTS_UNIT_WORLD_H
#define TT_TESTS_UNIT_WORLD_H

#include <ftw.h>
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

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/audit.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

#define NOW INT64_C(1785585600000)
#define RENTER INT64_C(100000000000000001)
#define GUILD INT64_C(200000000000000001)
#define CONTROL INT64_C(300000000000000001)
#define BOT INT64_C(400000000000000001)
#define TOKEN "NDAwMDAwMDAwMDAwMDAwMDAx.GaBcDe.0123456789abcdefghijklmnopqrstuvwxyzAB"

struct world {
    char directory[64];
    char *db, *key;
    struct store *store;
    struct error error;
};

#define ok(call)                                         \
    do {                                                 \
        w->error = (struct error){0};                    \
        if ((call) != 0)                                 \
            fail_msg("%s: %s", #call, w->error.message); \
    } while (0)

static inline int world_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void world_open(struct world *w, enum store_mode mode, struct store **out)
{
    struct store_options options = {.path = w->db, .key_path = w->key, .mode = mode};
    ok(store_open(out, &options, &w->error));
}

/* A premium tenant with a token and a control channel. */
static inline void world_tenant(struct world *w, const char *id, int64_t guild)
{
    struct tenant t;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, id);
    free(t.name);
    t.name = mem_strdup("Sample Store");
    t.discord_id = RENTER;
    t.guild_id = guild;
    t.plan = PLAN_PREMIUM;
    for (int f = 0; f < FEATURE_COUNT; f++)
        t.features[f] = plan_default_feature(PLAN_PREMIUM, (enum feature)f);
    t.channels[CHANNEL_CONTROL] = CONTROL;
    ok(store_begin(w->store, &w->error));
    ok(tenants_create(w->store, &t, NOW, &w->error));
    ok(tokens_set(w->store, id, TOKEN, BOT + guild % 1000, &w->error));
    ok(store_commit(w->store, &w->error));
    tenant_release(&t);
}

static inline int world_begin(void **state)
{
    struct world *w = mem_zero(1, sizeof *w);
    crypto_start();
    str_copy(w->directory, sizeof w->directory, "/tmp/tt-unit-XXXXXX");
    assert_non_null(mkdtemp(w->directory));
    w->db = mem_format("%s/t.db", w->directory);
    w->key = mem_format("%s/key", w->directory);
    world_open(w, STORE_CREATE, &w->store);
    world_tenant(w, "tenant01", GUILD);
    *state = w;
    return 0;
}

static inline int world_end(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    nftw(w->directory, world_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w->db);
    free(w->key);
    free(w);
    return 0;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

#endif
