#include "cmd_world.h"

static void a_token_is_checked_sealed_and_never_shown(void **state)
{
    struct world *w = *state;
    struct str text = STR_INIT;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    assert_int_equal(w->token_asked, 1);
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    assert_int_equal(w->outcome.revision, 1);
    assert_null(strstr(str_text(&w->out), "Gabcde"));
    assert_null(strstr(w->outcome.line, "Gabcde"));
    outcome_text(&w->outcome, &text);
    assert_null(strstr(str_text(&text), "Gabcde"));
    str_release(&text);
    assert_int_equal(tokens_get(w->store, "tenant01", &text, NULL), 0);
    assert_string_equal(str_text(&text), TOKEN);
    str_wipe(&text);
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.application_id, TOKEN_APPLICATION);
    tenant_release(&t);
    world_ok(w, "token tenant01 set");
    assert_false(w->outcome.changed);
    world_ok(w, "audit tenant01 --limit 1");
    assert_null(strstr(str_text(&w->out), "Gabcde"));
    world_ok(w, "token tenant01 check");
    assert_string_equal(world_text(w, "name"), "shopbot");
    assert_null(strstr(str_text(&w->out), "Gabcde"));
    world_fails(w, ERROR_REFUSED, "undo 2");
}

static void a_refused_token_is_not_saved(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    w->token_answer = ERROR_REFUSED;
    world_fails(w, ERROR_REFUSED, "token tenant01 set");
    w->token_answer = ERROR_PENDING;
    world_fails(w, ERROR_REFUSED, "token tenant01 set");
    assert_non_null(strstr(w->error.hint, "--no-push"));
    w->secret = "two words";
    world_fails(w, ERROR_MALFORMED, "token tenant01 set");
    assert_null(strstr(w->error.message, "two words"));
    w->secret = "";
    world_fails(w, ERROR_MALFORMED, "token tenant01 set");
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.token, TOKEN_NONE);
    tenant_release(&t);
    world_fails(w, ERROR_NO_SUCH, "token tenant01 check");
}

static void without_a_push_a_token_is_saved_unchecked_with_a_warning(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_create(w, "tenant02", "basic", 2);
    world_ok(w, "token tenant01 set --no-push");
    assert_int_equal(w->token_asked, 0);
    assert_non_null(strstr(str_text(&w->messages), "not checked"));
    assert_string_equal(w->outcome.result.reason, "no_push");
    world_fails(w, ERROR_TAKEN, "token tenant02 set --no-push");
}

static int64_t application_of(struct world *w, const char *id)
{
    struct tenant t = world_tenant(w, id);
    int64_t application = t.application_id;

    tenant_release(&t);
    return application;
}

static void what_an_unchecked_token_names_is_no_fact(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set --no-push");
    assert_int_equal(application_of(w, "tenant01"), 0);
    world_ok(w, "token tenant01 set --no-push");
    assert_false(w->outcome.changed);
    world_ok(w, "token tenant01 set"); /* now it is known */
    assert_int_equal(application_of(w, "tenant01"), TOKEN_APPLICATION);
    world_ok(w, "token tenant01 set --no-push"); /* and not forgotten for the same one */
    assert_false(w->outcome.changed);
    assert_int_equal(application_of(w, "tenant01"), TOKEN_APPLICATION);
    world_ok(w, "token tenant01 set --dry-run");
}

static void a_token_comes_from_a_file_too(void **state)
{
    struct world *w = *state;
    char path[100];

    snprintf(path, sizeof(path), "%s/token.txt", w->directory);
    file_put(path, TOKEN "\n", strlen(TOKEN) + 1, 0600);
    w->secret = "other";
    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set --from %s", path);
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.application_id, TOKEN_APPLICATION);
    tenant_release(&t);
    world_fails(w, ERROR_EXTRA_ARGUMENT, "token tenant01 clear --from x");
    world_fails(w, ERROR_NO_SUCH, "token tenant01 set --from /nonexistent/token");
}

static void clearing_a_token_asks_first(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 clear"); /* nothing to lose */
    assert_int_equal(w->asked, 0);
    world_ok(w, "token tenant01 set");
    world_fails(w, ERROR_REFUSED, "token tenant01 clear");
    assert_int_equal(w->asked, 1);
    w->ports.confirm = NULL;
    world_fails(w, ERROR_REFUSED, "token tenant01 clear");
    assert_non_null(strstr(w->error.message, "--yes"));
    world_ok(w, "token tenant01 clear --dry-run");
    struct tenant t = world_tenant(w, "tenant01");
    assert_int_equal(t.token, TOKEN_SET);
    tenant_release(&t);
}

static void clearing_a_token_closes_the_connection(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "token tenant01 clear --yes");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    world_ok(w, "token tenant01 clear");
    assert_false(w->outcome.changed);
}

static void a_start_that_changes_nothing_says_what_is_in_the_way(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "bot start tenant01");
    assert_non_null(strstr(w->outcome.done, "token tenant01 set"));
    world_ok(w, "token tenant01 set");
    world_ok(w, "status tenant01 suspended");
    world_ok(w, "bot start tenant01");
    assert_non_null(strstr(w->outcome.done, "suspended"));
    world_ok(w, "status tenant01 active");
    world_ok(w, "bot start tenant01");
    assert_string_equal(w->outcome.done, "the bot of tenant01 is already started");
}

