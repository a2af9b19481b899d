#include "tt/domain/tenant.h"

/* The plan that brings each word first; larger plans keep it. `on` tells whether it starts switched on. */
struct grant {
    enum plan from;
    bool on;
};

static const struct plan_limits limits[PLAN_COUNT] = {
    [PLAN_BASIC] = {.price_usd = 10, .custom_commands = 0, .registered_members = 100},
    [PLAN_PREMIUM] = {.price_usd = 25, .custom_commands = 200, .registered_members = 500},
    [PLAN_ENTERPRISE] = {.price_usd = 50, .custom_commands = LIMIT_NONE, .registered_members = LIMIT_NONE},
};

static const struct grant features[FEATURE_COUNT] = {
    [FEATURE_SHOP] = {PLAN_BASIC, true},
    [FEATURE_LIVE_STOCK] = {PLAN_BASIC, true},
    [FEATURE_LEVELING] = {PLAN_BASIC, true},
    [FEATURE_REPUTATION] = {PLAN_BASIC, true},
    [FEATURE_TICKETS] = {PLAN_BASIC, true},
    [FEATURE_ADMIN_COMMANDS] = {PLAN_BASIC, true},
    [FEATURE_WELCOME] = {PLAN_BASIC, false},
    [FEATURE_DONATION] = {PLAN_BASIC, false},
    [FEATURE_AUTOMOD] = {PLAN_PREMIUM, true},
    [FEATURE_CUSTOM_COMMANDS] = {PLAN_PREMIUM, true},
    [FEATURE_ANALYTICS] = {PLAN_PREMIUM, true},
    [FEATURE_API_ACCESS] = {PLAN_ENTERPRISE, true},
    [FEATURE_PRIORITY_SUPPORT] = {PLAN_ENTERPRISE, true},
};

static const struct grant permissions[PERMISSION_COUNT] = {
    [PERMISSION_MANAGE_PRODUCTS] = {PLAN_BASIC, true},
    [PERMISSION_MANAGE_USERS] = {PLAN_BASIC, true},
    [PERMISSION_VIEW_ANALYTICS] = {PLAN_PREMIUM, true},
    [PERMISSION_CUSTOM_CONFIG] = {PLAN_ENTERPRISE, true},
    [PERMISSION_API_ACCESS] = {PLAN_ENTERPRISE, true},
    [PERMISSION_ADVANCED_SETTINGS] = {PLAN_ENTERPRISE, true},
};

const struct plan_limits *plan_limits(enum plan plan)
{
    return &limits[plan];
}

bool plan_allows_feature(enum plan plan, enum feature feature)
{
    return plan >= features[feature].from;
}

bool plan_allows_permission(enum plan plan, enum permission permission)
{
    return plan >= permissions[permission].from;
}

bool plan_default_feature(enum plan plan, enum feature feature)
{
    return plan_allows_feature(plan, feature) && features[feature].on;
}

bool plan_default_permission(enum plan plan, enum permission permission)
{
    return plan_allows_permission(plan, permission) && permissions[permission].on;
}

enum plan plan_with_feature(enum feature feature)
{
    return features[feature].from;
}

enum plan plan_with_permission(enum permission permission)
{
    return permissions[permission].from;
}
