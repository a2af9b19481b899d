/* HTTP calls over libcurl's multi interface, driven by a libuv loop. Knows nothing of Discord but its
 * User-Agent and the size that an answer may have. One call is one attempt. */
#ifndef TT_DISCORD_HTTP_H
#define TT_DISCORD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "answer.h"
#include "tt/base/error.h"
#include "tt/base/str.h"
#include "tt/discord/rest.h"

struct http;
struct http_call;

struct http_answer {
    struct limiter_answer head; /* status 0: no answer */
    const struct str *body;     /* borrowed for the call */
    bool complete;              /* status and whole body arrived */
    bool sent;                  /* bytes of the request may have reached the other side */
    bool untrusted;             /* the other side's certificate is not to be trusted */
    const char *trouble;        /* libcurl's words when not complete */
};
typedef void (*http_done)(void *context, const struct http_answer *answer);

/* Everything is borrowed until done is called or the call is cancelled. */
struct http_request {
    const char *method, *url;
    const char *token;  /* NULL: no Authorization */
    const char *reason; /* encoded; NULL none */
    const char *body;   /* JSON; NULL none */
    size_t body_len;
    const struct rest_file *files;
    size_t file_count;
    int timeout_ms;
    /* Takes the body of a 200 as it comes, however long it is; false ends the call. NULL: it is gathered. */
    bool (*take)(void *context, const char *bytes, size_t n);
    void *take_context;
};

/* LOCAL: the base is plain http on loopback, so that no proxy of the environment may see it. */
struct http *http_new(uv_loop_t *loop, const char *ca_file, bool local);
/* Calls under way are dropped without their done. */
void http_free(struct http *h);
/* DONE exactly once and never from inside, unless the call is cancelled first. */
struct http_call *http_start(struct http *h, const struct http_request *request, http_done done,
                             void *context);
void http_cancel(struct http_call *call);

#endif
