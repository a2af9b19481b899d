#include "list.h"

#include "haystack.h"
#include "tt/base/mem.h"

#define RARE 2000 /* matches; below it they are gathered and sorted, above it the order's index is walked */

/* --- parts of a statement --- */

static const char *const sort_columns[] = {
    [SORT_TENANT] = NULL,         [SORT_NAME] = "name",          [SORT_PLAN] = "plan",
    [SORT_STATUS] = "status",     [SORT_CREATED] = "created_at", [SORT_UPDATED] = "updated_at",
    [SORT_REVISION] = "revision",
};

static bool is_search(const struct tenant_query *q)
{
    return q->search && q->search[0];
}

/* Bound values have fixed numbers, whichever parts are in: ?1 status, ?2 plan, ?3 feature, ?4 search, ?5
 * anchor, ?6 limit. */
static void add_filters(const struct tenant_query *q, const struct list_plan *how, struct str *sql)
{
    str_add(sql, q->deleted ? " WHERE t.deleted_at <> 0" : " WHERE t.deleted_at = 0");
    if (q->status >= 0)
        str_addf(sql, " AND %st.status = ?1", how->rare_status ? "" : "+");
    if (q->plan >= 0)
        str_addf(sql, " AND %st.plan = ?2", how->rare_plan ? "" : "+");
    if (q->feature >= 0)
        str_add(
            sql,
            how->rare_feature
                ? " AND t.tenant_id IN (SELECT tenant_id FROM features WHERE feature = ?3 AND enabled = 1)"
                : " AND EXISTS (SELECT 1 FROM features f WHERE f.tenant_id = t.tenant_id AND f.feature = ?3"
                  " AND f.enabled = 1)");
    if (how->found)
        str_add(sql, " AND t.tenant_id IN (SELECT value FROM json_each(?4))");
    else if (is_search(q))
        str_add(sql, " AND (t.tenant_id LIKE ?4 ESCAPE '\\' OR t.name LIKE ?4 ESCAPE '\\'"
                     " OR t.guild_id LIKE ?4 ESCAPE '\\' OR t.discord_id LIKE ?4 ESCAPE '\\')");
}

int list_count_known(struct store *s, int status, int plan, int64_t *n, struct error *e)
{
    return sql_int(s, e, n,
                   "SELECT coalesce(sum(n), 0) FROM tenant_counts WHERE (?1 IS NULL OR status = ?1)"
                   " AND (?2 IS NULL OR plan = ?2)",
                   "tt", status >= 0 ? tenant_status_words[status] : NULL,
                   plan >= 0 ? plan_words[plan] : NULL) < 0
               ? -1
               : 0;
}

static int find_ids(struct store *s, const char *search, struct list_plan *how, struct error *e)
{
    struct json *ids = json_new_array();
    struct str text = STR_INIT;
    int result = haystack_find(s, search, RARE, ids, e);
    if (result == 0) {
        json_print(ids, &text);
        *(json_count(ids) < RARE ? &how->found : &how->first) = str_take(&text);
    }
    json_free(ids);
    return result;
}

int list_plan_of(struct store *s, const struct tenant_query *q, struct list_plan *how, struct error *e)
{
    int64_t status = 0, plan = 0, feature = 0;
    *how = (struct list_plan){0};
    if ((q->status >= 0 && list_count_known(s, q->status, -1, &status, e)) ||
        (q->plan >= 0 && list_count_known(s, -1, q->plan, &plan, e)))
        return -1;
    /* crosses tenants: how common the feature is */
    if (q->feature >= 0 &&
        sql_int(s, e, &feature,
                "SELECT count(*) FROM (SELECT 1 FROM features WHERE feature = ?1 AND enabled = 1 LIMIT ?2)",
                "td", feature_words[q->feature], RARE) < 0)
        return -1;
    how->rare_status = status < RARE;
    how->rare_plan = plan < RARE;
    how->rare_feature = feature < RARE;
    return is_search(q) ? find_ids(s, q->search, how, e) : 0;
}

void list_plan_release(struct list_plan *how)
{
    free(how->found);
    free(how->first);
}

/* Rows on one side of the anchor. Names compare without case, which SQLite's row values cannot use an index
 * for. */
