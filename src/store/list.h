/* The statements of the tenants' listing. */
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include "tenants.h"

/* A filter is rare or common; that decides which index leads, for a page must not walk all tenants to find a
 * few. A unary plus keeps SQLite from the filter's own index. */
struct list_plan {
    bool rare_status, rare_plan, rare_feature;
    char *found; /* ids that a search found, a JSON array; NULL: no search, or it found many */
    char *first; /* of those many the first ones by id */
};
/* A search is carried out here, once, however many pages are read then. Release it also after a failure. */
int list_plan_of(struct store *s, const struct tenant_query *q, struct list_plan *how, struct error *e);
void list_plan_release(struct list_plan *how);

enum list_side { SIDE_ALL, SIDE_BEYOND, SIDE_FROM };

/* A walk over the listing in its order, or against it (REVERSED), from the anchor on. */
struct list_walk {
    const struct tenant_query *query;
    const struct list_plan *how;
    const char *anchor;
    enum list_side side; /* all; beyond the anchor; from the anchor on */
    bool reversed;
    int64_t limit; /* -1: all */
};
int list_open(struct query *out, struct store *s, const struct list_walk *w, struct error *e);

/* Tenants of a status and plan (-1: any), without a scan. */
int list_count_known(struct store *s, int status, int plan, int64_t *n, struct error *e);
/* All matches, by a scan. */
int list_count(struct store *s, const struct tenant_query *q, const struct list_plan *how, int64_t *total,
               struct error *e);

#endif
