#include "test.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/json.h"

static struct json *parse(const char *text)
{
    struct error e;
    struct json *j = json_parse(text, strlen(text), &e);
    if (!j)
        fail_msg("%s: %s", text, e.message);
    return j;
}

static void assert_prints(const struct json *j, void (*print)(const struct json *, struct str *),
                          const char *expected)
{
    struct str out = STR_INIT;
    print(j, &out);
    assert_string_equal(str_text(&out), expected);
    str_release(&out);
}

/* --- reading --- */

static void good_documents_read_and_print_as_they_are(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "null",
        "true",
        "0",
        "-1.5",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}],{}]",
        "{\"b\":1,\"a\":\"\xe2\x82\xac\",\"\":null}",
        "\"\xf0\x9f\x98\x80\"",
        "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001/\"",
        "9007199254740991",
    };
    for (size_t i = 0; i < COUNT(documents); i++) {
        struct json *j = parse(documents[i]);
        assert_prints(j, json_print, documents[i]);
        json_free(j);
    }
}

static void bad_documents_are_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } documents[] = {
#define DOCUMENT(text) {text, sizeof(text) - 1}
        DOCUMENT(""),
        DOCUMENT(" "),
        DOCUMENT("\xef\xbb\xbf{}"),
        DOCUMENT("{} x"),
        DOCUMENT("{}\0"),
        DOCUMENT("1 2"),
        DOCUMENT("[1,]"),
        DOCUMENT("[,1]"),
        DOCUMENT("[1"),
        DOCUMENT("[1}"),
        DOCUMENT("{\"a\"}"),
        DOCUMENT("{\"a\":}"),
        DOCUMENT("{\"a\":1,}"),
        DOCUMENT("{a:1}"),
        DOCUMENT("{1:1}"),
        DOCUMENT("{\"a\":1"),
        DOCUMENT("tru"),
        DOCUMENT("nulL"),
        DOCUMENT("truex"),
        DOCUMENT("01"),
        DOCUMENT("-"),
        DOCUMENT("+1"),
        DOCUMENT("1."),
        DOCUMENT(".5"),
        DOCUMENT("1e"),
        DOCUMENT("1e+"),
        DOCUMENT("0x10"),
        DOCUMENT("NaN"),
        DOCUMENT("Infinity"),
        DOCUMENT("1e400"),
        DOCUMENT("-1e99999999999999"),
        DOCUMENT("1111111111111111111111111111111111111111111111111111111111111111111"),
        DOCUMENT("\"a"),
        DOCUMENT("\"\\"),
        DOCUMENT("\"\\x41\""),
        DOCUMENT("\"\\u12\""),
        DOCUMENT("\"\\u12g4\""),
        DOCUMENT("\"a\nb\""),
        DOCUMENT("\"a\tb\""),
        DOCUMENT("\"a\0b\""),
        DOCUMENT("\"\\u0000\""),
        DOCUMENT("\"\\ud800\""),
        DOCUMENT("\"\\udc00\""),
        DOCUMENT("\"\\ud800\\u0041\""),
        DOCUMENT("\"\\ud800x\""),
        DOCUMENT("\"\xff\""),
        DOCUMENT("\"\xc0\xaf\""),
        DOCUMENT("\"\xed\xa0\x80\""),
        DOCUMENT("\"\xf4\x90\x80\x80\""),
        DOCUMENT("\"\xe2\x82\""),
        DOCUMENT("// c\n1"),
        DOCUMENT("'a'"),
#undef DOCUMENT
    };
    for (size_t i = 0; i < COUNT(documents); i++) {
        /* A copy of exactly that size, so that a sanitizer sees every step outside. */
        char *text = malloc(documents[i].len ? documents[i].len : 1);
        memcpy(text, documents[i].text, documents[i].len);
        struct error e = {0};
        struct json *j = json_parse(text, documents[i].len, &e);
        if (j)
            fail_msg("accepted: %s", documents[i].text);
        assert_int_equal(e.code, ERROR_MALFORMED);
        free(text);
    }
}

static struct json *nested(size_t depth)
{
    struct str text = STR_INIT;
    str_add_repeat(&text, '[', depth);
    str_add_repeat(&text, ']', depth);
    struct json *j = json_parse(text.data, text.len, NULL);
    str_release(&text);
    return j;
}

