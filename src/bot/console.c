/* `!tenant-admin LINE` and /tenant-admin: the console's commands on Discord. They run on an executor through
 * a command session of its lane: writes on the writer inside its transaction; reads on the reader; what asks
 * Discord first or reads files on the slow one, so that nobody's write or look waits for them. */
#include "daemon.h"
#include "confirmation.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"

#define ANSWER_MESSAGES 8
#define ANSWER_BYTES (64 * 1024)

struct lane {
    struct console *console;
    bool joined;
    struct store *store;
    struct command_session *session;
    struct ports ports;
    struct str question; /* what the running command asked */
    struct call *call;   /* of the running command */
};

#define OPERATORS_KNOWN 64

enum act {
    ACT_RUN,
    ACT_CONFIRMED, /* its question was answered with yes */
    ACT_REFUSE     /* its question was answered by somebody else */
};

/* A line that waits until it is known whether those before it were refused. */
struct waiting {
    struct waiting *next;
    struct call *call;
    enum console_lane lane;
    enum act act;
};

struct console {
    struct bot_daemon *daemon;
    struct console_job *running; /* on an executor */
    struct waiting *waiting, **waiting_end;
    int64_t operators[OPERATORS_KNOWN]; /* who had a role when last asked, newest overwrites oldest */
    unsigned operators_next;
    struct lane lanes[LANE_COUNT];
    struct confirmations confirmations;
};

struct console_job {
    struct job job;
    struct console_job *next, **at; /* of those that run */
    struct call *call;
    struct lane *lane;
    enum act act;
    enum operator_role role; /* of who asked */
    struct gateway_session session;
    /* --- what it produced --- */
    struct str text, question;
    struct outcome outcome;
    bool ran;
    struct error error;    /* code none: it did what was asked */
    struct record *record; /* of the tenant that changed */
    size_t pushes;         /* under way */
};

/* --- lanes --- */

static int port_confirm(void *context, const char *question, const char *expected, struct error *e)
{
    struct lane *lane = context;
    (void)expected;
    str_clear(&lane->question);
    str_add(&lane->question, question);
    return error_set(e, ERROR_REFUSED, NULL, "not confirmed");
}

static struct json *port_plan(void *context, const struct tenant *t, unsigned kinds, bool fresh)
{
    struct lane *lane = context;
    struct bot_daemon *d = lane->console->daemon;
    return push_plan(lane->store, t, kinds, fresh, d->features, d->admin_commands);
}

static struct json *port_channel_plan(void *context, const struct tenant *t, enum channel type)
{
    (void)context;
    return push_channel_plan(t, type);
}

static int port_channel(void *context, const struct tenant *t, enum channel type, int64_t *id,
                        struct error *e)
{
    struct lane *lane = context;
    return push_thread_channel_create(lane->console->daemon->pusher, t, type, id, e);
}

/* Whatever it is called: what came with the line. */
static int port_open_input(void *context, const char *name, int *fd, struct error *e)
{
    const struct lane *lane = context;
    (void)name;
    return attachment_open(lane->call->attachment, lane->console->daemon, fd, e);
}

static bool port_cancelled(void *context)
{
    const struct lane *lane = context;
    return lane->console->daemon->stopping;
}

void console_opened(void *context, struct store *store)
{
    struct lane *lane = context;
    struct bot_daemon *d = lane->console->daemon;
    struct actor nobody = {.face = FACE_DISCORD};
    lane->store = store;
    lane->ports = (struct ports){
        .context = lane, .push_plan = port_plan, .channel_plan = port_channel_plan, .confirm = port_confirm};
    if (lane == &lane->console->lanes[LANE_SLOW]) { /* nobody else waits for it */
        lane->ports.channel_create = port_channel;
        lane->ports.open_input = port_open_input;
        lane->ports.cancelled = port_cancelled;
    }
    struct session_options options = {.store = store,
                                      .actor = &nobody,
                                      .ports = &lane->ports,
                                      .features = d->features,
                                      .database_path = d->options->database_path,
                                      .key_path = d->options->key_path,
                                      .joined = lane->joined};
    lane->session = session_new(&options);
}