static void a_bot_is_stopped_started_and_restarted(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "bot stop tenant01"); /* and taken back before there is a token */
    world_ok(w, "bot start tenant01");
    assert_string_equal(w->outcome.result.reason, "no_token");
    world_ok(w, "bot restart tenant01"); /* no failure, nothing to push to */
    assert_string_equal(w->outcome.result.reason, "no_token");
    world_ok(w, "token tenant01 set");
    world_ok(w, "bot start tenant01");
    assert_false(w->outcome.changed);
    world_ok(w, "bot stop tenant01");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_CLOSED);
    world_ok(w, "bot restart tenant01");
    assert_string_equal(w->outcome.result.reason, "stopped");
    world_ok(w, "features tenant01 shop off");
    assert_string_equal(w->outcome.result.reason, "stopped");
    world_ok(w, "bot start tenant01");
    assert_int_equal(w->outcome.request.acknowledge, ACKNOWLEDGE_READY);
    int64_t epoch = w->outcome.request.epoch;
    world_ok(w, "bot restart tenant01");
    assert_int_equal(w->outcome.request.epoch, epoch + 1);
    assert_true(w->outcome.audit > 0);
    world_fails(w, ERROR_REFUSED, "undo");
    world_ok(w, "bot list");
    assert_string_equal(world_text(w, "items.0.tenant_id"), "tenant01");
    assert_non_null(world_at(w, "items.0.restarts"));
    world_ok(w, "bot status tenant01");
    assert_string_equal(world_text(w, "state"), "stopped");
}

static void sync_pushes_one_or_all(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_create(w, "tenant02", "basic", 2);
    world_create(w, "tenant03", "basic", 3);
    world_fails(w, ERROR_REFUSED, "sync tenant01");
    world_fails(w, ERROR_MISSING_ARGUMENT, "sync");
    world_ok(w, "token tenant01 set");
    w->token_answer = ERROR_NONE;
    w->secret = "other.token.here";
    w->ports.token_check = NULL;
    world_ok(w, "token tenant02 set --no-push");
    world_fails(w, ERROR_EXTRA_ARGUMENT, "sync tenant01 --all");
    world_ok(w, "sync tenant01 --fresh");
    assert_true(w->outcome.push);
    assert_true(w->outcome.request.fresh);
    assert_true(w->outcome.audit > 0);
    world_ok(w, "push list");
    assert_int_equal(json_count(json_get(w->document, "items")), 6);
    world_ok(w, "sync --all");
    assert_string_equal(w->outcome.tenant, "tenant01");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.more_count, 1);
    assert_string_equal(w->outcome.more[0].tenant, "tenant02");
    assert_true(w->outcome.more[0].push);
}

/* Do the changes of the newest write's audit row contain PART? */
static void assert_audited(struct world *w, const char *part)
{
    struct audit_entry entry;
    struct json *owner;
    struct str changes = STR_INIT;

    assert_int_equal(audit_load(w->store, w->outcome.audit, &entry, &owner, NULL), 0);
    json_print(entry.changes, &changes);
    if (!strstr(str_text(&changes), part))
        fail_msg("%s is not in %s", part, str_text(&changes));
    str_release(&changes);
    json_free(owner);
}

static void pushes_are_listed_retried_and_dropped(void **state)
{
    struct world *w = *state;

    world_create(w, "tenant01", "basic", 1);
    world_ok(w, "token tenant01 set");
    world_ok(w, "push list");
    assert_int_equal(json_count(json_get(w->document, "items")), 2);
    assert_string_equal(world_text(w, "items.0.tenant_id"), "tenant01");
    assert_string_equal(world_text(w, "items.0.state"), "pending");
    world_ok(w, "push retry --dry-run");
    assert_int_equal(json_count(json_get(w->outcome.plan, "database")), 2);
    assert_string_equal(json_string(json_at(w->outcome.plan, "database.1.table")), "outbox");
    assert_int_equal(json_int(json_at(w->outcome.plan, "database.1.key.push"), 0), 2);
    assert_string_equal(json_string(json_at(w->outcome.plan, "database.1.before.kind")), "nickname");
    assert_true(json_is(json_at(w->outcome.plan, "database.1.before.next"), JSON_STRING));
    assert_true(json_is(json_at(w->outcome.plan, "database.1.after.next"), JSON_NULL));
    world_ok(w, "push retry");
    assert_audited(w, "\"after\":{\"tenant_id\":\"tenant01\",\"revision\":1,\"kind\":\"nickname\"");
    assert_string_equal(w->outcome.tenant, "tenant01");
    assert_true(w->outcome.push);
    assert_int_equal(w->outcome.more_count, 0);
    assert_int_equal(json_get_int(w->outcome.extra, "retried", -1), 2);
    world_fails(w, ERROR_NO_SUCH, "push retry 999");
    world_fails(w, ERROR_NO_SUCH, "push drop 999");
    world_ok(w, "push drop 1");
    assert_true(w->outcome.changed);
    assert_audited(w, "\"key\":{\"push\":1},\"before\":{\"tenant_id\":\"tenant01\"");
    assert_audited(w, "\"after\":null");
    world_ok(w, "push drop");
    world_ok(w, "push list");
    assert_int_equal(json_count(json_get(w->document, "items")), 0);
    world_ok(w, "push drop");
    assert_false(w->outcome.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_is_checked_sealed_and_never_shown, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_refused_token_is_not_saved, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_a_push_a_token_is_saved_unchecked_with_a_warning, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_an_unchecked_token_names_is_no_fact, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_token_comes_from_a_file_too, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(clearing_a_token_asks_first, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(clearing_a_token_closes_the_connection, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_start_that_changes_nothing_says_what_is_in_the_way, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_bot_is_stopped_started_and_restarted, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(sync_pushes_one_or_all, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(pushes_are_listed_retried_and_dropped, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
