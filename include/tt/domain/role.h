/* Who may do what. An actor is the person or process behind a command line; the rules here decide, the gate
 * in command asks. */
#ifndef TT_DOMAIN_ROLE_H
#define TT_DOMAIN_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/domain/tenant.h"

/* Ordered: each may what the one before may. */
enum operator_role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_OWNER };
extern const char *const operator_role_words[]; /* "none" "viewer" "operator" "owner" NULL */

enum face { FACE_CLI, FACE_SHELL, FACE_SCREENS, FACE_DISCORD, FACE_DAEMON };
extern const char *const face_words[]; /* "cli" "shell" "screens" "discord" "daemon" NULL */

struct actor {
    enum face face;
    enum operator_role role;           /* the terminal is ROLE_OWNER */
    int64_t user_id;                   /* Discord user; 0 at the terminal */
    int64_t guild_id;                  /* where it was typed; 0 at the terminal */
    char guild_tenant[TENANT_ID_TEXT]; /* the tenant of that guild, "" where none */
    bool staff;                        /* has one of the tenant's staff roles (resolved by the bot) */
    char who[64];                      /* audit text: "op:rina", "discord:123", "daemon" */
};

/* What a command asks for. */
struct right {
    enum operator_role role;    /* the least operator role */
    bool renter;                /* the renter too (own tenant, in its guild) ... */
    enum permission permission; /* ... who has this permission in the tenant; PERMISSION_COUNT: none needed */
    bool staff;                 /* and renter's staff */
};

/* 0, or -1 with ERROR_NOT_PERMITTED whose message says what was missing. T is the tenant acted on (NULL for
 * commands without one). Rules: the terminal and a sufficient operator role pass; the renter only on its own
 * tenant, in that tenant's guild, with admin_commands on and the permission set; administrators of a guild
 * get nothing by that. */
int right_check(const struct right *right, const struct actor *actor, const struct tenant *t,
                struct error *e);

#endif
