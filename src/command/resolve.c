#include "resolve.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"
#include "tt/domain/catalog.h"
#include "tt/domain/customer.h"

/* --- fixed vocabularies --- */

const char *const *arg_type_words(enum arg_type type, const char *const *own, const char **kind)
{
    static const struct {
        const char *kind;
        const char *const *words;
    } table[] = {
        [ARG_FEATURE] = {"feature", feature_words},
        [ARG_CHANNEL_TYPE] = {"channel type", channel_words},
        [ARG_PERMISSION] = {"permission", permission_words},
        [ARG_CONFIG_KEY] = {"config key", config_words},
        [ARG_PLAN] = {"plan", plan_words},
        [ARG_STATUS] = {"status", tenant_status_words},
        [ARG_REST] = {NULL, NULL},
    };

    if (type == ARG_WORD) {
        *kind = NULL;
        return own;
    }
    *kind = table[type].kind;
    return table[type].words;
}

/* What resolving one value may look at. */
struct resolving {
    const struct feature_list *features;
    const struct feature_spec *feature; /* of the ARG_FEATURE before it */
    bool has_feature;
    int64_t now;
};

static int number_parse(const char *field, const char *text, int64_t *out, struct error *e)
{
    const char *p = text + (text[0] == '-' || text[0] == '+');
    bool negative = text[0] == '-';
    int64_t n = 0;

    if (!*p || strlen(p) > 19)
        return error_set(e, ERROR_MALFORMED, field, "%s needs a whole number, not '%s'", field, text);
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return error_set(e, ERROR_MALFORMED, field, "%s needs a whole number, not '%s'", field, text);
        if (__builtin_mul_overflow(n, (int64_t)10, &n) || __builtin_add_overflow(n, (int64_t)(*p - '0'), &n))
            return error_set(e, ERROR_MALFORMED, field, "%s: %s is too large", field, text);
    }
    if (n > (int64_t)1 << 53) /* what a document can say exactly, and far from what adding one overflows */
        return error_set(e, ERROR_MALFORMED, field, "%s: %s is too large", field, text);
    *out = negative ? -n : n;
    return 0;
}

static int setting_key(const struct resolving *r, const char *name, const char *text, struct error *e)
{
    const char *known[65];
    size_t n = 0;

    if (!r->has_feature)
        return 0;
    if (!r->feature || (!r->feature->settings && !r->feature->check_open_key))
        return error_set(e, ERROR_UNKNOWN_WORD, name, "this feature has no settings in this version");
    if (setting_find(r->feature, text) || r->feature->check_open_key)
        return 0;
    for (const struct setting_spec *s = r->feature->settings; s->key && n < 64; s++)
        known[n++] = s->key;
    known[n] = NULL;
    if (word_parse("setting", text, known, e) < 0 && e)
        str_copy(e->field, sizeof e->field, name);
    return -1;
}

static int id_value(struct value *v, const char *name, struct error *e)
{
    if (snowflake_parse(name, v->given, &v->number, NULL, e))
        return -1;
    free(v->normal);
    v->normal = mem_format("%lld", (long long)v->number);
    return 0;
}

/* <@123>, <@!123> */
static char *mention_id(const char *text)
{
    size_t n = strlen(text), at = text[0] == '<' && text[1] == '@' ? 2 + (text[2] == '!') : 0;

    return at && n > at + 1 && text[n - 1] == '>' ? mem_strndup(text + at, n - 1 - at) : NULL;
}

/* A GrowID is left as it is, for resolve_users: whose it is only the tenant's customers tell. Digits alone
 * are an id, so what a word means does not hang on who is registered. */
static int user_value(struct value *v, const char *name, struct error *e)
{
    char *mentioned = mention_id(v->given);
    const char *id = mentioned ? mentioned : v->given;
    int status = 0;

    if (!mentioned && id[strspn(id, "0123456789")]) {
        if (growid_check(name, id, e))
            status = error_hint(e, "or a Discord id, or a mention");
    } else if (snowflake_parse(name, id, &v->number, NULL, e) == 0) {
        free(v->normal);
        v->normal = mem_format("%lld", (long long)v->number);
    } else {
        status = -1;
    }
    free(mentioned);
    return status;
}

static int product_value(struct value *v, const char *name, struct error *e)
{
    char code[PRODUCT_CODE_TEXT];

    if (product_code_normalise(v->given, code, e)) {
        if (e)
            str_copy(e->field, sizeof e->field, name);
        return -1;
    }
    free(v->normal);
    v->normal = mem_strdup(code);
    return 0;
}

