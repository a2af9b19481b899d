/* The customers of a shop.db: first who they are, then what they have. */
#include "import.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/store/customers.h"

/* As it stands there: one with a blank in front is another one than that without. */
static const char *growid_of(const struct import_row *r)
{
    size_t n;
    const char *text = import_bytes(r, "growid", &n);

    return text ? text : "";
}

int import_growid(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct tenant t;
    struct customer held;
    struct error why = {0};
    const char *growid = growid_of(r);
    int64_t user;
    int status = -1;

    if (import_scope(r, &c, e) || import_id(r, "discord_id", &user, e) || growid_check("growid", growid, e))
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

/* Denominations may be below 0 as long as their sum is not. */
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
        if (__builtin_mul_overflow(n, parts[i].worth, &wl) || __builtin_add_overflow(*out, wl, out))
            return error_set(e, ERROR_MALFORMED, parts[i].column, "%s is too large: %" PRId64,
                             parts[i].column, n);
    }
    if (*out >= 0 && *out <= MONEY_MAX)
        return 0;
    return error_set(e, ERROR_MALFORMED, "balance_wl", "the balance is %s: %" PRId64 " WL",
                     *out < 0 ? "below 0" : "too large", *out);
}

/* --- whose balance it is --- */

/* How the source writes its GrowIDs: those of balances (user NULL) and of Discord users. */
static int gather_growids(struct import_row *r, struct error *e)
{
    if (r->spelt)
        return 0;
    if (import_do(r->source, "CREATE TEMP TABLE spelt (growid TEXT COLLATE NOCASE, user TEXT)", NULL, e) ||
        import_do(r->source, "INSERT INTO temp.spelt SELECT growid, NULL FROM users", NULL, e))
        return -1;
    if (import_has_column(r->source, "user_growid", "growid") &&
        import_has_column(r->source, "user_growid", "discord_id") &&
        import_do(r->source, "INSERT INTO temp.spelt SELECT growid, trim(discord_id) FROM user_growid", NULL,
                  e))
        return -1;
    r->spelt = import_do(r->source, "CREATE INDEX temp.spelt_growid ON spelt (growid)", NULL, e) == 0;
    return r->spelt ? 0 : -1;
}

/* What the source says of a GrowID, by [written just so]. */
struct claims {
    bool his[2], others[2]; /* a Discord user who is the customer here; who is another */
    char other[24];         /* such a one */
    bool balance[2];
};

static int read_claims(struct import_row *r, const char *growid, int64_t user, struct claims *out,
                       struct error *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(r->source, "SELECT growid, user FROM temp.spelt WHERE growid = ?1", -1, &stmt,
                                NULL);

    *out = (struct claims){0};
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, growid, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        bool same = str_equal((const char *)sqlite3_column_text(stmt, 0), growid);
        const char *id = (const char *)sqlite3_column_text(stmt, 1);
        int64_t found = 0;
        rc = SQLITE_OK;
        if (!id)
            out->balance[same] = true;
        else if (snowflake_parse("discord_id", id, &found, NULL, NULL) == 0 && found == user)
            out->his[same] = true;
        else {
            if (same || !out->others[true])
                snprintf(out->other, sizeof out->other, "%s", id);
            out->others[same] = true;
        }
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : import_fail(r->source, e);
}

/* GrowIDs that differ in their capitals are different ones there, and the same here. */
static int check_owner(struct import_row *r, const struct customer *customer, const char *growid,
                       struct error *e)
{
    struct claims there;

    if (gather_growids(r, e) || read_claims(r, growid, customer->user_id, &there, e))
        return -1;
    bool same = there.his[true] || there.others[true];
    if (!there.his[same] && there.others[same])
        return error_set(e, ERROR_REFUSED, "growid",
                         "this GrowID is that of Discord user %s there, and of %" PRId64 " here", there.other,
                         customer->user_id);
    if (there.balance[false] && !str_equal(customer->growid, growid))
        return error_set(e, ERROR_REFUSED, "growid",
                         "%s is written %s here, and there is another that differs in its capitals only",
                         growid, customer->growid);
    return 0;
}

/* 1: it has its opening balance; 0: none yet. */
static int is_opened(const struct tenant_scope *c, int64_t user, int64_t wl, const struct money_units *units,
                     struct error *e)
{
    int64_t amount = 0;
    int found =
        sql_int(c->store, e, &amount,
                "SELECT amount FROM entries WHERE tenant_id = ?1 AND user_id = ?2 AND kind = 'opening'", "ti",
                c->tenant, user);

    if (found != 1 || amount == wl)
        return found;
    struct str text = STR_INIT;
    money_format(amount, units, &text);
    error_set(e, ERROR_TAKEN, "growid", "this customer's opening balance is another one already: %s",
              str_text(&text));
    str_release(&text);
    return -1;
}

int import_balance(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant_scope c;
    struct tenant t;
    struct customer customer;
    const char *growid = growid_of(r);
    int64_t wl = 0;

    if (import_scope(r, &c, e))
        return -1;
    int status = tenants_load(r->store, c.tenant, &t, e);
    struct money_units units = money_units_of(&t);
    tenant_release(&t);
    if (status || sum_of(r, &units, &wl, e))
        return -1;
    if (customers_load_growid(&c, growid, &customer, NULL)) {
        struct str text = STR_INIT;
        money_format(wl, &units, &text);
        error_set(e, ERROR_NO_SUCH, "growid", "no Discord user has this GrowID; its balance is %s",
                  str_text(&text));
        str_release(&text);
        return -1;
    }
    if (check_owner(r, &customer, growid, e))
        return -1;
    int found = is_opened(&c, customer.user_id, wl, &units, e);
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
