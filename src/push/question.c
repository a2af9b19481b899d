/* What Discord is asked for somebody who waits: who a token is, a channel to be. */
#include <inttypes.h>

#include "thread.h"
#include "tt/base/time.h"

/* --- on the thread --- */

static void on_asked(void *context)
{
    struct question *q = context;
    pthread_mutex_lock(&q->thread->mutex);
    q->there = true;
    pthread_cond_broadcast(&q->thread->changed);
    pthread_mutex_unlock(&q->thread->mutex);
}

void question_begin(struct push_thread *t, struct work *w)
{
    struct question *q = w->question;
    q->ask.rest = t->rest;
    q->ask.done = on_asked;
    q->ask.context = q;
    if (w->kind == WORK_TOKEN) {
        ask_token(&q->ask, q->token);
        return;
    }
    struct str token = STR_INIT;
    if (tokens_get(t->store, q->ask.tenant->id, &token, &q->ask.error)) {
        q->ask.rc = -1;
        if (q->ask.error.code == ERROR_NO_SUCH)
            error_set(&q->ask.error, ERROR_REFUSED, NULL, "no token is set for %s", q->ask.tenant->id);
        on_asked(q);
    } else {
        ask_channel(&q->ask, str_text(&token));
    }
    str_wipe(&token);
}

void question_cancel(struct question *q)
{
    if (!q->there && q->ask.bot) {
        rest_bot_free(q->ask.bot); /* answers what is under way */
        q->ask.bot = NULL;
    }
    pthread_mutex_lock(&q->thread->mutex);
    q->cancelled = true;
    pthread_cond_broadcast(&q->thread->changed);
    pthread_mutex_unlock(&q->thread->mutex);
}

/* --- on the asker's --- */

/* A signal's handler can wake nobody who waits for a condition, so the wait looks up now and then. */
#define LOOK_UP_MS 50

/* True: the asker was cancelled; whatever is there by then counts as the answer. */
static bool question_wait(struct push_thread *t, struct question *q)
{
    bool cancelled = false;
    pthread_mutex_lock(&t->mutex);
    while (!q->there || (cancelled && !q->cancelled)) {
        int64_t until = time_now() + LOOK_UP_MS;
        struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
        pthread_cond_timedwait(&t->changed, &t->mutex, &at);
        if (q->there || cancelled || !t->options.cancelled || !t->options.cancelled(t->options.context))
            continue;
        struct work w = {.kind = WORK_CANCEL, .question = q};
        pthread_mutex_unlock(&t->mutex);
        cancelled = work_hand(t, &w);
        pthread_mutex_lock(&t->mutex);
    }
    pthread_mutex_unlock(&t->mutex);
    return cancelled;
}

static int question_ask(struct push_thread *t, enum work_kind kind, struct question *q, struct error *e)
{
    struct work w = {.kind = kind, .question = q};
    q->thread = t;
    if (!work_hand(t, &w)) {
        if (e && t->failed.code)
            *e = t->failed;
        else
            error_set(e, ERROR_INTERRUPTED, NULL, "the program is ending");
        return -1;
    }
    bool cancelled = question_wait(t, q);
    if (q->ask.bot) {
        struct work release = {.kind = WORK_RELEASE, .bot = q->ask.bot};
        work_hand(t, &release);
    }
    if (q->ask.rc && cancelled)
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted before Discord answered");
    if (q->ask.rc && e)
        *e = q->ask.error;
    return q->ask.rc;
}

int push_thread_token_check(struct push_thread *t, const char *token, struct token_info *info,
                            struct error *e)
{
    struct question q = {.token = token};
    int rc = question_ask(t, WORK_TOKEN, &q, e);
    if (rc == 0)
        *info = q.ask.info;
    return rc;
}

int push_thread_channel_create(struct push_thread *t, const struct tenant *tenant, enum channel type,
                               int64_t *id, struct error *e)
{
    struct question q = {.ask = {.tenant = tenant, .type = type}};
    int rc = question_ask(t, WORK_CHANNEL, &q, e);
    if (rc == 0)
        *id = q.ask.channel;
    return rc;
}
