#include "check.h"

#include "frames.h"
#include "tt/base/crypto.h"

struct seen {
    struct str log;
    bool stop;
};

static bool on_message(void *context, const char *text, size_t len)
{
    struct seen *s = context;
    if (len > 40) {
        str_addf(&s->log, "message:%zu;", len);
    } else {
        str_add(&s->log, "message=");
        str_add_bytes(&s->log, text, len);
        str_add_char(&s->log, ';');
    }
    return !s->stop;
}

static bool on_ping(void *context, const void *data, size_t len)
{
    struct seen *s = context;
    str_add(&s->log, "ping=");
    str_add_bytes(&s->log, data, len);
    str_add_char(&s->log, ';');
    return true;
}

static bool on_closed(void *context, int code, const char *reason)
{
    struct seen *s = context;
    str_addf(&s->log, "closed=%d %s;", code, reason);
    return false;
}

static const struct frames_hooks hooks = {on_message, on_ping, on_closed};

/* A server's frame, made by hand: FIRST is the first byte. */
static void add_frame(struct str *out, int first, const void *data, size_t n)
{
    str_add_char(out, (char)first);
    if (n < 126)
        str_add_char(out, (char)n);
    else if (n < 65536) {
        str_add_char(out, 126);
        str_add_char(out, (char)(n >> 8));
        str_add_char(out, (char)n);
    } else {
        str_add_char(out, 127);
        for (int i = 7; i >= 0; i--)
            str_add_char(out, (char)(n >> (8 * i)));
    }
    str_add_bytes(out, data, n);
}

static void add_text(struct str *out, int first, const char *text)
{
    add_frame(out, first, text, strlen(text));
}

/* Feed BYTES in pieces of STEP; the close code that came out. */
static int feed(const struct str *bytes, size_t step, struct seen *seen)
{
    struct frames_pool *pool = frames_pool_new();
    struct frames f = {0};
    int code = 0;
    for (size_t at = 0; at < bytes->len && !code; at += step) {
        size_t n = bytes->len - at < step ? bytes->len - at : step;
        char *copy = malloc(n); /* so that a read past the piece is seen */
        memcpy(copy, bytes->data + at, n);
        code = frames_feed(&f, pool, &hooks, seen, copy, n);
        free(copy);
    }
    frames_release(&f, pool);
    frames_pool_free(pool);
    return code;
}

static void expect_code(const struct str *bytes, int code, const char *log)
{
    static const size_t steps[] = {1, 2, 3, 7, 100, 4096, 65536, 1u << 30};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct seen seen = {0};
        assert_int_equal(feed(bytes, steps[i], &seen), code);
        assert_string_equal(str_text(&seen.log), log);
        str_release(&seen.log);
    }
}

static void messages_arrive_whole_however_the_bytes_are_cut(void **state)
{
    struct str b = STR_INIT;
    char large[70000];
    (void)state;
    memset(large, 'x', sizeof large);
    add_text(&b, 0x81, "one");
    add_text(&b, 0x81, "");
    add_frame(&b, 0x81, large, 300);
    add_frame(&b, 0x81, large, sizeof large);
    add_text(&b, 0x81, "last");
    expect_code(&b, 0, "message=one;message=;message:300;message:70000;message=last;");
    str_release(&b);
}

static void fragments_join_and_control_frames_may_stand_between(void **state)
{
    struct str b = STR_INIT;
    (void)state;
    add_text(&b, 0x01, "he");
    add_text(&b, 0x89, "beat");
    add_text(&b, 0x00, "");
    add_text(&b, 0x00, "ll");
    add_text(&b, 0x8a, "unasked");
    add_text(&b, 0x80, "o");
    add_text(&b, 0x81, "next");
    expect_code(&b, 0, "ping=beat;message=hello;message=next;");
    str_release(&b);
}

static void close_frames_tell_code_and_reason(void **state)
{
    struct str b = STR_INIT;
    (void)state;
    add_text(&b, 0x88,
             "\x0f\xa4"
             "Authentication failed.");
    add_text(&b, 0x81, "after the end");
    expect_code(&b, 0, "closed=4004 Authentication failed.;");
    str_clear(&b);
    add_text(&b, 0x88, "");
    expect_code(&b, 0, "closed=1005 ;");
    str_clear(&b);
    add_text(&b, 0x88, "\x0f\xa4\xff\xfe");
    expect_code(&b, 0, "closed=4004 ;");
    str_release(&b);
}

static void broken_frames_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        int code;
    } rows[] = {
        {"\xc1\x01x", 3, 1002}, /* reserved bit */
        {"\x81\x81"
         "abcdx",
         7, 1002},                       /* masked by a server */
        {"\x83\x01x", 3, 1002},          /* unknown opcode: neither text nor control */
        {"\x80\x01x", 3, 1002},          /* continues nothing */
        {"\x01\x01x\x81\x01y", 6, 1002}, /* a new message inside a fragmented one */
        {"\x09\x01x", 3, 1002},          /* fragmented ping */
        {"\x82\x01x", 3, 1003},          /* binary */
        {"\x81\x7e\x00\x01x", 5, 1002},  /* length not in its shortest form */
        {"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x01x", 11, 1002}, /* length above 2^63 */
        {"\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00x", 11, 1009}, /* 1 GiB */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = {0};
        struct str b = STR_INIT;
        str_add_bytes(&b, rows[i].bytes, rows[i].n);
        int code = feed(&b, 64, &seen);
        if (rows[i].code == 1002)
            assert_true(code == 1002 || code == 1003);
        else
            assert_int_equal(code, rows[i].code);
        assert_null(strstr(str_text(&seen.log), "message"));
        str_release(&b);
        str_release(&seen.log);
    }
}

