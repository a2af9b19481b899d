/* Purchases, refunds and the list of both. One purchase is one transaction of the caller's: items claimed,
 * money moved, row written, sales counted, deliveries queued; all of it or nothing. */
#ifndef TT_STORE_PURCHASE_H
#define TT_STORE_PURCHASE_H

#include "tt/domain/catalog.h"
#include "tt/domain/money.h"
#include "tt/domain/receipt.h"
#include "tt/store/customers.h"
#include "tt/store/scope.h"
#include "tt/store/tenants.h"

/* What of a tenant's configuration a sale depends on. Borrows from the tenant. */
struct sale_terms {
    struct money_units units;
    const char *zone;                        /* IANA name: whose hours and days count */
    int64_t purchase_log, history_buy, logs; /* channels; 0: none */
};
void sale_terms_of(const struct tenant *t, struct sale_terms *out);

/* Why a purchase was refused, so that a bot can say it in the buyer's language. */
enum purchase_refusal {
    PURCHASE_OK,
    PURCHASE_NOT_REGISTERED,
    PURCHASE_NO_PRODUCT,
    PURCHASE_INACTIVE,
    PURCHASE_QUANTITY, /* below 1, or above STOCK_TAKE_MAX */
    PURCHASE_STOCK,    /* `available` says how many there are */
    PURCHASE_MONEY     /* `total` and `balance` say it */
};

struct purchase {
    /* in */
    int64_t user_id;
    const char *code; /* as typed; normalised here */
    int64_t quantity;
    int64_t asked_in; /* the channel where he bought: kept with the goods; 0 none */
    /* out */
    enum purchase_refusal refusal;
    int64_t tx;
    char id[RECEIPT_TEXT];
    int64_t product;
    int64_t price, total; /* of one; of all */
    int64_t balance;      /* afterwards; when refused: as it is */
    int64_t available;    /* items left; when refused: as it is */
    bool low;             /* this sale took the stock below its threshold: `logs` is told */
    int64_t goods;        /* the delivery that was queued for the buyer */
};

/* ERROR_REFUSED (product unknown: ERROR_NO_SUCH; code or quantity malformed: ERROR_MALFORMED) sets `refusal`
 * and has changed nothing; any other error must end in a rollback. Queues `goods`; `purchase_log` and
 * `history_buy` where TERMS have those channels; `low_stock` for `logs`. */
int purchase_make(const struct tenant_scope *c, const struct sale_terms *terms, struct purchase *p,
                  int64_t now, struct error *e);

/* --- transactions --- */

enum transaction_type { TRANSACTION_PURCHASE, TRANSACTION_REFUND, TRANSACTION_TYPE_COUNT };
enum transaction_status {
    TRANSACTION_COMPLETED,
    TRANSACTION_REFUNDED,
    TRANSACTION_PENDING, /* this and the following: only of imported ones */
    TRANSACTION_FAILED,
    TRANSACTION_CANCELLED,
    TRANSACTION_STATUS_COUNT
};
enum transaction_delivery {
    TRANSACTION_UNDELIVERED, /* "none": nothing is to be delivered */
    TRANSACTION_ON_ITS_WAY,  /* "pending" */
    TRANSACTION_SENT,
    TRANSACTION_CLOSED, /* the buyer's DMs are closed */
    TRANSACTION_LOST,   /* "failed" */
    TRANSACTION_DELIVERY_COUNT
};
extern const char *const transaction_type_words[TRANSACTION_TYPE_COUNT + 1];
extern const char *const transaction_status_words[TRANSACTION_STATUS_COUNT + 1];
extern const char *const transaction_delivery_words[TRANSACTION_DELIVERY_COUNT + 1];

#define TRANSACTION_ID_TEXT 65
#define TRANSACTION_CODE_TEXT 33

struct transaction {
    int64_t tx;
    char id[RECEIPT_TEXT]; /* what people call it */
    enum transaction_type type;
    int64_t user_id, product;
    char code[TRANSACTION_CODE_TEXT]; /* of the product, as it was */
    int64_t quantity, total;
    enum transaction_status status;
    enum transaction_delivery delivery;
    int64_t copies;                       /* deliveries made after the first one (redeliver) */
    int64_t refunds;                      /* of a refund: the purchase's number; else 0 */
    char refunds_id[RECEIPT_TEXT];        /* and its id; "" none */
    char foreign_id[TRANSACTION_ID_TEXT]; /* of the system that it was imported from; "" none */
    int64_t created_at;
};

/* ID is a transaction id as people write it, or a foreign one. ERROR_NO_SUCH (also for another tenant's);
 * ERROR_MALFORMED when it has the form of an id but does not check: it was mistyped. */
int transactions_find(const struct tenant_scope *c, const char *id, struct transaction *out, struct error *e);
int transactions_load(const struct tenant_scope *c, int64_t tx, struct transaction *out, struct error *e);

/* Money back, goods stay sold: new entries, a transaction of type refund, the purchase is `refunded`; sales
 * count it against the day on which it happens (of an imported one not: they never counted it). Goods that
 * have not been sent are not sent any more. OUT (may be NULL) is the refund. ERROR_REFUSED: it is a
 * refund, was refunded already, never completed, or its goods are being sent at this moment; ERROR_NO_SUCH.
 * Nothing is changed then. */
int purchase_refund(const struct tenant_scope *c, const struct sale_terms *terms, int64_t tx, int64_t now,
                    struct transaction *out, struct error *e);

struct transaction_query {
    int64_t user;         /* 0: any */
    const char *code;     /* of the product as it was then; NULL: any */
    int64_t since;        /* ms; 0: any */
    const char *delivery; /* one of transaction_delivery_words; NULL: any */
    struct paging page;   /* ids are transaction ids */
};
/* Newest first. *TOTAL is -1 where counting would take long and the page does not ask for it. */
int transactions_list(const struct tenant_scope *c, const struct transaction_query *q,
                      void (*each)(void *, const struct transaction *), void *context, int64_t *total,
                      char next[LIST_NEXT_TEXT], struct error *e);

/* The receipt of a number, for what knows only that; "" when there is no key. */
char *transactions_id(struct store *s, int64_t tx, char out[RECEIPT_TEXT]);

#endif
