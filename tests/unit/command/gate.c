/* The gate around commands, on a real store and with stand-ins for what lies above. */
#include "cmd_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- looking at what is there --- */

struct audits {
    int64_t rows, refused;
    char last[200], last_tenant[TENANT_ID_TEXT];
};

static void see_audit(void *context, const struct audit_entry *entry)
{
    struct audits *a = context;

    if (!a->rows++) {
        str_copy(a->last, sizeof a->last, entry->command);
        str_copy(a->last_tenant, sizeof a->last_tenant, entry->tenant ? entry->tenant : "");
    }
    a->refused += entry->refused;
}

static struct audits audits(struct world *w)
{
    struct audits a = {0};
    struct audit_query query = {.page = {.limit = 0}};
    int64_t total, next;
    struct error e;

    if (audit_list(w->store, &query, see_audit, &a, &total, &next, &e))
        fail_msg("%s", e.message);
    return a;
}

static void see_push(void *context, const struct push_row *row)
{
    unsigned *kinds = context;

    *kinds |= 1u << row->kind;
}

static unsigned queued(struct world *w, const char *tenant)
{
    unsigned kinds = 0;

    assert_int_equal(outbox_list(w->store, tenant, see_push, &kinds, NULL), 0);
    return kinds;
}

static int64_t revision(struct world *w, const char *id)
{
    struct tenant t = world_tenant(w, id);
    int64_t n = t.revision;

    tenant_release(&t);
    return n;
}

static bool feature_on(struct world *w, const char *id, enum feature f)
{
    struct tenant t = world_tenant(w, id);
    bool on = t.features[f];

    tenant_release(&t);
    return on;
}

static void give_token(struct world *w, const char *id)
{
    assert_int_equal(store_begin(w->store, NULL), 0);
    assert_int_equal(tokens_set(w->store, id, TOKEN, TOKEN_APPLICATION, NULL), 0);
    assert_int_equal(store_commit(w->store, NULL), 0);
}

static int run_with(struct world *w, const char *line, struct command_options options)
{
    size_t count;
    char **words = words_split(line, &count, NULL);
    struct writer_options writing = {.format = OUTPUT_JSON,
                                     .fields = options.fields,
                                     .data = {to_str, &w->out},
                                     .messages = {to_str, &w->messages}};
    struct writer *writer = writer_new(&writing);
    int status;

    outcome_release(&w->outcome);
    w->error = (struct error){0};
    status =
        session_run(w->session, (const char *const *)words, count, &options, writer, &w->outcome, &w->error);
    writer_free(writer);
    words_free(words, count);
    return status;
}

/* --- one write --- */

static void a_write_is_one_revision_and_one_audit_row(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    assert_int_equal(w->outcome.revision, 1);
    assert_string_equal(w->outcome.tenant, "tenant01");
    int64_t first = w->outcome.audit;
    world_ok(w, "features tenant01 welcome enable");
    assert_true(w->outcome.write);
    assert_true(w->outcome.changed);
    assert_int_equal(w->outcome.revision, 2);
    assert_int_equal(w->outcome.audit, first + 1);
    assert_string_equal(w->outcome.line, "features tenant01 welcome enable");
    assert_string_equal(audits(w).last, "features tenant01 welcome enable");
    assert_string_equal(audits(w).last_tenant, "tenant01");
    assert_string_equal(w->outcome.result.reason, "no_token");
    assert_int_equal(outcome_status(&w->outcome), 0);
}

static void nothing_to_change_leaves_no_row(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_ok(w, "features tenant01 shop enable");
    assert_false(w->outcome.changed);
    assert_int_equal(w->outcome.audit, 0);
    assert_int_equal(w->outcome.revision, 1);
    assert_string_equal(w->outcome.result.reason, "unchanged");
    assert_false(w->outcome.push);
    assert_int_equal(audits(w).rows, 1);
    assert_int_equal(revision(w, "tenant01"), 1);
}

