/* The pusher against a server that answers as the test says: what is sent, in which order, and the reason
 * that the console is told. No daemon runs but where the test takes the daemon's part. */
#include "../world.h"

#include "../discord/fake.h"
#include "pusher.h"

#define CALLS 64

struct call_seen {
    char method[8], path[160], reason[64];
    struct json *body;
};

struct scene {
    struct world *w;
    uv_loop_t loop;
    struct fake fake;
    struct rest *rest;
    struct store *store; /* the pusher's */
    struct pusher *pusher;
    struct json *admin;
    struct feature_list features;
    struct call_seen calls[CALLS];
    int count;
    int status_of[PUSH_KIND_COUNT]; /* what the server answers; 0: 200 */
    bool mute;                      /* it answers nothing */
    const char *headers;            /* of its answers to POST; NULL none */
    struct rest *other_rest;        /* of another console */
    struct pusher *other;
    struct push_result result;
    int results;
};

/* --- the server --- */

static enum push_kind kind_of(const char *path)
{
    return strstr(path, "/messages")   ? PUSH_CONTROL
           : strstr(path, "/commands") ? PUSH_COMMANDS
                                       : PUSH_NICKNAME;
}

static void answer(struct fake_peer *p, const struct call_seen *call)
{
    struct scene *s = p->fake->test;
    int status = s->status_of[kind_of(call->path)];
    bool list = str_equal(call->method, "GET") && !strstr(call->path, "/applications/@me");
    const char *body = list ? "[]" : "{\"id\":\"9\"}";
    const char *headers = s->headers && str_equal(call->method, "POST") ? s->headers : "";
    char text[512];
    if (status >= 400)
        body = "{\"message\":\"no\",\"code\":50013}";
    snprintf(text, sizeof text,
             "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
             status ? status : 200, headers, strlen(body), body);
    if (!s->mute)
        fake_say(p, text);
}

static void take_header(const char *head, const char *name, char *out, size_t size)
{
    const char *at = strcasestr(head, name);
    out[0] = '\0';
    if (!at)
        return;
    at += strlen(name);
    at += strspn(at, ": ");
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static void on_bytes(struct fake_peer *p)
{
    struct scene *s = p->fake->test;
    for (;;) {
        const char *end = p->in.len ? strstr(p->in.data, "\r\n\r\n") : NULL;
        char length[16];
        if (!end)
            return;
        size_t head = (size_t)(end - p->in.data) + 4;
        take_header(p->in.data, "\r\nContent-Length", length, sizeof length);
        size_t body = strtoul(length, NULL, 10);
        if (p->in.len < head + body || s->count >= CALLS)
            return;
        struct call_seen *call = &s->calls[s->count++];
        sscanf(p->in.data, "%7s %159s", call->method, call->path);
        take_header(p->in.data, "\r\nX-Audit-Log-Reason", call->reason, sizeof call->reason);
        call->body = body ? json_parse(p->in.data + head, body, NULL) : NULL;
        fake_take(p, head + body);
        answer(p, call);
    }
}

/* --- the scene --- */

static int scene_begin(void **state)
{
    struct scene *s = mem_zero(1, sizeof *s);
    void *world;
    world_begin(&world);
    struct world *w = s->w = world;
    uv_loop_init(&s->loop);
    s->fake.received = on_bytes;
    s->fake.test = s;
    fake_start(&s->fake, &s->loop);
    char *base = mem_format("http://127.0.0.1:%d/api/v10", s->fake.port);
    struct rest_options rest = {.loop = &s->loop, .base = base};
    ok(rest_new(&s->rest, &rest, &w->error));
    free(base);
    world_open(w, STORE_WRITE, &s->store);
    s->admin = json_new_array();
    struct pusher_options options = {.loop = &s->loop,
                                     .rest = s->rest,
                                     .store = s->store,
                                     .features = &s->features,
                                     .admin_commands = s->admin,
                                     .owner = "test"};
    s->pusher = pusher_new(&options);
    *state = s;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *s = *state;
    void *world = s->w;
    pusher_free(s->pusher);
    pusher_free(s->other);
    rest_free(s->rest);
    if (s->other_rest)
        rest_free(s->other_rest);
    fake_stop(&s->fake);
    finish_loop(&s->loop);
    store_close(s->store);
    json_free(s->admin);
    for (int i = 0; i < s->count; i++)
        json_free(s->calls[i].body);
    json_free(s->result.failed);
    free(s);
    return world_end(&world);
}

/* As the gate does after a change of configuration. */
static int64_t change(struct scene *s)
{
    struct world *w = s->w;
    int64_t revision, audit;
    struct audit_entry entry = {
        .time = NOW, .tenant = "tenant01", .who = "op:t", .face = "cli", .command = "config"};
    ok(store_begin(w->store, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW, &revision, &w->error));
    ok(outbox_queue(w->store, "tenant01", revision,
                    1u << PUSH_CONTROL | 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME, NOW, &w->error));
    ok(audit_add(w->store, &entry, &audit, &w->error));
    ok(store_commit(w->store, &w->error));
    return revision;
}

static void on_result(void *context, struct push_result *result)
{
    struct scene *s = context;
    json_free(s->result.failed);
    s->result = *result;
    s->results++;
}

static struct push_request request_of(int64_t revision, int wait_ms)
{
    struct push_request r = {.revision = revision, .wait_ms = wait_ms, .committed_at = time_monotonic()};
    str_copy(r.tenant, sizeof r.tenant, "tenant01");
    return r;
}

static bool has_result(void *context)
{
    return ((struct scene *)context)->results > 0;
}

static void push(struct scene *s, const struct push_request *r)
{
    s->results = 0;
    pusher_push(s->pusher, r, on_result, s);
    assert_runs_until(&s->loop, has_result, s);
}

static const struct call_seen *call_of(const struct scene *s, const char *method, const char *part)
{
    for (int i = 0; i < s->count; i++) {
        if (str_equal(s->calls[i].method, method) && strstr(s->calls[i].path, part))
            return &s->calls[i];
    }
    return NULL;
}

static void on_row(void *context, const struct push_row *row)
{
    struct push_row *rows = context;
    rows[row->kind] = *row;
}

static bool rows_left(struct scene *s, struct push_row rows[PUSH_KIND_COUNT])
{
    struct world *w = s->w;
    memset(rows, 0, PUSH_KIND_COUNT * sizeof *rows);
    ok(outbox_list(w->store, "tenant01", on_row, rows, &w->error));
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        if (rows[k].push)
            return true;
    }
    return false;
}

static bool all_written(void *context)
{
    struct push_row rows[PUSH_KIND_COUNT];
    return !rows_left(context, rows);
}

/* --- tests --- */

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

static void the_sweep_delivers_what_stayed_behind(void **state)
{
    struct scene *s = *state;
    change(s);
    pusher_sweep(s->pusher); /* the rows are older than a console's head start */
    assert_runs_until(&s->loop, all_written, s);
    assert_non_null(call_of(s, "POST", "/messages"));
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, scene_begin, scene_end)

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
        scene_test(the_daemons_row_acknowledges_and_names_the_instance),
        scene_test(a_daemon_that_does_not_answer_is_a_timeout),
        scene_test(the_sweep_delivers_what_stayed_behind),
    };
    return cmocka_run_group_tests_name("push/pusher", tests, NULL, NULL);
}
