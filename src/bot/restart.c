/* A bot that fails is started again, with growing pauses, so often as its tenant says; then it is marked with
 * the reason. Whom the network kept from Discord is tried now and then even so, and all of them at once as
 * soon as one gets through: an outage must not need a person for each of a thousand bots. */
#include "instance.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define PAUSE_FIRST_MS 1000
#define PAUSE_MAX_MS 60000
/* A session that stood so long was no failure. */
#define STEADY_MS 10000
/* Between two tries of one that was given up; and between those of all of them. */
#define SELDOM_MS 60000
#define SELDOM_EACH_MS 250
#define UNTRUSTED_MS (10 * 60 * 1000)
/* All that come back at once are spread over so much for each. */
#define WAKE_EACH_MS 20

static int64_t jitter(int64_t ms)
{
    uint32_t random;
    crypto_random(&random, sizeof random);
    return ms / 2 + (int64_t)(random % (uint32_t)(ms / 2 + 1));
}

int64_t instance_pause(int attempts)
{
    int64_t ms = attempts > 6 ? PAUSE_MAX_MS : PAUSE_FIRST_MS << attempts;
    return jitter(ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : ms);
}

static void on_retry(uv_timer_t *timer)
{
    struct instance *in = timer->data;
    instance_close(in);
    in->phase = PHASE_LOADING;
    daemon_load(in->daemon, in->id);
}

void instance_wait(struct instance *in, int64_t delay)
{
    instance_phase(in, PHASE_WAITING);
    uv_timer_start(&in->retry, on_retry, (uint64_t)delay, 0);
}

/* --- giving up --- */

static void set_given_up(struct instance *in, bool given_up)
{
    if (in->given_up == given_up)
        return;
    in->given_up = given_up;
    in->daemon->given_up += given_up ? 1 : (size_t)-1;
}

static void give_up(struct instance *in, enum failure failure, const char *why)
{
    const struct bot_daemon *d = in->daemon;
    bool restarts = tenant_config_bool(&in->snapshot->tenant, CONFIG_AUTO_RESTART);
    struct str text = STR_INIT;
    str_add(&text, why);
    if (in->attempts)
        str_addf(&text, " (after %d restart%s)", in->attempts, in->attempts == 1 ? "" : "s");
    if (in->gateway)
        gateway_stop(in->gateway, true);
    if (in->given_up) { /* it was told when it was given up */
        instance_error(in, str_text(&text));
        instance_phase(in, PHASE_ENDED);
    } else {
        instance_give_up(in, str_text(&text));
    }
    set_given_up(in, failure != FAILURE_OWN && restarts);
    if (in->given_up) {
        int64_t all = (int64_t)d->given_up * SELDOM_EACH_MS;
        int64_t delay = failure == FAILURE_UNTRUSTED ? UNTRUSTED_MS : all > SELDOM_MS ? all : SELDOM_MS;
        uv_timer_start(&in->retry, on_retry, (uint64_t)jitter(delay), 0);
    }
    str_release(&text);
}

bool instance_failed(struct instance *in, enum failure failure, const char *why)
{
    const struct tenant *t = &in->snapshot->tenant;
    int64_t limit = tenant_config_int(t, CONFIG_MAX_RESTART_ATTEMPTS);
    if (!tenant_config_bool(t, CONFIG_AUTO_RESTART))
        limit = 0;
    in->missed |= failure != FAILURE_OWN;
    if (!*why)
        why = "Discord cannot be reached";
    if (in->given_up || in->attempts >= limit) {
        give_up(in, failure, why);
        return false;
    }
    in->attempts++;
    in->restarts++;
    instance_error(in, why);
    return true;
}

static void tell(const struct instance *in, int64_t delay)
{
    log_event(LEVEL_WARN, in->id, "restart", "%s; attempt %d of %" PRId64 " in %" PRId64 " ms", in->error,
              in->attempts, tenant_config_int(&in->snapshot->tenant, CONFIG_MAX_RESTART_ATTEMPTS), delay);
}

void instance_start_failed(struct instance *in, enum failure failure, const char *why)
{
    int64_t delay = instance_pause(in->attempts);
    if (!instance_failed(in, failure, why))
        return;
    tell(in, delay);
    instance_wait(in, delay);
}

/* --- its gateway --- */

void instance_lost(struct instance *in, enum failure failure, const char *why, int64_t delay)
{
    bool stood = in->ready_at && time_monotonic() - in->ready_at >= STEADY_MS;
    bool ordinary = in->ready_at && (stood || !in->lost);
    if (stood)
        in->attempts = 0;
    in->lost = in->ready_at != 0 || in->lost;
    in->ready_at = 0;
    if (failure == FAILURE_UNTRUSTED) {
        gateway_stop(in->gateway, true);
        instance_start_failed(in, failure, why); /* anew, by the address that Discord names then */
    } else if (ordinary) {
        log_event(LEVEL_WARN, in->id, "gateway", "%s; again in %" PRId64 " ms", why, delay);
        status_changed(in);
    } else if (instance_failed(in, failure, why)) {
        tell(in, delay);
        status_changed(in);
    }
}

/* The network is back for one that had missed it: it may be for the others. */
static void wake_others(struct bot_daemon *d)
{
    int64_t span = (int64_t)d->given_up * WAKE_EACH_MS;
    for (size_t b = 0; b < DAEMON_BUCKETS && d->given_up; b++) {
        for (struct instance *in = d->table[b]; in; in = in->hash_next) {
            if (in->given_up && in->phase == PHASE_ENDED)
                uv_timer_start(&in->retry, on_retry, (uint64_t)jitter(span), 0);
        }
    }
}

void instance_stands(struct instance *in)
{
    bool missed = in->missed;
    in->missed = false;
    in->ready_at = time_monotonic();
    in->troubles = in->misses = 0;
    set_given_up(in, false);
    instance_error(in, "");
    if (missed)
        wake_others(in->daemon);
}

void instance_forgive(struct instance *in)
{
    set_given_up(in, false);
    in->attempts = 0;
    in->lost = false;
    in->ready_at = 0;
    instance_error(in, "");
}
