#include "test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/render/shop.h"

struct catalogue {
    struct shop_line *lines;
    char (*codes)[16];
    char (*names)[256];
    struct shop_view view;
};

/* COUNT products whose names have NAME_CHARACTERS times UNIT. */
static void catalogue_make(struct catalogue *c, size_t count, const char *unit, size_t name_characters)
{
    *c = (struct catalogue){0};
    c->lines = mem_zero(count + 1, sizeof *c->lines);
    c->codes = mem_zero(count + 1, sizeof *c->codes);
    c->names = mem_zero(count + 1, sizeof *c->names);
    for (size_t i = 0; i < count; i++) {
        snprintf(c->codes[i], sizeof c->codes[i], "P_%zu", i);
        for (size_t n = 0; n < name_characters; n++)
            str_copy(c->names[i] + strlen(c->names[i]), sizeof c->names[i] - strlen(c->names[i]), unit);
        c->lines[i] = (struct shop_line){
            .code = c->codes[i], .name = c->names[i], .price = 999999999, .available = (int64_t)i % 12};
    }
    c->view = (struct shop_view){.language = LANGUAGE_EN,
                                 .units = money_units_default,
                                 .title = "Sample Store",
                                 .lines = c->lines,
                                 .count = count};
}

static void catalogue_release(struct catalogue *c)
{
    free(c->lines);
    free(c->codes);
    free(c->names);
}

static size_t utf16_units(const char *text)
{
    size_t units = 0, left = strlen(text);
    uint32_t c;
    for (size_t at = 0, n; (n = text_decode(text + at, left - at, &c)) > 0; at += n)
        units += c > 0xffff ? 2 : 1;
    return units;
}

static void assert_within_limits(const struct json *message)
{
    size_t all = 0;
    assert_int_equal(json_count(json_get(message, "embeds")), 1);
    const struct json *embed = json_first(json_get(message, "embeds"));
    const char *title = json_get_string(embed, "title"), *text = json_get_string(embed, "description");
    const char *footer = json_string(json_at(embed, "footer.text"));
    assert_true(utf16_units(title) >= 1 && utf16_units(title) <= 256);
    assert_true(utf16_units(text) >= 1 && utf16_units(text) <= 4096);
    all = utf16_units(title) + utf16_units(text) + (footer ? utf16_units(footer) : 0);
    assert_true(all <= 6000);
    assert_true(json_count(json_get(message, "components")) <= 5);
    for (const struct json *row = json_first(json_get(message, "components")); row; row = json_next(row)) {
        size_t n = json_count(json_get(row, "components"));
        assert_true(n >= 1 && n <= 5);
    }
    assert_int_equal(json_count(json_at(message, "allowed_mentions.parse")), 0);
}

static void any_number_of_products_fits_and_each_is_on_one_page(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 15, 60, 499, 500};
    static const char *const names[] = {"a", "*", "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < COUNT(counts); i++) {
        for (size_t k = 0; k < COUNT(names); k++) {
            struct catalogue c;
            catalogue_make(&c, counts[i], names[k], 50);
            size_t pages = shop_pages(&c.view), found = 0;
            assert_true(pages >= 1);
            for (size_t page = 0; page < pages; page++) {
                struct json *message = render_shop(&c.view, page, true);
                assert_within_limits(message);
                const char *text = json_string(json_at(message, "embeds.0.description"));
                for (const char *at = text; (at = strstr(at, "P\\_")); at++)
                    found++;
                json_free(message);
            }
            assert_int_equal(found, counts[i]);
            catalogue_release(&c);
        }
    }
}

