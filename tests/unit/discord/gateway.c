#include "fakews.h"

#include "hub.h"
#include "tt/base/crypto.h"
#include "tt/discord/gateway.h"

#define TOKEN "MTIz.abc.unit-test-token-of-a-gateway"

struct world {
    uv_loop_t loop;
    struct fake fake;
    struct gateway_hub *hub;
    struct gateway *g;
    /* the server */
    struct str heard; /* what it was told: "identify;" "resume=ID,SEQ;" "beat;" "close=CODE;" */
    struct str paths;
    struct str last; /* the last text message */
    int beats, identifies, resumes, connections;
    int interval;
    bool deaf; /* no heartbeat ACK */
    void (*on_open)(struct fake_peer *p);
    void (*on_identify)(struct fake_peer *p);
    void (*on_resume)(struct fake_peer *p);
    struct fake_peer *peer; /* of the running connection */
    /* the client */
    struct str events; /* "TYPE@SEQ;" */
    struct str states; /* "CRWI" */
    struct str troubles;
    int session_calls, ended, end_code, latencies;
    enum gateway_end end;
    char end_message[300];
    struct gateway_resume stored;
    const char *unwanted;
    int64_t identify_wait;
    int identify_asked;
    bool free_on_event, stop_on_state;
    char url[64];
};

static struct world w;

/* --- the server --- */

static void say_ready(struct fake_peer *p)
{
    char text[300];
    snprintf(text, sizeof text,
             "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"v\":10,\"session_id\":\"session-%d\","
             "\"resume_gateway_url\":\"ws://127.0.0.1:%d/resume\",\"user\":{\"id\":\"1\"},\"guilds\":[]}}",
             p->number, w.fake.port);
    fakews_text(p, text);
}

static void say_resumed(struct fake_peer *p)
{
    fakews_text(p, "{\"t\":\"RESUMED\",\"s\":100,\"op\":0,\"d\":{}}");
}

static void on_payload(struct fake_peer *p, const struct str *text)
{
    struct json *j = json_parse(text->data, text->len, NULL);
    assert_non_null(j);
    assert_true(text->len <= 4096);
    str_clear(&w.last);
    str_add_bytes(&w.last, text->data, text->len);
    switch (json_get_int(j, "op", -1)) {
    case 1:
        w.beats++;
        if (!w.deaf)
            fakews_text(p, "{\"t\":null,\"s\":null,\"op\":11,\"d\":null}");
        break;
    case 2:
        w.identifies++;
        str_add(&w.heard, "identify;");
        assert_string_equal(json_string(json_at(j, "d.token")), TOKEN);
        w.on_identify(p);
        break;
    case 6:
        w.resumes++;
        str_addf(&w.heard, "resume=%s,%lld;", json_string(json_at(j, "d.session_id")),
                 (long long)json_int(json_at(j, "d.seq"), -1));
        w.on_resume(p);
        break;
    case 3:
        str_add(&w.heard, "presence;");
        break;
    default:
        str_add(&w.heard, "unknown;");
    }
    json_free(j);
}

static void say_hello(struct fake_peer *p)
{
    char text[100];
    snprintf(text, sizeof text, "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":%d}}",
             w.interval);
    fakews_text(p, text);
}

static void on_received(struct fake_peer *p)
{
    char path[200];
    struct str frame = STR_INIT;
    int opcode;
    if (!p->upgraded) {
        if (!fakews_upgrade(p, path, sizeof path))
            return;
        w.connections++;
        w.peer = p;
        str_addf(&w.paths, "%s;", path);
        w.on_open(p);
    }
    while ((opcode = fakews_next(p, &frame)) >= 0) {
        if (opcode == 1)
            on_payload(p, &frame);
        else if (opcode == 8) {
            str_addf(&w.heard, "close=%d;",
                     frame.len >= 2 ? (unsigned char)frame.data[0] << 8 | (unsigned char)frame.data[1] : 0);
            fake_close(p);
        } else
            str_addf(&w.heard, "opcode=%d;", opcode);
        str_clear(&frame);
    }
    str_release(&frame);
}

static void on_ended(struct fake_peer *p)
{
    if (w.peer == p)
        w.peer = NULL;
}

/* --- the client's hooks --- */

static void on_event(void *context, const char *type, const struct json *d, int64_t sequence)
{
    (void)context;
    (void)d;
    str_addf(&w.events, "%s@%lld;", type, (long long)sequence);
    if (w.free_on_event) {
        gateway_free(w.g);
        w.g = NULL;
    }
}

