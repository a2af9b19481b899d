/* custom_commands: a tenant's own names, each answered with a text. */
#include "module.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/render/notice.h"

#define NAME_MAX_CHARACTERS 32
#define TEXT_MAX_CHARACTERS 1800

/* First words that the program itself answers, now or when their features are on. */
static const char *const built_in[] = {
    "help",    "ping", "tenant-admin", "tenant-shop", "register", "balance", "products", "buy",
    "history", "rank", "top",          "rep",         "ticket",   "close",   NULL,
};

static bool name_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return n > 0 && n <= NAME_MAX_CHARACTERS && !name[n];
}

static bool is_built_in(const char *name)
{
    for (const char *const *word = built_in; *word; word++) {
        if (str_equal(*word, name))
            return true;
    }
    return false;
}

static int check(const struct tenant *t, const char *key, const char *value, struct error *e)
{
    if (!name_valid(key))
        return error_set(e, ERROR_MALFORMED, "key",
                         "a custom command's name is 1 to 32 of a-z, 0-9, _ and -, not '%.64s'", key);
    if (!value)
        return 0;
    if (is_built_in(key))
        return error_set(e, ERROR_TAKEN, "key", "'%s' is a built-in command", key);
    size_t length = text_length(value);
    if (length < 1 || length > TEXT_MAX_CHARACTERS)
        return error_set(e, ERROR_MALFORMED, "value",
                         "a custom command's text has 1 to %d characters, not %zu", TEXT_MAX_CHARACTERS,
                         length);
    int64_t limit = plan_limits(t->plan)->custom_commands, others = 0;
    for (size_t i = 0; i < t->setting_count; i++)
        others += t->settings[i].feature == FEATURE_CUSTOM_COMMANDS && !str_equal(t->settings[i].key, key);
    if (others < limit)
        return 0;
    error_set(e, ERROR_NOT_IN_PLAN, "key", "plan %s allows %" PRId64 " custom commands", plan_words[t->plan],
              limit);
    enum plan larger = PLAN_PREMIUM;
    while (larger < PLAN_ENTERPRISE && plan_limits(larger)->custom_commands <= others)
        larger++;
    return error_hint(e, "plan %s allows %s", plan_words[larger],
                      plan_limits(larger)->custom_commands == LIMIT_NONE ? "any number" : "more");
}

static const struct feature_spec spec = {
    .feature = FEATURE_CUSTOM_COMMANDS,
    .check_open_key = check,
    .privileged_intents = INTENT_NEED_CONTENT,
};

static int run_open(struct module_context *c, struct error *e)
{
    (void)e;
    const char *text = tenant_setting(c->tenant, FEATURE_CUSTOM_COMMANDS, c->command);
    struct str answer = STR_INIT;
    char user[32], channel[32];
    if (!text)
        return 0;
    snprintf(user, sizeof user, "<@%" PRId64 ">", c->user_id);
    snprintf(channel, sizeof channel, "<#%" PRId64 ">", c->channel_id);
    const char *const places[] = {"user", user, "server", c->server, "channel", channel, NULL};
    template_add(&answer, text, places);
    effect_answer(c->out, render_text(str_text(&answer), strstr(text, "{user}") ? c->user_id : 0), false);
    str_release(&answer);
    return 0;
}

static const struct handler *open_command(const struct tenant *t, const char *name)
{
    static const struct handler handler = {.name = "custom", .access = HANDLER_PURE, .run = run_open};
    return tenant_setting(t, FEATURE_CUSTOM_COMMANDS, name) ? &handler : NULL;
}

extern const struct module module_custom_commands;
const struct module module_custom_commands = {.spec = &spec, .open = open_command};
