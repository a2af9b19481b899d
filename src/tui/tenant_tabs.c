/* What each tab lists and which keys it has. */
#include "tenant.h"

#include "answer.h"
#include "tt/domain/tenant.h"

/* --- how values look --- */

static void show_feature(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    bool allowed = json_get_bool(row, "allowed", false), on = json_get_bool(row, "enabled", false);
    (void)owner;
    str_addf(out, "[%s] %s", !allowed ? "-" : on ? "x" : " ", json_get_string(row, "feature"));
    *look = allowed ? LOOK_TEXT : LOOK_DIM;
}

static void add_plans(struct str *out, enum plan least)
{
    str_addf(out, "%s %s", plan_words[least], least + 1 == PLAN_COUNT ? "only" : "and up");
}

/* "in plan", or the plans that have it. */
static void show_plan(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    int feature = word_parse("feature", json_get_string(row, "feature"), feature_words, NULL);
    (void)owner;
    *look = LOOK_DIM;
    if (json_get_bool(row, "allowed", false)) {
        str_add(out, "in plan");
    } else if (feature >= 0) {
        add_plans(out, plan_with_feature((enum feature)feature));
    }
}

static void show_feature_push(const struct json *row, const struct json *owner, struct str *out,
                              enum look *look)
{
    if (!json_get_bool(row, "allowed", false))
        return;
    if (!json_get_bool(row, "module", false)) {
        str_add(out, "not in this version");
        *look = LOOK_DIM;
        return;
    }
    push_text_of(owner, "features", json_get_string(row, "feature"), out, look);
    /* What is under way or has failed comes first; then what the feature lacks. */
    const char *note = json_get_string(row, "note");
    if (note && *look != LOOK_BAD && *look != LOOK_WARN) {
        str_clear(out);
        str_addf(out, "%s %s", sign_text(SIGN_WARN), note);
        *look = LOOK_WARN;
    }
}

static void show_channel_push(const struct json *row, const struct json *owner, struct str *out,
                              enum look *look)
{
    push_text_of(owner, "channels", json_get_string(row, "key"), out, look);
}

static void show_permission_push(const struct json *row, const struct json *owner, struct str *out,
                                 enum look *look)
{
    push_text_of(owner, "permissions", json_get_string(row, "key"), out, look);
}

static void show_config_push(const struct json *row, const struct json *owner, struct str *out,
                             enum look *look)
{
    push_text_of(owner, "config", json_get_string(row, "key"), out, look);
}

static void show_setting_push(const struct json *row, const struct json *owner, struct str *out,
                              enum look *look)
{
    push_text_of(owner, "settings", json_get_string(row, "id"), out, look);
}

/* Does the plan of OWNER have it? Before it is known nothing is denied. */
static bool may_have(const struct json *owner, const struct json *row, enum permission *permission)
{
    int plan = word_parse("plan", json_get_string(owner, "plan"), plan_words, NULL);
    int index = word_parse("permission", json_get_string(row, "key"), permission_words, NULL);
    *permission = index < 0 ? PERMISSION_COUNT : (enum permission)index;
    return plan < 0 || index < 0 || plan_allows_permission((enum plan)plan, *permission);
}

static void show_permission(const struct json *row, const struct json *owner, struct str *out,
                            enum look *look)
{
    enum permission permission;
    bool allowed = may_have(owner, row, &permission), on = json_get_bool(row, "value", false);
    str_addf(out, "[%s] %s", !allowed ? "-" : on ? "x" : " ", json_get_string(row, "key"));
    *look = allowed ? LOOK_TEXT : LOOK_DIM;
}

static void show_permission_plan(const struct json *row, const struct json *owner, struct str *out,
                                 enum look *look)
{
    enum permission permission;
    *look = LOOK_DIM;
    if (may_have(owner, row, &permission))
        str_add(out, json_get_string(owner, "plan") ? "in plan" : "");
    else
        add_plans(out, plan_with_permission(permission));
}

/* --- columns --- */

