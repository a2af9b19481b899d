#include "routes.h"

#include "check.h"
#include "events.h"
#include "permissions.h"
#include "present.h"
#include "scope.h"
#include "tt/base/mem.h"

void get_channel(struct request *r)
{
    const struct channel *c = scope_channel(r, 0, 0);
    if (c)
        answer_json(r, 200, present_channel(c));
}

/* Text channels have names without spaces and capitals, as Discord makes them. */
static char *tidy_name(const struct channel *c, const char *name)
{
    char *text = mem_strdup(name);
    if (c->type != CHANNEL_TEXT && c->type != CHANNEL_NEWS)
        return text;
    for (char *p = text; *p; p++) {
        if (*p == ' ')
            *p = '-';
        else if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 'a' - 'A');
    }
    return text;
}

static uint64_t bits(const struct json *o, const char *key)
{
    const struct json *v = json_get(o, key);
    return json_string(v) ? strtoull(json_string(v), NULL, 10) : (uint64_t)json_int(v, 0);
}

static void fill_overwrites(struct channel *c, const struct json *list, struct objections *o)
{
    if (!json_is(list, JSON_ARRAY))
        return;
    if (json_count(list) > 100)
        objection(o, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.", "permission_overwrites");
    c->overwrite_count = 0;
    size_t n = 0;
    json_each(one, list)
    {
        struct overwrite w = {.id = json_get_id(one, "id"),
                              .type = (int)json_get_int(one, "type", -1),
                              .allow = bits(one, "allow"),
                              .deny = bits(one, "deny")};
        if (!w.id)
            objection(o, "BASE_TYPE_REQUIRED", "This field is required", "permission_overwrites.%zu.id", n);
        if (w.type < 0 && json_get(one, "type") == NULL)
            w.type = guild_role(c->guild, w.id) ? 0 : 1;
        if (w.type != 0 && w.type != 1)
            objection(o, "BASE_TYPE_CHOICES", "Value must be one of {0, 1}.",
                      "permission_overwrites.%zu.type", n);
        channel_overwrite(c, &w);
        n++;
    }
}

void channel_fill(struct channel *c, const struct json *doc, struct objections *o)
{
    const char *name = check_text(o, doc, "name", "name", 1, 100, false);
    if (name) {
        char *tidy = tidy_name(c, name);
        world_set(&c->name, tidy);
        free(tidy);
    }
    if (json_get(doc, "topic")) {
        const char *topic = check_text(o, doc, "topic", "topic", 0, 1024, false);
        world_set(&c->topic, topic && *topic ? topic : NULL);
    }
    if (json_get(doc, "parent_id"))
        c->parent_id = json_get_id(doc, "parent_id");
    c->position = (int)check_number(o, doc, "position", "position", 0, 100000, c->position);
    c->rate_limit =
        (int)check_number(o, doc, "rate_limit_per_user", "rate_limit_per_user", 0, 21600, c->rate_limit);
    c->nsfw = json_get_bool(doc, "nsfw", c->nsfw);
    fill_overwrites(c, json_get(doc, "permission_overwrites"), o);
}

void patch_channel(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    if (!c)
        return;
    if (!c->guild) {
        answer_error(r, 400, 50024, "Cannot execute action on this channel type");
        return;
    }
    uint64_t needs = MANAGE_CHANNELS | (json_get(r->doc, "permission_overwrites") ? MANAGE_ROLES : 0);
    if (!scope_may(r, c, needs)) {
        missing_permissions(r);
        return;
    }
    /* Tried on a copy first: an objection must change nothing. */
    struct objections o = {0};
    struct channel trial = {.guild = c->guild, .type = c->type};
    channel_fill(&trial, r->doc, &o);
    free(trial.name);
    free(trial.topic);
    free(trial.overwrites);
    if (answer_objections(r, &o))
        return;
    channel_fill(c, r->doc, &o);
    objections_release(&o);
    event_channel_change(r->box, c, "CHANNEL_UPDATE");
    answer_json(r, 200, present_channel(c));
}

void delete_channel(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_CHANNELS);
    if (!c)
        return;
    answer_json(r, 200, present_channel(c));
    if (!c->guild) /* closing a DM only hides it */
        return;
    event_channel_change(r->box, c, "CHANNEL_DELETE");
    world_remove_channel(&r->box->world, c);
}