static void a_failure_leaves_nothing(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_fails(w, ERROR_NOT_IN_PLAN, "features tenant01 automod enable");
    world_fails(w, ERROR_UNKNOWN_WORD, "features tenant01 shp enable");
    world_fails(w, ERROR_MALFORMED, "features tenant01 shop banana");
    world_fails(w, ERROR_NO_SUCH, "features tenant02 shop enable");
    assert_non_null(strstr(w->error.message, "did you mean 'tenant01'?"));
    world_fails(w, ERROR_MALFORMED, "features ../etc shop enable");
    assert_int_equal(audits(w).rows, 1);
    assert_int_equal(revision(w, "tenant01"), 1);
    assert_false(store_in_transaction(w->store));
}

static void the_document_has_the_shape_that_scripts_rely_on(void **state)
{
    struct world *w = *state;
    struct str text = STR_INIT;

    world_create(w, "tenant01", "basic", 0);
    world_ok(w, "features tenant01 welcome on");
    struct json *document = outcome_document(&w->outcome);
    json_print(document, &text);
    char *expected =
        mem_format("{\"tenant_id\":\"tenant01\",\"changed\":true,\"audit\":%lld,\"revision\":2,"
                   "\"push\":{\"state\":\"none\",\"notified\":\"none\",\"instance\":null,\"ms\":null,"
                   "\"reason\":\"no_token\"}}",
                   (long long)w->outcome.audit);
    assert_string_equal(str_text(&text), expected);
    free(expected);
    json_free(document);
    str_clear(&text);
    outcome_text(&w->outcome, &text);
    assert_non_null(strstr(str_text(&text),
                           "welcome enabled for tenant01: saved; nothing to push to (no token) (audit "));
    str_release(&text);
}

/* --- what follows a write --- */

static void pushes_are_queued_where_a_bot_serves(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_ok(w, "features tenant01 welcome enable");
    assert_int_equal(queued(w, "tenant01"), 0);
    give_token(w, "tenant01");
    world_ok(w, "features tenant01 welcome disable");
    assert_int_equal(queued(w, "tenant01"), 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME);
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.revision, 3);
    assert_int_equal(w->outcome.request.wait_ms, 5000);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_REVISION);
    world_ok(w, "channels tenant01 control %lld --wait 0", (long long)CHANNEL);
    assert_int_equal(queued(w, "tenant01"),
                     1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME | 1u << PUSH_CONTROL | 1u << PUSH_CHANNELS);
    assert_int_equal(w->outcome.request.wait_ms, 0);
    world_ok(w, "features tenant01 welcome enable --no-push");
    assert_false(w->outcome.push);
    assert_string_equal(w->outcome.result.reason, "no_push");
    assert_int_equal(w->outcome.result.state, PUSH_STATE_PENDING);
    world_ok(w, "rename tenant01 'Another name'");
    assert_int_equal(w->outcome.revision, 5);
}

static void a_bot_that_closes_is_waited_for_and_a_closed_one_is_not(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    give_token(w, "tenant01");
    world_ok(w, "status tenant01 suspended");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    assert_true(w->outcome.request.epoch > 0);
    world_ok(w, "features tenant01 welcome enable");
    assert_false(w->outcome.push);
    assert_string_equal(w->outcome.result.reason, "suspended");
    assert_int_equal(queued(w, "tenant01"), 0);
    world_ok(w, "status tenant01 active");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    assert_int_equal(queued(w, "tenant01"), 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME);
}

static void reasons_and_statuses_are_those_of_the_list(void **state)
{
    static const struct {
        enum push_state state;
        const char *reason;
        int status;
    } list[] = {
        {PUSH_STATE_NONE, "unchanged", 0},      {PUSH_STATE_NONE, "no_token", 0},
        {PUSH_STATE_NONE, "stopped", 0},        {PUSH_STATE_PENDING, "no_push", 0},
        {PUSH_STATE_ACKNOWLEDGED, "", 0},       {PUSH_STATE_PENDING, "token_refused", 5},
        {PUSH_STATE_PENDING, "unreachable", 5}, {PUSH_STATE_PENDING, "forbidden", 5},
        {PUSH_STATE_PUSHED, "no_wait", 0},      {PUSH_STATE_PUSHED, "no_daemon", 5},
        {PUSH_STATE_PUSHED, "timeout", 5},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        struct outcome o = {.write = true, .changed = true, .result = {.state = list[i].state, .ms = -1}};

        str_copy(o.result.reason, sizeof o.result.reason, list[i].reason);
        assert_int_equal(outcome_status(&o), list[i].status);
    }
    struct outcome done = {.write = true,
                           .audit = 12,
                           .done = (char[]){"shop enabled for tenant01"},
                           .result = {.state = PUSH_STATE_ACKNOWLEDGED, .instance = "bot-1a2b", .ms = 38}};
    struct str text = STR_INIT;
    outcome_text(&done, &text);
    assert_string_equal(str_text(&text),
                        "shop enabled for tenant01: acknowledged by bot-1a2b in 38 ms (audit 12)");
    str_release(&text);
}

