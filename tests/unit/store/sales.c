/* The numbers of a shop against a plain recount. */
#include "shop.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

struct lines {
    struct sales_line list[400];
    int count;
    struct sales_line sum;
};

static void take(void *context, const struct sales_line *line)
{
    struct lines *lines = context;
    if (lines->count < 400)
        lines->list[lines->count++] = *line;
}

static struct lines *asked(struct world *w, int n, struct sales_query q)
{
    static struct lines lines;
    struct tenant_scope c = tenant(w, n);
    lines.count = 0;
    if (n)
        ok(sales_of(&c, &q, take, &lines, &lines.sum, &w->error));
    else
        ok(sales_of_all(w->store, &q, take, &lines, &lines.sum, &w->error));
    return &lines;
}

/* --- the sales themselves --- */

struct sale {
    int tenant;
    const char *zone;
    int64_t time, user, quantity, total;
    int product, sign;
};

#define SALES 500
static struct sale sales[SALES];
static const char *const codes[] = {"AAA", "BBB", "CCC"}, *const utc[] = {"UTC", NULL};

/* Within DAYS from FROM on, by the clock of one of ZONES at a time. */
static void make_sales(struct world *w, const char *const zones[], int64_t from, int days)
{
    uint64_t seed = 2026, zone_count = 0;
    while (zones[zone_count])
        zone_count++;
    for (int t = 1; t <= 2; t++) {
        for (int i = 0; i < 3; i++)
            add_stock(w, t, add_product(w, t, codes[i], 1 + i * 10, 0), 600);
        for (int u = 0; u < 4; u++) {
            char growid[GROWID_TEXT];
            snprintf(growid, sizeof growid, "buyer%d", u);
            add_customer(w, t, RINA + u, growid, 100000);
        }
    }
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < SALES; i++) {
        struct sale *s = &sales[i];
        int earlier = i ? (int)chance(&seed, (uint64_t)i) : 0;
        if (i && chance(&seed, 8) == 0 && sales[earlier].sign == 1) {
            *s = sales[earlier]; /* its refund, later */
            s->sign = -1;
            s->time += (int64_t)chance(&seed, 5) * DAY;
            sales[earlier].sign = 2; /* not again */
        } else {
            *s = (struct sale){.tenant = 1 + (int)chance(&seed, 2),
                               .zone = zones[chance(&seed, zone_count)],
                               .time = from + (int64_t)chance(&seed, (uint64_t)days * 24 * 60) * 60000,
                               .user = RINA + (int64_t)chance(&seed, 4),
                               .product = (int)chance(&seed, 3),
                               .quantity = 1 + (int64_t)chance(&seed, 3),
                               .sign = 1};
            s->total = s->quantity * (1 + s->product * 10);
        }
        struct tenant_scope c = tenant(w, s->tenant);
        struct sale_terms here = {.units = terms.units, .zone = s->zone};
        ok(sales_add(&c, &here, s->product + 1, s->user, s->quantity, s->total, s->sign, s->time, &w->error));
    }
    ok(store_commit(w->store, &w->error));
}

static int sign_of(const struct sale *s)
{
    return s->sign > 0 ? 1 : -1;
}

/* The recount: what belongs to LINE of TENANT (0: all) within [FIRST, END). */
static struct sales_line recount(int t, const struct sales_query *q, const struct sales_line *line)
{
    struct sales_line sum = {0};
    int64_t unit = q->by == SALES_BY_HOUR ? HOUR : DAY;
    for (int i = 0; i < SALES; i++) {
        const struct sale *s = &sales[i];
        int64_t start = q->by == SALES_BY_HOUR ? zone_hour(s->zone, s->time) : zone_day(s->zone, s->time);
        bool in = (!t || s->tenant == t) && (!q->since || start > q->since - unit) &&
                  (!q->until || start < q->until);
        if (in && line && q->by <= SALES_BY_HOUR)
            in = start == line->time;
        if (in && line && q->by == SALES_BY_PRODUCT)
            in = s->product + 1 == line->product;
        if (in && line && q->by == SALES_BY_CUSTOMER)
            in = s->user == line->user_id;
        if (in && line && q->by == SALES_BY_TENANT)
            in = line->tenant[7] == '0' + s->tenant;
        if (in) {
            sum.sales += sign_of(s);
            sum.quantity += sign_of(s) * s->quantity;
            sum.total += sign_of(s) * s->total;
        }
    }
    return sum;
}

