#ifndef SANDBOX_ROUTER_H
#define SANDBOX_ROUTER_H

#include "request.h"

/* Find the route of a request below /api, check its token, its limits and its body, and let its handler
 * answer. */
void router_run(struct request *r);

#endif
