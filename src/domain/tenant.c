#include "tt/domain/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/base/str.h"

void tenant_init(struct tenant *t)
{
    *t = (struct tenant){.status = STATUS_ACTIVE, .plan = PLAN_BASIC, .token = TOKEN_NONE, .wanted = true};
}

void tenant_release(struct tenant *t)
{
    free(t->name);
    for (int i = 0; i < CONFIG_COUNT; i++)
        free(t->config[i]);
    for (size_t i = 0; i < t->setting_count; i++) {
        free(t->settings[i].key);
        free(t->settings[i].value);
    }
    free(t->settings);
    tenant_init(t);
}

void tenant_copy(struct tenant *to, const struct tenant *from)
{
    *to = *from;
    to->name = mem_strdup(from->name);
    for (int i = 0; i < CONFIG_COUNT; i++)
        to->config[i] = mem_strdup(from->config[i]);
    to->settings = from->setting_count ? mem_zero(from->setting_count, sizeof *to->settings) : NULL;
    for (size_t i = 0; i < from->setting_count; i++) {
        const struct setting *s = &from->settings[i];
        to->settings[i] = (struct setting){s->feature, mem_strdup(s->key), mem_strdup(s->value)};
    }
}

const char *tenant_silent(const struct tenant *t)
{
    if (t->token == TOKEN_NONE)
        return "no_token";
    if (!t->wanted)
        return "stopped";
    if (t->status == STATUS_SUSPENDED)
        return "suspended";
    if (t->status == STATUS_EXPIRED)
        return "expired";
    return t->deleted_at ? "no_token" : NULL;
}

const char *tenant_config(const struct tenant *t, enum config_key key)
{
    return t->config[key] ? t->config[key] : config_default(key);
}

int64_t tenant_config_int(const struct tenant *t, enum config_key key)
{
    const char *text = tenant_config(t, key);
    return text ? strtoll(text, NULL, 10) : 0;
}

bool tenant_config_bool(const struct tenant *t, enum config_key key)
{
    return str_equal(tenant_config(t, key), "true");
}

const char *tenant_setting(const struct tenant *t, enum feature feature, const char *key)
{
    for (size_t i = 0; i < t->setting_count; i++)
        if (t->settings[i].feature == feature && str_equal(t->settings[i].key, key))
            return t->settings[i].value;
    return NULL;
}

bool tenant_feature_on(const struct tenant *t, enum feature feature)
{
    return t->features[feature] && plan_allows_feature(t->plan, feature);
}

struct json *tenant_features_json(const struct tenant *t)
{
    struct json *map = json_new_object();
    for (int i = 0; i < FEATURE_COUNT; i++)
        json_set_bool(map, feature_words[i], t->features[i]);
    return map;
}

struct json *tenant_channels_json(const struct tenant *t)
{
    struct json *map = json_new_object();
    for (int i = 0; i < CHANNEL_COUNT; i++)
        json_set_id(map, channel_words[i], t->channels[i]);
    return map;
}

struct json *tenant_permissions_json(const struct tenant *t)
{
    struct json *map = json_new_object();
    for (int i = 0; i < PERMISSION_COUNT; i++)
        json_set_bool(map, permission_words[i], t->permissions[i]);
    return map;
}

struct json *tenant_config_json(const struct tenant *t)
{
    struct json *map = json_new_object();
    for (int i = 0; i < CONFIG_COUNT; i++) {
        enum config_key key = (enum config_key)i;
        json_set(map, config_words[i], config_json(key, tenant_config(t, key)));
    }
    return map;
}
