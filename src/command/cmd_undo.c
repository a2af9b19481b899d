#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/mem.h"

static const struct arg_spec undo_args[] = {
    {.name = "n",
     .type = ARG_NUMBER,
     .optional = true,
     .help = "the write's audit number; one's own newest where left out"},
    {0},
};
static const struct arg_spec redo_args[] = {
    {.name = "n",
     .type = ARG_NUMBER,
     .optional = true,
     .help = "the original write's audit number; one's newest undo still standing where left out"},
    {0},
};

/* What `prepare` found. */
struct target {
    int64_t audit;
    char tenant[TENANT_ID_TEXT]; /* "" none */
};

static bool is_redo(const struct command_context *c)
{
    return c->spec == &command_redo;
}

static int find_number(const struct command_context *c, int64_t *number, struct error *e)
{
    *number = arg_number(c, "n", 0);
    if (*number)
        return 0;
    if (audit_newest(c->store, c->actor->who, is_redo(c), number, e) == 0)
        return 0;
    if (e->code == ERROR_NO_SUCH)
        error_hint(e, "audit --by %s", c->actor->who);
    return -1;
}

/* The tenant as it is now, a deleted one too, since undo brings it back. A tenant whose creation was undone
 * is gone. */
static int load_tenant(struct command_context *c, const char *id, struct error *e)
{
    struct error why = {0};

    if (c->has_tenant)
        tenant_release(&c->tenant);
    c->has_tenant = tenants_load_deleted(c->store, id, &c->tenant, &why) == 0;
    if (c->has_tenant)
        return 0;
    tenant_release(&c->tenant);
    tenant_init(&c->tenant);
    if (why.code == ERROR_NO_SUCH)
        return 0;
    *e = why;
    return -1;
}

/* The right of the original command, by this actor, now. */
static int check_right(struct command_context *c, const struct audit_entry *entry, struct error *e)
{
    const struct command_spec *spec;
    const struct tenant *t = c->has_tenant ? &c->tenant : NULL;
    struct right right;

    if (command_line_right(c, entry->command, t, &spec, &right, e))
        return -1;
    if (c->actor->face == FACE_DISCORD && !(spec->flags & COMMAND_DISCORD)) {
        error_set(e, ERROR_NOT_PERMITTED, NULL, "'%s' is the terminal's, and so is its %s", spec->name,
                  c->spec->name);
        return -1;
    }
    return right_check(&right, c->actor, t, e);
}

/* Finds the tenant, so that the gate sees it as it was before. Nothing is told yet: the right comes first. */
static int prepare(struct command_context *c, struct error *e)
{
    struct target *target = mem_zero(1, sizeof(*target));
    struct audit_entry entry;
    struct json *owner = NULL;
    int status = 0;

    c->prepared = target;
    if (find_number(c, &target->audit, e) || audit_load(c->store, target->audit, &entry, &owner, e))
        return -1;
    if (entry.tenant) {
        str_copy(target->tenant, sizeof(target->tenant), entry.tenant);
        status = load_tenant(c, entry.tenant, e);
    }
    json_free(owner);
    return status;
}

static int check_entry(const struct command_context *c, const struct audit_entry *entry, struct error *e)
{
    int64_t n = entry->audit;

    if (entry->undoes) {
        error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " is itself an undo or redo, of %" PRId64, n,
                  entry->undoes);
        return error_hint(e, is_redo(c) ? "redo %" PRId64 : "undo %" PRId64 ", or redo with the same number",
                          entry->undoes);
    }
    if (entry->refused)
        return error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " was refused and changed nothing", n);
    if (!entry->undoable)
        return error_set(e, ERROR_REFUSED, "n", "'%s' cannot be undone", entry->command);
    if (!json_count(entry->changes))
        return error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " changed nothing that could be put back",
                         n);
    if (is_redo(c) && !entry->undone_by) {
        error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " is not undone", n);
        return error_hint(e, "undo %" PRId64, n);
    }
    if (!is_redo(c) && entry->undone_by) {
        error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " is already undone by %" PRId64, n,
                  entry->undone_by);
        return error_hint(e, "redo %" PRId64, n);
    }
    return 0;
}

static int64_t custom_commands(const struct command_context *c, const struct tenant *t)
{
    int64_t n = 0;

    while (custom_command_name(t, c->features, (size_t)n))
        n++;
    return n;
}

/* What the commands would refuse now: things outside the plan that came back, or that a smaller plan leaves
 * behind. */
