/* What a running command sees: its parsed arguments, the session's store and ports, and the places where it
 * puts its results. Private to the command layer: core (run.c) fills it, one file a command reads it.
 *
 * The gate around `run` (run.c), for a command that writes: parse -> load the tenant -> right -> confirmation
 * -> transaction -> journal -> run -> [revision, epoch, outbox as marked] -> audit row -> commit. `run` never
 * begins or commits, never writes the audit, never raises the revision and never asks by itself: it marks and
 * returns. */
#ifndef TT_COMMAND_CONTEXT_H
#define TT_COMMAND_CONTEXT_H

#include "tt/command/command.h"
#include "tt/store/audit.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

struct parsed;

struct command_context {
    struct command_session *session;
    const struct command_spec *spec;
    struct store *store;
    const struct ports *ports; /* never NULL; its members may be */
    const struct actor *actor;
    const struct feature_list *features;
    const struct command_options *options;
    const char *database_path, *key_path;
    const char *language; /* for new tenants; NULL: the usual one */
    int64_t now;
    struct writer *w;
    struct outcome *out;

    struct tenant tenant; /* loaded when the spec has an ARG_TENANT that is given; has_tenant says so */
    bool has_tenant;
    bool writes; /* this call writes */

    struct paging paging; /* of PAGING options */

    const struct parsed *parsed; /* behind arg_* and option_* */

    void *prepared; /* what `prepare` left for `run`; NULL none */
    /* --dry-run: {"database":[...],"discord":[...]} of what can only be told, since Discord would be asked
     * first, or more would be written than a transaction holds; stands in front of the plan. "undoes" beside
     * them: what it takes back or does again. The gate frees it; NULL none. */
    struct json *foretold;
    /* --dry-run: the control channel is one that will be there when this is pushed. */
    bool control_foretold;
    /* What it sets is Discord's own answer, which need not be looked for there. */
    bool place_known;

    /* --- marks of a command that writes --- */
    bool changed;       /* something is different now; false: "nothing to change", no audit row */
    bool unpushed;      /* there is nothing to push, whatever changed, unless the next two say so */
    bool configuration; /* the tenant's configuration changed: raise its revision, queue pushes */
    bool new_session;   /* the bot must connect anew or close: raise the epoch */
    enum acknowledge acknowledge;
    bool audit_anyway; /* an act without a row of its own (bot restart, sync): audit it although unchanged */
    const char *audit_tenant; /* NULL: the tenant above */
    /* Changes in tables that the journal does not keep, as it tells them; the gate frees it. NULL none. */
    struct json *own_changes;
    char *notice;   /* said once the change is committed; NULL none */
    int64_t undoes; /* undo, redo: the original write's number; its row names this one as undone_by (undo) or
                       nobody (redo), and this row names it as `undoes`. 0: neither */
    bool redo;
};

/* The argument of that name; NULL when left out. Names that the spec does not have are a bug (abort). */
const char *arg_text(const struct command_context *c, const char *name);
bool arg_given(const struct command_context *c, const char *name);
int arg_index(const struct command_context *c,
              const char *name); /* of an ARG_WORD/FEATURE/...: index of its word; -1 absent */
int64_t arg_number(const struct command_context *c, const char *name,
                   int64_t otherwise);                            /* ARG_ID, ARG_NUMBER, ARG_TIME */
bool arg_bool(const struct command_context *c, const char *name); /* ARG_BOOL */
/* An own option: NULL when not given; a flag gives "". Number: ARG_NUMBER, ARG_TIME, ARG_ID. */
const char *option_text(const struct command_context *c, const char *name);
bool option_given(const struct command_context *c, const char *name);
int64_t option_number(const struct command_context *c, const char *name, int64_t otherwise);

/* The line for people after a write: "shop enabled for tenant01". */
void command_done(struct command_context *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A member of the write document that this command made; its spec's `makes` names it. VALUE is owned
 * afterwards. */
void command_extra(struct command_context *c, const char *key, struct json *value);
/* Confirmation of something destructive whose text depends on what it will do (plan): --yes passes; otherwise
 * the port asks. Specs with COMMAND_DESTRUCTIVE are asked for by the gate. To be called from `prepare` only:
 * nothing may wait for a person inside the transaction. */
int command_confirm(struct command_context *c, const char *question, const char *expected, struct error *e);

/* What LINE (a command line as the audit keeps it) would ask for if it were typed now about T (NULL: no
 * tenant): its spec and its right with right_of applied. No effects. For undo and redo. */
int command_line_right(const struct command_context *c, const char *line, const struct tenant *t,
                       const struct command_spec **spec, struct right *right, struct error *e);

/* From `run` of sync: push T too (FRESH: asking Discord again). Queue its rows, of KINDS, yourself. The
 * tenant of the command is the outcome; where it has none the first one added is, and the others stand in
 * c->out->more. */
void command_push_add(struct command_context *c, const struct tenant *t, unsigned kinds, bool fresh);

/* For commands that pass no transaction of the gate: one audit row in S (restore, migrate, an export with
 * secrets), in a transaction of its own. Sets c->out->audit. CHANGES may be NULL. */
int command_audit_own(struct command_context *c, struct store *s, const struct json *changes,
                      struct error *e);

/* Rows for listings. */
#define CELL_OF_TEXT(s) ((struct cell){.type = (s) ? CELL_TEXT : CELL_NULL, .text = (s)})
#define CELL_OF_INT(n) ((struct cell){.type = CELL_INT, .number = (n)})
#define CELL_OF_BOOL(b) ((struct cell){.type = CELL_BOOL, .number = (b)})
#define CELL_OF_TIME(ms) ((struct cell){.type = (ms) ? CELL_TIME : CELL_NULL, .number = (ms)})
#define CELL_OF_ID(n) ((struct cell){.type = (n) ? CELL_ID : CELL_NULL, .number = (n)})
#define CELL_OF_JSON(j) ((struct cell){.type = (j) ? CELL_JSON : CELL_NULL, .json = (j)})
#define CELL_OF_NULL ((struct cell){.type = CELL_NULL})

/* {"state","instance","latency_ms","restarts","error","needs"} of `show`; the caller owns it. */
struct json *bot_status_json(const struct bot_status *b);

#endif
