/* The client's side of the gateway's protocol: IDENTIFY, RESUME, heartbeats, requests for members. */
#include "gateway.h"

#include "ids.h"
#include "present.h"
#include "tt/base/time.h"

#define FLAG_PRESENCE ((1 << 12) | (1 << 13))
#define FLAG_MEMBERS ((1 << 14) | (1 << 15))
#define FLAG_CONTENT ((1 << 18) | (1 << 19))
#define CONCURRENCY_WINDOW 5000
#define DAY (24 * 60 * 60 * 1000)

static void invalid_session(struct socket *k, bool resumable)
{
    socket_control(k, resumable ? "{\"t\":null,\"s\":null,\"op\":9,\"d\":true}"
                                : "{\"t\":null,\"s\":null,\"op\":9,\"d\":false}");
}

static struct bot *bot_of(struct box *b, const struct json *d)
{
    const char *token = json_get_string(d, "token");
    if (token && str_starts(token, "Bot "))
        token += 4;
    return token ? world_bot_of_token(&b->world, token) : NULL;
}

static bool intents_granted(const struct bot *b, uint64_t intents)
{
    return (!(intents & INTENT_PRESENCES) || (b->flags & FLAG_PRESENCE)) &&
           (!(intents & INTENT_MEMBERS) || (b->flags & FLAG_MEMBERS)) &&
           (!(intents & INTENT_CONTENT) || (b->flags & FLAG_CONTENT));
}

/* True when the session may start now. Past the day's number Discord takes the token away. */
static bool count_identify(struct socket *k, struct bot *bot)
{
    int64_t now = time_monotonic();
    bot->identifies++;
    if (!k->box->world.limits.identify)
        return true;
    if (now >= bot->identifies_reset) {
        bot->identifies_left = k->box->world.limits.identifies;
        bot->identifies_reset = now + DAY;
    }
    if (bot->identifies_left == 0) {
        bot->revoked = true;
        socket_close(k, 4004);
        return false;
    }
    if (now - bot->identify_slot >= CONCURRENCY_WINDOW) {
        bot->identify_slot = now;
        bot->identify_slot_used = 0;
    }
    if (bot->identify_slot_used >= bot->max_concurrency) {
        invalid_session(k, false);
        return false;
    }
    bot->identify_slot_used++;
    bot->identifies_left--;
    return true;
}

