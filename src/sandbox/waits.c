#include "waits.h"

#include "flood.h"
#include "interact.h"
#include "present.h"
#include "record.h"
#include "session.h"
#include "tt/base/mem.h"
#include "verbs.h"

#define DEFAULT_TIMEOUT 5000

struct wait {
    struct box *box;
    struct json *doc;
    struct json *(*holds)(struct box *b, const struct json *doc);
    void (*done)(void *owner, struct json *answer);
    void *owner;
    uv_timer_t timer;
    bool over;
};

/* --- conditions: the answer when they hold, otherwise NULL --- */

static bool text_fits(struct box *b, const struct message *m, const struct json *doc)
{
    const char *text = json_get_string(doc, "text"), *any = json_get_string(doc, "anywhere");
    const char *equals = json_get_string(doc, "equals");
    if ((text && !strstr(m->content, text)) || (equals && !str_equal(m->content, equals)))
        return false;
    if (!any)
        return true;
    struct str all = STR_INIT;
    struct json *o = present_message(&b->world, m, NULL);
    json_print(o, &all);
    bool found = strstr(all.data, any) != NULL;
    str_release(&all);
    json_free(o);
    return found;
}

static struct json *message_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    const struct channel *c = named_channel(b, doc, &e);
    int64_t after = json_get_id(doc, "after"), author = json_get_id(doc, "author"),
            id = json_get_id(doc, "message");
    if (!c)
        return NULL;
    for (size_t i = 0; i < c->messages.count; i++) {
        const struct message *m = c->messages.items[i];
        if (m->id <= after || (author && m->author->id != author) || (id && m->id != id))
            continue;
        if ((m->visible_to && !json_get_bool(doc, "ephemeral", false)) ||
            (json_get_bool(doc, "edited", false) && !m->edited_at) || !text_fits(b, m, doc))
            continue;
        struct json *o = control_ok();
        json_set(o, "message", present_message(&b->world, m, NULL));
        return o;
    }
    return NULL;
}

static bool has_reaction(const struct message *m, const char *emoji, int64_t user)
{
    for (size_t i = 0; i < m->reactions.count; i++) {
        const struct reaction *r = m->reactions.items[i];
        if (emoji && !str_equal(r->name, emoji))
            continue;
        if (!user)
            return true;
        for (size_t n = 0; n < r->users.count; n++)
            if (((struct user *)r->users.items[n])->id == user)
                return true;
    }
    return false;
}

static struct json *reaction_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    const struct channel *c = named_channel(b, doc, &e);
    int64_t id = json_get_id(doc, "message"), after = json_get_id(doc, "after");
    for (size_t i = c ? c->messages.count : 0; i > 0; i--) {
        const struct message *m = c->messages.items[i - 1];
        if (m->id <= after || (id && m->id != id))
            continue;
        if (!has_reaction(m, json_get_string(doc, "emoji"), json_get_id(doc, "user")))
            continue;
        struct json *o = control_ok();
        json_set(o, "message", present_message(&b->world, m, NULL));
        return o;
    }
    return NULL;
}

/* {"bot","state":"ready|cut|none","identifies":at least,"resumes":at least} */
static struct json *session_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    const struct bot *bot = named_bot(b, doc, &e);
    const char *state = json_get_string(doc, "state");
    if (!bot || bot->identifies < json_get_int(doc, "identifies", 0) ||
        bot->resumes < json_get_int(doc, "resumes", 0))
        return NULL;
    size_t ready = 0;
    for (size_t i = 0; i < bot->sessions.count; i++) {
        const struct session *s = bot->sessions.items[i];
        ready += s->ready && s->socket;
    }
    bool fits = !state || str_equal(state, "ready") ? ready > 0
                : str_equal(state, "cut")           ? ready == 0 && bot->sessions.count > 0
                                                    : ready == 0;
    return fits ? control_sessions(b, doc, &e) : NULL;
}

static struct json *sessions_holds(struct box *b, const struct json *doc)
{
    int64_t ready = (int64_t)b->ready;
    if (ready < json_get_int(doc, "count", 0) || ready > json_get_int(doc, "at_most", INT64_C(1) << 50))
        return NULL;
    struct json *o = control_ok();
    json_set_int(o, "ready", ready);
    return o;
}

static struct json *request_holds(struct box *b, const struct json *doc)
{
    int64_t count = json_get_int(doc, "count", 1);
    struct json *list = record_list(b, json_get_int(doc, "since", 0), json_get_string(doc, "method"),
                                    json_get_string(doc, "path"), (int)json_get_int(doc, "status", 0),
                                    json_get_id(doc, "bot"), (size_t)count);
    if ((int64_t)json_count(list) < count) {
        json_free(list);
        return NULL;
    }
    struct json *o = control_ok();
    json_set(o, "requests", list);
    return o;
}

