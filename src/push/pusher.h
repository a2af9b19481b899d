/* A pusher's inside. A target is one tenant being pushed; a request waits at its target; a run is one round
 * of calls for what was leased. Everything is on one thread.
 *
 *   pusher.c   requests in, the one tick in which the database is touched
 *   target.c   one tenant's run
 *   send.c     one part of a run: its calls and what their answers mean
 *   wait.c     requests: the acknowledgement, the verdict
 */
#ifndef PUSH_PUSHER_H
#define PUSH_PUSHER_H

#include "plan.h"
#include "tt/push/push.h"

struct target;

struct request {
    struct request *next;
    struct push_request r;
    pusher_done done;
    void *context;
    int64_t run;      /* the run that carries it */
    int64_t deadline; /* monotonic ms */
    int64_t begun_at; /* monotonic ms: that run's start; 0 not yet */
    bool control_settled, parts_settled, message_sent;
    char reason[32];                /* why the control message was not taken; "" it was */
    char nonce[CONTROL_NONCE_TEXT]; /* of the message, where it is of interest that the bot takes it */
    bool taken;                     /* it did */
    struct json *failed;
    int64_t acknowledged_at; /* monotonic ms; 0 not yet */
    bool looked;             /* at the bot's state, which said */
    bool news;               /* that the revision was still to be applied */
    char instance[33], notified[16];
    char gave_up[256]; /* why the bot will acknowledge nothing, as of the last look; "" it may */
};

struct part {
    bool open;    /* leased, its calls are under way */
    bool unknown; /* of commands: nobody knows what Discord shows */
    bool called;  /* Discord was asked for something */
    struct push_row row;
    struct push_call call;
    struct target *target;
    enum push_kind kind;
};

struct target {
    struct target *next;
    struct pusher *pusher;
    char id[TENANT_ID_TEXT];
    struct rest_bot *bot;
    struct request *requests;
    bool wanted;         /* a run is asked for */
    bool chosen;         /* it begins in this tick */
    bool fresh, compare; /* what the next run does first */
    bool quiet;          /* only requests that send no control message wait here */
    bool running;
    int64_t run;          /* number of the running or last run */
    int64_t served_until; /* monotonic ms; how long `served` may be believed */
    bool served;
    int64_t look_again; /* monotonic ms; another process holds the rows. 0: no */

    /* --- of the run --- */
    struct tenant tenant;
    int64_t audit; /* row that the change is known by; 0 unknown */
    struct part parts[PUSH_KIND_COUNT];
    int open_parts;
    bool message_sent;
    char nonce[CONTROL_NONCE_TEXT]; /* of the control message */
    char reason[32];
    char none[16]; /* "no_token" ...: nothing to push to */
    struct json *failed;
};

/* A result that waits for the next tick's transaction. */
enum op_kind { OP_DONE, OP_RETRY, OP_GIVE_BACK, OP_FAIL, OP_REMOTE, OP_APPLICATION, OP_REFUSED };
struct op {
    struct op *next;
    enum op_kind kind;
    char tenant[TENANT_ID_TEXT];
    int64_t push, revision, next_at;
    int64_t epoch;       /* of OP_APPLICATION, OP_REFUSED: of the token that it is about */
    int64_t application; /* of OP_APPLICATION */
    char reason[128];
    const char *what; /* of remote_state */
    char *value;
};

/* A tenant that waits to be compared. */
struct compare {
    struct compare *next;
    char tenant[TENANT_ID_TEXT];
};

struct pusher {
    struct pusher_options options;
    uv_timer_t *timer;
    int64_t due; /* monotonic ms at which the timer is set; INT64_MAX: not */
    struct target *targets;
    struct op *ops, **ops_end;
    struct compare *compares, **compares_end;
    size_t waiting; /* requests */
    size_t done;    /* targets since the heap was trimmed */
    bool sweeping, freeing;
    bool sweep_soon;
    bool sweep_left; /* the last sweep left due rows behind: their tenants are being pushed, */
    bool sweep_full; /* or no run was free */
    bool look_soon;
    int64_t look_after; /* not before, so that many waiting requests do not keep the thread busy */
    int64_t trouble_ms; /* until the database is tried again */
    int64_t sweep_at;   /* monotonic ms; INT64_MAX never */
    char *tenant, *owner;
    struct plan_memory memory;
};

#define SWEEP_GRACE_MS 2000
/* Calls under way cost memory: so many runs at a time that somebody waits for, and that nobody waits for. */
#define RUNS_ASKED 400
#define RUNS_QUIET 48

void pusher_wake(struct pusher *p, int64_t at); /* tick no later than AT (monotonic) */
struct op *op_add(struct pusher *p, enum op_kind kind, const struct target *t);
struct op *op_row(struct part *part, enum op_kind kind);    /* the result for the part's row */
size_t runs_under_way(const struct pusher *p);              /* running or chosen */
struct target *target_of(struct pusher *p, const char *id); /* found or made */

/* target.c */
void target_free(struct target *t);
void target_clear_run(struct target *t);
/* Load the tenant and lease its rows, within the tick's transaction; then what is left to others. */
int target_lease(struct target *t, struct error *e);
void target_row_left(void *target, const struct push_row *row);
int targets_sweep(struct pusher *p, struct error *e); /* choose whose rows are due, as far as runs are free */
void target_start(struct target *t);                  /* the rows are leased and committed: make the calls */
void target_finish_part(struct target *t);
void part_keep_limits(struct part *part); /* with its result, for whoever makes such calls next */
int part_timeout(const struct target *t);
int part_attempts(const struct target *t); /* 0: as many as usual */

/* send.c */
void part_start(struct part *part);
void part_plan(struct part *part, const struct key *sub);

/* wait.c */
void requests_settle_control(struct target *t);
void requests_settle_parts(struct target *t);
void requests_refused(struct target *t);
/* Look acknowledgements up in one read. */
void requests_look(struct pusher *p);
/* End what has its verdict at NOW; returns when to ask again. */
int64_t requests_judge(struct pusher *p, int64_t now);
void request_end(struct pusher *p, struct target *t, struct request *r, enum push_state state,
                 const char *reason);

#endif