static void add_keyset(enum tenant_sort sort, const char *sign, bool with_anchor, struct str *sql)
{
    const char *column = sort_columns[sort], *equal = with_anchor ? "=" : "";
    if (!column)
        str_addf(sql, " AND t.tenant_id %s%s ?5", sign, equal);
    else if (sort == SORT_NAME)
        str_addf(sql,
                 " AND t.name COLLATE NOCASE %s= (SELECT name FROM tenants WHERE tenant_id = ?5)"
                 " AND (t.name COLLATE NOCASE %s (SELECT name FROM tenants WHERE tenant_id = ?5)"
                 " OR t.tenant_id %s%s ?5)",
                 sign, sign, sign, equal);
    else {
        str_addf(sql, " AND (t.%s, t.tenant_id) %s%s ((SELECT ", column, sign, equal);
        str_add(sql, column);
        str_add(sql, " FROM tenants WHERE tenant_id = ?5), ?5)");
    }
}

static void add_order(enum tenant_sort sort, bool descending, struct str *sql)
{
    const char *direction = descending ? " DESC" : "";
    str_add(sql, " ORDER BY ");
    if (sort == SORT_NAME)
        str_addf(sql, "t.name COLLATE NOCASE%s, ", direction);
    else if (sort_columns[sort])
        str_addf(sql, "t.%s%s, ", sort_columns[sort], direction);
    str_addf(sql, "t.tenant_id%s LIMIT ?6", direction);
}

/* --- values --- */

/* What a person looks for is literal: the pattern's own letters are escaped. */
static char *pattern_of(const char *search)
{
    struct str pattern = STR_INIT;
    str_add_char(&pattern, '%');
    for (; *search; search++) {
        if (strchr("%_\\", *search))
            str_add_char(&pattern, '\\');
        str_add_char(&pattern, *search);
    }
    str_add_char(&pattern, '%');
    return str_take(&pattern);
}

/* Bind what the text has; numbers that it lacks are out of range and left alone. */
static int open_list(struct query *out, struct store *s, const struct tenant_query *q,
                     const struct list_plan *how, const char *sql, const char *anchor, int64_t limit,
                     struct error *e)
{
    if (query_open(out, s, e, sql_text(s, sql), ""))
        return -1;
    int room = sqlite3_bind_parameter_count(out->stmt);
    if (room >= 1)
        sqlite3_bind_text(out->stmt, 1, q->status >= 0 ? tenant_status_words[q->status] : NULL, -1,
                          SQLITE_STATIC);
    if (room >= 2)
        sqlite3_bind_text(out->stmt, 2, q->plan >= 0 ? plan_words[q->plan] : NULL, -1, SQLITE_STATIC);
    if (room >= 3)
        sqlite3_bind_text(out->stmt, 3, q->feature >= 0 ? feature_words[q->feature] : NULL, -1,
                          SQLITE_STATIC);
    if (room >= 4 && how->found)
        sqlite3_bind_text(out->stmt, 4, how->found, -1, SQLITE_STATIC);
    else if (room >= 4 && is_search(q))
        sqlite3_bind_text(out->stmt, 4, pattern_of(q->search), -1, free);
    if (room >= 5)
        sqlite3_bind_text(out->stmt, 5, anchor, -1, SQLITE_STATIC);
    if (room >= 6)
        sqlite3_bind_int64(out->stmt, 6, limit);
    return 0;
}

/* --- the statements --- */

/* Crosses tenants: it lists them. */
int list_open(struct query *out, struct store *s, const struct list_walk *w, struct error *e)
{
    struct str sql = STR_INIT;
    bool descending = w->query->descending != w->reversed;

    *out = (struct query){0};
    str_add(&sql,
            "SELECT t.tenant_id, t.name, t.discord_id, t.guild_id, t.status, t.plan, t.revision, t.token,"
            " t.created_at, t.updated_at, " BOT_COLUMNS
            " FROM tenants t LEFT JOIN bot_states b USING (tenant_id)");
    add_filters(w->query, w->how, &sql);
    if (w->side != SIDE_ALL)
        add_keyset(w->query->sort, descending ? "<" : ">", w->side == SIDE_FROM, &sql);
    add_order(w->query->sort, descending, &sql);
    int result = open_list(out, s, w->query, w->how, sql.data, w->anchor, w->limit, e);
    str_release(&sql);
    return result;
}

int list_count(struct store *s, const struct tenant_query *q, const struct list_plan *how, int64_t *total,
               struct error *e)
{
    struct str sql = STR_INIT;
    struct query query;
    str_add(&sql, "SELECT count(*) FROM tenants t");
    add_filters(q, how, &sql);
    int step = open_list(&query, s, q, how, sql.data, NULL, 0, e);
    if (step == 0 && (step = query_step(&query, e)) == 1)
        *total = query_int(&query, 0);
    query_close(&query);
    str_release(&sql);
    return step < 0 ? -1 : 0;
}
