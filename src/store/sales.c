#include "tt/store/sales.h"

#include "internal.h"
#include "sales_count.h"
#include "sales_groups.h"
#include "tt/base/time.h"

const char *const sales_by_words[SALES_BY_COUNT + 1] = {
    [SALES_BY_DAY] = "day",           [SALES_BY_HOUR] = "hour",     [SALES_BY_PRODUCT] = "product",
    [SALES_BY_CUSTOMER] = "customer", [SALES_BY_TENANT] = "tenant",
};

/* --- counting --- */

#define ADD " DO UPDATE SET sales = sales + ?3, quantity = quantity + ?4, total = total + ?5"

int sales_count_hour(const struct tenant_scope *c, int64_t hour, int64_t moment, const struct sales_line *n,
                     struct error *e)
{
    if (sql_run(c->store, e,
                "INSERT INTO sales_hours VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant_id, hour)" ADD,
                "tiiii", c->tenant, hour, n->sales, n->quantity, n->total))
        return -1;
    /* crosses tenants: the sum over all */
    return sql_run(c->store, e, "INSERT INTO sales_total VALUES (?2, ?3, ?4, ?5) ON CONFLICT (hour)" ADD,
                   "tiiii", NULL, moment - (moment % TIME_HOUR + TIME_HOUR) % TIME_HOUR, n->sales,
                   n->quantity, n->total);
}

int sales_count_day(const struct tenant_scope *c, int64_t day, const struct sales_line *n, struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO sales_days VALUES (?1, 0, ?3, ?4, ?5), (?1, ?2, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, day)" ADD,
                   "tiiii", c->tenant, day, n->sales, n->quantity, n->total);
}

int sales_count_product(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                        struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO sales_products VALUES (?1, 0, ?6, ?3, ?4, ?5), (?1, ?2, ?6, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, day, product)" ADD,
                   "tiiiii", c->tenant, day, n->sales, n->quantity, n->total, n->product);
}

int sales_count_customer(const struct tenant_scope *c, int64_t day, const struct sales_line *n,
                         struct error *e)
{
    return sql_run(c->store, e,
                   "INSERT INTO sales_customers VALUES (?1, 0, ?6, ?3, ?4, ?5), (?1, ?2, ?6, ?3, ?4, ?5)"
                   " ON CONFLICT (tenant_id, day, user_id)" ADD,
                   "tiiiii", c->tenant, day, n->sales, n->quantity, n->total, n->user_id);
}

int sales_add(const struct tenant_scope *c, const struct sale_terms *terms, int64_t product, int64_t user,
              int64_t quantity, int64_t total, int sign, int64_t now, struct error *e)
{
    int64_t day = zone_day(terms->zone, now);
    struct sales_line n = {.product = product,
                           .user_id = user,
                           .sales = sign,
                           .quantity = quantity * sign,
                           .total = total * sign};

    return sales_count_hour(c, zone_hour(terms->zone, now), now, &n, e) || sales_count_day(c, day, &n, e) ||
                   sales_count_product(c, day, &n, e) || sales_count_customer(c, day, &n, e)
               ? -1
               : 0;
}

/* --- reading --- */

/* Columns: time, product, code, user_id, growid, tenant_id, sales, quantity, total. ?1 tenant, ?2 and ?3 the
 * first moment and the one after the last (all time: not asked), ?4 the limit. */

#define SOLD "(sales <> 0 OR quantity <> 0 OR total <> 0)"
#define SUMS "sum(sales) AS sales, sum(quantity) AS quantity, sum(total) AS total"
#define HAVING_SOLD " HAVING sum(sales) <> 0 OR sum(quantity) <> 0 OR sum(total) <> 0"
#define SPAN(column) column " >= ?2 AND " column " < ?3"
#define BY_TIME(rows)                                                   \
    "SELECT time, 0, '', 0, '', '', sales, quantity, total FROM (" rows \
    " ORDER BY time DESC LIMIT ?4) ORDER BY time"
#define BY_PRODUCT(rows)                                                                             \
    "SELECT 0, x.product, coalesce(p.code, ''), 0, '', '', x.sales, x.quantity, x.total FROM (" rows \
    " ORDER BY total DESC, product LIMIT ?4) x LEFT JOIN products p ON p.tenant_id = ?1 AND"         \
    " p.product = x.product ORDER BY x.total DESC, x.product"
#define BY_CUSTOMER(rows)                                                                              \
    "SELECT 0, 0, '', x.user_id, coalesce(c.growid, ''), '', x.sales, x.quantity, x.total FROM (" rows \
    " ORDER BY total DESC, user_id LIMIT ?4) x LEFT JOIN customers c ON c.tenant_id = ?1 AND"          \
    " c.user_id = x.user_id ORDER BY x.total DESC, x.user_id"

