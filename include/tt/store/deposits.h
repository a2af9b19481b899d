/* Deposits: each message in a tenant's channel of donations counts once, whatever became of it. */
#ifndef TT_STORE_DEPOSITS_H
#define TT_STORE_DEPOSITS_H

#include "tt/domain/donation.h"
#include "tt/store/customers.h"
#include "tt/store/scope.h"

struct deposit {
    int64_t deposit; /* its number */
    int64_t message_id;
    char growid[GROWID_TEXT]; /* "" not understood */
    int64_t user_id;          /* who was credited; 0 nobody */
    int64_t amount;           /* 0 not understood */
    bool credited;
    char reason[201]; /* of a refusal; "" */
    int64_t created_at;
};

enum deposit_result {
    DEPOSIT_CREDITED,
    DEPOSIT_REFUSED, /* noted with its reason; nobody was credited */
    DEPOSIT_NOBODY,  /* the same, because no customer has its GrowID */
    DEPOSIT_SEEN     /* the message was counted before: nothing was done; OUT is what became of it then */
};

/* Take the message: credit its customer (ledger kind deposit, reference the message), or note why not. REASON
 * not NULL: refused already (author, form); otherwise a GrowID that no customer has, or a balance that grows
 * beyond MONEY_MAX, refuses it here. DONATION as far as it was understood. *BALANCE (may be NULL): the
 * customer's afterwards. Inside the caller's write transaction. */
int deposits_take(const struct tenant_scope *c, int64_t message_id, const struct donation *donation,
                  const char *reason, int64_t now, enum deposit_result *result, struct deposit *out,
                  int64_t *balance, struct error *e);
/* When the NTH newest of those that were refused was noted: ms, 0 there are fewer; -1. */
int64_t deposits_refused_at(const struct tenant_scope *c, int nth, struct error *e);
/* Newest first; REFUSED: only those. Ids of rows are numbers of deposits. *TOTAL as with transactions. */
int deposits_list(const struct tenant_scope *c, bool refused, const struct paging *page,
                  void (*each)(void *, const struct deposit *), void *context, int64_t *total,
                  char next[LIST_NEXT_TEXT], struct error *e);

#endif
