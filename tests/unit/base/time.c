#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/time.h"

#define NOW INT64_C(1785585831042) /* 2026-08-01T12:03:51.042Z */

static void times_format_in_utc(void **state)
{
    (void)state;
    char out[TIME_TEXT];
    assert_string_equal(time_format(NOW, out), "2026-08-01T12:03:51Z");
    assert_string_equal(time_format_ms(NOW, out), "2026-08-01T12:03:51.042Z");
    assert_string_equal(time_format_ms(0, out), "1970-01-01T00:00:00.000Z");
    assert_string_equal(time_format_ms(-1, out), "1969-12-31T23:59:59.999Z");
    assert_string_equal(time_format(951782400000, out), "2000-02-29T00:00:00Z");
    assert_string_equal(time_format(INT64_MAX, out), "9999-12-31T23:59:59Z");
    assert_string_equal(time_format(INT64_MIN, out), "0000-01-01T00:00:00Z");
}

static void rfc3339_reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"2026-08-01T12:03:51.042Z", NOW},
        {"2026-08-01t12:03:51.042z", NOW},
        {"2026-08-01T19:03:51.042+07:00", NOW},
        {"2026-08-01T05:33:51.042-06:30", NOW},
        {"2026-08-01T12:03:51.0429999Z", NOW},
        {"2026-08-01T12:03:51Z", NOW - 42},
        {"1970-01-01T00:00:00-00:00", 0},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2017-01-01T06:59:60+07:00", 1483228800000},
        {"2024-02-29T00:00:00Z", 1709164800000},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t ms = -1;
        if (time_parse_rfc3339(good[i].text, &ms, NULL) < 0)
            fail_msg("refused: %s", good[i].text);
        assert_true(ms == good[i].ms);
    }
}

static void anything_else_is_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "x",
        "2026-08-01",
        "2026-08-01T12:03:51",
        "2026-08-01 12:03:51Z",
        "2026-8-01T12:03:51Z",
        "2026-13-01T12:03:51Z",
        "2026-00-01T12:03:51Z",
        "2026-02-29T12:03:51Z",
        "1900-02-29T12:03:51Z",
        "2026-04-31T00:00:00Z",
        "2026-08-01T24:00:00Z",
        "2026-08-01T12:60:00Z",
        "2026-08-01T12:03:61Z",
        "2026-08-01T12:03:60Z",
        "2026-08-01T12:03:51.Z",
        "2026-08-01T12:03:51+7",
        "2026-08-01T12:03:51+24:00",
        "2026-08-01T12:03:51+07:60",
        "2026-08-01T12:03:51Zz",
        "+026-08-01T12:03:51Z",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = 5;
        struct error e;
        if (time_parse_rfc3339(bad[i], &ms, &e) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "time");
        assert_true(ms == 5);
    }
}

