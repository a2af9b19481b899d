/* Waiting times between attempts: exponential, capped, with jitter so that many clients spread. */
#ifndef TT_DISCORD_BACKOFF_H
#define TT_DISCORD_BACKOFF_H

#include <stdint.h>

/* The wait before attempt N+1 (N >= 1 failed so far): half of min(CAP, BASE * 2^(N-1)) plus up to the other
 * half by FRACTION, which is in [0, 1). All in ms. */
int64_t backoff_delay(int n, int64_t base, int64_t cap, double fraction);

/* A random number in [0, 1). */
double backoff_fraction(void);

#endif
