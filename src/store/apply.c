#include "internal.h"

#include "journal.h"
#include "tenants.h"
#include "tt/base/time.h"

/* One change on its way: from the values that must be there to those that shall be. */
struct step {
    struct store *store;
    const struct journal_table *table;
    const struct json *key, *from, *to; /* FROM, TO: NULL where there is no row */
    int64_t now;
    bool forward;
    bool keep; /* the row stays: of a tenant that was created, hidden with it; of a customer whose money moved
                */
};

static int malformed(const struct step *step, struct error *e)
{
    return error_set(e, ERROR_DB_DAMAGED, NULL, "a recorded change of '%s' cannot be read",
                     step->table->name);
}

/* "features tenant01 shop": how messages name a row. */
static void add_name(const struct step *step, struct str *out)
{
    str_add(out, step->table->name);
    json_each(part, step->key)
    {
        if (json_is(part, JSON_NUMBER))
            str_addf(out, " %lld", (long long)json_int(part, 0));
        else
            str_addf(out, " %s", json_string(part) ? json_string(part) : "");
    }
}

static int conflict(const struct step *step, const char *column, struct error *e)
{
    struct str name = STR_INIT;
    add_name(step, &name);
    if (column)
        error_set(e, ERROR_REFUSED, column, "%s: '%s' is no longer what that change left", str_text(&name),
                  column);
    else
        error_set(e, ERROR_REFUSED, NULL, "%s: %s", str_text(&name),
                  step->from ? "is no longer there" : "is there again");
    str_release(&name);
    return error_hint(e, "something later touched the same value; `audit` shows what");
}

/* --- binding a key and a value --- */

static int bind_value(sqlite3_stmt *stmt, int position, const struct journal_column *c,
                      const struct json *value)
{
    enum journal_kind kind = c->kind;
    if (kind == JOURNAL_TEXT && json_is(value, JSON_STRING))
        return sqlite3_bind_text(stmt, position, json_string(value), -1, SQLITE_STATIC);
    if (kind == JOURNAL_ID && (json_id(value) || json_is(value, JSON_NULL)))
        return sqlite3_bind_int64(stmt, position, json_id(value));
    if (kind == JOURNAL_INT && json_is(value, JSON_NUMBER))
        return sqlite3_bind_int64(stmt, position, json_int(value, 0));
    if (kind == JOURNAL_WORD && json_string(value) && word_index(c->words, json_string(value)) >= 0)
        return sqlite3_bind_int(stmt, position, word_index(c->words, json_string(value)));
    int64_t moment;
    if (kind == JOURNAL_MOMENT && json_string(value) &&
        time_parse_rfc3339(json_string(value), &moment, NULL) == 0)
        return sqlite3_bind_int64(stmt, position, moment);
    if (kind == JOURNAL_BOOL && json_is(value, JSON_BOOL))
        return sqlite3_bind_int(stmt, position, json_bool(value, false));
    return SQLITE_MISMATCH;
}

/* Open SQL with the key bound; *NEXT is the position after it. */
static int open_row(struct query *q, const struct step *step, const char *sql, int *next, struct error *e)
{
    int position = 1;
    if (query_open(q, step->store, e, sql, ""))
        return -1;
    for (const struct journal_column *c = step->table->columns; c->name; c++)
        if (c->key) {
            const struct json *part = json_get(step->key, c->name);
            if (!(c->beside && !part) && bind_value(q->stmt, position, c, part) != SQLITE_OK) {
                query_close(q);
                return malformed(step, e);
            }
            position++;
        }
    *next = position;
    return 0;
}

