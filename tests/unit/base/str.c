#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/str.h"

static void an_empty_one_needs_no_memory(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, NULL);
    str_add(&s, "");
    str_cut(&s, 0);
    str_trim(&s);
    str_clear(&s);
    assert_null(s.data);
    assert_string_equal(str_text(&s), "");
    char *taken = str_take(&s);
    assert_string_equal(taken, "");
    free(taken);
    str_release(&s);
    str_release(&s);
    str_wipe(&s);
}

static void appends_everything_in_order(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, "ab");
    str_add_bytes(&s, "c\0d", 3);
    str_add_char(&s, 'e');
    str_add_repeat(&s, '.', 3);
    str_addf(&s, "%05d%s", 42, "!");
    assert_int_equal(s.len, 15);
    assert_memory_equal(s.data, "abc\0de...00042!", 16);
    str_release(&s);
    assert_null(s.data);
}

static void grows_over_many_appends(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    for (int i = 0; i < 10000; i++)
        str_addf(&s, "%d,", i);
    assert_int_equal(s.len, 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5);
    assert_string_equal(s.data + s.len - 5, "9999,");
    str_release(&s);
}

static void trims_both_ends(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, " \t\r\n a b \v\f");
    str_trim(&s);
    assert_string_equal(s.data, "a b");
    assert_int_equal(s.len, 3);
    str_clear(&s);
    str_add(&s, " \n ");
    str_trim(&s);
    assert_string_equal(s.data, "");
    assert_int_equal(s.len, 0);
    str_release(&s);
}

static void cutting_never_lengthens(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    str_add(&s, "abc");
    str_cut(&s, 7);
    assert_int_equal(s.len, 3);
    str_cut(&s, 1);
    assert_string_equal(s.data, "a");
    str_release(&s);
}

static void compares(void **state)
{
    (void)state;
    assert_true(str_equal(NULL, NULL));
    assert_false(str_equal(NULL, ""));
    assert_true(str_equal("a", "a"));
    assert_true(str_equal_nocase("TrUe", "true"));
    assert_false(str_equal_nocase("tru", "true"));
    assert_false(str_equal_nocase("a", NULL));
    assert_true(str_starts("Bot x", "Bot "));
    assert_false(str_starts("Bo", "Bot"));
    assert_false(str_starts(NULL, "a"));
}

static void copies_cut_between_characters(void **state)
{
    (void)state;
    char to[6];
    assert_true(str_copy(to, sizeof to, "abcde"));
    assert_string_equal(to, "abcde");
    assert_false(str_copy(to, sizeof to, "abc\xe2\x82\xac"));
    assert_string_equal(to, "abc");
    assert_false(str_copy(to, sizeof to,
                          "ab\xe2\x82\xac"
                          "cd"));
    assert_string_equal(to, "ab\xe2\x82\xac");
    assert_false(str_copy(to, 0, "x"));
    assert_false(str_copy(to, 1, "x"));
    assert_string_equal(to, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_needs_no_memory),  cmocka_unit_test(appends_everything_in_order),
        cmocka_unit_test(grows_over_many_appends),       cmocka_unit_test(trims_both_ends),
        cmocka_unit_test(cutting_never_lengthens),       cmocka_unit_test(compares),
        cmocka_unit_test(copies_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