static int check_plan(const struct command_context *c, const struct tenant *before,
                      const struct tenant *after, struct error *e)
{
    bool other_plan = before->plan != after->plan;
    int64_t limit = plan_limits(after->plan)->custom_commands, n = custom_commands(c, after);

    for (int f = 0; f < FEATURE_COUNT; f++)
        if (after->features[f] && (other_plan || !before->features[f]) &&
            plan_check_feature(after, (enum feature)f, e))
            return -1;
    for (int p = 0; p < PERMISSION_COUNT; p++)
        if (after->permissions[p] && (other_plan || !before->permissions[p]) &&
            plan_check_permission(after, (enum permission)p, e))
            return -1;
    if (n > limit && (other_plan || n > custom_commands(c, before))) {
        error_set(e, ERROR_NOT_IN_PLAN, "plan",
                  "%s would have %" PRId64 " custom commands; plan %s has room for %" PRId64, after->id, n,
                  plan_words[after->plan], limit);
        return error_hint(e, "plan %s %s", after->id, plan_words[after->plan + 1]);
    }
    return 0;
}

/* Settings that came back still have to pass their own checks (a custom command whose name is built in by
 * now). */
static int check_settings(const struct command_context *c, const struct tenant *before,
                          const struct tenant *after, struct error *e)
{
    for (size_t i = 0; i < after->setting_count; i++) {
        const struct setting *s = &after->settings[i];
        const struct feature_spec *spec = feature_find(c->features, s->feature);
        char *value = NULL;

        if (!spec || str_equal(tenant_setting(before, s->feature, s->key), s->value))
            continue;
        if (setting_check(spec, after, s->key, s->value, &value, e))
            return -1;
        free(value);
    }
    return 0;
}

static void mark(struct command_context *c, const struct tenant *before, const struct tenant *after)
{
    char old[SHA256_TEXT], new[SHA256_TEXT];

    tenant_configuration_hash(before, c->features, old);
    tenant_configuration_hash(after, c->features, new);
    c->configuration = !str_equal(old, new);
    if (!before->deleted_at != !after->deleted_at) {
        c->new_session = true;
        c->acknowledge = after->deleted_at ? ACKNOWLEDGE_CLOSED : ACKNOWLEDGE_READY;
    } else if (before->status != after->status) {
        mark_status(c, before->status, after->status);
    }
}

static int apply(struct command_context *c, const struct audit_entry *entry, struct error *e)
{
    const struct target *target = c->prepared;
    bool existed = c->has_tenant;
    struct tenant before;
    int status = -1;

    tenant_copy(&before, &c->tenant);
    if (store_journal_apply(c->store, entry->changes, is_redo(c), e))
        goto done;
    if (*target->tenant && load_tenant(c, target->tenant, e))
        goto done;
    if (existed && c->has_tenant) {
        if (check_plan(c, &before, &c->tenant, e) || check_settings(c, &before, &c->tenant, e))
            goto done;
        mark(c, &before, &c->tenant);
    }
    status = 0;
done:
    tenant_release(&before);
    return status;
}

static int run(struct command_context *c, struct error *e)
{
    const struct target *target = c->prepared;
    struct audit_entry entry;
    struct json *owner = NULL;
    int status = -1;

    if (audit_load(c->store, target->audit, &entry, &owner, e) || check_right(c, &entry, e) ||
        check_entry(c, &entry, e) || apply(c, &entry, e))
        goto done;
    c->changed = true;
    c->undoes = target->audit;
    c->redo = is_redo(c);
    if (*target->tenant)
        c->audit_tenant = target->tenant;
    command_extra(c, "undoes", json_new_int(target->audit));
    command_done(c, is_redo(c) ? "audit %" PRId64 " done again: %s" : "audit %" PRId64 " undone: %s",
                 target->audit, entry.command);
    status = 0;
done:
    json_free(owner);
    return status;
}

const struct command_spec command_undo = {
    .name = "undo",
    .args = undo_args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_ALL,
    .group = GROUP_HISTORY,
    .summary = "take a write back",
    .detail = "Whoever may give the command may undo it, while nothing later touched the same values. "
              "Undoing a configuration is a new revision and is pushed. Tokens, bots, pushes, sync, restore "
              "and migrate are not undone.",
    .example = "undo 12",
    .prepare = prepare,
    .run = run,
};

const struct command_spec command_redo = {
    .name = "redo",
    .args = redo_args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD,
    .right = RIGHT_ALL,
    .group = GROUP_HISTORY,
    .summary = "do again what was undone",
    .example = "redo 12",
    .prepare = prepare,
    .run = run,
};
