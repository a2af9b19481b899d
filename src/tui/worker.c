#include "worker_local.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* A push reports through its port only when it is asked. */
#define PUSH_LOOK_NS 4000000

struct worker *the_worker;

void worker_wake(struct worker *w)
{
    uint64_t one = 1;
    if (write(w->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: it is readable already */
}

void worker_deliver(struct worker *w, struct result *r)
{
    pthread_mutex_lock(&w->lock);
    w->results = mem_resize(w->results, w->result_count + 1, sizeof *w->results);
    w->results[w->result_count++] = r;
    pthread_mutex_unlock(&w->lock);
    worker_wake(w);
}

struct result *worker_take(struct worker *w)
{
    struct result *r = NULL;
    pthread_mutex_lock(&w->lock);
    if (w->result_count) {
        r = w->results[0];
        w->result_count--;
        memmove(w->results, w->results + 1, w->result_count * sizeof *w->results);
    }
    pthread_mutex_unlock(&w->lock);
    return r;
}

/* --- the queue --- */

static void request_free(struct request *q)
{
    free(q->line);
    free(q);
}

/* A person's command, of which nothing may be lost. */
static bool is_command(const struct request *q)
{
    return q->spec.kind == REQUEST_RUN && q->spec.tag < TAG_VIEWS;
}

/* Remove waiting requests; the lock is held. */
static void drop_requests(struct worker *w, bool (*drop)(const struct request *, const void *),
                          const void *context)
{
    for (struct request **at = &w->requests; *at;) {
        struct request *q = *at;
        if (!drop(q, context)) {
            at = &q->next;
            continue;
        }
        *at = q->next;
        request_free(q);
    }
}

static bool is_replaced(const struct request *q, const void *context)
{
    const struct request_spec *by = context;
    return q->spec.tag == by->tag && q->spec.kind == by->kind;
}

static bool is_background(const struct request *q, const void *context)
{
    (void)context;
    return q->spec.background;
}

static bool is_not_finished(const struct request *q, const void *context)
{
    return !*(const bool *)context || !is_command(q);
}

/* A read whose answer nobody waits for any more, such as that of a filter's shorter text. While the lock is
 * held it cannot end, so that no other command is interrupted in its place. */
static void interrupt_stale(struct worker *w, const struct request_spec *by)
{
    const struct request *q = w->current;
    if (q && !is_command(q) && is_replaced(q, by) && !str_equal(q->line, by->line) && w->options->interrupt)
        w->options->interrupt(w->options->context);
}

void worker_send(struct worker *w, const struct request_spec *spec)
{
    struct request *q = mem_zero(1, sizeof *q);
    q->spec = *spec;
    q->spec.line = q->line = mem_strdup(spec->line);
    pthread_mutex_lock(&w->lock);
    if (spec->replace) {
        drop_requests(w, is_replaced, spec);
        interrupt_stale(w, spec);
    }
    struct request **at = &w->requests;
    while (*at && (spec->background || !(*at)->spec.background))
        at = &(*at)->next;
    q->next = *at;
    *at = q;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}

static bool is_tagged(const struct request *q, const void *context)
{
    return q->spec.tag == *(const unsigned *)context && !is_command(q);
}

void worker_forget(struct worker *w, unsigned tag)
{
    pthread_mutex_lock(&w->lock);
    drop_requests(w, is_tagged, &tag);
    if (w->current && is_tagged(w->current, &tag) && w->options->interrupt)
        w->options->interrupt(w->options->context);
    pthread_mutex_unlock(&w->lock);
}

void worker_cancel(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    drop_requests(w, is_background, NULL);
    if (w->running) {
        w->cancel = true;
        if (w->options->interrupt)
            w->options->interrupt(w->options->context);
    }
    pthread_mutex_unlock(&w->lock);
}

bool worker_running(struct worker *w, struct str *line, int64_t *since, int *percent)
{
    pthread_mutex_lock(&w->lock);
    bool runs = w->running && !w->asking;
    str_add(line, w->running);
    *since = w->running_since;
    *percent = w->percent;
    pthread_mutex_unlock(&w->lock);
    return runs;
}

/* --- the thread --- */

static void wait_for_work(struct worker *w)
{
    struct timespec until;
    if (!w->pushes) {
        pthread_cond_wait(&w->work, &w->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PUSH_LOOK_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&w->work, &w->lock, &until);
    pthread_mutex_unlock(&w->lock);
    worker_finish_pushes(w);
    pthread_mutex_lock(&w->lock);
}

static struct request *next_request(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->requests && !w->stop)
        wait_for_work(w);
    if (w->stop)
        drop_requests(w, is_not_finished, &w->finish);
    struct request *q = w->requests;
    if (q) {
        w->requests = q->next;
        w->current = q;
        w->cancel = false;
        if (is_command(q)) {
            w->running = mem_strdup(q->line);
            w->running_since = time_monotonic();
            w->percent = -1;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return q;
}

static void not_running(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    free(w->running);
    w->running = NULL;
    w->current = NULL;
    pthread_mutex_unlock(&w->lock);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct error e = {0};
    w->session = w->options->open(w->options->context, &e);
    pthread_mutex_lock(&w->lock);
    w->open_error = e;
    w->opened = true;
    pthread_cond_broadcast(&w->answered);
    pthread_mutex_unlock(&w->lock);
    for (struct request *q; w->session && (q = next_request(w));) {
        worker_run(w, q);
        not_running(w);
        worker_finish_pushes(w);
        request_free(q);
    }
    worker_forget_pushes(w);
    if (w->session)
        w->options->close(w->options->context, w->session);
    return NULL;
}

/* --- start and stop --- */

static void worker_free(struct worker *w)
{
    bool nothing = false;
    drop_requests(w, is_not_finished, &nothing);
    for (size_t i = 0; i < w->result_count; i++)
        result_free(w->results[i]);
    free(w->results);
    free(w->running);
    free(w->question.text);
    free(w->question.expected);
    free(w->question_text);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->answered);
    the_worker = NULL;
    free(w);
}

/* Signals belong to the UI thread: it has the terminal. */
static int start_thread(struct worker *w)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

struct worker *worker_start(const struct tui_options *options, int wake_fd, struct error *e)
{
    struct worker *w = mem_zero(1, sizeof *w);
    pthread_condattr_t monotonic;
    w->options = options;
    w->wake_fd = wake_fd;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, &monotonic);
    pthread_cond_init(&w->answered, NULL);
    pthread_condattr_destroy(&monotonic);
    the_worker = w;
    if (start_thread(w) != 0) {
        error_set(e, ERROR_INTERNAL, NULL, "no thread can be started for the screens");
        worker_free(w);
        return NULL;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->opened)
        pthread_cond_wait(&w->answered, &w->lock);
    bool failed = w->open_error.code != ERROR_NONE;
    if (failed && e)
        *e = w->open_error;
    pthread_mutex_unlock(&w->lock);
    if (!failed)
        return w;
    worker_stop(w, false);
    return NULL;
}

void worker_stop(struct worker *w, bool finish)
{
    if (!w)
        return;
    if (!finish)
        worker_cancel(w);
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    w->finish = finish;
    w->question_done = true; /* a question that is open is answered: no */
    pthread_cond_broadcast(&w->work);
    pthread_cond_broadcast(&w->answered);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    worker_free(w);
}
