#include "test.h"

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
        cmocka_unit_test(clocks_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
