#include "tenants.h"

#include "tt/base/mem.h"

/* --- existence --- */

int tenant_missing(const char *id, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, "tenant", "no tenant '%s'", id);
    return error_hint(e, "`list` shows the tenants");
}

int tenant_require(struct store *s, const char *id, struct error *e)
{
    int64_t one;
    int found = sql_int(s, e, &one, "SELECT 1 FROM tenants WHERE tenant_id = ?1 AND deleted_at = 0", "t", id);
    return found == 1 ? 0 : found < 0 ? -1 : tenant_missing(id, e);
}

int tenants_with_prefix(struct store *s, const char *prefix, int limit, void (*each)(void *, const char *id),
                        void *context, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT tenant_id FROM tenants WHERE tenant_id >= ?1 AND tenant_id < ?1 || '~'"
                          " AND deleted_at = 0 ORDER BY tenant_id LIMIT ?2",
                          "td", prefix, limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    return step;
}

/* --- create --- */

static int check_free(struct store *s, const struct tenant *t, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT tenant_id = ?1, deleted_at <> 0 FROM tenants WHERE tenant_id = ?1"
                          " UNION ALL SELECT 0, 0 FROM tenants WHERE guild_id = ?2 AND deleted_at = 0",
                          "ti", t->id, t->guild_id);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        if (query_int(&q, 0)) {
            step = error_set(e, ERROR_TAKEN, "tenant", "the tenant id '%s' is taken%s", t->id,
                             query_int(&q, 1) ? " by a deleted tenant" : "");
        } else { /* which one is for those to see who may list them */
            error_set(e, ERROR_TAKEN, "guild_id", "the guild %lld belongs to another tenant",
                      (long long)t->guild_id);
            step = error_hint(e, "list --search %lld", (long long)t->guild_id);
        }
    }
    query_close(&q);
    return step;
}

static int insert_flags(struct store *s, const struct tenant *t, struct error *e)
{
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (t->features[i] &&
            sql_run(s, e, "INSERT INTO features (tenant_id, feature, enabled) VALUES (?1, ?2, 1)", "tt",
                    t->id, feature_words[i]))
            return -1;
    for (int i = 0; i < PERMISSION_COUNT; i++)
        if (t->permissions[i] &&
            sql_run(s, e, "INSERT INTO permissions (tenant_id, permission, enabled) VALUES (?1, ?2, 1)", "tt",
                    t->id, permission_words[i]))
            return -1;
    return 0;
}

static int insert_values(struct store *s, const struct tenant *t, struct error *e)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (t->channels[i] && tenants_set_channel(s, t->id, (enum channel)i, t->channels[i], NULL, e))
            return -1;
    for (int i = 0; i < CONFIG_COUNT; i++)
        if (t->config[i] && tenants_set_config(s, t->id, (enum config_key)i, t->config[i], NULL, e))
            return -1;
    for (size_t i = 0; i < t->setting_count; i++)
        if (tenants_set_setting(s, t->id, t->settings[i].feature, t->settings[i].key, t->settings[i].value,
                                NULL, e))
            return -1;
    return 0;
}

int tenants_create(struct store *s, const struct tenant *t, int64_t now, struct error *e)
{
    if (check_free(s, t, e))
        return -1;
    if (sql_run(s, e,
                "INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, revision, wanted, "
                "created_at,"
                " updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?7)",
                "ttiitti", t->id, t->name, t->discord_id, t->guild_id, tenant_status_words[t->status],
                plan_words[t->plan], now))
        return -1;
    return insert_flags(s, t, e) || insert_values(s, t, e) ? -1 : 0;
}

/* --- load --- */