void console_closing(void *context)
{
    struct lane *lane = context;
    session_free(lane->session);
    str_release(&lane->question);
}

void *console_lane(struct console *c, enum console_lane lane)
{
    return &c->lanes[lane];
}

struct console *console_new(struct bot_daemon *d)
{
    struct console *c = mem_zero(1, sizeof *c);
    c->daemon = d;
    for (size_t i = 0; i < LANE_COUNT; i++)
        c->lanes[i].console = c;
    c->lanes[LANE_WRITER].joined = true;
    c->waiting_end = &c->waiting;
    return c;
}

void console_free(struct console *c)
{
    if (!c)
        return;
    confirmations_release(&c->confirmations);
    while (c->waiting) {
        struct waiting *w = c->waiting;
        c->waiting = w->next;
        call_drop(w->call);
        free(w);
    }
    free(c);
}

struct command_session *console_session(void *lane)
{
    return ((struct lane *)lane)->session;
}

bool console_is(const char *command)
{
    return str_equal(command, "tenant-admin") || str_equal(command, "tenant-shop");
}

/* --- what kind of command line it is --- */

/* A line as far as it must be known before it runs. */
struct look {
    const struct command_spec *spec;
    const char *args[COMMAND_ARGS_MAX]; /* of the spec's; NULL: left out */
};

static const char *const *words_of(const struct call *c)
{
    return (const char *const *)c->argv;
}

/* A line that wants a file gets the one that came with it, under its own name. True: it wants one. */
static bool name_file(struct call *c, struct look *look)
{
    const struct arg_spec *args = look->spec->args;
    size_t i = 0, at = 0;
    while (args && args[i].name && args[i].type != ARG_FILE)
        i++;
    if (!args || !args[i].name)
        return false;
    if (!c->attachment)
        return true;
    if (look->args[i]) {
        while (c->argv[at] != look->args[i])
            at++;
        free(c->argv[at]);
    } else if (i == 0 || look->args[i - 1]) {
        at = c->argc++;
        c->argv = mem_resize(c->argv, c->argc + 1, sizeof *c->argv);
        c->argv[c->argc] = NULL;
    } else {
        return true; /* something else is missing too */
    }
    c->argv[at] = mem_strdup(c->attachment->name);
    look->args[i] = c->argv[at];
    return true;
}

static bool confides(const struct look *look, const struct call *c)
{
    const struct option_spec *options = look->spec->options;
    for (size_t i = 0; options && options[i].name; i++) {
        for (size_t w = 0; options[i].confides && w < c->argc; w++) {
            if (str_starts(c->argv[w], options[i].name))
                return true;
        }
    }
    return false;
}

/* Answers about another tenant, or about all of them, are for the asker's eyes only. */
static bool is_secret(const struct look *look, const struct call *c)
{
    const struct arg_spec *args = look->spec->args;
    for (size_t i = 0; args && args[i].name; i++) {
        if (args[i].type == ARG_TENANT && look->args[i])
            return !str_equal(look->args[i], ".") && !str_equal(look->args[i], c->snapshot->tenant.id);
    }
    return !(look->spec->flags & COMMAND_NO_STORE);
}

static enum console_lane lane_of(const struct look *look)
{
    const struct command_spec *spec = look->spec;
    bool slow = spec->flags & COMMAND_SLOW;
    for (size_t i = 0; slow && spec->slow_word && spec->args[i].name; i++) {
        if (!spec->args[i + 1].name)
            slow = str_equal(look->args[i], spec->slow_word);
    }
    return slow ? LANE_SLOW : spec->flags & COMMAND_WRITES ? LANE_WRITER : LANE_READER;
}

/* --- on the executor --- */

static void on_bytes(void *context, const char *bytes, size_t n)
{
    struct str *text = context;
    if (text->len < ANSWER_BYTES)
        str_add_bytes(text, bytes, n);
}

/* The writer that the line's own options ask for. */
static struct writer *writer_for(struct console_job *j)
{
    struct sink sink = {.write = on_bytes, .context = &j->text};
    struct command_options options = COMMAND_OPTIONS_INIT;
    if (command_options_read(words_of(j->call), j->call->argc, true, &options, &j->error))
        return NULL;
    return writer_new(&(struct writer_options){.format = OUTPUT_TEXT,
                                               .fields = options.fields,
                                               .no_headers = options.no_headers,
                                               .data = sink,
                                               .messages = sink});
}

