#include "session.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define WAIT_DEFAULT_MS 5000

const char *tenant_silent(const struct tenant *t)
{
    if (t->token == TOKEN_NONE)
        return "no_token";
    if (!t->wanted)
        return "stopped";
    if (t->status == STATUS_SUSPENDED)
        return "suspended";
    if (t->status == STATUS_EXPIRED)
        return "expired";
    return NULL;
}

static void settle(struct outcome *out, enum push_state state, const char *reason)
{
    out->result = (struct push_result){.state = state, .ms = -1};
    str_copy(out->result.notified, sizeof out->result.notified, "none");
    str_copy(out->result.reason, sizeof out->result.reason, reason);
    out->push = false;
}

void outcome_decide(struct outcome *out, const struct outcome_facts *facts)
{
    const struct tenant *after = facts->after;

    out->write = true;
    if (after) {
        str_copy(out->tenant, sizeof out->tenant, after->id);
        out->revision = after->revision;
    }
    if (!facts->acted) {
        settle(out, PUSH_STATE_NONE, "unchanged");
        return;
    }
    if (!after) {
        settle(out, PUSH_STATE_NONE, "");
        return;
    }
    const char *before_why =
        facts->before && !facts->before->deleted_at ? tenant_silent(facts->before) : "no_token";
    const char *after_why = tenant_silent(after);
    if (before_why && after_why) {
        settle(out, PUSH_STATE_NONE, after_why);
        return;
    }
    if (facts->no_push) {
        settle(out, PUSH_STATE_PENDING, "no_push");
        return;
    }
    settle(out, PUSH_STATE_PENDING, "");
    out->push = true;
    str_copy(out->request.tenant, sizeof out->request.tenant, after->id);
    out->request.revision = after->revision;
    out->request.epoch = facts->epoch;
    out->request.acknowledge = facts->acknowledge;
    out->request.wait_ms = facts->wait_ms < 0 ? WAIT_DEFAULT_MS : facts->wait_ms;
}

void outcome_release(struct outcome *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->more_count; i++)
        outcome_release(&o->more[i]);
    free(o->more);
    json_free(o->result.failed);
    json_free(o->extra);
    json_free(o->plan);
    free(o->done);
    free(o->line);
    *o = (struct outcome){0};
}

static struct json *push_document(const struct push_result *r)
{
    struct json *j = json_new_object();

    json_set_string(j, "state", push_state_words[r->state]);
    json_set_string(j, "notified", r->notified[0] ? r->notified : "none");
    json_set_string(j, "instance", r->instance[0] ? r->instance : NULL);
    if (r->ms >= 0)
        json_set_int(j, "ms", r->ms);
    else
        json_set_null(j, "ms");
    json_set_string(j, "reason", r->reason[0] ? r->reason : NULL);
    if (r->failed)
        json_set(j, "failed", json_clone(r->failed));
    return j;
}

static void set_number(struct json *j, const char *key, int64_t n)
{
    if (n)
        json_set_int(j, key, n);
    else
        json_set_null(j, key);
}

struct json *outcome_document(const struct outcome *o)
{
    struct json *j = json_new_object();

    json_set_string(j, "tenant_id", o->tenant[0] ? o->tenant : NULL);
    json_set_bool(j, "changed", o->changed);
    set_number(j, "audit", o->audit);
    set_number(j, "revision", o->revision);
    json_set(j, "push", push_document(&o->result));
    json_each(member, o->extra) json_set(j, json_key(member), json_clone(member));
    return j;
}

/* What each reason means for the exit status and for people. */
static const struct reason {
    const char *word;
    int status;
    const char *text;
} reasons[] = {
    {"unchanged", 0, "nothing to change"},
    {"no_token", 0, "saved; nothing to push to (no token)"},
    {"stopped", 0, "saved; nothing to push to (the bot is stopped)"},
    {"suspended", 0, "saved; nothing to push to (suspended)"},
    {"expired", 0, "saved; nothing to push to (expired)"},
    {"no_push", 0, "saved; the daemon will push"},
    {"no_wait", 0, "pushed; not waited for"},
    {"token_refused", 5, "saved; not pushed: Discord refuses the token"},
    {"unreachable", 5, "saved; not pushed yet: Discord cannot be reached"},
    {"forbidden", 5, "saved; not pushed: Discord forbids the control message"},
    {"no_daemon", 5, "pushed; no daemon serves this tenant"},
    {"timeout", 5, "pushed; not acknowledged in time"},
};

static const struct reason *reason_find(const char *word)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (str_equal(reasons[i].word, word))
            return &reasons[i];
    return NULL;
}

int outcome_status(const struct outcome *o)
{
    const struct reason *reason = reason_find(o->result.reason);

    if (!o->write || o->plan || o->result.state == PUSH_STATE_ACKNOWLEDGED)
        return 0;
    return reason ? reason->status : 0;
}

static void failed_text(const struct json *failed, struct str *out)
{
    json_each(part, failed)
    {
        const char *kind = json_get_string(part, "kind"), *why = json_get_string(part, "reason");

        str_addf(out, "; failed: %s%s%s", kind ? kind : "?", why ? " " : "", why ? why : "");
    }
}

void outcome_text(const struct outcome *o, struct str *out)
{
    const struct push_result *r = &o->result;
    const struct reason *reason = reason_find(r->reason);
    char ms[TIME_TEXT];
    const char *what = o->done ? o->done : o->line ? o->line : o->tenant;

    str_add(out, what);
    if (r->state == PUSH_STATE_ACKNOWLEDGED) {
        str_add(out, *what ? ": acknowledged" : "acknowledged");
        if (r->instance[0])
            str_addf(out, " by %s", r->instance);
        if (r->ms >= 0)
            str_addf(out, " in %s", time_format_duration(r->ms, ms));
    } else if (reason) {
        str_addf(out, "%s%s", *what ? ": " : "", reason->text);
    }
    failed_text(r->failed, out);
    if (o->audit)
        str_addf(out, " (audit %lld)", (long long)o->audit);
}

struct json *error_document(const struct error *e)
{
    struct json *document = json_new_object(), *j = json_new_object();

    json_set_string(j, "code", error_code_name(e->code));
    json_set_string(j, "message", e->message);
    json_set_string(j, "hint", e->hint[0] ? e->hint : NULL);
    json_set_string(j, "field", e->field[0] ? e->field : NULL);
    json_set(document, "error", j);
    return document;
}
