/* The audit: one row for each command that wrote, each refusal for want of a right, and what they changed. */
#ifndef TT_STORE_AUDIT_H
#define TT_STORE_AUDIT_H

#include "tt/domain/role.h"
#include "tt/store/tenants.h"

struct audit_entry {
    int64_t audit; /* its number; 0 before it is written */
    int64_t time;
    const char *tenant; /* NULL: none */
    const char *who, *face;
    const char *command;        /* the line as it can be repeated, secrets left out */
    const struct json *changes; /* of the journal; NULL: none */
    bool refused;               /* nothing changed: a right was missing */
    bool undoable;
    int64_t undone_by, undoes; /* 0: none */
};

int audit_add(struct store *s, const struct audit_entry *entry, int64_t *audit, struct error *e);
/* Load one; strings and changes are owned by *OWNER, which the caller frees with json_free. */
int audit_load(struct store *s, int64_t audit, struct audit_entry *entry, struct json **owner,
               struct error *e);
/* undo U of N: marks N as undone by U (0 clears when redone). */
int audit_mark_undone(struct store *s, int64_t audit, int64_t undone_by, struct error *e);
/* WHO's newest write that is neither undo nor redo nor undone (REDO false), or newest undo still standing
 * (REDO true: *AUDIT is the original write's number). ERROR_NO_SUCH when there is none. */
int audit_newest(struct store *s, const char *who, bool redo, int64_t *audit, struct error *e);
/* WHO's newest write that undo would take; 0 none. */
int audit_undoable(struct store *s, const char *who, int64_t *audit, struct error *e);

struct audit_query {
    const char *tenant, *who, *command; /* NULL: any; command: its first word(s) */
    int64_t since;                      /* ms; 0: any */
    struct paging page;                 /* ids are audit numbers; newest first */
};
int audit_list(struct store *s, const struct audit_query *q, void (*each)(void *, const struct audit_entry *),
               void *context, int64_t *total, int64_t *next, struct error *e);

/* --- operators on Discord --- */

int operators_set(struct store *s, int64_t discord_id, enum operator_role role, int64_t now, bool *changed,
                  struct error *e); /* ROLE_NONE removes */
int operators_get(struct store *s, int64_t discord_id, enum operator_role *role,
                  struct error *e); /* none: NONE */
int operators_list(struct store *s,
                   void (*each)(void *, int64_t discord_id, enum operator_role, int64_t added_at),
                   void *context, struct error *e);

#endif