static void expect_same(const struct sales_line *got, const struct sales_line *expected)
{
    assert_int_equal(got->sales, expected->sales);
    assert_int_equal(got->quantity, expected->quantity);
    assert_int_equal(got->total, expected->total);
}

static int check(struct world *w, int t, struct sales_query q)
{
    struct lines *lines = asked(w, t, q);
    struct sales_line expected = recount(t, &q, NULL), over = {0};
    expect_same(&lines->sum, &expected);
    for (int i = 0; i < lines->count; i++) {
        const struct sales_line *line = &lines->list[i];
        expected = recount(t, &q, line);
        expect_same(line, &expected);
        over.sales += line->sales;
        over.quantity += line->quantity;
        over.total += line->total;
        if (i > 0 && q.by <= SALES_BY_HOUR)
            assert_true(line[-1].time < line->time);
        if (i > 0 && q.by > SALES_BY_HOUR)
            assert_true(line[-1].total >= line->total);
        if (q.by == SALES_BY_PRODUCT)
            assert_string_equal(line->code, codes[line->product - 1]);
        if (q.by == SALES_BY_CUSTOMER)
            assert_int_equal(line->growid[5] - '0', line->user_id - RINA);
    }
    expect_same(&over, &lines->sum); /* no line is missing */
    return lines->count;
}

static void check_all(struct world *w, const char *zone, int64_t from)
{
    make_sales(w, (const char *const[]){zone, NULL}, from, 10);
    for (int span = 0; span < 8; span++) { /* short ones, and ones that leave out little */
        int64_t least = span & 4 ? DAY : 3 * DAY, most = span & 4 ? 9 * DAY : 6 * DAY;
        struct sales_query q = {.since = span & 1 ? from + least + 12345678 : 0,
                                .until = span & 2 ? from + most + 7654321 : 0};
        for (int by = SALES_BY_DAY; by <= SALES_BY_CUSTOMER; by++) {
            q.by = (enum sales_by)by;
            assert_true(check(w, 1, q) > 1);
            assert_true(check(w, 2, q) > 1);
        }
    }
}

static void a_shops_numbers_agree_with_a_recount(void **state)
{
    check_all(*state, "Asia/Jakarta", NOW);
}

static void days_of_23_and_25_hours_count_whole(void **state)
{
    int64_t from = 0;
    assert_int_equal(time_parse_rfc3339("2026-10-20T00:00:00Z", &from, NULL), 0);
    check_all(*state, "Europe/Berlin", from);
}

static void hours_of_half_hour_zones_count_by_their_clock(void **state)
{
    check_all(*state, "Asia/Kolkata", NOW);
}

/* A moment of the year, near the border of a day or of weeks more often than not. */
static int64_t some_moment(uint64_t *seed, int64_t from, int days)
{
    static const int64_t lengths[] = {DAY, 7 * DAY, 49 * DAY};
    const struct sale *s = &sales[chance(seed, SALES)];
    int64_t moment =
                from + ((int64_t)chance(seed, (uint64_t)days + 20) - 10) * DAY + (int64_t)chance(seed, DAY),
            which = (int64_t)chance(seed, 5);
    if (which < 3)
        moment -= moment % lengths[which];
    else if (which == 3)
        moment = zone_day(s->zone, s->time);
    return moment + (int64_t)chance(seed, 3) - 1;
}

static void any_period_agrees_with_a_recount(void **state)
{
    static const char *const zones[] = {"Asia/Jakarta", "Europe/Berlin", "America/St_Johns", "UTC", NULL};
    struct world *w = *state;
    int days = 400, told = 0;
    uint64_t seed = 7;
    make_sales(w, zones, NOW, days);
    for (int i = 0; i < 1500; i++) {
        int64_t one = some_moment(&seed, NOW, days), other = some_moment(&seed, NOW, days);
        struct sales_query q = {.by = chance(&seed, 2) ? SALES_BY_CUSTOMER : SALES_BY_PRODUCT,
                                .since = one < other ? one : other,
                                .until = one < other ? other : one + 1};
        if (chance(&seed, 5) == 0)
            *(chance(&seed, 2) ? &q.since : &q.until) = 0;
        told += check(w, 1 + (int)chance(&seed, 2), q);
    }
    assert_true(told > 3000);
}

