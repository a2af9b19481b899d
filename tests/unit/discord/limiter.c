#include "check.h"

#include "limiter.h"

static struct limiter_owner us, them;

static struct limiter_answer answer_with(const char *bucket, int limit, int remaining, int64_t reset_after)
{
    struct limiter_answer a = {
        .status = 200, .limit = limit, .remaining = remaining, .reset_after = reset_after, .retry_after = -1};
    str_copy(a.bucket, sizeof a.bucket, bucket);
    return a;
}

static struct limiter_answer plain(int status)
{
    struct limiter_answer a = answer_with("", -1, -1, -1);
    a.status = status;
    return a;
}

static struct limiter_answer limited(enum limiter_scope scope, int64_t retry_after, const char *bucket)
{
    struct limiter_answer a = plain(429);
    a.scope = scope;
    a.retry_after = retry_after;
    str_copy(a.bucket, sizeof a.bucket, bucket);
    return a;
}

static int setup(void **state)
{
    us = them = (struct limiter_owner){0};
    *state = limiter_new();
    return 0;
}

static int teardown(void **state)
{
    limiter_free(*state);
    return 0;
}

static struct limiter_item *pop(struct limiter *l, int64_t now)
{
    int64_t when;
    return limiter_pop(l, &us, now, &when);
}

static void finish(struct limiter *l, struct limiter_item *item, struct limiter_answer a, int64_t now)
{
    limiter_done(l, item, &a, now);
    limiter_release(l, item);
}

#define MESSAGES "/channels/100000000000000001/messages"
#define OTHER "/channels/100000000000000002/messages"

