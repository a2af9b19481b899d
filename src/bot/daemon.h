/* The daemon's inside. The loop's thread owns everything here; jobs carry copies to the executor and back.
 *
 *   daemon.c        start, signals, end
 *   look.c          which tenants changed, and what that means for their bots
 *   upkeep.c        the budget of invalid answers, erasing what was deleted long ago
 *   record.c        one tenant as the database has it
 *   instance.c      one tenant's session: start, gateway hooks, restart, stop
 *   connect.c       from the token to the gateway
 *   restart.c       again after a failure, and when that ends
 *   address.c       where the gateway is, when it is not where it was
 *   apply.c         switching to a new configuration
 *   status.c        what the console sees of each bot, written in batches
 *   control.c       the control message
 *   events.c        dispatches: which of them concern us
 *   commands.c      what members type and click -> a call -> a module's handler or the console's commands
 *   deliver.c       effects -> Discord
 *   outbound.h      deliveries of the outbox -> Discord, each exactly once, in four files
 *   package.c       a delivery made ready for sending
 *   foretell.c      what --dry-run tells of it
 *   catchup.c       messages for a module that came while the bot was away
 *   live_stock.c    the message that shows a tenant's products
 *   renting.c       warnings before a rental term ends, and its end
 *   console.h       `!tenant-admin` and `/tenant-admin`, in three files
 *   confirmation.c  its questions, which wait for a click
 *   attachment.c    a file that came with one of its lines
 *   suggest.c       what the client suggests while an option of /tenant-admin is being typed
 */
#ifndef BOT_DAEMON_H
#define BOT_DAEMON_H

#include <stdatomic.h>

#include "attachment.h"
#include "executor.h"
#include "limits.h"
#include "module.h"
#include "tt/bot/bot.h"
#include "tt/command/command.h"
#include "tt/discord/gateway.h"
#include "tt/discord/rest.h"
#include "tt/domain/control.h"
#include "tt/push/push.h"
#include "tt/push/watch.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

struct console;
struct outbound;
struct call;

/* --- a tenant as the database has it --- */

struct record {
    struct record *next;
    char id[TENANT_ID_TEXT];
    bool gone;    /* deleted or erased */
    bool serve;   /* its bot should be connected */
    bool refused; /* it should be, but Discord refuses the token */
    enum tenant_status status;
    int64_t epoch, revision;
    struct snapshot *snapshot; /* NULL when gone */
    char *guild_name;          /* as last seen; NULL unknown */
    struct str token;          /* this and what follows only where asked for */
    struct gateway_session session;
    bool shown; /* a message of live stock, as far as the database knows */
    int64_t applied_revision;
};
/* On the executor's thread. A tenant that does not exist is a record that is gone. */
int record_load(struct store *s, const struct feature_list *features, const char *id, bool with_token,
                struct record **out, struct error *e);
void record_free(struct record *r);    /* NULL is fine; wipes the token */
#define REMOTE_GUILD_NAME "guild_name" /* of remote_state */
#define REMOTE_LIVE_STOCK "live_stock" /* {"channel","message","hash","at"} */

/* --- an instance --- */

enum phase {
    PHASE_LOADING, /* the token is being fetched from the database */
    PHASE_ASKING,  /* application flags and the gateway's address */
    PHASE_CONNECTING,
    PHASE_READY,
    PHASE_WAITING, /* between two starts */
    PHASE_ENDED    /* gave up; `error` says why */
};

#define HANDLED_IDS 8

