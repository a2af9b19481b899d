#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/domain/message.h"

static void assert_template(const char *text, const char *const *pairs, const char *expected)
{
    struct str out = STR_INIT;
    template_add(&out, text, pairs);
    assert_string_equal(str_text(&out), expected);
    str_release(&out);
}

static void places_are_filled(void **state)
{
    (void)state;
    static const char *const pairs[] = {"user", "<@1>", "server", "Toko", "empty", "", NULL};
    assert_template("{user} in {server}{empty}!", pairs, "<@1> in Toko!");
    assert_template("{user}{user}", pairs, "<@1><@1>");
    assert_template("", pairs, "");
    assert_template("no place", pairs, "no place");
}

static void unknown_and_broken_places_stay(void **state)
{
    (void)state;
    static const char *const pairs[] = {"user", "U", NULL};
    static const char *const none[] = {NULL};
    assert_template("{who} {user", pairs, "{who} {user");
    assert_template("{{user}} {} } {", pairs, "{U} {} } {");
    assert_template("{ user}{User}", pairs, "{ user}{User}");
    assert_template("{user}", none, "{user}");
}

static void values_are_not_scanned_again(void **state)
{
    (void)state;
    static const char *const pairs[] = {"user", "{server}", "server", "{user}", NULL};
    assert_template("{user} {server}", pairs, "{server} {user}");
    static const char *const halves[] = {"a", "{", "b", "user}", "user", "X", NULL};
    assert_template("{a}{b}", halves, "{user}");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The names in braces of the text, sorted, as "a b ". */
static void places_of(enum language language, enum message message, char out[256])
{
    char names[16][24];
    size_t count = 0;
    struct str text = STR_INIT;
    message_add(&text, language, message, NULL);
    for (const char *at = str_text(&text); (at = strchr(at, '{')); at++) {
        size_t n = strcspn(at + 1, "}");
        assert_true(at[n + 1] == '}' && n > 0 && n < 24 && count < COUNT(names));
        memcpy(names[count], at + 1, n);
        names[count++][n] = '\0';
    }
    qsort(names, count, sizeof names[0], by_name);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(out);
        snprintf(out + n, 256 - n, "%s ", names[i]);
    }
    str_release(&text);
}

/* Names and what programs read are the same in both. */
static bool may_be_same(enum message message)
{
    return message == MESSAGE_DEPOSIT_DONE || message == MESSAGE_DEPOSIT_NOBODY ||
           message == MESSAGE_HISTORY_LINE;
}

static void both_languages_have_every_text_with_the_same_places(void **state)
{
    (void)state;
    for (int m = 0; m < MESSAGE_COUNT; m++) {
        struct str texts[LANGUAGE_COUNT] = {STR_INIT};
        char places[LANGUAGE_COUNT][256];
        for (int l = 0; l < LANGUAGE_COUNT; l++) {
            places_of((enum language)l, (enum message)m, places[l]);
            message_add(&texts[l], (enum language)l, (enum message)m, NULL);
            assert_true(texts[l].len > 0);
        }
        assert_string_equal(places[LANGUAGE_ID], places[LANGUAGE_EN]);
        if (!may_be_same((enum message)m))
            assert_string_not_equal(texts[LANGUAGE_ID].data, texts[LANGUAGE_EN].data);
        for (int l = 0; l < LANGUAGE_COUNT; l++)
            str_release(&texts[l]);
    }
}

static void a_message_takes_its_values(void **state)
{
    (void)state;
    struct str out = STR_INIT;
    str_add(&out, "> ");
    message_add(&out, LANGUAGE_EN, MESSAGE_WELCOME_DEFAULT, "user", "{server}", "server", "Toko", NULL);
    assert_string_equal(out.data, "> Welcome to Toko, {server}!");
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled),
        cmocka_unit_test(unknown_and_broken_places_stay),
        cmocka_unit_test(values_are_not_scanned_again),
        cmocka_unit_test(both_languages_have_every_text_with_the_same_places),
        cmocka_unit_test(a_message_takes_its_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
