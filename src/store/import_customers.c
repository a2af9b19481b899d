/* The customers of a shop.db: first who they are, then what they have. */
#include "import.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/store/customers.h"

int import_growid(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct tenant t;
    struct customer held;
    struct error why = {0};
    const char *growid = import_text(r, "growid");
    int64_t user;
    int status = -1;

    if (import_scope(r, &c, e) || import_id(r, "discord_id", &user, e) ||
        growid_check("growid", growid ? growid : "", e))
        return -1;
    if (customers_load(&c, user, &held, &why) == 0) {
        *fate = IMPORT_THERE;
        if (str_equal_nocase(held.growid, growid))
            return 0;
        return error_set(e, ERROR_TAKEN, "growid", "this user is registered as %s", held.growid);
    }
    if (tenants_load(r->store, c.tenant, &t, e) == 0)
        status = customers_register(&c, user, growid, plan_limits(t.plan)->registered_members,
                                    import_time(r, "created_at", r->now), NULL, e);
    tenant_release(&t);
    return status;
}

/* --- balances --- */

static int sum_of(const struct import_row *r, const struct money_units *units, int64_t *out, struct error *e)
{
    const struct {
        const char *column;
        int64_t worth;
    } parts[] = {{"balance_wl", 1}, {"balance_dl", units->dl}, {"balance_bgl", units->bgl}};

    *out = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int64_t n, wl;
        if (import_int(r, parts[i].column, 0, &n, e))
            return -1;
        if (n < 0)
            return error_set(e, ERROR_MALFORMED, parts[i].column, "%s is below 0: %" PRId64, parts[i].column,
                             n);
        if (__builtin_mul_overflow(n, parts[i].worth, &wl) || __builtin_add_overflow(*out, wl, out) ||
            *out > MONEY_MAX)
            return error_set(e, ERROR_MALFORMED, parts[i].column, "the balance is too large");
    }
    return 0;
}

int import_balance(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct tenant t;
    struct customer customer;
    const char *growid = import_text(r, "growid");
    int64_t wl = 0, one;

    if (import_scope(r, &c, e))
        return -1;
    int status = tenants_load(r->store, c.tenant, &t, e);
    struct money_units units = money_units_of(&t);
    tenant_release(&t);
    if (status || sum_of(r, &units, &wl, e))
        return -1;
    if (customers_load_growid(&c, growid ? growid : "", &customer, NULL)) {
        struct str text = STR_INIT;
        money_format(wl, &units, &text);
        error_set(e, ERROR_NO_SUCH, "growid", "no Discord user has this GrowID; its balance is %s",
                  str_text(&text));
        str_release(&text);
        return -1;
    }
    int found = sql_int(r->store, e, &one,
                        "SELECT 1 FROM entries WHERE tenant_id = ?1 AND user_id = ?2 AND kind = 'opening'",
                        "ti", c.tenant, customer.user_id);
    if (found < 0)
        return -1;
    if (found || wl == 0) {
        *fate = IMPORT_THERE;
        return 0;
    }
    return ledger_move(&c, customer.user_id, wl, ENTRY_OPENING, 0, "taken over", r->now, &units, NULL, e);
}

/* --- the world of deposits --- */

#define WORLD_MOST 100 /* as the setting has it */

int import_world(struct import_row *r, enum import_fate *fate, struct error *e)
{
    static const struct {
        const char *column, *key;
    } values[] = {{"world", "world"}, {"owner", "world_owner"}, {"bot", "world_bot"}};
    struct tenant_scope c;
    struct tenant t;
    bool set = false, other = false;
    int status;

    if (import_scope(r, &c, e))
        return -1;
    status = tenants_load(r->store, c.tenant, &t, e);
    for (size_t i = 0; status == 0 && i < sizeof values / sizeof *values; i++) {
        const char *text = import_text(r, values[i].column);
        const char *held = tenant_setting(&t, FEATURE_SHOP, values[i].key);
        if (text && (text_length(text) > WORLD_MOST || tenant_name_check(text, NULL))) {
            import_note(r, "%s cannot be used: left out", values[i].column);
            text = NULL;
        }
        other = other || (held && text && !str_equal(held, text));
        if (!text || held)
            continue;
        set = true;
        status = tenants_set_setting(r->store, c.tenant, FEATURE_SHOP, values[i].key, text, NULL, e);
    }
    tenant_release(&t);
    if (status)
        return -1;
    if (other && !set)
        return error_set(e, ERROR_TAKEN, "world", "the shop has another world already");
    r->configured = r->configured || set;
    *fate = set ? IMPORT_TAKEN : IMPORT_THERE;
    return 0;
}
