/* Single items of stock; imports are in cmd_stock_import.c. */
#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/store/deliveries.h"
#include "tt/store/purchase.h"
#include "tt/store/stock.h"

static const struct arg_spec add_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "line", .type = ARG_REST, .help = "one item: a line of up to 2000 bytes"},
    {0},
};
static const struct arg_spec list_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT, .optional = true},
    {0},
};
static const struct option_spec list_options[] = {
    {.name = "--state",
     .value = "STATE",
     .type = ARG_WORD,
     .words = stock_state_words,
     .help = "only items in this state; without it all but deleted ones"},
    {0},
};
static const struct arg_spec item_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "item", .type = ARG_NUMBER, .help = "its number in `stock list`"},
    {0},
};
static const struct option_spec show_options[] = {
    {.name = "--reveal",
     .type = ARG_TEXT,
     .help = "the line itself too; the audit notes it",
     .confides = true},
    {0},
};
static const struct arg_spec reduce_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "n", .type = ARG_NUMBER, .help = "how many, the newest first"},
    {0},
};
static const struct arg_spec tx_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "tx", .type = ARG_TEXT, .help = "a transaction id"},
    {0},
};

static int load_product(struct command_context *c, struct product *p, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    return products_load(&scope, arg_text(c, "code"), p, e);
}

/* --- writes --- */

static int add(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *line = arg_text(c, "line");
    struct product p;
    size_t n;
    int64_t item;

    enum line_fault fault = stock_line_normalise(line, strlen(line), &n);
    if (fault != LINE_GOOD)
        return error_set(e, ERROR_MALFORMED, "line", "the line %s", line_fault_texts[fault]);
    if (load_product(c, &p, e) || stock_add(&scope, p.product, line, n, c->now, &item, e))
        return -1;
    c->changed = true;
    command_extra(c, "item", json_new_int(item));
    command_done(c, "item %" PRId64 " of %s added: %" PRId64 " available", item, p.code, p.available + 1);
    return 0;
}

static int load_reducible(struct command_context *c, struct product *p, struct error *e)
{
    int64_t n = arg_number(c, "n", 0);

    if (n < 1 || n > STOCK_TAKE_MAX)
        return error_set(e, ERROR_MALFORMED, "n", "n needs a number from 1 to %d", STOCK_TAKE_MAX);
    if (load_product(c, p, e))
        return -1;
    if (p->available >= n)
        return 0;
    return error_set(e, ERROR_REFUSED, "n", "only %" PRId64 " %s of %s %s available", p->available,
                     ITEMS(p->available), p->code, p->available == 1 ? "is" : "are");
}

/* Before the question: nobody types a name for what is refused then. */
static int prepare_reduce(struct command_context *c, struct error *e)
{
    struct product p;

    return load_reducible(c, &p, e);
}

/* As a purchase does that takes the last ones. */
static int tell_low(struct command_context *c, const struct product *p, int64_t left, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t logs = c->tenant.channels[CHANNEL_LOGS], notice;

    if (!logs || !p->active || !threshold_crossed(p->threshold, p->available, left))
        return 0;
    if (deliveries_add_low_stock(&scope, logs, p->code, left, c->now, &notice, e))
        return -1;
    deliveries_queued(c, notice);
    return 0;
}

static int reduce(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t n = arg_number(c, "n", 0);
    struct product p;

    if (load_reducible(c, &p, e) || stock_reduce(&scope, p.product, n, e) ||
        tell_low(c, &p, p.available - n, e))
        return -1;
    c->changed = true;
    command_extra(c, "available", json_new_int(p.available - n));
    command_done(c, "%" PRId64 " %s of %s deleted: %" PRId64 " available", n, ITEMS(n), p.code,
                 p.available - n);
    return 0;
}

