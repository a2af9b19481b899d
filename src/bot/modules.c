/* The list of modules, and who of them answers. */
#include "module.h"

#include "tt/base/mem.h"
#include "tt/bot/bot.h"

extern const struct module module_basic, module_admin, module_welcome, module_custom_commands;

const struct module *const modules[] = {
    &module_basic, &module_admin, &module_welcome, &module_custom_commands, NULL,
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

static const struct handler *named(const struct module *m, const char *name)
{
    for (const struct handler *h = m->commands; h && h->name; h++) {
        if (str_equal(h->name, name))
            return h;
    }
    return NULL;
}

const struct handler *module_command(const struct tenant *t, const char *name, const struct module **off)
{
    *off = NULL;
    for (const struct module *const *m = modules; *m; m++) {
        const struct handler *h = named(*m, name);
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
