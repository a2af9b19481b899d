/* Members run commands, as a client of Discord would let them. */
#include "interact.h"

#include "permissions.h"
#include "present.h"
#include "routes.h"
#include "tt/base/mem.h"
#include "verbs.h"

static const struct command *find_command(struct box *b, struct channel *c, const struct json *doc,
                                          const char *name, struct error *e)
{
    int64_t bot = json_get_id(doc, "bot");
    const struct list *own = c->guild ? &c->guild->commands : NULL;
    for (size_t i = 0; own && i < own->count; i++) {
        const struct command *k = own->items[i];
        if ((!bot || k->bot->id == bot) && str_equal(json_get_string(k->doc, "name"), name))
            return k;
    }
    for (size_t n = 0; n < b->world.bot_list.count; n++) {
        struct bot *one = b->world.bot_list.items[n];
        bool here = c->guild ? list_has(&c->guild->bots, one) : c->bot == one;
        for (size_t i = 0; here && (!bot || one->id == bot) && i < one->commands.count; i++) {
            const struct command *k = one->commands.items[i];
            if (str_equal(json_get_string(k->doc, "name"), name))
                return k;
        }
    }
    error_set(e, ERROR_NO_SUCH, "command", "no bot here has the command '%s'", name);
    return NULL;
}

static const struct json *option_named(const struct json *options, const char *name)
{
    json_each(one, options)
    {
        if (str_equal(json_get_string(one, "name"), name))
            return one;
    }
    return NULL;
}

static void resolve_user(struct box *b, const struct channel *c, struct json *resolved, int64_t id)
{
    const struct user *u = world_user(&b->world, id);
    char key[24];
    if (!u)
        return;
    snprintf(key, sizeof key, "%lld", (long long)id);
    if (!json_get(resolved, "users"))
        json_set(resolved, "users", json_new_object());
    json_set((struct json *)json_get(resolved, "users"), key, present_user(u));
    const struct member *m = c->guild ? guild_member(c->guild, id) : NULL;
    if (!m)
        return;
    if (!json_get(resolved, "members"))
        json_set(resolved, "members", json_new_object());
    struct json *shown = present_member_partial(m);
    json_set(shown, "permissions", present_permissions(permissions_of(m)));
    json_set((struct json *)json_get(resolved, "members"), key, shown);
}

void interaction_resolve(struct box *b, const struct channel *c, struct json *resolved, int64_t type,
                         int64_t id)
{
    char key[24];
    snprintf(key, sizeof key, "%lld", (long long)id);
    const struct role *role = c->guild ? guild_role(c->guild, id) : NULL;
    const struct channel *other = world_channel(&b->world, id);
    if (type == 6 || type == 9)
        resolve_user(b, c, resolved, id);
    if ((type == 8 || type == 9) && role) {
        if (!json_get(resolved, "roles"))
            json_set(resolved, "roles", json_new_object());
        json_set((struct json *)json_get(resolved, "roles"), key, present_role(role));
    }
    if (type == 7 && other) {
        if (!json_get(resolved, "channels"))
            json_set(resolved, "channels", json_new_object());
        json_set((struct json *)json_get(resolved, "channels"), key, present_channel(other));
    }
}

/* Text of attachments: {"filename","content"} becomes an upload. */
static struct json *attachment_value(struct box *b, const struct channel *c, struct json *resolved,
                                     const struct json *value)
{
    const char *name = json_get_string(value, "filename"), *text = json_get_string(value, "content");
    if (!text)
        text = "";
    struct attachment *a =
        world_add_attachment(&b->world, c->id, name ? name : "file.txt", "text/plain", text, strlen(text));
    world_keep_attachment(&b->world, a);
    char key[24];
    snprintf(key, sizeof key, "%lld", (long long)a->id);
    if (!json_get(resolved, "attachments"))
        json_set(resolved, "attachments", json_new_object());
    json_set((struct json *)json_get(resolved, "attachments"), key, present_attachment(a));
    return json_new_id(a->id);
}

static bool type_fits(int64_t type, const struct json *value)
{
    switch (type) {
    case 3:
        return json_is(value, JSON_STRING);
    case 4:
    case 10:
        return json_is(value, JSON_NUMBER);
    case 5:
        return json_is(value, JSON_BOOL);
    case 11:
        return json_is(value, JSON_OBJECT);
    default:
        return json_id(value) > 0;
    }
}

static bool choice_fits(const struct json *declared, const struct json *value)
{
    const struct json *choices = json_get(declared, "choices");
    if (json_count(choices) == 0)
        return true;
    json_each(one, choices)
    {
        if (json_same(json_get(one, "value"), value))
            return true;
    }
    return false;
}

