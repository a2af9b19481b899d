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
/* A failure of the bot itself: it is started again so many times, with growing pauses. */
void instance_start_failed(struct instance *in, const char *why);

#endif
