/* What the words of a parsed line mean: each argument is checked by its type and normalised. */
#ifndef TT_COMMAND_RESOLVE_H
#define TT_COMMAND_RESOLVE_H

#include "parse.h"

/* Everything but the tenant: needs no database. NOW is for times such as `2h`. */
int resolve_values(struct parsed *p, const struct feature_list *features, int64_t now, struct error *e);
void resolve_paging(const struct parsed *p, struct paging *out);

struct resolve_tenant {
    struct store *store;
    const struct actor *actor;
    bool prompt;  /* a unique prefix serves */
    bool deleted; /* a deleted one serves too */
};
/* Load the tenant that WORD names. T is initialised in every case. */
int resolve_tenant(const struct resolve_tenant *how, const char *word, struct tenant *t, struct error *e);
/* Users who are named by a GrowID of T become ids: ERROR_NO_SUCH where no customer has it. For who may know
 * of T's customers only. */
int resolve_users(struct parsed *p, struct store *store, const struct tenant *t, struct error *e);
/* The position of the spec's ARG_TENANT; -1 none. */
int spec_tenant_arg(const struct command_spec *spec);

/* The words of a type with a fixed vocabulary, NULL for others; *KIND is what errors call it. */
const char *const *arg_type_words(enum arg_type type, const char *const *own, const char **kind);

#endif
