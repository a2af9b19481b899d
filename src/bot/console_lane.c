#include "console.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/store/audit.h"

#define ANSWER_BYTES (64 * 1024)

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

static struct json *port_deliveries_plan(void *context, const struct tenant *t, int64_t first)
{
    struct lane *lane = context;
    return bot_deliveries_plan(lane->store, t, first);
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
    lane->ports = (struct ports){.context = lane,
                                 .push_plan = port_plan,
                                 .channel_plan = port_channel_plan,
                                 .deliveries_plan = port_deliveries_plan,
                                 .confirm = port_confirm};
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

struct command_session *console_session(void *lane)
{
    return ((struct lane *)lane)->session;
}

/* --- a line --- */

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

/* WORD is the call's afterwards. */
static void add_word(struct call *c, char *word)
{
    c->argv = mem_resize(c->argv, c->argc + 2, sizeof *c->argv);
    c->argv[c->argc++] = word;
    c->argv[c->argc] = NULL;
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
    add_word(c, mem_strdup("."));
}

/* A question about somebody's newest write is answered about that one, whatever he writes meanwhile. */
static void mean_newest(struct call *c, struct store *s, const char *who)
{
    const char *args[COMMAND_ARGS_MAX];
    const struct command_spec *spec = command_arguments(words_of(c), c->argc, true, args, NULL);
    bool redo = spec && str_equal(spec->name, "redo");
    int64_t audit;
    if (!spec || (!redo && !str_equal(spec->name, "undo")) || args[0] ||
        audit_newest(s, who, redo, &audit, NULL))
        return;
    add_word(c, mem_format("%" PRId64, audit));
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
    if (rc && lane->question.len) {
        str_add(&j->question, str_text(&lane->question));
        mean_newest(c, s, actor.who);
    }
    if (rc == 0 && j->outcome.changed && *j->outcome.tenant &&
        record_load(s, lane->console->daemon->features, j->outcome.tenant, false, &j->record, &e))
        log_event(LEVEL_WARN, j->outcome.tenant, "database", "not read after its change: %s", e.message);
    return rc;
}

int console_job_run(struct job *job, struct store *s, struct error *e)
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

void console_job_reset(struct job *job)
{
    struct console_job *j = (struct console_job *)job;
    str_wipe(&j->text); /* it may show contents */
    str_release(&j->question);
    if (j->ran)
        outcome_release(&j->outcome);
    j->ran = false;
    j->error = (struct error){0};
    record_free(j->record);
    j->record = NULL;
}