static bool on_wanted(void *context, const char *type, size_t type_len, const char *frame, size_t len)
{
    (void)context;
    assert_non_null(memchr(frame, '{', len));
    return !w.unwanted || strlen(w.unwanted) != type_len || memcmp(w.unwanted, type, type_len) != 0;
}

static void on_state(void *context, enum gateway_state state)
{
    (void)context;
    str_add_char(&w.states, "ICRW"[state]);
    if (w.stop_on_state && state == GATEWAY_READY)
        gateway_stop(w.g, true);
}

static void on_session(void *context, const struct gateway_resume *resume)
{
    (void)context;
    w.session_calls++;
    w.stored = *resume;
}

static int64_t on_identify_asked(void *context)
{
    (void)context;
    w.identify_asked++;
    int64_t wait = w.identify_wait;
    w.identify_wait = 0;
    return wait;
}

static void on_latency(void *context, int64_t ms)
{
    (void)context;
    assert_true(ms >= 0);
    w.latencies++;
}

static void on_end(void *context, enum gateway_end end, int code, const char *message)
{
    (void)context;
    w.ended++;
    w.end = end;
    w.end_code = code;
    str_copy(w.end_message, sizeof w.end_message, message);
}

static void on_trouble(void *context, enum gateway_trouble trouble, const char *message, int64_t delay)
{
    static const char *const words[] = {
        [GATEWAY_ORDINARY] = "ordinary", [GATEWAY_FAILED] = "failed", [GATEWAY_UNTRUSTED] = "untrusted"};
    (void)context;
    assert_true(delay >= 0 && delay <= 60000);
    assert_null(strstr(message, TOKEN));
    str_addf(&w.troubles, "%s: %s;", words[trouble], message);
}

static const struct gateway_hooks hooks = {
    .event = on_event,
    .wanted = on_wanted,
    .state = on_state,
    .session = on_session,
    .identify = on_identify_asked,
    .latency = on_latency,
    .ended = on_end,
    .trouble = on_trouble,
};

static struct gateway *gateway_with(const struct gateway_resume *resume)
{
    struct gateway_options o = {.url = w.url,
                                .token = TOKEN,
                                .intents = 1 | 1 << 15,
                                .resume = resume,
                                .hooks = &hooks,
                                .tenant = "tenant01"};
    return gateway_new(w.hub, &o);
}

