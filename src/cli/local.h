/* Private to cli: output, signals, one line's life. */
#ifndef TT_CLI_LOCAL_H
#define TT_CLI_LOCAL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "tt/base/str.h"
#include "tt/cli/cli.h"

/* --- signal.c --- */

void signal_forget_interrupt(void);   /* the shell goes on after Ctrl-C */
void signals_block(sigset_t *before); /* INT TERM HUP WINCH; restore with pthread_sigmask */
/* poll() that a signal ends, also one that came just before: -1 and EINTR. TIMEOUT -1: none. */
int signals_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/* --- output.c --- */

/* Write to standard output or error. A reader that has gone makes output_gone() true, and the rest is
 * dropped. */
void output_write(int fd, const char *bytes, size_t n);
void output_flush(void);
bool output_gone(void);
bool output_utf8(void);
bool output_color(const struct cli_options *options, int fd);
int output_width(int fd); /* terminal columns, 0 when it is none */
/* What cli_error prints, with its newline, appended. */
void error_write(const struct error *e, enum output_format format, const char *file, int line,
                 struct str *out);
/* A line on standard error that a progress bar must not tear; ends the bar first. */
void output_line(const char *text);

/* --- line.c: one line from its words to its document --- */

/* What is told of a push whose wait was interrupted. */
void push_interrupted(struct push_result *result);

struct line_job {
    struct line_job *next;
    const struct cli_options *cli;
    struct command_options options; /* of the call and of the line */
    char *file;                     /* heap; NULL none */
    int line;
    char **words; /* heap */
    size_t count;

    bool direct;             /* first in the queue: what it writes goes straight out */
    struct str data, errors; /* written while it was not */
    struct writer *writer;

    bool ran;   /* session_run came back well: `out` counts */
    int status; /* of an error; 0 none */
    struct outcome out;
    struct push_ticket **tickets; /* one for the outcome and each of its `more`; NULL where none */
    size_t ticket_count;
    bool shared; /* pushed by the batch, not by itself */
};

/* Takes WORDS. Never NULL. */
struct line_job *line_new(const struct cli_options *cli, const char *file, int line, char **words,
                          size_t count);
void line_free(struct line_job *job);
/* From now on it writes straight out; what it had is written first. */
void line_direct(struct line_job *job);
/* Tell an error of this line in its format and place; its status becomes the line's. */
void line_error(struct line_job *job, const struct error *e);
/* Read its options, make the writer. -1: the error is told. */
int line_prepare(struct line_job *job);
/* Open what it needs and run it. -1: the error is told. Begins its pushes unless SHARED. */
int line_run(struct line_job *job);
/* Take what its pushes brought. True when nothing is outstanding. */
bool line_collect(struct line_job *job);
/* Nobody waits any longer for what is outstanding: it is told as pending. */
void line_interrupt(struct line_job *job);
/* Write its document (everything is there) and return its status. Must be direct. */
int line_finish(struct line_job *job);
size_t line_outcomes(struct line_job *job);
struct outcome *line_outcome(struct line_job *job, size_t i); /* the first, then `more` */

/* --- batch.c --- */

struct batch {
    const struct cli_options *cli;
    struct line_job *head, **tail;
    int worst; /* the largest of 1 to 4 seen */
    bool unacknowledged;
    bool stopped; /* an error without --keep-going, or an interruption */
    size_t commands;
    bool several; /* more than one command: no -o json */
};

/* A job of LINE; NULL and E when it cannot be split. `count` 0: an empty line. */
struct line_job *batch_job(const struct cli_options *cli, const struct cli_line *line, struct error *e);
void batch_init(struct batch *b, const struct cli_options *cli);
/* Run one line (its documents may come later). Empty lines are nothing. */
void batch_line(struct batch *b, const struct cli_line *line);
void batch_error(struct batch *b, const struct error *e, const char *file, int line);
void batch_advance(struct batch *b); /* print what is finished, in order */
/* Wait until something is to be advanced, until FD is readable (-1: none) or a signal came. */
void batch_wait(struct batch *b, int fd);
int batch_end(struct batch *b); /* wait for all; the exit status */

/* shared.c: lines in one transaction, --atomic or a --dry-run of several. */
int shared_run(const struct cli_options *cli, const struct cli_line *lines, size_t count);

/* --- reader.c: lines as they come --- */

struct reader {
    int fd;
    const char *name; /* for errors; borrowed */
    struct str buffer;
    size_t start;
    bool ended;
    int line;
};

enum read_result { READ_LINE, READ_END, READ_MORE, READ_ERROR };

int reader_open(struct reader *r, const char *path, struct error *e); /* "-": standard input */
void reader_close(struct reader *r);
/* The next whole line without its end into OUT; READ_MORE: none yet, wait for `fd` and call reader_fill. */
enum read_result reader_next(struct reader *r, struct str *out, struct error *e);
int reader_fill(struct reader *r, struct error *e); /* read once; may block */

/* run.c: the shell where standard input is no terminal. */
int shell_run_lines(const struct cli_options *options);

/* The text of a bar: "backup [####......]  40 %  1200/s  3 s left". */
void progress_text(const char *what, int64_t done, int64_t total, int64_t elapsed_ms, struct str *out);

/* --- use.c: the tenants in use --- */

struct tenants_in_use {
    char (*ids)[TENANT_ID_TEXT];
    size_t count;
};
void use_release(struct tenants_in_use *use);
/* WORDS are what follows `use`; none: no tenant is in use afterwards. -1 and E when one does not exist. */
int use_set(struct tenants_in_use *use, struct command_session *session, const char *const *words,
            size_t count, struct error *e);
/* "tenanttui> ", "tenanttui tenant01> ", "tenanttui tenant01 +2> ". */
void use_prompt(const struct tenants_in_use *use, struct str *out);
/* The word that names the tenant and says "."; COUNT when the line has none. */
size_t use_named(const char *const *words, size_t count);
/* A line of the shell where nobody types: its own words are done here, any other line goes to EACH, once for
 * each tenant in use where it says ".". 1: it says that the shell ends. */
int use_line(struct tenants_in_use *use, const struct cli_options *options, const char *line,
             void (*each)(void *, const char *), void *context, struct error *e);

/* --- complete.c: TAB in the shell --- */

/* USE is looked at with each TAB: "." completes like its first tenant. */
void complete_start(struct command_session *session, const struct tenants_in_use *use);
/* TEXT as the id of a tenant that exists: itself, or the only one that it begins. NULL: none or several.
 * Heap. */
char *complete_tenant(struct command_session *session, const char *text);

/* --- history.c --- */

void history_start(const char *path); /* NULL: kept in memory only */
/* Keep LINE, unless it may carry a secret or repeats the last one. */
void history_keep(const char *path, const char *line);
bool history_secret(const char *line);

#endif
