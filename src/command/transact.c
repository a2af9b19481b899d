/* The transaction of a command that writes: what it did, its revision, its pushes and its audit row, or none
 * of it. */
#include "gate.h"

/* --- refusals --- */

static int audit_now(struct store *s, bool inside, const struct audit_entry *entry, int64_t *audit,
                     struct error *e)
{
    if (inside ? store_savepoint(s, e) : store_begin(s, e))
        return -1;
    if (audit_add(s, entry, audit, e)) {
        if (inside)
            store_rollback_to(s);
        else
            store_rollback(s);
        return -1;
    }
    return inside ? store_release(s, e) : store_commit(s, e);
}

void gate_audit_refusal(struct gate *g)
{
    struct command_session *session = g->session;
    struct store *s = g->c.store;
    struct audit_entry entry = {
        .time = g->c.now,
        .tenant = g->c.has_tenant ? g->c.tenant.id : NULL,
        .who = g->c.actor->who,
        .face = face_words[g->c.actor->face],
        .command = g->line.len ? str_text(&g->line) : g->c.spec->name,
        .refused = true,
    };
    int64_t audit;

    if (!s || session->options.readonly || store_readonly(s))
        return;
    if (session->batch)
        session_keep_refusal(session, &entry);
    else
        audit_now(s, session->options.joined, &entry, &audit, NULL);
}

int command_audit_own(struct command_context *c, struct store *s, const struct json *changes, struct error *e)
{
    struct audit_entry entry = {
        .time = c->now,
        .who = c->actor->who,
        .face = face_words[c->actor->face],
        .command = c->out->line,
        .changes = changes,
        .undoable = false,
    };

    return audit_now(s, store_in_transaction(s), &entry, &c->out->audit, e);
}

/* --- the transaction --- */

static bool nested(const struct gate *g)
{
    return g->session->options.joined || g->session->batch;
}

static int begin(struct gate *g, struct error *e)
{
    return nested(g) ? store_savepoint(g->c.store, e) : store_begin(g->c.store, e);
}

static void roll_back(struct gate *g)
{
    if (nested(g))
        store_rollback_to(g->c.store);
    else
        store_rollback(g->c.store);
}

static int commit(struct gate *g, struct error *e)
{
    return nested(g) ? store_release(g->c.store, e) : store_commit(g->c.store, e);
}

/* The tenant as this transaction sees it; the right is asked again of what is true now. */
static int reload(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;
    char id[TENANT_ID_TEXT];
    bool deleted = c->tenant.deleted_at != 0;

    if (!c->has_tenant)
        return 0;
    str_copy(id, sizeof id, c->tenant.id);
    tenant_release(&c->tenant);
    if ((deleted ? tenants_load_deleted : tenants_load)(c->store, id, &c->tenant, e))
        return -1;
    tenant_release(&g->before);
    tenant_copy(&g->before, &c->tenant);
    g->has_before = true;
    return gate_check_right(g, e);
}

const char *gate_acted_on(const struct gate *g)
{
    if (g->c.audit_tenant)
        return g->c.audit_tenant;
    return g->c.has_tenant ? g->c.tenant.id : NULL;
}

/* What a change of configuration or session must bring to Discord; nothing while nobody is there to push
 * with: setting the token, starting or activating brings it then. */
static int queue(struct gate *g, struct error *e)
{
    const struct tenant *t = &g->after;
    unsigned kinds = 0;

    if (g->c.configuration || g->c.new_session)
        kinds |= 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME;
    if (g->c.configuration && g->c.acknowledge == ACKNOWLEDGE_REVISION)
        kinds |= 1u << PUSH_CONTROL;
    if (!t->channels[CHANNEL_CONTROL] && !g->c.control_foretold)
        kinds &= ~(1u << PUSH_CONTROL);
    if (!kinds || t->deleted_at || tenant_silent(t))
        return 0;
    g->c.out->kinds |= kinds;
    return outbox_queue(g->c.store, t->id, t->revision, kinds, g->c.now, e);
}

static int add_audit(struct gate *g, struct error *e)
{
    const struct command_context *c = &g->c;
    struct audit_entry entry = {
        .time = c->now,
        .tenant = gate_acted_on(g),
        .who = c->actor->who,
        .face = face_words[c->actor->face],
        .command = str_text(&g->line),
        .changes = g->changes,
        .undoable = c->changed && !(c->spec->flags & COMMAND_NOT_UNDOABLE),
        .undoes = c->undoes,
    };

    if (audit_add(c->store, &entry, &g->audit, e))
        return -1;
    if (!c->undoes)
        return 0;
    return audit_mark_undone(c->store, c->undoes, c->redo ? 0 : g->audit, e);
}

