/* A feature's spec: its settings, its buyer commands, its intents. Each bot module exports one; main gathers
 * them in a feature_list and hands it to command (settings, completion, help) and to bot (application
 * commands). A feature without a spec is "not in this version". */
#ifndef TT_DOMAIN_FEATURE_H
#define TT_DOMAIN_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/domain/tenant.h"

enum setting_type {
    SETTING_TEXT,
    SETTING_INT,
    SETTING_BOOL,
    SETTING_ID,     /* a snowflake */
    SETTING_ID_LIST /* snowflakes, comma-separated */
};

struct setting_spec {
    const char *key; /* ended by a spec with key NULL */
    enum setting_type type;
    const char *otherwise; /* default as text, or NULL */
    int64_t min, max;      /* of a number; characters of a text; entries of a list (0: 200). No value has more
                              than 4,000 characters */
    const char *help;
    bool roles; /* its ids are roles of the guild */
};

enum option_type { OPTION_STRING = 3, OPTION_INTEGER = 4, OPTION_USER = 6 }; /* Discord's numbers */

struct buyer_option {
    const char *name; /* ended by NULL */
    enum option_type type;
    bool required;
    const char *help;    /* English; Discord's description */
    const char *help_id; /* Indonesian */
};

/* What a member types: `!rep give ...` or `/rep give`. */
struct buyer_command {
    const char *name; /* "rank", or "rep give" for a subcommand; ended by NULL */
    const char *help, *help_id;
    const struct buyer_option *options; /* NULL: none */
};

enum intent_need { INTENT_NEED_NONE = 0, INTENT_NEED_MEMBERS = 1 << 1, INTENT_NEED_CONTENT = 1 << 15 };

struct feature_spec {
    enum feature feature;
    const struct setting_spec *settings; /* NULL: none */
    /* Keys outside the table, such as custom command names: check KEY and VALUE for tenant T (plan limits,
     * built-in names). Not called for `none`, which removes. NULL: unknown keys are refused. */
    int (*check_open_key)(const struct tenant *t, const char *key, const char *value, struct error *e);
    const struct buyer_command *commands;
    unsigned privileged_intents; /* intent_need bits that its full function needs */
    unsigned channels;           /* bits 1 << enum channel, without which it says nothing */
};

struct feature_list {
    const struct feature_spec *const *items;
    size_t count;
};

/* "needs the Message Content Intent switch in the portal" of intent_need bits; NULL where none is missing.
 * The caller's. */
char *intents_missing(unsigned needs);
/* The same without "needs", for where that stands already. */
char *intents_switches(unsigned needs);
/* The privileged intents that the tenant's features want, and commands with a prefix. */
unsigned intents_wanted(const struct feature_list *list, const struct tenant *t);

const struct feature_spec *feature_find(const struct feature_list *list, enum feature feature); /* or NULL */
const struct setting_spec *setting_find(const struct feature_spec *spec, const char *key);      /* or NULL */

/* Check and normalise VALUE for KEY of SPEC; *OUT is the caller's, NULL where `none` clears it. */
int setting_check(const struct feature_spec *spec, const struct tenant *t, const char *key, const char *value,
                  char **out, struct error *e);
/* One setting as JSON (number, boolean, id string, array of ids, text; null when unset and no default). */
struct json *setting_json(const struct setting_spec *spec, const char *text);
/* {"FEATURE":{"KEY":value}}: every feature with a spec, every known key, plus the open keys that are set. */
struct json *tenant_settings_json(const struct tenant *t, const struct feature_list *list);

/* What of the tenant's configuration must be there in its guild: "welcome 12,logs 13" of channels, "welcome
 * auto_role 14" of roles. OUT is empty. */
enum place { PLACE_CHANNEL, PLACE_ROLE };
void tenant_places(const struct tenant *t, const struct feature_list *list, enum place place,
                   struct str *out);

/* The configuration that the control message's hash covers: {bot_config, channels, features, permissions,
 * plan, settings, status} as in `show`; and its SHA-256 over the RFC 8785 form. */
struct json *tenant_configuration_json(const struct tenant *t, const struct feature_list *list);
void tenant_configuration_hash(const struct tenant *t, const struct feature_list *list, char out[65]);

/* The guild's application commands for this tenant in Discord's form (the body of the bulk PUT): buyer
 * commands of features that are on and have a spec, `help` and `ping`, custom commands whose names fit, and
 * (when admin_commands is on, or always for operators: it is always there) ADMIN's entries. ADMIN is an array
 * made by command (borrowed). Sorted by name, at most 100. Every entry carries exactly the keys that Discord
 * echoes and we compare. */
struct json *application_commands(const struct tenant *t, const struct feature_list *list,
                                  const struct json *admin);

#endif