/* Where a slash command without a tenant is about all of them, somebody without a role can only mean his own
 * guild's. */
static void mean_own(struct call *c)
{
    const char *args[COMMAND_ARGS_MAX];
    const struct command_spec *spec = command_arguments(words_of(c), c->argc, true, args, NULL);
    if (!c->token || !spec || !spec->args || spec->args[0].type != ARG_TENANT || !spec->args[0].optional ||
        spec->args[1].name || args[0])
        return;
    for (size_t i = 0; i < c->argc; i++) {
        if (str_equal(c->argv[i], "--all"))
            return;
    }
    c->argv = mem_resize(c->argv, c->argc + 2, sizeof *c->argv);
    c->argv[c->argc++] = mem_strdup(".");
    c->argv[c->argc] = NULL;
}

static int run_line(struct console_job *j, struct store *s)
{
    struct call *c = j->call;
    struct lane *lane = j->lane;
    struct actor actor;
    struct error e = {0};
    const struct command_options options = {.wait_ms = -1, .yes = j->act == ACT_CONFIRMED};
    if (actor_resolve(s, c->snapshot, c->user_id, c->staff, &actor, &j->error))
        return -1;
    j->role = actor.role;
    lane->call = c;
    if (actor.role == ROLE_NONE)
        mean_own(c);
    str_clear(&lane->question);
    session_set_actor(lane->session, &actor);
    if (j->act == ACT_REFUSE)
        return session_refuse(lane->session, words_of(c), c->argc, "the one who typed the command",
                              &j->error);
    struct writer *w = writer_for(j);
    if (!w)
        return -1;
    int rc = session_run(lane->session, words_of(c), c->argc, &options, w, &j->outcome, &j->error);
    writer_free(w);
    j->ran = true;
    if (rc && lane->question.len)
        str_add(&j->question, str_text(&lane->question));
    if (rc == 0 && j->outcome.changed && *j->outcome.tenant &&
        record_load(s, lane->console->daemon->features, j->outcome.tenant, false, &j->record, &e))
        log_event(LEVEL_WARN, j->outcome.tenant, "database", "not read after its change: %s", e.message);
    return rc;
}

static int job_run(struct job *job, struct store *s, struct error *e)
{
    struct console_job *j = (struct console_job *)job;
    int rc = run_line(j, s);
    if (rc && !j->error.code)
        error_set(&j->error, ERROR_INTERNAL, NULL, "failed without saying why");
    if (!j->lane->joined)
        return 0;
    /* A refusal leaves an audit row: it is committed like a success. What failed below the command is not. */
    if (rc && error_code_status(j->error.code) == 4) {
        *e = j->error;
        return -1;
    }
    /* The event is spent in the commit that holds its writes: a RESUME after a crash begins behind it. */
    return sessions_save(s, j->call->instance->id, &j->session, e);
}

static void job_reset(struct job *job)
{
    struct console_job *j = (struct console_job *)job;
    str_release(&j->text);
    str_release(&j->question);
    if (j->ran)
        outcome_release(&j->outcome);
    j->ran = false;
    j->error = (struct error){0};
    record_free(j->record);
    j->record = NULL;
}

/* --- the answer --- */

static void job_free(struct console_job *j)
{
    job_reset(&j->job);
    call_drop(j->call);
    free(j);
}

static void answer(struct call *c, struct str *text, bool plain)
{
    struct effects out;
    int count = 0;
    effects_init(&out);
    log_redact(text);
    str_trim(text);
    if (plain || !text->len) {
        effect_answer(&out, render_text(text->len ? str_text(text) : "nothing to show", 0), c->secret);
    } else {
        struct json *blocks = render_blocks(str_text(text));
        json_each(block, blocks)
        {
            if (++count > ANSWER_MESSAGES)
                break;
            effect_answer(&out, json_clone(block), c->secret);
        }
        json_free(blocks);
    }
    if (count > ANSWER_MESSAGES)
        effect_answer(&out, render_text("... and more: narrow it down, or page with --limit and --after", 0),
                      c->secret);
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
    answer(j->call, &text, plain);
    str_release(&text);
}

