#include "tenants.h"

/* Crosses tenants: the operator's own overview. A bot that reported an error is only of interest while it is
 * wanted and the daemon that said so is alive. */
static const char care_sql[] =
    "SELECT tenant_id, 'error', 'token refused' FROM tenants WHERE token = 'refused' AND deleted_at = 0 "
    "UNION ALL "
    "SELECT b.tenant_id, 'error', 'bot: ' || b.error FROM bot_states b JOIN tenants t ON t.tenant_id = "
    "b.tenant_id "
    "WHERE b.state = 'error' AND b.instance = ?2 AND t.deleted_at = 0 AND t.wanted = 1 AND t.token = 'set' "
    "UNION ALL "
    "SELECT b.tenant_id, 'warning', 'connecting: ' || b.error FROM bot_states b JOIN tenants t ON "
    "t.tenant_id = b.tenant_id "
    "WHERE b.state = 'connecting' AND b.instance = ?2 AND b.error <> '' AND t.deleted_at = 0 "
    "UNION ALL "
    "SELECT o.tenant_id, 'warning', o.kind || ' push failed: ' || o.reason FROM outbox o "
    "JOIN tenants t ON t.tenant_id = o.tenant_id WHERE o.state = 'failed' AND t.deleted_at = 0 "
    "LIMIT ?1";

int tenants_needing_care(struct store *s, int limit,
                         void (*each)(void *, const char *id, const char *level, const char *what),
                         void *context, struct error *e)
{
    struct query q;
    char instance[33];
    if (daemon_instance(s, instance, e))
        return -1;
    int step = query_open(&q, s, e, care_sql, "dt", limit, instance[0] ? instance : NULL);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0), query_text(&q, 1), query_text(&q, 2));
    query_close(&q);
    return step;
}

int tenants_without_token(struct store *s, int limit, void (*each)(void *, const char *id), void *context,
                          struct error *e)
{
    struct query q;
    /* crosses tenants: the operator's own overview */
    int step = query_open(&q, s, e,
                          "SELECT tenant_id FROM tenants INDEXED BY tenants_tokenless"
                          " WHERE deleted_at = 0 AND wanted = 1 AND token = 'none'"
                          " AND status IN ('active', 'maintenance') ORDER BY tenant_id LIMIT ?1",
                          "d", limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    return step;
}

int tenants_unserved(struct store *s, const char *served, int64_t *n, struct error *e)
{
    /* crosses tenants: the operator's own overview */
    return sql_int(s, e, n,
                   "SELECT count(*) FROM tenants INDEXED BY tenants_connected"
                   " WHERE deleted_at = 0 AND wanted = 1 AND token = 'set'"
                   " AND status IN ('active', 'maintenance') AND (?1 IS NULL OR tenant_id <> ?1)",
                   "t", served) < 0
               ? -1
               : 0;
}

/* crosses tenants: the operator's own overview */
static const char lacking_sql[] =
    "SELECT b.tenant_id, b.missing_intents & ?3 FROM bot_states b JOIN tenants t ON t.tenant_id = "
    "b.tenant_id "
    "JOIN features f ON f.tenant_id = b.tenant_id AND f.feature = ?2 AND f.enabled = 1 "
    "WHERE b.state = 'running' AND b.instance = ?4 AND b.missing_intents & ?3 != 0 AND t.deleted_at = 0 "
    "LIMIT ?1";

int tenants_lacking_intents(struct store *s, enum feature feature, unsigned intents, int limit,
                            void (*each)(void *, const char *id, enum feature feature, unsigned missing),
                            void *context, struct error *e)
{
    struct query q;
    char instance[33];
    if (daemon_instance(s, instance, e))
        return -1;
    int step = query_open(&q, s, e, lacking_sql, "dtit", limit, feature_words[feature], (int64_t)intents,
                          instance[0] ? instance : NULL);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0), feature, (unsigned)query_int(&q, 1));
    query_close(&q);
    return step;
}

/* crosses tenants: the operator's own overview. The middle one of the running bots' latencies. */
static const char latency_sql[] =
    "SELECT latency_ms FROM bot_states WHERE instance = ?1 AND state = 'running' AND latency_ms >= 0 "
    "ORDER BY latency_ms LIMIT 1 OFFSET (SELECT count(*) / 2 FROM bot_states "
    "WHERE instance = ?1 AND state = 'running' AND latency_ms >= 0)";

/* What is on its way, and what a bot that should run has not applied. */
static const char behind_sql[] =
    "SELECT count(*) FROM (SELECT tenant_id FROM outbox UNION "
    "SELECT t.tenant_id FROM tenants t INDEXED BY tenants_connected "
    "LEFT JOIN bot_states b ON b.tenant_id = t.tenant_id "
    "WHERE t.deleted_at = 0 AND t.wanted = 1 AND t.token = 'set' AND t.status IN ('active', 'maintenance') "
    "AND coalesce(b.applied_revision, 0) < t.revision)";

int tenants_overview(struct store *s, int64_t *latency_ms, int64_t *waiting, struct error *e)
{
    char instance[33];
    *latency_ms = -1;
    *waiting = 0;
    if (daemon_instance(s, instance, e))
        return -1;
    if (instance[0] && sql_int(s, e, latency_ms, latency_sql, "t", instance) < 0)
        return -1;
    return sql_int(s, e, waiting, behind_sql, "") < 0 ? -1 : 0;
}
