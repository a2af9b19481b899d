/* A running import. Staging goes in two passes. The first appends the rows in the order of the file. The
 * second claims their lines in the order of the hashes, so that neighbours share pages: at random places each
 * line would cost a page in the log. A chunk of lines that is sorted at once bounds the memory.
 *
 *   stock_import.c  its begin and its end, and the bytes of the file made into lines
 *   stock_stage.c   the two passes, in slices
 *   stock_trial.c   what takes their place where an import is only tried
 */
#ifndef STORE_STOCK_STAGE_H
#define STORE_STOCK_STAGE_H

#include "stock.h"

#define STAGE_CHUNK (1 << 19) /* lines; 32 bytes each */

struct pending_line {
    uint32_t at, length;
    int64_t line;
    unsigned char hash[LINE_HASH];
};

struct refusal {
    int64_t line;
    unsigned char what, fault;
};

struct stock_trial;

struct stock_import {
    struct stock_import *next; /* of the store's running imports */
    struct tenant_scope scope;
    struct stock_import_options options;
    struct stock_import_counts counts;
    struct stock_keys keys;
    struct stock_trial *trial; /* NULL: its lines are staged */
    int64_t now, batch;
    bool finished, published, stopped;
    struct str carry; /* the line that is not complete yet */
    struct str field; /* of CSV, without its quotes */
    bool skipping;    /* the rest of a line that is too long */
    struct str text;  /* of pending lines */
    struct pending_line *pending;
    size_t pending_count, pending_room;
    struct line_entry *chunk; /* staged, lines not yet claimed */
    size_t chunk_count, chunk_room;
    struct refusal *refusals; /* of the chunk, to be told in the order of lines */
    size_t refusal_count, refusal_room;
};

/* Is the product there? 1, 0 or -1; and the error where it is not. */
int stage_product(const struct stock_import *i, struct error *e);
int stage_no_product(const struct stock_import *i, struct error *e);
/* Before each slice: -1 when the import was stopped. */
int stage_go_on(struct stock_import *i, struct error *e);

/* --- stock_trial.c --- */

/* What it leaves behind on failure, trial_free takes too. */
int trial_begin(struct stock_import *i, struct error *e);
/* The second pass: what claiming would find, of one slice. Entries that are duplicates move to the front, up
 * to *KEPT. */
int trial_slice(struct stock_import *i, size_t *from, size_t *kept, struct error *e);
void trial_free(struct stock_trial *t); /* NULL is fine */

/* --- stock_stage.c --- */

/* Stage what is pending; ALL: and claim what is staged. */
int stage_run(struct stock_import *i, bool all, struct error *e);
/* Count a line that is not added, and keep it to be told where the caller wants that. */
void stage_refuse(struct stock_import *i, int64_t line, enum line_report what, enum line_fault fault);

#endif
