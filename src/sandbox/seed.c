#include "seed.h"

#include "permissions.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define FIELD 64

static int wrong(struct error *e, const char *field, const char *key, const char *what)
{
    char name[FIELD];
    snprintf(name, sizeof name, "%s%s%s", field, *field && *key ? "." : "", key);
    return error_set(e, ERROR_MALFORMED, name, "seed: %s %s", name, what);
}

static int need_id(struct error *e, const struct json *doc, const char *field, const char *key, int64_t *id)
{
    *id = json_get_id(doc, key);
    return *id > 0 ? 0 : wrong(e, field, key, "must be an id (digits in a string)");
}

static uint64_t bits(const struct json *doc, const char *key, uint64_t otherwise)
{
    const struct json *v = json_get(doc, key);
    if (json_string(v))
        return strtoull(json_string(v), NULL, 10);
    return json_is(v, JSON_NUMBER) ? (uint64_t)json_int(v, 0) : otherwise;
}

typedef int (*seed_one)(struct world *w, struct guild *g, const struct json *doc, const char *field,
                        struct error *e);

/* Apply to each element of an array member; absent is fine, another type is not. */
static int each(struct world *w, struct guild *g, const struct json *doc, const char *field, const char *key,
                seed_one apply, struct error *e)
{
    const struct json *list = json_get(doc, key);
    if (!list)
        return 0;
    if (!json_is(list, JSON_ARRAY))
        return wrong(e, field, key, "must be an array");
    size_t n = 0;
    json_each(one, list)
    {
        char name[FIELD];
        snprintf(name, sizeof name, "%s%s%s.%zu", field, *field ? "." : "", key, n++);
        if (!json_is(one, JSON_OBJECT))
            return wrong(e, name, "", "must be an object");
        if (apply(w, g, one, name, e) < 0)
            return -1;
    }
    return 0;
}

static int seed_role(struct world *w, struct guild *g, const struct json *doc, const char *field,
                     struct error *e)
{
    (void)w;
    int64_t id;
    if (need_id(e, doc, field, "id", &id) < 0)
        return -1;
    struct role *r = guild_role(g, id);
    const char *name = json_get_string(doc, "name");
    if (!r)
        r = guild_add_role(g, id, name ? name : "role");
    else if (id != g->id)
        return wrong(e, field, "id", "is there twice");
    r->permissions = bits(doc, "permissions", id == g->id ? r->permissions : 0);
    r->position = (int)json_get_int(doc, "position", r->position);
    r->color = json_get_int(doc, "color", 0);
    r->hoist = json_get_bool(doc, "hoist", false);
    r->mentionable = json_get_bool(doc, "mentionable", false);
    return 0;
}

static int seed_overwrites(struct channel *c, const struct json *doc, const char *field, struct error *e)
{
    json_each(one, json_get(doc, "permission_overwrites"))
    {
        struct overwrite o = {.type = (int)json_get_int(one, "type", 0),
                              .allow = bits(one, "allow", 0),
                              .deny = bits(one, "deny", 0)};
        if (need_id(e, one, field, "id", &o.id) < 0)
            return -1;
        channel_overwrite(c, &o);
    }
    return 0;
}

static int seed_webhook(struct world *w, struct channel *c, const struct json *doc, const char *field,
                        struct error *e)
{
    int64_t id;
    if (need_id(e, doc, field, "id", &id) < 0)
        return -1;
    if (table_get(&w->webhooks, id))
        return wrong(e, field, "id", "is there twice");
    const char *name = json_get_string(doc, "name");
    world_add_webhook(w, c, id, json_get_string(doc, "token"), name ? name : "webhook");
    return 0;
}

int seed_channel(struct world *w, struct guild *g, const struct json *doc, const char *field, struct error *e)
{
    int64_t id;
    const char *name = json_get_string(doc, "name");
    if (need_id(e, doc, field, "id", &id) < 0)
        return -1;
    if (world_channel(w, id))
        return wrong(e, field, "id", "is there twice");
    struct channel *c =
        guild_add_channel(w, g, id, (int)json_get_int(doc, "type", CHANNEL_TEXT), name ? name : "channel");
    c->topic = mem_strdup(json_get_string(doc, "topic"));
    c->parent_id = json_get_id(doc, "parent_id");
    c->position = (int)json_get_int(doc, "position", c->position);
    c->nsfw = json_get_bool(doc, "nsfw", false);
    if (seed_overwrites(c, doc, field, e) < 0)
        return -1;
    json_each(hook, json_get(doc, "webhooks"))
    {
        if (seed_webhook(w, c, hook, field, e) < 0)
            return -1;
    }
    return 0;
}

int seed_member(struct world *w, struct guild *g, const struct json *doc, const char *field, struct error *e)
{
    const struct json *user = json_get(doc, "user");
    int64_t id = json_get_id(user, "id"), joined = world_now(w);
    if (id <= 0)
        return wrong(e, field, "user.id", "must be an id (digits in a string)");
    struct user *u =
        world_add_user(w, id, json_get_string(user, "username"), json_get_bool(user, "bot", false));
    if (json_get_string(user, "global_name"))
        world_set(&u->global_name, json_get_string(user, "global_name"));
    u->dms_closed = json_get_bool(user, "dms_closed", u->dms_closed);
    const char *since = json_get_string(doc, "joined_at");
    if (since && time_parse_rfc3339(since, &joined, NULL) < 0)
        return wrong(e, field, "joined_at", "must be a time (RFC 3339)");
    struct member *m = guild_add_member(g, u, joined);
    if (json_get_string(doc, "nick"))
        world_set(&m->nick, json_get_string(doc, "nick"));
    json_each(role, json_get(doc, "roles"))
    {
        if (!guild_role(g, json_id(role)))
            return wrong(e, field, "roles", "names a role that the guild does not have");
        member_set_role(m, json_id(role), true);
    }
    return 0;
}

