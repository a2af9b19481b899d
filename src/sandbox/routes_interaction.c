/* Interactions: the event, its first answer, and everything that comes by its token later. */
#include "routes.h"

#include "check.h"
#include "compose.h"
#include "events.h"
#include "interact.h"
#include "permissions.h"
#include "present.h"
#include "scope.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define TOKEN_LIFE (15LL * 60 * 1000)

enum callback {
    CALLBACK_MESSAGE = 4,
    CALLBACK_DEFERRED = 5,
    CALLBACK_DEFERRED_UPDATE = 6,
    CALLBACK_UPDATE = 7,
    CALLBACK_CHOICES = 8,
    CALLBACK_MODAL = 9
};

struct json *interaction_metadata(const struct interaction *i)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", i->id);
    json_set_int(o, "type", i->type);
    json_set(o, "user", present_user(i->user));
    struct json *owners = json_set(o, "authorizing_integration_owners", json_new_object());
    if (i->guild)
        json_set_id(owners, "0", i->guild->id);
    if (i->type == 3 && i->message)
        json_set_id(o, "interacted_message_id", i->message->id);
    if (i->type == 5 && i->trigger)
        json_set(o, "triggering_interaction_metadata", json_clone(i->trigger));
    return o;
}

static struct message *new_message(struct request *r, struct interaction *i, bool ephemeral)
{
    struct message *m = channel_add_message(&r->box->world, i->channel, i->bot->user);
    m->application_id = m->webhook_id = i->bot->id;
    m->from = i;
    m->origin = interaction_metadata(i);
    if (i->type == 2) {
        m->type = 20;
        m->origin_name = mem_strdup(i->name);
    }
    if (ephemeral) {
        m->flags |= FLAG_EPHEMERAL;
        m->visible_to = i->user->id;
    } else {
        i->channel->last_message_id = m->id;
    }
    return m;
}

static bool answer_message(struct request *r, struct interaction *i, const struct json *data)
{
    struct draft d;
    if (!draft_read(r, &d, data, "data.", false, NULL))
        return false;
    i->original = new_message(r, i, (d.flags & FLAG_EPHEMERAL) != 0);
    draft_apply(r, &d, i->original, false);
    i->state = INTERACTION_ANSWERED;
    event_message(r->box, i->original, "MESSAGE_CREATE");
    return true;
}

static bool answer_deferred(struct request *r, struct interaction *i, const struct json *data)
{
    i->original = new_message(r, i, (json_get_int(data, "flags", 0) & FLAG_EPHEMERAL) != 0);
    i->original->flags |= FLAG_LOADING;
    i->state = INTERACTION_DEFERRED;
    event_message(r->box, i->original, "MESSAGE_CREATE");
    return true;
}

static bool answer_update(struct request *r, struct interaction *i, const struct json *data)
{
    struct draft d;
    if (!draft_read(r, &d, data, "data.", true, i->message))
        return false;
    draft_apply(r, &d, i->message, true);
    i->original = i->message;
    i->message->edited_at = world_now(&r->box->world);
    i->state = INTERACTION_ANSWERED;
    event_message(r->box, i->message, "MESSAGE_UPDATE");
    return true;
}

static bool answer_deferred_update(struct request *r, struct interaction *i, const struct json *data)
{
    (void)r;
    (void)data;
    i->deferred_update = true;
    i->original = i->message;
    i->state = INTERACTION_ANSWERED;
    return true;
}

static bool answer_modal(struct request *r, struct interaction *i, const struct json *data)
{
    struct objections o = {0};
    struct json *modal = check_modal(&o, data, "data");
    if (answer_objections(r, &o)) {
        json_free(modal);
        return false;
    }
    i->modal = modal;
    i->state = INTERACTION_MODAL;
    return true;
}

