#include "cmd_shared.h"

#include "tt/base/mem.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "feature", .type = ARG_FEATURE, .optional = true},
    {.name = "value", .type = ARG_BOOL, .optional = true, .help = "enable or disable"},
    {0},
};

static const struct column columns[] = {
    {"feature", "FEATURE", false}, {"enabled", "ENABLED", false}, {"allowed", "IN PLAN", false},
    {"module", "MODULE", false},   {"note", "NOTE", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)

static void note_channels(const struct tenant *t, unsigned needed, struct str *out)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (needed & 1u << i && !t->channels[i])
            str_addf(out, "%sneeds a channel: channels %s %s ID", out->len ? "; " : "", t->id,
                     channel_words[i]);
}

/* What keeps a feature from its full function; the caller's, NULL nothing. */
static char *note(const struct command_context *c, enum feature f, unsigned missing)
{
    const struct feature_spec *spec = feature_find(c->features, f);
    struct str text = STR_INIT;

    if (!spec)
        return mem_strdup("not in this version");
    if (!c->tenant.features[f])
        return NULL;
    char *intents = intents_missing(spec->privileged_intents & missing);
    if (intents)
        str_add(&text, intents);
    free(intents);
    note_channels(&c->tenant, spec->channels, &text);
    char *out = text.len ? str_take(&text) : NULL;
    str_release(&text);
    return out;
}

static int rows(struct command_context *c, int only, struct error *e)
{
    int64_t total = 0;
    struct bot_status bot;

    if (bot_status_load(c->store, c->tenant.id, &bot, e))
        return -1;
    writer_table_begin(c->w, columns, COLUMN_COUNT);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (only >= 0 && f != only)
            continue;
        char *text = note(c, (enum feature)f, bot.missing_intents);
        struct cell cells[COLUMN_COUNT] = {
            CELL_OF_TEXT(feature_words[f]),
            CELL_OF_BOOL(c->tenant.features[f]),
            CELL_OF_BOOL(plan_allows_feature(c->tenant.plan, (enum feature)f)),
            CELL_OF_BOOL(feature_has_module(c->features, (enum feature)f)),
            CELL_OF_TEXT(text),
        };
        writer_table_row(c->w, cells);
        free(text);
        total++;
    }
    writer_table_end(c->w, total, NULL);
    return 0;
}

static int run(struct command_context *c, struct error *e)
{
    int feature = arg_index(c, "feature");

    if (!c->writes)
        return rows(c, feature, e);
    bool on = arg_bool(c, "value");
    if (on && plan_check_feature(&c->tenant, (enum feature)feature, e))
        return -1;
    if (tenants_set_feature(c->store, c->tenant.id, (enum feature)feature, on, &c->changed, e))
        return -1;
    c->configuration = c->changed;
    bool module = feature_has_module(c->features, (enum feature)feature);
    command_done(c, c->changed ? "%s %s for %s%s" : "%s is already %s for %s%s", feature_words[feature],
                 on ? "enabled" : "disabled", c->tenant.id,
                 on && !module ? " (it is not in this version, so nothing changes on Discord)" : "");
    if (!module)
        command_extra(c, "module", json_new_bool(false));
    return 0;
}

const struct command_spec command_features = {
    .name = "features",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_CONFIGURATION,
    .makes = (const char *const[]){"module", NULL},
    .summary = "list a tenant's features, or switch one on or off",
    .detail =
        "A feature outside the plan is refused. The running bot switches without a restart. The note says "
        "what keeps a feature from its full function: a switch in Discord's developer portal, a channel that "
        "is "
        "not set, or that this version has no such module.",
    .example = "features tenant01 shop enable",
    .writes = writes_value,
    .run = run,
};
