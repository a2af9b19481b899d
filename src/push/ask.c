#include "ask.h"

#include <inttypes.h>

#include "plan.h"
#include "tt/base/mem.h"

#define ASK_TIMEOUT_MS 15000

/* Channel types and permission bits of Discord. */
#define GUILD_TEXT 0
#define GUILD_CATEGORY 4
#define VIEW_CHANNEL (1LL << 10)
/* add reactions, view, send, manage messages, embed links, attach files, read history */
#define BOT_MAY (1LL << 6 | VIEW_CHANNEL | 1LL << 11 | 1LL << 13 | 1LL << 14 | 1LL << 15 | 1LL << 16)

static void ask_end(struct ask *a, int rc)
{
    a->rc = rc;
    a->done(a->context);
}

/* False: the question has ended with an error. */
static bool answered(struct ask *a, const struct rest_answer *answer, const char *what)
{
    switch (answer->result) {
    case REST_OK:
        return true;
    case REST_REFUSED:
        error_set(&a->error, ERROR_REFUSED, "token", "Discord refuses the token");
        error_hint(&a->error, "copy it again from the developer portal; a reset makes older ones worthless");
        break;
    case REST_FORBIDDEN:
    case REST_CLIENT:
        error_set(&a->error, ERROR_REFUSED, NULL, "Discord refused to %s: %s (%d)", what, answer->message,
                  answer->status);
        if (answer->status == 404 && !answer->code) /* no such path, rather than no such guild */
            error_hint(&a->error,
                       "is that Discord's address? --api-base or $TENANTTUI_API_BASE ends in /api/v10");
        break;
    default:
        error_set(&a->error, ERROR_PENDING, NULL, "Discord cannot be reached: %s", answer->message);
    }
    ask_end(a, -1);
    return false;
}

/* --- the calls, for those who ask and for those who foretell --- */

static void who_call(struct push_call *out)
{
    *out = (struct push_call){.method = "GET"};
    str_add(&out->path, "/applications/@me");
}

static void channels_call(const struct tenant *t, struct push_call *out)
{
    *out = (struct push_call){.method = "GET"};
    str_addf(&out->path, "/guilds/%" PRId64 "/channels", t->guild_id);
}

static char *channel_mark(const struct tenant *t, enum channel type)
{
    return mem_format("tenanttui %s %s", t->id, channel_words[type]);
}

static struct json *overwrite(struct json *list, int64_t id, int type, int64_t allow, int64_t deny)
{
    struct json *o = json_push(list, json_new_object());
    json_set_id(o, "id", id);
    json_set_int(o, "type", type);
    json_set_int(o, "allow", allow);
    json_set_int(o, "deny", deny);
    return o;
}

static void create_call(const struct tenant *t, enum channel type, int64_t bot, struct push_call *out)
{
    bool category = type == CHANNEL_TICKET_CATEGORY;
    char *mark = channel_mark(t, type);
    struct json *body = json_new_object();
    json_set_int(body, "type", category ? GUILD_CATEGORY : GUILD_TEXT);
    if (category) {
        json_set_string(body, "name", mark); /* a category has no topic to be found by */
    } else {
        char *name = mem_strdup(channel_words[type]);
        for (char *c = name; *c; c++)
            *c = *c == '_' ? '-' : *c;
        json_set_string(body, "name", name);
        json_set_string(body, "topic", mark);
        free(name);
    }
    struct json *list = json_set(body, "permission_overwrites", json_new_array());
    overwrite(list, t->guild_id, 0, 0, VIEW_CHANNEL); /* the role @everyone has the guild's id */
    struct json *own = overwrite(list, bot, 1, BOT_MAY, 0);
    if (!bot) /* foretold, and Discord was never asked who the bot is */
        json_set_string(own, "id", "@me");
    channels_call(t, out);
    out->method = "POST";
    out->body = body;
    free(mark);
}

static void foretell(struct push_call *call, struct json *calls)
{
    push_call_foretell(call, calls);
    push_call_release(call);
}

