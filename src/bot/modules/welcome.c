/* welcome: greets a member who joins, and gives a role. */
#include "module.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/render/notice.h"

static const struct setting_spec settings[] = {
    {.key = "message",
     .type = SETTING_TEXT,
     .min = 1,
     .max = 1500,
     .help = "what a new member reads; {user} and {server} are filled in"},
    {.key = "auto_role", .type = SETTING_ID, .roles = true, .help = "the role that a new member gets"},
    {0},
};

static const struct feature_spec spec = {
    .feature = FEATURE_WELCOME,
    .settings = settings,
    .privileged_intents = INTENT_NEED_MEMBERS,
    .channels = 1u << CHANNEL_WELCOME,
};

static void greet(struct module_context *c)
{
    const char *own = tenant_setting(c->tenant, FEATURE_WELCOME, "message");
    struct str text = STR_INIT;
    char user[32];
    snprintf(user, sizeof user, "<@%" PRId64 ">", c->user_id);
    if (own) {
        const char *const places[] = {"user", user, "server", c->server, NULL};
        template_add(&text, own, places);
    } else {
        message_add(&text, c->language, MESSAGE_WELCOME_DEFAULT, "user", user, "server", c->server, NULL);
    }
    effect_send(c->out, c->tenant->channels[CHANNEL_WELCOME], render_text(str_text(&text), c->user_id));
    str_release(&text);
}

static int on_member(struct module_context *c, struct error *e)
{
    int64_t role = 0;
    const char *auto_role = tenant_setting(c->tenant, FEATURE_WELCOME, "auto_role");
    if (c->tenant->channels[CHANNEL_WELCOME])
        greet(c);
    if (auto_role && snowflake_parse("auto_role", auto_role, &role, NULL, e))
        return -1;
    if (role)
        effect_role(c->out, c->user_id, role, "tenanttui welcome auto_role");
    return 0;
}

static const struct handler member_add = {.name = "member_add", .access = HANDLER_PURE, .run = on_member};

extern const struct module module_welcome;
const struct module module_welcome = {.spec = &spec, .member_add = &member_add};
