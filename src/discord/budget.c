#include "budget.h"

#define SLOTS \
    (BUDGET_MINUTES + 1) /* the running minute counts whole, so that the sum never says too little */

int64_t budget_spend(struct budget *b, int delta, int64_t now)
{
    int64_t minute = now / 60000 + 1, sum = 0;
    int64_t slot = minute % SLOTS;
    if (b->minute[slot] != minute) {
        b->minute[slot] = minute;
        b->count[slot] = 0;
    }
    b->count[slot] += delta;
    for (int i = 0; i < SLOTS; i++)
        if (minute - b->minute[i] < SLOTS)
            sum += b->count[i];
    return sum;
}

bool budget_warns(int64_t count)
{
    return count * 2 >= BUDGET_LIMIT;
}

bool budget_closed(int64_t count)
{
    return count * 10 >= (int64_t)BUDGET_LIMIT * 8;
}
