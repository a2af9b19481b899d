#include "plan.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"

const char *const remote_of[PUSH_KIND_COUNT] = {
    [PUSH_COMMANDS] = REMOTE_COMMANDS,
    [PUSH_NICKNAME] = REMOTE_NICKNAME,
    [PUSH_CHANNELS] = REMOTE_CHANNELS,
    [PUSH_ROLES] = REMOTE_ROLES,
};

void push_call_release(struct push_call *c)
{
    str_release(&c->path);
    str_release(&c->remote);
    json_free(c->body);
    *c = (struct push_call){0};
}

void push_call_foretell(struct push_call *c, struct json *calls)
{
    struct json *entry = json_push(calls, json_new_object());
    json_set_string(entry, "method", c->method);
    json_set_string(entry, "path", str_text(&c->path));
    json_set(entry, "body", c->body ? c->body : json_new_null());
    c->body = NULL;
}

static void hash_of(const struct json *body, struct str *out)
{
    struct str text = STR_INIT;
    char hash[SHA256_TEXT];
    json_print_canonical(body, &text);
    crypto_sha256_hex(text.data, text.len, hash);
    str_add(out, hash);
    str_release(&text);
}

void plan_commands(const struct tenant *t, int64_t application, const struct feature_list *features,
                   const struct json *admin, struct push_call *out)
{
    *out = (struct push_call){.method = "PUT"};
    if (application)
        str_addf(&out->path, "/applications/%" PRId64, application);
    else
        str_add(&out->path, "/applications/@me");
    str_addf(&out->path, "/guilds/%" PRId64 "/commands", t->guild_id);
    out->body = application_commands(t, features, admin);
    hash_of(out->body, &out->remote);
}

/* All of the configuration but ids, names and channels, which no command shows. */
static void signature_of(const struct tenant *t, char out[SHA256_TEXT])
{
    struct str text = STR_INIT;
    str_addf(&text, "%d", (int)t->plan);
    str_add_bytes(&text, t->features, sizeof t->features);
    for (int k = 0; k < CONFIG_COUNT; k++) {
        str_add(&text, t->config[k]);
        str_add_char(&text, '\n');
    }
    for (size_t i = 0; i < t->setting_count; i++)
        str_addf(&text, "%d %s %s\n", (int)t->settings[i].feature, t->settings[i].key, t->settings[i].value);
    crypto_sha256_hex(text.data, text.len, out);
    str_release(&text);
}

void plan_commands_remote(struct plan_memory *memory, const struct tenant *t,
                          const struct feature_list *features, const struct json *admin,
                          char remote[SHA256_TEXT])
{
    char signature[SHA256_TEXT];
    struct push_call call;
    signature_of(t, signature);
    for (int i = 0; i < PLAN_MEMORY; i++) {
        if (str_equal(memory->seen[i].signature, signature)) {
            str_copy(remote, SHA256_TEXT, memory->seen[i].remote);
            return;
        }
    }
    plan_commands(t, t->application_id, features, admin, &call);
    unsigned at = memory->next++ % PLAN_MEMORY;
    str_copy(memory->seen[at].signature, SHA256_TEXT, signature);
    str_copy(memory->seen[at].remote, SHA256_TEXT, str_text(&call.remote));
    str_copy(remote, SHA256_TEXT, str_text(&call.remote));
    push_call_release(&call);
}

/* Discord leaves out what is at its default: no options, not required, type 1. */
static bool absent_is_same(const struct json *wanted)
{
    switch (json_type(wanted)) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return !json_bool(wanted, true);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return json_count(wanted) == 0;
    case JSON_NUMBER:
        return str_equal(json_key(wanted), "type") && json_int(wanted, 0) == 1;
    default:
        return false;
    }
}

static bool shows(const struct json *wanted, const struct json *shown)
{
    if (!shown || json_is(shown, JSON_NULL))
        return absent_is_same(wanted);
    if (json_is(wanted, JSON_OBJECT)) {
        json_each(member, wanted)
        {
            if (!shows(member, json_get(shown, json_key(member))))
                return false;
        }
        return true;
    }
    if (json_is(wanted, JSON_ARRAY)) {
        if (json_count(wanted) != json_count(shown))
            return false;
        const struct json *other = json_first(shown);
        json_each(member, wanted)
        {
            if (!shows(member, other))
                return false;
            other = json_next(other);
        }
        return true;
    }
    return json_same(wanted, shown);
}

bool plan_commands_same(const struct json *body, const struct json *listed)
{
    if (!json_is(listed, JSON_ARRAY) || json_count(body) != json_count(listed))
        return false;
    json_each(command, body)
    {
        const struct json *found = NULL;
        json_each(candidate, listed)
        {
            if (str_equal(json_get_string(candidate, "name"), json_get_string(command, "name")) &&
                json_get_int(candidate, "type", 1) == json_get_int(command, "type", 1)) {
                found = candidate;
                break;
            }
        }
        if (!found || !shows(command, found))
            return false;
    }
    return true;
}

