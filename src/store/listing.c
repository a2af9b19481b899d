#include "listing.h"

#include <errno.h>

/* ?5, ?6: a key; ?7: the limit */
enum part { PART_ALL, PART_FROM, PART_BEYOND };

/* Rows that are older than the key (NEWER: newer), the key's own row with PART_FROM. */
static void add_part(struct str *sql, const struct listing *l, enum part part, bool newer)
{
    static const char *const signs[2][2] = {{"<", "<="}, {">", ">="}};
    if (part == PART_ALL)
        return;
    const char *sign = signs[newer][part == PART_FROM];
    if (l->first)
        str_addf(sql, " AND (%s, %s) %s (?5, ?6)", l->first, l->second, sign);
    else
        str_addf(sql, " AND %s %s ?6", l->second, sign);
}

static void add_order(struct str *sql, const struct listing *l, bool newer)
{
    const char *direction = newer ? "ASC" : "DESC";
    str_add(sql, " ORDER BY ");
    if (l->first)
        str_addf(sql, "%s %s, ", l->first, direction);
    str_addf(sql, "%s %s", l->second, direction);
}

/* L NULL: its FROM comes later. */
static void add_select(struct str *sql, const char *verb, const char *columns, const struct listing *l)
{
    str_add(sql, verb);
    str_add(sql, columns);
    if (l) {
        str_add_char(sql, ' ');
        str_add(sql, l->from);
    }
}

static int open_list(struct query *q, const struct listing *l, const char *sql, struct listing_key key,
                     int64_t limit, struct error *e)
{
    struct store *s = l->scope->store;
    if (query_open(q, s, e, sql_text(s, sql), ""))
        return -1;
    int room = sqlite3_bind_parameter_count(q->stmt);
    int64_t numbers[] = {[2] = l->number, [4] = l->since, [5] = key.first, [6] = key.second, [7] = limit};
    if (room >= 1)
        sqlite3_bind_text(q->stmt, 1, l->scope->tenant, -1, SQLITE_STATIC);
    if (room >= 3)
        sqlite3_bind_text(q->stmt, 3, l->text, -1, SQLITE_STATIC);
    if (room >= 8)
        sqlite3_bind_text(q->stmt, 8, l->word, -1, SQLITE_STATIC);
    for (int i = 2; i <= room && i <= 7; i++)
        if (i != 3)
            sqlite3_bind_int64(q->stmt, i, numbers[i]);
    return 0;
}

/* LIMIT rows are given; *MORE: there was one beyond. */
static int older(const struct listing *l, enum part part, struct listing_key key, int64_t limit,
                 char last[LIST_NEXT_TEXT], bool *more, struct error *e)
{
    struct str sql = STR_INIT;
    struct query q;
    int64_t n = 0;

    add_select(&sql, "SELECT ", l->columns, l);
    add_part(&sql, l, part, false);
    add_order(&sql, l, false);
    str_add(&sql, " LIMIT ?7");
    *more = false;
    int step = open_list(&q, l, sql.data, key, limit > 0 ? limit + 1 : -1, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        if (limit > 0 && n == limit) {
            *more = true;
            step = 0;
            break;
        }
        n++;
        if (l->row(l->context, &q, last, e)) {
            step = -1;
            break;
        }
    }
    query_close(&q);
    str_release(&sql);
    return step;
}