static void people_may_type_dates_and_ages(void **state)
{
    (void)state;
    int64_t ms;
    assert_int_equal(time_parse("2026-08-01", NOW, &ms, NULL), 0);
    assert_true(ms == 1785542400000);
    assert_int_equal(time_parse("30m", NOW, &ms, NULL), 0);
    assert_true(ms == NOW - 30 * 60000);
    assert_int_equal(time_parse("2h", NOW, &ms, NULL), 0);
    assert_true(ms == NOW - 7200000);
    assert_int_equal(time_parse("7d", NOW, &ms, NULL), 0);
    assert_true(ms == NOW - 7 * 86400000);
    assert_int_equal(time_parse("2026-08-01T12:03:51Z", NOW, &ms, NULL), 0);
    assert_true(ms == NOW - 42);
    static const char *const bad[] = {"", "m", "7", "7w", "-7d", "7dd", "1234567890d", "7 d", "yesterday"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e;
        assert_int_equal(time_parse(bad[i], NOW, &ms, &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_non_null(strstr(e.hint, "30m"));
    }
}

static void what_is_formatted_reads_back(void **state)
{
    (void)state;
    char out[TIME_TEXT];
    for (int64_t ms = -62167219200000; ms < 253402300799999; ms += 86399999 * INT64_C(37)) {
        int64_t back;
        assert_int_equal(time_parse_rfc3339(time_format_ms(ms, out), &back, NULL), 0);
        assert_true(back == ms);
    }
}

static void durations_are_for_people(void **state)
{
    (void)state;
    char out[TIME_TEXT];
    assert_string_equal(time_format_duration(0, out), "0 ms");
    assert_string_equal(time_format_duration(41, out), "41 ms");
    assert_string_equal(time_format_duration(1540, out), "1.5 s");
    assert_string_equal(time_format_duration(41000, out), "41 s");
    assert_string_equal(time_format_duration(185000, out), "3m 5s");
    assert_string_equal(time_format_duration(7500000, out), "2h 5m");
    assert_string_equal(time_format_duration(3 * INT64_C(86400000) + 7200000, out), "3d 2h");
    assert_string_equal(time_format_duration(-41, out), "-41 ms");
    assert_non_null(time_format_duration(INT64_MIN, out));
}

static void zones_are_names_of_the_database(void **state)
{
    (void)state;
    static const char *const good[] = {"Asia/Jakarta", "UTC", "Europe/Berlin",
                                       "America/Argentina/Buenos_Aires", "Etc/GMT+7"};
    static const char *const bad[] = {
        "",         "Asia",          "Asia/Atlantis",        "../../../etc/passwd",
        "/etc/UTC", "Asia//Jakarta", "Asia/../Asia/Jakarta", "asia/jakarta ",
        "zone.tab", "Asia/Jakarta/", "right/Asia/Jakarta",   "posix/Asia/Jakarta",
        "a\nb"};
    for (size_t i = 0; i < COUNT(good); i++)
        if (!time_zone_valid(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (time_zone_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    assert_false(time_zone_valid(NULL));
}

static int64_t at(const char *text)
{
    int64_t ms = 0;
    if (time_parse_rfc3339(text, &ms, NULL))
        fail_msg("not a time: %s", text);
    return ms;
}

#define MINUTES INT64_C(60000)

static void zones_have_their_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *time;
        int minutes;
    } known[] = {
        {"Asia/Jakarta", "2026-08-01T00:00:00Z", 7 * 60},
        {"Asia/Kolkata", "2026-08-01T00:00:00Z", 5 * 60 + 30},
        {"Asia/Kathmandu", "2026-08-01T00:00:00Z", 5 * 60 + 45},
        {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 11 * 60},
        {"Australia/Lord_Howe", "2026-07-01T00:00:00Z", 10 * 60 + 30},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 60},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 120},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 120},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 60},
        {"Europe/Dublin", "2026-01-01T00:00:00Z", 0},
        {"America/St_Johns", "2026-01-01T00:00:00Z", -3 * 60 - 30},
        {"Etc/GMT+7", "2026-01-01T00:00:00Z", -7 * 60},
        {"UTC", "2026-01-01T00:00:00Z", 0},
        /* beyond what the files list: by their rule */
        {"Europe/Berlin", "2090-07-01T00:00:00Z", 120},
        {"Europe/Berlin", "2090-12-01T00:00:00Z", 60},
        {"Australia/Sydney", "2090-12-01T00:00:00Z", 11 * 60},
        {"America/Nuuk", "2090-07-01T00:00:00Z", -60},
        {"Asia/Jakarta", "2090-07-01T00:00:00Z", 7 * 60},
        /* what is no zone counts as UTC */
        {"Nowhere/Land", "2026-01-01T00:00:00Z", 0},
        {"../../../etc/passwd", "2026-01-01T00:00:00Z", 0},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (zone_offset(known[i].zone, at(known[i].time)) != known[i].minutes * MINUTES)
            fail_msg("%s at %s: %lld min", known[i].zone, known[i].time,
                     (long long)(zone_offset(known[i].zone, at(known[i].time)) / MINUTES));
    assert_int_equal(zone_offset(NULL, 0), 0);
}

static void local_days_begin_at_midnight_or_as_soon_as_they_can(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *time, *day;
    } known[] = {
        {"UTC", "2026-08-01T23:59:59.999Z", "2026-08-01T00:00:00Z"},
        {"Asia/Jakarta", "2026-08-01T16:59:59.999Z", "2026-07-31T17:00:00Z"},
        {"Asia/Jakarta", "2026-08-01T17:00:00Z", "2026-08-01T17:00:00Z"},
        {"Asia/Kathmandu", "2026-08-01T12:00:00Z", "2026-07-31T18:15:00Z"},
        {"Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z"}, /* a day of 23 h */
        {"Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"}, /* of 25 h */
        {"America/Havana", "2025-03-09T12:00:00Z",
         "2025-03-09T05:00:00Z"}, /* without midnight: 0:00 is 1:00 */
        {"America/Havana", "2025-11-02T12:00:00Z", "2025-11-02T04:00:00Z"}, /* with two: the first */
        {"America/Havana", "2025-11-02T05:30:00Z", "2025-11-02T04:00:00Z"},
        {"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"}, /* the 30th was left out */
        {"UTC", "1969-12-31T23:00:00Z", "1969-12-31T00:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        char got[TIME_TEXT];
        int64_t day = zone_day(known[i].zone, at(known[i].time));
        if (day != at(known[i].day))
            fail_msg("%s at %s: the day begins at %s", known[i].zone, known[i].time,
                     time_format_ms(day, got));
    }
}

