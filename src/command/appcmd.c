/* The same commands as Discord's application commands: /tenant-admin, and /tenant-shop for what is about the
 * shop, each with a subcommand for each command of one word and a subcommand group for those of two. */
#include "cmd_shop.h"
#include "resolve.h"

#include <ctype.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"

#define DESCRIPTION_MAX 100
#define CHOICES_MAX 25

enum discord_type {
    TYPE_SUBCOMMAND = 1,
    TYPE_GROUP = 2,
    TYPE_STRING = 3,
    TYPE_INTEGER = 4,
    TYPE_BOOLEAN = 5,
    TYPE_ATTACHMENT = 11
};

/* Common options that make sense as an option of a subcommand. */
static const enum common_option offered[] = {COMMON_YES, COMMON_DRY_RUN};

/* --- names --- */

/* The Discord name of an argument or option: lower case, without dashes before it, other signs as '_'. */
static void discord_name(const char *name, char out[33])
{
    size_t n = 0;

    while (*name == '-')
        name++;
    for (; *name && n < 32; name++)
        out[n++] = isalnum((unsigned char)*name) || *name == '-' ? (char)tolower((unsigned char)*name) : '_';
    out[n] = '\0';
}

static struct json *described(const char *name, const char *text, int type)
{
    struct json *j = json_new_object();
    char cut[DESCRIPTION_MAX * 4 + 1];

    snprintf(cut, sizeof cut, "%.*s", (int)text_prefix(text, DESCRIPTION_MAX), text);
    json_set_int(j, "type", type);
    json_set_string(j, "name", name);
    json_set_string(j, "description", cut[0] ? cut : name);
    return j;
}

static int discord_type(enum arg_type type)
{
    switch (type) {
    case ARG_BOOL:
        return TYPE_BOOLEAN;
    case ARG_NUMBER:
        return TYPE_INTEGER;
    case ARG_FILE:
        return TYPE_ATTACHMENT;
    default:
        return TYPE_STRING;
    }
}

/* --- options of a subcommand --- */

static void add_choices(struct json *option, const char *const *words)
{
    struct json *choices = json_new_array();

    for (size_t i = 0; i < CHOICES_MAX && words[i]; i++) {
        struct json *choice = json_new_object();

        json_set_string(choice, "name", words[i]);
        json_set_string(choice, "value", words[i]);
        json_push(choices, choice);
    }
    json_set(option, "choices", choices);
}

/* Has the argument candidates that depend on what is in the database, or on an argument before it? */
static bool is_live(const struct command_spec *spec, const struct arg_spec *arg)
{
    switch (arg->type) {
    case ARG_TENANT:
    case ARG_SETTING_KEY:
    case ARG_PRODUCT:
    case ARG_USER:
        return true;
    case ARG_FEATURE:
    case ARG_PERMISSION:
        return spec_tenant_arg(spec) >= 0;
    case ARG_TEXT:
    case ARG_REST:
        for (const struct arg_spec *before = spec->args; before != arg; before++)
            if (before->type == ARG_CONFIG_KEY || before->type == ARG_SETTING_KEY ||
                before->type == ARG_CHANNEL_TYPE)
                return true;
        return false;
    default:
        return false;
    }
}

static struct json *one_option(const char *name, const char *help, enum arg_type type, bool flag,
                               const char *const *own, bool required, bool live)
{
    char clean[33];
    const char *kind;
    const char *const *words = arg_type_words(type, own, &kind);
    struct json *option;

    discord_name(name, clean);
    option = described(clean, help ? help : clean, flag ? TYPE_BOOLEAN : discord_type(type));
    if (required)
        json_set_bool(option, "required", true);
    if (live)
        json_set_bool(option, "autocomplete", true);
    else if (words && !flag)
        add_choices(option, words);
    return option;
}

/* The tenant may always be left out: it is the guild's own then. So it stands behind what is required. */
static bool is_required(const struct arg_spec *arg)
{
    return !arg->optional && arg->type != ARG_TENANT;
}

static bool has_all(const struct command_spec *spec)
{
    for (size_t i = 0; i < spec_option_count(spec); i++)
        if (str_equal(spec->options[i].name, "--all"))
            return true;
    return false;
}

/* A tenant that is left out: this guild's, or all of them. */
static bool means_own(const struct command_spec *spec, const struct arg_spec *arg)
{
    return !arg->optional || has_all(spec);
}

static void add_args(struct json *options, const struct command_spec *spec, bool required)
{
    for (size_t i = 0; i < spec_arg_count(spec); i++) {
        const struct arg_spec *arg = &spec->args[i];
        const char *help = arg->help;
        if (!help && arg->type == ARG_TENANT)
            help = means_own(spec, arg)
                       ? "the tenant; left out: this guild's"
                       : "the tenant; left out: all, or for its renter and staff this guild's";

        if (is_required(arg) == required)
            json_push(options, one_option(arg->name, help, arg->type, false, arg->words, required,
                                          is_live(spec, arg)));
    }
}