static int setup(void **state)
{
    struct error e;
    (void)state;
    memset(&w, 0, sizeof w);
    uv_loop_init(&w.loop);
    w.fake.received = on_received;
    w.fake.ended = on_ended;
    w.interval = 60000;
    w.on_open = say_hello;
    w.on_identify = say_ready;
    w.on_resume = say_resumed;
    fake_start(&w.fake, &w.loop);
    snprintf(w.url, sizeof w.url, "ws://127.0.0.1:%d", w.fake.port);
    struct gateway_hub_options o = {.loop = &w.loop};
    assert_int_equal(gateway_hub_new(&w.hub, &o, &e), 0);
    w.hub->hurry = 50;
    w.g = gateway_with(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gateway_free(w.g);
    gateway_hub_free(w.hub);
    fake_stop(&w.fake);
    finish_loop(&w.loop);
    struct str *all[] = {&w.heard, &w.paths, &w.last, &w.events, &w.states, &w.troubles};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        str_release(all[i]);
    return 0;
}

/* --- conditions --- */

static bool is_ready(void *context)
{
    (void)context;
    return w.g && gateway_state(w.g) == GATEWAY_READY;
}

static bool has_ended(void *context)
{
    (void)context;
    return w.ended > 0;
}

static bool events_hold(void *context)
{
    return strstr(str_text(&w.events), context) != NULL;
}

static bool heard_holds(void *context)
{
    return strstr(str_text(&w.heard), context) != NULL;
}

static bool troubles_hold(void *context)
{
    return strstr(str_text(&w.troubles), context) != NULL;
}

static bool ready_again(void *context)
{
    return w.connections >= *(int *)context && is_ready(NULL);
}

static void become_ready(void)
{
    gateway_start(w.g, 0);
    assert_runs_until(&w.loop, is_ready, NULL);
}

static void reconnects_as(int connections)
{
    assert_runs_until(&w.loop, ready_again, &connections);
}

#define assert_event(text) assert_runs_until(&w.loop, events_hold, (char[]){text})
#define assert_heard(text) assert_runs_until(&w.loop, heard_holds, (char[]){text})
#define assert_trouble(text) assert_runs_until(&w.loop, troubles_hold, (char[]){text})

/* --- tests --- */

static void identifies_and_becomes_ready(void **state)
{
    struct gateway_resume r;
    (void)state;
    become_ready();
    assert_string_equal(w.heard.data, "identify;");
    assert_string_equal(w.paths.data, "/?v=10&encoding=json;");
    assert_string_equal(w.events.data, "READY@1;");
    assert_string_equal(w.states.data, "CR");
    assert_int_equal(w.identify_asked, 1);
    assert_non_null(strstr(w.last.data, "\"intents\":32769"));
    assert_int_equal(w.session_calls, 1);
    assert_string_equal(w.stored.session_id, "session-1");
    assert_int_equal(w.stored.sequence, 1);
    gateway_resume_data(w.g, &r);
    assert_non_null(strstr(r.resume_url, "/resume"));
}

static void a_stored_session_is_resumed(void **state)
{
    struct gateway_resume r = {.session_id = "stored", .sequence = 41};
    (void)state;
    snprintf(r.resume_url, sizeof r.resume_url, "ws://127.0.0.1:%d/here/", w.fake.port);
    gateway_free(w.g);
    w.g = gateway_with(&r);
    become_ready();
    assert_string_equal(w.heard.data, "resume=stored,41;");
    assert_string_equal(w.paths.data, "/here/?v=10&encoding=json;");
    assert_string_equal(w.events.data, "RESUMED@100;");
    assert_int_equal(w.identify_asked, 0);
}

static void events_arrive_with_their_sequence(void **state)
{
    struct gateway_resume r;
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"t\":\"A\",\"s\":2,\"op\":0,\"d\":{}}");
    fakews_text(w.peer, "{\"op\":0,\"d\":{\"t\":\"X\"},\"s\":3,\"t\":\"B\"}");
    fakews_text(w.peer, "{\"op\":0,\"d\":null,\"s\":4,\"t\":\"C\\u0044\"}");
    assert_event("CD@4;");
    assert_string_equal(w.events.data, "READY@1;A@2;B@3;CD@4;");
    gateway_resume_data(w.g, &r);
    assert_int_equal(r.sequence, 4);
}

static void unwanted_events_are_dropped_but_counted(void **state)
{
    struct gateway_resume r;
    (void)state;
    w.unwanted = "TYPING_START";
    become_ready();
    fakews_text(w.peer, "{\"t\":\"TYPING_START\",\"s\":2,\"op\":0,\"d\":{} damaged but never looked at");
    fakews_text(w.peer, "{\"t\":\"TYPING\\u005fSTART\",\"s\":3,\"op\":0,\"d\":{}}");
    fakews_text(w.peer, "{\"t\":\"WANTED\",\"s\":4,\"op\":0,\"d\":{}}");
    assert_event("WANTED@4;");
    w.unwanted = "GUILD_CREATE";
    fakews_text(w.peer, "{\"t\":\"GUILD_CREATE\",\"s\":5,\"op\":0,\"d\":{}}");
    assert_event("GUILD_CREATE@5;");
    w.unwanted = "X";
    fakews_text(w.peer, "{\"t\":\"X\",\"s\":6,\"op\":0,\"d\":{}}");
    fakews_text(w.peer, "{\"op\":1,\"d\":null}");
    while (w.beats == 0)
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_string_equal(w.events.data, "READY@1;WANTED@4;GUILD_CREATE@5;");
    gateway_resume_data(w.g, &r);
    assert_int_equal(r.sequence, 6);
}

static void repeated_events_come_once(void **state)
{
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"t\":\"A\",\"s\":2,\"op\":0,\"d\":{}}");
    fakews_text(w.peer, "{\"t\":\"A\",\"s\":2,\"op\":0,\"d\":{}}");
    fakews_text(w.peer, "{\"t\":\"B\",\"s\":3,\"op\":0,\"d\":{}}");
    assert_event("B@3;");
    assert_string_equal(w.events.data, "READY@1;A@2;B@3;");
}

