/* Tenants and their configuration. Ids that do not exist or are deleted are ERROR_NO_SUCH ("no tenant 'x'").
 *
 * Setters change only rows that differ; they say in *CHANGED (may be NULL) whether anything did. They neither
 * check plan rules nor raise the revision: the gate in command does (tenants_raise_revision). */
#ifndef TT_STORE_TENANTS_H
#define TT_STORE_TENANTS_H

#include "tt/domain/tenant.h"
#include "tt/store/store.h"

/* Insert with the plan's defaults already in T; revision 1. ERROR_TAKEN when the id or guild is (a deleted
 * tenant keeps its id, not its guild). */
int tenants_create(struct store *s, const struct tenant *t, int64_t now, struct error *e);
/* Load one with all its configuration. T is initialised by this in every case. */
int tenants_load(struct store *s, const char *id, struct tenant *t, struct error *e);
int tenants_load_deleted(struct store *s, const char *id, struct tenant *t,
                         struct error *e); /* deleted ones too */
/* Ids that begin with PREFIX, at most LIMIT; for completion and unique prefixes. */
int tenants_with_prefix(struct store *s, const char *prefix, int limit, void (*each)(void *, const char *id),
                        void *context, struct error *e);

int tenants_set_name(struct store *s, const char *id, const char *name, bool *changed, struct error *e);
int tenants_set_status(struct store *s, const char *id, enum tenant_status status, bool *changed,
                       struct error *e);
int tenants_set_plan(struct store *s, const char *id, enum plan plan, bool *changed, struct error *e);
int tenants_set_feature(struct store *s, const char *id, enum feature f, bool on, bool *changed,
                        struct error *e);
int tenants_set_permission(struct store *s, const char *id, enum permission p, bool on, bool *changed,
                           struct error *e);
int tenants_set_channel(struct store *s, const char *id, enum channel c, int64_t channel_id, bool *changed,
                        struct error *e); /* 0 clears */
int tenants_set_config(struct store *s, const char *id, enum config_key k, const char *value, bool *changed,
                       struct error *e); /* NULL clears */
int tenants_set_setting(struct store *s, const char *id, enum feature f, const char *key, const char *value,
                        bool *changed, struct error *e); /* NULL clears */
int tenants_set_wanted(struct store *s, const char *id, bool wanted, bool *changed, struct error *e);
int tenants_set_deleted(struct store *s, const char *id, bool deleted, int64_t now, bool *changed,
                        struct error *e);
/* So long undo brings a deleted tenant back. */
#define TENANT_KEPT_MS (INT64_C(30) * 24 * 60 * 60 * 1000)
/* Erase for good what was deleted before THEN, a slice (about 10 ms) at a time, outside any transaction.
 * Returns 1 while there is more, 0 when nothing is left, -1; *N (may be NULL) is the number of tenants that
 * are gone with this slice. A tenant of which something was erased does not come back. */
int tenants_erase(struct store *s, int64_t then, int64_t *n, struct error *e);

/* Revision + 1, updated_at; *REVISION is the new one. */
int tenants_raise_revision(struct store *s, const char *id, int64_t now, int64_t *revision, struct error *e);
/* The session's epoch + 1: the daemon must connect anew, or disconnect (token set, bot start/stop/restart,
 * status but for maintenance, delete). *EPOCH is the new one. */
int tenants_raise_epoch(struct store *s, const char *id, int64_t now, int64_t *epoch, struct error *e);

/* --- tokens --- */

/* Seal and store; state becomes "set". APPLICATION_ID 0: Discord was not asked whose it is. ERROR_TAKEN as
 * tokens_free. */
int tokens_set(struct store *s, const char *id, const char *token, int64_t application_id, struct error *e);
/* ERROR_TAKEN when another tenant has this application or token. The application that a token names by itself
 * stands in for those that are not known; it is believed for this refusal only. */
int tokens_free(struct store *s, const char *id, const char *token, int64_t application_id, struct error *e);
/* Discord has said whose the token of EPOCH is. ERROR_TAKEN when another tenant has that application. */
int tokens_application(struct store *s, const char *id, int64_t epoch, int64_t application_id,
                       struct error *e);
int tokens_clear(struct store *s, const char *id, bool *changed, struct error *e);
/* The token in the clear; wipe OUT. ERROR_NO_SUCH when none is set. */
int tokens_get(struct store *s, const char *id, struct str *out, struct error *e);
/* Discord has refused the token of EPOCH; one that was set since is not meant. */
int tokens_refused(struct store *s, const char *id, int64_t epoch, struct error *e);
/* Somebody says that a token that was refused should be tried again; nothing where it was not. */
int tokens_try_again(struct store *s, const char *id, struct error *e);

/* --- what the daemon says of each bot --- */

enum bot_state { BOT_STOPPED, BOT_CONNECTING, BOT_RUNNING, BOT_SUSPENDED, BOT_EXPIRED, BOT_ERROR };
extern const char *const bot_state_words[];

