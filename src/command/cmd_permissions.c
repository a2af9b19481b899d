#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "permission", .type = ARG_PERMISSION, .optional = true},
    {.name = "value", .type = ARG_BOOL, .optional = true, .help = "true or false"},
    {0},
};

static int run(struct command_context *c, struct error *e)
{
    int permission = arg_index(c, "permission");

    if (!c->writes) {
        struct json *map = tenant_permissions_json(&c->tenant);
        map_rows(c, "PERMISSION", "HAS IT", map, permission < 0 ? NULL : permission_words[permission]);
        json_free(map);
        return 0;
    }
    bool on = arg_bool(c, "value");
    if (on && plan_check_permission(&c->tenant, (enum permission)permission, e))
        return -1;
    if (tenants_set_permission(c->store, c->tenant.id, (enum permission)permission, on, &c->changed, e))
        return -1;
    c->configuration = c->changed;
    if (c->changed)
        command_done(c, on ? "%s given to %s" : "%s taken from %s", permission_words[permission],
                     c->tenant.id);
    else
        command_done(c, on ? "%s already has %s" : "%s has no %s anyway", c->tenant.id,
                     permission_words[permission]);
    return 0;
}

const struct command_spec command_permissions = {
    .name = "permissions",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR,
    .group = GROUP_CONFIGURATION,
    .summary = "list what the renter may do, or grant and take one permission",
    .detail = "A permission outside the plan is refused.",
    .example = "permissions tenant01 custom_config true",
    .writes = writes_value,
    .run = run,
};
