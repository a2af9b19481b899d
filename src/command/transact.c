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

/* Whoever has no role at all leaves his trace where he is, not with those whom he named. */
static const char *refused_in(const struct gate *g)
{
    const struct actor *actor = g->c.actor;
    if (actor->role == ROLE_NONE)
        return *actor->guild_tenant ? actor->guild_tenant : NULL;
    return g->c.has_tenant ? g->c.tenant.id : NULL;
}

void gate_audit_refusal(struct gate *g)
{
    struct command_session *session = g->session;
    struct store *s = g->c.store;
    struct audit_entry entry = {
        .time = g->c.now,
        .tenant = refused_in(g),
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
        .tenant = c->has_tenant ? c->tenant.id : NULL,
        .who = c->actor->who,
        .face = face_words[c->actor->face],
        .command = c->out->line,
        .changes = changes,
        .undoable = false,
    };

    return audit_now(s, store_in_transaction(s), &entry, &c->out->audit, e);
}

/* --- the transaction --- */

bool gate_is_atomic(const struct gate *g)
{
    return g->session->batch && g->c.options->atomic;
}

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

/* Is it to be looked for in the guild: named otherwise than before, or at all where the bot connects anew? */
static bool places_due(const struct gate *g, enum place place)
{
    struct str before = STR_INIT, after = STR_INIT;

    tenant_places(&g->before, g->c.features, place, &before);
    tenant_places(&g->after, g->c.features, place, &after);
    bool due = (g->c.new_session && after.len) || !str_equal(str_text(&before), str_text(&after));
    str_release(&before);
    str_release(&after);
    return due;
}

/* What a change of configuration or session must bring to Discord; nothing while nobody is there to push
 * with: setting the token, starting or activating brings it then. */
static int queue(struct gate *g, struct error *e)
{
    const struct tenant *t = &g->after;
    unsigned kinds = 0;

    if (g->c.configuration || g->c.new_session)
        kinds |= 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME;
    if (!g->c.place_known && places_due(g, PLACE_CHANNEL))
        kinds |= 1u << PUSH_CHANNELS;
    if (places_due(g, PLACE_ROLE))
        kinds |= 1u << PUSH_ROLES;
    if (g->c.configuration && g->c.acknowledge == ACKNOWLEDGE_REVISION)
        kinds |= 1u << PUSH_CONTROL;
    if (!t->channels[CHANNEL_CONTROL] && !g->c.control_foretold) {
        kinds &= ~(1u << PUSH_CONTROL);
        /* What waits for the channel that is gone, or failed there, will never be sent. */
        if (g->c.configuration && outbox_end(g->c.store, t->id, PUSH_CONTROL, e))
            return -1;
    }
    if (!kinds || tenant_silent(t))
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
    bool raise = c->configuration && !(gate_is_atomic(g) && id && session_raised(g->session, id));
    int64_t revision;

    if (id && raise && tenants_raise_revision(c->store, id, c->now, &revision, e))
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

/* After the line's savepoint is released: a line that failed has raised nothing. */
static void note_revision(const struct gate *g)
{
    const char *id = gate_acted_on(g);

    if (gate_is_atomic(g) && gate_acted(g) && id && g->has_after && (g->c.configuration || !g->has_before))
        session_note_raised(g->session, id);
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
        c->out->plan = gate_plan(g);
        note_revision(g);
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
    if (commit(g, e))
        return -1;
    if (c->notice)
        writer_message(c->w, MESSAGE_NOTICE, c->notice);
    note_revision(g);
    return 0;
}