static void pattern_replaces_ids_and_keeps_the_resource(void **state)
{
    static const struct {
        const char *method, *path, *pattern, *resource;
    } rows[] = {
        {"GET", "/users/@me", "GET /users/@me", ""},
        {"POST", MESSAGES, "POST /channels/:id/messages", "channels/100000000000000001"},
        {"PATCH", "/channels/1/messages/2?x=3/4", "PATCH /channels/:id/messages/:id", "channels/1"},
        {"PUT", "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
         "PUT /channels/:id/messages/:id/reactions/:id/@me", "channels/1"},
        {"PUT", "/guilds/5/members/6/roles/7", "PUT /guilds/:id/members/:id/roles/:id", "guilds/5"},
        {"POST", "/webhooks/8/tok-en", "POST /webhooks/:id/:id", "webhooks/8/tok-en"},
        {"POST", "/webhooks/8", "POST /webhooks/:id", "webhooks/8"},
        {"POST", "/interactions/9/tok/callback", "POST /interactions/:id/:id/callback", "interactions/9/tok"},
        {"PUT", "/applications/9/guilds/3/commands", "PUT /applications/:id/guilds/:id/commands", ""},
        {"GET", "", "GET ", ""},
        {"GET", "////", "GET ////", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str pattern = STR_INIT, resource = STR_INIT;
        limiter_pattern(rows[i].method, rows[i].path, &pattern, &resource);
        assert_string_equal(str_text(&pattern), rows[i].pattern);
        assert_string_equal(str_text(&resource), rows[i].resource);
        str_release(&pattern);
        str_release(&resource);
    }
}

static void unknown_bucket_lets_one_request_through(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, other = {0};
    limiter_push(l, &us, &a, "GET", MESSAGES, 0);
    limiter_push(l, &us, &b, "GET", MESSAGES, 0);
    limiter_push(l, &us, &other, "GET", OTHER, 0);
    assert_ptr_equal(pop(l, 0), &a);
    assert_ptr_equal(pop(l, 0), &other);
    assert_null(pop(l, 0));
    finish(l, &a, answer_with("abc", 5, 4, 5000), 100);
    assert_ptr_equal(pop(l, 100), &b);
    finish(l, &b, plain(200), 100);
    finish(l, &other, plain(200), 100);
    assert_int_equal(us.waiting, 0);
}

static void reads_go_side_by_side_once_the_bucket_is_known(void **state)
{
    struct limiter *l = *state;
    struct limiter_item items[6] = {0};
    for (int i = 0; i < 6; i++)
        limiter_push(l, &us, &items[i], "GET", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &items[0]);
    finish(l, &items[0], answer_with("abc", 5, 3, 5000), 10);
    for (int i = 1; i < 4; i++)
        assert_ptr_equal(pop(l, 10), &items[i]);
    int64_t when;
    assert_null(limiter_pop(l, &us, 10, &when));
    assert_int_equal(when, 5010);
    for (int i = 1; i < 4; i++)
        finish(l, &items[i], answer_with("abc", 5, 3 - i, 4990), 20);
    assert_null(pop(l, 5009));
    assert_ptr_equal(pop(l, 5010), &items[4]);
    assert_ptr_equal(pop(l, 5010), &items[5]);
    finish(l, &items[4], plain(200), 5020);
    finish(l, &items[5], plain(200), 5020);
}

static void writes_keep_their_order_in_a_bucket(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    limiter_push(l, &us, &b, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    assert_null(pop(l, 0));
    /* The first one fails and is tried again later: the second still waits behind it. */
    limiter_lost(l, &a);
    limiter_again(l, &a, 500);
    int64_t when;
    assert_null(limiter_pop(l, &us, 499, &when));
    assert_int_equal(when, 500);
    assert_ptr_equal(pop(l, 500), &a);
    finish(l, &a, plain(200), 600);
    assert_ptr_equal(pop(l, 600), &b);
    finish(l, &b, plain(200), 700);
}

static void remaining_zero_waits_for_the_reset(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, c = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    limiter_push(l, &us, &b, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, answer_with("abc", 1, 0, 1337), 50);
    /* Another bucket is not held up. */
    limiter_push(l, &us, &c, "PUT", "/guilds/1/commands", 50);
    assert_ptr_equal(pop(l, 50), &c);
    int64_t when;
    assert_null(limiter_pop(l, &us, 50, &when));
    assert_int_equal(when, 50 + 1337);
    assert_null(pop(l, 1386));
    assert_ptr_equal(pop(l, 1387), &b);
    finish(l, &b, plain(200), 1400);
    finish(l, &c, plain(200), 1400);
}

static void two_routes_share_the_bucket_that_discord_names(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, c = {0};
    limiter_push(l, &us, &a, "PATCH", "/channels/1/messages/2", 0);
    limiter_push(l, &us, &b, "PUT", "/channels/1/pins/2", 0);
    assert_ptr_equal(pop(l, 0), &a);
    assert_ptr_equal(pop(l, 0), &b);
    finish(l, &a, answer_with("same", 2, 1, 9000), 0);
    finish(l, &b, answer_with("same", 2, 0, 9000), 0);
    limiter_push(l, &us, &c, "PATCH", "/channels/1/messages/3", 0);
    assert_null(pop(l, 8999));
    assert_ptr_equal(pop(l, 9000), &c);
    finish(l, &c, plain(200), 9000);
}

static void one_bucket_name_counts_by_resource(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, c = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, answer_with("abc", 1, 0, 5000), 0);
    limiter_push(l, &us, &b, "POST", OTHER, 0);
    limiter_push(l, &us, &c, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &b);
    assert_null(pop(l, 0));
    finish(l, &b, answer_with("abc", 1, 0, 5000), 0);
    assert_ptr_equal(pop(l, 5000), &c);
    finish(l, &c, plain(200), 5000);
}

static void waiting_requests_move_to_the_learned_bucket_in_order(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, c = {0}, d = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    limiter_push(l, &us, &b, "DELETE", "/channels/100000000000000001/messages/5", 0);
    assert_ptr_equal(pop(l, 0), &a);
    assert_ptr_equal(pop(l, 0), &b);
    limiter_push(l, &us, &c, "DELETE", "/channels/100000000000000001/messages/6", 0);
    limiter_push(l, &us, &d, "POST", MESSAGES, 0);
    finish(l, &b, answer_with("abc", 5, 4, 1000), 0);
    finish(l, &a, answer_with("abc", 5, 3, 1000), 0);
    assert_ptr_equal(pop(l, 0), &c);
    assert_null(pop(l, 0));
    finish(l, &c, answer_with("abc", 5, 2, 1000), 0);
    assert_ptr_equal(pop(l, 0), &d);
    finish(l, &d, plain(200), 0);
}

static void user_429_blocks_its_bucket_only(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    struct limiter_answer r = limited(SCOPE_USER, 1337, "abc");
    limiter_done(l, &a, &r, 10);
    limiter_again(l, &a, 0);
    limiter_push(l, &us, &b, "POST", OTHER, 10);
    assert_ptr_equal(pop(l, 10), &b);
    int64_t when;
    assert_null(limiter_pop(l, &us, 10, &when));
    assert_int_equal(when, 1347);
    assert_ptr_equal(pop(l, 1347), &a);
    finish(l, &a, plain(200), 1400);
    finish(l, &b, plain(200), 1400);
}

static void shared_429_blocks_its_bucket_only(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    struct limiter_answer r = limited(SCOPE_SHARED, 700, "abc");
    limiter_done(l, &a, &r, 0);
    limiter_again(l, &a, 0);
    limiter_push(l, &us, &b, "POST", OTHER, 0);
    assert_ptr_equal(pop(l, 0), &b);
    assert_null(pop(l, 699));
    assert_ptr_equal(pop(l, 700), &a);
    finish(l, &a, plain(200), 700);
    finish(l, &b, plain(200), 700);
}

static void global_429_blocks_everything_but_interactions(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, callback = {.exempt = true};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    struct limiter_answer r = limited(SCOPE_GLOBAL, 2001, "");
    limiter_done(l, &a, &r, 0);
    limiter_again(l, &a, 0);
    limiter_push(l, &us, &b, "POST", OTHER, 0);
    limiter_push(l, &us, &callback, "POST", "/interactions/1/tok/callback", 0);
    assert_ptr_equal(pop(l, 0), &callback);
    assert_null(pop(l, 2000));
    assert_ptr_equal(pop(l, 2001), &a);
    assert_ptr_equal(pop(l, 2001), &b);
    finish(l, &a, plain(200), 2001);
    finish(l, &b, plain(200), 2001);
    finish(l, &callback, plain(204), 2001);
}

static void nameless_429_blocks_the_whole_bot(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, limited(SCOPE_NONE, 60000, ""), 0);
    limiter_push(l, &us, &b, "GET", "/users/@me", 0);
    assert_null(pop(l, 59999));
    assert_ptr_equal(pop(l, 60000), &b);
    finish(l, &b, plain(200), 60000);
}

