#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define HEARTBEAT_MS (60 * 1000)
#define END_MS 3000
#define END_LOOK_MS 10
#define HOUR_MS (60LL * 60 * 1000)

/* --- the table of instances --- */

static size_t bucket(const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % DAEMON_BUCKETS;
}

struct instance *daemon_find(struct bot_daemon *d, const char *id)
{
    struct instance *in = d->table[bucket(id)];
    while (in && !str_equal(in->id, id))
        in = in->hash_next;
    return in;
}

void daemon_table_add(struct bot_daemon *d, struct instance *in)
{
    struct instance **at = &d->table[bucket(in->id)];
    in->hash_next = *at;
    *at = in;
    d->count++;
}

void daemon_table_remove(struct bot_daemon *d, struct instance *in)
{
    struct instance **at = &d->table[bucket(in->id)];
    while (*at && *at != in)
        at = &(*at)->hash_next;
    if (!*at)
        return;
    *at = in->hash_next;
    d->count--;
}

bool daemon_serves(const struct bot_daemon *d, const char *tenant)
{
    return !d->options->tenant || str_equal(d->options->tenant, tenant);
}

/* --- pushes --- */

struct pushed {
    struct pushed *next;
    struct bot_daemon *daemon;
    struct push_result result;
    void (*done)(void *context, struct push_result *result);
    void *context;
};

/* On the pusher's thread. */
static void on_push_result(void *context, struct push_result *result)
{
    struct pushed *p = context;
    struct bot_daemon *d = p->daemon;
    p->result = *result;
    uv_mutex_lock(&d->pushed_mutex);
    p->next = d->pushed_list;
    d->pushed_list = p;
    uv_mutex_unlock(&d->pushed_mutex);
    uv_async_send(&d->pushed);
}

static void on_pushed(uv_async_t *async)
{
    struct bot_daemon *d = async->data;
    uv_mutex_lock(&d->pushed_mutex);
    struct pushed *list = d->pushed_list;
    d->pushed_list = NULL;
    uv_mutex_unlock(&d->pushed_mutex);
    while (list) {
        struct pushed *p = list;
        list = p->next;
        d->pushing--;
        p->done(p->context, &p->result);
        free(p);
    }
}

void daemon_push(struct bot_daemon *d, const struct push_request *request,
                 void (*done)(void *context, struct push_result *result), void *context)
{
    struct pushed *p = mem_zero(1, sizeof *p);
    p->daemon = d;
    p->done = done;
    p->context = context;
    d->pushing++;
    push_thread_push(d->pusher, request, on_push_result, p);
}

/* --- every minute --- */

static void on_minute(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    int64_t now = time_monotonic();
    upkeep_clock(d);
    status_heartbeat(d);
    renting_check(d);
    if (d->invalid_known)
        upkeep_budget(d, 0);
    if (now - d->hour >= HOUR_MS) {
        d->hour = now;
        upkeep_hourly(d);
    }
}

/* --- signals and the end --- */

static void on_end(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    bool idle = !executor_waiting(d->writer) && !executor_waiting(d->reader) && !executor_waiting(d->slow) &&
                !d->delivering && !d->pushing;
    if (idle || time_monotonic() >= d->end_by) {
        uv_timer_stop(timer);
        uv_stop(&d->loop);
    }
}

