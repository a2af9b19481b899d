/* Rows on their way in. What a file says is taken for nothing but words of somebody: every value passes the
 * checks that a command's would. */
#include "portable.h"

#include "tt/base/mem.h"
#include "tt/domain/token.h"
#include "tt/store/renting.h"
#include "transactions.h"

int portable_word(const char *const *words, const struct portable_value *v, const char *field,
                  struct error *e)
{
    int i = word_index(words, v->text);
    if (i < 0)
        error_set(e, ERROR_UNKNOWN_WORD, field, "%s '%.40s' is unknown", field, v->text);
    return i;
}

/* --- the tenant and its configuration --- */

enum tenant_column { TENANT_NAME, TENANT_RENTER, TENANT_GUILD, TENANT_STATUS, TENANT_PLAN, TENANT_CREATED };

int take_tenant(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e)
{
    int status = portable_word(tenant_status_words, &v[TENANT_STATUS], "status", e);
    int plan = portable_word(plan_words, &v[TENANT_PLAN], "plan", e);
    struct tenant t;

    (void)fate;
    if (p->made)
        return error_set(e, ERROR_REFUSED, "tenant", "a tenant has one row");
    if (status < 0 || plan < 0)
        return -1;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, p->scope.tenant);
    t.name = mem_strdup(v[TENANT_NAME].text);
    t.discord_id = v[TENANT_RENTER].number;
    t.guild_id = v[TENANT_GUILD].number;
    t.status = (enum tenant_status)status;
    t.plan = (enum plan)plan;
    int result = tenants_create(p->store, &t, p->now, e);
    tenant_release(&t);
    if (result == 0)
        result = sql_run(p->store, e, "UPDATE tenants SET created_at = ?2 WHERE tenant_id = ?1", "ti",
                         p->scope.tenant, v[TENANT_CREATED].number);
    p->made = result == 0;
    return result;
}

static int load(struct portable_in *p, struct tenant *t, struct error *e)
{
    return tenants_load(p->store, p->scope.tenant, t, e);
}

int take_feature(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e)
{
    int feature = portable_word(feature_words, &v[0], "feature", e);
    struct tenant t;

    (void)fate;
    int status = feature < 0 ? -1 : load(p, &t, e);
    if (status)
        return -1;
    if (!plan_allows_feature(t.plan, (enum feature)feature))
        status = error_set(e, ERROR_NOT_IN_PLAN, "feature", "%s is not in the plan %s",
                           feature_words[feature], plan_words[t.plan]);
    else
        status = tenants_set_feature(p->store, t.id, (enum feature)feature, true, NULL, e);
    tenant_release(&t);
    return status;
}

int take_permission(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                    struct error *e)
{
    int permission = portable_word(permission_words, &v[0], "permission", e);
    struct tenant t;

    (void)fate;
    int status = permission < 0 ? -1 : load(p, &t, e);
    if (status)
        return -1;
    if (!plan_allows_permission(t.plan, (enum permission)permission))
        status = error_set(e, ERROR_NOT_IN_PLAN, "permission", "%s is not in the plan %s",
                           permission_words[permission], plan_words[t.plan]);
    else
        status = tenants_set_permission(p->store, t.id, (enum permission)permission, true, NULL, e);
    tenant_release(&t);
    return status;
}

int take_channel(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e)
{
    int type = portable_word(channel_words, &v[0], "type", e);

    (void)fate;
    return type < 0
               ? -1
               : tenants_set_channel(p->store, p->scope.tenant, (enum channel)type, v[1].number, NULL, e);
}

int take_config(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e)
{
    int key = portable_word(config_words, &v[0], "key", e);
    char *value = NULL;

    (void)fate;
    if (key < 0 || config_check((enum config_key)key, v[1].text, &value, e))
        return -1;
    int status = tenants_set_config(p->store, p->scope.tenant, (enum config_key)key, value, NULL, e);
    free(value);
    return status;
}

enum setting_column { SETTING_FEATURE, SETTING_KEY, SETTING_VALUE };

int take_setting(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e)
{
    int feature = portable_word(feature_words, &v[SETTING_FEATURE], "feature", e);
    const char *key = v[SETTING_KEY].text;
    char *value = NULL;
    struct tenant t;

    (void)fate;
    if (feature < 0)
        return -1;
    const struct feature_spec *spec = feature_find(p->features, (enum feature)feature);
    if (!spec)
        return error_set(e, ERROR_UNKNOWN_WORD, "feature", "%s has no settings in this version",
                         feature_words[feature]);
    int status = load(p, &t, e);
    if (status == 0 && setting_check(spec, &t, key, v[SETTING_VALUE].text, &value, e) == 0)
        status = tenants_set_setting(p->store, t.id, (enum feature)feature, key, value, NULL, e);
    else
        status = -1;
    tenant_release(&t);
    free(value);
    return status;
}

int portable_unseal(struct portable_in *p, const struct portable_value *v, const char *context,
                    struct error *e)
{
    struct str sealed = STR_INIT;
    int status = p->keys && crypto_unbase64(v->text, v->n, &sealed) == 0 ? 0 : -1;

    str_clear(&p->text);
    if (status == 0)
        status = crypto_open(&p->keys->seal, context, sealed.data, sealed.len, &p->text, NULL);
    str_release(&sealed);
    return status ? error_set(e, ERROR_REFUSED, "sealed", "what is sealed here does not open: it is damaged")
                  : 0;
}

