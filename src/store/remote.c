#include "internal.h"

#include "tt/store/outbox.h"

#define SLOT_MS 10000
#define WINDOW_MS (10 * 60 * 1000)

/* --- what Discord last showed --- */

int remote_get(struct store *s, const char *tenant, const char *what, struct str *out, struct error *e)
{
    struct query q;
    str_clear(out);
    int step = query_open(&q, s, e, "SELECT value FROM remote_state WHERE tenant_id = ?1 AND what = ?2", "tt",
                          tenant, what);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        str_add(out, query_text(&q, 0));
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int remote_set(struct store *s, const char *tenant, const char *what, const char *value, struct error *e)
{
    return work_run(s, e,
                    "INSERT INTO remote_state (tenant_id, what, value) VALUES (?1, ?2, ?3)"
                    " ON CONFLICT (tenant_id, what) DO UPDATE SET value = ?3",
                    "ttt", tenant, what, value);
}

int remote_forget(struct store *s, const char *tenant, struct error *e)
{
    return work_run(s, e,
                    "DELETE FROM remote_state WHERE tenant_id = ?1 AND substr(what, 1, length(?2)) <> ?2",
                    "tt", tenant, REMOTE_LIMITS);
}

/* --- what was heard --- */

int heard_load(struct store *s, const char *tenant, int64_t channel, int64_t *message, struct error *e)
{
    *message = 0;
    return sql_int(s, e, message, "SELECT message_id FROM heard WHERE tenant_id = ?1 AND channel_id = ?2",
                   "ti", tenant, channel) < 0
               ? -1
               : 0;
}

int heard_save(struct store *s, const char *tenant, int64_t channel, int64_t message, struct error *e)
{
    return work_run(s, e,
                    "INSERT INTO heard (tenant_id, channel_id, message_id) VALUES (?1, ?2, ?3)"
                    " ON CONFLICT (tenant_id) DO UPDATE SET channel_id = ?2, message_id = ?3",
                    "tii", tenant, channel, message);
}

/* --- gateway sessions --- */

int sessions_load(struct store *s, const char *tenant, struct gateway_session *out, struct error *e)
{
    struct query q;
    *out = (struct gateway_session){0};
    int step =
        query_open(&q, s, e,
                   "SELECT session_id, resume_url, sequence, identifies, identify_day FROM gateway_sessions"
                   " WHERE tenant_id = ?1",
                   "t", tenant);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        str_copy(out->session_id, sizeof out->session_id, query_text(&q, 0));
        str_copy(out->resume_url, sizeof out->resume_url, query_text(&q, 1));
        out->sequence = query_int(&q, 2);
        out->identifies = query_int(&q, 3);
        out->identify_day = query_int(&q, 4);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int sessions_save(struct store *s, const char *tenant, const struct gateway_session *in, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    int result = sql_run(
        s, e,
        "INSERT INTO gateway_sessions (tenant_id, session_id, resume_url, sequence, identifies,"
        " identify_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant_id) DO UPDATE SET"
        " session_id = ?2, resume_url = ?3, sequence = ?4, identifies = ?5, identify_day = ?6",
        "tttiii", tenant, in->session_id, in->resume_url, in->sequence, in->identifies, in->identify_day);
    return work_end(s, own, result, e);
}

/* The count of identifies outlives the session: Discord counts on. */
int sessions_forget(struct store *s, const char *tenant, struct error *e)
{
    return work_run(s, e,
                    "UPDATE gateway_sessions SET session_id = '', resume_url = '', sequence = 0"
                    " WHERE tenant_id = ?1",
                    "t", tenant);
}

/* --- limits that several processes share --- */

int budget_add(struct store *s, int64_t now, int64_t n, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    int result =
        sql_run(s, e, "DELETE FROM invalid_answers WHERE slot < ?1", "i", (now - WINDOW_MS) / SLOT_MS);
    if (result == 0)
        result = sql_run(s, e,
                         "INSERT INTO invalid_answers (slot, n) VALUES (?1, ?2)"
                         " ON CONFLICT (slot) DO UPDATE SET n = n + ?2",
                         "ii", now / SLOT_MS, n);
    return work_end(s, own, result, e);
}

int budget_count(struct store *s, int64_t now, int64_t *n, struct error *e)
{
    *n = 0;
    return sql_int(s, e, n, "SELECT coalesce(sum(n), 0) FROM invalid_answers WHERE slot >= ?1", "i",
                   (now - WINDOW_MS) / SLOT_MS) < 0
               ? -1
               : 0;
}

/* Kept for twice the window: a message whose clock is ahead stays valid for longer than the window after it
 * was seen. */
int nonce_take(struct store *s, const char *tenant, const char *nonce, int64_t now, bool *seen,
               struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    /* crosses tenants: old ones are of no use to anybody */
    int result = sql_run(s, e, "DELETE FROM nonces WHERE seen_at < ?1", "i", now - 2 * WINDOW_MS);
    if (result == 0)
        result = sql_run(
            s, e, "INSERT INTO nonces (tenant_id, nonce, seen_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            "tti", tenant, nonce, now);
    *seen = result == 0 && store_changes(s) == 0;
    return work_end(s, own, result, e);
}

int nonce_seen(struct store *s, const char *tenant, const char *nonce, bool *seen, struct error *e)
{
    int64_t one;
    int found =
        sql_int(s, e, &one, "SELECT 1 FROM nonces WHERE tenant_id = ?1 AND nonce = ?2", "tt", tenant, nonce);
    *seen = found == 1;
    return found < 0 ? -1 : 0;
}
