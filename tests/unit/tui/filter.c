#include "test.h"

#include "grid.h"

static void check(const char *filter, const char *wanted)
{
    struct str line = STR_INIT;
    filter_options(filter, &line);
    assert_string_equal(str_text(&line), wanted);
    str_release(&line);
}

static void words_become_the_options_of_list(void **state)
{
    (void)state;
    check("", "");
    check("kedai", " --search=kedai");
    check("  kedai   sari ", " --search='kedai sari'");
    check("plan:premium status:active kedai", " --plan premium --status active --search=kedai");
    check("feature:shop", " --feature shop");
    check("it's", " --search=\"it's\"");
    check("-x", " --search=-x");
}

static void a_word_that_is_not_finished_yet_is_left_out(void **state)
{
    (void)state;
    check("plan:", "");
    check("plan:pre", " --plan premium");
    check("status:", "");
    check("status:a", " --status active");
    check("feature:a", ""); /* admin_commands, analytics, api_access, automod */
    check("plan:gold", "");
    check("note:x", " --search=note:x");
}

static void a_listing_s_own_filters_become_its_options(void **state)
{
    static const struct grid_filter by_buyer[] = {{NULL, " --user="}, {"product", " --product="}, {0}},
                                    keys_only[] = {{"state", " --state="}, {0}};
    static const struct {
        const struct grid_filter *filters;
        const char *filter, *wanted;
    } cases[] = {{by_buyer, "", ""},
                 {by_buyer, "budi", " --user=budi"},
                 {by_buyer, "product:DL  budi gt", " --product=DL --user='budi gt'"},
                 {by_buyer, "product: prod:DL", " --user=prod:DL"},
                 {by_buyer, "product:'", " --product=\"'\""},
                 {keys_only, "text state:sold", " --state=sold"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str line = STR_INIT;
        filter_own_options(cases[i].filters, cases[i].filter, &line);
        assert_string_equal(str_text(&line), cases[i].wanted);
        str_release(&line);
    }
}

static void unknown(const char *filter, const char *wanted)
{
    struct str why = STR_INIT;
    assert_int_equal(filter_unknown(filter, &why), *wanted != 0);
    assert_string_equal(str_text(&why), wanted);
    str_release(&why);
}

static void a_value_that_is_none_is_named(void **state)
{
    (void)state;
    unknown("", "");
    unknown("kedai plan:", "");
    unknown("plan:pre status:active x", "");
    unknown("note:gold", "");
    unknown("plan:gold", "unknown plan 'gold'");
    unknown("kedai status:gone plan:gold", "unknown status 'gone'");
    unknown("feature:zzz", "unknown feature 'zzz'");
    unknown("feature:a", "more than one feature begins with 'a'");
}

static void words(const char *text, const char *wanted)
{
    struct str out = STR_INIT;
    filter_words(text, &out);
    assert_string_equal(str_text(&out), wanted);
    str_release(&out);
}

static void what_may_follow_is_offered(void **state)
{
    (void)state;
    words("st", "status:\n");
    words("kedai p", "plan:\n");
    words("plan:b", "plan:basic\n");
    words("x status:", "status:active\nstatus:suspended\nstatus:expired\nstatus:maintenance\n");
    words("zzz", "");
    words("plan:zzz", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_the_options_of_list),
        cmocka_unit_test(a_listing_s_own_filters_become_its_options),
        cmocka_unit_test(a_word_that_is_not_finished_yet_is_left_out),
        cmocka_unit_test(a_value_that_is_none_is_named),
        cmocka_unit_test(what_may_follow_is_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
