/* The reader of command files: lines as they come from a pipe, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

#include "local.h"

struct pipe_reader {
    struct reader r;
    int in;
    struct str line;
};

static void start(struct pipe_reader *p)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    *p = (struct pipe_reader){.r = {.fd = fds[0]}, .in = fds[1]};
}

static void give(struct pipe_reader *p, const char *bytes, size_t n)
{
    assert_int_equal(write(p->in, bytes, n), (ssize_t)n);
    assert_int_equal(reader_fill(&p->r, NULL), 0);
}

static void finish(struct pipe_reader *p)
{
    close(p->in);
    assert_int_equal(reader_fill(&p->r, NULL), 0);
}

static void release(struct pipe_reader *p)
{
    reader_close(&p->r);
    str_release(&p->line);
}

static void a_line_is_given_as_soon_as_its_end_came(void **state)
{
    (void)state;
    struct pipe_reader p;
    start(&p);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_MORE);
    give(&p, "list --sta", 10);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_MORE);
    give(&p, "tus active\nsh", 13);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_LINE);
    assert_string_equal(str_text(&p.line), "list --status active");
    assert_int_equal(p.r.line, 1);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_MORE);
    finish(&p);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_LINE);
    assert_string_equal(str_text(&p.line), "sh");
    assert_int_equal(p.r.line, 2);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_END);
    release(&p);
}

static void carriage_returns_and_a_byte_order_mark_are_dropped(void **state)
{
    (void)state;
    struct pipe_reader p;
    start(&p);
    give(&p, "\xef\xbb\xbfversion\r\n\r\nhelp\r\n", 20);
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_LINE);
    assert_string_equal(str_text(&p.line), "version");
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_LINE);
    assert_string_equal(str_text(&p.line), "");
    assert_int_equal(reader_next(&p.r, &p.line, NULL), READ_LINE);
    assert_string_equal(str_text(&p.line), "help");
    close(p.in);
    release(&p);
}

static void bytes_that_are_no_text_spoil_their_line_only(void **state)
{
    (void)state;
    struct pipe_reader p;
    struct error e;
    start(&p);
    give(&p, "a\0b\n\xff\xfe\nversion\n", 15);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(reader_next(&p.r, &p.line, &e), READ_ERROR);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_int_equal(p.r.line, i);
    }
    assert_int_equal(reader_next(&p.r, &p.line, &e), READ_LINE);
    assert_string_equal(str_text(&p.line), "version");
    close(p.in);
    release(&p);
}

static void a_line_without_end_is_refused_at_a_mebibyte(void **state)
{
    (void)state;
    struct pipe_reader p;
    struct error e;
    char block[4096];
    memset(block, 'x', sizeof block);
    start(&p);
    enum read_result result;
    size_t given = 0;
    while ((result = reader_next(&p.r, &p.line, &e)) == READ_MORE) {
        give(&p, block, sizeof block);
        given += sizeof block;
        assert_true(given < (2u << 20));
    }
    assert_int_equal(result, READ_ERROR);
    assert_int_equal(e.code, ERROR_MALFORMED);
    assert_int_equal(reader_next(&p.r, &p.line, &e), READ_END);
    close(p.in);
    release(&p);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct reader r;
    struct error e;
    assert_int_equal(reader_open(&r, "/nonexistent/lines", &e), -1);
    assert_int_equal(e.code, ERROR_NO_SUCH);
    assert_non_null(strstr(e.message, "/nonexistent/lines"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_given_as_soon_as_its_end_came),
        cmocka_unit_test(carriage_returns_and_a_byte_order_mark_are_dropped),
        cmocka_unit_test(bytes_that_are_no_text_spoil_their_line_only),
        cmocka_unit_test(a_line_without_end_is_refused_at_a_mebibyte),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
