#include "test.h"

#include "parse.h"
#include "tt/base/mem.h"

static struct parsed parsed;
static struct error error;
static char **words;
static size_t count;

static int parse_for(const char *line, bool discord)
{
    parsed_release(&parsed);
    words_free(words, count);
    words = words_split(line, &count, NULL);
    assert_non_null(words);
    error = (struct error){0};
    return parse_line((const char *const *)words, count, discord, NULL, &parsed, &error);
}

static int parse(const char *line)
{
    return parse_for(line, false);
}

static int teardown(void **state)
{
    (void)state;
    parsed_release(&parsed);
    words_free(words, count);
    words = NULL;
    count = 0;
    return 0;
}

static void fails(const char *line, enum error_code code, const char *part)
{
    if (parse(line) == 0)
        fail_msg("'%s' was taken", line);
    if (error.code != code || !strstr(error.message, part))
        fail_msg("'%s': %s: %s", line, error_code_name(error.code), error.message);
}

static void arguments_go_to_their_places(void **state)
{
    (void)state;
    assert_int_equal(parse("features tenant01 shop enable"), 0);
    assert_string_equal(parsed.spec->name, "features");
    assert_string_equal(parsed.args[0].given, "tenant01");
    assert_string_equal(parsed.args[1].given, "shop");
    assert_string_equal(parsed.args[2].given, "enable");
    assert_int_equal(parse("features tenant01"), 0);
    assert_null(parsed.args[1].given);
    assert_int_equal(parse("bot restart tenant01"), 0);
    assert_string_equal(parsed.spec->name, "bot restart");
    assert_string_equal(parsed.args[0].given, "tenant01");
}

/* Whatever else is wrong with the line. */
static void the_words_of_its_arguments_are_found_wherever_options_stand(void **state)
{
    static const struct {
        const char *line, *name, *args[3];
    } rows[] = {
        {"features tenant01 shop enable", "features", {"tenant01", "shop", "enable"}},
        {"--fields a,b features --wait 3 tenant01 --yes shop", "features", {"tenant01", "shop", NULL}},
        {"--dry-run bot --no-push restart tenant01", "bot restart", {"tenant01", NULL, NULL}},
        {"audit --limit 5 tenant01 --since 2h", "audit", {"tenant01", NULL, NULL}},
        {"show -- tenant01", "show", {"tenant01", NULL, NULL}},
        {"show", "show", {NULL, NULL, NULL}},
        {"show tenant01 too many --nonsense", "show", {"tenant01", NULL, NULL}},
        {"stock import . DL", "stock import", {".", "DL", NULL}},
        {"-o json list", NULL, {NULL, NULL, NULL}},
        {"nonsense tenant01", NULL, {NULL, NULL, NULL}},
        {"", NULL, {NULL, NULL, NULL}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *args[COMMAND_ARGS_MAX];
        struct error e = {0};
        size_t n;
        char **line = words_split(rows[i].line, &n, NULL);
        const struct command_spec *spec = command_arguments((const char *const *)line, n, true, args, &e);
        if (rows[i].name)
            assert_string_equal(spec ? spec->name : "", rows[i].name);
        else
            assert_true(!spec && e.code != ERROR_NONE);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(args[k] == NULL, rows[i].args[k] == NULL);
            if (args[k])
                assert_string_equal(args[k], rows[i].args[k]);
        }
        words_free(line, n);
    }
}

static void with_one_word_too_few_the_argument_that_may_be_missing_is(void **state)
{
    (void)state;
    assert_int_equal(parse("export tenant01 file.json"), 0);
    assert_string_equal(parsed.args[0].given, "tenant01");
    assert_string_equal(parsed.args[1].given, "file.json");
    assert_int_equal(parse("export --all file.json"), 0);
    assert_null(parsed.args[0].given);
    assert_string_equal(parsed.args[1].given, "file.json");
    fails("export", ERROR_MISSING_ARGUMENT, "usage: export [tenant] <file>");
    fails("export a b c", ERROR_EXTRA_ARGUMENT, "'c'");
    assert_int_equal(parse("features tenant01"), 0);
    assert_string_equal(parsed.args[0].given, "tenant01");
}

static void common_options_stand_anywhere(void **state)
{
    static const char *const lines[] = {
        "--yes --wait 2.5 -o json features tenant01 shop",
        "features --yes tenant01 --wait=2.5 shop -o json",
        "features tenant01 shop -ojson --yes --wait 2.5",
        "--yes features -o=json tenant01 --wait 2.5 shop",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(parse(lines[i]), 0);
        assert_true(parsed.common.yes);
        assert_int_equal(parsed.common.wait_ms, 2500);
        assert_int_equal(parsed.common.format, OUTPUT_JSON);
        assert_string_equal(parsed.args[0].given, "tenant01");
        assert_string_equal(parsed.args[1].given, "shop");
    }
    assert_int_equal(parse("bot --yes list"), 0);
    assert_string_equal(parsed.spec->name, "bot list");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_int_equal(parse("rename tenant01 -- --yes"), 0);
    assert_false(parsed.common.yes);
    assert_string_equal(parsed.args[1].given, "--yes");
    assert_int_equal(parse("rename tenant01 -5"), 0);
    assert_string_equal(parsed.args[1].given, "-5");
}

static void the_rest_is_joined_by_blanks(void **state)
{
    (void)state;
    assert_int_equal(parse("config tenant01 activity selling 'world  locks' --yes"), 0);
    assert_string_equal(parsed.args[2].given, "selling world  locks");
    assert_true(parsed.common.yes);
    assert_int_equal(parse("config tenant01 nickname ''"), 0);
    assert_string_equal(parsed.args[2].given, "");
}

