/* Members click and fill modals, as a client of Discord would let them. */
#include "interact.h"

#include "present.h"
#include "routes.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "verbs.h"

struct json *interaction_refuse(struct error *e, const char *field, const char *what)
{
    error_set(e, ERROR_REFUSED, field, "%s", what);
    return NULL;
}

struct json *interaction_started(const struct interaction *i)
{
    struct json *o = control_ok();
    json_set_id(o, "interaction", i->id);
    return o;
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
        json_each(option, json_get(component, "options"))
        {
            found = found || str_equal(json_get_string(option, "value"), json_string(value));
        }
        wrong = wrong || !found;
        interaction_resolve(b, c, resolved,
                            type == 5   ? 6
                            : type == 6 ? 8
                            : type == 8 ? 7
                                        : 9,
                            json_id(value));
    }
    json_set(data, "values", values ? json_clone(values) : json_new_array());
    json_set(data, "resolved", resolved);
    if (!wrong)
        return data;
    json_free(data);
    return interaction_refuse(e, "values", "the select does not offer these values, or not so many");
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
        return interaction_refuse(e, "custom_id", "that component does not talk to a bot");
    if (json_get_bool(component, "disabled", false))
        return interaction_refuse(e, "custom_id", "that component is disabled");
    struct json *data = click_data(b, m->channel, component, doc, e);
    if (!data)
        return NULL;
    struct interaction *i = world_add_interaction(&b->world, bot, m->channel, u, 3);
    i->message = m;
    i->name = mem_strdup(json_get_string(component, "custom_id"));
    interaction_send(b, i, data);
    return interaction_started(i);
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
        return interaction_refuse(e, "interaction", "that interaction was not answered with a modal");
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
    return interaction_started(i);
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
