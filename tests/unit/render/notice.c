#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/render/notice.h"

static void assert_prints(struct json *j, const char *expected)
{
    struct str out = STR_INIT;
    json_print(j, &out);
    assert_string_equal(out.data, expected);
    json_free(j);
    str_release(&out);
}

/* TEXT N times; the caller frees. */
static char *repeat(const char *text, size_t n)
{
    struct str s = STR_INIT;
    while (n-- > 0)
        str_add(&s, text);
    return str_take(&s);
}

static void a_text_mentions_only_whom_it_means(void **state)
{
    (void)state;
    assert_prints(render_text("hi @everyone", 0),
                  "{\"allowed_mentions\":{\"parse\":[]},\"content\":\"hi @everyone\"}");
    assert_prints(render_text("hi", 42),
                  "{\"allowed_mentions\":{\"parse\":[],\"users\":[\"42\"]},\"content\":\"hi\"}");
}

static void a_long_text_is_cut_with_an_ellipsis(void **state)
{
    (void)state;
    static const char *const units[] = {"a", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < COUNT(units); i++) {
        char *text = repeat(units[i], 2001);
        struct json *j = render_text(text, 0);
        const char *content = json_get_string(j, "content");
        assert_true(text_length(content) <= 2000);
        assert_true(text_length(content) >= 1000);
        assert_string_equal(content + strlen(content) - 3, "…");
        json_free(j);
        text[2000] = '\0';
        if (i == 0) {
            j = render_text(text, 0);
            assert_string_equal(json_get_string(j, "content"), text);
            json_free(j);
        }
        free(text);
    }
}

/* The texts of all blocks, fences and the invisible spaces taken off, joined by newlines. */
static char *unblocked(const struct json *blocks)
{
    struct str all = STR_INIT;
    json_each(block, blocks)
    {
        const char *content = json_get_string(block, "content");
        assert_true(text_length(content) <= 2000);
        assert_int_equal(json_count(json_at(block, "allowed_mentions.parse")), 0);
        assert_true(str_starts(content, "```\n"));
        size_t n = strlen(content);
        assert_string_equal(content + n - 4, "\n```");
        char *inner = mem_strndup(content + 4, n - 8);
        assert_null(strstr(inner, "```"));
        if (all.len)
            str_add_char(&all, '\n');
        for (char *c = inner; *c; c++)
            if (strncmp(c, "\xe2\x80\x8b", 3) == 0)
                c += 2;
            else
                str_add_char(&all, *c);
        free(inner);
    }
    return str_take(&all);
}

static void blocks_break_at_lines_and_lose_nothing(void **state)
{
    (void)state;
    struct str text = STR_INIT;
    for (int i = 0; i < 500; i++)
        str_addf(&text, "%sline %d of the table", i ? "\n" : "", i);
    struct json *blocks = render_blocks(text.data);
    assert_true(json_count(blocks) >= text.len / 2000);
    char *back = unblocked(blocks);
    assert_string_equal(back, text.data);
    free(back);
    json_free(blocks);
    str_release(&text);
}

static void a_line_without_end_is_broken_too(void **state)
{
    (void)state;
    char *text = repeat("\xf0\x9f\x98\x80", 5000);
    struct json *blocks = render_blocks(text);
    size_t total = 0;
    json_each(block, blocks) total += text_length(json_get_string(block, "content")) - 8;
    assert_int_equal(total, 5000);
    json_free(blocks);
    free(text);
}

static void fences_inside_cannot_end_a_block(void **state)
{
    (void)state;
    struct json *blocks = render_blocks("a ``` b `````` c ` `` d");
    char *back = unblocked(blocks);
    assert_string_equal(back, "a ``` b `````` c ` `` d");
    free(back);
    json_free(blocks);
}

static void nothing_is_still_a_block(void **state)
{
    (void)state;
    struct json *blocks = render_blocks("");
    assert_int_equal(json_count(blocks), 1);
    assert_string_equal(json_string(json_at(blocks, "0.content")), "```\n \n```");
    json_free(blocks);
}

static const struct buyer_option give[] = {
    {.name = "member", .type = OPTION_USER, .required = true, .help = "h"},
    {.name = "reason", .type = OPTION_STRING, .help = "h"},
    {0}};