/* --- rights --- */

static void a_refusal_leaves_one_audit_row(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_create(w, "tenant02", "basic", 1);
    world_as_renter(w, "tenant01", 0);
    world_ok(w, "features . welcome enable");
    assert_string_equal(w->outcome.line, "features tenant01 welcome enable");
    world_fails(w, ERROR_NOT_PERMITTED, "plan tenant01 premium");
    assert_int_equal(audits(w).refused, 1);
    assert_string_equal(audits(w).last, "plan tenant01 premium");
    assert_string_equal(audits(w).last_tenant, "tenant01");
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant02 welcome enable");
    assert_string_equal(audits(w).last_tenant,
                        "tenant01"); /* nothing of the other changes, its audit neither */
    char *theirs = mem_strdup(w->error.message);
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant03 welcome enable");
    assert_string_equal(w->error.message, theirs);
    assert_string_equal(audits(w).last_tenant, "tenant01");
    free(theirs);
    assert_int_equal(audits(w).refused, 3);
    assert_false(feature_on(w, "tenant02", FEATURE_WELCOME));
}

static void what_is_the_terminals_is_refused_on_discord(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_as_role(w, ROLE_OWNER);
    world_fails(w, ERROR_NOT_PERMITTED, "delete tenant01 --yes");
    assert_non_null(strstr(w->error.message, "terminal"));
    assert_int_equal(audits(w).refused, 1);
    world_ok(w, "features tenant01 welcome enable");
}

static void readonly_refuses_writes_and_only_those(void **state)
{
    struct world *w = *state;
    struct session_options options = {.actor = &w->actor,
                                      .ports = &w->ports,
                                      .features = &world_features,
                                      .store = w->store,
                                      .readonly = true};

    world_create(w, "tenant01", "basic", 0);
    session_free(w->session);
    w->session = session_new(&options);
    world_fails(w, ERROR_READ_ONLY, "features tenant01 welcome enable");
    world_fails(w, ERROR_READ_ONLY, "features tenant01 welcome enable --dry-run");
    world_ok(w, "features tenant01");
    world_as_role(w, ROLE_NONE);
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant01 welcome enable");
    assert_int_equal(audits(w).rows, 1);
}

/* --- questions --- */

static void destruction_asks_for_the_name(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_fails(w, ERROR_REFUSED, "delete tenant01");
    assert_int_equal(w->asked, 1);
    assert_string_equal(w->expected, "Toko tenant01");
    w->ports.confirm = NULL;
    world_fails(w, ERROR_REFUSED, "delete tenant01");
    assert_non_null(strstr(w->error.message, "--yes"));
    world_ok(w, "delete tenant01 --yes");
    world_fails(w, ERROR_NO_SUCH, "show tenant01");
    world_ok(w, "undo");
    world_ok(w, "show tenant01");
}

/* --- dry run, batches --- */

static struct json *fake_plan(void *context, const struct tenant *t, unsigned kinds, bool fresh)
{
    struct json *plan = json_new_object();
    struct json *call = json_push(json_set(plan, "discord", json_new_array()), json_new_object());

    (void)context;
    json_set_string(call, "method", "PUT");
    json_set_bool(call, "welcome", t->features[FEATURE_WELCOME]);
    json_set_int(call, "kinds", kinds);
    json_set_bool(call, "fresh", fresh);
    json_set_int(plan, "calls", 1);
    json_set_int(plan, "seconds", 2);
    return plan;
}

