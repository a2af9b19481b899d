#include "tt/push/watch.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/str.h"

struct database_watch {
    uv_fs_event_t events;
    uv_timer_t timer;
    struct store *store;
    char *name; /* of the log within its directory */
    void (*changed)(void *context);
    void *context;
    int64_t version;
    unsigned look;   /* index of the next look */
    uint64_t looked; /* the loop's time of the last one */
    bool polling;
    int handles;
};

/* ms from one look to the next after the newest event. Between the write that has an event and the commit
 * that is visible lies an fsync, which on a busy disk takes seconds. */
static const uint64_t looks[] = {0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000};
#define LOOKS (sizeof looks / sizeof *looks)
#define POLL_MS 500
/* In a storm of commits the looks are so far apart. */
#define APART_MS 3

static void watch_look(struct database_watch *w)
{
    w->looked = uv_now(w->timer.loop);
    int64_t version = store_data_version(w->store);
    if (version == w->version)
        return;
    w->version = version;
    w->changed(w->context);
}

static void on_timer(uv_timer_t *timer)
{
    struct database_watch *w = timer->data;
    if (!w->polling && ++w->look < LOOKS)
        uv_timer_start(timer, on_timer, looks[w->look], 0);
    watch_look(w);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct database_watch *w = handle->data;
    (void)events;
    if (status < 0 || (name && !str_equal(name, w->name)))
        return;
    if (w->look == 0 && uv_is_active((uv_handle_t *)&w->timer))
        return; /* the first look is yet to come */
    uint64_t since = uv_now(handle->loop) - w->looked;
    w->look = 0;
    uv_timer_start(&w->timer, on_timer, since < APART_MS ? APART_MS - since : looks[0], 0);
}

struct database_watch *database_watch_new(uv_loop_t *loop, struct store *store,
                                          void (*changed)(void *context), void *context)
{
    struct database_watch *w = mem_zero(1, sizeof *w);
    w->store = store;
    w->changed = changed;
    w->context = context;
    w->version = store_data_version(store);
    const char *path = store_wal_path(store), *slash = strrchr(path, '/');
    w->name = mem_strdup(slash ? slash + 1 : path);
    /* The directory, not the file: the log may be made anew. */
    char *directory = slash ? mem_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_strdup(".");
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    uv_fs_event_init(loop, &w->events);
    w->events.data = w;
    w->handles = 2;
    int rc = uv_fs_event_start(&w->events, on_event, directory, 0);
    if (rc < 0) {
        log_event(LEVEL_WARN, NULL, "watch", "no file events on %s (%s): looking twice a second", directory,
                  uv_strerror(rc));
        w->polling = true;
        uv_timer_start(&w->timer, on_timer, POLL_MS, POLL_MS);
    }
    free(directory);
    return w;
}

static void on_closed(uv_handle_t *handle)
{
    struct database_watch *w = handle->data;
    if (--w->handles)
        return;
    free(w->name);
    free(w);
}

void database_watch_free(struct database_watch *w)
{
    if (!w)
        return;
    uv_close((uv_handle_t *)&w->timer, on_closed);
    uv_close((uv_handle_t *)&w->events, on_closed);
}