static int load_after(struct gate *g, const char *id, struct error *e)
{
    struct error why = {0};

    tenant_release(&g->after);
    g->has_after = tenants_load_deleted(g->c.store, id, &g->after, &why) == 0;
    if (g->has_after || why.code == ERROR_NO_SUCH)
        return 0;
    if (e)
        *e = why;
    return -1;
}

/* After run: revision, epoch, outbox, audit. */
static int record(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;
    const char *id = gate_acted_on(g);
    int64_t revision;

    if (id && c->configuration && tenants_raise_revision(c->store, id, c->now, &revision, e))
        return -1;
    if (id && c->new_session && tenants_raise_epoch(c->store, id, c->now, &g->epoch, e))
        return -1;
    if (id && load_after(g, id, e))
        return -1;
    if (g->has_after && queue(g, e))
        return -1;
    return add_audit(g, e);
}

bool gate_acted(const struct gate *g)
{
    return g->c.changed || g->c.audit_anyway;
}

static int inside(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;
    int result;

    if (reload(g, e) || store_journal_begin(c->store, e))
        return -1;
    result = c->spec->run(c, e);
    g->changes = store_journal_end(c->store, result ? NULL : e);
    if (result || !g->changes)
        return -1;
    json_each(change, c->own_changes) json_push(g->changes, json_clone(change));
    return gate_acted(g) ? record(g, e) : 0;
}

/* What --dry-run gathers; the transaction is still open. */
struct calls {
    struct json *discord;
    int64_t count;
    double seconds; /* tenants are pushed beside each other: the longest counts */
};

static void plan_calls(const struct gate *g, const struct outcome *out, const struct tenant *t,
                       struct calls *calls)
{
    const struct ports *ports = g->c.ports;
    struct json *plan;

    if (!out->kinds || t->deleted_at || tenant_silent(t) || !ports->push_plan)
        return;
    plan = ports->push_plan(ports->context, t, out->kinds, out->request.fresh);
    json_each(call, json_get(plan, "discord")) json_push(calls->discord, json_clone(call));
    calls->count += json_get_int(plan, "calls", 0);
    double seconds = json_number(json_get(plan, "seconds"), 0);
    if (seconds > calls->seconds)
        calls->seconds = seconds;
    json_free(plan);
}

static void plan_calls_of(const struct gate *g, const struct outcome *out, struct calls *calls)
{
    struct tenant t;

    if (tenants_load(g->c.store, out->tenant, &t, NULL) == 0)
        plan_calls(g, out, &t, calls);
    tenant_release(&t);
}

static struct json *plan_document(const struct gate *g)
{
    const struct outcome *out = g->c.out;
    struct json *plan = json_new_object();
    struct json *database = json_new_array();
    struct calls calls = {.discord = json_new_array()};

    json_each(row, json_get(g->c.foretold, "database")) json_push(database, json_clone(row));
    json_each(call, json_get(g->c.foretold, "discord")) json_push(calls.discord, json_clone(call));
    calls.count = (int64_t)json_count(calls.discord);
    if (gate_acted(g) && g->has_after)
        plan_calls(g, out, &g->after, &calls);
    else if (gate_acted(g) && out->tenant[0])
        plan_calls_of(g, out, &calls);
    for (size_t i = 0; i < out->more_count; i++)
        plan_calls_of(g, &out->more[i], &calls);
    if (gate_acted(g))
        json_each(change, g->changes) json_push(database, json_clone(change));
    json_set(plan, "database", database);
    json_set(plan, "discord", calls.discord);
    json_set_int(plan, "calls", calls.count);
    json_set(plan, "seconds", json_new_number(calls.seconds));
    return plan;
}

int gate_transact(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;

    if (begin(g, e))
        return -1;
    if (inside(g, e)) {
        roll_back(g);
        return -1;
    }
    if (c->options->dry_run) {
        c->out->plan = plan_document(g);
        /* In a batch the lines after it must see what this one did. */
        if (g->session->batch)
            return store_release(c->store, e);
        roll_back(g);
        return 0;
    }
    if (!gate_acted(g)) {
        roll_back(g);
        return 0;
    }
    return commit(g, e);
}
