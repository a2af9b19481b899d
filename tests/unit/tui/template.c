#include "test.h"

#include "keymap.h"

static struct json *parse(const char *text)
{
    struct error e;
    struct json *j = json_parse(text, strlen(text), &e);
    assert_non_null(j);
    return j;
}

/* The line, or "(none)" where a value is missing. */
static void check(const char *template, const char *row, const char *owner, const char *wanted)
{
    struct json *r = row ? parse(row) : NULL, *o = owner ? parse(owner) : NULL;
    struct str line = STR_INIT;
    if (template_fill(template, r, o, &line))
        assert_string_equal(str_text(&line), wanted);
    else
        assert_string_equal("(none)", wanted);
    str_release(&line);
    json_free(r);
    json_free(o);
}

static void values_come_from_the_row_before_the_owner(void **state)
{
    (void)state;
    check("status {tenant_id} active", "{\"tenant_id\":\"a\"}", "{\"tenant_id\":\"b\"}", "status a active");
    check("features {tenant_id} {feature}", "{\"feature\":\"shop\"}", "{\"tenant_id\":\"b\"}",
          "features b shop");
    check("undo {audit}", "{\"audit\":12}", NULL, "undo 12");
    check("x {bot.state}", "{\"bot\":{\"state\":\"running\"}}", NULL, "x running");
    check("doctor", NULL, NULL, "doctor");
}

static void a_value_that_is_needed_and_missing_gives_no_line(void **state)
{
    (void)state;
    check("undo {audit}", NULL, NULL, "(none)");
    check("undo {audit}", "{\"audit\":null}", NULL, "(none)");
    check("config {id} {value|}", "{\"id\":\"a\",\"value\":null}", NULL, "config a ");
    check("config {id} {value|}", "{\"id\":\"a\"}", NULL, "config a ");
}

static void values_are_quoted_as_words(void **state)
{
    (void)state;
    check("rename a {name|}", "{\"name\":\"Toko Sari\"}", NULL, "rename a 'Toko Sari'");
    check("rename a {name|}", "{\"name\":\"\"}", NULL, "rename a ''");
    check("settings a {value|}", "{\"value\":[\"1\",\"2\"]}", NULL, "settings a 1,2");
    check("config a {value|}", "{\"value\":true}", NULL, "config a true");
}

static void a_choice_takes_one_of_two_words(void **state)
{
    (void)state;
    check("f {on?disable:enable}", "{\"on\":true}", NULL, "f disable");
    check("f {on?disable:enable}", "{\"on\":false}", NULL, "f enable");
    check("f {on?disable:enable}", "{}", NULL, "(none)");
}

static void show(const char *template, const char *wanted)
{
    struct str out = STR_INIT;
    template_show(template, &out);
    assert_string_equal(str_text(&out), wanted);
    str_release(&out);
}

static void a_template_is_shown_as_a_command_is_written_down(void **state)
{
    (void)state;
    show("create", "create");
    show("rename {tenant_id} {name|}", "rename <tenant_id> <name>");
    show("f {tenant_id} {on?disable:enable} now", "f <tenant_id> <disable|enable> now");
}

static void keys_are_found_by_their_other_characters_too(void **state)
{
    static const struct binding table[] = {
        {.key = 300, .also = "?1", .help = "first"}, {.key = 'x', .help = "x"}, {0}};
    char name[16];
    (void)state;
    assert_ptr_equal(binding_find(table, 300), &table[0]);
    assert_ptr_equal(binding_find(table, '1'), &table[0]);
    assert_ptr_equal(binding_find(table, '?'), &table[0]);
    assert_ptr_equal(binding_find(table, 'x'), &table[1]);
    assert_null(binding_find(table, 'y'));
    assert_null(binding_find(table, 0));
    assert_null(binding_find(NULL, 'x'));
    assert_string_equal(key_label(' ', name), "Space");
    assert_string_equal(key_label(KEY_CTRL('L'), name), "^L");
    assert_string_equal(key_label('a', name), "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_from_the_row_before_the_owner),
        cmocka_unit_test(a_value_that_is_needed_and_missing_gives_no_line),
        cmocka_unit_test(values_are_quoted_as_words),
        cmocka_unit_test(a_choice_takes_one_of_two_words),
        cmocka_unit_test(a_template_is_shown_as_a_command_is_written_down),
        cmocka_unit_test(keys_are_found_by_their_other_characters_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
