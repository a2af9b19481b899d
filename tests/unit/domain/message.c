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

/* The names in braces of TEXT, in any order, as "a b ". */
static void places_of(enum language language, enum message message, char out[64])
{
    struct str text = STR_INIT;
    out[0] = '\0';
    message_add(&text, language, message, NULL);
    static const char *const names[] = {"command", "feature", "ms", "seconds", "server", "user", "what"};
    size_t found = 0, braces = 0;
    for (const char *c = str_text(&text); *c; c++)
        braces += *c == '{';
    for (size_t i = 0; i < COUNT(names); i++) {
        struct str place = STR_INIT;
        str_addf(&place, "{%s}", names[i]);
        if (strstr(str_text(&text), place.data)) {
            found++;
            size_t n = strlen(out);
            snprintf(out + n, 64 - n, "%s ", names[i]);
        }
        str_release(&place);
    }
    assert_int_equal(found, braces);
    str_release(&text);
}

static void both_languages_have_every_text_with_the_same_places(void **state)
{
    (void)state;
    static const char *const expected[MESSAGE_COUNT] = {
        [MESSAGE_PONG] = "ms ",
        [MESSAGE_COOLDOWN] = "seconds ",
        [MESSAGE_NOT_PERMITTED] = "what ",
        [MESSAGE_HELP_TITLE] = "server ",
        [MESSAGE_WELCOME_DEFAULT] = "server user ",
        [MESSAGE_SWITCHED_OFF] = "feature ",
        [MESSAGE_CONFIRM] = "command ",
    };
    for (int m = 0; m < MESSAGE_COUNT; m++) {
        struct str texts[LANGUAGE_COUNT] = {STR_INIT};
        for (int l = 0; l < LANGUAGE_COUNT; l++) {
            char places[64];
            places_of((enum language)l, (enum message)m, places);
            assert_string_equal(places, expected[m] ? expected[m] : "");
            message_add(&texts[l], (enum language)l, (enum message)m, NULL);
            assert_true(texts[l].len > 0);
        }
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