static void damaged_frames_are_ignored(void **state)
{
    static const char *const rubbish[] = {
        "",
        "{",
        "null",
        "[]",
        "42",
        "{}",
        "{\"op\":99}",
        "{\"op\":-1}",
        "{\"op\":\"0\"}",
        "{\"op\":0}",
        "{\"op\":0,\"t\":5,\"s\":\"x\",\"d\":1}",
        "{\"op\":10,\"d\":{\"heartbeat_interval\":\"soon\"}}",
        "{\"op\":10,\"d\":{\"heartbeat_interval\":1}}",
        "{\"op\":0,\"t\":\"\xff\xfe\",\"s\":2,\"d\":{}}",
        "{\"op\":0,\"t\":\"X\",\"s\":2,\"d\":{\"a\":\"\xc3\x28\"}}",
        "{\"op\":3}",
    };
    (void)state;
    become_ready();
    for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++)
        fakews_text(w.peer, rubbish[i]);
    fakews_text(w.peer, "{\"t\":\"AFTER\",\"s\":9,\"op\":0,\"d\":{}}");
    assert_event("AFTER@9;");
    assert_int_equal(w.connections, 1);
}

static void large_and_fragmented_messages_arrive(void **state)
{
    struct str text = STR_INIT;
    (void)state;
    become_ready();
    str_add(&text, "{\"t\":\"LARGE\",\"s\":2,\"op\":0,\"d\":{\"name\":\"");
    str_add_repeat(&text, 'x', 3u << 20);
    str_add(&text, "\"}}");
    fakews_text(w.peer, text.data);
    fake_write(w.peer, "\x01\x05{\"t\":\x00\x05\"PART\x89\x01p\x80\x18\",\"s\":3,\"op\":0,\"d\":1234}",
               7 + 7 + 3 + 2 + 24);
    assert_event("PART@3;");
    assert_heard("opcode=10;");
    str_release(&text);
}

static void heartbeats_go_and_measure_the_latency(void **state)
{
    (void)state;
    w.interval = 15;
    become_ready();
    assert_int_equal(gateway_latency(w.g), w.latencies ? gateway_latency(w.g) : -1);
    fakews_text(w.peer, "{\"t\":\"A\",\"s\":77,\"op\":0,\"d\":{}}");
    while (w.beats < 4)
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_true(w.latencies >= 3);
    assert_true(gateway_latency(w.g) >= 0);
    assert_non_null(strstr(w.last.data, "\"d\":77"));
    assert_int_equal(w.connections, 1);
}

static void a_heartbeat_is_sent_when_asked_for(void **state)
{
    (void)state;
    become_ready();
    assert_int_equal(w.beats, 0);
    fakews_text(w.peer, "{\"op\":1,\"d\":null}");
    while (w.beats < 1)
        uv_run(&w.loop, UV_RUN_ONCE);
}

static void a_missing_ack_closes_resumably_and_resumes(void **state)
{
    (void)state;
    w.interval = 30;
    w.deaf = true;
    become_ready();
    assert_heard("close=4901;");
    w.deaf = false;
    w.interval = 60000;
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
    assert_trouble("failed: the gateway did not acknowledge a heartbeat");
}

static void op_7_reconnects_and_resumes(void **state)
{
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"op\":7,\"d\":null}");
    assert_heard("close=4902;");
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
    assert_int_equal(w.identifies, 1);
    assert_trouble("ordinary: the gateway asks to reconnect");
}

static void op_9_true_resumes(void **state)
{
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"op\":9,\"d\":true}");
    assert_heard("close=4900;");
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
}

static void op_9_false_identifies_anew_at_the_first_address(void **state)
{
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"op\":9,\"d\":false}");
    reconnects_as(2);
    assert_int_equal(w.identifies, 2);
    assert_int_equal(w.resumes, 0);
    assert_int_equal(w.session_calls, 3);
    assert_string_equal(w.paths.data, "/?v=10&encoding=json;/?v=10&encoding=json;");
    assert_string_equal(w.stored.session_id, "session-2");
    assert_trouble("ordinary: the session is invalid");
}

static void answer_resume_with_op_9(struct fake_peer *p)
{
    fakews_text(p, "{\"op\":9,\"d\":false}");
}

static void a_refused_resume_identifies(void **state)
{
    (void)state;
    w.on_resume = answer_resume_with_op_9;
    become_ready();
    fake_reset(w.peer);
    reconnects_as(3);
    assert_non_null(strstr(w.heard.data, "identify;resume=session-1,1;"));
    assert_int_equal(w.identifies, 2);
    assert_int_equal(w.resumes, 1);
    assert_non_null(strstr(w.paths.data, "/resume/?v=10&encoding=json;/?v=10"));
    /* The connection was lost; that the session was refused is no failure. */
    assert_null(strstr(str_text(&w.troubles) + 1, "failed: "));
}