static void endless_fragments_are_refused_at_the_limit(void **state)
{
    struct frames_pool *pool = frames_pool_new();
    struct frames f = {0};
    struct seen seen = {0};
    struct str b = STR_INIT;
    char chunk[60000] = {0};
    int code = 0, fed = 0;
    (void)state;
    add_frame(&b, 0x01, chunk, sizeof chunk);
    for (; !code && fed < 400; fed++) {
        code = frames_feed(&f, pool, &hooks, &seen, b.data, b.len);
        b.data[0] = 0;
    }
    assert_int_equal(code, 1009);
    assert_int_equal(fed, FRAMES_MESSAGE_LIMIT / sizeof chunk + 1);
    frames_release(&f, pool);
    frames_pool_free(pool);
    str_release(&b);
    str_release(&seen.log);
}

static void an_idle_connection_holds_no_buffer(void **state)
{
    struct frames_pool *pool = frames_pool_new();
    struct frames f = {0};
    struct seen seen = {0};
    struct str b = STR_INIT;
    (void)state;
    add_text(&b, 0x81, "one");
    add_text(&b, 0x89, "ping");
    for (size_t i = 0; i < b.len; i++) {
        assert_int_equal(frames_feed(&f, pool, &hooks, &seen, b.data + i, 1), 0);
        if (i == 2)
            assert_non_null(f.framer);
    }
    assert_null(f.framer);
    assert_null(f.message.data);
    assert_null(f.control.data);
    frames_release(&f, pool);
    frames_pool_free(pool);
    str_release(&b);
    str_release(&seen.log);
}

static void nothing_is_read_after_a_hook_said_stop(void **state)
{
    struct str b = STR_INIT;
    struct seen seen = {.stop = true};
    (void)state;
    add_text(&b, 0x81, "one");
    add_text(&b, 0x81, "two");
    assert_int_equal(feed(&b, 64, &seen), 0);
    assert_string_equal(seen.log.data, "message=one;");
    str_release(&b);
    str_release(&seen.log);
}

/* Undo a client's frame; the opcode. */
static int unmask(const struct str *frame, struct str *out)
{
    const unsigned char *p = (const unsigned char *)frame->data;
    size_t n = p[1] & 127u, at = 2;
    assert_true(p[1] & 128);
    assert_true(p[0] & 128);
    if (n == 126) {
        n = (size_t)p[2] << 8 | p[3];
        at = 4;
    } else if (n == 127) {
        n = 0;
        for (int i = 2; i < 10; i++)
            n = n << 8 | p[i];
        at = 10;
    }
    assert_int_equal(frame->len, at + 4 + n);
    for (size_t i = 0; i < n; i++)
        str_add_char(out, (char)(p[at + 4 + i] ^ p[at + i % 4]));
    return p[0] & 15;
}

static void written_frames_are_whole_and_masked_anew(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 126, 4096, 10000, 65535, 65536, 200000};
    struct frames_pool *pool = frames_pool_new();
    char *data = malloc(200000);
    (void)state;
    for (size_t i = 0; i < 200000; i++)
        data[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct str a = STR_INIT, b = STR_INIT, out = STR_INIT;
        frames_write(pool, FRAMES_TEXT, data, sizes[i], &a);
        frames_write(pool, FRAMES_TEXT, data, sizes[i], &b);
        assert_int_equal(unmask(&a, &out), FRAMES_TEXT);
        assert_int_equal(out.len, sizes[i]);
        assert_memory_equal(str_text(&out), data, sizes[i]);
        if (sizes[i] > 1)
            assert_memory_not_equal(a.data, b.data, a.len);
        str_release(&a);
        str_release(&b);
        str_release(&out);
    }
    struct str frame = STR_INIT, out = STR_INIT;
    frames_write_close(pool, 4900, &frame);
    assert_int_equal(unmask(&frame, &out), FRAMES_CLOSE);
    assert_memory_equal(out.data, "\x13\x24", 2);
    str_release(&frame);
    str_release(&out);
    frames_pool_free(pool);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_whole_however_the_bytes_are_cut),
        cmocka_unit_test(fragments_join_and_control_frames_may_stand_between),
        cmocka_unit_test(close_frames_tell_code_and_reason),
        cmocka_unit_test(broken_frames_are_refused),
        cmocka_unit_test(endless_fragments_are_refused_at_the_limit),
        cmocka_unit_test(an_idle_connection_holds_no_buffer),
        cmocka_unit_test(nothing_is_read_after_a_hook_said_stop),
        cmocka_unit_test(written_frames_are_whole_and_masked_anew),
    };
    crypto_start();
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
