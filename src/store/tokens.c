#include "tenants.h"

#include "tt/base/mem.h"
#include "tt/domain/token.h"

static void context_of(const char *id, char out[64])
{
    snprintf(out, 64, "token/%s", id);
}

static int application_free(struct store *s, const char *id, int64_t application_id, struct error *e)
{
    struct query q;
    int step = application_id == 0
                   ? 0
                   : query_open(&q, s, e,
                                "SELECT tenant_id FROM tenants WHERE application_id = ?1 AND deleted_at = 0"
                                " AND application_id <> 0 AND tenant_id <> ?2",
                                "it", application_id, id);
    if (application_id == 0 || step < 0)
        return step;
    step = query_step(&q, e);
    if (step == 1) {
        error_set(e, ERROR_TAKEN, "token", "the bot %lld belongs to the tenant '%s'",
                  (long long)application_id, query_text(&q, 0));
        step = error_hint(e, "a bot serves one tenant: `token %s clear` first", query_text(&q, 0));
    }
    query_close(&q);
    return step;
}

/* Does the sealed token of another tenant name APPLICATION, or is it TOKEN? */
static bool same_bot(const struct key *key, struct query *q, const struct str *token, int64_t application)
{
    struct str other = STR_INIT;
    char context[64];
    bool same = false;

    context_of(query_text(q, 0), context);
    if (crypto_open(key, context, sqlite3_column_blob(q->stmt, 1), (size_t)sqlite3_column_bytes(q->stmt, 1),
                    &other, NULL) == 0)
        same = (other.len == token->len && crypto_same(other.data, token->data, token->len)) ||
               (application && token_application(&other) == application);
    str_wipe(&other);
    return same;
}

/* Whose bot the others are is not known of tokens that nobody has shown to Discord yet: what they name by
 * themselves must do to keep one bot from two tenants. */
static int unchecked_free(struct store *s, const char *id, const struct key *key, const struct str *token,
                          int64_t application, struct error *e)
{
    struct query q;
    bool same = false;
    /* crosses tenants: a bot serves one of all */
    int step = query_open(&q, s, e,
                          "SELECT t.tenant_id, k.sealed FROM tenants t JOIN tokens k USING (tenant_id)"
                          " WHERE t.application_id = 0 AND t.deleted_at = 0 AND t.tenant_id <> ?1",
                          "t", id);
    while (step >= 0 && !same && (step = query_step(&q, e)) == 1)
        same = same_bot(key, &q, token, application);
    if (same) {
        error_set(e, ERROR_TAKEN, "token", "the bot of this token belongs to the tenant '%s'",
                  query_text(&q, 0));
        step = error_hint(e, "a bot serves one tenant: `token %s clear` first", query_text(&q, 0));
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int tokens_free(struct store *s, const char *id, const char *token, int64_t application_id, struct error *e)
{
    const struct key *key = store_secret_key(s, e);
    const struct str text = {.data = (char *)(uintptr_t)token, .len = strlen(token)};

    if (!application_id)
        application_id = token_application(&text);
    if (!key || application_free(s, id, application_id, e))
        return -1;
    return unchecked_free(s, id, key, &text, application_id, e);
}

int tokens_set(struct store *s, const char *id, const char *token, int64_t application_id, struct error *e)
{
    struct str sealed = STR_INIT;
    char context[64];
    const struct key *key = store_secret_key(s, e);

    if (!key || tenant_require(s, id, e) || tokens_free(s, id, token, application_id, e))
        return -1;
    context_of(id, context);
    crypto_seal(key, context, token, strlen(token), &sealed);
    int result = sql_run(s, e,
                         "INSERT INTO tokens (tenant_id, sealed) VALUES (?1, ?2)"
                         " ON CONFLICT (tenant_id) DO UPDATE SET sealed = excluded.sealed",
                         "tb", id, (const void *)sealed.data, sealed.len);
    if (result == 0)
        result = sql_run(s, e, "UPDATE tenants SET token = 'set', application_id = ?2 WHERE tenant_id = ?1",
                         "ti", id, application_id);
    str_release(&sealed);
    return result;
}

int tokens_clear(struct store *s, const char *id, bool *changed, struct error *e)
{
    if (tenant_require(s, id, e) || sql_run(s, e, "DELETE FROM tokens WHERE tenant_id = ?1", "t", id))
        return -1;
    if (changed)
        *changed = store_changes(s) > 0;
    return sql_run(s, e, "UPDATE tenants SET token = 'none', application_id = 0 WHERE tenant_id = ?1", "t",
                   id);
}

int tokens_get(struct store *s, const char *id, struct str *out, struct error *e)
{
    struct query q;
    char context[64];
    const struct key *key = store_secret_key(s, e);

    if (!key || tenant_require(s, id, e))
        return -1;
    int step = query_open(&q, s, e, "SELECT sealed FROM tokens WHERE tenant_id = ?1", "t", id);
    if (step == 0)
        step = query_step(&q, e);
    if (step == 0) {
        error_set(e, ERROR_NO_SUCH, "token", "the tenant '%s' has no token", id);
        step = error_hint(e, "`token %s set` gives it one", id);
    } else if (step == 1) {
        context_of(id, context);
        const void *sealed = sqlite3_column_blob(q.stmt, 0);
        step = crypto_open(key, context, sealed, (size_t)sqlite3_column_bytes(q.stmt, 0), out, e);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int tokens_refused(struct store *s, const char *id, int64_t epoch, struct error *e)
{
    return work_run(s, e,
                    "UPDATE tenants SET token = ?3 WHERE tenant_id = ?1 AND epoch = ?2 AND token <> 'none'",
                    "tit", id, epoch, token_state_words[TOKEN_REFUSED]);
}

int tokens_application(struct store *s, const char *id, int64_t epoch, int64_t application_id,
                       struct error *e)
{
    bool own;
    if (application_id <= 0 || work_begin(s, &own, e))
        return application_id <= 0 ? 0 : -1;
    int result = application_free(s, id, application_id, e);
    if (result == 0)
        result = sql_run(s, e,
                         "UPDATE tenants SET application_id = ?3 WHERE tenant_id = ?1 AND epoch = ?2"
                         " AND token <> 'none' AND application_id <> ?3",
                         "tii", id, epoch, application_id);
    return work_end(s, own, result, e);
}

int tokens_try_again(struct store *s, const char *id, struct error *e)
{
    return sql_run(s, e, "UPDATE tenants SET token = ?2 WHERE tenant_id = ?1 AND token = ?3", "ttt", id,
                   token_state_words[TOKEN_SET], token_state_words[TOKEN_REFUSED]);
}
