#include "tenants.h"

/* A setter's end: which rows differed, and whether the tenant is there at all when none did. */
static int finish(struct store *s, const char *id, int result, bool *changed, struct error *e)
{
    if (result < 0)
        return -1;
    bool differs = store_changes(s) > 0;
    if (changed)
        *changed = differs;
    return differs ? 0 : tenant_require(s, id, e);
}

int tenants_set_name(struct store *s, const char *id, const char *name, bool *changed, struct error *e)
{
    return finish(
        s, id,
        sql_run(s, e, "UPDATE tenants SET name = ?2 WHERE tenant_id = ?1 AND deleted_at = 0 AND name <> ?2",
                "tt", id, name),
        changed, e);
}

int tenants_set_status(struct store *s, const char *id, enum tenant_status status, bool *changed,
                       struct error *e)
{
    return finish(
        s, id,
        sql_run(s, e,
                "UPDATE tenants SET status = ?2 WHERE tenant_id = ?1 AND deleted_at = 0 AND status <> ?2",
                "tt", id, tenant_status_words[status]),
        changed, e);
}

int tenants_set_plan(struct store *s, const char *id, enum plan plan, bool *changed, struct error *e)
{
    return finish(
        s, id,
        sql_run(s, e, "UPDATE tenants SET plan = ?2 WHERE tenant_id = ?1 AND deleted_at = 0 AND plan <> ?2",
                "tt", id, plan_words[plan]),
        changed, e);
}

int tenants_set_wanted(struct store *s, const char *id, bool wanted, bool *changed, struct error *e)
{
    return finish(
        s, id,
        sql_run(s, e,
                "UPDATE tenants SET wanted = ?2 WHERE tenant_id = ?1 AND deleted_at = 0 AND wanted <> ?2",
                "td", id, (int)wanted),
        changed, e);
}

/* Rows of a tenant's parts are only written for a tenant that is there and not deleted: the SELECT gives no
 * row otherwise. What is off and was never on needs no row. */

int tenants_set_feature(struct store *s, const char *id, enum feature f, bool on, bool *changed,
                        struct error *e)
{
    int result =
        on ? sql_run(s, e,
                     "INSERT INTO features (tenant_id, feature, enabled)"
                     " SELECT tenant_id, ?2, 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0"
                     " ON CONFLICT (tenant_id, feature) DO UPDATE SET enabled = 1 WHERE enabled = 0",
                     "tt", id, feature_words[f])
           : sql_run(s, e,
                     "UPDATE features SET enabled = 0 WHERE tenant_id = ?1 AND feature = ?2 AND enabled = 1"
                     " AND EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0)",
                     "tt", id, feature_words[f]);
    return finish(s, id, result, changed, e);
}

int tenants_set_permission(struct store *s, const char *id, enum permission p, bool on, bool *changed,
                           struct error *e)
{
    int result =
        on ? sql_run(s, e,
                     "INSERT INTO permissions (tenant_id, permission, enabled)"
                     " SELECT tenant_id, ?2, 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0"
                     " ON CONFLICT (tenant_id, permission) DO UPDATE SET enabled = 1 WHERE enabled = 0",
                     "tt", id, permission_words[p])
           : sql_run(s, e,
                     "UPDATE permissions SET enabled = 0 WHERE tenant_id = ?1 AND permission = ?2"
                     " AND enabled = 1"
                     " AND EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0)",
                     "tt", id, permission_words[p]);
    return finish(s, id, result, changed, e);
}

int tenants_set_channel(struct store *s, const char *id, enum channel c, int64_t channel_id, bool *changed,
                        struct error *e)
{
    int result =
        channel_id
            ? sql_run(s, e,
                      "INSERT INTO channels (tenant_id, type, channel_id)"
                      " SELECT tenant_id, ?2, ?3 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0"
                      " ON CONFLICT (tenant_id, type) DO UPDATE SET channel_id = ?3 WHERE channel_id <> ?3",
                      "tti", id, channel_words[c], channel_id)
            : sql_run(s, e,
                      "DELETE FROM channels WHERE tenant_id = ?1 AND type = ?2"
                      " AND EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0)",
                      "tt", id, channel_words[c]);
    return finish(s, id, result, changed, e);
}

int tenants_set_config(struct store *s, const char *id, enum config_key k, const char *value, bool *changed,
                       struct error *e)
{
    int result =
        value ? sql_run(s, e,
                        "INSERT INTO bot_config (tenant_id, key, value)"
                        " SELECT tenant_id, ?2, ?3 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0"
                        " ON CONFLICT (tenant_id, key) DO UPDATE SET value = ?3 WHERE value <> ?3",
                        "ttt", id, config_words[k], value)
              : sql_run(s, e,
                        "DELETE FROM bot_config WHERE tenant_id = ?1 AND key = ?2"
                        " AND EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0)",
                        "tt", id, config_words[k]);
    return finish(s, id, result, changed, e);
}

