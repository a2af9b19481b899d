#include "routes.h"

#include "events.h"
#include "present.h"
#include "scope.h"
#include "tt/base/time.h"

void get_me(struct request *r)
{
    answer_json(r, 200, present_me(r->bot));
}

void patch_me(struct request *r)
{
    struct objections o = {0};
    const char *name = check_text(&o, r->doc, "username", "username", 2, 32, false);
    if (answer_objections(r, &o))
        return;
    if (name)
        world_set(&r->bot->user->username, name);
    get_me(r);
}

void get_user(struct request *r)
{
    const struct user *u = world_user(&r->box->world, r->ids[0]);
    if (u)
        answer_json(r, 200, present_user(u));
    else
        answer_error(r, 404, 10013, "Unknown User");
}

void get_my_guilds(struct request *r)
{
    struct json *list = json_new_array();
    int64_t limit = query_number(r, "limit", 200), after = query_number(r, "after", 0), found = 0;
    for (size_t i = 0; i < r->bot->guilds.count && found < limit; i++) {
        const struct guild *g = r->bot->guilds.items[i];
        if (g->id <= after)
            continue;
        json_push(list, present_my_guild(g, r->bot));
        found++;
    }
    answer_json(r, 200, list);
}

void leave_guild(struct request *r)
{
    struct guild *g = world_guild(&r->box->world, r->ids[0]);
    if (!g || !list_has(&g->bots, r->bot)) {
        unknown_guild(r);
        return;
    }
    struct json *d = json_new_object();
    json_set_id(d, "id", g->id);
    json_set_bool(d, "unavailable", false);
    list_remove(&g->bots, r->bot);
    list_remove(&r->bot->guilds, g);
    struct member *me = scope_me(r, g);
    event_member(r->box, me, "GUILD_MEMBER_REMOVE");
    guild_remove_member(g, me);
    event_bot(r->box, r->bot, "GUILD_DELETE", d);
    answer_none(r);
}

void open_dm(struct request *r)
{
    int64_t id = json_get_id(r->doc, "recipient_id");
    struct objections o = {0};
    if (!id)
        objection_required(&o, "recipient_id");
    if (answer_objections(r, &o))
        return;
    struct user *u = world_user(&r->box->world, id);
    if (!u)
        answer_error(r, 400, 50033, "Invalid Recipient(s)");
    else if (u->bot)
        answer_error(r, 400, 50007, "Cannot send messages to this user");
    else
        answer_json(r, 200, present_channel(bot_dm(&r->box->world, r->bot, u)));
}

void get_application(struct request *r)
{
    answer_json(r, 200, present_application(r->bot));
}

/* Of the flags an app may change only the limited intents itself; the rest is the portal's. */
void patch_application(struct request *r)
{
    const struct json *flags = json_get(r->doc, "flags");
    const int64_t own = (1 << 13) | (1 << 15) | (1 << 19);
    if (json_is(flags, JSON_NUMBER))
        r->bot->flags = (r->bot->flags & ~own) | (json_int(flags, 0) & own);
    get_application(r);
}

void get_gateway(struct request *r)
{
    struct str url = STR_INIT;
    struct json *o = json_new_object();
    box_gateway_url(r->box, r->host, &url);
    json_set_string(o, "url", url.data);
    str_release(&url);
    answer_json(r, 200, o);
}

void get_gateway_bot(struct request *r)
{
    get_gateway(r);
    const struct limits *l = &r->box->world.limits;
    int64_t reset = r->bot->identifies_reset - time_monotonic();
    struct json *o = r->answer;
    json_set_int(o, "shards", 1);
    struct json *start = json_set(o, "session_start_limit", json_new_object());
    json_set_int(start, "total", l->identifies);
    json_set_int(start, "remaining", l->identify && reset > 0 ? r->bot->identifies_left : l->identifies);
    json_set_int(start, "reset_after", reset > 0 ? reset : 0);
    json_set_int(start, "max_concurrency", l->identify ? r->bot->max_concurrency : 1000);
}

void get_attachment(struct request *r)
{
    const struct attachment *a = table_get(&r->box->world.attachments, r->ids[1]);
    if (!a || a->channel_id != r->ids[0] || !str_equal(a->filename, r->args[2])) {
        answer_error(r, 404, 0, "404: Not Found");
        return;
    }
    char ex[24], hm[80];
    if (!present_signed(a, query_get(r, "ex", ex, sizeof ex), query_get(r, "hm", hm, sizeof hm),
                        world_now(&r->box->world))) {
        answer_error(r, 404, 0, "This content is no longer available.");
        return;
    }
    r->status = 200;
    r->file = a->data;
    r->file_size = a->size;
    r->file_type =
        a->content_type && !strpbrk(a->content_type, "\r\n") ? a->content_type : "application/octet-stream";
}