static void nesting_ends_at_64(void **state)
{
    (void)state;
    struct json *j = nested(64);
    assert_non_null(j);
    json_free(j);
    assert_null(nested(65));
    assert_null(nested(100000));
}

static void escapes_and_pairs_decode(void **state)
{
    (void)state;
    struct json *j = parse(" [ \"\\u0041\\ud83d\\ude00\\/\" ] ");
    assert_string_equal(json_string(json_first(j)), "A\xf0\x9f\x98\x80/");
    json_free(j);
}

/* --- getters --- */

static void getters_answer_the_default_on_anything_else(void **state)
{
    (void)state;
    struct json *j = parse("{\"s\":\"x\",\"n\":3,\"f\":1.5,\"b\":true,\"z\":null,\"a\":[10,{\"k\":\"v\"}],"
                           "\"big\":9007199254740993000}");
    assert_null(json_get(NULL, "s"));
    assert_null(json_get(json_get(j, "s"), "x"));
    assert_null(json_get_string(j, "n"));
    assert_null(json_get_string(j, "nothing"));
    assert_int_equal(json_get_int(j, "n", -7), 3);
    assert_int_equal(json_get_int(j, "f", -7), -7);
    assert_int_equal(json_get_int(j, "s", -7), -7);
    assert_int_equal(json_get_int(j, "big", -7), -7);
    assert_true(json_get_bool(j, "b", false));
    assert_true(json_get_bool(j, "n", true));
    assert_int_equal(json_type(NULL), JSON_NULL);
    assert_false(json_is(NULL, JSON_NULL));
    assert_true(json_is(json_get(j, "z"), JSON_NULL));
    assert_string_equal(json_string(json_at(j, "a.1.k")), "v");
    assert_int_equal(json_int(json_at(j, "a.0"), 0), 10);
    assert_null(json_at(j, "a.2"));
    assert_null(json_at(j, "a.x"));
    assert_null(json_at(j, "a.0.k"));
    assert_null(json_at(NULL, "a"));
    json_free(j);
}

static void ids_are_digits_below_2_to_63(void **state)
{
    (void)state;
    struct json *j =
        parse("[\"9223372036854775807\",\"9223372036854775808\",\"12a\",\"\",\"-1\",17,-3,1.5,\"0\","
              "\"99999999999999999999999\"]");
    static const int64_t expected[] = {INT64_MAX, 0, 0, 0, 0, 17, 0, 0, 0, 0};
    size_t i = 0;
    json_each(child, j) assert_true(json_id(child) == expected[i++]);
    assert_int_equal(i, COUNT(expected));
    json_free(j);
}

/* --- building --- */

static void members_are_replaced_in_place_and_removed(void **state)
{
    (void)state;
    struct json *j = json_new_object();
    json_set_int(j, "a", 1);
    json_set_string(j, "A", "other case");
    json_set_id(j, "id", 1234567890123456789);
    json_set_id(j, "none", 0);
    json_set_bool(j, "a", true);
    json_set(j, "list", json_new_array());
    json_remove(j, "list");
    json_remove(j, "not there");
    json_set_string(j, "taken", "away");
    struct json *taken = json_take(j, "taken");
    assert_string_equal(json_string(taken), "away");
    assert_null(json_take(j, "taken"));
    json_free(taken);
    assert_prints(j, json_print,
                  "{\"a\":true,\"A\":\"other case\",\"id\":\"1234567890123456789\",\"none\":null}");
    struct json *copy = json_clone(j);
    assert_true(json_same(j, copy));
    assert_null(json_clone(NULL));
    json_free(copy);
    json_free(j);
    json_free(NULL);
}