struct instance {
    struct instance *hash_next;
    struct instance *dirty_next, *stale_next;
    struct bot_daemon *daemon;
    int references; /* the daemon's, open handles, jobs and requests under way */
    char id[TENANT_ID_TEXT];
    struct snapshot *snapshot;
    struct rest_bot *rest;
    struct gateway *gateway;
    enum phase phase;
    bool stopped; /* out of the daemon's table */
    bool ended;   /* the daemon ends */
    int64_t guild_id, application_id, bot_id, epoch;
    char *guild_name, *error;
    char *token, *gateway_url;     /* while asking; wiped afterwards */
    struct gateway_resume *resume; /* while asking */
    unsigned granted;              /* privileged intents of the portal */
    struct instance *ask_next;
    bool queued;        /* among those that wait to ask */
    int asked, round;   /* answers still missing, of which round of questions */
    bool fresh_session; /* the stored session is not to be resumed */
    int troubles;       /* starts since it was last READY that were held up by others */
    int misses;         /* failures of its gateway since then */
    int attempts;       /* restarts since a session last stood for a while */
    bool lost;          /* since then a session was lost, which is the network's ordinary life */
    bool missed;        /* the network kept it from Discord since it was last READY */
    bool given_up;      /* after so many restarts; but for the network's sake it is tried now and then */
    int64_t restarts, ready_at, identifies, identify_day, latency_ms;
    int64_t concurrency;          /* IDENTIFYs that Discord allows in five seconds */
    uv_timer_t retry, look, show; /* show: live stock */
    bool shown;                   /* a message of live stock, when it was loaded */
    bool showing, show_again;     /* it is being compared; and has changed meanwhile */
    bool catching, gap;           /* it reads what was said while it was away; and has not got all of it */
    bool catch_again;             /* ... and was away again meanwhile */
    unsigned hearing;             /* messages of a channel that it hears, not written yet */
    int64_t heard_to;             /* the newest of them so far */
    bool heard_behind;            /* it is not noted: others were not written when it was */
    struct catchup *catchup;      /* that waits until all it went through are written; NULL none */
    int64_t shown_at;             /* monotonic ms of the last edit; 0 none */
    int64_t handled[HANDLED_IDS]; /* ids that were acted on, newest overwrites oldest */
    unsigned handled_next;

    /* --- what waits to be written, see status.c --- */
    bool dirty, dirty_session, dirty_applied, dirty_name;
    bool stale;               /* its session is to be written, without hurry */
    int64_t applied_revision; /* written */
    bool hash_differs;
    char notified[16];
    int64_t react_channel, react_message; /* once `applied` is written */
};

struct instance *instance_hold(struct instance *in);
void instance_drop(struct instance *in);
/* Make and start; R has its token. */
void instance_start(struct bot_daemon *d, struct record *r);
/* Close; KEEP_SESSION at the daemon's end. The instance leaves the table. */
void instance_stop(struct instance *in, bool keep_session);
void instance_restart(struct instance *in,
                      int64_t epoch); /* a session of its own, with the token and flags of now */
void instance_refused(struct instance *in);
void instance_load_failed(struct instance *in, const struct error *e);
bool instance_handled(struct instance *in, int64_t id); /* true: it was; else notes it */
const char *instance_server(const struct instance *in);
enum bot_state instance_state(const struct instance *in);
unsigned instance_missing_intents(const struct instance *in);

/* address.c */
void address_missed(struct instance *in); /* it found no gateway, or lost it */

/* apply.c */
void instance_apply(struct instance *in, struct snapshot *snapshot, const char *notified);
struct json *presence_of(const struct tenant *t);

/* status.c */
void status_changed(struct instance *in);       /* write its state soon */
void status_session(struct instance *in);       /* and its session */
void status_session_later(struct instance *in); /* the session, within seconds */
void status_applied(struct instance *in);       /* and that it runs its snapshot */
void status_flush(struct bot_daemon *d);
void status_heartbeat(struct bot_daemon *d); /* all that are connected */
/* One that is not served; IN is what ran until now, or NULL. */
void status_of_tenant(struct bot_daemon *d, const struct record *r, const struct instance *in);
void session_of(const struct instance *in, struct gateway_session *out);

/* control.c: the judgement is a function of the store and what was seen, so that it is tested alone. */
struct control_seen {
    int64_t author_id, bot_id, channel_id, guild_id;
    const char *tenant, *text;
    size_t len;
};
struct control_judgement {
    enum control_verdict verdict;
    bool hash_differs;
    struct snapshot *snapshot; /* of the database, on CONTROL_OK */
    int64_t revision;          /* of the database */
    int64_t named;             /* by the message, once its signature is right */
};
int control_judge(struct store *s, const struct feature_list *features, const struct control_seen *seen,
                  int64_t now, struct control_judgement *out, struct error *e);
void control_message_seen(struct instance *in, const struct json *message);

/* events.c */
extern const struct gateway_hooks instance_hooks;
unsigned events_intents(unsigned granted);
/* Does the raw frame of a message concern a bot with this prefix? */
bool message_wanted(const char *frame, size_t len, const char *prefix);

/* --- calls: what a member typed or clicked --- */

