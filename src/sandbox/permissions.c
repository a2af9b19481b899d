#include "permissions.h"

#include <limits.h>

uint64_t permissions_of(const struct member *m)
{
    if (!m)
        return 0;
    const struct guild *g = m->guild;
    if (g->owner_id == m->user->id)
        return PERMISSIONS_ALL;
    uint64_t may = 0;
    for (size_t i = 0; i < g->roles.count; i++) {
        const struct role *r = g->roles.items[i];
        if (r->id == g->id || member_has_role(m, r->id))
            may |= r->permissions;
    }
    return may & ADMINISTRATOR ? PERMISSIONS_ALL : may;
}

/* First @everyone's overwrite, then all of the member's roles together, then the member's own: each step
 * denies before it allows. */
uint64_t permissions_apply(uint64_t base, const struct member *m, const struct overwrite *overwrites,
                           size_t count)
{
    if (base & ADMINISTRATOR)
        return PERMISSIONS_ALL;
    uint64_t may = base, allow = 0, deny = 0;
    for (size_t i = 0; i < count; i++)
        if (overwrites[i].id == m->guild->id)
            may = (may & ~overwrites[i].deny) | overwrites[i].allow;
    for (size_t i = 0; i < count; i++) {
        if (overwrites[i].type == 0 && overwrites[i].id != m->guild->id &&
            member_has_role(m, overwrites[i].id)) {
            allow |= overwrites[i].allow;
            deny |= overwrites[i].deny;
        }
    }
    may = (may & ~deny) | allow;
    for (size_t i = 0; i < count; i++)
        if (overwrites[i].type == 1 && overwrites[i].id == m->user->id)
            may = (may & ~overwrites[i].deny) | overwrites[i].allow;
    return may;
}

uint64_t permissions_in(const struct member *m, const struct channel *c, int64_t now)
{
    if (!m)
        return 0;
    uint64_t may = permissions_apply(permissions_of(m), m, c->overwrites, c->overwrite_count);
    if (!(may & VIEW_CHANNEL))
        return 0;
    bool timed_out = m->timeout_until > now && !(may & ADMINISTRATOR);
    return timed_out ? may & (VIEW_CHANNEL | READ_MESSAGE_HISTORY) : may;
}

int permissions_height(const struct member *m)
{
    if (m->guild->owner_id == m->user->id)
        return INT_MAX;
    int height = 0;
    for (size_t i = 0; i < m->role_count; i++) {
        const struct role *r = guild_role(m->guild, m->roles[i]);
        if (r && r->position > height)
            height = r->position;
    }
    return height;
}
