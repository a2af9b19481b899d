#include "pusher.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* How long an acknowledged request waits for the parts beside the control message. */
#define PARTS_MS 500
/* Past its deadline a request still waits this long for the answer of a call that ends by then. */
#define SETTLE_MS 1500
/* Who does not wait is told what has become of the first attempt, if that is known so soon. */
#define NO_WAIT_MS 800
/* And waits no longer than this for the run to begin. */
#define NO_RUN_MS 5000
/* How long the answer to "is there a daemon?" is believed. */
#define SERVED_MS 1000

void request_end(struct pusher *p, struct target *t, struct request *r, enum push_state state,
                 const char *reason)
{
    struct push_result result = {.state = state, .ms = -1, .failed = r->failed};
    str_copy(result.reason, sizeof result.reason, reason ? reason : "");
    str_copy(result.notified, sizeof result.notified, "none");
    if (state == PUSH_STATE_ACKNOWLEDGED) {
        result.ms = r->acknowledged_at - r->r.committed_at;
        str_copy(result.instance, sizeof result.instance, r->instance);
        str_copy(result.notified, sizeof result.notified, r->notified);
    }
    if (str_equal(reason, "no_daemon"))
        str_copy(result.gave_up, sizeof result.gave_up, r->gave_up);
    for (struct request **at = &t->requests; *at; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            break;
        }
    }
    p->waiting--;
    log_event(LEVEL_INFO, t->id, "push", "%s revision=%lld%s%s ms=%lld", push_state_words[state],
              (long long)r->r.revision, *result.reason ? " reason=" : "", result.reason,
              (long long)result.ms);
    pusher_done done = r->done;
    void *context = r->context;
    free(r);
    done(context, &result);
}

static bool carried(const struct target *t, const struct request *r)
{
    return r->run <= t->run;
}

void requests_settle_control(struct target *t)
{
    for (struct request *r = t->requests; r; r = r->next) {
        if (!carried(t, r) || r->control_settled)
            continue;
        r->control_settled = true;
        r->message_sent = t->message_sent;
        if (r->r.again && t->message_sent) {
            str_copy(r->nonce, sizeof r->nonce, t->nonce);
            t->pusher->look_soon = true; /* the bot may have taken it before Discord's answer was here */
        }
        if (r->r.acknowledge == ACKNOWLEDGE_REVISION)
            str_copy(r->reason, sizeof r->reason, t->reason);
    }
    pusher_wake(t->pusher, 0);
}

void requests_settle_parts(struct target *t)
{
    for (struct request *r = t->requests; r; r = r->next) {
        if (!carried(t, r) || r->parts_settled)
            continue;
        r->control_settled = r->parts_settled = true;
        json_free(r->failed);
        r->failed = json_clone(t->failed);
    }
}

void requests_refused(struct target *t)
{
    for (struct request *r = t->requests; r; r = r->next) {
        if (carried(t, r) && r->r.acknowledge != ACKNOWLEDGE_CLOSED)
            str_copy(r->reason, sizeof r->reason, "token_refused");
    }
    pusher_wake(t->pusher, 0);
}

static bool connected(const struct bot_status *b)
{
    return b->state == BOT_RUNNING || b->state == BOT_CONNECTING;
}

static bool acknowledges(const struct bot_status *b, const struct push_request *r)
{
    switch (r->acknowledge) {
    case ACKNOWLEDGE_REVISION:
        return connected(b) && b->applied_revision >= r->revision;
    case ACKNOWLEDGE_READY:
        return b->state == BOT_RUNNING && b->epoch >= r->epoch && b->applied_revision >= r->revision;
    case ACKNOWLEDGE_CLOSED:
        return !connected(b) && b->epoch >= r->epoch;
    }
    return false;
}

/* The daemon has tried the token that this request is about. */
static bool refuses(const struct bot_status *b, const struct push_request *r)
{
    return r->acknowledge == ACKNOWLEDGE_READY && b->state == BOT_ERROR && b->epoch >= r->epoch &&
           str_equal(b->error, BOT_TOKEN_REFUSED);
}

/* What made it apply; where that was done before, "discord" says that the bot heard of it again. */
static const char *notified_by(const struct request *r, const struct bot_status *b)
{
    if (r->r.acknowledge != ACKNOWLEDGE_REVISION)
        return "database";
    if (!r->news)
        return r->taken ? "discord" : "none";
    return *b->notified ? b->notified : "database";
}

static void look(struct store *s, struct request *r, const struct bot_status *b)
{
    bool there = acknowledges(b, &r->r) && *b->instance;
    if (refuses(b, &r->r))
        str_copy(r->reason, sizeof r->reason, "token_refused");
    /* It has tried the session that this is about, and will try no other by itself, or not soon. */
    bool gave_up = b->state == BOT_ERROR && b->epoch >= r->r.epoch;
    str_copy(r->gave_up, sizeof r->gave_up, gave_up ? b->error : "");
    if (!r->looked)
        r->news = r->r.raised || (r->r.again && !there);
    r->looked = true;
    if (*r->nonce && !r->taken)
        nonce_seen(s, r->r.tenant, r->nonce, &r->taken, NULL);
    bool first = there && !r->acknowledged_at;
    if (first) {
        r->acknowledged_at = time_monotonic();
        str_copy(r->instance, sizeof r->instance, b->instance);
    }
    if (first || !r->news) /* what applied a later revision meanwhile is no news of this one */
        str_copy(r->notified, sizeof r->notified, notified_by(r, b));
}

