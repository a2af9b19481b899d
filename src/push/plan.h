/* What Discord should show for a tenant, and what of it differs from what it last showed. Pure. */
#ifndef PUSH_PLAN_H
#define PUSH_PLAN_H

#include "tt/domain/control.h"
#include "tt/push/push.h"

/* Names of remote_state. */
#define REMOTE_COMMANDS "commands" /* SHA-256 of the canonical body */
#define REMOTE_NICKNAME "nickname" /* JSON: a string or null */
#define REMOTE_CHANNELS "channels" /* those that were found in the guild, as of tenant_places */
#define REMOTE_ROLES "roles"
extern const char *const remote_of[PUSH_KIND_COUNT]; /* by kind; NULL: nothing is remembered */
/* In place of a nickname: nobody knows what Discord shows, so it is to be set whatever is wanted. */
#define REMOTE_UNKNOWN "?"

struct push_call {
    const char *method;
    struct str path;
    struct json *body;
    struct str remote; /* the remote_state value once Discord has taken it */
};
void push_call_release(struct push_call *c);
/* As a member of the array CALLS: {"method","path","body"}. Its body is taken. */
void push_call_foretell(struct push_call *c, struct json *calls);

/* The remote value of plan_commands, remembered by what it depends on: building thousands of equal bodies is
 * what a batch of pushes would otherwise spend its time with. */
#define PLAN_MEMORY 16
struct plan_memory {
    struct {
        char signature[SHA256_TEXT], remote[SHA256_TEXT];
    } seen[PLAN_MEMORY];
    unsigned next;
};
void plan_commands_remote(struct plan_memory *memory, const struct tenant *t,
                          const struct feature_list *features, const struct json *admin,
                          char remote[SHA256_TEXT]);

/* The bulk overwrite of the guild's commands and its remote value. APPLICATION 0: "@me" stands in the path.
 */
void plan_commands(const struct tenant *t, int64_t application, const struct feature_list *features,
                   const struct json *admin, struct push_call *out);
/* Does LISTED, an answer of GET .../commands, show what BODY wants? Discord adds keys; only ours are
 * compared. */
bool plan_commands_same(const struct json *body, const struct json *listed);
void plan_nickname(const struct tenant *t, struct push_call *out);
/* places.c. KIND is PUSH_CHANNELS or PUSH_ROLES: the list of all in the guild, and in place of a remote value
 * what T names. Is all that is WANTED remembered in REMOTE? What of it is among those LISTED, as it is to be
 * remembered, and what is wrong with the others, for people; both appended. */
void plan_places(enum push_kind kind, const struct tenant *t, const struct feature_list *features,
                 struct push_call *out);
bool places_known(const char *wanted, const char *remote);
void places_check(enum push_kind kind, const char *wanted, const struct json *listed, struct str *found,
                  struct str *wrong);
/* The control message of T. NONCE_ROW and REVISION make Discord drop a second copy of the same push. */
void plan_control(const struct tenant *t, const struct feature_list *features, const struct key *sub,
                  const char *nonce, int64_t push, int64_t now, struct push_call *out);
/* Is there anything to do for KIND, given the stored REMOTE value ("" unknown)? */
bool plan_differs(enum push_kind kind, const struct push_call *call, const char *remote);

#endif
