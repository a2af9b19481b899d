/* The store's inside: the connection, statements, locks. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "tt/store/store.h"

#define STORE_APPLICATION_ID 0x74746462 /* "ttdb" */
#define STORE_BUSY_MS 10000

enum transaction_mode { TRANSACTION_NONE, TRANSACTION_READ, TRANSACTION_WRITE };

struct statement {
    const char *sql; /* key: the address of the text, which lives as long as the connection */
    sqlite3_stmt *stmt;
};

struct slice {
    int64_t began_us, until_us, look_us, rest_until_us;
};

struct store {
    sqlite3 *db;
    char *path, *wal_path, *shm_path, *key_path;
    enum store_mode mode;
    bool detached; /* opened beside WAL and its index, which must not be made (see connect.c) */
    bool rested;   /* detached, and its part of LOCK_COPY given back: connected anew before the next read */
    bool keep_schema;
    bool ready;  /* opened: what is committed from now on is the caller's */
    bool fresh;  /* this connection made the file, and the caller has committed nothing in it */
    int busy_ms; /* 0: do not wait */
    int64_t busy_since;
    bool announced;      /* waits for the write lock and says so */
    bool patient;        /* as a long job */
    int64_t gave_way_at; /* to such a one, monotonic ms */
    atomic_int interrupted;
    atomic_int handling; /* the connection is being closed, or interrupted */
    uint32_t jitter;
    int lock_fd;   /* -1: none (read-only, no lock file) */
    bool unlocked; /* opened by restore, which holds the whole file */
    enum transaction_mode transaction;
    int depth; /* open savepoints */
    struct statement *statements;
    size_t statement_count, statement_room;
    char **texts; /* statements composed of fixed parts, kept so that their address can serve as a key */
    size_t text_count;
    int wal_pages;                /* in the WAL after the last commit */
    int checkpoint_left;          /* that the last checkpoint left there, for the sake of a reader */
    int64_t checkpoint_at;        /* when this connection last made one, monotonic ms; 0: never */
    bool wal_kept;                /* and whether the file kept its length */
    int64_t checkpoint_missed_at; /* when it last waited long for one in vain; 0: never */
    struct checkpointer *checkpointer;
    bool full;          /* a write failed for want of room */
    bool log_lost;      /* the disk did not take what the log held: see store_sync */
    struct slice slice; /* of a long job */
    void *journal;      /* sqlite3_session */
    int journal_depth;
    bool key_loaded;
    struct key key, secret_key, hash_key;
    struct stock_import *imports; /* running ones of this connection */
    struct stock_sweep *erasure;  /* of a deleted tenant, under way */
    char cleared[TENANT_ID_TEXT]; /* that tenant; its audit is cleared up to ... */
    int64_t cleared_to;
    struct haystack *haystack;    /* NULL until a search */
    struct receipt_key *receipts; /* of transaction ids; NULL until one is needed */
    char instance[33];            /* the daemon run that this connection last registered */
    void (*notice)(void *context, const char *text);
    void *notice_context;
};

/* --- sql.c: statements --- */

struct query {
    struct store *store;
    sqlite3_stmt *stmt;
    bool cached;
};

/* Prepare (once per connection) and bind. SQL must be a literal or come from sql_text(). TYPES has a letter
 * for each value that follows: i int64_t, d int, t text (NULL gives null), b blob (const void *, size_t).
 * Bound memory is borrowed until query_close. Statements that write are refused outside a write transaction.
 */
int query_open(struct query *q, struct store *s, struct error *e, const char *sql, const char *types, ...);
int query_step(struct query *q, struct error *e); /* 1 a row, 0 the end, -1 */
void query_close(struct query *q);                /* an empty one is fine */
int64_t query_int(const struct query *q, int column);
const char *query_text(const struct query *q, int column); /* never NULL; until the next step */