static void hang_up(struct fake_peer *p)
{
    fake_close(p);
}

static void resumes_that_are_cut_again_and_again_end_in_identify(void **state)
{
    (void)state;
    w.on_resume = hang_up;
    become_ready();
    fake_close(w.peer);
    reconnects_as(5);
    assert_int_equal(w.identifies, 2);
    assert_int_equal(w.resumes, 3);
    /* The resume address is given up after the second. */
    assert_string_equal(w.paths.data,
                        "/?v=10&encoding=json;/resume/?v=10&encoding=json;/resume/?v=10&encoding=json;"
                        "/?v=10&encoding=json;/?v=10&encoding=json;");
    /* The connection was lost; that the session was refused is no failure. */
    assert_null(strstr(str_text(&w.troubles) + 1, "failed: "));
}

static void a_dead_resume_address_does_not_lose_the_session(void **state)
{
    struct gateway_resume r = {.session_id = "kept", .sequence = 5, .resume_url = "ws://127.0.0.1:1"};
    (void)state;
    gateway_free(w.g);
    w.g = gateway_with(&r);
    become_ready();
    assert_string_equal(w.heard.data, "resume=kept,5;");
    assert_string_equal(w.stored.session_id, "kept");
    assert_string_equal(w.stored.resume_url, "");
    assert_trouble("ordinary: cannot reach 127.0.0.1:1: Connection refused");
    assert_null(strstr(str_text(&w.troubles), "failed: "));
}

static void a_gateway_that_moved_is_found_and_resumed_at(void **state)
{
    struct gateway_resume r = {.session_id = "kept", .sequence = 5, .resume_url = "ws://127.0.0.1:1"};
    struct gateway_options options = {
        .url = "ws://127.0.0.1:2", .token = TOKEN, .resume = &r, .hooks = &hooks, .context = &w};
    (void)state;
    gateway_free(w.g);
    w.g = gateway_new(w.hub, &options);
    gateway_start(w.g, 0);
    assert_trouble("cannot reach 127.0.0.1:1");
    gateway_set_url(w.g, w.url);
    assert_string_equal(w.stored.resume_url, "");
    assert_runs_until(&w.loop, is_ready, NULL);
    assert_string_equal(w.heard.data, "resume=kept,5;");
}

static int close_with;

static void close_on_identify(struct fake_peer *p)
{
    fakews_close(p, close_with, "because");
    fake_close(p);
}

static void final_close_codes_end_it(void **state)
{
    static const struct {
        int code;
        enum gateway_end end;
    } rows[] = {{4004, GATEWAY_END_TOKEN},   {4010, GATEWAY_END_SHARDING}, {4011, GATEWAY_END_SHARDING},
                {4012, GATEWAY_END_VERSION}, {4013, GATEWAY_END_INTENTS},  {4014, GATEWAY_END_INTENTS}};
    (void)state;
    w.on_identify = close_on_identify;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        close_with = rows[i].code;
        w.ended = 0;
        w.connections = 0;
        gateway_start(w.g, 0);
        assert_runs_until(&w.loop, has_ended, NULL);
        assert_int_equal(w.end_code, rows[i].code);
        assert_int_equal(w.end, rows[i].end);
        assert_int_equal(gateway_state(w.g), GATEWAY_IDLE);
        assert_int_equal(w.connections, 1);
    }
    assert_non_null(strstr(w.end_message, "Message Content Intent"));
    assert_string_equal(str_text(&w.troubles), "");
}

static void other_close_codes_resume_or_identify(void **state)
{
    static const struct {
        int code;
        bool resumes;
    } rows[] = {{4000, true}, {4001, true},  {4002, true}, {4003, false}, {4005, true}, {4007, false},
                {4008, true}, {4009, false}, {1000, true}, {1001, true},  {1006, true}, {4998, true}};
    (void)state;
    become_ready();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int resumes = w.resumes, identifies = w.identifies, connections = w.connections;
        fakews_close(w.peer, rows[i].code, "");
        reconnects_as(connections + 1);
        assert_int_equal(w.resumes - resumes, rows[i].resumes ? 1 : 0);
        assert_int_equal(w.identifies - identifies, rows[i].resumes ? 0 : 1);
    }
    assert_int_equal(w.ended, 0);
}

