/* A database in a directory of its own, and what the tests of the store share. */
#ifndef TT_TESTS_UNIT_STORE_TEST_H
#define TT_TESTS_UNIT_STORE_TEST_H

#include <ftw.h>
#include <sys/wait.h>

#include "../database.h"
#include "../file.h"
#include "internal.h"
#include "tt/base/fs.h"

#define CHANNEL_ONE INT64_C(300000000000000001)

#define fails(call, expected)                                                                    \
    do {                                                                                         \
        w->error = (struct error){0};                                                            \
        assert_int_equal((call), -1);                                                            \
        if (w->error.code != (expected))                                                         \
            fail_msg("%s: got %s: %s", #call, error_code_name(w->error.code), w->error.message); \
        assert_true(w->error.message[0]);                                                        \
    } while (0)

static inline void world_notice(void *context, const char *text)
{
    struct world *w = context;
    size_t used = strlen(w->notices);
    snprintf(w->notices + used, sizeof w->notices - used, "%s\n", text);
}

static inline int world_try(struct world *w, enum store_mode mode, int busy_ms)
{
    struct store_options options = {.path = w->db,
                                    .mode = mode,
                                    .key_path = w->key,
                                    .busy_ms = busy_ms,
                                    .notice = world_notice,
                                    .notice_context = w};
    store_close(w->store);
    w->store = NULL;
    w->notices[0] = '\0';
    w->error = (struct error){0};
    return store_open(&w->store, &options, &w->error);
}

static inline void world_open(struct world *w, enum store_mode mode)
{
    if (world_try(w, mode, 0))
        fail_msg("store_open: %s", w->error.message);
}

/* A connection of its own, as another process would have. */
static inline struct store *other(struct world *w, enum store_mode mode)
{
    struct store_options options = {.path = w->db, .mode = mode, .key_path = w->key};
    struct store *s = NULL;
    struct error e = {0};
    if (store_open(&s, &options, &e)) {
        fprintf(stderr, "store_open: %s\n", e.message);
        abort();
    }
    return s;
}

static inline int world_setup(void **state)
{
    world_setup_empty(state);
    world_open(*state, STORE_CREATE);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
#define test_empty(name) cmocka_unit_test_setup_teardown(name, world_setup_empty, world_teardown)

/* A tenant with its plan's defaults, in the open transaction or in one of its own. */
static inline int make_tenant(struct store *s, const char *id, int64_t guild, enum plan plan, struct error *e)
{
    struct tenant t;
    bool own = !store_in_transaction(s);
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, id);
    free(t.name);
    t.name = mem_format("Store %s", id);
    t.discord_id = RENTER;
    t.guild_id = guild;
    t.plan = plan;
    for (int i = 0; i < FEATURE_COUNT; i++)
        t.features[i] = plan_default_feature(plan, (enum feature)i);
    for (int i = 0; i < PERMISSION_COUNT; i++)
        t.permissions[i] = plan_default_permission(plan, (enum permission)i);
    int result = own ? store_begin(s, e) : 0;
    if (result == 0)
        result = tenants_create(s, &t, NOW, e);
    if (own && result == 0)
        result = store_commit(s, e);
    else if (own)
        store_rollback(s);
    tenant_release(&t);
    return result;
}

static inline char *beside(const struct world *w, const char *suffix)
{
    return mem_format("%s%s", w->db, suffix);
}

static inline bool exists_beside(const struct world *w, const char *suffix)
{
    char *path = beside(w, suffix);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static inline unsigned mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (unsigned)st.st_mode & 07777u : 0xffffu;
}

static inline int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* Run BODY in a child; its exit status. A child that was killed gives 128 + the signal. */
static inline pid_t child(int (*body)(struct world *, int), struct world *w, int n)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(body(w, n));
    assert_true(pid > 0);
    return pid;
}

static inline int wait_for(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One value of the file itself, past the store's functions. */
/* What the statements of the connection have done since this was last asked: a measure of work that no clock
 * disturbs. */
static inline int64_t work_done(struct world *w)
{
    int64_t steps = 0;
    for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(w->store->db, stmt));)
        steps += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

static inline int64_t number(struct world *w, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;
    assert_int_equal(sqlite3_prepare_v2(w->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

#endif
