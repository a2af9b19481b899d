#include "internal.h"

#include "tt/base/time.h"

#define LOOK_US 1000    /* between two looks whether somebody waits; less is not worth a transaction */
#define REST_FACTOR 3   /* where others write, a long job takes a quarter of the time */
#define PATIENCE_MS 250 /* so often a long job gets its turn beside who writes without end */
#define GIVE_WAY_MS 50  /* among writers without end it must go on too */

bool store_awaited(const struct store *s)
{
    return lock_taken(s->lock_fd, LOCK_WAITING);
}

void store_give_way(struct store *s, int most_ms)
{
    int64_t now = time_monotonic(), until = now + most_ms;
    off_t who = LOCK_WAITING;
    if (now - s->gave_way_at >= PATIENCE_MS && lock_taken(s->lock_fd, LOCK_PATIENT)) {
        who = LOCK_PATIENT;
        s->gave_way_at = now;
    }
    while (lock_taken(s->lock_fd, who) && time_monotonic() < until)
        lock_pause(s, 1);
}

static void give_way(struct store *s)
{
    int64_t until = time_monotonic() + GIVE_WAY_MS;
    while (time_monotonic() < until && time_monotonic_us() < s->slice.rest_until_us)
        lock_pause(s, 1);
    store_give_way(s, (int)(until - time_monotonic()));
}

int slice_begin(struct store *s, int us, struct error *e)
{
    give_way(s);
    if (store_durable(s, false, e))
        return -1;
    s->patient = true;
    int rc = store_begin(s, e);
    s->patient = false;
    if (rc) {
        store_durable(s, true, NULL);
        return -1;
    }
    int64_t now = time_monotonic_us();
    s->slice = (struct slice){.began_us = now, .until_us = now + us, .look_us = now + LOOK_US};
    return 0;
}

bool slice_over(struct store *s)
{
    int64_t now = time_monotonic_us();
    if (now >= s->slice.until_us)
        return true;
    if (now < s->slice.look_us)
        return false;
    s->slice.look_us = now + LOOK_US;
    /* Who is announced for a checkpoint keeps all the others waiting. */
    if (!store_awaited(s) && !lock_taken(s->lock_fd, LOCK_CHECKPOINT))
        return false;
    s->slice.until_us = now; /* it stays over */
    return true;
}

int slice_end(struct store *s, int result, struct error *e)
{
    bool asked = store_awaited(s);
    result = work_end(s, true, result, e);
    int64_t now = time_monotonic_us();
    if (asked)
        s->slice.rest_until_us = now + REST_FACTOR * (now - s->slice.began_us);
    int durable = store_durable(s, true, result ? NULL : e);
    return result || durable ? -1 : 0;
}

int slice_run(struct store *s, int (*work)(void *context, struct error *e), void *context, struct error *e)
{
    if (slice_begin(s, SLICE_US, e))
        return -1;
    return slice_end(s, work(context, e), e);
}
