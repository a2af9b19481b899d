#include "routes.h"

#include "check.h"
#include "events.h"
#include "permissions.h"
#include "present.h"
#include "release.h"
#include "scope.h"

void get_guild(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    char counts[8];
    if (!g)
        return;
    struct json *o = present_guild(g);
    if (query_get(r, "with_counts", counts, sizeof counts) && str_equal(counts, "true")) {
        json_set_int(o, "approximate_member_count", (int64_t)g->members.count);
        json_set_int(o, "approximate_presence_count", (int64_t)g->bots.count);
    }
    answer_json(r, 200, o);
}

void get_guild_channels(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    if (!g)
        return;
    struct json *list = json_new_array();
    for (size_t i = 0; i < g->channels.count; i++)
        json_push(list, present_channel(g->channels.items[i]));
    answer_json(r, 200, list);
}

static bool type_known(int64_t type)
{
    static const int types[] = {CHANNEL_TEXT, CHANNEL_VOICE, CHANNEL_CATEGORY,
                                CHANNEL_NEWS, CHANNEL_STAGE, CHANNEL_FORUM};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == type)
            return true;
    return false;
}

static bool parent_fits(struct request *r, const struct guild *g, int64_t parent)
{
    const struct channel *c = world_channel(&r->box->world, parent);
    return parent == 0 || (c && c->guild == g && c->type == CHANNEL_CATEGORY);
}

void create_channel(struct request *r)
{
    struct guild *g = scope_guild(r, 0, MANAGE_CHANNELS);
    if (!g)
        return;
    struct objections o = {0};
    const char *name = check_text(&o, r->doc, "name", "name", 1, 100, true);
    int64_t type = json_get_int(r->doc, "type", CHANNEL_TEXT), parent = json_get_id(r->doc, "parent_id");
    if (!type_known(type))
        objection_choices(&o, "type");
    if (!parent_fits(r, g, parent))
        objection(&o, "CHANNEL_PARENT_INVALID", "Category does not exist", "parent_id");
    struct channel draft = {.guild = g};
    channel_fill(&draft, r->doc, &o);
    bool wrong = answer_objections(r, &o);
    free(draft.overwrites);
    free(draft.name);
    free(draft.topic);
    if (wrong)
        return;
    if (g->channels.count >= 500) {
        answer_error(r, 400, 30013, "Maximum number of guild channels reached (500)");
        return;
    }
    struct channel *c = guild_add_channel(&r->box->world, g, world_new_id(&r->box->world), (int)type, name);
    channel_fill(c, r->doc, &o);
    event_channel_change(r->box, c, "CHANNEL_CREATE");
    answer_json(r, 201, present_channel(c));
}

/* --- roles --- */

void get_roles(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    if (!g)
        return;
    struct json *list = json_new_array();
    for (size_t i = 0; i < g->roles.count; i++)
        json_push(list, present_role(g->roles.items[i]));
    answer_json(r, 200, list);
}

static struct role *scope_role(struct request *r, const struct guild *g)
{
    struct role *role = guild_role(g, r->ids[1]);
    if (!role)
        answer_error(r, 404, 10011, "Unknown Role");
    return role;
}

void get_role(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    const struct role *role = g ? scope_role(r, g) : NULL;
    if (role)
        answer_json(r, 200, present_role(role));
}

static void role_fill(struct role *role, const struct json *doc, struct objections *o)
{
    const char *name = check_text(o, doc, "name", "name", 0, 100, false);
    const struct json *permissions = json_get(doc, "permissions");
    if (name)
        world_set(&role->name, name);
    if (json_string(permissions))
        role->permissions = strtoull(json_string(permissions), NULL, 10);
    else if (json_is(permissions, JSON_NUMBER))
        role->permissions = (uint64_t)json_int(permissions, 0);
    role->color = check_number(o, doc, "color", "color", 0, 0xffffff, role->color);
    role->hoist = json_get_bool(doc, "hoist", role->hoist);
    role->mentionable = json_get_bool(doc, "mentionable", role->mentionable);
}

static void role_event(struct request *r, struct guild *g, const struct role *role, const char *name)
{
    struct json *d = json_new_object();
    json_set_id(d, "guild_id", g->id);
    if (str_equal(name, "GUILD_ROLE_DELETE"))
        json_set_id(d, "role_id", role->id);
    else
        json_set(d, "role", present_role(role));
    event_guild(r->box, g, NULL, INTENT_GUILDS, name, d);
}

void create_role(struct request *r)
{
    struct guild *g = scope_guild(r, 0, MANAGE_ROLES);
    if (!g)
        return;
    struct objections o = {0};
    struct role draft = {0};
    role_fill(&draft, r->doc, &o);
    free(draft.name);
    if (answer_objections(r, &o))
        return;
    struct role *role = guild_add_role(g, world_new_id(&r->box->world), "new role");
    role->position = 1;
    role->permissions = guild_role(g, g->id)->permissions;
    role_fill(role, r->doc, &o);
    role_event(r, g, role, "GUILD_ROLE_CREATE");
    answer_json(r, 200, present_role(role));
}

/* A role at or above one's own highest cannot be touched. */
static bool below_me(struct request *r, const struct guild *g, const struct role *role)
{
    if (permissions_height(scope_me(r, g)) > role->position)
        return true;
    missing_permissions(r);
    return false;
}

void patch_role(struct request *r)
{
    struct guild *g = scope_guild(r, 0, MANAGE_ROLES);
    struct role *role = g ? scope_role(r, g) : NULL;
    if (!role || !below_me(r, g, role))
        return;
    struct objections o = {0};
    role_fill(role, r->doc, &o);
    if (answer_objections(r, &o))
        return;
    role_event(r, g, role, "GUILD_ROLE_UPDATE");
    answer_json(r, 200, present_role(role));
}

void delete_role(struct request *r)
{
    struct guild *g = scope_guild(r, 0, MANAGE_ROLES);
    struct role *role = g ? scope_role(r, g) : NULL;
    if (!role || !below_me(r, g, role))
        return;
    if (role->id == g->id || role->managed) {
        answer_error(r, 400, 50028, "Invalid Role");
        return;
    }
    role_event(r, g, role, "GUILD_ROLE_DELETE");
    for (size_t i = 0; i < g->members.count; i++)
        member_set_role(g->members.items[i], role->id, false);
    list_remove(&g->roles, role);
    role_free(role);
    answer_none(r);
}