void plan_nickname(const struct tenant *t, struct push_call *out)
{
    *out = (struct push_call){.method = "PATCH"};
    str_addf(&out->path, "/guilds/%" PRId64 "/members/@me", t->guild_id);
    out->body = json_new_object();
    struct json *nick = json_set(out->body, "nick", json_new_string(tenant_config(t, CONFIG_NICKNAME)));
    json_print(nick, &out->remote);
}

void plan_control(const struct tenant *t, const struct feature_list *features, const struct key *sub,
                  const char *nonce, int64_t push, int64_t now, struct push_call *out)
{
    struct control_message m = {.revision = t->revision, .time = now - now % 1000};
    struct str text = STR_INIT, once = STR_INIT;
    str_copy(m.tenant, sizeof m.tenant, t->id);
    str_copy(m.nonce, sizeof m.nonce, nonce);
    tenant_configuration_hash(t, features, m.sha256);
    control_write(&m, sub, &text);
    *out = (struct push_call){.method = "POST"};
    if (t->channels[CHANNEL_CONTROL])
        str_addf(&out->path, "/channels/%" PRId64 "/messages", t->channels[CHANNEL_CONTROL]);
    else
        str_add(&out->path, "/channels/new/messages"); /* in a preview of its making */
    out->body = json_new_object();
    json_set_string(out->body, "content", str_text(&text));
    struct json *mentions = json_set(out->body, "allowed_mentions", json_new_object());
    json_set(mentions, "parse", json_new_array());
    if (push) {
        /* The row's number, which is never used again, and the revision: whoever tries it again after an
         * attempt of unknown outcome makes no second message; a later push does. */
        str_addf(&once, "c%" PRId64 "-%" PRId64, push % 10000000000, t->revision % 10000000000);
        json_set_string(out->body, "nonce", str_text(&once));
        json_set_bool(out->body, "enforce_nonce", true);
    }
    str_release(&text);
    str_release(&once);
}

bool plan_differs(enum push_kind kind, const struct push_call *call, const char *remote)
{
    if (kind == PUSH_CONTROL)
        return true;
    if (kind == PUSH_CHANNELS || kind == PUSH_ROLES)
        return !places_known(str_text(&call->remote), remote);
    /* A nickname that was never set needs no call to be absent. */
    if (kind == PUSH_NICKNAME && !*remote)
        return !str_equal(str_text(&call->remote), "null");
    return !str_equal(str_text(&call->remote), remote);
}

/* What the run of a push begins with for that kind: see target_lease. */
static void remembered(struct store *store, const struct tenant *t, enum push_kind kind, bool fresh,
                       struct str *out)
{
    if (!remote_of[kind])
        return;
    if (!fresh)
        remote_get(store, t->id, remote_of[kind], out, NULL);
    else if (kind == PUSH_NICKNAME)
        str_add(out, REMOTE_UNKNOWN);
}

static void foretell(struct store *store, const struct tenant *t, enum push_kind kind, bool fresh,
                     struct push_call *call, struct json *calls)
{
    struct str remote = STR_INIT;
    remembered(store, t, kind, fresh, &remote);
    if (plan_differs(kind, call, str_text(&remote))) {
        if (kind == PUSH_COMMANDS && !t->application_id) {
            struct push_call who = {.method = "GET"};
            str_add(&who.path, "/applications/@me");
            push_call_foretell(&who, calls);
            push_call_release(&who);
        }
        if (kind == PUSH_COMMANDS && !remote.len) {
            struct push_call look = {.method = "GET"};
            str_add(&look.path, str_text(&call->path));
            push_call_foretell(&look, calls);
            push_call_release(&look);
        }
        push_call_foretell(call, calls);
    }
    str_release(&remote);
}

struct json *push_plan(struct store *store, const struct tenant *t, unsigned kinds, bool fresh,
                       const struct feature_list *features, const struct json *admin_commands)
{
    /* A preview must not hand out a message that counts: no nonce, no key. */
    static const struct key nothing;
    struct json *plan = json_new_object(), *calls = json_set(plan, "discord", json_new_array());
    bool served = t->token == TOKEN_SET && t->wanted && !t->deleted_at &&
                  (t->status == STATUS_ACTIVE || t->status == STATUS_MAINTENANCE);
    for (int kind = 0; kind < PUSH_KIND_COUNT; kind++) {
        struct push_call call = {0};
        if (!served || !(kinds & 1u << kind))
            continue;
        if (kind == PUSH_CONTROL)
            plan_control(t, features, &nothing, "00000000000000000000000000000000", 0, time_now(), &call);
        else if (kind == PUSH_COMMANDS)
            plan_commands(t, t->application_id, features, admin_commands, &call);
        else if (kind == PUSH_NICKNAME)
            plan_nickname(t, &call);
        else
            plan_places((enum push_kind)kind, t, features, &call);
        foretell(store, t, (enum push_kind)kind, fresh, &call, calls);
        push_call_release(&call);
    }
    size_t count = json_count(calls);
    json_set_int(plan, "calls", (int64_t)count);
    /* 50 requests a second a bot: the first 50 go at once, each further 50 a second later. */
    json_set(plan, "seconds", json_new_number(count ? (double)((count - 1) / 50) : 0));
    return plan;
}
