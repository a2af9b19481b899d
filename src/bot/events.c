/* Dispatches of the gateway: which of them concern us, and who takes them. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define INTENT_GUILDS (1u << 0)
#define INTENT_MESSAGES (1u << 9)

unsigned events_intents(unsigned granted)
{
    return INTENT_GUILDS | INTENT_MESSAGES | granted;
}

static bool own_guild(const struct instance *in, const struct json *d)
{
    return json_get_id(d, "guild_id") == in->guild_id;
}

static void guild_named(struct instance *in, const struct json *d)
{
    const char *name = json_get_string(d, "name");
    if (json_get_id(d, "id") != in->guild_id || !name || str_equal(name, in->guild_name))
        return;
    /* Discord allows 100 characters; what is longer is no name. */
    char cut[401];
    str_copy(cut, sizeof cut, name);
    free(in->guild_name);
    in->guild_name = mem_strdup(cut);
    in->dirty_name = true;
    status_changed(in);
}

static void on_ready(struct instance *in, const struct json *d, int64_t sequence)
{
    (void)sequence;
    int64_t id = json_id(json_at(d, "user.id"));
    bool member = false;
    in->bot_id = id ? id : in->bot_id;
    json_each(guild, json_get(d, "guilds"))
    {
        member |= json_get_id(guild, "id") == in->guild_id;
    }
    if (!member)
        log_event(LEVEL_WARN, in->id, "guild", "the bot is not a member of its tenant's guild");
    push_thread_compare(in->daemon->pusher, in->id);
    catchup_begin(in);
}

/* It repeats what this session has not got; an earlier process may have missed more. */
static void on_resumed(struct instance *in, const struct json *d, int64_t sequence)
{
    (void)d;
    (void)sequence;
    if (in->gap)
        catchup_begin(in);
}

static void on_guild(struct instance *in, const struct json *d, int64_t sequence)
{
    (void)sequence;
    guild_named(in, d);
}

static void on_guild_gone(struct instance *in, const struct json *d, int64_t sequence)
{
    (void)sequence;
    if (json_get_id(d, "id") == in->guild_id && !json_get_bool(d, "unavailable", false))
        log_event(LEVEL_WARN, in->id, "guild", "the bot was removed from its tenant's guild");
}

static void on_message(struct instance *in, const struct json *d, int64_t sequence)
{
    const char *content = json_get_string(d, "content");
    if (content && str_starts(content, CONTROL_PREFIX)) {
        control_message_seen(in, d);
        return;
    }
    const struct json *author = json_get(d, "author");
    const struct module *hearing = module_hearing(&in->snapshot->tenant, json_get_id(d, "channel_id"));
    if (hearing && own_guild(in, d) && json_get_id(author, "id") != in->bot_id) {
        commands_heard(in, hearing, d, sequence);
        return;
    }
    if (!own_guild(in, d) || json_get_bool(author, "bot", false) || json_get(d, "webhook_id"))
        return;
    commands_message(in, d, sequence);
}

static void on_interaction(struct instance *in, const struct json *d, int64_t sequence)
{
    commands_interaction(in, d, sequence);
}

static void on_member(struct instance *in, const struct json *d, int64_t sequence)
{
    if (own_guild(in, d) && !json_bool(json_at(d, "user.bot"), false))
        commands_member(in, d, sequence);
}

static const struct {
    const char *type;
    void (*take)(struct instance *in, const struct json *d, int64_t sequence);
} takers[] = {
    {"MESSAGE_CREATE", on_message},  {"INTERACTION_CREATE", on_interaction},
    {"GUILD_MEMBER_ADD", on_member}, {"READY", on_ready},
    {"GUILD_CREATE", on_guild},      {"GUILD_UPDATE", on_guild},
    {"GUILD_DELETE", on_guild_gone}, {"RESUMED", on_resumed},
};

static void hook_event(void *context, const char *type, const struct json *d, int64_t sequence)
{
    struct instance *in = context;
    if (in->daemon->stopping)
        return;
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        if (str_equal(takers[i].type, type)) {
            takers[i].take(in, d, sequence);
            return;
        }
    }
}

/* JSON may write any character as an escape; only a prefix of plain ones can be looked for in the raw text.
 */
static bool plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\' || *c == '<' || *c == '>' || *c == '&' ||
            *c == '/')
            return false;
    }
    return true;
}

static bool starts_at(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0;
}

/* A reply carries the message that it answers: its "content" lies deeper than the reply's own. */
#define CONTENT_DEPTH 2

/* Objects and arrays that are open at AT. */
static size_t depth_of(const char *frame, const char *at)
{
    size_t depth = 0;
    bool text = false;
    for (const char *c = frame; c < at; c++) {
        if (*c == '\\')
            c++;
        else if (*c == '"')
            text = !text;
        else if (!text && (*c == '{' || *c == '['))
            depth++;
        else if (!text && (*c == '}' || *c == ']'))
            depth--;
    }
    return depth;
}

bool message_wanted(const char *frame, size_t len, const char *prefix)
{
    static const char key[] = "\"content\":";
    const char *end = frame + len, *at = frame;
    if (!plain(prefix))
        return true;
    while ((at = memmem(at, (size_t)(end - at), key, sizeof key - 1))) {
        at += sizeof key - 1;
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
            at++;
        if (at < end && *at == '"' &&
            (starts_at(at + 1, end, prefix) || starts_at(at + 1, end, "tenanttui") ||
             starts_at(at + 1, end, "\\u")) &&
            depth_of(frame, at) == CONTENT_DEPTH)
            return true;
    }
    return false;
}

/* May it have been written in a channel to which a module listens? */
static bool message_heard(const struct tenant *t, const char *frame, size_t len)
{
    char id[24];
    for (const struct module *const *m = modules; *m; m++) {
        int64_t channel = (*m)->heard && module_on(*m, t) ? t->channels[(*m)->hears] : 0;
        if (!channel)
            continue;
        int n = snprintf(id, sizeof id, "\"%" PRId64 "\"", channel);
        if (memmem(frame, len, id, (size_t)n))
            return true;
    }
    return false;
}

static bool hook_wanted(void *context, const char *type, size_t type_len, const char *frame, size_t len)
{
    struct instance *in = context;
    const struct tenant *t = &in->snapshot->tenant;
    char name[32];
    if (type_len >= sizeof name)
        return false;
    memcpy(name, type, type_len);
    name[type_len] = '\0';
    if (str_equal(name, "MESSAGE_CREATE"))
        return message_heard(t, frame, len) || message_wanted(frame, len, tenant_config(t, CONFIG_PREFIX));
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        if (!str_equal(takers[i].type, name))
            continue;
        if (!str_equal(name, "GUILD_MEMBER_ADD"))
            return true;
        for (const struct module *const *m = modules; *m; m++) {
            if ((*m)->member_add && module_on(*m, t))
                return true;
        }
    }
    return false;
}

void hook_state(void *context, enum gateway_state state);
void hook_session(void *context, const struct gateway_resume *resume);
int64_t hook_identify(void *context);
void hook_latency(void *context, int64_t ms);
void hook_trouble(void *context, enum gateway_trouble trouble, const char *message, int64_t delay_ms);
void hook_ended(void *context, enum gateway_end end, int close_code, const char *message);

const struct gateway_hooks instance_hooks = {
    .event = hook_event,
    .wanted = hook_wanted,
    .state = hook_state,
    .session = hook_session,
    .identify = hook_identify,
    .latency = hook_latency,
    .ended = hook_ended,
    .trouble = hook_trouble,
};
