#include "tt/store/customers.h"

#include "ledger.h"
#include "listing.h"

#define CUSTOMER_COLUMNS "user_id, growid, balance, registered_at"

static struct customer read_customer(const struct query *q)
{
    struct customer out = {
        .user_id = query_int(q, 0), .balance = query_int(q, 2), .registered_at = query_int(q, 3)};
    str_copy(out.growid, sizeof out.growid, query_text(q, 1));
    return out;
}

static int load(struct query *q, int result, struct customer *out, struct error *e)
{
    if (result == 0 && (result = query_step(q, e)) == 1)
        *out = read_customer(q);
    query_close(q);
    return result;
}

static int load_user(const struct tenant_scope *c, int64_t user, struct customer *out, struct error *e)
{
    struct query q;
    int result = query_open(
        &q, c->store, e, "SELECT " CUSTOMER_COLUMNS " FROM customers WHERE tenant_id = ?1 AND user_id = ?2",
        "ti", c->tenant, user);
    return load(&q, result, out, e);
}

static int load_growid(const struct tenant_scope *c, const char *growid, struct customer *out,
                       struct error *e)
{
    struct query q;
    int result = query_open(&q, c->store, e,
                            "SELECT " CUSTOMER_COLUMNS
                            " FROM customers WHERE tenant_id = ?1 AND growid = ?2 COLLATE NOCASE",
                            "tt", c->tenant, growid);
    return load(&q, result, out, e);
}

int customer_missing(int64_t user, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, "user", "no customer %lld", (long long)user);
    return error_hint(e, "`register` makes one");
}

int customers_load(const struct tenant_scope *c, int64_t user, struct customer *out, struct error *e)
{
    int found = load_user(c, user, out, e);
    return found == 1 ? 0 : found < 0 ? -1 : customer_missing(user, e);
}

int customers_load_growid(const struct tenant_scope *c, const char *growid, struct customer *out,
                          struct error *e)
{
    int found = load_growid(c, growid, out, e);
    if (found == 0)
        return error_set(e, ERROR_NO_SUCH, "growid", "no customer has the GrowID '%.32s'", growid);
    return found == 1 ? 0 : -1;
}

int customers_with_prefix(const struct tenant_scope *c, const char *prefix, int limit,
                          void (*each)(void *, const char *growid), void *context, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT growid FROM customers WHERE tenant_id = ?1 AND growid COLLATE NOCASE >= ?2"
                          " AND growid COLLATE NOCASE < ?2 || '~' ORDER BY growid COLLATE NOCASE LIMIT ?3",
                          "ttd", c->tenant, prefix, limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    return step;
}

/* --- registering --- */

int customers_room(const struct tenant_scope *c, int64_t limit, struct error *e)
{
    int64_t n = 0;
    if (limit == LIMIT_NONE)
        return 0;
    if (sql_int(c->store, e, &n,
                "SELECT count(*) FROM (SELECT 1 FROM customers WHERE tenant_id = ?1 LIMIT ?2)", "ti",
                c->tenant, limit) < 0)
        return -1;
    if (n < limit)
        return 0;
    return error_set(e, ERROR_NOT_IN_PLAN, "user", "the plan's %lld registered members are reached",
                     (long long)limit);
}

int customers_register(const struct tenant_scope *c, int64_t user, const char *growid, int64_t limit,
                       int64_t now, bool *changed, struct error *e)
{
    struct customer self, holder;
    int known = load_user(c, user, &self, e);
    int held = known < 0 ? -1 : load_growid(c, growid, &holder, e);

    if (changed)
        *changed = false;
    if (held < 0)
        return -1;
    if (held && holder.user_id != user)
        return error_set(e, ERROR_TAKEN, "growid", "the GrowID '%s' belongs to another customer", growid);
    if (known && str_equal(self.growid, growid))
        return 0;
    if (!known && customers_room(c, limit, e))
        return -1;
    if (changed)
        *changed = true;
    if (known)
        return sql_run(c->store, e, "UPDATE customers SET growid = ?3 WHERE tenant_id = ?1 AND user_id = ?2",
                       "tit", c->tenant, user, growid);
    return sql_run(
        c->store, e,
        "INSERT INTO customers (tenant_id, user_id, growid, registered_at) VALUES (?1, ?2, ?3, ?4)", "titi",
        c->tenant, user, growid, now);
}

/* --- listing --- */

struct customer_list {
    void (*each)(void *, const struct customer *);
    void *context;
};

static int give_customer(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e)
{
    const struct customer_list *list = context;
    struct customer customer = read_customer(q);
    (void)e;
    snprintf(id, LIST_NEXT_TEXT, "%lld", (long long)customer.user_id);
    list->each(list->context, &customer);
    return 0;
}

int customers_top(const struct tenant_scope *c, const char *prefix, const struct paging *page,
                  void (*each)(void *, const struct customer *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e)
{
    struct customer_list list = {each, context};
    struct listing l = {.scope = c,
                        .text = prefix,
                        .columns = CUSTOMER_COLUMNS,
                        .from = prefix ? "FROM customers WHERE tenant_id = ?1 AND growid COLLATE NOCASE >= ?3"
                                         " AND growid COLLATE NOCASE < ?3 || '~'"
                                       : "FROM customers WHERE tenant_id = ?1",
                        .first = "balance",
                        .second = "user_id",
                        .row = give_customer,
                        .context = &list};
    struct listing_key key = {0};
    struct customer anchor;
    const char *text = listing_anchor(page);

    if (text) {
        if (listing_number("user", text, &key.second, e) || customers_load(c, key.second, &anchor, e))
            return -1;
        key.first = anchor.balance;
    }
    return listing_page(&l, page, text ? &key : NULL, total, next, e);
}
