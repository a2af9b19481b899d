/* The database: one SQLite file in WAL mode, shared by consoles and one daemon. A struct store is one
 * connection and stays on its thread (store_interrupt may cross). All SQL is in this layer; nothing above
 * knows the engine.
 *
 * Write discipline: store_begin() takes the write lock at once (BEGIN IMMEDIATE, own busy handler: a few ms
 * with jitter, 10 s, then ERROR_DB_LOCKED). Functions that change rows must run between begin and commit.
 * No connection checkpoints by itself, whatever the version of SQLite: store_commit() runs the guarded
 * checkpoint routine when the WAL has grown large, unless a checkpointer is at work.
 *
 * Beside FILE lie FILE-wal and FILE-shm (SQLite's), FILE-lock (every connection, write transaction,
 * checkpoint, migration and restore holds its byte) and FILE.lock (the daemon's); all 0600. */
#ifndef TT_STORE_STORE_H
#define TT_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/crypto.h"
#include "tt/base/error.h"
#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/domain/tenant.h"
#include "tt/store/checkpointer.h"

struct store;

enum store_mode {
    STORE_READ,   /* read-only, in a read-only directory too; nothing is migrated: ERROR_DB_OLDER */
    STORE_WRITE,  /* must exist; an older schema is migrated after a backup beside it */
    STORE_CREATE, /* made when missing */
    STORE_RAW     /* read-only, no version check: doctor on a damaged or foreign file */
};

struct store_options {
    const char *path;
    enum store_mode mode;
    const char *key_path; /* NULL: no secret will be touched (a completion) */
    int busy_ms;          /* how long to wait for a lock; 0: 10,000; -1: not at all (a completion) */
    bool keep_schema;     /* a writer that migrates nothing (--dry-run): ERROR_DB_OLDER */
    struct checkpointer *checkpointer; /* woken when the log grows. May be NULL. */
    /* Told once about what a person should know (migrated, backup made, read-only). May be NULL. */
    void (*notice)(void *context, const char *text);
    void *notice_context;
};

/* Open. Errors: ERROR_DB_MISSING DAMAGED NEWER OLDER LOCKED FULL, ERROR_KEY_*. The key is read (or made, when
 * the database holds no fingerprint of one) lazily by the first use of a secret or of store_key(), except
 * that STORE_CREATE of a new database and migrations do it at once. A database that cannot be made leaves no
 * file; one made in an empty file is as private as any other. */
int store_open(struct store **out, const struct store_options *options, struct error *e);
void store_close(struct store *s); /* rolls back what is open; NULL is fine */
/* The same, and a file that this connection made is removed where nothing was committed in it since and no
 * other connection has it open: what was to go into it failed. */
void store_discard(struct store *s);

const char *store_path(const struct store *s);
/* May a file be written at PATH? ERROR_REFUSED (field "file"): by this name or another it is the database, a
 * file beside it, or its key. */
int store_check_target(const struct store *s, const char *path, struct error *e);
const char *store_wal_path(const struct store *s); /* watch this file for commits of others */
bool store_readonly(const struct store *s);
/* The key, checked against the fingerprint in the database. Borrowed. */
const struct key *store_key(struct store *s, struct error *e);
/* Between two reads, however long that takes: nobody waits for this one. NULL is fine. */
void store_rest(struct store *s);
/* Changes whenever another connection committed (PRAGMA data_version). -1 on error. */
int64_t store_data_version(struct store *s);
void store_interrupt(
    struct store *s); /* from any thread: the running statement ends with ERROR_INTERRUPTED */

/* Between transactions. False: commits from now on outlive this process, whatever kills it, but not a loss of
 * power: for what can be had again (leases, states, acknowledgements), since waiting for the disk is what
 * takes longest. A durable commit of any connection makes those before it durable too. A new connection is
 * durable. */
