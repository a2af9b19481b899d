/* Amounts of money: what people type, what they are shown. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/domain/money.h"

static const struct money_units common = {.dl = MONEY_DL, .bgl = MONEY_BGL};

static void what_people_type_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wl;
    } good[] = {
        {"0", 0},
        {"1500", 1500},
        {" 1500 ", 1500},
        {"007", 7},
        {"1.500", 1500},
        {"1,500", 1500},
        {"1.500 WL", 1500},
        {"1,500 WL", 1500},
        {"1,500 World Lock", 1500},
        {"1,234,567 wl", 1234567},
        {"12.345.678", 12345678},
        {"15 DL", 1500},
        {"15DL", 1500},
        {"15 dl", 1500},
        {"1.000 DL", 100000},
        {"1 BGL, 2 DL, 3 WL", 10203},
        {"1 BGL 2 DL 3 WL", 10203},
        {"3 WL, 2 DL, 1 BGL", 10203},
        {"1 BGL,2 DL,3 WL", 10203},
        {"1 BGL ,\t2 DL", 10200},
        {"1 BGL,200 DL", 30000},
        {"2 Diamond Lock, 5 World Lock", 205},
        {"2 DIAMOND LOCKS, 5 worldlocks", 205},
        {"1 Blue Gem Lock", 10000},
        {"3 blue  gem locks", 30000},
        {"0 BGL, 0 DL, 0 WL", 0},
        {"9000000000000000", MONEY_MAX},
        {"900000000000 BGL", MONEY_MAX},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t wl = -1;
        struct error e = {0};
        if (money_parse("amount", good[i].text, &common, &wl, &e) || wl != good[i].wl)
            fail_msg("'%s': %lld %s", good[i].text, (long long)wl, e.message);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "WL",
        "DL 5",
        "-5",
        "+5",
        "5-",
        "- 5 WL",
        "1.5",
        "1,5 DL",
        "0.5 BGL",
        "1.50 WL",
        "1.5000 WL",
        "1500.000",
        "0.500 WL",
        "0,500",
        "1.500,000",
        "1,500.000 WL",
        "1..500",
        "1,,500",
        ".500",
        ",500 WL",
        "1500,",
        "1500, ",
        "5 WL,",
        ", 5 WL",
        "5 WL,, 2 DL",
        "5 WL 5 WL",
        "1 DL, 2 DL",
        "5 World Lock, 1 WL",
        "5 2 DL",
        "1 BGL, 5",
        "5, 1 BGL",
        "1, 500 WL",
        "5 XL",
        "5 WLS",
        "5 W L",
        "5 World",
        "5 World Locksmith",
        "5 WL!",
        "0x10",
        "1e3",
        "1_000",
        "5\nWL",
        "5 WL\n",
        "\xef\xbc\x95 WL",
        "5\xc2\xa0WL",
        "NaN",
        "inf",
        "9000000000000001",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551617",
        "900000000001 BGL",
        "900000000000 BGL, 1 WL",
        "92233720368547758 DL",
        "99999999999999999999999999999999999999 WL",
        "1 DL2 WL",
        "1 DL;2 WL",
        "1'500 WL",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t wl = 77;
        struct error e = {0};
        if (money_parse("amount", bad[i], &common, &wl, &e) == 0)
            fail_msg("'%s' was read as %lld", bad[i], (long long)wl);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "amount");
        assert_int_equal(wl, 77);
    }
}

static const char *shown(int64_t wl, struct str *out)
{
    str_clear(out);
    money_format(wl, &common, out);
    return str_text(out);
}

static void people_are_shown_the_largest_units_first(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    assert_string_equal(shown(0, &out), "0 WL");
    assert_string_equal(shown(3, &out), "3 WL");
    assert_string_equal(shown(100, &out), "1 DL");
    assert_string_equal(shown(10203, &out), "1 BGL, 2 DL, 3 WL");
    assert_string_equal(shown(10003, &out), "1 BGL, 3 WL");
    assert_string_equal(shown(-10200, &out), "-1 BGL, 2 DL");
    assert_string_equal(shown(MONEY_MAX, &out), "900000000000 BGL");
    money_format(INT64_MIN, &common, &out); /* no overflow */
    str_release(&out);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Small values as often as large ones. */
static int64_t any(uint64_t *seed, int64_t most)
{
    uint64_t n = next(seed) >> (next(seed) % 64);
    return (int64_t)(n % ((uint64_t)most + 1));
}

static void what_is_shown_reads_back_whatever_the_units(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 200000; i++) {
        struct money_units units = {.dl = any(&seed, 100000) + 1, .bgl = any(&seed, 100000000) + 1};
        int64_t wl = any(&seed, MONEY_MAX), back = -1;
        str_clear(&out);
        money_format(wl, &units, &out);
        if (money_parse("amount", str_text(&out), &units, &back, NULL) || back != wl)
            fail_msg("%lld at %lld and %lld: '%s' was read as %lld", (long long)wl, (long long)units.dl,
                     (long long)units.bgl, str_text(&out), (long long)back);
    }
    str_release(&out);
}

/* Random strings over the letters that matter: a parser that takes one must mean a value within the bounds,
 * and what it means must read back. */
static void random_texts_are_refused_or_mean_one_amount(void **state)
{
    (void)state;
    static const char letters[] = "0159.,  WLDBGworldk\t-+s";
    struct str out = STR_INIT;
    uint64_t seed = 42;
    int taken = 0;
    for (int i = 0; i < 300000; i++) {
        char text[16];
        size_t n = next(&seed) % (sizeof text - 1);
        int64_t wl = -1, back = -1;
        for (size_t j = 0; j < n; j++)
            text[j] = letters[next(&seed) % (sizeof letters - 1)];
        text[n] = '\0';
        if (money_parse("amount", text, &common, &wl, NULL))
            continue;
        taken++;
        assert_true(wl >= 0 && wl <= MONEY_MAX);
        assert_null(strpbrk(text, "-+"));
        str_clear(&out);
        money_format(wl, &common, &out);
        assert_int_equal(money_parse("amount", str_text(&out), &common, &back, NULL), 0);
        assert_int_equal(back, wl);
    }
    assert_true(taken > 1000);
    str_release(&out);
}

static void set(struct tenant *t, const char *key, const char *value)
{
    t->settings = realloc(t->settings, (t->setting_count + 1) * sizeof *t->settings);
    t->settings[t->setting_count++] =
        (struct setting){.feature = FEATURE_SHOP, .key = strdup(key), .value = strdup(value)};
}

static void a_tenant_may_set_what_its_locks_are_worth(void **state)
{
    (void)state;
    struct tenant t;
    int64_t wl = 0;
    tenant_init(&t);
    struct money_units units = money_units_of(&t);
    assert_int_equal(units.dl, 100);
    assert_int_equal(units.bgl, 10000);
    set(&t, "bgl_rate", "6000");
    set(&t, "dl_rate", "60");
    units = money_units_of(&t);
    assert_int_equal(money_parse("amount", "1 BGL, 2 DL, 3 WL", &units, &wl, NULL), 0);
    assert_int_equal(wl, 6123);
    tenant_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_is_understood),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(people_are_shown_the_largest_units_first),
        cmocka_unit_test(what_is_shown_reads_back_whatever_the_units),
        cmocka_unit_test(random_texts_are_refused_or_mean_one_amount),
        cmocka_unit_test(a_tenant_may_set_what_its_locks_are_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
