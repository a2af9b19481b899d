/* The vocabularies, and how a word is looked up in one. */
#include "tt/base/text.h"
#include "tt/domain/push.h"
#include "tt/domain/role.h"
#include "tt/domain/tenant.h"
#include "value.h"

const char *const tenant_status_words[STATUS_COUNT + 1] = {
    [STATUS_ACTIVE] = "active",
    [STATUS_SUSPENDED] = "suspended",
    [STATUS_EXPIRED] = "expired",
    [STATUS_MAINTENANCE] = "maintenance",
};

const char *const plan_words[PLAN_COUNT + 1] = {
    [PLAN_BASIC] = "basic",
    [PLAN_PREMIUM] = "premium",
    [PLAN_ENTERPRISE] = "enterprise",
};

const char *const feature_words[FEATURE_COUNT + 1] = {
    [FEATURE_SHOP] = "shop",
    [FEATURE_LIVE_STOCK] = "live_stock",
    [FEATURE_LEVELING] = "leveling",
    [FEATURE_REPUTATION] = "reputation",
    [FEATURE_TICKETS] = "tickets",
    [FEATURE_AUTOMOD] = "automod",
    [FEATURE_ADMIN_COMMANDS] = "admin_commands",
    [FEATURE_CUSTOM_COMMANDS] = "custom_commands",
    [FEATURE_ANALYTICS] = "analytics",
    [FEATURE_API_ACCESS] = "api_access",
    [FEATURE_PRIORITY_SUPPORT] = "priority_support",
    [FEATURE_WELCOME] = "welcome",
    [FEATURE_DONATION] = "donation",
};

const char *const permission_words[PERMISSION_COUNT + 1] = {
    [PERMISSION_MANAGE_PRODUCTS] = "manage_products", [PERMISSION_MANAGE_USERS] = "manage_users",
    [PERMISSION_VIEW_ANALYTICS] = "view_analytics",   [PERMISSION_CUSTOM_CONFIG] = "custom_config",
    [PERMISSION_API_ACCESS] = "api_access",           [PERMISSION_ADVANCED_SETTINGS] = "advanced_settings",
};

const char *const channel_words[CHANNEL_COUNT + 1] = {
    [CHANNEL_LIVE_STOCK] = "live_stock",     [CHANNEL_PURCHASE_LOG] = "purchase_log",
    [CHANNEL_DONATION_LOG] = "donation_log", [CHANNEL_HISTORY_BUY] = "history_buy",
    [CHANNEL_WELCOME] = "welcome",           [CHANNEL_TICKET_CATEGORY] = "ticket_category",
    [CHANNEL_TICKET_PANEL] = "ticket_panel", [CHANNEL_LEVELING] = "leveling",
    [CHANNEL_REPUTATION] = "reputation",     [CHANNEL_LOGS] = "logs",
    [CHANNEL_CONTROL] = "control",
};

const char *const config_words[CONFIG_COUNT + 1] = {
    [CONFIG_PREFIX] = "prefix",
    [CONFIG_LANGUAGE] = "language",
    [CONFIG_TIMEZONE] = "timezone",
    [CONFIG_AUTO_RESTART] = "auto_restart",
    [CONFIG_MAX_RESTART_ATTEMPTS] = "max_restart_attempts",
    [CONFIG_NICKNAME] = "nickname",
    [CONFIG_ACTIVITY] = "activity",
    [CONFIG_COMMAND_COOLDOWN] = "command_cooldown",
    [CONFIG_COMMAND_RATE] = "command_rate",
};

const char *const token_state_words[] = {
    [TOKEN_NONE] = "none",
    [TOKEN_SET] = "set",
    [TOKEN_REFUSED] = "refused",
    NULL,
};

const char *const operator_role_words[] = {
    [ROLE_NONE] = "none",
    [ROLE_VIEWER] = "viewer",
    [ROLE_OPERATOR] = "operator",
    [ROLE_OWNER] = "owner",
    NULL,
};

const char *const face_words[] = {
    [FACE_CLI] = "cli",         [FACE_SHELL] = "shell",   [FACE_SCREENS] = "screens",
    [FACE_DISCORD] = "discord", [FACE_DAEMON] = "daemon", NULL,
};

const char *const push_state_words[] = {
    [PUSH_STATE_ACKNOWLEDGED] = "acknowledged",
    [PUSH_STATE_PUSHED] = "pushed",
    [PUSH_STATE_PENDING] = "pending",
    [PUSH_STATE_NONE] = "none",
    NULL,
};

/* --- looking a word up --- */

#define SHOWN_MAX 64 /* characters of a wrong word that an error repeats */

const char *value_shown(const char *text, struct str *out)
{
    size_t n = text_prefix(text, SHOWN_MAX);
    char *start = mem_strndup(text, n);
    text_safe(out, start);
    free(start);
    if (text[n])
        str_add(out, "…");
    return str_text(out);
}

int word_parse(const char *kind, const char *word, const char *const *words, struct error *e)
{
    for (int i = 0; words[i]; i++)
        if (str_equal(words[i], word))
            return i;
    struct str shown = STR_INIT, known = STR_INIT;
    const char *near = text_nearest(word, words);
    value_shown(word, &shown);
    if (near)
        error_set(e, ERROR_UNKNOWN_WORD, kind, "unknown %s '%s'; did you mean '%s'?", kind, str_text(&shown),
                  near);
    else
        error_set(e, ERROR_UNKNOWN_WORD, kind, "unknown %s '%s'", kind, str_text(&shown));
    for (int i = 0; words[i]; i++)
        str_addf(&known, "%s%s", i ? ", " : "", words[i]);
    error_hint(e, "known: %s", str_text(&known));
    str_release(&shown);
    str_release(&known);
    return -1;
}

int bool_parse(const char *field, const char *word, struct error *e)
{
    static const char *const words[] = {"disable", "enable", "off", "on", "false",
                                        "true",    "no",     "yes", "0",  "1"};
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (str_equal_nocase(words[i], word))
            return i % 2;
    return value_malformed(e, field, word, "enable or disable (on/off, true/false, yes/no, 1/0)");
}
