/* Programs started by this one: this binary again, with pipes, in sessions of their own, ended with their
 * parent. */
#ifndef TT_CHILD_H
#define TT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

struct child {
    pid_t pid;   /* 0: none */
    int in, out; /* our ends of its standard input and output; -1 none */
};

struct child_options {
    const char *const *argv; /* ended by NULL; argv[0] is only its name */
    bool in, out;            /* a pipe; else /dev/null for the input and our own output */
    bool inherit_in;         /* our own input instead: the screens */
    const char *errors;      /* standard error is appended to this file; NULL: our own; "" goes to `out` */
    bool apart;              /* a session of its own, so that a terminal's Ctrl-C does not reach it */
};

/* Start this program (/proc/self/exe) anew. When the parent dies, it gets SIGTERM. */
int child_start(struct child *c, const struct child_options *options, struct error *e);
/* Give TEXT to its input and close it. */
int child_feed(struct child *c, const char *text, size_t n, struct error *e);
/* The next line of its output without its end; -1 when none comes within MS. */
int child_line(struct child *c, struct str *line, int ms, struct error *e);
/* Everything it writes until it ends, and its exit status (128 + N for signal N). */
int child_output(struct child *c, struct str *out);
int child_wait(struct child *c); /* its status */
bool child_ended(struct child *c);
/* SIGTERM, SIGKILL after MS; nothing for one that has ended. */
void child_end(struct child *c, int ms);
void child_kill(struct child *c); /* SIGKILL at once */

#endif
