/* Money: whole World Locks (WL), and the larger denominations in which people say it. Amounts are int64_t
 * from 0 to MONEY_MAX, so that sums of them cannot overflow and a document can carry them exactly. */
#ifndef TT_DOMAIN_MONEY_H
#define TT_DOMAIN_MONEY_H

#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/str.h"
#include "tt/domain/tenant.h"

#define MONEY_MAX INT64_C(9000000000000000) /* below 2^53 */
#define MONEY_DL 100
#define MONEY_BGL 10000

/* What one Diamond Lock and one Blue Gem Lock are worth in WL. */
struct money_units {
    int64_t dl, bgl;
};

extern const struct money_units money_units_default;
/* Of the settings `dl_rate` and `bgl_rate` of the feature shop. */
struct money_units money_units_of(const struct tenant *t);

/* "1 BGL, 2 DL, 3 WL", "1500", "15 DL", "1.500 WL", "1,500 WL", "2 Diamond Lock, 5 World Locks": parts in any
 * order, separated by commas or white space, each unit once, any capitals; a bare number is WL. Dots or
 * commas group digits by three and mean nothing else. ERROR_MALFORMED naming FIELD: fractions, signs,
 * repeated units, more than MONEY_MAX. Zero is an amount: whoever wants more than that says so. */
int money_parse(const char *field, const char *text, const struct money_units *units, int64_t *wl,
                struct error *e);
/* Append "1 BGL, 2 DL, 3 WL": the largest units first, "0 WL" for nothing. money_parse() with the same units
 * reads it back. A negative amount (an entry of the ledger) gets a leading "-", which does not parse. */
void money_format(int64_t wl, const struct money_units *units, struct str *out);

#endif
