/* Waiting for a condition: looked at whenever something happens, until it holds or the time is over. */
#ifndef SANDBOX_WAITS_H
#define SANDBOX_WAITS_H

#include "request.h"
#include "tt/base/error.h"

/* {"do":"wait","for":...}: is it a wait that can be started? */
int wait_check(const struct json *doc, struct error *e);
/* The answer when the condition holds already. Otherwise NULL and *WAIT: DONE is called once, later, with the
 * answer, which it owns. */
struct json *wait_start(struct box *b, const struct json *doc, void (*done)(void *owner, struct json *answer),
                        void *owner, struct wait **wait);
/* Forget it without calling DONE. */
void wait_drop(struct wait *w);
void waits_look(struct box *b);
/* Forget all of them. */
void waits_release(struct box *b);

#endif
