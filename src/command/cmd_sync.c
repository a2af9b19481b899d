#include "cmd_shared.h"

#include "tt/base/mem.h"

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT, .optional = true}, {0}};

static const struct option_spec options[] = {
    {.name = "--all", .help = "every tenant whose bot should be connected"},
    {.name = "--fresh", .help = "ask Discord what it shows instead of trusting what is remembered"},
    {0},
};

static void right_of(const struct command_context *c, struct right *right)
{
    right->renter = arg_given(c, "tenant") && !option_given(c, "--all");
}

static int prepare(struct command_context *c, struct error *e)
{
    bool all = option_given(c, "--all");

    if (all && arg_given(c, "tenant"))
        return error_set(e, ERROR_EXTRA_ARGUMENT, "tenant", "sync takes a tenant or --all, not both");
    if (!all && !arg_given(c, "tenant"))
        return error_set(e, ERROR_MISSING_ARGUMENT, "tenant", "sync needs a tenant or --all");
    if (!all && c->tenant.token == TOKEN_NONE) {
        error_set(e, ERROR_REFUSED, "tenant", "%s has no token: nothing can be pushed", c->tenant.id);
        return error_hint(e, "token %s set", c->tenant.id);
    }
    return 0;
}

/* A bot that is not meant to be connected gets its pushes when it is. */
static bool serves(const struct tenant *t)
{
    return t->token != TOKEN_NONE && t->wanted &&
           (t->status == STATUS_ACTIVE || t->status == STATUS_MAINTENANCE);
}

static int push(struct command_context *c, const struct tenant *t, struct error *e)
{
    bool fresh = option_given(c, "--fresh");
    unsigned kinds = 0;

    if (fresh && remote_forget(c->store, t->id, e))
        return -1;
    if (serves(t))
        kinds = (1u << PUSH_KIND_COUNT) - 1;
    if (!t->channels[CHANNEL_CONTROL])
        kinds &= ~(1u << PUSH_CONTROL);
    if (outbox_queue(c->store, t->id, t->revision, kinds, c->now, e))
        return -1;
    command_push_add(c, t, kinds, fresh);
    return 0;
}

struct ids {
    char (*items)[TENANT_ID_TEXT];
    size_t count, room;
};

static void ids_add(void *context, const char *id)
{
    struct ids *ids = context;

    if (ids->count == ids->room) {
        ids->room = ids->room ? ids->room * 2 : 64;
        ids->items = mem_resize(ids->items, ids->room, sizeof(*ids->items));
    }
    str_copy(ids->items[ids->count++], TENANT_ID_TEXT, id);
}

/* The first tenant's push is the outcome itself, the others stand in `more`. */
static int run_all(struct command_context *c, struct error *e)
{
    struct ids ids = {0};
    int status = tenants_wanted(c->store, ids_add, &ids, e);

    for (size_t i = 0; !status && i < ids.count; i++) {
        struct tenant t;
        status = tenants_load(c->store, ids.items[i], &t, e);
        if (!status)
            status = push(c, &t, e);
        tenant_release(&t);
    }
    if (!status)
        command_done(c, ids.count ? "%zu tenants synced" : "no tenant's bot should be connected (%zu)",
                     ids.count);
    c->audit_anyway = ids.count > 0;
    free(ids.items);
    return status;
}

static int run(struct command_context *c, struct error *e)
{
    if (option_given(c, "--all"))
        return run_all(c, e);
    if (push(c, &c->tenant, e))
        return -1;
    c->audit_anyway = true;
    command_done(c, "%s synced", c->tenant.id);
    return 0;
}

const struct command_spec command_sync = {
    .name = "sync",
    .args = args,
    .options = options,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_ALONE | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_BOTS,
    .summary = "push a tenant's configuration again, or everybody's",
    .detail = "Compares what Discord shows with the configuration, mends what differs and waits for the bot.",
    .example = "sync tenant01 --fresh",
    .right_of = right_of,
    .prepare = prepare,
    .run = run,
};
