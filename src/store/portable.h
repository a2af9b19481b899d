/* What both directions of a tenant's travel share: the tables of the file and their columns. */
#ifndef STORE_PORTABLE_H
#define STORE_PORTABLE_H

#include "internal.h"
#include "stock.h"
#include "tt/domain/receipt.h"
#include "tt/store/portable.h"
#include "tt/store/scope.h"

#define PORTABLE_VERSION 1
#define PORTABLE_COLUMNS_MAX 14
#define PORTABLE_LINE_MAX (256 << 10)          /* bytes; the longest row has about a quarter */
#define PORTABLE_NUMBER_MAX (INT64_C(1) << 40) /* of products, imports, items: whoever counts on has room */
#define PORTABLE_CONTEXT_TEXT (TENANT_ID_TEXT + 40)

/* How the contents of items stand in the file. */
enum portable_contents { CONTENTS_NONE, CONTENTS_SEALED, CONTENTS_CLEAR, CONTENTS_COUNT };
extern const char *const portable_contents_words[CONTENTS_COUNT + 1];

enum portable_kind {
    PORTABLE_TEXT,
    PORTABLE_INT,    /* 0 or more */
    PORTABLE_SIGNED, /* any whole number */
    PORTABLE_BOOL,
    PORTABLE_TIME, /* RFC 3339 */
    PORTABLE_ID    /* of Discord: digits in a string */
};

struct portable_value {
    int64_t number;
    const char *text; /* of PORTABLE_TEXT: never NULL, N bytes */
    size_t n;
};

struct portable_column {
    const char *name; /* ended by NULL */
    enum portable_kind kind;
    bool optional; /* 0 and "" are null in the file */
    /* Only where contents (of the token: anything sealed) stand like this in the file; null is left out. */
    enum portable_contents only;
    int64_t most;                                    /* of a number; 0: 2^53 */
    int (*check)(const char *text, struct error *e); /* NULL: the database's own checks do */
};

struct portable_out;
struct portable_in;

struct portable_table {
    const char *name; /* ended by NULL */
    struct portable_column columns[PORTABLE_COLUMNS_MAX];
    const char *select; /* ?1 the tenant; columns in their order, perhaps more behind them for GIVE */
    /* Alters the values of a row on its way out: 0; 1 leaves the row out; -1. NULL: as they are. */
    int (*give)(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e);
    const char *insert; /* ?1 the tenant, ?2 ... the columns; NULL: TAKE does it */
    int (*take)(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e);
    bool lenient; /* a row that cannot be taken is told and left out; else it ends the import */
};
extern const struct portable_table portable_tables[];

/* The columns of those tables that both directions name. */
enum token_column { TOKEN_APPLICATION, TOKEN_SEALED };
enum item_column {
    ITEM_ITEM,
    ITEM_PRODUCT,
    ITEM_BATCH,
    ITEM_STATE,
    ITEM_TX,
    ITEM_ADDED,
    ITEM_SEALED,
    ITEM_LINE
};
enum movement_column {
    MOVEMENT_NUMBER, /* on the way out at first its entry */
    MOVEMENT_USER,
    MOVEMENT_AMOUNT,
    MOVEMENT_ACCOUNT,
    MOVEMENT_KIND,
    MOVEMENT_REFERENCE,
    MOVEMENT_NOTE,
    MOVEMENT_TIME
};

#define PORTABLE_TOKEN_CONTEXT "export/%s/token"
#define PORTABLE_ITEM_CONTEXT "export/%s/stock/%lld"
#define PORTABLE_CHECK_CONTEXT "export/check"
#define PORTABLE_CHECK "tenanttui" /* sealed in the header: whether the passphrase is right */

/* The keys of one file, from its passphrase. */
struct portable_keys {
    struct key seal, digest;
};
int portable_keys_of(const char *passphrase, size_t n, const struct passphrase_cost *cost,
                     struct portable_keys *out, struct error *e);

/* --- on the way out: portable_give.c --- */

/* A movement that another takes back, and which of the tenant's movements in the file it is. */
struct portable_mark {
    int64_t entry, place;
};

struct portable_out {
    struct store *store;
    const struct export_options *options;
    char (*tenants)[TENANT_ID_TEXT];
    size_t tenant_count, tenant_room;
    struct tenant_scope scope;
    enum portable_contents contents;
    bool sealed;
    struct portable_keys keys;
    struct str text, sealed_text; /* of the values of one row: the first may be a secret */
    char ids[2][RECEIPT_TEXT], reference[24];
    int64_t movements;
    struct portable_mark *marks;
    size_t mark_count;
    /* export.c: bytes that wait, and what the digest is over */
    struct str bytes;
    struct crypto_digest *digest;
    int64_t rows;
};
int give_token(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e);
int give_transaction(struct portable_out *x, const struct query *q, struct portable_value *v,
                     struct error *e);
int give_refund(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e);
int give_item(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e);
int give_movement(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e);
/* Before the movements of a tenant. */
int portable_mark_movements(struct portable_out *x, struct error *e);

/* --- on the way in: portable_read.c, portable_take.c, portable_take_shop.c --- */

/* An item whose line is not claimed yet. */
struct portable_line {
    unsigned char hash[LINE_HASH];
    int64_t item;
};

struct portable_in {
    struct store *store;
    const struct import_options *options;
    const struct feature_list *features;
    int64_t now;
    enum portable_contents contents;
    const struct portable_keys *keys; /* NULL: nothing is sealed */
    struct stock_keys stock_keys;     /* of this database */
    struct tenant_scope scope;
    char source[TENANT_ID_TEXT]; /* the tenant's id in the file */
    bool made, token;            /* the tenant is here; its token is */
    int64_t numbers[3];          /* the last ones given: enum shop_number */
    int64_t product, batch;      /* of the item before, which are there */
    int64_t first_entry, movements;
    struct portable_line *lines;
    size_t line_count;
    struct str text, content, notes;
};
int take_tenant(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e);
int take_feature(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e);
int take_permission(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                    struct error *e);
int take_channel(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e);
int take_config(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e);
int take_setting(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e);
int take_token(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
               struct error *e);
int take_payment(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e);
int take_numbers(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                 struct error *e);
int take_purchase(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                  struct error *e);
int take_refund(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                struct error *e);
int take_former_id(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                   struct error *e);
int take_item(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e);
int take_movement(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                  struct error *e);
int take_hour(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e);
int take_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate, struct error *e);
int take_product_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                     struct error *e);
int take_customer_day(struct portable_in *p, const struct portable_value *v, enum import_fate *fate,
                      struct error *e);
/* The index of a word of a row, or an error naming FIELD. */
int portable_word(const char *const *words, const struct portable_value *v, const char *field,
                  struct error *e);
/* What V holds under CONTEXT, in P's text. */
int portable_unseal(struct portable_in *p, const struct portable_value *v, const char *context,
                    struct error *e);
/* The number here of the transaction that the file calls ID. */
int portable_transaction(const struct portable_in *p, const char *id, int64_t *tx, struct error *e);
/* After the last row of a tenant: counts, numbers, lines. */
int portable_settle(struct portable_in *p, struct error *e);

#endif
