/* One command line on its way through the gate. */
#ifndef TT_COMMAND_GATE_H
#define TT_COMMAND_GATE_H

#include "parse.h"
#include "session.h"

struct gate {
    struct command_session *session;
    struct command_context c;
    struct parsed parsed;
    struct right right;
    struct tenant before; /* as loaded in the transaction, before run */
    bool has_before;
    struct tenant after;
    bool has_after;
    int64_t audit, epoch;
    struct json *changes;
    struct str line;
};

void gate_init(struct gate *g, struct command_session *session, struct writer *w, struct outcome *out);
void gate_release(struct gate *g);
void gate_release_prepared(struct gate *g);

/* enter.c: parse, values, tenant, right, read-only, terminal's own. Nothing has an effect. */
int gate_enter(struct gate *g, const char *const *argv, size_t argc, const struct command_options *options,
               struct error *e);
int gate_check_right(const struct gate *g, struct error *e);

/* foretell.c: the document of --dry-run, of a line that has run. */
struct json *gate_plan(const struct gate *g);

/* fields.c */
int gate_check_fields(const struct gate *g, struct error *e);

/* transact.c: the transaction with run, revision, outbox and audit in it, or its plan. */
int gate_transact(struct gate *g, struct error *e);
void gate_audit_refusal(struct gate *g);
/* Several lines in one transaction: one revision and one push for each tenant. */
bool gate_is_atomic(const struct gate *g);
bool gate_acted(const struct gate *g);           /* something changed, or is to be told all the same */
const char *gate_acted_on(const struct gate *g); /* the tenant's id; NULL none */

#endif
