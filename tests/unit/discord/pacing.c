#include "check.h"

#include "backoff.h"
#include "budget.h"
#include "close.h"
#include "sending.h"
#include "tt/base/crypto.h"

static void backoff_doubles_up_to_its_cap_with_jitter_in_the_upper_half(void **state)
{
    (void)state;
    assert_int_equal(backoff_delay(1, 1000, 60000, 0), 500);
    assert_int_equal(backoff_delay(1, 1000, 60000, 0.999), 999);
    assert_int_equal(backoff_delay(3, 1000, 60000, 0.5), 3000);
    for (int n = 1; n < 300; n++) {
        int64_t low = backoff_delay(n, 1000, 60000, 0), high = backoff_delay(n, 1000, 60000, 0.9999);
        assert_true(low <= high && low >= 500 && high <= 60000);
    }
    assert_int_equal(backoff_delay(50, 1000, 60000, 0), 30000);
}

static void fractions_are_spread_over_zero_to_one(void **state)
{
    int below = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        double f = backoff_fraction();
        assert_true(f >= 0 && f < 1);
        below += f < 0.5;
    }
    assert_in_range(below, 300, 700);
}

static void budget_counts_ten_minutes_and_forgets_older_ones(void **state)
{
    struct budget b = {0};
    int64_t minute = 60000, now = 5 * minute;
    (void)state;
    assert_int_equal(budget_spend(&b, 0, now), 0);
    assert_int_equal(budget_spend(&b, 3, now), 3);
    assert_int_equal(budget_spend(&b, 1, now + 9 * minute), 4);
    assert_int_equal(budget_spend(&b, 0, now + 10 * minute), 4);
    assert_int_equal(budget_spend(&b, 0, now + 11 * minute), 1);
    assert_int_equal(budget_spend(&b, 0, now + 1000 * minute), 0);
}

static void budget_warns_at_half_and_closes_at_eighty_percent(void **state)
{
    (void)state;
    assert_false(budget_warns(4999));
    assert_true(budget_warns(5000));
    assert_false(budget_closed(7999));
    assert_true(budget_closed(8000));
}

static void sending_stays_under_120_in_any_minute_with_room_for_heartbeats(void **state)
{
    struct sending s = {0};
    int64_t sent[20000];
    int count = 0, beats = 0, from = 0;
    (void)state;
    for (int64_t now = 1000000; now < 1000000 + 300000; now += 50) {
        while (sending_take(&s, false, now))
            sent[count++] = now;
        if (now % 40000 == 0) {
            assert_true(sending_take(&s, true, now));
            sent[count++] = now;
            beats++;
        }
    }
    assert_true(beats >= 7);
    for (int i = 0; i < count; i++) {
        while (sent[i] - sent[from] >= 60000)
            from++;
        assert_true(i - from + 1 <= 120);
    }
    assert_true(count > 300);
}

static void every_documented_close_code_has_its_consequence(void **state)
{
    static const struct {
        int code;
        enum close_action action;
    } rows[] = {
        {4000, CLOSE_RESUME},      {4001, CLOSE_RESUME}, {4002, CLOSE_RESUME},      {4003, CLOSE_NEW_SESSION},
        {4004, CLOSE_END},         {4005, CLOSE_RESUME}, {4007, CLOSE_NEW_SESSION}, {4008, CLOSE_RESUME},
        {4009, CLOSE_NEW_SESSION}, {4010, CLOSE_END},    {4011, CLOSE_END},         {4012, CLOSE_END},
        {4013, CLOSE_END},         {4014, CLOSE_END},    {1000, CLOSE_RESUME},      {1001, CLOSE_RESUME},
        {1006, CLOSE_RESUME},      {4006, CLOSE_RESUME}, {4999, CLOSE_RESUME},      {0, CLOSE_RESUME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(close_find(rows[i].code)->action, rows[i].action);
    assert_int_equal(close_find(4004)->end, GATEWAY_END_TOKEN);
    assert_int_equal(close_find(4011)->end, GATEWAY_END_SHARDING);
    assert_int_equal(close_find(4012)->end, GATEWAY_END_VERSION);
    assert_int_equal(close_find(4014)->end, GATEWAY_END_INTENTS);
}

static void code_4014_names_the_switches_of_the_portal(void **state)
{
    struct str s = STR_INIT;
    (void)state;
    close_message(close_find(4014), 1u << 15 | 1u << 1 | 1u, &s);
    assert_non_null(strstr(s.data, "\"Server Members Intent\" and \"Message Content Intent\""));
    assert_null(strstr(s.data, "Presence"));
    str_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_doubles_up_to_its_cap_with_jitter_in_the_upper_half),
        cmocka_unit_test(fractions_are_spread_over_zero_to_one),
        cmocka_unit_test(budget_counts_ten_minutes_and_forgets_older_ones),
        cmocka_unit_test(budget_warns_at_half_and_closes_at_eighty_percent),
        cmocka_unit_test(sending_stays_under_120_in_any_minute_with_room_for_heartbeats),
        cmocka_unit_test(every_documented_close_code_has_its_consequence),
        cmocka_unit_test(code_4014_names_the_switches_of_the_portal),
    };
    crypto_start();
    return cmocka_run_group_tests_name("pacing", tests, NULL, NULL);
}
