/* What a limiter knows, told to another one of the same token. */
#include "limiter_inside.h"

#include "tt/base/mem.h"

#define STATE_BUCKETS 64
#define STATE_LONGEST_MS 3600000

/* What stands in a path of a webhook or an interaction is a credential. */
static bool may_be_told(const struct limiter_bucket *b)
{
    return !strstr(b->name, "|webhooks/") && !strstr(b->name, "|interactions/");
}

static int64_t left(int64_t until, int64_t now)
{
    return until > now ? until - now : 0;
}

static bool tell_bucket(const struct limiter_bucket *b, int64_t now, struct json *buckets)
{
    bool window = b->known && b->limit > 0 && b->reset_at > now;
    if ((!window && b->blocked_until <= now) || !may_be_told(b) || json_count(buckets) >= STATE_BUCKETS)
        return false;
    struct json *j = json_push(buckets, json_new_object());
    json_set_string(j, "name", b->name);
    json_set_int(j, "blocked", left(b->blocked_until, now));
    if (window) {
        json_set_int(j, "limit", b->limit);
        json_set_int(j, "remaining", b->remaining > 0 ? b->remaining : 0);
        json_set_int(j, "reset", b->reset_at - now);
    }
    return true;
}

/* The patterns of the buckets that Discord has named and that are told of. */
static void tell_patterns(const struct limiter *l, const struct json *buckets, struct json *patterns)
{
    for (const struct pattern *t = l->patterns; t; t = t->next) {
        size_t n = t->bucket ? strlen(t->bucket) : 0;
        bool told = false;
        json_each(bucket, buckets)
        {
            const char *name = json_get_string(bucket, "name");
            told = told || (n && *name == '=' && strncmp(name + 1, t->bucket, n) == 0 && name[n + 1] == '|');
        }
        if (told)
            json_set_string(patterns, t->name, t->bucket);
    }
}

struct json *limiter_state(const struct limiter *l, int64_t now)
{
    struct json *state = json_new_object(), *buckets = json_set(state, "buckets", json_new_array()),
                *sent = json_set(state, "sent", json_new_array());
    bool any = l->global_until > now;
    for (const struct limiter_bucket *b = l->buckets; b; b = b->next)
        any |= tell_bucket(b, now, buckets);
    for (unsigned i = 0; i < LIMITER_GLOBAL; i++) {
        int64_t at = l->sent[(l->sent_next + i) % LIMITER_GLOBAL];
        if (at + 1000 > now)
            json_push(sent, json_new_int(now - at));
    }
    if (!any && !json_count(sent)) {
        json_free(state);
        return NULL;
    }
    json_set_int(state, "global", left(l->global_until, now));
    tell_patterns(l, buckets, json_set(state, "patterns", json_new_object()));
    return state;
}

/* The moment that was LEFT ms away AGE ms ago. */
static int64_t moment(const struct json *j, const char *key, int64_t age, int64_t now)
{
    int64_t ms = json_get_int(j, key, 0);
    return now + (ms < 0 ? 0 : ms > STATE_LONGEST_MS ? STATE_LONGEST_MS : ms) - age;
}

static void learn_told(struct limiter *l, const struct json *j, int64_t age, int64_t now)
{
    const char *name = json_get_string(j, "name"), *bar = name ? strchr(name, '|') : NULL;
    int64_t blocked = moment(j, "blocked", age, now), reset = moment(j, "reset", age, now);
    int limit = (int)json_get_int(j, "limit", 0), remaining = (int)json_get_int(j, "remaining", 0);
    if (!bar || (blocked <= now && reset <= now))
        return;
    char *kind = mem_strndup(name, (size_t)(bar - name));
    struct limiter_bucket *b = bucket_get(l, kind, "", bar + 1);
    free(kind);
    if (blocked > b->blocked_until)
        b->blocked_until = blocked;
    if (limit <= 0 || reset <= now || (b->known && b->reset_at > reset + 500))
        return;
    bool same = b->known && b->reset_at > reset - 500;
    remaining -= b->in_flight; /* which nobody may have counted */
    if (!same || remaining < b->remaining)
        b->remaining = remaining > 0 ? remaining : 0;
    b->limit = limit;
    b->reset_at = reset;
    b->known = true;
}

void limiter_learn(struct limiter *l, const struct json *state, int64_t age, int64_t now)
{
    int64_t global = moment(state, "global", age, now);
    if (age < 0 || age > STATE_LONGEST_MS)
        return;
    if (global > now && global > l->global_until)
        l->global_until = global;
    json_each(pattern, json_get(state, "patterns"))
    {
        struct pattern *t = pattern_get(l, json_key(pattern));
        if (!t->bucket)
            t->bucket = mem_strdup(json_string(pattern));
    }
    json_each(bucket, json_get(state, "buckets")) learn_told(l, bucket, age, now);
    json_each(ago, json_get(state, "sent"))
    {
        int64_t at = now - age - json_int(ago, 1000);
        if (at + 1000 <= now || at > now ||
            l->sent[(l->sent_next + LIMITER_GLOBAL - 1) % LIMITER_GLOBAL] > at)
            continue;
        l->sent[l->sent_next] = at;
        l->sent_next = (l->sent_next + 1) % LIMITER_GLOBAL;
    }
}
