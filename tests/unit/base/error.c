#include "test.h"

#include <string.h>

#include "tt/base/error.h"
#include "tt/base/text.h"

static void fills_code_message_field_and_clears_the_hint(void **state)
{
    (void)state;
    struct error e = {.hint = "old"};
    assert_int_equal(error_set(&e, ERROR_NO_SUCH, "tenant", "no tenant '%s'", "x"), -1);
    assert_int_equal(e.code, ERROR_NO_SUCH);
    assert_string_equal(e.message, "no tenant 'x'");
    assert_string_equal(e.field, "tenant");
    assert_string_equal(e.hint, "");
    assert_int_equal(error_hint(&e, "see %s", "list"), -1);
    assert_string_equal(e.hint, "see list");
}

static void a_null_error_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_REFUSED, "a", "b"), -1);
    assert_int_equal(error_hint(NULL, "c"), -1);
}

static void an_error_may_be_worded_anew_from_itself(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERROR_MALFORMED, "name", "too long");
    error_set(&e, e.code, e.field, "%s: %s", "FILE:3", e.message);
    assert_string_equal(e.message, "FILE:3: too long");
    assert_string_equal(e.field, "name");
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[3 * 400 + 1];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[sizeof text - 1] = '\0';
    struct error e;
    error_set(&e, ERROR_REFUSED, NULL, "a%s", text);
    assert_true(text_valid(e.message, strlen(e.message)));
    assert_true(strlen(e.message) > 500);
}

static void a_message_is_one_line(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERROR_REFUSED, NULL, "a\r\nb\nc");
    assert_null(strpbrk(e.message, "\r\n"));
}

static void every_code_has_its_word_and_status(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        const char *name;
        int status;
    } table[] = {
        {ERROR_NONE, "none", 0},
        {ERROR_UNKNOWN_COMMAND, "unknown_command", 2},
        {ERROR_UNKNOWN_WORD, "unknown_word", 2},
        {ERROR_MISSING_ARGUMENT, "missing_argument", 2},
        {ERROR_EXTRA_ARGUMENT, "extra_argument", 2},
        {ERROR_MALFORMED, "malformed", 2},
        {ERROR_NO_SUCH, "no_such", 1},
        {ERROR_NOT_IN_PLAN, "not_in_plan", 1},
        {ERROR_TAKEN, "taken", 1},
        {ERROR_REFUSED, "refused", 1},
        {ERROR_INTERNAL, "internal", 1},
        {ERROR_NOT_PERMITTED, "not_permitted", 3},
        {ERROR_READ_ONLY, "read_only", 3},
        {ERROR_DB_MISSING, "db_missing", 4},
        {ERROR_DB_DAMAGED, "db_damaged", 4},
        {ERROR_DB_NEWER, "db_newer", 4},
        {ERROR_DB_OLDER, "db_older", 4},
        {ERROR_DB_LOCKED, "db_locked", 4},
        {ERROR_DB_FULL, "db_full", 4},
        {ERROR_KEY_MISSING, "key_missing", 4},
        {ERROR_KEY_WRONG, "key_wrong", 4},
        {ERROR_KEY_UNSAFE, "key_unsafe", 4},
        {ERROR_PENDING, "pending", 5},
        {ERROR_INTERRUPTED, "interrupted", 130},
    };
    assert_int_equal(COUNT(table), ERROR_CODE_COUNT);
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_string_equal(error_code_name(table[i].code), table[i].name);
        assert_int_equal(error_code_status(table[i].code), table[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_code_message_field_and_clears_the_hint),
        cmocka_unit_test(a_null_error_is_accepted),
        cmocka_unit_test(an_error_may_be_worded_anew_from_itself),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(a_message_is_one_line),
        cmocka_unit_test(every_code_has_its_word_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