void put_overwrite(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_ROLES);
    if (!c)
        return;
    struct overwrite w = {.id = r->ids[1],
                          .type = (int)json_get_int(r->doc, "type", 0),
                          .allow = bits(r->doc, "allow"),
                          .deny = bits(r->doc, "deny")};
    if (!c->guild || !w.id || (w.type != 0 && w.type != 1)) {
        answer_error(r, 404, 10009, "Unknown Overwrite");
        return;
    }
    channel_overwrite(c, &w);
    event_channel_change(r->box, c, "CHANNEL_UPDATE");
    answer_none(r);
}

void delete_overwrite(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_ROLES);
    if (!c)
        return;
    if (!channel_remove_overwrite(c, r->ids[1])) {
        answer_error(r, 404, 10009, "Unknown Overwrite");
        return;
    }
    event_channel_change(r->box, c, "CHANNEL_UPDATE");
    answer_none(r);
}

void typing(struct request *r)
{
    struct channel *c = scope_channel(r, 0, SEND_MESSAGES);
    if (!c)
        return;
    struct json *d = json_new_object();
    json_set_id(d, "channel_id", c->id);
    json_set_id(d, "user_id", r->bot->id);
    json_set_int(d, "timestamp", world_now(&r->box->world) / 1000);
    event_channel(r->box, c, INTENT_TYPING, INTENT_DM_TYPING, "TYPING_START", d);
    answer_none(r);
}

/* --- pins --- */

static void collect_pins(const struct channel *c, struct list *pins)
{
    for (size_t i = c->messages.count; i > 0; i--) {
        struct message *m = c->messages.items[i - 1];
        if (m->pinned)
            list_push(pins, m);
    }
}

void get_pins_old(struct request *r)
{
    const struct channel *c = scope_channel(r, 0, READ_MESSAGE_HISTORY);
    struct list pins = {0};
    if (!c)
        return;
    collect_pins(c, &pins);
    struct json *list = json_new_array();
    for (size_t i = 0; i < pins.count; i++)
        json_push(list, present_message(&r->box->world, pins.items[i], r->bot));
    list_drop(&pins);
    answer_json(r, 200, list);
}

void get_pins(struct request *r)
{
    const struct channel *c = scope_channel(r, 0, READ_MESSAGE_HISTORY);
    struct list pins = {0};
    if (!c)
        return;
    collect_pins(c, &pins);
    struct json *o = json_new_object(), *items = json_set(o, "items", json_new_array());
    int64_t limit = query_number(r, "limit", 50);
    for (size_t i = 0; i < pins.count && (int64_t)i < limit; i++) {
        const struct message *m = pins.items[i];
        struct json *one = json_push(items, json_new_object());
        present_set_time(one, "pinned_at", m->pinned_at);
        json_set(one, "message", present_message(&r->box->world, m, r->bot));
    }
    json_set_bool(o, "has_more", (int64_t)pins.count > limit);
    list_drop(&pins);
    answer_json(r, 200, o);
}

static void set_pin(struct request *r, bool on)
{
    struct channel *c = scope_channel(r, 0, 0);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    if (c->guild && !scope_may(r, c, MANAGE_MESSAGES) && !scope_may(r, c, PIN_MESSAGES)) {
        missing_permissions(r);
        return;
    }
    struct list pins = {0};
    collect_pins(c, &pins);
    size_t count = pins.count;
    list_drop(&pins);
    if (on && !m->pinned && count >= 250) {
        answer_error(r, 400, 30003, "Maximum number of pins reached for the channel (250)");
        return;
    }
    if (m->pinned != on) {
        m->pinned = on;
        m->pinned_at = c->last_pin = world_now(&r->box->world);
        struct json *d = json_new_object();
        json_set_id(d, "channel_id", c->id);
        present_set_time(d, "last_pin_timestamp", c->last_pin);
        event_channel(r->box, c, INTENT_GUILDS, INTENT_DMS, "CHANNEL_PINS_UPDATE", d);
    }
    answer_none(r);
}

void put_pin(struct request *r)
{
    set_pin(r, true);
}

void delete_pin(struct request *r)
{
    set_pin(r, false);
}
