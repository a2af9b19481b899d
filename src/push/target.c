/* One tenant's run: what is leased, what there is to push with, its parts. */
#include "pusher.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/audit.h"

/* How long a lease outlives the request's own time limit: a killed console's rows come free after it. */
#define LEASE_SLACK_MS 5000
#define SWEEP_ROWS (2 * RUNS_QUIET * PUSH_KIND_COUNT)
/* When a pusher that sweeps, and could not read a token, tries again. */
#define UNREADABLE_RETRY_MS 60000

void target_clear_run(struct target *t)
{
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        push_call_release(&t->parts[k].call);
        t->parts[k] = (struct part){.target = t, .kind = (enum push_kind)k};
    }
    json_free(t->failed);
    t->failed = NULL;
    t->message_sent = false;
    t->reason[0] = t->none[0] = t->nonce[0] = '\0';
}

void target_free(struct target *t)
{
    target_clear_run(t);
    tenant_release(&t->tenant);
    if (t->bot)
        rest_bot_free(t->bot);
    free(t);
}

static void on_leased(void *context, const struct push_row *row)
{
    struct target *t = context;
    struct part *part = &t->parts[row->kind];
    part->row = *row;
    part->open = true;
}

static bool row_open(const struct target *t)
{
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        if (t->parts[k].open)
            return true;
    }
    return false;
}

static void on_waiting_row(void *context, const struct push_row *row)
{
    unsigned *kinds = context;
    if (row->state == PUSH_PENDING)
        *kinds |= 1u << row->kind;
}

/* Queue what differs though no row says so, and what waits for its next attempt. */
static int target_compare(struct target *t, struct error *e)
{
    struct pusher *p = t->pusher;
    struct str remote = STR_INIT;
    struct push_call call;
    char commands[SHA256_TEXT];
    unsigned kinds = 0;
    if (outbox_list(p->options.store, t->id, on_waiting_row, &kinds, e))
        return -1;
    plan_commands_remote(&p->memory, &t->tenant, p->options.features, p->options.admin_commands, commands);
    int rc = remote_get(p->options.store, t->id, REMOTE_COMMANDS, &remote, e);
    if (!str_equal(commands, str_text(&remote)))
        kinds |= 1u << PUSH_COMMANDS;
    str_clear(&remote);
    plan_nickname(&t->tenant, &call);
    if (rc == 0)
        rc = remote_get(p->options.store, t->id, REMOTE_NICKNAME, &remote, e);
    if (plan_differs(PUSH_NICKNAME, &call, str_text(&remote)))
        kinds |= 1u << PUSH_NICKNAME;
    push_call_release(&call);
    str_release(&remote);
    if (rc == 0 && kinds)
        rc = outbox_queue(p->options.store, t->id, t->tenant.revision, kinds, time_now(), e);
    return rc;
}

int part_timeout(const struct target *t)
{
    int64_t now = time_monotonic(), longest = 0;
    for (const struct request *r = t->requests; r; r = r->next) {
        int64_t left = r->r.wait_ms ? r->deadline - now : 5000;
        longest = left > longest ? left : longest;
    }
    if (!t->requests)
        return 30000;
    return (int)(longest < 1000 ? 1000 : longest > 30000 ? 30000 : longest);
}

/* Nobody waits long enough for a second attempt; the daemon makes it. */
int part_attempts(const struct target *t)
{
    for (const struct request *r = t->requests; r; r = r->next) {
        if (r->r.wait_ms)
            return 0;
    }
    return t->requests ? 1 : 0;
}

static void on_audit(void *context, const struct audit_entry *entry)
{
    int64_t *audit = context;
    if (!*audit && !entry->refused)
        *audit = entry->audit;
}

/* The number that Discord's own audit log shows beside the change. */
static void target_find_audit(struct target *t)
{
    struct audit_query q = {.tenant = t->id, .page = {.limit = 4}};
    int64_t next;
    t->audit = 0;
    audit_list(t->pusher->options.store, &q, on_audit, &t->audit, NULL, &next, NULL);
}

static int target_load(struct target *t, struct error *e)
{
    struct store *s = t->pusher->options.store;
    struct error why = {0};
    tenant_release(&t->tenant);
    if (tenants_load(s, t->id, &t->tenant, &why) == 0)
        return 0;
    if (why.code == ERROR_NO_SUCH) {
        tenant_release(&t->tenant);
        if (tenants_load_deleted(s, t->id, &t->tenant, &why) == 0)
            return 0;
    }
    if (e)
        *e = why;
    return -1;
}

