/* Tenants of rental_bot.db and what their bots need. What a tenant is set to is taken with the tenant only:
 * later it is the business of those who run it here. */
#include "import.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/domain/token.h"
#include "tt/store/tenants.h"

struct words {
    struct tenant *tenant;
    const char *column;
    const char *const *known;
    /* VALUE NULL: the word stood in a list. */
    void (*set)(struct import_row *r, const struct words *w, int index, const struct json *value);
};

/* Each word of a map or list. */
static void each_word(struct import_row *r, const struct words *w)
{
    struct json *map = import_map(r, w->column);
    bool list = json_is(map, JSON_ARRAY);

    json_each(child, map)
    {
        const char *word = list ? json_string(child) : json_key(child);
        int index = word ? word_index(w->known, word) : -1;
        if (index >= 0)
            w->set(r, w, index, list ? NULL : child);
        else
            import_note(r, "%s: '%.40s' is unknown: left out", w->column, word ? word : "?");
    }
    json_free(map);
}

static bool is_on(struct import_row *r, const struct words *w, int index, const struct json *value)
{
    const char *text = json_string(value);
    int on = !value                        ? 1
             : text                        ? bool_parse(w->column, text, NULL)
             : json_is(value, JSON_NUMBER) ? json_number(value, 0) != 0
             : json_is(value, JSON_BOOL)   ? json_bool(value, false)
             : json_is(value, JSON_NULL)   ? 0
                                           : -1;
    if (on < 0)
        import_note(r, "%s: %s is neither on nor off: left out", w->column, w->known[index]);
    return on > 0;
}

static void set_feature(struct import_row *r, const struct words *w, int index, const struct json *value)
{
    bool on = is_on(r, w, index, value), allowed = plan_allows_feature(w->tenant->plan, (enum feature)index);

    if (on && !allowed)
        import_note(r, "features: %s is not in the plan %s: off", feature_words[index],
                    plan_words[w->tenant->plan]);
    w->tenant->features[index] = on && allowed;
}

static void set_permission(struct import_row *r, const struct words *w, int index, const struct json *value)
{
    bool on = is_on(r, w, index, value);
    bool allowed = plan_allows_permission(w->tenant->plan, (enum permission)index);

    if (on && !allowed)
        import_note(r, "permissions: %s is not in the plan %s: off", permission_words[index],
                    plan_words[w->tenant->plan]);
    w->tenant->permissions[index] = on && allowed;
}

/* An empty one is none. */
static void set_channel(struct import_row *r, const struct words *w, int index, const struct json *value)
{
    const char *text = json_string(value);
    int64_t id = json_id(value);

    if (!value || json_is(value, JSON_NULL) || (text && !*text))
        return;
    if (text && snowflake_parse(w->column, text, &id, NULL, NULL))
        id = 0;
    if (id)
        w->tenant->channels[index] = id;
    else
        import_note(r, "%s: %s is no channel id: left out", w->column, w->known[index]);
}

static void set_config(struct import_row *r, const struct words *w, int index, const struct json *value)
{
    struct str text = STR_INIT;
    struct error why = {0};
    char *checked = NULL;

    if (!value || json_is(value, JSON_NULL))
        return;
    if (json_string(value))
        str_add(&text, json_string(value));
    else
        json_print(value, &text);
    if (config_check((enum config_key)index, str_text(&text), &checked, &why))
        import_note(r, "bot_config: %s: %s: left out", config_words[index], why.message);
    free(w->tenant->config[index]);
    w->tenant->config[index] = checked;
    str_release(&text);
}

/* --- tenants --- */

static int fill(struct import_row *r, struct tenant *t, struct error *e)
{
    const struct words maps[] = {
        {t, "features", feature_words, set_feature},
        {t, "permissions", permission_words, set_permission},
        {t, "channels", channel_words, set_channel},
        {t, "bot_config", config_words, set_config},
    };
    const char *name = import_text(r, "name");

    if (import_id(r, "discord_id", &t->discord_id, e) || import_id(r, "guild_id", &t->guild_id, e))
        return -1;
    t->status = (enum tenant_status)import_word(r, "status", tenant_status_words, STATUS_SUSPENDED);
    if (!import_text(r, "status"))
        t->status = STATUS_ACTIVE;
    t->plan = (enum plan)import_word(r, "plan", plan_words, PLAN_BASIC);
    if (!name || tenant_name_check(name, NULL)) {
        import_note(r, "the name cannot be used: the id stands for it");
        name = t->id;
    }
    t->name = mem_strdup(name);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        each_word(r, &maps[i]);
    return 0;
}

