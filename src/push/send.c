#include <inttypes.h>

#include "pusher.h"
#include "tt/base/log.h"
#include "tt/base/time.h"

void part_plan(struct part *part, const struct key *sub)
{
    struct target *t = part->target;
    const struct pusher_options *o = &t->pusher->options;
    unsigned char random[16];
    char remote[SHA256_TEXT];
    switch (part->kind) {
    case PUSH_COMMANDS: /* the body is built when it turns out to be needed */
        plan_commands_remote(&t->pusher->memory, &t->tenant, o->features, o->admin_commands, remote);
        str_add(&part->call.remote, remote);
        break;
    case PUSH_NICKNAME:
        plan_nickname(&t->tenant, &part->call);
        break;
    case PUSH_CHANNELS:
    case PUSH_ROLES:
        plan_places(part->kind, &t->tenant, o->features, &part->call);
        break;
    default:
        crypto_random(random, sizeof random);
        crypto_hex(random, sizeof random, t->nonce);
        plan_control(&t->tenant, o->features, sub, t->nonce, part->row.push, time_now(), &part->call);
    }
}

static void part_settled(struct part *part)
{
    struct target *t = part->target;
    part->open = false;
    part_keep_limits(part);
    if (part->kind == PUSH_CONTROL)
        requests_settle_control(t);
    target_finish_part(t);
}

static void part_remember(struct part *part)
{
    struct op *remote = op_add(part->target->pusher, OP_REMOTE, part->target);
    remote->what = remote_of[part->kind];
    remote->value = str_take(&part->call.remote);
}

static void part_taken(struct part *part)
{
    if (remote_of[part->kind])
        part_remember(part);
    else
        part->target->message_sent = true;
    op_row(part, OP_DONE);
    part_settled(part);
}

/* STATUS: of Discord's answer; 404 too where its list has not what should be there. */
static void part_failed(struct part *part, const char *why, int status)
{
    struct target *t = part->target;
    struct op *op = op_row(part, OP_FAIL);
    str_copy(op->reason, sizeof op->reason, why);
    log_event(LEVEL_WARN, t->id, "push", "%s failed for good: %s", push_kind_words[part->kind], why);
    if (!t->failed)
        t->failed = json_new_array();
    struct json *entry = json_push(t->failed, json_new_object());
    json_set_string(entry, "kind", push_kind_words[part->kind]);
    json_set_string(entry, "reason", op->reason);
    json_set_int(entry, "status", status);
    if (part->kind == PUSH_CONTROL)
        str_copy(t->reason, sizeof t->reason, "forbidden");
    part_settled(part);
}

static void part_forbidden(struct part *part, const struct rest_answer *a)
{
    struct str why = STR_INIT;
    const char *how = a->result == REST_FORBIDDEN ? "forbidden"
                      : a->status == 404          ? "has no place on Discord"
                                                  : "refused by Discord";
    str_addf(&why, "%s (%d%s%s)", how, a->status, *a->message ? ": " : "", a->message);
    log_redact(&why);
    part_failed(part, str_text(&why), a->status);
    str_release(&why);
}

/* 2 s, 4 s, 8 s ... 10 minutes, with up to a quarter more. */
static int64_t backoff(int64_t attempts)
{
    int64_t ms = attempts > 8 ? 600000 : 2000LL << (attempts < 0 ? 0 : attempts);
    uint32_t random;
    crypto_random(&random, sizeof random);
    ms = ms > 600000 ? 600000 : ms;
    return ms + (int64_t)(random % (uint32_t)(ms / 4));
}

static void part_later(struct part *part, const char *reason, int64_t in)
{
    struct target *t = part->target;
    struct op *op = op_row(part, OP_RETRY);
    op->next_at = time_now() + in;
    str_copy(op->reason, sizeof op->reason, reason);
    if (part->kind == PUSH_CONTROL)
        str_copy(t->reason, sizeof t->reason, reason);
    part_settled(part);
}

/* The limits of the token held it back: that was no try. */
static void part_held(struct part *part, int64_t in)
{
    struct target *t = part->target;
    struct op *op = op_row(part, OP_GIVE_BACK);
    op->next_at = time_now() + in;
    str_copy(op->reason, sizeof op->reason, "rate limit");
    if (part->kind == PUSH_CONTROL)
        str_copy(t->reason, sizeof t->reason, "unreachable");
    part_settled(part);
}

static void part_refused(struct part *part)
{
    struct target *t = part->target;
    op_add(t->pusher, OP_REFUSED, t)->epoch = t->tenant.epoch;
    log_event(LEVEL_ERROR, t->id, "push", "Discord refuses the token");
    requests_refused(t);
    part_later(part, "token_refused", 60 * 60 * 1000);
}

