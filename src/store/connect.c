/* The connection to SQLite: whose file it is, and how a reader comes to it without making anything. */
#include "internal.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"

bool store_readonly(const struct store *s)
{
    return s->mode == STORE_READ || s->mode == STORE_RAW;
}

/* --- whose file is it? --- */

int foreign_file(const char *path, struct error *e)
{
    error_set(e, ERROR_DB_DAMAGED, NULL, "'%s' is not a tenanttui database", path);
    return error_hint(
        e, "check the path given with --db or $TENANTTUI_DB; `import` reads files of the old system");
}

int empty_file(const char *path, struct error *e)
{
    error_set(e, ERROR_DB_DAMAGED, NULL, "the database '%s' is an empty file", path);
    return error_hint(e, "`restore` puts a backup back; `create` starts a new one here");
}

int header_check(const char *path, bool damaged_passes, struct error *e)
{
    unsigned char header[72] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* SQLite will say why */
    ssize_t n = read(fd, header, sizeof header);
    close(fd);
    if (n <= 0 || (damaged_passes && memcmp(header, "SQLite format 3", 16) != 0))
        return 0;
    uint32_t id = (uint32_t)header[68] << 24 | (uint32_t)header[69] << 16 | (uint32_t)header[70] << 8 |
                  (uint32_t)header[71];
    return id == STORE_APPLICATION_ID ? 0 : foreign_file(path, e);
}

/* The pages come first: another process may be making the file between these statements, and whoever sees its
 * pages must see its mark. */
int store_identity(struct store *s, struct identity *out, struct error *e)
{
    if (sql_int(s, e, &out->pages, "PRAGMA page_count", "") < 0 ||
        sql_int(s, e, &out->application_id, "PRAGMA application_id", "") < 0 ||
        sql_int(s, e, &out->version, "PRAGMA user_version", "") < 0)
        return -1;
    return 0;
}

/* --- connecting --- */

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

/* A path as the URI of SQLite: what has a meaning there is escaped. */
static void add_uri(struct str *out, const char *path, const char *query)
{
    str_add(out, "file:");
    for (; *path; path++) {
        if (*path == '%' || *path == '?' || *path == '#')
            str_addf(out, "%%%02X", (unsigned)(unsigned char)*path);
        else
            str_add_char(out, *path);
    }
    str_add(out, query);
}

/* The options that need no statement. */
static void configure(struct store *s)
{
    int64_t no_map = 0;

    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_wal_autocheckpoint(s->db, 0);
    sqlite3_wal_hook(s->db, checkpoint_wal_hook, s);
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_MMAP_SIZE, &no_map);
    if (s->busy_ms > 0)
        sqlite3_busy_handler(s->db, store_busy, s);
}

static int open_plain(struct store *s, const char *path, int flags, const char *vfs)
{
    int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (rc == SQLITE_OK)
        configure(s);
    return rc;
}

/* A reader makes no files. Where the WAL or its index is missing SQLite would make them (or fail, in a
 * directory that cannot be written or on a disk that is full), so the file is read beside them: as it is
 * where there is no WAL, else with an index in memory. No checkpoint of ours may change the file meanwhile.
 */
static int open_detached(struct store *s)
{
    struct str uri = STR_INIT;
    bool wal = size_of(s->wal_path) > 0;

    if (s->lock_fd >= 0 && lock_wait(s, F_RDLCK, LOCK_COPY, s->busy_ms, NULL))
        return SQLITE_BUSY;
    add_uri(&uri, s->path, wal ? "" : "?immutable=1");
    int rc = open_plain(s, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, wal ? "unix-none" : NULL);
    if (rc == SQLITE_OK && wal)
        rc = sqlite3_exec(s->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    s->detached = true;
    str_release(&uri);
    return rc;
}

/* The first to open a WAL database writes its index anew. */
static bool needs_room(struct store *s, int rc)
{
    int primary = rc & 0xff;
    return primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY || primary == SQLITE_FULL ||
           (primary == SQLITE_IOERR && fs_full(sqlite3_system_errno(s->db)));
}

void store_disconnect(struct store *s)
{
    sqlite3 *db = s->db;
    sql_forget(s);
    while (atomic_exchange(&s->handling, 1))
        sched_yield(); /* another thread interrupts it */
    s->db = NULL;
    sqlite3_close(db);
    atomic_store(&s->handling, 0);
    if (s->detached)
        lock_take(s->lock_fd, F_UNLCK, LOCK_COPY);
    s->detached = s->rested = false;
}

static int open_reader(struct store *s)
{
    if (size_of(s->wal_path) < 0 || size_of(s->shm_path) < 0)
        return open_detached(s);
    int rc = open_plain(s, s->path, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, "PRAGMA user_version", NULL, NULL, NULL);
    if (!needs_room(s, rc))
        return rc == SQLITE_OK || s->mode != STORE_RAW ? rc : SQLITE_OK;
    store_disconnect(s);
    return open_detached(s);
}

int store_connect(struct store *s, struct error *e)
{
    int rc = store_readonly(s) ? open_reader(s) : open_plain(s, s->path, SQLITE_OPEN_READWRITE, NULL);
    if (rc != SQLITE_OK)
        return store_fail(s, e, rc);
    return 0;
}

bool store_outdated(const struct store *s)
{
    return s->detached && s->transaction == TRANSACTION_NONE &&
           (s->rested || (size_of(s->wal_path) >= 0 && size_of(s->shm_path) >= 0));
}

/* A detached reader that reads nothing would keep the log from being copied, and so let it grow without end.
 */
void store_rest(struct store *s)
{
    if (!s || !s->detached || s->transaction != TRANSACTION_NONE)
        return;
    lock_take(s->lock_fd, F_UNLCK, LOCK_COPY);
    s->rested = true;
}

int store_reconnect(struct store *s, struct error *e)
{
    for (size_t i = 0; i < s->statement_room; i++)
        if (s->statements[i].stmt && sqlite3_stmt_busy(s->statements[i].stmt))
            return 0;
    store_disconnect(s);
    if (store_connect(s, e) == 0)
        return 0;
    store_disconnect(s);
    s->detached = s->rested = true; /* the next read tries again */
    return -1;
}
