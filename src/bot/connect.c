/* Token -> who am I and where is the gateway -> gateway; and what follows when that fails. */
#include "instance.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define ASK_TIMEOUT_MS 20000
/* Questions at a time: thousands at once would cost more memory than the bots they are for. */
#define ASK_LIMIT 128
#define NO_IDENTIFY_MS 60000
#define NO_IDENTIFY_LEAST_MS 1000

/* Bits of an application's flags. */
#define FLAG_MEMBERS (1u << 14 | 1u << 15)
#define FLAG_CONTENT (1u << 18 | 1u << 19)

void instance_close(struct instance *in)
{
    if (in->gateway)
        gateway_free(in->gateway);
    in->gateway = NULL;
    instance_wipe(in);
}

void instance_give_up(struct instance *in, const char *why)
{
    instance_error(in, why);
    log_event(LEVEL_ERROR, in->id, "error", "%s", in->error);
    instance_phase(in, PHASE_ENDED);
}

struct refusal_job {
    struct job job;
    char id[TENANT_ID_TEXT];
    int64_t epoch; /* of the token that was refused */
};

static int refusal_run(struct job *job, struct store *s, struct error *e)
{
    const struct refusal_job *j = (struct refusal_job *)job;
    return tokens_refused(s, j->id, j->epoch, e);
}

static void refusal_done(struct job *job, const struct error *failed)
{
    const struct refusal_job *j = (struct refusal_job *)job;
    if (failed)
        log_event(LEVEL_ERROR, j->id, "database", "refusal of the token not written: %s", failed->message);
    free(job);
}

void instance_token_refused(struct instance *in)
{
    struct refusal_job *j = mem_zero(1, sizeof *j);
    j->job.run = refusal_run;
    j->job.done = refusal_done;
    str_copy(j->id, sizeof j->id, in->id);
    j->epoch = in->epoch;
    executor_submit(in->daemon->writer, &j->job);
    instance_give_up(in, BOT_TOKEN_REFUSED);
}

void instance_refused(struct instance *in)
{
    instance_give_up(in, BOT_TOKEN_REFUSED);
}

/* Neither the bot's failure nor the network's: the database, or the host's budget. */
static void held_up(struct instance *in, const char *why)
{
    int64_t delay = instance_pause(in->troubles++);
    instance_error(in, why);
    log_event(LEVEL_WARN, in->id, "start", "%s; again in %" PRId64 " ms", in->error ? in->error : "", delay);
    instance_wait(in, delay);
}

void instance_load_failed(struct instance *in, const struct error *e)
{
    held_up(in, e->message);
}

/* --- asking --- */

static void connect_now(struct instance *in)
{
    const struct tenant *t = &in->snapshot->tenant;
    struct gateway_options options = {.url = in->gateway_url,
                                      .token = in->token,
                                      .intents = events_intents(in->granted),
                                      .resume = in->resume && *in->resume->session_id ? in->resume : NULL,
                                      .presence = presence_of(t),
                                      .hooks = &instance_hooks,
                                      .context = in,
                                      .tenant = in->id};
    in->gateway = gateway_new(in->daemon->hub, &options);
    instance_wipe(in);
    instance_phase(in, PHASE_CONNECTING);
    gateway_start(in->gateway, 0);
}

static unsigned granted_of(int64_t flags)
{
    unsigned granted = 0;
    if ((unsigned)flags & FLAG_MEMBERS)
        granted |= INTENT_NEED_MEMBERS;
    if ((unsigned)flags & FLAG_CONTENT)
        granted |= INTENT_NEED_CONTENT;
    return granted;
}

/* False: the question failed and the instance has gone on to something else, or was past asking. */
static bool asked_ok(struct instance *in, int round, const struct rest_answer *a, const char *what)
{
    if (in->stopped || in->phase != PHASE_ASKING || in->round != round)
        return false;
    struct str why = STR_INIT;
    str_addf(&why, "%s: %s (%d)", what, a->message, a->status);
    switch (a->result) {
    case REST_OK:
        break;
    case REST_REFUSED:
        instance_token_refused(in);
        break;
    case REST_CLIENT:
    case REST_FORBIDDEN:
        instance_start_failed(in, FAILURE_OWN, str_text(&why));
        break;
    case REST_UNREACHABLE:
        instance_start_failed(in, a->untrusted ? FAILURE_UNTRUSTED : FAILURE_NETWORK, str_text(&why));
        break;
    default:
        held_up(in, str_text(&why));
    }
    str_release(&why);
    return a->result == REST_OK;
}

struct question {
    struct instance *instance;
    int round;
};

/* Whose bot it is, where the database does not know or believes something else. */
struct learn_job {
    struct job job;
    struct instance *instance;
    int round;
    int64_t epoch, application_id;
};

