/* Effects -> Discord. Answers of one call leave one after the other, so that they arrive in order and a
 * follow-up never overtakes the answer it follows. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"

enum {
    CALLBACK_MESSAGE = 4,
    CALLBACK_DEFERRED = 5,
    CALLBACK_DEFERRED_UPDATE = 6,
    CALLBACK_UPDATE = 7,
    CALLBACK_FORM = 9
};
#define FLAG_EPHEMERAL 64
#define CODE_ACKNOWLEDGED 40060 /* the interaction has been answered already */

struct delivery {
    struct instance *instance;
    struct call *call;     /* of an answer; NULL otherwise */
    struct effect *effect; /* owned */
    const char *what;
};

static void pump(struct call *c);

static struct delivery *delivery_new(struct instance *in, struct call *c, struct effect *effect,
                                     const char *what)
{
    struct delivery *d = mem_zero(1, sizeof *d);
    d->instance = instance_hold(in);
    d->call = c ? call_hold(c) : NULL;
    d->effect = effect;
    d->what = what;
    in->daemon->delivering++;
    return d;
}

static void delivery_free(struct delivery *d)
{
    if (d->effect) {
        json_wipe(d->effect->document); /* it may show contents */
        free(d->effect);
    }
    d->instance->daemon->delivering--;
    if (d->call)
        call_drop(d->call);
    instance_drop(d->instance);
    free(d);
}

static void log_failure(const struct delivery *d, const struct rest_answer *a)
{
    if (a->result != REST_OK && a->result != REST_CANCELLED)
        log_event(LEVEL_WARN, d->instance->id, "discord", "%s not delivered: %s %s (%d)", d->what,
                  rest_result_words[a->result], a->message, a->status);
}

static void on_delivered(void *context, const struct rest_answer *a)
{
    struct delivery *d = context;
    struct call *c = d->call;
    log_failure(d, a);
    if (c) {
        c->busy = false;
        pump(c);
    }
    delivery_free(d);
}

static void transmit(struct delivery *d, const char *method, const char *path, const struct json *body,
                     const char *reason, unsigned flags, rest_done done)
{
    struct rest_request request = {.method = method,
                                   .path = path,
                                   .body = body,
                                   .reason = reason,
                                   .flags = flags,
                                   .done = done,
                                   .context = d};
    if (d->instance->rest)
        rest_send(d->instance->rest, &request);
    else
        done(d, &(struct rest_answer){.result = REST_CANCELLED, .message = ""});
}

/* --- messages --- */

static void add_nonce(struct json *body, const char *kind, int64_t id, int index)
{
    char nonce[48];
    snprintf(nonce, sizeof nonce, "%s%" PRId64 "-%d", kind, id, index);
    if (!id || strlen(nonce) > 25)
        return;
    json_set_string(body, "nonce", nonce);
    json_set_bool(body, "enforce_nonce", true);
}

static void post_message(struct delivery *d, int64_t channel_id, const struct json *body)
{
    char path[64];
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages", channel_id);
    transmit(d, "POST", path, body, NULL, 0, on_delivered);
}

static void on_dm_channel(void *context, const struct rest_answer *a)
{
    struct delivery *d = context;
    int64_t channel = json_get_id(a->body, "id");
    if (a->result != REST_OK || !channel) {
        on_delivered(d, a);
        return;
    }
    if (d->call)
        d->call->dm_channel = channel;
    post_message(d, channel, d->effect->document);
}

static void post_dm(struct delivery *d, int64_t user_id)
{
    struct json *body = json_new_object();
    json_set_id(body, "recipient_id", user_id);
    transmit(d, "POST", "/users/@me/channels", body, NULL, 0, on_dm_channel);
    json_free(body);
}

/* --- answers --- */

static void answer_message(struct call *c, struct delivery *d)
{
    struct json *body = d->effect->document;
    add_nonce(body, "r", c->id, c->answers);
    if (c->secret) { /* an answer's own secrecy is for interactions: a reply has no such thing */
        if (c->dm_channel)
            post_message(d, c->dm_channel, body);
        else
            post_dm(d, c->user_id);
        return;
    }
    if (c->id) {
        struct json *reference = json_set(body, "message_reference", json_new_object());
        json_set_id(reference, "message_id", c->id);
        json_set_bool(reference, "fail_if_not_exists", false);
    }
    post_message(d, c->channel_id, body);
}

static int callback_type(const struct call *c, const struct effect *effect)
{
    if (effect->kind == EFFECT_FORM)
        return CALLBACK_FORM;
    return c->update || effect->kind == EFFECT_UPDATE ? CALLBACK_UPDATE : CALLBACK_MESSAGE;
}