static void numbers_of_all_tenants_agree_with_a_recount(void **state)
{
    struct world *w = *state;
    make_sales(w, utc, NOW, 10);
    for (int span = 0; span < 3; span++) {
        struct sales_query q = {.since = span ? NOW + (span == 1 ? 3 : 1) * DAY : 0,
                                .until = span ? NOW + (span == 1 ? 6 : 9) * DAY : 0};
        q.by = SALES_BY_DAY;
        assert_true(check(w, 0, q) > 1);
        q.by = SALES_BY_HOUR;
        assert_true(check(w, 0, q) > 1);
        q.by = SALES_BY_TENANT;
        assert_true(check(w, 0, q) > 1);
    }
    struct sales_line sum, expected = recount(0, &(struct sales_query){.by = SALES_BY_HOUR}, NULL);
    ok(sales_total(w->store, 0, 0, &sum, &w->error));
    expect_same(&sum, &expected);
    struct sales_query q = {.by = SALES_BY_HOUR, .since = NOW + DAY, .until = NOW + 2 * DAY};
    expected = recount(0, &q, NULL);
    ok(sales_total(w->store, q.since, q.until, &sum, &w->error));
    expect_same(&sum, &expected);
}

static void a_limit_keeps_the_newest_or_the_largest(void **state)
{
    struct world *w = *state;
    make_sales(w, utc, NOW, 10);
    static struct lines whole;
    for (int by = SALES_BY_DAY; by <= SALES_BY_CUSTOMER; by++) {
        struct sales_query q = {.by = (enum sales_by)by};
        whole = *asked(w, 1, q);
        q.limit = 2;
        struct lines *part = asked(w, 1, q);
        assert_int_equal(part->count, 2);
        const struct sales_line *expected = by <= SALES_BY_HOUR ? &whole.list[whole.count - 2] : whole.list;
        for (int i = 0; i < 2; i++)
            expect_same(&part->list[i], &expected[i]);
        expect_same(&part->sum, &whole.sum);
    }
}

static void what_cannot_be_asked_is_refused(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    struct sales_query q = {.by = SALES_BY_TENANT};
    struct lines lines = {.count = 0};
    fails(sales_of(&c, &q, take, &lines, NULL, &w->error), ERROR_REFUSED);
    q.by = SALES_BY_CUSTOMER;
    fails(sales_of_all(w->store, &q, take, &lines, NULL, &w->error), ERROR_REFUSED);
    q.by = SALES_BY_DAY;
    ok(sales_of(&c, &q, take, &lines, &lines.sum, &w->error)); /* a shop without sales */
    assert_int_equal(lines.count, 0);
    assert_int_equal(lines.sum.total, 0);
}

static void a_purchase_and_its_refund_are_counted_as_they_happen(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = tenant(w, 1);
    add_stock(w, 1, add_product(w, 1, "DL", 150, 0), 5);
    add_customer(w, 1, RINA, "Rina99", 1000);
    int64_t tx = bought(w, 1, RINA, "DL", 2, NOW);
    bought(w, 1, RINA, "DL", 1, NOW + 1);
    writing(ok(purchase_refund(&c, &terms, tx, NOW + 3 * DAY, NULL, &w->error)));
    struct lines *days = asked(w, 1, (struct sales_query){.by = SALES_BY_DAY});
    assert_int_equal(days->count, 2);
    assert_int_equal(days->list[0].time, zone_day("Asia/Jakarta", NOW));
    assert_int_equal(days->list[0].total, 450);
    assert_int_equal(days->list[1].total, -300);
    assert_int_equal(days->sum.sales, 1);
    assert_int_equal(days->sum.total, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shop_test(a_shops_numbers_agree_with_a_recount),
        shop_test(days_of_23_and_25_hours_count_whole),
        shop_test(hours_of_half_hour_zones_count_by_their_clock),
        shop_test(any_period_agrees_with_a_recount),
        shop_test(numbers_of_all_tenants_agree_with_a_recount),
        shop_test(a_limit_keeps_the_newest_or_the_largest),
        shop_test(what_cannot_be_asked_is_refused),
        shop_test(a_purchase_and_its_refund_are_counted_as_they_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
