/* What a command or a face needs from layers above command: function pointers, filled by main. A NULL pointer
 * means that the face cannot do it, and the command says so. */
#ifndef TT_COMMAND_PORTS_H
#define TT_COMMAND_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/domain/push.h"
#include "tt/domain/tenant.h"

struct push_ticket;

struct ports {
    void *context;

    /* Begin pushing one tenant beside the caller; several may run at once. Never fails: what goes wrong is in
     * the result. */
    struct push_ticket *(*push_start)(void *context, const struct push_request *request);
    /* Take the result; BLOCK waits for it (bounded by the request's wait). 1: there, the ticket is freed; 0:
     * not yet. */
    int (*push_finish)(void *context, struct push_ticket *ticket, struct push_result *result);
    /* A descriptor to poll: readable when a push has finished since push_finish was last called. -1: none
     * yet. */
    int (*push_fd)(void *context);

    /* The Discord calls that pushing T would make where KINDS (bits 1 << push_kind) are queued, compared with
     * remote_state (FRESH: what is remembered there is not trusted), plus the seconds that rate limits allow:
     * {"discord":[{"method","path","body"}],"calls":N,"seconds":S}. No request is made. */
    struct json *(*push_plan)(void *context, const struct tenant *t, unsigned kinds, bool fresh);
    /* The calls of token_check and channel_create, as an array of {"method","path","body"}. No request. */
    struct json *(*token_plan)(void *context);
    struct json *(*channel_plan)(void *context, const struct tenant *t, enum channel type);
    /* The calls that deliver what the open transaction has queued from the number FIRST on: contents of goods
     * are stars. */
    struct json *(*deliveries_plan)(void *context, const struct tenant *t, int64_t first);

    /* Ask Discord who TOKEN is. ERROR_REFUSED: Discord refuses it; ERROR_PENDING with a reason: unreachable.
     */
    int (*token_check)(void *context, const char *token, struct token_info *info, struct error *e);
    /* Make or find (by topic) the private channel; *ID. */
    int (*channel_create)(void *context, const struct tenant *t, enum channel type, int64_t *id,
                          struct error *e);

    /* A question before something destructive: 0 yes; -1 ERROR_REFUSED (no, or cannot ask). EXPECTED NULL:
     * y/n; else the text that must be typed. */
    int (*confirm)(void *context, const char *question, const char *expected, struct error *e);
    /* A secret from the terminal without echo, or a line of standard input. */
    int (*read_secret)(void *context, const char *prompt, struct str *out, struct error *e);
    /* Open what a command line names as its input: a file, or "-" for standard input (on Discord: what is
     * attached to the message). *FD is the caller's to close; it need not wait for what is not there yet.
     * NULL: there are no files here. */
    int (*open_input)(void *context, const char *name, int *fd, struct error *e);
    void (*progress)(void *context, const char *what, int64_t done, int64_t total); /* TOTAL 0: ended */
    bool (*cancelled)(void *context);
    /* Follow a file of log lines until cancelled: call EACH with each new line. */
    int (*follow)(void *context, const char *path, int64_t offset, void (*each)(void *, const char *line),
                  void *arg);
};

#endif