int take_token(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e)
{
    char context[PORTABLE_CONTEXT_TEXT];

    (void)fate;
    snprintf(context, sizeof context, PORTABLE_TOKEN_CONTEXT, p->source);
    if (portable_unseal(p, &v[TOKEN_SEALED], context, e) || token_check(&p->text, e) ||
        tokens_set(p->store, p->scope.tenant, str_text(&p->text), v[TOKEN_APPLICATION].number, e))
        return -1;
    p->token = true;
    return 0;
}

/* --- renting --- */

enum payment_column {
    PAYMENT_AMOUNT,
    PAYMENT_CURRENCY,
    PAYMENT_METHOD,
    PAYMENT_STATUS,
    PAYMENT_REFERENCE,
    PAYMENT_TIME
};

/* A reference is there once: the first row that has it counts. */
int take_payment(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e)
{
    struct payment payment = {.amount = v[PAYMENT_AMOUNT].number, .created_at = v[PAYMENT_TIME].number};
    struct error why = {0};
    int status = portable_word(payment_status_words, &v[PAYMENT_STATUS], "status", e);

    if (status < 0 || payment_currency_parse(v[PAYMENT_CURRENCY].text, payment.currency, e))
        return -1;
    payment.status = (enum payment_status)status;
    if (!str_copy(payment.method, sizeof payment.method, v[PAYMENT_METHOD].text) ||
        !str_copy(payment.reference, sizeof payment.reference, v[PAYMENT_REFERENCE].text))
        return error_set(e, ERROR_MALFORMED, "reference", "the method or the reference is too long");
    if (payments_add(&p->scope, &payment, NULL, &why) == 0)
        return 0;
    if (why.code == ERROR_TAKEN) {
        *fate = IMPORT_THERE;
        return 0;
    }
    *e = why;
    return -1;
}

/* --- numbers --- */

int take_numbers(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e)
{
    (void)fate, (void)e;
    for (int i = 0; i < 3; i++)
        p->numbers[i] = v[i].number;
    return 0;
}

/* --- transactions --- */

int portable_transaction(const struct portable_in *p, const char *id, int64_t *tx, struct error *e)
{
    int found = sql_int(p->store, e, tx, "SELECT tx FROM former_ids WHERE tenant_id = ?1 AND id = ?2", "tt",
                        p->scope.tenant, id);
    return found == 1  ? 0
           : found < 0 ? -1
                       : error_set(e, ERROR_REFUSED, "transaction_id",
                                   "the transaction '%.64s' does not stand in front of it", id);
}

/* From now on ID leads to TX. */
static int keep_id(const struct portable_in *p, const char *id, int64_t tx, struct error *e)
{
    return sql_run(p->store, e, "INSERT INTO former_ids (tenant_id, id, tx) VALUES (?1, ?2, ?3)", "tti",
                   p->scope.tenant, id, tx);
}

int take_former_id(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                   struct error *e)
{
    int64_t tx;

    (void)fate;
    return portable_transaction(p, v[0].text, &tx, e) || keep_id(p, v[1].text, tx, e) ? -1 : 0;
}

/* The columns that purchases and refunds have in common, behind their ids. */
enum sale_column {
    SALE_FOREIGN,
    SALE_USER,
    SALE_PRODUCT,
    SALE_CODE,
    SALE_QUANTITY,
    SALE_TOTAL,
    SALE_STATUS,
    SALE_DELIVERY,
    SALE_COPIES,
    SALE_TIME
};

static int add_transaction(struct portable_in *p, struct transaction *t, const struct portable_value *id,
                           const struct portable_value *v, struct error *e)
{
    int status = portable_word(transaction_status_words, &v[SALE_STATUS], "status", e);
    int delivery =
        status < 0 ? -1 : portable_word(transaction_delivery_words, &v[SALE_DELIVERY], "delivery", e);
    int64_t tx;

    if (delivery < 0)
        return -1;
    t->status = (enum transaction_status)status;
    t->delivery = (enum transaction_delivery)delivery;
    t->user_id = v[SALE_USER].number;
    t->product = v[SALE_PRODUCT].number;
    t->quantity = v[SALE_QUANTITY].number;
    t->total = v[SALE_TOTAL].number;
    t->created_at = v[SALE_TIME].number;
    if (t->delivery == TRANSACTION_ON_ITS_WAY) {
        t->delivery = TRANSACTION_LOST;
        str_add(&p->notes, "its goods were on their way from where it comes: nothing is sent from here; "
                           "`stock redeliver` does");
    }
    if (!str_copy(t->foreign_id, sizeof t->foreign_id, v[SALE_FOREIGN].text) ||
        !str_copy(t->code, sizeof t->code, v[SALE_CODE].text))
        return error_set(e, ERROR_MALFORMED, "transaction_id", "an id or the code is too long");
    if (transactions_add(&p->scope, t, &tx, e) || keep_id(p, id->text, tx, e))
        return -1;
    return v[SALE_COPIES].number == 0
               ? 0
               : sql_run(p->store, e, "UPDATE transactions SET copies = ?3 WHERE tenant_id = ?1 AND tx = ?2",
                         "tii", p->scope.tenant, tx, v[SALE_COPIES].number);
}

int take_purchase(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                  struct error *e)
{
    struct transaction t = {.type = TRANSACTION_PURCHASE};

    (void)fate;
    return add_transaction(p, &t, &v[0], &v[1], e);
}

int take_refund(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e)
{
    struct transaction t = {.type = TRANSACTION_REFUND};

    (void)fate;
    if (v[1].n && portable_transaction(p, v[1].text, &t.refunds, e))
        return -1;
    return add_transaction(p, &t, &v[0], &v[2], e);
}
