#include "thread.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

struct push_thread *push_thread_new(const struct push_thread_options *options)
{
    struct push_thread *t = mem_zero(1, sizeof *t);
    t->options = *options;
    t->database_path = mem_strdup(options->database_path);
    t->key_path = mem_strdup(options->key_path);
    t->api_base = mem_strdup(options->api_base);
    t->ca_file = mem_strdup(options->ca_file);
    t->tenant = mem_strdup(options->tenant);
    t->work_end = &t->work;
    t->untaken_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->changed, NULL);
    return t;
}

/* --- on the thread --- */

#define INVALID_FRESH_MS 5000

/* The host's count of invalid answers, kept in the database for all processes. */
static int64_t on_invalid(void *context, int delta)
{
    struct push_thread *t = context;
    int64_t now = time_now();
    if (delta > 0) {
        budget_add(t->store, now, delta, NULL);
        t->invalid_count += delta;
    }
    if (delta > 0 || now - t->invalid_read_at > INVALID_FRESH_MS) {
        int64_t n;
        if (budget_count(t->store, now, &n, NULL) == 0)
            t->invalid_count = n;
        t->invalid_read_at = now;
    }
    return t->invalid_count;
}

static void work_begin(struct push_thread *t, struct work *w)
{
    switch (w->kind) {
    case WORK_PUSH:
        pusher_push(t->pusher, &w->request, w->done, w->context);
        break;
    case WORK_SWEEP:
        pusher_sweep(t->pusher);
        break;
    case WORK_COMPARE:
        pusher_compare(t->pusher, w->tenant);
        break;
    case WORK_TOKEN:
    case WORK_CHANNEL:
        question_begin(t, w);
        break;
    case WORK_CANCEL:
        question_cancel(w->question);
        break;
    case WORK_RELEASE: /* not from inside the answer that ended it */
        rest_bot_free(w->bot);
        break;
    }
    free(w);
}

static struct work *work_take(struct push_thread *t, bool *stop)
{
    pthread_mutex_lock(&t->mutex);
    struct work *list = t->work;
    t->work = NULL;
    t->work_end = &t->work;
    *stop = t->stop;
    pthread_mutex_unlock(&t->mutex);
    return list;
}

static void on_wake(uv_async_t *async)
{
    struct push_thread *t = async->data;
    bool stop;
    struct work *list = work_take(t, &stop);
    while (list) {
        struct work *w = list;
        list = w->next;
        work_begin(t, w);
    }
    if (stop)
        uv_stop(&t->loop);
}

static void on_changed(void *context)
{
    struct push_thread *t = context;
    pusher_database_changed(t->pusher);
}

static void on_handle_closed(uv_handle_t *handle)
{
    free(handle);
}

static int thread_open(struct push_thread *t, struct error *e)
{
    struct store_options store = {.path = t->database_path, .mode = STORE_WRITE, .key_path = t->key_path};
    struct rest_options rest = {.loop = &t->loop,
                                .base = t->api_base,
                                .ca_file = t->ca_file,
                                .invalid = on_invalid,
                                .context = t,
                                .limits = t->options.limits};
    char *owner = mem_format("%s-%ld", t->options.sweep ? "daemon" : "console", (long)getpid());
    struct pusher_options pusher = {.loop = &t->loop,
                                    .features = t->options.features,
                                    .admin_commands = t->options.admin_commands,
                                    .owner = owner,
                                    .tenant = t->tenant};
    int rc = store_open(&t->store, &store, e);
    /* A daemon serves on with the key that it began with, whatever becomes of the file. */
    if (rc == 0 && t->options.sweep && !store_key(t->store, e))
        rc = -1;
    if (rc == 0) /* what a pusher writes is found out again after a loss of power */
        rc = store_durable(t->store, false, e);
    if (rc == 0)
        rc = rest_new(&t->rest, &rest, e);
    if (rc == 0) {
        pusher.rest = t->rest;
        pusher.store = t->store;
        t->pusher = pusher_new(&pusher);
        t->watch = database_watch_new(&t->loop, t->store, on_changed, t);
    }
    free(owner);
    return rc;
}

