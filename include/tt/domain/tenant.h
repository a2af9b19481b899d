/* What a tenant is: its words and values, and its configuration as one struct. Rules only. */
#ifndef TT_DOMAIN_TENANT_H
#define TT_DOMAIN_TENANT_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/json.h"

#define TENANT_ID_MAX 32
#define TENANT_ID_TEXT (TENANT_ID_MAX + 1)
#define TENANT_NAME_MAX 100 /* characters */

enum tenant_status { STATUS_ACTIVE, STATUS_SUSPENDED, STATUS_EXPIRED, STATUS_MAINTENANCE, STATUS_COUNT };
enum plan { PLAN_BASIC, PLAN_PREMIUM, PLAN_ENTERPRISE, PLAN_COUNT };

enum feature {
    FEATURE_SHOP,
    FEATURE_LIVE_STOCK,
    FEATURE_LEVELING,
    FEATURE_REPUTATION,
    FEATURE_TICKETS,
    FEATURE_AUTOMOD,
    FEATURE_ADMIN_COMMANDS,
    FEATURE_CUSTOM_COMMANDS,
    FEATURE_ANALYTICS,
    FEATURE_API_ACCESS,
    FEATURE_PRIORITY_SUPPORT,
    FEATURE_WELCOME,
    FEATURE_DONATION,
    FEATURE_COUNT
};

enum permission {
    PERMISSION_MANAGE_PRODUCTS,
    PERMISSION_MANAGE_USERS,
    PERMISSION_VIEW_ANALYTICS,
    PERMISSION_CUSTOM_CONFIG,
    PERMISSION_API_ACCESS,
    PERMISSION_ADVANCED_SETTINGS,
    PERMISSION_COUNT
};

enum channel {
    CHANNEL_LIVE_STOCK,
    CHANNEL_PURCHASE_LOG,
    CHANNEL_DONATION_LOG,
    CHANNEL_HISTORY_BUY,
    CHANNEL_WELCOME,
    CHANNEL_TICKET_CATEGORY,
    CHANNEL_TICKET_PANEL,
    CHANNEL_LEVELING,
    CHANNEL_REPUTATION,
    CHANNEL_LOGS,
    CHANNEL_CONTROL,
    CHANNEL_COUNT
};

enum config_key {
    CONFIG_PREFIX,
    CONFIG_LANGUAGE,
    CONFIG_TIMEZONE,
    CONFIG_AUTO_RESTART,
    CONFIG_MAX_RESTART_ATTEMPTS,
    CONFIG_NICKNAME,
    CONFIG_ACTIVITY,
    CONFIG_COMMAND_COOLDOWN,
    CONFIG_COMMAND_RATE,
    CONFIG_COUNT
};

/* The words of each vocabulary, indexed by the enum and ended by NULL: for completion, did-you-mean, help. */
extern const char *const tenant_status_words[STATUS_COUNT + 1];
extern const char *const plan_words[PLAN_COUNT + 1];
extern const char *const feature_words[FEATURE_COUNT + 1];
extern const char *const permission_words[PERMISSION_COUNT + 1];
extern const char *const channel_words[CHANNEL_COUNT + 1];
extern const char *const config_words[CONFIG_COUNT + 1];
/* What each of them is for, in one line. */
extern const char *const feature_helps[FEATURE_COUNT];
extern const char *const permission_helps[PERMISSION_COUNT];
extern const char *const channel_helps[CHANNEL_COUNT];
extern const char *const config_helps[CONFIG_COUNT];

/* Index of WORD in WORDS or -1 with ERROR_UNKNOWN_WORD: "unknown KIND 'shp'; did you mean 'shop'?", and the
 * hint lists what is known. KIND is also the error's field. */
int word_parse(const char *kind, const char *word, const char *const *words, struct error *e);
/* enable/disable on/off true/false yes/no 1/0, any case: 1 or 0; -1 ERROR_MALFORMED otherwise. */
int bool_parse(const char *field, const char *word, struct error *e);

/* --- values --- */

/* [a-z0-9_-]{3,32} or ERROR_MALFORMED naming FIELD "tenant". */
int tenant_id_check(const char *id, struct error *e);
/* 1 to 100 characters, no control characters, not only white space. */
int tenant_name_check(const char *name, struct error *e);
/* Digits below 2^63, above 0; leading zeros dropped. *SHORT_ID (may be NULL) tells of fewer than 17 digits.
 */
