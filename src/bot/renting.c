/* Rental terms: warnings in the tenant's `logs` before the end, renewal or expiry at the end. What changes
 * the tenant goes through the same commands as a person's line, by the actor "daemon". Terms are looked at
 * each minute, soon after somebody changed something, and at the moment that such a look found to come. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"
#include "tt/store/deliveries.h"
#include "tt/store/renting.h"

#define BATCH 50
#define HOUR (60 * 60 * 1000)
#define CHANGED_MS 1000          /* until a change is looked at: one look for all till then */
#define AHEAD_MS INT64_C(120000) /* a look sees so far; the minute's comes before that is over */

struct due {
    char tenant[TENANT_ID_TEXT];
    struct rent rent;
    int days;
};

struct renting_job {
    struct job job;
    struct bot_daemon *daemon;
    struct due due[BATCH];
    int count;
    int64_t next; /* when something is due, as far as a look sees; INT64_MAX none */
    bool queued, acted, late;
};

static void keep(void *context, const char *tenant, const struct rent *rent, int days)
{
    struct renting_job *j = context;
    struct due *due = &j->due[j->count++];
    str_copy(due->tenant, sizeof due->tenant, tenant);
    due->rent = *rent;
    due->days = days;
}

/* --- through the commands --- */

static void write_bytes(void *context, const char *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    (void)n;
}

static int run_line(struct renting_job *j, const char *const *argv, size_t argc, struct error *e)
{
    struct command_session *session = console_session(console_lane(j->daemon->console, LANE_WRITER));
    struct actor actor = {.face = FACE_DAEMON, .role = ROLE_OWNER, .who = "daemon"};
    struct command_options options = COMMAND_OPTIONS_INIT;
    struct sink nowhere = {.write = write_bytes};
    struct writer *w = writer_new(&(struct writer_options){.data = nowhere, .messages = nowhere});
    struct outcome outcome;
    session_set_actor(session, &actor);
    int rc = session_run(session, argv, argc, &options, w, &outcome, e);
    outcome_release(&outcome);
    writer_free(w);
    return rc;
}

static int end(struct renting_job *j, const struct due *due, struct error *e)
{
    char days[16];
    snprintf(days, sizeof days, "%d", RENT_DAYS);
    const char *renew[] = {"rent", due->tenant, "extend", days},
               *expire[] = {"status", due->tenant, "expired"};
    return due->rent.auto_renew ? run_line(j, renew, 4, e) : run_line(j, expire, 3, e);
}

/* --- notices --- */

static void add_left(struct str *out, enum language language, int64_t ms)
{
    int64_t hours = (ms + HOUR - 1) / HOUR;
    bool days = hours >= 48;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, days ? (hours + 12) / 24 : hours);
    message_add(out, language,
                hours < 2 ? MESSAGE_HOUR_LEFT
                : days    ? MESSAGE_DAYS
                          : MESSAGE_HOURS,
                "n", number, NULL);
}

static int notify(struct renting_job *j, struct store *s, const struct tenant *t, enum message message,
                  int64_t ends_at, int64_t now, struct error *e)
{
    struct tenant_scope scope = scope_of(s, t->id);
    enum language language = str_equal(tenant_config(t, CONFIG_LANGUAGE), "en") ? LANGUAGE_EN : LANGUAGE_ID;
    struct str text = STR_INIT, left = STR_INIT, document = STR_INIT;
    char date[TIME_TEXT], days[16];
    if (!t->channels[CHANNEL_LOGS])
        return 0;
    zone_format(tenant_config(t, CONFIG_TIMEZONE), ends_at, date);
    add_left(&left, language, ends_at - now);
    snprintf(days, sizeof days, "%d", RENT_DAYS);
    message_add(&text, language, message, "left", str_text(&left), "date", date, "days", days, NULL);
    struct json *notice = render_text(str_text(&text), 0);
    json_print(notice, &document);
    int rc = deliveries_add_notice(&scope, t->channels[CHANNEL_LOGS], 0, str_text(&document), now, NULL, e);
    j->queued = true;
    json_free(notice);
    str_release(&text);
    str_release(&left);
    str_release(&document);
    return rc;
}

/* Both or neither: a notice without its mark would come again every minute. */
static int warn(struct renting_job *j, struct store *s, const struct tenant *t, const struct due *due,
                int64_t now, struct error *e)
{
    struct tenant_scope scope = scope_of(s, t->id);
    enum message message = !due->days             ? MESSAGE_RENT_ENDED
                           : due->rent.auto_renew ? MESSAGE_RENT_WILL_RENEW
                                                  : MESSAGE_RENT_ENDS;
    if (store_savepoint(s, e))
        return -1;
    if (notify(j, s, t, message, due->rent.ends_at, now, e) == 0 &&
        rents_warned(&scope, due->days ? due->days : RENT_END_TOLD, e) == 0 && store_release(s, e) == 0)
        return 0;
    store_rollback_to(s);
    return -1;
}

