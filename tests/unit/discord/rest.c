#include "fake.h"

#include "tt/base/crypto.h"
#include "tt/discord/rest.h"

/* What one request was answered with, copied. */
struct result {
    int calls;
    enum rest_result result;
    int status;
    int64_t code;
    bool unknown;
    char message[400];
    char text[64]; /* body.text */
    int order;     /* in which it ended */
};

struct world {
    uv_loop_t loop;
    struct fake fake;
    struct rest_limits *limits;
    struct rest *rest, *other;
    struct rest_bot *bot, *other_bot; /* of one token */
    struct fake_peer *held;           /* waits for its answer */
    int64_t arrived[80];              /* monotonic ms of each request */
    int requests;
    struct str log;  /* "POST /path;" of every request */
    struct str last; /* the last request, whole */
    void (*respond)(struct fake_peer *p, int number);
    int begun, ended;
    int64_t invalid;
    char base[64];
};

static struct world w;

/* A request that is there whole: its length, else 0. */
static size_t request_length(const struct str *in)
{
    char *end = strstr(str_text(in), "\r\n\r\n"), *field = strcasestr(str_text(in), "\r\ncontent-length:");
    if (!end)
        return 0;
    size_t head = (size_t)(end - in->data) + 4;
    size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
    return in->len >= head + body ? head + body : 0;
}

static void on_request(struct fake_peer *p)
{
    size_t n;
    while (!p->closing && (n = request_length(&p->in)) > 0) {
        str_clear(&w.last);
        str_add_bytes(&w.last, p->in.data, n);
        str_add_bytes(&w.log, p->in.data, strcspn(p->in.data, " "));
        str_add_bytes(&w.log, p->in.data + strcspn(p->in.data, " "),
                      strcspn(strchr(p->in.data, ' ') + 1, " ") + 1);
        str_add_char(&w.log, ';');
        fake_take(p, n);
        if (w.requests < (int)(sizeof w.arrived / sizeof *w.arrived))
            w.arrived[w.requests] = time_monotonic();
        w.requests++;
        w.respond(p, w.requests);
    }
}

static void answer(struct fake_peer *p, const char *status, const char *headers, const char *body)
{
    struct str s = STR_INIT;
    str_addf(&s, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n%s\r\n%s", status,
             strlen(body), headers, body);
    fake_write(p, s.data, s.len);
    str_release(&s);
}

static void respond_fine(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "200 OK", "", "{\"text\":\"fine\"}");
}

static void on_done(void *context, const struct rest_answer *a)
{
    struct result *r = context;
    r->calls++;
    r->result = a->result;
    r->status = a->status;
    r->code = a->code;
    r->unknown = a->unknown_outcome;
    str_copy(r->message, sizeof r->message, a->message);
    const char *text = json_get_string(a->body, "text");
    str_copy(r->text, sizeof r->text, text ? text : "");
    r->order = ++w.ended;
}

static int64_t on_invalid(void *context, int delta)
{
    (void)context;
    return w.invalid += delta;
}

#define TOKEN "MTIz.abc.unit-test-token-of-a-bot"

