#include "executor_inside.h"

#include "tt/base/mem.h"

/* --- on the executor's thread --- */

static void *thread_main(void *context)
{
    struct executor *x = context;
    struct store_options options = {.path = x->database_path,
                                    .mode = STORE_WRITE,
                                    .key_path = x->key_path,
                                    .checkpointer = x->options.checkpointer};
    struct error e = {0};
    int rc = store_open(&x->store, &options, &e);
    /* The key that the daemon begins with serves it to the end, whatever becomes of the file. */
    if (rc == 0 && x->key_path && !store_key(x->store, &e)) {
        store_close(x->store);
        x->store = NULL;
        rc = -1;
    }
    pthread_mutex_lock(&x->mutex);
    x->opened = rc == 0;
    x->open_error = e;
    x->stop |= rc != 0;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    if (rc)
        return NULL;
    if (x->options.opened)
        x->options.opened(x->options.context, x->store);
    executor_work(x);
    syncer_end(x);
    if (x->options.closing)
        x->options.closing(x->options.context);
    store_close(x->store);
    return NULL;
}

/* --- on the loop's thread --- */

static void on_done(uv_async_t *async)
{
    struct executor *x = async->data;
    struct queue finished;
    struct job *job;
    queue_init(&finished);
    pthread_mutex_lock(&x->mutex);
    queue_move(&finished, &x->done);
    pthread_mutex_unlock(&x->mutex);
    while ((job = queue_take(&finished))) {
        /* `error` lives in the job, which `done` frees: hand it a copy. */
        struct error e = job->error;
        x->count--;
        job->done(job, job->failed ? &e : NULL);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Without its thread. */
static void release(struct executor *x)
{
    uv_close((uv_handle_t *)x->wake, on_closed);
    pthread_mutex_destroy(&x->mutex);
    pthread_cond_destroy(&x->changed);
    pthread_cond_destroy(&x->to_sync);
    free(x->database_path);
    free(x->key_path);
    free(x);
}

int executor_new(struct executor **out, const struct executor_options *options, struct error *e)
{
    struct executor *x = mem_zero(1, sizeof *x);
    x->options = *options;
    x->database_path = mem_strdup(options->database_path);
    x->key_path = mem_strdup(options->key_path);
    queue_init(&x->waiting);
    queue_init(&x->done);
    queue_init(&x->written);
    pthread_mutex_init(&x->mutex, NULL);
    pthread_cond_init(&x->changed, NULL);
    pthread_cond_init(&x->to_sync, NULL);
    x->wake = mem_zero(1, sizeof *x->wake);
    uv_async_init(options->loop, x->wake, on_done);
    x->wake->data = x;
    *out = NULL;
    if (pthread_create(&x->thread, NULL, thread_main, x)) {
        release(x);
        return error_set(e, ERROR_INTERNAL, NULL, "no thread for the database");
    }
    pthread_mutex_lock(&x->mutex);
    while (!x->opened && !x->open_error.code)
        pthread_cond_wait(&x->changed, &x->mutex);
    bool opened = x->opened;
    if (!opened && e)
        *e = x->open_error;
    pthread_mutex_unlock(&x->mutex);
    *out = x;
    if (opened)
        return 0;
    executor_free(x);
    *out = NULL;
    return -1;
}

void executor_free(struct executor *x)
{
    if (!x)
        return;
    pthread_mutex_lock(&x->mutex);
    x->stop = true;
    pthread_cond_broadcast(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    pthread_join(x->thread, NULL);
    while (x->count)
        on_done(x->wake);
    release(x);
}

void executor_submit(struct executor *x, struct job *job)
{
    if (!x) {
        struct error e = {0};
        error_set(&e, ERROR_INTERRUPTED, NULL, "the program is ending");
        job->done(job, &e);
        return;
    }
    x->count++;
    job->failed = false;
    pthread_mutex_lock(&x->mutex);
    bool stopping = x->stop;
    if (stopping) {
        error_set(&job->error, ERROR_INTERRUPTED, NULL, "the program is ending");
        job->failed = true;
    }
    queue_add(stopping ? &x->done : &x->waiting, job);
    pthread_cond_signal(&x->changed);
    pthread_mutex_unlock(&x->mutex);
    if (stopping)
        uv_async_send(x->wake);
}

size_t executor_waiting(const struct executor *x)
{
    return x->count;
}