static int load_row(struct store *s, const char *id, bool deleted, struct tenant *t, struct error *e)
{
    struct query q;
    int status, plan, token;
    int step = query_open(
        &q, s, e,
        "SELECT t.tenant_id, t.name, t.discord_id, t.guild_id, t.status, t.plan, t.revision,"
        " coalesce(b.applied_revision, 0), t.token, t.application_id, t.wanted, t.created_at,"
        " t.updated_at, t.deleted_at, t.epoch FROM tenants t LEFT JOIN bot_states b USING (tenant_id)"
        " WHERE t.tenant_id = ?1",
        "t", id);
    if (step == 0)
        step = query_step(&q, e);
    if (step == 0 || (step == 1 && query_int(&q, 13) && !deleted))
        step = tenant_missing(id, e);
    if (step < 0 || (status = stored_word(s, tenant_status_words, query_text(&q, 4), e)) < 0 ||
        (plan = stored_word(s, plan_words, query_text(&q, 5), e)) < 0 ||
        (token = stored_word(s, token_state_words, query_text(&q, 8), e)) < 0) {
        query_close(&q);
        return -1;
    }
    str_copy(t->id, sizeof t->id, query_text(&q, 0));
    free(t->name);
    t->name = mem_strdup(query_text(&q, 1));
    t->discord_id = query_int(&q, 2);
    t->guild_id = query_int(&q, 3);
    t->status = (enum tenant_status)status;
    t->plan = (enum plan)plan;
    t->revision = query_int(&q, 6);
    t->applied_revision = query_int(&q, 7);
    t->token = (enum token_state)token;
    t->application_id = query_int(&q, 9);
    t->wanted = query_int(&q, 10) != 0;
    t->created_at = query_int(&q, 11);
    t->updated_at = query_int(&q, 12);
    t->deleted_at = query_int(&q, 13);
    t->epoch = query_int(&q, 14);
    query_close(&q);
    return 0;
}

static int put_feature(struct tenant *t, int word, const struct query *q)
{
    t->features[word] = query_int(q, 3) != 0;
    return 0;
}

static int put_permission(struct tenant *t, int word, const struct query *q)
{
    t->permissions[word] = query_int(q, 3) != 0;
    return 0;
}

static int put_channel(struct tenant *t, int word, const struct query *q)
{
    t->channels[word] = query_int(q, 3);
    return 0;
}

static int put_config(struct tenant *t, int word, const struct query *q)
{
    free(t->config[word]);
    t->config[word] = mem_strdup(query_text(q, 3));
    return 0;
}

static int put_setting(struct tenant *t, int word, const struct query *q)
{
    t->settings = mem_resize(t->settings, t->setting_count + 1, sizeof *t->settings);
    t->settings[t->setting_count++] = (struct setting){.feature = (enum feature)word,
                                                       .key = mem_strdup(query_text(q, 2)),
                                                       .value = mem_strdup(query_text(q, 3))};
    return 0;
}

/* The parts of a configuration, by the number that the query below gives them. */
static const struct part {
    const char *const *words;
    int (*put)(struct tenant *t, int word, const struct query *q);
} parts[] = {
    {feature_words, put_feature}, {permission_words, put_permission}, {channel_words, put_channel},
    {config_words, put_config},   {feature_words, put_setting},
};

static int compare_settings(const void *a, const void *b)
{
    const struct setting *one = a, *two = b;
    return one->feature != two->feature ? (one->feature < two->feature ? -1 : 1) : strcmp(one->key, two->key);
}

/* One statement for all the maps: `show` is measured against a bare SELECT. */
static int load_parts(struct store *s, struct tenant *t, struct error *e)
{
    struct query q;
    int step =
        query_open(&q, s, e,
                   "SELECT 0, feature, NULL, enabled FROM features WHERE tenant_id = ?1 UNION ALL"
                   " SELECT 1, permission, NULL, enabled FROM permissions WHERE tenant_id = ?1 UNION ALL"
                   " SELECT 2, type, NULL, channel_id FROM channels WHERE tenant_id = ?1 UNION ALL"
                   " SELECT 3, key, NULL, value FROM bot_config WHERE tenant_id = ?1 UNION ALL"
                   " SELECT 4, feature, key, value FROM settings WHERE tenant_id = ?1",
                   "t", t->id);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        const struct part *part = &parts[query_int(&q, 0)];
        int word = stored_word(s, part->words, query_text(&q, 1), e);
        if (word < 0)
            step = -1;
        else
            part->put(t, word, &q);
    }
    query_close(&q);
    if (t->setting_count > 1)
        qsort(t->settings, t->setting_count, sizeof *t->settings, compare_settings);
    return step;
}

/* Row and parts of one moment: a revision with the parts of the next would have a hash that nobody pushed. */
static int load(struct store *s, const char *id, bool deleted, struct tenant *t, struct error *e)
{
    bool own;

    tenant_init(t);
    for (int i = 0; i < FEATURE_COUNT; i++)
        t->features[i] = false;
    for (int i = 0; i < PERMISSION_COUNT; i++)
        t->permissions[i] = false;
    if (view_begin(s, &own, e))
        return -1;
    return view_end(s, own, load_row(s, id, deleted, t, e) || load_parts(s, t, e) ? -1 : 0);
}

int tenants_load(struct store *s, const char *id, struct tenant *t, struct error *e)
{
    return load(s, id, false, t, e);
}

int tenants_load_deleted(struct store *s, const char *id, struct tenant *t, struct error *e)
{
    return load(s, id, true, t, e);
}
