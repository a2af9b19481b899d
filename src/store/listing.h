/* Pages of a tenant's rows that are listed newest (or largest) first, by one or two numbers. */
#ifndef STORE_LISTING_H
#define STORE_LISTING_H

#include "internal.h"
#include "tt/store/customers.h"
#include "tt/store/scope.h"

#define LISTING_COUNT 20000 /* more rows than this are counted only when asked for */

struct listing {
    const struct tenant_scope *scope; /* ?1: its tenant */
    int64_t number, since;            /* ?2, ?4 */
    const char *text;                 /* ?3 */
    const char *word;                 /* ?8 */
    const char *columns;
    const char *from; /* "FROM ... WHERE tenant_id = ?1 AND ..." */
    /* The number of its rows from sums that are kept, so that it is always told; NULL: they are counted. */
    const char *number_of_rows;
    /* The order: columns of the list above, both descending. FIRST NULL: by SECOND alone, which is unique. */
    const char *first, *second;
    /* Take one row and write the id by which people page. */
    int (*row)(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e);
    void *context;
};

struct listing_key {
    int64_t first, second;
};

/* The row that PAGE starts from, as text; NULL: none. The caller finds its key. */
const char *listing_anchor(const struct paging *page);
/* The number that an id of a row is, or ERROR_MALFORMED naming FIELD. */
int listing_number(const char *field, const char *text, int64_t *number, struct error *e);

/* ANCHOR: of listing_anchor(). *TOTAL (may be NULL) is -1 above LISTING_COUNT unless the page asks for the
 * number or it is kept; NEXT (may be NULL) is "" at the end. */
int listing_page(const struct listing *l, const struct paging *page, const struct listing_key *anchor,
                 int64_t *total, char next[LIST_NEXT_TEXT], struct error *e);

#endif
