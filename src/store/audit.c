#include "internal.h"

#include "tt/store/audit.h"

#define AUDIT_COLUMNS \
    "audit, time, tenant_id, who, face, command, changes, refused, undoable, undone_by, undoes"

int audit_add(struct store *s, const struct audit_entry *entry, int64_t *audit, struct error *e)
{
    struct str changes = STR_INIT;
    if (entry->changes)
        json_print(entry->changes, &changes);
    int result = sql_run(
        s, e,
        "INSERT INTO audit (time, tenant_id, who, face, command, changes, refused, undoable, undone_by,"
        " undoes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        "itttttddii", entry->time, entry->tenant, entry->who, entry->face, entry->command,
        entry->changes ? changes.data : NULL, (int)entry->refused, (int)entry->undoable, entry->undone_by,
        entry->undoes);
    if (result == 0 && audit)
        *audit = sqlite3_last_insert_rowid(s->db);
    str_release(&changes);
    return result;
}

/* The row under Q. Strings are the row's; *CHANGES is the caller's. */
static int read_entry(const struct query *q, struct audit_entry *entry, struct json **changes,
                      struct error *e)
{
    *changes = NULL;
    if (sqlite3_column_type(q->stmt, 6) != SQLITE_NULL) {
        const char *text = query_text(q, 6);
        *changes = json_parse(text, strlen(text), e);
        if (!*changes)
            return error_set(e, ERROR_DB_DAMAGED, NULL, "the changes of audit row %lld cannot be read",
                             (long long)query_int(q, 0));
    }
    *entry = (struct audit_entry){
        .audit = query_int(q, 0),
        .time = query_int(q, 1),
        .tenant = sqlite3_column_type(q->stmt, 2) == SQLITE_NULL ? NULL : query_text(q, 2),
        .who = query_text(q, 3),
        .face = query_text(q, 4),
        .command = query_text(q, 5),
        .changes = *changes,
        .refused = query_int(q, 7) != 0,
        .undoable = query_int(q, 8) != 0,
        .undone_by = query_int(q, 9),
        .undoes = query_int(q, 10),
    };
    return 0;
}

static const char *held(struct json *owner, const char *key, const char *text)
{
    return text ? json_string(json_set(owner, key, json_new_string(text))) : NULL;
}

