#include "cmd_shared.h"

#include <inttypes.h>

static const char *const role_words[] = {"owner", "operator", "viewer", NULL};
static const enum operator_role roles[] = {ROLE_OWNER, ROLE_OPERATOR, ROLE_VIEWER};

static const struct arg_spec add_args[] = {
    {.name = "discord_id", .type = ARG_ID, .help = "a Discord user id"},
    {.name = "role", .type = ARG_WORD, .words = role_words},
    {0},
};
static const struct arg_spec remove_args[] = {
    {.name = "discord_id", .type = ARG_ID, .help = "a Discord user id"},
    {0},
};

static int add(struct command_context *c, struct error *e)
{
    int64_t id = arg_number(c, "discord_id", 0);
    int role = arg_index(c, "role");

    if (operators_set(c->store, id, roles[role], c->now, &c->changed, e))
        return -1;
    warn_short_id(c, "discord_id", id);
    command_done(c, c->changed ? "%" PRId64 " made %s on Discord" : "%" PRId64 " is already %s on Discord",
                 id, role_words[role]);
    return 0;
}

static int take_away(struct command_context *c, struct error *e)
{
    int64_t id = arg_number(c, "discord_id", 0);

    if (operators_set(c->store, id, ROLE_NONE, c->now, &c->changed, e))
        return -1;
    if (!c->changed) {
        error_set(e, ERROR_NO_SUCH, "discord_id", "%" PRId64 " is no operator", id);
        return error_hint(e, "operator list");
    }
    command_done(c, "%" PRId64 " is no operator any more", id);
    return 0;
}

static const struct column columns[] = {
    {"discord_id", "DISCORD ID", false},
    {"role", "ROLE", false},
    {"added_at", "ADDED", false},
};

struct listing {
    struct command_context *c;
    int64_t total;
};

static void row(void *context, int64_t discord_id, enum operator_role role, int64_t added_at)
{
    struct listing *listing = context;
    struct cell cells[] = {
        CELL_OF_ID(discord_id),
        CELL_OF_TEXT(operator_role_words[role]),
        CELL_OF_TIME(added_at),
    };

    writer_table_row(listing->c->w, cells);
    listing->total++;
}

static int list(struct command_context *c, struct error *e)
{
    struct listing listing = {.c = c};

    writer_table_begin(c->w, columns, 3);
    if (operators_list(c->store, row, &listing, e))
        return -1;
    writer_table_end(c->w, listing.total, NULL);
    return 0;
}

const struct command_spec command_operator_add = {
    .name = "operator add",
    .args = add_args,
    .flags = COMMAND_WRITES,
    .right = RIGHT_OWNER,
    .group = GROUP_HISTORY,
    .summary = "let a Discord user operate, with a role",
    .detail = "A viewer reads, an operator changes tenants, an owner may everything that may travel through "
              "a chat.",
    .example = "operator add 123456789012345678 viewer",
    .run = add,
};

const struct command_spec command_operator_remove = {
    .name = "operator remove",
    .args = remove_args,
    .flags = COMMAND_WRITES,
    .right = RIGHT_OWNER,
    .group = GROUP_HISTORY,
    .summary = "take an operator's role away",
    .example = "operator remove 123456789012345678",
    .run = take_away,
};

const struct command_spec command_operator_list = {
    .name = "operator list",
    .right = RIGHT_OWNER,
    .group = GROUP_HISTORY,
    .summary = "list the operators on Discord",
    .example = "operator list",
    .run = list,
};
