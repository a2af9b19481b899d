/* The gate around a command. Order: parse, tenant, right, read-only, terminal's own, prepare, confirmation,
 * transaction, audit, commit. */
#include "gate.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

static int confirm(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;
    struct str question = STR_INIT;
    const char *expected = NULL;
    int result;

    if (!(c->spec->flags & COMMAND_DESTRUCTIVE))
        return 0;
    str_addf(&question, "%s", str_text(&g->line));
    if (c->has_tenant) {
        str_addf(&question, " (%s)", c->tenant.name);
        expected = c->tenant.name;
    }
    str_add_char(&question, '?');
    result = command_confirm(c, str_text(&question), expected, e);
    str_release(&question);
    return result;
}

static void stamp(const struct gate *g, struct outcome *out)
{
    out->write = true;
    out->audit = g->audit;
    out->request.committed_at = time_monotonic();
}

static void fill_outcome(struct gate *g)
{
    struct command_context *c = &g->c;
    struct outcome *out = c->out;
    const struct tenant *unchanged = c->has_tenant ? &c->tenant : NULL;
    struct outcome_facts facts = {
        .before = g->has_before ? &g->before : NULL,
        .after = g->has_after    ? &g->after
                 : gate_acted(g) ? NULL
                                 : unchanged,
        .epoch = g->epoch,
        .acknowledge = c->acknowledge,
        .acted = gate_acted(g),
        .no_push = c->options->no_push,
        .unpushed = c->unpushed && !c->configuration && !c->new_session,
        .wait_ms = c->options->wait_ms,
    };

    out->changed = c->changed;
    /* sync --all has decided about its first tenant already. */
    if (g->has_after || c->has_tenant || !out->write)
        outcome_decide(out, &facts);
    stamp(g, out);
    for (size_t i = 0; i < out->more_count; i++) {
        stamp(g, &out->more[i]);
        out->more[i].fields = mem_strdup(out->fields);
    }
}

/* Nothing was saved, so nothing is to be pushed. Whom it would concern stays, for
 * session_batch_foretell. */
static void fill_dry(struct gate *g)
{
    struct outcome *out = g->c.out;

    out->write = true;
    out->changed = g->c.changed;
    out->push = false;
    for (size_t i = 0; i < out->more_count; i++)
        out->more[i].push = false;
    if (g->has_after)
        str_copy(out->tenant, sizeof out->tenant, g->after.id);
    json_free(out->extra);
    out->extra = NULL;
    free(out->done);
    out->done = NULL;
}

static int write_command(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;

    if (c->spec->prepare && c->spec->prepare(c, e))
        return -1;
    if (confirm(g, e))
        return -1;
    if (c->ports->cancelled && c->ports->cancelled(c->ports->context))
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
    if (gate_transact(g, e))
        return -1;
    if (c->options->dry_run)
        fill_dry(g);
    else
        fill_outcome(g);
    return 0;
}

/* Reads, and commands that keep their own files: no transaction of the gate around them. */
static int plain_command(struct gate *g, struct error *e)
{
    struct command_context *c = &g->c;

    if (c->spec->prepare && c->spec->prepare(c, e))
        return -1;
    if (c->writes && confirm(g, e))
        return -1;
    if (c->spec->run(c, e))
        return -1;
    if (c->writes) {
        struct outcome_facts facts = {.acted = gate_acted(g)};

        c->out->changed = c->changed;
        outcome_decide(c->out, &facts);
    }
    return writer_check_fields(c->w, e);
}

static void redact(struct error *e)
{
    struct str s = STR_INIT;

    str_add(&s, e->message);
    log_redact(&s);
    str_copy(e->message, sizeof e->message, str_text(&s));
    str_clear(&s);
    str_add(&s, e->hint);
    log_redact(&s);
    str_copy(e->hint, sizeof e->hint, str_text(&s));
    str_release(&s);
}

static int pass(struct gate *g, const char *const *argv, size_t argc, const struct command_options *options,
                struct error *e)
{
    struct command_context *c = &g->c;

    if (gate_enter(g, argv, argc, options, e))
        return -1;
    c->out->line = mem_strdup(str_text(&g->line));
    c->out->fields = mem_strdup(c->options->fields);
    return c->writes && !(c->spec->flags & COMMAND_SELF_STORE) ? write_command(g, e) : plain_command(g, e);
}

int session_run(struct command_session *session, const char *const *argv, size_t argc,
                const struct command_options *options, struct writer *w, struct outcome *out, struct error *e)
{
    struct gate g;
    struct error why = {0};
    int result;

    *out = (struct outcome){0};
    gate_init(&g, session, w, out);
    result = pass(&g, argv, argc, options, &why);
    if (result) {
        if (why.code == ERROR_NOT_PERMITTED && g.c.spec)
            gate_audit_refusal(&g);
        redact(&why);
        if (e)
            *e = why;
        outcome_release(out);
        if (g.c.has_tenant)
            str_copy(out->tenant, sizeof out->tenant, g.c.tenant.id);
    }
    gate_release(&g);
    store_rest(session->options.store);
    return result;
}

int session_refuse(struct command_session *session, const char *const *argv, size_t argc, const char *whom,
                   struct error *e)
{
    struct gate g;
    struct error why = {0};
    struct outcome none = {0};

    gate_init(&g, session, NULL, &none);
    if (gate_enter(&g, argv, argc, NULL, &why) == 0 || why.code != ERROR_NOT_PERMITTED)
        error_set(&why, ERROR_NOT_PERMITTED, NULL, "this needs %s", whom);
    if (g.c.spec)
        gate_audit_refusal(&g);
    redact(&why);
    if (e)
        *e = why;
    g.c.spec = NULL; /* nothing was prepared by it */
    gate_release(&g);
    return -1;
}

void command_push_add(struct command_context *c, const struct tenant *t, unsigned kinds, bool fresh)
{
    struct outcome *out = c->out, *one = out;
    struct outcome_facts facts = {
        .before = t,
        .after = t,
        .acted = true,
        .no_push = c->options->no_push,
        .wait_ms = c->options->wait_ms,
    };

    /* The gate decides about the command's own tenant when the transaction is done. */
    if (c->has_tenant && str_equal(c->tenant.id, t->id)) {
        out->request.fresh = fresh;
        out->request.again = true;
        out->kinds |= kinds;
        return;
    }
    if (c->has_tenant || out->tenant[0]) {
        out->more = mem_resize(out->more, out->more_count + 1, sizeof *out->more);
        one = &out->more[out->more_count++];
        *one = (struct outcome){0};
    }
    outcome_decide(one, &facts);
    one->request.fresh = fresh;
    one->request.again = true;
    one->kinds = kinds;
}
