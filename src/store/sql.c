#include "internal.h"

#include <errno.h>
#include <stdarg.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"

/* --- errors --- */

struct failure {
    int rc;
    enum error_code code;
    const char *text, *hint;
};

static const struct failure failures[] = {
    {SQLITE_BUSY, ERROR_DB_LOCKED, "is locked by another process", "try again; `lslocks` shows who holds it"},
    {SQLITE_LOCKED, ERROR_DB_LOCKED, "is locked by another process",
     "try again; `lslocks` shows who holds it"},
    {SQLITE_FULL, ERROR_DB_FULL, "cannot grow: no space is left",
     "free some space and try again; nothing was changed"},
    {SQLITE_CORRUPT, ERROR_DB_DAMAGED, "is damaged", "`doctor` says more; `restore` puts a backup back"},
    {SQLITE_NOTADB, ERROR_DB_DAMAGED, "is not a tenanttui database",
     "check the path given with --db or $TENANTTUI_DB"},
    {SQLITE_READONLY, ERROR_READ_ONLY, "is read-only", "check the modes of the file and its directory"},
    {SQLITE_PERM, ERROR_READ_ONLY, "may not be changed by this user",
     "check the modes of the file and its directory"},
    {SQLITE_CANTOPEN, ERROR_DB_MISSING, "cannot be opened", "check the modes of the file and its directory"},
    {SQLITE_IOERR, ERROR_DB_DAMAGED, "cannot be read or written",
     "check the disk (dmesg), then run `doctor`"},
    {SQLITE_TOOBIG, ERROR_REFUSED, "cannot hold a value of this size", NULL},
    {SQLITE_CONSTRAINT, ERROR_REFUSED, "refuses the change", NULL},
};

/* What checks of the schema mean to people. The rules of domain come first: these are for what they let by.
 */
static const struct {
    int rc;
    const char *why;
} constraints[] = {
    {SQLITE_CONSTRAINT_CHECK, "a value is too long, too large or of the wrong form"},
    {SQLITE_CONSTRAINT_UNIQUE, "a value that may be there once is there already"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "it is there already"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "something that belongs to it is missing, or still needs it"},
    {SQLITE_CONSTRAINT_NOTNULL, "a value is missing"},
    {SQLITE_CONSTRAINT_DATATYPE, "a value is of the wrong kind"},
};

static const char *constraint_broken(int rc)
{
    for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++)
        if (constraints[i].rc == rc)
            return constraints[i].why;
    return "a rule of the schema is broken";
}

int store_fail(struct store *s, struct error *e, int rc)
{
    int last = errno;
    const char *detail = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
    int system_error = s->db ? sqlite3_system_errno(s->db) : 0;
    /* A COMMIT that fails does not hand its errno on. */
    system_error = system_error ? system_error : last;
    int primary = rc & 0xff;

    if ((atomic_exchange(&s->interrupted, 0) && primary == SQLITE_BUSY) || primary == SQLITE_INTERRUPT)
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
    if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && fs_full(system_error))
        primary = SQLITE_FULL;
    s->full |= primary == SQLITE_FULL;
    if (primary == SQLITE_ERROR && str_starts(detail, "no such "))
        primary = SQLITE_CORRUPT;
    if (primary == SQLITE_CANTOPEN && (system_error == EROFS || system_error == EACCES) &&
        s->mode != STORE_READ && s->mode != STORE_RAW)
        primary = SQLITE_READONLY;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].rc != primary)
            continue;
        if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL)
            error_set(e, failures[i].code, NULL, "the database '%s' %s", s->path, failures[i].text);
        else if (primary == SQLITE_CONSTRAINT)
            error_set(e, failures[i].code, NULL, "the database '%s' %s: %s", s->path, failures[i].text,
                      constraint_broken(rc));
        else
            error_set(e, failures[i].code, NULL, "the database '%s' %s (%s)", s->path, failures[i].text,
                      detail);
        if (failures[i].hint)
            error_hint(e, "%s", failures[i].hint);
        return -1;
    }
    return error_set(e, ERROR_INTERNAL, NULL, "the database '%s': %s (%d)", s->path, detail, rc);
}

int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (str_equal(words[i], word))
            return i;
    return -1;
}

int stored_word(struct store *s, const char *const *words, const char *word, struct error *e)
{
    int i = word_index(words, word);
    if (i < 0) {
        error_set(e, ERROR_DB_DAMAGED, NULL, "the database '%s' holds the unknown word '%s'", s->path, word);
        error_hint(e, "`doctor` says more; `restore` puts a backup back");
    }
    return i;
}

/* --- the cache --- */

static size_t slot_of(const struct store *s, const char *sql)
{
    uintptr_t hash = (uintptr_t)sql;
    hash = (hash ^ (hash >> 17)) * 0x9e3779b97f4a7c15u;
    return (size_t)(hash >> 20) & (s->statement_room - 1);
}

static struct statement *find(struct store *s, const char *sql)
{
    size_t i = slot_of(s, sql);
    while (s->statements[i].sql && s->statements[i].sql != sql)
        i = (i + 1) & (s->statement_room - 1);
    return &s->statements[i];
}

static void grow(struct store *s)
{
    struct statement *old = s->statements;
    size_t room = s->statement_room;

    s->statement_room = room ? room * 2 : 128;
    s->statements = mem_zero(s->statement_room, sizeof *s->statements);
    for (size_t i = 0; i < room; i++)
        if (old[i].sql)
            *find(s, old[i].sql) = old[i];
    free(old);
}