static void a_dry_run_shows_all_and_leaves_nothing(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    give_token(w, "tenant01");
    w->ports.push_plan = fake_plan;
    world_ok(w, "features tenant01 welcome enable --dry-run");
    assert_non_null(w->outcome.plan);
    assert_false(w->outcome.push);
    assert_int_equal(json_count(json_get(w->outcome.plan, "database")), 1);
    assert_non_null(json_at(w->outcome.plan, "database.0.table"));
    assert_non_null(json_at(w->outcome.plan, "database.0.key"));
    assert_true(json_bool(json_at(w->outcome.plan, "discord.0.welcome"), false));
    assert_int_equal(json_get_int(w->outcome.plan, "calls", 0), 1);
    assert_int_equal(json_get_int(w->outcome.plan, "seconds", 0), 2);
    assert_false(feature_on(w, "tenant01", FEATURE_WELCOME));
    assert_int_equal(audits(w).rows, 1);
    assert_int_equal(queued(w, "tenant01"), 0);
    assert_int_equal(revision(w, "tenant01"), 1);
    world_ok(w, "features tenant01 shop enable --dry-run");
    assert_int_equal(json_count(json_get(w->outcome.plan, "database")), 0);
    assert_int_equal(json_count(json_get(w->outcome.plan, "discord")), 0);
    world_ok(w, "sync --all --dry-run");
    assert_int_equal(json_get_int(w->outcome.plan, "calls", 0), 1);
    assert_int_equal(w->outcome.more_count, 0);
    world_ok(w, "delete tenant01 --dry-run");
    assert_int_equal(w->asked, 0);
    world_ok(w, "show tenant01");
}

static void a_dry_run_foretells_the_kinds_that_are_queued(void **state)
{
    static const struct {
        const char *line;
        unsigned kinds;
        bool fresh;
    } lines[] = {
        {"rename tenant01 Other", 0, false},
        {"bot restart tenant01", 14, false},
        {"bot stop tenant01", 0, false},
        {"status tenant01 suspended", 0, false},
        {"status tenant01 maintenance", 7, false},
        {"features tenant01 welcome enable", 7, false},
        {"channels tenant01 control none", 14, false},
        {"channels tenant01 logs 300000000000000002", 15, false},
        {"settings tenant01 welcome auto_role 300000000000000003", 23, false},
        {"settings tenant01 welcome message Hi", 7, false},
        {"channels tenant01 logs create", 7, false},
        {"channels tenant01 control create", 7, false},
        {"sync tenant01", 31, false},
        {"sync --all --fresh", 31, true},
        {"push retry", 14, false},
        {"push drop", 0, false},
    };
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    give_token(w, "tenant01");
    world_ok(w, "channels tenant01 control 300000000000000001");
    world_ok(w, "push drop");
    world_ok(w, "bot restart tenant01");
    w->ports.push_plan = fake_plan;
    w->ports.channel_plan = NULL;
    for (size_t i = 0; i < COUNT(lines); i++) {
        world_ok(w, "%s --dry-run", lines[i].line);
        const struct json *call = json_at(w->outcome.plan, "discord.0");
        if (json_get_int(call, "kinds", 0) != lines[i].kinds)
            fail_msg("%s: %d", lines[i].line, (int)json_get_int(call, "kinds", 0));
        assert_int_equal(json_bool(json_get(call, "fresh"), false), lines[i].fresh);
    }
}

static void a_batch_is_kept_or_dropped_as_a_whole(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    assert_int_equal(session_batch_begin(w->session, &w->error), 0);
    world_ok(w, "features tenant01 welcome enable");
    world_ok(w, "features tenant01 shop disable");
    world_fails(w, ERROR_NOT_IN_PLAN, "features tenant01 automod enable");
    assert_int_equal(session_batch_end(w->session, false, &w->error), 0);
    assert_false(feature_on(w, "tenant01", FEATURE_WELCOME));
    assert_int_equal(audits(w).rows, 1);
    assert_int_equal(session_batch_begin(w->session, &w->error), 0);
    world_ok(w, "features tenant01 welcome enable");
    world_fails(w, ERROR_NOT_IN_PLAN, "features tenant01 automod enable");
    world_ok(w, "features tenant01 shop disable");
    assert_int_equal(session_batch_end(w->session, true, &w->error), 0);
    assert_true(feature_on(w, "tenant01", FEATURE_WELCOME));
    assert_false(feature_on(w, "tenant01", FEATURE_SHOP));
    assert_int_equal(audits(w).rows, 3);
    assert_int_equal(revision(w, "tenant01"), 3);
}

