#include "outbound.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define BATCH 100 /* of one lease, which is one commit */
#define UNDER_WAY_MOST 1000
#define DIRECT_WINDOW 40      /* of one tenant's goods under way at once: each goes to a channel of its own */
#define CHANNEL_WINDOW 4      /* of the posts for one channel, which Discord takes one after the other */
#define LEASE_MS (150 * 1000) /* longer than a request may take, its retries included */
#define GATHER_MS 20
#define SLICE_US 10000 /* of rendering: then it is others' turn */
/* A message is not older than the answer before it says; the seconds are full ones, and Discord has many
 * clocks. */
#define MARGIN_MS 10000

/* --- what is under way, by lane --- */

/* Packages of one lane from their lease to their end. */
struct lane_use {
    char tenant[TENANT_ID_TEXT];
    int64_t channel;
    size_t count;
};

static struct lane_use *lane_find(const struct outbound *o, const char *tenant, int64_t channel)
{
    for (size_t i = 0; i < o->lane_count; i++) {
        if (o->lanes[i].channel == channel && str_equal(o->lanes[i].tenant, tenant))
            return &o->lanes[i];
    }
    return NULL;
}

static void lane_enter(struct outbound *o, const struct package *p)
{
    struct lane_use *lane = lane_find(o, p->tenant, p->channel_id);
    o->under_way++;
    if (!lane) {
        o->lanes = mem_resize(o->lanes, o->lane_count + 1, sizeof *o->lanes);
        lane = &o->lanes[o->lane_count++];
        *lane = (struct lane_use){.channel = p->channel_id};
        str_copy(lane->tenant, sizeof lane->tenant, p->tenant);
    }
    lane->count++;
}

void outbound_release(struct bot_daemon *d, struct package *p)
{
    struct outbound *o = d->outbound;
    struct lane_use *lane = lane_find(o, p->tenant, p->channel_id);
    o->under_way--;
    if (--lane->count == 0)
        *lane = o->lanes[--o->lane_count];
    package_free(p);
    if (o->full)
        outbound_wake_later(d);
}

/* --- rendering --- */

struct render_job {
    struct job job;
    struct bot_daemon *daemon;
    struct package *first; /* to be rendered */
    struct package *filled, **filled_end;
};

static int render_run(struct job *job, struct store *s, struct error *e)
{
    struct render_job *j = (struct render_job *)job;
    int64_t until = time_monotonic_us() + SLICE_US;
    (void)e;
    do {
        struct package *p = j->first;
        j->first = p->next;
        p->next = NULL;
        package_fill(p, s);
        *j->filled_end = p;
        j->filled_end = &p->next;
    } while (j->first && time_monotonic_us() < until);
    return 0;
}

static void render(struct render_job *j);

static void render_done(struct job *job, const struct error *failed)
{
    struct render_job *j = (struct render_job *)job;
    while (j->filled) {
        struct package *p = j->filled;
        j->filled = p->next;
        outbound_send(j->daemon, p);
    }
    if (j->first && !failed && !j->daemon->stopping) {
        render(j);
        return;
    }
    while (j->first) { /* their leases are left to the next daemon */
        struct package *p = j->first;
        j->first = p->next;
        outbound_release(j->daemon, p);
    }
    free(j);
}

static void render(struct render_job *j)
{
    j->job = (struct job){.run = render_run, .done = render_done, .reads = true};
    j->filled_end = &j->filled;
    executor_submit(j->daemon->reader, &j->job);
}

/* --- leasing --- */

/* Of one lane. */
struct wish {
    struct delivery_lane lane;
    int room;
};

struct lease_job {
    struct job job;
    struct bot_daemon *daemon;
    struct wish *wishes; /* none: leases that ran out are looked after */
    size_t count;
    struct package *first, **end;
    int64_t after_id;
    int most, taken;
};

static void keep(void *context, const struct delivery *row)
{
    struct lease_job *j = context;
    struct package *p = package_new(row);
    *j->end = p;
    j->end = &p->next;
    j->taken++;
}

static int lease_run(struct job *job, struct store *s, struct error *e)
{
    struct lease_job *j = (struct lease_job *)job;
    const struct bot_daemon *d = j->daemon;
    int64_t now = time_now();
    if (!j->count)
        return deliveries_expire(s, d->options->tenant, now, e);
    for (size_t i = 0; i < j->count && j->taken < j->most; i++) {
        int left = j->most - j->taken, room = j->wishes[i].room;
        if (deliveries_lease(s, &j->wishes[i].lane, d->instance, now, now + LEASE_MS, j->after_id,
                             room < left ? room : left, keep, j, e))
            return -1;
    }
    return 0;
}

static void lease_reset(struct job *job)
{
    struct lease_job *j = (struct lease_job *)job;
    while (j->first) {
        struct package *p = j->first;
        j->first = p->next;
        package_free(p);
    }
    j->end = &j->first;
    j->taken = 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct outbound *o = timer->data;
    outbound_wake(o->daemon);
}