static int bool_value(struct value *v, const char *name, struct error *e)
{
    int b = bool_parse(name, v->given, e);

    if (b < 0)
        return -1;
    v->number = v->index = b;
    free(v->normal);
    v->normal = mem_strdup(b ? "true" : "false");
    return 0;
}

static int word_value(struct value *v, const char *name, const char *kind, const char *const *words,
                      struct error *e)
{
    v->index = word_parse(kind ? kind : name, v->given, words, e);
    if (v->index < 0) {
        if (e)
            str_copy(e->field, sizeof e->field, name);
        return -1;
    }
    free(v->normal);
    v->normal = mem_strdup(words[v->index]);
    return 0;
}

/* The rest of it may be long: the first byte that is none of a character says what is wrong. */
static int check_text(const char *name, const char *text, struct error *e)
{
    size_t length = strlen(text), at = 0, n;
    uint32_t c;

    if (text_valid(text, length))
        return 0;
    while ((n = text_decode(text + at, length - at, &c)) > 0 && text_valid(text + at, n))
        at += n;
    return error_set(e, ERROR_MALFORMED, name, "%s is not UTF-8 text: '%.12s' at byte %zu", name, text + at,
                     at + 1);
}

static int resolve_one(struct resolving *r, struct value *v, const char *name, enum arg_type type,
                       const char *const *own, struct error *e)
{
    const char *kind;
    const char *const *words = arg_type_words(type, own, &kind);

    if (!v->given)
        return 0;
    if (check_text(name, v->given, e))
        return -1;
    if (words) {
        if (word_value(v, name, kind, words, e))
            return -1;
        if (type == ARG_FEATURE) {
            r->has_feature = true;
            r->feature = feature_find(r->features, (enum feature)v->index);
        }
        return 0;
    }
    switch (type) {
    case ARG_BOOL:
        return bool_value(v, name, e);
    case ARG_ID:
        return id_value(v, name, e);
    case ARG_USER:
        return user_value(v, name, e);
    case ARG_PRODUCT:
        return product_value(v, name, e);
    case ARG_NUMBER:
        return number_parse(name, v->given, &v->number, e);
    case ARG_TIME:
        if (time_parse(v->given, r->now, &v->number, e)) {
            if (e)
                str_copy(e->field, sizeof e->field, name);
            return -1;
        }
        return 0;
    case ARG_SETTING_KEY:
        return setting_key(r, name, v->given, e);
    default:
        return 0;
    }
}

static int check_own(const struct value *v, const char *name, int (*check)(const char *, struct error *),
                     struct error *e)
{
    if (!v->given || !check || check(v->given, e) == 0)
        return 0;
    if (e)
        str_copy(e->field, sizeof e->field, name);
    return -1;
}

int resolve_values(struct parsed *p, const struct feature_list *features, int64_t now, struct error *e)
{
    struct resolving r = {.features = features, .now = now};
    const struct command_spec *spec = p->spec;

    for (size_t i = 0; i < spec_arg_count(spec); i++)
        if (resolve_one(&r, &p->args[i], spec->args[i].name, spec->args[i].type, spec->args[i].words, e) ||
            check_own(&p->args[i], spec->args[i].name, spec->args[i].check, e))
            return -1;
    for (size_t i = 0; i < spec_option_count(spec); i++) {
        const struct option_spec *o = &spec->options[i];

        if (o->value && (resolve_one(&r, &p->own[i], o->name, o->type, o->words, e) ||
                         check_own(&p->own[i], o->name, o->check, e)))
            return -1;
    }
    for (int i = 0; i < PAGING_OPTIONS; i++)
        if (resolve_one(&r, &p->paging[i], paging_options[i].name, paging_options[i].type, NULL, e))
            return -1;
    if (p->paging[PAGING_LIMIT].given && p->paging[PAGING_LIMIT].number < 0)
        return error_set(e, ERROR_MALFORMED, "--limit", "--limit needs 0 (all) or a positive number");
    int from = !!p->paging[PAGING_AFTER].given + !!p->paging[PAGING_BEFORE].given +
               !!p->paging[PAGING_AROUND].given + !!p->paging[PAGING_LAST].given;
    if (from > 1)
        return error_set(e, ERROR_MALFORMED, NULL,
                         "only one of --after, --before, --around and --last can be given");
    return 0;
}

