#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <readline/readline.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "local.h"

/* A push that is acknowledged within this time is told in the line of its command; a later one above the
 * prompt. */
#define INLINE_WAIT_MS 300

struct shell {
    const struct cli_options *cli;
    struct tenants_in_use use;
    struct line_job *waiting, **tail; /* whose pushes are not finished */
    int status;                       /* of the last line */
    bool leave, installed;
};

/* readline's callbacks carry no context. */
static struct shell *running;
static volatile sig_atomic_t resized;

static void on_resize(int number)
{
    (void)number;
    resized = 1;
}

static void on_line(char *line);

static void show_prompt(struct shell *s)
{
    struct str prompt = STR_INIT;
    use_prompt(&s->use, &prompt);
    rl_callback_handler_install(str_text(&prompt), on_line);
    str_release(&prompt);
    s->installed = true;
}

static void hide_prompt(struct shell *s)
{
    if (s->installed)
        rl_callback_handler_remove();
    s->installed = false;
}

/* --- lines --- */

static void finish(struct shell *s, struct line_job *job)
{
    line_finish(job);
    s->status = job->status;
    output_flush();
    line_free(job);
}

/* What is known before the bot has answered. */
static void tell_saved(struct line_job *job)
{
    struct str text = STR_INIT;
    str_addf(&text, "%s; waiting for the bot", job->out.done ? job->out.done : "saved");
    if (job->out.audit)
        str_addf(&text, " (audit %lld)", (long long)job->out.audit);
    writer_message(job->writer, MESSAGE_NOTICE, str_text(&text));
    str_release(&text);
}

static bool collected_within(struct shell *s, struct line_job *job, int64_t ms)
{
    const struct ports *ports = s->cli->ports;
    int64_t until = time_monotonic() + ms;
    while (!line_collect(job)) {
        int64_t left = until - time_monotonic();
        if (left <= 0 || cli_signal_status())
            return false;
        struct pollfd fd = {.fd = ports->push_fd ? ports->push_fd(ports->context) : -1, .events = POLLIN};
        signals_poll(&fd, 1, fd.fd < 0 && left > 10 ? 10 : (int)left);
    }
    return true;
}

static void run_words(struct shell *s, char **words, size_t count)
{
    struct line_job *job = line_new(s->cli, NULL, 0, words, count);
    line_direct(job);
    if (line_prepare(job) != 0 || line_run(job) != 0) {
        s->status = job->status;
        line_free(job);
        return;
    }
    if (collected_within(s, job, INLINE_WAIT_MS)) {
        finish(s, job);
        return;
    }
    tell_saved(job);
    *s->tail = job;
    s->tail = &job->next;
}

