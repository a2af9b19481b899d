#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/store/customers.h"

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
    const char *remedy;          /* of the original command; NULL: none */
};

static bool is_redo(const struct command_context *c)
{
    return c->spec == &command_redo;
}

static int find_number(const struct command_context *c, int64_t *number, struct error *e)
{
    *number = arg_number(c, "n", 0);
    if (arg_given(c, "n"))
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

static int check_face(const struct command_context *c, const struct command_spec *spec, struct error *e)
{
    if (c->actor->face != FACE_DISCORD || spec->flags & COMMAND_DISCORD)
        return 0;
    return error_set(e, ERROR_NOT_PERMITTED, NULL, "'%s' is the terminal's, and so is this %s", spec->name,
                     c->spec->name);
}

/* The right of the original command, by this actor, now, and of the one that does what this will do: *DOES.
 */
static int check_right(struct command_context *c, const struct audit_entry *entry,
                       const struct command_spec **does, struct error *e)
{
    const struct command_spec *spec;
    const struct tenant *t = c->has_tenant ? &c->tenant : NULL;
    struct target *target = c->prepared;
    struct right right;

    if (command_line_right(c, entry->command, t, &spec, &right, e))
        return -1;
    target->remedy = spec->remedy;
    c->unpushed = (spec->flags & COMMAND_UNPUSHED) != 0;
    if (check_face(c, spec, e) || right_check(&right, c->actor, t, e))
        return -1;
    *does = is_redo(c) ? spec : spec->inverse;
    if (!*does || *does == spec)
        return 0;
    return check_face(c, *does, e) ? -1 : right_check(&(*does)->right, c->actor, t, e);
}

/* What helps instead, and a way on for who gave no number. */
static int not_undoable(const struct command_context *c, struct error *e)
{
    const struct target *target = c->prepared;
    const char *remedy = target->remedy ? target->remedy : "";
    int64_t other = 0;

    if (arg_given(c, "n") || audit_undoable(c->store, c->actor->who, &other, NULL) || !other)
        return *remedy ? error_hint(e, "%s", remedy) : -1;
    return error_hint(e, "%s%syour newest that can be undone: undo %" PRId64, remedy, *remedy ? "; " : "",
                      other);
}

/* From then on the daemon may have begun to erase it. */
static int check_kept(const struct command_context *c, struct error *e)
{
    if (!c->has_tenant || !c->tenant.deleted_at || c->now - c->tenant.deleted_at < TENANT_KEPT_MS)
        return 0;
    return error_set(e, ERROR_REFUSED, "n", "%s was deleted more than 30 days ago", c->tenant.id);
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
    if (!entry->undoable) {
        error_set(e, ERROR_REFUSED, "n", "'%s' cannot be undone", entry->command);
        return not_undoable(c, e);
    }
    if (!json_count(entry->changes)) {
        error_set(e, ERROR_REFUSED, "n", "audit %" PRId64 " changed nothing that could be put back", n);
        return not_undoable(c, e);
    }
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

/* The plan that a redo sets, or -1. An undo switches nothing off with a plan: what a smaller one would leave
 * behind is refused. */
static int plan_after(const struct audit_entry *entry)
{
    json_each(change, entry->changes)
    {
        const char *to = json_get_string(json_get(change, "after"), "plan");

        if (to && str_equal(json_get_string(change, "table"), "tenants"))
            return word_parse("plan", to, plan_words, NULL);
    }
    return -1;
}

/* What the command that does the same would ask. */
static int ask(struct command_context *c, const struct audit_entry *entry, const struct command_spec *does,
               struct error *e)
{
    struct str question = STR_INIT, lost = STR_INIT;
    const char *expected = NULL;
    int to = c->has_tenant && is_redo(c) ? plan_after(entry) : -1, status = 0;

    str_addf(&question, "%s %" PRId64 ": %s", c->spec->name, entry->audit, entry->command);
    if (does && does->flags & COMMAND_DESTRUCTIVE) {
        expected = c->has_tenant ? c->tenant.name : NULL;
        if (does == &command_delete)
            str_addf(&question, "; this deletes %s (%s)", entry->tenant, expected ? expected : "");
    } else {
        if (to >= 0)
            plan_losses(c, &c->tenant, (enum plan)to, &lost);
        if (!lost.len)
            goto done;
        str_addf(&question, "; plan %s switches off for %s: %s", plan_words[to], entry->tenant,
                 str_text(&lost));
    }
    str_add_char(&question, '?');
    status = command_confirm(c, str_text(&question), expected, e);
done:
    str_release(&question);
    str_release(&lost);
    return status;
}

/* Finds the tenant, so that the gate sees it as it was before. The right comes first. */
static int prepare(struct command_context *c, struct error *e)
{
    struct target *target = mem_zero(1, sizeof(*target));
    const struct command_spec *does;
    struct audit_entry entry;
    struct json *owner = NULL;
    int status = -1;

    c->prepared = target;
    if (find_number(c, &target->audit, e) || audit_load(c->store, target->audit, &entry, &owner, e))
        goto done;
    if (entry.tenant) {
        str_copy(target->tenant, sizeof(target->tenant), entry.tenant);
        if (load_tenant(c, entry.tenant, e))
            goto done;
    }
    if (check_right(c, &entry, &does, e) || check_entry(c, &entry, e) || check_kept(c, e) ||
        ask(c, &entry, does, e))
        goto done;
    status = 0;
done:
    json_free(owner);
    return status;
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

/* A registration that is done again needs room. */
static int check_members(const struct command_context *c, const struct audit_entry *entry, struct error *e)
{
    json_each(change, entry->changes)
    {
        struct tenant_scope scope = command_scope(c);
        struct customer there;

        if (!c->has_tenant || !str_equal(json_get_string(change, "table"), "customers") ||
            json_is(json_get(change, is_redo(c) ? "before" : "after"), JSON_OBJECT) ||
            customers_load(&scope, json_get_id(json_get(change, "key"), "user_id"), &there, NULL) == 0)
            continue;
        if (customers_room(&scope, plan_limits(c->tenant.plan)->registered_members, e))
            return members_full(&c->tenant, e);
    }
    return 0;
}

/* `product remove` refuses a product with stock; nor does stock come into one that is removed. */
static int check_stranded(const struct command_context *c, int64_t before, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    char code[PRODUCT_CODE_TEXT];
    int64_t items;

    if (products_stranded(&scope, &items, code, e))
        return -1;
    if (items <= before)
        return 0;
    error_set(e, ERROR_REFUSED, "code", "%s would be removed and have %" PRId64 " items in stock", code,
              items - before);
    return error_hint(e,
                      "a product goes when its items are sold or reduced; `product disable %s %s` keeps them",
                      c->tenant.id, code);
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
    struct tenant_scope scope = command_scope(c);
    char code[PRODUCT_CODE_TEXT];
    int64_t stranded = 0;
    int status = -1;

    tenant_copy(&before, &c->tenant);
    if (check_members(c, entry, e) || (existed && products_stranded(&scope, &stranded, code, e)))
        goto done;
    if (store_journal_apply(c->store, entry->changes, is_redo(c), c->now, e))
        goto done;
    if (*target->tenant && load_tenant(c, target->tenant, e))
        goto done;
    if (existed && c->has_tenant) {
        if (check_stranded(c, stranded, e) || check_plan(c, &before, &c->tenant, e) ||
            check_settings(c, &before, &c->tenant, e))
            goto done;
        mark(c, &before, &c->tenant);
    }
    status = 0;
done:
    tenant_release(&before);
    return status;
}

/* Whose command it was, for --dry-run: the line names only a number, or nothing. */
static struct json *tell_entry(const struct audit_entry *entry)
{
    struct json *told = json_new_object(), *undoes = json_set(told, "undoes", json_new_object());

    json_set_int(undoes, "audit", entry->audit);
    json_set_string(undoes, "tenant_id", entry->tenant);
    json_set_string(undoes, "command", entry->command);
    return told;
}

static int run(struct command_context *c, struct error *e)
{
    const struct target *target = c->prepared;
    const struct command_spec *does;
    struct audit_entry entry;
    struct json *owner = NULL;
    int status = -1;

    if (audit_load(c->store, target->audit, &entry, &owner, e) || check_right(c, &entry, &does, e) ||
        check_entry(c, &entry, e) || apply(c, &entry, e))
        goto done;
    c->changed = true;
    c->undoes = target->audit;
    c->redo = is_redo(c);
    if (*target->tenant)
        c->audit_tenant = target->tenant;
    command_extra(c, "undoes", json_new_int(target->audit));
    if (c->options->dry_run)
        c->foretold = tell_entry(&entry);
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
    .makes = (const char *const[]){"undoes", NULL},
    .summary = "take a write back",
    .detail =
        "Whoever may give the command may undo it, while nothing later touched the same values. "
        "Undoing a configuration is a new revision and is pushed. What the command that does the same "
        "would ask is asked here too: undoing `create` asks for the tenant's name as `delete` does, or "
        "needs --yes. Tokens, bots, pushes, sync, import, export, restore and migrate are not undone, nor "
        "are `buy`, `tx refund` and what shows secrets.",
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
    .makes = (const char *const[]){"undoes", NULL},
    .summary = "do again what was undone",
    .detail =
        "What the command asked the first time is asked again: `delete` for the tenant's name, a smaller "
        "plan for what it switches off; or --yes.",
    .example = "redo 12",
    .prepare = prepare,
    .run = run,
};
