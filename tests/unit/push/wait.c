/* Verdicts: what the console is told of a write once it is pushed, and what made the bot obey. The test takes
 * the daemon's part. */
#include "scene.h"

static bool acknowledged(void *context)
{
    struct scene *s = context;
    pusher_database_changed(s->pusher);
    return s->results > 0;
}

static void the_daemons_row_acknowledges_and_names_the_instance(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    struct bot_status status = {.state = BOT_RUNNING, .instance = "bot-1a2b", .latency_ms = -1};
    ok(daemon_lock_take(w->db, &lock, &w->error));
    struct push_request r = request_of(change(s), 5000);
    r.raised = true;
    s->results = 0;
    pusher_push(s->pusher, &r, on_result, s);
    while (!call_of(s, "POST", "/messages"))
        uv_run(&s->loop, UV_RUN_ONCE);
    ok(store_begin(w->store, &w->error));
    ok(bot_status_save(w->store, "tenant01", &status, time_now(), &w->error));
    ok(bot_applied(w->store, "tenant01", r.revision, "", "discord", &w->error));
    ok(store_commit(w->store, &w->error));
    assert_runs_until(&s->loop, acknowledged, s);
    assert_int_equal(s->result.state, PUSH_STATE_ACKNOWLEDGED);
    assert_string_equal(s->result.instance, "bot-1a2b");
    assert_string_equal(s->result.notified, "discord");
    assert_string_equal(s->result.reason, "");
    assert_true(s->result.ms >= 0);
    daemon_lock_release(lock);
}

static void a_daemon_that_does_not_answer_is_a_timeout(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    ok(daemon_lock_take(w->db, &lock, &w->error));
    struct push_request r = request_of(change(s), 300);
    push(s, &r);
    assert_string_equal(s->result.reason, "timeout");
    assert_true(time_monotonic() - r.committed_at >= 300);
    ok(daemon_lock_note(lock, "tenant02", &w->error)); /* it serves another tenant only */
    r = request_of(change(s), 5000);
    push(s, &r);
    assert_string_equal(s->result.reason, "no_daemon");
    daemon_lock_release(lock);
}

/* --- a bot that says what it does --- */

static void say(struct scene *s, enum bot_state state, const char *error, int64_t applied, const char *by)
{
    struct world *w = s->w;
    struct bot_status status = {.state = state, .instance = "bot-1a2b", .latency_ms = -1};
    str_copy(status.error, sizeof status.error, error);
    ok(store_begin(w->store, &w->error));
    ok(bot_status_save(w->store, "tenant01", &status, time_now(), &w->error));
    if (applied)
        ok(bot_applied(w->store, "tenant01", applied, "", by, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void a_bot_that_gave_up_is_not_waited_for(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    ok(daemon_lock_take(w->db, &lock, &w->error));
    say(s, BOT_ERROR, "the gateway closed with 4013", 0, "");
    struct push_request r = request_of(change(s), 60000);
    r.raised = true;
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_PUSHED);
    assert_string_equal(s->result.reason, "no_daemon");
    assert_string_equal(s->result.gave_up, "the gateway closed with 4013");
    assert_true(time_monotonic() - r.committed_at < 30000);
    /* What connects it anew is waited for: the epoch that it gave up in is not the one that is asked for. */
    r = request_of(r.revision, 300);
    r.acknowledge = ACKNOWLEDGE_READY;
    r.epoch = 1;
    push(s, &r);
    assert_string_equal(s->result.reason, "timeout");
    assert_string_equal(s->result.gave_up, "");
    daemon_lock_release(lock);
}

static void ready_is_a_bot_that_runs_the_revision(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    ok(daemon_lock_take(w->db, &lock, &w->error));
    struct push_request r = request_of(change_kinds(s, 0), 300);
    r.acknowledge = ACKNOWLEDGE_READY;
    say(s, BOT_RUNNING, "", r.revision - 1, "discord");
    push(s, &r);
    assert_string_equal(s->result.reason, "timeout");
    say(s, BOT_RUNNING, "", r.revision, "database");
    r = request_of(r.revision, 60000);
    r.acknowledge = ACKNOWLEDGE_READY;
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_ACKNOWLEDGED);
    assert_string_equal(s->result.notified, "database");
    assert_null(call_of(s, "POST", "/messages"));
    daemon_lock_release(lock);
}

static void what_raises_no_revision_is_applied_by_nothing(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    ok(daemon_lock_take(w->db, &lock, &w->error));
    int64_t revision = change_kinds(s, 0);
    say(s, BOT_RUNNING, "", revision, "discord");
    struct push_request r = request_of(revision, 60000);
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_ACKNOWLEDGED);
    assert_string_equal(s->result.notified, "none");
    daemon_lock_release(lock);
}

/* The nonce of the first message that was posted; "" there is none. */
static void nonce_of(const struct scene *s, char out[CONTROL_NONCE_TEXT])
{
    const struct call_seen *call = call_of(s, "POST", "/messages");
    const char *text = call ? strstr(json_get_string(call->body, "content"), "\"nonce\":\"") : NULL;
    snprintf(out, CONTROL_NONCE_TEXT, "%s", text ? text + strlen("\"nonce\":\"") : "");
}

static void a_sync_says_whether_the_bot_took_its_message(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct daemon_lock *lock;
    char nonce[CONTROL_NONCE_TEXT];
    bool seen;
    ok(daemon_lock_take(w->db, &lock, &w->error));
    int64_t revision = change(s);
    say(s, BOT_RUNNING, "", revision, "database");
    struct push_request r = request_of(revision, 60000);
    r.again = true;
    s->results = 0;
    pusher_push(s->pusher, &r, on_result, s);
    do {
        uv_run(&s->loop, UV_RUN_ONCE);
        nonce_of(s, nonce);
    } while (!*nonce);
    ok(nonce_take(w->store, "tenant01", nonce, time_now(), &seen, &w->error));
    assert_false(seen);
    assert_runs_until(&s->loop, acknowledged, s);
    assert_int_equal(s->result.state, PUSH_STATE_ACKNOWLEDGED);
    assert_string_equal(s->result.notified, "discord");
    /* One that nobody takes is acknowledged all the same: the bot runs the revision. */
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, "tenant01", revision, 1u << PUSH_CONTROL, NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    r.committed_at = time_monotonic();
    r.wait_ms = 1000;
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_ACKNOWLEDGED);
    assert_string_equal(s->result.notified, "none");
    daemon_lock_release(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(the_daemons_row_acknowledges_and_names_the_instance),
        scene_test(a_daemon_that_does_not_answer_is_a_timeout),
        scene_test(a_bot_that_gave_up_is_not_waited_for),
        scene_test(ready_is_a_bot_that_runs_the_revision),
        scene_test(what_raises_no_revision_is_applied_by_nothing),
        scene_test(a_sync_says_whether_the_bot_took_its_message),
    };
    return cmocka_run_group_tests_name("push/wait", tests, NULL, NULL);
}