static char **copy_words(char **words, size_t count)
{
    char **copy = mem_zero(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_strdup(words[i]);
    return copy;
}

/* Whose rows come now. */
static void tell_whose(const struct shell *s, size_t tenant)
{
    struct str line = STR_INIT;

    if (s->use.count < 2 || s->cli->command.quiet)
        return;
    output_flush();
    str_addf(&line, "%s:\n", s->use.ids[tenant]);
    output_write(STDERR_FILENO, line.data, line.len);
    str_release(&line);
}

/* A line that says "." runs once for each tenant in use. Takes WORDS. */
static void run_for_tenants(struct shell *s, char **words, size_t count)
{
    size_t at = use_named((const char *const *)words, count);
    if (at == count || s->use.count == 0) {
        run_words(s, words, count);
        return;
    }
    for (size_t i = 0; i < s->use.count && !cli_signal_status(); i++) {
        char **copy = copy_words(words, count);
        free(copy[at]);
        copy[at] = mem_strdup(s->use.ids[i]);
        tell_whose(s, i);
        run_words(s, copy, count);
    }
    words_free(words, count);
}

static void use_tenants(struct shell *s, char **words, size_t count)
{
    struct error e;
    if (use_set(&s->use, s->cli->session, (const char *const *)words + 1, count - 1, &e) != 0) {
        s->status = cli_error(&e, OUTPUT_TEXT, NULL, 0);
        return;
    }
    s->status = 0;
}

static const char own_help[] =
    "In this shell: use TENANT... names the tenants that . stands for (use alone: none);\n"
    "a line with . runs once for each of them. exit or Ctrl-D leaves.\n";

static void run_line(struct shell *s, const char *line)
{
    struct error e;
    size_t count = 0;
    char **words = words_split(line, &count, &e);
    if (!words) {
        s->status = cli_error(&e, s->cli->command.format, NULL, 0);
        return;
    }
    const char *first = count ? words[0] : "";
    bool own = true;
    if (str_equal(first, "exit") || str_equal(first, "quit"))
        s->leave = true;
    else if (str_equal(first, "use"))
        use_tenants(s, words, count);
    else
        own = count == 0;
    if (own) {
        words_free(words, count);
        return;
    }
    bool overview = count == 1 && str_equal(first, "help");
    run_for_tenants(s, words, count);
    if (overview)
        output_write(STDOUT_FILENO, own_help, strlen(own_help));
    output_flush();
}

static void on_line(char *line)
{
    struct shell *s = running;
    hide_prompt(s);
    if (!line) {
        fputs("\n", stdout);
        s->leave = true;
        return;
    }
    history_keep(s->cli->history, line);
    run_line(s, line);
    free(line);
    /* Ctrl-C ended the command, not the shell. */
    signal_forget_interrupt();
    if (!s->leave)
        show_prompt(s);
}

/* --- what happens while a line is being typed --- */

static void report_finished(struct shell *s)
{
    for (struct line_job **at = &s->waiting; *at;) {
        struct line_job *job = *at;
        if (!line_collect(job)) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        if (s->tail == &job->next)
            s->tail = at;
        if (s->installed)
            rl_clear_visible_line();
        finish(s, job);
        if (s->installed) {
            rl_on_new_line();
            rl_forced_update_display();
        }
    }
}

static void drop_input_line(void)
{
    fputs("^C\n", stdout);
    output_flush();
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_replace_line("", 0);
    rl_on_new_line();
    rl_redisplay();
}

static void wait_for_something(struct shell *s)
{
    const struct ports *ports = s->cli->ports;
    int pushes = s->waiting && ports->push_fd ? ports->push_fd(ports->context) : -1;
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = pushes, .events = POLLIN}};
    int n = signals_poll(fds, 2, s->waiting && pushes < 0 ? 10 : -1);
    if (resized) {
        resized = 0;
        rl_resize_terminal();
    }
    if (cli_signal_status() == 128 + SIGINT) {
        signal_forget_interrupt();
        drop_input_line();
    } else if (cli_signal_status()) {
        s->leave = true;
    }
    if (n > 0 && fds[0].revents && !s->leave)
        rl_callback_read_char();
    if (s->waiting && !s->leave)
        report_finished(s);
}

static void wait_for_pushes(struct shell *s)
{
    if (s->waiting)
        cli_notice("waiting for the bots; Ctrl-C leaves, and what is saved will still be pushed");
    while (s->waiting) {
        struct line_job *job = s->waiting;
        while (!cli_signal_status() && !collected_within(s, job, 1000))
            ;
        s->waiting = job->next;
        if (cli_signal_status())
            line_interrupt(job);
        finish(s, job);
    }
}

static void start(struct shell *s)
{
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_instream = stdin;
    rl_outstream = stdout;
    struct sigaction action = {.sa_handler = on_resize};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
    complete_start(s->cli->session, &s->use);
    history_start(s->cli->history);
    /* For completion with live data; a database that cannot be used is told by the first command that needs
     * it. */
    const char *const reading[] = {"list"};
    if (s->cli->open)
        s->cli->open(s->cli->context, reading, 1, &s->cli->command, false, NULL);
}

int cli_shell(const struct cli_options *options)
{
    if (!isatty(STDIN_FILENO))
        return shell_run_lines(options);
    struct shell s = {.cli = options};
    s.tail = &s.waiting;
    running = &s;
    start(&s);
    show_prompt(&s);
    while (!s.leave)
        wait_for_something(&s);
    hide_prompt(&s);
    wait_for_pushes(&s);
    use_release(&s.use);
    running = NULL;
    return cli_flush(cli_signal_status() ? cli_signal_status() : s.status);
}
