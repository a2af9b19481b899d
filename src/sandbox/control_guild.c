/* Members come and go, guilds and bots appear. */
#include "verbs.h"

#include "events.h"
#include "objections.h"
#include "permissions.h"
#include "present.h"
#include "routes.h"
#include "seed.h"
#include "tt/base/mem.h"

struct json *control_join(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = named_guild(b, doc, e);
    if (!g)
        return NULL;
    int64_t id = json_id(json_at(doc, "user.id"));
    struct bot *bot = table_get(&b->world.bots, id);
    if (guild_member(g, id)) {
        error_set(e, ERROR_TAKEN, "user", "that user is a member already");
        return NULL;
    }
    if (bot) {
        guild_add_bot(&b->world, g, bot, PERMISSIONS_BOT);
        gateway_guild_create(b, g, bot);
        return control_ok();
    }
    if (seed_member(&b->world, g, doc, "", e) < 0)
        return NULL;
    event_member(b, guild_member(g, id), "GUILD_MEMBER_ADD");
    return control_ok();
}

static void bot_leaves(struct box *b, struct guild *g, struct bot *bot, bool unavailable)
{
    struct json *d = json_new_object();
    json_set_id(d, "id", g->id);
    if (unavailable)
        json_set_bool(d, "unavailable", true);
    event_bot(b, bot, "GUILD_DELETE", d);
}

struct json *control_leave(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = named_guild(b, doc, e);
    struct member *m = g ? named_member(b, g, doc, e) : NULL;
    if (!m)
        return NULL;
    struct bot *bot = table_get(&b->world.bots, m->user->id);
    if (bot) {
        list_remove(&g->bots, bot);
        list_remove(&bot->guilds, g);
        bot_leaves(b, g, bot, false);
    }
    event_member(b, m, "GUILD_MEMBER_REMOVE");
    guild_remove_member(g, m);
    return control_ok();
}

struct json *control_member_update(struct box *b, const struct json *doc, struct error *e)
{
    if (json_get(doc, "dms_closed")) {
        struct user *u = named_user(b, doc, "member", e);
        if (!u)
            return NULL;
        u->dms_closed = json_get_bool(doc, "dms_closed", false);
        if (!json_get(doc, "guild"))
            return control_ok();
    }
    struct guild *g = named_guild(b, doc, e);
    struct member *m = g ? named_member(b, g, doc, e) : NULL;
    struct objections o = {0};
    if (!m)
        return NULL;
    member_change(b, m, doc, &o);
    if (!o.tree)
        return control_ok();
    objections_release(&o);
    error_set(e, ERROR_MALFORMED, NULL, "the change breaks Discord's limits or names an unknown role");
    return NULL;
}

struct json *control_guild_delete(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = named_guild(b, doc, e);
    bool outage = json_get_bool(doc, "unavailable", false);
    if (!g)
        return NULL;
    for (size_t i = 0; i < g->bots.count; i++)
        bot_leaves(b, g, g->bots.items[i], outage);
    if (!outage)
        world_remove_guild(&b->world, g);
    return control_ok();
}

struct json *control_add_guild(struct box *b, const struct json *doc, struct error *e)
{
    const struct json *guild = json_get(doc, "guild");
    if (seed_guild(&b->world, guild, "guild", e) < 0)
        return NULL;
    return control_ok();
}

struct json *control_add_bot(struct box *b, const struct json *doc, struct error *e)
{
    return seed_bot(&b->world, json_get(doc, "bot"), "bot", e) < 0 ? NULL : control_ok();
}

struct json *control_add_channel(struct box *b, const struct json *doc, struct error *e)
{
    struct guild *g = named_guild(b, doc, e);
    if (!g)
        return NULL;
    struct json *channel = json_clone(json_get(doc, "channel"));
    if (!channel)
        channel = json_new_object();
    if (!json_get_id(channel, "id"))
        json_set_id(channel, "id", world_new_id(&b->world));
    int64_t id = json_get_id(channel, "id");
    int result = seed_channel(&b->world, g, channel, "channel", e);
    json_free(channel);
    if (result < 0)
        return NULL;
    event_channel_change(b, world_channel(&b->world, id), "CHANNEL_CREATE");
    struct json *o = control_ok();
    json_set_id(o, "channel", id);
    return o;
}

struct json *control_remove_channel(struct box *b, const struct json *doc, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    if (!c)
        return NULL;
    event_channel_change(b, c, "CHANNEL_DELETE");
    world_remove_channel(&b->world, c);
    return control_ok();
}
