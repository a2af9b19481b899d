/* The console's commands on Discord, in three files:
 *
 *   console.c         a line or a click comes in: where it runs, who sees the answer, how many at once
 *   console_lane.c    it runs on an executor, through the command session of its lane
 *   console_answer.c  what came of it: an answer, a question, pushes */
#ifndef BOT_CONSOLE_H
#define BOT_CONSOLE_H

#include "confirmation.h"
#include "daemon.h"

/* What serves the lines of one executor; on its thread but for `console` and `joined`. */
struct lane {
    struct console *console;
    bool joined; /* to the executor's transaction */
    struct store *store;
    struct command_session *session;
    struct ports ports;
    struct str question; /* what the running command asked */
    struct call *call;   /* of the running command */
};

enum act {
    ACT_RUN,
    ACT_CONFIRMED, /* its question was answered with yes */
    ACT_REFUSE     /* its question was answered by somebody else */
};

#define OPERATORS_KNOWN 64

struct console {
    struct bot_daemon *daemon;
    struct console_job *running; /* on an executor */
    struct waiting *waiting, **waiting_end;
    int64_t operators[OPERATORS_KNOWN]; /* who had a role when last asked, newest overwrites oldest */
    unsigned operators_next;
    struct lane lanes[LANE_COUNT];
    struct confirmations confirmations;
};

struct console_job {
    struct job job;
    struct console_job *next, **at; /* of those that run */
    struct call *call;
    struct lane *lane;
    enum act act;
    enum operator_role role; /* of who asked */
    struct gateway_session session;
    /* --- what it produced --- */
    struct str text, question;
    struct outcome outcome;
    bool ran;
    struct error error;    /* code none: it did what was asked */
    struct record *record; /* of the tenant that changed */
    size_t pushes;         /* under way */
};

static inline const char *const *words_of(const struct call *c)
{
    return (const char *const *)c->argv;
}

/* console_lane.c: `run` and `reset` of a console_job, see executor.h. */
int console_job_run(struct job *job, struct store *s, struct error *e);
void console_job_reset(struct job *job);

/* console_answer.c: answer, ask, push; frees J. FAILED: it was not committed. */
void console_finish(struct console_job *j, const struct error *failed);

#endif
