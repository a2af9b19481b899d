#include "listing.h"
#include "tt/store/renting.h"

const char *const payment_status_words[PAYMENT_STATUS_COUNT + 1] = {
    [PAYMENT_PENDING] = "pending",     [PAYMENT_COMPLETED] = "completed", [PAYMENT_FAILED] = "failed",
    [PAYMENT_CANCELLED] = "cancelled", [PAYMENT_REFUNDED] = "refunded",
};

#define AMOUNT_MOST INT64_C(100000000000000) /* hundredths */
#define COLUMNS "payment, amount, currency, method, status, reference, created_at"

/* --- amounts --- */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool scan_amount(const char *s, int64_t *hundredths)
{
    int64_t whole = 0, part = 0;
    if (!digit(*s))
        return false;
    for (; digit(*s) && whole <= AMOUNT_MOST; s++)
        whole = whole * 10 + (*s - '0');
    if (*s == '.') {
        if (!digit(s[1]) || (s[2] && (!digit(s[2]) || s[3])))
            return false;
        part = (s[1] - '0') * 10 + (s[2] ? s[2] - '0' : 0);
        s = "";
    }
    *hundredths = whole * 100 + part;
    return *s == '\0' && *hundredths > 0 && *hundredths <= AMOUNT_MOST;
}

int payment_amount_parse(const char *text, int64_t *hundredths, struct error *e)
{
    int64_t value;
    if (!scan_amount(text, &value))
        return error_set(e, ERROR_MALFORMED, "amount", "bad amount '%.64s'; expected one such as 25 or 25.50",
                         text);
    *hundredths = value;
    return 0;
}

void payment_amount_format(int64_t hundredths, struct str *out)
{
    str_addf(out, "%lld.%02lld", (long long)(hundredths / 100), (long long)(hundredths % 100));
}

int payment_currency_parse(const char *text, char out[4], struct error *e)
{
    size_t n = 0;
    for (; n < 3; n++) {
        char c = text[n];
        out[n] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        if (out[n] < 'A' || out[n] > 'Z')
            break;
    }
    out[n] = '\0';
    if (n == 3 && text[3] == '\0')
        return 0;
    return error_set(e, ERROR_MALFORMED, "currency",
                     "bad currency '%.16s'; expected three letters such as USD", text);
}

/* --- rows --- */

int payments_add(const struct tenant_scope *c, const struct payment *p, int64_t *number, struct error *e)
{
    int64_t there = 0;
    int found = p->reference[0]
                    ? sql_int(c->store, e, &there,
                              "SELECT payment FROM payments WHERE tenant_id = ?1 AND reference = ?2"
                              " AND reference <> ''",
                              "tt", c->tenant, p->reference)
                    : 0;
    if (found < 0)
        return -1;
    if (found)
        return error_set(e, ERROR_TAKEN, "reference", "payment %lld has the reference '%s'", (long long)there,
                         p->reference);
    if (sql_run(c->store, e,
                "INSERT INTO payments (tenant_id, amount, currency, method, status, reference, created_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                "titttti", c->tenant, p->amount, p->currency, p->method, payment_status_words[p->status],
                p->reference, p->created_at))
        return -1;
    if (number)
        *number = sqlite3_last_insert_rowid(c->store->db);
    return 0;
}

int payments_set_status(const struct tenant_scope *c, int64_t payment, enum payment_status status,
                        bool *changed, struct error *e)
{
    const char *word = payment_status_words[status];
    int64_t same = 0;
    int found =
        sql_int(c->store, e, &same, "SELECT status = ?3 FROM payments WHERE tenant_id = ?1 AND payment = ?2",
                "tit", c->tenant, payment, word);

    if (found < 0)
        return -1;
    if (!found) {
        error_set(e, ERROR_NO_SUCH, "n", "no payment %lld", (long long)payment);
        return error_hint(e, "`payment list %s` has the numbers", c->tenant);
    }
    if (changed)
        *changed = !same;
    return same
               ? 0
               : sql_run(c->store, e, "UPDATE payments SET status = ?3 WHERE tenant_id = ?1 AND payment = ?2",
                         "tit", c->tenant, payment, word);
}

struct payment_list {
    struct store *store;
    void (*each)(void *, const struct payment *);
    void *context;
};

static int give(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e)
{
    const struct payment_list *list = context;
    int status = stored_word(list->store, payment_status_words, query_text(q, 4), e);
    if (status < 0)
        return -1;
    struct payment payment = {.payment = query_int(q, 0),
                              .amount = query_int(q, 1),
                              .status = (enum payment_status)status,
                              .created_at = query_int(q, 6)};
    str_copy(payment.currency, sizeof payment.currency, query_text(q, 2));
    str_copy(payment.method, sizeof payment.method, query_text(q, 3));
    str_copy(payment.reference, sizeof payment.reference, query_text(q, 5));
    snprintf(id, LIST_NEXT_TEXT, "%lld", (long long)payment.payment);
    list->each(list->context, &payment);
    return 0;
}

int payments_list(const struct tenant_scope *c, const struct paging *page,
                  void (*each)(void *, const struct payment *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e)
{
    struct payment_list list = {c->store, each, context};
    struct listing l = {.scope = c,
                        .columns = COLUMNS,
                        .from = "FROM payments WHERE tenant_id = ?1",
                        .second = "payment",
                        .row = give,
                        .context = &list};
    struct listing_key key = {0};
    const char *text = listing_anchor(page);
    if (text && listing_number("payment", text, &key.second, e))
        return -1;
    return listing_page(&l, page, text ? &key : NULL, total, next, e);
}