static void a_cut_connection_resumes(void **state)
{
    (void)state;
    become_ready();
    fake_reset(w.peer);
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
    assert_trouble("failed: closed with 1006");
    assert_string_equal(w.states.data, "CRWCR");
}

static void say_hello_from_the_second_on(struct fake_peer *p)
{
    if (p->number > 1)
        say_hello(p);
}

static void a_gateway_without_hello_is_left(void **state)
{
    (void)state;
    w.hub->hurry = 200;
    w.on_open = say_hello_from_the_second_on;
    gateway_start(w.g, 0);
    assert_runs_until(&w.loop, is_ready, NULL);
    assert_trouble("failed: the gateway did not say HELLO");
    assert_heard("close=4903;");
}

static void say_ready_from_the_second_on(struct fake_peer *p)
{
    if (p->number > 1)
        say_ready(p);
}

static void a_gateway_without_ready_is_left(void **state)
{
    (void)state;
    w.hub->hurry = 400;
    w.on_identify = say_ready_from_the_second_on;
    gateway_start(w.g, 0);
    assert_runs_until(&w.loop, is_ready, NULL);
    assert_trouble("failed: the gateway did not say READY");
}

static void respond_500(struct fake_peer *p)
{
    fake_say(p, "HTTP/1.1 500 Broken\r\n\r\n");
    fake_close(p);
}

static void a_refused_upgrade_is_trouble_with_its_status(void **state)
{
    (void)state;
    w.fake.received = respond_500;
    gateway_start(w.g, 0);
    assert_trouble("failed: ");
    assert_trouble("HTTP 500");
    assert_int_equal(gateway_state(w.g), GATEWAY_WAITING);
    w.fake.received = on_received;
    assert_runs_until(&w.loop, is_ready, NULL);
}

static void back_off_grows_while_nothing_answers(void **state)
{
    (void)state;
    w.hub->hurry = 1000;
    fake_stop(&w.fake);
    gateway_start(w.g, 0);
    while (strlen(str_text(&w.troubles)) < 600)
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_int_equal(w.ended, 0);
}

static void a_short_wait_for_identify_stays_connected(void **state)
{
    (void)state;
    w.identify_wait = 4000;
    become_ready();
    assert_int_equal(w.identify_asked, 2);
    assert_int_equal(w.connections, 1);
}

static void a_long_wait_for_identify_gives_the_connection_up(void **state)
{
    (void)state;
    w.identify_wait = 6000;
    become_ready();
    assert_int_equal(w.identify_asked, 2);
    assert_int_equal(w.connections, 2);
    assert_trouble("ordinary: waiting for the turn to identify");
}

static void stopping_closes_as_asked(void **state)
{
    struct gateway_resume r;
    (void)state;
    become_ready();
    gateway_stop(w.g, true);
    assert_heard("close=4900;");
    gateway_resume_data(w.g, &r);
    assert_string_equal(r.session_id, "session-1");
    assert_string_equal(w.states.data, "CR");
    gateway_start(w.g, 0);
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
    gateway_stop(w.g, false);
    assert_heard("close=1000;");
    gateway_resume_data(w.g, &r);
    assert_string_equal(r.session_id, "");
}

static void stopping_works_at_every_step(void **state)
{
    (void)state;
    for (int steps = 0; steps < 40; steps++) {
        gateway_start(w.g, 0);
        for (int i = 0; i < steps / 2; i++)
            uv_run(&w.loop, UV_RUN_NOWAIT);
        gateway_stop(w.g, steps % 2);
        assert_int_equal(gateway_state(w.g), GATEWAY_IDLE);
    }
}

static void a_hook_may_free_its_gateway(void **state)
{
    (void)state;
    w.free_on_event = true;
    gateway_start(w.g, 0);
    assert_event("READY@1;");
    assert_null(w.g);
    assert_heard("close=4900;");
}

static void a_hook_may_stop_its_gateway(void **state)
{
    (void)state;
    w.stop_on_state = true;
    gateway_start(w.g, 0);
    assert_heard("close=4900;");
    assert_string_equal(str_text(&w.events), "");
}

