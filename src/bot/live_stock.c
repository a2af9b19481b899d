/* One message that shows the products, edited within seconds of a change, never twice within five, and not at
 * all when it would show the same. What it shows is compared with what Discord last got (remote_state). The
 * moment of an edit is noted before it is sent, so that a daemon that follows a killed one keeps apart too.
 */
#include "daemon.h"

#include <inttypes.h>

#include "shop_view.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define APART_MS 5000
#define RETRY_MS 15000
#define SENDING_MS 500 /* an edit may arrive so much later than it was noted before it was sent */
#define CODE_UNKNOWN_MESSAGE 10008

/* What is there, and what should be. */
struct showing {
    struct job job;
    struct instance *instance;
    struct snapshot *snapshot;
    int64_t old_channel, old_message; /* 0: none */
    int64_t old_at;                   /* ms: when it was changed last; 0 not known */
    int64_t channel, message;         /* wanted; channel 0: nothing should be shown */
    char old_hash[SHA256_TEXT], hash[SHA256_TEXT];
    struct json *document;
    void (*send)(struct showing *w); /* what comes first */
};

static void show(struct instance *in);

static int64_t wanted_channel(const struct tenant *t)
{
    bool shows = tenant_feature_on(t, FEATURE_SHOP) && tenant_feature_on(t, FEATURE_LIVE_STOCK);
    return shows ? t->channels[CHANNEL_LIVE_STOCK] : 0;
}

static void read_remote(struct showing *w, const char *text)
{
    struct json *state = json_parse(text, strlen(text), NULL);
    w->old_channel = json_get_id(state, "channel");
    w->old_message = json_get_id(state, "message");
    w->old_at = json_get_int(state, "at", 0);
    const char *hash = json_get_string(state, "hash");
    str_copy(w->old_hash, sizeof w->old_hash, hash ? hash : "");
    json_free(state);
}

/* On the reader's thread. */
static int compare_run(struct job *job, struct store *s, struct error *e)
{
    struct showing *w = (struct showing *)job;
    const struct tenant *t = &w->snapshot->tenant;
    struct shop_stock stock;
    struct str text = STR_INIT;
    int rc = remote_get(s, t->id, REMOTE_LIVE_STOCK, &text, e);
    if (rc == 0) {
        read_remote(w, str_text(&text));
        w->channel = wanted_channel(t);
    }
    if (rc == 0 && w->channel) {
        rc = shop_stock_load(s, t, w->snapshot->language, &stock, e);
        if (rc == 0)
            w->document = render_shop(&stock.view, 0, false);
        shop_stock_release(&stock);
    }
    if (w->document) {
        str_clear(&text);
        json_print(w->document, &text);
        crypto_sha256_hex(text.data, text.len, w->hash);
    }
    str_release(&text);
    return rc;
}

static void on_show(uv_timer_t *timer)
{
    show(timer->data);
}

static void show_in(struct instance *in, int64_t ms)
{
    if (!in->stopped && !in->daemon->stopping)
        uv_timer_start(&in->show, on_show, ms > 0 ? (uint64_t)ms : 0, 0);
}

/* WAIT: compare again after so long; 0: only when something changes. */
static void finish(struct showing *w, int64_t wait)
{
    struct instance *in = w->instance;
    in->showing = false;
    if (wait)
        show_in(in, wait);
    else if (in->show_again)
        live_stock_touch(in);
    json_free(w->document);
    snapshot_drop(w->snapshot);
    in->daemon->delivering--;
    instance_drop(in);
    free(w);
}

/* --- what Discord shows now is noted --- */

static int note(const struct showing *w, struct store *s, int64_t channel, int64_t message, const char *hash,
                int64_t at, struct error *e)
{
    struct json *state = json_new_object();
    struct str text = STR_INIT;
    json_set_id(state, "channel", channel);
    json_set_id(state, "message", message);
    json_set_string(state, "hash", hash);
    json_set_int(state, "at", at);
    json_print(state, &text);
    int rc = remote_set(s, w->snapshot->tenant.id, REMOTE_LIVE_STOCK, str_text(&text), e);
    json_free(state);
    str_release(&text);
    return rc;
}

