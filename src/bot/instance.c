/* One tenant's session: its life, what the gateway tells of it. */
#include "instance.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* Discord resets a token past 1,000 IDENTIFYs in a day. */
#define IDENTIFY_LIMIT 950
#define IDENTIFY_WINDOW_MS (24LL * 60 * 60 * 1000)
/* A pause worth telling of at once. */
#define TROUBLE_MS 10000

struct instance *instance_hold(struct instance *in)
{
    in->references++;
    return in;
}

void instance_wipe(struct instance *in)
{
    if (in->token)
        mem_wipe(in->token, strlen(in->token));
    free(in->token);
    free(in->gateway_url);
    free(in->resume);
    in->token = in->gateway_url = NULL;
    in->resume = NULL;
}

void instance_drop(struct instance *in)
{
    if (--in->references)
        return;
    instance_wipe(in);
    snapshot_drop(in->snapshot);
    free(in->guild_name);
    free(in->error);
    free(in);
}

static void on_timer_closed(uv_handle_t *handle)
{
    instance_drop(handle->data);
}

static struct instance *instance_new(struct bot_daemon *d, const struct record *r)
{
    struct instance *in = mem_zero(1, sizeof *in);
    in->daemon = d;
    in->references = 4; /* the table's and the timers' */
    str_copy(in->id, sizeof in->id, r->id);
    in->snapshot = snapshot_hold(r->snapshot);
    in->guild_id = r->snapshot->tenant.guild_id;
    in->application_id = r->snapshot->tenant.application_id;
    in->guild_name = mem_strdup(r->guild_name);
    in->epoch = r->epoch;
    in->latency_ms = -1;
    in->gap = true; /* until it is known what was said before */
    uv_timer_init(&d->loop, &in->retry);
    uv_timer_init(&d->loop, &in->look);
    uv_timer_init(&d->loop, &in->show);
    in->retry.data = in->look.data = in->show.data = in;
    daemon_table_add(d, in);
    return in;
}

void instance_error(struct instance *in, const char *message)
{
    struct str text = STR_INIT;
    str_add(&text, message);
    log_redact(&text);
    free(in->error);
    in->error = *message ? str_take(&text) : NULL;
    str_release(&text);
}

void instance_phase(struct instance *in, enum phase phase)
{
    in->phase = phase;
    status_changed(in);
}

/* --- start and stop --- */

static void take_secrets(struct instance *in, const struct record *r)
{
    instance_wipe(in);
    in->token = mem_strdup(str_text(&r->token));
    in->identifies = r->session.identifies;
    in->identify_day = r->session.identify_day;
    bool resumes = !in->fresh_session;
    in->fresh_session = false;
    if (resumes && *r->session.session_id) {
        in->resume = mem_zero(1, sizeof *in->resume);
        str_copy(in->resume->session_id, sizeof in->resume->session_id, r->session.session_id);
        str_copy(in->resume->resume_url, sizeof in->resume->resume_url, r->session.resume_url);
        in->resume->sequence = r->session.sequence;
    }
    if (!in->rest)
        in->rest = rest_bot_new(in->daemon->rest, in->token);
    else
        rest_bot_set_token(in->rest, in->token);
    rest_bot_set_epoch(in->rest, r->epoch);
}

void instance_start(struct bot_daemon *d, struct record *r)
{
    struct instance *in = daemon_find(d, r->id);
    if (!in)
        in = instance_new(d, r);
    if (!r->token.len) {
        instance_give_up(in, "the token cannot be read");
        return;
    }
    take_secrets(in, r);
    in->epoch = r->epoch;
    in->shown = r->shown;
    in->dirty_applied = true;
    str_copy(in->notified, sizeof in->notified, "database");
    instance_ask(in);
}

void instance_restart(struct instance *in, int64_t epoch)
{
    log_event(LEVEL_INFO, in->id, "restart", "asked for");
    if (in->gateway)
        gateway_stop(in->gateway, false);
    instance_close(in);
    uv_timer_stop(&in->retry);
    instance_forgive(in);
    in->phase = PHASE_LOADING;
    in->epoch = epoch;
    in->fresh_session = true;
    status_session(in); /* the old one is no more */
    daemon_load(in->daemon, in->id);
}

static void request_free_rest(struct instance *in)
{
    if (in->rest)
        rest_bot_free(in->rest);
    in->rest = NULL;
}

