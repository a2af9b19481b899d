#include "session.h"

#include <assert.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

struct command_session *session_new(const struct session_options *options)
{
    struct command_session *session = mem_zero(1, sizeof *session);

    session->options = *options;
    session->actor = *options->actor;
    session->options.actor = &session->actor;
    return session;
}

void session_free(struct command_session *session)
{
    if (!session)
        return;
    if (session->batch)
        session_batch_end(session, false, NULL);
    free(session);
}

void session_set_actor(struct command_session *session, const struct actor *actor)
{
    session->actor = *actor;
}

void session_set_store(struct command_session *session, struct store *store)
{
    session->options.store = store;
}

int64_t session_now(const struct command_session *session)
{
    return session->options.now ? session->options.now() : time_now();
}

const struct ports *session_ports(const struct command_session *session)
{
    return session->options.ports ? session->options.ports : &session->no_ports;
}

int session_batch_begin(struct command_session *session, struct error *e)
{
    assert(!session->batch);
    if (!session->options.store)
        return error_set(e, ERROR_DB_MISSING, NULL, "no database is open");
    if (store_begin(session->options.store, e))
        return -1;
    session->batch = true;
    return 0;
}

void session_keep_refusal(struct command_session *session, const struct audit_entry *entry)
{
    struct refusal *r;

    session->refusals = mem_resize(session->refusals, session->refusal_count + 1, sizeof *session->refusals);
    r = &session->refusals[session->refusal_count++];
    *r = (struct refusal){.time = entry->time, .actor = session->actor, .line = mem_strdup(entry->command)};
    if (entry->tenant)
        str_copy(r->tenant, sizeof r->tenant, entry->tenant);
}

/* The place of TENANT in `raised`, or where it belongs. */
static size_t raised_at(const struct command_session *session, const char *tenant, bool *there)
{
    size_t low = 0, high = session->raised_count;

    *there = false;
    while (low < high && !*there) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(session->raised[middle], tenant);

        if (order < 0)
            low = middle + 1;
        else
            high = middle;
        *there = order == 0;
    }
    return high;
}

bool session_raised(const struct command_session *session, const char *tenant)
{
    bool there;

    raised_at(session, tenant, &there);
    return there;
}

void session_note_raised(struct command_session *session, const char *tenant)
{
    bool there;
    size_t at = raised_at(session, tenant, &there);

    if (there)
        return;
    session->raised = mem_resize(session->raised, session->raised_count + 1, sizeof *session->raised);
    memmove(session->raised + at + 1, session->raised + at,
            (session->raised_count++ - at) * sizeof *session->raised);
    str_copy(session->raised[at], sizeof session->raised[at], tenant);
}

static void write_refusals(struct command_session *session)
{
    struct store *s = session->options.store;
    int64_t audit;
    bool open = session->refusal_count && store_begin(s, NULL) == 0, failed = false;

    for (size_t i = 0; i < session->refusal_count; i++) {
        struct refusal *r = &session->refusals[i];
        struct audit_entry entry = {
            .time = r->time,
            .tenant = r->tenant[0] ? r->tenant : NULL,
            .who = r->actor.who,
            .face = face_words[r->actor.face],
            .command = r->line,
            .refused = true,
        };

        failed = failed || !open || audit_add(s, &entry, &audit, NULL);
        free(r->line);
    }
    if (open && (failed || store_commit(s, NULL)))
        store_rollback(s);
    free(session->refusals);
    session->refusals = NULL;
    session->refusal_count = 0;
}

int session_batch_end(struct command_session *session, bool commit, struct error *e)
{
    int result = 0;

    assert(session->batch);
    session->batch = false;
    free(session->raised);
    session->raised = NULL;
    session->raised_count = 0;
    if (commit)
        result = store_commit(session->options.store, e);
    else
        store_rollback(session->options.store);
    write_refusals(session);
    return result;
}