static void wait_until(struct outbound *o, int64_t due)
{
    int64_t ms = due - time_now();
    if (due >= 0 && due != INT64_MAX && !o->daemon->stopping)
        uv_timer_start(&o->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

/* What can be sent is rendered, as the committed lease gave it. Takes the list. */
static void send_all(struct bot_daemon *d, struct package *first)
{
    struct render_job *j = mem_zero(1, sizeof *j);
    struct package **end = &j->first;
    j->daemon = d;
    while (first) {
        struct package *p = first;
        first = p->next;
        p->next = NULL;
        lane_enter(d->outbound, p);
        if (outbound_withheld(d, p)) {
            outbound_release(d, p);
            continue;
        }
        *end = p;
        end = &p->next;
    }
    if (j->first)
        render(j);
    else
        free(j);
}

static void lease_done(struct job *job, const struct error *failed)
{
    struct lease_job *j = (struct lease_job *)job;
    struct outbound *o = j->daemon->outbound;
    o->leasing = false;
    if (failed) {
        log_event(LEVEL_WARN, NULL, "delivery", "nothing leased: %s", failed->message);
        wait_until(o, time_now() + RETRY_FIRST_MS);
    }
    send_all(j->daemon, j->first);
    if (!failed)
        outbound_wake(j->daemon);
    free(j->wishes);
    free(j);
}

/* Takes WISHES. */
static void lease(struct outbound *o, struct wish *wishes, size_t count, int most)
{
    struct lease_job *j = mem_zero(1, sizeof *j);
    int64_t date = rest_date(o->daemon->rest);
    o->leasing = true;
    o->again = false;
    j->job.run = lease_run;
    j->job.reset = lease_reset;
    j->job.done = lease_done;
    j->daemon = o->daemon;
    j->wishes = wishes;
    j->count = count;
    j->most = most;
    j->end = &j->first;
    j->after_id = snowflake_since(date - MARGIN_MS);
    executor_submit(o->daemon->writer, &j->job);
}

/* --- looking --- */

/* Most wakes find nothing: that is seen without the write lock. */
struct look_job {
    struct job job;
    struct bot_daemon *daemon;
    struct delivery_lane *lanes;
    size_t count;
    int64_t expiry;
};

static void see(void *context, const struct delivery_lane *lane)
{
    struct look_job *j = context;
    j->lanes = mem_resize(j->lanes, j->count + 1, sizeof *j->lanes);
    j->lanes[j->count++] = *lane;
}

static int look_run(struct job *job, struct store *s, struct error *e)
{
    struct look_job *j = (struct look_job *)job;
    j->expiry = deliveries_next_expiry(s, j->daemon->options->tenant);
    return deliveries_lanes(s, j->daemon->options->tenant, see, j, e);
}

/* What may be leased, a tenant's bot being there: goods (CHANNELS false) or posts. *NEXT: the earliest that
 * is to come. */
static size_t choose(struct outbound *o, const struct look_job *look, bool channels, int64_t now,
                     struct wish *wishes, int64_t *next)
{
    size_t n = 0;
    for (size_t i = 0; i < look->count; i++) {
        const struct delivery_lane *lane = &look->lanes[i];
        if ((lane->channel != 0) != channels || !outbound_connected(o->daemon, lane->tenant))
            continue;
        if (lane->due > now) {
            *next = lane->due < *next ? lane->due : *next;
            continue;
        }
        const struct lane_use *use = lane_find(o, lane->tenant, lane->channel);
        int room = (channels ? CHANNEL_WINDOW : DIRECT_WINDOW) - (use ? (int)use->count : 0);
        if (room <= 0) {
            o->full = true;
            continue;
        }
        wishes[n++] = (struct wish){.lane = *lane, .room = room};
    }
    return n;
}

static void look_done(struct job *job, const struct error *failed)
{
    struct look_job *j = (struct look_job *)job;
    struct outbound *o = j->daemon->outbound;
    struct wish *wishes = mem_zero(j->count + 1, sizeof *wishes);
    int64_t now = time_now(), next = j->expiry;
    int left = UNDER_WAY_MOST - (int)o->under_way;
    o->looking = o->full = false;
    size_t n = failed || o->daemon->stopping ? 0 : choose(o, j, false, now, wishes, &next);
    if (!failed && !o->daemon->stopping)
        n += choose(o, j, true, now, wishes + n, &next);
    if (o->daemon->stopping) {
        free(wishes);
    } else if (failed || j->expiry < 0) { /* the database could not be asked */
        free(wishes);
        wait_until(o, now + RETRY_FIRST_MS);
    } else if ((n && left > 0) || j->expiry <= now) {
        lease(o, wishes, j->expiry <= now ? 0 : n, left < BATCH ? left : BATCH);
    } else {
        o->full = o->full || n;
        free(wishes);
        if (o->again)
            outbound_wake(o->daemon);
        else
            wait_until(o, next);
    }
    free(j->lanes);
    free(j);
}

void outbound_wake(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    if (d->stopping)
        return;
    if (o->looking || o->leasing) {
        o->again = true;
        return;
    }
    struct look_job *j = mem_zero(1, sizeof *j);
    o->looking = true;
    o->again = false;
    j->job.run = look_run;
    j->job.done = look_done;
    j->job.reads = true;
    j->daemon = d;
    executor_submit(d->reader, &j->job);
}

void outbound_wake_later(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    if (!d->stopping && !o->looking && !o->leasing &&
        (!uv_is_active((uv_handle_t *)&o->timer) || uv_timer_get_due_in(&o->timer) > GATHER_MS))
        uv_timer_start(&o->timer, on_timer, GATHER_MS, 0);
}

/* --- life --- */

void outbound_new(struct bot_daemon *d)
{
    d->outbound = mem_zero(1, sizeof *d->outbound);
    d->outbound->daemon = d;
    uv_timer_init(&d->loop, &d->outbound->timer);
    uv_timer_init(&d->loop, &d->outbound->note);
    d->outbound->timer.data = d->outbound->note.data = d->outbound;
}

void outbound_close(struct bot_daemon *d)
{
    struct outbound *o = d->outbound;
    results_release(o);
    uv_close((uv_handle_t *)&o->timer, NULL);
    uv_close((uv_handle_t *)&o->note, NULL);
}

void outbound_free(struct bot_daemon *d)
{
    if (d->outbound) /* a daemon that did not begin has none */
        free(d->outbound->lanes);
    free(d->outbound);
    d->outbound = NULL;
}