void resolve_paging(const struct parsed *p, struct paging *out)
{
    const struct value *v = p->paging;

    *out = (struct paging){
        .limit = v[PAGING_LIMIT].given ? v[PAGING_LIMIT].number : 50,
        .after = v[PAGING_AFTER].given,
        .before = v[PAGING_BEFORE].given,
        .around = v[PAGING_AROUND].given,
        .last = v[PAGING_LAST].given != NULL,
        .count = v[PAGING_COUNT].given != NULL,
    };
}

/* --- the tenant --- */

int spec_tenant_arg(const struct command_spec *spec)
{
    for (size_t i = 0; i < spec_arg_count(spec); i++)
        if (spec->args[i].type == ARG_TENANT)
            return (int)i;
    return -1;
}

struct ids {
    char id[64][TENANT_ID_TEXT];
    size_t count;
};

static void keep_id(void *context, const char *id)
{
    struct ids *ids = context;

    if (ids->count < 64)
        str_copy(ids->id[ids->count++], TENANT_ID_TEXT, id);
}

/* One tenant begins with WORD: its id in FOUND. Several: an error that names some. None: 1. */
static int by_prefix(struct store *s, const char *word, char found[TENANT_ID_TEXT], struct error *e)
{
    struct ids ids = {.count = 0};

    if (!*word || tenants_with_prefix(s, word, 4, keep_id, &ids, NULL) || ids.count == 0)
        return 1;
    if (ids.count > 1)
        return error_set(e, ERROR_NO_SUCH, "tenant", "'%s' fits several tenants: %s, %s%s", word, ids.id[0],
                         ids.id[1], ids.count > 2 ? " ..." : "");
    str_copy(found, TENANT_ID_TEXT, ids.id[0]);
    return 0;
}

/* Add "did you mean" to an error about a tenant that does not exist; for those who may know of all tenants.
 */
static void suggest(const struct resolve_tenant *how, const char *word, struct error *e)
{
    struct ids ids = {.count = 0};
    const char *list[65];
    char prefix[3] = {word[0], word[0] ? word[1] : '\0', '\0'};

    if (!e || e->code != ERROR_NO_SUCH || how->actor->role == ROLE_NONE)
        return;
    if (tenants_with_prefix(how->store, prefix, 64, keep_id, &ids, NULL))
        return;
    for (size_t i = 0; i < ids.count; i++)
        list[i] = ids.id[i];
    list[ids.count] = NULL;
    const char *near = text_nearest(word, list);
    if (near)
        error_set(e, ERROR_NO_SUCH, "tenant", "no tenant '%s'; did you mean '%s'?", word, near);
}

/* A consistent view over the several tables of one tenant. */
static int load(const struct resolve_tenant *how, const char *id, struct tenant *t, struct error *e)
{
    bool own = !store_in_transaction(how->store);
    int result;

    tenant_init(t);
    if (own && store_begin_read(how->store, e))
        return -1;
    tenant_release(t);
    result = (how->deleted ? tenants_load_deleted : tenants_load)(how->store, id, t, e);
    if (own)
        store_rollback(how->store);
    return result;
}

/* The shell has put the tenants in use in its place already. */
static int no_dot(struct error *e)
{
    error_set(e, ERROR_MALFORMED, "tenant",
              "'.' stands for the tenants in use in the shell, or for a guild's own on Discord");
    return error_hint(e, "in the shell `use TENANT` first; elsewhere name the tenant");
}

int resolve_tenant(const struct resolve_tenant *how, const char *word, struct tenant *t, struct error *e)
{
    struct error why = {0};
    char found[TENANT_ID_TEXT];

    tenant_init(t);
    if (str_equal(word, ".")) {
        if (how->actor->face != FACE_DISCORD)
            return no_dot(e);
        if (!how->actor->guild_tenant[0])
            return error_set(e, ERROR_NO_SUCH, "tenant", "this guild belongs to no tenant");
        word = how->actor->guild_tenant;
    }
    if (tenant_id_check(word, &why) == 0) {
        tenant_release(t);
        if (load(how, word, t, &why) == 0)
            return 0;
    }
    if (how->prompt && (why.code == ERROR_NO_SUCH || why.code == ERROR_MALFORMED)) {
        int n = by_prefix(how->store, word, found, e);

        if (n < 0)
            return -1;
        if (n == 0) {
            tenant_release(t);
            return load(how, found, t, e);
        }
    }
    if (why.code == ERROR_NO_SUCH)
        suggest(how, word, &why);
    if (e)
        *e = why;
    return -1;
}
