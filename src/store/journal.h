/* Which tables and columns a command's journal covers, and the statements that put single values back. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>

enum journal_kind {
    JOURNAL_SKIP, /* bookkeeping: not in the journal */
    JOURNAL_TEXT,
    JOURNAL_ID,    /* a snowflake: a string of digits; 0 is null */
    JOURNAL_BOOL,  /* 0 and 1 */
    JOURNAL_TIME,  /* a mark: 0 (null) or when; only whether it is set counts as its value */
    JOURNAL_SECRET /* shown as "(secret)", never put back */
};

struct journal_column {
    const char *name;
    enum journal_kind kind;
    bool key;
    bool quiet;            /* left out of a new row: always the default there */
    const char *get, *set; /* ?1... the key, then the value; NULL for keys and what cannot be put back */
};

#define JOURNAL_COLUMNS 16

struct journal_table {
    const char *name;
    struct journal_column columns[JOURNAL_COLUMNS]; /* in the table's order; ended by name NULL */
    const char *exists;                             /* ?1... the key: a row when there is one */
    const char *insert; /* key, values, then now where it asks for it; NULL: special */
    const char *erase;
};

/* Ended by name NULL; tenants first, so that rows stand in an order that a person reads. */
extern const struct journal_table journal_tables[];

#define JOURNAL_SECRET_TEXT "(secret)"

#endif