struct sales_sql {
    const char *all, *span; /* lines of all time, of a period */
    /* Instead of SPAN: the rows of a period, to be summed by their first column, and what one of those is
     * called. */
    const char *rows, *name;
    /* The same lines from the sum over all days and what lies outside of the period; and the first and the
     * last day that there are. */
    const char *outside, *bounds;
    const char *sum_all, *sum_span;
    int64_t unit; /* how long before the period a row may begin that lies in it in part */
};

#define BOUNDS                                                                           \
    "SELECT (SELECT min(day) FROM sales_days WHERE tenant_id = ?1 AND day > 0), (SELECT" \
    " max(day) FROM sales_days WHERE tenant_id = ?1)"
#define SUM_DAYS_ALL "SELECT sales, quantity, total FROM sales_days WHERE tenant_id = ?1 AND day = 0"
#define SUM_DAYS_SPAN "SELECT " SUMS " FROM sales_days WHERE tenant_id = ?1 AND " SPAN("day")
#define DAYS                                                                   \
    BY_TIME("SELECT day AS time, sales, quantity, total FROM sales_days WHERE" \
            " tenant_id = ?1 AND " SPAN("day") " AND " SOLD)
#define HOURS                                                                    \
    BY_TIME("SELECT hour AS time, sales, quantity, total FROM sales_hours WHERE" \
            " tenant_id = ?1 AND " SPAN("hour") " AND " SOLD)

static const struct sales_sql own_sql[SALES_BY_COUNT] = {
    [SALES_BY_DAY] =
        {.all = DAYS, .span = DAYS, .sum_all = SUM_DAYS_ALL, .sum_span = SUM_DAYS_SPAN, .unit = TIME_DAY},
    [SALES_BY_HOUR] = {.all = HOURS,
                       .span = HOURS,
                       .sum_all = SUM_DAYS_ALL,
                       .sum_span = "SELECT " SUMS " FROM sales_hours WHERE tenant_id = ?1 AND " SPAN("hour"),
                       .unit = TIME_HOUR},
    [SALES_BY_PRODUCT] =
        {.all = BY_PRODUCT("SELECT product, sales, quantity, total FROM sales_products WHERE tenant_id = ?1"
                           " AND day = 0 AND " SOLD),
         .rows = "SELECT product, sales, quantity, total FROM sales_products WHERE tenant_id = ?1 AND " SPAN(
             "day"),
         .bounds = BOUNDS,
         .name = "SELECT code FROM products WHERE tenant_id = ?1 AND product = ?2",
         .sum_all = SUM_DAYS_ALL,
         .sum_span = SUM_DAYS_SPAN,
         .unit = TIME_DAY},
    [SALES_BY_CUSTOMER] =
        {.all = BY_CUSTOMER("SELECT user_id, sales, quantity, total FROM sales_customers WHERE tenant_id = ?1"
                            " AND day = 0 AND " SOLD),
         .rows = "SELECT user_id, sales, quantity, total FROM sales_customers WHERE tenant_id = ?1 AND " SPAN(
             "day"),
         .bounds = BOUNDS,
         .name = "SELECT growid FROM customers WHERE tenant_id = ?1 AND user_id = ?2",
         .sum_all = SUM_DAYS_ALL,
         .sum_span = SUM_DAYS_SPAN,
         .unit = TIME_DAY},
};

#define SUM_TOTAL "SELECT " SUMS " FROM sales_total WHERE " SPAN("hour")
#define BY_TENANT(rows)                                                     \
    "SELECT 0, 0, '', 0, '', tenant_id, sales, quantity, total FROM (" rows \
    ") ORDER BY total DESC, tenant_id LIMIT ?4"
#define TAKEN(where) "SELECT tenant_id, -sales, -quantity, -total FROM sales_days WHERE " where
#define TOTAL_DAYS                                         \
    BY_TIME("SELECT hour - hour % 86400000 AS time, " SUMS \
            " FROM sales_total WHERE " SPAN("hour") " GROUP BY 1" HAVING_SOLD)
#define TOTAL_HOURS \
    BY_TIME("SELECT hour AS time, sales, quantity, total FROM sales_total WHERE " SPAN("hour") " AND " SOLD)

