/* Errors are values: a function that can fail returns 0 or -1 and fills a struct error.
 *
 * The codes are those of the command line's error document; each belongs to one exit status.
 * A NULL error pointer is allowed everywhere (the caller does not care why). */
#ifndef TT_BASE_ERROR_H
#define TT_BASE_ERROR_H

enum error_code {
    ERROR_NONE,
    /* status 2: not understood */
    ERROR_UNKNOWN_COMMAND,
    ERROR_UNKNOWN_WORD,
    ERROR_MISSING_ARGUMENT,
    ERROR_EXTRA_ARGUMENT,
    ERROR_MALFORMED,
    /* status 1: refused or failed */
    ERROR_NO_SUCH,
    ERROR_NOT_IN_PLAN,
    ERROR_TAKEN,
    ERROR_REFUSED,
    ERROR_INTERNAL,
    /* status 3: not permitted */
    ERROR_NOT_PERMITTED,
    ERROR_READ_ONLY,
    /* status 4: database cannot be used */
    ERROR_DB_MISSING,
    ERROR_DB_DAMAGED,
    ERROR_DB_NEWER,
    ERROR_DB_OLDER,
    ERROR_DB_LOCKED,
    ERROR_DB_FULL,
    ERROR_KEY_MISSING,
    ERROR_KEY_WRONG,
    ERROR_KEY_UNSAFE,
    /* status 5: saved but not acknowledged */
    ERROR_PENDING,
    /* status 130 */
    ERROR_INTERRUPTED,
    ERROR_CODE_COUNT
};

/* All strings are NUL-terminated and may be empty; long texts are cut at a character boundary. */
struct error {
    enum error_code code;
    char message[512]; /* what was wrong and what was expected; one line, no secret */
    char hint[512];    /* what to do next; every command word fits */
    char field[64];    /* the argument that was wrong, as the command's usage names it */
};

/* Fill E (message, code, field; the hint is cleared) and return -1, so that a caller can write
 * `return error_set(e, ...)`. FIELD may be NULL. */
int error_set(struct error *e, enum error_code code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Set the hint of an error that is already set; returns -1. */
int error_hint(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "no_such", ...: the word of the error document. */
const char *error_code_name(enum error_code code);

/* The exit status that belongs to the code (0 for ERROR_NONE). */
int error_code_status(enum error_code code);

#endif
