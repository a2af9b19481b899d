/* What members type, click and do: each becomes a call, and a call finds who answers it. */
#include "daemon.h"

#include <ctype.h>
#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"

#define DEFER_MS 1500

/* Discord's types of interactions and options. */
enum {
    INTERACTION_COMMAND = 2,
    INTERACTION_COMPONENT = 3,
    INTERACTION_AUTOCOMPLETE = 4,
    INTERACTION_FORM = 5
};
#define FLAG_EPHEMERAL 64
enum { OPTION_SUBCOMMAND = 1 };

struct call *call_new(struct instance *in)
{
    struct call *c = mem_zero(1, sizeof *c);
    c->references = 1;
    c->instance = instance_hold(in);
    c->snapshot = snapshot_hold(in->snapshot);
    c->began = time_monotonic();
    effects_init(&c->held);
    return c;
}

struct call *call_hold(struct call *c)
{
    c->references++;
    return c;
}

void call_drop(struct call *c)
{
    if (--c->references)
        return;
    effects_release(&c->held);
    if (c->token)
        mem_wipe(c->token, strlen(c->token));
    free(c->token);
    free(c->user_name);
    free(c->command);
    free(c->text);
    json_free(c->options);
    json_free(c->message);
    attachment_free(c->attachment);
    if (c->argv)
        words_free(c->argv, c->argc);
    snapshot_drop(c->snapshot);
    instance_drop(c->instance);
    free(c);
}

/* --- deferring --- */

static void on_defer(uv_timer_t *timer)
{
    calls_defer(timer->data);
}

void call_watch(struct call *c)
{
    struct bot_daemon *d = c->instance->daemon;
    if (!c->token || c->watched)
        return;
    c->watched = true;
    *d->calls_end = call_hold(c);
    d->calls_end = &c->next;
    if (!uv_is_active((uv_handle_t *)&d->defer))
        uv_timer_start(&d->defer, on_defer, DEFER_MS, 0);
}

void calls_defer(struct bot_daemon *d)
{
    int64_t now = time_monotonic();
    while (d->calls && d->calls->began + DEFER_MS <= now) {
        struct call *c = d->calls;
        d->calls = c->next;
        if (!d->calls)
            d->calls_end = &d->calls;
        if (!c->answered && !c->deferred && !c->busy && !c->instance->stopped)
            deliver_deferral(c);
        call_drop(c);
    }
    if (d->calls)
        uv_timer_start(&d->defer, on_defer, (uint64_t)(d->calls->began + DEFER_MS - now), 0);
}

/* --- answers --- */

void call_answer_text(struct call *c, const char *text, bool secret)
{
    struct effects out;
    effects_init(&out);
    effect_answer(&out, render_text(text, 0), secret);
    deliver(c->instance, c, &out);
}

void call_answer_message(struct call *c, enum message message, const char *place, const char *value,
                         bool secret)
{
    struct str text = STR_INIT;
    message_add(&text, c->snapshot->language, message, place ? place : "", value ? value : "", NULL);
    call_answer_text(c, str_text(&text), secret);
    str_release(&text);
}

/* --- running a handler --- */

static void context_of(struct call *c, struct module_context *m, struct effects *out)
{
    struct instance *in = c->instance;
    *m = (struct module_context){.snapshot = c->snapshot,
                                 .tenant = &c->snapshot->tenant,
                                 .features = in->daemon->features,
                                 .language = c->snapshot->language,
                                 .now = time_now(),
                                 .user_id = c->user_id,
                                 .channel_id = c->channel_id,
                                 .message_id = c->id,
                                 .user_name = c->user_name,
                                 .command = c->command,
                                 .text = c->text ? c->text : "",
                                 .options = c->options,
                                 .message = c->message,
                                 .interaction = c->token != NULL,
                                 .personal = c->personal,
                                 .out = out};
}

/* The gateway's round trip; before the first heartbeat, how long the event took to get here. */
static int64_t latency_of(const struct call *c)
{
    const int64_t discord_epoch = 1420070400000; /* a snowflake's upper bits are ms since then */
    if (c->instance->latency_ms >= 0 || !c->id)
        return c->instance->latency_ms;
    int64_t ms = time_now() - ((c->id >> 22) + discord_epoch);
    return ms < 0 || ms > 60000 ? -1 : ms;
}