static int finish_row(struct query *q, const struct step *step, struct error *e)
{
    int rc = sqlite3_step(q->stmt);
    query_close(q);
    if (rc == SQLITE_DONE || rc == SQLITE_ROW)
        return 0;
    if ((rc & 0xff) != SQLITE_CONSTRAINT)
        return store_fail(step->store, e, rc);
    struct str name = STR_INIT;
    add_name(step, &name);
    if (sqlite3_extended_errcode(step->store->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
        error_set(e, ERROR_REFUSED, NULL, "%s: something later belongs to it", str_text(&name));
    else
        error_set(e, ERROR_TAKEN, NULL, "%s: its value is taken now", str_text(&name));
    str_release(&name);
    return -1;
}

static int run_row(const struct step *step, const char *sql, struct error *e)
{
    struct query q;
    int next;
    if (open_row(&q, step, sql, &next, e))
        return -1;
    if (sqlite3_bind_parameter_count(q.stmt) >= next)
        sqlite3_bind_int64(q.stmt, next, step->now);
    return finish_row(&q, step, e);
}

/* --- is everything still as the change left it? --- */

static bool same(const struct query *q, const struct journal_column *c, const struct json *value)
{
    char moment[TIME_TEXT];
    switch (c->kind) {
    case JOURNAL_TEXT:
        return str_equal(query_text(q, 0), json_string(value));
    case JOURNAL_ID:
        return query_int(q, 0) == json_id(value);
    case JOURNAL_INT:
        return json_is(value, JSON_NUMBER) && query_int(q, 0) == json_int(value, 0);
    case JOURNAL_WORD:
        return str_equal(c->words[query_int(q, 0)], json_string(value));
    case JOURNAL_MOMENT:
        return str_equal(time_format_ms(query_int(q, 0), moment), json_string(value));
    case JOURNAL_BOOL:
        return (query_int(q, 0) != 0) == json_bool(value, false);
    case JOURNAL_TIME:
        return (query_int(q, 0) != 0) == json_is(value, JSON_STRING);
    case JOURNAL_SKIP:
    case JOURNAL_SECRET:
        break;
    }
    return false;
}

static int check_exists(const struct step *step, struct error *e)
{
    struct query q;
    int next;
    const char *gone = step->from ? NULL : step->table->gone;
    if (open_row(&q, step, gone ? gone : step->table->exists, &next, e))
        return -1;
    int found = query_step(&q, e);
    query_close(&q);
    if (found < 0 || (found == 1) == (step->from != NULL || gone))
        return found < 0 ? -1 : 0;
    return conflict(step, NULL, e);
}

static int check_values(const struct step *step, const struct json *values, struct error *e)
{
    for (const struct journal_column *c = step->table->columns; c->name; c++) {
        const struct json *value = json_get(values, c->name);
        struct query q;
        int next;
        if (c->key || !value)
            continue;
        if (!c->get)
            return error_set(e, ERROR_REFUSED, NULL, "%s: a secret is not put back", step->table->name);
        if (open_row(&q, step, c->get, &next, e))
            return -1;
        int found = query_step(&q, e);
        bool equal = found == 1 && same(&q, c, value);
        query_close(&q);
        if (found < 0)
            return -1;
        if (!equal)
            return conflict(step, c->name, e);
    }
    return 0;
}

/* --- putting values --- */

static int put_mark(const struct step *step, bool set, struct error *e)
{
    const char *id = json_get_string(step->key, "tenant_id");
    return id ? tenants_set_deleted(step->store, id, set, step->now, NULL, e) : malformed(step, e);
}

static int put_value(const struct step *step, const struct journal_column *c, const struct json *value,
                     struct error *e)
{
    struct query q;
    int next;

    if (c->kind == JOURNAL_TIME && str_equal(step->table->name, "tenants"))
        return put_mark(step, json_is(value, JSON_STRING), e);
    if (!c->set)
        return error_set(e, ERROR_REFUSED, NULL, "%s: a secret is not put back", step->table->name);
    if (open_row(&q, step, c->set, &next, e))
        return -1;
    int rc = c->kind == JOURNAL_TIME
                 ? sqlite3_bind_int64(q.stmt, next, json_is(value, JSON_STRING) ? step->now : 0)
                 : bind_value(q.stmt, next, c, value);
    if (rc != SQLITE_OK) {
        query_close(&q);
        return malformed(step, e);
    }
    return finish_row(&q, step, e);
}

static int put_row(const struct step *step, struct error *e)
{
    struct query q;
    int position;

    if (!step->table->insert)
        return error_set(e, ERROR_REFUSED, NULL, "%s: a secret is not put back", step->table->name);
    if (open_row(&q, step, step->table->insert, &position, e))
        return -1;
    /* Where rows are kept and marked, their values are there already. */
    int room = sqlite3_bind_parameter_count(q.stmt);
    for (const struct journal_column *c = step->table->columns; c->name; c++) {
        if (c->key || c->kind == JOURNAL_SKIP || c->kind == JOURNAL_TIME || position > room)
            continue;
        if (bind_value(q.stmt, position++, c, json_get(step->to, c->name)) != SQLITE_OK) {
            query_close(&q);
            return malformed(step, e);
        }
    }
    if (room >= position)
        sqlite3_bind_int64(q.stmt, position, step->now);
    return finish_row(&q, step, e);
}

/* A tenant that a command created is not erased by its undo but marked deleted, and found again by the redo.
 */
static int put_tenant(const struct step *step, struct error *e)
{
    int64_t deleted = 0;
    const char *id = json_get_string(step->key, "tenant_id");

    if (!id)
        return malformed(step, e);
    int found = sql_int(step->store, e, &deleted, "SELECT deleted_at <> 0 FROM tenants WHERE tenant_id = ?1",
                        "t", id);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_set(e, ERROR_REFUSED, NULL, "the tenant '%s' was erased for good", id);
    if (deleted != (step->from == NULL))
        return error_set(e, ERROR_REFUSED, NULL, "the tenant '%s' is %s already", id,
                         step->from ? "deleted" : "there");
    if (check_values(step, step->from ? step->from : step->to, e))
        return -1;
    return put_mark(step, step->from != NULL, e);
}

static int apply_step(const struct step *step, struct error *e)
{
    bool row = step->from && step->to;

    if (str_equal(step->table->name, "tenants") && !row)
        return put_tenant(step, e);
    if (step->keep)
        return check_values(step, step->from ? step->from : step->to, e);
    if (step->table->turn)
        return step->table->turn(step->store, step->key, step->forward, step->now, e);
    if (check_exists(step, e) || (step->from && check_values(step, step->from, e)))
        return -1;
    if (!step->to && !step->table->erase)
        return error_set(e, ERROR_REFUSED, NULL, "%s: a secret is not put back", step->table->name);
    if (!row)
        return step->to ? put_row(step, e) : run_row(step, step->table->erase, e);
    for (const struct journal_column *c = step->table->columns; c->name; c++) {
        const struct json *value = json_get(step->to, c->name);
        if (value && !c->key && put_value(step, c, value, e))
            return -1;
    }
    return 0;
}

/* --- the whole list --- */

static const struct journal_table *table_of(const char *name)
{
    const struct journal_table *t = journal_tables;
    while (t->name && !str_equal(t->name, name))
        t++;
    return t->name ? t : NULL;
}

/* Was the change's tenant created by the same list? */
static bool created_here(const struct json *changes, const struct json *key)
{
    const char *tenant = json_get_string(key, "tenant_id");
    json_each(change, changes)
    {
        if (str_equal(json_get_string(change, "table"), "tenants") &&
            !json_is(json_get(change, "before"), JSON_OBJECT) && tenant &&
            str_equal(json_get_string(json_get(change, "key"), "tenant_id"), tenant))
            return true;
    }
    return false;
}

/* Was the change's customer registered in order to move money? Entries stay, and so does whose they are. */
static bool moved_here(const struct json *changes, const struct step *step)
{
    const char *user = json_get_string(step->key, "user_id");
    if (!str_equal(step->table->name, "customers") || (step->from && step->to))
        return false;
    json_each(change, changes)
    {
        if (str_equal(json_get_string(change, "table"), "entries") && user &&
            str_equal(json_get_string(json_get(change, "after"), "user_id"), user))
            return true;
    }
    return false;
}

static const struct json *row_or_none(const struct json *j)
{
    return json_is(j, JSON_OBJECT) ? j : NULL;
}

int store_journal_apply(struct store *s, const struct json *changes, bool forward, int64_t now,
                        struct error *e)
{
    int result = 0;
    if (store_savepoint(s, e))
        return -1;
    json_each(change, changes)
    {
        struct step step = {
            .store = s,
            .table = table_of(json_get_string(change, "table")),
            .key = json_get(change, "key"),
            .from = row_or_none(json_get(change, forward ? "before" : "after")),
            .to = row_or_none(json_get(change, forward ? "after" : "before")),
            .now = now,
            .forward = forward,
        };
        if (!step.table || (!step.from && !step.to))
            result = error_set(e, ERROR_DB_DAMAGED, NULL, "a recorded change cannot be read");
        else
            step.keep = created_here(changes, step.key) || moved_here(changes, &step);
        if (result || (result = apply_step(&step, e)))
            break;
    }
    if (result == 0)
        return store_release(s, e);
    store_rollback_to(s);
    return -1;
}
