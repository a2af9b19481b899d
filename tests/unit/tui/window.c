#include "test.h"

#include "window.h"

#include "tt/base/mem.h"

/* An answer with the rows FROM..TO (ids "r0007"), of TOTAL; a next page when MORE. */
static struct result *answer(int from, int to, int64_t total, bool more)
{
    struct result *r = mem_zero(1, sizeof *r);
    r->total = total;
    r->next = more ? mem_strdup("x") : NULL;
    for (int i = from; i < to; i++) {
        struct json *row = json_new_object();
        char id[16];
        snprintf(id, sizeof id, "r%04d", i);
        json_set_string(row, "id", id);
        row_list_add(&r->rows, row);
    }
    return r;
}

static void take(void (*how)(struct window *, struct result *), struct window *w, struct result *r)
{
    how(w, r);
    assert_int_equal(r->rows.count, 0);
    result_free(r);
}

static void again(struct window *w, struct result *r, const char *id, bool around)
{
    window_again(w, r, id, around);
    result_free(r);
}

static void assert_row(const struct window *w, int64_t index, int number)
{
    char id[16];
    snprintf(id, sizeof id, "r%04d", number);
    assert_non_null(window_at(w, index));
    assert_string_equal(json_get_string(window_at(w, index), "id"), id);
}

static void a_listing_begins_at_its_first_row(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    assert_false(w.loaded);
    assert_null(window_cursor(&w));
    take(window_start, &w, answer(0, 120, 1000, true));
    assert_true(w.loaded);
    assert_int_equal(w.total, 1000);
    assert_row(&w, 0, 0);
    assert_row(&w, 119, 119);
    assert_null(window_at(&w, 120));
    assert_null(window_at(&w, -1));
    window_release(&w);
}

static void an_empty_listing_has_no_row_at_the_cursor(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 0, 0, false));
    assert_true(w.loaded);
    assert_null(window_cursor(&w));
    window_move(&w, 1);
    window_move(&w, -1);
    window_show(&w, 10);
    assert_int_equal(w.cursor, 0);
    assert_int_equal(w.top, 0);
    window_release(&w);
}

static void it_grows_at_the_end_and_is_cut_at_the_beginning(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 120, 1000, true));
    for (int page = 1; page < 8; page++) {
        window_move(&w, 120);
        take(window_after, &w, answer(120 * page, 120 * (page + 1), 1000, true));
        assert_row(&w, window_end(&w) - 1, 120 * (page + 1) - 1);
    }
    assert_int_equal(w.count, WINDOW_MOST);
    assert_int_equal(w.first, 960 - WINDOW_MOST);
    assert_row(&w, w.first, 960 - WINDOW_MOST);
    take(window_after, &w, answer(960, 1000, 1000, false));
    assert_false(w.more);
    assert_int_equal(window_end(&w), 1000);
    window_release(&w);
}

static void it_grows_at_the_beginning_and_is_cut_at_the_end(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_end_page, &w, answer(880, 1000, 1000, false));
    assert_int_equal(w.cursor, 999);
    assert_int_equal(w.first, 880);
    for (int page = 1; page < 8; page++) {
        window_move(&w, -120);
        take(window_before, &w, answer(880 - 120 * page, 1000 - 120 * page, 1000, true));
        assert_row(&w, w.first, 880 - 120 * page);
    }
    assert_int_equal(w.count, WINDOW_MOST);
    assert_true(w.more);
    window_release(&w);
}

static void rows_that_came_above_are_counted_from_the_beginning(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_end_page, &w, answer(10, 20, 20, false));
    window_move(&w, -9);
    assert_int_equal(w.cursor, 10);
    take(window_before, &w, answer(-3, 10, 23, true)); /* thirteen where ten were thought */
    assert_int_equal(w.first, 0);
    assert_int_equal(w.cursor, 13);
    window_release(&w);
}

static void the_cursor_goes_where_it_was_sent_when_the_rows_come(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 120, 1000, true));
    window_move(&w, 119);
    window_move(&w, 20);
    window_move(&w, 20);
    assert_int_equal(w.cursor, 119);
    take(window_after, &w, answer(120, 240, 1000, true));
    assert_int_equal(w.cursor, 159);
    window_move(&w, 200);
    window_move(&w, -300); /* another way: nothing is left over */
    assert_int_equal(w.cursor, 59);
    take(window_after, &w, answer(240, 360, 1000, true));
    assert_int_equal(w.cursor, 59);
    window_release(&w);
}

static void beyond_the_ends_there_is_nowhere_to_go(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 5, 5, false));
    window_move(&w, 100);
    assert_int_equal(w.cursor, 4);
    window_move(&w, -1);
    assert_int_equal(w.cursor, 3);
    window_move(&w, -100);
    assert_int_equal(w.cursor, 0);
    window_release(&w);
}