int tenants_set_setting(struct store *s, const char *id, enum feature f, const char *key, const char *value,
                        bool *changed, struct error *e)
{
    int result =
        value ? sql_run(s, e,
                        "INSERT INTO settings (tenant_id, feature, key, value)"
                        " SELECT tenant_id, ?2, ?3, ?4 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0"
                        " ON CONFLICT (tenant_id, feature, key) DO UPDATE SET value = ?4 WHERE value <> ?4",
                        "tttt", id, feature_words[f], key, value)
              : sql_run(s, e,
                        "DELETE FROM settings WHERE tenant_id = ?1 AND feature = ?2 AND key = ?3"
                        " AND EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0)",
                        "ttt", id, feature_words[f], key);
    return finish(s, id, result, changed, e);
}

/* --- delete --- */

static int guild_error(int64_t guild, struct error *e)
{
    error_set(e, ERROR_TAKEN, "tenant", "its guild %lld belongs to another tenant now", (long long)guild);
    return error_hint(e, "delete that one first");
}

/* A token that Discord was not asked about may have been given to another tenant meanwhile. */
static int unchecked_free(struct store *s, const char *id, struct error *e)
{
    struct str token = STR_INIT;
    int64_t application;
    int result = 0,
        found =
            sql_int(s, e, &application,
                    "SELECT application_id FROM tenants WHERE tenant_id = ?1 AND token <> 'none'", "t", id);
    if (found == 1) /* without the key nobody can use it either */
        result = store_secret_key(s, NULL) && tokens_get(s, id, &token, NULL) == 0
                     ? tokens_free(s, id, str_text(&token), application, e)
                     : 0;
    str_wipe(&token);
    return found < 0 ? -1 : result;
}

static int bring_back(struct store *s, const char *id, struct error *e)
{
    int64_t guild = 0, application = 0, erasing = 0;
    if (sql_int(s, e, &erasing, "SELECT deleted_at = 1 FROM tenants WHERE tenant_id = ?1", "t", id) < 0)
        return -1;
    if (erasing)
        return error_set(e, ERROR_REFUSED, "tenant", "the tenant '%s' is being erased for good", id);
    int taken = sql_int(
        s, e, &guild,
        "SELECT t.guild_id FROM tenants t JOIN tenants o ON o.guild_id = t.guild_id AND o.deleted_at = 0"
        " WHERE t.tenant_id = ?1 AND o.tenant_id <> ?1",
        "t", id);
    if (taken == 1)
        return guild_error(guild, e);
    if (taken == 0)
        taken =
            sql_int(s, e, &application,
                    "SELECT t.application_id FROM tenants t JOIN tenants o"
                    " ON o.application_id = t.application_id AND o.deleted_at = 0 AND o.application_id <> 0"
                    " WHERE t.tenant_id = ?1 AND o.tenant_id <> ?1",
                    "t", id);
    if (taken == 1)
        return error_set(e, ERROR_TAKEN, "tenant", "its bot %lld serves another tenant now",
                         (long long)application);
    if (taken < 0 ||
        sql_run(s, e, "UPDATE tenants SET deleted_at = 0 WHERE tenant_id = ?1 AND deleted_at <> 0", "t", id))
        return -1;
    return unchecked_free(s, id, e);
}

int tenants_set_deleted(struct store *s, const char *id, bool deleted, int64_t now, bool *changed,
                        struct error *e)
{
    int64_t one;
    int found = sql_int(s, e, &one, "SELECT 1 FROM tenants WHERE tenant_id = ?1", "t", id);
    if (found < 1)
        return found < 0 ? -1 : tenant_missing(id, e);
    int result =
        deleted ? sql_run(s, e, "UPDATE tenants SET deleted_at = ?2 WHERE tenant_id = ?1 AND deleted_at = 0",
                          "ti", id, now)
                : bring_back(s, id, e);
    if (result)
        return -1;
    bool differs = store_changes(s) > 0;
    if (changed)
        *changed = differs;
    /* Nothing is pushed to a guild that is no longer served. */
    return deleted && differs ? sql_run(s, e, "DELETE FROM outbox WHERE tenant_id = ?1", "t", id) : 0;
}

/* --- counters --- */

static int raise_counter(struct store *s, const char *sql, const char *id, int64_t now, int64_t *out,
                         struct error *e)
{
    int64_t value = 0;
    int found = sql_int(s, e, &value, sql, "ti", id, now);
    if (found < 1)
        return found < 0 ? -1 : tenant_missing(id, e);
    if (out)
        *out = value;
    return 0;
}

int tenants_raise_revision(struct store *s, const char *id, int64_t now, int64_t *revision, struct error *e)
{
    return raise_counter(s,
                         "UPDATE tenants SET revision = revision + 1, updated_at = max(updated_at, ?2)"
                         " WHERE tenant_id = ?1 RETURNING revision",
                         id, now, revision, e);
}

int tenants_raise_epoch(struct store *s, const char *id, int64_t now, int64_t *epoch, struct error *e)
{
    return raise_counter(s,
                         "UPDATE tenants SET epoch = epoch + 1, updated_at = max(updated_at, ?2)"
                         " WHERE tenant_id = ?1 RETURNING epoch",
                         id, now, epoch, e);
}
