/* Candidates for the word being typed. Looks, never tells: every error means fewer candidates. */
#include "resolve.h"
#include "session.h"

#include "tt/base/mem.h"
#include "tt/store/customers.h"
#include "tt/store/products.h"

#define TENANTS_MAX 200

struct completing {
    struct command_session *session;
    const char *word; /* being typed */
    void (*each)(void *, const char *candidate, const char *help);
    void *context;
    const char *before; /* "--plan=": stands before each candidate */
    struct parsed parsed;
    struct tenant tenant; /* of an earlier argument */
    bool has_tenant;
    bool file; /* the name of one may stand here */
};

static struct store *store_of(const struct completing *k)
{
    return k->session ? k->session->options.store : NULL;
}

static bool on_discord(const struct completing *k)
{
    return k->session && k->session->actor.face == FACE_DISCORD;
}

/* May he know of the tenant ID (NULL: of all)? */
static bool sees(const struct completing *k, const char *id)
{
    const struct actor *actor = k->session ? &k->session->actor : NULL;

    return !on_discord(k) || actor->role != ROLE_NONE || (id && str_equal(actor->guild_tenant, id));
}

static void offer(struct completing *k, const char *candidate, const char *help)
{
    if (!str_starts(candidate, k->word))
        return;
    if (k->before) {
        char *whole = mem_format("%s%s", k->before, candidate);

        k->each(k->context, whole, help);
        free(whole);
    } else {
        k->each(k->context, candidate, help);
    }
}

static void offer_words(struct completing *k, const char *const *words, const char *help)
{
    for (size_t i = 0; words && words[i]; i++)
        offer(k, words[i], help);
}

static void offer_explained(struct completing *k, const char *const *words, const char *const *helps)
{
    for (size_t i = 0; words[i]; i++)
        offer(k, words[i], helps[i]);
}

/* --- command words --- */

/* First words, or the second ones of GROUP; each once. */
static void offer_commands(struct completing *k, const char *group)
{
    size_t count, n = group ? strlen(group) : 0;
    const struct command_spec *const *registry = command_registry(&count);
    char last[32] = "";

    for (size_t i = 0; i < count; i++) {
        const char *name = registry[i]->name, *blank = strchr(name, ' ');
        char first[32];

        if (registry[i]->flags & COMMAND_HIDDEN)
            continue;
        if (group) {
            if (blank && (size_t)(blank - name) == n && memcmp(name, group, n) == 0)
                offer(k, blank + 1, registry[i]->summary);
            continue;
        }
        snprintf(first, sizeof first, "%.*s", blank ? (int)(blank - name) : 31, name);
        if (!str_equal(first, last))
            offer(k, first, blank ? registry[i]->group : registry[i]->summary);
        str_copy(last, sizeof last, first);
    }
}

static void offer_options(struct completing *k, const struct option_spec *table)
{
    for (size_t i = 0; table && table[i].name; i++)
        if (!(on_discord(k) && str_equal(table[i].name, "-o")))
            offer(k, table[i].name, table[i].help);
}

/* --- values --- */

static void offer_tenant(void *context, const char *id)
{
    offer(context, id, NULL);
}

static void offer_features(struct completing *k)
{
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!k->has_tenant)
            offer(k, feature_words[f], NULL);
        else if (plan_allows_feature(k->tenant.plan, (enum feature)f))
            offer(k, feature_words[f], k->tenant.features[f] ? "on" : "off");
    }
}

