#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "local.h"

#define ANSWER_LIMIT 4096

static int read_interrupted(struct error *e)
{
    return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted");
}

/* One line of FD without its end. Byte by byte where others will read what follows. */
static int read_answer(int fd, struct str *out, struct error *e)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (signals_poll(&p, 1, -1) < 0) {
            if (cli_signal_status())
                return read_interrupted(e);
            continue;
        }
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0 || c == '\n')
            return 0;
        if (out->len >= ANSWER_LIMIT)
            return error_set(e, ERROR_MALFORMED, NULL, "the answer is longer than %d bytes", ANSWER_LIMIT);
        str_add_char(out, c);
    }
}

static bool can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int cli_confirm(void *context, const char *question, const char *expected, struct error *e)
{
    (void)context;
    if (!can_ask()) {
        error_set(e, ERROR_REFUSED, NULL, "%s There is no terminal to ask at", question);
        return error_hint(e, "repeat the line with --yes");
    }
    struct str text = STR_INIT, answer = STR_INIT;
    if (expected)
        str_addf(&text, "%s\nType %s to go on: ", question, expected);
    else
        str_addf(&text, "%s [y/N] ", question);
    cli_progress(NULL, "", 0, 0);
    output_write(STDERR_FILENO, text.data, text.len);
    fflush(stderr);
    int rc = read_answer(STDIN_FILENO, &answer, e);
    str_trim(&answer);
    if (rc == 0) {
        bool yes =
            expected ? str_equal(str_text(&answer), expected)
                     : str_equal_nocase(str_text(&answer), "y") || str_equal_nocase(str_text(&answer), "yes");
        if (!yes)
            rc = error_set(e, ERROR_REFUSED, NULL,
                           expected ? "not confirmed: that is not the name" : "not confirmed");
    } else {
        output_write(STDERR_FILENO, "\n", 1);
    }
    str_release(&text);
    str_release(&answer);
    return rc;
}

int cli_read_secret(void *context, const char *prompt, struct str *out, struct error *e)
{
    (void)context;
    if (!isatty(STDIN_FILENO)) {
        int rc = read_answer(STDIN_FILENO, out, e);
        str_trim(out);
        return rc;
    }
    /* The terminal itself, so that nothing is typed into a redirected standard error. */
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_set(e, ERROR_REFUSED, NULL, "no terminal to read the secret from: %s", strerror(errno));
    struct termios before;
    int rc = tcgetattr(fd, &before);
    if (rc != 0) {
        rc = error_set(e, ERROR_REFUSED, NULL, "cannot turn the terminal's echo off: %s", strerror(errno));
        goto done;
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    /* Signals wait until the echo is back: read_answer lets them in only while it polls, and returns. */
    sigset_t signals;
    signals_block(&signals);
    tcsetattr(fd, TCSAFLUSH, &silent);
    cli_progress(NULL, "", 0, 0);
    fflush(stdout);
    if (write(fd, prompt, strlen(prompt)) < 0)
        rc = -1;
    rc = read_answer(fd, out, e);
    tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0 && rc == 0)
        rc = error_set(e, ERROR_INTERNAL, NULL, "the terminal has gone");
    pthread_sigmask(SIG_SETMASK, &signals, NULL);
    str_trim(out);
    if (rc == 0 && !out->len)
        rc = error_set(e, ERROR_REFUSED, NULL, "cancelled: nothing was typed");
done:
    close(fd);
    return rc;
}
