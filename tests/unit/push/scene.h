/* A pusher before a server that answers as the test says. No daemon runs but where the test takes the
 * daemon's part. */
#ifndef TT_TESTS_UNIT_PUSH_SCENE_H
#define TT_TESTS_UNIT_PUSH_SCENE_H

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
    const char *channels, *roles;   /* the guild's lists; NULL: empty */
    struct rest *other_rest;        /* of another console */
    struct pusher *other;
    struct push_result result;
    int results;
};

/* --- the server --- */

static inline enum push_kind kind_of(const char *path)
{
    return strstr(path, "/messages")   ? PUSH_CONTROL
           : strstr(path, "/commands") ? PUSH_COMMANDS
           : strstr(path, "/channels") ? PUSH_CHANNELS
           : strstr(path, "/roles")    ? PUSH_ROLES
                                       : PUSH_NICKNAME;
}

static inline void answer(struct fake_peer *p, const struct call_seen *call)
{
    struct scene *s = p->fake->test;
    int status = s->status_of[kind_of(call->path)];
    bool list = str_equal(call->method, "GET") && !strstr(call->path, "/applications/@me");
    enum push_kind kind = kind_of(call->path);
    const char *there = kind == PUSH_CHANNELS ? s->channels : kind == PUSH_ROLES ? s->roles : NULL;
    const char *body = !list ? "{\"id\":\"9\"}" : there ? there : "[]";
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

static inline void take_header(const char *head, const char *name, char *out, size_t size)
{
    const char *at = strcasestr(head, name);
    out[0] = '\0';
    if (!at)
        return;
    at += strlen(name);
    at += strspn(at, ": ");
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static inline void on_bytes(struct fake_peer *p)
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

static inline int scene_begin(void **state)
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

static inline int scene_end(void **state)
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
    return world_teardown(&world);
}

/* As the gate does after a change. */
static inline int64_t change_kinds(struct scene *s, unsigned kinds)
{
    struct world *w = s->w;
    int64_t revision, audit;
    struct audit_entry entry = {
        .time = NOW, .tenant = "tenant01", .who = "op:t", .face = "cli", .command = "config"};
    ok(store_begin(w->store, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW, &revision, &w->error));
    ok(outbox_queue(w->store, "tenant01", revision, kinds, NOW, &w->error));
    ok(audit_add(w->store, &entry, &audit, &w->error));
    ok(store_commit(w->store, &w->error));
    return revision;
}

static inline int64_t change(struct scene *s)
{
    return change_kinds(s, 1u << PUSH_CONTROL | 1u << PUSH_COMMANDS | 1u << PUSH_NICKNAME);
}

static inline void on_result(void *context, struct push_result *result)
{
    struct scene *s = context;
    json_free(s->result.failed);
    s->result = *result;
    s->results++;
}

static inline struct push_request request_of(int64_t revision, int wait_ms)
{
    struct push_request r = {.revision = revision, .wait_ms = wait_ms, .committed_at = time_monotonic()};
    str_copy(r.tenant, sizeof r.tenant, "tenant01");
    return r;
}

static inline bool has_result(void *context)
{
    return ((struct scene *)context)->results > 0;
}

static inline void push(struct scene *s, const struct push_request *r)
{
    s->results = 0;
    pusher_push(s->pusher, r, on_result, s);
    assert_runs_until(&s->loop, has_result, s);
}

static inline const struct call_seen *call_of(const struct scene *s, const char *method, const char *part)
{
    for (int i = 0; i < s->count; i++) {
        if (str_equal(s->calls[i].method, method) && strstr(s->calls[i].path, part))
            return &s->calls[i];
    }
    return NULL;
}

static inline void on_row(void *context, const struct push_row *row)
{
    struct push_row *rows = context;
    rows[row->kind] = *row;
}

static inline bool rows_left(struct scene *s, struct push_row rows[PUSH_KIND_COUNT])
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

static inline bool all_written(void *context)
{
    struct push_row rows[PUSH_KIND_COUNT];
    return !rows_left(context, rows);
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, scene_begin, scene_end)

#endif
