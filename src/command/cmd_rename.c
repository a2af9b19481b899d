#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "name", .type = ARG_TEXT, .help = "the new name, 1 to 100 characters"},
    {0},
};

static int run(struct command_context *c, struct error *e)
{
    const char *name = arg_text(c, "name");

    if (tenant_name_check(name, e) || tenants_set_name(c->store, c->tenant.id, name, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "%s renamed to %s" : "%s is already called %s", c->tenant.id, name);
    return 0;
}

const struct command_spec command_rename = {
    .name = "rename",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR,
    .group = GROUP_TENANTS,
    .summary = "give a tenant another name",
    .detail =
        "The name is for people only; the id stays, and the bot's nickname is `config TENANT nickname`.",
    .example = "rename tenant01 \"Toko Sari\"",
    .run = run,
};