/* Run to the end, rows ignored. */
int sql_run(struct store *s, struct error *e, const char *sql, const char *types, ...);
/* The first value of the first row: 1, or 0 when there is no row, or -1. */
int sql_int(struct store *s, struct error *e, int64_t *out, const char *sql, const char *types, ...);
/* The lasting copy of a text composed of fixed parts. */
const char *sql_text(struct store *s, const char *text);
/* BEGIN, COMMIT and their like, which need no open transaction. Returns the SQLite code. */
int sql_control(struct store *s, const char *sql);
void sql_forget(struct store *s);  /* finalise every statement */
void sql_release(struct store *s); /* and, when there are none any more, the texts of sql_text */
int64_t store_changes(const struct store *s);

/* E from a SQLite code; returns -1. */
int store_fail(struct store *s, struct error *e, int rc);
int word_index(const char *const *words, const char *word); /* -1 none */
/* The index of a stored word, or an error: the vocabulary of the file is not this program's. */
int stored_word(struct store *s, const char *const *words, const char *word, struct error *e);

/* --- txn.c --- */

/* For functions that may run alone: begin unless a write transaction is open; *OWN says so. */
int work_begin(struct store *s, bool *own, struct error *e);
int work_end(struct store *s, bool own, int result,
             struct error *e); /* commits or rolls back; returns -1 or 0 */
/* sql_run as a transaction of its own, unless one is open. */
int work_run(struct store *s, struct error *e, const char *sql, const char *types, ...);
void journal_drop(struct store *s);
/* What changes while ASIDE counts as if triggers had done it. */
void journal_aside(struct store *s, bool aside);
/* What changes in a pause is in no journal. */
void journal_pause(struct store *s, bool pause);
/* For functions that read with several statements: one view, unless a transaction is open. */
int view_begin(struct store *s, bool *own, struct error *e);
int view_end(struct store *s, bool own, int result);

/* --- slice.c --- */

/* A long job is cut into transactions of about SLICE_US, and shorter ones where somebody else waits to write:
 * these pass first, and then the job rests for a while. Its commits do not wait for the disk. */
#define SLICE_US 8000
int slice_begin(struct store *s, int us, struct error *e);
bool slice_over(struct store *s);                            /* it is time to end it; once true it stays so */
int slice_end(struct store *s, int result, struct error *e); /* RESULT below 0: rolls back; returns -1 or 0 */
/* WORK as one slice, that looks at slice_over by itself and returns below 0 to roll back. */
int slice_run(struct store *s, int (*work)(void *context, struct error *e), void *context, struct error *e);

/* --- locks.c --- */

/* Bytes of the file DB-lock, taken with open file description locks. */
enum lock_byte {
    LOCK_OPEN,         /* shared by every connection; restore takes it alone */
    LOCK_WRITE,        /* shared by every write transaction; the checkpoint takes it alone */
    LOCK_CHECKPOINT,   /* taken alone to announce a checkpoint; a writer passes through it first */
    LOCK_MIGRATE,      /* taken alone to make or migrate the file */
    LOCK_WAITING,      /* shared by everyone who waits to write: a long job lets them pass */
    LOCK_COPY,         /* taken alone by who copies from the log; shared by a detached reader */
    LOCK_CHECKPOINTER, /* taken alone by a checkpointer at work */
    LOCK_PATIENT /* shared by the long jobs that wait to write: who writes without end lets one in now and
                    then */
};

/* The name of the file itself where the path is a link. The caller frees. */
char *real_path(const char *database_path);
void give_to_owner(int fd, const char *database_path);
int lock_open(const char *database_path, bool create); /* a descriptor, or -1 with errno */
/* The same on any place of the file, for what is not one of these bytes. */
int lock_take_at(int fd, short type, off_t at);
bool lock_taken(int fd, off_t at); /* by another descriptor */
/* One try; TYPE is F_RDLCK, F_WRLCK or F_UNLCK. -1: another holds it. A descriptor of -1 succeeds. */
int lock_take(int fd, short type, enum lock_byte byte);
/* Wait up to LIMIT_MS; ERROR_DB_LOCKED. */
int lock_wait(struct store *s, short type, enum lock_byte byte, int limit_ms, struct error *e);
void lock_pause(struct store *s, int most_ms); /* a random while between 1 and MOST_MS */
int store_busy(void *store, int count);        /* SQLite's busy handler */
void lock_renounce(struct store *s);           /* no longer waiting to write */