static int learn_run(struct job *job, struct store *s, struct error *e)
{
    const struct learn_job *j = (struct learn_job *)job;
    return tokens_application(s, j->instance->id, j->epoch, j->application_id, e);
}

static void learn_done(struct job *job, const struct error *failed)
{
    struct learn_job *j = (struct learn_job *)job;
    struct instance *in = j->instance;
    bool current = !in->stopped && in->phase == PHASE_ASKING && in->round == j->round;
    if (failed && failed->code != ERROR_TAKEN)
        log_event(LEVEL_WARN, in->id, "database", "application not written: %s", failed->message);
    if (current && failed && failed->code == ERROR_TAKEN)
        instance_give_up(in, failed->message); /* a bot serves one tenant */
    else if (current && --in->asked == 0)
        connect_now(in);
    instance_drop(in);
    free(j);
}

/* Counts as a question until it is written. */
static void learn_application(struct instance *in)
{
    struct learn_job *j = mem_zero(1, sizeof *j);
    j->job.run = learn_run;
    j->job.done = learn_done;
    j->instance = instance_hold(in);
    j->round = in->round;
    j->epoch = in->epoch;
    j->application_id = in->application_id;
    in->asked++;
    executor_submit(in->daemon->writer, &j->job);
}

static void ask_next(struct bot_daemon *d);

static void question_free(struct question *q)
{
    struct bot_daemon *d = q->instance->daemon;
    instance_drop(q->instance);
    free(q);
    d->asking--;
    ask_next(d);
}

static void on_application(void *context, const struct rest_answer *a)
{
    struct question *q = context;
    struct instance *in = q->instance;
    if (asked_ok(in, q->round, a, "GET /applications/@me")) {
        in->granted = granted_of(json_get_int(a->body, "flags", 0));
        in->application_id = json_get_id(a->body, "id");
        in->bot_id = json_id(json_at(a->body, "bot.id"));
        if (!in->bot_id)
            in->bot_id = in->application_id;
        if (in->application_id != in->snapshot->tenant.application_id)
            learn_application(in);
        if (--in->asked == 0)
            connect_now(in);
    }
    question_free(q);
}

static void on_gateway(void *context, const struct rest_answer *a)
{
    struct question *q = context;
    struct instance *in = q->instance;
    if (asked_ok(in, q->round, a, "GET /gateway/bot")) {
        const char *url = json_get_string(a->body, "url");
        const struct json *limit = json_get(a->body, "session_start_limit");
        bool resumes = in->resume && *in->resume->session_id;
        in->concurrency = json_get_int(limit, "max_concurrency", 1);
        free(in->gateway_url);
        in->gateway_url = mem_strdup(url);
        if (!url) {
            instance_start_failed(in, FAILURE_OWN, "GET /gateway/bot: no address in the answer");
        } else if (!resumes && json_get_int(limit, "remaining", 1) <= 0) {
            int64_t after = json_get_int(limit, "reset_after", NO_IDENTIFY_MS);
            instance_error(in, "no IDENTIFY is left today");
            log_event(LEVEL_WARN, in->id, "gateway", "%s; again in %" PRId64 " ms", in->error, after);
            instance_wait(in, after < NO_IDENTIFY_LEAST_MS ? NO_IDENTIFY_LEAST_MS : after);
        } else if (--in->asked == 0) {
            connect_now(in);
        }
    }
    question_free(q);
}

static void ask(struct instance *in, const char *path, rest_done done)
{
    struct question *q = mem_zero(1, sizeof *q);
    q->instance = instance_hold(in);
    q->round = in->round;
    struct rest_request request = {
        .method = "GET", .path = path, .timeout_ms = ASK_TIMEOUT_MS, .done = done, .context = q};
    in->asked++;
    in->daemon->asking++;
    rest_send(in->rest, &request);
}

static void ask_next(struct bot_daemon *d)
{
    while (d->to_ask && d->asking < ASK_LIMIT) {
        struct instance *in = d->to_ask;
        d->to_ask = in->ask_next;
        if (!d->to_ask)
            d->to_ask_end = &d->to_ask;
        in->ask_next = NULL;
        in->queued = false;
        if (!in->stopped && in->phase == PHASE_ASKING && !in->asked) {
            ask(in, "/applications/@me", on_application);
            ask(in, "/gateway/bot", on_gateway);
        }
        instance_drop(in);
    }
    if (!d->to_ask && !d->asking)
        upkeep_calm(d);
}

void instance_ask(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    in->asked = 0;
    in->round++;
    instance_phase(in, PHASE_ASKING);
    if (!in->queued) {
        in->queued = true;
        *d->to_ask_end = instance_hold(in);
        d->to_ask_end = &in->ask_next;
    }
    ask_next(d);
}
