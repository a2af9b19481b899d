/* A session's inside; for the files of the core only. */
#ifndef TT_COMMAND_SESSION_H
#define TT_COMMAND_SESSION_H

#include "context.h"

struct command_session {
    struct session_options options;
    struct actor actor;
    struct ports no_ports;
    bool batch; /* one transaction around several lines */
    /* Refusals seen in a batch: they are written when it has ended, since it may be rolled back. */
    struct refusal {
        int64_t time;
        char tenant[TENANT_ID_TEXT];
        struct actor actor;
        char *line;
    } * refusals;
    size_t refusal_count;
    /* Tenants whose revision rose in an atomic batch, or which it made: its other lines belong to the same
     * revision. Sorted. */
    char (*raised)[TENANT_ID_TEXT];
    size_t raised_count;
};

bool session_raised(const struct command_session *session, const char *tenant);
void session_note_raised(struct command_session *session, const char *tenant);

void session_keep_refusal(struct command_session *session, const struct audit_entry *entry);

int64_t session_now(const struct command_session *session);
const struct ports *session_ports(const struct command_session *session);

/* outcome.c: the gate's last step. BEFORE NULL: the tenant was made. AFTER NULL: no tenant. Decides whether a
 * push follows, and fills request and result. Needs out->changed, out->audit and out->request.acknowledge. */
struct outcome_facts {
    const struct tenant *before, *after;
    int64_t epoch; /* 0: was not raised */
    enum acknowledge acknowledge;
    bool acted; /* changed, or an act to be pushed all the same */
    bool no_push;
    bool unpushed; /* what changed is no configuration */
    int wait_ms;
};
void outcome_decide(struct outcome *out, const struct outcome_facts *facts);

#endif