static void a_refusal_survives_the_batch_that_is_dropped(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_as_role(w, ROLE_NONE);
    assert_int_equal(session_batch_begin(w->session, &w->error), 0);
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant01 welcome enable");
    assert_int_equal(audits(w).rows, 1);
    assert_int_equal(session_batch_end(w->session, false, &w->error), 0);
    assert_int_equal(audits(w).refused, 1);
    assert_int_equal(audits(w).rows, 2);
}

static void the_lines_of_a_dry_batch_see_each_other(void **state)
{
    struct world *w = *state;

    assert_int_equal(session_batch_begin(w->session, &w->error), 0);
    world_ok(w, "create 1 2 First --id first --dry-run");
    world_ok(w, "features first welcome enable --dry-run");
    assert_int_equal(json_count(json_get(w->outcome.plan, "database")), 1);
    assert_int_equal(session_batch_end(w->session, false, &w->error), 0);
    world_fails(w, ERROR_NO_SUCH, "show first");
}

static void what_needs_the_network_cannot_be_atomic(void **state)
{
    struct world *w = *state;
    struct command_options options = COMMAND_OPTIONS_INIT;

    options.atomic = true;
    world_create(w, "tenant01", "basic", 0);
    assert_int_equal(run_with(w, "sync tenant01", options), -1);
    assert_int_equal(error_code_status(w->error.code), 2);
    assert_int_equal(run_with(w, "token tenant01 clear", options), -1);
    assert_int_equal(error_code_status(w->error.code), 2);
}

static void inside_somebodys_transaction_a_line_is_a_savepoint(void **state)
{
    struct world *w = *state;
    struct session_options options = {.actor = &w->actor,
                                      .ports = &w->ports,
                                      .features = &world_features,
                                      .store = w->store,
                                      .joined = true};

    world_create(w, "tenant01", "basic", 0);
    session_free(w->session);
    w->session = session_new(&options);
    assert_int_equal(store_begin(w->store, NULL), 0);
    world_ok(w, "features tenant01 welcome enable");
    world_fails(w, ERROR_NOT_IN_PLAN, "features tenant01 automod enable");
    world_ok(w, "features tenant01 shop disable --dry-run");
    assert_true(store_in_transaction(w->store));
    world_as_role(w, ROLE_NONE);
    world_fails(w, ERROR_NOT_PERMITTED, "features tenant01 shop disable");
    assert_int_equal(store_commit(w->store, NULL), 0);
    assert_true(feature_on(w, "tenant01", FEATURE_WELCOME));
    assert_true(feature_on(w, "tenant01", FEATURE_SHOP));
    assert_int_equal(audits(w).rows, 3);
    assert_int_equal(audits(w).refused, 1);
}

/* --- undo --- */

static void undo_and_redo_pass_the_gate_too(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    world_ok(w, "features tenant01 welcome enable");
    int64_t first = w->outcome.audit;
    world_ok(w, "undo %lld", (long long)first);
    assert_int_equal(w->outcome.revision, 3);
    assert_false(feature_on(w, "tenant01", FEATURE_WELCOME));
    world_fails(w, ERROR_REFUSED, "undo 2");
    world_ok(w, "redo");
    assert_true(feature_on(w, "tenant01", FEATURE_WELCOME));
    assert_int_equal(revision(w, "tenant01"), 4);
    world_as_role(w, ROLE_VIEWER);
    world_fails(w, ERROR_NOT_PERMITTED, "undo 2");
    assert_int_equal(audits(w).refused, 1);
    assert_true(feature_on(w, "tenant01", FEATURE_WELCOME));
}

/* --- other things --- */

static void a_prefix_serves_at_a_prompt_only(void **state)
{
    struct world *w = *state;
    struct session_options options = {.actor = &w->actor,
                                      .ports = &w->ports,
                                      .features = &world_features,
                                      .store = w->store,
                                      .prompt = true};

    world_create(w, "kedai_budi", "basic", 0);
    world_create(w, "kedai_sari", "basic", 1);
    world_fails(w, ERROR_NO_SUCH, "show kedai_b");
    session_free(w->session);
    w->session = session_new(&options);
    world_ok(w, "show kedai_b");
    assert_string_equal(world_text(w, "tenant_id"), "kedai_budi");
    world_fails(w, ERROR_NO_SUCH, "show kedai");
    assert_non_null(strstr(w->error.message, "kedai_budi, kedai_sari"));
    world_fails(w, ERROR_NO_SUCH, "show nobody");
}