/* A bot that leaves says so first; after the end only where somebody can read it. */
static bool parts(const struct tenant *t, const struct rent *rent, bool late)
{
    return !rent->auto_renew && rent->warned != RENT_END_TOLD && (!late || t->channels[CHANNEL_LOGS]);
}

static int act(struct renting_job *j, struct store *s, const struct due *due, int64_t now, struct error *e)
{
    struct tenant_scope scope = scope_of(s, due->tenant);
    struct rent rent;
    struct tenant t;
    int rc = tenants_load(s, due->tenant, &t, e);
    bool late = due->rent.ends_at <= now, says = rc == 0 && !due->days && parts(&t, &due->rent, late);
    if (rc == 0 && (due->days || says)) {
        rc = warn(j, s, &t, due, now, e);
        j->late = j->late || (says && late);
    } else if (rc == 0) {
        rc = end(j, due, e);
        if (rc == 0 && due->rent.auto_renew && (rc = rents_load(&scope, &rent, e)) == 0)
            rc = notify(j, s, &t, MESSAGE_RENT_RENEWS, rent.ends_at, now, e);
    }
    tenant_release(&t);
    return rc;
}

/* --- */

static int renting_run(struct job *job, struct store *s, struct error *e)
{
    struct renting_job *j = (struct renting_job *)job;
    int64_t now = time_now();
    if (rents_due(s, j->daemon->options->tenant, now, BATCH, keep, j, e))
        return -1;
    for (int i = 0; i < j->count; i++) {
        const struct due *due = &j->due[i];
        if (!daemon_serves(j->daemon, due->tenant))
            continue;
        struct error why = {0};
        if (act(j, s, due, now, &why) == 0) {
            j->acted = true;
            continue;
        }
        if (error_code_status(why.code) == 4) {
            *e = why;
            return -1;
        }
        /* One tenant's trouble is nobody else's. */
        log_event(LEVEL_ERROR, due->tenant, "renting", "%s", why.message);
    }
    j->next = rents_next_due(s, j->daemon->options->tenant, now + AHEAD_MS);
    return 0;
}

static void renting_reset(struct job *job)
{
    struct renting_job *j = (struct renting_job *)job;
    j->count = 0;
    j->queued = j->acted = j->late = false;
}

/* --- when --- */

static void on_look(uv_timer_t *timer)
{
    renting_check(timer->data);
}

/* In MS at the latest. */
static void look_in(struct bot_daemon *d, int64_t ms)
{
    uint64_t wait = ms > 0 ? (uint64_t)ms : 0;
    if (d->stopping || (uv_is_active((uv_handle_t *)&d->rent) && uv_timer_get_due_in(&d->rent) <= wait))
        return;
    uv_timer_start(&d->rent, on_look, wait, 0);
}

static void look_at(struct bot_daemon *d, int64_t due)
{
    if (due >= 0 && due < INT64_MAX)
        look_in(d, due - time_now());
}

static void renting_done(struct job *job, const struct error *failed)
{
    struct renting_job *j = (struct renting_job *)job;
    struct bot_daemon *d = j->daemon;
    if (failed)
        log_event(LEVEL_ERROR, NULL, "renting", "terms not looked at: %s", failed->message);
    else if (j->queued)
        outbound_wake(d);
    d->rent_looking = false;
    if (!failed && j->late)
        d->rent_from = time_monotonic() + RENT_PARTING_MS;
    if (!failed && j->acted) /* where nothing could be done a minute passes */
        look_at(d, j->next);
    free(j);
}

/* Mostly nothing is due: seen without the write lock. */
static int peek_run(struct job *job, struct store *s, struct error *e)
{
    struct renting_job *j = (struct renting_job *)job;
    int64_t now = time_now();
    (void)e;
    j->next = rents_next_due(s, j->daemon->options->tenant, now + AHEAD_MS);
    j->count = j->next >= 0 && j->next <= now;
    return 0;
}

static void peek_done(struct job *job, const struct error *failed)
{
    struct renting_job *j = (struct renting_job *)job;
    struct bot_daemon *d = j->daemon;
    if (failed || !j->count || d->stopping) {
        d->rent_looking = false;
        if (!failed)
            look_at(d, j->next);
        free(j);
        return;
    }
    j->count = 0;
    j->job = (struct job){.run = renting_run, .reset = renting_reset, .done = renting_done};
    executor_submit(d->writer, &j->job);
}

void renting_check(struct bot_daemon *d)
{
    upkeep_clock(d); /* nothing ends by a clock that was set this minute */
    int64_t now = time_monotonic();
    if (now < d->steady_at)
        return;
    if (d->rent_looking || now < d->rent_from) {
        look_in(d, d->rent_looking ? CHANGED_MS : d->rent_from - now);
        return;
    }
    d->rent_looking = true;
    struct renting_job *j = mem_zero(1, sizeof *j);
    j->job = (struct job){.run = peek_run, .done = peek_done, .reads = true};
    j->daemon = d;
    executor_submit(d->reader, &j->job);
}

void renting_changed(struct bot_daemon *d)
{
    look_in(d, CHANGED_MS);
}
