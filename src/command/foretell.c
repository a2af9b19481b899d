/* What --dry-run tells; the transaction is still open. */
#include "gate.h"

#include "tt/base/mem.h"

struct calls {
    struct json *discord;
    int64_t count, own; /* how many, and how many of them the command makes itself: the first */
    double seconds;     /* tenants are pushed beside each other: the longest counts */
};

/* What the command asks by itself (whose a token is) the push after it need not ask again. */
static bool is_known(const struct calls *calls, const struct json *call)
{
    int64_t left = calls->own;

    if (!str_equal(json_get_string(call, "method"), "GET"))
        return false;
    for (const struct json *own = json_first(calls->discord); left; left--, own = json_next(own))
        if (json_same(own, call))
            return true;
    return false;
}

static void plan_calls(const struct ports *ports, const struct tenant *t, unsigned kinds, bool fresh,
                       struct calls *calls)
{
    struct json *plan;

    if (!kinds || tenant_silent(t) || !ports->push_plan)
        return;
    plan = ports->push_plan(ports->context, t, kinds, fresh);
    json_each(call, json_get(plan, "discord"))
    {
        if (!is_known(calls, call)) {
            json_push(calls->discord, json_clone(call));
            calls->count++;
        }
    }
    double seconds = json_number(json_get(plan, "seconds"), 0);
    if (seconds > calls->seconds)
        calls->seconds = seconds;
    json_free(plan);
}

static void plan_calls_of(const struct command_session *session, const char *tenant, unsigned kinds,
                          bool fresh, struct calls *calls)
{
    struct tenant t;

    if (tenants_load(session->options.store, tenant, &t, NULL) == 0)
        plan_calls(session_ports(session), &t, kinds, fresh, calls);
    tenant_release(&t);
}

static void plan_pushes(const struct gate *g, struct calls *calls)
{
    const struct outcome *out = g->c.out;

    if (gate_acted(g) && g->has_after)
        plan_calls(g->c.ports, &g->after, out->kinds, out->request.fresh, calls);
    else if (gate_acted(g) && out->tenant[0])
        plan_calls_of(g->session, out->tenant, out->kinds, out->request.fresh, calls);
    for (size_t i = 0; i < out->more_count; i++)
        plan_calls_of(g->session, out->more[i].tenant, out->more[i].kinds, out->more[i].request.fresh, calls);
}

/* CALLS go into PLAN. */
static void set_calls(struct json *plan, struct calls *calls)
{
    json_set_int(plan, "calls", calls->count);
    json_set(plan, "discord", calls->discord);
    json_set(plan, "seconds", json_new_number(calls->seconds));
}

struct json *gate_plan(const struct gate *g)
{
    struct json *plan = json_new_object();
    struct json *database = json_set(plan, "database", json_new_array());
    struct calls calls = {.discord = json_new_array()};

    if (json_get(g->c.foretold, "undoes"))
        json_set(plan, "undoes", json_clone(json_get(g->c.foretold, "undoes")));
    json_each(row, json_get(g->c.foretold, "database")) json_push(database, json_clone(row));
    json_each(call, json_get(g->c.foretold, "discord")) json_push(calls.discord, json_clone(call));
    calls.own = calls.count = (int64_t)json_count(calls.discord);
    if (!gate_is_atomic(g))
        plan_pushes(g, &calls);
    if (gate_acted(g))
        json_each(change, g->changes) json_push(database, json_clone(change));
    set_calls(plan, &calls);
    return plan;
}

/* --- the pushes of an atomic batch --- */

/* What one line asks for. */
struct batch_push {
    char tenant[TENANT_ID_TEXT];
    size_t line;
    int64_t own; /* calls of the line's command */
    unsigned kinds;
    bool fresh;
    struct json *plan; /* the line's */
};

struct batch_pushes {
    struct batch_push *items;
    size_t count, room;
};

static void batch_add(struct batch_pushes *pushes, const struct outcome *o, size_t line, struct json *plan)
{
    if (!o->kinds || !o->tenant[0])
        return;
    if (pushes->count == pushes->room) {
        pushes->room = pushes->room ? 2 * pushes->room : 64;
        pushes->items = mem_resize(pushes->items, pushes->room, sizeof *pushes->items);
    }
    struct batch_push *p = &pushes->items[pushes->count++];
    *p = (struct batch_push){.line = line,
                             .own = json_get_int(plan, "calls", 0),
                             .kinds = o->kinds,
                             .fresh = o->request.fresh,
                             .plan = plan};
    str_copy(p->tenant, sizeof p->tenant, o->tenant);
}

static int by_tenant(const void *a, const void *b)
{
    const struct batch_push *one = a, *two = b;
    int order = strcmp(one->tenant, two->tenant);

    return order ? order : one->line < two->line ? -1 : one->line > two->line;
}

static void batch_tell(const struct command_session *session, const struct batch_push *p)
{
    struct calls calls = {.discord = json_take(p->plan, "discord"),
                          .count = json_get_int(p->plan, "calls", 0),
                          .own = p->own,
                          .seconds = json_number(json_get(p->plan, "seconds"), 0)};

    plan_calls_of(session, p->tenant, p->kinds, p->fresh, &calls);
    set_calls(p->plan, &calls);
}

/* A tenant is pushed once: the last line that asks for it tells so. */
void session_batch_foretell(struct command_session *session, struct outcome *const *lines, size_t count)
{
    struct batch_pushes pushes = {0};

    for (size_t i = 0; i < count; i++) {
        const struct outcome *line = lines[i];

        if (!line->plan)
            continue;
        batch_add(&pushes, line, i, line->plan);
        for (size_t k = 0; k < line->more_count; k++)
            batch_add(&pushes, &line->more[k], i, line->plan);
    }
    if (pushes.count)
        qsort(pushes.items, pushes.count, sizeof *pushes.items, by_tenant);
    for (size_t i = 0; i < pushes.count; i++) {
        struct batch_push *p = &pushes.items[i], *next = i + 1 < pushes.count ? p + 1 : NULL;

        if (next && str_equal(next->tenant, p->tenant)) {
            next->kinds |= p->kinds;
            next->fresh |= p->fresh;
        } else {
            batch_tell(session, p);
        }
    }
    free(pushes.items);
}
