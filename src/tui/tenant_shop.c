/* The tabs of a tenant's shop. Contents of stock are in none of them: `stock show --reveal` is typed, and
 * noted. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "tenant.h"

#include "answer.h"
#include "tt/base/mem.h"

/* --- how values look --- */

static bool is_low(const struct json *row)
{
    int64_t threshold = json_get_int(row, "threshold", 0);
    return json_get_bool(row, "active", false) && threshold > 0 &&
           json_get_int(row, "available", 0) <= threshold;
}

static void show_product(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    bool active = json_get_bool(row, "active", false);
    (void)owner;
    str_addf(out, "[%s] %s", active ? "x" : " ", json_get_string(row, "code"));
    *look = active ? LOOK_TEXT : LOOK_DIM;
}

static void show_available(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    char number[32];
    (void)owner;
    str_addf(out, "%s %s", number_text(json_get_int(row, "available", 0), number),
             is_low(row)              ? sign_text(SIGN_DOWN)
             : canvas_is_accessible() ? ""
                                      : " ");
    *look = is_low(row) ? LOOK_WARN : LOOK_TEXT;
}

static void show_state(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const char *state = json_get_string(row, "state");
    (void)owner;
    str_add(out, state);
    *look = str_equal(state, "available") ? LOOK_GOOD : str_equal(state, "reserved") ? LOOK_WARN : LOOK_DIM;
}

/* What became of it: of the money where that went back, else of the goods. */
static void show_outcome(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    static const struct {
        const char *state, *text;
        enum sign sign;
        enum look look;
    } states[] = {{"sent", "sent", SIGN_OK, LOOK_GOOD},
                  {"pending", "on its way", SIGN_WAIT, LOOK_WARN},
                  {"closed", "DMs closed", SIGN_WARN, LOOK_WARN},
                  {"failed", "failed", SIGN_FAIL, LOOK_BAD}};
    const char *state = json_get_string(row, "delivery"), *status = json_get_string(row, "status");
    bool refund = str_equal(json_get_string(row, "type"), "refund");
    (void)owner;
    if (refund || !str_equal(status, "completed")) {
        bool back = str_equal(status, "refunded") && *sign_text(SIGN_BACK);
        str_addf(out, "%s%s", back ? sign_text(SIGN_BACK) : "", back ? " " : "");
        str_add(out, refund ? "refund" : status);
        *look = LOOK_DIM;
        return;
    }
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_equal(state, states[i].state)) {
            str_addf(out, "%s %s", sign_text(states[i].sign), states[i].text);
            *look = states[i].look;
        }
}

static void show_credited(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    bool credited = str_equal(json_get_string(row, "state"), "credited");
    (void)owner;
    str_addf(out, "%s %s", sign_text(credited ? SIGN_OK : SIGN_FAIL), json_get_string(row, "state"));
    *look = credited ? LOOK_GOOD : LOOK_BAD;
}

/* --- columns --- */