static void answer_interaction(struct call *c, struct delivery *d)
{
    struct json *body = d->effect->document;
    struct str path = STR_INIT;
    int64_t application = c->instance->application_id;
    unsigned flags = REST_INTERACTION | (c->deferred ? REST_ACKNOWLEDGED : 0);
    if (d->effect->secret || c->secret)
        json_set_int(body, "flags", json_get_int(body, "flags", 0) | FLAG_EPHEMERAL);
    if (c->update && !c->answered && !json_get(body, "components"))
        json_set(body, "components", json_new_array()); /* the question's buttons go */
    if (!c->answered && !c->deferred) {
        struct json *callback = json_new_object();
        json_set_int(callback, "type", callback_type(c, d->effect));
        json_set(callback, "data", json_clone(body));
        str_addf(&path, "/interactions/%" PRId64 "/%s/callback", c->id, c->token);
        transmit(d, "POST", str_text(&path), callback, NULL, flags, on_delivered);
        json_free(callback);
    } else if (!c->answered) {
        json_remove(body, "flags");
        str_addf(&path, "/webhooks/%" PRId64 "/%s/messages/@original", application, c->token);
        transmit(d, "PATCH", str_text(&path), body, NULL, flags, on_delivered);
    } else {
        str_addf(&path, "/webhooks/%" PRId64 "/%s", application, c->token);
        transmit(d, "POST", str_text(&path), body, NULL, flags, on_delivered);
    }
    str_release(&path);
}

static void pump(struct call *c)
{
    struct effect *effect = c->held.first;
    if (c->busy || !effect)
        return;
    c->held.first = effect->next;
    if (!c->held.first)
        c->held.end = &c->held.first;
    effect->next = NULL;
    c->busy = true;
    struct delivery *d = delivery_new(c->instance, c, effect, "answer");
    if (c->token)
        answer_interaction(c, d);
    else
        answer_message(c, d);
    c->answered = true;
    c->answers++;
}

static void on_deferred(void *context, const struct rest_answer *a)
{
    struct delivery *d = context;
    /* Perhaps or certainly there: a second callback would be refused. */
    d->call->deferred = a->result == REST_OK || a->unknown_outcome || a->code == CODE_ACKNOWLEDGED;
    on_delivered(d, a);
}

void deliver_deferral(struct call *c)
{
    struct json *body = json_new_object();
    char *path = mem_format("/interactions/%" PRId64 "/%s/callback", c->id, c->token);
    json_set_int(body, "type", c->update ? CALLBACK_DEFERRED_UPDATE : CALLBACK_DEFERRED);
    if (c->secret && !c->update) {
        struct json *data = json_set(body, "data", json_new_object());
        json_set_int(data, "flags", FLAG_EPHEMERAL);
    }
    c->busy = true;
    transmit(delivery_new(c->instance, c, NULL, "deferral"), "POST", path, body, NULL, REST_INTERACTION,
             on_deferred);
    json_free(body);
    free(path);
}

/* --- everything else --- */

static void react(struct instance *in, struct effect *effect)
{
    struct str path = STR_INIT;
    str_addf(&path, "/channels/%" PRId64 "/messages/%" PRId64 "/reactions/", effect->channel_id,
             effect->message_id);
    rest_path_segment(&path, effect->text);
    str_add(&path, "/@me");
    transmit(delivery_new(in, NULL, effect, "reaction"), "PUT", str_text(&path), NULL, NULL, 0, on_delivered);
    str_release(&path);
}

static void give_role(struct instance *in, struct effect *effect)
{
    char path[128];
    snprintf(path, sizeof path, "/guilds/%" PRId64 "/members/%" PRId64 "/roles/%" PRId64, in->guild_id,
             effect->user_id, effect->role_id);
    transmit(delivery_new(in, NULL, effect, "role"), "PUT", path, NULL, effect->text, 0, on_delivered);
}

void deliver(struct instance *in, struct call *c, struct effects *effects)
{
    while (effects->first) {
        struct effect *effect = effects->first;
        effects->first = effect->next;
        effect->next = NULL;
        switch (effect->kind) {
        case EFFECT_ANSWER:
        case EFFECT_UPDATE:
        case EFFECT_FORM:
            if (!c) {
                json_free(effect->document);
                free(effect);
                break;
            }
            *c->held.end = effect;
            c->held.end = &effect->next;
            pump(c);
            break;
        case EFFECT_SEND:
            if (c && !c->id) /* an event without an id of its own, such as a member who joins */
                add_nonce(effect->document, "w", c->user_id, (int)(c->sequence % 1000));
            post_message(delivery_new(in, NULL, effect, "message"), effect->channel_id, effect->document);
            break;
        case EFFECT_REACT:
            react(in, effect);
            break;
        case EFFECT_ROLE:
            give_role(in, effect);
            break;
        }
    }
    effects->end = &effects->first;
}