static const struct grid_column feature_columns[] = {
    {.path = "feature", .title = "FEATURE", .width = 20, .show = show_feature},
    {.path = "allowed", .title = "PLAN", .width = 16, .rank = 1, .show = show_plan},
    {.path = "", .title = "BOT", .width = 14, .flexible = true, .show = show_feature_push},
};
static const struct grid_column channel_columns[] = {
    {.path = "key", .title = "CHANNEL", .width = 16},
    {.path = "value", .title = "ID", .width = 20, .show = show_value},
    {.path = "", .title = "BOT", .width = 14, .flexible = true, .rank = 1, .show = show_channel_push},
};
static const struct grid_column permission_columns[] = {
    {.path = "key", .title = "PERMISSION", .width = 22, .show = show_permission},
    {.path = "", .title = "PLAN", .width = 16, .rank = 1, .show = show_permission_plan},
    {.path = "", .title = "BOT", .width = 14, .flexible = true, .rank = 1, .show = show_permission_push},
};
static const struct grid_column config_columns[] = {
    {.path = "key", .title = "KEY", .width = 21},
    {.path = "value", .title = "VALUE", .width = 16, .flexible = true, .show = show_value},
    {.path = "", .title = "BOT", .width = 14, .flexible = true, .rank = 1, .show = show_config_push},
};
static const struct grid_column setting_columns[] = {
    {.path = "feature", .title = "FEATURE", .width = 15, .rank = 2},
    {.path = "key", .title = "KEY", .width = 14},
    {.path = "value", .title = "VALUE", .width = 14, .flexible = true, .show = show_value},
    {.path = "", .title = "BOT", .width = 14, .flexible = true, .rank = 1, .show = show_setting_push},
};
static const struct grid_column audit_columns[] = {
    {.path = "audit", .title = "AUDIT", .width = 6, .right = true},
    {.path = "time", .title = "TIME (UTC)", .width = 14, .rank = 1, .show = show_clock},
    {.path = "who", .title = "WHO", .width = 12, .rank = 2},
    {.path = "command", .title = "COMMAND", .width = 18, .flexible = true, .show = show_command},
};

/* --- keys --- */

static void show_audit(struct app *app, struct view *v)
{
    const struct json *row = v->type->row(v);
    if (row)
        app_push(app, audit_row_new(row));
}

#define TAB_KEY                                                         \
    {                                                                   \
        .key = KEY_CODE_TAB, .help = "the next tab; Right and Left too" \
    }
#define SWITCH_FEATURE "features {tenant_id} {feature} {enabled?disable:enable}"
#define SWITCH_PERMISSION "permissions {tenant_id} {key} {value?false:true}"

static const struct binding overview_keys[] = {
    TAB_KEY,
    {.key = 'e',
     .label = "Rename",
     .help = "another name",
     .command = "rename {tenant_id} {name|}",
     .form = 2},
    {.key = 'p', .label = "Plan", .help = "another plan", .command = "plan {tenant_id} {plan|}", .form = 2},
    TENANT_STATUS_KEYS,
    {.key = 't', .label = "Token", .help = "set the bot's token", .command = "token {tenant_id} set"},
    {.key = 'R',
     .label = "Rent",
     .help = "so many days longer",
     .command = "rent {tenant_id} extend 30",
     .form = 3},
    {.key = 'P',
     .label = "Payment",
     .help = "note what was paid",
     .command = "payment add {tenant_id}",
     .form = 2},
    {.key = KEY_CODE_ENTER, .help = "what was paid so far", .command = "payment list {tenant_id}"},
    {.key = 'r', .label = "Restart", .help = "restart the bot", .command = "bot restart {tenant_id}"},
    {.key = '=', .label = "Sync", .help = "bring Discord in line again", .command = "sync {tenant_id}"},
    {.key = 'D', .label = "Delete", .help = "delete the tenant", .command = "delete {tenant_id}"},
    {0},
};
static const struct binding feature_keys[] = {
    TAB_KEY,
    {.key = ' ', .label = "Switch", .help = "on or off", .command = SWITCH_FEATURE},
    {.key = KEY_CODE_ENTER, .help = "on or off", .command = SWITCH_FEATURE},
    {.key = 'v',
     .label = "Preview",
     .help = "what switching would do",
     .command = SWITCH_FEATURE,
     .ask = true},
    {.key = '=', .label = "Sync", .help = "bring Discord in line again", .command = "sync {tenant_id}"},
    {0},
};
static const struct binding channel_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "Edit",
     .help = "another channel id, none, or create",
     .command = "channels {tenant_id} {key} {value|}",
     .form = 3},
    {.key = 'c',
     .label = "Create",
     .help = "make a private channel",
     .command = "channels {tenant_id} {key} create",
     .ask = true},
    {.key = 'd', .label = "None", .help = "clear it", .command = "channels {tenant_id} {key} none"},
    {0},
};
static const struct binding permission_keys[] = {
    TAB_KEY,
    {.key = ' ', .label = "Switch", .help = "on or off", .command = SWITCH_PERMISSION},
    {.key = KEY_CODE_ENTER, .help = "on or off", .command = SWITCH_PERMISSION},
    {.key = 'v',
     .label = "Preview",
     .help = "what switching would do",
     .command = SWITCH_PERMISSION,
     .ask = true},
    {0},
};
static const struct binding config_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "Edit",
     .help = "another value",
     .command = "config {tenant_id} {key} {value|}",
     .form = 3},
    {.key = 'd',
     .label = "Default",
     .help = "back to the default",
     .command = "config {tenant_id} {key} none"},
    {0},
};
static const struct binding setting_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER,
     .label = "Edit",
     .help = "another value",
     .command = "settings {tenant_id} {feature} {key} {value|}",
     .form = 4},
    {.key = 'd', .label = "None", .help = "clear it", .command = "settings {tenant_id} {feature} {key} none"},
    {.key = 'n',
     .label = "New",
     .help = "another setting, such as a custom command",
     .command = "settings {tenant_id} custom_commands",
     .form = 3},
    {0},
};
static const struct binding audit_keys[] = {
    TAB_KEY,
    {.key = KEY_CODE_ENTER, .label = "Details", .help = "all of it: before and after", .action = show_audit},
    {.key = 'U', .label = "Undo", .help = "undo this write", .command = "undo {audit}", .ask = true},
    {.key = 'R', .label = "Redo", .help = "do it again", .command = "redo {audit}", .ask = true},
    {0},
};

