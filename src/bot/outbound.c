/* Deliveries: leased from the outbox, rendered on the executor, sent by the bots that are connected. A lease
 * is committed before anything is sent; a result ends it; what has no result is looked for in its channel
 * before it is sent again. */
#include "daemon.h"

#include <inttypes.h>

#include "package.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"
#include "tt/store/purchase.h"

#define BATCH 100
#define LEASE_MS (150 * 1000)   /* longer than a request may take, its retries included */
#define LOOK_UP_MS (120 * 1000) /* an earlier attempt's nonce still removes a double before that */
#define AWAY_MS (30 * 1000)     /* until a bot that is not connected is asked for again */
#define AWAY "the bot is not connected"
#define REFUSED_MS (600 * 1000) /* until a token that Discord refuses is */
#define RETRY_FIRST_MS 5000
#define RETRY_MAX_MS (600 * 1000)
#define GATHER_MS 20
#define ASKERS 64
#define ANSWER_MS (14 * 60 * 1000) /* an interaction's token lives a minute longer */
#define CODE_DM_CLOSED 50007

struct asker {
    int64_t tx;
    struct call *call;
};

struct outbound {
    struct bot_daemon *daemon;
    uv_timer_t timer, note;
    struct result_job *unnoted; /* results that could not be written */
    bool looking, leasing, again;
    size_t sending;
    struct sending *first;       /* of those under way */
    struct asker askers[ASKERS]; /* who bought lately, so that closed DMs can be told of */
    unsigned askers_next;
};

/* --- results --- */

enum result_kind { RESULT_DONE, RESULT_CLOSED, RESULT_FAILED, RESULT_RETRY, RESULT_GIVE_BACK };

struct result_job {
    struct job job;
    struct result_job *next;
    struct bot_daemon *daemon;
    enum result_kind kind;
    int64_t delivery, tried_at, next_at;
    char tenant[TENANT_ID_TEXT];
    char reason[128];
    /* --- closed DMs: whom to tell, and where; 0 he has been told --- */
    int64_t tell_in, user_id, tx;
    bool queued;
};