static void local_hours_begin_where_the_clock_shows_a_full_hour(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *time, *hour;
    } known[] = {
        {"UTC", "2026-08-01T12:34:56Z", "2026-08-01T12:00:00Z"},
        {"Asia/Kolkata", "2026-08-01T12:29:59Z", "2026-08-01T11:30:00Z"},
        {"Asia/Kolkata", "2026-08-01T12:30:00Z", "2026-08-01T12:30:00Z"},
        {"Asia/Kathmandu", "2026-08-01T12:14:00Z", "2026-08-01T11:15:00Z"},
        {"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z"}, /* 2:30, and */
        {"Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"}, /* 2:30 again: two hours */
        {"Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z"}, /* 3:30 after 1:59 */
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        char got[TIME_TEXT];
        int64_t hour = zone_hour(known[i].zone, at(known[i].time));
        if (hour != at(known[i].hour))
            fail_msg("%s at %s: the hour begins at %s", known[i].zone, known[i].time,
                     time_format_ms(hour, got));
    }
}

/* Whatever the zone: a unit begins at or before its moments, its beginning is its own, and it is not too
 * long. */
static void units_of_any_zone_hold_together(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Jakarta",      "America/New_York", "Australia/Lord_Howe",
                                        "America/Havana",    "Asia/Kathmandu",   "America/St_Johns",
                                        "Africa/Casablanca", "Antarctica/Troll", "Pacific/Chatham"};
    for (size_t i = 0; i < COUNT(zones); i++)
        for (int64_t ms = at("2020-01-01T00:00:00Z"); ms < at("2045-01-01T00:00:00Z"); ms += 7777777) {
            int64_t day = zone_day(zones[i], ms), hour = zone_hour(zones[i], ms);
            assert_true(day <= ms && ms - day < 27 * 60 * MINUTES);
            assert_true(hour <= ms && ms - hour < 3 * 60 * MINUTES);
            assert_int_equal(zone_day(zones[i], day), day);
            assert_int_equal(zone_hour(zones[i], hour), hour);
            assert_true(zone_day(zones[i], day - 1) < day);
            assert_true(zone_day(zones[i], hour) <= hour);
        }
}

static void *ask_zones(void *first)
{
    static const char *const zones[] = {"Asia/Tokyo", "Europe/Paris", "America/Lima", "Africa/Cairo"};
    int64_t sum = 0;
    for (size_t i = 0; i < 4000; i++)
        sum += zone_offset(zones[(i + *(size_t *)first) % COUNT(zones)], at("2026-01-01T00:00:00Z"));
    return sum == 1000 * (9 + 1 - 5 + 2) * 60 * MINUTES ? first : NULL;
}

static void zones_are_read_once_whoever_asks_first(void **state)
{
    (void)state;
    pthread_t threads[4];
    size_t first[COUNT(threads)];
    void *result;
    for (size_t i = 0; i < COUNT(threads); i++) {
        first[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, ask_zones, &first[i]), 0);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &first[i]);
    }
}

static void local_times_are_for_people(void **state)
{
    (void)state;
    char out[TIME_TEXT];
    assert_string_equal(zone_format("Asia/Jakarta", at("2026-08-01T12:03:51Z"), out), "2026-08-01 19:03:51");
    assert_string_equal(zone_format("America/Lima", at("2026-08-01T02:03:51Z"), out), "2026-07-31 21:03:51");
}

static void clocks_go_on(void **state)
{
    (void)state;
    int64_t a = time_monotonic_us(), b = time_monotonic_us();
    assert_true(b >= a);
    assert_true(time_monotonic() >= a / 1000);
    assert_true(time_now() > 1700000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_format_in_utc),
        cmocka_unit_test(rfc3339_reads),
        cmocka_unit_test(anything_else_is_malformed),
        cmocka_unit_test(people_may_type_dates_and_ages),
        cmocka_unit_test(what_is_formatted_reads_back),
        cmocka_unit_test(durations_are_for_people),
        cmocka_unit_test(zones_are_names_of_the_database),
        cmocka_unit_test(zones_have_their_offsets),
        cmocka_unit_test(local_days_begin_at_midnight_or_as_soon_as_they_can),
        cmocka_unit_test(local_hours_begin_where_the_clock_shows_a_full_hour),
        cmocka_unit_test(units_of_any_zone_hold_together),
        cmocka_unit_test(zones_are_read_once_whoever_asks_first),
        cmocka_unit_test(local_times_are_for_people),
        cmocka_unit_test(clocks_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
