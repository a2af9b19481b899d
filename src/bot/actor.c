/* Who is it that types: by the operators' table, the tenant's renter, and the staff roles a member wears. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/store/audit.h"

int actor_resolve(struct store *s, const struct snapshot *here, int64_t user_id, bool staff,
                  struct actor *out, struct error *e)
{
    *out = (struct actor){.face = FACE_DISCORD, .user_id = user_id, .staff = staff};
    snprintf(out->who, sizeof out->who, "discord:%" PRId64, user_id);
    if (here) {
        out->guild_id = here->tenant.guild_id;
        str_copy(out->guild_tenant, sizeof out->guild_tenant, here->tenant.id);
    }
    return operators_get(s, user_id, &out->role, e);
}

static bool listed(const char *list, int64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, id);
    while (list && *list) {
        list += strspn(list, ", ");
        size_t len = strcspn(list, ", ");
        if (len == (size_t)n && memcmp(list, text, len) == 0)
            return true;
        list += len;
    }
    return false;
}

bool actor_is_staff(const struct tenant *t, const struct json *member)
{
    const char *roles = tenant_setting(t, FEATURE_SHOP, "staff_roles");
    if (!roles)
        return false;
    json_each(role, json_get(member, "roles"))
    {
        int64_t id = json_id(role);
        if (id && listed(roles, id))
            return true;
    }
    return false;
}
