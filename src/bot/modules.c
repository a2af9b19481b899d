/* The list of modules, and who of them answers. */
#include "module.h"

#include "tt/base/mem.h"
#include "tt/bot/bot.h"

extern const struct module module_basic, module_admin, module_welcome, module_custom_commands, module_shop,
    module_live_stock, module_donation, module_analytics;

const struct module *const modules[] = {
    &module_basic,           &module_admin,     &module_welcome,
    &module_custom_commands, &module_shop,      &module_live_stock,
    &module_donation,        &module_analytics, NULL,
};

const struct feature_list *bot_features(void)
{
    static const struct feature_spec *specs[FEATURE_COUNT];
    static struct feature_list list = {.items = specs};
    if (!list.count) {
        size_t n = 0;
        for (const struct module *const *m = modules; *m; m++) {
            if ((*m)->spec)
                specs[n++] = (*m)->spec;
        }
        list.count = n;
    }
    return &list;
}

bool module_on(const struct module *m, const struct tenant *t)
{
    return !m->spec || tenant_feature_on(t, m->spec->feature);
}

static const struct handler *named(const struct handler *handlers, const char *name)
{
    for (const struct handler *h = handlers; h && h->name; h++) {
        if (str_equal(h->name, name))
            return h;
    }
    return NULL;
}

const struct handler *module_command(const struct tenant *t, const char *name, const struct module **off)
{
    *off = NULL;
    for (const struct module *const *m = modules; *m; m++) {
        const struct handler *h = named((*m)->commands, name);
        if (!h && (*m)->open)
            h = (*m)->open(t, name);
        if (!h)
            continue;
        if (module_on(*m, t)) {
            *off = NULL;
            return h;
        }
        *off = *m;
    }
    return NULL;
}

const struct handler *module_act(const struct tenant *t, const char *custom_id, bool form, const char **text,
                                 const struct module **off)
{
    char name[64];
    size_t feature = strcspn(custom_id, ":");
    const char *act = custom_id[feature] ? custom_id + feature + 1 : "";
    size_t n = strcspn(act, ":");
    *off = NULL;
    *text = act[n] ? act + n + 1 : "";
    if (n >= sizeof name)
        return NULL;
    memcpy(name, act, n);
    name[n] = '\0';
    for (const struct module *const *m = modules; *m; m++) {
        const char *word = (*m)->spec ? feature_words[(*m)->spec->feature] : "";
        if (strlen(word) != feature || memcmp(word, custom_id, feature) != 0)
            continue;
        const struct handler *h = named(form ? (*m)->forms : (*m)->buttons, name);
        if (h && module_on(*m, t))
            return h;
        *off = h ? *m : NULL;
    }
    return NULL;
}

const struct module *module_hearing(const struct tenant *t, int64_t channel_id)
{
    for (const struct module *const *m = modules; *m; m++) {
        if ((*m)->heard && channel_id && t->channels[(*m)->hears] == channel_id && module_on(*m, t))
            return *m;
    }
    return NULL;
}

static char *value_text(const struct json *value)
{
    struct str text = STR_INIT;
    if (json_string(value))
        str_add(&text, json_string(value));
    else if (value)
        json_print(value, &text);
    str_trim(&text);
    return str_take(&text);
}

char *module_argument(const struct module_context *c, const char *name, size_t index, bool rest)
{
    const char *word = c->text;
    size_t n;
    if (c->options) {
        json_each(option, c->options)
        {
            if (str_equal(json_get_string(option, "name"), name))
                return value_text(json_get(option, "value"));
        }
        return NULL;
    }
    for (size_t i = 0;; i++, word += n) {
        word += strspn(word, " \t\r\n");
        n = strcspn(word, " \t\r\n");
        if (i == index || !*word)
            break;
    }
    if (!*word)
        return NULL;
    struct str text = STR_INIT;
    str_add_bytes(&text, word, rest ? strlen(word) : n);
    str_trim(&text);
    return str_take(&text);
}

struct json *module_inputs(const struct json *data)
{
    struct json *inputs = json_new_array();
    json_each(row, json_get(data, "components"))
    {
        json_each(input, json_get(row, "components"))
        {
            struct json *option = json_push(inputs, json_new_object());
            json_set_string(option, "name", json_get_string(input, "custom_id"));
            json_set_string(option, "value", json_get_string(input, "value"));
        }
    }
    return inputs;
}

struct snapshot *snapshot_new(struct tenant *t, const struct feature_list *features)
{
    struct snapshot *s = mem_zero(1, sizeof *s);
    atomic_init(&s->references, 1);
    s->tenant = *t;
    tenant_init(t);
    tenant_configuration_hash(&s->tenant, features, s->hash);
    s->language = str_equal(tenant_config(&s->tenant, CONFIG_LANGUAGE), "en") ? LANGUAGE_EN : LANGUAGE_ID;
    return s;
}

struct snapshot *snapshot_hold(struct snapshot *s)
{
    atomic_fetch_add(&s->references, 1);
    return s;
}

void snapshot_drop(struct snapshot *s)
{
    if (!s || atomic_fetch_sub(&s->references, 1) != 1)
        return;
    tenant_release(&s->tenant);
    free(s);
}
