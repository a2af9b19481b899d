/* Messages of the shop that must arrive: rows written in the transaction of their cause, sent under a lease,
 * removed when Discord has taken them.
 *
 * Never twice: a lease is noted before anything is sent (`tried_at`), and a result ends it. Whoever leases a
 * row whose earlier attempt has no result (`tried_at` not 0 in what the lease gives) first looks in the
 * channel whether that attempt arrived. A lease must therefore be committed durably; results need not be. */
#ifndef TT_STORE_DELIVERIES_H
#define TT_STORE_DELIVERIES_H

#include "tt/store/scope.h"
#include "tt/store/tenants.h"

enum delivery_kind {
    DELIVERY_GOODS,        /* the items of `tx`, a DM to `user_id` */
    DELIVERY_PURCHASE_LOG, /* a post about `tx` in `channel_id` */
    DELIVERY_HISTORY_BUY,  /* the same for the channel history_buy */
    DELIVERY_LOW_STOCK,    /* a product's stock fell below its threshold: `left` were left. Of the product of
                              `tx`, or (tx 0) of the code `document` */
    DELIVERY_NOTICE,       /* `document` is the message, for `channel_id`, or as a DM for `user_id` */
    DELIVERY_KIND_COUNT
};
enum delivery_state { DELIVERY_PENDING, DELIVERY_LEASED, DELIVERY_FAILED, DELIVERY_STATE_COUNT };
extern const char *const delivery_kind_words[DELIVERY_KIND_COUNT + 1];
extern const char *const delivery_state_words[DELIVERY_STATE_COUNT + 1];

struct delivery {
    int64_t delivery; /* never used again */
    char tenant[TENANT_ID_TEXT];
    enum delivery_kind kind;
    enum delivery_state state;
    int64_t tx;                  /* 0: none */
    int64_t copy;                /* 0 the first one; a redelivery counts up, and is another message */
    int64_t user_id, channel_id; /* of goods: where they were bought, so that he can be told there; 0 none */
    const char *document;        /* of a notice, or of low_stock; "" */
    int64_t left;                /* of low_stock */
    int64_t attempts;
    char reason[128]; /* of the last failure, "" none */
    int64_t next_at;  /* not before */
    int64_t tried_at; /* when an attempt began whose outcome nobody noted; 0: none */
    int64_t after_id; /* ... and an id below that of any message of it; 0: not known */
};

/* Where deliveries wait, so that one place where Discord is slow holds up no other: a tenant's goods and
 * other direct messages, or its posts for one channel. */
struct delivery_lane {
    char tenant[TENANT_ID_TEXT];
    int64_t channel; /* 0: goods and direct messages */
    int64_t due;     /* the earliest of it: ms */
};
/* Every lane in which something waits. Crosses tenants unless TENANT is given. */
int deliveries_lanes(struct store *s, const char *tenant, void (*each)(void *, const struct delivery_lane *),
                     void *context, struct error *e);
/* Lease what is due in LANE to OWNER until UNTIL, oldest first, at most LIMIT rows (0: all). EACH gets every
 * row as it was before, with its own earlier `tried_at`; it runs after the commit unless a transaction of the
 * caller's is open. AFTER_ID: an id that Discord made before the attempts that begin now; 0: not known. */
int deliveries_lease(struct store *s, const struct delivery_lane *lane, const char *owner, int64_t now,
                     int64_t until, int64_t after_id, int limit,
                     void (*each)(void *, const struct delivery *), void *context, struct error *e);
/* The goods of TX that wait, are on their way or failed: nothing is leased. */
int deliveries_of(const struct tenant_scope *c, int64_t tx, void (*each)(void *, const struct delivery *),
                  void *context, struct error *e);
/* The same for what the tenant has from the number FIRST on: what an open transaction has queued. */
int deliveries_from(const struct tenant_scope *c, int64_t first,
                    void (*each)(void *, const struct delivery *), void *context, struct error *e);
/* When the next lease runs out: ms; INT64_MAX none; -1 error. Crosses tenants unless TENANT is given. */
int64_t deliveries_next_expiry(struct store *s, const char *tenant);
/* Leases that have run out: those rows wait again. Crosses tenants unless TENANT is given. */
int deliveries_expire(struct store *s, const char *tenant, int64_t now, struct error *e);

/* What others have leased is due at once: for the daemon that has just taken the lock, since who held those
 * leases is no more. Crosses tenants. */
int deliveries_take_over(struct store *s, const char *owner, struct error *e);
/* No row is leased or put off for longer. */
#define DELIVERY_LATER_MS (600 * 1000)
/* After the clock was set: what was to come later than that belongs to a time that is no more, so it is due.
 * Crosses tenants. */
int deliveries_clock_set(struct store *s, int64_t now, struct error *e);

/* Results, by the number that the lease gave (crosses tenants). Own short transaction unless one is open.
 * After goods the transaction's `delivery` says how it went. */

/* Discord has the message, so the row goes, whoever holds it by now. */
int deliveries_done(struct store *s, int64_t delivery, struct error *e);
/* The buyer's DMs are closed: the row goes, the transaction says so, `stock redeliver` tries again. */
int deliveries_closed(struct store *s, int64_t delivery, struct error *e);
/* Of what OWNER still holds: this attempt did not arrive (that is known), try again at NEXT_AT. TRIED_AT: of
 * the earlier attempts whose outcome is still not known; 0: none, or none of them arrived. */
int deliveries_retry(struct store *s, int64_t delivery, const char *owner, int64_t tried_at, int64_t next_at,
                     const char *reason, struct error *e);
/* The same where nothing was tried: that counts as no attempt. */
int deliveries_give_back(struct store *s, int64_t delivery, const char *owner, int64_t tried_at,
                         int64_t next_at, const char *reason, struct error *e);
/* It cannot arrive; the row stays for `doctor` to name until it is delivered again. */
int deliveries_fail(struct store *s, int64_t delivery, const char *owner, const char *reason,
                    struct error *e);

/* Send the goods of a purchase again, as another message; what failed before is dropped. Inside the caller's
 * write transaction. ERROR_REFUSED: it is still on its way, was refunded, has nothing to deliver (a refund,
 * an imported one without items). ERROR_NO_SUCH. *DELIVERY may be NULL. */
int deliveries_add_goods(const struct tenant_scope *c, int64_t tx, int64_t now, int64_t *delivery,
                         struct error *e);
/* A finished message (Discord's JSON) for a channel, or, with CHANNEL 0, a DM for USER. Inside the caller's
 * write transaction. */
int deliveries_add_notice(const struct tenant_scope *c, int64_t channel, int64_t user, const char *document,
                          int64_t now, int64_t *delivery, struct error *e);
/* That only LEFT items of the product CODE are left, for a channel. Inside the caller's write transaction. */
int deliveries_add_low_stock(const struct tenant_scope *c, int64_t channel, const char *code, int64_t left,
                             int64_t now, int64_t *delivery, struct error *e);

#endif