/* crosses tenants: the operator's numbers */
static const struct sales_sql all_sql[SALES_BY_COUNT] = {
    [SALES_BY_DAY] = {.all = TOTAL_DAYS,
                      .span = TOTAL_DAYS,
                      .sum_all = SUM_TOTAL,
                      .sum_span = SUM_TOTAL,
                      .unit = TIME_DAY},
    [SALES_BY_HOUR] = {.all = TOTAL_HOURS,
                       .span = TOTAL_HOURS,
                       .sum_all = SUM_TOTAL,
                       .sum_span = SUM_TOTAL,
                       .unit = TIME_HOUR},
    [SALES_BY_TENANT] =
        {.all = BY_TENANT("SELECT tenant_id, sales, quantity, total FROM sales_days WHERE day = 0 AND " SOLD),
         /* The tenants lead: each one's days are neighbours, and nothing is sorted. */
         .span =
             BY_TENANT("SELECT t.tenant_id, " SUMS " FROM tenants t CROSS JOIN sales_days d ON"
                       " d.tenant_id = t.tenant_id AND " SPAN("d.day") " GROUP BY t.tenant_id" HAVING_SOLD),
         .outside = BY_TENANT("SELECT tenant_id, " SUMS
                              " FROM (SELECT tenant_id, sales, quantity, total FROM sales_days WHERE day = 0"
                              " UNION ALL " TAKEN("day >= 1 AND day < ?2") " UNION ALL " TAKEN(
                                  "day >= ?3") ") GROUP BY tenant_id" HAVING_SOLD),
         .bounds =
             "SELECT (SELECT min(day) FROM sales_days WHERE day > 0), (SELECT max(day) FROM sales_days)",
         .sum_all = "SELECT " SUMS " FROM sales_days WHERE day = 0",
         .sum_span = "SELECT " SUMS " FROM sales_days WHERE " SPAN("day"),
         .unit = TIME_DAY},
};

struct span {
    const char *tenant;
    bool all;
    int64_t first, end, limit;
};

static int open_sales(struct query *q, struct store *s, const char *sql, const struct span *span,
                      struct error *e)
{
    if (query_open(q, s, e, sql, ""))
        return -1;
    int room = sqlite3_bind_parameter_count(q->stmt);
    int64_t numbers[] = {[2] = span->first, [3] = span->end, [4] = span->limit};
    if (room >= 1)
        sqlite3_bind_text(q->stmt, 1, span->tenant, -1, SQLITE_STATIC);
    for (int i = 2; i <= room && i <= 4; i++)
        sqlite3_bind_int64(q->stmt, i, numbers[i]);
    return 0;
}