struct call {
    struct call *next; /* of those that may have to be deferred */
    struct instance *instance;
    struct snapshot *snapshot;
    int64_t user_id, channel_id, id; /* id: of the message or interaction */
    int64_t guild_id;                /* 0: a DM */
    int64_t sequence, began;         /* monotonic ms */
    char *token;                     /* of the interaction; NULL: a message */
    char *user_name, *command, *text;
    struct json *options;
    struct json *message; /* in a channel that its bot hears; NULL: a command */
    char **argv;          /* of the console's commands */
    size_t argc;
    struct attachment *attachment; /* NULL none */
    bool staff;
    bool personal;                 /* the message that was clicked is the asker's alone */
    bool update;                   /* a click: the answer replaces the message that was clicked */
    bool secret;                   /* answers are for the asker's eyes only */
    bool confides;                 /* ... whatever they turn out to be about: they show contents */
    bool watched;                  /* in the daemon's list */
    bool deferred, answered, busy; /* busy: an answer is on its way, others wait */
    int answers;
    int64_t dm_channel;
    struct effects held; /* answers that wait for their turn */
    int references;
};
struct call *call_new(struct instance *in);
struct call *call_hold(struct call *c);
void call_drop(struct call *c);
void call_watch(struct call *c);        /* defer it when no answer comes in 1.5 s */
void call_run(struct call *c);          /* find who answers */
void calls_defer(struct bot_daemon *d); /* the timer's */
/* Does the member stay within the tenant's limits? If not it is told so, a message once. */
bool call_within_limits(struct call *c);
void commands_message(struct instance *in, const struct json *message, int64_t sequence);
void commands_interaction(struct instance *in, const struct json *interaction, int64_t sequence);
/* A message in a channel that M hears. */
void commands_heard(struct instance *in, const struct module *m, const struct json *message,
                    int64_t sequence);
void commands_member(struct instance *in, const struct json *member, int64_t sequence);
void call_answer_text(struct call *c, const char *text, bool secret);
void call_answer_message(struct call *c, enum message message, const char *place, const char *value,
                         bool secret);

/* deliver.c: carry EFFECTS out; C is who asked, NULL nobody. Empties EFFECTS. */
void deliver(struct instance *in, struct call *c, struct effects *effects);
void deliver_deferral(struct call *c);

/* outbound.h: deliveries of the outbox, for every tenant that is served. */
void outbound_new(struct bot_daemon *d);
void outbound_close(struct bot_daemon *d); /* its handles; before the loop ends */
void outbound_free(struct bot_daemon *d);
void outbound_wake(struct bot_daemon *d);       /* something is due */
void outbound_wake_later(struct bot_daemon *d); /* something may be, and many may say so at once */
/* C bought TX: it is told when the goods cannot be sent. */
void outbound_expect(struct bot_daemon *d, int64_t tx, struct call *c);

/* catchup.c. Noted is the newest message that was heard, never before all until it are written: what a killed
 * daemon could not write is read again by the next one. */
void catchup_written(struct instance *in); /* all that it heard is */
void catchup_stop(struct instance *in);
void catchup_begin(
    struct instance *in); /* a new session: hear what was said since the last message that was */
void catchup_applied(struct instance *in, const struct tenant *before); /* another channel, or just on */

/* renting.c */
void renting_check(struct bot_daemon *d);   /* warnings, renewals and ends that are due */
void renting_changed(struct bot_daemon *d); /* a term may have: look soon */

/* live_stock.c: the message that shows the products. */
void live_stock_begin(struct instance *in); /* the bot is ready */
void live_stock_touch(struct instance *in); /* what it shows may have changed */

/* console.h */
struct console *console_new(struct bot_daemon *d);
void console_free(struct console *c);
bool console_is(const char *command);
/* Before anything is parsed: may it come in now? Those without a role are held to the members' limits. */
bool console_admits(struct call *c);
void console_run(struct call *c);
/* What is wrong with a line, with the sign of errors. */
void console_error(struct call *c, const struct error *e);
/* Do the tables say, or did they lately, that he may do something here? */
bool console_knows(struct call *c);
void console_note(struct console *c, int64_t user_id, bool has_role);
struct command_session *console_session(void *lane); /* on its executor's thread */
/* A click on "yes:ID" or "no:ID"; false: it is not one of ours. */
bool console_click(struct call *c, const char *custom_id);
void console_opened(void *lane, struct store *store); /* executor_options of its lanes */
void console_closing(void *lane);
enum console_lane { LANE_WRITER, LANE_READER, LANE_SLOW, LANE_COUNT };
void *console_lane(struct console *c, enum console_lane lane);
void suggest(struct call *c, const struct json *data);

