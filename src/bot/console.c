/* `!tenant-admin LINE` and /tenant-admin: the console's commands on Discord. They run on an executor through
 * a command session of its lane: writes on the writer inside its transaction; reads on the reader; what asks
 * Discord first or reads files on the slow one, so that nobody's write or look waits for them. */
#include "console.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* A line that waits until it is known whether those before it were refused. */
struct waiting {
    struct waiting *next;
    struct call *call;
    enum console_lane lane;
    enum act act;
};

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
    if (c->token && look->spec->flags & COMMAND_PERSONAL)
        return true;
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

/* --- who may do something here --- */

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

bool console_knows(struct call *c)
{
    return c->staff || c->user_id == c->snapshot->tenant.discord_id ||
           operator_known(c->instance->daemon->console, c->user_id);
}

bool console_admits(struct call *c)
{
    return console_knows(c) || call_within_limits(c);
}

/* --- running --- */

/* Each refusal costs an audit row: a member gets only so many of them. */
static void count_refusal(const struct call *c)
{
    const struct tenant *t = &c->snapshot->tenant;
    int64_t wait;
    bool first;
    limits_take(c->instance->daemon->limits, t->id, -c->user_id, NULL, 0,
                tenant_config_int(t, CONFIG_COMMAND_RATE), time_monotonic(), &wait, &first);
}

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
    console_finish(j, failed);
    next_waiting(console, c);
    call_drop(c);
}

static void start(struct call *c, enum console_lane lane, enum act act)
{
    struct bot_daemon *d = c->instance->daemon;
    struct executor *const executors[LANE_COUNT] = {
        [LANE_WRITER] = d->writer, [LANE_READER] = d->reader, [LANE_SLOW] = d->slow};
    struct console_job *j = mem_zero(1, sizeof *j);
    j->job.run = console_job_run;
    j->job.reset = console_job_reset;
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
    if (act != ACT_CONFIRMED) /* else it is answered where it was asked */
        c->secret = act == ACT_REFUSE || (file && c->token) || c->confides || is_secret(&look, c);
    /* A refusal is written, whatever the command does. */
    enum console_lane lane = act == ACT_REFUSE ? LANE_WRITER : lane_of(&look);
    if (running_of(console, c) >= left)
        wait_turn(console, c, lane, act);
    else
        start(c, lane, act);
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
        c->secret = q->secret;
        q->argv = NULL;
        call_watch(c);
        line(c, ACT_CONFIRMED);
    }
    if (q)
        confirmation_free(q);
    return true;
}
