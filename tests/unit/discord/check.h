/* What cmocka wants included before it, and a condition that a loop is run for. */
#ifndef TT_TESTS_DISCORD_CHECK_H
#define TT_TESTS_DISCORD_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <uv.h>

#include "tt/base/str.h"
#include "tt/base/time.h"

static inline void check_nothing(uv_timer_t *timer)
{
    (void)timer;
}

static inline void check_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

/* Run LOOP until CONDITION holds; false when it did not within 10 s. */
static inline bool run_until(uv_loop_t *loop, bool (*condition)(void *), void *context)
{
    uv_timer_t tick;
    int64_t end = time_monotonic() + 10000;
    bool held, closed = false;
    uv_timer_init(loop, &tick);
    uv_timer_start(&tick, check_nothing, 20, 20);
    while (!(held = condition(context)) && time_monotonic() < end)
        uv_run(loop, UV_RUN_ONCE);
    tick.data = &closed;
    uv_close((uv_handle_t *)&tick, check_closed);
    while (!closed)
        uv_run(loop, UV_RUN_NOWAIT);
    return held;
}

#define assert_runs_until(loop, condition, context) assert_true(run_until((loop), (condition), (context)))

#endif