static int note_run(struct job *job, struct store *s, struct error *e)
{
    const struct showing *w = (const struct showing *)job;
    return note(w, s, w->channel, w->message, w->hash, time_now(), e);
}

static void note_done(struct job *job, const struct error *failed)
{
    struct showing *w = (struct showing *)job;
    if (failed)
        log_event(LEVEL_WARN, w->instance->id, "live_stock", "not noted: %s", failed->message);
    finish(w, 0);
}

static void shown(struct showing *w)
{
    w->instance->shown_at = time_monotonic();
    w->job = (struct job){.run = note_run, .done = note_done, .soft = true};
    executor_submit(w->instance->daemon->writer, &w->job);
}

static int note_before_run(struct job *job, struct store *s, struct error *e)
{
    const struct showing *w = (const struct showing *)job;
    return note(w, s, w->old_channel, w->old_message, w->old_hash, time_now() + SENDING_MS, e);
}

static void note_before_done(struct job *job, const struct error *failed)
{
    struct showing *w = (struct showing *)job;
    if (failed) {
        log_event(LEVEL_WARN, w->instance->id, "live_stock", "not noted: %s", failed->message);
        finish(w, RETRY_MS);
    } else {
        w->send(w);
    }
}

static void send_noted(struct showing *w, void (*send)(struct showing *w))
{
    w->send = send;
    w->job = (struct job){.run = note_before_run, .done = note_before_done, .soft = true};
    executor_submit(w->instance->daemon->writer, &w->job);
}

/* --- requests --- */

static void request(struct showing *w, const char *method, int64_t channel, int64_t message,
                    const struct json *body, rest_done done)
{
    char path[96];
    struct rest_request q = {.method = method, .path = path, .body = body, .done = done, .context = w};
    if (message)
        snprintf(path, sizeof path, "/channels/%" PRId64 "/messages/%" PRId64, channel, message);
    else
        snprintf(path, sizeof path, "/channels/%" PRId64 "/messages%s", channel, body ? "" : "?limit=50");
    if (w->instance->rest)
        rest_send(w->instance->rest, &q);
    else
        done(w, &(struct rest_answer){.result = REST_CANCELLED, .message = ""});
}

static void trouble(struct showing *w, const struct rest_answer *a)
{
    bool lasts = a->result == REST_CLIENT || a->result == REST_FORBIDDEN || a->result == REST_REFUSED ||
                 a->result == REST_CANCELLED;
    if (a->result != REST_CANCELLED)
        log_event(LEVEL_WARN, w->instance->id, "live_stock", "not shown: %s %s (%d)",
                  rest_result_words[a->result], a->message, a->status);
    finish(w, lasts ? 0 : RETRY_MS);
}

static void on_posted(void *context, const struct rest_answer *a)
{
    struct showing *w = context;
    int64_t id = json_get_id(a->body, "id");
    if (a->result != REST_OK || !id) {
        trouble(w, a);
        return;
    }
    w->message = id;
    shown(w);
}

static void find(struct showing *w);

static void on_edited(void *context, const struct rest_answer *a)
{
    struct showing *w = context;
    if (a->result == REST_OK)
        shown(w);
    else if (a->code == CODE_UNKNOWN_MESSAGE && w->message == w->old_message)
        find(w); /* somebody deleted it */
    else
        trouble(w, a);
}

static void edit(struct showing *w)
{
    request(w, "PATCH", w->channel, w->message, w->document, on_edited);
}

static void post(struct showing *w)
{
    char nonce[26];
    struct json *body = json_clone(w->document);
    snprintf(nonce, sizeof nonce, "s%.20s", w->hash);
    json_set_string(body, "nonce", nonce);
    json_set_bool(body, "enforce_nonce", true);
    request(w, "POST", w->channel, 0, body, on_posted);
    json_free(body);
}

