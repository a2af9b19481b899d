/* Pushing: from a revision in the database to Discord obeying it. Plan (compare the wanted state with
 * remote_state) -> calls -> control message first, the rest beside it -> acknowledgement read back from the
 * database. A pusher lives on a libuv loop with a store connection of its own and serves both the daemon (on
 * its loop) and a console (push_thread below). */
#ifndef TT_PUSH_PUSH_H
#define TT_PUSH_PUSH_H

#include <uv.h>

#include "tt/discord/rest.h"
#include "tt/domain/feature.h"
#include "tt/domain/push.h"
#include "tt/store/outbox.h"

struct pusher;

struct pusher_options {
    uv_loop_t *loop;
    struct rest *rest;   /* borrowed */
    struct store *store; /* borrowed; used on the loop's thread only */
    const struct feature_list *features;
    const struct json *admin_commands; /* array of command_application_commands(); borrowed */
    const char *owner;                 /* lease owner: instance id or "console-PID" */
    /* For the sweep: only this tenant's rows; NULL all. */
    const char *tenant;
};
struct pusher *pusher_new(const struct pusher_options *options);
void pusher_free(struct pusher *p);

typedef void (*pusher_done)(void *context,
                            struct push_result *result); /* result->failed: the receiver frees */
/* Push what the outbox holds for the request's tenant, then wait for the acknowledgement as the request says.
 */
void pusher_push(struct pusher *p, const struct push_request *request, pusher_done done, void *context);
/* The daemon's part: take what is due of all tenants, now and whenever it becomes due. Rows are left to a
 * console for their first two seconds. */
void pusher_sweep(struct pusher *p);
/* Compare one tenant with remote_state and push what differs, rows or not: for a bot that has just come up.
 * Left until the sweep has begun. */
void pusher_compare(struct pusher *p, const char *tenant);
/* Call when the database changed (WAL event): waiting acknowledgements are looked up. */
void pusher_database_changed(struct pusher *p);

/* The plans of --dry-run, see ports.h. Pure, the first over the store's remote_state. A control channel that
 * is still to be made stands as "new" in the path. The last call of a channel's plan is made only where none
 * is found by its topic. */
struct json *push_plan(struct store *store, const struct tenant *t, unsigned kinds, bool fresh,
                       const struct feature_list *features, const struct json *admin_commands);
struct json *push_token_plan(void);
struct json *push_channel_plan(const struct tenant *t, enum channel type);

/* --- a pusher with its own thread, loop, rest and store: a console's, and the daemon's, whose loop must not
 * wait for the disk --- */

struct push_thread;
struct push_thread_options {
    const char *database_path, *key_path, *api_base, *ca_file;
    const struct feature_list *features;
    const struct json *admin_commands;
    bool sweep;                 /* the daemon's, which will ask for a sweep */
    const char *tenant;         /* the sweep's only tenant; NULL: all */
    struct rest_limits *limits; /* of the bots of this process; NULL: there are none */
    /* Does the asker of a question want to end its wait? Called on the asker's thread; NULL: never. */
    bool (*cancelled)(void *context);
    void *context;
};
/* Started lazily by the first use, and again by a later one if it could not begin. The functions below fill
 * the ports of the same name. */
struct push_thread *push_thread_new(const struct push_thread_options *options);
/* End the thread: what waits for it is answered (pushes: pending), and so is at once what is asked later. For
 * callers on other threads, which must be gone before it is freed. NULL is fine. */
void push_thread_stop(struct push_thread *t);
/* Stops it first. Unfinished pushes stay in the outbox; tickets that were not taken are freed. */
void push_thread_free(struct push_thread *t);
struct push_ticket *push_thread_start(struct push_thread *t, const struct push_request *request);
/* 1: it is finished, *RESULT is filled and the ticket gone; 0: not yet. */
int push_thread_finish(struct push_thread *t, struct push_ticket *ticket, struct push_result *result);
/* The same with an answer instead of a ticket: DONE runs on the pusher's thread (result->failed is the
 * receiver's); when the thread ends first the result is pending. */
void push_thread_push(struct push_thread *t, const struct push_request *request, pusher_done done,
                      void *context);
void push_thread_compare(struct push_thread *t, const char *tenant); /* pusher_compare */
int push_thread_begin(struct push_thread *t, struct error *e);       /* start now */
void push_thread_sweep(struct push_thread *t);                       /* pusher_sweep */
/* Readable while a push is finished whose ticket was not taken. */
int push_thread_fd(const struct push_thread *t);
int push_thread_token_check(struct push_thread *t, const char *token, struct token_info *info,
                            struct error *e);
int push_thread_channel_create(struct push_thread *t, const struct tenant *tenant, enum channel type,
                               int64_t *id, struct error *e);

#endif