static int setup(void **state)
{
    struct error e;
    (void)state;
    memset(&w, 0, sizeof w);
    uv_loop_init(&w.loop);
    w.fake.received = on_request;
    w.respond = respond_fine;
    fake_start(&w.fake, &w.loop);
    snprintf(w.base, sizeof w.base, "http://127.0.0.1:%d/api/v10/", w.fake.port);
    w.limits = rest_limits_new();
    struct rest_options o = {.loop = &w.loop, .base = w.base, .invalid = on_invalid, .limits = w.limits};
    assert_int_equal(rest_new(&w.rest, &o, &e), 0);
    assert_int_equal(rest_new(&w.other, &o, &e), 0);
    w.bot = rest_bot_new(w.rest, TOKEN);
    w.other_bot = rest_bot_new(w.other, TOKEN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(w.ended, w.begun);
    rest_free(w.rest);
    rest_free(w.other);
    rest_limits_free(w.limits);
    fake_stop(&w.fake);
    finish_loop(&w.loop);
    str_release(&w.log);
    str_release(&w.last);
    return 0;
}

static void send_counted(struct rest_bot *bot, const struct rest_request *q)
{
    w.begun++;
    rest_send(bot, q);
}

static bool nothing_outstanding(void *context)
{
    (void)context;
    return w.ended == w.begun;
}

static struct rest_request request(const char *method, const char *path, struct result *r)
{
    return (struct rest_request){.method = method, .path = path, .done = on_done, .context = r};
}

static struct result run(const struct rest_request *q)
{
    struct result r = {0};
    struct rest_request copy = *q;
    copy.context = &r;
    send_counted(w.bot, &copy);
    assert_int_equal(r.calls, 0);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(r.calls, 1);
    return r;
}

static struct result get(const char *path)
{
    struct rest_request q = request("GET", path, NULL);
    return run(&q);
}

static void an_answer_arrives_parsed(void **state)
{
    (void)state;
    struct result r = get("/users/@me");
    assert_int_equal(r.result, REST_OK);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.text, "fine");
    assert_string_equal(w.log.data, "GET /api/v10/users/@me;");
    assert_non_null(strstr(w.last.data, "Authorization: Bot " TOKEN "\r\n"));
    assert_non_null(strstr(w.last.data, "User-Agent: DiscordBot (https://github.com/tenanttui/tenanttui, "));
}

