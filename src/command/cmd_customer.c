/* Customers and their balances. */
#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/text.h"
#include "tt/store/customers.h"

static int growid_text_check(const char *text, struct error *e)
{
    return growid_check("growid", text, e);
}

static int amount_text_check(const char *text, struct error *e)
{
    static const struct money_units lowest = {1, 1};
    int64_t amount;
    return money_parse("amount", text, &lowest, &amount, e);
}

static const struct arg_spec register_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "user", .type = ARG_USER},
    {.name = "growid", .type = ARG_TEXT, .help = "3 to 18 letters and digits", .check = growid_text_check},
    {0},
};
static const struct arg_spec user_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "user", .type = ARG_USER},
    {0},
};
static const struct arg_spec amount_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "user", .type = ARG_USER},
    {.name = "amount",
     .type = ARG_TEXT,
     .help = "1500, \"15 DL\", \"1 BGL, 2 DL\"",
     .check = amount_text_check},
    {0},
};
static const struct arg_spec top_args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};
static const struct option_spec top_options[] = {
    {.name = "--search",
     .value = "TEXT",
     .type = ARG_TEXT,
     .help = "those whose GrowID begins so, in any capitals"},
    {0},
};
static const struct option_spec move_options[] = {
    {.name = "--growid",
     .value = "G",
     .type = ARG_TEXT,
     .help = "the GrowID that the user must have; one who has none is registered with it",
     .check = growid_text_check},
    {.name = "--note", .value = "N", .type = ARG_TEXT, .help = "why, for the history"},
    {0},
};

/* --- writes --- */

static int enrol(struct command_context *c, const char *field, int64_t user, const char *growid,
                 bool *changed, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t limit = plan_limits(c->tenant.plan)->registered_members;

    if (growid_check(field, growid, e))
        return -1;
    if (customers_register(&scope, user, growid, limit, c->now, changed, e) == 0)
        return 0;
    if (e && e->code == ERROR_TAKEN) {
        str_copy(e->field, sizeof e->field, field);
        return error_hint(e, "`balance show %s %s` tells who", c->tenant.id, growid);
    }
    return members_full(&c->tenant, e);
}

static int register_user(struct command_context *c, struct error *e)
{
    int64_t user = arg_number(c, "user", 0);
    const char *growid = arg_text(c, "growid");

    if (enrol(c, "growid", user, growid, &c->changed, e))
        return -1;
    warn_short_id(c, "user", user);
    command_done(c, c->changed ? "%" PRId64 " has the GrowID %s" : "%" PRId64 " already has the GrowID %s",
                 user, growid);
    return 0;
}

/* The customer, registered by --growid where it is none yet. */
static int customer_for_move(struct command_context *c, bool may_register, struct customer *out,
                             struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t user = arg_number(c, "user", 0);
    const char *growid = option_text(c, "--growid");
    struct error why = {0};

    if (customers_load(&scope, user, out, &why) == 0) {
        if (!growid || str_equal_nocase(growid, out->growid))
            return 0;
        return error_set(e, ERROR_REFUSED, "--growid", "%" PRId64 " has the GrowID %s, not %s", user,
                         out->growid, growid);
    }
    if (why.code == ERROR_NO_SUCH && growid && may_register)
        return enrol(c, "--growid", user, growid, NULL, e) || customers_load(&scope, user, out, e) ? -1 : 0;
    *e = why;
    if (why.code == ERROR_NO_SUCH)
        error_hint(e, "register %s %" PRId64 " GROWID", c->tenant.id, user);
    return -1;
}

static int move(struct command_context *c, int sign, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct money_units units = money_units_of(&c->tenant);
    const char *note = option_text(c, "--note");
    struct str text = STR_INIT;
    struct customer customer;
    int64_t amount;

    if (note && note[text_prefix(note, ENTRY_NOTE_MAX)])
        return error_set(e, ERROR_MALFORMED, "--note", "a note has at most %d characters", ENTRY_NOTE_MAX);
    if (money_parse("amount", arg_text(c, "amount"), &units, &amount, e))
        return -1;
    if (!amount)
        return error_set(e, ERROR_MALFORMED, "amount", "the amount must be above 0");
    if (customer_for_move(c, sign > 0, &customer, e) ||
        ledger_move(&scope, customer.user_id, sign * amount, ENTRY_ADJUSTMENT, 0, note, c->now, &units, NULL,
                    e) ||
        customers_load(&scope, customer.user_id, &customer, e))
        return -1;
    c->changed = true;
    money_format(customer.balance, &units, &text);
    command_extra(c, "balance", json_new_int(customer.balance));
    command_done(c, "balance of %s is %s", customer.growid, str_text(&text));
    str_release(&text);
    return 0;
}

static int add(struct command_context *c, struct error *e)
{
    return move(c, 1, e);
}