void console_error(struct call *c, const struct error *e)
{
    struct str text = STR_INIT;
    str_addf(&text, "❌ %s", e->message);
    if (*e->hint)
        str_addf(&text, "\n%s", e->hint);
    answer(c, &text, true);
    str_release(&text);
}

/* Each refusal costs an audit row: a member gets only so many of them. */
static void count_refusal(const struct call *c)
{
    const struct tenant *t = &c->snapshot->tenant;
    int64_t wait;
    bool first;
    limits_take(c->instance->daemon->limits, t->id, -c->user_id, NULL, 0,
                tenant_config_int(t, CONFIG_COMMAND_RATE), time_monotonic(), &wait, &first);
}

/* A line that names no tenant (undo) and turns out to be about the guild's own is everybody's to see, unless
 * the client has been told otherwise already. */
static void show_own(const struct console_job *j)
{
    struct call *c = j->call;
    const struct outcome *o = &j->outcome;
    if (o->write && !o->more_count && !c->attachment && !c->confides &&
        str_equal(o->tenant, c->snapshot->tenant.id) && !c->deferred && !c->busy)
        c->secret = false;
}

static void answer_question(struct console_job *j)
{
    struct call *c = j->call;
    struct effects out;
    struct confirmation *q = confirmation_new();
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

static int64_t *operator_known(struct console *c, int64_t user_id)
{
    for (size_t i = 0; i < OPERATORS_KNOWN; i++) {
        if (c->operators[i] == user_id)
            return &c->operators[i];
    }
    return NULL;
}

void console_note(struct console *c, int64_t user_id, bool has_role)
{
    int64_t *known = operator_known(c, user_id);
    if (known && !has_role)
        *known = 0;
    else if (!known && has_role)
        c->operators[c->operators_next++ % OPERATORS_KNOWN] = user_id;
}

static void finish(struct console_job *j, const struct error *failed)
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

/* --- in --- */

static void next_waiting(struct console *console, const struct call *after);

static void job_done(struct job *job, const struct error *failed)
{
    struct console_job *j = (struct console_job *)job;
    struct call *c = call_hold(j->call);
    struct console *console = j->lane->console;
    *j->at = j->next;
    if (j->next)
        j->next->at = j->at;
    if (!failed && j->ran)
        console_note(console, c->user_id, j->role != ROLE_NONE);
    if (!failed && j->error.code == ERROR_NOT_PERMITTED)
        count_refusal(c);
    if (!j->lane->joined)
        status_session(c->instance);
    finish(j, failed);
    next_waiting(console, c);
    call_drop(c);
}

static void start(struct call *c, enum console_lane lane, enum act act)
{
    struct bot_daemon *d = c->instance->daemon;
    struct executor *const executors[LANE_COUNT] = {
        [LANE_WRITER] = d->writer, [LANE_READER] = d->reader, [LANE_SLOW] = d->slow};
    struct console_job *j = mem_zero(1, sizeof *j);
    j->job.run = job_run;
    j->job.reset = job_reset;
    j->job.done = job_done;
    j->call = call_hold(c);
    j->lane = &d->console->lanes[lane];
    j->job.alone = !j->lane->joined;
    j->act = act;
    session_of(c->instance, &j->session);
    j->at = &d->console->running;
    j->next = d->console->running;
    if (j->next)
        j->next->at = &j->next;
    d->console->running = j;
    executor_submit(executors[lane], &j->job);
}

/* --- no more refusals than the tenant's limit allows, however many lines come at once --- */

static bool same_member(const struct call *a, const struct call *b)
{
    return a->user_id == b->user_id && a->instance == b->instance;
}

static int64_t refusals_left(const struct call *c)
{
    const struct tenant *t = &c->snapshot->tenant;
    return limits_left(c->instance->daemon->limits, t->id, -c->user_id,
                       tenant_config_int(t, CONFIG_COMMAND_RATE), time_monotonic());
}

static int64_t running_of(const struct console *console, const struct call *c)
{
    int64_t n = 0;
    for (const struct console_job *j = console->running; j; j = j->next)
        n += same_member(j->call, c);
    return n;
}

static void too_many(struct call *c)
{
    if (c->token)
        call_answer_message(c, MESSAGE_TOO_MANY, NULL, NULL, true);
}

static void wait_turn(struct console *console, struct call *c, enum console_lane lane, enum act act)
{
    struct waiting *w = mem_alloc(sizeof *w);
    *w = (struct waiting){.call = call_hold(c), .lane = lane, .act = act};
    *console->waiting_end = w;
    console->waiting_end = &w->next;
}

/* One line of this member has its verdict: those that waited for it start, or are one too many. */
static void next_waiting(struct console *console, const struct call *after)
{
    struct waiting **at = &console->waiting;
    while (*at) {
        struct waiting *w = *at;
        if (!same_member(w->call, after)) {
            at = &w->next;
            continue;
        }
        int64_t left = refusals_left(w->call);
        bool stopping = console->daemon->stopping; /* its executor may be gone */
        if (!stopping && left > 0 && running_of(console, w->call) >= left)
            return;
        *at = w->next;
        if (!*at)
            console->waiting_end = at;
        if (stopping)
            call_answer_message(w->call, MESSAGE_FAILED_TRY_AGAIN, NULL, NULL, true);
        else if (left > 0)
            start(w->call, w->lane, w->act);
        else
            too_many(w->call);
        call_drop(w->call);
        free(w);
    }
}

static void line(struct call *c, enum act act)
{
    struct console *console = c->instance->daemon->console;
    int64_t left = refusals_left(c);
    struct look look;
    struct error e = {0};
    if (left <= 0) {
        too_many(c);
        return;
    }
    if (!c->argc) {
        char *help = mem_strdup("help");
        words_free(c->argv, c->argc);
        c->argv = mem_zero(2, sizeof *c->argv);
        c->argv[0] = help;
        c->argc = 1;
    }
    look.spec = command_arguments(words_of(c), c->argc, true, look.args, &e);
    if (!look.spec) {
        console_error(c, &e);
        return;
    }
    bool file = name_file(c, &look);
    c->confides = confides(&look, c);
    c->secret = act == ACT_REFUSE || (file && c->token) || c->confides || is_secret(&look, c);
    /* A refusal is written, whatever the command does. */
    enum console_lane lane = act == ACT_REFUSE ? LANE_WRITER : lane_of(&look);
    if (running_of(console, c) >= left)
        wait_turn(console, c, lane, act);
    else
        start(c, lane, act);
}

bool console_knows(struct call *c)
{
    return c->staff || c->user_id == c->snapshot->tenant.discord_id ||
           operator_known(c->instance->daemon->console, c->user_id);
}

bool console_admits(struct call *c)
{
    return console_knows(c) || call_within_limits(c);
}

void console_run(struct call *c)
{
    line(c, ACT_RUN);
}

bool console_click(struct call *c, const char *custom_id)
{
    struct console *console = c->instance->daemon->console;
    bool yes = str_starts(custom_id, "yes:"), no = str_starts(custom_id, "no:");
    if (!yes && !no)
        return false;
    struct confirmation *q = confirmations_take(&console->confirmations, strchr(custom_id, ':') + 1);
    if (!q || q->expires < time_monotonic() || !str_equal(q->tenant, c->instance->id)) {
        call_answer_message(c, MESSAGE_EXPIRED_QUESTION, NULL, NULL, true);
    } else if (q->user_id != c->user_id) {
        /* Not his to answer: the question stays as it is. */
        c->update = false;
        c->argv = words_copy((const char *const *)q->argv, q->argc);
        c->argc = q->argc;
        confirmations_keep(&console->confirmations, q);
        call_watch(c);
        line(c, ACT_REFUSE);
        return true;
    } else if (no) {
        call_answer_message(c, MESSAGE_CANCELLED, NULL, NULL, q->secret);
    } else {
        c->argv = q->argv;
        c->argc = q->argc;
        q->argv = NULL;
        call_watch(c);
        line(c, ACT_CONFIRMED);
    }
    if (q)
        confirmation_free(q);
    return true;
}
