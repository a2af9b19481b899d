/* Watching the log: commits of others are learnt of without polling. */
#include "../world.h"

#include <pthread.h>

#include "tt/push/watch.h"

struct seen {
    struct world *w;
    struct store *own;
    uv_timer_t limit;
    int changes;
    bool late;
};

static void on_changed(void *context)
{
    struct seen *s = context;
    struct tenant t;
    s->changes++;
    assert_int_equal(tenants_load(s->own, "tenant01", &t, NULL), 0);
    if (str_equal(t.name, "renamed"))
        uv_stop(s->limit.loop);
    tenant_release(&t);
}

static void on_limit(uv_timer_t *timer)
{
    struct seen *s = timer->data;
    s->late = true;
    uv_stop(timer->loop);
}

static void rename_it(struct world *w, struct store *store, const char *name)
{
    ok(store_begin(store, &w->error));
    ok(tenants_set_name(store, "tenant01", name, NULL, &w->error));
    ok(store_commit(store, &w->error));
}

static void *rename_elsewhere(void *context)
{
    struct seen *s = context;
    struct store *other;
    world_open(s->w, STORE_WRITE, &other);
    rename_it(s->w, other, "renamed");
    store_close(other);
    return NULL;
}

static void every_commit_of_another_connection_is_seen(void **state)
{
    struct world *w = *state;
    struct seen s = {.w = w};
    uv_loop_t loop;
    uv_loop_init(&loop);
    world_open(w, STORE_READ, &s.own);
    struct database_watch *watch = database_watch_new(&loop, s.own, on_changed, &s);
    uv_timer_init(&loop, &s.limit);
    s.limit.data = &s;
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        rename_it(w, w->store, "before");
        uv_timer_start(&s.limit, on_limit, 5000, 0);
        assert_int_equal(pthread_create(&thread, NULL, rename_elsewhere, &s), 0);
        uv_run(&loop, UV_RUN_DEFAULT);
        pthread_join(thread, NULL);
        assert_false(s.late);
    }
    database_watch_free(watch);
    uv_close((uv_handle_t *)&s.limit, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    store_close(s.own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {world_test(every_commit_of_another_connection_is_seen)};
    return cmocka_run_group_tests_name("push/watch", tests, NULL, NULL);
}
