#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "feature", .type = ARG_FEATURE},
    {.name = "key", .type = ARG_SETTING_KEY, .optional = true},
    {.name = "value", .type = ARG_REST, .optional = true, .help = "`none` clears it"},
    {0},
};

static int show(struct command_context *c, const struct feature_spec *spec, const char *key)
{
    struct json *all = tenant_settings_json(&c->tenant, c->features);
    map_rows(c, "KEY", "VALUE", json_get(all, feature_words[spec->feature]), key);
    json_free(all);
    return 0;
}

/* A default said aloud is in effect already. */
static bool in_effect(const struct command_context *c, const struct feature_spec *spec, const char *key,
                      const char *value)
{
    const struct setting_spec *setting = setting_find(spec, key);
    const char *now = tenant_setting(&c->tenant, spec->feature, key);

    if (!setting)
        return str_equal(now, value);
    struct json *old = setting_json(setting, now), *new = setting_json(setting, value);
    bool same = json_same(old, new);
    json_free(old);
    json_free(new);
    return same;
}

static int run(struct command_context *c, struct error *e)
{
    enum feature feature = (enum feature)arg_index(c, "feature");
    const struct feature_spec *spec = feature_find(c->features, feature);
    const char *key = arg_text(c, "key");
    char *value = NULL;

    if (!spec) {
        error_set(e, ERROR_REFUSED, "feature", "%s has no settings in this version", feature_words[feature]);
        return error_hint(e, "features %s lists the features that have a module", c->tenant.id);
    }
    if (!c->writes)
        return show(c, spec, key);
    if (setting_check(spec, &c->tenant, key, arg_text(c, "value"), &value, e))
        return -1;
    int status = value ? plan_check_feature(&c->tenant, feature, e) : 0;
    if (!status && !in_effect(c, spec, key, value))
        status = tenants_set_setting(c->store, c->tenant.id, feature, key, value, &c->changed, e);
    if (!status) {
        c->configuration = c->changed;
        if (value)
            command_done(c, c->changed ? "%s %s of %s set to '%s'" : "%s %s of %s is already '%s'",
                         feature_words[feature], key, c->tenant.id, value);
        else
            command_done(c, c->changed ? "%s %s of %s cleared" : "%s %s of %s is not set",
                         feature_words[feature], key, c->tenant.id);
    }
    free(value);
    return status;
}

const struct command_spec command_settings = {
    .name = "settings",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_CONFIGURATION,
    .summary = "list a feature's settings, show or set one",
    .detail = "Each feature has its own keys. Those of custom_commands are the commands' names, their values "
              "the answers.",
    .example = "settings tenant01 welcome message \"Welcome, {user}!\"",
    .writes = writes_value,
    .run = run,
};
