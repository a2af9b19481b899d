/* What the files about tenants share. */
#ifndef STORE_TENANTS_PRIVATE_H
#define STORE_TENANTS_PRIVATE_H

#include "internal.h"
#include "tt/store/tenants.h"

int tenant_missing(const char *id, struct error *e);                  /* ERROR_NO_SUCH; -1 */
int tenant_require(struct store *s, const char *id, struct error *e); /* 0 when it is there, not deleted */

/* The daemon run whose statuses count now; "" when no daemon is alive. */
int daemon_instance(struct store *s, char out[33], struct error *e);
/* Read BOT_COLUMNS of bot_states b and tenants t from COLUMN on; INSTANCE as daemon_instance gives it. */
#define BOT_COLUMNS                                                                                \
    "b.state, b.instance, b.latency_ms, b.restarts, b.error, b.heartbeat_at, b.applied_revision, " \
    "b.applied_hash,"                                                                              \
    " b.epoch, b.notified, b.missing_intents, b.hash_differs, t.status, t.wanted, t.token, t.deleted_at"
void bot_status_none(struct bot_status *b); /* of a bot that nothing is known of */
int bot_status_read(const struct query *q, int column, const char *instance, struct bot_status *b,
                    struct error *e);

#endif
