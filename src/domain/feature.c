#include "tt/domain/feature.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/crypto.h"
#include "tt/base/mem.h"
#include "tt/base/str.h"
#include "tt/base/text.h"
#include "value.h"

#define SETTING_TEXT_MAX 2000 /* a message's length, where the table gives none */
#define SETTING_MAX 4000      /* characters that a row of settings keeps */
#define LIST_MAX 200          /* ids of 19 digits with their commas fill such a row */

char *intents_switches(unsigned needs)
{
    static const struct {
        unsigned bit;
        const char *name;
    } switches[] = {{INTENT_NEED_CONTENT, "Message Content Intent"},
                    {INTENT_NEED_MEMBERS, "Server Members Intent"}};
    struct str text = STR_INIT;
    size_t n = 0;
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (needs & switches[i].bit)
            str_addf(&text, "%s%s", n++ ? " and " : "the ", switches[i].name);
    if (n)
        str_add(&text, n > 1 ? " switches in the portal" : " switch in the portal");
    char *out = n ? str_take(&text) : NULL;
    str_release(&text);
    return out;
}

char *intents_missing(unsigned needs)
{
    char *switches = intents_switches(needs), *out = switches ? mem_format("needs %s", switches) : NULL;
    free(switches);
    return out;
}

unsigned intents_wanted(const struct feature_list *list, const struct tenant *t)
{
    unsigned wanted = INTENT_NEED_CONTENT; /* commands that are typed with a prefix */
    for (size_t i = 0; list && i < list->count; i++)
        if (tenant_feature_on(t, list->items[i]->feature))
            wanted |= list->items[i]->privileged_intents;
    return wanted;
}

const struct feature_spec *feature_find(const struct feature_list *list, enum feature feature)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (list->items[i]->feature == feature)
            return list->items[i];
    return NULL;
}

const struct setting_spec *setting_find(const struct feature_spec *spec, const char *key)
{
    for (const struct setting_spec *s = spec->settings; s && s->key; s++)
        if (str_equal(s->key, key))
            return s;
    return NULL;
}

/* --- checking --- */

static int check_text(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    if (value_text(s->key, value, s->min > 1 ? s->min : 1, s->max ? s->max : SETTING_TEXT_MAX, true, e) < 0)
        return -1;
    str_add(out, value);
    return 0;
}

static int check_int(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    bool bounded = s->min != 0 || s->max != 0;
    int64_t n, most = INT64_C(1) << 53; /* what a document can carry */
    if (value_int(s->key, value, bounded ? s->min : -most, bounded ? s->max : most, &n, e) < 0)
        return -1;
    str_addf(out, "%" PRId64, n);
    return 0;
}

static int check_bool(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    int on = bool_parse(s->key, value, e);
    if (on < 0)
        return -1;
    str_add(out, on ? "true" : "false");
    return 0;
}

static int check_id(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    int64_t id;
    if (snowflake_parse(s->key, value, &id, NULL, e) < 0)
        return -1;
    str_addf(out, "%" PRId64, id);
    return 0;
}

/* Is ID (decimal) one of the entries of LIST? */
static bool listed(const char *list, const char *id)
{
    size_t n = strlen(id);
    for (const char *c = list; *c; c += strcspn(c, ","), c += *c == ',')
        if (strncmp(c, id, n) == 0 && (c[n] == ',' || c[n] == '\0'))
            return true;
    return false;
}

static int check_id_list(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    struct str entry = STR_INIT, id = STR_INIT;
    int64_t count = 0, most = s->max > 0 ? s->max : LIST_MAX;
    int status = 0;
    for (const char *c = value; !status; c++) {
        size_t n = strcspn(c, ",");
        str_clear(&entry);
        str_clear(&id);
        str_add_bytes(&entry, c, n);
        str_trim(&entry);
        status = check_id(s, str_text(&entry), &id, e);
        if (!status && !listed(str_text(out), str_text(&id))) {
            str_addf(out, "%s%s", count ? "," : "", str_text(&id));
            count++;
        }
        c += n;
        if (!*c)
            break;
    }
    if (!status && (count < s->min || count > most))
        status = error_set(e, ERROR_MALFORMED, s->key,
                           "%s has %" PRId64 " entries; expected %" PRId64 " to %" PRId64, s->key, count,
                           s->min > 1 ? s->min : 1, most);
    str_release(&entry);
    str_release(&id);
    return status;
}

