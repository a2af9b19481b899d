/* A database in a directory of its own, with one tenant. */
#ifndef TT_TESTS_UNIT_WORLD_H
#define TT_TESTS_UNIT_WORLD_H

#include "database.h"

#define CONTROL INT64_C(300000000000000001)
#define BOT INT64_C(400000000000000001)
#define TOKEN "NDAwMDAwMDAwMDAwMDAwMDAx.GaBcDe.0123456789abcdefghijklmnopqrstuvwxyzAB"

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
    world_setup_empty(state);
    struct world *w = *state;
    world_open(w, STORE_CREATE, &w->store);
    world_tenant(w, "tenant01", GUILD);
    return 0;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_begin, world_teardown)

#endif
