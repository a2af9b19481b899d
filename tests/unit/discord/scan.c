#include "check.h"

#include "scan.h"
#include "tt/base/json.h"

static enum scan_result scan(const char *text, struct scan *s)
{
    return scan_frame(text, strlen(text), s);
}

static void expect(const char *text, int64_t op, const char *type, int64_t sequence)
{
    struct scan s;
    assert_int_equal(scan(text, &s), SCAN_OK);
    assert_int_equal(s.op, op);
    assert_int_equal(s.sequence, sequence);
    if (!type) {
        assert_null(s.type);
        return;
    }
    assert_non_null(s.type);
    assert_int_equal(s.type_len, strlen(type));
    assert_memory_equal(s.type, type, strlen(type));
}

static void members_are_found_in_any_order(void **state)
{
    (void)state;
    expect("{\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{\"t\":1}}", 0, "MESSAGE_CREATE", 42);
    expect("{\"op\":0,\"d\":{\"op\":9,\"t\":\"X\",\"s\":7},\"s\":3,\"t\":\"A\"}", 0, "A", 3);
    expect("{\"d\":[[{\"t\":\"X\"}],\"]}\\\"\",{}],\"t\":\"A\",\"op\":0,\"s\":3}", 0, "A", 3);
    expect("{\"op\":11}", 11, NULL, -1);
    expect("{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":41250,\"_trace\":[]}}", 10, NULL,
           -1);
    expect(" \t\r\n{ \"op\" : 1 ,\n\"d\" : \"a\\\\\" , \"s\" : 5 }", 1, NULL, 5);
    expect("{\"x\":-1.5e3,\"y\":true,\"z\":\"\\\\\\\"}\",\"op\":7}", 7, NULL, -1);
}

static void the_first_of_two_counts(void **state)
{
    (void)state;
    expect("{\"op\":1,\"op\":2,\"s\":1,\"s\":2,\"t\":\"A\",\"t\":\"B\"}", 1, "A", 1);
}

static void a_wanted_prefix_is_enough(void **state)
{
    (void)state;
    expect("{\"t\":\"A\",\"s\":1,\"op\":0,\"d\":{{{{ not JSON", 0, "A", 1);
}

static void odd_text_is_left_to_the_parser(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"op\"",
        "{\"op\":",
        "{\"op\":1",
        "{\"op\":1.0}",
        "{\"op\":-1}",
        "{\"op\":01}",
        "{\"op\":\"1\"}",
        "{\"op\":1e2}",
        "{\"op\":99999999999999999999}",
        "{\"\\u006fp\":1,\"x\":1}",
        "{\"op\":0,\"t\":\"A\\u0042\"}",
        "{\"op\":0,\"t\":5}",
        "{\"t\":\"A\",\"s\":1}",
        "{\"d\":{\"op\":1}}",
        "{\"d\":{\"op\":1}",
        "{\"d\":\"unending",
        "{\"d\":\"x\\\"}",
        "{op:1}",
        "{\"d\":}",
        "{\"op\":1,}",
        "{\"op\":1 \"s\":2}",
    };
    struct scan s;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(scan(texts[i], &s), SCAN_UNSURE);
}

static unsigned seed = 1;

static unsigned below(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

static const char *pick(const char *const *words, unsigned n)
{
    return words[below(n)];
}

static void add_space(struct str *out)
{
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t \r"};
    str_add(out, pick(spaces, 6));
}

static void add_value(struct str *out, int depth);

static void add_members(struct str *out, int depth)
{
    static const char *const keys[] = {"op",   "t", "s", "d", "a\\\"b", "\\u0074",
                                       "\\\\", "o", "",  "{", "content"};
    unsigned n = below(6);
    str_add_char(out, '{');
    for (unsigned i = 0; i < n; i++) {
        add_space(out);
        str_addf(out, "%s\"%s\"", i ? "," : "", pick(keys, 11));
        add_space(out);
        str_add_char(out, ':');
        add_space(out);
        add_value(out, depth - 1);
        add_space(out);
    }
    str_add_char(out, '}');
}

static void add_value(struct str *out, int depth)
{
    static const char *const scalars[] = {
        "0",     "1",         "11",       "42",       "-3",    "2.5",   "null",        "true", "1e3",
        "\"A\"", "\"READY\"", "\"\\\\\"", "\"\\\"\"", "\"}\"", "\"]\"", "\"\\u00e9\"", "\"\"", "12345678"};
    unsigned kind = depth > 0 ? below(4) : 3;
    if (kind == 0)
        add_members(out, depth);
    else if (kind == 1) {
        unsigned n = below(3);
        str_add_char(out, '[');
        for (unsigned i = 0; i < n; i++) {
            str_add(out, i ? "," : "");
            add_value(out, depth - 1);
        }
        str_add_char(out, ']');
    } else
        str_add(out, pick(scalars, 18));
}

/* Half of them as Discord sends them, in any order. */
static void add_frame(struct str *out)
{
    static const char *const members[] = {"\"op\":0",        "\"op\":11",  "\"s\":7",  "\"s\":null",
                                          "\"t\":\"READY\"", "\"t\":null", "\"op\":7 "};
    if (below(2)) {
        add_members(out, 4);
        return;
    }
    str_add_char(out, '{');
    for (unsigned n = 1 + below(4); n > 0; n--) {
        add_space(out);
        if (below(3)) {
            str_add(out, pick(members, 7));
        } else {
            str_add(out, "\"d\":");
            add_value(out, 3);
        }
        add_space(out);
        str_add(out, n > 1 ? "," : "}");
    }
}

/* What the scan is sure of is what the parser says. */
static void scan_agrees_with_the_parser_on_random_documents(void **state)
{
    int sure = 0, parsed = 0;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct str text = STR_INIT;
        struct scan s;
        add_frame(&text);
        if (below(10) == 0)
            str_cut(&text, below((unsigned)text.len + 1));
        struct json *j = json_parse(str_text(&text), text.len, NULL);
        bool ok = scan_frame(str_text(&text), text.len, &s) == SCAN_OK;
        sure += ok;
        parsed += j != NULL;
        if (ok && j) {
            const char *type = json_get_string(j, "t");
            assert_int_equal(s.op, json_get_int(j, "op", -2));
            assert_int_equal(s.sequence, json_get_int(j, "s", -1));
            assert_true(type ? s.type && strlen(type) == s.type_len && memcmp(type, s.type, s.type_len) == 0
                             : !s.type);
        }
        json_free(j);
        str_release(&text);
    }
    assert_true(sure > 20000 && parsed > 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_in_any_order),
        cmocka_unit_test(the_first_of_two_counts),
        cmocka_unit_test(a_wanted_prefix_is_enough),
        cmocka_unit_test(odd_text_is_left_to_the_parser),
        cmocka_unit_test(scan_agrees_with_the_parser_on_random_documents),
    };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