static int check_known(const struct setting_spec *s, const char *value, struct str *out, struct error *e)
{
    static int (*const checks[])(const struct setting_spec *, const char *, struct str *, struct error *) = {
        [SETTING_TEXT] = check_text, [SETTING_INT] = check_int,         [SETTING_BOOL] = check_bool,
        [SETTING_ID] = check_id,     [SETTING_ID_LIST] = check_id_list,
    };
    return checks[s->type](s, value, out, e);
}

/* "unknown key 'xp'; did you mean ...": the words are those of the feature's table. */
static int unknown_key(const struct feature_spec *spec, const char *key, struct error *e)
{
    size_t n = 0;
    for (const struct setting_spec *s = spec->settings; s && s->key; s++)
        n++;
    const char **words = mem_zero(n + 1, sizeof *words);
    for (size_t i = 0; i < n; i++)
        words[i] = spec->settings[i].key;
    word_parse("key", key, words, e);
    if (n == 0)
        error_hint(e, "%s has no settings", feature_words[spec->feature]);
    free(words);
    return -1;
}

int setting_check(const struct feature_spec *spec, const struct tenant *t, const char *key, const char *value,
                  char **out, struct error *e)
{
    const struct setting_spec *s = setting_find(spec, key);
    bool clear = str_equal(value, "none");
    struct str text = STR_INIT;
    *out = NULL;
    if (!s && !spec->check_open_key)
        return unknown_key(spec, key, e);
    if (clear)
        return 0;
    int status = s ? check_known(s, value, &text, e) : spec->check_open_key(t, key, value, e);
    if (!status && !s)
        str_add(&text, value);
    if (!status && text_length(str_text(&text)) > SETTING_MAX)
        status = error_set(e, ERROR_MALFORMED, key, "%s is too long: at most %d characters are kept", key,
                           SETTING_MAX);
    if (!status)
        *out = str_take(&text);
    str_release(&text);
    return status;
}

/* --- as JSON --- */

static struct json *list_json(const char *text)
{
    struct json *list = json_new_array();
    for (const char *c = text; *c; c += *c == ',') {
        size_t n = strcspn(c, ",");
        char *entry = mem_strndup(c, n);
        json_push(list, json_new_string(entry));
        free(entry);
        c += n;
    }
    return list;
}

struct json *setting_json(const struct setting_spec *spec, const char *text)
{
    if (!text)
        text = spec->otherwise;
    if (!text)
        return json_new_null();
    switch (spec->type) {
    case SETTING_INT:
        return json_new_int(strtoll(text, NULL, 10));
    case SETTING_BOOL:
        return json_new_bool(str_equal(text, "true"));
    case SETTING_ID_LIST:
        return list_json(text);
    case SETTING_TEXT:
    case SETTING_ID:
        break;
    }
    return json_new_string(text);
}

struct json *tenant_settings_json(const struct tenant *t, const struct feature_list *list)
{
    struct json *all = json_new_object();
    for (int f = 0; f < FEATURE_COUNT; f++) {
        const struct feature_spec *spec = feature_find(list, (enum feature)f);
        if (!spec)
            continue;
        struct json *map = json_set(all, feature_words[f], json_new_object());
        for (const struct setting_spec *s = spec->settings; s && s->key; s++)
            json_set(map, s->key, setting_json(s, tenant_setting(t, spec->feature, s->key)));
        for (size_t i = 0; spec->check_open_key && i < t->setting_count; i++)
            if (t->settings[i].feature == spec->feature && !setting_find(spec, t->settings[i].key))
                json_set_string(map, t->settings[i].key, t->settings[i].value);
    }
    return all;
}

struct json *tenant_configuration_json(const struct tenant *t, const struct feature_list *list)
{
    struct json *j = json_new_object();
    json_set(j, "bot_config", tenant_config_json(t));
    json_set(j, "channels", tenant_channels_json(t));
    json_set(j, "features", tenant_features_json(t));
    json_set(j, "permissions", tenant_permissions_json(t));
    json_set_string(j, "plan", plan_words[t->plan]);
    json_set(j, "settings", tenant_settings_json(t, list));
    json_set_string(j, "status", tenant_status_words[t->status]);
    return j;
}

void tenant_configuration_hash(const struct tenant *t, const struct feature_list *list, char out[65])
{
    struct json *j = tenant_configuration_json(t, list);
    struct str text = STR_INIT;
    json_print_canonical(j, &text);
    crypto_sha256_hex(text.data, text.len, out);
    str_release(&text);
    json_free(j);
}
