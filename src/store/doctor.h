/* What the files of `doctor` share. Its checks cross tenants, since the whole file is looked at. */
#ifndef TT_STORE_DOCTOR_PRIVATE_H
#define TT_STORE_DOCTOR_PRIVATE_H

#include "internal.h"

#define DOCTOR_NAMED 5 /* rows that a failed check names */

struct doctor {
    struct store *store;
    int64_t now;
    struct json *checks;
    bool ok;
};

void doctor_report(struct doctor *d, const char *name, bool ok, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void doctor_failed(struct doctor *d, const char *name, const struct error *e); /* it could not be looked */

/* A check that is one statement: the rows that it finds are wrong. */
struct row_check {
    const char *name, *sql; /* ?1: now; the first column names the row */
    const char *good, *bad; /* BAD follows the number of rows */
};

void doctor_rows(struct doctor *d, const struct row_check *check);

extern const struct row_check shop_checks[]; /* doctor_shop.c; ended by a NULL name */
void doctor_stock(struct doctor *d);         /* doctor_stock.c */

#endif
