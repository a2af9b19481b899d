#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/store/deposits.h"

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};
static const struct option_spec options[] = {
    {.name = "--refused", .type = ARG_TEXT, .help = "only those that credited nobody"},
    {0},
};

static const struct column columns[] = {
    {"deposit", "DEPOSIT", true}, {"created_at", "TIME", false}, {"growid", "GROWID", false},
    {"user_id", "USER", false},   {"amount", "AMOUNT WL", true}, {"state", "STATE", false},
    {"reason", "REASON", false},  {"message_id", NULL, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void row(void *context, const struct deposit *d)
{
    struct command_context *c = context;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_INT(d->deposit),
        CELL_OF_TIME(d->created_at),
        CELL_OF_TEXT(*d->growid ? d->growid : NULL),
        CELL_OF_ID(d->user_id),
        CELL_OF_INT(d->amount),
        CELL_OF_TEXT(d->credited ? "credited" : "refused"),
        CELL_OF_TEXT(*d->reason ? d->reason : NULL),
        CELL_OF_ID(d->message_id),
    };
    writer_table_row(c->w, cells);
}

static int run(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    char next[LIST_NEXT_TEXT] = "";
    int64_t total = -1;

    page_begin(c, columns, COLUMN_COUNT);
    if (deposits_list(&scope, option_given(c, "--refused"), &c->paging, row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

const struct command_spec command_deposits = {
    .name = "deposits",
    .args = args,
    .options = options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_PAGING,
    .right = RIGHT_SHOP(PERMISSION_MANAGE_USERS),
    .group = GROUP_CUSTOMERS,
    .summary = "list what came in through the channel of donations, newest first",
    .detail =
        "A deposit is a message in the channel donation_log, by one of the webhooks and bots in the setting "
        "`donation authors`, with a line `GrowID: Budi99` and a line `Deposit: 1 BGL, 2 DL` (or `Jumlah: "
        "...`), as text or in an embed. One that is refused credits nobody and is told in the channel logs; "
        "`balance add T USER AMOUNT` makes up for it.",
    .example = "deposits tenant01 --refused",
    .run = run,
};
