#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "key", .type = ARG_CONFIG_KEY, .optional = true},
    {.name = "value", .type = ARG_REST, .optional = true, .help = "`none` goes back to the default"},
    {0},
};

/* Reading shows nothing that `show` does not; the four harmless keys are the renter's, the others take a
 * permission. */
static void right_of(const struct command_context *c, struct right *right)
{
    static const bool harmless[CONFIG_COUNT] = {
        [CONFIG_PREFIX] = true,
        [CONFIG_LANGUAGE] = true,
        [CONFIG_TIMEZONE] = true,
        [CONFIG_NICKNAME] = true,
    };
    int key = arg_index(c, "key");

    if (arg_given(c, "value") && key >= 0 && !harmless[key])
        right->permission = PERMISSION_CUSTOM_CONFIG;
}

static int run(struct command_context *c, struct error *e)
{
    int key = arg_index(c, "key");
    char *value = NULL;

    if (!c->writes) {
        struct json *map = tenant_config_json(&c->tenant);
        map_rows(c, "KEY", "VALUE", map, key < 0 ? NULL : config_words[key]);
        json_free(map);
        return 0;
    }
    if (config_check((enum config_key)key, arg_text(c, "value"), &value, e))
        return -1;
    const char *now = value ? value : config_default((enum config_key)key);
    int status = 0;
    /* A default said aloud is in effect already. */
    if (!str_equal(now, tenant_config(&c->tenant, (enum config_key)key)))
        status = tenants_set_config(c->store, c->tenant.id, (enum config_key)key, value, &c->changed, e);
    if (!status) {
        c->configuration = c->changed;
        if (now)
            command_done(c, c->changed ? "%s of %s set to '%s'" : "%s of %s is already '%s'",
                         config_words[key], c->tenant.id, now);
        else
            command_done(c, c->changed ? "%s of %s cleared" : "%s of %s is not set", config_words[key],
                         c->tenant.id);
    }
    free(value);
    return status;
}

const struct command_spec command_config = {
    .name = "config",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_CONFIGURATION,
    .summary = "list a bot's configuration, show or set one key",
    .detail = "The renter may set prefix, language, timezone and nickname, and every key with the permission "
              "custom_config.",
    .example = "config tenant01 prefix ?",
    .right_of = right_of,
    .writes = writes_value,
    .run = run,
};