static void an_unknown_field_is_an_error(void **state)
{
    struct world *w = *state;
    struct command_options options = COMMAND_OPTIONS_INIT;

    world_create(w, "tenant01", "basic", 0);
    options.fields = "tenant";
    assert_int_equal(run_with(w, "list", options), -1);
    assert_int_equal(w->error.code, ERROR_UNKNOWN_WORD);
    assert_non_null(strstr(w->error.message, "tenant_id"));
}

static void an_unknown_field_is_refused_before_anything_is_written(void **state)
{
    static const struct {
        const char *line, *fields;
        bool dry_run;
    } bad[] = {
        {"features tenant01 welcome on", "tenant_id,revison", false},
        {"features tenant01 welcome on", "push.stat", false},
        {"features tenant01 welcome on", "database", false},
        {"features tenant01 welcome on", "revision", true},
        {"create 1 77 Other --id other", "name", false},
        {"undo", "audit,", false},
        {"backup copy.db", "path", false},
    };
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 0);
    int64_t rows = audits(w).rows;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct command_options options = COMMAND_OPTIONS_INIT;
        options.fields = bad[i].fields;
        options.dry_run = bad[i].dry_run;
        assert_int_equal(run_with(w, bad[i].line, options), -1);
        assert_int_equal(w->error.code, ERROR_UNKNOWN_WORD);
        assert_string_equal(w->error.field, "--fields");
    }
    assert_int_equal(audits(w).rows, rows);
    assert_int_equal(revision(w, "tenant01"), 1);
    assert_false(fs_exists("copy.db"));
}

static void what_a_write_did_not_make_is_null_where_it_is_asked_for(void **state)
{
    struct world *w = *state;
    struct command_options options = COMMAND_OPTIONS_INIT;

    world_create(w, "tenant01", "basic", 0);
    options.fields = "module,push.failed,push.state,changed";
    assert_int_equal(run_with(w, "features tenant01 welcome on", options), 0);
    struct json *document = outcome_document(&w->outcome);
    assert_true(json_is(json_get(document, "module"), JSON_NULL));
    assert_true(json_is(json_at(document, "push.failed"), JSON_NULL));
    assert_string_equal(json_string(json_at(document, "push.state")), "none");
    json_free(document);
}

static void an_atomic_batch_is_one_revision_of_each_tenant(void **state)
{
    struct world *w = *state;
    struct command_options options = COMMAND_OPTIONS_INIT;

    world_create(w, "tenant01", "basic", 0);
    world_create(w, "tenant02", "basic", 1);
    options.atomic = true;
    options.no_push = true;
    assert_int_equal(session_batch_begin(w->session, NULL), 0);
    assert_int_equal(run_with(w, "features tenant01 welcome on", options), 0);
    assert_int_equal(run_with(w, "features tenant01 automod on", options), -1); /* raises nothing */
    assert_int_equal(run_with(w, "features tenant02 welcome on", options), 0);
    assert_int_equal(w->outcome.revision, 2);
    assert_int_equal(run_with(w, "features tenant01 leveling off", options), 0);
    assert_int_equal(w->outcome.revision, 2);
    assert_int_equal(run_with(w, "create 1 77 Other --id other", options), 0);
    assert_int_equal(run_with(w, "features other welcome on", options), 0);
    assert_int_equal(w->outcome.revision, 1); /* that of the transaction that made it */
    assert_int_equal(session_batch_end(w->session, true, NULL), 0);
    assert_int_equal(revision(w, "tenant01"), 2);
    assert_int_equal(revision(w, "tenant02"), 2);
    assert_int_equal(revision(w, "other"), 1);
    world_ok(w, "features tenant01 leveling on");
    assert_int_equal(w->outcome.revision, 3);
}

static struct json *one_call_a_kind(void *context, const struct tenant *t, unsigned kinds, bool fresh)
{
    struct json *plan = json_new_object(), *calls = json_set(plan, "discord", json_new_array());