struct handler_job {
    struct job job;
    struct call *call;
    const struct handler *handler;
    struct effects out;
    char *server;
    int64_t latency_ms;
    int64_t heard; /* the newest message that was heard; 0: not all others are written */
    struct gateway_session session;
};

static int handler_run(struct job *job, struct store *s, struct error *e)
{
    struct handler_job *j = (struct handler_job *)job;
    struct module_context m;
    context_of(j->call, &m, &j->out);
    m.store = s;
    m.server = j->server;
    m.latency_ms = j->latency_ms;
    if (j->handler->run(&m, e))
        return -1;
    if (j->heard && heard_save(s, m.tenant->id, m.channel_id, j->heard, e))
        return -1;
    /* The event is spent in the commit that holds its writes: a RESUME after a crash begins behind it. */
    return j->handler->access == HANDLER_WRITES ? sessions_save(s, m.tenant->id, &j->session, e) : 0;
}

static void handler_reset(struct job *job)
{
    struct handler_job *j = (struct handler_job *)job;
    effects_release(&j->out);
}

/* A program does not say again what nobody wrote down, and the gateway repeats only what a lost connection
 * swallowed: so it is tried until it can be written. */
#define HEAR_AGAIN_MS 5000

static void handler_start(struct call *c, const struct handler *h);

/* It is written, or concerns nobody any more. */
static void heard(struct call *c)
{
    struct instance *in = c->instance;
    if (c->message && --in->hearing == 0)
        catchup_written(in);
}

static void on_hear(uv_timer_t *timer)
{
    struct bot_daemon *d = timer->data;
    struct call *c = d->unheard;
    d->unheard = NULL;
    d->unheard_end = &d->unheard;
    while (c) {
        struct call *next = c->next;
        c->next = NULL;
        /* Switched off meanwhile, perhaps: what was missed is read by a snapshot newer than its message. */
        const struct module *m = module_hearing(&c->snapshot->tenant, c->channel_id);
        if (m && m->heard)
            handler_start(c, m->heard);
        else
            heard(c);
        call_drop(c);
        c = next;
    }
}

static void hear_again(struct call *c)
{
    struct bot_daemon *d = c->instance->daemon;
    *d->unheard_end = call_hold(c);
    d->unheard_end = &c->next;
    if (!d->stopping && !uv_is_active((uv_handle_t *)&d->hear))
        uv_timer_start(&d->hear, on_hear, HEAR_AGAIN_MS, 0);
}

static void handler_done(struct job *job, const struct error *failed)
{
    struct handler_job *j = (struct handler_job *)job;
    struct call *c = j->call;
    if (failed) {
        log_event(LEVEL_ERROR, c->instance->id, "command", "%s failed: %s", c->command, failed->message);
        if (c->message)
            hear_again(c);
        else if (c->id)
            call_answer_message(c, MESSAGE_FAILED_TRY_AGAIN, NULL, NULL, true);
    } else {
        if (j->out.tx)
            outbound_expect(c->instance->daemon, j->out.tx, c);
        if (j->out.queued)
            outbound_wake(c->instance->daemon);
        if (j->out.shop)
            live_stock_touch(c->instance);
        deliver(c->instance, c, &j->out);
        heard(c);
    }
    status_session_later(c->instance);
    effects_release(&j->out);
    free(j->server);
    call_drop(c);
    free(j);
}

static void handler_start(struct call *c, const struct handler *h)
{
    struct instance *in = c->instance;
    if (h->access == HANDLER_PURE) {
        struct effects out;
        struct module_context m;
        struct error e = {0};
        effects_init(&out);
        context_of(c, &m, &out);
        m.server = instance_server(in);
        m.latency_ms = latency_of(c);
        if (h->run(&m, &e))
            log_event(LEVEL_ERROR, in->id, "command", "%s failed: %s", h->name, e.message);
        deliver(in, c, &out);
        heard(c);
        effects_release(&out);
        status_session_later(in);
        return;
    }
    struct handler_job *j = mem_zero(1, sizeof *j);
    j->job.run = handler_run;
    j->job.reset = handler_reset;
    j->job.done = handler_done;
    j->job.reads = h->access == HANDLER_READS;
    j->call = call_hold(c);
    j->handler = h;
    effects_init(&j->out);
    j->server = mem_strdup(instance_server(in));
    j->latency_ms = latency_of(c);
    if (c->message) {
        j->heard = in->hearing == 1 && !in->catching && !in->gap ? in->heard_to : 0;
        in->heard_behind = !j->heard;
    }
    session_of(in, &j->session);
    executor_submit(in->daemon->writer, &j->job);
}

