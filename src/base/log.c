#include "tt/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/json.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"

#define FILE_MAX (10 * 1024 * 1024)
#define FILES_KEPT 5

static const char *const level_names[LEVEL_COUNT + 1] = {"debug", "info", "warn", "error", NULL};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    bool open, json, to_stderr;
    enum log_level level;
    char *path;
    int fd;
} state = {.fd = -1};

/* --- the file --- */

static int open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        fchmod(fd, 0600);
    return fd;
}

/* Another process may have moved the file away under us. */
static bool still_ours(const struct stat *ours)
{
    struct stat there;
    return stat(state.path, &there) == 0 && there.st_dev == ours->st_dev && there.st_ino == ours->st_ino;
}

static void shift_files(void)
{
    for (int i = FILES_KEPT; i > 0; i--) {
        char *from = i > 1 ? mem_format("%s.%d", state.path, i - 1) : mem_strdup(state.path);
        char *to = mem_format("%s.%d", state.path, i);
        rename(from, to);
        free(from);
        free(to);
    }
}

static void reopen_file(void)
{
    int fd = open_file(state.path);
    if (fd < 0)
        return; /* better the old file than none */
    if (state.fd >= 0)
        close(state.fd);
    state.fd = fd;
}

/* Several processes append to one file. Whoever finds it full takes the file's lock; who waited for it finds
 * the name moved on and only opens the new file. */
static void rotate_when_full(size_t coming)
{
    struct stat st;
    if (state.fd < 0 || fstat(state.fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    if (!still_ours(&st)) {
        reopen_file();
        return;
    }
    if (st.st_size + (off_t)coming <= FILE_MAX || st.st_size == 0)
        return;
    if (flock(state.fd, LOCK_EX) < 0)
        return;
    int old = state.fd;
    if (still_ours(&st))
        shift_files();
    state.fd = -1;
    reopen_file();
    if (state.fd < 0)
        state.fd = old;
    flock(old, LOCK_UN);
    if (state.fd != old)
        close(old);
}

static void write_whole(int fd, const struct str *line)
{
    /* One write: O_APPEND keeps lines of several processes apart. A full disk loses the line, nothing else.
     */
    ssize_t n;
    do
        n = write(fd, line->data, line->len);
    while (n < 0 && errno == EINTR);
}

/* Somebody who does not read what he asked to see, or a stopped terminal, holds nobody up: the file has it.
 */
static bool has_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) != 0;
}

/* --- the log --- */

static void close_locked(void)
{
    if (state.fd >= 0)
        close(state.fd);
    free(state.path);
    memset(&state, 0, sizeof state);
    state.fd = -1;
}

int log_open(const struct log_options *options, struct error *e)
{
    pthread_mutex_lock(&lock);
    close_locked();
    int status = 0;
    if (options->path) {
        state.path = mem_strdup(options->path);
        state.fd = open_file(options->path);
        if (state.fd < 0)
            status = error_set(e, ERROR_REFUSED, "file", "cannot write the log %s: %s", options->path,
                               strerror(errno));
    }
    state.open = status == 0;
    state.json = options->json;
    state.to_stderr = options->to_stderr;
    state.level = options->level;
    pthread_mutex_unlock(&lock);
    return status;
}

void log_close(void)
{
    pthread_mutex_lock(&lock);
    close_locked();
    pthread_mutex_unlock(&lock);
}

void log_reopen(void)
{
    pthread_mutex_lock(&lock);
    if (state.open && state.path)
        reopen_file();
    pthread_mutex_unlock(&lock);
}

static void print_text(struct str *out, const char *time, enum log_level level, const char *tenant,
                       const char *event, const char *message)
{
    str_addf(out, "%s %s ", time, level_names[level]);
    text_safe(out, tenant ? tenant : "-");
    str_add_char(out, ' ');
    text_safe(out, event);
    str_add_char(out, ' ');
    text_safe(out, message);
}

static void print_json(struct str *out, const char *time, enum log_level level, const char *tenant,
                       const char *event, const char *message)
{
    const char *const members[] = {"{\"time\":",    time,   ",\"level\":", level_names[level],
                                   ",\"tenant\":",  tenant, ",\"event\":", event,
                                   ",\"message\":", message};
    for (size_t i = 0; i < sizeof members / sizeof *members; i += 2) {
        str_add(out, members[i]);
        if (members[i + 1])
            json_print_string(members[i + 1], out);
        else
            str_add(out, "null");
    }
    str_add_char(out, '}');
}

void log_event(enum log_level level, const char *tenant, const char *event, const char *format, ...)
{
    pthread_mutex_lock(&lock);
    bool wanted = state.open && level >= state.level;
    bool json = state.json;
    pthread_mutex_unlock(&lock);
    if (!wanted)
        return;

    struct str message = STR_INIT, line = STR_INIT;
    char time[TIME_TEXT];
    va_list args;
    va_start(args, format);
    str_addv(&message, format, args);
    va_end(args);
    /* Before the escapes of the line can break a secret up, and after, for tenant and event. */
    log_redact(&message);
    (json ? print_json : print_text)(&line, time_format_ms(time_now(), time), level, tenant, event,
                                     str_text(&message));
    log_redact(&line);
    str_add_char(&line, '\n');

    pthread_mutex_lock(&lock);
    if (state.open && state.to_stderr && (state.fd < 0 || has_room(STDERR_FILENO)))
        write_whole(STDERR_FILENO, &line);
    if (state.open && state.path) {
        rotate_when_full(line.len);
        if (state.fd < 0)
            reopen_file();
        if (state.fd >= 0)
            write_whole(state.fd, &line);
    }
    pthread_mutex_unlock(&lock);
    str_release(&message);
    str_release(&line);
}

const char *log_level_name(enum log_level level)
{
    return (unsigned)level < LEVEL_COUNT ? level_names[level] : "error";
}

int log_level_parse(const char *word, enum log_level *level, struct error *e)
{
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (str_equal(level_names[i], word)) {
            *level = (enum log_level)i;
            return 0;
        }
    const char *near = text_nearest(word, level_names);
    if (near)
        error_set(e, ERROR_UNKNOWN_WORD, "level", "unknown level '%s'; did you mean '%s'?", word, near);
    else
        error_set(e, ERROR_UNKNOWN_WORD, "level", "unknown level '%s'", word);
    return error_hint(e, "known: debug, info, warn, error");
}
