/* Taking entities down. Each function frees one entity and what it owns, and accepts NULL. */
#ifndef SANDBOX_RELEASE_H
#define SANDBOX_RELEASE_H

#include "world.h"

void member_free(struct member *m);
void role_free(struct role *r);
void reaction_free(struct reaction *r);
void message_free(struct message *m); /* its attachments must be detached before */
void webhook_free(struct webhook *h);
void interaction_forget(struct world *w, struct interaction *i); /* removes it from the world too */

#endif