static bool answer_choices(struct request *r, struct interaction *i, const struct json *data)
{
    struct objections o = {0};
    const struct json *choices = json_get(data, "choices");
    if (!json_is(choices, JSON_ARRAY))
        objection_required(&o, "data.choices");
    if (json_count(choices) > 25)
        objection(&o, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.", "data.choices");
    if (answer_objections(r, &o))
        return false;
    i->choices = json_clone(choices);
    i->state = INTERACTION_ANSWERED;
    return true;
}

/* Which first answers fit which interactions: bits are 1 << type. */
static const struct {
    int type;
    unsigned fits;
    bool wants_message;
    bool (*answer)(struct request *r, struct interaction *i, const struct json *data);
} callbacks[] = {
    {CALLBACK_MESSAGE, 1 << 2 | 1 << 3 | 1 << 5, false, answer_message},
    {CALLBACK_DEFERRED, 1 << 2 | 1 << 3 | 1 << 5, false, answer_deferred},
    {CALLBACK_DEFERRED_UPDATE, 1 << 3 | 1 << 5, true, answer_deferred_update},
    {CALLBACK_UPDATE, 1 << 3 | 1 << 5, true, answer_update},
    {CALLBACK_CHOICES, 1 << 4, false, answer_choices},
    {CALLBACK_MODAL, 1 << 2 | 1 << 3, false, answer_modal},
};

static void answer_with_response(struct request *r, const struct interaction *i)
{
    struct json *o = json_new_object(), *about = json_set(o, "interaction", json_new_object());
    json_set_id(about, "id", i->id);
    json_set_int(about, "type", i->type);
    json_set_id(about, "channel_id", i->channel->id);
    if (i->guild)
        json_set_id(about, "guild_id", i->guild->id);
    if (i->original) {
        json_set_id(about, "response_message_id", i->original->id);
        json_set_bool(about, "response_message_loading", (i->original->flags & FLAG_LOADING) != 0);
        json_set_bool(about, "response_message_ephemeral", i->original->visible_to != 0);
    }
    bool shows = i->original && (i->callback == CALLBACK_MESSAGE || i->callback == CALLBACK_DEFERRED ||
                                 i->callback == CALLBACK_UPDATE);
    if (shows) {
        struct json *resource = json_set(o, "resource", json_new_object());
        json_set_int(resource, "type", i->callback == CALLBACK_UPDATE ? CALLBACK_UPDATE : CALLBACK_MESSAGE);
        json_set(resource, "message", present_message(&r->box->world, i->original, NULL));
    }
    answer_json(r, 200, o);
}

void interaction_callback(struct request *r)
{
    struct interaction *i = world_interaction(&r->box->world, r->ids[0]);
    char with[8];
    if (!i || !str_equal(i->token, r->args[1]) ||
        (i->callback == 0 && time_monotonic() - i->created > r->box->world.limits.interaction_ms)) {
        answer_error(r, 404, 10062, "Unknown interaction");
        return;
    }
    r->bot = i->bot;
    if (i->callback != 0) {
        answer_error(r, 400, 40060, "Interaction has already been acknowledged.");
        return;
    }
    int64_t type = json_get_int(r->doc, "type", 0);
    size_t n = 0, count = sizeof callbacks / sizeof *callbacks;
    while (n < count && callbacks[n].type != type)
        n++;
    if (n == count || !(callbacks[n].fits & 1u << i->type) || (callbacks[n].wants_message && !i->message)) {
        struct objections o = {0};
        objection_choices(&o, "type");
        answer_objections(r, &o);
        return;
    }
    i->callback = (int)type; /* before the event, which a waiting script may follow at once */
    if (!callbacks[n].answer(r, i, json_get(r->doc, "data"))) {
        i->callback = 0;
        return;
    }
    if (query_get(r, "with_response", with, sizeof with) && str_equal(with, "true"))
        answer_with_response(r, i);
    else
        answer_none(r);
}

/* --- by its token --- */

static bool token_lives(struct request *r, const struct interaction *i)
{
    if (time_monotonic() - i->created > TOKEN_LIFE) {
        answer_error(r, 401, 50027, "Invalid Webhook Token");
        return false;
    }
    if (i->callback == 0) {
        answer_error(r, 404, 10015, "Unknown Webhook");
        return false;
    }
    return true;
}

void create_followup(struct request *r, struct interaction *i)
{
    struct draft d;
    if (!token_lives(r, i) || !draft_read(r, &d, r->doc, "", false, NULL))
        return;
    r->bot = i->bot;
    /* The first one after a deferral is the answer that was put off. */
    bool fills = i->state == INTERACTION_DEFERRED && i->original && (i->original->flags & FLAG_LOADING);
    struct message *m = fills ? i->original : new_message(r, i, (d.flags & FLAG_EPHEMERAL) != 0);
    draft_apply(r, &d, m, false);
    if (fills) {
        m->flags &= ~FLAG_LOADING;
        i->state = INTERACTION_ANSWERED;
    } else {
        list_push(&i->followups, m);
    }
    event_message(r->box, m, fills ? "MESSAGE_UPDATE" : "MESSAGE_CREATE");
    answer_json(r, 200, present_message(&r->box->world, m, NULL));
}

struct message *interaction_message(struct request *r, struct interaction *i, const char *name)
{
    if (!token_lives(r, i))
        return NULL;
    r->bot = i->bot;
    if (str_equal(name, "@original")) {
        if (!i->original)
            unknown_message(r);
        return i->original;
    }
    int64_t id = r->ids[2];
    for (size_t n = 0; n < i->followups.count; n++) {
        struct message *m = i->followups.items[n];
        if (m->id == id)
            return m;
    }
    if (i->original && i->original->id == id)
        return i->original;
    unknown_message(r);
    return NULL;
}

/* --- the event --- */

static struct json *acting_member(struct box *b, const struct interaction *i)
{
    const struct member *m = guild_member(i->guild, i->user->id);
    if (!m)
        return json_new_null();
    struct json *o = present_member(m);
    json_set(o, "permissions", present_permissions(permissions_in(m, i->channel, world_now(&b->world))));
    return o;
}

void interaction_send(struct box *b, struct interaction *i, struct json *data)
{
    struct json *d = json_new_object();
    json_set_id(d, "id", i->id);
    json_set_id(d, "application_id", i->bot->id);
    json_set_int(d, "type", i->type);
    json_set(d, "data", data);
    i->data = json_clone(data);
    json_set_id(d, "channel_id", i->channel->id);
    json_set(d, "channel", present_channel(i->channel));
    json_set_string(d, "token", i->token);
    json_set_int(d, "version", 1);
    json_set_string(d, "locale", "en-US");
    json_set(d, "entitlements", json_new_array());
    json_set_int(d, "attachment_size_limit", 10485760);
    struct json *owners = json_set(d, "authorizing_integration_owners", json_new_object());
    json_set_int(d, "context", i->guild ? 0 : 1);
    if (i->guild) {
        json_set_id(owners, "0", i->guild->id);
        json_set_id(d, "guild_id", i->guild->id);
        json_set_string(d, "guild_locale", "en-US");
        struct json *g = json_set(d, "guild", json_new_object());
        json_set_id(g, "id", i->guild->id);
        json_set_string(g, "locale", "en-US");
        json_set(g, "features", json_new_array());
        json_set(d, "member", acting_member(b, i));
        const struct member *me = guild_member(i->guild, i->bot->id);
        json_set(d, "app_permissions",
                 present_permissions(permissions_in(me, i->channel, world_now(&b->world))));
    } else {
        json_set(d, "user", present_user(i->user));
        json_set(d, "app_permissions", present_permissions(PERMISSIONS_EVERYONE));
    }
    if (i->message) {
        i->message->clicked = true;
        json_set(d, "message", present_message(&b->world, i->message, i->bot));
    }
    event_bot(b, i->bot, "INTERACTION_CREATE", d);
    box_changed(b);
}