static void lights_tell_the_stock(void **state)
{
    (void)state;
    static const struct {
        int64_t available;
        const char *light;
    } cases[] = {{0, "🔴"}, {1, "🟡"}, {10, "🟡"}, {11, "🟢"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shop_line line = {
            .code = "DL", .name = "Diamond Lock", .price = 10203, .available = cases[i].available};
        struct shop_view view = {.units = money_units_default, .title = "S", .lines = &line, .count = 1};
        struct json *message = render_shop(&view, 0, false);
        const char *text = json_string(json_at(message, "embeds.0.description"));
        assert_memory_equal(text, cases[i].light, strlen(cases[i].light));
        assert_non_null(strstr(text, "1 BGL, 2 DL, 3 WL"));
        json_free(message);
    }
}

static void the_shared_message_turns_forward_only_and_a_page_beyond_the_last_is_the_last(void **state)
{
    (void)state;
    struct catalogue c;
    catalogue_make(&c, 200, "a", 40);
    struct json *shared = render_shop(&c.view, 0, false), *last = render_shop(&c.view, 1000, true);
    assert_string_equal(json_string(json_at(shared, "components.1.components.0.custom_id")), "shop:page:1");
    assert_int_equal(json_count(json_at(shared, "components.1.components")), 1);
    struct json *same = render_shop(&c.view, shop_pages(&c.view) - 1, true);
    assert_true(json_same(last, same));
    json_free(shared);
    json_free(last);
    json_free(same);
    catalogue_release(&c);
}

static struct sale_view sale(void)
{
    return (struct sale_view){.language = LANGUAGE_EN,
                              .units = money_units_default,
                              .zone = "Asia/Jakarta",
                              .id = "7K3-M9Q-PD4",
                              .code = "DL",
                              .name = "Diamond Lock",
                              .user_id = 42,
                              .quantity = 2,
                              .total = 300,
                              .time = INT64_C(1785585831000)}; /* 2026-08-01T12:03:51Z */
}

static void goods_that_fit_are_in_the_message(void **state)
{
    (void)state;
    static const char *const items[] = {"first line", "second line"};
    struct sale_view s = sale();
    struct str file = STR_INIT, mark = STR_INIT;
    char *name;
    struct json *message = render_goods(&s, items, 2, &name, &file);
    const char *text = json_get_string(message, "content");
    render_goods_mark(&s, &mark);
    assert_null(name);
    assert_int_equal(file.len, 0);
    assert_non_null(strstr(text, "1. first line\n2. second line\n"));
    assert_non_null(strstr(text, str_text(&mark)));
    assert_non_null(strstr(text, "3 DL"));
    json_free(message);
    str_release(&mark);
}

static void goods_that_do_not_fit_are_in_a_file(void **state)
{
    (void)state;
    char *line = mem_zero(2001, 1);
    memset(line, 'x', 2000);
    const char *const items[] = {line, "b"};
    struct sale_view s = sale();
    struct str file = STR_INIT;
    char *name;
    struct json *message = render_goods(&s, items, 2, &name, &file);
    assert_string_equal(name, "DL_2x_20260801_190351.txt");
    assert_null(strstr(json_get_string(message, "content"), "xxx"));
    assert_non_null(strstr(str_text(&file), "Buyer: 42\n"));
    assert_non_null(strstr(str_text(&file), "\n1. xxx"));
    assert_non_null(strstr(str_text(&file), "\n2. b\n"));
    json_free(message);
    free(name);
    free(line);
    str_release(&file);
}

static void a_fence_in_an_item_cannot_end_the_block(void **state)
{
    (void)state;
    static const char *const items[] = {"```\n@everyone"};
    struct sale_view s = sale();
    struct str file = STR_INIT;
    char *name;
    struct json *message = render_goods(&s, items, 1, &name, &file);
    assert_non_null(name);
    assert_null(strstr(json_get_string(message, "content"), "everyone"));
    json_free(message);
    free(name);
    str_release(&file);
}

static void each_copy_of_a_delivery_is_told_apart(void **state)
{
    (void)state;
    static const char *const items[] = {"a"};
    for (int64_t copy = 0; copy < 12; copy++) {
        struct sale_view sent = sale();
        struct str file = STR_INIT;
        char *name;
        sent.copy = copy;
        struct json *message = render_goods(&sent, items, 1, &name, &file);
        for (int64_t other = 0; other < 12; other++) {
            struct sale_view looked = sale();
            struct str mark = STR_INIT;
            looked.copy = other;
            render_goods_mark(&looked, &mark);
            assert_int_equal(strstr(json_get_string(message, "content"), str_text(&mark)) != NULL,
                             copy == other);
            str_release(&mark);
        }
        json_free(message);
    }
}

static void what_others_read_mentions_nobody_and_shows_names_as_they_are(void **state)
{
    (void)state;
    struct sale_view s = sale();
    s.name = "**bold** @everyone [x](http://y)";
    struct json *messages[] = {render_purchase_log(&s), render_history_buy(&s)};
    for (size_t i = 0; i < COUNT(messages); i++) {
        assert_int_equal(json_count(json_at(messages[i], "allowed_mentions.parse")), 0);
        assert_null(json_at(messages[i], "allowed_mentions.users"));
        assert_non_null(strstr(json_get_string(messages[i], "content"), "\\*\\*bold\\*\\*"));
        json_free(messages[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_products_fits_and_each_is_on_one_page),
        cmocka_unit_test(lights_tell_the_stock),
        cmocka_unit_test(the_shared_message_turns_forward_only_and_a_page_beyond_the_last_is_the_last),
        cmocka_unit_test(goods_that_fit_are_in_the_message),
        cmocka_unit_test(goods_that_do_not_fit_are_in_a_file),
        cmocka_unit_test(a_fence_in_an_item_cannot_end_the_block),
        cmocka_unit_test(each_copy_of_a_delivery_is_told_apart),
        cmocka_unit_test(what_others_read_mentions_nobody_and_shows_names_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
