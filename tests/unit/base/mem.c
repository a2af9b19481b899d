#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tt/base/mem.h"

static void size_zero_gives_a_pointer(void **state)
{
    (void)state;
    void *a = mem_alloc(0), *b = mem_zero(0, 8);
    assert_non_null(a);
    assert_non_null(b);
    free(a);
    free(mem_resize(b, 0, 0));
}

static void copies_and_formats(void **state)
{
    (void)state;
    char *a = mem_strdup("abc"), *b = mem_strndup("abcdef", 2), *c = mem_strndup("a\0b", 3),
         *d = mem_format("%d-%s", 7, "x");
    assert_null(mem_strdup(NULL));
    assert_string_equal(a, "abc");
    assert_string_equal(b, "ab");
    assert_string_equal(c, "a");
    assert_string_equal(d, "7-x");
    free(a);
    free(b);
    free(c);
    free(d);
}

static void wiping_leaves_zeroes(void **state)
{
    (void)state;
    char secret[] = "secret", zero[sizeof secret] = {0};
    mem_wipe(secret, sizeof secret);
    assert_memory_equal(secret, zero, sizeof secret);
    mem_wipe(NULL, 10);
}

static void leave_a_mark(void)
{
    (void)!write(STDOUT_FILENO, "restored", 8);
}

/* Run ACT in a child whose core is not written; the hook's mark is what it prints. */
static void dies_after_the_hook(void (*act)(void))
{
    int out[2], status;
    char mark[16] = "";
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        dup2(out[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        mem_on_exhausted(leave_a_mark);
        act();
        _exit(0);
    }
    close(out[1]);
    assert_int_equal(read(out[0], mark, sizeof mark - 1), 8);
    assert_string_equal(mark, "restored");
    close(out[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void an_array_is_turned_around(void **state)
{
    (void)state;
    int odd[] = {1, 2, 3}, even[] = {1, 2, 3, 4};
    mem_reverse(odd, 3, sizeof *odd);
    mem_reverse(even, 4, sizeof *even);
    assert_memory_equal(odd, ((int[]){3, 2, 1}), sizeof odd);
    assert_memory_equal(even, ((int[]){4, 3, 2, 1}), sizeof even);
    mem_reverse(odd, 1, sizeof *odd);
    mem_reverse(NULL, 0, sizeof *odd);
    assert_int_equal(odd[0], 3);
}

static void overflow(void)
{
    free(mem_resize(NULL, SIZE_MAX / 2, 3));
}

static void an_overflowing_size_calls_the_hook_and_aborts(void **state)
{
    (void)state;
    dies_after_the_hook(overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_gives_a_pointer),
        cmocka_unit_test(copies_and_formats),
        cmocka_unit_test(wiping_leaves_zeroes),
        cmocka_unit_test(an_array_is_turned_around),
        cmocka_unit_test(an_overflowing_size_calls_the_hook_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