static void a_body_and_the_reason_are_sent(void **state)
{
    struct json *body = json_new_object();
    (void)state;
    json_set_string(body, "content", "hé");
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    q.body = body;
    q.reason = "row 17: néw";
    assert_int_equal(run(&q).result, REST_OK);
    assert_non_null(strstr(w.last.data, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(w.last.data, "\r\nX-Audit-Log-Reason: row%2017%3A%20n%C3%A9w\r\n"));
    assert_non_null(strstr(w.last.data, "\r\n\r\n{\"content\":\"hé\"}"));
    json_free(body);
}

static void a_long_reason_is_cut(void **state)
{
    char reason[2000];
    (void)state;
    memset(reason, ' ', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    struct rest_request q = request("PATCH", "/guilds/1/members/@me", NULL);
    q.reason = reason;
    run(&q);
    const char *at = strstr(w.last.data, "X-Audit-Log-Reason: ");
    assert_non_null(at);
    assert_int_equal(strcspn(at + 20, "\r"), 510);
}

static void a_reason_cannot_smuggle_a_header(void **state)
{
    (void)state;
    struct rest_request q = request("PUT", "/guilds/1/bans/2", NULL);
    q.reason = "x\r\nX-Evil: 1";
    run(&q);
    assert_null(strstr(w.last.data, "\r\nX-Evil"));
    assert_non_null(strstr(w.last.data, "\r\nContent-Length: 0\r\n"));
    assert_null(strstr(w.last.data, "form-urlencoded"));
}

static void files_go_as_multipart(void **state)
{
    struct rest_file files[] = {{"a.txt", "alpha", 5}, {"b \"q\".bin", "\0\1\2", 3}};
    struct json *body = json_new_object();
    (void)state;
    json_set_string(body, "content", "two");
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    q.body = body;
    q.files = files;
    q.file_count = 2;
    assert_int_equal(run(&q).result, REST_OK);
    assert_non_null(strstr(w.last.data, "multipart/form-data; boundary="));
    assert_non_null(strstr(
        w.last.data, "name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{\"content\":\"two\"}"));
    assert_non_null(strstr(w.last.data, "name=\"files[0]\"; filename=\"a.txt\""));
    assert_non_null(strstr(w.last.data, "\r\n\r\nalpha\r\n"));
    assert_non_null(memmem(w.last.data, w.last.len, "\0\1\2\r\n", 5));
    json_free(body);
}

static void respond_in_pieces(struct fake_peer *p, int number)
{
    static const char *const pieces[] = {"HTT",
                                         "P/1.1 200 OK\r\nTransfer-Enc",
                                         "oding: chunked\r\n\r",
                                         "\n5\r\n{\"tex\r\n",
                                         "6\r\nt\":\"x\"\r",
                                         "\n1\r\n}\r\n0\r\n\r\n"};
    (void)number;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        fake_say(p, pieces[i]);
}

static void an_answer_in_pieces_is_put_together(void **state)
{
    (void)state;
    w.respond = respond_in_pieces;
    struct result r = get("/x");
    assert_int_equal(r.result, REST_OK);
    assert_string_equal(r.text, "x");
}

static void respond_empty(struct fake_peer *p, int number)
{
    (void)number;
    fake_say(p, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void no_content_is_fine(void **state)
{
    (void)state;
    w.respond = respond_empty;
    struct rest_request q = request("DELETE", "/channels/1/messages/2", NULL);
    struct result r = run(&q);
    assert_int_equal(r.result, REST_OK);
    assert_int_equal(r.status, 204);
    assert_null(strcasestr(w.last.data, "content-type"));
}

static void respond_400(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "400 Bad Request", "", "{\"code\":50035,\"message\":\"Invalid Form Body " TOKEN "\"}");
}

static void a_client_error_is_final_and_redacted(void **state)
{
    (void)state;
    w.respond = respond_400;
    struct result r = get("/x");
    assert_int_equal(r.result, REST_CLIENT);
    assert_int_equal(r.status, 400);
    assert_int_equal(r.code, 50035);
    assert_int_equal(w.requests, 1);
    assert_non_null(strstr(r.message, "Invalid Form Body"));
    assert_null(strstr(r.message, TOKEN));
    assert_false(r.unknown);
}

static void respond_502_twice(struct fake_peer *p, int number)
{
    if (number <= 2)
        answer(p, "502 Bad Gateway", "", "<html>no JSON</html>");
    else
        respond_fine(p, number);
}

static void server_errors_are_tried_again(void **state)
{
    (void)state;
    w.respond = respond_502_twice;
    struct result r = get("/x");
    assert_int_equal(r.result, REST_OK);
    assert_int_equal(w.requests, 3);
    assert_false(r.unknown);
}

static void respond_500(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "500 Internal Server Error", "", "{}");
}

static void tries_end_with_unreachable(void **state)
{
    (void)state;
    w.respond = respond_500;
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    q.max_attempts = 2;
    struct result r = run(&q);
    assert_int_equal(r.result, REST_UNREACHABLE);
    assert_int_equal(r.status, 500);
    assert_int_equal(w.requests, 2);
    assert_true(r.unknown);
    q.flags = REST_NO_RETRY;
    run(&q);
    assert_int_equal(w.requests, 3);
}

static void respond_reset_half_way(struct fake_peer *p, int number)
{
    if (number > 1) {
        respond_fine(p, number);
        return;
    }
    fake_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"te");
    fake_close(p);
}

static void an_answer_cut_in_the_middle_is_tried_again(void **state)
{
    (void)state;
    w.respond = respond_reset_half_way;
    struct result r = get("/x");
    assert_int_equal(r.result, REST_OK);
    assert_int_equal(w.requests, 2);
}

static void respond_reset(struct fake_peer *p, int number)
{
    (void)number;
    fake_reset(p);
}

static void a_reset_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    w.respond = respond_reset;
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    q.flags = REST_NO_RETRY;
    struct result r = run(&q);
    assert_int_equal(r.result, REST_UNREACHABLE);
    assert_true(r.unknown);
    assert_int_equal(r.status, 0);
}

static void nobody_listening_is_known_not_to_have_happened(void **state)
{
    struct error e;
    struct rest *rest;
    struct result r = {0};
    (void)state;
    fake_stop(&w.fake);
    uv_run(&w.loop, UV_RUN_NOWAIT);
    struct rest_options o = {.loop = &w.loop, .base = w.base};
    assert_int_equal(rest_new(&rest, &o, &e), 0);
    struct rest_request q = request("POST", "/channels/1/messages", &r);
    q.max_attempts = 2;
    struct rest_bot *bot = rest_bot_new(rest, TOKEN);
    send_counted(bot, &q);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    rest_free(rest);
    assert_int_equal(r.result, REST_UNREACHABLE);
    assert_false(r.unknown);
    assert_true(r.message[0]);
}