void requests_look(struct pusher *p)
{
    struct store *s = p->options.store;
    int64_t begun = time_monotonic_us();
    if (store_begin_read(s, NULL))
        return;
    for (struct target *t = p->targets; t; t = t->next) {
        struct bot_status b;
        if (!t->requests || bot_status_load(s, t->id, &b, NULL))
            continue;
        for (struct request *r = t->requests; r; r = r->next)
            look(s, r, &b);
    }
    store_rollback(s);
    int64_t took = time_monotonic_us() - begun;
    p->look_after = time_monotonic() + took * 3 / 1000;
}

static bool served(struct pusher *p, struct target *t, const struct request *r, int64_t now)
{
    if (*r->gave_up)
        return false;
    if (now >= t->served_until) {
        t->served = daemon_lock_serves(store_path(p->options.store), t->id);
        t->served_until = now + SERVED_MS;
    }
    return t->served;
}

static int64_t no_wait_until(const struct request *r)
{
    return r->begun_at ? r->begun_at + NO_WAIT_MS : r->r.committed_at + NO_RUN_MS;
}

/* A bot that is closed is told all the same: its connection ends. */
static const char *nothing_to_push(const struct target *t, const struct request *r)
{
    return r->r.acknowledge == ACKNOWLEDGE_CLOSED ? NULL : tenant_silent(&t->tenant);
}

/* Nothing could be sent, and the revision was acknowledged before: that says nothing of this push. */
static bool unsendable(const struct request *r)
{
    static const char *const reasons[] = {"key_missing", "key_wrong", "key_unsafe", "token_unreadable"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons && r->r.again; i++)
        if (str_equal(r->reason, reasons[i]))
            return true;
    return false;
}

/* Its revision was applied before: what it asks is whether the bot takes the message, which is under way or
 * there. */
static bool message_awaited(const struct request *r)
{
    return r->r.again && !r->news && !r->taken && (!r->control_settled || *r->nonce);
}

/* What is acknowledged waits a little for what else is to be told of it. */
static int64_t acknowledged_until(const struct request *r)
{
    if (message_awaited(r))
        return r->deadline;
    int64_t until = r->acknowledged_at + (r->parts_settled ? 0 : PARTS_MS);
    return until < r->deadline ? until : r->deadline;
}

/* The first line of the table that fits. Returns 0 when R has ended, else when to ask again. */
static int64_t judge(struct pusher *p, struct target *t, struct request *r, int64_t now)
{
    const char *none = carried(t, r) ? nothing_to_push(t, r) : NULL;
    enum push_state pushed = r->message_sent ? PUSH_STATE_PUSHED : PUSH_STATE_PENDING;
    bool over = now >= r->deadline, waits = r->r.wait_ms > 0;
    const char *reason = NULL;
    enum push_state state = PUSH_STATE_PENDING;
    if (none && (r->parts_settled || !t->running)) {
        state = PUSH_STATE_NONE;
        reason = none;
    } else if (unsendable(r)) {
        reason = r->reason;
    } else if (r->acknowledged_at && waits) {
        int64_t until = acknowledged_until(r);
        if (now < until)
            return until;
        state = PUSH_STATE_ACKNOWLEDGED;
    } else if (str_equal(r->reason, "token_refused")) {
        reason = r->reason;
    } else if (!r->control_settled) {
        int64_t last = waits ? r->deadline + SETTLE_MS : no_wait_until(r);
        if (now < last)
            return over || !waits ? last : r->deadline;
        reason = waits ? "unreachable" : "no_wait";
    } else if (*r->reason) {
        if (waits && !over && (!r->parts_settled || served(p, t, r, now)))
            return r->deadline;
        reason = r->reason;
    } else if (!waits) {
        if (!r->parts_settled && now < no_wait_until(r))
            return no_wait_until(r);
        state = pushed;
        reason = "no_wait";
    } else if (!over && served(p, t, r, now)) {
        return r->deadline;
    } else {
        if (!r->parts_settled && now < r->deadline)
            return r->deadline;
        state = pushed;
        reason = over && served(p, t, r, now) ? "timeout" : "no_daemon";
    }
    request_end(p, t, r, state, reason);
    return 0;
}

int64_t requests_judge(struct pusher *p, int64_t now)
{
    int64_t next = INT64_MAX;
    bool late = false;
    for (const struct target *t = p->targets; t && !late; t = t->next) {
        for (const struct request *r = t->requests; r && !late; r = r->next)
            late = now >= r->deadline && (!r->acknowledged_at || message_awaited(r)) && r->r.wait_ms > 0;
    }
    if (late) /* nobody is given up without a last look */
        requests_look(p);
    for (struct target *t = p->targets; t; t = t->next) {
        for (struct request *r = t->requests, *after; r; r = after) {
            after = r->next;
            int64_t again = judge(p, t, r, now);
            if (again && again < next)
                next = again;
        }
    }
    return next;
}