/* Load the tenant and lease its rows, within the tick's transaction. */
int target_lease(struct target *t, struct error *e)
{
    struct pusher *p = t->pusher;
    struct store *s = p->options.store;
    if (target_load(t, e))
        return -1;
    const char *none = tenant_silent(&t->tenant);
    str_copy(t->none, sizeof t->none, none ? none : "");
    if (t->fresh && (remote_forget(s, t->id, e) || remote_set(s, t->id, REMOTE_NICKNAME, REMOTE_UNKNOWN, e)))
        return -1;
    if (t->compare && !none && target_compare(t, e))
        return -1;
    target_find_audit(t);
    int64_t now = time_now();
    return outbox_lease(s, t->id, p->owner, now, now + part_timeout(t) + LEASE_SLACK_MS, PUSH_KIND_COUNT,
                        on_leased, t, e);
}

/* Rows of this tenant that were not ours to take: what do they say of the control message? */
void target_row_left(void *context, const struct push_row *row)
{
    struct target *t = context;
    if (t->parts[row->kind].open)
        return;
    if (row->state == PUSH_LEASED) {
        t->look_again = time_monotonic() + 1000;
        return;
    }
    if (row->state == PUSH_FAILED) {
        if (!t->failed)
            t->failed = json_new_array();
        struct json *entry = json_push(t->failed, json_new_object());
        json_set_string(entry, "kind", push_kind_words[row->kind]);
        json_set_string(entry, "reason", row->reason);
    }
    if (row->kind == PUSH_CONTROL && !t->quiet)
        str_copy(t->reason, sizeof t->reason, row->state == PUSH_FAILED ? "forbidden" : "unreachable");
}

/* Each kind of push has calls, and so buckets, of its own. Its row's lease keeps two processes from making
 * them at once, and what one has learned of the token's limits is handed to the next. */
static const char *const limits_of[PUSH_KIND_COUNT] = {
    [PUSH_CONTROL] = REMOTE_LIMITS "control",   [PUSH_COMMANDS] = REMOTE_LIMITS "commands",
    [PUSH_NICKNAME] = REMOTE_LIMITS "nickname", [PUSH_CHANNELS] = REMOTE_LIMITS "channels",
    [PUSH_ROLES] = REMOTE_LIMITS "roles",
};

static void take_limits(struct target *t)
{
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        struct str text = STR_INIT;
        remote_get(t->pusher->options.store, t->id, limits_of[k], &text, NULL);
        struct json *limits = text.len ? json_parse(text.data, text.len, NULL) : NULL;
        if (limits)
            rest_bot_learn(t->bot, limits, time_now() - json_get_int(limits, "at", 0));
        json_free(limits);
        str_release(&text);
    }
}

void part_keep_limits(struct part *part)
{
    struct target *t = part->target;
    struct json *limits = part->called && t->bot ? rest_bot_limits(t->bot) : NULL;
    struct str text = STR_INIT;
    if (!limits)
        return;
    json_set_int(limits, "at", time_now());
    json_print(limits, &text);
    struct op *op = op_add(t->pusher, OP_REMOTE, t);
    op->what = limits_of[part->kind];
    op->value = str_take(&text);
    json_free(limits);
}

/* An older token of this target would be refused for what the stored one may do. A new one is no news to
 * those that share the token: that it was refused stays known, until somebody says to try again. */
static void target_bot(struct target *t, const struct str *token)
{
    struct pusher *p = t->pusher;
    struct rest_bot *before = t->bot; /* until the new one shares its limiter */
    t->bot = rest_bot_new(p->options.rest, str_text(token));
    rest_bot_set_epoch(t->bot, t->tenant.epoch);
    if (before)
        rest_bot_free(before);
    take_limits(t);
}

static void target_refused(struct target *t)
{
    str_copy(t->reason, sizeof t->reason, "token_refused");
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        struct part *part = &t->parts[k];
        if (!part->open)
            continue;
        struct op *op = op_row(part, OP_RETRY);
        op->next_at = time_now() + 60 * 60 * 1000;
        str_copy(op->reason, sizeof op->reason, "token_refused");
        part->open = false;
    }
    requests_refused(t);
}