/* He is told where he bought, unless he was told of this transaction before. */
static int tell_closed(struct result_job *j, struct store *s, struct error *e)
{
    struct tenant_scope scope = scope_of(s, j->tenant);
    struct str text = STR_INIT, document = STR_INIT;
    struct transaction tx;
    struct tenant t;
    int rc = tenants_load(s, j->tenant, &t, e);
    if (rc == 0)
        rc = transactions_load(&scope, j->tx, &tx, e);
    if (rc == 0 && tx.delivery != TRANSACTION_CLOSED) {
        bool english = str_equal(tenant_config(&t, CONFIG_LANGUAGE), "en");
        str_addf(&text, "<@%" PRId64 "> ", j->user_id);
        message_add(&text, english ? LANGUAGE_EN : LANGUAGE_ID, MESSAGE_DM_CLOSED, "id", tx.id, NULL);
        struct json *message = render_text(str_text(&text), j->user_id);
        json_print(message, &document);
        json_free(message);
        rc = deliveries_add_notice(&scope, j->tell_in, 0, str_text(&document), time_now(), NULL, e);
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
    switch (j->kind) {
    case RESULT_DONE:
        return deliveries_done(s, j->delivery, e);
    case RESULT_CLOSED:
        if (j->tell_in && tell_closed(j, s, &why) && why.code != ERROR_NO_SUCH) {
            *e = why;
            return -1;
        }
        return deliveries_closed(s, j->delivery, e);
    case RESULT_FAILED:
        return deliveries_fail(s, j->delivery, owner, j->reason, e);
    case RESULT_RETRY:
        return deliveries_retry(s, j->delivery, owner, j->next_at, j->reason, e);
    case RESULT_GIVE_BACK:
        return deliveries_give_back(s, j->delivery, owner, j->tried_at, j->next_at, j->reason, e);
    }
    return 0;
}

static void on_note(uv_timer_t *timer)
{
    struct outbound *o = timer->data;
    struct result_job *j = o->unnoted;
    o->unnoted = NULL;
    while (j) {
        struct result_job *next = j->next;
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
    if (!failed && (j->next_at || j->queued))
        outbound_wake(j->daemon);
    free(j);
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
    str_copy(j->tenant, sizeof j->tenant, p->tenant);
    return j;
}

static void note(struct bot_daemon *d, const struct package *p, enum result_kind kind, int64_t next_at,
                 const char *reason)
{
    struct result_job *j = result_new(d, p, kind);
    j->next_at = next_at;
    str_copy(j->reason, sizeof j->reason, reason);
    executor_submit(d->writer, &j->job);
}

static int64_t retry_at(const struct package *p)
{
    int64_t ms = p->attempts > 7 ? RETRY_MAX_MS : RETRY_FIRST_MS << p->attempts;
    return time_now() + (ms > RETRY_MAX_MS ? RETRY_MAX_MS : ms);
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

/* The goods are gone: nobody needs to be told of closed DMs. */
static void settle(struct bot_daemon *d, const struct package *p)
{
    struct call *c = p->goods ? asker_take(d->outbound, p->tx) : NULL;
    if (c)
        call_drop(c);
}

/* An interaction's answer is for the buyer's eyes only, as long as its token is good. Else, also when another
 * daemon has sold it, he is told in the channel, by a message that must arrive. */
static void closed(struct bot_daemon *d, const struct package *p)
{
    struct call *c = asker_take(d->outbound, p->tx);
    bool answers = c && c->token && !c->instance->stopped && time_monotonic() - c->began < ANSWER_MS;
    struct result_job *j = result_new(d, p, RESULT_CLOSED);
    log_event(LEVEL_INFO, p->tenant, "delivery", "%s: the buyer's direct messages are closed", p->id);
    if (answers)
        call_answer_message(c, MESSAGE_DM_CLOSED, "id", p->id, true);
    j->tell_in = answers ? 0 : p->asked_in;
    j->user_id = p->user_id;
    j->tx = p->tx;
    executor_submit(d->writer, &j->job);
    if (c)
        call_drop(c);
}

/* --- sending --- */

struct sending {
    struct sending *next, **at;
    struct instance *instance;
    struct package *package;
    int64_t channel;
};

static void sending_free(struct sending *s)
{
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
    s->instance->daemon->outbound->sending--;
    s->instance->daemon->delivering--;
    package_free(s->package);
    instance_drop(s->instance);
    free(s);
}

static void request(struct sending *s, const char *method, const char *path, const struct json *body,
                    const struct rest_file *files, size_t count, rest_done done)
{
    struct rest_request q = {.method = method,
                             .path = path,
                             .body = body,
                             .files = files,
                             .file_count = count,
                             .flags = REST_ACKNOWLEDGED,
                             .done = done,
                             .context = s};
    if (s->instance->rest)
        rest_send(s->instance->rest, &q);
    else
        done(s, &(struct rest_answer){.result = REST_CANCELLED, .message = ""});
}

/* An answer that is no success; SENT: the message itself was under way, so it may have arrived. */
static void trouble(struct sending *s, const struct rest_answer *a, bool sent)
{
    struct bot_daemon *d = s->instance->daemon;
    const struct package *p = s->package;
    if (a->code == CODE_DM_CLOSED && p->goods) {
        closed(d, p);
        return;
    }
    log_event(LEVEL_WARN, p->tenant, "delivery", "%" PRId64 " %s: %s", p->delivery,
              rest_result_words[a->result], a->message);
    if (sent && a->unknown_outcome)
        return; /* the lease runs out; then the channel is looked through */
    if (a->result == REST_CLIENT || a->result == REST_FORBIDDEN)
        note(d, p, RESULT_FAILED, 0, a->message);
    else if (a->result == REST_UNREACHABLE)
        note(d, p, RESULT_RETRY, retry_at(p), a->message);
    else
        note(d, p, RESULT_GIVE_BACK, time_now() + (a->result == REST_REFUSED ? REFUSED_MS : AWAY_MS),
             rest_result_words[a->result]);
}

static void on_posted(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    if (a->result == REST_OK) {
        log_event(LEVEL_DEBUG, s->package->tenant, "delivery", "%" PRId64 " sent", s->package->delivery);
        note(s->instance->daemon, s->package, RESULT_DONE, 0, "");
        settle(s->instance->daemon, s->package);
    } else {
        trouble(s, a, true);
    }
    sending_free(s);
}

static void post(struct sending *s)
{
    const struct package *p = s->package;
    char path[64], nonce[26];
    struct rest_file file = {.name = p->file_name, .data = p->file.data, .size = p->file.len};
    struct json *body = json_clone(p->document);
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages", s->channel);
    snprintf(nonce, sizeof nonce, "d%" PRId64, p->delivery);
    json_set_string(body, "nonce", nonce);
    json_set_bool(body, "enforce_nonce", true);
    request(s, "POST", path, body, &file, p->file_name ? 1 : 0, on_posted);
    json_free(body);
}

static void on_history(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    if (a->result != REST_OK) {
        trouble(s, a, false);
        sending_free(s);
        return;
    }
    json_each(message, a->body)
    {
        if (json_id(json_at(message, "author.id")) != s->instance->bot_id || !package_is(s->package, message))
            continue;
        log_event(LEVEL_INFO, s->package->tenant, "delivery", "%" PRId64 " had arrived",
                  s->package->delivery);
        note(s->instance->daemon, s->package, RESULT_DONE, 0, "");
        settle(s->instance->daemon, s->package);
        sending_free(s);
        return;
    }
    post(s);
}

/* Of an attempt in the future nobody knows how long ago it was: the clock was set back. */
static bool tried_long_ago(const struct package *p)
{
    int64_t age = time_now() - p->tried_at;
    return p->tried_at && (age < 0 || age >= LOOK_UP_MS);
}

static void look_up_or_post(struct sending *s)
{
    char path[80];
    if (!tried_long_ago(s->package)) {
        post(s);
        return;
    }
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages?limit=100", s->channel);
    request(s, "GET", path, NULL, NULL, 0, on_history);
}

static void on_channel(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    s->channel = json_get_id(a->body, "id");
    if (a->result == REST_OK && s->channel) {
        look_up_or_post(s);
        return;
    }
    trouble(s, a, false);
    sending_free(s);
}

static void open_channel(struct sending *s)
{
    struct json *body = json_new_object();
    json_set_id(body, "recipient_id", s->package->user_id);
    request(s, "POST", "/users/@me/channels", body, NULL, 0, on_channel);
    json_free(body);
}

/* A lease may seem to have run out while its message is still under way: the clock was set. */
static bool is_sending(const struct outbound *o, int64_t delivery)
{
    for (const struct sending *s = o->first; s; s = s->next) {
        if (s->package->delivery == delivery)
            return true;
    }
    return false;
}

static struct sending *sending_new(struct instance *in, struct package *p)
{
    struct outbound *o = in->daemon->outbound;
    struct sending *s = mem_zero(1, sizeof *s);
    s->instance = instance_hold(in);
    s->package = p;
    s->channel = p->channel_id;
    s->at = &o->first;
    s->next = o->first;
    if (s->next)
        s->next->at = &s->next;
    o->first = s;
    o->sending++;
    in->daemon->delivering++;
    return s;
}

/* Takes P. */
static void dispatch(struct bot_daemon *d, struct package *p)
{
    struct instance *in = daemon_find(d, p->tenant);
    if (is_sending(d->outbound, p->delivery)) {
        package_free(p);
        return;
    }
    if (p->broken) {
        note(d, p, RESULT_FAILED, 0, p->broken);
    } else if (!in || in->phase != PHASE_READY || !in->rest) {
        if (in)
            in->owed = true;
        note(d, p, RESULT_GIVE_BACK, time_now() + AWAY_MS, AWAY);
    } else {
        struct sending *s = sending_new(in, p);
        if (s->channel)
            look_up_or_post(s);
        else
            open_channel(s);
        return;
    }
    package_free(p);
}

/* --- leasing --- */

struct lease_job {
    struct job job;
    struct bot_daemon *daemon;
    struct package *first, **end;
    int64_t next_due;
    int limit;
};

static void keep(void *context, const struct delivery *row)
{
    struct lease_job *j = context;
    struct package *p = package_new(row);
    *j->end = p;
    j->end = &p->next;
}

static int lease_run(struct job *job, struct store *s, struct error *e)
{
    struct lease_job *j = (struct lease_job *)job;
    const struct bot_daemon *d = j->daemon;
    int64_t now = time_now();
    if (deliveries_lease(s, d->options->tenant, d->instance, now, now + LEASE_MS, j->limit, keep, j, e))
        return -1;
    for (struct package *p = j->first; p; p = p->next) {
        if (package_fill(p, s, e))
            return -1;
    }
    j->next_due = deliveries_next_due(s, d->options->tenant);
    return 0;
}

static void lease_reset(struct job *job)
{
    struct lease_job *j = (struct lease_job *)job;
    while (j->first) {
        struct package *p = j->first;
        j->first = p->next;
        package_free(p);
    }
    j->end = &j->first;
}

static void on_timer(uv_timer_t *timer)
{
    struct outbound *o = timer->data;
    outbound_wake(o->daemon);
}

static void wait_until(struct outbound *o, int64_t due)
{
    int64_t ms = due - time_now();
    if (due >= 0 && due != INT64_MAX && !o->daemon->stopping)
        uv_timer_start(&o->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void lease_done(struct job *job, const struct error *failed)
{
    struct lease_job *j = (struct lease_job *)job;
    struct outbound *o = j->daemon->outbound;
    bool any = j->first != NULL;
    o->leasing = false;
    if (failed) {
        log_event(LEVEL_WARN, NULL, "delivery", "nothing leased: %s", failed->message);
        wait_until(o, time_now() + RETRY_FIRST_MS);
    }
    while (j->first) {
        struct package *p = j->first;
        j->first = p->next;
        dispatch(j->daemon, p);
    }
    if (!failed && (any || o->again))
        outbound_wake(j->daemon);
    else if (!failed)
        wait_until(o, j->next_due);
    free(j);
}

static void lease(struct outbound *o)
{
    struct lease_job *j = mem_zero(1, sizeof *j);
    o->leasing = true;
    o->again = false;
    j->job.run = lease_run;
    j->job.reset = lease_reset;
    j->job.done = lease_done;
    j->daemon = o->daemon;
    j->end = &j->first;
    j->limit = (int)(BATCH - o->sending);
    executor_submit(o->daemon->writer, &j->job);
}

/* Most wakes find nothing: that is seen without the write lock. */
struct look_job {
    struct job job;
    struct bot_daemon *daemon;
    int64_t next_due;
};

static int look_run(struct job *job, struct store *s, struct error *e)
{
    struct look_job *j = (struct look_job *)job;
    (void)e;
    j->next_due = deliveries_next_due(s, j->daemon->options->tenant);
    return 0;
}

static void look_done(struct job *job, const struct error *failed)
{
    struct look_job *j = (struct look_job *)job;
    struct outbound *o = j->daemon->outbound;
    o->looking = false;
    if (o->daemon->stopping)
        ;
    else if (failed || j->next_due < 0) /* the database could not be asked */
        wait_until(o, time_now() + RETRY_FIRST_MS);
    else if (j->next_due <= time_now())
        lease(o);
    else if (o->again)
        outbound_wake(o->daemon);
    else
        wait_until(o, j->next_due);
    free(j);
}

void outbound_wake(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    if (d->stopping)
        return;
    if (o->looking || o->leasing) {
        o->again = true;
        return;
    }
    if (o->sending >= BATCH / 2) { /* enough under way: a look in a moment */
        wait_until(o, time_now() + 50);
        return;
    }
    struct look_job *j = mem_zero(1, sizeof *j);
    o->looking = true;
    o->again = false;
    j->job.run = look_run;
    j->job.done = look_done;
    j->job.reads = true;
    j->daemon = d;
    executor_submit(d->reader, &j->job);
}

void outbound_wake_later(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    if (!d->stopping && !o->looking && !o->leasing &&
        (!uv_is_active((uv_handle_t *)&o->timer) || uv_timer_get_due_in(&o->timer) > GATHER_MS))
        uv_timer_start(&o->timer, on_timer, GATHER_MS, 0);
}

/* --- a bot comes --- */

struct owed_job {
    struct job job;
    struct bot_daemon *daemon;
    char tenant[TENANT_ID_TEXT];
};

static int owed_run(struct job *job, struct store *s, struct error *e)
{
    const struct owed_job *j = (const struct owed_job *)job;
    struct tenant_scope scope = scope_of(s, j->tenant);
    return deliveries_due_again(&scope, AWAY, e);
}

static void owed_done(struct job *job, const struct error *failed)
{
    struct owed_job *j = (struct owed_job *)job;
    (void)failed; /* then it is due later */
    outbound_wake(j->daemon);
    free(j);
}

void outbound_ready(struct instance *in)
{
    if (!in->owed) {
        outbound_wake_later(in->daemon);
        return;
    }
    struct owed_job *j = mem_zero(1, sizeof *j);
    in->owed = false;
    j->job = (struct job){.run = owed_run, .done = owed_done, .soft = true};
    j->daemon = in->daemon;
    str_copy(j->tenant, sizeof j->tenant, in->id);
    executor_submit(in->daemon->writer, &j->job);
}

/* --- life --- */

void outbound_new(struct bot_daemon *d)
{
    d->outbound = mem_zero(1, sizeof *d->outbound);
    d->outbound->daemon = d;
    uv_timer_init(&d->loop, &d->outbound->timer);
    uv_timer_init(&d->loop, &d->outbound->note);
    d->outbound->timer.data = d->outbound->note.data = d->outbound;
}

void outbound_close(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    for (size_t i = 0; i < ASKERS; i++) {
        if (o->askers[i].call)
            call_drop(o->askers[i].call);
    }
    while (o->unnoted) {
        struct result_job *j = o->unnoted;
        o->unnoted = j->next;
        free(j);
    }
    uv_close((uv_handle_t *)&o->timer, NULL);
    uv_close((uv_handle_t *)&o->note, NULL);
}

void outbound_free(struct bot_daemon *d)
{
    free(d->outbound);
    d->outbound = NULL;
}