/* --- calls --- */

bool call_within_limits(struct call *c)
{
    const struct tenant *t = &c->snapshot->tenant;
    int64_t wait;
    bool first;
    enum limit_verdict verdict =
        limits_take(c->instance->daemon->limits, t->id, c->user_id, c->command,
                    tenant_config_int(t, CONFIG_COMMAND_COOLDOWN), tenant_config_int(t, CONFIG_COMMAND_RATE),
                    time_monotonic(), &wait, &first);
    if (verdict == LIMIT_PASS)
        return true;
    /* A message is answered once, so that one member cannot make the bot talk; an interaction always. */
    if (!c->token && !first)
        return false;
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%" PRId64, (wait + 999) / 1000);
    call_answer_message(c, verdict == LIMIT_RATE ? MESSAGE_TOO_MANY : MESSAGE_COOLDOWN, "seconds", seconds,
                        true);
    return false;
}

static void call_handle(struct call *c, const struct handler *h, const struct module *off);

void call_run(struct call *c)
{
    const struct tenant *t = &c->snapshot->tenant;
    const struct module *off;
    if (console_is(c->command)) {
        console_run(c);
        return;
    }
    const struct handler *h = module_command(t, c->command, &off);
    if (h || (off && c->token)) /* prefixes are shared with other bots: what we do not know is not ours */
        call_handle(c, h, off);
}

/* OFF: the module that would answer if it were on, where H is NULL. */
static void call_handle(struct call *c, const struct handler *h, const struct module *off)
{
    const struct tenant *t = &c->snapshot->tenant;
    if (t->status == STATUS_MAINTENANCE) {
        call_answer_message(c, MESSAGE_MAINTENANCE, NULL, NULL, true);
    } else if (!h) {
        call_answer_message(c, MESSAGE_SWITCHED_OFF, "feature", feature_words[off->spec->feature], true);
    } else if (call_within_limits(c)) {
        log_event(LEVEL_DEBUG, t->id, "command", "%s user=%" PRId64, c->command, c->user_id);
        handler_start(c, h);
    }
}