/* Nothing was tried, and another process may have the right key: its sweep takes the rows at once. */
static void target_unreadable(struct target *t, const struct error *e)
{
    bool key = e->code == ERROR_KEY_MISSING || e->code == ERROR_KEY_WRONG || e->code == ERROR_KEY_UNSAFE;
    const struct pusher *p = t->pusher;
    str_copy(t->reason, sizeof t->reason, key ? error_code_name(e->code) : "token_unreadable");
    log_event(LEVEL_ERROR, t->id, "push", "token cannot be read: %s%s%s", e->message, *e->hint ? "; " : "",
              e->hint);
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        struct part *part = &t->parts[k];
        if (!part->open)
            continue;
        struct op *op = op_row(part, OP_GIVE_BACK);
        op->next_at = p->sweeping ? time_now() + UNREADABLE_RETRY_MS : 0;
        str_copy(op->reason, sizeof op->reason, t->reason);
        part->open = false;
    }
}

static void part_none(struct part *part)
{
    op_row(part, OP_DONE);
    part->open = false;
}

/* The rows are leased and committed: make the calls. */
void target_start(struct target *t)
{
    struct pusher *p = t->pusher;
    struct str token = STR_INIT;
    struct error e = {0};
    t->running = true;
    t->run++;
    for (struct request *r = t->requests; r; r = r->next)
        r->begun_at = r->begun_at ? r->begun_at : time_monotonic();
    t->wanted = t->fresh = t->compare = false;
    if (!*t->none && t->tenant.token == TOKEN_REFUSED) {
        target_refused(t);
    } else if (*t->none || !row_open(t)) {
        /* Nothing to push to: a bot that comes up is compared with what Discord shows, rows or not. */
        for (int k = 0; k < PUSH_KIND_COUNT; k++) {
            if (t->parts[k].open)
                part_none(&t->parts[k]);
        }
    } else if (tokens_get(p->options.store, t->id, &token, &e)) {
        target_unreadable(t, &e);
    }
    const struct key *key = row_open(t) ? store_key(p->options.store, &e) : NULL;
    struct key sub = {0};
    if (key) {
        key_derive(key, SUBKEY_CONTROL, &sub);
        target_bot(t, &token);
    }
    t->open_parts = 1; /* this function's own, so that answers cannot end the run under it */
    for (int k = 0; k < PUSH_KIND_COUNT; k++) {
        struct part *part = &t->parts[k];
        if (!part->open)
            continue;
        if (k == PUSH_CONTROL && (!t->tenant.channels[CHANNEL_CONTROL] || (t->requests && t->quiet))) {
            part_none(part);
            continue;
        }
        part_plan(part, &sub);
        t->open_parts++;
        part_start(part);
    }
    if (!t->parts[PUSH_CONTROL].open && !t->look_again)
        requests_settle_control(t);
    mem_wipe(&sub, sizeof sub);
    str_wipe(&token);
    target_finish_part(t);
}

void target_finish_part(struct target *t)
{
    if (--t->open_parts)
        return;
    t->running = false;
    t->quiet = true;
    for (const struct request *r = t->requests; r; r = r->next)
        t->quiet &= r->r.acknowledge != ACKNOWLEDGE_REVISION;
    if (!t->look_again)
        requests_settle_parts(t);
    pusher_wake(t->pusher, t->look_again ? t->look_again : 0);
}

struct sweep {
    struct pusher *p;
    size_t room;
};

static void on_due(void *context, const struct push_row *row)
{
    struct sweep *sweep = context;
    if (!sweep->room) {
        sweep->p->sweep_left = sweep->p->sweep_full = true;
        return;
    }
    struct target *t = target_of(sweep->p, row->tenant);
    if (t->chosen)
        return;
    if (t->running) {
        sweep->p->sweep_left = true;
        return;
    }
    target_clear_run(t);
    t->wanted = t->chosen = true;
    sweep->room--;
}

int targets_sweep(struct pusher *p, struct error *e)
{
    size_t runs = runs_under_way(p);
    struct sweep sweep = {.p = p, .room = runs < RUNS_QUIET ? RUNS_QUIET - runs : 0};
    p->sweep_left = p->sweep_full = false;
    return outbox_due(p->options.store, p->tenant, time_now() - SWEEP_GRACE_MS, SWEEP_ROWS, on_due, &sweep,
                      e);
}
