/* Purchases made from the console, and what became of all of them. */
#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/store/deliveries.h"
#include "tt/store/purchase.h"

static const struct arg_spec buy_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "user", .type = ARG_USER},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "n", .type = ARG_NUMBER, .help = "how many"},
    {0},
};
static const struct arg_spec tenant_args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};
static const struct arg_spec tx_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "tx", .type = ARG_TEXT, .help = "a transaction id"},
    {0},
};
static const struct option_spec list_options[] = {
    {.name = "--user", .value = "U", .type = ARG_USER, .help = "only this buyer's"},
    {.name = "--product", .value = "C", .type = ARG_PRODUCT, .help = "only of this product"},
    {.name = "--since", .value = "T", .type = ARG_TIME, .help = "only what came after"},
    {.name = "--delivery",
     .value = "WORD",
     .type = ARG_WORD,
     .words = transaction_delivery_words,
     .help =
         "only those whose goods are none, pending, sent, closed (the buyer's direct messages) or failed"},
    {0},
};

/* --- documents --- */

static struct json *document(const struct transaction *t)
{
    struct json *j = json_new_object();
    json_set_string(j, "transaction_id", t->id);
    json_set_string(j, "type", transaction_type_words[t->type]);
    json_set_id(j, "user_id", t->user_id);
    json_set_string(j, "code", t->code);
    json_set_int(j, "quantity", t->quantity);
    json_set_int(j, "total", t->total);
    json_set_string(j, "status", transaction_status_words[t->status]);
    json_set_string(j, "delivery", transaction_delivery_words[t->delivery]);
    json_set_time(j, "created_at", t->created_at);
    json_set(j, "refunds", json_new_string(*t->refunds_id ? t->refunds_id : NULL));
    json_set(j, "foreign_id", json_new_string(*t->foreign_id ? t->foreign_id : NULL));
    json_set_int(j, "copies", t->copies);
    return j;
}

static const char *const made[] = {
    "transaction",          "transaction.transaction_id",
    "transaction.type",     "transaction.user_id",
    "transaction.code",     "transaction.quantity",
    "transaction.total",    "transaction.status",
    "transaction.delivery", "transaction.created_at",
    "transaction.refunds",  "transaction.foreign_id",
    "transaction.copies",   NULL,
};

/* --- writes --- */

/* Where the customer himself could not buy, nobody buys for him. */
static int is_open(const struct command_context *c, struct error *e)
{
    enum tenant_status status = c->tenant.status;

    if (status == STATUS_ACTIVE && tenant_feature_on(&c->tenant, FEATURE_SHOP))
        return 0;
    if (status == STATUS_ACTIVE) {
        error_set(e, ERROR_REFUSED, "tenant", "the shop of %s is off: nothing is sold there", c->tenant.id);
        return error_hint(e, "features %s shop enable", c->tenant.id);
    }
    error_set(e, ERROR_REFUSED, "tenant", "%s is %s: nothing is sold there", c->tenant.id,
              tenant_status_words[status]);
    return error_hint(e, status == STATUS_EXPIRED ? "rent %s extend DAYS" : "status %s active", c->tenant.id);
}

static int buy(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct money_units units = money_units_of(&c->tenant);
    struct purchase p = {
        .user_id = arg_number(c, "user", 0), .code = arg_text(c, "code"), .quantity = arg_number(c, "n", 0)};
    struct sale_terms terms;
    struct transaction tx;
    struct str total = STR_INIT;

    sale_terms_of(&c->tenant, &terms);
    if (is_open(c, e))
        return -1;
    if (purchase_make(&scope, &terms, &p, c->now, e) || transactions_load(&scope, p.tx, &tx, e))
        return -1;
    c->changed = true;
    money_format(p.total, &units, &total);
    command_extra(c, "transaction", document(&tx));
    goods_queued(c, p.goods);
    command_done(c, "%" PRId64 " x %s for %s: transaction %s", p.quantity, tx.code, str_text(&total), p.id);
    str_release(&total);
    return 0;
}

static int refund(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct money_units units = money_units_of(&c->tenant);
    struct sale_terms terms;
    struct transaction tx, back;
    struct str total = STR_INIT;

    sale_terms_of(&c->tenant, &terms);
    if (transactions_find(&scope, arg_text(c, "tx"), &tx, e) ||
        purchase_refund(&scope, &terms, tx.tx, c->now, &back, e))
        return -1;
    c->changed = true;
    money_format(back.total, &units, &total);
    command_extra(c, "transaction", document(&back));
    command_done(c, "%s of %s given back: transaction %s", str_text(&total), tx.id, back.id);
    str_release(&total);
    return 0;
}

