#include "tt/store/renting.h"

#include "internal.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

static int read_rent(struct query *q, int step, struct rent *out, struct error *e)
{
    *out = (struct rent){0};
    if (step == 0 && (step = query_step(q, e)) == 1)
        *out = (struct rent){.set = true,
                             .starts_at = query_int(q, 0),
                             .ends_at = query_int(q, 1),
                             .auto_renew = query_int(q, 2) != 0,
                             .warned = query_int(q, 3)};
    query_close(q);
    return step < 0 ? -1 : 0;
}

int rents_load(const struct tenant_scope *c, struct rent *out, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT starts_at, ends_at, auto_renew, warned FROM rents WHERE tenant_id = ?1",
                          "t", c->tenant);
    return read_rent(&q, step, out, e);
}

static int save(const struct tenant_scope *c, const struct rent *rent, struct error *e)
{
    return sql_run(
        c->store, e,
        "INSERT INTO rents (tenant_id, starts_at, ends_at, auto_renew, warned) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (tenant_id) DO UPDATE SET starts_at = ?2, ends_at = ?3, auto_renew = ?4, warned = ?5",
        "tiidi", c->tenant, rent->starts_at, rent->ends_at, (int)rent->auto_renew, rent->warned);
}

/* The term's new end; one that had ended (or was none) begins at NOW. */
static int set_end(const struct tenant_scope *c, struct rent *rent, int64_t ends_at, int64_t now,
                   struct rent *out, struct error *e)
{
    if (!rent->set || rent->ends_at <= now)
        rent->starts_at = now;
    rent->set = true;
    rent->ends_at = ends_at;
    rent->warned = 0;
    if (save(c, rent, e))
        return -1;
    if (out)
        *out = *rent;
    return 0;
}

int rents_extend(const struct tenant_scope *c, int64_t days, int64_t now, struct rent *out, struct error *e)
{
    struct rent rent;
    if (days < 1 || days > RENT_DAYS_MAX)
        return error_set(e, ERROR_MALFORMED, "days", "bad days '%lld'; expected a whole number from 1 to %d",
                         (long long)days, RENT_DAYS_MAX);
    if (rents_load(c, &rent, e))
        return -1;
    int64_t from = rent.set && rent.ends_at > now ? rent.ends_at : now, ends_at = from + days * TIME_DAY;
    if (ends_at > now + RENT_DAYS_MAX * TIME_DAY)
        return error_set(e, ERROR_REFUSED, "days", "the term would end more than %d days from now",
                         RENT_DAYS_MAX);
    return set_end(c, &rent, ends_at, now, out, e);
}

int rents_until(const struct tenant_scope *c, int64_t ends_at, int64_t now, struct rent *out, struct error *e)
{
    struct rent rent;
    if (ends_at <= now || ends_at > now + RENT_DAYS_MAX * TIME_DAY)
        return error_set(e, ERROR_MALFORMED, "date", "a term ends after now, at most %d days from now",
                         RENT_DAYS_MAX);
    return rents_load(c, &rent, e) ? -1 : set_end(c, &rent, ends_at, now, out, e);
}

static int no_term(const struct tenant_scope *c, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, NULL, "'%s' has no rental term", c->tenant);
    return error_hint(e, "`rent %s extend 30` begins one", c->tenant);
}

int rents_auto(const struct tenant_scope *c, bool on, bool *changed, struct error *e)
{
    struct rent rent;
    if (rents_load(c, &rent, e))
        return -1;
    if (!rent.set)
        return no_term(c, e);
    if (changed)
        *changed = rent.auto_renew != on;
    if (rent.auto_renew == on)
        return 0;
    rent.auto_renew = on;
    return save(c, &rent, e);
}

int rents_warned(const struct tenant_scope *c, int64_t days, struct error *e)
{
    return sql_run(c->store, e, "UPDATE rents SET warned = ?2 WHERE tenant_id = ?1", "ti", c->tenant, days);
}

/* --- what is due --- */

#define FIRST_WARNING_MS (7 * TIME_DAY)

/* The nearest warning, if it has not gone out; 0 the end, or what is said just before it; -1 nothing yet. */
static int stage(const struct rent *rent, int64_t now)
{
    static const int warnings[] = {1, 3, 7};
    int64_t left = rent->ends_at - now;
    bool untold = !rent->auto_renew && rent->warned != RENT_END_TOLD;
    if (left <= 0 || (untold && left <= RENT_PARTING_MS))
        return 0;
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        if (left <= warnings[i] * TIME_DAY)
            return rent->warned == 0 || rent->warned > warnings[i] ? warnings[i] : -1;
    return -1;
}

struct due {
    char tenant[TENANT_ID_TEXT];
    struct rent rent;
    int days;
};

int rents_due(struct store *s, const char *tenant, int64_t now, int limit,
              void (*each)(void *, const char *tenant, const struct rent *rent, int days), void *context,
              struct error *e)
{
    struct query q;
    struct due *due = limit > 0 ? mem_zero((size_t)limit, sizeof *due) : NULL;
    int n = 0;

    /* crosses tenants: the daemon watches all terms */
    int step = query_open(&q, s, e,
                          "SELECT r.tenant_id, r.starts_at, r.ends_at, r.auto_renew, r.warned FROM rents r"
                          " JOIN tenants t ON t.tenant_id = r.tenant_id WHERE r.ends_at <= ?1"
                          " AND t.deleted_at = 0 AND t.status IN ('active', 'maintenance')"
                          " AND (?2 IS NULL OR r.tenant_id = ?2) ORDER BY r.ends_at",
                          "it", now + FIRST_WARNING_MS, tenant);
    while (n < limit && step >= 0 && (step = query_step(&q, e)) == 1) {
        struct rent rent = {true, query_int(&q, 1), query_int(&q, 2), query_int(&q, 3) != 0,
                            query_int(&q, 4)};
        int days = stage(&rent, now);
        if (days < 0)
            continue;
        due[n].rent = rent;
        due[n].days = days;
        str_copy(due[n++].tenant, TENANT_ID_TEXT, query_text(&q, 0));
    }
    query_close(&q);
    for (int i = 0; step >= 0 && i < n; i++)
        each(context, due[i].tenant, &due[i].rent, due[i].days);
    free(due);
    return step < 0 ? -1 : 0;
}

int64_t rents_next_due(struct store *s, const char *tenant, int64_t by)
{
    int64_t due = INT64_MAX;
    /* crosses tenants: when the daemon must look again */
    int found = sql_int(s, NULL, &due,
                        "SELECT min(r.ends_at - CASE r.warned WHEN 0 THEN 7 * 86400000"
                        " WHEN 7 THEN 3 * 86400000 WHEN 3 THEN 86400000 WHEN 1 THEN"
                        " iif(r.auto_renew, 0, ?4) ELSE 0 END) AS due FROM rents r"
                        " CROSS JOIN tenants t ON t.tenant_id = r.tenant_id WHERE r.ends_at <= ?2 + ?3"
                        " AND t.deleted_at = 0 AND t.status IN ('active', 'maintenance')"
                        " AND (?1 IS NULL OR r.tenant_id = ?1) HAVING due <= ?2",
                        "tiii", tenant, by, FIRST_WARNING_MS, (int64_t)RENT_PARTING_MS);
    return found < 0 ? -1 : found ? due : INT64_MAX;
}