static void owners_share_limits_and_keep_their_own_order(void **state)
{
    struct limiter *l = *state;
    struct limiter_item ours[2] = {0}, theirs[2] = {0};
    int64_t when;
    for (int i = 0; i < 2; i++) {
        limiter_push(l, &them, &theirs[i], "POST", MESSAGES, 0);
        limiter_push(l, &us, &ours[i], "POST", MESSAGES, 0);
    }
    assert_ptr_equal(pop(l, 0), &ours[0]); /* whatever the others, who may be busy elsewhere, asked before */
    assert_null(limiter_pop(l, &them, 0, &when));
    assert_true(when == LIMITER_NEVER);
    finish(l, &ours[0], answer_with("b", 1, 0, 700), 0);
    assert_null(limiter_pop(l, &them, 0, &when));
    assert_int_equal(when, 700);
    assert_ptr_equal(limiter_pop(l, &them, 700, &when), &theirs[0]);
    assert_int_equal(us.waiting, 1);
    assert_int_equal(them.waiting, 1);
    finish(l, &theirs[0], answer_with("b", 1, 0, 300), 700);
    assert_null(pop(l, 999));
    assert_ptr_equal(pop(l, 1000), &ours[1]);
    limiter_take(l, &theirs[1]);
    limiter_release(l, &theirs[1]);
    finish(l, &ours[1], plain(200), 1000);
    assert_int_equal(us.waiting + them.waiting, 0);
}

static void no_more_than_fifty_a_second(void **state)
{
    struct limiter *l = *state;
    struct limiter_item items[120] = {0};
    char path[64];
    for (int i = 0; i < 120; i++) {
        snprintf(path, sizeof path, "/channels/%d/messages", i + 1);
        limiter_push(l, &us, &items[i], "POST", path, 0);
    }
    int sent[3] = {0}, at = 0;
    for (int64_t now = 0; now < 3000; now++)
        while (pop(l, now))
            sent[now / 1000]++, at++;
    assert_int_equal(at, 120);
    assert_int_equal(sent[0], 50);
    assert_int_equal(sent[1], 50);
    assert_int_equal(sent[2], 20);
    for (int i = 0; i < 120; i++)
        finish(l, &items[i], plain(200), 3000);
}

static void three_forbidden_answers_stop_a_route_for_ten_minutes(void **state)
{
    struct limiter *l = *state;
    struct limiter_item item = {0};
    for (int i = 0; i < 3; i++) {
        limiter_push(l, &us, &item, "POST", MESSAGES, 0);
        assert_false(limiter_stopped(&item, 0));
        assert_ptr_equal(pop(l, 0), &item);
        finish(l, &item, plain(403), 0);
    }
    limiter_push(l, &us, &item, "POST", MESSAGES, 0);
    assert_true(limiter_stopped(&item, LIMITER_STOP_MS - 1));
    assert_false(limiter_stopped(&item, LIMITER_STOP_MS));
    limiter_take(l, &item);
    limiter_release(l, &item);
    limiter_push(l, &us, &item, "POST", OTHER, 0);
    assert_false(limiter_stopped(&item, 1));
    limiter_take(l, &item);
    limiter_release(l, &item);
}

