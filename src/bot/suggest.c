/* While somebody types an option of /tenant-admin the client asks what might be meant: the same candidates as
 * TAB in the shell, for those who may know them. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

#define CALLBACK_CHOICES 8
#define CHOICES_MAX 25
#define CHOICE_MAX 100 /* characters, of the name and of the value */
/* How often somebody is looked up who may do nothing as far as is known. */
#define STRANGER_SECONDS 60

struct suggestion {
    struct job job;
    struct call *call;
    struct command_session *session;
    char **words;
    size_t count;
    struct json *choices;
    bool has_role;
};

static void on_candidate(void *context, const char *candidate, const char *help)
{
    struct suggestion *s = context;
    if (json_count(s->choices) == CHOICES_MAX || text_length(candidate) > CHOICE_MAX)
        return;
    struct json *choice = json_push(s->choices, json_new_object());
    struct str name = STR_INIT, cut = STR_INIT;
    str_add(&name, candidate);
    if (help)
        str_addf(&name, ": %s", help);
    str_add_bytes(&cut, str_text(&name), text_prefix(str_text(&name), CHOICE_MAX));
    json_set_string(choice, "name", str_text(&cut));
    json_set_string(choice, "value", candidate);
    str_release(&name);
    str_release(&cut);
}

static int suggestion_run(struct job *job, struct store *store, struct error *e)
{
    struct suggestion *s = (struct suggestion *)job;
    struct call *c = s->call;
    struct actor actor;
    if (actor_resolve(store, c->snapshot, c->user_id, c->staff, &actor, e))
        return -1;
    s->has_role = actor.role != ROLE_NONE;
    if (!s->has_role && !c->staff && c->user_id != c->snapshot->tenant.discord_id)
        return 0;
    session_set_actor(s->session, &actor);
    command_complete(s->session, (const char *const *)s->words, s->count, on_candidate, s);
    return 0;
}

static void suggestion_reset(struct job *job)
{
    struct suggestion *s = (struct suggestion *)job;
    json_free(s->choices);
    s->choices = json_new_array();
}

static void on_sent(void *context, const struct rest_answer *a)
{
    struct call *c = context;
    if (a->result != REST_OK && a->result != REST_CANCELLED)
        log_event(LEVEL_WARN, c->instance->id, "discord", "suggestions not delivered: %s %s (%d)",
                  rest_result_words[a->result], a->message, a->status);
    call_drop(c);
}

/* CHOICES is taken. */
static void respond(struct call *c, struct json *choices)
{
    struct json *body = json_new_object();
    char *path = mem_format("/interactions/%" PRId64 "/%s/callback", c->id, c->token);
    json_set_int(body, "type", CALLBACK_CHOICES);
    json_set(json_set(body, "data", json_new_object()), "choices", choices);
    struct rest_request request = {.method = "POST",
                                   .path = path,
                                   .body = body,
                                   .flags = REST_INTERACTION | REST_NO_RETRY,
                                   .done = on_sent,
                                   .context = c};
    if (c->instance->rest) {
        call_hold(c);
        rest_send(c->instance->rest, &request);
    }
    json_free(body);
    free(path);
}

static void suggestion_done(struct job *job, const struct error *failed)
{
    struct suggestion *s = (struct suggestion *)job;
    struct call *c = s->call;
    if (!failed)
        console_note(c->instance->daemon->console, c->user_id, s->has_role);
    respond(c, s->choices);
    words_free(s->words, s->count);
    call_drop(c);
    free(s);
}

static bool admits(struct call *c)
{
    int64_t wait;
    bool first;
    return console_knows(c) ||
           limits_take(c->instance->daemon->limits, c->snapshot->tenant.id, c->user_id, "suggest",
                       STRANGER_SECONDS, 0, time_monotonic(), &wait, &first) == LIMIT_PASS;
}

void suggest(struct call *c, const struct json *data)
{
    struct bot_daemon *d = c->instance->daemon;
    size_t count;
    char **words = admits(c) ? command_from_focus(data, &count, NULL) : NULL;
    if (!words) {
        respond(c, json_new_array());
        return;
    }
    struct suggestion *s = mem_zero(1, sizeof *s);
    s->job.reads = true;
    s->job.run = suggestion_run;
    s->job.reset = suggestion_reset;
    s->job.done = suggestion_done;
    s->call = call_hold(c);
    s->session = console_session(console_lane(d->console, LANE_READER));
    s->words = words;
    s->count = count;
    s->choices = json_new_array();
    executor_submit(d->reader, &s->job);
}
