/* The guild's application commands, made from the features' tables. */
#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/base/str.h"
#include "tt/base/text.h"
#include "tt/domain/feature.h"

#define COMMANDS_MAX 100 /* a guild */
#define OPTIONS_MAX 25   /* a command, or a subcommand */
#define DESCRIPTION_MAX 100
#define TYPE_CHAT_INPUT 1
#define TYPE_SUB_COMMAND 1

static const struct buyer_command always[] = {
    {.name = "help", .help = "Show what this bot can do", .help_id = "Tampilkan kemampuan bot ini"},
    {.name = "ping", .help = "See whether the bot answers", .help_id = "Periksa apakah bot menjawab"},
    {0},
};

static void set_cut(struct json *entry, const char *key, const char *text)
{
    struct str cut = STR_INIT;
    str_add_bytes(&cut, text, text_prefix(text, DESCRIPTION_MAX));
    json_set_string(entry, key, str_text(&cut));
    str_release(&cut);
}

/* The head that commands, subcommands and options share. Discord refuses an empty description. */
static struct json *new_entry(int type, const char *name, const char *help, const char *help_id)
{
    struct json *entry = json_new_object();
    json_set_string(entry, "name", name);
    json_set_int(entry, "type", type);
    set_cut(entry, "description", help && *help ? help : name);
    if (help_id && *help_id)
        set_cut(json_set(entry, "description_localizations", json_new_object()), "id", help_id);
    return entry;
}

static struct json *member(struct json *entry, const char *key)
{
    /* The entries are this file's own until they are handed out. */
    return (struct json *)json_get(entry, key);
}

static struct json *options_of(struct json *entry)
{
    struct json *options = member(entry, "options");
    return options ? options : json_set(entry, "options", json_new_array());
}

/* Discord wants the required ones first. */
static void add_options(struct json *entry, const struct buyer_option *options)
{
    for (int required = 1; required >= 0; required--)
        for (const struct buyer_option *o = options; o && o->name; o++) {
            if (o->required != (required == 1) || json_count(json_get(entry, "options")) == OPTIONS_MAX)
                continue;
            struct json *option = new_entry((int)o->type, o->name, o->help, o->help_id);
            if (required)
                json_set_bool(option, "required", true);
            json_push(options_of(entry), option);
        }
}

static struct json *find(struct json *commands, const char *name)
{
    json_each(entry,
              commands) if (str_equal(json_get_string(entry, "name"), name)) return (struct json *)entry;
    return NULL;
}

/* A group has no text of its own in the table: it names its subcommands. */
static struct json *group_of(struct json *commands, const char *name, const struct buyer_command *table)
{
    struct json *group = find(commands, name);
    if (group)
        return group;
    struct str names = STR_INIT, en = STR_INIT, id = STR_INIT;
    size_t n = strlen(name);
    for (const struct buyer_command *c = table; c->name; c++)
        if (strncmp(c->name, name, n) == 0 && c->name[n] == ' ')
            str_addf(&names, "%s%s", names.len ? ", " : "", c->name + n + 1);
    str_addf(&en, "Commands: %s", str_text(&names));
    str_addf(&id, "Perintah: %s", str_text(&names));
    group = new_entry(TYPE_CHAT_INPUT, name, str_text(&en), str_text(&id));
    str_release(&names);
    str_release(&en);
    str_release(&id);
    return json_push(commands, group);
}

static bool full(const struct json *commands)
{
    return json_count(commands) >= COMMANDS_MAX;
}

static void add_command(struct json *commands, const struct buyer_command *c,
                        const struct buyer_command *table)
{
    const char *space = strchr(c->name, ' ');
    struct json *entry;
    if (!space) {
        if (full(commands) || find(commands, c->name))
            return;
        entry = json_push(commands, new_entry(TYPE_CHAT_INPUT, c->name, c->help, c->help_id));
    } else {
        char *name = mem_strndup(c->name, (size_t)(space - c->name));
        struct json *group = find(commands, name) || !full(commands) ? group_of(commands, name, table) : NULL;
        free(name);
        if (!group || json_count(json_get(group, "options")) == OPTIONS_MAX)
            return;
        entry = json_push(options_of(group), new_entry(TYPE_SUB_COMMAND, space + 1, c->help, c->help_id));
    }
    add_options(entry, c->options);
}

static void add_table(struct json *commands, const struct buyer_command *table)
{
    for (const struct buyer_command *c = table; c && c->name; c++)
        add_command(commands, c, table);
}

/* Discord's rule for slash names, narrowed to what custom command names may hold. */
static bool slash_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return n >= 1 && n <= 32 && !name[n];
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* In the order of their names, as many as there is room for. The rest work by prefix. */
static void add_custom(struct json *commands, const struct tenant *t)
{
    const char **names = mem_zero(t->setting_count + 1, sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < t->setting_count; i++)
        if (t->settings[i].feature == FEATURE_CUSTOM_COMMANDS && slash_name(t->settings[i].key))
            names[n++] = t->settings[i].key;
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (full(commands))
            break;
        if (find(commands, names[i]))
            continue;
        json_push(commands,
                  new_entry(TYPE_CHAT_INPUT, names[i], "A command of this server", "Perintah server ini"));
    }
    free(names);
}

static int by_entry_name(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    return strcmp(json_get_string(*x, "name"), json_get_string(*y, "name"));
}

static struct json *sorted(struct json *commands)
{
    size_t n = json_count(commands), i = 0;
    const struct json **entries = mem_zero(n + 1, sizeof *entries);
    json_each(entry, commands) entries[i++] = entry;
    qsort(entries, n, sizeof *entries, by_entry_name);
    struct json *list = json_new_array();
    for (i = 0; i < n; i++)
        json_push(list, json_clone(entries[i]));
    free(entries);
    json_free(commands);
    return list;
}

struct json *application_commands(const struct tenant *t, const struct feature_list *list,
                                  const struct json *admin)
{
    struct json *commands = json_new_array();
    json_each(entry, admin)
    {
        const char *name = json_get_string(entry, "name");
        if (name && !full(commands) && !find(commands, name))
            json_push(commands, json_clone(entry));
    }
    add_table(commands, always);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        const struct feature_spec *spec = feature_find(list, (enum feature)f);
        if (spec && tenant_feature_on(t, spec->feature))
            add_table(commands, spec->commands);
    }
    if (feature_find(list, FEATURE_CUSTOM_COMMANDS) && tenant_feature_on(t, FEATURE_CUSTOM_COMMANDS))
        add_custom(commands, t);
    return sorted(commands);
}
