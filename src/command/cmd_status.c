#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "status", .type = ARG_STATUS},
    {0},
};

static int run(struct command_context *c, struct error *e)
{
    enum tenant_status to = (enum tenant_status)arg_index(c, "status");

    if (tenants_set_status(c->store, c->tenant.id, to, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "%s set to %s" : "%s is already %s", c->tenant.id, tenant_status_words[to]);
    if (!c->changed)
        return 0;
    c->configuration = true;
    mark_status(c, c->tenant.status, to);
    return 0;
}

const struct command_spec command_status = {
    .name = "status",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR,
    .group = GROUP_TENANTS,
    .summary = "set a tenant's status",
    .detail = "Only active bots serve. In maintenance the bot stays connected and answers with the reason; "
              "suspended and expired bots are disconnected.",
    .example = "status tenant01 maintenance",
    .run = run,
};