struct bot_status {
    enum bot_state state;
    char instance[33];  /* of the daemon run; "" none */
    int64_t latency_ms; /* heartbeat round trip; -1 unknown */
    int64_t restarts;
    char error[256];
    int64_t heartbeat_at;
    int64_t applied_revision;
    char applied_hash[SHA256_TEXT]; /* configuration hash that it runs */
    int64_t epoch;                  /* the epoch that this state answers to */
    char notified[16];              /* what made it apply: discord database none */
    unsigned missing_intents;       /* privileged intents it wants and was not granted */
    bool hash_differs;              /* a control message at its revision carried another hash */
};

/* What a bot is that no daemon says anything of: suspended, expired, refused by Discord, or just stopped. */
void bot_status_rest(struct bot_status *b, enum tenant_status status, bool wanted, enum token_state token);
#define BOT_TOKEN_REFUSED "Discord refuses the token"

/* Absent or written by a daemon that is gone: at rest as above, latency -1. */
int bot_status_load(struct store *s, const char *id, struct bot_status *b, struct error *e);
int bot_status_save(struct store *s, const char *id, const struct bot_status *b, int64_t now,
                    struct error *e);
/* The daemon's start: statuses that another run wrote read as at rest from now on. (bot_status_save does the
 * same with its status's instance.) */
int bots_started(struct store *s, const char *instance, struct error *e);
/* applied_revision never goes back except by restore. */
int bot_applied(struct store *s, const char *id, int64_t revision, const char *hash, const char *notified,
                struct error *e);

/* --- listing --- */

enum tenant_sort {
    SORT_TENANT,
    SORT_NAME,
    SORT_PLAN,
    SORT_STATUS,
    SORT_CREATED,
    SORT_UPDATED,
    SORT_REVISION
};

struct paging {
    int64_t limit;                       /* 0: all */
    const char *after, *before, *around; /* ids of rows of this listing; NULL: none */
    bool last;                           /* the last page */
    bool count;                          /* only the number */
};

struct tenant_query {
    int status, plan, feature; /* enum values or -1 */
    const char *search;        /* part of id, name, guild or renter; NULL: all */
    enum tenant_sort sort;
    bool descending;
    bool deleted; /* deleted ones instead */
    struct paging page;
};

/* A line of the listing: `show` without the maps. */
struct tenant_line {
    const char *id, *name;
    int64_t discord_id, guild_id;
    enum tenant_status status;
    enum plan plan;
    int64_t revision, applied_revision;
    enum token_state token;
    int64_t created_at, updated_at;
    struct bot_status bot;
};

/* Calls EACH in order. *TOTAL is the number of matches (-1 when counting would need a long scan); NEXT is the
 * id for --after of the next page, "" at the end. */
int tenants_list(struct store *s, const struct tenant_query *q,
                 void (*each)(void *, const struct tenant_line *), void *context, int64_t *total,
                 char next[TENANT_ID_TEXT], struct error *e);

/* Totals for a dashboard, by index of the enum; one query each, answered from indexes. */
struct tenant_totals {
    int64_t all, by_status[STATUS_COUNT], by_plan[PLAN_COUNT], by_bot[6];
};
int tenants_totals(struct store *s, struct tenant_totals *out, struct error *e);

/* What needs a person, at most LIMIT: refused tokens, bots that gave up, pushes that failed for good. LEVEL
 * is "error" or "warning", WHAT a few words. Answered from indexes. */
int tenants_needing_care(struct store *s, int limit,
                         void (*each)(void *, const char *id, const char *level, const char *what),
                         void *context, struct error *e);
/* Tenants whose running bot was not granted some of INTENTS, which FEATURE needs and is on: MISSING of them.
 */
int tenants_lacking_intents(struct store *s, enum feature feature, unsigned intents, int limit,
                            void (*each)(void *, const char *id, enum feature feature, unsigned missing),
                            void *context, struct error *e);

/* Tenants that should be served and have no token, at most LIMIT. */
int tenants_without_token(struct store *s, int limit, void (*each)(void *, const char *id), void *context,
                          struct error *e);
/* How many tenants' bots should be connected, SERVED (NULL: nobody) left out. */
int tenants_unserved(struct store *s, const char *served, int64_t *n, struct error *e);

/* The middle latency of the running bots (-1: none has told one), and how many tenants have something on its
 * way to Discord or a bot that has not applied their newest revision. */
int tenants_overview(struct store *s, int64_t *latency_ms, int64_t *waiting, struct error *e);

/* What the daemon polls: ids of tenants named by audit rows above *SEQUENCE (which is raised), and
 * those that an import made; deleted ones too, refusals not. A negative *SEQUENCE becomes the newest row's
 * number and nobody is named. */
int tenants_changed(struct store *s, int64_t *sequence, void (*each)(void *, const char *id), void *context,
                    struct error *e);
/* Every tenant whose bot should be connected: not deleted, token set, wanted, active or maintenance. */
int tenants_wanted(struct store *s, void (*each)(void *, const char *id), void *context, struct error *e);

#endif
