/* The options that come before the command, and what they default to. Those that may also stand in a command
 * line are read, named and explained by the command layer. */
#ifndef TT_OPTIONS_H
#define TT_OPTIONS_H

#include "tt/cli/cli.h"

struct options {
    const char *db, *key_file, *api_base, *ca_file; /* after options_defaults never NULL, but ca_file */
    const char *language;                           /* of new tenants: "id", "en"; NULL: id */
    const char *tenant;                             /* --tenant-id */
    const char *file;                               /* -f */
    const char **lines;                             /* -c, in their order; heap */
    size_t line_count;
    struct command_options command;
    enum cli_color color;
    bool readonly, accessible, bot, log_json, help, version;
    const char *const *rest; /* what follows the options */
    size_t rest_count;
    char *heap[4]; /* defaults that were made */
};

/* Read ARGV (without the program's name). Strings are borrowed from it. -1: E, and the format holds what -o
 * said, so that the error is told in it. */
int options_read(struct options *o, const char *const *argv, size_t argc, struct error *e);
/* Environment and XDG defaults for what was not given. */
void options_defaults(struct options *o);
void options_release(struct options *o);
/* For completion: read what options WORDS begin with, without complaint; the last word is the one being
 * typed. *REST is where the command begins, or an option of a line whose value is being typed. The name of
 * another option whose value is being typed, else NULL. */
const struct option_spec *options_peek(struct options *o, const char *const *words, size_t count,
                                       size_t *rest);
/* Names of the options that begin with PREFIX. */
void options_complete(const char *prefix, void (*each)(void *, const char *name, const char *help),
                      void *context);
/* One paragraph a line for --help. */
void options_help(struct str *out);
/* The same in roff for the manual. */
void options_manual(struct str *out);

#endif