static const struct grid_column product_columns[] = {
    {.path = "code", .title = "PRODUCT", .width = 14, .show = show_product},
    {.path = "name", .title = "NAME", .width = 14, .flexible = true, .rank = 3},
    {.path = "category", .title = "CATEGORY", .width = 10, .rank = 6},
    {.path = "price", .title = "PRICE WL", .width = 9, .right = true, .form = COLUMN_NUMBER, .rank = 1},
    {.path = "available", .title = "AVAILABLE  ", .width = 11, .right = true, .show = show_available},
    {.path = "reserved", .title = "RESERVED", .width = 8, .right = true, .form = COLUMN_NUMBER, .rank = 4},
    {.path = "sold", .title = "SOLD", .width = 7, .right = true, .form = COLUMN_NUMBER, .rank = 2},
    {.path = "threshold", .title = "LOW AT", .width = 6, .right = true, .form = COLUMN_NUMBER, .rank = 5},
};
static const struct grid_column stock_columns[] = {
    {.path = "item", .title = "ITEM", .width = 10, .right = true},
    {.path = "code", .title = "PRODUCT", .width = 11},
    {.path = "state", .title = "STATE", .width = 10, .show = show_state},
    {.path = "batch", .title = "IMPORT", .width = 7, .right = true, .rank = 2},
    {.path = "transaction_id", .title = "TRANSACTION", .width = 14, .flexible = true, .rank = 1},
    {.path = "added_at", .title = "ADDED (UTC)", .width = 14, .form = COLUMN_CLOCK, .rank = 3},
};
static const struct grid_column customer_columns[] = {
    {.path = "growid", .title = "GROWID", .width = 18},
    {.path = "balance", .title = "BALANCE WL", .width = 14, .right = true, .form = COLUMN_NUMBER},
    {.path = "user_id", .title = "USER", .width = 20, .flexible = true, .rank = 1},
    {.path = "registered_at", .title = "REGISTERED", .width = 10, .form = COLUMN_DAY, .rank = 2},
};
static const struct grid_column transaction_columns[] = {
    {.path = "created_at", .title = "TIME (UTC)", .width = 11, .form = COLUMN_MINUTE, .rank = 3},
    {.path = "transaction_id", .title = "TRANSACTION", .width = 11},
    {.path = "user_id", .title = "BUYER", .width = 19, .flexible = true, .rank = 2},
    {.path = "code", .title = "PRODUCT", .width = 10, .rank = 1},
    {.path = "quantity", .title = "N", .width = 5, .right = true, .form = COLUMN_NUMBER, .rank = 4},
    {.path = "total", .title = "TOTAL WL", .width = 9, .right = true, .form = COLUMN_NUMBER},
    {.path = "delivery", .title = "STATE", .width = 12, .rank = 2, .show = show_outcome},
};
static const struct grid_column deposit_columns[] = {
    {.path = "created_at", .title = "TIME (UTC)", .width = 14, .form = COLUMN_CLOCK, .rank = 1},
    {.path = "growid", .title = "GROWID", .width = 12},
    {.path = "amount", .title = "AMOUNT WL", .width = 11, .right = true, .form = COLUMN_NUMBER},
    {.path = "state", .title = "STATE", .width = 10, .show = show_credited},
    {.path = "reason", .title = "REASON", .width = 14, .flexible = true, .rank = 2},
    {.path = "user_id", .title = "USER", .width = 19, .rank = 3},
};
#define NUMBER_COLUMNS(title_, width_)                                                                   \
    {                                                                                                    \
        {.path = "name", .title = title_, .width = width_},                                              \
            {.path = "sales",                                                                            \
             .title = "SALES",                                                                           \
             .width = 8,                                                                                 \
             .right = true,                                                                              \
             .form = COLUMN_NUMBER,                                                                      \
             .rank = 2},                                                                                 \
            {.path = "quantity",                                                                         \
             .title = "ITEMS",                                                                           \
             .width = 8,                                                                                 \
             .right = true,                                                                              \
             .form = COLUMN_NUMBER,                                                                      \
             .rank = 3},                                                                                 \
            {.path = "total", .title = "TOTAL WL", .width = 12, .right = true, .form = COLUMN_NUMBER},   \
            {.path = "total", .title = "", .width = 4, .flexible = true, .form = COLUMN_BAR, .rank = 1}, \
    }
static const struct grid_column day_columns[] = NUMBER_COLUMNS("DAY", 10),
                                hour_columns[] = NUMBER_COLUMNS("HOUR", 16),
                                sold_columns[] = NUMBER_COLUMNS("PRODUCT", 10),
                                buyer_columns[] = NUMBER_COLUMNS("CUSTOMER", 18);

/* --- keys --- */

#define TAB_KEY                                                         \
    {                                                                   \
        .key = KEY_CODE_TAB, .help = "the next tab; Right and Left too" \
    }
#define FILTER_KEY(hint)                                                        \
    {                                                                           \
        .key = '/', .label = "Filter", .help = hint, .action = grid_open_filter \
    }
#define PRODUCT_FILTER "a part of code, name or category"
#define STOCK_FILTER "a product's code, or state:available, state:sold ..."
#define CUSTOMER_FILTER "how a GrowID begins"
#define TRANSACTION_FILTER "the buyer's GrowID or id, product:CODE, delivery:failed ..."
#define SELL "product {active?disable:enable} {tenant_id} {code}"

