/* Rate limits as documented: one per route and top-level resource, one over all routes of a bot. */
#ifndef SANDBOX_RATELIMIT_H
#define SANDBOX_RATELIMIT_H

#include "request.h"

/* Count the request. True when it is over a limit and has its 429; in both cases the headers are set. */
bool ratelimit_hit(struct request *r);
void ratelimit_release(struct box *b);

#endif
