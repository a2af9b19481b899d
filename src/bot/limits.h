/* How often a member may use commands: one and the same command again after a cooldown, and so many commands
 * in five seconds. In memory, bounded; time is a parameter. */
#ifndef BOT_LIMITS_H
#define BOT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct limits;

struct limits *limits_new(void);
void limits_free(struct limits *l);

enum limit_verdict {
    LIMIT_PASS,
    LIMIT_COOLDOWN, /* *WAIT_MS until it would pass */
    LIMIT_RATE
};
/* *FIRST: the member has not been told yet in this window. RATE or COOLDOWN_S 0: no such limit. */
enum limit_verdict limits_take(struct limits *l, const char *tenant, int64_t user, const char *command,
                               int64_t cooldown_s, int64_t rate, int64_t now, int64_t *wait_ms, bool *first);

/* How many more RATE allows now. Takes nothing. */
int64_t limits_left(struct limits *l, const char *tenant, int64_t user, int64_t rate, int64_t now);

#endif
