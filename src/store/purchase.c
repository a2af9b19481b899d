#include "tt/store/purchase.h"

#include "ledger.h"
#include "transactions.h"
#include "tt/store/deliveries.h"
#include "tt/store/sales.h"
#include "tt/store/stock.h"

void sale_terms_of(const struct tenant *t, struct sale_terms *out)
{
    *out = (struct sale_terms){.units = money_units_of(t),
                               .zone = tenant_config(t, CONFIG_TIMEZONE),
                               .purchase_log = t->channels[CHANNEL_PURCHASE_LOG],
                               .history_buy = t->channels[CHANNEL_HISTORY_BUY],
                               .logs = t->channels[CHANNEL_LOGS]};
}

/* --- may it be? --- */

/* What is bought, as one query gives it. */
struct offer {
    char code[PRODUCT_CODE_TEXT];
    bool active;
    int64_t threshold;
};

static int refuse(struct purchase *p, enum purchase_refusal refusal)
{
    p->refusal = refusal;
    return -1;
}

static int read_buyer(const struct tenant_scope *c, struct purchase *p, struct error *e)
{
    int found = sql_int(c->store, e, &p->balance,
                        "SELECT balance FROM customers WHERE tenant_id = ?1 AND user_id = ?2", "ti",
                        c->tenant, p->user_id);
    if (found == 1)
        return 0;
    if (found < 0)
        return -1;
    error_set(e, ERROR_REFUSED, "user", "%lld is not registered", (long long)p->user_id);
    error_hint(e, "`register` comes first");
    return refuse(p, PURCHASE_NOT_REGISTERED);
}

static int read_offer(const struct tenant_scope *c, struct purchase *p, struct offer *offer, struct error *e)
{
    struct query q;
    if (product_code_normalise(p->code, offer->code, e))
        return refuse(p, PURCHASE_NO_PRODUCT);
    int step = query_open(&q, c->store, e,
                          "SELECT p.product, p.price, p.active, p.threshold, n.available FROM products p"
                          " JOIN stock_counts n ON n.tenant_id = p.tenant_id AND n.product = p.product"
                          " WHERE p.tenant_id = ?1 AND p.code = ?2 AND p.removed_at = 0",
                          "tt", c->tenant, offer->code);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        p->product = query_int(&q, 0);
        p->price = query_int(&q, 1);
        offer->active = query_int(&q, 2) != 0;
        offer->threshold = query_int(&q, 3);
        p->available = query_int(&q, 4);
    }
    query_close(&q);
    if (step)
        return step < 0 ? -1 : 0;
    products_missing(c, offer->code, e);
    return refuse(p, PURCHASE_NO_PRODUCT);
}

static int check_offer(struct purchase *p, const struct offer *offer, struct error *e)
{
    if (!offer->active) {
        error_set(e, ERROR_REFUSED, "code", "the product '%s' is not on sale", offer->code);
        return refuse(p, PURCHASE_INACTIVE);
    }
    if (p->available >= p->quantity)
        return 0;
    if (p->available)
        error_set(e, ERROR_REFUSED, "n", "only %lld of '%s' %s left", (long long)p->available, offer->code,
                  p->available == 1 ? "is" : "are");
    else
        error_set(e, ERROR_REFUSED, "n", "nothing of '%s' is left", offer->code);
    return refuse(p, PURCHASE_STOCK);
}

static int check_money(struct purchase *p, const struct money_units *units, struct error *e)
{
    p->total = p->price * p->quantity; /* at most 10^9 times STOCK_TAKE_MAX */
    if (p->balance >= p->total)
        return 0;
    struct str total = STR_INIT, balance = STR_INIT;
    money_format(p->total, units, &total);
    money_format(p->balance, units, &balance);
    error_set(e, ERROR_REFUSED, "user", "it costs %s; the balance is %s", str_text(&total),
              str_text(&balance));
    str_release(&total);
    str_release(&balance);
    return refuse(p, PURCHASE_MONEY);
}

static int check(const struct tenant_scope *c, const struct sale_terms *terms, struct purchase *p,
                 struct offer *offer, struct error *e)
{
    if (p->quantity < 1 || p->quantity > STOCK_TAKE_MAX) {
        error_set(e, ERROR_MALFORMED, "n", "bad n '%lld'; expected a whole number from 1 to %d",
                  (long long)p->quantity, STOCK_TAKE_MAX);
        return refuse(p, PURCHASE_QUANTITY);
    }
    if (read_buyer(c, p, e) || read_offer(c, p, offer, e) || check_offer(p, offer, e))
        return -1;
    return check_money(p, &terms->units, e);
}

/* --- the sale --- */

static int claim(const struct tenant_scope *c, struct purchase *p, struct error *e)
{
    int64_t items[STOCK_TAKE_MAX];
    int claimed = stock_claim(c, p->product, p->quantity, p->tx, items, &p->available, e);
    if (claimed == 0) /* the count said otherwise */
        return error_set(e, ERROR_INTERNAL, NULL,
                         "the stock does not have what its count says; run `doctor`");
    return claimed < 0 ? -1 : 0;
}

