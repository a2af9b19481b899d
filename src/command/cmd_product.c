#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"

static int code_text_check(const char *text, struct error *e)
{
    char code[PRODUCT_CODE_TEXT];
    return product_code_normalise(text, code, e);
}

/* As it was typed: a number of WL is nothing that he who writes in BGL knows. */
static int price_said_check(const char *text, int64_t price, struct error *e)
{
    if (price_check(price, NULL) == 0)
        return 0;
    return error_set(e, ERROR_MALFORMED, "price", "bad price '%s'; expected 1 to %d WL", text,
                     PRODUCT_PRICE_MAX);
}

/* At the lowest rates, so that none is refused that the tenant's own would allow. */
static int price_text_check(const char *text, struct error *e)
{
    static const struct money_units lowest = {1, 1};
    int64_t price;
    return money_parse("price", text, &lowest, &price, e) || price_said_check(text, price, e) ? -1 : 0;
}

static const struct arg_spec add_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_TEXT, .help = "2 to 10 of A-Z, 0-9 and _", .check = code_text_check},
    {.name = "name", .type = ARG_TEXT, .help = "1 to 50 characters", .check = product_name_check},
    {.name = "price",
     .type = ARG_TEXT,
     .help = "of one: 1500, \"15 DL\", \"1 BGL, 2 DL\"",
     .check = price_text_check},
    {0},
};
static const struct option_spec add_options[] = {
    {.name = "--category",
     .value = "C",
     .type = ARG_TEXT,
     .help = "up to 50 characters",
     .check = category_check},
    {.name = "--description",
     .value = "D",
     .type = ARG_TEXT,
     .help = "up to 200 characters",
     .check = description_check},
    {0},
};
static const struct arg_spec edit_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "field", .type = ARG_WORD, .words = product_field_words},
    {.name = "value", .type = ARG_REST, .help = "`none` clears a description or category"},
    {0},
};
static const struct arg_spec code_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {0},
};
static const struct arg_spec threshold_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "n", .type = ARG_NUMBER, .help = "`logs` is told when so few are left; 0: never"},
    {0},
};
static const struct arg_spec list_args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};
static const struct option_spec list_options[] = {
    {.name = "--search", .value = "TEXT", .type = ARG_TEXT, .help = "part of code, name or category"},
    {.name = "--active", .type = ARG_TEXT, .help = "only those for sale"},
    {0},
};

/* --- writes --- */

static int read_price(struct command_context *c, const char *text, int64_t *price, struct error *e)
{
    struct money_units units = money_units_of(&c->tenant);
    return money_parse("price", text, &units, price, e) || price_said_check(text, *price, e) ? -1 : 0;
}

static int add(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct product p = {.active = true};
    struct str price = STR_INIT;
    const char *name = arg_text(c, "name"), *category = option_text(c, "--category"),
               *description = option_text(c, "--description");

    if (product_code_normalise(arg_text(c, "code"), p.code, e) ||
        read_price(c, arg_text(c, "price"), &p.price, e))
        return -1;
    str_copy(p.name, sizeof p.name, name);
    str_copy(p.category, sizeof p.category, category ? category : "");
    str_copy(p.description, sizeof p.description, description ? description : "");
    if (products_add(&scope, &p, c->now, NULL, e))
        return -1;
    c->changed = true;
    command_extra(c, "code", json_new_string(p.code));
    money_words(c, p.price, &price);
    command_done(c, "product %s added to %s for %s", p.code, c->tenant.id, str_text(&price));
    str_release(&price);
    return 0;
}

/* The value as it is stored, in OUT. */
static int read_value(struct command_context *c, enum product_field field, char out[1024], struct error *e)
{
    const char *value = arg_text(c, "value");
    bool none = str_equal(value, "none");
    int64_t price;

    str_copy(out, 1024, value);
    switch (field) {
    case PRODUCT_FIELD_CODE:
        return product_code_normalise(value, out, e);
    case PRODUCT_FIELD_NAME:
        return product_name_check(value, e);
    case PRODUCT_FIELD_PRICE:
        if (read_price(c, value, &price, e))
            return -1;
        snprintf(out, 1024, "%" PRId64, price);
        return 0;
    case PRODUCT_FIELD_DESCRIPTION:
    case PRODUCT_FIELD_CATEGORY:
        if (none)
            out[0] = '\0';
        return field == PRODUCT_FIELD_CATEGORY ? category_check(out, e) : description_check(out, e);
    case PRODUCT_FIELD_COUNT:
        break;
    }
    return 0;
}