    (void)context;
    (void)fresh;
    for (int kind = 0; kind < PUSH_KIND_COUNT; kind++)
        if (kinds & 1u << kind) {
            struct json *call = json_push(calls, json_new_object());
            json_set_string(call, "method", "POST");
            json_set_string(call, "path", push_kind_words[kind]);
            json_set_string(call, "body", t->id);
        }
    json_set_int(plan, "seconds", 1);
    return plan;
}

static void an_atomic_dry_run_foretells_one_push_of_each_tenant(void **state)
{
    static const char *const lines[] = {"features tenant01 welcome on", "channels tenant01 control 5",
                                        "config tenant01 language en", "rename tenant01 Other"};
    struct world *w = *state;
    struct outcome outcomes[COUNT(lines)], *all[COUNT(lines)];
    struct command_options options = COMMAND_OPTIONS_INIT;

    w->ports.push_plan = one_call_a_kind;
    world_create(w, "tenant01", "basic", 0);
    give_token(w, "tenant01");
    options.atomic = options.dry_run = true;
    assert_int_equal(session_batch_begin(w->session, NULL), 0);
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(run_with(w, lines[i], options), 0);
        outcomes[i] = w->outcome;
        w->outcome = (struct outcome){0};
        all[i] = &outcomes[i];
    }
    session_batch_foretell(w->session, all, COUNT(lines));
    assert_int_equal(session_batch_end(w->session, false, NULL), 0);
    static const int64_t calls[] = {0, 0, PUSH_KIND_COUNT - 1,
                                    0}; /* no role; with the last line that asks for any */
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(json_get_int(outcomes[i].plan, "calls", -1), calls[i]);
        assert_int_equal(json_count(json_get(outcomes[i].plan, "discord")), calls[i]);
        assert_true(json_count(json_get(outcomes[i].plan, "database")) > 0);
        outcome_release(&outcomes[i]);
    }
    assert_int_equal(revision(w, "tenant01"), 1);
}

static void without_a_database_only_some_commands_run(void **state)
{
    struct world *w = *state;

    session_set_store(w->session, NULL);
    world_fails(w, ERROR_DB_MISSING, "list");
    world_ok(w, "help");
    world_ok(w, "version");
    session_set_store(w->session, w->store);
}

#define GATE_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATE_TEST(a_write_is_one_revision_and_one_audit_row),
        GATE_TEST(nothing_to_change_leaves_no_row),
        GATE_TEST(a_failure_leaves_nothing),
        GATE_TEST(the_document_has_the_shape_that_scripts_rely_on),
        GATE_TEST(pushes_are_queued_where_a_bot_serves),
        GATE_TEST(a_bot_that_closes_is_waited_for_and_a_closed_one_is_not),
        GATE_TEST(reasons_and_statuses_are_those_of_the_list),
        GATE_TEST(a_refusal_leaves_one_audit_row),
        GATE_TEST(what_is_the_terminals_is_refused_on_discord),
        GATE_TEST(readonly_refuses_writes_and_only_those),
        GATE_TEST(destruction_asks_for_the_name),
        GATE_TEST(a_dry_run_shows_all_and_leaves_nothing),
        GATE_TEST(a_dry_run_foretells_the_kinds_that_are_queued),
        GATE_TEST(a_batch_is_kept_or_dropped_as_a_whole),
        GATE_TEST(a_refusal_survives_the_batch_that_is_dropped),
        GATE_TEST(the_lines_of_a_dry_batch_see_each_other),
        GATE_TEST(what_needs_the_network_cannot_be_atomic),
        GATE_TEST(an_unknown_field_is_refused_before_anything_is_written),
        GATE_TEST(what_a_write_did_not_make_is_null_where_it_is_asked_for),
        GATE_TEST(an_atomic_batch_is_one_revision_of_each_tenant),
        GATE_TEST(an_atomic_dry_run_foretells_one_push_of_each_tenant),
        GATE_TEST(inside_somebodys_transaction_a_line_is_a_savepoint),
        GATE_TEST(undo_and_redo_pass_the_gate_too),
        GATE_TEST(a_prefix_serves_at_a_prompt_only),
        GATE_TEST(an_unknown_field_is_an_error),
        GATE_TEST(without_a_database_only_some_commands_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
