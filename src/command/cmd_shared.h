/* What several commands share: their rights, rows of maps, plan rules, the `show` document. */
#ifndef TT_COMMAND_CMD_SHARED_H
#define TT_COMMAND_CMD_SHARED_H

#include "commands.h"
#include "context.h"

/* The roles column of the table of commands; "_RENTER": the renter too, without a permission. */
#define RIGHT_ALL                                         \
    {                                                     \
        .role = ROLE_NONE, .permission = PERMISSION_COUNT \
    }
#define RIGHT_VIEWER                                        \
    {                                                       \
        .role = ROLE_VIEWER, .permission = PERMISSION_COUNT \
    }
#define RIGHT_OPERATOR                                        \
    {                                                         \
        .role = ROLE_OPERATOR, .permission = PERMISSION_COUNT \
    }
#define RIGHT_OWNER                                        \
    {                                                      \
        .role = ROLE_OWNER, .permission = PERMISSION_COUNT \
    }
#define RIGHT_VIEWER_RENTER                                                 \
    {                                                                       \
        .role = ROLE_VIEWER, .renter = true, .permission = PERMISSION_COUNT \
    }
#define RIGHT_OPERATOR_RENTER                                                 \
    {                                                                         \
        .role = ROLE_OPERATOR, .renter = true, .permission = PERMISSION_COUNT \
    }

#define GROUP_TENANTS "Tenants"
#define GROUP_CONFIGURATION "Configuration"
#define GROUP_BOTS "Bots and pushes"
#define GROUP_HISTORY "History and people"
#define GROUP_UPKEEP "Upkeep"

/* {"key","value"} for each member of MAP, or for ONLY (a member of that name, null where absent); people read
 * KEY and VALUE above them. */
void map_rows(struct command_context *c, const char *key, const char *value, const struct json *map,
              const char *only);

/* A typed cell for a scalar; arrays and objects stay JSON. Borrows J. */
struct cell cell_of_value(const struct json *j);

/* {"total":N} */
void count_document(struct command_context *c, int64_t total);
/* The table of a PAGING listing, or, with --count, only the document above. NEXT "": nothing follows. */
void page_begin(struct command_context *c, const struct column *columns, size_t count);
void page_end(struct command_context *c, int64_t total, const char *next);

/* 0, or ERROR_NOT_IN_PLAN naming the smallest plan that has it and the command that changes to it. */
int plan_check_feature(const struct tenant *t, enum feature feature, struct error *e);
int plan_check_permission(const struct tenant *t, enum permission permission, struct error *e);
/* "features automod, analytics; permissions view_analytics": what T has and plan TO does not allow, appended.
 */
void plan_losses(const struct command_context *c, const struct tenant *t, enum plan to, struct str *out);
/* Names of custom commands: the keys of that feature's settings outside its own table. INDEX counts them;
 * NULL after the last. */
const char *custom_command_name(const struct tenant *t, const struct feature_list *features, size_t index);
/* Is there a part of this version that does what the feature promises? */
bool feature_has_module(const struct feature_list *features, enum feature feature);

/* A warning for ids of fewer than 17 digits. */
void warn_short_id(struct command_context *c, const char *what, int64_t id);

/* Marks of a change of status: what the daemon has to do about the connection, and what acknowledges it. */
void mark_status(struct command_context *c, enum tenant_status from, enum tenant_status to);

/* The document of `show`; the caller owns it. */
struct json *tenant_document(const struct command_context *c, const struct tenant *t,
                             const struct bot_status *b);

/* `writes` of commands whose last argument is called "value". */
bool writes_value(const struct command_context *c);

/* A --dry-run document for what happens beside the database's rows; the caller owns it. */
struct json *command_empty_plan(void);

/* "a, b and c" from names added one by one. */
struct name_list {
    struct str text;
    size_t count;
};
void name_list_add(struct name_list *list, const char *name);

#endif