/* --- checkpoint.c --- */

int checkpoint_wal_hook(void *store, sqlite3 *db, const char *name, int pages);
void checkpoint_if_large(struct store *s);
/* Copy everything back and cut the WAL off, if nobody stands in the way. Returns the pages that are left in
 * it; -1 when it did not run. */
int checkpoint_run(struct store *s, int limit_ms);
int checkpoint_as(struct store *s, int mode, int limit_ms); /* a mode of SQLite's instead of TRUNCATE */
int sync_log(struct store *s);                              /* bring the log to the disk: SQLite's code */
/* The head of the wal-index, shared by all connections (SQLite's "WAL-mode File Format", 2.1): frames in the
 * log, and how many of them the file has. Until S is closed; NULL when there is none. */
enum { INDEX_REGION = 32768, INDEX_FRAMES = 16 / 4, INDEX_COPIED = 96 / 4 };
volatile uint32_t *log_index(struct store *s);
/* The disk did not take what was copied: all that the log holds is to be copied once more. The caller holds
 * LOCK_COPY, and, so that nobody begins the log anew, LOCK_WRITE or a reader within the log. */
void checkpoint_again(struct store *s);
void checkpoint_if_full(struct store *s);  /* after a write that found no room */
void checkpoint_at_close(struct store *s); /* give back the space that a busy connection kept */
bool checkpoint_race(void);                /* does this SQLite have the fault (before 3.51.3)? */

/* --- spill.c --- */

void spill_configure(void); /* of the whole process, before it opens anything */

/* --- connect.c --- */

int store_connect(struct store *s, struct error *e);
int store_reconnect(struct store *s, struct error *e); /* after a detached connection has become outdated */
void store_disconnect(struct store *s);
bool store_outdated(const struct store *s);
/* What the file says of itself. */
struct identity {
    int64_t application_id, version, pages;
};
int store_identity(struct store *s, struct identity *out, struct error *e);
int foreign_file(const char *path, struct error *e); /* the errors for them; -1 */
int empty_file(const char *path, struct error *e);
/* Look at the file's header without SQLite; -1 when it is not ours (DAMAGED_PASSES: only when it is a sound
 * header of another program's). Only while no connection of this process can be open: closing the descriptor
 * would drop SQLite's locks. */
int header_check(const char *path, bool damaged_passes, struct error *e);

/* --- open.c --- */

/* store_open; UNLOCKED: without a part of LOCK_OPEN, which the caller holds alone. */
int store_open_as(struct store **out, const struct store_options *options, bool unlocked, struct error *e);
/* The first commit after opening: what was made stays. */
void store_keep(struct store *s);

/* --- migrate.c --- */

int migrate_prepare(struct store *s, struct error *e); /* a connection that writes: make, migrate, check */
int migrate_check(struct store *s, struct error *e);   /* version and checksums */
int migrate_to(struct store *s, int number,
               struct error *e); /* forward to NUMBER; tests make older files with it */

/* --- key.c --- */

#define KEY_FINGERPRINT "key_fingerprint" /* in the table meta */
const struct key *store_secret_key(struct store *s, struct error *e);
const struct key *store_hash_key(struct store *s, struct error *e);
int meta_get(struct store *s, const char *key, char *out, size_t size,
             struct error *e); /* 1 there, 0 not, -1 */
int meta_set(struct store *s, const char *key, const char *value, struct error *e);

/* --- backup.c --- */

/* Copy the database of S into the new file PATH (0600, fsynced). Errors call it NAMED. */
int backup_copy(struct store *s, const char *path, const char *named,
                void (*progress)(void *, int64_t, int64_t), void *context, struct error *e);
bool same_file(const char *a, const char *b);
/* A name beside PATH that is not taken. The caller frees. */
char *temporary_path(const char *path);

#endif
