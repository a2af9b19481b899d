#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/mem.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "type", .type = ARG_CHANNEL_TYPE, .optional = true},
    {.name = "value", .type = ARG_TEXT, .optional = true, .help = "a channel id, none or create"},
    {0},
};

static bool creates(const struct command_context *c)
{
    return str_equal(arg_text(c, "value"), "create");
}

static int create_allowed(const struct command_context *c, struct error *e)
{
    const char *id = c->tenant.id;
    const char *type = channel_words[arg_index(c, "type")];

    if (c->options->atomic)
        return error_set(e, ERROR_MALFORMED, "value",
                         "channels create cannot be part of --atomic: it asks Discord first");
    if (c->options->no_push) {
        error_set(e, ERROR_MALFORMED, "value", "channels create asks Discord, which --no-push forbids");
        return error_hint(e, "channels %s %s ID names a channel that exists", id, type);
    }
    if (c->tenant.token != TOKEN_SET) {
        error_set(e, ERROR_REFUSED, "value", "%s has no working token to make a channel with", id);
        return error_hint(e, "token %s set", id);
    }
    if (!c->options->dry_run && !c->ports->channel_create)
        return error_set(e, ERROR_REFUSED, "value", "channels cannot be made from here");
    return 0;
}

/* The calls before the commit, and the row whose id only Discord's answer will tell. */
static struct json *foretell(const struct command_context *c, enum channel type)
{
    const struct tenant *t = &c->tenant;
    struct json *out = json_new_object();
    struct json *rows = json_set(out, "database", json_new_array());

    json_set(out, "discord",
             c->ports->channel_plan ? c->ports->channel_plan(c->ports->context, t, type) : json_new_array());
    if (t->channels[type]) /* then the journal tells it */
        return out;
    struct json *row = json_push(rows, json_new_object());
    struct json *key = json_set(row, "key", json_new_object());
    json_set_string(row, "table", "channels");
    json_set_string(key, "tenant_id", t->id);
    json_set_string(key, "type", channel_words[type]);
    json_set_null(row, "before");
    json_set_null(json_set(row, "after", json_new_object()), "channel_id");
    return out;
}

/* Nothing is saved then, so nothing is pending. */
static int not_made(const struct command_context *c, struct error *e)
{
    struct error why = *e;

    error_set(e, ERROR_REFUSED, "value", "no channel was made and nothing was saved: %s", why.message);
    return error_hint(e, "try again later, or name one that exists: channels %s %s ID", c->tenant.id,
                      channel_words[arg_index(c, "type")]);
}

/* Discord first, then the commit: a channel whose id was never saved is found again by its topic. */
static int prepare(struct command_context *c, struct error *e)
{
    if (!c->writes || !creates(c))
        return 0;
    if (create_allowed(c, e))
        return -1;
    if (c->options->dry_run) {
        c->foretold = foretell(c, (enum channel)arg_index(c, "type"));
        return 0;
    }
    int64_t *id = mem_zero(1, sizeof(*id));
    c->prepared = id;
    if (!c->ports->channel_create(c->ports->context, &c->tenant, (enum channel)arg_index(c, "type"), id, e))
        return 0;
    return e->code == ERROR_PENDING ? not_made(c, e) : -1;
}

/* The revision rises and is pushed, whatever the id; but to a control channel that is set today no message
 * goes. */
static int would_create(struct command_context *c, enum channel type, struct error *e)
{
    if (tenants_set_channel(c->store, c->tenant.id, type, 0, &c->changed, e))
        return -1;
    c->changed = true;
    c->configuration = true;
    c->control_foretold = type == CHANNEL_CONTROL;
    c->place_known = true;
    return 0;
}

static int run(struct command_context *c, struct error *e)
{
    int type = arg_index(c, "type");
    const char *value = arg_text(c, "value");
    int64_t id = 0;

    if (!c->writes) {
        struct json *map = tenant_channels_json(&c->tenant);
        map_rows(c, "TYPE", "CHANNEL", map, type < 0 ? NULL : channel_words[type]);
        json_free(map);
        return 0;
    }
    if (creates(c) && c->options->dry_run)
        return would_create(c, (enum channel)type, e);
    if (creates(c))
        id = *(const int64_t *)c->prepared;
    else if (!str_equal(value, "none") && snowflake_parse("channel", value, &id, NULL, e))
        return error_hint(e, "a channel id, none or create");
    if (tenants_set_channel(c->store, c->tenant.id, (enum channel)type, id, &c->changed, e))
        return -1;
    c->configuration = c->changed;
    c->place_known = creates(c);
    warn_short_id(c, "channel", id);
    if (id)
        command_done(c,
                     c->changed ? "%s channel of %s set to %" PRId64 : "%s channel of %s is already %" PRId64,
                     channel_words[type], c->tenant.id, id);
    else
        command_done(c, c->changed ? "%s channel of %s cleared" : "%s channel of %s is not set",
                     channel_words[type], c->tenant.id);
    return 0;
}

const struct command_spec command_channels = {
    .name = "channels",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DISCORD | COMMAND_SLOW,
    .slow_word = "create",
    .right = RIGHT_OPERATOR_RENTER,
    .group = GROUP_CONFIGURATION,
    .summary = "list a tenant's channels, set, clear or create one",
    .detail =
        "`create` first makes a private channel on Discord (the bot needs MANAGE_CHANNELS), then saves its "
        "id; undo clears the id and leaves the channel. Before it is made it is looked for by its topic, and "
        "--dry-run lists both. ticket_category takes the id of a category. An id that Discord does not list "
        "among the guild's is kept, and stands as failed in the answer and in `push list` until it is put "
        "right.",
    .example = "channels tenant01 control create",
    .writes = writes_value,
    .prepare = prepare,
    .run = run,
};
