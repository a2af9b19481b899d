/* Members run commands, click and fill modals, as a client of Discord would let them. */
#include "interact.h"

#include "permissions.h"
#include "present.h"
#include "routes.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"
#include "verbs.h"

static struct json *refuse(struct error *e, const char *field, const char *what)
{
    error_set(e, ERROR_REFUSED, field, "%s", what);
    return NULL;
}

static struct json *started(const struct interaction *i)
{
    struct json *o = control_ok();
    json_set_id(o, "interaction", i->id);
    return o;
}

/* --- commands --- */

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
    json_each(one, options) if (str_equal(json_get_string(one, "name"), name)) return one;
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

static void resolve(struct box *b, const struct channel *c, struct json *resolved, int64_t type, int64_t id)
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
    json_each(one, choices) if (json_same(json_get(one, "value"), value)) return true;
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
            resolve(b, c, resolved, type, json_id(value));
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
        json_each(one, declared) if (json_get_int(one, "type", 0) <=
                                     2) return refuse(e, "command", "a subcommand is missing");
        return fill_options(b, c, declared, json_get(doc, "options"), json_get_string(doc, "focused"),
                            resolved, e);
    }
    size_t n = strcspn(words, " ");
    char *word = mem_strndup(words, n);
    const struct json *option = option_named(declared, word);
    free(word);
    int64_t type = json_get_int(option, "type", 0);
    if (type != 1 && type != 2)
        return refuse(e, "command", "no such subcommand");
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
        return refuse(e, "command", "a command was expected");
    const struct member *m = c->guild ? named_member(b, c->guild, doc, e) : NULL;
    if (c->guild && !m)
        return NULL;
    if (m && !(permissions_in(m, c, world_now(&b->world)) & USE_COMMANDS))
        return refuse(e, "member", "that member may not use commands there");
    char *name = mem_strndup(words, strcspn(words, " "));
    const struct command *k = find_command(b, c, doc, name, e);
    free(name);
    if (!k)
        return NULL;
    const char *needs = json_get_string(k->doc, "default_member_permissions");
    uint64_t bits = needs ? strtoull(needs, NULL, 10) : 0;
    if (m && (permissions_of(m) & bits) != bits)
        return refuse(e, "member", "that member is not shown this command");
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
    return started(i);
}

struct json *control_slash(struct box *b, const struct json *doc, struct error *e)
{
    return run_command(b, doc, 2, e);
}

struct json *control_autocomplete(struct box *b, const struct json *doc, struct error *e)
{
    if (!json_get_string(doc, "focused"))
        return refuse(e, "focused", "the option being typed was expected");
    return run_command(b, doc, 4, e);
}

/* --- components --- */

static const struct json *find_component(const struct json *list, const struct json *doc)
{
    const char *id = json_get_string(doc, "custom_id"), *label = json_get_string(doc, "label");
    json_each(one, list)
    {
        bool fits = id ? str_equal(json_get_string(one, "custom_id"), id)
                       : label && str_equal(json_get_string(one, "label"), label);
        if (fits)
            return one;
        const struct json *inner = find_component(json_get(one, "components"), doc);
        if (!inner && json_get(one, "accessory") &&
            str_equal(json_string(json_at(one, "accessory.custom_id")), id ? id : ""))
            inner = json_get(one, "accessory");
        if (inner)
            return inner;
    }
    return NULL;
}

/* The message named, or the newest one in the channel that has such a component. */
static struct message *clicked_message(struct box *b, const struct json *doc, const struct json **component,
                                       struct error *e)
{
    struct channel *c = named_channel(b, doc, e);
    int64_t id = json_get_id(doc, "message"), member = json_get_id(doc, "member");
    for (size_t i = c ? c->messages.count : 0; i > 0; i--) {
        struct message *m = c->messages.items[i - 1];
        if ((id && m->id != id) || (m->visible_to && m->visible_to != member))
            continue;
        *component = find_component(m->components, doc);
        if (*component)
            return m;
    }
    if (c)
        error_set(e, ERROR_NO_SUCH, "custom_id", "no message that the member sees has such a component");
    return NULL;
}

static struct json *click_data(struct box *b, const struct channel *c, const struct json *component,
                               const struct json *doc, struct error *e)
{
    int64_t type = json_get_int(component, "type", 0);
    const struct json *values = json_get(doc, "values");
    struct json *data = json_new_object();
    json_set_string(data, "custom_id", json_get_string(component, "custom_id"));
    json_set_int(data, "component_type", type);
    json_set_int(data, "id", json_get_int(component, "id", 1));
    if (type == 2)
        return data;
    int64_t n = (int64_t)json_count(values);
    bool wrong = n < json_get_int(component, "min_values", 1) || n > json_get_int(component, "max_values", 1);
    struct json *resolved = json_new_object();
    json_each(value, values)
    {
        bool found = type != 3;
        json_each(option, json_get(component, "options")) found =
            found || str_equal(json_get_string(option, "value"), json_string(value));
        wrong = wrong || !found;
        resolve(b, c, resolved, type == 5 ? 6 : type == 6 ? 8 : type == 8 ? 7 : 9, json_id(value));
    }
    json_set(data, "values", values ? json_clone(values) : json_new_array());
    json_set(data, "resolved", resolved);
    if (!wrong)
        return data;
    json_free(data);
    return refuse(e, "values", "the select does not offer these values, or not so many");
}