/* --- what a row is for --- */

static const char *help_of(const struct json *row, const char *path, const char *const *words,
                           const char *const *helps)
{
    int i = word_parse(path, json_get_string(row, path), words, NULL);
    return i < 0 ? NULL : helps[i];
}

static const char *explain_feature(const struct json *row)
{
    return help_of(row, "feature", feature_words, feature_helps);
}

static const char *explain_channel(const struct json *row)
{
    return help_of(row, "key", channel_words, channel_helps);
}

static const char *explain_permission(const struct json *row)
{
    return help_of(row, "key", permission_words, permission_helps);
}

static const char *explain_config(const struct json *row)
{
    return help_of(row, "key", config_words, config_helps);
}

static const char *explain_setting(const struct json *row)
{
    return json_get_string(row, "help");
}

/* --- the tabs --- */

static const struct tab_spec overview = {.name = "overview", .bindings = overview_keys};
static const struct tab_spec features = {.name = "features",
                                         .grid = {.command = "features {tenant_id}",
                                                  .id = "feature",
                                                  GRID_COLUMNS(feature_columns),
                                                  .explain = explain_feature},
                                         .bindings = feature_keys};
static const struct tab_spec channels = {.name = "channels",
                                         .grid = {.command = "channels {tenant_id}",
                                                  .id = "key",
                                                  GRID_COLUMNS(channel_columns),
                                                  .explain = explain_channel},
                                         .bindings = channel_keys};
static const struct tab_spec permissions = {.name = "permissions",
                                            .grid = {.command = "permissions {tenant_id}",
                                                     .id = "key",
                                                     GRID_COLUMNS(permission_columns),
                                                     .explain = explain_permission},
                                            .bindings = permission_keys};
static const struct tab_spec config = {.name = "config",
                                       .grid = {.command = "config {tenant_id}",
                                                .id = "key",
                                                GRID_COLUMNS(config_columns),
                                                .explain = explain_config},
                                       .bindings = config_keys};
static const struct tab_spec settings = {.name = "settings",
                                         .grid = {.id = "id",
                                                  GRID_COLUMNS(setting_columns),
                                                  .empty = "no feature has settings yet; n makes one",
                                                  .explain = explain_setting},
                                         .bindings = setting_keys};
static const struct tab_spec audit = {.name = "audit",
                                      .grid = {.command = "audit {tenant_id}",
                                               .id = "audit",
                                               GRID_COLUMNS(audit_columns),
                                               .paged = true,
                                               .empty = "nothing was written yet"},
                                      .bindings = audit_keys};

const struct tab_spec *const tabs[TAB_COUNT] = {
    [OVERVIEW] = &overview,
    [FEATURES] = &features,
    [CHANNELS] = &channels,
    [PERMISSIONS] = &permissions,
    [CONFIG] = &config,
    [SETTINGS] = &settings,
    [PRODUCTS] = &tab_products,
    [STOCK] = &tab_stock,
    [CUSTOMERS] = &tab_customers,
    [TRANSACTIONS] = &tab_transactions,
    [DEPOSITS] = &tab_deposits,
    [NUMBERS] = &tab_numbers,
    [AUDIT] = &audit,
};