/* The new value for people. */
static void value_words(const struct command_context *c, enum product_field field, const char *value,
                        struct str *out)
{
    if (field == PRODUCT_FIELD_PRICE)
        money_words(c, strtoll(value, NULL, 10), out);
    else
        str_add(out, *value ? value : "none");
}

static int edit(struct command_context *c, struct error *e)
{
    struct str words = STR_INIT;
    struct tenant_scope scope = command_scope(c);
    enum product_field field = (enum product_field)arg_index(c, "field");
    const char *code = arg_text(c, "code");
    char value[1024];

    if (read_value(c, field, value, e) || products_set(&scope, code, field, value, c->now, &c->changed, e))
        return -1;
    value_words(c, field, value, &words);
    command_done(c, c->changed ? "%s of %s is %s" : "%s of %s is already %s", product_field_words[field],
                 code, str_text(&words));
    str_release(&words);
    return 0;
}

/* Asked before the question too: nobody types a name for what is refused then. */
static int check_removable(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *code = arg_text(c, "code");
    struct product p;

    if (products_load(&scope, code, &p, e))
        return -1;
    int64_t n = p.available + p.reserved;
    if (!n)
        return 0;
    error_set(e, ERROR_REFUSED, "code", "%s has %" PRId64 " %s in stock", code, n, ITEMS(n));
    if (!p.available)
        return error_hint(e, "they are reserved: `stock release %s ITEM`; `stock list %s %s` has the numbers",
                          c->tenant.id, c->tenant.id, code);
    return error_hint(e, "sell them or `stock reduce %s %s %" PRId64 "`, or `product disable %s %s`",
                      c->tenant.id, code, p.available, c->tenant.id, code);
}

static int take_away(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *code = arg_text(c, "code");

    if (check_removable(c, e))
        return -1;
    if (products_remove(&scope, code, c->now, e))
        return -1;
    c->changed = true;
    command_done(c, "product %s removed from %s", code, c->tenant.id);
    return 0;
}

