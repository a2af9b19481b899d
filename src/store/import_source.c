#include "import.h"

#include <ctype.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

/* --- the file --- */

int import_fail(sqlite3 *source, struct error *e)
{
    return error_set(e, ERROR_REFUSED, "file", "the file cannot be read: %s",
                     source ? sqlite3_errmsg(source) : "no memory");
}

/* A file in WAL mode whose log was folded in needs files beside it to be read, unless it is said not to
 * change. */
static bool at_rest(const char *path)
{
    char *wal = mem_format("%s-wal", path), *journal = mem_format("%s-journal", path);
    bool rest = !fs_exists(wal) && !fs_exists(journal);

    free(wal);
    free(journal);
    return rest;
}

static char *uri_of(const char *path)
{
    struct str uri = STR_INIT;

    str_add(&uri, "file:");
    for (const char *p = path; *p; p++)
        if (strchr("?#%", *p))
            str_addf(&uri, "%%%02X", (unsigned)*p);
        else
            str_add_char(&uri, *p);
    str_addf(&uri, "?mode=ro%s", at_rest(path) ? "&immutable=1" : "");
    return str_take(&uri);
}

int import_open(const char *path, sqlite3 **out, struct error *e)
{
    *out = NULL;
    if (!fs_exists(path))
        return error_set(e, ERROR_NO_SUCH, "file", "there is no file '%s' that could be read", path);
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return error_set(e, ERROR_REFUSED, "file", "'%s' is a directory (csv exports are not read by import)",
                         path);
    char *uri = uri_of(path);
    int rc = sqlite3_open_v2(uri, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    free(uri);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*out, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return 0;
    if (rc == SQLITE_NOTADB)
        error_set(e, ERROR_REFUSED, "file", "'%s' is neither an export nor a database of the earlier system",
                  path);
    else
        import_fail(*out, e);
    sqlite3_close(*out);
    *out = NULL;
    return -1;
}

static bool there(sqlite3 *source, const char *sql, const char *a, const char *b)
{
    sqlite3_stmt *stmt = NULL;
    bool found = sqlite3_prepare_v2(source, sql, -1, &stmt, NULL) == SQLITE_OK;

    if (found) {
        sqlite3_bind_text(stmt, 1, a, -1, SQLITE_STATIC);
        if (b)
            sqlite3_bind_text(stmt, 2, b, -1, SQLITE_STATIC);
        found = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    return found;
}

bool import_has_table(sqlite3 *source, const char *name)
{
    return there(source, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1", name, NULL);
}

bool import_has_column(sqlite3 *source, const char *table, const char *column)
{
    return there(source, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2", table, column);
}

int import_do(sqlite3 *source, const char *sql, const char *text, struct error *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(source, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK && text)
        rc = sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : import_fail(source, e);
}

int import_select(sqlite3 *source, const struct import_table *t, sqlite3_stmt **out, struct error *e)
{
    struct str sql = STR_INIT;

    str_add(&sql, "SELECT rowid");
    for (int i = 0; i < IMPORT_COLUMNS_MAX && t->columns[i]; i++)
        str_addf(&sql, ", %s", import_has_column(source, t->name, t->columns[i]) ? t->columns[i] : "NULL");
    str_addf(&sql, " FROM %s ORDER BY %s", t->name, t->order ? t->order : "rowid");
    int rc = sqlite3_prepare_v2(source, str_text(&sql), -1, out, NULL);
    str_release(&sql);
    return rc == SQLITE_OK ? 0 : import_fail(source, e);
}

/* --- values --- */

static int column_of(const struct import_row *r, const char *column)
{
    for (int i = 0; i < IMPORT_COLUMNS_MAX && r->table->columns[i]; i++)
        if (str_equal(r->table->columns[i], column))
            return i + 1;
    return 0;
}

const char *import_bytes(const struct import_row *r, const char *column, size_t *n)
{
    int i = column_of(r, column);
    const char *bytes = i ? (const char *)sqlite3_column_text(r->stmt, i) : NULL;

    *n = bytes ? (size_t)sqlite3_column_bytes(r->stmt, i) : 0;
    return bytes;
}

/* SQLite keeps the bytes until the next step; the blank at the end stays for whoever reads further. */
const char *import_text(const struct import_row *r, const char *column)
{
    size_t n;
    const char *text = import_bytes(r, column, &n);

    while (text && *text && isspace((unsigned char)*text))
        text++;
    return text && *text ? text : NULL;
}

int import_int(const struct import_row *r, const char *column, int64_t otherwise, int64_t *out,
               struct error *e)
{
    int i = column_of(r, column);
    int type = i ? sqlite3_column_type(r->stmt, i) : SQLITE_NULL;
    double d = type == SQLITE_NULL ? 0 : sqlite3_column_double(r->stmt, i);
    const char *text = import_text(r, column);
    char *end = NULL;

    *out = otherwise;
    if (!text)
        return 0;
    *out = type == SQLITE_INTEGER ? sqlite3_column_int64(r->stmt, i) : (int64_t)strtoll(text, &end, 10);
    if (type == SQLITE_INTEGER)
        return 0;
    bool small = d > -9e15 && d < 9e15;
    if (type == SQLITE_FLOAT && small && (double)(int64_t)d == d) {
        *out = (int64_t)d;
        return 0;
    }
    while (end && isspace((unsigned char)*end))
        end++;
    if (type == SQLITE_TEXT && small && end != text && !*end)
        return 0;
    return error_set(e, ERROR_MALFORMED, column, "%s is no whole number: '%.40s'", column, text);
}

bool import_bool(struct import_row *r, const char *column, bool otherwise)
{
    const char *text = import_text(r, column);
    int on = text ? bool_parse(column, text, NULL) : otherwise;

    if (on < 0)
        import_note(r, "%s is neither true nor false: %s", column, otherwise ? "true" : "false");
    return on < 0 ? otherwise : on;
}

int64_t import_time(struct import_row *r, const char *column, int64_t otherwise)
{
    const char *text = import_text(r, column);
    char iso[TIME_TEXT];
    int64_t ms;

    if (!text)
        return otherwise;
    str_copy(iso, 20, text);
    const char *zone = text + strlen(iso);
    if (strlen(iso) == 10)
        str_copy(iso + 10, sizeof iso - 10, "T00:00:00");
    if (strlen(iso) == 19) {
        iso[10] = 'T';
        if (*zone == '.')
            zone += 1 + strspn(zone + 1, "0123456789");
        if (str_copy(iso + 19, sizeof iso - 19, *zone ? zone : "Z") &&
            time_parse_rfc3339(iso, &ms, NULL) == 0)
            return ms;
    }
    import_note(r, "%s is no time: '%.40s'", column, text);
    return otherwise;
}

int import_word(struct import_row *r, const char *column, const char *const *words, int otherwise)
{
    const char *text = import_text(r, column);

    for (int i = 0; text && words[i]; i++)
        if (str_equal_nocase(words[i], text))
            return i;
    if (text && otherwise >= 0)
        import_note(r, "%s '%.40s' is unknown: %s", column, text, words[otherwise]);
    return otherwise;
}

int import_id(const struct import_row *r, const char *column, int64_t *id, struct error *e)
{
    const char *text = import_text(r, column);

    return text ? snowflake_parse(column, text, id, NULL, e)
                : error_set(e, ERROR_MALFORMED, column, "%s is empty", column);
}

void import_cut(struct import_row *r, const char *column, size_t most, char *to, size_t size)
{
    const char *text = import_text(r, column);
    size_t n = text ? text_prefix(text, most) : 0;

    while (n >= size)
        n = text_prefix(text, --most);
    if (text && text[n])
        import_note(r, "%s is cut at %zu characters", column, most);
    snprintf(to, size, "%.*s", (int)n, text ? text : "");
}

void import_note(struct import_row *r, const char *format, ...)
{
    va_list args;

    if (r->notes.len)
        str_add(&r->notes, "; ");
    va_start(args, format);
    str_addv(&r->notes, format, args);
    va_end(args);
}

int import_vouch(struct import_row *r, const char *id, bool fresh, struct error *e)
{
    if (import_do(
            r->source,
            "CREATE TEMP TABLE IF NOT EXISTS vouched (id TEXT PRIMARY KEY, fresh INTEGER) WITHOUT ROWID",
            NULL, e))
        return -1;
    return import_do(r->source,
                     fresh ? "INSERT OR IGNORE INTO temp.vouched (id, fresh) VALUES (?1, 1)"
                           : "INSERT OR IGNORE INTO temp.vouched (id, fresh) VALUES (?1, 0)",
                     id, e);
}

bool import_vouched(struct import_row *r, const char *id)
{
    if (r->tenant || str_equal(r->vouched, id))
        return true;
    if (!there(r->source, "SELECT 1 FROM temp.vouched WHERE id = ?1", id, NULL))
        return false;
    str_copy(r->vouched, sizeof r->vouched, id);
    return true;
}

bool import_is_fresh(struct import_row *r, const char *id)
{
    return there(r->source, "SELECT 1 FROM temp.vouched WHERE id = ?1 AND fresh", id, NULL);
}

int import_scope(struct import_row *r, struct tenant_scope *out, struct error *e)
{
    const char *id = r->tenant ? r->tenant : import_text(r, "tenant_id");

    if (!id || tenant_id_check(id, NULL))
        return error_set(e, ERROR_NO_SUCH, "tenant", "it belongs to no tenant");
    *out = scope_of(r->store, id);
    if (scope_require(out, e))
        return -1;
    if (import_vouched(r, id))
        return 0;
    return error_set(e, ERROR_REFUSED, "tenant",
                     "the tenant '%s' that is here is not the file's: that has another owner or guild, or is "
                     "not in it",
                     id);
}

struct json *import_map(struct import_row *r, const char *column)
{
    const char *text = import_text(r, column);
    struct json *j = text ? json_parse(text, strlen(text), NULL) : NULL;

    if (text && !j)
        j = python_parse(text, strlen(text));
    if (json_string(j)) {
        struct json *inner = json_parse(json_string(j), strlen(json_string(j)), NULL);
        json_free(j);
        j = inner;
    }
    if (json_is(j, JSON_OBJECT) || json_is(j, JSON_ARRAY))
        return j;
    if (text && !json_is(j, JSON_NULL))
        import_note(r, "%s is neither JSON nor a Python dict: left out", column);
    json_free(j);
    return NULL;
}

bool import_may_refuse(const struct error *e)
{
    return e->code != ERROR_INTERNAL && error_code_status(e->code) <= 2;
}
