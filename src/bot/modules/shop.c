/* shop: what buyers do, by prefix command, slash command, button and form. All roads end in the same
 * handlers; answers to buttons and slash commands are for the asker's eyes only. */
#include "module.h"

#include <inttypes.h>

#include "shop_view.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"
#include "tt/render/shop.h"
#include "tt/store/purchase.h"

#define HISTORY_ROWS 10
#define RATE_MAX 1000000
#define WORLD_MAX 100

/* --- answers --- */

static void answer_text(struct module_context *c, const struct str *text)
{
    effect_answer(c->out, render_text(str_text(text), 0), c->interaction);
}

/* MESSAGE with up to three places, ended by NULL. */
static void answer(struct module_context *c, enum message message, const char *a, const char *a_value,
                   const char *b, const char *b_value)
{
    struct str text = STR_INIT;
    message_add(&text, c->language, message, a ? a : "", a_value ? a_value : "", b ? b : "",
                b_value ? b_value : "", NULL);
    answer_text(c, &text);
    str_release(&text);
}

static void answer_unregistered(struct module_context *c)
{
    answer(c, MESSAGE_NOT_REGISTERED, "prefix", tenant_config(c->tenant, CONFIG_PREFIX), NULL, NULL);
}

static char *money_text(const struct module_context *c, int64_t wl)
{
    struct money_units units = money_units_of(c->tenant);
    struct str text = STR_INIT;
    money_format(wl, &units, &text);
    return str_take(&text);
}

/* The asker as a customer: 1; 0: is none, and was told so; -1. */
static int customer_of(struct module_context *c, struct customer *out, struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    struct error why = {0};
    if (customers_load(&scope, c->user_id, out, &why) == 0)
        return 1;
    if (why.code != ERROR_NO_SUCH) {
        *e = why;
        return -1;
    }
    answer_unregistered(c);
    return 0;
}

/* --- register --- */

static int register_growid(struct module_context *c, const char *growid, struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    int64_t limit = plan_limits(c->tenant->plan)->registered_members;
    struct error why = {0};
    bool changed;
    char number[24];
    if (growid_check("growid", growid, &why)) {
        answer(c, MESSAGE_GROWID_FORM, "growid", growid, NULL, NULL);
        return 0;
    }
    if (customers_register(&scope, c->user_id, growid, limit, c->now, &changed, &why) == 0) {
        answer(c, changed ? MESSAGE_REGISTERED : MESSAGE_GROWID_KEPT, "growid", growid, NULL, NULL);
    } else if (why.code == ERROR_TAKEN) {
        answer(c, MESSAGE_GROWID_TAKEN, "growid", growid, NULL, NULL);
    } else if (why.code == ERROR_NOT_IN_PLAN) {
        snprintf(number, sizeof number, "%" PRId64, limit);
        answer(c, MESSAGE_MEMBERS_FULL, "limit", number, NULL, NULL);
    } else {
        *e = why;
        return -1;
    }
    return 0;
}

static int run_register(struct module_context *c, struct error *e)
{
    char *growid = module_argument(c, "growid", 0, true);
    int rc = register_growid(c, growid ? growid : "", e);
    free(growid);
    return rc;
}

/* --- balance, world, history --- */

static int run_balance(struct module_context *c, struct error *e)
{
    struct customer customer;
    int found = customer_of(c, &customer, e);
    if (found == 1) {
        char *balance = money_text(c, customer.balance);
        answer(c, MESSAGE_BALANCE_IS, "growid", customer.growid, "balance", balance);
        free(balance);
    }
    return found < 0 ? -1 : 0;
}

static int run_world(struct module_context *c, struct error *e)
{
    const char *world = tenant_setting(c->tenant, FEATURE_SHOP, "world");
    const char *owner = tenant_setting(c->tenant, FEATURE_SHOP, "world_owner");
    const char *bot = tenant_setting(c->tenant, FEATURE_SHOP, "world_bot");
    struct str text = STR_INIT;
    (void)e;
    if (world)
        message_add(&text, c->language, MESSAGE_WORLD_IS, "world", world, "owner", owner ? owner : "-", "bot",
                    bot ? bot : "-", NULL);
    else
        message_add(&text, c->language, MESSAGE_WORLD_NONE, NULL);
    answer_text(c, &text);
    str_release(&text);
    return 0;
}

struct telling {
    const struct module_context *c;
    struct str text;
};

static void tell(void *context, const struct transaction *t)
{
    struct telling *telling = context;
    const struct module_context *c = telling->c;
    char *total = money_text(c, t->total), quantity[24], date[TIME_TEXT];
    snprintf(quantity, sizeof quantity, "%" PRId64, t->quantity);
    zone_format(tenant_config(c->tenant, CONFIG_TIMEZONE), t->created_at, date);
    message_add(&telling->text, c->language,
                t->type == TRANSACTION_REFUND ? MESSAGE_HISTORY_REFUND : MESSAGE_HISTORY_LINE, "id", t->id,
                "date", date, "quantity", quantity, "code", t->code, "total", total, NULL);
    str_add_char(&telling->text, '\n');
    free(total);
}

