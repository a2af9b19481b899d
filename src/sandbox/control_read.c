/* What bots did, for those who check it. */
#include "verbs.h"

#include "flood.h"
#include "interact.h"
#include "present.h"
#include "record.h"

struct json *control_messages(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    if (!c)
        return NULL;
    int64_t after = json_get_id(doc, "after"), author = json_get_id(doc, "author");
    int64_t limit = json_get_int(doc, "limit", 1000), found = 0;
    struct json *o = control_ok(), *list = json_set(o, "messages", json_new_array());
    json_set_id(o, "channel", c->id);
    for (size_t i = 0; i < c->messages.count && found < limit; i++) {
        const struct message *m = c->messages.items[i];
        if (m->id <= after || (author && m->author->id != author))
            continue;
        struct json *one = json_push(list, present_message(&b->world, m, NULL));
        if (m->visible_to)
            json_set_id(one, "visible_to", m->visible_to);
        found++;
    }
    return o;
}

struct json *control_channels(struct box *b, const struct json *doc, struct error *e)
{
    const struct guild *g = named_guild(b, doc, e);
    if (!g)
        return NULL;
    struct json *o = control_ok(), *list = json_set(o, "channels", json_new_array());
    for (size_t i = 0; i < g->channels.count; i++)
        json_push(list, present_channel(g->channels.items[i]));
    return o;
}

static void push_commands(struct json *to, const struct list *commands, int64_t bot)
{
    for (size_t i = 0; i < commands->count; i++) {
        const struct command *c = commands->items[i];
        if (!bot || c->bot->id == bot)
            json_push(to, present_command(c));
    }
}

/* Of a guild, or with "bot" alone the bot's global ones. */
struct json *control_commands(struct box *b, const struct json *doc, struct error *e)
{
    struct json *list = json_new_array();
    if (json_get(doc, "guild")) {
        const struct guild *g = named_guild(b, doc, e);
        if (g)
            push_commands(list, &g->commands, json_get_id(doc, "bot"));
        else
            json_free(list), list = NULL;
    } else {
        const struct bot *bot = named_bot(b, doc, e);
        if (bot)
            push_commands(list, &bot->commands, bot->id);
        else
            json_free(list), list = NULL;
    }
    if (!list)
        return NULL;
    struct json *o = control_ok();
    json_set(o, "commands", list);
    return o;
}

struct json *control_member(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = named_guild(b, doc, e);
    const struct member *m = g ? named_member(b, g, doc, e) : NULL;
    if (!m)
        return NULL;
    struct json *o = control_ok();
    json_set(o, "member", present_member(m));
    return o;
}

struct json *control_members(struct box *b, const struct json *doc, struct error *e)
{
    const struct guild *g = named_guild(b, doc, e);
    if (!g)
        return NULL;
    struct json *o = control_ok(), *list = json_set(o, "members", json_new_array());
    for (size_t i = 0; i < g->members.count; i++)
        json_push(list, present_member(g->members.items[i]));
    return o;
}

struct json *control_requests(struct box *b, const struct json *doc, struct error *e)
{
    (void)e;
    struct json *o = control_ok();
    json_set(o, "requests",
             record_list(b, json_get_int(doc, "since", 0), json_get_string(doc, "method"),
                         json_get_string(doc, "path"), (int)json_get_int(doc, "status", 0),
                         json_get_id(doc, "bot"), (size_t)json_get_int(doc, "limit", 1000)));
    json_set_int(o, "last", b->requests);
    return o;
}

static void push_session(struct json *list, const struct session *s)
{
    struct json *o = json_push(list, json_new_object());
    json_set_id(o, "bot", s->bot->id);
    json_set_string(o, "session", s->id);
    json_set_string(o, "state", !s->socket ? "cut" : s->ready ? "ready" : "connecting");
    json_set_int(o, "seq", s->seq);
    json_set_int(o, "sent", s->sent);
    json_set_int(o, "resumes", s->resumes);
    json_set_int(o, "intents", (int64_t)s->intents);
    json_set_bool(o, "compressed", s->socket && s->socket->zlib);
}

struct json *control_sessions(struct box *b, const struct json *doc, struct error *e)
{
    struct json *o = control_ok();
    int64_t id = json_get_id(doc, "bot");
    const struct bot *bot = id ? named_bot(b, doc, e) : NULL;
    if (id && !bot) {
        json_free(o);
        return NULL;
    }
    const struct list *from = bot ? &bot->sessions : &b->sessions;
    int64_t limit = json_get_int(doc, "limit", 1000);
    struct json *list = json_set(o, "sessions", json_new_array());
    for (size_t i = 0; i < from->count && (int64_t)i < limit; i++)
        push_session(list, from->items[i]);
    json_set_int(o, "ready", (int64_t)b->ready);
    json_set_int(o, "connections", (int64_t)b->sockets.count);
    if (bot) {
        json_set_int(o, "identifies", bot->identifies);
        json_set_int(o, "resumes", bot->resumes);
    }
    return o;
}

struct json *control_bots(struct box *b, const struct json *doc, struct error *e)
{
    (void)e;
    struct json *o = control_ok(), *list = json_set(o, "bots", json_new_array());
    int64_t limit = json_get_int(doc, "limit", 1000);
    for (size_t i = 0; i < b->world.bot_list.count && (int64_t)i < limit; i++) {
        const struct bot *bot = b->world.bot_list.items[i];
        struct json *one = json_push(list, json_new_object());
        json_set_id(one, "bot", bot->id);
        json_set_string(one, "username", bot->user->username);
        json_set_int(one, "flags", bot->flags);
        json_set_bool(one, "revoked", bot->revoked);
        json_set_int(one, "identifies", bot->identifies);
        json_set_int(one, "resumes", bot->resumes);
        json_set_int(one, "sessions", (int64_t)bot->sessions.count);
    }
    return o;
}

struct json *control_interactions(struct box *b, const struct json *doc, struct error *e)
{
    (void)e;
    struct json *o = control_ok(), *list = json_set(o, "interactions", json_new_array());
    int64_t bot = json_get_id(doc, "bot"), after = json_get_id(doc, "after");
    for (size_t i = 0; i < b->world.interaction_list.count; i++) {
        const struct interaction *n = b->world.interaction_list.items[i];
        if ((!bot || n->bot->id == bot) && n->id > after)
            json_push(list, interaction_report(b, n));
    }
    return o;
}

struct json *control_interaction(struct box *b, const struct json *doc, struct error *e)
{
    const struct interaction *i = world_interaction(&b->world, json_get_id(doc, "interaction"));
    if (i) {
        struct json *o = interaction_report(b, i);
        json_set_bool(o, "ok", true);
        return o;
    }
    error_set(e, ERROR_NO_SUCH, "interaction", "no such interaction");
    return NULL;
}

struct json *control_stats(struct box *b, const struct json *doc, struct error *e)
{
    (void)doc;
    (void)e;
    struct json *o = control_ok();
    json_set_int(o, "requests", b->requests);
    json_set_int(o, "connections", (int64_t)b->sockets.count);
    json_set_int(o, "sessions", (int64_t)b->sessions.count);
    json_set_int(o, "ready", (int64_t)b->ready);
    struct json *invalid = json_set(o, "invalid", json_new_object());
    json_set_int(invalid, "401", b->invalid[0]);
    json_set_int(invalid, "403", b->invalid[1]);
    json_set_int(invalid, "429", b->invalid[2]);
    json_set_int(o, "faults", (int64_t)b->faults.count);
    return o;
}
