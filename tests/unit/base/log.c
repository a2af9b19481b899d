#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "scratch.h"
#include "tt/base/fs.h"
#include "tt/base/json.h"
#include "tt/base/log.h"
#include "tt/base/time.h"

#define LIMIT (10 * 1024 * 1024)
/* Made up; the shape of a real one. */
#define TOKEN "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"

static char *read_file(const char *path)
{
    struct str text = STR_INIT;
    struct error e;
    if (fs_read(path, 64 << 20, &text, &e) < 0)
        fail_msg("%s", e.message);
    return str_take(&text);
}

static void open_log(const char *path, enum log_level level, bool json)
{
    struct error e;
    if (log_open(&(struct log_options){.level = level, .json = json, .path = path}, &e) < 0)
        fail_msg("%s", e.message);
}

static void nothing_is_written_before_it_is_open(void **state)
{
    (void)state;
    log_event(LEVEL_ERROR, NULL, "event", "text");
    log_reopen();
    log_close();
}

static void a_line_has_time_level_tenant_event_and_text(void **state)
{
    char *path = scratch_path(state, "log");
    open_log(path, LEVEL_INFO, false);
    log_event(LEVEL_DEBUG, "tenant01", "push", "not wanted");
    log_event(LEVEL_INFO, "tenant01", "push", "acknowledged revision=%d ms=%d", 17, 38);
    log_event(LEVEL_ERROR, NULL, "gateway", "two\nlines \x1b[2J");
    log_close();
    char *text = read_file(path), *second = strchr(text, '\n') + 1;
    assert_string_equal(strchr(text, ' ') + 1,
                        strstr(text, "info tenant01 push acknowledged revision=17 ms=38\n"));
    assert_string_equal(strchr(second, ' '), " error - gateway two\\nlines \\x1b[2J\n");
    char time[TIME_TEXT];
    int64_t ms;
    assert_true(str_copy(time, 25, text) || true);
    assert_int_equal(time_parse_rfc3339(time, &ms, NULL), 0);
    assert_int_equal(mode_of(path), 0600);
    free(text);
    free(path);
}

static void json_lines_are_documents(void **state)
{
    char *path = scratch_path(state, "log");
    open_log(path, LEVEL_DEBUG, true);
    log_event(LEVEL_WARN, "tenant01", "rest", "a \"quoted\"\nline with %s", TOKEN);
    log_event(LEVEL_DEBUG, NULL, "rest", "b");
    log_close();
    char *text = read_file(path), *end = strchr(text, '\n');
    struct json *j = json_parse(text, (size_t)(end - text), NULL);
    assert_string_equal(json_get_string(j, "level"), "warn");
    assert_string_equal(json_get_string(j, "tenant"), "tenant01");
    assert_string_equal(json_get_string(j, "event"), "rest");
    assert_string_equal(json_get_string(j, "message"), "a \"quoted\"\nline with [redacted]");
    assert_non_null(json_get_string(j, "time"));
    json_free(j);
    j = json_parse(end + 1, strlen(end + 1), NULL);
    assert_true(json_is(json_get(j, "tenant"), JSON_NULL));
    json_free(j);
    free(text);
    free(path);
}

static void a_loose_mode_is_mended(void **state)
{
    char *path = scratch_path(state, "log");
    file_put(path, "old\n", 4, 0644);
    open_log(path, LEVEL_INFO, false);
    log_event(LEVEL_INFO, NULL, "e", "new");
    log_close();
    char *text = read_file(path);
    assert_int_equal(strncmp(text, "old\n", 4), 0);
    assert_int_equal(mode_of(path), 0600);
    free(text);
    free(path);
}