static void read_again_the_cursor_stays_on_its_row(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(10, 30, 20, false));
    window_move(&w, 7);
    window_show(&w, 5);
    int64_t seen_at = w.cursor - w.top;
    again(&w, answer(5, 30, 25, false), "id", false);
    assert_int_equal(w.cursor, 12);
    assert_row(&w, w.cursor, 17);
    assert_int_equal(w.cursor - w.top, seen_at);
    again(&w, answer(18, 30, 12, false), "id", false); /* the row is gone */
    assert_in_range(w.cursor, 0, 11);
    again(&w, answer(0, 0, 0, false), "id", false);
    assert_null(window_cursor(&w));
    window_release(&w);
}

static void read_again_around_the_cursor_indexes_stay(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_end_page, &w, answer(880, 1000, 1000, false));
    window_move(&w, -50);
    assert_int_equal(w.cursor, 949);
    again(&w, answer(830, 1000, 1000, false), "id", true);
    assert_int_equal(w.cursor, 949);
    assert_int_equal(w.first, 830);
    assert_row(&w, 949, 949);
    window_release(&w);
}

static void at_the_end_of_a_log_new_lines_are_followed(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_end_page, &w, answer(0, 10, 10, false));
    again(&w, answer(0, 12, 12, false), NULL, false);
    assert_int_equal(w.cursor, 11);
    window_move(&w, -3);
    again(&w, answer(0, 14, 14, false), NULL, false);
    assert_int_equal(w.cursor, 8);
    window_release(&w);
}

static void the_drawn_rows_hold_the_cursor_and_no_gap(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 50, 50, false));
    window_move(&w, 30);
    window_show(&w, 10);
    assert_int_equal(w.top, 21);
    window_move(&w, -5);
    window_show(&w, 10);
    assert_int_equal(w.top, 21);
    window_move(&w, 100);
    window_show(&w, 10);
    assert_int_equal(w.top, 40);
    window_show(&w, 30); /* the terminal grew */
    assert_int_equal(w.top, 20);
    window_show(&w, 100);
    assert_int_equal(w.top, 0);
    window_release(&w);
}

static void a_row_is_found_by_its_id(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_end_page, &w, answer(40, 50, 50, false));
    assert_int_equal(window_find(&w, "id", "r0043"), 43);
    assert_int_equal(window_find(&w, "id", "r0001"), -1);
    assert_int_equal(window_find(&w, NULL, "r0043"), -1);
    window_release(&w);
}

static void the_end_of_what_nobody_counted_can_be_left_upwards(void **state)
{
    struct window w;
    (void)state;
    window_init(&w);
    take(window_start, &w, answer(0, 120, -1, true));
    take(window_end_page, &w, answer(880, 1000, -1, false));
    assert_true(window_is_far(&w));
    assert_int_equal(w.total, -1);
    assert_int_equal(w.last - w.cursor, 0);
    assert_true(w.first > 0); /* what lies above is asked for */
    window_move(&w, -118);
    assert_row(&w, w.cursor, 881);
    take(window_before, &w, answer(760, 880, -1, true));
    assert_row(&w, w.cursor, 881);
    assert_int_equal(w.last - w.cursor, 118);
    again(&w, answer(780, 960, -1, true), "id", true);
    assert_row(&w, w.cursor, 881);
    assert_int_equal(w.last - w.cursor, 118);
    window_move(&w, -101);
    take(window_before, &w, answer(0, 0, -1, true)); /* so that was the first one */
    assert_false(window_is_far(&w));
    assert_int_equal(w.first, 0);
    assert_row(&w, w.cursor, 780);
    window_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_begins_at_its_first_row),
        cmocka_unit_test(an_empty_listing_has_no_row_at_the_cursor),
        cmocka_unit_test(it_grows_at_the_end_and_is_cut_at_the_beginning),
        cmocka_unit_test(it_grows_at_the_beginning_and_is_cut_at_the_end),
        cmocka_unit_test(rows_that_came_above_are_counted_from_the_beginning),
        cmocka_unit_test(the_cursor_goes_where_it_was_sent_when_the_rows_come),
        cmocka_unit_test(beyond_the_ends_there_is_nowhere_to_go),
        cmocka_unit_test(read_again_the_cursor_stays_on_its_row),
        cmocka_unit_test(read_again_around_the_cursor_indexes_stay),
        cmocka_unit_test(at_the_end_of_a_log_new_lines_are_followed),
        cmocka_unit_test(the_drawn_rows_hold_the_cursor_and_no_gap),
        cmocka_unit_test(a_row_is_found_by_its_id),
        cmocka_unit_test(the_end_of_what_nobody_counted_can_be_left_upwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
