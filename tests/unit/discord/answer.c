#include "check.h"

#include "answer.h"

static struct limiter_answer head_of(const char *const *lines)
{
    struct limiter_answer a;
    answer_clear(&a);
    for (; *lines; lines++)
        answer_header(&a, *lines, strlen(*lines));
    return a;
}

static void header_fields_are_read_whatever_their_case(void **state)
{
    static const char *const lines[] = {"HTTP/1.1 200 OK\r\n",
                                        "x-ratelimit-bucket: abcd1234\r\n",
                                        "X-RateLimit-Limit:5\r\n",
                                        "X-RATELIMIT-REMAINING:   3  \r\n",
                                        "X-RateLimit-Reset-After: 1.0004\r\n",
                                        "X-RateLimit-Scope: Shared\r\n",
                                        "Retry-After: 65\r\n",
                                        "\r\n",
                                        NULL};
    struct limiter_answer a = head_of(lines);
    (void)state;
    assert_string_equal(a.bucket, "abcd1234");
    assert_int_equal(a.limit, 5);
    assert_int_equal(a.remaining, 3);
    assert_int_equal(a.reset_after, 1001);
    assert_int_equal(a.retry_after, 65000);
    assert_int_equal(a.scope, SCOPE_SHARED);
}

static int64_t date_of(const char *line)
{
    struct limiter_answer a;
    answer_clear(&a);
    answer_header(&a, line, strlen(line));
    return a.date;
}

static void the_date_of_an_answer_is_read(void **state)
{
    (void)state;
    assert_int_equal(date_of("date: Mon, 23 Nov 2026 15:42:57 GMT\r\n"), 1795448577000);
    assert_int_equal(date_of("Date: Thu, 01 Jan 2015 00:00:00 GMT"), 1420070400000);
    assert_int_equal(date_of("Date: Thu, 01 Jan 2015 00:00:00 GMT and more"), 0);
    assert_int_equal(date_of("Date: Thursday, 01-Jan-15 00:00:00 GMT"), 0);
    assert_int_equal(date_of("Date: Thu, 01 anF 2015 00:00:00 GMT"), 0);
    assert_int_equal(date_of("Date: "), 0);
}

static void hostile_header_fields_are_ignored(void **state)
{
    static const char *const lines[] = {
        "X-RateLimit-Limit: -5\r\n",
        "X-RateLimit-Remaining: 99999999999999\r\n",
        "X-RateLimit-Reset-After: nan\r\n",
        "Retry-After: 1e9\r\n",
        "X-RateLimit-Scope: everything\r\n",
        "X-RateLimit-Bucket: two words\r\n",
        "X-RateLimit-Bucket: "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
        ":",
        "",
        "X-RateLimit-Limit",
        NULL};
    struct limiter_answer a = head_of(lines);
    (void)state;
    assert_string_equal(a.bucket, "");
    assert_int_equal(a.limit, -1);
    assert_int_equal(a.remaining, -1);
    assert_int_equal(a.reset_after, -1);
    assert_int_equal(a.retry_after, -1);
    assert_int_equal(a.scope, SCOPE_NONE);
}

static void seconds_with_decimals_become_ms_rounded_up(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {{"0", 0},
                {"1", 1000},
                {"1.337", 1337},
                {"0.0001", 1},
                {"64.57", 64570},
                {"1.", 1000},
                {"1.9999", 2000},
                {"86400", 86400000},
                {"86401", -1},
                {"", -1},
                {".5", -1},
                {"-1", -1},
                {"1,5", -1},
                {"1.5s", -1},
                {"99999999999999999999", -1},
                {"0.0000000000000000000000", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(answer_seconds(rows[i].text, strlen(rows[i].text)), rows[i].ms);
}

static struct json *parse(const char *text)
{
    struct json *j = json_parse(text, strlen(text), NULL);
    assert_non_null(j);
    return j;
}

static void body_of_a_429_tells_the_finer_time(void **state)
{
    struct limiter_answer a;
    struct json *j =
        parse("{\"message\":\"You are being rate limited.\",\"retry_after\":0.3415,\"global\":true}");
    (void)state;
    answer_clear(&a);
    a.retry_after = 1000;
    answer_limited(&a, j);
    assert_int_equal(a.retry_after, 342);
    assert_int_equal(a.scope, SCOPE_GLOBAL);
    json_free(j);
    j = parse("{\"retry_after\":\"soon\",\"global\":\"yes\"}");
    answer_clear(&a);
    a.retry_after = 1000;
    answer_limited(&a, j);
    assert_int_equal(a.retry_after, 1000);
    assert_int_equal(a.scope, SCOPE_NONE);
    json_free(j);
    answer_limited(&a, NULL);
}

static void shared_429_is_no_invalid_answer(void **state)
{
    struct limiter_answer a;
    (void)state;
    answer_clear(&a);
    static const int invalid[] = {401, 403, 429}, fine[] = {200, 400, 404, 500};
    for (int i = 0; i < 3; i++) {
        a.status = invalid[i];
        assert_true(answer_invalid(&a));
    }
    for (int i = 0; i < 4; i++) {
        a.status = fine[i];
        assert_false(answer_invalid(&a));
    }
    a.status = 429;
    a.scope = SCOPE_SHARED;
    assert_false(answer_invalid(&a));
}

static void message_names_the_first_wrong_field(void **state)
{
    struct json *j =
        parse("{\"code\":50035,\"message\":\"Invalid Form Body\",\"errors\":{\"x\":1,\"embeds\":{\"0\":{"
              "\"title\":{\"_errors\":[{\"code\":\"B\",\"message\":\"Too long.\"}]}}}}}");
    struct str out = STR_INIT;
    (void)state;
    answer_message(400, j, &out);
    assert_string_equal(out.data, "Invalid Form Body: embeds.0.title: Too long.");
    json_free(j);
    str_clear(&out);
    answer_message(502, NULL, &out);
    assert_string_equal(out.data, "HTTP 502");
    str_clear(&out);
    j = parse("{\"message\":\"two\\nlines \\u001b[31m\"}");
    answer_message(400, j, &out);
    assert_null(strchr(out.data, '\n'));
    assert_null(strchr(out.data, '\x1b'));
    json_free(j);
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields_are_read_whatever_their_case),
        cmocka_unit_test(the_date_of_an_answer_is_read),
        cmocka_unit_test(hostile_header_fields_are_ignored),
        cmocka_unit_test(seconds_with_decimals_become_ms_rounded_up),
        cmocka_unit_test(body_of_a_429_tells_the_finer_time),
        cmocka_unit_test(shared_429_is_no_invalid_answer),
        cmocka_unit_test(message_names_the_first_wrong_field),
    };
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
