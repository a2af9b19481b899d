#include "outbound.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define AWAY_MS (30 * 1000)     /* until what was cut short is tried again */
#define REFUSED_MS (600 * 1000) /* until a token or a route that Discord refuses is */
#define UNREAD_MS (60 * 1000)   /* until it is read again */
#define RETRY_MAX_MS (600 * 1000)

enum { CODE_UNKNOWN_CHANNEL = 10003, CODE_DM_CLOSED = 50007 };

static struct sending *sending_new(struct instance *in, struct package *p)
{
    struct outbound *o = in->daemon->outbound;
    struct sending *s = mem_zero(1, sizeof *s);
    s->instance = instance_hold(in);
    s->package = p;
    s->channel = p->channel_id ? p->channel_id : p->dm_channel;
    s->at = &o->first;
    s->next = o->first;
    if (s->next)
        s->next->at = &s->next;
    o->first = s;
    in->daemon->delivering++;
    return s;
}

static void sending_free(struct sending *s)
{
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
    s->instance->daemon->delivering--;
    outbound_release(s->instance->daemon, s->package);
    instance_drop(s->instance);
    free(s);
}

void sending_request(struct sending *s, const char *method, const char *path, const struct json *body,
                     const struct rest_file *file, rest_done done)
{
    struct rest_request q = {.method = method,
                             .path = path,
                             .body = body,
                             .files = file,
                             .file_count = file ? 1 : 0,
                             .flags = REST_ACKNOWLEDGED,
                             .done = done,
                             .context = s};
    if (s->instance->rest)
        rest_send(s->instance->rest, &q);
    else
        done(s, &(struct rest_answer){.result = REST_CANCELLED, .message = ""});
}

void sending_arrived(struct sending *s)
{
    const struct package *p = s->package;
    result_arrived(s->instance->daemon, p, s->opened ? s->channel : 0);
    sending_free(s);
}

/* --- the DM channel --- */

static void on_channel(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    s->channel = json_get_id(a->body, "id");
    if (a->result == REST_OK && s->channel)
        search_or_post(s);
    else
        sending_failed(s, a, false);
}

static void open_channel(struct sending *s)
{
    struct json *body = json_new_object();
    s->opened = true;
    json_set_id(body, "recipient_id", s->package->user_id);
    sending_request(s, "POST", "/users/@me/channels", body, NULL, on_channel);
    json_free(body);
}

/* --- the message --- */

static int64_t retry_at(const struct package *p)
{
    int64_t ms = p->attempts > 7 ? RETRY_MAX_MS : RETRY_FIRST_MS << p->attempts;
    return time_now() + (ms > RETRY_MAX_MS ? RETRY_MAX_MS : ms);
}

static void note_failure(struct bot_daemon *d, const struct package *p, const struct rest_answer *a)
{
    bool refused = a->result == REST_REFUSED || a->held;
    if (a->result == REST_CLIENT || (a->result == REST_FORBIDDEN && !a->held))
        result_note(d, p, RESULT_FAILED, 0, a->message);
    else if (a->result == REST_UNREACHABLE)
        result_note(d, p, RESULT_RETRY, retry_at(p), a->message);
    else
        result_note(d, p, RESULT_GIVE_BACK, time_now() + (refused ? REFUSED_MS : AWAY_MS),
                    rest_result_words[a->result]);
}

void sending_failed(struct sending *s, const struct rest_answer *a, bool posted)
{
    struct bot_daemon *d = s->instance->daemon;
    const struct package *p = s->package;
    if (a->code == CODE_UNKNOWN_CHANNEL && !p->channel_id && !s->opened) {
        open_channel(s); /* the one that was remembered is no more */
        return;
    }
    if (a->code == CODE_DM_CLOSED && p->goods) {
        result_closed(d, p);
    } else {
        log_event(LEVEL_WARN, p->tenant, "delivery", "%" PRId64 " %s: %s", p->delivery,
                  rest_result_words[a->result], a->message);
        if (!posted || !a->unknown_outcome) /* else the lease runs out; then it is looked for */
            note_failure(d, p, a);
    }
    sending_free(s);
}

static void on_posted(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    if (a->result != REST_OK) {
        sending_failed(s, a, true);
        return;
    }
    log_event(LEVEL_DEBUG, s->package->tenant, "delivery", "%" PRId64 " sent", s->package->delivery);
    sending_arrived(s);
}

void sending_post(struct sending *s)
{
    const struct package *p = s->package;
    char path[64];
    struct rest_file file = {.name = p->file_name, .data = p->file.data, .size = p->file.len};
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages", s->channel);
    json_set_string(p->document, "nonce", p->nonce);
    json_set_bool(p->document, "enforce_nonce", true);
    sending_request(s, "POST", path, p->document, p->file_name ? &file : NULL, on_posted);
}

/* --- */

/* A lease may seem to have run out while its message is still under way: the clock was set. */
static bool is_sending(const struct outbound *o, int64_t delivery)
{
    for (const struct sending *s = o->first; s; s = s->next) {
        if (s->package->delivery == delivery)
            return true;
    }
    return false;
}

bool outbound_connected(struct bot_daemon *d, const char *tenant)
{
    const struct instance *in = daemon_find(d, tenant);
    return in && in->phase == PHASE_READY && in->rest;
}

bool outbound_withheld(struct bot_daemon *d, const struct package *p)
{
    if (is_sending(d->outbound, p->delivery))
        return true;
    if (p->broken) {
        result_note(d, p, RESULT_FAILED, 0, p->broken);
        return true;
    }
    if (*p->trouble) {
        log_event(LEVEL_WARN, p->tenant, "delivery", "%" PRId64 " not read: %s", p->delivery, p->trouble);
        result_note(d, p, RESULT_GIVE_BACK, time_now() + UNREAD_MS, p->trouble);
        return true;
    }
    if (outbound_connected(d, p->tenant))
        return false;
    result_note(d, p, RESULT_GIVE_BACK, 0, "the bot is not connected");
    return true;
}

void outbound_send(struct bot_daemon *d, struct package *p)
{
    if (outbound_withheld(d, p)) {
        outbound_release(d, p);
        return;
    }
    struct sending *s = sending_new(daemon_find(d, p->tenant), p);
    if (s->channel)
        search_or_post(s);
    else
        open_channel(s);
}
