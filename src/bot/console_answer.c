#include "console.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"

#define ANSWER_MESSAGES 8

static void job_free(struct console_job *j)
{
    console_job_reset(&j->job);
    call_drop(j->call);
    free(j);
}

static void answer(struct call *c, struct str *text, bool plain, bool secret)
{
    struct effects out;
    int count = 0;
    effects_init(&out);
    log_redact(text);
    str_trim(text);
    if (plain || !text->len) {
        effect_answer(&out, render_text(text->len ? str_text(text) : "nothing to show", 0), secret);
    } else {
        struct json *blocks = render_blocks(str_text(text));
        json_each(block, blocks)
        {
            if (++count > ANSWER_MESSAGES)
                break;
            effect_answer(&out, json_clone(block), secret);
        }
        json_wipe(blocks);
    }
    if (count > ANSWER_MESSAGES)
        effect_answer(&out, render_text("... and more: narrow it down, or page with --limit and --after", 0),
                      secret);
    deliver(c->instance, c, &out);
}

static void answer_outcome(struct console_job *j)
{
    struct str text = STR_INIT;
    bool plain = true;
    if (j->text.len) {
        str_add_bytes(&text, j->text.data, j->text.len);
        plain = j->outcome.write;
    }
    if (j->outcome.plan) {
        json_print_pretty(j->outcome.plan, &text);
        plain = false;
    } else if (j->outcome.write) {
        outcome_text(&j->outcome, &text);
        for (size_t i = 0; i < j->outcome.more_count; i++) {
            str_add_char(&text, '\n');
            outcome_text(&j->outcome.more[i], &text);
            plain = false;
        }
    }
    answer(j->call, &text, plain, j->call->secret);
    str_wipe(&text);
}

/* What went wrong concerns nobody but who typed it, where Discord can tell him alone. */
void console_error(struct call *c, const struct error *e)
{
    struct str text = STR_INIT;
    str_addf(&text, "❌ %s", e->message);
    if (*e->hint)
        str_addf(&text, "\n%s", e->hint);
    answer(c, &text, true, c->secret || (c->token && !c->update));
    str_release(&text);
}

/* A line that names no tenant (undo) and turns out to be about the guild's own is everybody's to see, unless
 * the client has been told otherwise already. */
static void show_own(const struct console_job *j)
{
    struct call *c = j->call;
    const struct outcome *o = &j->outcome;
    if ((o->write || j->question.len) && !o->more_count && !c->attachment && !c->confides &&
        str_equal(o->tenant, c->snapshot->tenant.id) && !c->deferred && !c->busy)
        c->secret = false;
}

static void answer_question(struct console_job *j)
{
    struct call *c = j->call;
    struct effects out;
    struct confirmation *q = confirmation_new();
    show_own(j);
    str_copy(q->tenant, sizeof q->tenant, c->instance->id);
    q->user_id = c->user_id;
    q->secret = c->secret;
    q->argv = c->argv;
    q->argc = c->argc;
    c->argv = NULL;
    confirmations_keep(&j->lane->console->confirmations, q);
    effects_init(&out);
    effect_answer(&out, render_question(str_text(&j->question), q->id, c->snapshot->language), c->secret);
    deliver(c->instance, c, &out);
}

static void push_finished(struct console_job *j)
{
    if (j->pushes)
        return;
    answer_outcome(j);
    job_free(j);
}

struct push_of {
    struct console_job *job;
    struct outcome *outcome;
};

static void on_pushed(void *context, struct push_result *result)
{
    struct push_of *p = context;
    struct console_job *j = p->job;
    p->outcome->result = *result;
    free(p);
    j->pushes--;
    push_finished(j);
}

static void push(struct console_job *j, struct outcome *o)
{
    if (!o->push)
        return;
    struct push_of *p = mem_alloc(sizeof *p);
    *p = (struct push_of){j, o};
    o->request.committed_at = time_monotonic();
    j->pushes++;
    daemon_push(j->lane->console->daemon, &o->request, on_pushed, p);
}

void console_finish(struct console_job *j, const struct error *failed)
{
    struct call *c = j->call;
    struct bot_daemon *d = j->lane->console->daemon;
    if (failed || j->error.code) {
        const struct error *e = failed ? failed : &j->error;
        if (!failed && j->question.len)
            answer_question(j);
        else
            console_error(c, e);
        log_event(LEVEL_INFO, c->instance->id, "command", "discord:%" PRId64 " %s: %s", c->user_id,
                  c->argc ? c->argv ? c->argv[0] : "?" : "", error_code_name(e->code));
        job_free(j);
        return;
    }
    log_event(LEVEL_INFO, c->instance->id, "command", "discord:%" PRId64 " %s: done audit=%" PRId64,
              c->user_id, c->argc ? c->argv[0] : "", j->outcome.audit);
    if (j->record) {
        daemon_seen(d, j->record, true);
        j->record = NULL;
    }
    show_own(j);
    j->pushes = 1; /* this function's own */
    push(j, &j->outcome);
    for (size_t i = 0; i < j->outcome.more_count; i++)
        push(j, &j->outcome.more[i]);
    j->pushes--;
    push_finished(j);
}
