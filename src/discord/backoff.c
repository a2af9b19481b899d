#include "backoff.h"

#include "tt/base/crypto.h"

int64_t backoff_delay(int n, int64_t base, int64_t cap, double fraction)
{
    int64_t full = base;
    for (int i = 1; i < n && full < cap; i++)
        full *= 2;
    if (full > cap)
        full = cap;
    return full / 2 + (int64_t)((double)(full - full / 2) * fraction);
}

double backoff_fraction(void)
{
    uint32_t n;
    crypto_random(&n, sizeof n);
    return (double)n / 4294967296.0;
}
