/* What a script orders to go wrong, and the switches of the whole. */
#include "verbs.h"

#include "events.h"
#include "faults.h"
#include "flood.h"
#include "seed.h"
#include "tt/base/mem.h"

/* --- the gateway's faults: at once, on the connected sessions of one bot or of all --- */

struct order {
    struct box *b;
    const struct json *doc;
};

static void fault_close(struct socket *k, const struct order *o)
{
    struct session *s = k->session;
    int code = (int)json_get_int(o->doc, "code", 4000);
    if (s && !json_get_bool(o->doc, "resumable", true))
        gateway_session_free(s);
    socket_close(k, code);
}

static void fault_reset(struct socket *k, const struct order *o)
{
    (void)o;
    socket_reset_now(k);
}

static void fault_silent(struct socket *k, const struct order *o)
{
    k->silent = json_get_bool(o->doc, "on_off", true);
    socket_wants_write(k);
}

static void fault_no_ack(struct socket *k, const struct order *o)
{
    k->no_ack = json_get_bool(o->doc, "on_off", true);
}

static void fault_op7(struct socket *k, const struct order *o)
{
    (void)o;
    socket_control(k, "{\"t\":null,\"s\":null,\"op\":7,\"d\":null}");
}

static void fault_op9(struct socket *k, const struct order *o)
{
    bool resumable = json_get_bool(o->doc, "resumable", false);
    struct session *s = k->session;
    if (resumable)
        socket_detach(k);
    else if (s)
        gateway_session_free(s);
    socket_control(k, resumable ? "{\"t\":null,\"s\":null,\"op\":9,\"d\":true}"
                                : "{\"t\":null,\"s\":null,\"op\":9,\"d\":false}");
}

static void fault_drop(struct socket *k, const struct order *o)
{
    if (k->session)
        k->session->drop += json_get_int(o->doc, "times", 1);
}

static void fault_repeat(struct socket *k, const struct order *o)
{
    if (k->session)
        k->session->repeat += json_get_int(o->doc, "times", 1);
}

static void fault_garbage(struct socket *k, const struct order *o)
{
    const char *text = json_get_string(o->doc, "text");
    socket_control(k, text ? text : "{\"t\":\"MESSAGE_CREATE\",\"s\":,\"op\":0,\"d\":{{]");
}

static void fault_utf8(struct socket *k, const struct order *o)
{
    (void)o;
    socket_control(k,
                   "{\"t\":\"SANDBOX\",\"s\":null,\"op\":0,\"d\":{\"name\":\"\xff\xc3\x28\xed\xa0\x80\"}}");
}

static void fault_unknown(struct socket *k, const struct order *o)
{
    (void)o;
    socket_control(k,
                   "{\"t\":null,\"s\":null,\"op\":99,\"d\":{\"new\":[1,2,{\"deep\":null}]},\"extra\":true}");
    if (!k->session)
        return;
    static const char d[] = "{\"guild_id\":\"1\",\"what\":{\"nobody\":[\"knows\"]},\"n\":1e3}";
    struct payload *p = payload_raw("SANDBOX_UNKNOWN_EVENT", d, sizeof d - 1);
    session_push(k->session, p);
    payload_release(p);
}

/* A message whose author has a name of 100 KB. */
static void fault_big(struct socket *k, const struct order *o)
{
    struct session *s = k->session;
    int64_t size = json_get_int(o->doc, "size", 100 * 1024);
    if (!s || s->bot->guilds.count == 0 || size < 0 || size > 64 * 1024 * 1024)
        return;
    const struct guild *g = s->bot->guilds.items[0];
    const struct channel *c = g->channels.count > 0 ? g->channels.items[0] : NULL;
    struct str d = STR_INIT;
    int64_t id = world_new_id(&o->b->world);
    str_addf(
        &d,
        "{\"id\":\"%lld\",\"channel_id\":\"%lld\",\"guild_id\":\"%lld\",\"type\":0,\"content\":\"hello\",",
        (long long)id, (long long)(c ? c->id : g->id), (long long)g->id);
    str_add(&d, "\"author\":{\"id\":\"1\",\"discriminator\":\"0\",\"avatar\":null,\"username\":\"");
    str_add_repeat(&d, 'n', (size_t)size);
    str_add(&d, "\"},\"embeds\":[],\"attachments\":[],\"mentions\":[],\"mention_roles\":[],\"pinned\":false,"
                "\"mention_everyone\":false,\"tts\":false,\"timestamp\":\"2026-01-01T00:00:00+00:00\","
                "\"edited_timestamp\":null,\"components\":[],\"flags\":0}");
    struct payload *p = payload_raw("MESSAGE_CREATE", d.data, d.len);
    session_push(s, p);
    payload_release(p);
    str_release(&d);
}

