/* The daemon: every tenant's bot in one process on one loop. */
#ifndef TT_BOT_BOT_H
#define TT_BOT_BOT_H

#include "tt/base/error.h"
#include "tt/base/json.h"
#include "tt/domain/feature.h"
#include "tt/store/tenants.h"

/* The feature specs of all modules in this version. */
const struct feature_list *bot_features(void);

/* What the daemon would ask of Discord to deliver what T has from the number FIRST on: [{"method","path",
 * "body"}]. The contents of goods are stars, as many as they have bytes. */
struct json *bot_deliveries_plan(struct store *s, const struct tenant *t, int64_t first);

struct daemon_options {
    const char *database_path, *key_path, *api_base, *ca_file;
    const char *tenant; /* NULL: all */
    /* Called once when every wanted bot was started (not yet READY); for notices. May be NULL. */
    void (*started)(void *context, size_t bots);
    void *context;
};
/* Run until SIGTERM or SIGINT; SIGHUP reloads (log file, every tenant looked at anew). 0, or -1 and E when it
 * cannot start (database, key, lock). */
int daemon_run(const struct daemon_options *options, struct error *e);

#endif
