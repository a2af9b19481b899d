/* The ports that the screens fill: asked on the worker's thread, answered on the UI's. */
#include "worker_local.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define PROGRESS_MS 100

bool worker_question(struct worker *w, struct question *q)
{
    pthread_mutex_lock(&w->lock);
    bool open = w->question_open;
    if (open) {
        w->question_open = false;
        q->text = mem_strdup(w->question.text);
        q->expected = mem_strdup(w->question.expected);
        q->secret = w->question.secret;
    }
    pthread_mutex_unlock(&w->lock);
    return open;
}

void worker_answer(struct worker *w, bool yes, const char *text)
{
    pthread_mutex_lock(&w->lock);
    w->question_yes = yes;
    free(w->question_text);
    w->question_text = mem_strdup(text);
    w->question_done = true;
    pthread_cond_broadcast(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

/* Ask and wait; true and *ANSWER (the caller wipes and frees) when the person agreed. */
static bool ask(const char *text, const char *expected, bool secret, char **answer)
{
    struct worker *w = the_worker;
    pthread_mutex_lock(&w->lock);
    w->question =
        (struct question){.text = mem_strdup(text), .expected = mem_strdup(expected), .secret = secret};
    w->question_open = !w->stop;
    w->question_done = w->stop;
    w->question_yes = false;
    w->asking = true;
    worker_wake(w);
    while (!w->question_done)
        pthread_cond_wait(&w->answered, &w->lock);
    w->asking = false;
    w->running_since = time_monotonic();
    bool yes = w->question_yes;
    *answer = w->question_text;
    w->question_text = NULL;
    free(w->question.text);
    free(w->question.expected);
    w->question = (struct question){0};
    w->question_open = false;
    pthread_mutex_unlock(&w->lock);
    return yes;
}

int tui_confirm(void *context, const char *question, const char *expected, struct error *e)
{
    (void)context;
    char *answer = NULL;
    bool yes = ask(question, expected, false, &answer);
    free(answer);
    return yes ? 0 : error_set(e, ERROR_REFUSED, NULL, "not confirmed; nothing was changed");
}

int tui_read_secret(void *context, const char *prompt, struct str *out, struct error *e)
{
    (void)context;
    char *answer = NULL;
    bool yes = ask(prompt, NULL, true, &answer);
    if (yes && answer)
        str_add(out, answer);
    if (answer)
        mem_wipe(answer, strlen(answer));
    free(answer);
    return yes ? 0 : error_set(e, ERROR_REFUSED, NULL, "nothing was typed; nothing was changed");
}

void tui_progress(void *context, const char *what, int64_t done, int64_t total)
{
    struct worker *w = the_worker;
    int64_t now = time_monotonic();
    (void)context;
    (void)what;
    pthread_mutex_lock(&w->lock);
    w->percent = total > 0 ? (int)(100 * (done < total ? done : total) / total) : -1;
    bool tell = now - w->told >= PROGRESS_MS;
    if (tell)
        w->told = now;
    pthread_mutex_unlock(&w->lock);
    if (tell)
        worker_wake(w);
}

bool tui_cancelled(void *context)
{
    (void)context;
    return the_worker && the_worker->cancel;
}
