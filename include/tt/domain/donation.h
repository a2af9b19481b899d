/* What the channel of donations says: a line `GrowID: NAME` and a line `Deposit: AMOUNT` (or `Jumlah:`), as a
 * message's text or in an embed. Who may say it is not decided here. */
#ifndef TT_DOMAIN_DONATION_H
#define TT_DOMAIN_DONATION_H

#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/domain/customer.h"
#include "tt/domain/money.h"

struct donation {
    char growid[GROWID_TEXT]; /* "" until it has been understood: a refused one may still name its GrowID */
    int64_t amount;           /* WL; above 0 */
};

/* Append the lines of a message object as Discord delivers it: its content, then of each embed the title, the
 * description and each field as "name: value". */
void donation_text(const struct json *message, struct str *out);

/* ERROR_NO_SUCH: neither line is there, so it is about something else. ERROR_MALFORMED: one is missing, is
 * there twice, or is not understood; the message says which and fits a deposit's reason. Names of lines in
 * any capitals; Discord's markup (bold, code) around names and values is dropped. OUT is filled as far as it
 * was understood. */
int donation_parse(const char *text, const struct money_units *units, struct donation *out, struct error *e);

#endif
