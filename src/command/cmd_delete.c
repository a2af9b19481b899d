#include "cmd_shared.h"

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};

static int run(struct command_context *c, struct error *e)
{
    if (tenants_set_deleted(c->store, c->tenant.id, true, c->now, &c->changed, e))
        return -1;
    c->new_session = c->changed;
    c->acknowledge = ACKNOWLEDGE_CLOSED;
    command_done(c, "%s deleted; undo brings it back for 30 days", c->tenant.id);
    return 0;
}

const struct command_spec command_delete = {
    .name = "delete",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DESTRUCTIVE,
    .right = RIGHT_OWNER,
    .group = GROUP_TENANTS,
    .summary = "delete a tenant",
    .detail = "The bot is disconnected, the tenant is hidden and its guild is free again. `undo` brings it "
              "back for 30 days, then the daemon erases it.",
    .example = "delete tenant01",
    .run = run,
};
