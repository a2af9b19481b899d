#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "tt/base/fs.h"

static void reading_appends_the_whole_file(void **state)
{
    char *path = scratch_path(state, "file");
    struct str out = STR_INIT;
    str_add(&out, "before ");
    assert_int_equal(file_put(path, "second", 6, 0600), 0);
    assert_int_equal(fs_read(path, 6, &out, NULL), 0);
    assert_string_equal(out.data, "before second");
    str_release(&out);
    free(path);
}

static void reading_names_what_is_absent_and_too_large(void **state)
{
    char *path = scratch_path(state, "file");
    struct str out = STR_INIT;
    struct error e = {0};
    assert_int_equal(fs_read(path, 10, &out, &e), -1);
    assert_int_equal(e.code, ERROR_NO_SUCH);
    assert_non_null(strstr(e.message, path));
    file_put(path, "12345678901", 11, 0600);
    str_add(&out, "kept");
    assert_int_equal(fs_read(path, 10, &out, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    assert_string_equal(out.data, "kept");
    assert_int_equal(fs_read(*state, 10, &out, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    str_release(&out);
    free(path);
}

static void writing_puts_every_byte_or_says_why_not(void **state)
{
    int ends[2], full = open("/dev/full", O_WRONLY);
    char got[8] = "";
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fs_write(ends[1], "abc\0def", 7), 0);
    assert_int_equal(fs_write(ends[1], NULL, 0), 0);
    assert_int_equal(read(ends[0], got, sizeof got), 7);
    assert_memory_equal(got, "abc\0def", 7);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(fs_write(full, "x", 1), -1);
    assert_true(fs_full(errno));
    close(full);
}

static void directories_are_made_with_their_parents(void **state)
{
    char *deep = scratch_path(state, "a/b//c/"), *file = scratch_path(state, "x/y/file"),
         *below_file = scratch_path(state, "plain/sub"), *plain = scratch_path(state, "plain"),
         *parent = scratch_path(state, "x/y");
    struct error e = {0};
    assert_int_equal(fs_make_dirs(deep, 0700, NULL), 0);
    assert_int_equal(fs_make_dirs(deep, 0700, NULL), 0);
    assert_int_equal(mode_of(deep), 0700);
    assert_int_equal(fs_make_parent(file, 0700, NULL), 0);
    assert_true(fs_exists(parent));
    assert_false(fs_exists(file));
    assert_int_equal(fs_make_parent("file", 0700, NULL), 0);
    assert_int_equal(fs_sync_parent(file), 0);
    file_put(plain, "", 0, 0600);
    assert_int_equal(fs_make_dirs(below_file, 0700, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    free(deep);
    free(file);
    free(below_file);
    free(plain);
    free(parent);
}

static void assert_path(char *path, const char *expected)
{
    assert_string_equal(path, expected);
    free(path);
}

static void default_paths_follow_the_environment(void **state)
{
    (void)state;
    setenv("XDG_DATA_HOME", "/d", 1);
    setenv("XDG_CONFIG_HOME", "/c", 1);
    setenv("XDG_STATE_HOME", "/s", 1);
    assert_path(fs_default_database(), "/d/tenanttui/tenanttui.db");
    assert_path(fs_default_key(), "/c/tenanttui/key");
    assert_path(fs_default_state("history"), "/s/tenanttui/history");
    unsetenv("XDG_DATA_HOME");
    setenv("XDG_CONFIG_HOME", "", 1);
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/home/rina", 1);
    assert_path(fs_default_database(), "/home/rina/.local/share/tenanttui/tenanttui.db");
    assert_path(fs_default_key(), "/home/rina/.config/tenanttui/key");
    assert_path(fs_default_state("history"), "/home/rina/.local/state/tenanttui/history");
    setenv("HOME", "/", 1);
    assert_path(fs_default_key(), "/.config/tenanttui/key");
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(reading_appends_the_whole_file),
        IN_SCRATCH(reading_names_what_is_absent_and_too_large),
        cmocka_unit_test(writing_puts_every_byte_or_says_why_not),
        IN_SCRATCH(directories_are_made_with_their_parents),
        cmocka_unit_test(default_paths_follow_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