int snowflake_parse(const char *field, const char *text, int64_t *id, bool *short_id, struct error *e);
#define DISCORD_EPOCH INT64_C(1420070400000) /* ms since 1970: there Discord's ids begin */
/* No id that Discord made at MS (since 1970) or later is smaller; 0 where it had made none. */
int64_t snowflake_since(int64_t ms);
/* Check and normalise a bot_config value ("TRUE" -> "true"). *OUT is the caller's (free) and NULL where the
 * value clears the key ("none" for nickname and activity; for others `none` means the default). */
int config_check(enum config_key key, const char *text, char **out, struct error *e);
/* The default as text; NULL for nickname and activity. */
const char *config_default(enum config_key key);
/* The value as JSON: booleans and numbers as such, NULL as null. */
struct json *config_json(enum config_key key, const char *text);

/* --- plans --- */

#define LIMIT_NONE INT64_MAX

struct plan_limits {
    int price_usd;           /* per 30 days */
    int64_t custom_commands; /* LIMIT_NONE: unlimited */
    int64_t registered_members;
};

const struct plan_limits *plan_limits(enum plan plan);
bool plan_allows_feature(enum plan plan, enum feature feature);
bool plan_allows_permission(enum plan plan, enum permission permission);
bool plan_default_feature(enum plan plan, enum feature feature);
bool plan_default_permission(enum plan plan, enum permission permission);
/* The smallest plan that has it. */
enum plan plan_with_feature(enum feature feature);
enum plan plan_with_permission(enum permission permission);

/* --- the tenant --- */

enum token_state { TOKEN_NONE, TOKEN_SET, TOKEN_REFUSED };
extern const char *const token_state_words[];

struct setting {
    enum feature feature;
    char *key;
    char *value; /* text form; a list is comma-separated */
};

/* One tenant with its whole configuration. tenant_init/_release; strings are the struct's. */
struct tenant {
    char id[TENANT_ID_TEXT];
    char *name;
    int64_t discord_id; /* the renter */
    int64_t guild_id;
    enum tenant_status status;
    enum plan plan;
    bool features[FEATURE_COUNT];
    bool permissions[PERMISSION_COUNT];
    int64_t channels[CHANNEL_COUNT]; /* 0: none */
    char *config[CONFIG_COUNT];      /* NULL: the default */
    struct setting *settings;        /* sorted by feature, then key; only the ones that are set */
    size_t setting_count;
    int64_t revision;
    int64_t epoch; /* of the session: rises when the bot must connect anew or close */
    int64_t applied_revision;
    enum token_state token;
    int64_t application_id;                     /* 0 until a token was seen by Discord */
    bool wanted;                                /* false: stopped on purpose (`bot stop`) */
    int64_t created_at, updated_at, deleted_at; /* ms; 0: not deleted */
};

void tenant_init(struct tenant *t); /* active, basic, wanted; all else zero */
void tenant_release(struct tenant *t);
void tenant_copy(struct tenant *to, const struct tenant *from); /* TO is initialised by this */

/* The value in force: what is set, else the default; never NULL except nickname and activity. */
const char *tenant_config(const struct tenant *t, enum config_key key);
int64_t tenant_config_int(const struct tenant *t, enum config_key key);
bool tenant_config_bool(const struct tenant *t, enum config_key key);
/* NULL when not set. */
const char *tenant_setting(const struct tenant *t, enum feature feature, const char *key);
/* On in the configuration and allowed by the plan. */
bool tenant_feature_on(const struct tenant *t, enum feature feature);
/* Why nobody is there to be told of a change: "no_token" (also of a deleted one) "stopped" "suspended"
 * "expired"; NULL: its bot serves. */
const char *tenant_silent(const struct tenant *t);

/* The maps of `show`: every known word, null where unset. Values of settings come from the feature's own
 * table, see domain/feature.h. The caller owns the result. */
struct json *tenant_features_json(const struct tenant *t);
struct json *tenant_channels_json(const struct tenant *t);
struct json *tenant_permissions_json(const struct tenant *t);
struct json *tenant_config_json(const struct tenant *t);

#endif
