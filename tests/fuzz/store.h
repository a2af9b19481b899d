/* A fresh database of its own, for fuzzers that write; it goes when the fuzzer ends. */
#ifndef FUZZ_STORE_H
#define FUZZ_STORE_H

#include <unistd.h>

#include "fuzz.h"
#include "tt/store/tenants.h"

#define NOW INT64_C(1785585831042)

static char path[64]; /* of the database; what stands beside it begins alike */
static struct store *store;

static inline void fuzz_remove(const char *end)
{
    char name[sizeof path + 16];
    snprintf(name, sizeof name, "%s%s", path, end);
    unlink(name);
}

static void fuzz_store_close(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock", ".key"};
    store_close(store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        fuzz_remove(ends[i]);
}

static inline void fuzz_store_open(void)
{
    char key[sizeof path + 16];
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/tt-fuzz-%d.db", folder, (int)getpid());
    snprintf(key, sizeof key, "%s.key", path);
    crypto_start();
    struct store_options options = {.path = path, .mode = STORE_CREATE, .key_path = key};
    must(store_open(&store, &options, NULL) == 0);
    atexit(fuzz_store_close);
}

/* tenant01; free it with tenant_release(). */
static inline void fuzz_tenant(struct tenant *t)
{
    tenant_init(t);
    str_copy(t->id, sizeof t->id, "tenant01");
    t->name = mem_strdup("Store");
    t->discord_id = t->guild_id = 42;
}

#endif
