/* The way in: everything that can refuse a line before it has an effect. */
#include "gate.h"
#include "resolve.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"

void gate_release_prepared(struct gate *g)
{
    struct command_context *c = &g->c;

    if (c->spec && c->spec->release)
        c->spec->release(c);
    else
        free(c->prepared);
    c->prepared = NULL;
}

void gate_release(struct gate *g)
{
    gate_release_prepared(g);
    tenant_release(&g->c.tenant);
    tenant_release(&g->before);
    tenant_release(&g->after);
    json_free(g->changes);
    json_free(g->c.foretold);
    json_free(g->c.own_changes);
    free(g->c.notice);
    str_release(&g->line);
    parsed_release(&g->parsed);
}

void gate_init(struct gate *g, struct command_session *session, struct writer *w, struct outcome *out)
{
    static const struct feature_list no_features;
    const struct session_options *o = &session->options;

    *g = (struct gate){
        .session = session,
        .c = {.session = session,
              .store = o->store,
              .ports = session_ports(session),
              .actor = &session->actor,
              .features = o->features ? o->features : &no_features,
              .database_path = o->database_path,
              .key_path = o->key_path,
              .language = o->language,
              .now = session_now(session),
              .w = w,
              .out = out},
    };
    tenant_init(&g->c.tenant);
    tenant_init(&g->before);
    tenant_init(&g->after);
}

static int need_store(const struct gate *g, struct error *e)
{
    return g->c.store ? 0 : error_set(e, ERROR_DB_MISSING, NULL, "no database is open");
}

static void find_right(struct gate *g)
{
    const struct command_spec *spec = g->c.spec;

    g->c.writes = spec->writes ? spec->writes(&g->c) : (spec->flags & COMMAND_WRITES) != 0;
    g->right = spec->right;
    if (spec->right_of)
        spec->right_of(&g->c, &g->right);
}

int gate_check_right(const struct gate *g, struct error *e)
{
    return right_check(&g->right, g->c.actor, g->c.has_tenant ? &g->c.tenant : NULL, e);
}

/* To somebody without a role, a tenant that does not exist looks like one of somebody else. */
static int mask(struct gate *g, const char *word, struct error *e)
{
    struct command_context *c = &g->c;
    struct error refused = {0};

    if (e->code != ERROR_NO_SUCH || c->actor->face != FACE_DISCORD || c->actor->role != ROLE_NONE ||
        str_equal(word, "."))
        return -1;
    tenant_release(&c->tenant);
    tenant_init(&c->tenant);
    str_copy(c->tenant.id, sizeof c->tenant.id, word);
    c->has_tenant = true;
    find_right(g);
    if (gate_check_right(g, &refused))
        *e = refused;
    c->has_tenant = false;
    return -1;
}

static int load_tenant(struct gate *g, struct error *e)
{
    int at = spec_tenant_arg(g->c.spec);
    struct resolve_tenant how = {g->c.store, g->c.actor, g->session->options.prompt, false};

    if (at < 0 || !g->parsed.args[at].given)
        return 0;
    if (need_store(g, e))
        return -1;
    tenant_release(&g->c.tenant);
    if (resolve_tenant(&how, g->parsed.args[at].given, &g->c.tenant, e))
        return mask(g, g->parsed.args[at].given, e);
    g->c.has_tenant = true;
    free(g->parsed.args[at].normal);
    g->parsed.args[at].normal = mem_strdup(g->c.tenant.id);
    return 0;
}

static void fill_context(struct gate *g)
{
    struct command_context *c = &g->c;

    c->spec = g->parsed.spec;
    c->unpushed = c->spec && (c->spec->flags & COMMAND_UNPUSHED);
    c->parsed = &g->parsed;
    c->options = &g->parsed.common;
    resolve_paging(&g->parsed, &c->paging);
}

