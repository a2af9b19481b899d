#include "package.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/render/notice.h"
#include "tt/render/shop.h"
#include "tt/store/outbox.h"
#include "tt/store/products.h"
#include "tt/store/purchase.h"
#include "tt/store/stock.h"

struct package *package_new(const struct delivery *row)
{
    struct package *p = mem_zero(1, sizeof *p);
    p->delivery = row->delivery;
    p->kind = row->kind;
    p->tx = row->tx;
    p->copy = row->copy;
    p->left = row->left;
    p->user_id = row->user_id;
    p->tried_at = row->tried_at;
    p->after_id = row->after_id;
    p->attempts = row->attempts;
    p->goods = row->kind == DELIVERY_GOODS;
    *(p->goods ? &p->asked_in : &p->channel_id) = row->channel_id;
    p->text = mem_strdup(row->document);
    str_copy(p->tenant, sizeof p->tenant, row->tenant);
    snprintf(p->nonce, sizeof p->nonce, "d%" PRId64, p->delivery);
    return p;
}

void package_free(struct package *p)
{
    if (!p)
        return;
    json_wipe(p->document);
    str_release(&p->mark);
    str_wipe(&p->file);
    free(p->file_name);
    free(p->text);
    free(p);
}

struct items {
    char **lines;
    size_t count;
    bool masked;
};

static void keep(void *context, int64_t item, const char *line, size_t n)
{
    struct items *items = context;
    (void)item;
    items->lines = mem_resize(items->lines, items->count + 1, sizeof *items->lines);
    char *copy = items->lines[items->count++] = mem_strndup(line, n);
    if (items->masked)
        memset(copy, '*', n);
}

static void items_release(struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        mem_wipe(items->lines[i], strlen(items->lines[i]));
        free(items->lines[i]);
    }
    free(items->lines);
}

static int fill_goods(struct package *p, const struct tenant_scope *scope, const struct sale_view *sale,
                      struct error *e)
{
    struct items items = {.masked = p->masked};
    int rc = stock_items_of(scope, p->tx, keep, &items, e);
    if (rc == 0 && !items.count)
        p->broken = "its items are gone";
    if (rc == 0 && items.count)
        p->document =
            render_goods(sale, (const char *const *)items.lines, items.count, &p->file_name, &p->file);
    render_goods_mark(sale, &p->mark);
    items_release(&items);
    return rc;
}

static enum language language_of(const struct tenant *t)
{
    return str_equal(tenant_config(t, CONFIG_LANGUAGE), "en") ? LANGUAGE_EN : LANGUAGE_ID;
}

static int fill_low_stock(struct package *p, struct store *s, const struct tenant *t, struct error *e)
{
    struct tenant_scope scope = scope_of(s, t->id);
    struct transaction tx;
    struct str text = STR_INIT;
    char left[24];
    if (p->tx && transactions_load(&scope, p->tx, &tx, e))
        return -1;
    snprintf(left, sizeof left, "%" PRId64, p->left);
    message_add(&text, language_of(t), MESSAGE_LOW_STOCK, "code", p->tx ? tx.code : p->text, "left", left,
                NULL);
    p->document = render_text(str_text(&text), 0);
    str_release(&text);
    return 0;
}

static int fill_sale(struct package *p, struct store *s, const struct tenant *t, struct error *e)
{
    struct tenant_scope scope = scope_of(s, t->id);
    struct transaction tx;
    struct product product;
    if (transactions_load(&scope, p->tx, &tx, e) || products_load_number(&scope, tx.product, &product, e))
        return -1;
    str_copy(p->id, sizeof p->id, tx.id);
    struct sale_view sale = {
        .language = language_of(t),
        .units = money_units_of(t),
        .zone = tenant_config(t, CONFIG_TIMEZONE),
        .id = tx.id,
        .code = tx.code,
        .name = product.name,
        .user_id = tx.user_id,
        .quantity = tx.quantity,
        .total = tx.total,
        .time = tx.created_at,
        .copy = p->copy,
    };
    if (p->kind == DELIVERY_GOODS)
        return fill_goods(p, &scope, &sale, e);
    p->document = p->kind == DELIVERY_PURCHASE_LOG ? render_purchase_log(&sale) : render_history_buy(&sale);
    return 0;
}

/* --- the DM channel --- */

#define REMOTE_DM "dm." /* and the user: a channel's id */

int dm_channel_set(struct store *s, const char *tenant, int64_t user, int64_t channel, struct error *e)
{
    char what[40], value[24];
    snprintf(what, sizeof what, REMOTE_DM "%" PRId64, user);
    snprintf(value, sizeof value, "%" PRId64, channel);
    return remote_set(s, tenant, what, value, e);
}

static int dm_channel_get(struct store *s, const char *tenant, int64_t user, int64_t *channel,
                          struct error *e)
{
    struct str value = STR_INIT;
    char what[40];
    snprintf(what, sizeof what, REMOTE_DM "%" PRId64, user);
    int rc = remote_get(s, tenant, what, &value, e);
    *channel = strtoll(str_text(&value), NULL, 10);
    str_release(&value);
    return rc;
}

/* --- */

static int fill(struct package *p, struct store *s, struct error *e)
{
    struct tenant t;
    if (!p->channel_id && dm_channel_get(s, p->tenant, p->user_id, &p->dm_channel, e))
        return -1;
    if (p->kind == DELIVERY_NOTICE) {
        p->document = json_parse(p->text, strlen(p->text), NULL);
        p->broken = p->document ? NULL : "its message cannot be read";
        return 0;
    }
    int rc = tenants_load(s, p->tenant, &t, e);
    if (rc == 0)
        rc = p->kind == DELIVERY_LOW_STOCK ? fill_low_stock(p, s, &t, e) : fill_sale(p, s, &t, e);
    tenant_release(&t);
    return rc;
}

void package_fill(struct package *p, struct store *s)
{
    struct error why = {0};
    if (fill(p, s, &why) == 0)
        return;
    if (why.code == ERROR_NO_SUCH)
        p->broken = "what it tells of is gone";
    else
        str_copy(p->trouble, sizeof p->trouble, why.message);
}

bool package_is(const struct package *p, const struct json *message)
{
    struct str sent = STR_INIT, seen = STR_INIT;
    const char *text = json_get_string(message, "content"), *nonce = json_get_string(message, "nonce");
    if (nonce)
        return str_equal(nonce, p->nonce);
    if (p->mark.len)
        return text && strstr(text, str_text(&p->mark));
    str_add(&sent, json_get_string(p->document, "content"));
    str_add(&seen, text);
    str_trim(&sent);
    str_trim(&seen);
    bool same = sent.len && str_equal(str_text(&sent), str_text(&seen));
    str_release(&sent);
    str_release(&seen);
    return same;
}