static void add_options(struct json *options, const struct option_spec *table)
{
    for (size_t i = 0; table && table[i].name; i++)
        json_push(options, one_option(table[i].name, table[i].help, table[i].type, !table[i].value,
                                      table[i].words, false, false));
}

static bool may_ask(const struct command_spec *spec)
{
    return spec->flags & COMMAND_DESTRUCTIVE || spec->prepare;
}

static struct json *subcommand(const struct command_spec *spec, const char *name)
{
    struct json *sub = described(name, spec->summary, TYPE_SUBCOMMAND), *options = json_new_array();

    add_args(options, spec, true);
    add_args(options, spec, false);
    add_options(options, spec->options);
    if (spec->flags & COMMAND_PAGING)
        add_options(options, paging_options);
    for (size_t i = 0; spec->flags & COMMAND_WRITES && i < sizeof offered / sizeof *offered; i++) {
        const struct option_spec *o = &common_options[offered[i]];

        if (offered[i] != COMMON_YES || may_ask(spec))
            json_push(options, one_option(o->name, o->help, o->type, true, NULL, false, false));
    }
    if (json_count(options))
        json_set(sub, "options", options);
    else
        json_free(options);
    return sub;
}

/* --- the whole --- */

/* Discord allows 25 options a command, so there are two. */
static const struct root {
    const char *name, *description;
    bool shop;
} roots[] = {
    {"tenant-admin", "manage this guild's tenant and its bot", false},
    {"tenant-shop", "manage this guild's shop: products, stock, customers, sales", true},
};

static bool is_offered(const struct root *root, const struct command_spec *spec)
{
    bool shop = str_equal(spec->group, GROUP_SHOP) || str_equal(spec->group, GROUP_CUSTOMERS);
    return spec->flags & COMMAND_DISCORD && !(spec->flags & COMMAND_HIDDEN) && shop == root->shop;
}

static struct json *group(const struct root *root, const struct command_spec *const *registry, size_t count,
                          const char *word, size_t n)
{
    char name[33];
    struct json *options = json_new_array(), *j;

    snprintf(name, sizeof name, "%.*s", (int)n, word);
    for (size_t i = 0; i < count; i++)
        if (is_offered(root, registry[i]) && strncmp(registry[i]->name, word, n) == 0 &&
            registry[i]->name[n] == ' ')
            json_push(options, subcommand(registry[i], registry[i]->name + n + 1));
    j = described(name, name, TYPE_GROUP);
    json_set(j, "options", options);
    return j;
}

static struct json *root_command(const struct root *root)
{
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);
    struct json *command = json_new_object(), *options = json_new_array();
    const char *last = "";
    size_t last_n = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = registry[i]->name, *blank = strchr(name, ' ');
        size_t n = blank ? (size_t)(blank - name) : strlen(name);

        if (!is_offered(root, registry[i]) || (last_n == n && memcmp(last, name, n) == 0))
            continue;
        last = name;
        last_n = n;
        json_push(options, blank ? group(root, registry, count, name, n) : subcommand(registry[i], name));
    }
    json_set_int(command, "type", 1);
    json_set_string(command, "name", root->name);
    json_set_string(command, "description", root->description);
    json_set(command, "options", options);
    return command;
}

struct json *command_application_commands(void)
{
    struct json *all = json_new_array();
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        json_push(all, root_command(&roots[i]));
    return all;
}

/* --- and back --- */

struct line {
    char **words;
    size_t count;
};

static void add_word(struct line *line, const char *word)
{
    line->words = mem_resize(line->words, line->count + 2, sizeof *line->words);
    line->words[line->count++] = mem_strdup(word);
    line->words[line->count] = NULL;
}

/* A value of any of Discord's types as a word; NULL: not given. The caller frees. */
static char *value_word(const struct json *options, const char *name)
{
    char clean[33];

    discord_name(name, clean);
    json_each(option, options)
    {
        const struct json *value = json_get(option, "value");

        if (!str_equal(json_get_string(option, "name"), clean) || !value)
            continue;
        if (json_is(value, JSON_STRING))
            return mem_strdup(json_string(value));
        if (json_is(value, JSON_BOOL))
            return mem_strdup(json_bool(value, false) ? "true" : "false");
        if (json_is(value, JSON_NUMBER))
            return mem_format("%lld", (long long)json_int(value, 0));
    }
    return NULL;
}

static void option_words(struct line *line, const struct option_spec *o, const struct json *options)
{
    char *value = value_word(options, o->name);

    if (value && (o->value || str_equal(value, "true"))) {
        add_word(line, o->name);
        if (o->value)
            add_word(line, value);
    }
    free(value);
}