/* A message of ours with the shop's buttons: one that was posted just before the daemon was killed. */
static bool is_ours(const struct showing *w, const struct json *message)
{
    const char *id = json_string(json_at(message, "components.0.components.0.custom_id"));
    if (json_get(message, "message_reference") || json_get(message, "interaction_metadata"))
        return false; /* somebody asked for the products: it is his */
    return json_id(json_at(message, "author.id")) == w->instance->bot_id && id && str_starts(id, "shop:") &&
           json_get_id(message, "id") != w->old_message;
}

static void on_found(void *context, const struct rest_answer *a)
{
    struct showing *w = context;
    if (a->result != REST_OK) {
        trouble(w, a);
        return;
    }
    json_each(message, a->body)
    {
        if (!is_ours(w, message))
            continue;
        w->message = json_get_id(message, "id");
        edit(w);
        return;
    }
    post(w);
}

static void find(struct showing *w)
{
    request(w, "GET", w->channel, 0, NULL, on_found);
}

static void on_removed(void *context, const struct rest_answer *a)
{
    struct showing *w = context;
    bool gone = a->result == REST_OK || a->result == REST_CLIENT || (a->result == REST_FORBIDDEN && !a->held);
    if (!gone) {
        trouble(w, a);
        return;
    }
    if (w->channel) {
        find(w);
    } else { /* nothing is shown any more */
        w->message = 0;
        w->hash[0] = '\0';
        shown(w);
    }
}

static void remove_old(struct showing *w)
{
    request(w, "DELETE", w->old_channel, w->old_message, NULL, on_removed);
}

/* --- comparing --- */

/* How long the last edit of another instance is to stand yet. One that the clock, which may have been set,
 * puts further away is none of now. */
static int64_t stands(const struct showing *w)
{
    int64_t ms = w->instance->shown_at ? 0 : w->old_at + APART_MS - time_now();
    return ms > 0 && ms <= APART_MS + SENDING_MS ? ms : 0;
}

static void compare_done(struct job *job, const struct error *failed)
{
    struct showing *w = (struct showing *)job;
    bool moved = w->old_message && w->old_channel != w->channel;
    int64_t wait = stands(w);
    if (failed) {
        log_event(LEVEL_WARN, w->instance->id, "live_stock", "not compared: %s", failed->message);
        finish(w, RETRY_MS);
    } else if (w->instance->stopped || (!w->channel && !w->old_message) ||
               (w->old_message && !moved && str_equal(w->hash, w->old_hash))) {
        finish(w, 0);
    } else if (wait) {
        finish(w, wait);
    } else {
        w->message = moved ? 0 : w->old_message;
        send_noted(w, moved ? remove_old : w->old_message ? edit : find);
    }
}

static void show(struct instance *in)
{
    struct showing *w = mem_zero(1, sizeof *w);
    in->showing = true;
    in->show_again = false;
    in->daemon->delivering++;
    w->job = (struct job){.run = compare_run, .done = compare_done, .reads = true};
    w->instance = instance_hold(in);
    w->snapshot = snapshot_hold(in->snapshot);
    executor_submit(in->daemon->reader, &w->job);
}

/* A bot that shows none may have one that a former daemon left. */
void live_stock_begin(struct instance *in)
{
    if (in->shown || in->snapshot->tenant.channels[CHANNEL_LIVE_STOCK])
        live_stock_touch(in);
}

void live_stock_touch(struct instance *in)
{
    if (in->stopped || in->daemon->stopping || in->phase != PHASE_READY)
        return;
    if (in->showing) {
        in->show_again = true;
        return;
    }
    if (!uv_is_active((uv_handle_t *)&in->show))
        show_in(in, in->shown_at ? in->shown_at + APART_MS - time_monotonic() : 0);
}