static void invalid_text_is_repaired(void **state)
{
    (void)state;
    struct json *j = json_new_string("a\xff\xe2\x82z");
    assert_string_equal(json_string(j), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
    json_free(j);
    j = json_new_string(NULL);
    assert_true(json_is(j, JSON_NULL));
    json_free(j);
}

static void big_arrays_are_walked_child_by_child(void **state)
{
    (void)state;
    struct json *j = json_new_array();
    const int64_t n = 200000;
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        json_push(j, json_new_int(i));
    json_each(child, j) sum += json_int(child, 0);
    assert_true(sum == n * (n - 1) / 2);
    assert_int_equal(json_count(j), n);
    json_free(j);
}

static void sameness_ignores_the_order_of_members_only(void **state)
{
    (void)state;
    struct json *a = parse("{\"x\":[1,2],\"y\":{\"p\":null,\"q\":\"s\"}}"),
                *b = parse("{\"y\":{\"q\":\"s\",\"p\":null},\"x\":[1,2]}"),
                *c = parse("{\"y\":{\"q\":\"s\",\"p\":null},\"x\":[2,1]}"),
                *d = parse("{\"y\":{\"q\":\"s\",\"r\":null},\"x\":[1,2]}");
    assert_true(json_same(a, b));
    assert_false(json_same(a, c));
    assert_false(json_same(a, d));
    assert_false(json_same(a, NULL));
    assert_true(json_same(NULL, NULL));
    json_free(a);
    json_free(b);
    json_free(c);
    json_free(d);
}

/* --- printing --- */

static void pretty_is_for_people(void **state)
{
    (void)state;
    struct json *j = parse("{\"a\":[1,{}],\"b\":[]}");
    assert_prints(j, json_print_pretty, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
    json_free(j);
}

/* RFC 8785, appendix B. */
static void numbers_print_as_rfc_8785_lists(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *text;
    } vectors[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
        {0x3d30000000000000, "5.684341886080802e-14"}, /* 2^-44: shorter upwards than to the nearest */
    };
    for (size_t i = 0; i < COUNT(vectors); i++) {
        double n;
        memcpy(&n, &vectors[i].bits, sizeof n);
        struct json *j = json_new_number(n);
        assert_prints(j, json_print_canonical, vectors[i].text);
        json_free(j);
    }
    struct json *j = json_new_number((double)INFINITY);
    assert_prints(j, json_print_canonical, "null");
    json_free(j);
}

/* RFC 8785, 3.2.2 and 3.2.3. */
static void canonical_form_is_that_of_rfc_8785(void **state)
{
    (void)state;
    struct json *j =
        parse("{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
              "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
              "\"literals\": [null, true, false]}");
    assert_prints(j, json_print_canonical,
                  "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                  "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    json_free(j);

    j = parse("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
              "Dagesh\","
              "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
              "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}");
    static const char *const order[] = {"Carriage Return",
                                        "One",
                                        "Control",
                                        "Latin Small Letter O With Diaeresis",
                                        "Euro Sign",
                                        "Emoji: Grinning Face",
                                        "Hebrew Letter Dalet With Dagesh"};
    struct str out = STR_INIT;
    json_print_canonical(j, &out);
    const char *at = out.data;
    for (size_t i = 0; i < COUNT(order); i++) {
        const char *found = strstr(at, order[i]);
        assert_non_null(found);
        at = found;
    }
    str_release(&out);
    json_free(j);
}

static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    static const char *const locales[] = {"id_ID.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8"};
    bool set = false;
    for (size_t i = 0; i < COUNT(locales) && !set; i++)
        set = setlocale(LC_NUMERIC, locales[i]) != NULL;
    if (!set) {
        print_message("no locale with a decimal comma here\n");
        skip();
    }
    struct json *j = parse("[1.5,0.25]");
    assert_prints(j, json_print, "[1.5,0.25]");
    json_free(j);
    setlocale(LC_NUMERIC, "C");
}

static void strings_print_safely(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    json_print_string("a\"\x01\xff", &out);
    assert_string_equal(out.data, "\"a\\\"\\u0001\xef\xbf\xbd\"");
    str_clear(&out);
    json_print_string(NULL, &out);
    assert_string_equal(out.data, "\"\"");
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_documents_read_and_print_as_they_are),
        cmocka_unit_test(bad_documents_are_malformed),
        cmocka_unit_test(nesting_ends_at_64),
        cmocka_unit_test(escapes_and_pairs_decode),
        cmocka_unit_test(getters_answer_the_default_on_anything_else),
        cmocka_unit_test(ids_are_digits_below_2_to_63),
        cmocka_unit_test(members_are_replaced_in_place_and_removed),
        cmocka_unit_test(invalid_text_is_repaired),
        cmocka_unit_test(big_arrays_are_walked_child_by_child),
        cmocka_unit_test(sameness_ignores_the_order_of_members_only),
        cmocka_unit_test(pretty_is_for_people),
        cmocka_unit_test(numbers_print_as_rfc_8785_lists),
        cmocka_unit_test(canonical_form_is_that_of_rfc_8785),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(strings_print_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
