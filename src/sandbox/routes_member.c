#include "routes.h"

#include "check.h"
#include "events.h"
#include "permissions.h"
#include "present.h"
#include "scope.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

#define LONGEST_TIMEOUT (28LL * 24 * 60 * 60 * 1000)

void get_members(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    if (!g)
        return;
    /* The whole list wants the members intent in the portal. */
    if (!(r->bot->flags & ((1 << 14) | (1 << 15)))) {
        missing_access(r);
        return;
    }
    int64_t limit = query_number(r, "limit", 1), after = query_number(r, "after", 0), found = 0;
    struct json *list = json_new_array();
    for (size_t i = 0; i < g->members.count && found < limit && found < 1000; i++) {
        const struct member *m = g->members.items[i];
        if (m->user->id <= after)
            continue;
        json_push(list, present_member(m));
        found++;
    }
    answer_json(r, 200, list);
}

void search_members(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, 0);
    char query[128];
    if (!g)
        return;
    if (!query_get(r, "query", query, sizeof query))
        query[0] = 0;
    int64_t limit = query_number(r, "limit", 1), found = 0;
    struct json *list = json_new_array();
    for (size_t i = 0; i < g->members.count && found < limit && found < 1000; i++) {
        const struct member *m = g->members.items[i];
        bool fits = strncasecmp(m->user->username, query, strlen(query)) == 0 ||
                    (m->nick && strncasecmp(m->nick, query, strlen(query)) == 0);
        if (fits && ++found)
            json_push(list, present_member(m));
    }
    answer_json(r, 200, list);
}

void get_member(struct request *r)
{
    struct guild *g = scope_guild(r, 0, 0);
    const struct member *m = g ? scope_member(r, g, 1) : NULL;
    if (m)
        answer_json(r, 200, present_member(m));
}

static bool change_nick(struct member *m, const struct json *doc, struct objections *o)
{
    const struct json *nick = json_get(doc, "nick");
    if (!nick)
        return false;
    const char *text = check_text(o, doc, "nick", "nick", 0, 32, false);
    if (str_equal(text ? text : "", m->nick ? m->nick : ""))
        return false;
    world_set(&m->nick, text && *text ? text : NULL);
    return true;
}

static bool change_roles(struct member *m, const struct json *roles, struct objections *o)
{
    if (!json_is(roles, JSON_ARRAY))
        return false;
    json_each(one, roles)
    {
        if (!guild_role(m->guild, json_id(one)))
            objection(o, "ROLE_INVALID", "Role does not exist", "roles");
    }
    if (o->tree)
        return false;
    free(m->roles);
    m->roles = NULL;
    m->role_count = 0;
    json_each(one, roles)
    {
        member_set_role(m, json_id(one), true);
    }
    return true;
}

static bool change_timeout(struct box *b, struct member *m, const struct json *doc, struct objections *o)
{
    const struct json *until = json_get(doc, "communication_disabled_until");
    int64_t ms = 0;
    if (!until)
        return false;
    if (json_string(until) && time_parse_rfc3339(json_string(until), &ms, NULL) < 0)
        objection(o, "DATETIME_TYPE_PARSE", "Could not parse. Should be ISO8601.",
                  "communication_disabled_until");
    if (ms > world_now(&b->world) + LONGEST_TIMEOUT)
        objection(o, "COMMUNICATION_DISABLED_TIMEOUT_RANGE", "Timeout must be within 28 days.",
                  "communication_disabled_until");
    if (o->tree)
        return false;
    m->timeout_until = ms;
    return true;
}

bool member_change(struct box *b, struct member *m, const struct json *doc, struct objections *o)
{
    bool changed = change_nick(m, doc, o);
    changed = change_roles(m, json_get(doc, "roles"), o) || changed;
    changed = change_timeout(b, m, doc, o) || changed;
    if (changed && !o->tree)
        event_member(b, m, "GUILD_MEMBER_UPDATE");
    return changed;
}

/* The right that each field of a PATCH wants. */
static uint64_t rights_for(const struct json *doc)
{
    return (json_get(doc, "nick") ? MANAGE_NICKNAMES : 0) | (json_get(doc, "roles") ? MANAGE_ROLES : 0) |
           (json_get(doc, "communication_disabled_until") ? MODERATE_MEMBERS : 0);
}

void patch_member(struct request *r)
{
    struct guild *g = scope_guild(r, 0, rights_for(r->doc));
    struct member *m = g ? scope_member(r, g, 1) : NULL;
    if (!m)
        return;
    const struct member *me = scope_me(r, g);
    bool admin_timeout =
        json_get(r->doc, "communication_disabled_until") && (permissions_of(m) & ADMINISTRATOR);
    if ((m != me && permissions_height(m) >= permissions_height(me)) || admin_timeout) {
        missing_permissions(r);
        return;
    }
    struct objections o = {0};
    member_change(r->box, m, r->doc, &o);
    if (!answer_objections(r, &o))
        answer_json(r, 200, present_member(m));
}

void patch_own_member(struct request *r)
{
    struct guild *g = scope_guild(r, 0, json_get(r->doc, "nick") ? CHANGE_NICKNAME : 0);
    if (!g)
        return;
    struct objections o = {0};
    struct member *me = scope_me(r, g);
    if (change_nick(me, r->doc, &o) && !o.tree)
        event_member(r->box, me, "GUILD_MEMBER_UPDATE");
    if (!answer_objections(r, &o))
        answer_json(r, 200, present_member(me));
}

void patch_own_nick(struct request *r)
{
    patch_own_member(r);
    if (r->status != 200)
        return;
    struct json *o = json_new_object();
    json_set_string(o, "nick", json_get_string(r->answer, "nick"));
    answer_json(r, 200, o);
}

void kick_member(struct request *r)
{
    struct guild *g = scope_guild(r, 0, KICK_MEMBERS);
    struct member *m = g ? scope_member(r, g, 1) : NULL;
    if (!m)
        return;
    if (permissions_height(m) >= permissions_height(scope_me(r, g))) {
        missing_permissions(r);
        return;
    }
    event_member(r->box, m, "GUILD_MEMBER_REMOVE");
    guild_remove_member(g, m);
    answer_none(r);
}

static void set_role(struct request *r, bool on)
{
    struct guild *g = scope_guild(r, 0, MANAGE_ROLES);
    struct member *m = g ? scope_member(r, g, 1) : NULL;
    if (!m)
        return;
    const struct role *role = guild_role(g, r->ids[2]);
    if (!role) {
        answer_error(r, 404, 10011, "Unknown Role");
        return;
    }
    if (role->managed || role->id == g->id || permissions_height(scope_me(r, g)) <= role->position) {
        missing_permissions(r);
        return;
    }
    if (member_set_role(m, role->id, on))
        event_member(r->box, m, "GUILD_MEMBER_UPDATE");
    answer_none(r);
}

void put_member_role(struct request *r)
{
    set_role(r, true);
}

void delete_member_role(struct request *r)
{
    set_role(r, false);
}
