#include "scope.h"

struct member *scope_me(struct request *r, const struct guild *g)
{
    return guild_member(g, r->bot->id);
}

struct guild *scope_guild(struct request *r, int at, uint64_t permissions)
{
    struct guild *g = world_guild(&r->box->world, r->ids[at]);
    if (!g) {
        unknown_guild(r);
        return NULL;
    }
    const struct member *me = scope_me(r, g);
    if (!me) {
        missing_access(r);
        return NULL;
    }
    if ((permissions_of(me) & permissions) != permissions) {
        missing_permissions(r);
        return NULL;
    }
    return g;
}

bool scope_may(const struct request *r, const struct channel *c, uint64_t permissions)
{
    if (!c->guild)
        return c->bot == r->bot;
    const struct member *me = guild_member(c->guild, r->bot->id);
    return (permissions_in(me, c, world_now(&r->box->world)) & permissions) == permissions;
}

struct channel *scope_channel(struct request *r, int at, uint64_t permissions)
{
    struct channel *c = world_channel(&r->box->world, r->ids[at]);
    if (!c || (!c->guild && c->bot != r->bot)) {
        unknown_channel(r);
        return NULL;
    }
    if (!scope_may(r, c, VIEW_CHANNEL)) {
        missing_access(r);
        return NULL;
    }
    if (!scope_may(r, c, permissions)) {
        missing_permissions(r);
        return NULL;
    }
    return c;
}

struct message *scope_message(struct request *r, struct channel *c, int at)
{
    struct message *m = channel_message(c, r->ids[at]);
    if (!m || m->visible_to) {
        unknown_message(r);
        return NULL;
    }
    return m;
}

struct member *scope_member(struct request *r, struct guild *g, int at)
{
    struct member *m = guild_member(g, r->ids[at]);
    if (m)
        return m;
    if (world_user(&r->box->world, r->ids[at]))
        unknown_member(r);
    else
        answer_error(r, 404, 10013, "Unknown User");
    return NULL;
}
