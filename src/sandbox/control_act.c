/* Members act: they write, edit, react. */
#include "verbs.h"

#include "check.h"
#include "events.h"
#include "present.h"
#include "routes.h"
#include "tt/base/mem.h"

struct channel *named_channel(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = world_channel(&b->world, json_get_id(doc, "channel"));
    if (c)
        return c;
    /* A DM has no id that a script could know: it is named by its two ends. */
    if (!json_get(doc, "channel") && json_get(doc, "bot") && json_get(doc, "member")) {
        struct bot *bot = named_bot(b, doc, e);
        struct user *u = bot ? named_user(b, doc, "member", e) : NULL;
        return u ? bot_dm(&b->world, bot, u) : NULL;
    }
    error_set(e, ERROR_NO_SUCH, "channel", "no such channel");
    return NULL;
}

struct guild *named_guild(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = world_guild(&b->world, json_get_id(doc, "guild"));
    if (!g)
        error_set(e, ERROR_NO_SUCH, "guild", "no such guild");
    return g;
}

struct bot *named_bot(struct box *b, const struct json *doc, struct error *e)
{
    struct bot *bot = table_get(&b->world.bots, json_get_id(doc, "bot"));
    if (!bot)
        error_set(e, ERROR_NO_SUCH, "bot", "no such bot");
    return bot;
}

struct user *named_user(struct box *b, const struct json *doc, const char *key, struct error *e)
{
    struct user *u = world_user(&b->world, json_get_id(doc, key));
    if (!u)
        error_set(e, ERROR_NO_SUCH, key, "no such user");
    return u;
}

struct member *named_member(struct box *b, struct guild *g, const struct json *doc, struct error *e)
{
    struct user *u = named_user(b, doc, "member", e);
    struct member *m = u ? guild_member(g, u->id) : NULL;
    if (u && !m)
        error_set(e, ERROR_NO_SUCH, "member", "that user is no member of the guild");
    return m;
}

struct message *named_message(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    struct message *m = c ? channel_message(c, json_get_id(doc, "message")) : NULL;
    if (c && !m)
        error_set(e, ERROR_NO_SUCH, "message", "no such message in that channel");
    return m;
}

static struct json *about_message(const struct message *m)
{
    struct json *o = control_ok();
    json_set_id(o, "message", m->id);
    json_set_id(o, "channel", m->channel->id);
    return o;
}

/* [{"filename","content","content_type"}] */
static void attach(struct box *b, struct message *m, const struct json *list)
{
    json_each(one, list)
    {
        const char *name = json_get_string(one, "filename"), *text = json_get_string(one, "content");
        const char *type = json_get_string(one, "content_type");
        if (!text)
            text = "";
        message_attach(m,
                       world_add_attachment(&b->world, m->channel->id, name ? name : "file.txt",
                                            type ? type : "text/plain; charset=utf-8", text, strlen(text)));
    }
}

/* What a person writes is not held to a bot's limits but the obvious one. */
static int fill(struct box *b, struct message *m, const struct json *doc, struct error *e)
{
    struct objections o = {0};
    const char *content = json_get_string(doc, "content");
    if (content)
        world_set(&m->content, content);
    if (json_get(doc, "embeds")) {
        json_free(m->embeds);
        m->embeds = check_embeds(&o, json_get(doc, "embeds"), "embeds");
    }
    bool wrong = o.tree != NULL;
    objections_release(&o);
    if (wrong)
        return error_set(e, ERROR_MALFORMED, "embeds", "embeds break Discord's limits");
    attach(b, m, json_get(doc, "attachments"));
    message_find_mentions(&b->world, m, NULL);
    return 0;
}

struct json *control_message(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    struct user *u = c ? named_user(b, doc, "member", e) : NULL;
    if (!u)
        return NULL;
    if (c->guild && !named_member(b, c->guild, doc, e))
        return NULL;
    struct message *m = channel_add_message(&b->world, c, u);
    if (fill(b, m, doc, e) < 0) {
        channel_remove_message(&b->world, m);
        return NULL;
    }
    c->last_message_id = m->id;
    m->reference_id = json_get_id(doc, "reply_to");
    m->type = m->reference_id ? 19 : 0;
    event_message(b, m, "MESSAGE_CREATE");
    return about_message(m);
}

static struct webhook *webhook_for(struct box *b, const struct json *doc, struct error *e)
{
    struct webhook *h = table_get(&b->world.webhooks, json_get_id(doc, "webhook"));
    if (h)
        return h;
    struct channel *c = named_channel(b, doc, e);
    if (!c || !c->guild)
        return NULL;
    int64_t id = json_get_id(doc, "webhook");
    return world_add_webhook(&b->world, c, id ? id : world_new_id(&b->world), NULL, "webhook");
}

struct json *control_webhook(struct box *b, const struct json *doc, struct error *e)
{
    struct webhook *h = webhook_for(b, doc, e);
    if (!h) {
        if (!e->code)
            error_set(e, ERROR_REFUSED, "channel", "a webhook needs a guild's channel");
        return NULL;
    }
    const char *name = json_get_string(doc, "username");
    struct message *m =
        channel_add_message(&b->world, h->channel, world_add_user(&b->world, h->id, h->name, true));
    m->webhook_id = h->id;
    m->webhook_name = mem_strdup(name ? name : h->name);
    if (fill(b, m, doc, e) < 0) {
        channel_remove_message(&b->world, m);
        return NULL;
    }
    h->channel->last_message_id = m->id;
    event_message(b, m, "MESSAGE_CREATE");
    struct json *o = about_message(m);
    json_set_id(o, "webhook", h->id);
    return o;
}

struct json *control_edit(struct box *b, const struct json *doc, struct error *e)
{
    struct message *m = named_message(b, doc, e);
    if (!m || fill(b, m, doc, e) < 0)
        return NULL;
    m->edited_at = world_now(&b->world);
    event_message(b, m, "MESSAGE_UPDATE");
    return about_message(m);
}

struct json *control_delete(struct box *b, const struct json *doc, struct error *e)
{
    struct message *m = named_message(b, doc, e);
    if (!m)
        return NULL;
    message_delete(b, m);
    return control_ok();
}

struct json *control_reaction(struct box *b, const struct json *doc, struct error *e)
{
    struct message *m = named_message(b, doc, e);
    struct user *u = m ? named_user(b, doc, "member", e) : NULL;
    const char *emoji = json_get_string(doc, "emoji");
    if (!u)
        return NULL;
    if (!emoji) {
        error_set(e, ERROR_MALFORMED, "emoji", "an emoji was expected");
        return NULL;
    }
    bool changed = reaction_set(b, m, u, emoji, !json_get_bool(doc, "remove", false));
    struct json *o = control_ok();
    json_set_bool(o, "changed", changed);
    return o;
}

struct json *control_typing(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    struct user *u = c ? named_user(b, doc, "member", e) : NULL;
    if (!u)
        return NULL;
    struct json *d = json_new_object();
    json_set_id(d, "channel_id", c->id);
    json_set_id(d, "user_id", u->id);
    json_set_int(d, "timestamp", world_now(&b->world) / 1000);
    event_channel(b, c, INTENT_TYPING, INTENT_DM_TYPING, "TYPING_START", d);
    return control_ok();
}
