#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/domain/tenant.h"

static void tenant_ids_have_their_alphabet_and_length(void **state)
{
    (void)state;
    static const char *const good[] = {"abc", "tenant_01-x", "---", "0123456789abcdef0123456789abcdef"};
    static const char *const bad[] = {
        "", "ab", "0123456789abcdef0123456789abcdef0", "Abc", "a b", "a.b", "caf\xc3\xa9", "abc\n", "../x"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(tenant_id_check(good[i], NULL), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e;
        assert_int_equal(tenant_id_check(bad[i], &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "tenant");
    }
}

static void names_are_one_line_of_1_to_100_characters(void **state)
{
    (void)state;
    char name[3 * 101 + 1] = "";
    struct str s = STR_INIT;
    for (int i = 0; i < 101; i++)
        str_add(&s, "\xe4\xb8\xad");
    str_copy(name, sizeof name, s.data);
    str_release(&s);
    assert_int_equal(tenant_name_check(name, NULL), -1);
    name[300] = '\0';
    assert_int_equal(tenant_name_check(name, NULL), 0);
    assert_int_equal(tenant_name_check(" Toko Rina ", NULL), 0);
    static const char *const bad[] = {"", "   ", "\xe3\x80\x80 ", "a\nb", "a\x7f", "\xff", "a\xe2\x80\xae."};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(tenant_name_check(bad[i], NULL), -1);
}

static void snowflakes_are_digits_below_2_to_63(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t id;
        bool is_short;
    } good[] = {
        {"1", 1, true},
        {"1234567890123456", 1234567890123456, true},
        {"12345678901234567", 12345678901234567, false},
        {"9223372036854775807", INT64_MAX, false},
        {"0000000000000000000000042", 42, true},
    };
    static const char *const bad[] = {
        "",    "0",   "000",     "9223372036854775808", "99999999999999999999", "-1", "+1", "1.0", "12a",
        " 12", "12 ", "\xd9\xa1"};
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t id = 0;
        bool is_short = !good[i].is_short;
        assert_int_equal(snowflake_parse("guild_id", good[i].text, &id, &is_short, NULL), 0);
        assert_true(id == good[i].id);
        assert_int_equal(is_short, good[i].is_short);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t id = 7;
        struct error e;
        assert_int_equal(snowflake_parse("guild_id", bad[i], &id, NULL, &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "guild_id");
        assert_true(id == 7);
    }
}

static void assert_config(enum config_key key, const char *text, const char *expected)
{
    char *out = NULL;
    struct error e;
    if (config_check(key, text, &out, &e) < 0)
        fail_msg("%s %s: %s", config_words[key], text, e.message);
    if (expected)
        assert_string_equal(out, expected);
    else
        assert_null(out);
    free(out);
}

static void assert_config_refused(enum config_key key, const char *text)
{
    char *out = (char *)"untouched";
    struct error e;
    if (config_check(key, text, &out, &e) == 0)
        fail_msg("accepted: %s %s", config_words[key], text);
    assert_null(out);
    assert_int_equal(error_code_status(e.code), 2);
    assert_string_equal(e.field, config_words[key]);
}

static void configuration_values_are_checked_and_normalised(void **state)
{
    (void)state;
    for (int i = 0; i < CONFIG_COUNT; i++)
        assert_config((enum config_key)i, "none", NULL);
    assert_config(CONFIG_PREFIX, "!", "!");
    assert_config(CONFIG_PREFIX, "\xe2\x82\xac\xe4\xb8\xad?!.", "\xe2\x82\xac\xe4\xb8\xad?!.");
    assert_config(CONFIG_LANGUAGE, "en", "en");
    assert_config(CONFIG_TIMEZONE, "Europe/Berlin", "Europe/Berlin");
    assert_config(CONFIG_AUTO_RESTART, "TRUE", "true");
    assert_config(CONFIG_AUTO_RESTART, "off", "false");
    assert_config(CONFIG_MAX_RESTART_ATTEMPTS, "0", "0");
    assert_config(CONFIG_MAX_RESTART_ATTEMPTS, "0100", "100");
    assert_config(CONFIG_NICKNAME, "  Toko Rina ", "Toko Rina");
    assert_config(CONFIG_ACTIVITY, "jualan", "jualan");
    assert_config(CONFIG_COMMAND_COOLDOWN, "0", "0");
    assert_config(CONFIG_COMMAND_RATE, "10", "10");

    static const struct {
        enum config_key key;
        const char *text;
    } bad[] = {
        {CONFIG_PREFIX, ""},
        {CONFIG_PREFIX, "123456"},
        {CONFIG_PREFIX, "! "},
        {CONFIG_PREFIX, "a\xe3\x80\x80"},
        {CONFIG_PREFIX, "!\xcc\x81"},
        {CONFIG_PREFIX, "\x1b"},
        {CONFIG_LANGUAGE, "fr"},
        {CONFIG_TIMEZONE, "Mars/Olympus"},
        {CONFIG_TIMEZONE, "../../etc/passwd"},
        {CONFIG_AUTO_RESTART, "maybe"},
        {CONFIG_MAX_RESTART_ATTEMPTS, "101"},
        {CONFIG_MAX_RESTART_ATTEMPTS, "-1"},
        {CONFIG_MAX_RESTART_ATTEMPTS, "3x"},
        {CONFIG_MAX_RESTART_ATTEMPTS, ""},
        {CONFIG_MAX_RESTART_ATTEMPTS, "-"},
        {CONFIG_MAX_RESTART_ATTEMPTS, "99999999999999999999999"},
        {CONFIG_NICKNAME, "   "},
        {CONFIG_NICKNAME, "123456789012345678901234567890123"},
        {CONFIG_ACTIVITY, "a\nb"},
        {CONFIG_COMMAND_COOLDOWN, "3.5"},
        {CONFIG_COMMAND_RATE, "0"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_config_refused(bad[i].key, bad[i].text);
}

static void defaults_pass_their_own_check(void **state)
{
    (void)state;
    static const char *const expected[CONFIG_COUNT] = {
        [CONFIG_PREFIX] = "!",
        [CONFIG_LANGUAGE] = "id",
        [CONFIG_TIMEZONE] = "Asia/Jakarta",
        [CONFIG_AUTO_RESTART] = "true",
        [CONFIG_MAX_RESTART_ATTEMPTS] = "3",
        [CONFIG_COMMAND_COOLDOWN] = "3",
        [CONFIG_COMMAND_RATE] = "3",
    };
    for (int i = 0; i < CONFIG_COUNT; i++) {
        const char *text = config_default((enum config_key)i);
        if (!expected[i]) {
            assert_null(text);
            continue;
        }
        assert_string_equal(text, expected[i]);
        assert_config((enum config_key)i, text, text);
    }
}

static void values_become_typed_json(void **state)
{
    (void)state;
    static const struct {
        enum config_key key;
        const char *text, *json;
    } table[] = {
        {CONFIG_PREFIX, "!", "\"!\""},         {CONFIG_PREFIX, "1", "\"1\""},
        {CONFIG_AUTO_RESTART, "true", "true"}, {CONFIG_AUTO_RESTART, "false", "false"},
        {CONFIG_COMMAND_RATE, "3", "3"},       {CONFIG_NICKNAME, NULL, "null"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct str out = STR_INIT;
        struct json *j = config_json(table[i].key, table[i].text);
        json_print(j, &out);
        assert_string_equal(out.data, table[i].json);
        json_free(j);
        str_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tenant_ids_have_their_alphabet_and_length),
        cmocka_unit_test(names_are_one_line_of_1_to_100_characters),
        cmocka_unit_test(snowflakes_are_digits_below_2_to_63),
        cmocka_unit_test(configuration_values_are_checked_and_normalised),
        cmocka_unit_test(defaults_pass_their_own_check),
        cmocka_unit_test(values_become_typed_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