/* The LIMIT rows just above the key (or the oldest of all), given newest first all the same. */
static int newer(const struct listing *l, enum part part, struct listing_key key, int64_t limit,
                 char last[LIST_NEXT_TEXT], struct error *e)
{
    struct str sql = STR_INIT;
    struct query q;

    add_select(&sql, "SELECT * FROM (SELECT ", l->columns, l);
    add_part(&sql, l, part, true);
    add_order(&sql, l, true);
    str_add(&sql, " LIMIT ?7)");
    add_order(&sql, l, false);
    int step = open_list(&q, l, sql.data, key, limit > 0 ? limit : -1, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        if (l->row(l->context, &q, last, e)) {
            step = -1;
            break;
        }
    query_close(&q);
    str_release(&sql);
    return step;
}

/* How many of COUNT rows there are from the key on (itself included); *REACHED is the key of the last. */
static int reach(const struct listing *l, struct listing_key key, bool upward, int64_t count, int64_t *found,
                 struct listing_key *reached, struct error *e)
{
    struct str sql = STR_INIT;
    struct query q;
    add_select(&sql, "SELECT ", l->first ? l->first : "0", NULL);
    add_select(&sql, ", ", l->second, l);
    add_part(&sql, l, PART_FROM, upward);
    add_order(&sql, l, upward);
    str_add(&sql, " LIMIT ?7");
    *found = 0;
    *reached = key;
    int step = open_list(&q, l, sql.data, key, count, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        *reached = (struct listing_key){query_int(&q, 0), query_int(&q, 1)};
        ++*found;
    }
    query_close(&q);
    str_release(&sql);
    return step;
}

/* A page of LIMIT with the anchor in its middle, full wherever there are rows for it. */
static int around(const struct listing *l, struct listing_key key, int64_t limit, char last[LIST_NEXT_TEXT],
                  bool *more, struct error *e)
{
    struct listing_key top;
    int64_t below, above;
    if (limit <= 0)
        return older(l, PART_ALL, key, limit, last, more, e);
    if (reach(l, key, false, limit - limit / 2, &below, &top, e) ||
        reach(l, key, true, limit - below + 1, &above, &top, e))
        return -1;
    return older(l, PART_FROM, top, limit, last, more, e);
}

/* --- the number of rows --- */

static int count_rows(const struct listing *l, bool all, int64_t *total, struct error *e)
{
    struct str sql = STR_INIT;
    struct query q;
    bool known = l->number_of_rows != NULL;
    if (known)
        str_add(&sql, l->number_of_rows);
    else if (all)
        add_select(&sql, "SELECT ", "count(*)", l);
    else
        add_select(&sql, "SELECT count(*) FROM (SELECT ", "1", l);
    if (!known && !all)
        str_add(&sql, " LIMIT ?7)");
    int step = open_list(&q, l, sql.data, (struct listing_key){0}, LISTING_COUNT + 1, e);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        *total = query_int(&q, 0);
    query_close(&q);
    str_release(&sql);
    if (!known && !all && *total > LISTING_COUNT)
        *total = -1;
    return step < 0 ? -1 : 0;
}

/* --- the page --- */

const char *listing_anchor(const struct paging *page)
{
    return page->last ? NULL : page->around ? page->around : page->before ? page->before : page->after;
}

int listing_number(const char *field, const char *text, int64_t *number, struct error *e)
{
    char *end;
    errno = 0;
    long long n = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : -1;
    if (n < 0 || errno || *end)
        return error_set(e, ERROR_MALFORMED, field, "'%.64s' is not the number of a row of this list", text);
    *number = n;
    return 0;
}

static int take_page(const struct listing *l, const struct paging *p, const struct listing_key *anchor,
                     char last[LIST_NEXT_TEXT], bool *more, struct error *e)
{
    struct listing_key key = anchor ? *anchor : (struct listing_key){0};
    *more = false;
    if (p->last)
        return newer(l, PART_ALL, key, p->limit, last, e);
    if (p->around)
        return around(l, key, p->limit, last, more, e);
    if (p->before) {
        *more = true; /* at least the anchor itself */
        return newer(l, PART_BEYOND, key, p->limit, last, e);
    }
    return older(l, p->after ? PART_BEYOND : PART_ALL, key, p->limit, last, more, e);
}

int listing_page(const struct listing *l, const struct paging *page, const struct listing_key *anchor,
                 int64_t *total, char next[LIST_NEXT_TEXT], struct error *e)
{
    char last[LIST_NEXT_TEXT] = "";
    bool own, more = false;

    if (next)
        next[0] = '\0';
    if (view_begin(l->scope->store, &own, e))
        return -1;
    int result = total ? count_rows(l, page->count, total, e) : 0;
    if (result == 0 && !page->count)
        result = take_page(l, page, anchor, last, &more, e);
    if (result == 0 && next && more)
        str_copy(next, LIST_NEXT_TEXT, last);
    return view_end(l->scope->store, own, result);
}
