/* Totals at a glance: what the dashboard shows, and a monitoring script reads. */
#include "cmd_shared.h"

#define NEEDS_MOST 20

static void add_need(void *context, const char *id, const char *level, const char *what)
{
    struct json *need = json_push(context, json_new_object());
    json_set_string(need, "tenant_id", id);
    json_set_string(need, "level", level);
    json_set_string(need, "what", what);
}

static void count_operator(void *context, int64_t discord_id, enum operator_role role, int64_t added_at)
{
    (void)discord_id;
    (void)role;
    (void)added_at;
    ++*(int64_t *)context;
}

static struct json *counts(const char *const *words, const int64_t *numbers)
{
    struct json *j = json_new_object();
    for (size_t i = 0; words[i]; i++)
        json_set_int(j, words[i], numbers[i]);
    return j;
}

static struct json *tenants_json(const struct tenant_totals *totals)
{
    struct json *j = json_new_object();
    json_set_int(j, "total", totals->all);
    json_set(j, "status", counts(tenant_status_words, totals->by_status));
    json_set(j, "plan", counts(plan_words, totals->by_plan));
    return j;
}

static int run(struct command_context *c, struct error *e)
{
    struct tenant_totals totals;
    int64_t pushes[3], invalid = 0, operators = 0, latency = -1, waiting = 0;
    struct json *needs = json_new_array(), *document = json_new_object();
    int result = -1;

    if (tenants_totals(c->store, &totals, e) || outbox_totals(c->store, pushes, e) ||
        tenants_overview(c->store, &latency, &waiting, e) || budget_count(c->store, c->now, &invalid, e) ||
        operators_list(c->store, count_operator, &operators, e) ||
        tenants_needing_care(c->store, NEEDS_MOST, add_need, needs, e))
        goto out;
    json_set(document, "tenants", tenants_json(&totals));
    json_set(document, "bots", counts(bot_state_words, totals.by_bot));
    if (latency >= 0)
        json_set_int(document, "latency_ms", latency);
    else
        json_set_null(document, "latency_ms");
    struct json *push = json_set(document, "push", counts(push_row_state_words, pushes));
    json_set_int(push, "in_step", totals.all > waiting ? totals.all - waiting : 0);
    struct json *daemon = json_set(document, "daemon", json_new_object());
    json_set_bool(daemon, "running", daemon_lock_held(c->database_path));
    json_set_int(document, "operators", operators);
    json_set_int(document, "invalid_answers", invalid);
    json_set(document, "needs", json_clone(needs));
    writer_document(c->w, document);
    result = 0;
out:
    json_free(needs);
    json_free(document);
    return result;
}

const struct command_spec command_summary = {
    .name = "summary",
    .flags = COMMAND_DISCORD,
    .right = RIGHT_VIEWER,
    .group = GROUP_TENANTS,
    .summary = "totals of tenants, bots and pushes, and what needs you",
    .example = "summary",
    .run = run,
};