static void stop_all(struct bot_daemon *d)
{
    for (size_t b = 0; b < DAEMON_BUCKETS; b++) {
        for (struct instance *in = d->table[b]; in; in = in->hash_next) {
            in->ended = true;
            status_session(in);
        }
    }
    status_flush(d);
    for (size_t b = 0; b < DAEMON_BUCKETS; b++) {
        while (d->table[b])
            instance_stop(d->table[b], true);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct bot_daemon *d = handle->data;
    if (number == SIGHUP) {
        log_event(LEVEL_INFO, NULL, "reload", "asked for by SIGHUP");
        log_reopen();
        d->look_all = true;
        look_now(d);
        return;
    }
    if (d->stopping) {
        uv_stop(&d->loop);
        return;
    }
    log_event(LEVEL_INFO, NULL, "stopping", "signal %d, %zu bots", number, d->count);
    d->stopping = true;
    stop_all(d);
    d->end_by = time_monotonic() + END_MS;
    uv_timer_start(&d->end, on_end, 0, END_LOOK_MS);
}

static void harden(void)
{
    struct rlimit none = {0, 0}, files;
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* --- start --- */

static int open_executor(struct bot_daemon *d, struct executor **out, const char *name,
                         enum console_lane lane, struct error *e)
{
    struct executor_options options = {.loop = &d->loop,
                                       .name = name,
                                       .database_path = d->options->database_path,
                                       .key_path = d->options->key_path,
                                       .checkpointer = d->checkpointer,
                                       .opened = console_opened,
                                       .closing = console_closing,
                                       .context = console_lane(d->console, lane)};
    return executor_new(out, &options, e);
}

/* A daemon for a tenant that is misspelled would wait for ever. */
static int tenant_is_there(struct bot_daemon *d, struct error *e)
{
    struct tenant t;
    if (!d->options->tenant)
        return 0;
    int rc = tenants_load(d->look_store, d->options->tenant, &t, e);
    tenant_release(&t);
    return rc;
}

static int open_all(struct bot_daemon *d, struct error *e)
{
    const struct daemon_options *o = d->options;
    struct store_options look_options = {
        .path = o->database_path, .mode = STORE_READ, .key_path = o->key_path};
    struct gateway_hub_options hub = {.loop = &d->loop, .ca_file = o->ca_file};
    struct rest_options rest = {.loop = &d->loop,
                                .base = o->api_base,
                                .ca_file = o->ca_file,
                                .invalid = upkeep_invalid,
                                .context = d,
                                .limits = d->rest_limits};
    struct push_thread_options pusher = {.database_path = o->database_path,
                                         .key_path = o->key_path,
                                         .api_base = o->api_base,
                                         .ca_file = o->ca_file,
                                         .features = d->features,
                                         .admin_commands = d->admin_commands,
                                         .sweep = true,
                                         .tenant = o->tenant,
                                         .limits = d->rest_limits};
    d->checkpointer = checkpointer_new(o->database_path);
    /* The writer first: it migrates an older schema and reads the key. */
    if (open_executor(d, &d->writer, "writer", LANE_WRITER, e) ||
        open_executor(d, &d->reader, "reader", LANE_READER, e) ||
        open_executor(d, &d->slow, "slow", LANE_SLOW, e) || store_open(&d->look_store, &look_options, e) ||
        !store_key(d->look_store, e) || tenant_is_there(d, e) || daemon_lock_note(d->lock, o->tenant, e) ||
        gateway_hub_new(&d->hub, &hub, e) || rest_new(&d->rest, &rest, e))
        return -1;
    d->pusher = push_thread_new(&pusher);
    if (push_thread_begin(d->pusher, e))
        return -1;
    d->watch = database_watch_new(&d->loop, d->look_store, look_database_changed, d);
    return 0;
}

static void init_handles(struct bot_daemon *d)
{
    uv_timer_t *timers[] = {&d->flush, &d->later, &d->minute, &d->defer, &d->hear,
                            &d->end,   &d->calm,  &d->rent,   &d->again, &d->settle};
    uv_signal_t *signals[] = {&d->term, &d->interrupt, &d->hangup};
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        uv_timer_init(&d->loop, timers[i]);
        timers[i]->data = d;
    }
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        uv_signal_init(&d->loop, signals[i]);
        signals[i]->data = d;
        uv_signal_start(signals[i], on_signal, numbers[i]);
    }
    uv_async_init(&d->loop, &d->pushed, on_pushed);
    d->pushed.data = d;
    uv_mutex_init(&d->pushed_mutex);
    uv_timer_start(&d->minute, on_minute, HEARTBEAT_MS, HEARTBEAT_MS);
    signal(SIGPIPE, SIG_IGN);
}

