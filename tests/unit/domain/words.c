#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/domain/control.h"
#include "tt/domain/message.h"
#include "tt/domain/push.h"
#include "tt/domain/role.h"
#include "tt/domain/tenant.h"

static void assert_words(const char *const *words, const char *expected)
{
    struct str joined = STR_INIT;
    for (; *words; words++)
        str_addf(&joined, "%s%s", joined.len ? " " : "", *words);
    assert_string_equal(joined.data, expected);
    str_release(&joined);
}

static void the_vocabularies_are_those_of_the_specification(void **state)
{
    (void)state;
    assert_words(tenant_status_words, "active suspended expired maintenance");
    assert_words(plan_words, "basic premium enterprise");
    assert_words(feature_words,
                 "shop live_stock leveling reputation tickets automod admin_commands custom_commands "
                 "analytics api_access priority_support welcome donation");
    assert_words(permission_words,
                 "manage_products manage_users view_analytics custom_config api_access advanced_settings");
    assert_words(channel_words, "live_stock purchase_log donation_log history_buy welcome ticket_category "
                                "ticket_panel leveling reputation logs control");
    assert_words(config_words, "prefix language timezone auto_restart max_restart_attempts nickname activity "
                               "command_cooldown command_rate");
    assert_words(token_state_words, "none set refused");
    assert_words(operator_role_words, "none viewer operator owner");
    assert_words(face_words, "cli shell screens discord daemon");
    assert_words(push_state_words, "acknowledged pushed pending none");
    assert_words(language_words, "id en");
    assert_words(control_verdict_words, "ok not forged foreign stale replayed ahead");
}

static void every_word_parses_to_its_index(void **state)
{
    (void)state;
    for (int i = 0; i < FEATURE_COUNT; i++)
        assert_int_equal(word_parse("feature", feature_words[i], feature_words, NULL), i);
}

static void a_near_word_is_offered_and_the_known_ones_are_listed(void **state)
{
    (void)state;
    struct error e;
    assert_int_equal(word_parse("feature", "shp", feature_words, &e), -1);
    assert_int_equal(e.code, ERROR_UNKNOWN_WORD);
    assert_string_equal(e.message, "unknown feature 'shp'; did you mean 'shop'?");
    assert_string_equal(e.field, "feature");
    assert_string_equal(e.hint,
                        "known: shop, live_stock, leveling, reputation, tickets, automod, admin_commands, "
                        "custom_commands, analytics, api_access, priority_support, welcome, donation");
    assert_int_equal(word_parse("plan", "gold", plan_words, &e), -1);
    assert_string_equal(e.message, "unknown plan 'gold'");
    assert_string_equal(e.hint, "known: basic, premium, enterprise");
    assert_int_equal(word_parse("plan", "Basic", plan_words, &e), -1);
    assert_string_equal(e.message, "unknown plan 'Basic'; did you mean 'basic'?");
    assert_int_equal(word_parse("plan", "", plan_words, &e), -1);
}

static void hostile_words_are_shown_short_and_safe(void **state)
{
    (void)state;
    struct error e;
    char *longer = mem_alloc(10001);
    memset(longer, 'a', 10000);
    longer[10000] = '\0';
    word_parse("plan", longer, plan_words, &e);
    assert_true(strlen(e.message) < 120);
    free(longer);
    word_parse("plan", "\x1b[2J\xff\n", plan_words, &e);
    assert_string_equal(e.message, "unknown plan '\\x1b[2J\\xff\\n'");
}

static void booleans_have_ten_words(void **state)
{
    (void)state;
    static const char *const on[] = {"enable", "on", "true", "yes", "1", "ENABLE", "True"};
    static const char *const off[] = {"disable", "off", "false", "no", "0", "OFF"};
    static const char *const bad[] = {"", "enabled", "2", "y", "00", "ja", "on "};
    for (size_t i = 0; i < COUNT(on); i++)
        assert_int_equal(bool_parse("f", on[i], NULL), 1);
    for (size_t i = 0; i < COUNT(off); i++)
        assert_int_equal(bool_parse("f", off[i], NULL), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e;
        assert_int_equal(bool_parse("state", bad[i], &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "state");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vocabularies_are_those_of_the_specification),
        cmocka_unit_test(every_word_parses_to_its_index),
        cmocka_unit_test(a_near_word_is_offered_and_the_known_ones_are_listed),
        cmocka_unit_test(hostile_words_are_shown_short_and_safe),
        cmocka_unit_test(booleans_have_ten_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
