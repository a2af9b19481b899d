#include "cmd_shared.h"

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};

static const struct column columns[] = {
    {"tenant_id", "TENANT", false}, {"state", "STATE", false},      {"instance", "INSTANCE", false},
    {"latency_ms", "MS", true},     {"restarts", "RESTARTS", true}, {"error", "ERROR", false},
    {"needs", NULL, false},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static void row(void *context, const struct tenant_line *line)
{
    struct command_context *c = context;
    struct json *bot = bot_status_json(&line->bot);
    struct cell cells[COLUMN_COUNT] = {CELL_OF_TEXT(line->id)};

    for (size_t i = 1; i < COLUMN_COUNT; i++)
        cells[i] = cell_of_value(json_get(bot, columns[i].name));
    writer_table_row(c->w, cells);
    json_free(bot);
}

static int list(struct command_context *c, struct error *e)
{
    struct tenant_query query = {.status = -1, .plan = -1, .feature = -1};
    char next[TENANT_ID_TEXT] = "";
    int64_t total = -1;

    writer_table_begin(c->w, columns, COLUMN_COUNT);
    if (tenants_list(c->store, &query, row, c, &total, next, e))
        return -1;
    writer_table_end(c->w, total, NULL);
    return 0;
}

static int show(struct command_context *c, struct error *e)
{
    struct bot_status bot;

    if (bot_status_load(c->store, c->tenant.id, &bot, e))
        return -1;
    struct json *document = json_new_object();
    struct json *state = bot_status_json(&bot);
    json_set_string(document, "tenant_id", c->tenant.id);
    json_each(member, state) json_set(document, json_key(member), json_clone(member));
    json_set_int(document, "revision", c->tenant.revision);
    json_set_int(document, "applied_revision", c->tenant.applied_revision);
    writer_document(c->w, document);
    json_free(state);
    json_free(document);
    return 0;
}

/* One that may connect as far as start and stop go, and still does not: what is in its way. */
static void tell_started(struct command_context *c)
{
    static const struct {
        const char *why, *text;
    } ways[] = {
        {"no_token", "the bot of %s has no token to connect with (token %s set)"},
        {"suspended", "the bot of %s does not connect while it is suspended (status %s active)"},
        {"expired", "the bot of %s does not connect while it is expired (rent %s extend DAYS)"},
    };
    const char *why = tenant_silent(&c->tenant), *id = c->tenant.id;

    for (size_t i = 0; why && i < sizeof ways / sizeof *ways; i++)
        if (str_equal(ways[i].why, why)) {
            command_done(c, ways[i].text, id, id);
            return;
        }
    command_done(c, "the bot of %s is already started", id);
}

static int start(struct command_context *c, struct error *e)
{
    if (tenants_set_wanted(c->store, c->tenant.id, true, &c->changed, e))
        return -1;
    c->new_session = c->changed;
    c->acknowledge = ACKNOWLEDGE_READY;
    if (c->changed)
        command_done(c, "start of the bot of %s", c->tenant.id);
    else
        tell_started(c);
    return 0;
}

static int stop(struct command_context *c, struct error *e)
{
    if (tenants_set_wanted(c->store, c->tenant.id, false, &c->changed, e))
        return -1;
    c->new_session = c->changed;
    c->acknowledge = ACKNOWLEDGE_CLOSED;
    command_done(c, c->changed ? "stop of the bot of %s" : "the bot of %s is already stopped", c->tenant.id);
    return 0;
}

/* Where nobody is connected there is nothing to connect anew; as after any write, the answer says why. */
static int restart(struct command_context *c, struct error *e)
{
    /* Connecting anew, not resuming, is what was asked for; with the token too, refused or not. */
    if (sessions_forget(c->store, c->tenant.id, e) || tokens_try_again(c->store, c->tenant.id, e))
        return -1;
    c->changed = true;
    c->new_session = true;
    c->acknowledge = ACKNOWLEDGE_READY;
    command_done(c, "restart of the bot of %s", c->tenant.id);
    return 0;
}

const struct command_spec command_bot_list = {
    .name = "bot list",
    .flags = COMMAND_DISCORD,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "list the state of every bot",
    .detail =
        "For programs: tenant_id and state, instance, latency_ms, restarts, error and `needs`, the switch "
        "that the bot lacks in Discord's developer portal, side by side; `show` and `list` keep these under "
        "`bot`.",
    .example = "bot list",
    .run = list,
};

const struct command_spec command_bot_start = {
    .name = "bot start",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "connect a bot that was stopped",
    .example = "bot start tenant01",
    .run = start,
};

const struct command_spec command_bot_stop = {
    .name = "bot stop",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "disconnect a bot until it is started again",
    .example = "bot stop tenant01",
    .run = stop,
};

const struct command_spec command_bot_restart = {
    .name = "bot restart",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "connect a bot anew",
    .detail = "Where nobody is connected (no token, stopped, suspended, expired) there is nothing to do; the "
              "answer says why.",
    .example = "bot restart tenant01",
    .run = restart,
};

const struct command_spec command_bot_status = {
    .name = "bot status",
    .args = args,
    .flags = COMMAND_DISCORD,
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_BOTS,
    .summary = "show the state of one bot",
    .detail = "For programs: what `bot list` has, and revision and applied_revision.",
    .example = "bot status tenant01",
    .run = show,
};
