#include "events.h"

#include "permissions.h"
#include "present.h"

static bool sees(struct box *b, const struct bot *bot, const struct channel *c)
{
    if (!c || !c->guild)
        return true;
    const struct member *m = guild_member(c->guild, bot->id);
    return (permissions_in(m, c, world_now(&b->world)) & VIEW_CHANNEL) != 0;
}

static void push_to_bot(struct bot *bot, int64_t guild_id, uint64_t intent, struct payload *p)
{
    for (size_t i = 0; i < bot->sessions.count; i++) {
        struct session *s = bot->sessions.items[i];
        if ((intent == 0 || (s->intents & intent)) && session_serves(s, guild_id))
            session_push(s, p);
    }
}

void event_guild(struct box *b, struct guild *g, const struct channel *c, uint64_t intent, const char *name,
                 struct json *d)
{
    struct payload *p = payload_new(name, d);
    for (size_t i = 0; i < g->bots.count; i++)
        if (sees(b, g->bots.items[i], c))
            push_to_bot(g->bots.items[i], g->id, intent, p);
    payload_release(p);
    json_free(d);
}

void event_bot(struct box *b, struct bot *bot, const char *name, struct json *d)
{
    (void)b;
    struct payload *p = payload_new(name, d);
    /* One session is enough: a client with several shards gets it on the first. */
    for (size_t i = 0; i < bot->sessions.count; i++) {
        struct session *s = bot->sessions.items[i];
        if (session_serves(s, json_get_id(d, "guild_id")))
            session_push(s, p);
    }
    payload_release(p);
    json_free(d);
}

void event_channel(struct box *b, const struct channel *c, uint64_t guild_intent, uint64_t dm_intent,
                   const char *name, struct json *d)
{
    if (c->guild) {
        json_set_id(d, "guild_id", c->guild->id);
        event_guild(b, c->guild, c, guild_intent, name, d);
        return;
    }
    struct payload *p = payload_new(name, d);
    push_to_bot(c->bot, 0, dm_intent, p);
    payload_release(p);
    json_free(d);
}

/* --- messages --- */

static struct json *message_document(struct box *b, const struct message *m)
{
    struct json *d = present_message(&b->world, m, NULL);
    const struct guild *g = m->channel->guild;
    if (!g)
        return d;
    json_set_id(d, "guild_id", g->id);
    const struct member *author = m->webhook_name ? NULL : guild_member(g, m->author->id);
    if (author)
        json_set(d, "member", present_member_partial(author));
    return d;
}

static bool mentions_bot(const struct message *m, const struct bot *bot)
{
    for (size_t i = 0; i < m->mention_count; i++)
        if (m->mentions[i] == bot->id)
            return true;
    return false;
}

static bool reads_content(const struct session *s, const struct message *m)
{
    return (s->intents & INTENT_CONTENT) || !m->channel->guild || m->author == s->bot->user ||
           m->application_id == s->bot->id || mentions_bot(m, s->bot);
}

static void blank(struct json *d)
{
    json_set_string(d, "content", "");
    json_set(d, "embeds", json_new_array());
    json_set(d, "attachments", json_new_array());
    json_set(d, "components", json_new_array());
}

/* Two forms of one event, each made when the first session needs it. */
struct forms {
    struct json *doc;
    const char *name;
    struct payload *full, *blank;
};

static struct payload *form(struct forms *f, bool full)
{
    if (full && !f->full)
        f->full = payload_new(f->name, f->doc);
    if (!full && !f->blank) {
        struct json *copy = json_clone(f->doc);
        blank(copy);
        f->blank = payload_new(f->name, copy);
        json_free(copy);
    }
    return full ? f->full : f->blank;
}

static void message_to_bot(const struct message *m, struct bot *bot, uint64_t intent, struct forms *f)
{
    int64_t guild = m->channel->guild ? m->channel->guild->id : 0;
    for (size_t i = 0; i < bot->sessions.count; i++) {
        struct session *s = bot->sessions.items[i];
        if ((s->intents & intent) && session_serves(s, guild))
            session_push(s, form(f, reads_content(s, m)));
    }
}

void event_message(struct box *b, const struct message *m, const char *name)
{
    if (m->visible_to)
        return;
    struct forms f = {.doc = message_document(b, m), .name = name};
    struct guild *g = m->channel->guild;
    if (!g)
        message_to_bot(m, m->channel->bot, INTENT_DMS, &f);
    for (size_t i = 0; g && i < g->bots.count; i++)
        if (sees(b, g->bots.items[i], m->channel))
            message_to_bot(m, g->bots.items[i], INTENT_MESSAGES, &f);
    payload_release(f.full);
    payload_release(f.blank);
    json_free(f.doc);
    box_changed(b);
}

void event_message_delete(struct box *b, const struct message *m)
{
    if (m->visible_to)
        return;
    struct json *d = json_new_object();
    json_set_id(d, "id", m->id);
    json_set_id(d, "channel_id", m->channel->id);
    event_channel(b, m->channel, INTENT_MESSAGES, INTENT_DMS, "MESSAGE_DELETE", d);
}

void event_reaction(struct box *b, const struct message *m, const struct reaction *r, const struct user *u,
                    bool add)
{
    struct json *d = json_new_object();
    json_set_id(d, "user_id", u->id);
    json_set_id(d, "channel_id", m->channel->id);
    json_set_id(d, "message_id", m->id);
    json_set(d, "emoji", present_emoji(r));
    json_set_bool(d, "burst", false);
    json_set_int(d, "type", 0);
    if (add) {
        json_set_id(d, "message_author_id", m->author->id);
        const struct member *member = m->channel->guild ? guild_member(m->channel->guild, u->id) : NULL;
        if (member)
            json_set(d, "member", present_member(member));
    }
    event_channel(b, m->channel, INTENT_REACTIONS, INTENT_DM_REACTIONS,
                  add ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE", d);
    box_changed(b);
}

/* --- members and channels --- */

void event_member(struct box *b, struct member *m, const char *name)
{
    struct json *d;
    if (str_equal(name, "GUILD_MEMBER_REMOVE")) {
        d = json_new_object();
        json_set(d, "user", present_user(m->user));
    } else {
        d = present_member(m);
    }
    json_set_id(d, "guild_id", m->guild->id);
    struct payload *p = payload_new(name, d);
    for (size_t i = 0; i < m->guild->bots.count; i++) {
        struct bot *bot = m->guild->bots.items[i];
        push_to_bot(bot, m->guild->id, bot->user == m->user ? 0 : INTENT_MEMBERS, p);
    }
    payload_release(p);
    json_free(d);
    box_changed(b);
}

void event_channel_change(struct box *b, const struct channel *c, const char *name)
{
    if (c->guild)
        event_guild(b, c->guild, str_equal(name, "CHANNEL_DELETE") ? NULL : c, INTENT_GUILDS, name,
                    present_channel(c));
    box_changed(b);
}
