/* A delivery of the outbox made ready for sending: a Discord message, perhaps with a file. */
#ifndef BOT_PACKAGE_H
#define BOT_PACKAGE_H

#include "tt/domain/receipt.h"
#include "tt/store/deliveries.h"

struct package {
    struct package *next;
    int64_t delivery, tx, copy, left, user_id, tried_at, attempts;
    int64_t channel_id; /* 0: a DM for user_id */
    int64_t asked_in;   /* of goods: where they were bought; 0 not known */
    enum delivery_kind kind;
    char tenant[TENANT_ID_TEXT];
    bool goods;
    char *text; /* of a notice: its document */

    /* --- after package_fill --- */
    char id[RECEIPT_TEXT]; /* of the transaction; "" none */
    struct json *document;
    struct str mark;    /* stands in this message and in no other; empty: the whole text tells */
    char *file_name;    /* NULL: no file */
    struct str file;    /* holds goods: wiped */
    const char *broken; /* why it can never be sent; NULL: it can */
};

struct package *package_new(const struct delivery *row);
void package_free(struct package *p); /* NULL is fine */
/* On the executor's thread. What is wrong with this one delivery alone is `broken`; -1 is the database's. */
int package_fill(struct package *p, struct store *s, struct error *e);
/* Is this message of the channel's history that package? */
bool package_is(const struct package *p, const struct json *message);

#endif
