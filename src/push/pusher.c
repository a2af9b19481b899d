#include "pusher.h"

#include <inttypes.h>
#include <malloc.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* So many runs at a time leave the heap full of holes. */
#define TRIM_AFTER 100
/* What a sweep left behind is looked at again after. */
#define SWEEP_AGAIN_MS 200
#define LOCKED_RETRY_MS 200
#define LOCKED_RETRY_MAX_MS 10000

static void tick(struct pusher *p);

static void on_timer(uv_timer_t *timer)
{
    struct pusher *p = timer->data;
    p->due = INT64_MAX;
    tick(p);
}

void pusher_wake(struct pusher *p, int64_t at)
{
    if (p->freeing || at >= p->due)
        return;
    int64_t now = time_monotonic();
    p->due = at;
    uv_update_time(p->options.loop);
    uv_timer_start(p->timer, on_timer, at > now ? (uint64_t)(at - now) : 0, 0);
}

struct op *op_add(struct pusher *p, enum op_kind kind, const struct target *t)
{
    struct op *op = mem_zero(1, sizeof *op);
    op->kind = kind;
    str_copy(op->tenant, sizeof op->tenant, t->id);
    *p->ops_end = op;
    p->ops_end = &op->next;
    pusher_wake(p, 0);
    return op;
}

struct op *op_row(struct part *part, enum op_kind kind)
{
    struct op *op = op_add(part->target->pusher, kind, part->target);
    op->push = part->row.push;
    op->revision = part->row.revision;
    return op;
}

struct pusher *pusher_new(const struct pusher_options *options)
{
    struct pusher *p = mem_zero(1, sizeof *p);
    p->options = *options;
    p->owner = mem_strdup(options->owner);
    p->tenant = mem_strdup(options->tenant);
    p->ops_end = &p->ops;
    p->compares_end = &p->compares;
    p->due = p->sweep_at = INT64_MAX;
    p->timer = mem_zero(1, sizeof *p->timer);
    uv_timer_init(options->loop, p->timer);
    p->timer->data = p;
    return p;
}

struct target *target_of(struct pusher *p, const char *id)
{
    for (struct target *t = p->targets; t; t = t->next) {
        if (str_equal(t->id, id))
            return t;
    }
    struct target *t = mem_zero(1, sizeof *t);
    t->pusher = p;
    t->quiet = true;
    str_copy(t->id, sizeof t->id, id);
    target_clear_run(t);
    t->next = p->targets;
    p->targets = t;
    return t;
}

void pusher_push(struct pusher *p, const struct push_request *request, pusher_done done, void *context)
{
    struct target *t = target_of(p, request->tenant);
    struct request *r = mem_zero(1, sizeof *r), **end = &t->requests;
    r->r = *request;
    r->done = done;
    r->context = context;
    r->run = t->run + 1;
    r->deadline = request->committed_at + request->wait_ms;
    while (*end)
        end = &(*end)->next;
    *end = r;
    p->waiting++;
    t->wanted = true;
    t->fresh |= request->fresh;
    t->quiet &= request->acknowledge != ACKNOWLEDGE_REVISION;
    p->look_soon = true;
    pusher_wake(p, 0);
}

void pusher_compare(struct pusher *p, const char *tenant)
{
    struct compare *c = mem_zero(1, sizeof *c);
    str_copy(c->tenant, sizeof c->tenant, tenant);
    *p->compares_end = c;
    p->compares_end = &c->next;
    pusher_wake(p, 0);
}

/* Every bot of a daemon that starts asks to be compared: they become targets as runs are free. */
static void take_compares(struct pusher *p)
{
    for (size_t runs = runs_under_way(p); p->compares && runs < RUNS_QUIET; runs++) {
        struct compare *c = p->compares;
        struct target *t = target_of(p, c->tenant);
        t->wanted = t->compare = true;
        p->compares = c->next;
        free(c);
    }
    if (!p->compares)
        p->compares_end = &p->compares;
}

void pusher_sweep(struct pusher *p)
{
    p->sweeping = p->sweep_soon = true;
    pusher_wake(p, 0);
}

void pusher_database_changed(struct pusher *p)
{
    p->look_soon = p->waiting > 0;
    p->sweep_soon |= p->sweeping;
    /* What another process held may be free now. */
    for (struct target *t = p->targets; t; t = t->next) {
        if (t->look_again)
            t->look_again = 0, t->wanted = true;
    }
    pusher_wake(p, p->waiting ? p->look_after : 0);
}

