/* A delivery of the outbox made ready for sending: a Discord message, perhaps with a file. */
#ifndef BOT_PACKAGE_H
#define BOT_PACKAGE_H

#include "tt/domain/receipt.h"
#include "tt/store/deliveries.h"

struct package {
    struct package *next;
    int64_t delivery, tx, copy, left, user_id, tried_at, after_id, attempts;
    int64_t channel_id; /* 0: a DM for user_id */
    int64_t asked_in;   /* of goods: where they were bought; 0 not known */
    enum delivery_kind kind;
    char tenant[TENANT_ID_TEXT];
    char nonce[26];
    bool goods;
    bool masked; /* its goods are not shown */
    char *text;  /* of a notice: its document; of low_stock: the product, where no sale names it */

    /* --- after package_fill --- */
    char id[RECEIPT_TEXT]; /* of the transaction; "" none */
    int64_t dm_channel;    /* of user_id, as it was last opened; 0 not known */
    struct json *document; /* wiped, it may hold goods */
    struct str mark;       /* stands in this message and in no other; empty: the whole text tells */
    char *file_name;       /* NULL: no file */
    struct str file;       /* holds goods: wiped */
    const char *broken;    /* why it can never be sent; NULL: it can */
    char trouble[128];     /* why it could not be read just now; "" nothing */
};

struct package *package_new(const struct delivery *row);
void package_free(struct package *p); /* NULL is fine */
/* On an executor's thread. What is wrong is in the package. */
void package_fill(struct package *p, struct store *s);
/* Is this message, of the same author and not older than its first attempt, that package? Its nonce tells,
 * for as long as Discord keeps one; then what it says. */
bool package_is(const struct package *p, const struct json *message);
/* The channel of a user's direct messages (remote_state): so long as it is remembered nobody opens it anew.
 */
int dm_channel_set(struct store *s, const char *tenant, int64_t user, int64_t channel, struct error *e);

#endif