/* --- reads --- */

/* Why the goods are not there yet, and what helps. */
struct undelivered {
    struct command_context *c;
    const char *tx;
};

static void tell_undelivered(void *context, const struct delivery *d)
{
    const struct undelivered *u = context;
    struct writer *w = u->c->w;

    if (!*d->reason)
        return;
    if (d->state == DELIVERY_FAILED)
        writer_messagef(w, MESSAGE_NOTICE,
                        "the goods did not arrive: %s; `stock redeliver %s %s` tries again", d->reason,
                        u->c->tenant.id, u->tx);
    else
        writer_messagef(w, MESSAGE_NOTICE, "the goods are tried again: %s", d->reason);
}

static int show(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct transaction tx;
    struct undelivered u = {c, tx.id};

    if (transactions_find(&scope, arg_text(c, "tx"), &tx, e))
        return -1;
    struct json *j = document(&tx);
    money_document(c, j, (const char *const[]){"total", NULL});
    json_free(j);
    if (tx.delivery == TRANSACTION_CLOSED)
        writer_messagef(c->w, MESSAGE_NOTICE,
                        "the buyer takes no direct messages; once that is mended: stock redeliver %s %s",
                        c->tenant.id, tx.id);
    return deliveries_of(&scope, tx.tx, tell_undelivered, &u, e);
}

static const struct column columns[] = {
    {"transaction_id", "TRANSACTION", false},
    {"created_at", "TIME", false},
    {"type", "TYPE", false},
    {"user_id", "USER", false},
    {"code", "CODE", false},
    {"quantity", "QUANTITY", true},
    {"total", "TOTAL WL", true},
    {"status", "STATUS", false},
    {"delivery", "DELIVERY", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void row(void *context, const struct transaction *t)
{
    struct writer *w = context;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_TEXT(t->id),
        CELL_OF_TIME(t->created_at),
        CELL_OF_TEXT(transaction_type_words[t->type]),
        CELL_OF_ID(t->user_id),
        CELL_OF_TEXT(t->code),
        CELL_OF_INT(t->quantity),
        CELL_OF_INT(t->total),
        CELL_OF_TEXT(transaction_status_words[t->status]),
        CELL_OF_TEXT(transaction_delivery_words[t->delivery]),
    };
    writer_table_row(w, cells);
}

static int list(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct transaction_query q = {
        .user = option_number(c, "--user", 0),
        .code = option_text(c, "--product"),
        .since = option_number(c, "--since", 0),
        .delivery = option_text(c, "--delivery"),
        .page = c->paging,
    };
    char next[LIST_NEXT_TEXT] = "";
    int64_t total = -1;

    page_begin(c, columns, COLUMN_COUNT);
    if (transactions_list(&scope, &q, row, c->w, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

/* --- specs --- */

#define SALES_RIGHT .right = RIGHT_SHOP(PERMISSION_MANAGE_USERS), .group = GROUP_CUSTOMERS

const struct command_spec command_buy = {
    .name = "buy",
    .args = buy_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_CUSTOMERS,
    .makes = made,
    .summary = "buy for a customer, as the customer's own `buy` would",
    .detail = "All or nothing: the items are claimed, the balance is charged and the delivery queued in one "
              "transaction. It is taken back by `tx refund`.",
    .example = "buy tenant01 123456789012345678 DL 2",
    .remedy = "`tx refund` gives the money of a purchase back",
    .run = buy,
};

const struct command_spec command_tx_list = {
    .name = "tx list",
    .args = tenant_args,
    .options = list_options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_PAGING,
    SALES_RIGHT,
    .summary = "list purchases and refunds, newest first",
    .example = "tx list tenant01 --product DL --since 7d",
    .run = list,
};

const struct command_spec command_tx_show = {
    .name = "tx show",
    .args = tx_args,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL,
    SALES_RIGHT,
    .summary = "show one transaction",
    .example = "tx show tenant01 7K3-M9Q-PD4",
    .run = show,
};

const struct command_spec command_tx_refund = {
    .name = "tx refund",
    .args = tx_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_NOT_UNDOABLE,
    SALES_RIGHT,
    .makes = made,
    .summary = "give the money of a purchase back; the goods stay sold",
    .detail = "Goods that have not been sent yet are not sent any more.",
    .example = "tx refund tenant01 7K3-M9Q-PD4",
    .remedy = "a `tx refund` stands; `balance remove` takes money from a customer",
    .run = refund,
};