static int run_history(struct module_context *c, struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    struct transaction_query q = {.user = c->user_id, .page = {.limit = HISTORY_ROWS}};
    struct telling telling = {.c = c};
    char next[LIST_NEXT_TEXT];
    int rc = transactions_list(&scope, &q, tell, &telling, NULL, next, e);
    if (rc == 0) {
        if (!telling.text.len)
            message_add(&telling.text, c->language, MESSAGE_HISTORY_EMPTY, NULL);
        str_trim(&telling.text);
        answer_text(c, &telling.text);
    }
    str_release(&telling.text);
    return rc;
}

/* --- products --- */

static size_t page_of(const char *text)
{
    size_t page = 0;
    for (; *text >= '0' && *text <= '9' && page < 10000; text++)
        page = page * 10 + (size_t)(*text - '0');
    return page;
}

static int run_products(struct module_context *c, struct error *e)
{
    struct shop_stock stock;
    int rc = shop_stock_load(c->store, c->tenant, c->language, &stock, e);
    if (rc == 0)
        effect_answer(c->out, render_shop(&stock.view, 0, c->interaction), c->interaction);
    shop_stock_release(&stock);
    return rc;
}

/* Turning a page of a message that others see opens one that only the asker sees. */
static int run_page(struct module_context *c, struct error *e)
{
    struct shop_stock stock;
    int rc = shop_stock_load(c->store, c->tenant, c->language, &stock, e);
    if (rc == 0) {
        struct json *page = render_shop(&stock.view, page_of(c->text), true);
        if (c->personal)
            effect_update(c->out, page);
        else
            effect_answer(c->out, page, true);
    }
    shop_stock_release(&stock);
    return rc;
}

/* --- buy --- */

/* With the way to change it, where the shop says one. */
static void answer_short(struct module_context *c, const char *total, const char *balance)
{
    const char *world = tenant_setting(c->tenant, FEATURE_SHOP, "world");
    struct str text = STR_INIT;
    message_add(&text, c->language, MESSAGE_MONEY_SHORT, "total", total, "balance", balance, NULL);
    if (world) {
        str_add_char(&text, '\n');
        message_add(&text, c->language, MESSAGE_PAY_IN, "world", world, NULL);
    }
    answer_text(c, &text);
    str_release(&text);
}

static void answer_refusal(struct module_context *c, const struct purchase *p)
{
    char have[24], most[24], *total = money_text(c, p->total), *balance = money_text(c, p->balance);
    snprintf(have, sizeof have, "%" PRId64, p->available);
    snprintf(most, sizeof most, "%d", STOCK_TAKE_MAX);
    switch (p->refusal) {
    case PURCHASE_NOT_REGISTERED:
        answer_unregistered(c);
        break;
    case PURCHASE_OK:
    case PURCHASE_NO_PRODUCT:
        answer(c, MESSAGE_NO_PRODUCT, "code", p->code, NULL, NULL);
        break;
    case PURCHASE_INACTIVE:
        answer(c, MESSAGE_INACTIVE, "code", p->code, NULL, NULL);
        break;
    case PURCHASE_QUANTITY:
        answer(c, MESSAGE_QUANTITY_FORM, "most", most, NULL, NULL);
        break;
    case PURCHASE_STOCK:
        answer(c, p->available ? MESSAGE_STOCK_FEW : MESSAGE_STOCK_NONE, "code", p->code, "have", have);
        break;
    case PURCHASE_MONEY:
        answer_short(c, total, balance);
        break;
    }
    free(total);
    free(balance);
}

static void answer_bought(struct module_context *c, const struct purchase *p)
{
    char quantity[24], *total = money_text(c, p->total), *balance = money_text(c, p->balance);
    struct str text = STR_INIT;
    snprintf(quantity, sizeof quantity, "%" PRId64, p->quantity);
    message_add(&text, c->language, MESSAGE_BOUGHT, "quantity", quantity, "code", p->code, "total", total,
                "balance", balance, "id", p->id, NULL);
    answer_text(c, &text);
    str_release(&text);
    free(total);
    free(balance);
}

/* 0: not a whole number above zero. */
static int64_t quantity_of(const char *text)
{
    int64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && n <= STOCK_TAKE_MAX; p++)
        n = n * 10 + (*p - '0');
    return *p ? 0 : n;
}