/* --- the tick: one short transaction for all that waits --- */

static int op_apply(const struct pusher *p, const struct op *op, struct error *e)
{
    struct store *s = p->options.store;
    switch (op->kind) {
    case OP_DONE:
        return outbox_done(s, op->push, p->owner, op->revision, e);
    case OP_RETRY:
        return outbox_retry(s, op->push, p->owner, op->revision, op->next_at, op->reason, e);
    case OP_GIVE_BACK:
        return outbox_give_back(s, op->push, p->owner, op->revision, op->next_at, op->reason, e);
    case OP_FAIL:
        return outbox_fail(s, op->push, p->owner, op->revision, op->reason, e);
    case OP_REMOTE:
        return remote_set(s, op->tenant, op->what, op->value, e);
    case OP_APPLICATION:
        return tokens_application(s, op->tenant, op->epoch, op->application, e);
    case OP_REFUSED:
        return tokens_refused(s, op->tenant, op->epoch, e);
    }
    return 0;
}

/* Up to END, an earlier value of ops_end: what came after it has not been applied. */
static void ops_drop(struct pusher *p, struct op **end)
{
    bool last = end == &p->ops;
    while (p->ops && !last) {
        struct op *op = p->ops;
        last = end == &op->next;
        p->ops = op->next;
        free(op->value);
        free(op);
    }
    if (!p->ops)
        p->ops_end = &p->ops;
}

static int ops_apply(struct pusher *p, struct error *e)
{
    for (struct op *op = p->ops; op; op = op->next) {
        struct error why = {0};
        if (op_apply(p, op, &why) == 0)
            continue;
        if (why.code == ERROR_TAKEN)
            log_event(LEVEL_ERROR, op->tenant, "push", "%s", why.message);
        /* A row that is gone (dropped, restored over, tenant erased) is no reason to lose the others. */
        if (why.code != ERROR_NO_SUCH && why.code != ERROR_TAKEN) {
            if (e)
                *e = why;
            return -1;
        }
    }
    return 0;
}

static int tick_transaction(struct pusher *p, bool sweep, struct error *e)
{
    struct store *s = p->options.store;
    if (store_begin(s, e))
        return -1;
    if (ops_apply(p, e))
        goto failed;
    if (sweep && targets_sweep(p, e))
        goto failed;
    for (struct target *t = p->targets; t; t = t->next) {
        if (!t->chosen)
            continue;
        struct error why = {0};
        t->look_again = 0;
        if (target_lease(t, &why) == 0 && outbox_list(s, t->id, target_row_left, t, &why) == 0)
            continue;
        if (why.code != ERROR_NO_SUCH) {
            *e = why;
            goto failed;
        }
        str_copy(t->none, sizeof t->none, "no_token"); /* erased meanwhile */
    }
    return store_commit(s, e);
failed:
    store_rollback(s);
    return -1;
}

static void on_due_row(void *context, const struct push_row *row)
{
    int64_t *due = context;
    int64_t at = row->state == PUSH_PENDING  ? row->next_at
                 : row->state == PUSH_LEASED ? time_now() + 1000
                                             : INT64_MAX;
    *due = at < *due ? at : *due;
}

static int64_t next_due(struct pusher *p)
{
    int64_t due = INT64_MAX;
    if (!p->tenant)
        return outbox_next_due(p->options.store);
    return outbox_list(p->options.store, p->tenant, on_due_row, &due, NULL) ? -1 : due;
}

/* The sweep's next moment: rows are left to consoles for their first while. */
static void sweep_plan(struct pusher *p)
{
    int64_t due = next_due(p);
    if (due < 0 || due == INT64_MAX) {
        p->sweep_at = INT64_MAX;
        return;
    }
    int64_t in = due + SWEEP_GRACE_MS - time_now();
    if (p->sweep_left && in < SWEEP_AGAIN_MS)
        in = SWEEP_AGAIN_MS;
    p->sweep_at = time_monotonic() + (in < 0 ? 0 : in);
}

static void targets_clean(struct pusher *p)
{
    bool any = p->targets != NULL;
    for (struct target **at = &p->targets; *at;) {
        struct target *t = *at;
        if (t->running || t->wanted || t->look_again || t->requests) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        p->done++;
        target_free(t);
    }
    if (any && !p->targets && p->done > TRIM_AFTER) {
        p->done = 0;
        malloc_trim(0);
    }
}