static int set_state(struct command_context *c, enum stock_state to, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t item = arg_number(c, "item", 0);

    if (stock_set_state(&scope, item, to, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "item %" PRId64 " is %s" : "item %" PRId64 " is already %s", item,
                 stock_state_words[to]);
    return 0;
}

static int reserve(struct command_context *c, struct error *e)
{
    return set_state(c, STOCK_RESERVED, e);
}

static int release(struct command_context *c, struct error *e)
{
    return set_state(c, STOCK_AVAILABLE, e);
}

static int redeliver(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct transaction tx;
    int64_t goods;

    if (transactions_find(&scope, arg_text(c, "tx"), &tx, e) ||
        deliveries_add_goods(&scope, tx.tx, c->now, &goods, e))
        return -1;
    c->changed = true;
    command_extra(c, "transaction_id", json_new_string(tx.id));
    goods_queued(c, goods);
    command_done(c, "the goods of %s are sent once more", tx.id);
    return 0;
}

/* --- reads --- */

static const struct column columns[] = {
    {"item", "ITEM", true},
    {"code", "CODE", false},
    {"state", "STATE", false},
    {"batch", "BATCH", true},
    {"transaction_id", "TRANSACTION", false},
    {"added_at", "ADDED", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static const char *transaction_of(const struct command_context *c, const struct stock_item *item,
                                  char id[RECEIPT_TEXT])
{
    return item->tx ? transactions_id(c->store, item->tx, id) : NULL;
}

static void row(void *context, const struct stock_item *item)
{
    struct command_context *c = context;
    char id[RECEIPT_TEXT];
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_INT(item->item),
        CELL_OF_TEXT(item->code),
        CELL_OF_TEXT(stock_state_words[item->state]),
        CELL_OF_INT(item->batch),
        CELL_OF_TEXT(transaction_of(c, item, id)),
        CELL_OF_TIME(item->added_at),
    };
    writer_table_row(c->w, cells);
}

static int list(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *state = option_text(c, "--state");
    struct stock_query q = {.state = state ? word_parse("state", state, stock_state_words, NULL) : -1,
                            .page = c->paging};
    int64_t total = -1;
    struct product p;
    char next[STOCK_NEXT_TEXT];

    if (arg_given(c, "code")) {
        if (load_product(c, &p, e))
            return -1;
        q.product = p.product;
    }
    page_begin(c, columns, COLUMN_COUNT);
    if (stock_list(&scope, &q, row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

static const struct column count_columns[] = {
    {"code", "CODE", false},
    {"available", "AVAILABLE", true},
    {"reserved", "RESERVED", true},
    {"sold", "SOLD", true},
};

struct counting {
    struct command_context *c;
    int64_t rows;
};

static void count_row(void *context, const struct product *p)
{
    struct counting *counting = context;
    struct cell cells[] = {CELL_OF_TEXT(p->code), CELL_OF_INT(p->available), CELL_OF_INT(p->reserved),
                           CELL_OF_INT(p->sold)};
    writer_table_row(counting->c->w, cells);
    counting->rows++;
}

static int count(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct counting counting = {.c = c};
    struct product_query all = {0};
    struct product p;

    if (arg_given(c, "code") && load_product(c, &p, e))
        return -1;
    writer_table_begin(c->w, count_columns, 4);
    if (arg_given(c, "code"))
        count_row(&counting, &p);
    else if (products_list(&scope, &all, count_row, &counting, NULL, NULL, e))
        return -1;
    writer_table_end(c->w, counting.rows, NULL);
    return 0;
}

/* Revealing is a write: of its audit row. */
static bool show_writes(const struct command_context *c)
{
    return option_given(c, "--reveal");
}

static int show(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    bool reveal = option_given(c, "--reveal");
    struct str content = STR_INIT;
    struct stock_item item;
    char id[RECEIPT_TEXT];
    int status = stock_load(&scope, arg_number(c, "item", 0), &item, reveal ? &content : NULL, e);

    if (status == 0) {
        struct json *j = json_new_object();
        json_set_int(j, "item", item.item);
        json_set_string(j, "code", item.code);
        json_set_string(j, "state", stock_state_words[item.state]);
        json_set_int(j, "batch", item.batch);
        json_set(j, "transaction_id", json_new_string(transaction_of(c, &item, id)));
        json_set_time(j, "added_at", item.added_at);
        if (reveal)
            json_set_string(j, "line", str_text(&content));
        if (reveal && c->options->format != OUTPUT_TEXT) /* one document: that of the write */
            json_each(member, j) command_extra(c, json_key(member), json_clone(member));
        else if (!c->options->dry_run)
            writer_document(c->w, j);
        json_free(j);
        c->audit_anyway = reveal;
        if (reveal)
            command_done(c, "item %" PRId64 " was revealed", item.item);
    }
    str_wipe(&content);
    return status;
}

/* --- specs --- */

#define STOCK_RIGHT .right = RIGHT_SHOP(PERMISSION_MANAGE_PRODUCTS), .group = GROUP_SHOP

const struct command_spec command_stock_add = {
    .name = "stock add",
    .args = add_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD,
    STOCK_RIGHT,
    .secret_arg = "line",
    .makes = (const char *const[]){"item", NULL},
    .summary = "add one item",
    .detail = "The line is a secret of the tenant: the audit, the log and the history leave it out.",
    .example = "stock add tenant01 DL \"world ABC, door 1\"",
    .run = add,
};

const struct command_spec command_stock_list = {
    .name = "stock list",
    .args = list_args,
    .options = list_options,
    .flags = COMMAND_DISCORD | COMMAND_PAGING,
    STOCK_RIGHT,
    .summary = "list items, without their contents",
    .example = "stock list tenant01 DL --state sold",
    .run = list,
};

const struct command_spec command_stock_count = {
    .name = "stock count",
    .args = list_args,
    .flags = COMMAND_DISCORD,
    STOCK_RIGHT,
    .summary = "count items by product and state",
    .example = "stock count tenant01",
    .run = count,
};

const struct command_spec command_stock_show = {
    .name = "stock show",
    .args = item_args,
    .options = show_options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_NOT_UNDOABLE,
    STOCK_RIGHT,
    .makes =
        (const char *const[]){"item", "code", "state", "batch", "transaction_id", "added_at", "line", NULL},
    .summary = "show one item; with --reveal its content",
    .example = "stock show tenant01 17 --reveal",
    .writes = show_writes,
    .run = show,
};

const struct command_spec command_stock_reduce = {
    .name = "stock reduce",
    .args = reduce_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_DESTRUCTIVE,
    STOCK_RIGHT,
    .makes = (const char *const[]){"available", NULL},
    .summary = "delete available items of a product, the newest first",
    .example = "stock reduce tenant01 DL 5 --yes",
    .prepare = prepare_reduce,
    .run = reduce,
};

const struct command_spec command_stock_reserve = {
    .name = "stock reserve",
    .args = item_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD,
    STOCK_RIGHT,
    .summary = "keep an item from being sold",
    .example = "stock reserve tenant01 17",
    .run = reserve,
};

const struct command_spec command_stock_release = {
    .name = "stock release",
    .args = item_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD,
    STOCK_RIGHT,
    .summary = "let a reserved item be sold again",
    .example = "stock release tenant01 17",
    .run = release,
};

const struct command_spec command_stock_redeliver = {
    .name = "stock redeliver",
    .args = tx_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_NOT_UNDOABLE,
    STOCK_RIGHT,
    .makes = (const char *const[]){"transaction_id", NULL},
    .summary = "send the goods of a transaction to the buyer again",
    .example = "stock redeliver tenant01 7K3-M9Q-PD4",
    .remedy = "`tx refund` gives the money of a purchase back",
    .run = redeliver,
};