static int read_only(const struct gate *g, struct error *e)
{
    const struct command_context *c = &g->c;

    if (!c->writes || (!g->session->options.readonly && !(c->store && store_readonly(c->store))))
        return 0;
    return error_set(e, ERROR_READ_ONLY, NULL, "'%s' writes, and the database is open read-only",
                     c->spec->name);
}

/* As far as its words are known: a GrowID may be somebody else's tomorrow, so the audit keeps the id. */
static void write_line(struct gate *g)
{
    str_clear(&g->line);
    parsed_line(&g->parsed, &g->line);
    log_redact(&g->line);
}

int gate_enter(struct gate *g, const char *const *argv, size_t argc, const struct command_options *options,
               struct error *e)
{
    struct command_context *c = &g->c;
    bool discord = c->actor->face == FACE_DISCORD;

    if (parse_line(argv, argc, discord, options, &g->parsed, e))
        return -1;
    fill_context(g);
    if (resolve_values(&g->parsed, c->features, c->now, e))
        return -1;
    fill_context(g);
    if (c->options->atomic && c->spec->flags & COMMAND_ALONE)
        return error_set(e, ERROR_MALFORMED, NULL, "'%s' cannot run under --atomic", c->spec->name);
    if (!(c->spec->flags & (COMMAND_NO_STORE | COMMAND_SELF_STORE)) && need_store(g, e))
        return -1;
    bool loaded = load_tenant(g, e) == 0;
    write_line(g);
    if (!loaded)
        return -1;
    find_right(g);
    if (gate_check_right(g, e) || read_only(g, e))
        return -1;
    if (discord && !(c->spec->flags & COMMAND_DISCORD))
        return error_set(e, ERROR_NOT_PERMITTED, NULL, "'%s' can only be run at the operator's terminal",
                         c->spec->name);
    if (c->has_tenant && resolve_users(&g->parsed, c->store, &c->tenant, e))
        return -1;
    write_line(g);
    return gate_check_fields(g, e);
}

/* Parses the words into G, whose context already stands, and finds the right. */
static int find_line_right(struct gate *g, char **words, size_t count, const struct tenant *t,
                           struct error *e)
{
    if (parse_line((const char *const *)words, count, false, NULL, &g->parsed, e))
        return -1;
    fill_context(g);
    if (resolve_values(&g->parsed, g->c.features, g->c.now, e))
        return -1;
    fill_context(g);
    if (t) {
        tenant_copy(&g->c.tenant, t);
        g->c.has_tenant = true;
    }
    find_right(g);
    return 0;
}

int command_line_right(const struct command_context *c, const char *line, const struct tenant *t,
                       const struct command_spec **spec, struct right *right, struct error *e)
{
    struct gate g;
    size_t count;
    char **words = words_split(line, &count, e);
    int result = -1;

    if (!words)
        return -1;
    gate_init(&g, c->session, c->w, c->out);
    if (find_line_right(&g, words, count, t, e) == 0) {
        *spec = g.c.spec;
        *right = g.right;
        result = 0;
    }
    g.c.spec = NULL; /* nothing was prepared by it */
    gate_release(&g);
    words_free(words, count);
    return result;
}

/* The words so far: those that are missing may still come. */
static int check_line(struct gate *g, const char *const *argv, size_t argc, struct error *e)
{
    struct error why = {0};
    struct command_context *c = &g->c;

    if (parse_line(argv, argc, c->actor->face == FACE_DISCORD, NULL, &g->parsed, &why) &&
        (why.code != ERROR_MISSING_ARGUMENT || !g->parsed.spec)) {
        if (e)
            *e = why;
        return -1;
    }
    fill_context(g);
    if (resolve_values(&g->parsed, c->features, c->now, e))
        return -1;
    return c->store ? load_tenant(g, e) : 0;
}

int command_check(struct command_session *session, const char *const *argv, size_t argc, struct error *e)
{
    struct gate g;
    struct outcome none = {0};

    gate_init(&g, session, NULL, &none);
    int result = check_line(&g, argv, argc, e);
    g.c.spec = NULL; /* nothing was prepared by it */
    gate_release(&g);
    return result;
}