static void a_log_that_cannot_be_written_is_an_error(void **state)
{
    char *path = scratch_path(state, "no/such/log");
    struct error e;
    assert_int_equal(log_open(&(struct log_options){.path = path}, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    log_event(LEVEL_ERROR, NULL, "e", "nowhere");
    free(path);
}

static void a_full_file_moves_on_and_five_are_kept(void **state)
{
    char *path = scratch_path(state, "log");
    open_log(path, LEVEL_INFO, false);
    for (int i = 0; i < 8; i++) {
        log_event(LEVEL_INFO, NULL, "round", "%d", i);
        assert_int_equal(truncate(path, LIMIT), 0);
    }
    log_event(LEVEL_INFO, NULL, "round", "last");
    log_close();
    for (int i = 0; i <= 6; i++) {
        char *name = i ? mem_format("%s.%d", path, i) : mem_strdup(path);
        assert_int_equal(fs_exists(name), i <= 5);
        if (i <= 5) {
            char *text = read_file(name), expected[32];
            snprintf(expected, sizeof expected, i ? "round %d\n" : "round last\n", 8 - i);
            assert_non_null(strstr(text, expected));
            assert_int_equal(mode_of(name), 0600);
            free(text);
        }
        free(name);
    }
    free(path);
}

static void reopening_follows_the_name(void **state)
{
    char *path = scratch_path(state, "log"), *moved = scratch_path(state, "moved");
    open_log(path, LEVEL_INFO, false);
    log_event(LEVEL_INFO, NULL, "e", "one");
    assert_int_equal(rename(path, moved), 0);
    log_reopen();
    log_event(LEVEL_INFO, NULL, "e", "two");
    assert_int_equal(unlink(path), 0);
    log_event(LEVEL_INFO, NULL, "e", "three");
    log_close();
    char *text = read_file(path);
    assert_non_null(strstr(text, "three"));
    assert_null(strstr(text, "one"));
    free(text);
    free(path);
    free(moved);
}

#define WRITERS 4
#define LINES 3500

static void write_many(const char *path, int writer)
{
    char filler[1001];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    open_log(path, LEVEL_INFO, false);
    for (int i = 0; i < LINES; i++)
        log_event(LEVEL_INFO, NULL, "many", "<%d:%d> %s.", writer, i, filler);
    log_close();
    _exit(0);
}

static void note_lines(const char *path, bool seen[WRITERS][LINES])
{
    if (!fs_exists(path))
        return;
    char *text = read_file(path);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        int writer = -1, number = -1;
        const char *mark = strchr(line, '<');
        assert_true(mark && sscanf(mark, "<%d:%d>", &writer, &number) == 2);
        assert_true(writer >= 0 && writer < WRITERS && number >= 0 && number < LINES);
        assert_false(seen[writer][number]);
        assert_int_equal(end[-1], '.');
        assert_true(strlen(mark) > 1000);
        seen[writer][number] = true;
    }
    free(text);
}

static void several_processes_lose_and_mix_no_line(void **state)
{
    static bool seen[WRITERS][LINES];
    char *path = scratch_path(state, "log");
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        if ((children[i] = fork()) == 0)
            write_many(path, i);
    for (int i = 0; i < WRITERS; i++) {
        int status;
        waitpid(children[i], &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    note_lines(path, seen);
    for (int i = 1; i <= 5; i++) {
        char *name = mem_format("%s.%d", path, i);
        assert_int_equal(fs_exists(name), i == 1); /* 14 MB: one rotation, whoever came first */
        note_lines(name, seen);
        free(name);
    }
    for (int i = 0; i < WRITERS; i++)
        for (int j = 0; j < LINES; j++)
            assert_true(seen[i][j]);
    free(path);
}

/* --- redaction --- */

static void assert_redacts(const char *text, const char *expected)
{
    struct str s = STR_INIT;
    str_add(&s, text);
    log_redact(&s);
    assert_string_equal(str_text(&s), expected);
    str_release(&s);
}

static void registered_secrets_go_wherever_they_stand(void **state)
{
    (void)state;
    log_secret_add("hunter2-pass");
    log_secret_add("hunter2-pass-longer");
    log_secret_add("quo\"te\\d");
    log_secret_add(NULL);
    log_secret_add("ab");
    assert_redacts("x=hunter2-pass&y=hunter2-pass", "x=[redacted]&y=[redacted]");
    assert_redacts("hunter2-pass-longer", "[redacted]");
    assert_redacts("{\"p\":\"quo\\\"te\\\\d\"}", "{\"p\":\"[redacted]\"}");
    assert_redacts("plain quo\"te\\d", "plain [redacted]");
    assert_redacts("abab", "abab");
    assert_redacts("", "");
    log_secret_remove("hunter2-pass-longer");
    log_secret_remove("never added");
    assert_redacts("hunter2-pass-longer", "[redacted]-longer");
    log_secret_remove("hunter2-pass");
    log_secret_remove("quo\"te\\d");
    assert_redacts("hunter2-pass quo\"te\\d", "hunter2-pass quo\"te\\d");
}

static void a_secret_added_twice_stays_until_removed_twice(void **state)
{
    (void)state;
    log_secret_add("shared-token");
    log_secret_add("shared-token");
    log_secret_remove("shared-token");
    assert_redacts("shared-token", "[redacted]");
    log_secret_remove("shared-token");
    assert_redacts("shared-token", "shared-token");
}

static void secrets_that_overlap_go_together(void **state)
{
    (void)state;
    log_secret_add("abcd-1");
    log_secret_add("d-1234-and-more-of-it-than-the-other");
    assert_redacts("abcd-1234-and-more-of-it-than-the-other.", "[redacted].");
    assert_redacts("abcd-1abcd-1", "[redacted][redacted]");
    assert_redacts("abcd-1 d-1234", "[redacted] d-1234");
    log_secret_remove("abcd-1");
    log_secret_remove("d-1234-and-more-of-it-than-the-other");
}

#define MANY 10000

/* Of every length from the shortest; some share their first bytes with all others. */
static void name_secret(int i, char out[64])
{
    static const char tail[] = ".tail-of-a-secret-that-all-of-them-share";
    snprintf(out, 64, "%05d%.*s", i, i % (int)sizeof tail, tail);
    if (i % 2)
        snprintf(out, 64, "the-same-first-bytes-in-every-one-%05d", i);
}

static void change_secrets(int from, int step, void (*change)(const char *))
{
    char name[64];
    for (int i = from; i < MANY; i += step) {
        name_secret(i, name);
        change(name);
    }
}

static int64_t time_of_lines(void)
{
    int64_t begun = time_monotonic_us();
    for (int i = 0; i < 1000; i++)
        assert_redacts(
            "2026-08-01T12:03:51.042Z info tenant01 push acknowledged revision=17 ms=38 by discord",
            "2026-08-01T12:03:51.042Z info tenant01 push acknowledged revision=17 ms=38 by discord");
    return time_monotonic_us() - begun;
}

static void ten_thousand_secrets_are_found_and_forgotten(void **state)
{
    (void)state;
    char name[64], text[96];
    change_secrets(0, 1, log_secret_add);
    for (int i = 0; i < MANY; i++) {
        name_secret(i, name);
        snprintf(text, sizeof text, "before %s after", name);
        assert_redacts(text, "before [redacted] after");
    }
    change_secrets(0, 3, log_secret_remove);
    for (int i = 0; i < MANY; i++) {
        name_secret(i, name);
        struct str s = STR_INIT;
        str_add(&s, name);
        log_redact(&s);
        assert_int_equal(str_equal(s.data, name), i % 3 == 0);
        str_release(&s);
    }
    change_secrets(1, 3, log_secret_remove);
    change_secrets(2, 3, log_secret_remove);
    assert_redacts("the-same-first-bytes-in-every-one-00001", "the-same-first-bytes-in-every-one-00001");
}

static void a_line_takes_no_longer_with_ten_thousand_secrets(void **state)
{
    (void)state;
    char one[64];
    name_secret(1, one);
    log_secret_add(one);
    int64_t few = time_of_lines();
    log_secret_remove(one);
    change_secrets(0, 1, log_secret_add);
    int64_t many = time_of_lines();
    change_secrets(0, 1, log_secret_remove);
    if (many > few * 30)
        fail_msg("%lld us with one secret, %lld us with %d", (long long)few, (long long)many, MANY);
}

static void credentials_go_and_english_stays(void **state)
{
    (void)state;
    assert_redacts("Authorization: Bot abc", "Authorization: Bot [redacted]");
    assert_redacts("{\"authorization\":\"Bot abc\"}", "{\"authorization\":\"Bot [redacted]\"}");
    assert_redacts("sent Bot sandbox-token-of-tenant01 now", "sent Bot [redacted] now");
    assert_redacts("Bearer abcdefghijklmnop", "Bearer [redacted]");
    assert_redacts("Bot started, Bot is up. Bot ", "Bot started, Bot is up. Bot ");
}

static void token_shapes_go_unregistered(void **state)
{
    (void)state;
    assert_redacts(TOKEN, "[redacted]");
    assert_redacts("{\"token\":\"" TOKEN "\",\"op\":2}", "{\"token\":\"[redacted]\",\"op\":2}");
    assert_redacts("{\\\"token\\\":\\\"" TOKEN "\\\"}", "{\\\"token\\\":\\\"[redacted]\\\"}");
    assert_redacts("a " TOKEN " b " TOKEN ".", "a [redacted] b [redacted]");
    assert_redacts("see gateway.discord.gg and 2026.08.01", "see gateway.discord.gg and 2026.08.01");
    assert_redacts("/var/lib/tenanttui/tenanttui.db.log.1", "/var/lib/tenanttui/tenanttui.db.log.1");
    assert_redacts("0123456789012345678901234567890123456789012345678901234567890123",
                   "0123456789012345678901234567890123456789012345678901234567890123");
}

static void lines_of_the_log_carry_no_secret(void **state)
{
    char *path = scratch_path(state, "log");
    log_secret_add("tricky\nsecret");
    open_log(path, LEVEL_INFO, false);
    log_event(LEVEL_INFO, TOKEN, TOKEN, "%s and tricky\nsecret", TOKEN);
    log_close();
    log_secret_remove("tricky\nsecret");
    char *text = read_file(path);
    assert_null(strstr(text, "GabcDE"));
    assert_null(strstr(text, "tricky"));
    free(text);
    free(path);
}

static void levels_have_words(void **state)
{
    (void)state;
    enum log_level level;
    struct error e;
    assert_int_equal(log_level_parse("warn", &level, NULL), 0);
    assert_int_equal(level, LEVEL_WARN);
    assert_string_equal(log_level_name(LEVEL_DEBUG), "debug");
    assert_int_equal(log_level_parse("wran", &level, &e), -1);
    assert_string_equal(e.message, "unknown level 'wran'; did you mean 'warn'?");
    assert_int_equal(e.code, ERROR_UNKNOWN_WORD);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_before_it_is_open),
        IN_SCRATCH(a_line_has_time_level_tenant_event_and_text),
        IN_SCRATCH(json_lines_are_documents),
        IN_SCRATCH(a_loose_mode_is_mended),
        IN_SCRATCH(a_log_that_cannot_be_written_is_an_error),
        IN_SCRATCH(a_full_file_moves_on_and_five_are_kept),
        IN_SCRATCH(reopening_follows_the_name),
        IN_SCRATCH(several_processes_lose_and_mix_no_line),
        cmocka_unit_test(registered_secrets_go_wherever_they_stand),
        cmocka_unit_test(a_secret_added_twice_stays_until_removed_twice),
        cmocka_unit_test(secrets_that_overlap_go_together),
        cmocka_unit_test(ten_thousand_secrets_are_found_and_forgotten),
        cmocka_unit_test(a_line_takes_no_longer_with_ten_thousand_secrets),
        cmocka_unit_test(credentials_go_and_english_stays),
        cmocka_unit_test(token_shapes_go_unregistered),
        IN_SCRATCH(lines_of_the_log_carry_no_secret),
        cmocka_unit_test(levels_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
