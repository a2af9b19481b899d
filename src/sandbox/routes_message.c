#include "routes.h"

#include "compose.h"
#include "events.h"
#include "flood.h"
#include "permissions.h"
#include "present.h"
#include "scope.h"

#define TWO_WEEKS (14LL * 24 * 60 * 60 * 1000)
#define NONCE_KEPT (5LL * 60 * 1000)

/* As somebody reads it who was not there: its nonce is not kept. */
static struct json *present_old(struct request *r, const struct message *m)
{
    struct json *message = present_message(&r->box->world, m, r->bot);
    if (m->time < world_now(&r->box->world) - NONCE_KEPT)
        json_remove(message, "nonce");
    return message;
}

/* Newest first: those below an id, the oldest above one, or around one. */
void get_messages(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    if (!c)
        return;
    int64_t limit = query_number(r, "limit", 50), before = query_number(r, "before", 0),
            after = query_number(r, "after", 0);
    int64_t around = query_number(r, "around", 0);
    if (limit < 1 || limit > 100) {
        struct objections o = {0};
        objection(&o, limit < 1 ? "NUMBER_TYPE_MIN" : "NUMBER_TYPE_MAX",
                  "int value should be between 1 and 100.", "limit");
        answer_objections(r, &o);
        return;
    }
    struct json *list = json_new_array();
    answer_json(r, 200, list);
    if (!scope_may(r, c, READ_MESSAGE_HISTORY))
        return;
    size_t from = 0, to = c->messages.count;
    while (to > 0 && before && ((struct message *)c->messages.items[to - 1])->id >= before)
        to--;
    if (around) {
        size_t at = to;
        while (at > 0 && ((struct message *)c->messages.items[at - 1])->id > around)
            at--;
        size_t half = (size_t)limit / 2;
        from = at > half + 1 ? at - half - 1 : 0;
        to = from + (size_t)limit < to ? from + (size_t)limit : to;
    } else if (after) {
        while (from < to && ((struct message *)c->messages.items[from])->id <= after)
            from++;
        size_t end = from;
        for (int64_t n = 0; end < to && n < limit; end++)
            n += !((struct message *)c->messages.items[end])->visible_to;
        to = end;
    }
    int64_t found = 0;
    for (size_t i = to; i > from && found < limit; i--) {
        const struct message *m = c->messages.items[i - 1];
        if (m->visible_to)
            continue;
        json_push(list, present_old(r, m));
        found++;
    }
}

void get_message(struct request *r)
{
    struct channel *c = scope_channel(r, 0, READ_MESSAGE_HISTORY);
    const struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (m)
        answer_json(r, 200, present_old(r, m));
}

/* A message of the same author with the same nonce of the last minutes. */
static struct message *same_nonce(struct request *r, const struct channel *c, const struct json *nonce)
{
    int64_t limit = world_now(&r->box->world) - NONCE_KEPT;
    for (size_t i = c->messages.count; i > 0; i--) {
        struct message *m = c->messages.items[i - 1];
        if (m->time < limit)
            return NULL;
        if (m->author == r->bot->user && m->nonce && json_same(m->nonce, nonce))
            return m;
    }
    return NULL;
}

static bool may_send(struct request *r, const struct channel *c)
{
    if (c->guild && (c->type == CHANNEL_CATEGORY || c->type == CHANNEL_FORUM)) {
        answer_error(r, 400, 50008, "Cannot send messages in a non-text channel");
        return false;
    }
    if (!c->guild && c->recipient->dms_closed) {
        answer_error(r, 403, 50007, "Cannot send messages to this user");
        return false;
    }
    return true;
}

