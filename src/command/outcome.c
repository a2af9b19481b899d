#include "session.h"
#include "writer_format.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define WAIT_DEFAULT_MS 5000

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
    if (!after || facts->unpushed) {
        settle(out, PUSH_STATE_NONE, "");
        return;
    }
    const char *before_why = facts->before ? tenant_silent(facts->before) : "no_token";
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
    out->request.raised = !facts->before || facts->before->revision != after->revision;
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
    free(o->fields);
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

/* FIELDS were held against what such a document may have; this one may have less. */
static void fill_fields(struct json *document, const char *fields)
{
    char *text = mem_strdup(fields);

    for (char *at = text, *name; (name = strsep(&at, ","));)
        if (!format_at(document, name))
            format_place(document, name, json_new_null());
    free(text);
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
    fill_fields(j, o->fields);
    return j;
}

#define KEY_HINT \
    "name the right key file with --key-file or $TENANTTUI_KEY_FILE (doctor tells more), then: sync %s"

/* What each reason means for the exit status and for people: of the line's own text, and of the error beside
 * a status of 5. What was pushed and what waits read differently. */
static const struct reason {
    const char *word;
    int status;
    const char *text, *pushed; /* PUSHED NULL: as TEXT */
    const char *message, *message_pushed, *hint;
} reasons[] = {
    {.word = "unchanged", .text = "nothing to change"},
    {.word = "no_token", .text = "saved; nothing to push to (no token)"},
    {.word = "stopped", .text = "saved; nothing to push to (the bot is stopped)"},
    {.word = "suspended", .text = "saved; nothing to push to (suspended)"},
    {.word = "expired", .text = "saved; nothing to push to (expired)"},
    {.word = "no_push", .text = "saved; the daemon will push"},
    {.word = "no_wait", .text = "saved; not waited for", .pushed = "pushed; not waited for"},
    {.word = "interrupted", .text = "saved; interrupted while waiting for the bot"},
    {.word = "token_refused",
     .status = 5,
     .text = "saved; not pushed: Discord refuses the token",
     .message = "saved, but Discord refuses the bot's token",
     .hint = "give it another one: token %s set"},
    {.word = "unreachable",
     .status = 5,
     .text = "saved; not pushed yet: Discord cannot be reached",
     .message = "saved, but Discord cannot be reached; the daemon will push it",
     .hint = "or later: sync %s"},
    {.word = "forbidden",
     .status = 5,
     .text = "saved; not pushed: Discord refuses the control message",
     .message = "saved, but Discord refuses the control message",
     .hint = "mend what it names, then: sync %s"},
    {.word = "no_daemon",
     .status = 5,
     .text = "saved; no daemon serves this tenant",
     .pushed = "pushed; no daemon serves this tenant",
     .message = "saved, but no daemon serves this tenant",
     .message_pushed = "saved and pushed, but no daemon serves this tenant",
     .hint = "start one: tenanttui --bot"},
    {.word = "timeout",
     .status = 5,
     .text = "saved; not acknowledged in time",
     .pushed = "pushed; not acknowledged in time",
     .message = "saved, but not acknowledged in time",
     .message_pushed = "saved and pushed, but not acknowledged in time",
     .hint = "see: bot status %s"},
    {.word = "key_missing",
     .status = 5,
     .text = "saved; not pushed: the key file is missing",
     .message = "saved, but the key file that the token is kept with is missing",
     .hint = KEY_HINT},
    {.word = "key_wrong",
     .status = 5,
     .text = "saved; not pushed: the key file is not the one of this database",
     .message = "saved, but the key file is not the one of this database",
     .hint = KEY_HINT},
    {.word = "key_unsafe",
     .status = 5,
     .text = "saved; not pushed: the key file is not safe",
     .message = "saved, but the key file is not safe: it must be yours, and readable by nobody else",
     .hint = "chmod 600 it, then: sync %s"},
    {.word = "token_unreadable",
     .status = 5,
     .text = "saved; not pushed: the stored token cannot be read",
     .message = "saved, but the stored token cannot be read",
     .hint = "see: doctor; or give it another one: token %s set"},
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

/* What a refused part's number means for the operator. */
static const struct advice {
    const char *kind; /* NULL: any */
    int64_t status;
    const char *text; /* with the tenant's id */
} advices[] = {
    {"control", 404,
     "the control channel of %s does not exist on Discord; make one: channels %s control create"},
    {"control", 403,
     "the bot of %s may not write in its control channel; let it see that channel, send messages and add "
     "reactions there, then: sync %s"},
    {"nickname", 403, "the bot of %s may not change its nickname; give it that permission, then: sync %s"},
    {"channels", 404,
     "give %s text channels of its guild, and for ticket_category a category: channels %s TYPE ID; then: "
     "sync %s"},
    {"roles", 404, "give %s roles of its guild, then: sync %s"},
    {"commands", 403,
     "the bot of %s may not have commands in the guild; invite it with the scope applications.commands, "
     "then: sync %s"},
};

static const struct advice *advice_of(const struct json *part)
{
    const char *kind = json_get_string(part, "kind");

    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (str_equal(advices[i].kind, kind) && advices[i].status == json_get_int(part, "status", 0))
            return &advices[i];
    return NULL;
}

/* TEXT with the tenant's id in each of its places. */
static void fill_in(const char *text, const char *tenant, struct str *out)
{
    for (const char *place; (place = strstr(text, "%s")); text = place + 2) {
        str_add_bytes(out, text, (size_t)(place - text));
        str_add(out, tenant);
    }
    str_add(out, text);
}

void outcome_advice(const struct outcome *o, struct str *out)
{
    json_each(part, o->result.failed)
    {
        const struct advice *advice = advice_of(part);

        if (!advice)
            continue;
        if (out->len)
            str_add(out, "; ");
        fill_in(advice->text, o->tenant, out);
    }
}

void outcome_text(const struct outcome *o, struct str *out)
{
    const struct push_result *r = &o->result;
    const struct reason *reason = reason_find(r->reason);
    char ms[TIME_TEXT];
    const char *what = o->done ? o->done : o->line ? o->line : o->tenant;

    str_add(out, what);
    /* Of several, this one is told of too. */
    if (o->more_count && o->done)
        str_addf(out, "; %s", o->tenant);
    if (r->state == PUSH_STATE_ACKNOWLEDGED) {
        str_add(out, *what ? ": acknowledged" : "acknowledged");
        if (r->instance[0])
            str_addf(out, " by %s", r->instance);
        if (r->ms >= 0)
            str_addf(out, " in %s", time_format_duration(r->ms, ms));
    } else if (reason) {
        bool pushed = r->state == PUSH_STATE_PUSHED && reason->pushed;
        str_addf(out, "%s%s", *what ? ": " : "", pushed ? reason->pushed : reason->text);
    }
    failed_text(r->failed, out);
    if (o->audit)
        str_addf(out, " (audit %lld)", (long long)o->audit);
}

void outcome_error(const struct outcome *o, struct error *e)
{
    const struct reason *reason = reason_find(o->result.reason);

    if (!reason || !reason->message) {
        error_set(e, ERROR_PENDING, NULL, "%s: saved, but not acknowledged", o->tenant);
        return;
    }
    bool pushed = o->result.state == PUSH_STATE_PUSHED && reason->message_pushed;
    error_set(e, ERROR_PENDING, NULL, "%s: %s", o->tenant, pushed ? reason->message_pushed : reason->message);
    struct str hint = STR_INIT;
    outcome_advice(o, &hint);
    if (!hint.len && o->result.gave_up[0])
        str_addf(&hint, "bot restart %s connects its bot anew, which gave up: %s", o->tenant,
                 o->result.gave_up);
    if (!hint.len)
        fill_in(reason->hint, o->tenant, &hint);
    error_hint(e, "%s", str_text(&hint));
    str_release(&hint);
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
