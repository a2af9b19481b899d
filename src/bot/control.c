/* The control message: judged on the executor, where the nonces are, obeyed on the loop. */
#include "daemon.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

int control_judge(struct store *s, const struct feature_list *features, const struct control_seen *seen,
                  int64_t now, struct control_judgement *out, struct error *e)
{
    struct tenant t;
    struct key sub;
    struct control_message m = {0};
    bool replayed = false;
    *out = (struct control_judgement){.verdict = CONTROL_NOT};
    if (tenants_load(s, seen->tenant, &t, e)) {
        tenant_release(&t);
        return -1;
    }
    int rc = -1;
    const struct key *key = store_key(s, e);
    if (!key)
        goto end;
    struct control_context context = {.author_id = seen->author_id,
                                      .bot_id = seen->bot_id,
                                      .channel_id = seen->channel_id,
                                      .control_channel_id = t.channels[CHANNEL_CONTROL],
                                      .guild_id = seen->guild_id,
                                      .tenant_guild_id = t.guild_id,
                                      .tenant = t.id,
                                      .now = now,
                                      .database_revision = t.revision};
    key_derive(key, SUBKEY_CONTROL, &sub);
    out->verdict = control_read(seen->text, seen->len, &sub, &context, &m);
    mem_wipe(&sub, sizeof sub);
    out->revision = t.revision;
    out->named = m.revision;
    rc = 0;
    /* A message that is ahead spends its nonce too: it must not count later, when the database has caught up.
     */
    if (out->verdict == CONTROL_OK || out->verdict == CONTROL_AHEAD)
        rc = nonce_take(s, t.id, m.nonce, now, &replayed, e);
    if (rc == 0 && replayed)
        out->verdict = CONTROL_REPLAYED;
    if (rc == 0 && out->verdict == CONTROL_OK) {
        out->snapshot = snapshot_new(&t, features);
        out->hash_differs = m.revision == out->revision && !str_equal(m.sha256, out->snapshot->hash);
    }
end:
    tenant_release(&t);
    return rc;
}

struct control_job {
    struct job job;
    struct instance *instance;
    struct control_seen seen;
    char *text;
    int64_t message_id;
    struct gateway_session session;
    struct control_judgement judgement;
};

static int job_run(struct job *job, struct store *s, struct error *e)
{
    struct control_job *j = (struct control_job *)job;
    if (control_judge(s, j->instance->daemon->features, &j->seen, time_now(), &j->judgement, e))
        return -1;
    /* Spent in the commit that holds its nonce: a RESUME after a crash begins behind it. */
    return sessions_save(s, j->seen.tenant, &j->session, e);
}

static void job_reset(struct job *job)
{
    struct control_job *j = (struct control_job *)job;
    snapshot_drop(j->judgement.snapshot);
    j->judgement = (struct control_judgement){0};
}

static void obey(struct control_job *j)
{
    struct instance *in = j->instance;
    struct control_judgement *found = &j->judgement;
    bool newer = found->snapshot->tenant.revision > in->snapshot->tenant.revision;
    if (found->hash_differs) {
        log_event(LEVEL_WARN, in->id, "control", "differs: another configuration at revision %lld",
                  (long long)found->revision);
        in->hash_differs = true;
        if (!newer)
            status_changed(in);
    } else {
        in->react_channel = j->seen.channel_id;
        in->react_message = j->message_id;
    }
    if (newer) {
        bool differs = found->hash_differs;
        instance_apply(in, found->snapshot, "discord");
        in->hash_differs = differs;
    } else if (!found->hash_differs) {
        status_applied(in); /* what it runs already; the check mark follows */
    }
}

static void log_ignored(const struct control_job *j)
{
    const struct control_judgement *found = &j->judgement;
    const char *word = control_verdict_words[found->verdict];
    if (found->verdict == CONTROL_AHEAD)
        log_event(LEVEL_WARN, j->instance->id, "control",
                  "ignored: %s message=%" PRId64 ": it names revision %" PRId64
                  ", the database is at %" PRId64
                  "; was an older copy of it put in its place, or is this bot "
                  "used with another database too?",
                  word, j->message_id, found->named, found->revision);
    else
        log_event(LEVEL_WARN, j->instance->id, "control", "ignored: %s message=%" PRId64 " author=%" PRId64,
                  word, j->message_id, j->seen.author_id);
}

static void job_done(struct job *job, const struct error *failed)
{
    struct control_job *j = (struct control_job *)job;
    struct instance *in = j->instance;
    if (failed) {
        log_event(LEVEL_ERROR, in->id, "control", "not judged: %s", failed->message);
    } else if (j->judgement.verdict != CONTROL_OK) {
        if (j->judgement.verdict != CONTROL_NOT)
            log_ignored(j);
    } else if (!in->stopped) {
        log_event(LEVEL_INFO, in->id, "control", "taken: revision=%lld", (long long)j->judgement.revision);
        obey(j);
    }
    snapshot_drop(j->judgement.snapshot);
    free(j->text);
    instance_drop(in);
    free(j);
}

/* Any member may write the prefix: lines so many in the window of limits.h, and that there were more. */
#define IGNORED_RATE 20
#define IGNORED_KEY INT64_MIN /* no member's */

static void ignored(struct instance *in, enum control_verdict verdict, int64_t message_id, int64_t author_id)
{
    int64_t wait;
    bool first;
    if (limits_take(in->daemon->limits, in->id, IGNORED_KEY, NULL, 0, IGNORED_RATE, time_monotonic(), &wait,
                    &first) == LIMIT_PASS)
        log_event(LEVEL_WARN, in->id, "control", "ignored: %s message=%lld author=%lld",
                  control_verdict_words[verdict], (long long)message_id, (long long)author_id);
    else if (first)
        log_event(LEVEL_WARN, in->id, "control", "ignored: more than are logged");
}

void control_message_seen(struct instance *in, const struct json *message)
{
    const int64_t id = json_get_id(message, "id"), author_id = json_id(json_at(message, "author.id"));
    const int64_t guild_id = json_get_id(message, "guild_id");
    /* What costs no look at the database is judged here, so that members cannot make it write. */
    if (author_id != in->bot_id || !in->bot_id || guild_id != in->guild_id) {
        bool own = author_id == in->bot_id && in->bot_id;
        ignored(in, own ? CONTROL_FOREIGN : CONTROL_FORGED, id, author_id);
        return;
    }
    if (instance_handled(in, id))
        return;
    struct control_job *j = mem_zero(1, sizeof *j);
    j->job.run = job_run;
    j->job.reset = job_reset;
    j->job.done = job_done;
    j->job.soft = true;
    j->instance = instance_hold(in);
    j->text = mem_strdup(json_get_string(message, "content"));
    j->message_id = id;
    j->seen = (struct control_seen){.author_id = author_id,
                                    .bot_id = in->bot_id,
                                    .channel_id = json_get_id(message, "channel_id"),
                                    .guild_id = guild_id,
                                    .tenant = in->id,
                                    .text = j->text,
                                    .len = strlen(j->text)};
    session_of(in, &j->session);
    executor_submit(in->daemon->writer, &j->job);
}