/* actor.c: who is it, by database and by the roles that the member wears. */
int actor_resolve(struct store *s, const struct snapshot *here, int64_t user_id, bool staff,
                  struct actor *out, struct error *e);
/* Has the member (Discord's object) one of the tenant's staff roles? */
bool actor_is_staff(const struct tenant *t, const struct json *member);

/* --- the daemon --- */

#define DAEMON_BUCKETS 4096

struct bot_daemon {
    const struct daemon_options *options;
    uv_loop_t loop;
    struct daemon_lock *lock;
    struct gateway_hub *hub;
    struct rest *rest;
    struct rest_limits *rest_limits;   /* of the bots and of what is pushed for them */
    struct executor *writer, *reader;  /* reader: learns of changes, so nothing there waits for a peer */
    struct executor *slow;             /* commands that ask the network or read files */
    struct checkpointer *checkpointer; /* of the executors' connections */
    struct push_thread *pusher;
    struct store *look_store; /* only for the log's version, on the loop */
    struct database_watch *watch;
    const struct feature_list *features;
    struct json *admin_commands;
    struct console *console;
    struct outbound *outbound;
    struct limits *limits;
    char instance[33];
    struct instance *table[DAEMON_BUCKETS];
    size_t count;
    int64_t audit_sequence;
    bool looking, look_again, look_all, look_first, started, flush_later;
    atomic_bool stopping; /* executors ask too */
    struct instance *dirty, *stale;
    struct call *calls, **calls_end;     /* oldest first */
    struct call *unheard, **unheard_end; /* messages that were heard and could not be written */
    uv_timer_t flush, later, minute, defer, hear, end, calm, rent, again, settle;
    uv_signal_t term, interrupt, hangup;
    uv_async_t pushed; /* answers of the push thread */
    uv_mutex_t pushed_mutex;
    struct pushed *pushed_list;
    struct instance *to_ask, **to_ask_end;
    size_t given_up;                    /* instances that are */
    int asking;                         /* questions under way */
    bool address_asking;                /* where the gateway is now */
    int64_t address_asked;              /* monotonic ms */
    int64_t look_pause;                 /* ms before the next attempt to read the database */
    int64_t settle_by;                  /* monotonic ms: no later than this what stayed behind is pushed */
    size_t calm_count;                  /* instances when the heap was last trimmed */
    size_t pushing;                     /* asked for and not answered */
    size_t delivering;                  /* effects on their way to Discord */
    int64_t end_by;                     /* monotonic ms */
    int64_t invalid_known, invalid_new; /* answers of the last 10 minutes */
    int64_t hour;                       /* of the last hourly work */
    int64_t clock_ahead;                /* of the wall's clock before the monotonic one, ms */
    int64_t steady_at;                  /* monotonic ms: what the date decides waits until then */
    bool rent_looking;                  /* terms are being looked at */
    int64_t rent_from; /* monotonic ms: not before; who was told late that its term has ended leaves then */
};

struct instance *daemon_find(struct bot_daemon *d, const char *id);
void daemon_table_add(struct bot_daemon *d, struct instance *in);
void daemon_table_remove(struct bot_daemon *d, struct instance *in);
bool daemon_serves(const struct bot_daemon *d, const char *tenant);
/* look.c */
void look_begin(struct bot_daemon *d, bool all, bool first); /* FIRST: start what is wanted */
void look_now(struct bot_daemon *d); /* at what changed, or at all when look_all is set */
void look_database_changed(void *daemon);
/* upkeep.c */
int64_t upkeep_invalid(void *daemon, int delta); /* rest_options.invalid */
void upkeep_budget(struct bot_daemon *d, int64_t add);
void upkeep_hourly(struct bot_daemon *d);
void upkeep_clock(struct bot_daemon *d); /* has it been set? */
void upkeep_calm(struct bot_daemon *d);  /* many bots have started: give memory back soon */
/* What R says against what runs: start, stop, restart, apply. AT_ONCE: do not wait for a control message. */
void daemon_seen(struct bot_daemon *d, struct record *r, bool at_once);
/* Load a tenant's record with its token and go on with it. */
void daemon_load(struct bot_daemon *d, const char *id);
/* Push, and call DONE on the loop. */
void daemon_push(struct bot_daemon *d, const struct push_request *request,
                 void (*done)(void *context, struct push_result *result), void *context);

#endif