static void respond_garbage(struct fake_peer *p, int number)
{
    static const char *const rubbish[] = {"\x16\x03\x01\x02", "HTTP/9.9 abc\r\n\r\n", "\r\n\r\n\r\n",
                                          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{\"a"};
    fake_say(p, rubbish[(number - 1) % 4]);
    fake_close(p);
}

static void garbage_never_counts_as_an_answer(void **state)
{
    (void)state;
    w.respond = respond_garbage;
    for (int i = 0; i < 4; i++) {
        struct rest_request q = request("GET", "/x", NULL);
        q.flags = REST_NO_RETRY;
        assert_int_equal(run(&q).result, REST_UNREACHABLE);
    }
}

static void respond_too_much(struct fake_peer *p, int number)
{
    (void)number;
    size_t n = 9u << 20;
    char *body = malloc(n);
    memset(body, ' ', n);
    fake_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 9437184\r\n\r\n");
    fake_write(p, body, n);
    free(body);
}

static void an_answer_above_8_mib_is_refused(void **state)
{
    (void)state;
    w.respond = respond_too_much;
    struct rest_request q = request("GET", "/x", NULL);
    q.flags = REST_NO_RETRY;
    struct result r = run(&q);
    assert_int_equal(r.result, REST_UNREACHABLE);
    assert_non_null(strstr(r.message, "8 MiB"));
}

static void respond_429_once(struct fake_peer *p, int number)
{
    if (number == 1)
        answer(p, "429 Too Many Requests",
               "X-RateLimit-Bucket: b1\r\nX-RateLimit-Scope: user\r\nRetry-After: 1\r\n",
               "{\"message\":\"You are being rate limited.\",\"retry_after\":0.25,\"global\":false}");
    else
        respond_fine(p, number);
}

static void a_429_waits_as_long_as_it_says(void **state)
{
    (void)state;
    w.respond = respond_429_once;
    int64_t begun = time_monotonic();
    struct result r = get("/x");
    int64_t took = time_monotonic() - begun;
    assert_int_equal(r.result, REST_OK);
    assert_int_equal(w.requests, 2);
    assert_true(took >= 250 && took < 900);
    assert_int_equal(w.invalid, 1);
}

static void respond_429_for_long(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "429 Too Many Requests",
           "X-RateLimit-Bucket: b1\r\nX-RateLimit-Scope: shared\r\nRetry-After: 60\r\n", "{}");
}

static void the_deadline_ends_a_long_wait(void **state)
{
    struct result first = {0}, second = {0};
    (void)state;
    w.respond = respond_429_for_long;
    struct rest_request q = request("POST", "/channels/1/messages", &first);
    q.timeout_ms = 400;
    send_counted(w.bot, &q);
    q.context = &second;
    send_counted(w.bot, &q);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(first.result, REST_UNREACHABLE);
    assert_int_equal(first.status, 429);
    assert_int_equal(second.result, REST_CANCELLED);
    assert_int_equal(w.requests, 1);
    assert_int_equal(w.invalid, 0);
}

static void respond_401(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "401 Unauthorized", "", "{\"message\":\"401: Unauthorized\",\"code\":0}");
}

static void one_401_quarantines_the_bot_until_a_new_token(void **state)
{
    struct result r[4] = {0};
    (void)state;
    w.respond = respond_401;
    for (int i = 0; i < 4; i++) {
        struct rest_request q = request("POST", "/channels/1/messages", &r[i]);
        send_counted(w.bot, &q);
    }
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r[i].calls, 1);
        assert_int_equal(r[i].result, REST_REFUSED);
    }
    assert_int_equal(w.requests, 1);
    assert_int_equal(w.invalid, 1);
    assert_int_equal(get("/users/@me").result, REST_REFUSED);
    assert_int_equal(w.requests, 1);
    w.respond = respond_fine;
    rest_bot_set_token(w.bot, "another");
    assert_int_equal(get("/users/@me").result, REST_OK);
    assert_non_null(strstr(w.last.data, "Authorization: Bot another\r\n"));
}

