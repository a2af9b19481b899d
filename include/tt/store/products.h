/* The products of one tenant. A product is found by its code; codes are normalised (product_code_normalise)
 * and values are checked (domain/catalog.h) before they come here. A product that is not there, or removed,
 * is ERROR_NO_SUCH ("no product 'X'", field "code").
 *
 * A product has a number that never changes and is never used again; what refers to it (items, transactions,
 * sales) uses that. A removed product keeps its row, its items and its name, and its code is free; undo
 * brings it back with them. */
#ifndef TT_STORE_PRODUCTS_H
#define TT_STORE_PRODUCTS_H

#include "tt/domain/catalog.h"
#include "tt/store/scope.h"
#include "tt/store/tenants.h" /* struct paging */

/* A plain value. Characters of names take up to 4 bytes. */
struct product {
    int64_t product; /* its number, from 1 */
    char code[PRODUCT_CODE_TEXT];
    char name[PRODUCT_NAME_MAX * 4 + 1];
    int64_t price; /* WL */
    char description[PRODUCT_DESCRIPTION_MAX * 4 + 1];
    char category[PRODUCT_CATEGORY_MAX * 4 + 1];
    bool active;
    int64_t threshold;                          /* a notice when only so many are left; 0: none */
    int64_t available, reserved, sold;          /* items */
    int64_t created_at, updated_at, removed_at; /* ms; removed_at 0: there */
};

/* Insert P (code, name, price, description, category, active, threshold); *NUMBER (may be NULL) is its
 * number. ERROR_TAKEN when the code is. */
int products_add(const struct tenant_scope *c, const struct product *p, int64_t now, int64_t *number,
                 struct error *e);
int products_load(const struct tenant_scope *c, const char *code, struct product *p, struct error *e);
/* By number; removed ones too. */
int products_load_number(const struct tenant_scope *c, int64_t product, struct product *p, struct error *e);

/* Setters change only rows that differ; *CHANGED (may be NULL) says whether anything did. VALUE is text as
 * stored: a price is digits. A new code that is taken is ERROR_TAKEN. */
int products_set(const struct tenant_scope *c, const char *code, enum product_field field, const char *value,
                 int64_t now, bool *changed, struct error *e);
int products_set_active(const struct tenant_scope *c, const char *code, bool active, int64_t now,
                        bool *changed, struct error *e);
int products_set_threshold(const struct tenant_scope *c, const char *code, int64_t threshold, int64_t now,
                           bool *changed, struct error *e);
int products_remove(const struct tenant_scope *c, const char *code, int64_t now, struct error *e);
/* How many available and reserved items belong to removed products, where nobody sees them, and which of
 * those was removed last ("" none). */
int products_stranded(const struct tenant_scope *c, int64_t *items, char code[PRODUCT_CODE_TEXT],
                      struct error *e);

struct product_query {
    bool active;        /* only active ones */
    const char *search; /* part of code, name or category; NULL: all */
    struct paging page; /* ids are codes; ordered by code. Zero: all */
};
/* One query, counts with it. EACH gets a value that lives until it returns, after the read has ended. *TOTAL
 * (may be NULL) is the number of matches; NEXT (may be NULL) the code for --after of the next page, "" at the
 * end. */
int products_list(const struct tenant_scope *c, const struct product_query *q,
                  void (*each)(void *, const struct product *), void *context, int64_t *total,
                  char next[PRODUCT_CODE_TEXT], struct error *e);
/* ERROR_NO_SUCH for CODE, with the code that may have been meant. Returns -1. */
int products_missing(const struct tenant_scope *c, const char *code, struct error *e);
/* Codes that begin with PREFIX, at most LIMIT: for completion. */
int products_with_prefix(const struct tenant_scope *c, const char *prefix, int limit,
                         void (*each)(void *, const char *code), void *context, struct error *e);

#endif