static void presence_is_sent_within_the_limit(void **state)
{
    struct json *presence = json_new_object();
    int sent = 0;
    (void)state;
    json_set_string(presence, "status", "online");
    assert_false(gateway_send_presence(w.g, presence));
    become_ready();
    for (int i = 0; i < 200; i++)
        sent += gateway_send_presence(w.g, presence);
    assert_in_range(sent, 20, 110);
    assert_heard("presence;");
    json_set_string(presence, "status", "");
    struct str large = STR_INIT;
    str_add_repeat(&large, 'x', 5000);
    json_set_string(presence, "status", large.data);
    assert_false(gateway_send_presence(w.g, presence));
    str_release(&large);
    json_free(presence);
}

static void a_broken_frame_ends_the_connection_only(void **state)
{
    (void)state;
    become_ready();
    fake_write(w.peer, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    assert_heard("close=1002;");
    reconnects_as(2);
    assert_heard("resume=session-1,1;");
}

static void plain_text_to_elsewhere_is_never_tried(void **state)
{
    (void)state;
    gateway_free(w.g);
    snprintf(w.url, sizeof w.url, "ws://gateway.discord.gg");
    w.g = gateway_with(NULL);
    gateway_start(w.g, 0);
    assert_trouble("unencrypted");
}

static void a_hostile_resume_address_is_not_kept(void **state)
{
    (void)state;
    become_ready();
    fakews_text(w.peer, "{\"t\":\"READY\",\"s\":9,\"op\":0,\"d\":{\"session_id\":\"x\",\"resume_gateway_"
                        "url\":\"ws://evil.example\"}}");
    while (!str_equal(w.stored.session_id, "x"))
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_string_equal(w.stored.resume_url, "");
}

/* --- many at once --- */

static int ready_count;

static void count_ready(void *context, enum gateway_state state)
{
    (void)context;
    ready_count += state == GATEWAY_READY;
}

static bool all_ready(void *context)
{
    return ready_count == *(int *)context;
}

static void no_more_than_16_are_set_up_at_once(void **state)
{
    static const struct gateway_hooks few = {.state = count_ready};
    struct gateway *all[100];
    int wanted = 100;
    (void)state;
    ready_count = 0;
    for (int i = 0; i < 100; i++) {
        struct gateway_options o = {.url = w.url, .token = TOKEN, .hooks = &few};
        all[i] = gateway_new(w.hub, &o);
        gateway_start(all[i], 0);
    }
    while (ready_count < wanted) {
        assert_true(w.hub->handshakes <= TRANSPORT_HANDSHAKES);
        uv_run(&w.loop, UV_RUN_ONCE);
    }
    assert_true(all_ready(&wanted));
    assert_int_equal(w.hub->handshakes, 0);
    for (int i = 0; i < 100; i++)
        gateway_free(all[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(identifies_and_becomes_ready),
        T(a_stored_session_is_resumed),
        T(events_arrive_with_their_sequence),
        T(unwanted_events_are_dropped_but_counted),
        T(repeated_events_come_once),
        T(damaged_frames_are_ignored),
        T(large_and_fragmented_messages_arrive),
        T(heartbeats_go_and_measure_the_latency),
        T(a_heartbeat_is_sent_when_asked_for),
        T(a_missing_ack_closes_resumably_and_resumes),
        T(op_7_reconnects_and_resumes),
        T(op_9_true_resumes),
        T(op_9_false_identifies_anew_at_the_first_address),
        T(a_refused_resume_identifies),
        T(resumes_that_are_cut_again_and_again_end_in_identify),
        T(a_dead_resume_address_does_not_lose_the_session),
        T(a_gateway_that_moved_is_found_and_resumed_at),
        T(final_close_codes_end_it),
        T(other_close_codes_resume_or_identify),
        T(a_cut_connection_resumes),
        T(a_gateway_without_hello_is_left),
        T(a_gateway_without_ready_is_left),
        T(a_refused_upgrade_is_trouble_with_its_status),
        T(back_off_grows_while_nothing_answers),
        T(a_short_wait_for_identify_stays_connected),
        T(a_long_wait_for_identify_gives_the_connection_up),
        T(stopping_closes_as_asked),
        T(stopping_works_at_every_step),
        T(a_hook_may_free_its_gateway),
        T(a_hook_may_stop_its_gateway),
        T(presence_is_sent_within_the_limit),
        T(a_broken_frame_ends_the_connection_only),
        T(plain_text_to_elsewhere_is_never_tried),
        T(a_hostile_resume_address_is_not_kept),
        T(no_more_than_16_are_set_up_at_once),
    };
    crypto_start();
    return cmocka_run_group_tests_name("gateway", tests, NULL, NULL);
}
