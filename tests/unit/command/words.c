#include "test.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/command/command.h"

static void check_split(const char *line, const char *const *expected, size_t n)
{
    size_t count;
    char **words = words_split(line, &count, NULL);

    assert_non_null(words);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(words[i], expected[i]);
    assert_null(words[n]);
    words_free(words, count);
}

#define SPLIT(line, ...)                              \
    do {                                              \
        const char *const expected[] = {__VA_ARGS__}; \
        check_split(line, expected, COUNT(expected)); \
    } while (0)

static void words_are_split_as_a_shell_does(void **state)
{
    (void)state;
    check_split("", NULL, 0);
    check_split("  \t ", NULL, 0);
    check_split("# all of it", NULL, 0);
    SPLIT("a  b\tc", "a", "b", "c");
    SPLIT("a # b", "a");
    SPLIT("a#b c", "a#b", "c");
    SPLIT("'a b' \"c d\"", "a b", "c d");
    SPLIT("'' \"\"", "", "");
    SPLIT("a'b c'd\"e\"", "ab cde");
    SPLIT("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d");
    SPLIT("'a\\b'", "a\\b");
    SPLIT("a\\ b \\# \\'", "a b", "#", "'");
    SPLIT("$HOME `x` *", "$HOME", "`x`", "*");
    SPLIT("Tök\xc3\xb6 \xf0\x9f\x8d\x8e", "Tök\xc3\xb6", "\xf0\x9f\x8d\x8e");
}

static void an_open_quote_is_malformed(void **state)
{
    static const char *const lines[] = {"'a", "\"a", "a\\", "\"a\\\"", "\xff"};
    struct error e;
    size_t count;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_null(words_split(lines[i], &count, &e));
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_int_equal(count, 0);
    }
}

/* A small generator of its own, so that a failure can be repeated. */
static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void quoting_is_the_inverse_of_splitting(void **state)
{
    static const char alphabet[] = "ab \t\n'\"\\#-$*!;";
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 5000; round++) {
        char *words[4];
        struct str line = STR_INIT;
        size_t n = 1 + next(&seed) % 4, count;

        for (size_t i = 0; i < n; i++) {
            struct str word = STR_INIT;

            for (uint32_t c = next(&seed) % 8; c; c--)
                if (next(&seed) % 8)
                    str_add_char(&word, alphabet[next(&seed) % (sizeof alphabet - 1)]);
                else
                    text_encode(0xa1 + next(&seed) % 5000, &word);
            words[i] = str_take(&word);
            if (i)
                str_add_char(&line, ' ');
            word_quote(words[i], &line);
        }
        char **split = words_split(str_text(&line), &count, NULL);
        assert_non_null(split);
        assert_int_equal(count, n);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(split[i], words[i]);
            free(words[i]);
        }
        words_free(split, count);
        str_release(&line);
    }
}

static void plain_words_need_no_quotes(void **state)
{
    struct str out = STR_INIT;

    (void)state;
    word_quote("tenant-01_x:9/@", &out);
    assert_string_equal(str_text(&out), "tenant-01_x:9/@");
    str_clear(&out);
    word_quote("it's", &out);
    assert_string_equal(str_text(&out), "\"it's\"");
    str_clear(&out);
    word_quote("", &out);
    assert_string_equal(str_text(&out), "''");
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_as_a_shell_does),
        cmocka_unit_test(an_open_quote_is_malformed),
        cmocka_unit_test(quoting_is_the_inverse_of_splitting),
        cmocka_unit_test(plain_words_need_no_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
