/* Questions with two buttons that wait for an answer: a line that runs when whoever typed it says yes. */
#ifndef BOT_CONFIRMATION_H
#define BOT_CONFIRMATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/domain/tenant.h"

struct confirmation {
    struct confirmation *next;
    char id[33], tenant[TENANT_ID_TEXT];
    int64_t user_id, expires; /* monotonic ms */
    bool secret;
    char **argv;
    size_t argc;
};

struct confirmations {
    struct confirmation *first; /* newest first */
    size_t count;
};

struct confirmation *confirmation_new(void); /* with an id of its own and some minutes to live */
void confirmation_free(struct confirmation *q);
void confirmations_keep(struct confirmations *all, struct confirmation *q); /* the oldest of too many goes */
struct confirmation *confirmations_take(struct confirmations *all,
                                        const char *id); /* out of ALL; NULL: no such */
void confirmations_release(struct confirmations *all);

#endif
