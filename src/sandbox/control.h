/* The scripting side: documents {"do": VERB, ...} that act as members, read what bots did, and order faults.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "request.h"
#include "tt/base/error.h"

/* POST /control. */
void control_request(struct request *r);
/* Is it a document that control_run can take? For scripts, before anything is served. */
int control_check(const struct json *doc, struct error *e);
/* Carry a document out. Returns the answer; NULL with ERROR_NONE: it is a wait (see waits.h); NULL with an
 * error. */
struct json *control_run(struct box *b, const struct json *doc, struct error *e);

#endif
