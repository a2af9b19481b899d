#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tt/base/time.h"

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* In the child: nothing but calls that are safe between fork and exec. */
static void become(const struct child_options *o, int in, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    static const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        signal(usual[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    if (o->apart)
        setsid();
    int null = open("/dev/null", O_RDWR);
    if (!o->inherit_in)
        dup2(in >= 0 ? in : null, STDIN_FILENO);
    if (out >= 0)
        dup2(out, STDOUT_FILENO);
    if (o->errors) {
        int errors = o->errors[0] ? open(o->errors, O_WRONLY | O_CREAT | O_APPEND, 0600) : STDOUT_FILENO;
        dup2(errors >= 0 ? errors : null, STDERR_FILENO);
    }
    execv("/proc/self/exe", (char *const *)(uintptr_t)o->argv);
    _exit(127);
}

int child_start(struct child *c, const struct child_options *options, struct error *e)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    *c = (struct child){.in = -1, .out = -1};
    if ((options->in && pipe2(in, O_CLOEXEC) != 0) || (options->out && pipe2(out, O_CLOEXEC) != 0))
        goto failed;
    fflush(NULL);
    pid_t parent = getpid();
    c->pid = fork();
    if (c->pid < 0)
        goto failed;
    if (c->pid == 0)
        become(options, in[0], out[1], parent);
    close_end(&in[0]);
    close_end(&out[1]);
    c->in = in[1];
    c->out = out[0];
    return 0;
failed:
    c->pid = 0;
    error_set(e, ERROR_INTERNAL, NULL, "cannot start %s: %s", options->argv[1], strerror(errno));
    for (int i = 0; i < 2; i++) {
        close_end(&in[i]);
        close_end(&out[i]);
    }
    return -1;
}

int child_feed(struct child *c, const char *text, size_t n, struct error *e)
{
    int rc = 0;
    while (n && rc == 0) {
        ssize_t done = write(c->in, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            rc = error_set(e, ERROR_INTERNAL, NULL, "it does not read its input: %s", strerror(errno));
        } else {
            text += done;
            n -= (size_t)done;
        }
    }
    close_end(&c->in);
    return rc;
}

int child_line(struct child *c, struct str *line, int ms, struct error *e)
{
    int64_t until = time_monotonic() + ms;
    for (;;) {
        int64_t left = until - time_monotonic();
        struct pollfd fd = {.fd = c->out, .events = POLLIN};
        if (left <= 0 || poll(&fd, 1, (int)left) < 0)
            return error_set(e, ERROR_INTERNAL, NULL, "no line came within %d ms", ms);
        char byte;
        if (read(c->out, &byte, 1) != 1)
            return error_set(e, ERROR_INTERNAL, NULL, "it ended without a line");
        if (byte == '\n')
            return 0;
        str_add_char(line, byte);
    }
}

int child_wait(struct child *c)
{
    int status = 0;
    close_end(&c->in);
    close_end(&c->out);
    if (!c->pid)
        return 0;
    while (waitpid(c->pid, &status, 0) < 0)
        if (errno != EINTR)
            break;
    c->pid = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_output(struct child *c, struct str *out)
{
    char chunk[4096];
    ssize_t n;
    while ((n = read(c->out, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            str_add_bytes(out, chunk, (size_t)n);
    return child_wait(c);
}

bool child_ended(struct child *c)
{
    siginfo_t info = {0};
    return !c->pid ||
           (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == c->pid);
}

void child_kill(struct child *c)
{
    if (c->pid)
        kill(c->pid, SIGKILL);
    child_wait(c);
}

void child_end(struct child *c, int ms)
{
    if (c->pid)
        kill(c->pid, SIGTERM);
    for (int64_t until = time_monotonic() + ms; !child_ended(c) && time_monotonic() < until;)
        poll(NULL, 0, 5);
    child_kill(c);
}
