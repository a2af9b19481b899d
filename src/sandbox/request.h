/* One REST request from its bytes to its answer. A handler reads it, changes the world and fills in the
 * answer. */
#ifndef SANDBOX_REQUEST_H
#define SANDBOX_REQUEST_H

#include "box.h"
#include "objections.h"

#define MAX_ARGS 4

struct conn;
struct request;

enum route_flag {
    ROUTE_OPEN = 1,     /* no bot token: the path carries its own secret, or nothing is secret */
    ROUTE_NO_GLOBAL = 2 /* does not count towards the limit over all routes */
};

struct route {
    const char *method, *template; /* the template is the API description's */
    void (*handle)(struct request *r);
    const char *bucket; /* routes of one name share a limit per top-level resource; NULL: none */
    int limit, window_ms;
    int flags;
};

struct upload {
    char *name;     /* "files[0]" */
    char *filename; /* NULL: an ordinary form field */
    char *type;
    char *data;
    size_t size;
};

struct request {
    struct box *box;
    struct conn *conn; /* NULL once the client has gone */
    int64_t number, started;
    char *method, *path, *query, *host, *authorization, *content_type, *audit_reason;
    struct str body;
    struct json *doc; /* the JSON body, or payload_json; NULL none */
    struct list uploads;
    const struct route *route;
    char *args[MAX_ARGS]; /* the path's variable parts, decoded */
    int64_t ids[MAX_ARGS];
    struct bot *bot;

    int status;
    struct json *answer; /* NULL: an empty body */
    struct str headers;  /* whole lines with their ends */
    const void *file;    /* an answer that is no JSON; borrowed until the answer is written */
    size_t file_size;
    const char *file_type;
    bool keep;           /* answered later by whoever holds it */
    struct fault *fault; /* what is to go wrong with it; NULL nothing */
    uv_timer_t *timer;
    struct wait *wait;               /* the condition that it waits for */
    void (*gone)(struct request *r); /* called when the client leaves while the request is kept */
};

struct request *request_new(struct box *b, struct conn *c);
void request_free(struct request *r);
/* Hold the request for an answer to come; GONE is called when the client leaves before. */
void request_keep(struct request *r, void (*gone)(struct request *r));
/* Route, check, handle and answer. */
void request_run(struct request *r);
/* Write the answer, log it, free the request. */
void request_finish(struct request *r);
/* The same after some time. */
void request_finish_later(struct request *r, int64_t ms);
/* The client has gone; the request may be freed by this. */
void request_gone(struct request *r);
const char *query_get(const struct request *r, const char *key, char *out,
                      size_t size); /* decoded; NULL absent */
int64_t query_number(const struct request *r, const char *key, int64_t otherwise);

/* Answers. Each replaces an earlier one. */
void answer_json(struct request *r, int status, struct json *body);
void answer_none(struct request *r); /* 204 */
void answer_error(struct request *r, int status, int code, const char *message);
/* 400 with code 50035 and the tree when there is any objection; true then. Releases the objections. */
bool answer_objections(struct request *r, struct objections *o);

/* The errors that many handlers need. */
void unknown_channel(struct request *r);
void unknown_message(struct request *r);
void unknown_guild(struct request *r);
void unknown_member(struct request *r);
void missing_access(struct request *r);
void missing_permissions(struct request *r);

/* Parsing; multipart.c. -1 when the body is not what its type says. */
int multipart_parse(const char *content_type, const char *body, size_t n, struct list *uploads);
void upload_free(struct upload *u);
/* Decode %xx (and, in queries, "+") in place. */
void percent_decode(char *text, bool plus);

#endif
