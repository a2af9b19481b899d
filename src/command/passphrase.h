/* Passphrases of files: from the terminal without echo, from a file or standard input, never from argv. */
#ifndef TT_COMMAND_PASSPHRASE_H
#define TT_COMMAND_PASSPHRASE_H

#include "context.h"

/* Of the option, for specs. */
#define PASSPHRASE_OPTION(what)                                                                \
    {                                                                                          \
        .name = "--passphrase-file", .value = "F", .type = ARG_FILE,                           \
        .help = what " (the first line of F; -: the terminal without echo, or standard input)" \
    }

/* That of the option, else (or for "-") asked for; OUT is wiped by the caller. ANEW: it will seal something,
 * so a person types it twice. */
int passphrase_read(struct command_context *c, bool anew, struct str *out, struct error *e);

#endif
