#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "feature", .type = ARG_FEATURE, .optional = true},
    {.name = "value", .type = ARG_BOOL, .optional = true, .help = "enable or disable"},
    {0},
};

static const struct column columns[] = {
    {"feature", "FEATURE", false},
    {"enabled", "ENABLED", false},
    {"allowed", "IN PLAN", false},
    {"module", "MODULE", false},
};

static void rows(struct command_context *c, int only)
{
    int64_t total = 0;

    writer_table_begin(c->w, columns, 4);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (only >= 0 && f != only)
            continue;
        struct cell cells[] = {
            CELL_OF_TEXT(feature_words[f]),
            CELL_OF_BOOL(c->tenant.features[f]),
            CELL_OF_BOOL(plan_allows_feature(c->tenant.plan, (enum feature)f)),
            CELL_OF_BOOL(feature_has_module(c->features, (enum feature)f)),
        };
        writer_table_row(c->w, cells);
        total++;
    }
    writer_table_end(c->w, total, NULL);
}

static int run(struct command_context *c, struct error *e)
{
    int feature = arg_index(c, "feature");

    if (!c->writes) {
        rows(c, feature);
        return 0;
    }
    bool on = arg_bool(c, "value");
    if (on && plan_check_feature(&c->tenant, (enum feature)feature, e))
        return -1;
    if (tenants_set_feature(c->store, c->tenant.id, (enum feature)feature, on, &c->changed, e))
        return -1;
    c->configuration = c->changed;
    if (c->changed && on && !feature_has_module(c->features, (enum feature)feature))
        writer_messagef(c->w, MESSAGE_NOTICE,
                        "%s is not in this version: it can be switched, and does nothing yet",
                        feature_words[feature]);
    command_done(c, c->changed ? "%s %s for %s" : "%s is already %s for %s", feature_words[feature],
                 on ? "enabled" : "disabled", c->tenant.id);
    return 0;
}

const struct command_spec command_features = {
    .name = "features",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_CONFIGURATION,
    .summary = "list a tenant's features, or switch one on or off",
    .detail = "A feature outside the plan is refused. The running bot switches without a restart.",
    .example = "features tenant01 shop enable",
    .writes = writes_value,
    .run = run,
};
