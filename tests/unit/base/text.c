#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/text.h"

static void only_well_formed_text_is_valid(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff",         "\xe2\x82",         "\xe2\x28\xa1",     "a\xc3"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_valid(bad[i], strlen(bad[i])));
    assert_false(text_valid("a\0b", 3));
}

static void every_character_survives_encode_and_decode(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        if (c == 0xd800)
            c = 0xe000;
        uint32_t back;
        str_clear(&s);
        text_encode(c, &s);
        size_t n = text_decode(s.data, s.len, &back);
        if (n != s.len || back != c || !text_valid(s.data, s.len))
            fail_msg("U+%04X", (unsigned)c);
    }
    str_clear(&s);
    text_encode(0xd800, &s);
    text_encode(0x110000, &s);
    assert_string_equal(s.data, "\xef\xbf\xbd\xef\xbf\xbd");
    str_release(&s);
}

static void an_invalid_byte_decodes_as_one_replacement(void **state)
{
    (void)state;
    uint32_t c;
    assert_int_equal(text_decode("\xe2\x82", 2, &c), 1);
    assert_int_equal(c, 0xfffd);
    assert_int_equal(text_decode("", 0, &c), 0);
    assert_int_equal(text_length("a\xe2\x82\xac\xff"), 3);
    assert_int_equal(text_prefix("a\xe2\x82\xac"
                                 "b",
                                 2),
                     4);
    assert_int_equal(text_prefix("ab", 9), 2);
    assert_int_equal(text_prefix("ab", 0), 0);
}

static void widths_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    static const struct {
        uint32_t c;
        int width;
    } table[] = {
        {'a', 1},     {0x1b, 0},   {0x7f, 0},   {0x9b, 0},   {0xa0, 1},    {0xad, 1},
        {0xe9, 1},    {0x301, 0},  {0x200b, 0}, {0x200d, 0}, {0xfe0f, 0},  {0x1100, 2},
        {0x1160, 0},  {0x3042, 2}, {0x4e2d, 2}, {0xac00, 2}, {0xff01, 2},  {0xff71, 1},
        {0x2500, 1},  {0x2588, 1}, {0x2026, 1}, {0x231a, 2}, {0x1f600, 2}, {0x1f1ee, 1},
        {0x20000, 2}, {0xe000, 1}, {0x5d0, 1},  {0x5b0, 0},  {0xe0100, 0}, {0x10ffff, 1},
    };
    for (size_t i = 0; i < COUNT(table); i++)
        if (text_char_width(table[i].c) != table[i].width)
            fail_msg("U+%04X is %d wide, expected %d", (unsigned)table[i].c, text_char_width(table[i].c),
                     table[i].width);
    assert_int_equal(text_width("a\xe4\xb8\xad"
                                "e\xcc\x81"),
                     4);
}

static void assert_fit(const char *s, size_t cells, bool right, bool ascii, const char *expected)
{
    struct str out = STR_INIT;
    text_fit(&out, s, cells, right, ascii);
    assert_string_equal(str_text(&out), expected);
    assert_int_equal(text_width(str_text(&out)), cells);
    str_release(&out);
}

static void fitting_takes_exactly_the_cells(void **state)
{
    (void)state;
    assert_fit("abc", 5, false, false, "abc  ");
    assert_fit("abc", 5, true, false, "  abc");
    assert_fit("abc", 3, false, false, "abc");
    assert_fit("abcd", 3, false, false, "ab…");
    assert_fit("abcd", 3, false, true, "ab~");
    assert_fit("abcd", 1, false, false, "…");
    assert_fit("abcd", 0, false, false, "");
    assert_fit("", 2, false, false, "  ");
    assert_fit("中文字", 6, false, false, "中文字");
    assert_fit("中文字", 5, false, false, "中文…");
    assert_fit("中文字", 4, false, false, "中… ");
    assert_fit("中文字", 4, true, false, " 中…");
    assert_fit("中", 1, false, false, "…");
    assert_fit("e\xcc\x81", 1, false, false, "e\xcc\x81");
}

static void unsafe_characters_become_visible(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    text_safe(&out, "a\n\t\r\x1b[31m\x7f\xff\xc2\x9b\xe2\x80\xae\xe2\x81\xa6 é中");
    assert_string_equal(out.data, "a\\n\\t\\r\\x1b[31m\\x7f\\xff\\x9b\\u202e\\u2066 é中");
    str_release(&out);
}

static void the_meant_word_is_the_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"shop",    "live_stock", "leveling", "reputation",
                                        "tickets", "automod",    NULL};
    assert_string_equal(text_nearest("shp", words), "shop");
    assert_string_equal(text_nearest("hsop", words), "shop");
    assert_string_equal(text_nearest("SHOP", words), "shop");
    assert_string_equal(text_nearest("live-stock", words), "live_stock");
    assert_string_equal(text_nearest("levelling", words), "leveling");
    assert_string_equal(text_nearest("rep", words), "reputation");
    assert_string_equal(text_nearest("ticktes", words), "tickets");
    assert_null(text_nearest("banana", words));
    assert_null(text_nearest("", words));
    assert_null(text_nearest("x", words));
    char *longer = malloc(100001);
    memset(longer, 's', 100000);
    longer[100000] = '\0';
    assert_null(text_nearest(longer, words));
    free(longer);
    static const char *const none[] = {NULL};
    assert_null(text_nearest("shop", none));
}

static void the_first_of_equally_near_words_wins_and_a_nearer_one_beats_it(void **state)
{
    (void)state;
    static const char *const words[] = {"enabled", "disable", "enable", NULL};
    assert_string_equal(text_nearest("enabl", words), "enable");
    assert_string_equal(text_nearest("enable", words), "enable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_well_formed_text_is_valid),
        cmocka_unit_test(every_character_survives_encode_and_decode),
        cmocka_unit_test(an_invalid_byte_decodes_as_one_replacement),
        cmocka_unit_test(widths_do_not_depend_on_the_locale),
        cmocka_unit_test(fitting_takes_exactly_the_cells),
        cmocka_unit_test(unsafe_characters_become_visible),
        cmocka_unit_test(the_meant_word_is_the_nearest),
        cmocka_unit_test(the_first_of_equally_near_words_wins_and_a_nearer_one_beats_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
