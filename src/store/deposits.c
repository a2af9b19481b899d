#include "tt/store/deposits.h"

#include "ledger.h"
#include "listing.h"

#define COLUMNS "deposit, message_id, growid, user_id, amount, state, reason, created_at"

static struct deposit read_deposit(const struct query *q)
{
    struct deposit out = {.deposit = query_int(q, 0),
                          .message_id = query_int(q, 1),
                          .user_id = query_int(q, 3),
                          .amount = query_int(q, 4),
                          .credited = str_equal(query_text(q, 5), "credited"),
                          .created_at = query_int(q, 7)};
    str_copy(out.growid, sizeof out.growid, query_text(q, 2));
    str_copy(out.reason, sizeof out.reason, query_text(q, 6));
    return out;
}

/* 1 it was counted before, 0 not, -1 */
static int find(const struct tenant_scope *c, int64_t message_id, struct deposit *out, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT " COLUMNS " FROM deposits WHERE tenant_id = ?1 AND message_id = ?2", "ti",
                          c->tenant, message_id);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        *out = read_deposit(&q);
    query_close(&q);
    return step;
}

static int refuse(struct deposit *d, const char *reason)
{
    d->credited = false;
    d->user_id = 0;
    str_copy(d->reason, sizeof d->reason, reason);
    return 0;
}

/* Move the money; what stands against it becomes the reason. */
static int credit(const struct tenant_scope *c, struct deposit *d, int64_t *balance,
                  enum deposit_result *result, struct error *e)
{
    struct customer customer;
    struct error why = {0};
    if (customers_load_growid(c, d->growid, &customer, &why)) {
        *result = DEPOSIT_NOBODY;
        if (why.code == ERROR_NO_SUCH)
            return refuse(d, why.message);
        return error_set(e, why.code, NULL, "%s", why.message);
    }
    if (d->amount < 1 || d->amount > MONEY_MAX - customer.balance)
        return refuse(d, "the balance cannot hold so much");
    d->credited = true;
    *result = DEPOSIT_CREDITED;
    d->user_id = customer.user_id;
    if (balance)
        *balance = customer.balance + d->amount;
    return ledger_write(c, customer.user_id, d->amount, ENTRY_DEPOSIT, d->message_id, NULL, d->created_at,
                        NULL, e);
}

static int note(const struct tenant_scope *c, struct deposit *d, struct error *e)
{
    if (sql_run(
            c->store, e,
            "INSERT INTO deposits (tenant_id, message_id, growid, user_id, amount, state, reason, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            "titiitti", c->tenant, d->message_id, d->growid, d->user_id, d->amount,
            d->credited ? "credited" : "refused", d->reason, d->created_at))
        return -1;
    d->deposit = sqlite3_last_insert_rowid(c->store->db);
    return 0;
}

int deposits_take(const struct tenant_scope *c, int64_t message_id, const struct donation *donation,
                  const char *reason, int64_t now, enum deposit_result *result, struct deposit *out,
                  int64_t *balance, struct error *e)
{
    int seen = find(c, message_id, out, e);
    if (balance)
        *balance = 0;
    *result = DEPOSIT_SEEN;
    if (seen)
        return seen < 0 ? -1 : 0;
    *out = (struct deposit){.message_id = message_id, .amount = donation->amount, .created_at = now};
    str_copy(out->growid, sizeof out->growid, donation->growid);
    *result = DEPOSIT_REFUSED;
    if (reason ? refuse(out, reason) : credit(c, out, balance, result, e))
        return -1;
    return note(c, out, e);
}

int64_t deposits_refused_at(const struct tenant_scope *c, int nth, struct error *e)
{
    int64_t at = 0;
    int found = sql_int(c->store, e, &at,
                        "SELECT created_at FROM deposits WHERE tenant_id = ?1 AND state = 'refused'"
                        " ORDER BY deposit DESC LIMIT 1 OFFSET ?2",
                        "ti", c->tenant, (int64_t)nth - 1);
    return found < 0 ? -1 : at;
}

/* --- the list --- */

struct deposit_list {
    void (*each)(void *, const struct deposit *);
    void *context;
};

static int give(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e)
{
    const struct deposit_list *list = context;
    struct deposit deposit = read_deposit(q);
    (void)e;
    snprintf(id, LIST_NEXT_TEXT, "%lld", (long long)deposit.deposit);
    list->each(list->context, &deposit);
    return 0;
}

int deposits_list(const struct tenant_scope *c, bool refused, const struct paging *page,
                  void (*each)(void *, const struct deposit *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e)
{
    struct deposit_list list = {each, context};
    struct listing l = {.scope = c,
                        .columns = COLUMNS,
                        .from = refused ? "FROM deposits WHERE tenant_id = ?1 AND state = 'refused'"
                                        : "FROM deposits WHERE tenant_id = ?1",
                        .second = "deposit",
                        .row = give,
                        .context = &list};
    struct listing_key key = {0};
    const char *text = listing_anchor(page);
    if (text && listing_number("deposit", text, &key.second, e))
        return -1;
    return listing_page(&l, page, text ? &key : NULL, total, next, e);
}