/* "NAME REST": the name in lower case. */
static void split_command(struct call *c, const char *text)
{
    size_t n = strcspn(text, " \t\r\n");
    c->command = mem_strndup(text, n);
    for (char *p = c->command; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    text += n;
    text += strspn(text, " \t\r\n");
    c->text = mem_strdup(text);
}

static void member_of(struct call *c, const struct json *member, const struct json *user)
{
    const char *name = json_get_string(user, "username");
    c->user_id = json_get_id(user, "id");
    c->user_name = mem_strdup(name ? name : "");
    c->staff = actor_is_staff(&c->snapshot->tenant, member);
}

void commands_message(struct instance *in, const struct json *message, int64_t sequence)
{
    const char *prefix = tenant_config(&in->snapshot->tenant, CONFIG_PREFIX);
    const char *content = json_get_string(message, "content");
    if (!content || !str_starts(content, prefix) || !content[strlen(prefix)])
        return;
    struct call *c = call_new(in);
    c->id = json_get_id(message, "id");
    c->channel_id = json_get_id(message, "channel_id");
    c->guild_id = in->guild_id;
    c->sequence = sequence;
    split_command(c, content + strlen(prefix));
    member_of(c, json_get(message, "member"), json_get(message, "author"));
    if (c->id && c->user_id && *c->command && !instance_handled(in, c->id)) {
        if (!console_is(c->command)) {
            call_run(c);
        } else if (console_admits(c)) {
            struct error e = {0};
            c->argv = words_split(c->text, &c->argc, &e);
            c->attachment = attachment_of(json_get(message, "attachments"));
            if (!c->argv)
                console_error(c, &e);
            else
                call_run(c);
        }
    }
    call_drop(c);
}

static void take_command(struct call *c, const struct json *data)
{
    const struct json *options = json_get(data, "options"), *first = json_first(options);
    const char *name = json_get_string(data, "name");
    struct error e = {0};
    if (!name)
        return;
    c->command = mem_strdup(name);
    if (console_is(name)) {
        if (!console_admits(c))
            return;
        c->argv = command_from_interaction(data, &c->argc, &e);
        c->attachment = attachment_of(json_at(data, "resolved.attachments"));
        if (!c->argv) {
            c->secret = true;
            console_error(c, &e);
            return;
        }
    } else if (json_get_int(first, "type", 0) == OPTION_SUBCOMMAND) {
        char *whole = mem_format("%s %s", name, json_get_string(first, "name"));
        free(c->command);
        c->command = whole;
        options = json_get(first, "options");
    }
    c->options = json_clone(options);
    call_watch(c);
    call_run(c);
}

static void take_act(struct call *c, const struct json *interaction, bool form)
{
    const struct json *data = json_get(interaction, "data");
    const char *custom_id = json_get_string(data, "custom_id"), *text;
    const struct module *off;
    if (!custom_id)
        return;
    const struct handler *h = module_act(&c->snapshot->tenant, custom_id, form, &text, &off);
    if (!h && !off) {
        c->command = mem_strdup("");
        c->update = true;
        if (!form)
            console_click(c, custom_id);
        return;
    }
    c->command = mem_strdup(h ? h->name : "");
    c->text = mem_strdup(text);
    c->options = form ? module_inputs(data) : NULL;
    c->personal = json_int(json_at(interaction, "message.flags"), 0) & FLAG_EPHEMERAL;
    call_watch(c);
    call_handle(c, h, off);
}

void commands_heard(struct instance *in, const struct module *m, const struct json *message, int64_t sequence)
{
    struct call *c = call_new(in);
    c->id = json_get_id(message, "id");
    c->channel_id = json_get_id(message, "channel_id");
    c->guild_id = in->guild_id;
    c->sequence = sequence;
    c->command = mem_strdup(m->heard->name);
    c->message = json_clone(message);
    member_of(c, json_get(message, "member"), json_get(message, "author"));
    if (c->id && !instance_handled(in, c->id)) {
        in->hearing++;
        in->heard_to = c->id > in->heard_to ? c->id : in->heard_to;
        handler_start(c, m->heard);
    }
    if (in->gap && !in->catching)
        catchup_begin(in);
    call_drop(c);
}

void commands_interaction(struct instance *in, const struct json *interaction, int64_t sequence)
{
    const struct json *member = json_get(interaction, "member"), *data = json_get(interaction, "data");
    const struct json *user = member ? json_get(member, "user") : json_get(interaction, "user");
    const char *token = json_get_string(interaction, "token");
    int64_t type = json_get_int(interaction, "type", 0);
    struct call *c = call_new(in);
    c->id = json_get_id(interaction, "id");
    c->channel_id = json_get_id(interaction, "channel_id");
    c->guild_id = json_get_id(interaction, "guild_id");
    c->sequence = sequence;
    c->token = mem_strdup(token);
    member_of(c, member, user);
    bool ours = c->guild_id == in->guild_id || (!c->guild_id && type == INTERACTION_COMPONENT);
    if (!c->id || !token || !c->user_id || !ours || instance_handled(in, c->id)) {
        call_drop(c);
        return;
    }
    if (type == INTERACTION_COMMAND) {
        take_command(c, data);
    } else if (type == INTERACTION_AUTOCOMPLETE) {
        if (console_is(json_get_string(data, "name")))
            suggest(c, data);
    } else if (type == INTERACTION_COMPONENT || type == INTERACTION_FORM) {
        take_act(c, interaction, type == INTERACTION_FORM);
    }
    call_drop(c);
}

void commands_member(struct instance *in, const struct json *member, int64_t sequence)
{
    for (const struct module *const *m = modules; *m; m++) {
        if (!(*m)->member_add || !module_on(*m, &in->snapshot->tenant) ||
            in->snapshot->tenant.status == STATUS_MAINTENANCE)
            continue;
        struct call *c = call_new(in);
        c->guild_id = in->guild_id;
        c->sequence = sequence;
        c->command = mem_strdup((*m)->member_add->name);
        member_of(c, member, json_get(member, "user"));
        if (c->user_id)
            handler_start(c, (*m)->member_add);
        call_drop(c);
    }
}
