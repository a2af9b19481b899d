/* Discord's REST API over libcurl's multi interface on a libuv loop. One struct rest a loop; a struct
 * rest_bot is one user of a token. All users of a token share its limiter (struct rest_limits, also across
 * threads): global 50/s, buckets learned from headers, 429 with Retry-After, retries of 5xx and broken
 * connections with back-off and jitter; a certificate that is not to be trusted ends the request at once.
 * Everything of one rest happens on its loop's thread.
 *
 * A token is quarantined by its first 401: every request queued or made later by any of its users fails at
 * once with REST_REFUSED, until rest_bot_set_token or a later rest_bot_set_epoch. A route that answered 403
 * three times in a row fails at once for 10 minutes; that a user takes no direct messages (50007) says
 * nothing of the route. */
#ifndef TT_DISCORD_REST_H
#define TT_DISCORD_REST_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "tt/base/error.h"
#include "tt/base/json.h"

struct rest;
struct rest_bot;
struct rest_limits; /* the limiters of all tokens */

enum rest_result {
    REST_OK,          /* 2xx */
    REST_CLIENT,      /* 4xx but 401 and 429: final; status and Discord's code in the answer */
    REST_REFUSED,     /* 401, or quarantined */
    REST_FORBIDDEN,   /* 403 */
    REST_UNREACHABLE, /* no usable answer after all tries; status 5xx or 429 when that was the last one */
    REST_CANCELLED,   /* the bot or rest was freed, or the deadline passed before it was sent */
    REST_BUDGET       /* not sent: the host's budget of invalid answers is nearly used up */
};
extern const char *const rest_result_words[];

struct rest_answer {
    enum rest_result result;
    int status;              /* HTTP; 0 none */
    int64_t code;            /* Discord's error code; 0 none */
    const char *message;     /* Discord's or libcurl's words, redacted; "" none. Borrowed for the call */
    const struct json *body; /* parsed; NULL when empty. Borrowed for the call */
    bool unknown_outcome;    /* the request may have been carried out although no answer came */
    bool untrusted;          /* REST_UNREACHABLE for the other side's certificate: tried once */
    bool held;               /* REST_FORBIDDEN without having asked: its route is stopped for a while */
};
typedef void (*rest_done)(void *context, const struct rest_answer *answer);

struct rest_file {
    const char *name;
    const void *data;
    size_t size;
};

enum rest_flags {
    REST_NO_RETRY = 1 << 0,    /* one try: a 429 ends it too (REST_UNREACHABLE, status 429) */
    REST_INTERACTION = 1 << 1, /* exempt from the global limit; the path carries its own credential */
    REST_ACKNOWLEDGED = 1 << 2 /* was promised to a user: goes out even at 80 % of the invalid budget */
};

struct rest_request {
    const char *method, *path;     /* "POST", "/channels/1/messages"; all copied */
    const struct json *body;       /* copied; NULL none */
    const struct rest_file *files; /* multipart when present; copied */
    size_t file_count;
    const char *reason; /* X-Audit-Log-Reason, plain text; NULL none */
    unsigned flags;
    int timeout_ms;   /* of the whole request with its retries; 0: 30,000 */
    int max_attempts; /* 0: 5 */
    rest_done done;   /* exactly once, never from inside rest_send */
    void *context;
};

struct rest_options {
    uv_loop_t *loop;
    const char *base;    /* "https://discord.com/api/v10"; plain http only to loopback: else ERROR_REFUSED */
    const char *ca_file; /* NULL: the system's */
    /* The host's count of invalid answers, shared by processes: called on each (delta 1) and before sending
     * (delta 0); returns the count of the last 10 minutes. NULL: counted in this process. */
    int64_t (*invalid)(void *context, int delta);
    void *context;
    /* Those of other loops of this process whose bots may have the same tokens; borrowed. NULL: its own. */
    struct rest_limits *limits;
};

struct rest_limits *rest_limits_new(void);
void rest_limits_free(struct rest_limits *l); /* after every rest that uses it */

/* Can rest_options.base be this? ERROR_MALFORMED or ERROR_REFUSED. Loads nothing. */
int rest_base_check(const char *base, struct error *e);

int rest_new(struct rest **out, const struct rest_options *options, struct error *e);
/* Outstanding requests end as REST_CANCELLED before it returns; bots are freed with it. The loop must run
 * once more to close what it holds. */
void rest_free(struct rest *r);
/* The time by Discord's clock when it last answered any bot, ms since 1970: whatever is made there from now
 * on is not older, whatever our own clock says. 0: it has not answered yet. */
int64_t rest_date(const struct rest *r);

/* TOKEN is copied and registered as a secret of the log. */
struct rest_bot *rest_bot_new(struct rest *r, const char *token);
void rest_bot_set_token(struct rest_bot *b, const char *token);
/* EPOCH rises when somebody says that the token should be tried again: refusals that its users knew of before
 * count no more. The first one that is named is the one they know. */
void rest_bot_set_epoch(struct rest_bot *b, int64_t epoch);
/* What Discord has said of this token's limits and still counts, for whoever uses it next, in another
 * process: NULL when there is nothing; the caller's. It learns them AGE_MS after they were given. */
struct json *rest_bot_limits(const struct rest_bot *b);
void rest_bot_learn(struct rest_bot *b, const struct json *limits, int64_t age_ms);
void rest_bot_free(struct rest_bot *b);

void rest_send(struct rest_bot *b, const struct rest_request *request);

/* The path of a URL, percent-encoding one segment (emoji, names); appended. */
void rest_path_segment(struct str *out, const char *text);

#endif