/* In the capitals being typed: shells drop a candidate that does not begin with the word. */
static void offer_product(void *context, const char *code)
{
    struct completing *k = context;
    char text[PRODUCT_CODE_TEXT];
    size_t typed = strlen(k->word);
    bool lower = typed && k->word[typed - 1] >= 'a' && k->word[typed - 1] <= 'z';

    if (typed >= sizeof text)
        return;
    str_copy(text, sizeof text, code);
    memcpy(text, k->word, typed);
    for (char *p = text + typed; lower && *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    offer(k, text, NULL);
}

static void offer_products(struct completing *k)
{
    char prefix[PRODUCT_CODE_TEXT];
    if (!k->has_tenant || !store_of(k))
        return;
    struct tenant_scope scope = scope_of(store_of(k), k->tenant.id);
    str_copy(prefix, sizeof prefix, k->word);
    for (char *p = prefix; *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    products_with_prefix(&scope, prefix, TENANTS_MAX, offer_product, k, NULL);
}

/* Its beginning as it was typed: shells drop a candidate that does not begin with the word. */
static void offer_growid(void *context, const char *growid)
{
    struct completing *k = context;
    char text[GROWID_TEXT];

    str_copy(text, sizeof text, growid);
    memcpy(text, k->word, strlen(k->word)); /* no longer than what begins with it */
    offer(k, text, NULL);
}

static void offer_customers(struct completing *k)
{
    if (!k->has_tenant || !store_of(k) ||
        right_check(&k->parsed.spec->right, &k->session->actor, &k->tenant, NULL))
        return;
    struct tenant_scope scope = scope_of(store_of(k), k->tenant.id);
    customers_with_prefix(&scope, k->word, TENANTS_MAX, offer_growid, k, NULL);
}

static void offer_permissions(struct completing *k)
{
    for (int p = 0; p < PERMISSION_COUNT; p++) {
        if (!k->has_tenant)
            offer(k, permission_words[p], NULL);
        else if (plan_allows_permission(k->tenant.plan, (enum permission)p))
            offer(k, permission_words[p], k->tenant.permissions[p] ? "on" : "off");
    }
}

/* The argument of TYPE before position AT that was given. */
static const struct value *earlier(const struct completing *k, size_t at, enum arg_type type)
{
    for (size_t i = 0; i < at; i++)
        if (k->parsed.spec->args[i].type == type && k->parsed.args[i].given)
            return &k->parsed.args[i];
    return NULL;
}

static const struct feature_spec *earlier_feature(const struct completing *k, size_t at)
{
    const struct value *v = earlier(k, at, ARG_FEATURE);
    int feature = v ? word_parse("feature", v->given, feature_words, NULL) : -1;

    if (feature < 0 || !k->session || !k->session->options.features)
        return NULL;
    return feature_find(k->session->options.features, (enum feature)feature);
}

static void offer_setting_keys(struct completing *k, size_t at)
{
    const struct feature_spec *feature = earlier_feature(k, at);

    for (const struct setting_spec *s = feature ? feature->settings : NULL; s && s->key; s++)
        offer(k, s->key, s->help);
    for (size_t i = 0; feature && k->has_tenant && i < k->tenant.setting_count; i++)
        if (k->tenant.settings[i].feature == feature->feature &&
            !setting_find(feature, k->tenant.settings[i].key))
            offer(k, k->tenant.settings[i].key, NULL);
}

static const char *const true_false[] = {"true", "false", NULL};
static const char *const on_off[] = {"enable", "disable", NULL};

/* The value behind a key of bot_config or a setting, where it has a vocabulary. */
static void offer_value_of_key(struct completing *k, size_t at)
{
    const struct value *v = earlier(k, at, ARG_CONFIG_KEY);
    int key = v ? word_parse("key", v->given, config_words, NULL) : -1;

    if (key == CONFIG_LANGUAGE) {
        offer(k, "en", "English");
        offer(k, "id", "Indonesian");
    } else if (key == CONFIG_AUTO_RESTART) {
        offer_words(k, true_false, NULL);
    } else if (key == CONFIG_NICKNAME || key == CONFIG_ACTIVITY) {
        offer(k, "none", "clears it");
    }
    if ((v = earlier(k, at, ARG_SETTING_KEY))) {
        const struct feature_spec *feature = earlier_feature(k, at);
        const struct setting_spec *setting = feature ? setting_find(feature, v->given) : NULL;

        if (setting && setting->type == SETTING_BOOL)
            offer_words(k, true_false, NULL);
        offer(k, "none", "clears it");
    }
    if (earlier(k, at, ARG_CHANNEL_TYPE)) {
        offer(k, "none", "clears it");
        offer(k, "create", "make a private channel");
    }
}

/* AT: the position among the arguments; for an option's value the number of arguments. */
static void offer_value(struct completing *k, enum arg_type type, const char *const *own, size_t at)
{
    const char *kind;

    switch (type) {
    case ARG_TENANT:
        if (on_discord(k))
            offer(k, ".", "the tenant of this guild");
        if (store_of(k) && sees(k, NULL))
            tenants_with_prefix(store_of(k), k->word, TENANTS_MAX, offer_tenant, k, NULL);
        break;
    case ARG_PRODUCT:
        offer_products(k);
        break;
    case ARG_USER:
        offer_customers(k);
        break;
    case ARG_FILE:
        k->file = true;
        break;
    case ARG_FEATURE:
        offer_features(k);
        break;
    case ARG_PERMISSION:
        offer_permissions(k);
        break;
    case ARG_SETTING_KEY:
        offer_setting_keys(k, at);
        break;
    case ARG_CHANNEL_TYPE:
        offer_explained(k, channel_words, channel_helps);
        break;
    case ARG_CONFIG_KEY:
        offer_explained(k, config_words, config_helps);
        break;
    case ARG_BOOL:
        offer_words(k, earlier(k, at, ARG_FEATURE) ? on_off : true_false, NULL);
        break;
    case ARG_TEXT:
    case ARG_REST:
        offer_words(k, own, NULL);
        offer_value_of_key(k, at);
        break;
    default:
        offer_words(k, arg_type_words(type, own, &kind), NULL);
        break;
    }
}

/* --- where the word stands --- */

/* The one that may be left out and the one behind it begin at the same place. */
static void offer_argument(struct completing *k, const struct arg_spec *args, size_t at)
{
    offer_value(k, args[at].type, args[at].words, at);
    if (at == 0 && args[0].optional && args[1].name && !args[1].optional)
        offer_value(k, args[1].type, args[1].words, 1);
}

/* Completion has the whole line up to the word, but perhaps not all of it is right: take what parses. */
static size_t read_arguments(struct completing *k, const struct command_spec *spec, const char *const *argv,
                             size_t argc, const size_t name_at[2], size_t name_words,
                             const struct option_spec **waiting, bool *ended)
{
    size_t at = 0;

    *waiting = NULL;
    *ended = false;
    for (size_t i = 0; i < argc; i++) {
        size_t index;
        char kind;
        const char *value;

        if (i == name_at[0] || (name_words == 2 && i == name_at[1]))
            continue;
        if (!*ended && str_equal(argv[i], "--")) {
            *ended = true;
        } else if (!*ended && word_is_option(argv[i])) {
            const struct option_spec *o = option_lookup(spec, on_discord(k), argv[i], &kind, &index, &value);

            if (o && o->value && !value && ++i == argc)
                *waiting = o;
        } else {
            size_t count = spec_arg_count(spec);

            if (at < count)
                k->parsed.args[at].given = argv[i];
            if (at < count && spec->args[at].type != ARG_REST)
                at++;
            else if (at >= count)
                at = count + 1;
        }
    }
    return at;
}

static void load_tenant(struct completing *k)
{
    int at = spec_tenant_arg(k->parsed.spec);
    struct resolve_tenant how;

    if (at < 0 || !k->parsed.args[at].given || !store_of(k))
        return;
    how = (struct resolve_tenant){store_of(k), &k->session->actor, k->session->options.prompt, false};
    tenant_release(&k->tenant);
    k->has_tenant =
        resolve_tenant(&how, k->parsed.args[at].given, &k->tenant, NULL) == 0 && sees(k, k->tenant.id);
}

/* "--plan=pr": complete the value behind the sign. */
static bool inline_value(struct completing *k, const struct command_spec *spec, char **before)
{
    size_t index;
    char kind;
    const char *value;
    const struct option_spec *o = option_lookup(spec, on_discord(k), k->word, &kind, &index, &value);

    if (!o || !o->value || !value || value[-1] != '=')
        return false;
    *before = mem_strndup(k->word, (size_t)(value - k->word));
    k->before = *before;
    k->word = value;
    offer_value(k, o->type, o->words, spec ? spec_arg_count(spec) : 0);
    return true;
}

static void complete_option(struct completing *k, const struct command_spec *spec)
{
    char *before = NULL;

    if (!inline_value(k, spec, &before)) {
        if (spec)
            offer_options(k, spec->options);
        if (spec && spec->flags & COMMAND_PAGING)
            offer_options(k, paging_options);
        offer_options(k, common_options);
    }
    free(before);
}

static void complete_help(struct completing *k)
{
    const char *group = k->parsed.args[0].given;

    if (!group || command_is_group(group))
        offer_commands(k, group);
}

static void complete_behind(struct completing *k, const struct command_spec *spec, const char *const *argv,
                            size_t argc, const size_t name_at[2], size_t name_words)
{
    const struct option_spec *waiting;
    bool ended;
    size_t at;

    k->parsed.spec = spec;
    at = read_arguments(k, spec, argv, argc, name_at, name_words, &waiting, &ended);
    load_tenant(k);
    if (waiting)
        offer_value(k, waiting->type, waiting->words, spec_arg_count(spec));
    else if (!ended && k->word[0] == '-')
        complete_option(k, spec);
    else if (str_equal(spec->name, "help"))
        complete_help(k);
    else if (at < spec_arg_count(spec))
        offer_argument(k, spec->args, at);
}

/* The first word that is no option, where no command was found. */
static const char *first_word(const char *const *argv, size_t argc, const struct option_spec **waiting)
{
    for (size_t i = 0; i < argc; i++) {
        size_t index;
        char kind;
        const char *value;
        const struct option_spec *o;

        if (!word_is_option(argv[i]))
            return argv[i];
        o = option_lookup(NULL, false, argv[i], &kind, &index, &value);
        if (o && o->value && !value && ++i == argc)
            *waiting = o;
    }
    return NULL;
}

bool command_complete(struct command_session *session, const char *const *argv, size_t argc,
                      void (*each)(void *, const char *candidate, const char *help), void *context)
{
    struct completing k = {.session = session, .each = each, .context = context};
    const struct option_spec *waiting = NULL;
    size_t name_at[2], name_words;

    k.word = argc ? argv[argc - 1] : "";
    argc = argc ? argc - 1 : 0;
    tenant_init(&k.tenant);
    const struct command_spec *spec = parse_name(argv, argc, on_discord(&k), name_at, &name_words, NULL);
    if (spec) {
        complete_behind(&k, spec, argv, argc, name_at, name_words);
    } else {
        const char *first = first_word(argv, argc, &waiting);

        if (waiting)
            offer_value(&k, waiting->type, waiting->words, 0);
        else if (k.word[0] == '-')
            complete_option(&k, NULL);
        else if (!first || command_is_group(first))
            offer_commands(&k, first);
    }
    tenant_release(&k.tenant);
    store_rest(store_of(&k));
    return k.file;
}