static void *thread_main(void *context)
{
    struct push_thread *t = context;
    struct error e = {0};
    uv_loop_init(&t->loop);
    uv_async_t *wake = mem_zero(1, sizeof *wake);
    uv_async_init(&t->loop, wake, on_wake);
    wake->data = t;
    int rc = thread_open(t, &e);
    pthread_mutex_lock(&t->mutex);
    t->ready = rc == 0;
    t->failed = e;
    t->wake = wake;
    pthread_cond_broadcast(&t->changed);
    bool work = t->work != NULL;
    pthread_mutex_unlock(&t->mutex);
    if (work)
        uv_async_send(wake);
    if (rc == 0)
        uv_run(&t->loop, UV_RUN_DEFAULT);
    pthread_mutex_lock(&t->mutex);
    t->wake = NULL;
    pthread_mutex_unlock(&t->mutex);
    pusher_free(t->pusher);
    if (t->rest)
        rest_free(t->rest);
    database_watch_free(t->watch);
    uv_close((uv_handle_t *)wake, on_handle_closed);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    uv_loop_close(&t->loop);
    store_close(t->store);
    t->pusher = NULL;
    t->rest = NULL;
    t->watch = NULL;
    t->store = NULL;
    pthread_mutex_lock(&t->mutex);
    t->ended = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

/* --- on the callers' threads --- */

/* What could not begin may be able to now: the file is there, the lock is gone. */
static void thread_forget_failed(struct push_thread *t)
{
    while (t->started && !t->ready && t->failed.code && !t->ended)
        pthread_cond_wait(&t->changed, &t->mutex);
    if (!t->started || t->ready || !t->ended || t->joined)
        return;
    pthread_join(t->thread, NULL);
    t->started = t->ended = false;
}

/* Holds the mutex. False: it cannot start; the reason is in t->failed. */
static bool thread_ensure(struct push_thread *t)
{
    thread_forget_failed(t);
    if (!t->started) {
        /* Signals are for the threads that wait for something. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        t->failed = (struct error){0};
        t->started = pthread_create(&t->thread, NULL, thread_main, t) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!t->started) {
            error_set(&t->failed, ERROR_INTERNAL, NULL, "no thread for pushing");
            return false;
        }
    }
    while (!t->ready && !t->failed.code)
        pthread_cond_wait(&t->changed, &t->mutex);
    return t->ready;
}

bool work_hand(struct push_thread *t, const struct work *model)
{
    pthread_mutex_lock(&t->mutex);
    bool ok = !t->stop && thread_ensure(t) && t->wake && !t->stop;
    if (ok) {
        struct work *w = mem_alloc(sizeof *w);
        *w = *model;
        *t->work_end = w;
        t->work_end = &w->next;
        uv_async_send(t->wake);
    }
    pthread_mutex_unlock(&t->mutex);
    return ok;
}

int push_thread_begin(struct push_thread *t, struct error *e)
{
    pthread_mutex_lock(&t->mutex);
    bool ok = thread_ensure(t);
    if (!ok && e)
        *e = t->failed;
    pthread_mutex_unlock(&t->mutex);
    return ok ? 0 : -1;
}

void push_thread_push(struct push_thread *t, const struct push_request *request, pusher_done done,
                      void *context)
{
    struct work w = {.kind = WORK_PUSH, .request = *request, .done = done, .context = context};
    if (work_hand(t, &w))
        return;
    if (t->failed.code)
        log_event(LEVEL_ERROR, request->tenant, "push", "cannot push: %s", t->failed.message);
    struct push_result result = {
        .state = PUSH_STATE_PENDING, .ms = -1, .notified = "none", .reason = "unreachable"};
    done(context, &result);
}

void push_thread_sweep(struct push_thread *t)
{
    work_hand(t, &(struct work){.kind = WORK_SWEEP});
}

void push_thread_compare(struct push_thread *t, const char *tenant)
{
    struct work w = {.kind = WORK_COMPARE};
    str_copy(w.tenant, sizeof w.tenant, tenant);
    work_hand(t, &w);
}

void push_thread_stop(struct push_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->mutex);
    t->stop = true;
    if (t->wake)
        uv_async_send(t->wake);
    bool joins = t->started && !t->joined;
    t->joined |= joins;
    pthread_mutex_unlock(&t->mutex);
    if (joins)
        pthread_join(t->thread, NULL);
}

void push_thread_free(struct push_thread *t)
{
    if (!t)
        return;
    push_thread_stop(t);
    pthread_mutex_destroy(&t->mutex);
    pthread_cond_destroy(&t->changed);
    if (t->untaken_fd >= 0)
        close(t->untaken_fd);
    tickets_free(t);
    free(t->database_path);
    free(t->key_path);
    free(t->api_base);
    free(t->ca_file);
    free(t->tenant);
    free(t);
}