static struct json *ready_document(const struct socket *k, const struct session *s)
{
    struct json *d = json_new_object();
    json_set_int(d, "v", 10);
    json_set(d, "user", present_me(s->bot));
    struct json *guilds = json_set(d, "guilds", json_new_array());
    for (size_t i = 0; i < s->bot->guilds.count; i++) {
        const struct guild *g = s->bot->guilds.items[i];
        if (!session_serves(s, g->id))
            continue;
        struct json *one = json_push(guilds, json_new_object());
        json_set_id(one, "id", g->id);
        json_set_bool(one, "unavailable", true);
    }
    json_set_string(d, "session_id", s->id);
    json_set_string(d, "session_type", "normal");
    struct str url = STR_INIT;
    box_gateway_url(k->box, k->host, &url);
    json_set_string(d, "resume_gateway_url", url.data);
    str_release(&url);
    struct json *shard = json_set(d, "shard", json_new_array());
    json_push(shard, json_new_int(s->shard));
    json_push(shard, json_new_int(s->shards));
    struct json *app = json_set(d, "application", json_new_object());
    json_set_id(app, "id", s->bot->id);
    json_set_int(app, "flags", s->bot->flags);
    json_set(d, "user_settings", json_new_object());
    static const char *const empty[] = {"relationships",       "private_channels",        "presences",
                                        "guild_join_requests", "geo_ordered_rtc_regions", "_trace"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        json_set(d, empty[i], json_new_array());
    return d;
}

static void push_json(struct session *s, const char *name, struct json *d)
{
    struct payload *p = payload_new(name, d);
    session_push(s, p);
    payload_release(p);
    json_free(d);
}

static void push_guild(struct session *s, const struct guild *g)
{
    if ((s->intents & INTENT_GUILDS) && session_serves(s, g->id))
        push_json(s, "GUILD_CREATE", present_guild_create(g, s->bot, (s->intents & INTENT_PRESENCES) != 0));
}

void gateway_guild_create(struct box *b, struct guild *g, struct bot *bot)
{
    (void)b;
    for (size_t i = 0; i < bot->sessions.count; i++)
        push_guild(bot->sessions.items[i], g);
}

static void identify(struct socket *k, const struct json *d)
{
    struct bot *bot = bot_of(k->box, d);
    if (k->session) {
        socket_close(k, 4005);
        return;
    }
    if (!bot) {
        socket_close(k, 4004);
        return;
    }
    uint64_t intents = (uint64_t)json_get_int(d, "intents", -1);
    const struct json *shard = json_get(d, "shard");
    int64_t at = json_int(json_at(d, "shard.0"), 0), of = json_int(json_at(d, "shard.1"), 1);
    if (json_get_int(d, "intents", -1) < 0 || (intents & ~(uint64_t)INTENTS_KNOWN)) {
        socket_close(k, 4013);
        return;
    }
    if (shard && !json_is(shard, JSON_NULL) &&
        (json_count(shard) != 2 || of < 1 || at < 0 || at >= of || of > 10000)) {
        socket_close(k, 4010);
        return;
    }
    if (!intents_granted(bot, intents)) {
        socket_close(k, 4014);
        return;
    }
    if (!count_identify(k, bot))
        return;
    struct session *s = gateway_session_new(k->box, bot);
    s->intents = intents;
    s->shard = (int)at;
    s->shards = (int)of;
    s->socket = k;
    s->ready = true;
    k->session = s;
    k->box->ready++;
    push_json(s, "READY", ready_document(k, s));
    for (size_t i = 0; i < bot->guilds.count; i++)
        push_guild(s, bot->guilds.items[i]);
    box_changed(k->box);
}

static void resume(struct socket *k, const struct json *d)
{
    struct bot *bot = bot_of(k->box, d);
    if (!bot || k->session) {
        socket_close(k, bot ? 4005 : 4004);
        return;
    }
    const char *id = json_get_string(d, "session_id");
    int64_t seq = json_get_int(d, "seq", -1);
    struct session *s = id ? session_find(k->box, id) : NULL;
    if (!s || s->bot != bot) {
        invalid_session(k, false);
        return;
    }
    if (seq > s->seq || seq < 0) {
        gateway_session_free(s);
        socket_close(k, 4007);
        return;
    }
    if (seq < session_oldest(s) - 1) {
        gateway_session_free(s);
        invalid_session(k, false);
        return;
    }
    if (s->socket) {
        struct socket *old = s->socket;
        socket_detach(old);
        socket_close(old, 4000);
    }
    s->socket = k;
    s->sent = seq;
    s->resumes++;
    bot->resumes++;
    k->session = s;
    k->box->ready++;
    struct json *resumed = json_new_object();
    json_set(resumed, "_trace", json_new_array());
    push_json(s, "RESUMED", resumed);
    box_changed(k->box);
}

static bool wanted(const struct json *d, const struct member *m)
{
    const struct json *ids = json_get(d, "user_ids");
    if (json_id(ids) == m->user->id)
        return true;
    json_each(one, ids)
    {
        if (json_id(one) == m->user->id)
            return true;
    }
    const char *query = json_get_string(d, "query");
    return query && strncasecmp(m->nick ? m->nick : m->user->username, query, strlen(query)) == 0;
}

static void request_members(struct socket *k, const struct json *d)
{
    const struct json *which = json_get(d, "guild_id");
    int64_t id = json_is(which, JSON_ARRAY) ? json_id(json_first(which)) : json_id(which);
    struct guild *g = world_guild(&k->box->world, id);
    int64_t limit = json_get_int(d, "limit", 0);
    if (!g || !list_has(&g->bots, k->session->bot))
        return;
    struct json *chunk = json_new_object();
    json_set_id(chunk, "guild_id", g->id);
    struct json *members = json_set(chunk, "members", json_new_array());
    int64_t found = 0;
    for (size_t i = 0; i < g->members.count && (limit <= 0 || found < limit); i++)
        if (wanted(d, g->members.items[i]) && ++found)
            json_push(members, present_member(g->members.items[i]));
    json_set_int(chunk, "chunk_index", 0);
    json_set_int(chunk, "chunk_count", 1);
    if (json_get_string(d, "nonce"))
        json_set_string(chunk, "nonce", json_get_string(d, "nonce"));
    push_json(k->session, "GUILD_MEMBERS_CHUNK", chunk);
}

static void heartbeat(struct socket *k)
{
    k->beat_due = time_monotonic() + k->box->world.limits.heartbeat_ms * 3 / 2;
    if (!k->no_ack)
        socket_control(k, "{\"t\":null,\"s\":null,\"op\":11,\"d\":null}");
}

void gateway_message(struct socket *k, const char *text, size_t n)
{
    struct json *doc = parse_with_ids(text, n);
    int64_t op = json_get_int(doc, "op", -1);
    const struct json *d = json_get(doc, "d");
    if (!json_is(doc, JSON_OBJECT))
        socket_close(k, 4002);
    else if (op == 1)
        heartbeat(k);
    else if (op == 2)
        identify(k, d);
    else if (op == 6)
        resume(k, d);
    else if (!k->session)
        socket_close(k, 4003);
    else if (op == 8)
        request_members(k, d);
    else if (op != 3 && op != 4 && op != 31)
        socket_close(k, 4001);
    json_free(doc);
}