static int buy(struct module_context *c, const char *code, const char *quantity, struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    struct purchase p = {
        .user_id = c->user_id, .code = code, .quantity = quantity_of(quantity), .asked_in = c->channel_id};
    struct sale_terms terms;
    struct error why = {0};
    sale_terms_of(c->tenant, &terms);
    if (purchase_make(&scope, &terms, &p, c->now, &why) == 0) {
        answer_bought(c, &p);
        c->out->queued = true;
        c->out->shop = true;
        c->out->tx = p.tx;
    } else if (p.refusal != PURCHASE_OK) {
        answer_refusal(c, &p);
    } else {
        *e = why;
        return -1;
    }
    return 0;
}

static int run_buy(struct module_context *c, struct error *e)
{
    char *code = module_argument(c, "code", 0, false), *quantity = module_argument(c, "quantity", 1, true);
    for (char *p = code; p && *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    int rc = 0;
    if ((code && quantity) || c->interaction)
        rc = buy(c, code ? code : "", quantity ? quantity : "", e);
    else
        answer(c, MESSAGE_BUY_USAGE, "prefix", tenant_config(c->tenant, CONFIG_PREFIX), NULL, NULL);
    free(code);
    free(quantity);
    return rc;
}

/* --- forms --- */

static int run_register_form(struct module_context *c, struct error *e)
{
    (void)e;
    effect_form(c->out, render_register_form(c->language));
    return 0;
}

static int run_buy_form(struct module_context *c, struct error *e)
{
    (void)e;
    effect_form(c->out, render_buy_form(c->language, NULL));
    return 0;
}

/* --- the spec --- */

static const struct setting_spec settings[] = {
    {.key = "staff_roles",
     .type = SETTING_ID_LIST,
     .max = 20,
     .roles = true,
     .help = "roles whose members may run the shop, as the renter may"},
    {.key = "dl_rate",
     .type = SETTING_INT,
     .otherwise = "100",
     .min = 1,
     .max = RATE_MAX,
     .help = "WL in a DL"},
    {.key = "bgl_rate",
     .type = SETTING_INT,
     .otherwise = "10000",
     .min = 1,
     .max = RATE_MAX,
     .help = "WL in a BGL"},
    {.key = "world", .type = SETTING_TEXT, .min = 1, .max = WORLD_MAX, .help = "the world of deposits"},
    {.key = "world_owner", .type = SETTING_TEXT, .min = 1, .max = WORLD_MAX, .help = "who owns that world"},
    {.key = "world_bot", .type = SETTING_TEXT, .min = 1, .max = WORLD_MAX, .help = "the bot in that world"},
    {0},
};

static const struct buyer_option register_options[] = {
    {.name = "growid",
     .type = OPTION_STRING,
     .required = true,
     .help = "3 to 18 letters and digits",
     .help_id = "3 sampai 18 huruf dan angka"},
    {0},
};
static const struct buyer_option buy_options[] = {
    {.name = "code",
     .type = OPTION_STRING,
     .required = true,
     .help = "the product's code",
     .help_id = "kode produk"},
    {.name = "quantity", .type = OPTION_INTEGER, .required = true, .help = "how many", .help_id = "jumlah"},
    {0},
};

static const struct buyer_command buyer_commands[] = {
    {.name = "register",
     .help = "Register with your GrowID",
     .help_id = "Daftar dengan GrowID",
     .options = register_options},
    {.name = "balance", .help = "Show your balance", .help_id = "Lihat saldo"},
    {.name = "products", .help = "Show the products", .help_id = "Lihat produk"},
    {.name = "buy", .help = "Buy a product", .help_id = "Beli produk", .options = buy_options},
    {.name = "history", .help = "Show your purchases", .help_id = "Lihat riwayat pembelian"},
    {0},
};

static const struct handler commands[] = {
    {.name = "register", .access = HANDLER_WRITES, .run = run_register},
    {.name = "balance", .access = HANDLER_READS, .run = run_balance},
    {.name = "products", .access = HANDLER_READS, .run = run_products},
    {.name = "buy", .access = HANDLER_WRITES, .run = run_buy},
    {.name = "history", .access = HANDLER_READS, .run = run_history},
    {0},
};

static const struct handler buttons[] = {
    {.name = "register", .access = HANDLER_PURE, .run = run_register_form},
    {.name = "balance", .access = HANDLER_READS, .run = run_balance},
    {.name = "world", .access = HANDLER_PURE, .run = run_world},
    {.name = "buy", .access = HANDLER_PURE, .run = run_buy_form},
    {.name = "history", .access = HANDLER_READS, .run = run_history},
    {.name = "page", .access = HANDLER_READS, .run = run_page},
    {0},
};

static const struct handler forms[] = {
    {.name = "register", .access = HANDLER_WRITES, .run = run_register},
    {.name = "buy", .access = HANDLER_WRITES, .run = run_buy},
    {0},
};

static const struct feature_spec spec = {
    .feature = FEATURE_SHOP,
    .settings = settings,
    .commands = buyer_commands,
};

extern const struct module module_shop;
const struct module module_shop = {.spec = &spec, .commands = commands, .buttons = buttons, .forms = forms};
