/* The host's count of invalid answers (401, 403, 429 but those of shared scope): 10,000 in 10 minutes ban the
 * address. Pure logic. */
#ifndef TT_DISCORD_BUDGET_H
#define TT_DISCORD_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_LIMIT 10000
#define BUDGET_MINUTES 10

/* The count of this process, by minutes; zeroed is empty. */
struct budget {
    int64_t minute[BUDGET_MINUTES + 1];
    int64_t count[BUDGET_MINUTES + 1];
};

int64_t budget_spend(struct budget *b, int delta, int64_t now); /* ms; the sum of the last 10 minutes */
bool budget_warns(int64_t count);                               /* from 50 % on */
bool budget_closed(int64_t count); /* from 80 % on: only what was acknowledged to a user goes */

#endif
