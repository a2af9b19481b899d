/* Taking over the databases of the system that came before: `rental_bot.db` (tenants and what is theirs) and
 * `shop.db` (one bot's shop, into one tenant). The source is opened read-only and stays as it is.
 *
 * What is there already is left alone, so that the same file can be read again and adds nothing. A row that
 * cannot be taken, and each value that is left out of one that can, is reported with its reason. Contents of
 * items and tokens go straight into their sealed form; no report holds them. */
#ifndef TT_STORE_IMPORT_H
#define TT_STORE_IMPORT_H

#include "tt/store/store.h"

enum import_fate {
    IMPORT_TAKEN,
    IMPORT_CHANGED, /* taken, but not as it stood there */
    IMPORT_THERE,   /* nothing to do: it is here */
    IMPORT_REFUSED,
    IMPORT_FATE_COUNT
};
extern const char *const import_fate_words[IMPORT_FATE_COUNT + 1];

struct import_counts {
    const char *table; /* of the source; "" is never one */
    const char *left;  /* why none of its rows is taken; NULL: they are */
    int64_t rows;      /* of a table that is left: how many there are */
    int64_t of[IMPORT_FATE_COUNT];
};

struct import_options {
    const char *path;
    const char *tenant; /* into this one: a shop.db; NULL: a rental_bot.db */
    /* A row that is refused or changed. KEY says what it is about where that is no secret ("" else). */
    void (*note)(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                 const char *reason);
    /* A column that has values in so many rows and is not taken: before its table. */
    void (*column)(void *context, const char *table, const char *column, int64_t rows);
    /* After each table, in their order; the last ones are those that are not in this version. */
    void (*table)(void *context, const struct import_counts *counts);
    /* Now and then; nonzero stops the import: ERROR_INTERRUPTED. May be NULL. */
    int (*between)(void *context, int64_t rows);
    void *context;
};

/* ERROR_NO_SUCH: no such file or tenant; ERROR_REFUSED: it is not such a database; ERROR_MISSING_ARGUMENT and
 * ERROR_EXTRA_ARGUMENT (field "--tenant"): a shop.db needs a tenant, a rental_bot.db takes none. *ROWS: how
 * many there are to take. */
int import_check(const struct import_options *options, struct store *s, int64_t *rows, struct error *e);
/* In the caller's write transaction; an error must end in a rollback. Nothing of it is in the journal.
 * *CONFIGURED: settings of the tenant changed. */
int import_run(struct store *s, const struct import_options *options, int64_t now, bool *configured,
               struct error *e);

#endif
