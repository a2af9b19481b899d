#include "outbound.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"
#include "tt/store/purchase.h"

#define ANSWER_MS (14 * 60 * 1000) /* an interaction's token lives a minute longer */

struct result_job {
    struct job job;
    struct result_job *next;
    struct bot_daemon *daemon;
    enum result_kind kind;
    int64_t delivery, tried_at, next_at, user_id, tx;
    char tenant[TENANT_ID_TEXT];
    char reason[128];
    int64_t dm;      /* it arrived: the user's channel, to be remembered; 0 none */
    bool tells;      /* somebody must be told */
    int64_t tell_in; /* closed DMs: where to tell the buyer; 0: the tenant's people */
    bool queued;
    struct call *asker;    /* closed DMs: whose interaction is answered once that is noted; NULL none */
    char id[RECEIPT_TEXT]; /* of the transaction */
};

/* --- on the executor --- */

static void say(struct str *out, const struct result_job *j, const struct tenant *t, const char *id)
{
    enum language language = str_equal(tenant_config(t, CONFIG_LANGUAGE), "en") ? LANGUAGE_EN : LANGUAGE_ID;
    enum message message = j->kind == RESULT_FAILED ? MESSAGE_GOODS_FAILED : MESSAGE_GOODS_CLOSED;
    char user[32];
    snprintf(user, sizeof user, "<@%" PRId64 ">", j->user_id);
    if (j->tell_in)
        str_addf(out, "%s ", user);
    message_add(out, language, j->tell_in ? MESSAGE_DM_CLOSED : message, "id", id, "user", user, "reason",
                j->reason, "prefix", tenant_config(t, CONFIG_PREFIX), NULL);
}

/* The buyer is told where he bought, unless he was told of this transaction before; if nobody knows where,
 * and of goods that failed, the tenant's own people are. */
static int tell(struct result_job *j, struct store *s, struct error *e)
{
    struct tenant_scope scope = scope_of(s, j->tenant);
    struct str text = STR_INIT, document = STR_INIT;
    struct transaction tx;
    struct tenant t;
    int rc = tenants_load(s, j->tenant, &t, e);
    if (rc == 0)
        rc = transactions_load(&scope, j->tx, &tx, e);
    int64_t channel = rc ? 0 : j->tell_in ? j->tell_in : t.channels[CHANNEL_LOGS];
    if (channel && tx.delivery != TRANSACTION_CLOSED) {
        say(&text, j, &t, tx.id);
        struct json *message = render_text(str_text(&text), j->tell_in ? j->user_id : 0);
        json_print(message, &document);
        json_free(message);
        rc = deliveries_add_notice(&scope, channel, 0, str_text(&document), time_now(), NULL, e);
        j->queued = true;
    }
    tenant_release(&t);
    str_release(&text);
    str_release(&document);
    return rc;
}

static int result_run(struct job *job, struct store *s, struct error *e)
{
    struct result_job *j = (struct result_job *)job;
    const char *owner = j->daemon->instance;
    struct error why = {0};
    if (j->tells && tell(j, s, &why) && why.code != ERROR_NO_SUCH) {
        *e = why;
        return -1;
    }
    switch (j->kind) {
    case RESULT_DONE:
        return (j->dm && dm_channel_set(s, j->tenant, j->user_id, j->dm, e))
                   ? -1
                   : deliveries_done(s, j->delivery, e);
    case RESULT_CLOSED:
        return deliveries_closed(s, j->delivery, e);
    case RESULT_FAILED:
        return deliveries_fail(s, j->delivery, owner, j->reason, e);
    case RESULT_RETRY:
        return deliveries_retry(s, j->delivery, owner, j->tried_at, j->next_at, j->reason, e);
    case RESULT_GIVE_BACK:
        return deliveries_give_back(s, j->delivery, owner, j->tried_at, j->next_at, j->reason, e);
    }
    return 0;
}

/* --- noting --- */

static bool answerable(const struct call *c)
{
    return c && c->token && !c->instance->stopped && time_monotonic() - c->began < ANSWER_MS;
}

static void result_free(struct result_job *j)
{
    if (j->asker)
        call_drop(j->asker);
    free(j);
}

static void on_note(uv_timer_t *timer)
{
    struct outbound *o = timer->data;
    struct result_job *j = o->unnoted;
    o->unnoted = NULL;
    while (j) {
        struct result_job *next = j->next;
        j->tells |= j->asker && !answerable(j->asker); /* its token has lapsed meanwhile */
        executor_submit(o->daemon->writer, &j->job);
        j = next;
    }
}

