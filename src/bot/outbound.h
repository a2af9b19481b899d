/* Deliveries on their way, on the loop's thread:
 *
 *   outbound.c         what is due is leased, and rendered once the lease is committed
 *   outbound_send.c    a package to its channel, by a bot that is connected
 *   outbound_search.c  before it is sent again: has an earlier attempt arrived?
 *   outbound_result.c  what became of it is noted, and told to whom it concerns
 *
 * A result ends a lease; what has no result is leased again when the lease has run out. Of each lane (a
 * tenant's goods, or its posts for one channel) only so many are under way at once, and of tenants whose bot
 * is not connected none: so nobody waits for another's slow channel. */
#ifndef BOT_OUTBOUND_H
#define BOT_OUTBOUND_H

#include "daemon.h"
#include "package.h"

#define RETRY_FIRST_MS 5000

struct result_job;
struct lane_use;

/* Who bought lately, so that closed DMs can be told of. */
#define ASKERS 64
struct asker {
    int64_t tx;
    struct call *call;
};

struct outbound {
    struct bot_daemon *daemon;
    uv_timer_t timer, note;
    bool looking, leasing, again;
    bool full;              /* something due found no room in its lane */
    size_t under_way;       /* packages that are */
    struct lane_use *lanes; /* ... each in its lane */
    size_t lane_count;
    struct sending *first;      /* of those under way */
    struct result_job *unnoted; /* results that could not be written */
    struct asker askers[ASKERS];
    unsigned askers_next;
};

/* A package under way. */
struct sending {
    struct sending *next, **at;
    struct instance *instance;
    struct package *package;
    int64_t channel;
    bool opened;     /* a DM channel that nobody remembers yet */
    int64_t seen_id; /* while an earlier attempt is looked for: the newest message that was looked at */
};

/* --- outbound.c --- */

/* The end of a leased package, which is freed. */
void outbound_release(struct bot_daemon *d, struct package *p);

/* --- outbound_send.c --- */

bool outbound_connected(struct bot_daemon *d, const char *tenant);

/* Can it not be sent at all, or not now? Then that is noted. */
bool outbound_withheld(struct bot_daemon *d, const struct package *p);
void outbound_send(struct bot_daemon *d, struct package *p); /* takes P, which is filled */
void sending_request(struct sending *s, const char *method, const char *path, const struct json *body,
                     const struct rest_file *file, rest_done done);
void sending_post(struct sending *s);
/* Discord has it. Frees S. */
void sending_arrived(struct sending *s);
/* An answer that is no success; POSTED: the message itself was under way, so it may have arrived. Takes S. */
void sending_failed(struct sending *s, const struct rest_answer *a, bool posted);

/* --- outbound_search.c --- */

/* Post S unless its package stands in the channel already. */
void search_or_post(struct sending *s);

/* --- outbound_result.c --- */

enum result_kind { RESULT_DONE, RESULT_CLOSED, RESULT_FAILED, RESULT_RETRY, RESULT_GIVE_BACK };

void result_note(struct bot_daemon *d, const struct package *p, enum result_kind kind, int64_t next_at,
                 const char *reason);
/* DM: the channel to remember for its user; 0 none. */
void result_arrived(struct bot_daemon *d, const struct package *p, int64_t dm);
/* The buyer's DMs are closed: he is told, or the tenant's people. */
void result_closed(struct bot_daemon *d, const struct package *p);
void results_release(struct outbound *o);

#endif
