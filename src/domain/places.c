/* What a configuration names that must be there in the guild. */
#include "tt/domain/feature.h"

#include <inttypes.h>

static void add_place(struct str *out, const char *label, const char *key, const char *id, size_t n)
{
    str_addf(out, "%s%s%s%s ", out->len ? "," : "", label, key ? " " : "", key ? key : "");
    str_add_bytes(out, id, n);
}

static void add_channels(const struct tenant *t, struct str *out)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        char id[24];
        int n = snprintf(id, sizeof id, "%" PRId64, t->channels[i]);
        if (t->channels[i])
            add_place(out, channel_words[i], NULL, id, (size_t)n);
    }
}

static void add_roles(const struct tenant *t, const struct feature_list *list, struct str *out)
{
    for (size_t i = 0; i < t->setting_count; i++) {
        const struct setting *s = &t->settings[i];
        const struct feature_spec *feature = feature_find(list, s->feature);
        const struct setting_spec *spec = feature ? setting_find(feature, s->key) : NULL;
        for (const char *id = s->value; spec && spec->roles && *id; id += *id == ',') {
            size_t n = strcspn(id, ",");
            add_place(out, feature_words[s->feature], s->key, id, n);
            id += n;
        }
    }
}

void tenant_places(const struct tenant *t, const struct feature_list *list, enum place place, struct str *out)
{
    if (place == PLACE_CHANNEL)
        add_channels(t, out);
    else
        add_roles(t, list, out);
}