static void close_handles(struct bot_daemon *d)
{
    uv_handle_t *handles[] = {
        (uv_handle_t *)&d->flush,  (uv_handle_t *)&d->later,  (uv_handle_t *)&d->minute,
        (uv_handle_t *)&d->defer,  (uv_handle_t *)&d->hear,   (uv_handle_t *)&d->end,
        (uv_handle_t *)&d->calm,   (uv_handle_t *)&d->term,   (uv_handle_t *)&d->interrupt,
        (uv_handle_t *)&d->hangup, (uv_handle_t *)&d->pushed, (uv_handle_t *)&d->rent,
        (uv_handle_t *)&d->again,  (uv_handle_t *)&d->settle};
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        uv_close(handles[i], NULL);
}

static void close_all(struct bot_daemon *d)
{
    d->stopping = true;
    stop_all(d);
    /* First ended, so that no lane waits for its answers; freed last: what the lanes finish may ask it. */
    push_thread_stop(d->pusher);
    on_pushed(&d->pushed);
    executor_free(d->slow);
    executor_free(d->reader);
    d->slow = d->reader = NULL;
    executor_free(d->writer);
    d->writer = NULL; /* requests that end from here on find nobody to write what became of them */
    on_pushed(&d->pushed);
    push_thread_free(d->pusher);
    checkpointer_free(d->checkpointer);
    while (d->to_ask) {
        struct instance *in = d->to_ask;
        d->to_ask = in->ask_next;
        instance_drop(in);
    }
    d->to_ask_end = &d->to_ask;
    while (d->stale) {
        struct instance *in = d->stale;
        d->stale = in->stale_next;
        instance_drop(in);
    }
    struct call **lists[] = {&d->calls, &d->unheard};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        while (*lists[i]) {
            struct call *c = *lists[i];
            *lists[i] = c->next;
            call_drop(c);
        }
    }
    if (d->rest)
        rest_free(d->rest);
    if (d->hub)
        gateway_hub_free(d->hub);
    database_watch_free(d->watch);
    outbound_close(d);
    close_handles(d);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
    uv_mutex_destroy(&d->pushed_mutex);
    store_close(d->look_store);
}

int daemon_run(const struct daemon_options *options, struct error *e)
{
    struct bot_daemon *d = mem_zero(1, sizeof *d);
    unsigned char random[4];
    char hex[9];
    d->options = options;
    harden();
    int rc = daemon_lock_take(options->database_path, &d->lock, e);
    if (rc)
        goto end;
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    snprintf(d->instance, sizeof d->instance, "bot-%s", hex);
    d->features = bot_features();
    d->admin_commands = command_application_commands();
    d->limits = limits_new();
    d->rest_limits = rest_limits_new();
    d->console = console_new(d);
    d->calls_end = &d->calls;
    d->unheard_end = &d->unheard;
    d->to_ask_end = &d->to_ask;
    d->hour = time_monotonic();
    d->clock_ahead = time_now() - time_monotonic();
    uv_loop_init(&d->loop);
    init_handles(d);
    outbound_new(d);
    rc = open_all(d, e);
    if (rc == 0) {
        look_begin(d, true, true);
        upkeep_budget(d, 0);
        upkeep_hourly(d);
        uv_run(&d->loop, UV_RUN_DEFAULT);
    }
    close_all(d);
    if (rc == 0)
        log_event(LEVEL_INFO, NULL, "stopped", "%s", d->instance);
end:
    outbound_free(d);
    console_free(d->console);
    limits_free(d->limits);
    rest_limits_free(d->rest_limits);
    json_free(d->admin_commands);
    daemon_lock_release(d->lock);
    free(d);
    return rc;
}
