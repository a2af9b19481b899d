/* The pusher against a server that answers as the test says: what is sent, in which order, and the reason
 * that the console is told. */
#include "scene.h"

static void the_control_message_goes_first_and_the_outbox_is_empty_after_it(void **state)
{
    struct scene *s = *state;
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_string_equal(s->result.reason, "no_daemon");
    assert_int_equal(s->result.state, PUSH_STATE_PUSHED);
    assert_string_equal(s->calls[0].method, "POST");
    assert_non_null(strstr(s->calls[0].path, "/channels/300000000000000001/messages"));
    assert_true(
        str_starts(json_get_string(s->calls[0].body, "content"), "tenanttui/1 {\"tenant\":\"tenant01\""));
    assert_string_equal(s->calls[0].reason, "tenanttui%20audit%201");
    assert_non_null(call_of(s, "GET", "/commands"));
    assert_null(call_of(s, "PATCH", "/members/@me"));
    assert_runs_until(&s->loop, all_written, s);
}

static void what_discord_took_is_not_sent_again(void **state)
{
    struct scene *s = *state;
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_runs_until(&s->loop, all_written, s);
    int before = s->count;
    r = request_of(change(s), 5000);
    push(s, &r);
    assert_runs_until(&s->loop, all_written, s);
    assert_int_equal(s->count, before + 1); /* the control message; the commands are known to be the same */
    r.fresh = true;
    r.revision = change(s);
    r.committed_at = time_monotonic();
    push(s, &r);
    assert_runs_until(&s->loop, all_written, s);
    assert_non_null(call_of(s, "PATCH", "/members/@me")); /* nobody knows what it is now */
}

static void a_refused_token_is_told_at_once_and_remembered(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct push_row rows[PUSH_KIND_COUNT];
    s->status_of[PUSH_CONTROL] = s->status_of[PUSH_COMMANDS] = 401;
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_string_equal(s->result.reason, "token_refused");
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
    assert_true(rows_left(s, rows));
    assert_true(time_monotonic() - r.committed_at < 4000);
    int before = s->count;
    r = request_of(change(s), 5000);
    push(s, &r); /* no further request with this token */
    assert_string_equal(s->result.reason, "token_refused");
    assert_int_equal(s->count, before);
    struct tenant t;
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.token, TOKEN_REFUSED);
    tenant_release(&t);
}

static bool commands_failed(void *context)
{
    struct push_row rows[PUSH_KIND_COUNT];
    return rows_left(context, rows) && rows[PUSH_COMMANDS].state == PUSH_FAILED;
}

static void a_part_that_is_refused_for_good_is_kept_and_listed(void **state)
{
    struct scene *s = *state;
    s->status_of[PUSH_COMMANDS] = 403;
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_PUSHED);
    assert_int_equal(json_count(s->result.failed), 1);
    assert_string_equal(json_string(json_at(s->result.failed, "0.kind")), "commands");
    assert_runs_until(&s->loop, commands_failed, s);
}

static void a_control_message_that_may_not_be_posted_is_forbidden(void **state)
{
    struct scene *s = *state;
    s->status_of[PUSH_CONTROL] = 403;
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_string_equal(s->result.reason, "forbidden");
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
}

static void no_answer_within_the_wait_is_unreachable_and_stays_in_the_outbox(void **state)
{
    struct scene *s = *state;
    struct push_row rows[PUSH_KIND_COUNT];
    s->mute = true;
    struct push_request r = request_of(change(s), 1200);
    push(s, &r);
    assert_string_equal(s->result.reason, "unreachable");
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
    assert_true(rows_left(s, rows));
}

static void without_waiting_the_push_is_told_as_soon_as_it_is_made(void **state)
{
    struct scene *s = *state;
    struct push_request r = request_of(change(s), 0);
    push(s, &r);
    assert_string_equal(s->result.reason, "no_wait");
    assert_int_equal(s->result.state, PUSH_STATE_PUSHED);
}

static void who_does_not_wait_is_not_held_by_a_slow_answer(void **state)
{
    struct scene *s = *state;
    struct push_row rows[PUSH_KIND_COUNT];
    s->mute = true;
    struct push_request r = request_of(change(s), 0);
    push(s, &r);
    assert_string_equal(s->result.reason, "no_wait");
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
    assert_true(time_monotonic() - r.committed_at < 2500);
    assert_true(rows_left(s, rows));
}

static void who_does_not_wait_is_told_of_a_refusal_after_one_attempt(void **state)
{
    struct scene *s = *state;
    s->status_of[PUSH_CONTROL] = 503;
    struct push_request r = request_of(change(s), 0);
    push(s, &r);
    assert_string_equal(s->result.reason, "unreachable");
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
    int posts = 0;
    for (int i = 0; i < s->count; i++)
        posts += str_equal(s->calls[i].method, "POST");
    assert_int_equal(posts, 1);
}