static const struct binding product_keys[] = {
    TAB_KEY,
    {.key = ' ', .label = "Sell", .help = "for sale or not", .command = SELL},
    {.key = KEY_CODE_ENTER,
     .label = "Edit",
     .help = "its code, name, price, description or category",
     .command = "product edit {tenant_id} {code}",
     .form = 3},
    {.key = 'n', .label = "New", .help = "another product", .command = "product add {tenant_id}", .form = 2},
    {.key = '+',
     .label = "Add",
     .help = "one item to its stock",
     .command = "stock add {tenant_id} {code}",
     .form = 3},
    {.key = 'i',
     .label = "Import",
     .help = "items from a file, one a line",
     .command = "stock import {tenant_id} {code}",
     .form = 3},
    {.key = '-',
     .help = "delete items, the newest first",
     .command = "stock reduce {tenant_id} {code}",
     .form = 3},
    {.key = 't',
     .label = "Low at",
     .help = "how few items are told as low; 0: never",
     .command = "product threshold {tenant_id} {code} {threshold|}",
     .form = 3},
    FILTER_KEY(PRODUCT_FILTER),
    {.key = 'D',
     .label = "Remove",
     .help = "take it out of the catalogue",
     .command = "product remove {tenant_id} {code}"},
    {0},
};
static const struct binding stock_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "Show",
     .help = "what is known of the item, without its content",
     .command = "stock show {tenant_id} {item}",
     .reads = true},
    {.key = 'v',
     .label = "Reveal",
     .help = "its content too: the line is typed ahead, the audit notes it",
     .command = "stock show {tenant_id} {item} --reveal",
     .typed = true},
    {.key = 'r',
     .label = "Reserve",
     .help = "keep it from being sold",
     .command = "stock reserve {tenant_id} {item}"},
    {.key = 'a',
     .label = "Release",
     .help = "let it be sold again",
     .command = "stock release {tenant_id} {item}"},
    FILTER_KEY(STOCK_FILTER),
    {0},
};
static const struct binding customer_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "History",
     .help = "what moved the balance",
     .command = "balance history {tenant_id} {user_id}"},
    {.key = '+',
     .label = "Add",
     .help = "to the balance",
     .command = "balance add {tenant_id} {user_id}",
     .form = 3},
    {.key = '-',
     .label = "Take",
     .help = "from the balance",
     .command = "balance remove {tenant_id} {user_id}",
     .form = 3},
    {.key = 'b',
     .label = "Buy",
     .help = "for this customer",
     .command = "buy {tenant_id} {user_id}",
     .form = 3},
    FILTER_KEY(CUSTOMER_FILTER),
    {.key = 'n', .label = "New", .help = "register somebody", .command = "register {tenant_id}", .form = 2},
    {.key = 'e',
     .label = "GrowID",
     .help = "another GrowID",
     .command = "register {tenant_id} {user_id} {growid|}",
     .form = 3},
    {0},
};
static const struct binding transaction_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "Show",
     .help = "all of it",
     .command = "tx show {tenant_id} {transaction_id}"},
    {.key = 'R',
     .label = "Refund",
     .help = "give the money back; the goods stay sold",
     .command = "tx refund {tenant_id} {transaction_id}",
     .ask = true},
    {.key = 'd',
     .label = "Deliver",
     .help = "send the goods again",
     .command = "stock redeliver {tenant_id} {transaction_id}",
     .ask = true},
    FILTER_KEY(TRANSACTION_FILTER),
    {0},
};
/* A reason is often longer than its column. */
static void show_deposit(struct app *app, struct view *v)
{
    if (v->type->row(v))
        app_push(app, row_view_new("deposit", v->type->row(v)));
}

static const struct binding deposit_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER, .label = "Show", .help = "the whole row", .action = show_deposit},
    {0},
};

static void by_day(struct app *app, struct view *v)
{
    tenant_open_tab(app, v, NUMBERS, &tab_numbers);
}

static const struct tab_spec tab_hours, tab_sold, tab_buyers;

static void by_hour(struct app *app, struct view *v)
{
    tenant_open_tab(app, v, NUMBERS, &tab_hours);
}

static void by_product(struct app *app, struct view *v)
{
    tenant_open_tab(app, v, NUMBERS, &tab_sold);
}

static void by_customer(struct app *app, struct view *v)
{
    tenant_open_tab(app, v, NUMBERS, &tab_buyers);
}

static const struct binding number_keys[] = {
    TAB_KEY,
    {.key = 'd', .label = "Days", .help = "sales by day", .action = by_day},
    {.key = 'h', .label = "Hours", .help = "sales by hour", .action = by_hour},
    {.key = 'p', .label = "Products", .help = "sales by product, the largest first", .action = by_product},
    {.key = 'c', .label = "Customers", .help = "sales by customer, the largest first", .action = by_customer},
    {0},
};

