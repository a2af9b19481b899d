/* How long a program runs from its start to its end: commands in turn, so that a busy moment of the machine
 * hits all.
 *
 * spawn RUNS COMMAND... [-- COMMAND...]...     prints one line of microseconds, the median of each command */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define COMMANDS_MAX 8
#define WARM_UP 3

extern char **environ;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Microseconds, or -1 with a line on standard error. */
static int64_t run(char **argv, const posix_spawn_file_actions_t *actions)
{
    pid_t pid;
    int status, error;
    int64_t from = now_us();
    error = posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);
    if (error || waitpid(pid, &status, 0) != pid) {
        fprintf(stderr, "spawn: %s: %s\n", argv[0], strerror(error ? error : errno));
        return -1;
    }
    int64_t us = now_us() - from;
    if (status != 0) {
        fprintf(stderr, "spawn: %s ended with %d\n", argv[0], status);
        return -1;
    }
    return us;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS_MAX];
    size_t count = 0, runs = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc && count < COMMANDS_MAX; i++) {
        commands[count++] = argv + i;
        while (i < argc && strcmp(argv[i], "--") != 0)
            i++;
        argv[i] = NULL;
    }
    if (runs == 0 || count == 0) {
        fputs("usage: spawn RUNS COMMAND... [-- COMMAND...]...\n", stderr);
        return 2;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    int64_t *us = calloc(runs * count, sizeof *us);
    int result = us ? 0 : 1;
    for (size_t i = 0; result == 0 && i < runs + WARM_UP; i++) {
        for (size_t c = 0; c < count; c++) {
            int64_t took = run(commands[c], &actions);
            if (took < 0)
                result = 1;
            else if (i >= WARM_UP)
                us[c * runs + i - WARM_UP] = took;
        }
    }
    for (size_t c = 0; result == 0 && c < count; c++) {
        qsort(us + c * runs, runs, sizeof *us, by_value);
        printf("%lld%s", (long long)us[c * runs + runs / 2], c + 1 < count ? " " : "\n");
    }
    posix_spawn_file_actions_destroy(&actions);
    free(us);
    return result;
}
