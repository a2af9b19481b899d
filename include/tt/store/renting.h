/* Rental terms of tenants and what was paid for them. A tenant without a term does not expire. Functions that
 * write run inside the caller's write transaction; none changes the tenant's status (`rent` and the daemon
 * do). */
#ifndef TT_STORE_RENTING_H
#define TT_STORE_RENTING_H

#include "tt/store/customers.h"
#include "tt/store/scope.h"

#define RENT_DAYS 30 /* what a plan's price pays for; an automatic renewal */
#define RENT_DAYS_MAX 3660
#define RENT_END_TOLD (-1)   /* nothing is left but to end it */
#define RENT_PARTING_MS 3000 /* so long before the end it is told */

struct rent {
    bool set; /* false: no term, all else 0 */
    int64_t starts_at, ends_at;
    bool auto_renew;
    int64_t warned; /* days before the end of the last warning (7, 3, 1); 0 none yet; RENT_END_TOLD */
};

int rents_load(const struct tenant_scope *c, struct rent *out, struct error *e);
/* From the later of NOW and the end; a first term begins at NOW. A term that had ended begins anew at NOW.
 * Warnings start over. DAYS 1 to RENT_DAYS_MAX, or ERROR_MALFORMED. OUT (may be NULL): as it is then. */
int rents_extend(const struct tenant_scope *c, int64_t days, int64_t now, struct rent *out, struct error *e);
/* The end on a date; ERROR_MALFORMED when it is not after NOW or more than RENT_DAYS_MAX away. */
int rents_until(const struct tenant_scope *c, int64_t ends_at, int64_t now, struct rent *out,
                struct error *e);
/* ERROR_NO_SUCH: no term. *CHANGED may be NULL. */
int rents_auto(const struct tenant_scope *c, bool on, bool *changed, struct error *e);
/* The warning for DAYS has been queued, or (RENT_END_TOLD) that it ends. */
int rents_warned(const struct tenant_scope *c, int64_t days, struct error *e);

/* What the daemon has to do by NOW for tenants that are not deleted (crosses tenants): DAYS 7, 3 or 1 is a
 * warning that has not gone out (only the nearest); 0: the term of an active tenant (or one in maintenance)
 * has ended: renew it where RENT says so, else expire the tenant; or it ends within RENT_PARTING_MS, is not
 * renewed, and that has not been told. At most LIMIT, of TENANT alone unless it is NULL. */
int rents_due(struct store *s, const char *tenant, int64_t now, int limit,
              void (*each)(void *, const char *tenant, const struct rent *rent, int days), void *context,
              struct error *e);
/* When rents_due() can next have something, ms; INT64_MAX not before BY; -1 error. Crosses tenants. */
int64_t rents_next_due(struct store *s, const char *tenant, int64_t by);

/* --- payments --- */

/* They outlive their tenant, but then nobody lists them: what is erased leaves its id free. */

enum payment_status {
    PAYMENT_PENDING,
    PAYMENT_COMPLETED,
    PAYMENT_FAILED,
    PAYMENT_CANCELLED,
    PAYMENT_REFUNDED,
    PAYMENT_STATUS_COUNT
};
extern const char *const payment_status_words[PAYMENT_STATUS_COUNT + 1];

struct payment {
    int64_t payment;  /* its number; 0 before it is added */
    int64_t amount;   /* hundredths of the currency; above 0 */
    char currency[4]; /* three capitals */
    char method[51];
    enum payment_status status;
    char reference[101]; /* of the payer's bank; "" none; once per tenant */
    int64_t created_at;
};

/* "25", "25.5", "25.50": hundredths, above 0; ERROR_MALFORMED (field "amount") otherwise. */
int payment_amount_parse(const char *text, int64_t *hundredths, struct error *e);
/* Append "25.50". */
void payment_amount_format(int64_t hundredths, struct str *out);
/* "usd" -> "USD"; ERROR_MALFORMED (field "currency"). */
int payment_currency_parse(const char *text, char out[4], struct error *e);

/* *NUMBER (may be NULL) is the new one's. ERROR_TAKEN: the reference is there already. */
int payments_add(const struct tenant_scope *c, const struct payment *p, int64_t *number, struct error *e);
/* ERROR_NO_SUCH (field "n"): the tenant has no payment of that number. *CHANGED (may be NULL): it had another
 * status. */
int payments_set_status(const struct tenant_scope *c, int64_t payment, enum payment_status status,
                        bool *changed, struct error *e);
/* Newest first. Ids of rows are numbers of payments. */
int payments_list(const struct tenant_scope *c, const struct paging *page,
                  void (*each)(void *, const struct payment *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e);

#endif
