/* A tenant with something in every corner, and a feature list, for the tests of this folder. */
#ifndef TT_TESTS_UNIT_DOMAIN_SAMPLE_H
#define TT_TESTS_UNIT_DOMAIN_SAMPLE_H

#include "tt/base/mem.h"
#include "tt/base/str.h"
#include "tt/domain/feature.h"

static const struct setting_spec leveling_settings[] = {
    {.key = "xp_max", .type = SETTING_INT, .otherwise = "25", .min = 1, .max = 1000},
    {.key = "xp_min", .type = SETTING_INT, .otherwise = "15", .min = 1, .max = 1000},
    {.key = "announce", .type = SETTING_BOOL, .otherwise = "true"},
    {.key = "reward_role", .type = SETTING_ID, .roles = true},
    {.key = "ignored_roles", .type = SETTING_ID_LIST, .max = 3, .roles = true},
    {.key = "text", .type = SETTING_TEXT, .max = 10},
    {0},
};

static const struct buyer_option member_option[] = {
    {.name = "member", .type = OPTION_USER, .help = "Whose rank", .help_id = "Milik siapa"},
    {0},
};

static const struct buyer_command leveling_commands[] = {
    {.name = "rank", .help = "Show a rank", .help_id = "Tampilkan peringkat", .options = member_option},
    {.name = "top", .help = "Show the best", .help_id = "Tampilkan yang terbaik"},
    {0},
};

static const struct feature_spec leveling_spec = {
    .feature = FEATURE_LEVELING, .settings = leveling_settings, .commands = leveling_commands};

static const struct buyer_option give_options[] = {
    {.name = "reason", .type = OPTION_STRING, .help = "Why"},
    {.name = "member", .type = OPTION_USER, .required = true, .help = "To whom"},
    {0},
};

static const struct buyer_command reputation_commands[] = {
    {.name = "rep give", .help = "Give a point", .help_id = "Beri poin", .options = give_options},
    {.name = "rep top", .help = "Show the best", .help_id = "Tampilkan yang terbaik"},
    {0},
};

static const struct feature_spec reputation_spec = {.feature = FEATURE_REPUTATION,
                                                    .commands = reputation_commands};

static inline int check_custom(const struct tenant *t, const char *key, const char *value, struct error *e)
{
    (void)value;
    if (plan_limits(t->plan)->custom_commands == 0)
        return error_set(e, ERROR_NOT_IN_PLAN, "key", "no custom commands in the plan %s",
                         plan_words[t->plan]);
    return str_equal(key, "help") ? error_set(e, ERROR_TAKEN, "key", "'help' is built in") : 0;
}

static const struct feature_spec custom_spec = {.feature = FEATURE_CUSTOM_COMMANDS,
                                                .check_open_key = check_custom};

static const struct feature_spec *const sample_specs[] = {&reputation_spec, &custom_spec, &leveling_spec};
static const struct feature_list sample_list = {sample_specs, 3};

static inline void sample_setting(struct tenant *t, enum feature feature, const char *key, const char *value)
{
    t->settings = mem_resize(t->settings, t->setting_count + 1, sizeof *t->settings);
    t->settings[t->setting_count++] = (struct setting){feature, mem_strdup(key), mem_strdup(value)};
}

/* Premium, everything of the plan on, one setting and three custom commands. */
static inline void sample_tenant(struct tenant *t)
{
    tenant_init(t);
    str_copy(t->id, sizeof t->id, "tenant01");
    t->name = mem_strdup("Toko Rina");
    t->discord_id = 1001;
    t->guild_id = 2001;
    t->plan = PLAN_PREMIUM;
    t->revision = 3;
    for (int i = 0; i < FEATURE_COUNT; i++)
        t->features[i] = plan_default_feature(t->plan, (enum feature)i);
    for (int i = 0; i < PERMISSION_COUNT; i++)
        t->permissions[i] = plan_default_permission(t->plan, (enum permission)i);
    t->channels[CHANNEL_CONTROL] = 3001;
    t->config[CONFIG_LANGUAGE] = mem_strdup("en");
    sample_setting(t, FEATURE_LEVELING, "ignored_roles", "11,12");
    sample_setting(t, FEATURE_LEVELING, "xp_max", "30");
    sample_setting(t, FEATURE_CUSTOM_COMMANDS, "discord", "join us");
    sample_setting(t, FEATURE_CUSTOM_COMMANDS, "rank", "hides a command");
    sample_setting(t, FEATURE_CUSTOM_COMMANDS, "rules", "be nice, {user}");
}

#endif
