#include "test.h"

#include <string.h>

#include "tt/domain/catalog.h"

static void codes_are_upper_cased_and_have_their_alphabet(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
    } good[] = {{"dl", "DL"}, {"DL", "DL"}, {"aZ_09", "AZ_09"}, {"0123456789", "0123456789"}, {"__", "__"}};
    static const char *const bad[] = {"",    "a",   "01234567890", "a b", "a-b",
                                      " ab", "ab ", "caf\xc3\xa9", "a\n"};
    char code[PRODUCT_CODE_TEXT];
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(product_code_normalise(good[i].text, code, NULL), 0);
        assert_string_equal(code, good[i].code);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e;
        assert_int_equal(product_code_normalise(bad[i], code, &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "code");
    }
}

static void repeated(char *to, const char *character, int times)
{
    *to = '\0';
    for (size_t n = strlen(character); times > 0; times--, to += n)
        memcpy(to, character, n + 1);
}

static void texts_are_counted_in_characters(void **state)
{
    (void)state;
    char text[1000];
    repeated(text, "\xe4\xb8\xad", 50);
    assert_int_equal(product_name_check(text, NULL), 0);
    assert_int_equal(category_check(text, NULL), 0);
    repeated(text, "\xe4\xb8\xad", 51);
    assert_int_equal(product_name_check(text, NULL), -1);
    assert_int_equal(category_check(text, NULL), -1);
    repeated(text, "\xe4\xb8\xad", 200);
    assert_int_equal(description_check(text, NULL), 0);
    repeated(text, "\xe4\xb8\xad", 201);
    assert_int_equal(description_check(text, NULL), -1);
    assert_int_equal(description_check("", NULL), 0);
    assert_int_equal(category_check("", NULL), 0);
    static const char *const names[] = {"", "   ", "\xe3\x80\x80", "a\nb", "\xff", "a\xe2\x80\xae"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(product_name_check(names[i], NULL), -1);
}

static void prices_and_thresholds_have_their_range(void **state)
{
    (void)state;
    struct error e;
    assert_int_equal(price_check(1, NULL), 0);
    assert_int_equal(price_check(1000000000, NULL), 0);
    assert_int_equal(price_check(0, &e), -1);
    assert_string_equal(e.field, "price");
    assert_int_equal(price_check(-5, NULL), -1);
    assert_int_equal(price_check(1000000001, NULL), -1);
    assert_int_equal(threshold_check(0, NULL), 0);
    assert_int_equal(threshold_check(-1, NULL), -1);
    assert_int_equal(threshold_check(1000000001, NULL), -1);
}

static void a_threshold_is_crossed_once_on_the_way_down(void **state)
{
    (void)state;
    assert_true(threshold_crossed(5, 6, 5));
    assert_true(threshold_crossed(5, 100, 0));
    assert_false(threshold_crossed(5, 7, 6));
    assert_false(threshold_crossed(5, 5, 4));
    assert_false(threshold_crossed(5, 4, 6));
    assert_false(threshold_crossed(0, 1, 0)); /* none is set */
}

static void lines_lose_white_space_at_the_end_only(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t n;
    } good[] = {{"a", 1}, {"  a", 3}, {"a \t\r\n", 1}, {"a b", 3}, {"a\tb ", 3}, {"caf\xc3\xa9 ", 5}};
    size_t n;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(stock_line_normalise(good[i].line, strlen(good[i].line), &n), LINE_GOOD);
        assert_int_equal(n, good[i].n);
    }
}

static void lines_that_cannot_be_kept_say_why(void **state)
{
    (void)state;
    char text[STOCK_LINE_MAX + 10];
    size_t n;
    assert_int_equal(stock_line_normalise("", 0, &n), LINE_EMPTY);
    assert_int_equal(stock_line_normalise(" \t\r\n", 4, &n), LINE_EMPTY);
    repeated(text, "x", STOCK_LINE_MAX);
    memcpy(text + STOCK_LINE_MAX, "  \n", 4);
    assert_int_equal(stock_line_normalise(text, strlen(text), &n), LINE_GOOD);
    assert_int_equal(n, STOCK_LINE_MAX);
    repeated(text, "x", STOCK_LINE_MAX + 1);
    assert_int_equal(stock_line_normalise(text, strlen(text), &n), LINE_LONG);
    assert_int_equal(stock_line_normalise("a\0b", 3, &n), LINE_CONTROL);
    assert_int_equal(stock_line_normalise("a\x1b[0m", 5, &n), LINE_CONTROL);
    assert_int_equal(stock_line_normalise("a\nb", 3, &n), LINE_CONTROL);
    assert_int_equal(stock_line_normalise("a\x7f", 2, &n), LINE_CONTROL);
    assert_int_equal(stock_line_normalise("caf\xe9", 4, &n), LINE_NOT_UTF8);
    assert_int_equal(stock_line_normalise("\xed\xa0\x80", 3, &n), LINE_NOT_UTF8);
    for (int i = 0; i < LINE_FAULT_COUNT; i++)
        assert_non_null(line_fault_texts[i]);
}

static void one_quoted_field_of_csv_is_its_text(void **state)
{
    static const struct {
        const char *line, *text; /* NULL: something else */
    } cases[] = {
        {"\"world Q2, \"\"d\"\" 2\"", "world Q2, \"d\" 2"},
        {"\"plain\" \t\r", "plain"},
        {"\"\"", ""},
        {"\"\"\"\"", "\""},
        {"\" kept \"", " kept "},
        {"", NULL},
        {"\"", NULL},
        {"\"\"\"", NULL},
        {"plain", NULL},
        {"\"a\",\"b\"", NULL},
        {"\"a", NULL},
        {"a\"", NULL},
        {" \"a\"", NULL},
        {"\"a\"b\"", NULL},
    };
    struct str out = STR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is = stock_line_unquote(cases[i].line, strlen(cases[i].line), &out);
        assert_int_equal(is, cases[i].text != NULL);
        if (is)
            assert_string_equal(str_text(&out), cases[i].text);
    }
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_upper_cased_and_have_their_alphabet),
        cmocka_unit_test(texts_are_counted_in_characters),
        cmocka_unit_test(prices_and_thresholds_have_their_range),
        cmocka_unit_test(a_threshold_is_crossed_once_on_the_way_down),
        cmocka_unit_test(lines_lose_white_space_at_the_end_only),
        cmocka_unit_test(lines_that_cannot_be_kept_say_why),
        cmocka_unit_test(one_quoted_field_of_csv_is_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