static bool all_given(const struct command_spec *spec, const struct json *options)
{
    char *value = has_all(spec) ? value_word(options, "--all") : NULL;
    bool given = str_equal(value, "true");

    free(value);
    return given;
}

static int argument_words(struct line *line, const struct command_spec *spec, const struct json *options,
                          struct error *e)
{
    const char *left_out = NULL;

    for (size_t i = 0; i < spec_arg_count(spec); i++) {
        const struct arg_spec *arg = &spec->args[i];
        char *value = value_word(options, arg->name);

        if (!value && arg->type == ARG_TENANT && means_own(spec, arg) && !all_given(spec, options))
            value = mem_strdup(".");
        if (!value) {
            left_out = left_out ? left_out : arg->name;
            continue;
        }
        if (left_out) {
            free(value);
            return error_set(e, ERROR_MISSING_ARGUMENT, left_out, "%s needs %s too", arg->name, left_out);
        }
        add_word(line, value);
        free(value);
    }
    return 0;
}

static const struct root *root_named(const char *name)
{
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (str_equal(roots[i].name, name))
            return &roots[i];
    return NULL;
}

static const struct command_spec *interaction_spec(const struct json *data, const struct json **options,
                                                   struct error *e)
{
    const struct json *sub = json_first(json_get(data, "options")), *inner = NULL;
    const char *names[2];
    size_t used, n = 0;
    const struct command_spec *spec;

    const struct root *root = root_named(json_get_string(data, "name"));
    if (!root || !json_get_string(sub, "name")) {
        error_set(e, ERROR_UNKNOWN_COMMAND, NULL, "this is no command of ours");
        return NULL;
    }
    names[n++] = json_get_string(sub, "name");
    if (json_get_int(sub, "type", 0) == TYPE_GROUP) {
        inner = json_first(json_get(sub, "options"));
        if (json_get_string(inner, "name"))
            names[n++] = json_get_string(inner, "name");
    }
    spec = command_find(names, n, &used, e);
    if (!spec || used != n || !is_offered(root, spec)) {
        if (spec)
            error_set(e, ERROR_UNKNOWN_COMMAND, NULL, "this is no command of ours");
        return NULL;
    }
    *options = json_get(inner ? inner : sub, "options");
    return spec;
}

static void name_words(struct line *line, const struct command_spec *spec)
{
    const char *blank = strchr(spec->name, ' ');
    char *first = blank ? mem_strndup(spec->name, (size_t)(blank - spec->name)) : mem_strdup(spec->name);

    add_word(line, first);
    free(first);
    if (blank)
        add_word(line, blank + 1);
}

char **command_from_interaction(const struct json *data, size_t *count, struct error *e)
{
    struct line line = {NULL, 0};
    const struct json *options = NULL;
    const struct command_spec *spec = interaction_spec(data, &options, e);

    *count = 0;
    if (!spec)
        return NULL;
    name_words(&line, spec);
    for (size_t i = 0; i < spec_option_count(spec); i++)
        option_words(&line, &spec->options[i], options);
    for (size_t i = 0; spec->flags & COMMAND_PAGING && i < PAGING_OPTIONS; i++)
        option_words(&line, &paging_options[i], options);
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++)
        option_words(&line, &common_options[offered[i]], options);
    /* What was typed into a field is a value, whatever it begins with. */
    add_word(&line, "--");
    if (argument_words(&line, spec, options, e)) {
        words_free(line.words, line.count);
        return NULL;
    }
    *count = line.count;
    return line.words;
}

static const struct json *focused_option(const struct json *options)
{
    json_each(option, options)
    {
        if (json_get_bool(option, "focused", false))
            return option;
    }
    return NULL;
}

char **command_from_focus(const struct json *data, size_t *count, struct error *e)
{
    struct line line = {NULL, 0};
    const struct json *options = NULL;
    const struct command_spec *spec = interaction_spec(data, &options, e);
    const struct json *focused = focused_option(options);
    const char *name = json_get_string(focused, "name"), *typed = json_get_string(focused, "value");

    *count = 0;
    if (!spec)
        return NULL;
    name_words(&line, spec);
    add_word(&line, "--");
    for (size_t i = 0; i < spec_arg_count(spec); i++) {
        char clean[33], *value;

        discord_name(spec->args[i].name, clean);
        if (str_equal(clean, name)) {
            add_word(&line, typed ? typed : "");
            *count = line.count;
            return line.words;
        }
        value = value_word(options, spec->args[i].name);
        if (value)
            add_word(&line, value);
        else
            add_word(&line, spec->args[i].type == ARG_TENANT ? "." : "");
        free(value);
    }
    words_free(line.words, line.count);
    error_set(e, ERROR_UNKNOWN_WORD, NULL, "nothing that can be suggested is being typed");
    return NULL;
}
