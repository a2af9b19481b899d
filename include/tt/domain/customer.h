/* Who buys: a Discord user with one GrowID. */
#ifndef TT_DOMAIN_CUSTOMER_H
#define TT_DOMAIN_CUSTOMER_H

#include "tt/base/error.h"

#define GROWID_MAX 18
#define GROWID_TEXT (GROWID_MAX + 1)

/* 3 to 18 ASCII letters and digits, or ERROR_MALFORMED naming FIELD. Capitals are kept and do not tell two
 * GrowIDs apart. */
int growid_check(const char *field, const char *text, struct error *e);

#endif