/* Answered for good; a deferral only when the script says so. */
static struct json *interaction_holds(struct box *b, const struct json *doc)
{
    const struct interaction *i = world_interaction(&b->world, json_get_id(doc, "interaction"));
    bool deferred = json_get_bool(doc, "deferred", false);
    if (!i || i->state == INTERACTION_OPEN || (i->state == INTERACTION_DEFERRED && !deferred))
        return NULL;
    struct json *o = interaction_report(b, i);
    json_set_bool(o, "ok", true);
    return o;
}

/* A command of that name is there ("absent": is not), or so many commands are. */
static struct json *commands_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    struct json *o = control_commands(b, doc, &e);
    const char *name = json_get_string(doc, "name");
    int64_t count = json_get_int(doc, "count", -1);
    bool found = false;
    json_each(one, json_get(o, "commands"))
    {
        found = found || str_equal(json_get_string(one, "name"), name);
    }
    bool fits = (!name || found != json_get_bool(doc, "absent", false)) &&
                (count < 0 || (int64_t)json_count(json_get(o, "commands")) == count);
    if (o && fits)
        return o;
    json_free(o);
    return NULL;
}

static struct json *nick_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    struct json *o = control_member(b, doc, &e);
    const char *nick = json_string(json_at(o, "member.nick")), *want = json_get_string(doc, "nick");
    if (o && str_equal(nick, want))
        return o;
    json_free(o);
    return NULL;
}

static struct json *channel_holds(struct box *b, const struct json *doc)
{
    struct error e = {0};
    const struct guild *g = named_guild(b, doc, &e);
    const char *name = json_get_string(doc, "name");
    for (size_t i = 0; g && i < g->channels.count; i++) {
        const struct channel *c = g->channels.items[i];
        if (!str_equal(c->name, name))
            continue;
        struct json *o = control_ok();
        json_set(o, "channel", present_channel(c));
        return o;
    }
    return NULL;
}

static struct json *flood_holds(struct box *b, const struct json *doc)
{
    (void)doc;
    return floods_running(b) ? NULL : flood_report(b);
}

static const struct {
    const char *word;
    struct json *(*holds)(struct box *b, const struct json *doc);
} conditions[] = {
    {"message", message_holds},   {"reaction", reaction_holds}, {"session", session_holds},
    {"sessions", sessions_holds}, {"request", request_holds},   {"interaction", interaction_holds},
    {"commands", commands_holds}, {"nick", nick_holds},         {"channel", channel_holds},
    {"flood", flood_holds},
};

/* --- waiting --- */

static int condition_of(const struct json *doc, size_t *at, struct error *e)
{
    const char *word = json_get_string(doc, "for");
    for (*at = 0; *at < sizeof conditions / sizeof *conditions; (*at)++)
        if (str_equal(conditions[*at].word, word))
            return 0;
    return error_set(e, ERROR_UNKNOWN_WORD, "for", "nothing is known to wait for: '%s'", word ? word : "");
}

int wait_check(const struct json *doc, struct error *e)
{
    size_t at;
    return condition_of(doc, &at, e);
}

static void closed(uv_handle_t *h)
{
    struct wait *w = h->data;
    json_free(w->doc);
    free(w);
}

void wait_drop(struct wait *w)
{
    if (!w || w->over)
        return;
    w->over = true;
    list_remove(&w->box->waits, w);
    uv_close((uv_handle_t *)&w->timer, closed);
}

static void finish(struct wait *w, struct json *answer)
{
    void (*done)(void *, struct json *) = w->done;
    void *owner = w->owner;
    wait_drop(w);
    done(owner, answer);
}

static void late(uv_timer_t *t)
{
    struct wait *w = t->data;
    struct json *o = json_new_object();
    json_set_bool(o, "ok", false);
    json_set_string(o, "error", "timeout");
    json_set(o, "wait", json_clone(w->doc));
    finish(w, o);
}

struct json *wait_start(struct box *b, const struct json *doc, void (*done)(void *owner, struct json *answer),
                        void *owner, struct wait **wait)
{
    size_t at;
    if (condition_of(doc, &at, NULL) < 0)
        return NULL;
    struct json *now = conditions[at].holds(b, doc);
    *wait = NULL;
    if (now)
        return now;
    struct wait *w = *wait = mem_zero(1, sizeof *w);
    w->box = b;
    w->doc = json_clone(doc);
    w->holds = conditions[at].holds;
    w->done = done;
    w->owner = owner;
    uv_timer_init(&b->loop, &w->timer);
    w->timer.data = w;
    int64_t ms = json_get_int(doc, "timeout_ms", DEFAULT_TIMEOUT);
    uv_timer_start(&w->timer, late, ms < 0 ? 0 : (uint64_t)ms, 0);
    list_push(&b->waits, w);
    return NULL;
}

void waits_look(struct box *b)
{
    for (size_t i = 0; i < b->waits.count;) {
        struct wait *w = b->waits.items[i];
        struct json *answer = w->holds(b, w->doc);
        if (answer)
            finish(w, answer); /* the list has closed up; it may also have grown */
        else
            i++;
    }
}

void waits_release(struct box *b)
{
    while (b->waits.count > 0)
        wait_drop(b->waits.items[0]);
    list_drop(&b->waits);
}