void create_message(struct request *r)
{
    struct channel *c = scope_channel(r, 0, SEND_MESSAGES);
    struct draft d;
    if (!c || !may_send(r, c) || !draft_read(r, &d, r->doc, "", false, NULL))
        return;
    struct message *old = d.enforce && d.nonce ? same_nonce(r, c, d.nonce) : NULL;
    if (old) {
        draft_release(&d);
        answer_json(r, 200, present_message(&r->box->world, old, r->bot));
        return;
    }
    if (d.reference && !channel_message(c, d.reference)) {
        if (json_bool(json_at(r->doc, "message_reference.fail_if_not_exists"), true)) {
            struct objections o = {0};
            objection(&o, "REPLIES_UNKNOWN_MESSAGE", "Unknown message", "message_reference");
            draft_release(&d);
            answer_objections(r, &o);
            return;
        }
        d.reference = 0;
    }
    struct message *m = channel_add_message(&r->box->world, c, r->bot->user);
    c->last_message_id = m->id;
    draft_apply(r, &d, m, false);
    flood_answered(r->box, c);
    event_message(r->box, m, "MESSAGE_CREATE");
    answer_json(r, 200, present_message(&r->box->world, m, r->bot));
}

void patch_message(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    struct draft d;
    if (!m)
        return;
    bool own = m->author == r->bot->user && !m->webhook_name;
    if (!own) {
        answer_error(r, 403, 50005, "Cannot edit a message authored by another user");
        return;
    }
    if (!draft_read(r, &d, r->doc, "", true, m))
        return;
    draft_apply(r, &d, m, true);
    m->edited_at = world_now(&r->box->world);
    event_message(r->box, m, "MESSAGE_UPDATE");
    answer_json(r, 200, present_message(&r->box->world, m, r->bot));
}

void message_delete(struct box *b, struct message *m)
{
    event_message_delete(b, m);
    channel_remove_message(&b->world, m);
    box_changed(b);
}

void delete_message(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    if (m->author != r->bot->user && (!c->guild || !scope_may(r, c, MANAGE_MESSAGES))) {
        if (c->guild)
            missing_permissions(r);
        else
            answer_error(r, 403, 50003, "Cannot execute action on a DM channel");
        return;
    }
    message_delete(r->box, m);
    answer_none(r);
}

static bool bulk_list_fits(struct request *r, const struct json *ids)
{
    struct objections o = {0};
    int64_t oldest = world_now(&r->box->world) - TWO_WEEKS;
    size_t n = json_count(ids);
    if (n < 2 || n > 100) {
        answer_error(
            r, 400, 50016,
            "You provided too few or too many messages to delete. You must provide at least 2 and fewer "
            "than 100 messages to delete.");
        return false;
    }
    size_t at = 0;
    json_each(one, ids)
    {
        if (!json_id(one))
            objection(&o, "NUMBER_TYPE_COERCE", "Value is not snowflake.", "messages.%zu", at);
        at++;
    }
    if (answer_objections(r, &o))
        return false;
    json_each(one, ids)
    {
        if (snowflake_time(json_id(one)) >= oldest)
            continue;
        answer_error(r, 400, 50034, "A message provided was too old to bulk delete");
        return false;
    }
    return true;
}

void bulk_delete(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_MESSAGES);
    const struct json *ids = json_get(r->doc, "messages");
    if (!c || !bulk_list_fits(r, ids))
        return;
    struct json *d = json_new_object();
    json_set(d, "ids", json_clone(ids));
    json_set_id(d, "channel_id", c->id);
    json_each(one, ids)
    {
        struct message *m = channel_message(c, json_id(one));
        if (m && !m->visible_to)
            channel_remove_message(&r->box->world, m);
    }
    event_channel(r->box, c, INTENT_MESSAGES, INTENT_DMS, "MESSAGE_DELETE_BULK", d);
    answer_none(r);
}

void crosspost(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    if (c->type != CHANNEL_NEWS) {
        answer_error(r, 400, 50024, "Cannot execute action on this channel type");
        return;
    }
    m->flags |= 1;
    event_message(r->box, m, "MESSAGE_UPDATE");
    answer_json(r, 200, present_message(&r->box->world, m, r->bot));
}