static void start_targets(struct pusher *p)
{
    for (struct target *t = p->targets; t; t = t->next) {
        if (t->chosen)
            target_start(t);
    }
}

size_t runs_under_way(const struct pusher *p)
{
    size_t n = 0;
    for (const struct target *t = p->targets; t; t = t->next)
        n += t->running || t->chosen;
    return n;
}

/* Who runs in this tick. Those that nobody waits for run a few at a time. */
static bool run_due(struct pusher *p, int64_t now)
{
    size_t running = 0, chosen = 0;
    for (struct target *t = p->targets; t; t = t->next) {
        running += t->running;
        if (t->look_again && t->look_again <= now)
            t->look_again = 0, t->wanted = true;
    }
    for (struct target *t = p->targets; t; t = t->next) {
        t->chosen = t->wanted && !t->running && running + chosen < (t->requests ? RUNS_ASKED : RUNS_QUIET);
        if (!t->chosen)
            continue;
        target_clear_run(t);
        chosen++;
    }
    return chosen > 0;
}

static void tick(struct pusher *p)
{
    int64_t now = time_monotonic();
    struct error e = {0};
    if (p->sweep_soon) {
        p->sweep_soon = false;
        sweep_plan(p);
    }
    if (p->compares && p->sweeping)
        take_compares(p);
    bool runs = run_due(p, now);
    if (p->sweep_full && runs_under_way(p) <= RUNS_QUIET / 2)
        p->sweep_at = now;
    bool sweep = p->sweep_at <= now;
    /* A result may leave its row for a later attempt, and own commits are not among those that are told of.
     */
    bool plan = sweep || (p->sweeping && p->ops);
    struct op **applied = p->ops_end;
    if (p->ops || runs || sweep) {
        if (tick_transaction(p, sweep, &e) == 0) {
            ops_drop(p, applied);
            p->trouble_ms = 0;
            if (plan)
                sweep_plan(p);
            start_targets(p);
        } else {
            log_event(LEVEL_WARN, NULL, "push", "outbox not reached: %s", e.message);
            for (struct target *t = p->targets; t; t = t->next) {
                if (t->chosen)
                    target_clear_run(t);
            }
            p->trouble_ms = p->trouble_ms ? p->trouble_ms * 2 : LOCKED_RETRY_MS;
            if (p->trouble_ms > LOCKED_RETRY_MAX_MS)
                p->trouble_ms = LOCKED_RETRY_MAX_MS;
            pusher_wake(p, now + p->trouble_ms);
        }
    }
    if (p->look_soon && now >= p->look_after) {
        p->look_soon = false;
        requests_look(p);
    }
    int64_t next = requests_judge(p, time_monotonic());
    targets_clean(p);
    for (struct target *t = p->targets; t; t = t->next) {
        if (t->look_again && t->look_again < next)
            next = t->look_again;
    }
    if (p->look_soon && p->look_after < next)
        next = p->look_after;
    if (p->sweep_at < next && !e.code)
        next = p->sweep_at;
    if (next != INT64_MAX)
        pusher_wake(p, next);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void pusher_free(struct pusher *p)
{
    if (!p)
        return;
    struct error e = {0};
    p->freeing = true;
    for (struct target *t = p->targets; t; t = t->next) {
        for (int k = 0; k < PUSH_KIND_COUNT && t->running; k++) {
            if (t->parts[k].open)
                part_keep_limits(&t->parts[k]);
        }
        if (t->bot)
            rest_bot_free(t->bot);
        t->bot = NULL;
        /* What is under way may or may not have arrived: free the rows for whoever comes next. */
        for (int k = 0; k < PUSH_KIND_COUNT; k++) {
            if (!t->parts[k].open || !t->running)
                continue;
            op_row(&t->parts[k], OP_GIVE_BACK)->next_at = time_now();
        }
    }
    if (p->ops && store_begin(p->options.store, &e) == 0) {
        if (ops_apply(p, &e) || store_commit(p->options.store, &e))
            store_rollback(p->options.store);
    }
    ops_drop(p, p->ops_end);
    while (p->compares) {
        struct compare *c = p->compares;
        p->compares = c->next;
        free(c);
    }
    while (p->targets) {
        struct target *t = p->targets;
        while (t->requests)
            request_end(p, t, t->requests, PUSH_STATE_PENDING, "unreachable");
        p->targets = t->next;
        target_free(t);
    }
    uv_close((uv_handle_t *)p->timer, on_closed);
    free(p->owner);
    free(p->tenant);
    free(p);
}