struct json *push_token_plan(void)
{
    struct json *calls = json_new_array();
    struct push_call call;
    who_call(&call);
    foretell(&call, calls);
    return calls;
}

struct json *push_channel_plan(const struct tenant *t, enum channel type)
{
    struct json *calls = push_token_plan();
    struct push_call call;
    channels_call(t, &call);
    foretell(&call, calls);
    /* The first answer names the bot; its id is the application's but for very old ones. */
    create_call(t, type, t->application_id, &call);
    foretell(&call, calls);
    return calls;
}

/* --- asking --- */

/* CALL is released. */
static void ask_send(struct ask *a, struct push_call *call, const char *reason, rest_done done)
{
    struct rest_request request = {.method = call->method,
                                   .path = str_text(&call->path),
                                   .body = call->body,
                                   .reason = reason,
                                   .timeout_ms = ASK_TIMEOUT_MS,
                                   .max_attempts = 3,
                                   .done = done,
                                   .context = a};
    rest_send(a->bot, &request);
    push_call_release(call);
}

static void ask_who(struct ask *a, const char *token, rest_done done)
{
    struct push_call call;
    a->bot = rest_bot_new(a->rest, token);
    who_call(&call);
    ask_send(a, &call, NULL, done);
}

static bool read_application(struct ask *a, const struct json *body)
{
    a->info.application_id = json_get_id(body, "id");
    a->info.bot_id = json_id(json_at(body, "bot.id"));
    a->info.flags = (unsigned)json_get_int(body, "flags", 0);
    if (!a->info.bot_id)
        a->info.bot_id = a->info.application_id;
    const char *name = json_get_string(body, "name");
    str_copy(a->info.name, sizeof a->info.name, name ? name : "");
    if (a->info.application_id)
        return true;
    error_set(&a->error, ERROR_PENDING, NULL, "Discord's answer about the application has no id");
    ask_end(a, -1);
    return false;
}

static void on_application(void *context, const struct rest_answer *answer)
{
    struct ask *a = context;
    if (answered(a, answer, "name the application") && read_application(a, answer->body))
        ask_end(a, 0);
}

void ask_token(struct ask *a, const char *token)
{
    ask_who(a, token, on_application);
}

/* --- a channel --- */

static void on_created(void *context, const struct rest_answer *answer)
{
    struct ask *a = context;
    if (answer->result == REST_FORBIDDEN) {
        error_set(&a->error, ERROR_REFUSED, NULL,
                  "the bot may not make channels: it needs MANAGE_CHANNELS in the guild");
        ask_end(a, -1);
        return;
    }
    if (!answered(a, answer, "make the channel"))
        return;
    a->channel = json_get_id(answer->body, "id");
    if (!a->channel)
        error_set(&a->error, ERROR_PENDING, NULL, "Discord's answer about the new channel has no id");
    ask_end(a, a->channel ? 0 : -1);
}

static void on_channels(void *context, const struct rest_answer *answer)
{
    struct ask *a = context;
    if (!answered(a, answer, "list the channels"))
        return;
    char *mark = channel_mark(a->tenant, a->type);
    const char *where = a->type == CHANNEL_TICKET_CATEGORY ? "name" : "topic";
    json_each(channel, answer->body)
    {
        if (str_equal(json_get_string(channel, where), mark)) {
            a->channel = json_get_id(channel, "id");
            break;
        }
    }
    if (a->channel) {
        ask_end(a, 0);
    } else {
        struct push_call call;
        create_call(a->tenant, a->type, a->info.bot_id, &call);
        ask_send(a, &call, mark, on_created);
    }
    free(mark);
}

static void on_who(void *context, const struct rest_answer *answer)
{
    struct ask *a = context;
    struct push_call call;
    if (!answered(a, answer, "name the application") || !read_application(a, answer->body))
        return;
    channels_call(a->tenant, &call);
    ask_send(a, &call, NULL, on_channels);
}

void ask_channel(struct ask *a, const char *token)
{
    ask_who(a, token, on_who);
}