int audit_load(struct store *s, int64_t audit, struct audit_entry *entry, struct json **owner,
               struct error *e)
{
    struct query q;
    struct json *changes = NULL;
    *owner = NULL;
    int step = query_open(&q, s, e, "SELECT " AUDIT_COLUMNS " FROM audit WHERE audit = ?1", "i", audit);
    if (step == 0)
        step = query_step(&q, e);
    if (step == 0) {
        error_set(e, ERROR_NO_SUCH, "N", "no audit row %lld", (long long)audit);
        step = error_hint(e, "`audit` lists them");
    } else if (step == 1 && (step = read_entry(&q, entry, &changes, e)) == 0) {
        *owner = json_new_object();
        entry->tenant = held(*owner, "tenant", entry->tenant);
        entry->who = held(*owner, "who", entry->who);
        entry->face = held(*owner, "face", entry->face);
        entry->command = held(*owner, "command", entry->command);
        if (changes)
            json_set(*owner, "changes", changes);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

int audit_mark_undone(struct store *s, int64_t audit, int64_t undone_by, struct error *e)
{
    if (sql_run(s, e, "UPDATE audit SET undone_by = ?2 WHERE audit = ?1", "ii", audit, undone_by))
        return -1;
    if (store_changes(s) == 0)
        return error_set(e, ERROR_NO_SUCH, "N", "no audit row %lld", (long long)audit);
    return 0;
}

int audit_newest(struct store *s, const char *who, bool redo, int64_t *audit, struct error *e)
{
    /* An undo stands while the write that it undid says so: a redo clears that. */
    int found =
        redo ? sql_int(s, e, audit,
                       "SELECT o.audit FROM audit u JOIN audit o ON o.audit = u.undoes"
                       " WHERE u.who = ?1 AND u.refused = 0 AND u.undoes <> 0 AND o.undoes = 0"
                       " AND o.undone_by = u.audit ORDER BY u.audit DESC LIMIT 1",
                       "t", who)
             : sql_int(
                   s, e, audit,
                   "SELECT audit FROM audit WHERE who = ?1 AND refused = 0 AND undoes = 0 AND undone_by = 0"
                   " AND command NOT GLOB 'undo' AND command NOT GLOB 'undo *'"
                   " AND command NOT GLOB 'redo' AND command NOT GLOB 'redo *'"
                   /* Reads that are noted for what they reveal. */
                   " AND command NOT GLOB 'stock show *' AND command NOT GLOB 'export *'"
                   " ORDER BY audit DESC LIMIT 1",
                   "t", who);
    if (found == 0)
        return error_set(e, ERROR_NO_SUCH, "N",
                         redo ? "there is no undo of yours to redo" : "there is nothing of yours to undo");
    return found < 0 ? -1 : 0;
}

int audit_undoable(struct store *s, const char *who, int64_t *audit, struct error *e)
{
    *audit = 0;
    return sql_int(s, e, audit,
                   "SELECT audit FROM audit WHERE who = ?1 AND refused = 0 AND undoes = 0 AND undone_by = 0"
                   " AND undoable = 1 AND length(changes) > 2 ORDER BY audit DESC LIMIT 1",
                   "t", who) < 0
               ? -1
               : 0;
}

/* --- listing --- */

/* ?1 tenant, ?2 who, ?3 command, ?4 since, ?5 anchor, ?6 limit */
static void add_filters(const struct audit_query *q, struct str *sql)
{
    str_add(sql, " FROM audit WHERE 1");
    if (q->tenant)
        str_add(sql, " AND tenant_id = ?1");
    if (q->who)
        str_add(sql, " AND who = ?2");
    if (q->command)
        str_add(sql, " AND (command = ?3 OR substr(command, 1, length(?3) + 1) = ?3 || ' ')");
    if (q->since)
        str_add(sql,
                " AND time >= ?4 AND audit >= (SELECT coalesce(min(audit), 0) FROM audit WHERE time >= ?4)");
}

static int open_rows(struct query *out, struct store *s, const struct audit_query *q, const char *sql,
                     int64_t anchor, int64_t limit, struct error *e)
{
    if (query_open(out, s, e, sql_text(s, sql), ""))
        return -1;
    int room = sqlite3_bind_parameter_count(out->stmt);
    if (room >= 1)
        sqlite3_bind_text(out->stmt, 1, q->tenant, -1, SQLITE_STATIC);
    if (room >= 2)
        sqlite3_bind_text(out->stmt, 2, q->who, -1, SQLITE_STATIC);
    if (room >= 3)
        sqlite3_bind_text(out->stmt, 3, q->command, -1, SQLITE_STATIC);
    if (room >= 4)
        sqlite3_bind_int64(out->stmt, 4, q->since);
    if (room >= 5)
        sqlite3_bind_int64(out->stmt, 5, anchor);
    if (room >= 6)
        sqlite3_bind_int64(out->stmt, 6, limit);
    return 0;
}

/* A page is a range of numbers, known before its rows are read: LOW to HIGH, and whether older ones follow.
 */
struct range {
    int64_t low, high;
    bool more;
};

/* The number of the row that is COUNT rows from ANCHOR on (itself included) in the order of the listing, or
 * against it; *REACHED is how many there were. */
static int reach(struct store *s, const struct audit_query *q, int64_t anchor, bool newer, int64_t count,
                 int64_t *number, int64_t *reached, struct error *e)
{
    struct str sql = STR_INIT;
    struct query query;
    str_add(&sql, "SELECT audit");
    add_filters(q, &sql);
    str_add(&sql, newer ? " AND audit >= ?5 ORDER BY audit LIMIT ?6"
                        : " AND audit <= ?5 ORDER BY audit DESC LIMIT ?6");
    *reached = 0;
    int step = open_rows(&query, s, q, sql.data, anchor, count, e);
    while (step >= 0 && (step = query_step(&query, e)) == 1) {
        *number = query_int(&query, 0);
        ++*reached;
    }
    query_close(&query);
    str_release(&sql);
    return step;
}

static int older_range(struct store *s, const struct audit_query *q, int64_t from, int64_t limit,
                       struct range *range, struct error *e)
{
    int64_t last = 0, reached = 0, extra = 0;
    range->high = from;
    range->low = 1;
    range->more = false;
    if (limit <= 0)
        return 0;
    if (reach(s, q, from, false, limit, &last, &reached, e))
        return -1;
    if (reached < limit)
        return 0;
    range->low = last;
    if (reach(s, q, last - 1, false, 1, &last, &extra, e))
        return -1;
    range->more = extra > 0;
    return 0;
}

static int newer_range(struct store *s, const struct audit_query *q, int64_t from, int64_t limit,
                       struct range *range, struct error *e)
{
    int64_t last = INT64_MAX, reached = 0;
    range->low = from;
    range->high = INT64_MAX;
    if (limit <= 0)
        return 0;
    if (reach(s, q, from, true, limit, &last, &reached, e))
        return -1;
    if (reached == limit)
        range->high = last;
    return 0;
}

static int around_range(struct store *s, const struct audit_query *q, int64_t anchor, struct range *range,
                        struct error *e)
{
    int64_t limit = q->page.limit, before = limit / 2, top = anchor, above = 0, last, below = 0;
    if (limit <= 0)
        return older_range(s, q, INT64_MAX, 0, range, e);
    if (reach(s, q, anchor, false, limit - before, &last, &below, e))
        return -1;
    if (limit - below > 0 && reach(s, q, anchor + 1, true, limit - below, &top, &above, e))
        return -1;
    return older_range(s, q, above ? top : anchor, limit, range, e);
}

static int64_t number_of(const char *text)
{
    char *end;
    long long n = text ? strtoll(text, &end, 10) : 0;
    return text && *end == '\0' && n > 0 && n < (int64_t)1 << 53 ? n : -1;
}

static int range_of(struct store *s, const struct audit_query *q, struct range *range, struct error *e)
{
    const struct paging *p = &q->page;
    const char *text = p->after ? p->after : p->before ? p->before : p->around;
    int64_t anchor = number_of(text);

    if (text && anchor < 0)
        return error_set(e, ERROR_MALFORMED, "N", "'%s' is not the number of an audit row", text);
    if (p->last) {
        range->more = false;
        return newer_range(s, q, 1, p->limit, range, e);
    }
    if (p->around)
        return around_range(s, q, anchor, range, e);
    if (p->before) {
        range->more = true;
        return newer_range(s, q, anchor + 1, p->limit, range, e);
    }
    return older_range(s, q, p->after ? anchor - 1 : INT64_MAX, p->limit, range, e);
}

static int send_range(struct store *s, const struct audit_query *q, const struct range *range,
                      void (*each)(void *, const struct audit_entry *), void *context, int64_t *last,
                      struct error *e)
{
    struct str sql = STR_INIT;
    struct query query;
    str_add(&sql, "SELECT " AUDIT_COLUMNS);
    add_filters(q, &sql);
    str_add(&sql, " AND audit >= ?5 AND audit <= ?6 ORDER BY audit DESC");
    int step = open_rows(&query, s, q, sql.data, range->low, range->high, e);
    while (step >= 0 && (step = query_step(&query, e)) == 1) {
        struct audit_entry entry;
        struct json *changes = NULL;
        if (read_entry(&query, &entry, &changes, e)) {
            step = -1;
        } else {
            *last = entry.audit;
            each(context, &entry);
        }
        json_free(changes);
    }
    query_close(&query);
    str_release(&sql);
    return step;
}

static int count_rows(struct store *s, const struct audit_query *q, int64_t *total, struct error *e)
{
    struct str sql = STR_INIT;
    struct query query;
    str_add(&sql, "SELECT count(*)");
    add_filters(q, &sql);
    int step = open_rows(&query, s, q, sql.data, 0, 0, e);
    if (step == 0 && (step = query_step(&query, e)) == 1)
        *total = query_int(&query, 0);
    query_close(&query);
    str_release(&sql);
    return step < 0 ? -1 : 0;
}

int audit_list(struct store *s, const struct audit_query *q, void (*each)(void *, const struct audit_entry *),
               void *context, int64_t *total, int64_t *next, struct error *e)
{
    struct range range = {0};
    int64_t last = 0;

    if (next)
        *next = 0;
    if (total && count_rows(s, q, total, e))
        return -1;
    if (q->page.count)
        return 0;
    if (range_of(s, q, &range, e) || send_range(s, q, &range, each, context, &last, e))
        return -1;
    if (next && range.more)
        *next = last;
    return 0;
}