/* What every part has in common; true: it was taken. */
static bool part_answer(struct part *part, const struct rest_answer *a)
{
    switch (a->result) {
    case REST_OK:
        return true;
    case REST_REFUSED:
        part_refused(part);
        return false;
    case REST_CLIENT:
    case REST_FORBIDDEN:
        part_forbidden(part, a);
        return false;
    default: {
        bool freeing = part->target->pusher->freeing;
        int64_t in = freeing ? 0 : backoff(part->row.attempts);
        if (!freeing)
            log_event(LEVEL_WARN, part->target->id, "push", "%s not taken: %s %s",
                      push_kind_words[part->kind], rest_result_words[a->result], a->message);
        if (!freeing && (a->result == REST_CANCELLED || a->status == 429))
            part_held(part, in);
        else
            part_later(part, "unreachable", in);
        return false;
    }
    }
}

static void on_written(void *context, const struct rest_answer *a)
{
    struct part *part = context;
    if (part_answer(part, a))
        part_taken(part);
}

static void part_send(struct part *part, const char *method, const char *path, const struct json *body,
                      rest_done done)
{
    struct target *t = part->target;
    struct str reason = STR_INIT;
    if (t->audit)
        str_addf(&reason, "tenanttui audit %" PRId64, t->audit);
    else
        str_addf(&reason, "tenanttui revision %" PRId64, t->tenant.revision);
    struct rest_request request = {
        .method = method,
        .path = path,
        .body = body,
        .reason = str_equal(method, "GET") ? NULL : str_text(&reason),
        .flags = part->kind == PUSH_CONTROL ? REST_ACKNOWLEDGED : 0,
        .timeout_ms = part_timeout(t),
        .max_attempts = part_attempts(t),
        .done = done,
        .context = part,
    };
    part->called = true;
    rest_send(t->bot, &request);
    str_release(&reason);
}

static void part_write(struct part *part)
{
    part_send(part, part->call.method, str_text(&part->call.path), part->call.body, on_written);
}

static void on_listed(void *context, const struct rest_answer *a)
{
    struct part *part = context;
    if (!part_answer(part, a))
        return;
    if (plan_commands_same(part->call.body, a->body))
        part_taken(part);
    else
        part_write(part);
}

static void on_places(void *context, const struct rest_answer *a)
{
    struct part *part = context;
    struct str found = STR_INIT, wrong = STR_INIT;
    if (!part_answer(part, a))
        return;
    if (!json_is(a->body, JSON_ARRAY)) {
        part_later(part, "unreachable", backoff(part->row.attempts));
        return;
    }
    places_check(part->kind, str_text(&part->call.remote), a->body, &found, &wrong);
    str_release(&part->call.remote);
    part->call.remote = found;
    if (wrong.len) {
        part_remember(part);
        part_failed(part, str_text(&wrong), 404);
    } else {
        part_taken(part);
    }
    str_release(&wrong);
}

/* The application is known: look at what is there when nobody knows, else write. */
static void part_commands_ask(struct part *part)
{
    struct target *t = part->target;
    const struct pusher_options *o = &t->pusher->options;
    push_call_release(&part->call);
    plan_commands(&t->tenant, t->tenant.application_id, o->features, o->admin_commands, &part->call);
    if (part->unknown)
        part_send(part, "GET", str_text(&part->call.path), NULL, on_listed);
    else
        part_write(part);
}

static void on_application(void *context, const struct rest_answer *a)
{
    struct part *part = context;
    struct target *t = part->target;
    if (!part_answer(part, a))
        return;
    t->tenant.application_id = json_get_id(a->body, "id");
    if (!t->tenant.application_id) {
        part_later(part, "unreachable", backoff(part->row.attempts));
        return;
    }
    struct op *op = op_add(t->pusher, OP_APPLICATION, t);
    op->epoch = t->tenant.epoch;
    op->application = t->tenant.application_id;
    part_commands_ask(part);
}

static void part_commands(struct part *part, const char *remote)
{
    part->unknown = !*remote;
    if (!plan_differs(PUSH_COMMANDS, &part->call, remote))
        part_taken(part);
    else if (part->target->tenant.application_id)
        part_commands_ask(part);
    else
        part_send(part, "GET", "/applications/@me", NULL, on_application);
}

void part_start(struct part *part)
{
    struct target *t = part->target;
    struct str remote = STR_INIT;
    if (remote_of[part->kind])
        remote_get(t->pusher->options.store, t->id, remote_of[part->kind], &remote, NULL);
    if (part->kind == PUSH_COMMANDS)
        part_commands(part, str_text(&remote));
    else if (!plan_differs(part->kind, &part->call, str_text(&remote)))
        part_taken(part);
    else if (part->kind == PUSH_CHANNELS || part->kind == PUSH_ROLES)
        part_send(part, "GET", str_text(&part->call.path), NULL, on_places);
    else
        part_write(part);
    str_release(&remote);
}