/* {"name": value, ...} into the list that the event carries. FOCUSED marks the option being typed. */
static struct json *fill_options(struct box *b, struct channel *c, const struct json *declared,
                                 const struct json *given, const char *focused, struct json *resolved,
                                 struct error *e)
{
    struct json *list = json_new_array();
    json_each(value, given)
    {
        const struct json *option = option_named(declared, json_key(value));
        int64_t type = json_get_int(option, "type", 0);
        bool typing = focused && str_equal(focused, json_key(value));
        if (!option || type <= 2 || (!typing && (!type_fits(type, value) || !choice_fits(option, value)))) {
            json_free(list);
            error_set(e, ERROR_REFUSED, "options", "option '%s' is not there or takes another kind of value",
                      json_key(value));
            return NULL;
        }
        struct json *one = json_push(list, json_new_object());
        json_set_string(one, "name", json_key(value));
        json_set_int(one, "type", type);
        json_set(one, "value", type == 11 ? attachment_value(b, c, resolved, value) : json_clone(value));
        if (typing)
            json_set_bool(one, "focused", true);
        if (type >= 6 && type <= 9)
            interaction_resolve(b, c, resolved, type, json_id(value));
    }
    json_each(option, declared)
    {
        if (focused || !json_get_bool(option, "required", false) ||
            json_get(given, json_get_string(option, "name")))
            continue;
        json_free(list);
        error_set(e, ERROR_REFUSED, "options", "option '%s' is required", json_get_string(option, "name"));
        return NULL;
    }
    return list;
}

/* Down the words of "name group sub" to the options of the last one; wraps what comes back. */
static struct json *descend(struct box *b, struct channel *c, const struct json *declared, const char *words,
                            const struct json *doc, struct json *resolved, struct error *e)
{
    words += strspn(words, " ");
    if (!*words) {
        json_each(one, declared)
        {
            if (json_get_int(one, "type", 0) <= 2)
                return interaction_refuse(e, "command", "a subcommand is missing");
        }
        return fill_options(b, c, declared, json_get(doc, "options"), json_get_string(doc, "focused"),
                            resolved, e);
    }
    size_t n = strcspn(words, " ");
    char *word = mem_strndup(words, n);
    const struct json *option = option_named(declared, word);
    free(word);
    int64_t type = json_get_int(option, "type", 0);
    if (type != 1 && type != 2)
        return interaction_refuse(e, "command", "no such subcommand");
    struct json *inner = descend(b, c, json_get(option, "options"), words + n, doc, resolved, e);
    if (!inner)
        return NULL;
    struct json *list = json_new_array(), *one = json_push(list, json_new_object());
    json_set_string(one, "name", json_get_string(option, "name"));
    json_set_int(one, "type", type);
    json_set(one, "options", inner);
    return list;
}

static struct json *run_command(struct box *b, const struct json *doc, int type, struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    struct user *u = c ? named_user(b, doc, "member", e) : NULL;
    const char *words = json_get_string(doc, "command");
    if (!u)
        return NULL;
    if (!words)
        return interaction_refuse(e, "command", "a command was expected");
    const struct member *m = c->guild ? named_member(b, c->guild, doc, e) : NULL;
    if (c->guild && !m)
        return NULL;
    if (m && !(permissions_in(m, c, world_now(&b->world)) & USE_COMMANDS))
        return interaction_refuse(e, "member", "that member may not use commands there");
    char *name = mem_strndup(words, strcspn(words, " "));
    const struct command *k = find_command(b, c, doc, name, e);
    free(name);
    if (!k)
        return NULL;
    const char *needs = json_get_string(k->doc, "default_member_permissions");
    uint64_t bits = needs ? strtoull(needs, NULL, 10) : 0;
    if (m && (permissions_of(m) & bits) != bits)
        return interaction_refuse(e, "member", "that member is not shown this command");
    struct json *resolved = json_new_object();
    struct json *options =
        descend(b, c, json_get(k->doc, "options"), words + strcspn(words, " "), doc, resolved, e);
    if (!options) {
        json_free(resolved);
        return NULL;
    }
    struct json *data = json_new_object();
    json_set_id(data, "id", k->id);
    json_set_string(data, "name", json_get_string(k->doc, "name"));
    json_set_int(data, "type", json_get_int(k->doc, "type", 1));
    if (k->guild)
        json_set_id(data, "guild_id", k->guild->id);
    json_set(data, "options", options);
    if (json_count(resolved) > 0)
        json_set(data, "resolved", resolved);
    else
        json_free(resolved);
    struct interaction *i = world_add_interaction(&b->world, k->bot, c, u, type);
    i->name = mem_strdup(json_get_string(k->doc, "name"));
    interaction_send(b, i, data);
    return interaction_started(i);
}

struct json *control_slash(struct box *b, const struct json *doc, struct error *e)
{
    return run_command(b, doc, 2, e);
}

struct json *control_autocomplete(struct box *b, const struct json *doc, struct error *e)
{
    if (!json_get_string(doc, "focused"))
        return interaction_refuse(e, "focused", "the option being typed was expected");
    return run_command(b, doc, 4, e);
}