static void an_interactions_401_says_nothing_about_the_token(void **state)
{
    (void)state;
    w.respond = respond_401;
    struct rest_request q = request("POST", "/interactions/1/tok/callback", NULL);
    q.flags = REST_INTERACTION;
    assert_int_equal(run(&q).result, REST_REFUSED);
    assert_null(strstr(w.last.data, "Authorization"));
    w.respond = respond_fine;
    assert_int_equal(get("/users/@me").result, REST_OK);
}

static void respond_403(struct fake_peer *p, int number)
{
    (void)number;
    answer(p, "403 Forbidden", "", "{\"message\":\"Missing Permissions\",\"code\":50013}");
}

static void a_route_that_is_forbidden_thrice_is_not_asked_again(void **state)
{
    (void)state;
    w.respond = respond_403;
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    for (int i = 0; i < 5; i++) {
        struct result r = run(&q);
        assert_int_equal(r.result, REST_FORBIDDEN);
        assert_int_equal(r.code, i < 3 ? 50013 : 0);
    }
    assert_int_equal(w.requests, 3);
    w.respond = respond_fine;
    q.path = "/channels/2/messages";
    assert_int_equal(run(&q).result, REST_OK);
}

static void a_used_up_budget_lets_only_acknowledged_requests_go(void **state)
{
    (void)state;
    w.invalid = 7999;
    assert_int_equal(get("/x").result, REST_OK);
    w.invalid = 8000;
    assert_int_equal(get("/x").result, REST_BUDGET);
    struct rest_request q = request("POST", "/channels/1/messages", NULL);
    q.flags = REST_ACKNOWLEDGED;
    assert_int_equal(run(&q).result, REST_OK);
    assert_int_equal(w.requests, 2);
}

static void requests_of_one_channel_keep_their_order(void **state)
{
    struct result r[20] = {0};
    char path[40];
    (void)state;
    w.respond = respond_502_twice;
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "/channels/1/messages?%d", i);
        struct rest_request q = request("POST", path, &r[i]);
        send_counted(w.bot, &q);
    }
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(r[i].result, REST_OK);
        assert_int_equal(r[i].order, i + 1);
    }
}

static void respond_to_channel_2_only(struct fake_peer *p, int number)
{
    if (strstr(w.last.data, "/channels/2/"))
        respond_fine(p, number);
}

static void a_hanging_channel_does_not_hold_up_another(void **state)
{
    struct result slow = {0}, fast = {0};
    (void)state;
    w.respond = respond_to_channel_2_only;
    struct rest_request q = request("POST", "/channels/1/messages", &slow);
    q.timeout_ms = 600;
    send_counted(w.bot, &q);
    q.path = "/channels/2/messages";
    q.context = &fast;
    send_counted(w.bot, &q);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(fast.result, REST_OK);
    assert_int_equal(slow.result, REST_UNREACHABLE);
    assert_true(slow.unknown);
    assert_true(fast.order < slow.order);
}

static bool one_request(void *context)
{
    (void)context;
    return w.requests >= 1;
}

static void respond_never(struct fake_peer *p, int number)
{
    (void)p;
    (void)number;
}

static void freeing_the_bot_cancels_what_is_outstanding(void **state)
{
    struct result r[3] = {0};
    (void)state;
    w.respond = respond_never;
    for (int i = 0; i < 3; i++) {
        struct rest_request q = request("POST", "/channels/1/messages", &r[i]);
        send_counted(w.bot, &q);
    }
    assert_runs_until(&w.loop, one_request, NULL);
    rest_bot_free(w.bot);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(r[i].calls, 1);
        assert_int_equal(r[i].result, REST_CANCELLED);
        assert_int_equal(r[i].order, i + 1);
    }
    assert_true(r[0].unknown);
    assert_false(r[1].unknown);
}

static void on_done_free_bot(void *context, const struct rest_answer *a)
{
    on_done(context, a);
    if (a->result == REST_REFUSED) {
        struct rest_bot *b = w.bot;
        w.bot = NULL;
        rest_bot_free(b);
    }
}