static void what_one_person_has_closed_stops_no_route(void **state)
{
    struct limiter *l = *state;
    struct limiter_item item = {0};
    struct limiter_answer closed = plain(403);
    closed.personal = true;
    for (int i = 0; i < 5; i++) {
        limiter_push(l, &us, &item, "POST", MESSAGES, 0);
        assert_false(limiter_stopped(&item, 0));
        assert_ptr_equal(pop(l, 0), &item);
        finish(l, &item, closed, 0);
    }
}

static void a_success_between_forgives_forbidden_answers(void **state)
{
    struct limiter *l = *state;
    struct limiter_item item = {0};
    static const int statuses[] = {403, 403, 200, 403, 403};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        limiter_push(l, &us, &item, "POST", MESSAGES, 0);
        assert_ptr_equal(pop(l, 0), &item);
        finish(l, &item, plain(statuses[i]), 0);
    }
    limiter_push(l, &us, &item, "POST", MESSAGES, 0);
    assert_false(limiter_stopped(&item, 1));
    limiter_take(l, &item);
    limiter_release(l, &item);
}

static void answers_without_headers_never_lock_a_bucket(void **state)
{
    struct limiter *l = *state;
    struct limiter_item item = {0};
    limiter_push(l, &us, &item, "POST", MESSAGES, 0);
    pop(l, 0);
    finish(l, &item, answer_with("abc", 2, 1, 100), 0);
    for (int i = 0; i < 20; i++) {
        limiter_push(l, &us, &item, "POST", MESSAGES, 200 + i);
        assert_ptr_equal(pop(l, 200 + i), &item);
        limiter_lost(l, &item);
        limiter_release(l, &item);
    }
}

static void thousands_of_interactions_leave_nothing_behind(void **state)
{
    struct limiter *l = *state;
    char path[64];
    for (int i = 0; i < 20000; i++) {
        struct limiter_item item = {.exempt = true};
        snprintf(path, sizeof path, "/interactions/%d/token%d/callback", i + 1, i);
        limiter_push(l, &us, &item, "POST", path, i);
        assert_ptr_equal(pop(l, i), &item);
        finish(l, &item, plain(204), i);
    }
}

/* Whatever the server answers: never more than LIMIT in a window as the server counts it, order kept, all
 * sent. */
/* As from one process to the next. */
static struct limiter *handed_on(const struct limiter *l, int64_t now, int64_t age, int64_t then)
{
    struct limiter *next = limiter_new();
    struct json *state = limiter_state(l, now);
    if (state)
        limiter_learn(next, state, age, then);
    json_free(state);
    return next;
}

static void what_is_known_of_a_bucket_is_handed_on(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0};
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, answer_with("abc", 5, 0, 4000), 100);
    /* The other's clock is another one; 500 ms have passed. */
    struct limiter *next = handed_on(l, 100, 500, 9000);
    int64_t when;
    limiter_push(next, &them, &b, "POST", MESSAGES, 9000);
    assert_null(limiter_pop(next, &them, 9000, &when));
    assert_int_equal(when, 9000 + 4000 - 500);
    assert_ptr_equal(limiter_pop(next, &them, when, &when), &b);
    limiter_lost(next, &b);
    limiter_release(next, &b);
    limiter_free(next);
    next = handed_on(l, 100, 5000, 9000); /* too old to count */
    limiter_push(next, &them, &b, "POST", MESSAGES, 9000);
    assert_ptr_equal(limiter_pop(next, &them, 9000, &when), &b);
    limiter_lost(next, &b);
    limiter_release(next, &b);
    limiter_free(next);
}

static void blocks_and_the_last_second_are_handed_on(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0}, b = {0}, c = {0};
    int64_t when;
    limiter_push(l, &us, &a, "POST", MESSAGES, 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, limited(SCOPE_USER, 7000, ""), 0);
    struct limiter *next = handed_on(l, 10, 0, 10);
    limiter_push(next, &them, &b, "POST", MESSAGES, 10);
    limiter_push(next, &them, &c, "POST", OTHER, 10);
    assert_ptr_equal(limiter_pop(next, &them, 10, &when), &c);
    assert_null(limiter_pop(next, &them, 10, &when));
    assert_int_equal(when, 7000);
    finish(next, &c, limited(SCOPE_GLOBAL, 3000, ""), 10);
    struct limiter *third = handed_on(next, 20, 0, 20);
    limiter_push(third, &us, &a, "POST", OTHER, 20);
    assert_null(limiter_pop(third, &us, 20, &when));
    assert_int_equal(when, 3010);
    limiter_take(third, &a);
    limiter_release(third, &a);
    limiter_take(next, &b);
    limiter_release(next, &b);
    limiter_free(third);
    limiter_free(next);
}

