/* The log: one line an event, the tenant in every line, never a secret. Text or JSON lines, to standard
 * error and to a file that is rotated (10 MiB, 5 kept, 0600). Thread-safe. Before log_open() nothing is
 * written. A line (text): `2026-08-01T12:03:51.042Z info tenant01 push acknowledged revision=17 ms=38`. */
#ifndef TT_BASE_LOG_H
#define TT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_COUNT };

struct log_options {
    enum log_level level;
    bool json; /* JSON lines with keys time, level, tenant, event, message */
    bool to_stderr;
    const char *path; /* NULL: no file */
};

int log_open(const struct log_options *options, struct error *e);
void log_close(void);
void log_reopen(void); /* after SIGHUP */

/* TENANT may be NULL (printed as "-"). EVENT is one word, e.g. "gateway". The message is made safe for
 * one line and every registered secret, `Bot ...` credential and token-shaped text is replaced by
 * "[redacted]". */
void log_event(enum log_level level, const char *tenant, const char *event, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Register a secret of this process (a token); it is copied. Forget it when it is replaced. */
void log_secret_add(const char *secret);
void log_secret_remove(const char *secret);
/* Apply the same replacement to any text that leaves the process (errors, answers). */
void log_redact(struct str *text);

const char *log_level_name(enum log_level level);
int log_level_parse(const char *word, enum log_level *level, struct error *e);

#endif