static const struct {
    const char *word;
    void (*act)(struct socket *k, const struct order *o);
} gateway_faults[] = {
    {"close", fault_close},     {"reset", fault_reset}, {"silent", fault_silent},   {"no_ack", fault_no_ack},
    {"op7", fault_op7},         {"op9", fault_op9},     {"drop", fault_drop},       {"repeat", fault_repeat},
    {"garbage", fault_garbage}, {"utf8", fault_utf8},   {"unknown", fault_unknown}, {"big", fault_big},
};

static struct json *gateway_fault(struct box *b, const struct json *doc, size_t kind, struct error *e)
{
    int64_t id = json_get_id(doc, "bot");
    if (json_get(doc, "bot") && !named_bot(b, doc, e))
        return NULL;
    struct order o = {.b = b, .doc = doc};
    int64_t met = 0;
    /* The list may change under an action, so the connections are collected first. */
    struct list sockets = {0};
    for (size_t i = 0; i < b->sockets.count; i++) {
        struct socket *k = b->sockets.items[i];
        if (!id || (k->session && k->session->bot->id == id))
            list_push(&sockets, k);
    }
    for (size_t i = 0; i < sockets.count; i++, met++)
        gateway_faults[kind].act(sockets.items[i], &o);
    list_drop(&sockets);
    struct json *answer = control_ok();
    json_set_int(answer, "connections", met);
    return answer;
}

struct json *control_fault(struct box *b, const struct json *doc, struct error *e)
{
    const char *on = json_get_string(doc, "on"), *kind = json_get_string(doc, "kind");
    if (!str_equal(on, "rest") && !str_equal(on, "gateway")) {
        error_set(e, ERROR_MALFORMED, "on", "\"on\" must be \"rest\" or \"gateway\"");
        return NULL;
    }
    for (size_t i = 0; str_equal(on, "gateway") && i < sizeof gateway_faults / sizeof *gateway_faults; i++)
        if (str_equal(kind, gateway_faults[i].word))
            return gateway_fault(b, doc, i, e);
    return fault_add(b, doc, e) < 0 ? NULL : control_ok();
}

struct json *control_clear_faults(struct box *b, const struct json *doc, struct error *e)
{
    (void)doc;
    (void)e;
    for (size_t i = 0; i < b->faults.count; i++)
        fault_free(b->faults.items[i]);
    b->faults.count = 0;
    return control_ok();
}

/* Any event with any document, to one bot. */
struct json *control_event(struct box *b, const struct json *doc, struct error *e)
{
    struct bot *bot = named_bot(b, doc, e);
    const char *name = json_get_string(doc, "name");
    const struct json *d = json_get(doc, "d");
    if (!bot)
        return NULL;
    if (!name || !d || strlen(name) > 40 || strpbrk(name, "\"\\")) {
        error_set(e, ERROR_MALFORMED, "name", "an event wants \"name\" and \"d\"");
        return NULL;
    }
    struct payload *p = payload_new(name, d);
    for (size_t i = 0; i < bot->sessions.count; i++)
        session_push(bot->sessions.items[i], p);
    payload_release(p);
    return control_ok();
}

/* --- switches --- */

static void close_sockets(struct bot *bot, int code)
{
    for (size_t i = 0; i < bot->sessions.count; i++) {
        struct session *s = bot->sessions.items[i];
        if (s->socket)
            socket_close(s->socket, code);
    }
}

struct json *control_revoke(struct box *b, const struct json *doc, struct error *e)
{
    struct bot *bot = named_bot(b, doc, e);
    if (!bot)
        return NULL;
    bot->revoked = true;
    if (json_get_bool(doc, "close", true))
        close_sockets(bot, 4004);
    return control_ok();
}

struct json *control_set_token(struct box *b, const struct json *doc, struct error *e)
{
    struct bot *bot = named_bot(b, doc, e);
    const char *token = json_get_string(doc, "token");
    if (!bot)
        return NULL;
    struct bot *other = token ? table_get(&b->world.tokens, table_key(token)) : NULL;
    if (!token || !*token || (other && other != bot)) {
        error_set(e, ERROR_MALFORMED, "token", "a token that no other bot has was expected");
        return NULL;
    }
    table_remove(&b->world.tokens, table_key(bot->token));
    world_set(&bot->token, token);
    table_put(&b->world.tokens, table_key(token), bot);
    bot->revoked = false;
    return control_ok();
}

struct json *control_set_flags(struct box *b, const struct json *doc, struct error *e)
{
    struct bot *bot = named_bot(b, doc, e);
    if (!bot)
        return NULL;
    bot->flags = json_get_int(doc, "flags", bot->flags);
    return control_ok();
}

struct json *control_clock(struct box *b, const struct json *doc, struct error *e)
{
    (void)e;
    b->world.clock_offset = json_get_int(doc, "offset_ms", 0);
    return control_ok();
}

struct json *control_limits(struct box *b, const struct json *doc, struct error *e)
{
    return seed_limits(&b->world, doc, e) < 0 ? NULL : control_ok();
}

struct json *control_stop(struct box *b, const struct json *doc, struct error *e)
{
    (void)doc;
    (void)e;
    box_stop(b);
    return control_ok();
}