static int queue_goods(const struct tenant_scope *c, struct purchase *p, int64_t now, struct error *e)
{
    struct new_delivery d = {.kind = delivery_kind_words[DELIVERY_GOODS],
                             .tx = p->tx,
                             .user_id = p->user_id,
                             .channel_id = p->asked_in};
    return deliveries_add(c, &d, now, &p->goods, e);
}

static int queue_post(const struct tenant_scope *c, const struct purchase *p, enum delivery_kind kind,
                      int64_t channel, int64_t now, struct error *e)
{
    struct new_delivery d = {.kind = delivery_kind_words[kind],
                             .tx = p->tx,
                             .user_id = p->user_id,
                             .channel_id = channel,
                             .items_left = kind == DELIVERY_LOW_STOCK ? p->available : 0};
    return channel ? deliveries_add(c, &d, now, NULL, e) : 0;
}

static int queue_all(const struct tenant_scope *c, const struct sale_terms *terms, struct purchase *p,
                     int64_t now, struct error *e)
{
    if (queue_goods(c, p, now, e) || queue_post(c, p, DELIVERY_PURCHASE_LOG, terms->purchase_log, now, e) ||
        queue_post(c, p, DELIVERY_HISTORY_BUY, terms->history_buy, now, e))
        return -1;
    return p->low ? queue_post(c, p, DELIVERY_LOW_STOCK, terms->logs, now, e) : 0;
}

int purchase_make(const struct tenant_scope *c, const struct sale_terms *terms, struct purchase *p,
                  int64_t now, struct error *e)
{
    struct offer offer = {0};
    struct transaction t = {.type = TRANSACTION_PURCHASE,
                            .status = TRANSACTION_COMPLETED,
                            .delivery = TRANSACTION_ON_ITS_WAY,
                            .user_id = p->user_id,
                            .quantity = p->quantity,
                            .created_at = now};
    const struct receipt_key *key = store_receipt_key(c->store, e);

    p->refusal = PURCHASE_OK;
    if (!key || check(c, terms, p, &offer, e))
        return -1;
    t.product = p->product;
    t.total = p->total;
    str_copy(t.code, sizeof t.code, offer.code);
    int64_t before = p->available;
    if (transactions_add(c, &t, &p->tx, e) || claim(c, p, e) ||
        ledger_write(c, p->user_id, -p->total, ENTRY_PURCHASE, p->tx, NULL, now, NULL, e) ||
        sales_add(c, terms, p->product, p->user_id, p->quantity, p->total, 1, now, e))
        return -1;
    p->balance -= p->total;
    p->low = threshold_crossed(offer.threshold, before, p->available);
    receipt_format(key, p->tx, p->id);
    return queue_all(c, terms, p, now, e);
}

/* --- back --- */

static int refuse_refund(const struct transaction *t, struct error *e)
{
    if (t->type == TRANSACTION_REFUND)
        return error_set(e, ERROR_REFUSED, "tx", "%s is a refund itself", t->id);
    if (t->status == TRANSACTION_REFUNDED)
        return error_set(e, ERROR_REFUSED, "tx", "%s was refunded already", t->id);
    return error_set(e, ERROR_REFUSED, "tx", "%s is %s: nothing was paid", t->id,
                     transaction_status_words[t->status]);
}

static int write_refund(const struct tenant_scope *c, const struct sale_terms *terms,
                        const struct transaction *t, int64_t now, int64_t *number, struct error *e)
{
    struct transaction refund = {.type = TRANSACTION_REFUND,
                                 .status = TRANSACTION_COMPLETED,
                                 .user_id = t->user_id,
                                 .product = t->product,
                                 .quantity = t->quantity,
                                 .total = t->total,
                                 .refunds = t->tx,
                                 .created_at = now};
    str_copy(refund.code, sizeof refund.code, t->code);
    if (deliveries_withdraw(c, t, now, e) || transactions_add(c, &refund, number, e))
        return -1;
    if (t->total > 0 && ledger_move(c, t->user_id, t->total, ENTRY_REFUND, *number, NULL, now, &terms->units,
                                    NULL, e)) /* an imported one may have cost nothing */
        return -1;
    if (sql_run(c->store, e, "UPDATE transactions SET status = 'refunded' WHERE tx = ?2 AND tenant_id = ?1",
                "ti", c->tenant, t->tx))
        return -1;
    if (t->foreign_id[0]) /* no number of here counted its sale */
        return 0;
    return sales_add(c, terms, t->product, t->user_id, t->quantity, t->total, -1, now, e);
}

int purchase_refund(const struct tenant_scope *c, const struct sale_terms *terms, int64_t tx, int64_t now,
                    struct transaction *out, struct error *e)
{
    struct transaction t;
    int64_t number = 0;

    if (transactions_load(c, tx, &t, e))
        return -1;
    if (t.type != TRANSACTION_PURCHASE || t.status != TRANSACTION_COMPLETED)
        return refuse_refund(&t, e);
    if (store_savepoint(c->store, e))
        return -1;
    if (write_refund(c, terms, &t, now, &number, e)) {
        store_rollback_to(c->store);
        return -1;
    }
    if (store_release(c->store, e))
        return -1;
    return out ? transactions_load(c, number, out, e) : 0;
}