void instance_stop(struct instance *in, bool keep_session)
{
    if (in->stopped)
        return;
    instance_forgive(in);
    daemon_table_remove(in->daemon, in);
    in->stopped = true;
    if (in->gateway)
        gateway_stop(in->gateway, keep_session);
    instance_close(in);
    catchup_stop(in);
    if (!keep_session)
        request_free_rest(in);
    uv_close((uv_handle_t *)&in->retry, on_timer_closed);
    uv_close((uv_handle_t *)&in->look, on_timer_closed);
    uv_close((uv_handle_t *)&in->show, on_timer_closed);
    instance_drop(in);
}

/* --- what others ask of it --- */

bool instance_handled(struct instance *in, int64_t id)
{
    for (int i = 0; i < HANDLED_IDS; i++) {
        if (in->handled[i] == id)
            return true;
    }
    in->handled[in->handled_next++ % HANDLED_IDS] = id;
    return false;
}

const char *instance_server(const struct instance *in)
{
    return in->guild_name ? in->guild_name : in->snapshot->tenant.name ? in->snapshot->tenant.name : "";
}

enum bot_state instance_state(const struct instance *in)
{
    static const enum bot_state states[] = {
        [PHASE_LOADING] = BOT_CONNECTING,    [PHASE_ASKING] = BOT_CONNECTING,
        [PHASE_CONNECTING] = BOT_CONNECTING, [PHASE_READY] = BOT_RUNNING,
        [PHASE_WAITING] = BOT_CONNECTING,    [PHASE_ENDED] = BOT_ERROR};
    return in->stopped || in->ended ? BOT_STOPPED : in->given_up ? BOT_ERROR : states[in->phase];
}

unsigned instance_missing_intents(const struct instance *in)
{
    unsigned wanted = intents_wanted(in->daemon->features, &in->snapshot->tenant);
    return in->phase == PHASE_READY ? wanted & ~in->granted : 0;
}

/* --- gateway hooks (events in events.c) --- */

void hook_state(void *context, enum gateway_state state)
{
    struct instance *in = context;
    if (state == GATEWAY_READY) {
        log_event(LEVEL_INFO, in->id, "gateway", "ready");
        instance_stands(in);
        in->dirty_applied |= in->applied_revision != in->snapshot->tenant.revision;
        instance_phase(in, PHASE_READY);
        live_stock_begin(in);
        outbound_wake_later(in->daemon);
    } else if (in->phase == PHASE_READY) {
        instance_phase(in, PHASE_CONNECTING);
    }
}

void hook_session(void *context, const struct gateway_resume *resume)
{
    (void)resume;
    status_session(context);
}

int64_t hook_identify(void *context)
{
    struct instance *in = context;
    int64_t now = time_now();
    if (now - in->identify_day >= IDENTIFY_WINDOW_MS || now < in->identify_day) {
        in->identify_day = now;
        in->identifies = 0;
    }
    if (in->identifies >= IDENTIFY_LIMIT) {
        log_event(LEVEL_ERROR, in->id, "gateway",
                  "%lld IDENTIFYs today: waiting, so that Discord does not reset the token",
                  (long long)in->identifies);
        return in->identify_day + IDENTIFY_WINDOW_MS - now;
    }
    /* Kept beside the instance, so that stopping and starting a bot does not outrun Discord. */
    int64_t wait;
    bool first;
    if (limits_take(in->daemon->limits, in->id, in->application_id, NULL, 0, in->concurrency,
                    time_monotonic(), &wait, &first) != LIMIT_PASS)
        return wait;
    in->identifies++;
    status_session(in);
    return 0;
}

void hook_latency(void *context, int64_t ms)
{
    struct instance *in = context;
    in->latency_ms = ms;
}

void hook_trouble(void *context, enum gateway_trouble trouble, const char *message, int64_t delay_ms)
{
    struct instance *in = context;
    if (trouble == GATEWAY_ORDINARY) {
        log_event(LEVEL_WARN, in->id, "gateway", "%s; again in %" PRId64 " ms", message, delay_ms);
        if (delay_ms >= TROUBLE_MS)
            instance_error(in, message);
        status_changed(in);
    } else {
        instance_lost(in, trouble == GATEWAY_UNTRUSTED ? FAILURE_UNTRUSTED : FAILURE_NETWORK, message,
                      delay_ms);
    }
    address_missed(in);
}

void hook_ended(void *context, enum gateway_end end, int close_code, const char *message)
{
    struct instance *in = context;
    log_event(LEVEL_ERROR, in->id, "gateway", "ended: %s (close code %d)", message, close_code);
    if (end == GATEWAY_END_TOKEN) {
        instance_token_refused(in);
        return;
    }
    /* Discord says that trying again is of no use until somebody has mended it. */
    char *why = mem_format("%s; then: bot restart %s", message, in->id);
    instance_give_up(in, why);
    free(why);
}
