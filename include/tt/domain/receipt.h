/* Transaction ids that a person can read out: "7K3-M9Q-PD4". They are the transaction's number (40 bits)
 * under a keyed permutation, so that they need no index and do not tell how much is sold; in Crockford's base
 * 32 (no I, L, O, U); and the last symbol checks the others: one wrong character or two swapped ones are
 * always noticed. */
#ifndef TT_DOMAIN_RECEIPT_H
#define TT_DOMAIN_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/crypto.h"
#include "tt/base/error.h"

#define RECEIPT_TEXT 12 /* 9 symbols, 2 hyphens and NUL */
#define RECEIPT_ROUNDS 6
#define RECEIPT_MAX ((INT64_C(1) << 40) - 1) /* the largest number that has an id */

struct receipt_key {
    struct key rounds[RECEIPT_ROUNDS];
};

/* SUB is the derived SUBKEY_HASH. Wipe OUT with mem_wipe. */
void receipt_key_derive(const struct key *sub, struct receipt_key *out);
/* TX is 1 to RECEIPT_MAX; anything else gives "". */
char *receipt_format(const struct receipt_key *key, int64_t tx, char out[RECEIPT_TEXT]);
/* Case, hyphens and spaces do not matter, O reads as 0, I and L as 1. ERROR_MALFORMED (field "tx") says
 * whether it has not the form of an id or does not check. */
int receipt_parse(const struct receipt_key *key, const char *text, int64_t *tx, struct error *e);
/* Has TEXT the form of an id (it may still not check)? Other systems' ids are told apart by this. */
bool receipt_form(const char *text);
/* The same id as receipt_format() writes it, whatever its capitals, hyphens and look-alikes; false where it
 * has not that form. Needs no key: also for one that another database gave. */
bool receipt_tidy(const char *text, char out[RECEIPT_TEXT]);

#endif
