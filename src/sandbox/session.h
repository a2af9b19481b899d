/* Gateway sessions. A session outlives its connection: the events it has numbered are kept, so that a RESUME
 * sends again what the client has not seen. */
#ifndef SANDBOX_SESSION_H
#define SANDBOX_SESSION_H

#include "box.h"

struct lws;
struct socket;

/* An event's name and data, shared by all sessions that get it. */
struct payload {
    unsigned refs;
    char name[48];
    size_t len;
    char data[]; /* the JSON of "d" */
};

struct session {
    char id[33];
    struct box *box;
    struct bot *bot;
    struct socket *socket; /* NULL while cut */
    uint64_t intents;
    int shard, shards;
    bool ready;
    int64_t seq;           /* the last number given */
    int64_t sent;          /* the last number written to the connection */
    struct payload **ring; /* events first .. seq */
    size_t first, count, cap;
    int64_t cut_at; /* monotonic ms of the cut */
    int64_t resumes;
    int64_t drop, repeat; /* ordered faults: events yet to be dropped, repeated */
};

struct payload *payload_new(const char *name, const struct json *d);
struct payload *payload_raw(const char *name, const char *d, size_t n);
void payload_release(struct payload *p);

struct session *gateway_session_new(struct box *b, struct bot *bot);
void gateway_session_free(struct session *s);
/* Number the event for this session and send it when there is a connection. */
void session_push(struct session *s, struct payload *p);
/* The event of that number; NULL when it is no longer kept. */
struct payload *session_event(const struct session *s, int64_t seq);
int64_t session_oldest(const struct session *s); /* the smallest number kept; seq + 1 when none */
struct session *session_find(struct box *b, const char *id);
/* Does the session's shard serve this guild? A DM (0) goes to the first one. */
bool session_serves(const struct session *s, int64_t guild_id);
/* Drop sessions that were cut too long ago. */
void sessions_sweep(struct box *b, int64_t now);

#endif
