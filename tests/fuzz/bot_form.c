/* What members fill in: any data of an interaction of type 5, as far as a form's handler. It is answered with
 * a message that Discord takes, and no money or goods appear or vanish. */
#include "daemon.h"
#include "store.h"
#include "tt/base/text.h"
#include "tt/store/purchase.h"
#include "tt/store/stock.h"

#define BUYER INT64_C(444444444444444001)
#define MONEY 1000
#define PRICE 3
#define ITEMS 40

static struct snapshot *snapshot;
static struct tenant_scope scope;
static int64_t product;

static void drop_snapshot(void)
{
    snapshot_drop(snapshot);
}

static void fill(void)
{
    struct product p = {.code = "DL", .name = "Lock", .price = PRICE, .active = true};
    struct tenant t;
    char line[16];
    fuzz_tenant(&t);
    t.features[FEATURE_SHOP] = t.features[FEATURE_LIVE_STOCK] = true;
    must(store_begin(store, NULL) == 0);
    must(tenants_create(store, &t, NOW, NULL) == 0);
    must(products_add(&scope, &p, NOW, &product, NULL) == 0);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(line, sizeof line, "secret %d", i);
        must(stock_add(&scope, product, line, strlen(line), NOW, &(int64_t){0}, NULL) == 0);
    }
    must(customers_register(&scope, BUYER, "Budi99", LIMIT_NONE, NOW, NULL, NULL) == 0);
    must(ledger_move(&scope, BUYER, MONEY, ENTRY_ADJUSTMENT, 0, NULL, NOW, &money_units_default, NULL,
                     NULL) == 0);
    must(store_commit(store, NULL) == 0);
    tenant_release(&t);
}

static void prepare(void)
{
    struct tenant t;
    fuzz_store_open();
    atexit(drop_snapshot);
    scope = scope_of(store, "tenant01");
    fill();
    must(tenants_load(store, "tenant01", &t, NULL) == 0);
    snapshot = snapshot_new(&t, bot_features());
    tenant_release(&t);
}

static void check_effects(const struct effects *out)
{
    int answers = 0;
    for (const struct effect *effect = out->first; effect; effect = effect->next) {
        const char *content = json_get_string(effect->document, "content");
        must(effect->kind == EFFECT_ANSWER);
        must(effect->secret);
        must(content && *content && text_valid(content, strlen(content)) && text_length(content) <= 2000);
        must(json_count(json_at(effect->document, "allowed_mentions.parse")) == 0);
        must(json_at(effect->document, "allowed_mentions.parse"));
        answers++;
    }
    must(answers == 1);
}

static void check_books(bool bought)
{
    struct customer customer;
    int64_t counts[STOCK_STATE_COUNT];
    must(customers_load(&scope, BUYER, &customer, NULL) == 0);
    must(stock_counts(&scope, product, counts, NULL) == 0);
    must(counts[STOCK_AVAILABLE] + counts[STOCK_SOLD] == ITEMS);
    must(customer.balance == MONEY - PRICE * counts[STOCK_SOLD]);
    must((counts[STOCK_SOLD] > 0) == bought);
}

static void submit(const struct handler *h, const char *text, const struct json *data, int64_t user)
{
    struct effects out;
    struct error e = {0};
    struct json *inputs = module_inputs(data);
    struct module_context c = {.snapshot = snapshot,
                               .tenant = &snapshot->tenant,
                               .features = bot_features(),
                               .language = user & 1 ? LANGUAGE_EN : LANGUAGE_ID,
                               .store = store,
                               .now = NOW,
                               .latency_ms = -1,
                               .server = "Store",
                               .user_id = user,
                               .user_name = "buyer",
                               .command = h->name,
                               .text = text,
                               .options = inputs,
                               .interaction = true,
                               .out = &out};
    effects_init(&out);
    must(store_begin(store, NULL) == 0);
    must(h->run(&c, &e) == 0);
    check_effects(&out);
    check_books(out.tx != 0);
    store_rollback(store);
    effects_release(&out);
    json_free(inputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!store)
        prepare();
    char *text = fuzz_bytes(data, size);
    struct json *j = json_parse(text, size, NULL);
    const char *custom_id = json_get_string(j, "custom_id"), *rest;
    const struct module *off;
    const struct handler *h = custom_id ? module_act(&snapshot->tenant, custom_id, true, &rest, &off) : NULL;
    if (h) {
        submit(h, rest, j, BUYER);
        submit(h, rest, j, BUYER + 1);
    }
    json_free(j);
    free(text);
    return 0;
}