static int take(struct command_context *c, struct error *e)
{
    return move(c, -1, e);
}

/* --- reads --- */

static int show(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct customer customer;

    if (customers_load(&scope, arg_number(c, "user", 0), &customer, e))
        return -1;
    struct json *j = json_new_object();
    json_set_id(j, "user_id", customer.user_id);
    json_set_string(j, "growid", customer.growid);
    json_set_int(j, "balance", customer.balance);
    json_set_time(j, "registered_at", customer.registered_at);
    money_document(c, j, (const char *const[]){"balance", NULL});
    json_free(j);
    return 0;
}

static const struct column top_columns[] = {
    {"user_id", "USER", false},
    {"growid", "GROWID", false},
    {"balance", "BALANCE WL", true},
    {"registered_at", "REGISTERED", false},
};

static void top_row(void *context, const struct customer *customer)
{
    struct command_context *c = context;
    struct cell cells[] = {
        CELL_OF_ID(customer->user_id),
        CELL_OF_TEXT(customer->growid),
        CELL_OF_INT(customer->balance),
        CELL_OF_TIME(customer->registered_at),
    };
    writer_table_row(c->w, cells);
}

static int top(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    char next[LIST_NEXT_TEXT] = "";
    int64_t total = -1;

    page_begin(c, top_columns, 4);
    if (customers_top(&scope, option_text(c, "--search"), &c->paging, top_row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

static const struct column history_columns[] = {
    {"entry", "ENTRY", true},      {"time", "TIME", false},      {"kind", "KIND", false},
    {"amount", "AMOUNT WL", true}, {"balance", "LEFT WL", true}, {"transaction_id", "TRANSACTION", false},
    {"note", "NOTE", false},
};

static void history_row(void *context, const struct entry *entry)
{
    struct command_context *c = context;
    struct cell cells[] = {
        CELL_OF_INT(entry->entry),
        CELL_OF_TIME(entry->time),
        CELL_OF_TEXT(entry_kind_words[entry->kind]),
        CELL_OF_INT(entry->amount),
        CELL_OF_INT(entry->balance),
        CELL_OF_TEXT(*entry->transaction ? entry->transaction : NULL),
        CELL_OF_TEXT(entry->note),
    };
    writer_table_row(c->w, cells);
}

static int history(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t user = arg_number(c, "user", 0), total = -1;
    char next[LIST_NEXT_TEXT] = "";
    struct customer customer;

    if (customers_load(&scope, user, &customer, e))
        return -1;
    page_begin(c, history_columns, 7);
    if (ledger_history(&scope, user, &c->paging, history_row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

/* --- specs --- */

#define USERS_RIGHT .right = RIGHT_SHOP(PERMISSION_MANAGE_USERS), .group = GROUP_CUSTOMERS

const struct command_spec command_register = {
    .name = "register",
    .args = register_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_PERSONAL,
    USERS_RIGHT,
    .summary = "make a Discord user a customer with a GrowID, or change the GrowID",
    .detail = "A GrowID belongs to one customer; a change moves nothing but the name.",
    .example = "register tenant01 123456789012345678 BudiGT",
    .run = register_user,
};

const struct command_spec command_balance_show = {
    .name = "balance show",
    .args = user_args,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL,
    USERS_RIGHT,
    .summary = "show a customer's balance",
    .example = "balance show tenant01 123456789012345678",
    .run = show,
};

const struct command_spec command_balance_add = {
    .name = "balance add",
    .args = amount_args,
    .options = move_options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_PERSONAL,
    USERS_RIGHT,
    .makes = (const char *const[]){"balance", NULL},
    .summary = "add to a customer's balance",
    .detail = "Undone, it is taken back by new entries; a registration that it made stays.",
    .example = "balance add tenant01 123456789012345678 \"2 DL\" --note \"paid in world ABC\"",
    .run = add,
};

const struct command_spec command_balance_remove = {
    .name = "balance remove",
    .args = amount_args,
    .options = move_options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_PERSONAL,
    USERS_RIGHT,
    .makes = (const char *const[]){"balance", NULL},
    .summary = "take from a customer's balance, never below zero",
    .example = "balance remove tenant01 123456789012345678 150",
    .run = take,
};

const struct command_spec command_balance_top = {
    .name = "balance top",
    .args = top_args,
    .options = top_options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_PAGING,
    USERS_RIGHT,
    .summary = "list customers, the largest balance first",
    .example = "balance top tenant01 --limit 10",
    .run = top,
};

const struct command_spec command_balance_history = {
    .name = "balance history",
    .args = user_args,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_PAGING,
    USERS_RIGHT,
    .summary = "list what moved a customer's balance, newest first",
    .example = "balance history tenant01 123456789012345678",
    .run = history,
};
