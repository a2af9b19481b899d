#include "tt/store/sales.h"

#include "internal.h"
#include "sales_groups.h"
#include "tt/base/time.h"

const char *const sales_by_words[SALES_BY_COUNT + 1] = {
    [SALES_BY_DAY] = "day",           [SALES_BY_HOUR] = "hour",     [SALES_BY_PRODUCT] = "product",
    [SALES_BY_CUSTOMER] = "customer", [SALES_BY_TENANT] = "tenant",
};

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

#define ROW_LENGTHS 3
static const int64_t row_lengths[ROW_LENGTHS] = {TIME_DAY, 7 * TIME_DAY, 49 * TIME_DAY};

struct sales_sql {
    const char *all, *span; /* lines of all time, of a period */
    /* Instead of SPAN: rows that begin in a period, by their length, to be summed by their first column;
     * those that are summed over all days; and what one of them is called. */
    const char *rows[ROW_LENGTHS], *whole, *name;
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

#define PRODUCTS "SELECT product, sales, quantity, total FROM sales_products WHERE tenant_id = ?1 AND "
#define CUSTOMERS "SELECT user_id, sales, quantity, total FROM sales_customers WHERE tenant_id = ?1 AND "
#define WEEKS "SELECT user_id, sales, quantity, total FROM sales_customer_weeks WHERE tenant_id = ?1 AND "

static const struct sales_sql own_sql[SALES_BY_COUNT] = {
    [SALES_BY_DAY] =
        {.all = DAYS, .span = DAYS, .sum_all = SUM_DAYS_ALL, .sum_span = SUM_DAYS_SPAN, .unit = TIME_DAY},
    [SALES_BY_HOUR] = {.all = HOURS,
                       .span = HOURS,
                       .sum_all = SUM_DAYS_ALL,
                       .sum_span = "SELECT " SUMS " FROM sales_hours WHERE tenant_id = ?1 AND " SPAN("hour"),
                       .unit = TIME_HOUR},
    [SALES_BY_PRODUCT] = {.all = BY_PRODUCT(PRODUCTS "day = 0 AND " SOLD),
                          .rows = {PRODUCTS SPAN("day")},
                          .whole = PRODUCTS "day = 0",
                          .bounds = BOUNDS,
                          .name = "SELECT code FROM products WHERE tenant_id = ?1 AND product = ?2",
                          .sum_all = SUM_DAYS_ALL,
                          .sum_span = SUM_DAYS_SPAN,
                          .unit = TIME_DAY},
    [SALES_BY_CUSTOMER] = {.all = BY_CUSTOMER(CUSTOMERS "day = 0 AND " SOLD),
                           .rows = {CUSTOMERS SPAN("day"), WEEKS "weeks = 1 AND " SPAN("week"),
                                    WEEKS "weeks = 7 AND " SPAN("week")},
                           .whole = CUSTOMERS "day = 0",
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

/* The days that there are. */
struct days {
    int64_t first, end; /* 0: none */
};

static int read_days(struct store *s, const struct sales_sql *sql, const struct span *span, struct days *days,
                     struct error *e)
{
    struct query q;
    *days = (struct days){0};
    int step = open_sales(&q, s, sql->bounds, span, e);
    if (step == 0 && (step = query_step(&q, e)) == 1 && query_int(&q, 0) > 0)
        *days = (struct days){query_int(&q, 0), query_int(&q, 1) + 1};
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static bool less_outside(const struct span *span, const struct days *days)
{
    int64_t from = span->first > days->first ? span->first : days->first;
    int64_t to = span->end < days->end ? span->end : days->end;
    return to - from > (days->end - days->first) / 2;
}

struct period {
    struct store *store;
    const struct sales_sql *sql;
    const char *tenant;
    struct sales_groups groups;
};

static int add_rows(struct period *p, const char *sql, int64_t first, int64_t end, int64_t sign,
                    struct error *e)
{
    struct span span = {.tenant = p->tenant, .first = first, .end = end};
    struct query q;
    int step = open_sales(&q, p->store, sql, &span, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        sales_groups_add(&p->groups, &(struct sales_group){.key = query_int(&q, 0),
                                                           .sales = sign * query_int(&q, 1),
                                                           .quantity = sign * query_int(&q, 2),
                                                           .total = sign * query_int(&q, 3)});
    query_close(&q);
    return step;
}

/* All rows lie between them. */
#define EARLIEST 0
#define LATEST INT64_MAX

/* Rows of LENGTH from FROM up to TO; where TO is the earlier one, they are taken away. */
static int add_span(struct period *p, int length, int64_t from, int64_t to, struct error *e)
{
    int64_t first = from < to ? from : to, end = from < to ? to : from;
    if (length == 0 && first == EARLIEST)
        first = 1; /* day 0 is the sum of all */
    return first < end ? add_rows(p, p->sql->rows[length], first, end, from < to ? 1 : -1, e) : 0;
}

/* The border of rows of LENGTH that is the nearest one. */
static int64_t border(int64_t moment, int64_t length)
{
    return moment == EARLIEST || moment == LATEST ? moment : (moment + length / 2) / length * length;
}

/* The longest rows that there are, put right at both ends by shorter ones, few of each length. Where less
 * lies OUTSIDE of the period, that is taken away from the sum of all. */
static int sum_period(struct period *p, int64_t from, int64_t to, bool outside, struct error *e)
{
    int length = 0;
    for (int next = 1; next < ROW_LENGTHS && p->sql->rows[next] && to - from >= row_lengths[next]; next++) {
        int64_t first = border(from, row_lengths[next]), end = border(to, row_lengths[next]);
        if (add_span(p, length, from, first, e) || add_span(p, length, end, to, e))
            return -1;
        from = first;
        to = end;
        length = next;
    }
    if (!outside)
        return add_span(p, length, from, to, e);
    return add_rows(p, p->sql->whole, 0, 0, 1, e) || add_span(p, length, from, EARLIEST, e) ||
                   add_span(p, length, LATEST, to, e)
               ? -1
               : 0;
}

/* Of product or customer; only those that are told are asked for. */
static int name_line(const struct period *p, int64_t key, char *out, size_t size, struct error *e)
{
    struct query q;
    int step = query_open(&q, p->store, e, p->sql->name, "ti", p->tenant, key);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        str_copy(out, size, query_text(&q, 0));
    query_close(&q);
    return step < 0 ? -1 : 0;
}

/* What was sold within a period by product or customer. */
static int read_period(struct period *p, const struct span *span, const struct days *days, bool product,
                       void (*each)(void *, const struct sales_line *), void *context, struct error *e)
{
    int64_t from = span->first > days->first ? span->first : EARLIEST;
    int64_t to = span->end < days->end ? span->end : LATEST;
    int result = from < to ? sum_period(p, from, to, less_outside(span, days), e) : 0;
    struct sales_groups *groups = &p->groups;
    if (result == 0)
        sales_groups_order(groups);
    size_t n = span->limit >= 0 && (size_t)span->limit < groups->count ? (size_t)span->limit : groups->count;
    for (size_t i = 0; result == 0 && i < n; i++) {
        const struct sales_group *g = &groups->items[i];
        struct sales_line line = {.sales = g->sales, .quantity = g->quantity, .total = g->total};
        *(product ? &line.product : &line.user_id) = g->key;
        result = name_line(p, g->key, product ? line.code : line.growid,
                           product ? sizeof line.code : sizeof line.growid, e);
        if (result == 0)
            each(context, &line);
    }
    sales_groups_release(groups);
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
    struct period period = {.store = s, .sql = sql, .tenant = tenant};
    struct days days = {0};
    if (view_begin(s, &own, e))
        return -1;
    int result = span.all || !sql->bounds ? 0 : read_days(s, sql, &span, &days, e);
    if (result == 0 && !span.all && sql->whole)
        result = read_period(&period, &span, &days, q->by == SALES_BY_PRODUCT, each, context, e);
    else if (result == 0)
        result = read_lines(s,
                            span.all                                     ? sql->all
                            : sql->outside && less_outside(&span, &days) ? sql->outside
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
