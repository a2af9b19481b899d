#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "local.h"

static volatile sig_atomic_t received;
static void (*interrupt_hook)(void);

static void on_signal(int number)
{
    int saved = errno;
    if (received)
        _exit(128 + number);
    received = number;
    if (interrupt_hook)
        interrupt_hook();
    errno = saved;
}

static const int asking[] = {SIGINT, SIGTERM, SIGHUP};

void cli_signals(void (*interrupt)(void))
{
    interrupt_hook = interrupt;
    /* No SA_RESTART: a wait for input ends, and its caller looks at cli_cancelled. */
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) {
        struct sigaction before;
        sigaction(asking[i], NULL, &before);
        if (before.sa_handler != SIG_IGN || asking[i] == SIGINT)
            sigaction(asking[i], &action, NULL);
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

int cli_signal_status(void)
{
    return received ? 128 + (int)received : 0;
}

bool cli_cancelled(void *context)
{
    (void)context;
    return received != 0 || output_gone();
}

void signal_forget_interrupt(void)
{
    if (received == SIGINT)
        received = 0;
}

void signals_block(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        sigaddset(&set, asking[i]);
    sigaddset(&set, SIGWINCH);
    /* pthread_sigmask, since the pusher's thread exists beside this one. */
    pthread_sigmask(SIG_BLOCK, &set, before);
}

int signals_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    sigset_t before, open;
    signals_block(&before);
    /* Whoever holds them back (a terminal without echo) lets them in here. */
    open = before;
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        sigdelset(&open, asking[i]);
    int n = -1;
    if (received) {
        errno = EINTR;
    } else {
        struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
        n = ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, &open);
    }
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return n;
}
