/* What --dry-run tells; the transaction is still open. */
#include "gate.h"

#include "tt/base/mem.h"

struct calls {
    struct json *discord;
    double seconds; /* tenants are pushed beside each other: the longest counts */
};

/* What the command asks by itself (whose a token is) the push after it need not ask again. */
static bool is_known(const struct json *calls, const struct json *call)
{
    bool known = false;

    if (!str_equal(json_get_string(call, "method"), "GET"))
        return false;
    json_each(earlier, calls) known = known || json_same(earlier, call);
    return known;
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
        if (!is_known(calls->discord, call))
            json_push(calls->discord, json_clone(call));
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
    json_set_int(plan, "calls", (int64_t)json_count(calls->discord));
    json_set(plan, "discord", calls->discord);
    json_set(plan, "seconds", json_new_number(calls->seconds));
}

struct json *gate_plan(const struct gate *g)
{
    struct json *plan = json_new_object();
    struct json *database = json_set(plan, "database", json_new_array());
    struct calls calls = {.discord = json_new_array()};

    json_each(row, json_get(g->c.foretold, "database")) json_push(database, json_clone(row));
    json_each(call, json_get(g->c.foretold, "discord")) json_push(calls.discord, json_clone(call));
    if (!gate_is_atomic(g))
        plan_pushes(g, &calls);
    if (gate_acted(g))
        json_each(change, g->changes) json_push(database, json_clone(change));
    set_calls(plan, &calls);
    return plan;
}

/* --- the pushes of an atomic batch --- */

struct batch_push {
    char tenant[TENANT_ID_TEXT];
    unsigned kinds;
    bool fresh;
    struct json *plan; /* of the last line that asks for it */
};

struct batch_pushes {
    struct batch_push *items;
    size_t count;
};

static void batch_add(struct batch_pushes *pushes, const struct outcome *o, struct json *plan)
{
    struct batch_push *p = NULL;

    if (!o->kinds || !o->tenant[0])
        return;
    for (size_t i = 0; i < pushes->count && !p; i++)
        p = str_equal(pushes->items[i].tenant, o->tenant) ? &pushes->items[i] : NULL;
    if (!p) {
        pushes->items = mem_resize(pushes->items, pushes->count + 1, sizeof *pushes->items);
        p = &pushes->items[pushes->count++];
        *p = (struct batch_push){.kinds = 0};
        str_copy(p->tenant, sizeof p->tenant, o->tenant);
    }
    p->kinds |= o->kinds;
    p->fresh |= o->request.fresh;
    p->plan = plan;
}

static void batch_tell(const struct command_session *session, const struct batch_push *p)
{
    struct calls calls = {.discord = json_clone(json_get(p->plan, "discord")),
                          .seconds = json_number(json_get(p->plan, "seconds"), 0)};

    plan_calls_of(session, p->tenant, p->kinds, p->fresh, &calls);
    set_calls(p->plan, &calls);
}

void session_batch_foretell(struct command_session *session, struct outcome *const *lines, size_t count)
{
    struct batch_pushes pushes = {0};

    for (size_t i = 0; i < count; i++) {
        const struct outcome *line = lines[i];

        if (!line->plan)
            continue;
        batch_add(&pushes, line, line->plan);
        for (size_t k = 0; k < line->more_count; k++)
            batch_add(&pushes, &line->more[k], line->plan);
    }
    for (size_t i = 0; i < pushes.count; i++)
        batch_tell(session, &pushes.items[i]);
    free(pushes.items);
}