static int set_active(struct command_context *c, bool active, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *code = arg_text(c, "code"), *word = active ? "for sale" : "not for sale";

    if (products_set_active(&scope, code, active, c->now, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "%s is %s" : "%s is already %s", code, word);
    return 0;
}

static int enable(struct command_context *c, struct error *e)
{
    return set_active(c, true, e);
}

static int disable(struct command_context *c, struct error *e)
{
    return set_active(c, false, e);
}

static int set_threshold(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *code = arg_text(c, "code");
    int64_t n = arg_number(c, "n", 0);

    if (threshold_check(n, e) || products_set_threshold(&scope, code, n, c->now, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "threshold of %s is %" PRId64 : "threshold of %s is already %" PRId64, code,
                 n);
    return 0;
}

/* --- reads --- */

static const struct column columns[] = {
    {"code", "CODE", false},         {"name", "NAME", false},       {"price", "PRICE WL", true},
    {"category", "CATEGORY", false}, {"active", "FOR SALE", false}, {"available", "AVAILABLE", true},
    {"reserved", "RESERVED", true},  {"sold", "SOLD", true},        {"threshold", "LOW AT", true},
    {"description", NULL, false},    {"created_at", NULL, false},   {"updated_at", NULL, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void row(void *context, const struct product *p)
{
    struct command_context *c = context;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_TEXT(p->code),        CELL_OF_TEXT(p->name),       CELL_OF_INT(p->price),
        CELL_OF_TEXT(p->category),    CELL_OF_BOOL(p->active),     CELL_OF_INT(p->available),
        CELL_OF_INT(p->reserved),     CELL_OF_INT(p->sold),        CELL_OF_INT(p->threshold),
        CELL_OF_TEXT(p->description), CELL_OF_TIME(p->created_at), CELL_OF_TIME(p->updated_at),
    };
    writer_table_row(c->w, cells);
}

static int list(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct product_query q = {
        .active = option_given(c, "--active"), .search = option_text(c, "--search"), .page = c->paging};
    char next[PRODUCT_CODE_TEXT] = "";
    int64_t total = -1;

    page_begin(c, columns, COLUMN_COUNT);
    if (products_list(&scope, &q, row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

static int show(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct product p;

    if (products_load(&scope, arg_text(c, "code"), &p, e))
        return -1;
    struct json *j = json_new_object();
    json_set_string(j, "code", p.code);
    json_set_string(j, "name", p.name);
    json_set_int(j, "price", p.price);
    json_set_string(j, "category", p.category);
    json_set_string(j, "description", p.description);
    json_set_bool(j, "active", p.active);
    json_set_int(j, "available", p.available);
    json_set_int(j, "reserved", p.reserved);
    json_set_int(j, "sold", p.sold);
    json_set_int(j, "threshold", p.threshold);
    json_set_time(j, "created_at", p.created_at);
    json_set_time(j, "updated_at", p.updated_at);
    money_document(c, j, (const char *const[]){"price", NULL});
    json_free(j);
    return 0;
}

/* --- specs --- */

#define PRODUCT_WRITE                                             \
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD, \
    .right = RIGHT_SHOP(PERMISSION_MANAGE_PRODUCTS), .group = GROUP_SHOP
#define PRODUCT_READ .right = RIGHT_SHOP(PERMISSION_MANAGE_PRODUCTS), .group = GROUP_SHOP

const struct command_spec command_product_add = {
    .name = "product add",
    .inverse = &command_product_remove,
    .args = add_args,
    .options = add_options,
    PRODUCT_WRITE,
    .makes = (const char *const[]){"code", NULL},
    .summary = "add a product to a tenant's catalogue",
    .example = "product add tenant01 DL \"Diamond Lock\" \"5 BGL\" --category locks",
    .run = add,
};

const struct command_spec command_product_edit = {
    .name = "product edit",
    .args = edit_args,
    PRODUCT_WRITE,
    .summary = "change a product's code, name, price, description or category",
    .example = "product edit tenant01 DL price 45000",
    .run = edit,
};

const struct command_spec command_product_list = {
    .name = "product list",
    .args = list_args,
    .options = list_options,
    .flags = COMMAND_DISCORD | COMMAND_PAGING,
    PRODUCT_READ,
    .summary = "list a tenant's products with their stock",
    .example = "product list tenant01",
    .run = list,
};

const struct command_spec command_product_show = {
    .name = "product show",
    .args = code_args,
    .flags = COMMAND_DISCORD,
    PRODUCT_READ,
    .summary = "show one product",
    .example = "product show tenant01 DL",
    .run = show,
};

const struct command_spec command_product_remove = {
    .name = "product remove",
    .args = code_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_DESTRUCTIVE,
    PRODUCT_READ,
    .summary = "take a product without stock out of the catalogue",
    .detail = "Its sales stay, its code is free. While it has items in stock it is refused: sell or reduce "
              "them, or disable the product.",
    .example = "product remove tenant01 DL --yes",
    .prepare = check_removable,
    .run = take_away,
};

const struct command_spec command_product_enable = {
    .name = "product enable",
    .args = code_args,
    PRODUCT_WRITE,
    .summary = "offer a product for sale",
    .example = "product enable tenant01 DL",
    .run = enable,
};

const struct command_spec command_product_disable = {
    .name = "product disable",
    .args = code_args,
    PRODUCT_WRITE,
    .summary = "stop selling a product; its stock stays",
    .example = "product disable tenant01 DL",
    .run = disable,
};

const struct command_spec command_product_threshold = {
    .name = "product threshold",
    .args = threshold_args,
    PRODUCT_WRITE,
    .summary = "tell the channel `logs` when few items are left",
    .example = "product threshold tenant01 DL 10",
    .run = set_threshold,
};