int seed_guild(struct world *w, const struct json *doc, const char *field, struct error *e)
{
    int64_t id;
    const char *name = json_get_string(doc, "name");
    if (need_id(e, doc, field, "id", &id) < 0)
        return -1;
    if (world_guild(w, id))
        return wrong(e, field, "id", "is there twice");
    struct guild *g = world_add_guild(w, id, name ? name : "guild", json_get_id(doc, "owner_id"));
    g->system_channel_id = json_get_id(doc, "system_channel_id");
    if (each(w, g, doc, field, "roles", seed_role, e) < 0 ||
        each(w, g, doc, field, "channels", seed_channel, e) < 0 ||
        each(w, g, doc, field, "members", seed_member, e) < 0)
        return -1;
    struct user *owner = g->owner_id ? world_add_user(w, g->owner_id, NULL, false) : NULL;
    if (owner)
        guild_add_member(g, owner, world_now(w));
    return 0;
}

int seed_bot(struct world *w, const struct json *doc, const char *field, struct error *e)
{
    int64_t id;
    const char *token = json_get_string(doc, "token"), *name = json_get_string(doc, "username");
    if (need_id(e, doc, field, "id", &id) < 0)
        return -1;
    if (!token || !*token)
        return wrong(e, field, "token", "must be a string");
    if (world_user(w, id) && !world_user(w, id)->bot)
        return wrong(e, field, "id", "is a member that is no bot");
    struct bot *b = world_add_bot(w, id, token, name ? name : "bot");
    if (!b)
        return wrong(e, field, "id", "or its token is there twice");
    b->flags = json_get_int(doc, "flags", 0);
    b->max_concurrency = (int)json_get_int(doc, "max_concurrency", 1);
    uint64_t permissions = bits(doc, "permissions", PERMISSIONS_BOT);
    json_each(one, json_get(doc, "guilds"))
    {
        struct guild *g = world_guild(w, json_id(one));
        if (!g)
            return wrong(e, field, "guilds", "names a guild that is not there");
        guild_add_bot(w, g, b, permissions);
    }
    return 0;
}

int seed_limits(struct world *w, const struct json *doc, struct error *e)
{
    struct limits *l = &w->limits;
    const struct {
        const char *key;
        int *value;
        int min;
    } numbers[] = {{"heartbeat_ms", &l->heartbeat_ms, 50},
                   {"resume_ms", &l->resume_ms, 0},
                   {"replay", &l->replay, 0},
                   {"interaction_ms", &l->interaction_ms, 1},
                   {"identifies", &l->identifies, 0},
                   {"history", &l->history, 1},
                   {"requests", &l->log, 1}};
    if (!doc)
        return 0;
    if (!json_is(doc, JSON_OBJECT))
        return wrong(e, "limits", "", "must be an object");
    l->rate = json_get_bool(doc, "rate", l->rate);
    l->identify = json_get_bool(doc, "identify", l->identify);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t n = json_get_int(doc, numbers[i].key, *numbers[i].value);
        if (n < numbers[i].min || n > 1000000000)
            return wrong(e, "limits", numbers[i].key, "is out of range");
        *numbers[i].value = (int)n;
    }
    return 0;
}

static int one_guild(struct world *w, struct guild *g, const struct json *doc, const char *field,
                     struct error *e)
{
    (void)g;
    return seed_guild(w, doc, field, e);
}

static int one_bot(struct world *w, struct guild *g, const struct json *doc, const char *field,
                   struct error *e)
{
    (void)g;
    return seed_bot(w, doc, field, e);
}

static int apply(struct world *w, const struct json *doc, struct error *e)
{
    static const char *const known[] = {"guilds", "bots", "limits", "generate", "users"};
    if (!json_is(doc, JSON_OBJECT))
        return error_set(e, ERROR_MALFORMED, "seed", "seed: an object with guilds and bots was expected");
    json_each(one, doc)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !str_equal(known[i], json_key(one)))
            i++;
        if (i == sizeof known / sizeof *known)
            return wrong(e, json_key(one), "", "is not known (guilds, bots, users, limits, generate are)");
    }
    if (seed_limits(w, json_get(doc, "limits"), e) < 0 ||
        each(w, NULL, doc, "", "guilds", one_guild, e) < 0 || each(w, NULL, doc, "", "bots", one_bot, e) < 0)
        return -1;
    json_each(user, json_get(doc, "users"))
    {
        int64_t id;
        if (need_id(e, user, "users", "id", &id) < 0)
            return -1;
        world_add_user(w, id, json_get_string(user, "username"), json_get_bool(user, "bot", false))
            ->dms_closed = json_get_bool(user, "dms_closed", false);
    }
    const struct json *generate = json_get(doc, "generate");
    return generate ? seed_generate(w, generate, e) : 0;
}

int seed_apply(struct world *w, const char *text, size_t n, struct error *e)
{
    struct error inner = {0};
    struct json *doc = json_parse(text, n, &inner);
    if (!doc)
        return error_set(e, ERROR_MALFORMED, "seed", "seed: %s", inner.message);
    int result = apply(w, doc, e);
    json_free(doc);
    return result;
}