/* --- what a row is --- */

static const char *explain_product(const struct json *row)
{
    const char *description = json_get_string(row, "description");
    return description && *description ? description : "no description";
}

static const char *explain_transaction(const struct json *row)
{
    static const struct {
        const char *state, *text;
    } texts[] = {
        {"closed", "the buyer takes no direct messages: d sends the goods again when that has changed"},
        {"failed", "Discord did not take the goods: d sends them again"},
        {"pending", "the goods are on their way to the buyer"}};
    if (str_equal(json_get_string(row, "status"), "refunded"))
        return "the money went back; the goods stay sold";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_equal(json_get_string(row, "delivery"), texts[i].state))
            return texts[i].text;
    return NULL;
}

/* --- the tabs --- */

#define SEARCH_FILTER         \
    {                         \
        {NULL, " --search="}, \
        {                     \
            0                 \
        }                     \
    }
static const struct grid_filter product_filters[] = SEARCH_FILTER, customer_filters[] = SEARCH_FILTER,
                                stock_filters[] = {{NULL, " "}, {"state", " --state="}, {0}},
                                transaction_filters[] = {{NULL, " --user="},
                                                         {"product", " --product="},
                                                         {"delivery", " --delivery="},
                                                         {0}};

const struct tab_spec tab_products = {.name = "products",
                                      .grid = {.command = "product list {tenant_id}",
                                               .id = "code",
                                               GRID_COLUMNS(product_columns),
                                               .paged = true,
                                               .filters = product_filters,
                                               .filter_hint = PRODUCT_FILTER,
                                               .empty = "no products yet: n adds one",
                                               .explain = explain_product},
                                      .bindings = product_keys};
const struct tab_spec tab_stock = {.name = "stock",
                                   .grid = {.command = "stock list {tenant_id}",
                                            .id = "item",
                                            GRID_COLUMNS(stock_columns),
                                            .paged = true,
                                            .filters = stock_filters,
                                            .filter_hint = STOCK_FILTER,
                                            .empty = "no items yet: + and i beside a product add some"},
                                   .bindings = stock_keys};
const struct tab_spec tab_customers = {
    .name = "customers",
    .grid = {.command = "balance top {tenant_id}",
             .id = "user_id",
             GRID_COLUMNS(customer_columns),
             .paged = true,
             .filters = customer_filters,
             .filter_hint = CUSTOMER_FILTER,
             .empty = "no customers yet: they register themselves, or n does"},
    .bindings = customer_keys};
const struct tab_spec tab_transactions = {.name = "transactions",
                                          .grid = {.command = "tx list {tenant_id}",
                                                   .id = "transaction_id",
                                                   GRID_COLUMNS(transaction_columns),
                                                   .paged = true,
                                                   .filters = transaction_filters,
                                                   .filter_hint = TRANSACTION_FILTER,
                                                   .empty = "nothing was sold yet",
                                                   .explain = explain_transaction},
                                          .bindings = transaction_keys};
const struct tab_spec tab_deposits = {.name = "deposits",
                                      .grid = {.command = "deposits {tenant_id}",
                                               .id = "deposit",
                                               GRID_COLUMNS(deposit_columns),
                                               .paged = true,
                                               .empty = "no deposits yet: they are read from the channel "
                                                        "donation_log while donation is on"},
                                      .bindings = deposit_keys};

/* Days and hours are read from their end, as a log is. */
#define NUMBERS_OF(command_, columns_, keep_)      \
    {                                              \
        .name = "numbers",                         \
        .grid = {.command = command_,              \
                 .id = "name",                     \
                 GRID_COLUMNS(columns_),           \
                 .keep = keep_,                    \
                 .empty = "nothing was sold yet"}, \
        .bindings = number_keys                    \
    }
const struct tab_spec tab_numbers = NUMBERS_OF("stats {tenant_id} --by day --limit 366", day_columns, -366);
static const struct tab_spec tab_hours =
                                 NUMBERS_OF("stats {tenant_id} --by hour --limit 168", hour_columns, -168),
                             tab_sold =
                                 NUMBERS_OF("stats {tenant_id} --by product --limit 500", sold_columns, 500),
                             tab_buyers = NUMBERS_OF("stats {tenant_id} --by customer --limit 500",
                                                     buyer_columns, 500);
