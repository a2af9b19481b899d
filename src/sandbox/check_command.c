#include "check.h"

#include <wctype.h>

#include "containers.h"
#include "tt/base/text.h"

enum {
    OPTION_SUBCOMMAND = 1,
    OPTION_GROUP = 2,
    OPTION_STRING = 3,
    OPTION_INTEGER = 4,
    OPTION_CHANNEL = 7,
    OPTION_NUMBER = 10,
    OPTION_LAST = 11
};

struct size {
    struct objections *o;
    size_t characters; /* names, descriptions and values together: 8,000 at most */
};

/* Names of slash commands and options: letters, digits, "-_'" of any script, in lower case. */
static bool name_fits(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        i += text_decode(name + i, n - i, &c);
        if (c < 128) {
            bool plain =
                (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '\'';
            if (!plain)
                return false;
        }
    }
    return n > 0;
}

static void check_name(struct size *s, const struct json *from, struct json *to, const char *path, bool slash)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s%sname", path, *path ? "." : "");
    const char *name = check_text(s->o, from, "name", at, 1, 32, true);
    if (!name)
        return;
    if (slash && !name_fits(name))
        objection(s->o, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid", "%s", at);
    s->characters += text_length(name);
    json_set_string(to, "name", name);
}

static void localizations(const struct json *from, struct json *to, const char *key)
{
    const struct json *have = json_get(from, key);
    json_set(to, key, json_is(have, JSON_OBJECT) ? json_clone(have) : json_new_null());
}

static void description(struct size *s, const struct json *from, struct json *to, const char *path)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s%sdescription", path, *path ? "." : "");
    const char *text = check_text(s->o, from, "description", at, 1, 100, true);
    if (text)
        s->characters += text_length(text);
    json_set_string(to, "description", text ? text : "");
    localizations(from, to, "description_localizations");
}

static void choices(struct size *s, const struct json *from, struct json *to, const char *path, int64_t type)
{
    const struct json *list = json_get(from, "choices");
    if (json_count(list) == 0)
        return;
    if (json_count(list) > 25)
        objection(s->o, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.", "%s.choices", path);
    if (json_get_bool(from, "autocomplete", false))
        objection(s->o, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE",
                  "Cannot have both choices and autocomplete", "%s.choices", path);
    struct json *out = json_set(to, "choices", json_new_array());
    size_t n = 0;
    json_each(choice, list)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.choices.%zu.name", path, n);
        struct json *one = json_push(out, json_new_object());
        const char *name = check_text(s->o, choice, "name", at, 1, 100, true);
        json_set_string(one, "name", name ? name : "");
        localizations(choice, one, "name_localizations");
        const struct json *value = json_get(choice, "value");
        bool fits = type == OPTION_STRING ? json_is(value, JSON_STRING) : json_is(value, JSON_NUMBER);
        snprintf(at, sizeof at, "%s.choices.%zu.value", path, n++);
        if (!fits)
            objection_choices(s->o, at);
        else if (type == OPTION_STRING)
            check_text(s->o, choice, "value", at, 0, 100, true);
        json_set(one, "value", value ? json_clone(value) : json_new_null());
        s->characters += name ? text_length(name) : 0;
        s->characters += json_string(value) ? text_length(json_string(value)) : 0;
    }
}

static void copy_if_set(const struct json *from, struct json *to, const char *key)
{
    const struct json *have = json_get(from, key);
    if (have && !json_is(have, JSON_NULL))
        json_set(to, key, json_clone(have));
}

static void options(struct size *s, const struct json *from, struct json *to, const char *path, int depth);

