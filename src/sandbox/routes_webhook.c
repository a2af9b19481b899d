#include "routes.h"

#include "check.h"
#include "compose.h"
#include "events.h"
#include "permissions.h"
#include "present.h"
#include "scope.h"
#include "tt/base/mem.h"

static void unknown_webhook(struct request *r)
{
    answer_error(r, 404, 10015, "Unknown Webhook");
}

void create_webhook(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_WEBHOOKS);
    struct objections o = {0};
    if (!c)
        return;
    const char *name = check_text(&o, r->doc, "name", "name", 1, 80, true);
    if (name && (strcasestr(name, "clyde") || strcasestr(name, "discord")))
        objection(&o, "USERNAME_INVALID_CONTAINS", "Username cannot contain that word", "name");
    if (answer_objections(r, &o))
        return;
    if (!c->guild) {
        answer_error(r, 400, 50024, "Cannot execute action on this channel type");
        return;
    }
    size_t here = 0;
    for (size_t i = 0; i < c->guild->webhooks.count; i++)
        here += ((struct webhook *)c->guild->webhooks.items[i])->channel == c;
    if (here >= 15) {
        answer_error(r, 400, 30007, "Maximum number of webhooks reached (15)");
        return;
    }
    struct webhook *h = world_add_webhook(&r->box->world, c, world_new_id(&r->box->world), NULL, name);
    h->creator = r->bot;
    answer_json(r, 200, present_webhook(h, r->box->base));
}

static void list_webhooks(struct request *r, const struct guild *g, const struct channel *c)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < g->webhooks.count; i++) {
        const struct webhook *h = g->webhooks.items[i];
        if (!c || h->channel == c)
            json_push(list, present_webhook(h, r->box->base));
    }
    answer_json(r, 200, list);
}

void get_channel_webhooks(struct request *r)
{
    const struct channel *c = scope_channel(r, 0, MANAGE_WEBHOOKS);
    if (c && c->guild)
        list_webhooks(r, c->guild, c);
    else if (c)
        answer_json(r, 200, json_new_array());
}

void get_guild_webhooks(struct request *r)
{
    const struct guild *g = scope_guild(r, 0, MANAGE_WEBHOOKS);
    if (g)
        list_webhooks(r, g, NULL);
}

/* With a token in the path no bot is needed; without one it must be allowed to manage webhooks. */
static struct webhook *scope_webhook(struct request *r)
{
    struct webhook *h = table_get(&r->box->world.webhooks, r->ids[0]);
    if (!h) {
        unknown_webhook(r);
        return NULL;
    }
    if (r->args[1] && !str_equal(h->token, r->args[1])) {
        answer_error(r, 401, 50027, "Invalid Webhook Token");
        return NULL;
    }
    if (!r->args[1] && !scope_may(r, h->channel, MANAGE_WEBHOOKS)) {
        missing_permissions(r);
        return NULL;
    }
    return h;
}

void get_webhook(struct request *r)
{
    const struct webhook *h = scope_webhook(r);
    if (h)
        answer_json(r, 200, present_webhook(h, r->box->base));
}

void patch_webhook(struct request *r)
{
    struct webhook *h = scope_webhook(r);
    struct objections o = {0};
    if (!h)
        return;
    const char *name = check_text(&o, r->doc, "name", "name", 1, 80, false);
    if (answer_objections(r, &o))
        return;
    if (name)
        world_set(&h->name, name);
    struct channel *to = world_channel(&r->box->world, json_get_id(r->doc, "channel_id"));
    if (to && to->guild == h->channel->guild)
        h->channel = to;
    answer_json(r, 200, present_webhook(h, r->box->base));
}

void delete_webhook(struct request *r)
{
    struct webhook *h = scope_webhook(r);
    if (!h)
        return;
    world_remove_webhook(&r->box->world, h);
    answer_none(r);
}

/* --- its messages; an interaction's follow-ups come by the same paths --- */

static struct interaction *scope_interaction(struct request *r)
{
    struct interaction *i = world_interaction_of_token(&r->box->world, r->args[1]);
    return i && i->bot->id == r->ids[0] ? i : NULL;
}

void execute_webhook(struct request *r)
{
    struct interaction *i = scope_interaction(r);
    struct draft d;
    char wait[8];
    if (i) {
        create_followup(r, i);
        return;
    }
    struct webhook *h = scope_webhook(r);
    struct objections o = {0};
    const char *name = h ? check_text(&o, r->doc, "username", "username", 1, 80, false) : NULL;
    if (!h || answer_objections(r, &o) || !draft_read(r, &d, r->doc, "", false, NULL))
        return;
    struct world *w = &r->box->world;
    struct message *m = channel_add_message(w, h->channel, world_add_user(w, h->id, h->name, true));
    m->webhook_id = h->id;
    m->webhook_name = mem_strdup(name ? name : h->name);
    m->application_id = h->creator ? h->creator->id : 0;
    h->channel->last_message_id = m->id;
    draft_apply(r, &d, m, false);
    event_message(r->box, m, "MESSAGE_CREATE");
    if (query_get(r, "wait", wait, sizeof wait) && str_equal(wait, "true"))
        answer_json(r, 200, present_message(w, m, NULL));
    else
        answer_none(r);
}

static struct message *scope_webhook_message(struct request *r)
{
    struct interaction *i = scope_interaction(r);
    const char *name = r->args[2] ? r->args[2] : "@original";
    if (i)
        return interaction_message(r, i, name);
    const struct webhook *h = scope_webhook(r);
    if (!h)
        return NULL;
    struct message *m = channel_message(h->channel, r->ids[2]);
    if (m && m->webhook_id == h->id)
        return m;
    unknown_message(r);
    return NULL;
}

void get_webhook_message(struct request *r)
{
    const struct message *m = scope_webhook_message(r);
    if (m)
        answer_json(r, 200, present_message(&r->box->world, m, NULL));
}

void patch_webhook_message(struct request *r)
{
    struct message *m = scope_webhook_message(r);
    struct draft d;
    if (!m)
        return;
    /* Filling a deferred answer is its creation: it was never seen before. */
    bool loading = (m->flags & FLAG_LOADING) != 0;
    if (!draft_read(r, &d, r->doc, "", true, m))
        return;
    if (loading && (d.flags & FLAG_V2))
        m->flags |= FLAG_V2;
    draft_apply(r, &d, m, true);
    m->flags &= ~FLAG_LOADING;
    if (m->from && m->from->state == INTERACTION_DEFERRED)
        m->from->state = INTERACTION_ANSWERED;
    m->edited_at = world_now(&r->box->world);
    event_message(r->box, m, "MESSAGE_UPDATE");
    answer_json(r, 200, present_message(&r->box->world, m, NULL));
}

void delete_webhook_message(struct request *r)
{
    struct message *m = scope_webhook_message(r);
    if (!m)
        return;
    message_delete(r->box, m);
    answer_none(r);
}
