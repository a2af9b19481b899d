/* A local stand-in for Discord on loopback: REST v10 and gateway, written from Discord's documentation;
 * shares no code with the client. State is in memory. */
#ifndef TT_SANDBOX_SANDBOX_H
#define TT_SANDBOX_SANDBOX_H

#include "tt/base/error.h"

struct sandbox_options {
    const char *listen; /* "127.0.0.1:PORT", "[::1]:PORT"; port 0: any. Only loopback is accepted */
    const char *seed;   /* a file, "-" standard input, NULL: a small default guild */
    const char *script; /* a file of control documents, one a line; NULL none */
    const char *tls_cert, *tls_key; /* both or neither */
    const char *record;             /* append every request and answer as JSON lines; NULL none */
};
/* Print the API base as the first line of standard output, then serve until SIGTERM or SIGINT. */
int sandbox_run(const struct sandbox_options *options, struct error *e);

#endif