static void fifty_a_second_hold_across_a_hand_over(void **state)
{
    struct limiter *l = *state;
    static struct limiter_item items[LIMITER_GLOBAL];
    struct limiter_item last = {0};
    int64_t when;
    memset(items, 0, sizeof items);
    for (int i = 0; i < LIMITER_GLOBAL; i++) {
        char path[64];
        snprintf(path, sizeof path, "/channels/%d/messages", i + 1);
        limiter_push(l, &us, &items[i], "POST", path, i);
        assert_ptr_equal(pop(l, i), &items[i]);
        finish(l, &items[i], plain(200), i);
    }
    struct limiter *next = handed_on(l, 100, 0, 100);
    limiter_push(next, &them, &last, "POST", OTHER, 100);
    assert_null(limiter_pop(next, &them, 100, &when));
    assert_int_equal(when, 1000);
    limiter_take(next, &last);
    limiter_release(next, &last);
    limiter_free(next);
    assert_null(limiter_state(l, 5000)); /* nothing of it counts any more */
}

static void credentials_in_a_path_are_not_handed_on(void **state)
{
    struct limiter *l = *state;
    struct limiter_item a = {0};
    struct str text = STR_INIT;
    limiter_push(l, &us, &a, "POST", "/webhooks/5/very-secret/messages/@original", 0);
    assert_ptr_equal(pop(l, 0), &a);
    finish(l, &a, answer_with("hook", 5, 0, 4000), 0);
    struct json *told = limiter_state(l, 10);
    json_print(told, &text);
    assert_null(strstr(str_text(&text), "secret"));
    str_release(&text);
    json_free(told);
}

static void random_traffic_is_never_over_the_limit(void **state)
{
    struct limiter *l = *state;
    unsigned seed = 7;
    struct limiter_item items[300] = {0};
    int64_t now = 0, window_end = 0;
    int left = 5, pushed = 0, done = 0, last = -1;
    struct limiter_item *flying = NULL;
    while (done < 300) {
        seed = seed * 1103515245u + 12345u;
        if (pushed < 300 && (seed >> 16) % 3 == 0) {
            limiter_push(l, &us, &items[pushed], "POST", MESSAGES, now);
            pushed++;
        }
        struct limiter_item *item = flying ? NULL : pop(l, now);
        if (item) {
            assert_true(item - items > last);
            last = (int)(item - items);
            if (now >= window_end) {
                window_end = now + 500;
                left = 5;
            }
            assert_true(left > 0);
            left--;
            flying = item;
        } else if (flying) {
            bool broken = (seed >> 20) % 7 == 0;
            if (broken) {
                limiter_lost(l, flying);
                limiter_release(l, flying);
            } else
                finish(l, flying, answer_with("abc", 5, left, window_end - now), now);
            flying = NULL;
            done++;
        }
        now += (seed >> 18) % 40;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern_replaces_ids_and_keeps_the_resource),
        cmocka_unit_test_setup_teardown(unknown_bucket_lets_one_request_through, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_go_side_by_side_once_the_bucket_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_keep_their_order_in_a_bucket, setup, teardown),
        cmocka_unit_test_setup_teardown(remaining_zero_waits_for_the_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(two_routes_share_the_bucket_that_discord_names, setup, teardown),
        cmocka_unit_test_setup_teardown(one_bucket_name_counts_by_resource, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_requests_move_to_the_learned_bucket_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_429_blocks_its_bucket_only, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_429_blocks_its_bucket_only, setup, teardown),
        cmocka_unit_test_setup_teardown(global_429_blocks_everything_but_interactions, setup, teardown),
        cmocka_unit_test_setup_teardown(nameless_429_blocks_the_whole_bot, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_share_limits_and_keep_their_own_order, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_than_fifty_a_second, setup, teardown),
        cmocka_unit_test_setup_teardown(three_forbidden_answers_stop_a_route_for_ten_minutes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_one_person_has_closed_stops_no_route, setup, teardown),
        cmocka_unit_test_setup_teardown(a_success_between_forgives_forbidden_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_without_headers_never_lock_a_bucket, setup, teardown),
        cmocka_unit_test_setup_teardown(thousands_of_interactions_leave_nothing_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_known_of_a_bucket_is_handed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(blocks_and_the_last_second_are_handed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(fifty_a_second_hold_across_a_hand_over, setup, teardown),
        cmocka_unit_test_setup_teardown(credentials_in_a_path_are_not_handed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(random_traffic_is_never_over_the_limit, setup, teardown),
    };
    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
