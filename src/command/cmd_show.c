#include "cmd_shop.h"

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};

static int run(struct command_context *c, struct error *e)
{
    struct bot_status bot;

    if (bot_status_load(c->store, c->tenant.id, &bot, e))
        return -1;
    struct json *document = tenant_document(c, &c->tenant, &bot);
    int result = rent_members(c, json_set(document, "rent", json_new_object()), e);
    if (result == 0)
        writer_document(c->w, document);
    json_free(document);
    return result;
}

const struct command_spec command_show = {
    .name = "show",
    .args = args,
    .flags = COMMAND_DISCORD,
    .right = RIGHT_VIEWER_RENTER,
    .group = GROUP_TENANTS,
    .summary = "show one tenant with its whole configuration",
    .example = "show tenant01",
    .run = run,
};