struct json *control_click(struct box *b, const struct json *doc, struct error *e)
{
    const struct json *component = NULL;
    struct user *u = named_user(b, doc, "member", e);
    struct message *m = u ? clicked_message(b, doc, &component, e) : NULL;
    if (!m)
        return NULL;
    struct bot *bot = table_get(&b->world.bots, m->application_id ? m->application_id : m->author->id);
    if (!bot || !json_get_string(component, "custom_id"))
        return refuse(e, "custom_id", "that component does not talk to a bot");
    if (json_get_bool(component, "disabled", false))
        return refuse(e, "custom_id", "that component is disabled");
    struct json *data = click_data(b, m->channel, component, doc, e);
    if (!data)
        return NULL;
    struct interaction *i = world_add_interaction(&b->world, bot, m->channel, u, 3);
    i->message = m;
    i->name = mem_strdup(json_get_string(component, "custom_id"));
    interaction_send(b, i, data);
    return started(i);
}

/* --- modals --- */

static struct json *filled_input(const struct json *input, const struct json *fields, struct error *e)
{
    const char *id = json_get_string(input, "custom_id");
    const struct json *value = json_get(fields, id);
    struct json *o = json_new_object();
    json_set_int(o, "type", json_get_int(input, "type", 4));
    json_set_int(o, "id", json_get_int(input, "id", 1));
    json_set_string(o, "custom_id", id);
    if (json_get_int(input, "type", 4) != 4) {
        json_set(o, "values", value ? json_clone(value) : json_new_array());
        return o;
    }
    const char *text = json_string(value) ? json_string(value) : json_get_string(input, "value");
    if (!text)
        text = "";
    size_t n = text_length(text);
    bool empty_is_fine = n == 0 && !json_get_bool(input, "required", true);
    if (!empty_is_fine && (n < (size_t)json_get_int(input, "min_length", 0) ||
                           n > (size_t)json_get_int(input, "max_length", 4000) || n == 0)) {
        json_free(o);
        error_set(e, ERROR_REFUSED, "fields", "the field '%s' does not take a text of %zu characters", id, n);
        return NULL;
    }
    json_set_string(o, "value", text);
    return o;
}

static struct json *filled(const struct json *modal, const struct json *fields, struct error *e)
{
    struct json *list = json_new_array();
    json_each(row, json_get(modal, "components"))
    {
        int64_t type = json_get_int(row, "type", 1);
        struct json *one = json_push(list, json_new_object());
        json_set_int(one, "type", type);
        json_set_int(one, "id", json_get_int(row, "id", 1));
        const struct json *input =
            type == 18 ? json_get(row, "component") : json_first(json_get(row, "components"));
        struct json *answer = input ? filled_input(input, fields, e) : NULL;
        if (input && !answer) {
            json_free(list);
            return NULL;
        }
        if (type == 18)
            json_set(one, "component", answer);
        else if (answer)
            json_push(json_set(one, "components", json_new_array()), answer);
    }
    return list;
}

struct json *control_modal(struct box *b, const struct json *doc, struct error *e)
{
    struct interaction *from = world_interaction(&b->world, json_get_id(doc, "interaction"));
    if (!from || !from->modal)
        return refuse(e, "interaction", "that interaction was not answered with a modal");
    struct json *components = filled(from->modal, json_get(doc, "fields"), e);
    if (!components)
        return NULL;
    struct json *data = json_new_object();
    json_set_string(data, "custom_id", json_get_string(from->modal, "custom_id"));
    json_set(data, "components", components);
    struct interaction *i = world_add_interaction(&b->world, from->bot, from->channel, from->user, 5);
    i->message = from->message;
    i->name = mem_strdup(json_get_string(from->modal, "custom_id"));
    i->trigger = interaction_metadata(from);
    interaction_send(b, i, data);
    return started(i);
}

struct json *interaction_report(struct box *b, const struct interaction *i)
{
    static const char *const states[] = {"open", "deferred", "answered", "modal"};
    struct json *o = json_new_object();
    json_set_id(o, "interaction", i->id);
    json_set_string(o, "token", i->token);
    json_set_id(o, "bot", i->bot->id);
    json_set_int(o, "type", i->type);
    json_set_string(o, "name", i->name);
    json_set_id(o, "member", i->user->id);
    json_set_id(o, "channel", i->channel->id);
    json_set_string(o, "state", states[i->state]);
    json_set_int(o, "callback", i->callback);
    json_set_bool(o, "ephemeral", i->original && i->original->visible_to);
    json_set(o, "message", i->original ? present_message(&b->world, i->original, NULL) : json_new_null());
    struct json *followups = json_set(o, "followups", json_new_array());
    for (size_t n = 0; n < i->followups.count; n++)
        json_push(followups, present_message(&b->world, i->followups.items[n], NULL));
    json_set(o, "modal", i->modal ? json_clone(i->modal) : json_new_null());
    json_set(o, "choices", i->choices ? json_clone(i->choices) : json_new_null());
    return o;
}