static int prepare(struct store *s, const char *sql, sqlite3_stmt **stmt, bool *cached)
{
    if ((s->statement_count + 1) * 2 > s->statement_room)
        grow(s);
    struct statement *entry = find(s, sql);

    /* A callback may run the statement that is calling it: it gets a second one. */
    *cached = !entry->stmt || !sqlite3_stmt_busy(entry->stmt);
    if (*cached && entry->stmt) {
        *stmt = entry->stmt;
        return SQLITE_OK;
    }
    int rc = sqlite3_prepare_v3(s->db, sql, -1, *cached ? SQLITE_PREPARE_PERSISTENT : 0, stmt, NULL);
    if (rc == SQLITE_OK && *cached) {
        *entry = (struct statement){.sql = sql, .stmt = *stmt};
        s->statement_count++;
    }
    return rc;
}

void sql_forget(struct store *s)
{
    for (size_t i = 0; i < s->statement_room; i++)
        sqlite3_finalize(s->statements[i].stmt);
    free(s->statements);
    s->statements = NULL;
    s->statement_count = s->statement_room = 0;
}

void sql_release(struct store *s)
{
    for (size_t i = 0; i < s->text_count; i++)
        free(s->texts[i]);
    free(s->texts);
    s->texts = NULL;
    s->text_count = 0;
}

const char *sql_text(struct store *s, const char *text)
{
    for (size_t i = 0; i < s->text_count; i++)
        if (str_equal(s->texts[i], text))
            return s->texts[i];
    s->texts = mem_resize(s->texts, s->text_count + 1, sizeof *s->texts);
    return s->texts[s->text_count++] = mem_strdup(text);
}

/* --- binding and stepping --- */

static int bind(sqlite3_stmt *stmt, const char *types, va_list args)
{
    int rc = SQLITE_OK;
    for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
        if (types[i] == 'i') {
            rc = sqlite3_bind_int64(stmt, i + 1, va_arg(args, int64_t));
        } else if (types[i] == 'd') {
            rc = sqlite3_bind_int(stmt, i + 1, va_arg(args, int));
        } else if (types[i] == 't') {
            rc = sqlite3_bind_text(stmt, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
        } else {
            const void *blob = va_arg(args, const void *);
            rc = sqlite3_bind_blob64(stmt, i + 1, blob, va_arg(args, size_t), SQLITE_STATIC);
        }
    }
    return rc;
}

/* SQLite ends a transaction by itself when the disk is full or fails; what follows must not run outside it.
 */
static int permitted(struct store *s, sqlite3_stmt *stmt, struct error *e)
{
    if (s->transaction != TRANSACTION_NONE && sqlite3_get_autocommit(s->db))
        return error_set(e, ERROR_INTERNAL, NULL,
                         "the database '%s' ended the transaction; nothing was changed", s->path);
    if (s->transaction != TRANSACTION_WRITE && !sqlite3_stmt_readonly(stmt)) {
        if (store_readonly(s)) {
            error_set(e, ERROR_READ_ONLY, NULL, "the database '%s' was opened read-only", s->path);
            return error_hint(e, "run it without --readonly");
        }
        return error_set(e, ERROR_INTERNAL, NULL, "a change outside a write transaction: %.80s",
                         sqlite3_sql(stmt));
    }
    return 0;
}

static int query_open_v(struct query *q, struct store *s, struct error *e, const char *sql, const char *types,
                        va_list args)
{
    *q = (struct query){.store = s};
    if (s->rested && store_reconnect(s, e))
        return -1;
    int rc = prepare(s, sql, &q->stmt, &q->cached);
    if (rc == SQLITE_OK && permitted(s, q->stmt, e))
        goto failed;
    if (rc == SQLITE_OK)
        rc = bind(q->stmt, types, args);
    if (rc == SQLITE_OK)
        return 0;
    store_fail(s, e, rc);
failed:
    query_close(q);
    return -1;
}

int query_open(struct query *q, struct store *s, struct error *e, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int result = query_open_v(q, s, e, sql, types, args);
    va_end(args);
    return result;
}

int query_step(struct query *q, struct error *e)
{
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : store_fail(q->store, e, rc);
}

void query_close(struct query *q)
{
    if (q->stmt && q->cached) {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
    } else {
        sqlite3_finalize(q->stmt);
    }
    q->stmt = NULL;
}

int64_t query_int(const struct query *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

const char *query_text(const struct query *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q->stmt, column);
    return text ? text : "";
}

static int run_v(struct store *s, struct error *e, const char *sql, const char *types, va_list args)
{
    struct query q;
    int result = query_open_v(&q, s, e, sql, types, args);
    if (result == 0)
        while ((result = query_step(&q, e)) == 1)
            continue;
    query_close(&q);
    return result;
}

int sql_run(struct store *s, struct error *e, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int result = run_v(s, e, sql, types, args);
    va_end(args);
    return result;
}

int work_run(struct store *s, struct error *e, const char *sql, const char *types, ...)
{
    bool own;
    va_list args;
    if (work_begin(s, &own, e))
        return -1;
    va_start(args, types);
    int result = run_v(s, e, sql, types, args);
    va_end(args);
    return work_end(s, own, result, e);
}

int sql_int(struct store *s, struct error *e, int64_t *out, const char *sql, const char *types, ...)
{
    struct query q;
    va_list args;
    va_start(args, types);
    int result = query_open_v(&q, s, e, sql, types, args);
    va_end(args);
    if (result == 0 && (result = query_step(&q, e)) == 1)
        *out = query_int(&q, 0);
    query_close(&q);
    return result;
}

int sql_control(struct store *s, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    bool cached = false;
    int rc = prepare(s, sql, &stmt, &cached);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_DONE)
        rc = SQLITE_OK;
    if (cached)
        sqlite3_reset(stmt);
    else
        sqlite3_finalize(stmt);
    return rc;
}

int64_t store_changes(const struct store *s)
{
    return sqlite3_changes64(s->db);
}
