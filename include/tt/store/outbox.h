/* What must reach Discord: rows written in the transaction of their cause, taken under a lease, removed when
 * Discord has taken them. Pushes are one row per tenant and kind: a newer revision replaces an older one, so
 * nothing is sent twice and nothing old is sent after something new. */
#ifndef TT_STORE_OUTBOX_H
#define TT_STORE_OUTBOX_H

#include "tt/store/tenants.h"

/* The last two write nothing: they look whether what the tenant names is there. */
enum push_kind { PUSH_CONTROL, PUSH_COMMANDS, PUSH_NICKNAME, PUSH_CHANNELS, PUSH_ROLES, PUSH_KIND_COUNT };
extern const char *const push_kind_words[]; /* "control" "commands" "nickname" "channels" "roles" */
enum push_row_state { PUSH_PENDING, PUSH_LEASED, PUSH_FAILED };
extern const char *const push_row_state_words[];

struct push_row {
    int64_t push;
    char tenant[TENANT_ID_TEXT];
    int64_t revision;
    enum push_kind kind;
    enum push_row_state state;
    int64_t attempts;
    char reason[128]; /* of the last failure, "" none */
    int64_t next_at;  /* not before; 0: at once */
};

/* Queue KINDS (bits 1 << push_kind) for the tenant at REVISION, pending again whatever they were; but a row
 * under a lease stays with its holder, whose result finds the higher revision and makes it pending then, so
 * that nothing old arrives after something new. next_at is NOW: the daemon's sweep gives a console's own push
 * a moment by asking for rows that were due a little earlier. */
int outbox_queue(struct store *s, const char *tenant, int64_t revision, unsigned kinds, int64_t now,
                 struct error *e);
/* Lease the tenant's pending rows that are due (TENANT NULL: of any tenant, at most LIMIT) to OWNER until
 * UNTIL; rows under an expired lease count as pending. Runs its own short transaction unless one is open. */
int outbox_lease(struct store *s, const char *tenant, const char *owner, int64_t now, int64_t until,
                 int limit, void (*each)(void *, const struct push_row *), void *context, struct error *e);
/* The rows (at most LIMIT, the longest due first) that a lease at NOW would take; nothing is written. */
int outbox_due(struct store *s, const char *tenant, int64_t now, int limit,
               void (*each)(void *, const struct push_row *), void *context, struct error *e);
/* No row is leased or put off for longer. */
#define OUTBOX_LATER_MS (2 * 60 * 60 * 1000)
/* After the clock was set: what was to come later than that is due. Crosses tenants. */
int outbox_clock_set(struct store *s, int64_t now, struct error *e);

/* Results of what OWNER leased at REVISION; a row that another has leased since is left alone. A row whose
 * revision rose meanwhile stays pending and due. Own short transaction unless one is open. */
int outbox_done(struct store *s, int64_t push, const char *owner, int64_t revision, struct error *e);
int outbox_retry(struct store *s, int64_t push, const char *owner, int64_t revision, int64_t next_at,
                 const char *reason, struct error *e);
/* The same without counting an attempt: nothing was tried. */
int outbox_give_back(struct store *s, int64_t push, const char *owner, int64_t revision, int64_t next_at,
                     const char *reason, struct error *e);
int outbox_fail(struct store *s, int64_t push, const char *owner, int64_t revision, const char *reason,
                struct error *e);
int outbox_list(struct store *s, const char *tenant, void (*each)(void *, const struct push_row *),
                void *context, struct error *e);
int outbox_totals(struct store *s, int64_t by_state[3], struct error *e);
int64_t outbox_next_due(struct store *s); /* ms of the earliest pending row; INT64_MAX none; -1 error */
/* `push retry|drop [N]`; PUSH 0: all. *N rows were touched. */
int outbox_retry_now(struct store *s, int64_t push, int64_t *n, struct error *e);
int outbox_drop(struct store *s, int64_t push, int64_t *n, struct error *e);
/* There is nowhere to send KIND of this tenant to any more. */
int outbox_end(struct store *s, const char *tenant, enum push_kind kind, struct error *e);

/* --- what Discord last showed, so that comparing needs no request --- */

int remote_get(struct store *s, const char *tenant, const char *what, struct str *out,
               struct error *e); /* "" none */
int remote_set(struct store *s, const char *tenant, const char *what, const char *value, struct error *e);
/* `sync --fresh`, token changed. Limits stay: forgetting them would be punished. */
int remote_forget(struct store *s, const char *tenant, struct error *e);
#define REMOTE_LIMITS "limits." /* and a push kind: what its last user learned of the token's rate limits */

/* --- the last message that was heard in a channel whose every message counts --- */

/* *MESSAGE 0: none in this channel yet. */
int heard_load(struct store *s, const char *tenant, int64_t channel, int64_t *message, struct error *e);
int heard_save(struct store *s, const char *tenant, int64_t channel, int64_t message, struct error *e);

/* --- gateway sessions (RESUME after a kill) --- */

struct gateway_session {
    char session_id[128];
    char resume_url[256];
    int64_t sequence;
    int64_t identifies;   /* in the current 24 h */
    int64_t identify_day; /* start of that window, ms */
};
int sessions_load(struct store *s, const char *tenant, struct gateway_session *out, struct error *e);
int sessions_save(struct store *s, const char *tenant, const struct gateway_session *in, struct error *e);
int sessions_forget(struct store *s, const char *tenant, struct error *e);

/* --- limits that several processes share --- */

/* Invalid answers (401, 403, 429 not shared) of this host in the last 10 minutes. */
int budget_add(struct store *s, int64_t now, int64_t n, struct error *e);
int budget_count(struct store *s, int64_t now, int64_t *n, struct error *e);
/* Nonces of control messages, kept 10 minutes. *SEEN true: it was there already. */
int nonce_take(struct store *s, const char *tenant, const char *nonce, int64_t now, bool *seen,
               struct error *e);
/* Was it taken? */
int nonce_seen(struct store *s, const char *tenant, const char *nonce, bool *seen, struct error *e);

#endif
