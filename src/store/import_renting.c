/* Subscriptions and payments of rental_bot.db. They name the renter; some name a tenant as well. */
#include "import.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/store/renting.h"
#include "tt/store/tenants.h"

/* The tenant that the row names, else the only one of its renter in the file. */
static int scope_of_renter(struct import_row *r, struct tenant_scope *out, struct error *e)
{
    struct query q;
    struct error why = {0};
    int64_t renter, n = 0;

    if (import_scope(r, out, &why) == 0)
        return 0;
    if (why.code != ERROR_NO_SUCH) {
        *e = why;
        return -1;
    }
    if (import_id(r, "discord_id", &renter, e))
        return -1;
    int step =
        query_open(&q, r->store, e, "SELECT tenant_id FROM tenants WHERE discord_id = ?1 AND deleted_at = 0",
                   "i", renter);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        if (import_vouched(r, query_text(&q, 0)) && ++n == 1)
            *out = scope_of(r->store, query_text(&q, 0));
    query_close(&q);
    if (step < 0)
        return -1;
    return n == 1 ? 0
                  : error_set(e, ERROR_NO_SUCH, "tenant",
                              "it names no tenant, and its renter has %" PRId64 " of them", n);
}

/* --- subscriptions --- */

enum subscription { SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EXPIRED, SUBSCRIPTION_CANCELLED };

static int save_term(const struct tenant_scope *c, int64_t from, int64_t to, bool renew, struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO rents (tenant_id, starts_at, ends_at, auto_renew) VALUES (?1, ?2, ?3, ?4)",
                   "tiid", c->tenant, from, to, (int)renew);
}

/* Where the tenant has none from elsewhere. */
static int take_token(struct import_row *r, const struct tenant_scope *c, struct error *e)
{
    struct tenant t;
    int status = tenants_load(r->store, c->tenant, &t, e);

    if (status == 0 && (status = import_is_fresh(r, t.id)) == 1)
        status = import_token(r, &t, e);
    tenant_release(&t);
    return status < 0 ? -1 : 0;
}

int import_subscription(struct import_row *r, enum import_fate *fate, struct error *e)
{
    static const char *const states[] = {"active", "expired", "cancelled", NULL};
    struct tenant_scope c;
    struct rent rent;
    const char *word = import_text(r, "status");
    int state = import_word(r, "status", states, -1);
    int64_t from = import_time(r, "start_date", r->now), to = import_time(r, "end_date", 0);

    if (scope_of_renter(r, &c, e) || rents_load(&c, &rent, e))
        return -1;
    if (word && state < 0)
        return error_set(e, ERROR_REFUSED, "status", "a subscription that is '%.40s' is no term", word);
    if (to <= from)
        return error_set(e, ERROR_REFUSED, "end_date", "it does not end after it began");
    if (rent.set && rent.starts_at == from && rent.ends_at == to) {
        *fate = IMPORT_THERE;
        return 0;
    }
    if (rent.set)
        return error_set(e, ERROR_TAKEN, "tenant", "%s has a term already", c.tenant);
    bool cancelled = state == SUBSCRIPTION_CANCELLED;
    if (cancelled)
        import_note(r, "it is cancelled: the term lasts to its end and is not renewed");
    if (save_term(&c, from, to, !cancelled && import_bool(r, "auto_renew", true), e))
        return -1;
    return take_token(r, &c, e);
}

/* --- payments --- */

/* A REAL of the currency in hundredths, as near as they come. */
static int take_amount(struct import_row *r, int64_t *out, struct error *e)
{
    const char *text = import_text(r, "amount");
    char *end = NULL;
    double d = text ? strtod(text, &end) : 0;

    if (!text || *end || !(d > 0) || d > 1e12)
        return error_set(e, ERROR_MALFORMED, "amount", "'%.40s' is no amount above 0", text ? text : "");
    *out = (int64_t)(d * 100 + 0.5);
    if (!*out)
        return error_set(e, ERROR_MALFORMED, "amount", "it is less than a hundredth");
    if ((double)*out / 100 != d) {
        struct str rounded = STR_INIT;
        payment_amount_format(*out, &rounded);
        import_note(r, "amount %.40s is rounded to %s", text, str_text(&rounded));
        str_release(&rounded);
    }
    return 0;
}

int import_payment(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct payment p = {.created_at = import_time(r, "created_at", r->now)};
    const char *currency = import_text(r, "currency");
    struct error why = {0};

    if (scope_of_renter(r, &c, e) || take_amount(r, &p.amount, e) ||
        payment_currency_parse(currency ? currency : "USD", p.currency, e))
        return -1;
    int state = import_word(r, "status", payment_status_words, -1);
    if (state < 0)
        return error_set(e, ERROR_REFUSED, "status", "status '%.40s' is unknown",
                         import_text(r, "status") ? import_text(r, "status") : "");
    p.status = (enum payment_status)state;
    import_cut(r, "method", sizeof p.method - 1, p.method, sizeof p.method);
    import_cut(r, "transaction_id", sizeof p.reference - 1, p.reference, sizeof p.reference);
    if (!p.reference[0])
        snprintf(p.reference, sizeof p.reference, "payment-%" PRId64, r->number);
    if (payments_add(&c, &p, NULL, &why) == 0)
        return 0;
    if (why.code == ERROR_TAKEN) {
        *fate = IMPORT_THERE;
        str_clear(&r->notes);
        return 0;
    }
    *e = why;
    return -1;
}
