#include "cmd_shared.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "plan", .type = ARG_PLAN},
    {0},
};

/* Which custom commands are above the limit: the last ones by name. */
static size_t commands_kept(enum plan to)
{
    int64_t limit = plan_limits(to)->custom_commands;

    return limit == LIMIT_NONE ? SIZE_MAX : (size_t)limit;
}

static void section_add(struct str *out, const char *kind, struct name_list *names)
{
    if (names->count)
        str_addf(out, "%s%s %s", out->len ? "; " : "", kind, str_text(&names->text));
    str_release(&names->text);
}

void plan_losses(const struct command_context *c, const struct tenant *t, enum plan to, struct str *out)
{
    struct name_list features = {0}, permissions = {0}, commands = {0};
    const char *name;

    for (int f = 0; f < FEATURE_COUNT; f++)
        if (t->features[f] && !plan_allows_feature(to, (enum feature)f))
            name_list_add(&features, feature_words[f]);
    for (int p = 0; p < PERMISSION_COUNT; p++)
        if (t->permissions[p] && !plan_allows_permission(to, (enum permission)p))
            name_list_add(&permissions, permission_words[p]);
    for (size_t i = commands_kept(to); i < SIZE_MAX && (name = custom_command_name(t, c->features, i)); i++)
        name_list_add(&commands, name);
    section_add(out, "features", &features);
    section_add(out, "permissions", &permissions);
    section_add(out, "custom commands", &commands);
}

/* What the new plan allows and the old one did not. */
static void gains(enum plan from, enum plan to, struct str *out)
{
    struct name_list features = {0}, permissions = {0};

    for (int f = 0; f < FEATURE_COUNT; f++)
        if (plan_allows_feature(to, (enum feature)f) && !plan_allows_feature(from, (enum feature)f))
            name_list_add(&features, feature_words[f]);
    for (int p = 0; p < PERMISSION_COUNT; p++)
        if (plan_allows_permission(to, (enum permission)p) &&
            !plan_allows_permission(from, (enum permission)p))
            name_list_add(&permissions, permission_words[p]);
    section_add(out, "features", &features);
    section_add(out, "permissions", &permissions);
}

static int prepare(struct command_context *c, struct error *e)
{
    enum plan to = (enum plan)arg_index(c, "plan");
    struct str lost = STR_INIT, question = STR_INIT;
    int status = 0;

    plan_losses(c, &c->tenant, to, &lost);
    if (lost.len && !c->options->dry_run) {
        str_addf(&question, "plan %s switches off for %s: %s. Change it?", plan_words[to], c->tenant.id,
                 str_text(&lost));
        status = command_confirm(c, str_text(&question), NULL, e);
    }
    c->prepared = str_take(&lost);
    str_release(&question);
    return status;
}

static int switch_off(struct command_context *c, const struct tenant *t, enum plan to, struct error *e)
{
    const char *name;

    for (int f = 0; f < FEATURE_COUNT; f++)
        if (t->features[f] && !plan_allows_feature(to, (enum feature)f) &&
            tenants_set_feature(c->store, t->id, (enum feature)f, false, NULL, e))
            return -1;
    for (int p = 0; p < PERMISSION_COUNT; p++)
        if (t->permissions[p] && !plan_allows_permission(to, (enum permission)p) &&
            tenants_set_permission(c->store, t->id, (enum permission)p, false, NULL, e))
            return -1;
    for (size_t i = commands_kept(to); i < SIZE_MAX && (name = custom_command_name(t, c->features, i)); i++)
        if (tenants_set_setting(c->store, t->id, FEATURE_CUSTOM_COMMANDS, name, NULL, NULL, e))
            return -1;
    return 0;
}

static void tell(struct command_context *c, const struct tenant *t, enum plan to, const char *lost)
{
    struct str gained = STR_INIT;

    if (to > t->plan)
        gains(t->plan, to, &gained);
    if (*lost)
        command_done(c, "plan of %s set to %s; switched off: %s", t->id, plan_words[to], lost);
    else if (gained.len)
        command_done(c, "plan of %s set to %s; now allowed: %s", t->id, plan_words[to], str_text(&gained));
    else
        command_done(c, c->changed ? "plan of %s set to %s" : "plan of %s is already %s", t->id,
                     plan_words[to]);
    str_release(&gained);
}

static int run(struct command_context *c, struct error *e)
{
    enum plan to = (enum plan)arg_index(c, "plan");
    struct str lost = STR_INIT;
    struct tenant t;
    int status = -1;

    /* What was asked about was read before the transaction; nothing else may be switched off unasked. */
    if (tenants_load(c->store, c->tenant.id, &t, e))
        goto done;
    plan_losses(c, &t, to, &lost);
    if (lost.len && !c->options->yes && !str_equal(str_text(&lost), c->prepared)) {
        error_set(e, ERROR_REFUSED, "plan", "%s changed meanwhile: plan %s would now switch off %s", t.id,
                  plan_words[to], str_text(&lost));
        error_hint(e, "plan %s %s", t.id, plan_words[to]);
        goto done;
    }
    if (tenants_set_plan(c->store, t.id, to, &c->changed, e))
        goto done;
    if (lost.len) {
        if (switch_off(c, &t, to, e))
            goto done;
        c->changed = true;
    }
    c->configuration = c->changed;
    tell(c, &t, to, str_text(&lost));
    status = 0;
done:
    tenant_release(&t);
    str_release(&lost);
    return status;
}

const struct command_spec command_plan = {
    .name = "plan",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_OPERATOR,
    .group = GROUP_TENANTS,
    .summary = "move a tenant to another plan",
    .detail = "A smaller plan names the features, permissions and custom commands that it switches off and "
              "asks first. A bigger one leaves everything as it is and says what is allowed now.",
    .example = "plan tenant01 premium",
    .prepare = prepare,
    .run = run,
};