static int read_sum(struct store *s, const char *sql, const struct span *span, struct sales_line *sum,
                    struct error *e)
{
    struct query q;
    *sum = (struct sales_line){0};
    int step = open_sales(&q, s, sql, span, e);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        sum->sales = query_int(&q, 0);
        sum->quantity = query_int(&q, 1);
        sum->total = query_int(&q, 2);
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int read_lines(struct store *s, const char *sql, const struct span *span,
                      void (*each)(void *, const struct sales_line *), void *context, struct error *e)
{
    struct query q;
    int step = open_sales(&q, s, sql, span, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        struct sales_line line = {.time = query_int(&q, 0),
                                  .product = query_int(&q, 1),
                                  .user_id = query_int(&q, 3),
                                  .sales = query_int(&q, 6),
                                  .quantity = query_int(&q, 7),
                                  .total = query_int(&q, 8)};
        str_copy(line.code, sizeof line.code, query_text(&q, 2));
        str_copy(line.growid, sizeof line.growid, query_text(&q, 4));
        str_copy(line.tenant, sizeof line.tenant, query_text(&q, 5));
        each(context, &line);
    }
    query_close(&q);
    return step;
}

/* Is less outside of the period than in it? */
static int measure_outside(struct store *s, const struct sales_sql *sql, const struct span *span,
                           bool *outside, struct error *e)
{
    struct query q;
    *outside = false;
    int step = open_sales(&q, s, sql->bounds, span, e);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        int64_t first = query_int(&q, 0), end = query_int(&q, 1) + 1;
        int64_t from = span->first > first ? span->first : first, to = span->end < end ? span->end : end;
        *outside = first > 0 && to - from > (end - first) / 2;
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int sum_rows(struct store *s, const char *sql, struct span span, int sign, struct sales_groups *groups,
                    struct error *e)
{
    struct query q;
    int step = open_sales(&q, s, sql, &span, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        sales_groups_add(groups, &(struct sales_group){.key = query_int(&q, 0),
                                                       .sales = sign * query_int(&q, 1),
                                                       .quantity = sign * query_int(&q, 2),
                                                       .total = sign * query_int(&q, 3)});
    query_close(&q);
    return step;
}

static int sum_period(struct store *s, const char *sql, const struct span *span, bool outside,
                      struct sales_groups *groups, struct error *e)
{
    struct span all = *span, before = *span, after = *span;
    if (!outside)
        return sum_rows(s, sql, *span, 1, groups, e);
    all.first = 0;
    all.end = 1;
    before.first = 1;
    before.end = span->first;
    after.first = span->end;
    after.end = INT64_MAX;
    return sum_rows(s, sql, all, 1, groups, e) || sum_rows(s, sql, before, -1, groups, e) ||
                   sum_rows(s, sql, after, -1, groups, e)
               ? -1
               : 0;
}

/* Of product or customer; only those that are told are asked for. */
static int name_line(struct store *s, const char *sql, const char *tenant, int64_t key, char *out,
                     size_t size, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e, sql, "ti", tenant, key);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        str_copy(out, size, query_text(&q, 0));
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int read_groups(struct store *s, const struct sales_sql *sql, bool product, const struct span *span,
                       bool outside, void (*each)(void *, const struct sales_line *), void *context,
                       struct error *e)
{
    struct sales_groups groups = {0};
    int result = sum_period(s, sql->rows, span, outside, &groups, e);
    if (result == 0)
        sales_groups_order(&groups);
    for (size_t i = 0; result == 0 && i < groups.count && (span->limit < 0 || (int64_t)i < span->limit);
         i++) {
        const struct sales_group *g = &groups.items[i];
        struct sales_line line = {.sales = g->sales, .quantity = g->quantity, .total = g->total};
        *(product ? &line.product : &line.user_id) = g->key;
        result = name_line(s, sql->name, span->tenant, g->key, product ? line.code : line.growid,
                           product ? sizeof line.code : sizeof line.growid, e);
        if (result == 0)
            each(context, &line);
    }
    sales_groups_release(&groups);
    return result;
}

static int read_sales(struct store *s, const struct sales_sql *sql, const char *tenant,
                      const struct sales_query *q, void (*each)(void *, const struct sales_line *),
                      void *context, struct sales_line *sum, struct error *e)
{
    bool own;
    if (!sql->all)
        return error_set(e, ERROR_REFUSED, "--by",
                         tenant ? "one tenant's numbers are not told by tenant"
                                : "this is told of one tenant at a time");
    struct span span = {.tenant = tenant,
                        .all = q->since <= 0 && q->until <= 0,
                        .first = q->since > sql->unit ? q->since - sql->unit + 1 : 1,
                        .end = q->until > 0 ? q->until : INT64_MAX,
                        .limit = q->limit > 0 ? q->limit : -1};
    if (view_begin(s, &own, e))
        return -1;
    bool outside = false;
    int result = span.all || !sql->bounds ? 0 : measure_outside(s, sql, &span, &outside, e);
    if (result == 0 && !span.all && sql->rows)
        result = read_groups(s, sql, q->by == SALES_BY_PRODUCT, &span, outside, each, context, e);
    else if (result == 0)
        result = read_lines(s,
                            span.all  ? sql->all
                            : outside ? sql->outside
                                      : sql->span,
                            &span, each, context, e);
    if (result == 0 && sum)
        result = read_sum(s, span.all ? sql->sum_all : sql->sum_span, &span, sum, e);
    return view_end(s, own, result);
}

int sales_of(const struct tenant_scope *c, const struct sales_query *q,
             void (*each)(void *, const struct sales_line *), void *context, struct sales_line *sum,
             struct error *e)
{
    return read_sales(c->store, &own_sql[q->by], c->tenant, q, each, context, sum, e);
}

int sales_of_all(struct store *s, const struct sales_query *q,
                 void (*each)(void *, const struct sales_line *), void *context, struct sales_line *sum,
                 struct error *e)
{
    struct sales_query whole = *q;
    if (q->by == SALES_BY_DAY) { /* its rows are hours */
        whole.since = q->since > 0 ? q->since - q->since % TIME_DAY + TIME_DAY - 1 : 0;
        whole.until = q->until > 0 ? q->until + TIME_DAY - 1 - (q->until + TIME_DAY - 1) % TIME_DAY : 0;
    }
    return read_sales(s, &all_sql[q->by], NULL, &whole, each, context, sum, e);
}

int sales_total(struct store *s, int64_t since, int64_t until, struct sales_line *sum, struct error *e)
{
    struct span span = {.first = since > TIME_HOUR ? since - TIME_HOUR + 1 : 1,
                        .end = until > 0 ? until : INT64_MAX};
    return read_sum(s, SUM_TOTAL, &span, sum, e);
}
