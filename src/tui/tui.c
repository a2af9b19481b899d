/* The terminal, the loop, and what wakes it: keys, the worker, commits of others, signals, the clock. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "watch.h"

/* While a command runs its progress is looked at this often. */
#define RUNNING_MS 300
#define HELD_MS 50 /* keys that wait for a screen's rows are looked at again */

/* --- signals --- */

static volatile sig_atomic_t ended, resized, stopped;
static int signal_fd = -1;

/* A signal between two looks at the descriptors would wake nobody: it is written to one of them. */
static void on_signal(int signal)
{
    int saved = errno;
    uint64_t one = 1;
    if (signal == SIGWINCH || signal == SIGCONT) /* while it was stopped the size may have changed untold */
        resized = 1;
    else if (signal == SIGTSTP)
        stopped = 1;
    else
        ended = signal;
    ssize_t written =
        write(signal_fd, &one, sizeof one); /* fails when the counter is full: it wakes anyway */
    (void)written;
    errno = saved;
}

static void catch_signals(int wake_fd)
{
    static const int caught[] = {SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGCONT, SIGTSTP};
    struct sigaction action = {.sa_handler = on_signal};
    signal_fd = wake_fd;
    ended = 0;
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        sigaction(caught[i], &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* --- the terminal --- */

static void restore_terminal(void)
{
    endwin();
}

static int no_terminal(struct error *e)
{
    error_set(e, ERROR_REFUSED, NULL, "the screens need a terminal on standard input and output");
    return error_hint(
        e, "in scripts use `tenanttui COMMAND`, e.g. `tenanttui list`; `tenanttui help` names them");
}

static int unfit_terminal(struct error *e, const char *what)
{
    const char *term = getenv("TERM");
    error_set(e, ERROR_REFUSED, "TERM", "the terminal type '%s' %s", term ? term : "", what);
    return error_hint(e,
                      "try TERM=xterm-256color or TERM=vt100; commands need no terminal: `tenanttui list`");
}

/* Before anything is opened or drawn. */
static int terminal_check(struct error *e)
{
    int known = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return no_terminal(e);
    if (setupterm(NULL, STDOUT_FILENO, &known) != OK)
        return unfit_terminal(e, "is not known here");
    bool moves = tigetstr("cup") && tigetstr("clear");
    del_curterm(cur_term);
    return moves ? 0 : unfit_terminal(e, "cannot move its cursor");
}

static int terminal_open(const struct tui_options *options, SCREEN **screen, struct error *e)
{
    *screen = newterm(NULL, stdout, stdin);
    if (!*screen)
        return unfit_terminal(e, "cannot be used");
    set_term(*screen);
    struct canvas_options canvas = {.color = options->color,
                                    .ascii = !str_equal(nl_langinfo(CODESET), "UTF-8"),
                                    .accessible = options->accessible};
    canvas_start(&canvas);
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    mouseinterval(0);
    /* What arrives together ncurses tells as one event, a double click too. */
    mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED,
              NULL);
    mem_on_exhausted(restore_terminal);
    return 0;
}

static void terminal_close(SCREEN *screen)
{
    endwin();
    delscreen(screen);
    mem_on_exhausted(NULL);
}

/* The next frame takes the terminal again. ^Z stops the whole job, as it does where the terminal sees to it:
 * a script or `demo` waits for us, and the shell for them. */
static void stop(struct app *app)
{
    struct sigaction action = {.sa_handler = SIG_DFL}, before;
    endwin();
    sigaction(SIGTSTP, &action, &before);
    kill(app->stop ? 0 : getpid(), SIGTSTP); /* this thread takes it before kill() returns */
    sigaction(SIGTSTP, &before, NULL);
    stopped = 0;
    app->stop = false;
    resized = 1;
}

static void take_size(struct app *app)
{
    struct winsize size;
    resized = 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    app->redraw = true;
}

/* --- the loop --- */

/* The clock's next minute, the refresh that is due, a look at what runs: nothing else wakes an idle screen.
 */
static int next_timeout(struct app *app)
{
    struct str line = STR_INIT;
    int64_t next = 60000 - time_now() % 60000 + 1, since;
    int percent;
    if (app->refresh_at) {
        int64_t due = app->refresh_at - time_monotonic();
        next = due < 0 ? 0 : due < next ? due : next;
    }
    if (app->idle_at) {
        int64_t due = app->idle_at - time_monotonic();
        next = due < 0 ? 0 : due < next ? due : next;
    }
    if (worker_running(app->worker, &line, &since, &percent) && next > RUNNING_MS)
        next = RUNNING_MS;
    if (app->held && next > HELD_MS)
        next = HELD_MS;
    str_release(&line);
    return (int)next;
}

static void loop(struct app *app, int wake_fd, struct watch *watch)
{
    while (!app->leave && !ended) {
        if (stopped || app->stop)
            stop(app);
        if (resized)
            take_size(app);
        if (app->redraw)
            app_draw(app, time_now());
        bool held = app_holds_keys(app);
        struct pollfd fds[] = {
            {held ? -1 : STDIN_FILENO, POLLIN, 0}, {wake_fd, POLLIN, 0}, {watch->fd, POLLIN, 0}};
        int n = poll(fds, 3, next_timeout(app));
        uint64_t count;
        if (n < 0 && errno != EINTR)
            break;
        if (n == 0 && !app->refresh_at && !app->idle_at && !held)
            app->redraw = true;
        if (n > 0 && fds[0].revents & (POLLHUP | POLLERR)) {
            ended = SIGHUP;
            break;
        }
        if (n > 0 && fds[1].revents && read(wake_fd, &count, sizeof count) > 0) {
            app_take_results(app);
            app->redraw = true; /* progress has no result */
        }
        app_read_keys(app);
        if (n > 0 && fds[2].revents && watch_changed(watch))
            app_others_wrote(app);
        if (app->refresh_at && time_monotonic() >= app->refresh_at)
            app_refresh(app);
        if (app->idle_at && time_monotonic() >= app->idle_at)
            app_idle(app);
    }
}

static void app_release(struct app *app)
{
    while (app->top) {
        struct view *v = app->top;
        app->top = v->below;
        v->type->free(v);
    }
    free(app->status.text);
    free(app->status.brief);
    free(app->status.briefer);
    free(app->status.repeat);
    free(app->status.aside);
    free(app->batch.wrong);
    json_free(app->acknowledged);
}

int tui_run(const struct tui_options *options, struct error *e)
{
    SCREEN *screen = NULL;
    struct watch watch = {.fd = -1};
    struct app app = {.options = options, .next_tag = TAG_VIEWS};
    int result = -1, wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (terminal_check(e))
        goto done;
    /* What is wrong with the database is told on the terminal as it was. */
    app.worker = worker_start(options, wake_fd, e);
    if (!app.worker || terminal_open(options, &screen, e))
        goto done;
    catch_signals(wake_fd);
    watch_start(&watch, options->watch_path);
    app.acknowledged = json_new_object();
    app_home(&app);
    if (options->greeting)
        app_say(&app, LOOK_WARN, "%s", options->greeting);
    loop(&app, wake_fd, &watch);
    terminal_close(screen);
    result = ended ? 128 + ended : 0;
done:
    worker_stop(app.worker, !ended);
    app_release(&app);
    watch_stop(&watch);
    close(wake_fd);
    return result;
}
