#include "tt/domain/role.h"

#include "tt/base/str.h"

static bool in_own_guild(const struct actor *a, const struct tenant *t)
{
    return t && a->face == FACE_DISCORD && a->guild_id != 0 && a->guild_id == t->guild_id &&
           str_equal(a->guild_tenant, t->id);
}

/* What the renter and the staff need besides being who they are. */
static int check_tenant_rules(const struct right *right, const struct tenant *t, struct error *e)
{
    if (!tenant_feature_on(t, FEATURE_ADMIN_COMMANDS)) {
        error_set(e, ERROR_NOT_PERMITTED, "feature",
                  "this needs the feature admin_commands, which is off in %s", t->id);
        return error_hint(e, "an operator switches it: features %s admin_commands enable", t->id);
    }
    if (right->permission == PERMISSION_COUNT)
        return 0;
    const char *word = permission_words[right->permission];
    if (!plan_allows_permission(t->plan, right->permission)) {
        error_set(e, ERROR_NOT_PERMITTED, "permission",
                  "this needs the permission %s, which the plan %s does not have", word, plan_words[t->plan]);
        return error_hint(e, "the plan %s has it", plan_words[plan_with_permission(right->permission)]);
    }
    if (!t->permissions[right->permission]) {
        error_set(e, ERROR_NOT_PERMITTED, "permission",
                  "this needs the permission %s, which %s does not have", word, t->id);
        return error_hint(e, "an operator grants it: permissions %s %s true", t->id, word);
    }
    return 0;
}

int right_check(const struct right *right, const struct actor *actor, const struct tenant *t, struct error *e)
{
    if (actor->role >= right->role)
        return 0;
    if (in_own_guild(actor, t)) {
        bool renter = right->renter && actor->user_id != 0 && actor->user_id == t->discord_id;
        if (renter || (right->staff && actor->staff))
            return check_tenant_rules(right, t, e);
    }
    /* Nothing of the tenant itself is told: whoever asks may be anybody. */
    const char *also = !right->renter ? ""
                       : right->staff ? ", or the renter or staff in the tenant's own guild"
                                      : ", or the renter in the tenant's own guild";
    error_set(e, ERROR_NOT_PERMITTED, "role", "this needs the role %s%s; yours is %s",
              operator_role_words[right->role], also, operator_role_words[actor->role]);
    return error_hint(e, "an owner adds operators: operator add DISCORD_ID %s",
                      operator_role_words[right->role]);
}