static void own_and_paging_options_are_read(void **state)
{
    struct str line = STR_INIT;

    (void)state;
    assert_int_equal(parse("list --search 'Toko Sari' --limit 3 --count"), 0);
    assert_string_equal(parsed.paging[PAGING_LIMIT].given, "3");
    assert_string_equal(parsed.paging[PAGING_COUNT].given, "");
    parsed_line(&parsed, &line);
    assert_string_equal(str_text(&line), "list --search 'Toko Sari' --limit 3 --count");
    str_release(&line);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    fails("", ERROR_MISSING_ARGUMENT, "no command");
    fails("featurs tenant01", ERROR_UNKNOWN_COMMAND, "did you mean 'features'?");
    fails("bot lst", ERROR_UNKNOWN_COMMAND, "did you mean 'bot list'?");
    fails("bot", ERROR_MISSING_ARGUMENT, "restart");
    fails("show", ERROR_MISSING_ARGUMENT, "usage: show <tenant>");
    assert_string_equal(error.field, "tenant");
    fails("show tenant01 more", ERROR_EXTRA_ARGUMENT, "'more'");
    fails("list --limt 3", ERROR_UNKNOWN_WORD, "did you mean '--limit'?");
    fails("show tenant01 --limit 3", ERROR_UNKNOWN_WORD, "--limit");
    fails("list --limit", ERROR_MISSING_ARGUMENT, "--limit needs a value");
    fails("list --count=3", ERROR_EXTRA_ARGUMENT, "--count");
    fails("list --wait soon", ERROR_MALFORMED, "--wait");
    fails("list --wait -1", ERROR_MALFORMED, "--wait");
    fails("list -o jsn", ERROR_UNKNOWN_WORD, "json");
    fails("--search x list", ERROR_UNKNOWN_WORD, "--search");
}

static void a_secret_in_the_wrong_place_is_not_repeated(void **state)
{
    static const char token[] = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB";
    char *line = mem_format("token tenant01 set %s", token);

    (void)state;
    assert_int_equal(parse(line), -1);
    assert_int_equal(error.code, ERROR_EXTRA_ARGUMENT);
    assert_null(strstr(error.message, "abcdefghijklmnop"));
    free(line);
}

static void an_option_does_not_repeat_what_may_be_a_part_of_a_secret(void **state)
{
    static const char *const lines[] = {
        "stock add tenant01 DL user door -o hunter2",
        "stock add tenant01 DL user --wait hunter2",
        "-o hunter2 stock add tenant01 DL user",
        "stock add tenant01 DL user --hunter2",
        "token tenant01 set -o hunter2",
        "token tenant01 set --wait=hunter2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i]), -1);
        assert_null(strstr(error.message, "hunter2"));
        assert_null(strstr(error.hint, "hunter2"));
        assert_null(strstr(error.field, "hunter2"));
        assert_int_equal(error_code_status(error.code), 2);
    }
}

static void discord_has_no_output_option(void **state)
{
    (void)state;
    assert_int_equal(parse_for("list -o json", true), -1);
    assert_int_equal(error.code, ERROR_UNKNOWN_WORD);
    assert_int_equal(parse_for("list --yes --fields name", true), 0);
}

static void a_face_reads_the_options_of_a_line_before_it_runs(void **state)
{
    static const char *const line[] = {"list",     "--search", "--yes", "-o",       "tsv",
                                       "--fields", "a,b",      "--",    "--dry-run"};
    static const char *const bad[] = {"list", "-o", "xml"};
    struct command_options options = COMMAND_OPTIONS_INIT;

    (void)state;
    assert_int_equal(command_options_read(line, COUNT(line), false, &options, NULL), 0);
    assert_int_equal(options.format, OUTPUT_TSV);
    assert_string_equal(options.fields, "a,b");
    assert_false(options.yes);
    assert_false(options.dry_run);
    assert_int_equal(options.wait_ms, -1);
    assert_int_equal(command_options_read(bad, COUNT(bad), false, &options, &error), -1);
    assert_int_equal(error.code, ERROR_UNKNOWN_WORD);
}

static void a_line_that_repeats_it_reads_the_same(void **state)
{
    static const char *const lines[] = {
        "rename tenant01 -- --yes",
        "config tenant01 activity 'two  words'",
        "audit tenant01 --by op:rina --limit 5",
    };
    struct str line = STR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(parse(lines[i]), 0);
        str_clear(&line);
        parsed_line(&parsed, &line);
        assert_string_equal(str_text(&line), lines[i]);
    }
    str_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(arguments_go_to_their_places, teardown),
        cmocka_unit_test_teardown(with_one_word_too_few_the_argument_that_may_be_missing_is, teardown),
        cmocka_unit_test_teardown(the_words_of_its_arguments_are_found_wherever_options_stand, teardown),
        cmocka_unit_test_teardown(common_options_stand_anywhere, teardown),
        cmocka_unit_test_teardown(two_dashes_end_the_options, teardown),
        cmocka_unit_test_teardown(the_rest_is_joined_by_blanks, teardown),
        cmocka_unit_test_teardown(own_and_paging_options_are_read, teardown),
        cmocka_unit_test_teardown(what_is_wrong_is_named, teardown),
        cmocka_unit_test_teardown(a_secret_in_the_wrong_place_is_not_repeated, teardown),
        cmocka_unit_test_teardown(an_option_does_not_repeat_what_may_be_a_part_of_a_secret, teardown),
        cmocka_unit_test_teardown(discord_has_no_output_option, teardown),
        cmocka_unit_test_teardown(a_face_reads_the_options_of_a_line_before_it_runs, teardown),
        cmocka_unit_test_teardown(a_line_that_repeats_it_reads_the_same, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