static void a_hook_may_free_its_bot(void **state)
{
    struct result r[3] = {0};
    (void)state;
    w.respond = respond_401;
    for (int i = 0; i < 3; i++) {
        struct rest_request q = request("POST", "/channels/1/messages", &r[i]);
        q.done = on_done_free_bot;
        send_counted(w.bot, &q);
    }
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(r[0].result, REST_REFUSED);
    assert_int_equal(r[1].result, REST_CANCELLED);
    assert_int_equal(r[2].result, REST_CANCELLED);
}

static void plain_http_to_elsewhere_is_refused(void **state)
{
    struct rest *r;
    struct error e;
    struct rest_options o = {.loop = &w.loop, .base = "http://discord.com/api/v10"};
    (void)state;
    assert_int_equal(rest_new(&r, &o, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    assert_null(r);
}

static void a_proxy_never_sees_plain_loopback_traffic(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    assert_int_equal(get("/x").result, REST_OK);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void connections_are_kept_alive(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        get("/x");
    assert_int_equal(w.fake.accepted, 1);
}

/* --- users of one token --- */

static void respond_held(struct fake_peer *p, int number)
{
    if (strncmp(w.last.data, "POST", 4) == 0)
        w.held = p;
    else
        respond_fine(p, number);
}

static bool ended_and_held(void *context)
{
    const struct result *r = context;
    return r->calls && w.held;
}

/* A POST of each, of which one is held back by the server, and a GET of the second. */
static void send_three(struct result r[3])
{
    struct rest_request q[] = {request("POST", "/channels/1/messages", &r[0]),
                               request("POST", "/channels/1/messages", &r[1]), request("GET", "/x", &r[2])};
    w.respond = respond_held;
    send_counted(w.bot, &q[0]);
    assert_runs_until(&w.loop, ended_and_held, &(struct result){.calls = 1});
    send_counted(w.other_bot, &q[1]);
    send_counted(w.other_bot, &q[2]);
    assert_runs_until(&w.loop, ended_and_held, &r[2]);
    assert_int_equal(w.requests, 2);
}

static void users_of_one_token_wait_for_each_other(void **state)
{
    struct result r[3] = {0};
    (void)state;
    send_three(r);
    w.respond = respond_fine;
    respond_fine(w.held, 0);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(w.requests, 3);
    assert_int_equal(r[0].result, REST_OK);
    assert_int_equal(r[1].result, REST_OK);
    assert_true(r[0].order < r[1].order);
}

static void a_user_that_leaves_lets_the_others_on(void **state)
{
    struct result r[3] = {0};
    (void)state;
    send_three(r);
    w.respond = respond_fine;
    rest_bot_free(w.bot);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(r[0].result, REST_CANCELLED);
    assert_int_equal(r[1].result, REST_OK);
}

static enum rest_result ask(struct rest_bot *bot)
{
    struct result r = {0};
    struct rest_request q = request("GET", "/x", &r);
    send_counted(bot, &q);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    return r.result;
}

static void a_token_that_one_user_finds_refused_is_so_for_all(void **state)
{
    struct result r[3] = {0};
    (void)state;
    send_three(r);
    respond_401(w.held, 0);
    w.respond = respond_fine;
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
    assert_int_equal(r[0].result, REST_REFUSED);
    assert_int_equal(r[1].result, REST_REFUSED);
    assert_int_equal(w.requests, 2);
    struct rest_bot *third = rest_bot_new(w.rest, TOKEN);
    assert_int_equal(ask(third), REST_REFUSED);
    rest_bot_set_token(w.bot, "another");
    assert_int_equal(ask(w.bot), REST_OK);
    assert_int_equal(ask(w.other_bot), REST_REFUSED);
    assert_int_equal(w.requests, 3);
    rest_bot_set_token(w.other_bot, TOKEN); /* somebody says that it is good again */
    assert_int_equal(ask(third), REST_OK);
    rest_bot_free(third);
}

static void what_waits_goes_out_under_a_new_token(void **state)
{
    struct result r[3] = {0};
    (void)state;
    send_three(r);
    w.respond = respond_fine;
    rest_bot_set_token(w.other_bot, "another");
    assert_runs_until(&w.loop, ended_and_held, &r[1]);
    assert_int_equal(r[1].result, REST_OK);
    assert_non_null(strstr(w.last.data, "Authorization: Bot another\r\n"));
    assert_int_equal(r[0].calls, 0);
    respond_fine(w.held, 0);
    assert_runs_until(&w.loop, nothing_outstanding, NULL);
}

#define EACH 30

struct sender {
    uv_thread_t thread;
    int ended, good;
};

static void on_sent(void *context, const struct rest_answer *a)
{
    struct sender *s = context;
    s->ended++;
    s->good += a->result == REST_OK;
}

static bool all_sent(void *context)
{
    return ((struct sender *)context)->ended == EACH;
}

/* On its own thread with its own loop, as the daemon's pusher is. */
static void run_sender(void *context)
{
    struct sender *s = context;
    struct rest *rest;
    struct error e;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct rest_options o = {.loop = &loop, .base = w.base, .limits = w.limits};
    if (rest_new(&rest, &o, &e) == 0) {
        struct rest_bot *bot = rest_bot_new(rest, TOKEN);
        for (int i = 0; i < EACH; i++) {
            char path[64];
            snprintf(path, sizeof path, "/channels/%p%d/messages", context, i);
            struct rest_request q = {.method = "POST", .path = path, .done = on_sent, .context = s};
            rest_send(bot, &q);
        }
        run_until(&loop, all_sent, s);
        rest_free(rest);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

static bool all_arrived(void *context)
{
    (void)context;
    return w.requests == 2 * EACH;
}

static void threads_share_the_limit_of_their_token(void **state)
{
    struct sender senders[2] = {0};
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(uv_thread_create(&senders[i].thread, run_sender, &senders[i]), 0);
    assert_runs_until(&w.loop, all_arrived, NULL);
    for (int i = 0; i < 2; i++) {
        /* The last answers are on their way while the thread still runs. */
        uv_thread_join(&senders[i].thread);
        assert_int_equal(senders[i].good, EACH);
    }
    /* 50 a second for both of them; half of it is left to a machine that is busy. */
    assert_true(w.arrived[50] - w.arrived[0] > 500);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_answer_arrives_parsed),
        T(a_body_and_the_reason_are_sent),
        T(a_long_reason_is_cut),
        T(a_reason_cannot_smuggle_a_header),
        T(files_go_as_multipart),
        T(an_answer_in_pieces_is_put_together),
        T(no_content_is_fine),
        T(a_client_error_is_final_and_redacted),
        T(server_errors_are_tried_again),
        T(tries_end_with_unreachable),
        T(an_answer_cut_in_the_middle_is_tried_again),
        T(a_reset_leaves_the_outcome_unknown),
        T(nobody_listening_is_known_not_to_have_happened),
        T(garbage_never_counts_as_an_answer),
        T(an_answer_above_8_mib_is_refused),
        T(a_429_waits_as_long_as_it_says),
        T(the_deadline_ends_a_long_wait),
        T(one_401_quarantines_the_bot_until_a_new_token),
        T(an_interactions_401_says_nothing_about_the_token),
        T(a_route_that_is_forbidden_thrice_is_not_asked_again),
        T(a_used_up_budget_lets_only_acknowledged_requests_go),
        T(requests_of_one_channel_keep_their_order),
        T(a_hanging_channel_does_not_hold_up_another),
        T(freeing_the_bot_cancels_what_is_outstanding),
        T(a_hook_may_free_its_bot),
        T(plain_http_to_elsewhere_is_refused),
        T(a_proxy_never_sees_plain_loopback_traffic),
        T(connections_are_kept_alive),
        T(users_of_one_token_wait_for_each_other),
        T(a_user_that_leaves_lets_the_others_on),
        T(a_token_that_one_user_finds_refused_is_so_for_all),
        T(what_waits_goes_out_under_a_new_token),
        T(threads_share_the_limit_of_their_token),
    };
    crypto_start();
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
