/* Which tables and columns a command's journal covers, and the statements that put single values back. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct json;
struct error;

enum journal_kind {
    JOURNAL_SKIP, /* bookkeeping: not in the journal */
    JOURNAL_TEXT,
    JOURNAL_ID, /* a snowflake: a string of digits; 0 is null */
    JOURNAL_INT,
    JOURNAL_WORD,   /* a number that stands for one of `words` */
    JOURNAL_BOOL,   /* 0 and 1 */
    JOURNAL_MOMENT, /* when, as a value */
    JOURNAL_TIME,   /* a mark: 0 (null) or when; only whether it is set counts as its value; set to now */
    JOURNAL_SECRET  /* shown as "(secret)", never put back */
};

struct journal_column {
    const char *name;
    enum journal_kind kind;
    bool key;
    bool beside; /* of a key: not of the table's own, so a change of another column does not tell it */
    bool quiet;  /* left out of a new row: always the default there */
    const char *get, *set; /* ?1... the key, then the value; NULL for keys and what cannot be put back */
    const char *const *words;
};

#define JOURNAL_COLUMNS 16

struct journal_table {
    const char *name;
    struct journal_column columns[JOURNAL_COLUMNS]; /* in the table's order; ended by name NULL */
    const char *exists;                             /* ?1... the key: a row when there is one */
    const char *insert; /* key, values, then now where it asks for it; NULL: special */
    const char *erase;  /* key, then now where it asks for it */
    /* A row when there is one that was erased: where rows are never erased but marked, and insert takes the
     * mark away. NULL: an erased row is gone. */
    const char *gone;
    bool direct; /* what triggers changed is not in the journal */
    /* Where putting values back does not do; KEY is the row's. NULL: values. */
    int (*turn)(struct store *s, const struct json *key, bool forward, int64_t now, struct error *e);
};

/* Ended by name NULL; tenants first, so that rows stand in an order that a person reads. */
extern const struct journal_table journal_tables[];

#define JOURNAL_SECRET_TEXT "(secret)"

#endif
