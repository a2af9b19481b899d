/* What the files about imports share: the source, its rows, and the tables that are taken. */
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include "internal.h"
#include "tt/store/import.h"
#include "tt/store/scope.h"

#define IMPORT_COLUMNS_MAX 16

struct import_row;

struct import_table {
    const char *name; /* ended by NULL */
    const char *columns[IMPORT_COLUMNS_MAX];
    const char *key;   /* the column that names a row in reports; NULL: none may */
    const char *order; /* NULL: by row number */
    const char *left;  /* why the table is not taken; NULL: TAKE does it */
    /* FATE is IMPORT_TAKEN before. An error that a user could have made refuses the row and takes back what
     * was done for it; any other ends the import. */
    int (*take)(struct import_row *r, enum import_fate *fate, struct error *e);
};

extern const struct import_table import_rental_tables[];
extern const struct import_table import_shop_tables[];

struct import_row {
    struct store *store;
    sqlite3 *source;
    const struct import_table *table;
    sqlite3_stmt *stmt;
    int64_t number;
    const char *tenant; /* of the whole import; NULL: each row names its own */
    int64_t now;
    struct str notes; /* what was left out or altered */
    bool configured;
    bool spelt;                   /* the GrowIDs of the source are gathered */
    bool codes_met;               /* two products of the source have one code here */
    char vouched[TENANT_ID_TEXT]; /* the last tenant that import_vouched said yes to */
};

/* --- import_source.c --- */

/* The source, read-only. The caller closes it. */
int import_open(const char *path, sqlite3 **out, struct error *e);
int import_fail(sqlite3 *source, struct error *e); /* -1 */
bool import_has_table(sqlite3 *source, const char *name);
bool import_has_column(sqlite3 *source, const char *table, const char *column);
/* A statement on the source that gives no rows (its temporary tables may be written); ?1 is TEXT. */
int import_do(sqlite3 *source, const char *sql, const char *text, struct error *e);
/* The rows of a table; columns that it lacks read as NULL. */
int import_select(sqlite3 *source, const struct import_table *t, sqlite3_stmt **out, struct error *e);

/* Values of a row by column. Text without the white space in front; NULL where there is none. Until the next
 * row. */
const char *import_text(const struct import_row *r, const char *column);
/* As it stands, *N bytes; NULL where there is none. */
const char *import_bytes(const struct import_row *r, const char *column, size_t *n);
/* A whole number; OTHERWISE where there is none; ERROR_MALFORMED. */
int import_int(const struct import_row *r, const char *column, int64_t otherwise, int64_t *out,
               struct error *e);
bool import_bool(struct import_row *r, const char *column, bool otherwise);
/* ISO text, UTC where it names no zone; what cannot be read is noted and OTHERWISE. */
int64_t import_time(struct import_row *r, const char *column, int64_t otherwise);
/* The index of a word, whatever its capitals; what is unknown is noted and OTHERWISE; none is OTHERWISE too.
 */
int import_word(struct import_row *r, const char *column, const char *const *words, int otherwise);
int import_id(const struct import_row *r, const char *column, int64_t *id, struct error *e);
/* Text of at most MOST characters, as many as fit TO; a longer one is cut, and that noted. */
void import_cut(struct import_row *r, const char *column, size_t most, char *to, size_t size);
void import_note(struct import_row *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The tenant of this id is the one that the source means: came with it (FRESH), or has the same owner and
 * guild. Rows of a namesake, or of a tenant that the source does not have, must not get into it. */
int import_vouch(struct import_row *r, const char *id, bool fresh, struct error *e);
bool import_vouched(struct import_row *r, const char *id);
bool import_is_fresh(struct import_row *r, const char *id);
/* The row's bot_token, where T has none. 1: set, 0: there was nothing to set, or it is no token (noted); -1
 */
int import_token(struct import_row *r, const struct tenant *t, struct error *e);
/* The scope of the tenant that the row belongs to, which is there (ERROR_NO_SUCH) and vouched for
 * (ERROR_REFUSED). */
int import_scope(struct import_row *r, struct tenant_scope *out, struct error *e);
/* A JSON column, or Python's text of a dict or list; NULL where there is none or (noted) it cannot be read.
 */
struct json *import_map(struct import_row *r, const char *column);
/* May the row be refused for this error, and the import go on? */
bool import_may_refuse(const struct error *e);

/* --- import_python.c --- */

/* What Python's str() makes of dicts, lists, tuples, strings, numbers, booleans and None. NULL: it is not. */
struct json *python_parse(const char *text, size_t n);

/* --- the handlers --- */

int import_tenant(struct import_row *r, enum import_fate *fate, struct error *e);
int import_configuration(struct import_row *r, enum import_fate *fate, struct error *e);
int import_bot(struct import_row *r, enum import_fate *fate, struct error *e);
int import_subscription(struct import_row *r, enum import_fate *fate, struct error *e);
int import_payment(struct import_row *r, enum import_fate *fate, struct error *e);
int import_product(struct import_row *r, enum import_fate *fate, struct error *e);
int import_stock(struct import_row *r, enum import_fate *fate, struct error *e);
int import_transaction(struct import_row *r, enum import_fate *fate, struct error *e);
int import_growid(struct import_row *r, enum import_fate *fate, struct error *e);
int import_balance(struct import_row *r, enum import_fate *fate, struct error *e);
int import_world(struct import_row *r, enum import_fate *fate, struct error *e);

#endif