static struct json *option(struct size *s, const struct json *from, const char *path, int depth)
{
    struct json *to = json_new_object();
    char at[PATH_SIZE];
    int64_t type = json_get_int(from, "type", 0);
    snprintf(at, sizeof at, "%s.type", path);
    bool nests = type == OPTION_SUBCOMMAND || type == OPTION_GROUP;
    bool fits = type >= 1 && type <= OPTION_LAST && !(type == OPTION_GROUP && depth > 0) &&
                !(type == OPTION_SUBCOMMAND && depth > 1);
    if (!fits)
        objection_choices(s->o, at);
    json_set_int(to, "type", type);
    check_name(s, from, to, path, true);
    localizations(from, to, "name_localizations");
    description(s, from, to, path);
    if (nests && fits) {
        options(s, from, to, path, type == OPTION_GROUP ? 1 : 2);
        return to;
    }
    json_set_bool(to, "required", json_get_bool(from, "required", false));
    if (type == OPTION_STRING || type == OPTION_INTEGER || type == OPTION_NUMBER)
        choices(s, from, to, path, type);
    static const char *const more[] = {"autocomplete", "min_length", "max_length",
                                       "min_value",    "max_value",  "channel_types"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        copy_if_set(from, to, more[i]);
    return to;
}

/* At most 25 with different names, the required ones first. */
static void options(struct size *s, const struct json *from, struct json *to, const char *path, int depth)
{
    const struct json *list = json_get(from, "options");
    if (json_count(list) == 0)
        return;
    const char *dot = *path ? "." : "";
    if (json_count(list) > 25)
        objection(s->o, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.", "%s%soptions", path, dot);
    struct json *out = json_set(to, "options", json_new_array());
    struct table names = {0};
    size_t n = 0;
    bool optional = false;
    json_each(one, list)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s%soptions.%zu", path, dot, n++);
        struct json *made = json_push(out, option(s, one, at, depth));
        const char *name = json_get_string(made, "name");
        if (name && table_get(&names, table_key(name)))
            objection(s->o, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name must be unique",
                      "%s.name", at);
        if (name)
            table_put(&names, table_key(name), made);
        bool required = json_get_bool(made, "required", false);
        if (required && optional)
            objection(s->o, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                      "Required options must be placed before non-required options", "%s", at);
        optional = optional || (!required && json_get(made, "required"));
    }
    table_release(&names);
}

/* Discord takes a number or a text of digits and answers with a text. */
static void member_permissions(const struct json *from, struct json *to)
{
    const struct json *have = json_get(from, "default_member_permissions");
    char text[24];
    json_set_null(to, "default_member_permissions");
    if (json_string(have)) {
        json_set_string(to, "default_member_permissions", json_string(have));
    } else if (json_is(have, JSON_NUMBER)) {
        snprintf(text, sizeof text, "%lld", (long long)json_int(have, 0));
        json_set_string(to, "default_member_permissions", text);
    }
}

/* A patch names only what changes; the rest is taken from the command as it is. */
static struct json *merged(const struct json *doc, const struct json *existing)
{
    struct json *all = existing ? json_clone(existing) : json_new_object();
    if (!json_is(doc, JSON_OBJECT))
        return all;
    json_each(one, doc)
    {
        json_set(all, json_key(one), json_clone(one));
    }
    return all;
}

struct json *check_command(struct objections *o, const struct json *doc, const char *path,
                           const struct json *existing)
{
    struct size s = {.o = o};
    struct json *from = merged(doc, existing), *to = json_new_object();
    char at[PATH_SIZE];
    if (!json_is(doc, JSON_OBJECT))
        objection(o, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType", "%s", path);
    int64_t type = json_get_int(from, "type", 1);
    snprintf(at, sizeof at, "%s%stype", path, *path ? "." : "");
    if (type < 1 || type > 4)
        objection_choices(o, at);
    json_set_int(to, "type", type);
    check_name(&s, from, to, path, type == 1);
    localizations(from, to, "name_localizations");
    if (type == 1) {
        description(&s, from, to, path);
        options(&s, from, to, path, 0);
    } else {
        json_set_string(to, "description", "");
        localizations(from, to, "description_localizations");
    }
    member_permissions(from, to);
    json_set_bool(to, "dm_permission", json_get_bool(from, "dm_permission", true));
    copy_if_set(from, to, "contexts");
    if (!json_get(to, "contexts"))
        json_set_null(to, "contexts");
    copy_if_set(from, to, "integration_types");
    if (!json_get(to, "integration_types"))
        json_push(json_set(to, "integration_types", json_new_array()), json_new_int(0));
    json_set_bool(to, "nsfw", json_get_bool(from, "nsfw", false));
    if (s.characters > 8000)
        objection(o, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)", "%s", path);
    json_free(from);
    return to;
}