static const struct buyer_command reputation[] = {
    {.name = "rep give", .help = "Give a point", .help_id = "Beri poin", .options = give}, {0}};
static const struct feature_spec reputation_spec = {.feature = FEATURE_REPUTATION, .commands = reputation};
static const struct feature_spec custom_spec = {.feature = FEATURE_CUSTOM_COMMANDS};
static const struct feature_spec *const specs[] = {&reputation_spec, &custom_spec};
static const struct feature_list list = {specs, 2};

static void help_lists_what_is_on_in_the_members_language(void **state)
{
    (void)state;
    struct tenant t;
    tenant_init(&t);
    t.plan = PLAN_PREMIUM;
    t.config[CONFIG_PREFIX] = mem_strdup("?");
    t.features[FEATURE_REPUTATION] = t.features[FEATURE_CUSTOM_COMMANDS] = true;
    t.settings = mem_zero(1, sizeof *t.settings);
    t.settings[t.setting_count++] =
        (struct setting){FEATURE_CUSTOM_COMMANDS, mem_strdup("rules"), mem_strdup("x")};
    assert_prints(
        render_help(&t, &list, "Toko", LANGUAGE_EN),
        "{\"allowed_mentions\":{\"parse\":[]},\"embeds\":[{\"title\":\"Commands of Toko\",\"description\":"
        "\"`?rep give <member> [reason]` - Give a point\\n`?rules`\"}]}");
    struct json *j = render_help(&t, &list, "Toko", LANGUAGE_ID);
    assert_non_null(strstr(json_string(json_at(j, "embeds.0.description")), "Beri poin"));
    json_free(j);
    t.features[FEATURE_REPUTATION] = t.features[FEATURE_CUSTOM_COMMANDS] = false;
    j = render_help(&t, &list, "Toko", LANGUAGE_EN);
    assert_string_equal(json_string(json_at(j, "embeds.0.description")),
                        "No feature is switched on in this server yet.");
    json_free(j);
    tenant_release(&t);
}

static void help_stays_within_the_limits(void **state)
{
    (void)state;
    struct tenant t;
    tenant_init(&t);
    t.plan = PLAN_ENTERPRISE;
    t.features[FEATURE_CUSTOM_COMMANDS] = true;
    t.settings = mem_zero(500, sizeof *t.settings);
    for (int i = 0; i < 500; i++)
        t.settings[t.setting_count++] =
            (struct setting){FEATURE_CUSTOM_COMMANDS, mem_format("custom_command_%d", i), mem_strdup("x")};
    char *name = repeat("n", 1000);
    struct json *j = render_help(&t, &list, name, LANGUAGE_EN);
    assert_int_equal(text_length(json_string(json_at(j, "embeds.0.title"))), 256);
    assert_int_equal(text_length(json_string(json_at(j, "embeds.0.description"))), 4096);
    json_free(j);
    free(name);
    tenant_release(&t);
}

static void a_question_has_two_buttons(void **state)
{
    (void)state;
    assert_prints(
        render_question("Sure?", "k1", LANGUAGE_EN),
        "{\"allowed_mentions\":{\"parse\":[]},\"content\":\"Sure?\",\"components\":[{\"type\":1,"
        "\"components\":[{\"type\":2,\"style\":4,\"label\":\"Yes, run it\",\"custom_id\":\"yes:k1\"},"
        "{\"type\":2,\"style\":2,\"label\":\"Cancel\",\"custom_id\":\"no:k1\"}]}]}");
    char *longer = repeat("i", 300);
    struct json *j = render_question(longer, longer, LANGUAGE_ID);
    assert_int_equal(strlen(json_string(json_at(j, "components.0.components.0.custom_id"))), 100);
    json_free(j);
    free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_mentions_only_whom_it_means),
        cmocka_unit_test(a_long_text_is_cut_with_an_ellipsis),
        cmocka_unit_test(blocks_break_at_lines_and_lose_nothing),
        cmocka_unit_test(a_line_without_end_is_broken_too),
        cmocka_unit_test(fences_inside_cannot_end_a_block),
        cmocka_unit_test(nothing_is_still_a_block),
        cmocka_unit_test(help_lists_what_is_on_in_the_members_language),
        cmocka_unit_test(help_stays_within_the_limits),
        cmocka_unit_test(a_question_has_two_buttons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
