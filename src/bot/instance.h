/* What instance.c and connect.c share of an instance. */
#ifndef BOT_INSTANCE_H
#define BOT_INSTANCE_H

#include "daemon.h"

/* instance.c */
void instance_wipe(struct instance *in);                       /* the token and what was fetched with it */
void instance_error(struct instance *in, const char *message); /* "" none */
void instance_phase(struct instance *in, enum phase phase);

/* connect.c */
void instance_ask(struct instance *in); /* the token is there: go on to the gateway */
void instance_close(struct instance *in);
void instance_give_up(struct instance *in, const char *why);
void instance_token_refused(struct instance *in);

/* restart.c: how often a bot is started again, and what ends that. */
enum failure {
    FAILURE_OWN,      /* what Discord says of this bot alone: its end is an end */
    FAILURE_NETWORK,  /* nobody's: when the network is back, so is the bot */
    FAILURE_UNTRUSTED /* a certificate stays wrong until somebody mends it */
};
/* Counts a failure. True: it is to be started again; false: it has been given up. */
bool instance_failed(struct instance *in, enum failure failure, const char *why);
/* The same, and a start follows after a growing pause. */
void instance_start_failed(struct instance *in, enum failure failure, const char *why);
void instance_wait(struct instance *in, int64_t delay); /* then start */
int64_t instance_pause(int attempts);
void instance_lost(struct instance *in, enum failure failure, const char *why,
                   int64_t delay);          /* its gateway */
void instance_stands(struct instance *in);  /* READY */
void instance_forgive(struct instance *in); /* count anew */

#endif
