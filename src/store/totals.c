#include "tenants.h"

/* Crosses tenants: the dashboard's totals. */
static const char refused_sql[] =
    "SELECT count(*) FROM tenants t INDEXED BY tenants_refused WHERE token = 'refused' AND deleted_at = 0 "
    "AND wanted = 1 AND status IN ('active', 'maintenance') AND NOT EXISTS (SELECT 1 FROM bot_states b WHERE "
    "b.tenant_id = t.tenant_id "
    "AND b.instance = ?1)";

static int count_bots(struct store *s, struct tenant_totals *out, struct error *e)
{
    struct query q;
    char instance[33];
    int64_t others = 0, refused = 0;

    if (daemon_instance(s, instance, e))
        return -1;
    if (instance[0]) {
        /* crosses tenants: the operator's overview */
        int step =
            query_open(&q, s, e, "SELECT state, count(*) FROM bot_states WHERE instance = ?1 GROUP BY state",
                       "t", instance);
        while (step >= 0 && (step = query_step(&q, e)) == 1) {
            step = stored_word(s, bot_state_words, query_text(&q, 0), e);
            if (step >= 0)
                out->by_bot[step] = query_int(&q, 1);
        }
        query_close(&q);
        if (step < 0)
            return -1;
    }
    /* Those at rest, of whom this daemon says nothing: as bot_status_rest has them. */
    out->by_bot[BOT_SUSPENDED] = out->by_status[STATUS_SUSPENDED];
    out->by_bot[BOT_EXPIRED] = out->by_status[STATUS_EXPIRED];
    if (sql_int(s, e, &refused, refused_sql, "t", instance[0] ? instance : NULL) < 0)
        return -1;
    out->by_bot[BOT_ERROR] += refused;
    for (int i = BOT_STOPPED + 1; i <= BOT_ERROR; i++)
        others += out->by_bot[i];
    out->by_bot[BOT_STOPPED] = out->all > others ? out->all - others : 0;
    return 0;
}

int tenants_totals(struct store *s, struct tenant_totals *out, struct error *e)
{
    struct query q;

    *out = (struct tenant_totals){0};
    int step = query_open(&q, s, e, "SELECT status, plan, n FROM tenant_counts", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        int status = stored_word(s, tenant_status_words, query_text(&q, 0), e);
        int plan = status < 0 ? -1 : stored_word(s, plan_words, query_text(&q, 1), e);
        if (plan < 0) {
            step = -1;
        } else {
            out->by_status[status] += query_int(&q, 2);
            out->by_plan[plan] += query_int(&q, 2);
            out->all += query_int(&q, 2);
        }
    }
    query_close(&q);
    return step < 0 ? -1 : count_bots(s, out, e);
}

int tenants_changed(struct store *s, int64_t *sequence, void (*each)(void *, const char *id), void *context,
                    struct error *e)
{
    struct query q;
    int64_t newest = 0;

    if (sql_int(s, e, &newest, "SELECT coalesce(max(audit), 0) FROM audit", "") < 0)
        return -1;
    if (*sequence < 0 || newest <= *sequence) {
        *sequence = newest;
        return 0;
    }
    int step =
        query_open(&q, s, e,
                   "SELECT DISTINCT tenant_id FROM audit WHERE audit > ?1 AND audit <= ?2 AND refused = 0"
                   " AND tenant_id IS NOT NULL"
                   /* The row of an import names none; the tenants that it made have its time. */
                   " UNION SELECT t.tenant_id FROM audit a JOIN tenants t ON t.updated_at = a.time"
                   " AND t.deleted_at = 0 WHERE a.audit > ?1 AND a.audit <= ?2 AND a.refused = 0"
                   " AND a.tenant_id IS NULL",
                   "ii", *sequence, newest);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    if (step == 0)
        *sequence = newest;
    return step;
}

int tenants_wanted(struct store *s, void (*each)(void *, const char *id), void *context, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT tenant_id FROM tenants INDEXED BY tenants_connected"
                          " WHERE deleted_at = 0 AND wanted = 1 AND token = 'set'"
                          " AND status IN ('active', 'maintenance') ORDER BY tenant_id",
                          "");
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    return step;
}
