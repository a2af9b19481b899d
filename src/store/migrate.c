#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "migration.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

int store_schema_newest(void)
{
    int newest = 0;
    for (const struct migration *m = store_migrations; m->number; m++)
        newest = m->number;
    return newest;
}

int store_schema_version(struct store *s)
{
    int64_t version = 0;
    return sql_int(s, NULL, &version, "PRAGMA user_version", "") == 1 ? (int)version : -1;
}

static void tell(struct store *s, const char *text)
{
    if (s->notice)
        s->notice(s->notice_context, text);
}

static int checksum_error(struct store *s, int64_t number, const char *what, struct error *e)
{
    error_set(e, ERROR_DB_DAMAGED, NULL, "migration %04d of the database '%s' %s", (int)number, s->path,
              what);
    return error_hint(e, "this file was not made by a released tenanttui; `restore` puts a backup back");
}

static int check_checksums(struct store *s, int64_t version, struct error *e)
{
    struct query q;
    int64_t number = 0;
    int step = -1;

    if (query_open(&q, s, e, "SELECT number, sha256 FROM migrations ORDER BY number", ""))
        return -1;
    while ((step = query_step(&q, e)) == 1) {
        const struct migration *m = &store_migrations[number++];
        if (query_int(&q, 0) != number || number > version || !m->number)
            step = checksum_error(s, number, "is not the one that is recorded", e);
        else if (!str_equal(query_text(&q, 1), m->sha256))
            step = checksum_error(s, number, "has another checksum than when it was applied", e);
        if (step < 0)
            break;
    }
    query_close(&q);
    if (step == 0 && number != version)
        return checksum_error(s, version, "is not recorded as applied", e);
    return step;
}

int migrate_check(struct store *s, struct error *e)
{
    int version = store_schema_version(s), newest = store_schema_newest();
    if (version > newest) {
        error_set(e, ERROR_DB_NEWER, NULL,
                  "the database '%s' was made by a newer tenanttui (schema %d; this one knows %d)", s->path,
                  version, newest);
        return error_hint(e, "update this program, or `restore` an older backup");
    }
    if (version < newest) {
        error_set(e, ERROR_DB_OLDER, NULL, "the database '%s' has schema %d; this program needs %d", s->path,
                  version, newest);
        return error_hint(e, "`migrate` brings it forward after a backup");
    }
    return check_checksums(s, version, e);
}

/* --- forward --- */

static int apply(struct store *s, const struct migration *m, struct error *e)
{
    char version[64];

    if (store_begin(s, e))
        return -1;
    int rc = sqlite3_exec(s->db, m->sql, NULL, NULL, NULL);
    /* A pragma takes no bound value; the number is the program's own. */
    snprintf(version, sizeof version, "PRAGMA user_version = %d", m->number);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, version, NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        store_fail(s, e, rc);
        store_rollback(s);
        return -1;
    }
    if (sql_run(s, e, "INSERT INTO migrations (number, name, sha256, applied_at) VALUES (?1, ?2, ?3, ?4)",
                "dtti", m->number, m->name, m->sha256, time_now())) {
        store_rollback(s);
        return -1;
    }
    return store_commit(s, e);
}

/* Beside the file; never over an earlier one. */
static int backup_before(struct store *s, int number, struct error *e)
{
    char *path = mem_format("%s.before-%04d", s->path, number);
    for (int i = 2; fs_exists(path) && i < 1000; i++) {
        free(path);
        path = mem_format("%s.before-%04d.%d", s->path, number, i);
    }
    int result = store_backup(s, path, NULL, NULL, e);
    if (result == 0) {
        char *text = mem_format("the database '%s' is brought to schema %d; its backup is '%s'", s->path,
                                number, path);
        tell(s, text);
        free(text);
    }
    free(path);
    return result;
}

int migrate_to(struct store *s, int number, struct error *e)
{
    int version = store_schema_version(s);
    if (version > 0 && version < number && (check_checksums(s, version, e) || backup_before(s, number, e)))
        return -1;
    for (const struct migration *m = store_migrations; m->number && m->number <= number; m++)
        if (m->number > version && apply(s, m, e))
            return -1;
    return 0;
}

/* An empty file that was there has the mode that somebody gave it. What is no file (/dev/null) keeps its own.
 */
static int make_private(struct store *s, struct error *e)
{
    struct stat st;
    if (stat(s->path, &st) == 0 && (!S_ISREG(st.st_mode) || (st.st_mode & 077) == 0))
        return 0;
    if (chmod(s->path, 0600) == 0)
        return 0;
    error_set(e, ERROR_READ_ONLY, NULL,
              "the empty file '%s' is open to others and cannot be made private: %s", s->path,
              strerror(errno));
    return error_hint(e, "name another file with --db or $TENANTTUI_DB");
}

/* The mark comes first, in rollback mode, so that the file's own header always says whose it is. */
static int make_new(struct store *s, struct error *e)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    int rc = sqlite3_exec(s->db, mark, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, e, rc);
}

static int first_word(void *out, int count, char **values, char **names)
{
    (void)names;
    if (count > 0 && values[0])
        str_copy(out, 16, values[0]);
    return 0;
}

static bool is_wal(struct store *s)
{
    char mode[16] = "";
    return sqlite3_exec(s->db, "PRAGMA journal_mode", first_word, mode, NULL) == SQLITE_OK &&
           str_equal(mode, "wal");
}

/* SQLite does not wait by itself for the lock that this needs. */
static int use_wal(struct store *s, struct error *e)
{
    int64_t until = time_monotonic() + s->busy_ms;
    char mode[16] = "";
    int rc;

    while ((rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", first_word, mode, NULL)) != SQLITE_OK &&
           (rc & 0xff) == SQLITE_BUSY && time_monotonic() < until)
        lock_pause(s, 4);
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    if (!str_equal(mode, "wal"))
        return error_set(e, ERROR_READ_ONLY, NULL, "the database '%s' cannot use a write-ahead log here",
                         s->path);
    return 0;
}

static int under_lock(struct store *s, bool *made, struct error *e)
{
    struct identity identity;

    if (store_identity(s, &identity, e))
        return -1;
    if (identity.pages == 0) {
        if (s->mode != STORE_CREATE)
            return empty_file(s->path, e);
        if (make_private(s, e) || make_new(s, e))
            return -1;
        *made = true;
    }
    return use_wal(s, e) || migrate_to(s, store_schema_newest(), e) ? -1 : 0;
}

int migrate_prepare(struct store *s, struct error *e)
{
    struct identity identity;
    bool made = false, older = false;

    if (store_identity(s, &identity, e))
        return -1;
    if (identity.pages > 0 && identity.application_id != STORE_APPLICATION_ID)
        return foreign_file(s->path, e);
    older = identity.version < store_schema_newest();
    if (older && s->keep_schema)
        return identity.pages > 0 ? migrate_check(s, e) : empty_file(s->path, e);
    if (older || !is_wal(s)) {
        /* Of several processes one does it; the others wait and find it done. */
        if (lock_wait(s, F_WRLCK, LOCK_MIGRATE, s->busy_ms, e))
            return -1;
        int result = under_lock(s, &made, e);
        lock_take(s->lock_fd, F_UNLCK, LOCK_MIGRATE);
        if (result)
            return -1;
    }
    if (migrate_check(s, e))
        return -1;
    int rc = sqlite3_exec(s->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    return older && s->key_path && !store_key(s, e) ? -1 : 0;
}
