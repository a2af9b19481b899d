/* The text faces: one command from argv, -c, -f, the readline shell. They know command, domain, base only. */
#ifndef TT_CLI_CLI_H
#define TT_CLI_CLI_H

#include <stdbool.h>

#include "tt/command/command.h"

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

struct cli_options {
    struct command_session *session;
    const struct ports *ports;
    struct command_options command; /* defaults from the global options */
    enum cli_color color;

    /* Called before a line runs, so that main opens what it needs (nothing, a read store, a write store) and
     * hands it to the session. SHARED: the line is one of several in a transaction of its own to come, so
     * that the store must be writable. May be NULL. */
    int (*open)(void *context, const char *const *argv, size_t argc, const struct command_options *command,
                bool shared, struct error *e);
    void *context;
    const char *history; /* the shell's history file; NULL: none */
};

struct cli_line {
    const char *text;        /* one command line, or NULL and words */
    const char *const *argv; /* already split */
    size_t argc;
    const char *file; /* for "FILE:LINE:" prefixes; NULL none */
    int line;
};

/* Run lines in order, pushes and waits beside them; documents in the order of the lines. The exit status. */
int cli_run(const struct cli_options *options, const struct cli_line *lines, size_t count);
/* A file of command lines, "-" standard input, read as it comes. */
int cli_run_file(const struct cli_options *options, const char *path);
/* A prompt where standard input is a terminal; else the lines of standard input. */
int cli_shell(const struct cli_options *options);

/* --- signals --- */

/* SIGINT, SIGTERM and SIGHUP ask the running command to stop; SIGPIPE is ignored. INTERRUPT (may be NULL) is
 * called from the handler, so it must be safe there. A second signal ends the program at once with its
 * status. */
void cli_signals(void (*interrupt)(void));
/* 128 + the number of the signal that asked to stop; 0: none did. */
int cli_signal_status(void);

/* --- ports that a terminal fills; CONTEXT is not used --- */

int cli_confirm(void *context, const char *question, const char *expected, struct error *e);
int cli_read_secret(void *context, const char *prompt, struct str *out, struct error *e);
void cli_progress(void *context, const char *what, int64_t done, int64_t total);
bool cli_cancelled(void *context);
int cli_follow(void *context, const char *path, int64_t offset, void (*each)(void *, const char *line),
               void *arg);

/* --- output --- */

/* Print an error in the format asked for, on standard error; returns its exit status. FILE NULL: no prefix.
 */
int cli_error(const struct error *e, enum output_format format, const char *file, int line);
/* "tenanttui: TEXT" on standard error. */
void cli_notice(const char *text);
/* Flush standard output. STATUS, or 1 (told on standard error) when something could not be written; a reader
 * that has gone is no error. */
int cli_flush(int status);

#endif