/* Its lease would run out and the message be looked for; that takes minutes, and the outcome is known. */
static void note_again(struct result_job *j)
{
    struct outbound *o = j->daemon->outbound;
    j->next = o->unnoted;
    o->unnoted = j;
    if (!uv_is_active((uv_handle_t *)&o->note))
        uv_timer_start(&o->note, on_note, RETRY_FIRST_MS, 0);
}

static void result_done(struct job *job, const struct error *failed)
{
    struct result_job *j = (struct result_job *)job;
    if (failed) {
        log_event(LEVEL_WARN, j->tenant, "delivery", "result of %" PRId64 " not noted: %s", j->delivery,
                  failed->message);
        if (!j->daemon->stopping) {
            note_again(j);
            return;
        }
    }
    if (!failed && (j->kind == RESULT_RETRY || j->kind == RESULT_GIVE_BACK || j->queued))
        outbound_wake(j->daemon);
    if (!failed && j->asker && !j->tells)
        call_answer_message(j->asker, MESSAGE_DM_CLOSED, "id", j->id, true);
    result_free(j);
}

static struct result_job *result_new(struct bot_daemon *d, const struct package *p, enum result_kind kind)
{
    struct result_job *j = mem_zero(1, sizeof *j);
    j->job.run = result_run;
    j->job.done = result_done;
    j->job.soft = true; /* lost, it is found in the channel's history */
    j->daemon = d;
    j->kind = kind;
    j->delivery = p->delivery;
    j->tried_at = p->tried_at;
    j->user_id = p->user_id;
    j->tx = p->tx;
    str_copy(j->tenant, sizeof j->tenant, p->tenant);
    return j;
}

void result_note(struct bot_daemon *d, const struct package *p, enum result_kind kind, int64_t next_at,
                 const char *reason)
{
    struct result_job *j = result_new(d, p, kind);
    j->next_at = next_at;
    j->tells = kind == RESULT_FAILED && p->goods;
    str_copy(j->reason, sizeof j->reason, reason);
    executor_submit(d->writer, &j->job);
}

/* --- who waits for goods --- */

void outbound_expect(struct bot_daemon *d, int64_t tx, struct call *c)
{
    struct outbound *o = d->outbound;
    struct asker *asker = &o->askers[o->askers_next++ % ASKERS];
    if (asker->call)
        call_drop(asker->call);
    *asker = (struct asker){.tx = tx, .call = call_hold(c)};
}

static struct call *asker_take(struct outbound *o, int64_t tx)
{
    for (size_t i = 0; tx && i < ASKERS; i++) {
        struct call *c = o->askers[i].call;
        if (c && o->askers[i].tx == tx) {
            o->askers[i] = (struct asker){.tx = 0};
            return c;
        }
    }
    return NULL;
}

void result_arrived(struct bot_daemon *d, const struct package *p, int64_t dm)
{
    struct result_job *j = result_new(d, p, RESULT_DONE);
    struct call *c = p->goods ? asker_take(d->outbound, p->tx) : NULL;
    j->dm = dm;
    executor_submit(d->writer, &j->job);
    if (c) /* nobody needs to be told of closed DMs */
        call_drop(c);
}

/* An interaction's answer is for the buyer's eyes only, as long as its token is good. Else, also when another
 * daemon has sold it, he is told in the channel, by a message that must arrive. An answer has no nonce: it
 * leaves after the commit, so that he is never told twice, though by no answer if the daemon is killed just
 * between. */
void result_closed(struct bot_daemon *d, const struct package *p)
{
    struct result_job *j = result_new(d, p, RESULT_CLOSED);
    log_event(LEVEL_INFO, p->tenant, "delivery", "%s: the buyer's direct messages are closed", p->id);
    str_copy(j->id, sizeof j->id, p->id);
    j->asker = asker_take(d->outbound, p->tx);
    j->tells = !answerable(j->asker);
    j->job.soft = j->tells; /* of an answer nothing tells but this note */
    j->tell_in = p->asked_in;
    executor_submit(d->writer, &j->job);
}

void results_release(struct outbound *o)
{
    for (size_t i = 0; i < ASKERS; i++) {
        if (o->askers[i].call)
            call_drop(o->askers[i].call);
    }
    while (o->unnoted) {
        struct result_job *j = o->unnoted;
        o->unnoted = j->next;
        result_free(j);
    }
}