/* 1: this tenant is or was here; 0: none of its id. */
static int is_there(struct import_row *r, const char *id, struct error *e)
{
    int64_t owner, guild, same = 0;

    if (import_id(r, "discord_id", &owner, e) || import_id(r, "guild_id", &guild, e))
        return -1;
    int found = sql_int(r->store, e, &same,
                        "SELECT discord_id = ?2 AND guild_id = ?3 FROM tenants WHERE tenant_id = ?1", "tii",
                        id, owner, guild);
    return found == 1 && !same ? error_set(e, ERROR_TAKEN, "tenant_id",
                                           "a tenant '%s' of another owner or guild is here: neither this "
                                           "one nor its rows are taken",
                                           id)
                               : found;
}

int import_tenant(struct import_row *r, enum import_fate *fate, struct error *e)
{
    const char *id = import_text(r, "tenant_id");
    struct tenant t;
    int status = -1;

    if (!id)
        return error_set(e, ERROR_MALFORMED, "tenant_id", "tenant_id is empty");
    if (tenant_id_check(id, e))
        return -1;
    int found = is_there(r, id, e);
    if (found) {
        *fate = IMPORT_THERE;
        return found < 0 ? -1 : import_vouch(r, id, false, e);
    }
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, id);
    if (fill(r, &t, e) == 0)
        status = tenants_create(r->store, &t, r->now, e);
    if (status == 0)
        status = sql_run(r->store, e, "UPDATE tenants SET created_at = ?2 WHERE tenant_id = ?1", "ti", t.id,
                         import_time(r, "created_at", r->now));
    tenant_release(&t);
    return status ? -1 : import_vouch(r, id, true, e);
}

/* --- what belongs to a tenant --- */

/* 1: the tenant came with this import; 0: it was here before; -1 */
static int load_new(struct import_row *r, struct tenant *t, struct error *e)
{
    struct tenant_scope c;

    tenant_init(t);
    if (import_scope(r, &c, e) || tenants_load(r->store, c.tenant, t, e))
        return -1;
    return import_is_fresh(r, t->id);
}

/* Discord is not asked, so at least the form must be one that it gives out: no placeholder is sealed. */
static int check_form(const struct str *token, struct error *e)
{
    if (token_check(token, e))
        return -1;
    return token_application(token) ? 0
                                    : error_set(e, ERROR_MALFORMED, "token",
                                                "that is no bot token: it does not begin with the bot's id");
}

int import_token(struct import_row *r, const struct tenant *t, struct error *e)
{
    struct str token = STR_INIT;
    struct error why = {0};
    int status = 0;

    str_add(&token, import_text(r, "bot_token"));
    str_trim(&token);
    if (token.len && t->token == TOKEN_NONE) {
        status = check_form(&token, &why);
        if (!status)
            status = tokens_set(r->store, t->id, str_text(&token), 0, &why);
        if (status && import_may_refuse(&why)) {
            import_note(r, "the token is left out: %s", why.message);
            status = 0;
        } else if (status) {
            *e = why;
        } else {
            status = 1;
        }
    }
    str_wipe(&token);
    return status;
}

static int save_channels(struct import_row *r, const struct tenant *t, struct error *e)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (t->channels[i] && tenants_set_channel(r->store, t->id, (enum channel)i, t->channels[i], NULL, e))
            return -1;
    return 0;
}

int import_configuration(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct tenant t;
    const struct words others = {&t, "other_channel_ids", channel_words, set_channel};
    const char *donation;
    int status = load_new(r, &t, e);

    if (status == 0)
        *fate = IMPORT_THERE;
    if (status < 1)
        goto done;
    donation = import_text(r, "donation_channel_id");
    if (donation && snowflake_parse("channel", donation, &t.channels[CHANNEL_DONATION_LOG], NULL, NULL)) {
        t.channels[CHANNEL_DONATION_LOG] = 0;
        import_note(r, "donation_channel_id is no channel id: left out");
    }
    each_word(r, &others);
    status = save_channels(r, &t, e) || import_token(r, &t, e) < 0 ? -1 : 0;
done:
    tenant_release(&t);
    return status;
}

int import_bot(struct import_row *r, enum import_fate *fate, struct error *e)
{
    static const char *const states[] = {"starting", "running", "stopped", "error", "maintenance", NULL};
    struct tenant t;
    int state, set, status = load_new(r, &t, e);

    if (status == 0)
        *fate = IMPORT_THERE;
    if (status < 1)
        goto done;
    status = -1;
    state = import_word(r, "status", states, 2);
    set = import_token(r, &t, e);
    if (set < 0 || (state == 2 && tenants_set_wanted(r->store, t.id, false, NULL, e)))
        goto done;
    status = 0;
done:
    tenant_release(&t);
    return status;
}
