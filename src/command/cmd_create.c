#include "cmd_shared.h"

#include "tt/base/mem.h"

static const struct arg_spec args[] = {
    {.name = "discord_id", .type = ARG_ID, .help = "the renter's Discord user id"},
    {.name = "guild_id", .type = ARG_ID, .help = "the guild that the bot serves"},
    {.name = "name", .type = ARG_TEXT, .help = "what people call the tenant, 1 to 100 characters"},
    {.name = "plan", .type = ARG_PLAN, .optional = true, .help = "basic where left out"},
    {0},
};

static const struct option_spec options[] = {
    {.name = "--id",
     .value = "ID",
     .type = ARG_TEXT,
     .help = "the tenant id, [a-z0-9_-]{3,32}; else tenant_ and 8 hex digits"},
    {0},
};

static int free_id(struct store *store, char id[TENANT_ID_TEXT], struct error *e)
{
    for (int attempt = 0; attempt < 8; attempt++) {
        unsigned char random[4];
        char hex[9];
        struct tenant other;
        struct error seen = {0};

        crypto_random(random, sizeof(random));
        crypto_hex(random, sizeof(random), hex);
        str_copy(id, TENANT_ID_TEXT, "tenant_");
        str_copy(id + 7, TENANT_ID_TEXT - 7, hex);
        int found = tenants_load_deleted(store, id, &other, &seen);
        tenant_release(&other);
        if (found && seen.code == ERROR_NO_SUCH)
            return 0;
        if (found) {
            *e = seen;
            return -1;
        }
    }
    return error_set(e, ERROR_INTERNAL, NULL, "no free tenant id was found in 8 attempts");
}

static int tenant_fill(struct command_context *c, struct tenant *t, struct error *e)
{
    const char *id = option_text(c, "--id");

    if (tenant_name_check(arg_text(c, "name"), e))
        return -1;
    if (id ? tenant_id_check(id, e) : free_id(c->store, t->id, e))
        return -1;
    if (id)
        str_copy(t->id, sizeof(t->id), id);
    t->name = mem_strdup(arg_text(c, "name"));
    t->discord_id = arg_number(c, "discord_id", 0);
    t->guild_id = arg_number(c, "guild_id", 0);
    t->status = STATUS_ACTIVE;
    t->plan = arg_given(c, "plan") ? (enum plan)arg_index(c, "plan") : PLAN_BASIC;
    t->wanted = true;
    for (int f = 0; f < FEATURE_COUNT; f++)
        t->features[f] = plan_default_feature(t->plan, (enum feature)f);
    for (int p = 0; p < PERMISSION_COUNT; p++)
        t->permissions[p] = plan_default_permission(t->plan, (enum permission)p);
    return 0;
}

/* Of buyers' texts, where the call names one. */
static int set_language(struct command_context *c, const char *id, struct error *e)
{
    bool changed;

    if (!c->language)
        return 0;
    return tenants_set_config(c->store, id, CONFIG_LANGUAGE, c->language, &changed, e);
}

static int run(struct command_context *c, struct error *e)
{
    struct tenant t;
    int status = -1;

    tenant_init(&t);
    if (tenant_fill(c, &t, e) || tenants_create(c->store, &t, c->now, e) || set_language(c, t.id, e))
        goto done;
    warn_short_id(c, "discord_id", t.discord_id);
    warn_short_id(c, "guild_id", t.guild_id);
    c->changed = true;
    str_copy(c->out->tenant, sizeof(c->out->tenant), t.id);
    c->audit_tenant = c->out->tenant;
    command_done(c, "%s created (%s, plan %s)", t.id, t.name, plan_words[t.plan]);
    status = 0;
done:
    tenant_release(&t);
    return status;
}

const struct command_spec command_create = {
    .name = "create",
    .args = args,
    .options = options,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_CREATES,
    .inverse = &command_delete,
    .right = RIGHT_OPERATOR,
    .group = GROUP_TENANTS,
    .summary = "make a tenant",
    .detail = "The features and permissions that the plan has on by default are switched on. A guild belongs "
              "to one tenant. The bot starts when it has a token. --lang in front of the command is the "
              "language of "
              "its buyers' texts.",
    .example = "create 123456789012345678 223456789012345678 \"Toko Sari\" premium --id toko_sari",
    .run = run,
};
