#include <fcntl.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tt/base/crypto.h"
#include "program.h"
#include "tt/store/stock.h"

/* A process that may hold a token leaves no core file and is closed to debuggers of the same user. */
static void guard_secrets(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* Where standard input, output or error is closed, the next file opened would take its place, and what is
 * printed would go into it. What stands there instead cannot be written, so that nobody believes that his
 * output is somewhere. */
static void hold_standard_files(void)
{
    for (int fd = open("/dev/null", O_RDONLY); fd >= 0; fd = open("/dev/null", O_RDONLY))
        if (fd > STDERR_FILENO) {
            close(fd);
            return;
        }
}

/* A file size limit is an error of the write, like a full disk; children inherit this. */
static void survive_file_limits(void)
{
    signal(SIGXFSZ, SIG_IGN);
}

/* A descriptor for each bot's connection. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* "op:rina": as the audit names who sits at this terminal. */
static void name_operator(struct actor *actor)
{
    const struct passwd *user = getpwuid(getuid());
    actor->role = ROLE_OWNER;
    if (user && user->pw_name)
        snprintf(actor->who, sizeof actor->who, "op:%s", user->pw_name);
    else
        snprintf(actor->who, sizeof actor->who, "op:%lu", (unsigned long)getuid());
}

static int only_word(const struct options *o, struct error *e)
{
    if (o->rest_count == 1)
        return 0;
    return error_set(e, ERROR_EXTRA_ARGUMENT, NULL, "%s takes no argument '%s'", o->rest[0], o->rest[1]);
}

static int run_face(struct program *p)
{
    struct options *o = &p->options;
    const char *word = o->rest_count ? o->rest[0] : "";
    struct error e;
    if (o->help)
        return face_help();
    if (o->version) {
        puts("tenanttui " TENANTTUI_VERSION);
        return cli_flush(0);
    }
    if (face_help_asked(o))
        return face_help_on(word);
    if (str_equal(word, "sandbox")) {
        raise_file_limit();
        return face_sandbox(o->rest + 1, o->rest_count - 1, o->command.format);
    }
    if (str_equal(word, "complete")) {
        bool ended = o->rest_count > 1 && str_equal(o->rest[1], "--");
        return face_complete(p, o->rest + 1 + ended, o->rest_count - 1 - ended);
    }
    if (str_equal(word, "manual"))
        return face_manual(o->rest + 1, o->rest_count - 1);
    guard_secrets();
    if (str_equal(word, "demo"))
        return face_demo(o);
    bool lines = o->line_count || o->file || (o->rest_count && !str_equal(word, "shell"));
    if (program_check_address(o, &e) != 0 || (!lines && program_check_authorities(o, &e) != 0))
        return cli_error(&e, o->bot && o->log_json ? OUTPUT_JSON : o->command.format, NULL, 0);
    if (o->bot) {
        raise_file_limit();
        return face_bot(p);
    }
    if (str_equal(word, "shell"))
        return only_word(o, &e) == 0 ? face_commands(p, FACE_SHELL)
                                     : cli_error(&e, o->command.format, NULL, 0);
    if (o->line_count || o->file || o->rest_count)
        return face_commands(p, FACE_CLI);
    return face_screens(p);
}

int main(int argc, char **argv)
{
    struct program p = {0};
    struct error e;
    int status;
    hold_standard_files();
    survive_file_limits();
    setlocale(LC_ALL, "");
    crypto_start();
    const char *const *words = (const char *const *)argv + (argc > 0);
    if (options_read(&p.options, words, argc > 0 ? (size_t)argc - 1 : 0, &e) != 0) {
        status = cli_error(&e, p.options.command.format, NULL, 0);
    } else {
        options_defaults(&p.options);
        stock_keep_plain(str_equal(getenv("TENANTTUI_STOCK"), "plain"));
        name_operator(&p.actor);
        program_fill_ports(&p);
        status = run_face(&p);
    }
    options_release(&p.options);
    return status;
}
