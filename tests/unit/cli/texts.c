/* What the text faces print beside the commands' data: errors, bars, prompts; and what the history keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "local.h"

static struct error sample(void)
{
    struct error e;
    error_set(&e, ERROR_UNKNOWN_WORD, "feature", "unknown feature 'shp'; did you mean 'shop'?");
    error_hint(&e, "known: shop leveling");
    return e;
}

static void an_error_for_people_names_the_program_or_the_line(void **state)
{
    (void)state;
    struct error e = sample();
    struct str s = STR_INIT;
    error_write(&e, OUTPUT_TEXT, NULL, 0, &s);
    assert_string_equal(str_text(&s),
                        "tenanttui: unknown feature 'shp'; did you mean 'shop'?\n  known: shop leveling\n");
    str_clear(&s);
    error_write(&e, OUTPUT_TSV, "lines.txt", 7, &s);
    assert_string_equal(str_text(&s),
                        "lines.txt:7: unknown feature 'shp'; did you mean 'shop'?\n  known: shop leveling\n");
    str_release(&s);
}

static void an_error_for_programs_is_one_document_with_its_place(void **state)
{
    (void)state;
    struct error e = sample();
    struct str s = STR_INIT;
    error_write(&e, OUTPUT_JSONL, "lines.txt", 7, &s);
    struct json *j = json_parse(str_text(&s), s.len, NULL);
    assert_non_null(j);
    assert_string_equal(json_string(json_at(j, "error.code")), "unknown_word");
    assert_string_equal(json_string(json_at(j, "error.field")), "feature");
    assert_string_equal(json_get_string(j, "file"), "lines.txt");
    assert_int_equal(json_get_int(j, "line", 0), 7);
    json_free(j);
    str_release(&s);
}

static void a_bar_tells_share_rate_and_time_left(void **state)
{
    (void)state;
    struct str s = STR_INIT;
    progress_text("backup", 250, 1000, 2000, &s);
    assert_string_equal(str_text(&s), "backup [#####...............]  25 %  125/s  6.0 s left");
    str_release(&s);
}

static void the_history_keeps_no_line_that_may_carry_a_secret(void **state)
{
    (void)state;
    assert_true(history_secret("token tenant01 set"));
    assert_true(history_secret("--yes token tenant01 clear"));
    assert_true(history_secret("token tenant01 set 'open quote"));
    assert_true(history_secret(
        "config t nickname MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"));
    assert_false(history_secret("features tenant01 shop enable"));
    assert_false(history_secret("rename t 'a tokenless name'"));
}

static void the_prompt_names_the_tenants_in_use(void **state)
{
    (void)state;
    struct tenants_in_use use = {.ids = (char[2][TENANT_ID_TEXT]){"tenant01", "tenant02"}};
    struct str s = STR_INIT;
    static const char *const expected[] = {"tenanttui> ", "tenanttui tenant01> ", "tenanttui tenant01 +1> "};
    for (use.count = 0; use.count <= 2; use.count++) {
        str_clear(&s);
        use_prompt(&use, &s);
        assert_string_equal(str_text(&s), expected[use.count]);
    }
    str_release(&s);
    const char *const dot[] = {"features", ".", "shop"}, *const name[] = {"show", "a.b"};
    const char *const text[] = {"operator", "add", ".", "viewer"};
    assert_int_equal(use_named(dot, 3), 1);
    assert_int_equal(use_named(name, 2), 2);
    assert_int_equal(use_named(text, 4), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_for_people_names_the_program_or_the_line),
        cmocka_unit_test(an_error_for_programs_is_one_document_with_its_place),
        cmocka_unit_test(a_bar_tells_share_rate_and_time_left),
        cmocka_unit_test(the_history_keeps_no_line_that_may_carry_a_secret),
        cmocka_unit_test(the_prompt_names_the_tenants_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
