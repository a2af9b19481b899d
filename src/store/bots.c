#include "tenants.h"

const char *const bot_state_words[] = {
    [BOT_STOPPED] = "stopped",     [BOT_CONNECTING] = "connecting", [BOT_RUNNING] = "running",
    [BOT_SUSPENDED] = "suspended", [BOT_EXPIRED] = "expired",       [BOT_ERROR] = "error",
    [BOT_ERROR + 1] = NULL,
};

#define INSTANCE "daemon_instance"

int daemon_instance(struct store *s, char out[33], struct error *e)
{
    out[0] = '\0';
    if (!daemon_lock_held(s->path))
        return 0;
    return meta_get(s, INSTANCE, out, 33, e) < 0 ? -1 : 0;
}

void bot_status_none(struct bot_status *b)
{
    *b = (struct bot_status){.state = BOT_STOPPED, .latency_ms = -1, .notified = "none"};
}

void bot_status_rest(struct bot_status *b, enum tenant_status status, bool wanted, enum token_state token)
{
    b->state = status == STATUS_SUSPENDED         ? BOT_SUSPENDED
               : status == STATUS_EXPIRED         ? BOT_EXPIRED
               : wanted && token == TOKEN_REFUSED ? BOT_ERROR
                                                  : BOT_STOPPED;
    str_copy(b->error, sizeof b->error, b->state == BOT_ERROR ? BOT_TOKEN_REFUSED : "");
}

static int read_rest(const struct query *q, int column, struct bot_status *b, struct error *e)
{
    int status = stored_word(q->store, tenant_status_words, query_text(q, column), e);
    int token = status < 0 ? -1 : stored_word(q->store, token_state_words, query_text(q, column + 2), e);
    if (token < 0)
        return -1;
    if (!query_int(q, column + 3))
        bot_status_rest(b, (enum tenant_status)status, query_int(q, column + 1) != 0,
                        (enum token_state)token);
    return 0;
}

int bot_status_read(const struct query *q, int column, const char *instance, struct bot_status *b,
                    struct error *e)
{
    bot_status_none(b);
    if (read_rest(q, column + 12, b, e))
        return -1;
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return 0;
    int state = stored_word(q->store, bot_state_words, query_text(q, column), e);
    if (state < 0)
        return -1;
    b->restarts = query_int(q, column + 3);
    b->heartbeat_at = query_int(q, column + 5);
    b->applied_revision = query_int(q, column + 6);
    str_copy(b->applied_hash, sizeof b->applied_hash, query_text(q, column + 7));
    b->epoch = query_int(q, column + 8);
    str_copy(b->notified, sizeof b->notified, query_text(q, column + 9));
    b->missing_intents = (unsigned)query_int(q, column + 10);
    b->hash_differs = query_int(q, column + 11) != 0;
    /* Written by a daemon that is gone: what it had applied stays true, what it was doing does not. */
    if (!instance[0] || !str_equal(query_text(q, column + 1), instance))
        return 0;
    b->state = (enum bot_state)state;
    str_copy(b->instance, sizeof b->instance, instance);
    b->latency_ms = query_int(q, column + 2);
    str_copy(b->error, sizeof b->error, query_text(q, column + 4));
    return 0;
}

int bot_status_load(struct store *s, const char *id, struct bot_status *b, struct error *e)
{
    struct query q;
    char instance[33];
    bot_status_none(b);
    if (daemon_instance(s, instance, e))
        return -1;
    int step = query_open(&q, s, e,
                          "SELECT " BOT_COLUMNS " FROM tenants t LEFT JOIN bot_states b USING (tenant_id)"
                          " WHERE t.tenant_id = ?1",
                          "t", id);
    if (step == 0)
        step = query_step(&q, e);
    if (step == 0)
        step = tenant_missing(id, e);
    else if (step == 1)
        step = bot_status_read(&q, 0, instance, b, e);
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int register_instance(struct store *s, const char *instance, struct error *e)
{
    if (!instance[0] || str_equal(s->instance, instance))
        return 0;
    if (meta_set(s, INSTANCE, instance, e))
        return -1;
    str_copy(s->instance, sizeof s->instance, instance);
    return 0;
}

int bots_started(struct store *s, const char *instance, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    s->instance[0] = '\0';
    return work_end(s, own, register_instance(s, instance, e), e);
}

int bot_status_save(struct store *s, const char *id, const struct bot_status *b, int64_t now, struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    int result = register_instance(s, b->instance, e);
    if (result == 0)
        result = sql_run(
            s, e,
            "INSERT INTO bot_states (tenant_id, state, instance, latency_ms, restarts, error, heartbeat_at,"
            " applied_revision, applied_hash, epoch, notified, missing_intents, hash_differs)"
            " SELECT tenant_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM tenants WHERE "
            "tenant_id = ?1"
            " ON CONFLICT (tenant_id) DO UPDATE SET state = ?2, instance = ?3, latency_ms = ?4, restarts = "
            "?5,"
            " error = ?6, heartbeat_at = ?7, epoch = ?10, missing_intents = ?12, hash_differs = ?13,"
            " applied_hash = iif(?8 >= applied_revision, ?9, applied_hash),"
            " notified = iif(?8 >= applied_revision, ?11, notified),"
            " applied_revision = max(applied_revision, ?8)",
            "tttiitiititid", id, bot_state_words[b->state], b->instance, b->latency_ms, b->restarts, b->error,
            now, b->applied_revision, b->applied_hash, b->epoch, b->notified[0] ? b->notified : "none",
            (int64_t)b->missing_intents, (int)b->hash_differs);
    if (result == 0 && store_changes(s) == 0)
        result = tenant_missing(id, e);
    return work_end(s, own, result, e);
}

int bot_applied(struct store *s, const char *id, int64_t revision, const char *hash, const char *notified,
                struct error *e)
{
    bool own;
    if (work_begin(s, &own, e))
        return -1;
    int result = sql_run(s, e,
                         "INSERT INTO bot_states (tenant_id, applied_revision, applied_hash, notified)"
                         " SELECT tenant_id, ?2, ?3, ?4 FROM tenants WHERE tenant_id = ?1"
                         " ON CONFLICT (tenant_id) DO UPDATE SET applied_revision = ?2, applied_hash = ?3,"
                         " notified = ?4, hash_differs = 0 WHERE ?2 >= applied_revision",
                         "titt", id, revision, hash, notified);
    if (result == 0 && store_changes(s) == 0) {
        int64_t one;
        int found = sql_int(s, e, &one, "SELECT 1 FROM tenants WHERE tenant_id = ?1", "t", id);
        result = found == 1 ? 0 : found < 0 ? -1 : tenant_missing(id, e);
    }
    return work_end(s, own, result, e);
}