/* As another process would: with limits of its own. */
static void begin_other_console(struct scene *s)
{
    struct world *w = s->w;
    char *base = mem_format("http://127.0.0.1:%d/api/v10", s->fake.port);
    struct rest_options rest = {.loop = &s->loop, .base = base};
    ok(rest_new(&s->other_rest, &rest, &w->error));
    free(base);
    struct pusher_options options = {.loop = &s->loop,
                                     .rest = s->other_rest,
                                     .store = s->store,
                                     .features = &s->features,
                                     .admin_commands = s->admin,
                                     .owner = "other"};
    s->other = pusher_new(&options);
}

static void what_discord_said_of_limits_is_known_to_the_next_console(void **state)
{
    struct scene *s = *state;
    s->headers = "X-RateLimit-Bucket: abc\r\nX-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 0\r\n"
                 "X-RateLimit-Reset-After: 600\r\n";
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_runs_until(&s->loop, all_written, s);
    int before = s->count;
    begin_other_console(s);
    r = request_of(change(s), 1000);
    s->results = 0;
    pusher_push(s->other, &r, on_result, s);
    assert_runs_until(&s->loop, has_result, s);
    assert_string_equal(s->result.reason, "unreachable");
    assert_int_equal(s->count, before); /* it waits for the window: no answer was wasted on it */
}

static void whose_an_unchecked_token_is_is_learned_by_the_first_push(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct tenant t;
    ok(store_begin(w->store, &w->error));
    ok(tokens_set(w->store, "tenant01", TOKEN, 0, &w->error));
    ok(store_commit(w->store, &w->error));
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_runs_until(&s->loop, all_written, s);
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.application_id, 9); /* as Discord said, whatever the token's first part may be */
    tenant_release(&t);
    assert_non_null(call_of(s, "GET", "/applications/9/guilds/"));
}

static void without_a_control_channel_no_message_is_sent(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_CONTROL, 0, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_PENDING);
    assert_string_equal(s->result.reason, "no_daemon");
    assert_null(call_of(s, "POST", "/messages"));
}

static void a_suspended_tenant_is_not_pushed_to(void **state)
{
    struct scene *s = *state;
    struct world *w = s->w;
    struct push_row rows[PUSH_KIND_COUNT];
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_status(w->store, "tenant01", STATUS_SUSPENDED, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    struct push_request r = request_of(change(s), 5000);
    push(s, &r);
    assert_int_equal(s->result.state, PUSH_STATE_NONE);
    assert_string_equal(s->result.reason, "suspended");
    assert_int_equal(s->count, 0);
    assert_runs_until(&s->loop, all_written, s);
    (void)rows;
}

static void a_newer_revision_of_the_same_tenant_is_sent_after_the_older_one(void **state)
{
    struct scene *s = *state;
    struct push_request first = request_of(change(s), 5000), second;
    pusher_push(s->pusher, &first, on_result, s);
    while (!s->count)
        uv_run(&s->loop, UV_RUN_ONCE);
    second = request_of(change(s), 5000);
    pusher_push(s->pusher, &second, on_result, s);
    assert_runs_until(&s->loop, all_written, s);
    int64_t last = 0;
    int messages = 0;
    for (int i = 0; i < s->count; i++) {
        if (kind_of(s->calls[i].path) != PUSH_CONTROL)
            continue;
        const char *text = strstr(json_get_string(s->calls[i].body, "content"), "\"revision\":");
        int64_t revision = strtoll(text + strlen("\"revision\":"), NULL, 10);
        assert_true(revision > last);
        last = revision;
        messages++;
    }
    assert_int_equal(last, second.revision);
    assert_true(messages <= 2);
}

static void the_sweep_delivers_what_stayed_behind(void **state)
{
    struct scene *s = *state;
    change(s);
    pusher_sweep(s->pusher); /* the rows are older than a console's head start */
    assert_runs_until(&s->loop, all_written, s);
    assert_non_null(call_of(s, "POST", "/messages"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(the_control_message_goes_first_and_the_outbox_is_empty_after_it),
        scene_test(what_discord_took_is_not_sent_again),
        scene_test(a_refused_token_is_told_at_once_and_remembered),
        scene_test(a_part_that_is_refused_for_good_is_kept_and_listed),
        scene_test(a_control_message_that_may_not_be_posted_is_forbidden),
        scene_test(no_answer_within_the_wait_is_unreachable_and_stays_in_the_outbox),
        scene_test(without_waiting_the_push_is_told_as_soon_as_it_is_made),
        scene_test(who_does_not_wait_is_not_held_by_a_slow_answer),
        scene_test(who_does_not_wait_is_told_of_a_refusal_after_one_attempt),
        scene_test(what_discord_said_of_limits_is_known_to_the_next_console),
        scene_test(whose_an_unchecked_token_is_is_learned_by_the_first_push),
        scene_test(without_a_control_channel_no_message_is_sent),
        scene_test(a_suspended_tenant_is_not_pushed_to),
        scene_test(a_newer_revision_of_the_same_tenant_is_sent_after_the_older_one),
        scene_test(the_sweep_delivers_what_stayed_behind),
    };
    return cmocka_run_group_tests_name("push/pusher", tests, NULL, NULL);
}
