#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* --- the backup, looked at before anything is touched --- */

static int check_source(struct store *from, struct error *e)
{
    struct identity identity;
    struct query q;

    if (store_identity(from, &identity, e))
        return -1;
    if (identity.application_id != STORE_APPLICATION_ID)
        return foreign_file(from->path, e);
    if (identity.version > store_schema_newest())
        return migrate_check(from, e);
    int step = query_open(&q, from, e, "PRAGMA integrity_check(1)", "");
    if (step == 0)
        step = query_step(&q, e);
    if (step == 1 && !str_equal(query_text(&q, 0), "ok")) {
        step = error_set(e, ERROR_DB_DAMAGED, "file", "the backup '%s' is damaged: %s", from->path,
                         query_text(&q, 0));
        error_hint(e, "nothing was changed");
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

/* --- what the replaced database knows better --- */

/* Revisions and epochs only rise, so that no bot takes the restored configuration for one that it has seen.
 */
static int raise_counters(struct store *fresh, struct store *old, struct error *e)
{
    struct query q = {0};
    int step = sql_run(fresh, e, "UPDATE tenants SET revision = revision + 1, epoch = epoch + 1", "");
    if (step == 0 && old)
        step = query_open(&q, old, e, "SELECT tenant_id, revision, epoch FROM tenants", "");
    while (old && step >= 0 && (step = query_step(&q, e)) == 1)
        if (sql_run(fresh, e,
                    "UPDATE tenants SET revision = max(revision, ?2 + 1), epoch = max(epoch, ?3 + 1)"
                    " WHERE tenant_id = ?1",
                    "tii", query_text(&q, 0), query_int(&q, 1), query_int(&q, 2)))
            step = -1;
    query_close(&q);
    return step;
}

/* Numbers that people and Discord have seen (of transactions, of messages in their nonces) mean nothing else
 * from now on. */
static int raise_numbers(struct store *fresh, struct store *old, struct error *e)
{
    struct query q = {0};
    int step = old ? query_open(&q, old, e, "SELECT name, seq FROM sqlite_sequence", "") : 0;
    while (old && step >= 0 && (step = query_step(&q, e)) == 1)
        if (sql_run(fresh, e, "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", "ti",
                    query_text(&q, 0), query_int(&q, 1)) ||
            (store_changes(fresh) == 0 &&
             sql_run(fresh, e,
                     "INSERT INTO sqlite_sequence (name, seq)"
                     " SELECT ?1, ?2 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                     "ti", query_text(&q, 0), query_int(&q, 1))))
            step = -1;
    query_close(&q);
    return step;
}

/* What waited on the backup's day may have arrived since: it is looked for before it is sent. It was not due
 * before `next_at`, and no clock is a day wrong. */
static int doubt_deliveries(struct store *fresh, struct error *e)
{
    /* crosses tenants: the whole file is replaced */
    return sql_run(
        fresh, e,
        "UPDATE deliveries SET tried_at = 1, after_id = max(0, next_at - ?1) << 22 WHERE tried_at = 0", "i",
        DISCORD_EPOCH + TIME_DAY);
}

/* Invalid answers are counted by Discord for the host, whatever file the count lay in. */
static int keep_budget(struct store *fresh, struct store *old, struct error *e)
{
    struct query q = {0};
    int step = sql_run(fresh, e, "DELETE FROM invalid_answers", "");
    if (step == 0 && old)
        step = query_open(&q, old, e, "SELECT slot, n FROM invalid_answers", "");
    while (old && step >= 0 && (step = query_step(&q, e)) == 1)
        if (sql_run(fresh, e, "INSERT INTO invalid_answers (slot, n) VALUES (?1, ?2)", "ii", query_int(&q, 0),
                    query_int(&q, 1)))
            step = -1;
    query_close(&q);
    return step;
}

/* Pushes of both files, one for each tenant and kind. A restore crosses tenants throughout. */
static int drop_pushes(struct store *fresh, struct store *old, int64_t *dropped, struct error *e)
{
    struct query q = {0};
    int64_t extra = 0, n = 0, there;
    int step = 0;
    if (old)
        step = query_open(&q, old, e, "SELECT tenant_id, kind FROM outbox", "");
    while (old && step >= 0 && (step = query_step(&q, e)) == 1) {
        int found = sql_int(fresh, e, &there, "SELECT 1 FROM outbox WHERE tenant_id = ?1 AND kind = ?2", "tt",
                            query_text(&q, 0), query_text(&q, 1));
        if (found < 0)
            step = -1;
        extra += found == 0;
    }
    query_close(&q);
    /* crosses tenants: the whole file is replaced */
    if (step < 0 || sql_int(fresh, e, &n, "SELECT count(*) FROM outbox", "") < 0 ||
        sql_run(fresh, e, "DELETE FROM outbox", ""))
        return -1;
    if (dropped)
        *dropped = n + extra;
    return 0;
}

static int adjust(struct store *fresh, struct store *old, int64_t *dropped, struct error *e)
{
    if (store_begin(fresh, e))
        return -1;
    /* What Discord shows now and the sessions of now are not those of the backup's day (crosses tenants: the
     * whole file is replaced). */
    if (raise_counters(fresh, old, e) || raise_numbers(fresh, old, e) || doubt_deliveries(fresh, e) ||
        drop_pushes(fresh, old, dropped, e) || keep_budget(fresh, old, e) ||
        sql_run(fresh, e, "DELETE FROM remote_state", "") ||
        sql_run(fresh, e, "DELETE FROM gateway_sessions", "") ||
        sql_run(fresh, e, "DELETE FROM nonces", "") || sql_run(fresh, e, "DELETE FROM bot_states", "")) {
        store_rollback(fresh);
        return -1;
    }
    return store_commit(fresh, e);
}

/* One file with nothing beside it. */
static int fold_wal(const char *path, struct error *e)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    int result = rc == SQLITE_OK
                     ? 0
                     : error_set(e, (rc & 0xff) == SQLITE_BUSY ? ERROR_DB_LOCKED : ERROR_DB_DAMAGED, NULL,
                                 "'%s': %s", path, sqlite3_errstr(rc));
    sqlite3_close(db);
    return result;
}

/* --- the exchange --- */

static int refuse_busy(const char *to, struct error *e)
{
    error_set(e, ERROR_REFUSED, NULL, "the database '%s' is open in another process%s", to,
              daemon_lock_held(to) ? " (a daemon runs)" : "");
    return error_hint(e, "end the daemon, consoles and shells that use it, then try again");
}

static void move_beside(const char *to, const char *suffix)
{
    char *from = mem_format("%s%s", to, suffix), *kept = mem_format("%s.before-restore%s", to, suffix);
    if (rename(from, kept) && errno == ENOENT)
        unlink(kept);
    free(from);
    free(kept);
}

/* The old file keeps its name until the new one takes it: at no moment is there none. */
static int exchange(const char *temporary, const char *to, struct error *e)
{
    char *kept = mem_format("%s.before-restore", to);
    struct stat st;
    int failed = 0;
    if (stat(to, &st) == 0) {
        failed = geteuid() == 0 && chown(temporary, st.st_uid, st.st_gid);
        unlink(kept);
        failed = failed || (link(to, kept) && rename(to, kept)); /* not every file system has links */
        /* A damaged file could not take in its log: that goes aside too, so that it does not meet the new
         * one. */
        move_beside(to, "-wal");
        move_beside(to, "-shm");
    }
    failed = failed || rename(temporary, to) || fs_sync_parent(to);
    if (failed)
        error_set(e, ERROR_REFUSED, NULL, "'%s' cannot be replaced: %s", to, strerror(errno));
    free(kept);
    return failed ? -1 : 0;
}

static int open_old(const char *to, struct store **old)
{
    struct store_options options = {.path = to, .mode = STORE_READ, .busy_ms = -1};
    return store_open_as(old, &options, true, NULL);
}

static int build(struct store *from, const char *temporary, const char *to, const char *key_path,
                 int64_t *dropped, struct error *e)
{
    struct store_options options = {.path = temporary, .mode = STORE_WRITE, .key_path = key_path};
    struct store *fresh = NULL, *old = NULL;
    int result = -1;

    if (backup_copy(from, temporary, to, NULL, NULL, e) || store_open(&fresh, &options, e))
        goto done;
    if (key_path && !store_key(fresh, e))
        goto done;
    if (fs_exists(to))
        open_old(to, &old);
    /* A damaged file cannot say what it knew; the backup goes in all the same. */
    result = adjust(fresh, old, dropped, e);
    if (result && old)
        result = adjust(fresh, NULL, dropped, e);
done:
    store_close(old);
    store_close(fresh);
    return result ? -1 : fold_wal(temporary, e);
}

static void remove_temporary(const char *temporary)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *path = mem_format("%s%s", temporary, suffixes[i]);
        unlink(path);
        free(path);
    }
    /* Migrating an older backup's copy has made a copy of its own. */
    for (int number = 1; number <= store_schema_newest(); number++) {
        char *path = mem_format("%s.before-%04d", temporary, number);
        unlink(path);
        free(path);
    }
}

static int open_source(const char *from, const char *to, const char *key_path, struct store **source,
                       struct error *e)
{
    struct store_options options = {.path = from, .mode = STORE_RAW, .key_path = key_path};
    *source = NULL;
    if (same_file(from, to))
        return error_set(e, ERROR_REFUSED, "file", "'%s' is the database itself", from);
    return store_open(source, &options, e) || check_source(*source, e) ? -1 : 0;
}

int store_restore_check(const char *from, const char *database, const char *key_path, struct error *e)
{
    struct store *source;
    char *to = real_path(database), fingerprint[FINGERPRINT_TEXT];
    int result = open_source(from, to, key_path, &source, e), lock = lock_open(to, false);

    if (result == 0 && lock_taken(lock, LOCK_OPEN))
        result = refuse_busy(to, e);
    if (result == 0)
        result = header_check(to, true, e);
    if (result == 0) /* a backup without one takes the key that is there, or a new one */
        result = meta_get(source, KEY_FINGERPRINT, fingerprint, sizeof fingerprint, e);
    if (result == 1)
        result = store_key(source, e) ? 0 : -1;
    store_close(source);
    if (lock >= 0)
        close(lock);
    free(to);
    return result;
}

int store_restore(const char *from, const char *database, const char *key_path, int64_t *dropped,
                  struct error *e)
{
    struct error folded = {0};
    struct store *source = NULL;
    char *to = real_path(database), *temporary = temporary_path(to);
    int result = -1, lock = -1;

    if (open_source(from, to, NULL, &source, e) || fs_make_parent(to, 0700, e))
        goto done;
    lock = lock_open(to, true);
    if (lock < 0) {
        error_set(e, ERROR_REFUSED, NULL, "the lock file of '%s' cannot be made: %s", to, strerror(errno));
        goto done;
    }
    if (lock_take(lock, F_WRLCK, LOCK_OPEN)) {
        refuse_busy(to, e);
        goto done;
    }
    /* From here on no process of ours can open it; a foreign one would keep the log from being folded in. */
    if (header_check(to, true, e))
        goto done;
    if (fs_exists(to) && fold_wal(to, &folded) && folded.code == ERROR_DB_LOCKED) {
        refuse_busy(to, e);
        goto done;
    }
    if (build(source, temporary, to, key_path, dropped, e))
        goto done;
    result = exchange(temporary, to, e);
done:
    remove_temporary(temporary);
    store_close(source);
    if (lock >= 0)
        close(lock);
    free(temporary);
    free(to);
    return result;
}