int store_durable(struct store *s, bool durable, struct error *e);
/* Make durable what any connection has committed before. */
int store_sync(struct store *s, struct error *e);
int store_begin(struct store *s, struct error *e);      /* write transaction */
int store_begin_read(struct store *s, struct error *e); /* a stable view over several reads */
int store_commit(struct store *s, struct error *e);     /* -1: rolled back */
bool store_awaited(const struct store *s);              /* does another connection wait to write? */
/* Between transactions, for who writes without end: let such a one pass, for at most so long. */
void store_give_way(struct store *s, int most_ms);
void store_rollback(struct store *s); /* also fine when nothing is open */
bool store_in_transaction(const struct store *s);
/* Nested work inside a transaction; savepoints nest by depth. */
int store_savepoint(struct store *s, struct error *e);
int store_release(struct store *s, struct error *e);
void store_rollback_to(struct store *s); /* undoes and releases the innermost */

/* --- the journal of a command --- */

/* Between these two, every row that changes in a journalled table is recorded (SQLite session extension).
 * store_journal_end gives an array of {"table","key":{col:value},"before":{col:value}|null,"after":...|null}
 * with only the columns that differ. Secrets are "(secret)". Bookkeeping columns (revision, epoch, times) and
 * tables (audit, outbox, bot_states, sessions, remote_state ...) are not in it. The caller frees. One at a
 * time; inside a write transaction. */
int store_journal_begin(struct store *s, struct error *e);
struct json *store_journal_end(struct store *s, struct error *e); /* NULL on error */

/* Put every value of CHANGES back (FORWARD false: after -> before) or forth again. All or nothing within the
 * current savepoint: a value that is no longer what the change left (conflict is per value) is ERROR_REFUSED
 * and names it. Constraint conflicts (guild taken since) are ERROR_TAKEN. What is marked or added again is so
 * at NOW. */
int store_journal_apply(struct store *s, const struct json *changes, bool forward, int64_t now,
                        struct error *e);

/* --- upkeep --- */

int store_schema_version(struct store *s); /* of the file */
int store_schema_newest(void);             /* of this program */
/* An exact copy taken with the online backup API, fsynced, then renamed over PATH (0600). */
int store_backup(struct store *s, const char *path, void (*progress)(void *, int64_t done, int64_t total),
                 void *context, struct error *e);
/* Replace the database at TO by the backup FROM: refused while anybody has it open (a store of the caller's
 * own included: close it first); checks FROM first; revisions become the larger of both files' plus 1;
 * pending pushes are dropped, their number is returned in *DROPPED. The replaced file is kept beside as
 * TO.before-restore. */
int store_restore(const char *from, const char *to, const char *key_path, int64_t *dropped, struct error *e);
/* What it would refuse before it writes anything; nothing is made. */
int store_restore_check(const char *from, const char *to, const char *key_path, struct error *e);
/* {"ok":bool,"checks":[{"name","ok","detail"}]}; never fails as such: what cannot be checked is a failed
 * check. */
struct json *store_doctor(struct store *s, int64_t now);
/* Take part of the daemon's lock: *OUT stays with the daemon; -1 ERROR_TAKEN whose message says who holds it
 * (pid, host, since). The operating system releases it when the process dies. */
struct daemon_lock;
int daemon_lock_take(const char *database_path, struct daemon_lock **out, struct error *e);
void daemon_lock_release(struct daemon_lock *lock);
bool daemon_lock_held(const char *database_path); /* by a live process */
/* Note in the lock what its holder serves: TENANT NULL is all of them. */
int daemon_lock_note(struct daemon_lock *lock, const char *tenant, struct error *e);
/* Is the lock held by a live process? TENANT is the only one that it serves, "" all of them. */
bool daemon_lock_serving(const char *database_path, char tenant[TENANT_ID_TEXT]);
/* Is the lock held by a live process that serves TENANT? */
bool daemon_lock_serves(const char *database_path, const char *tenant);

#endif
