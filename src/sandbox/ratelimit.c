#include "ratelimit.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define GLOBAL_LIMIT 50

struct bucket {
    int left;
    int64_t reset; /* monotonic ms */
};

void ratelimit_release(struct box *b)
{
    for (size_t i = 0; i < b->bucket_list.count; i++)
        free(b->bucket_list.items[i]);
    list_drop(&b->bucket_list);
    table_release(&b->buckets);
}

/* The resource at the top of the path: channel, guild, or webhook with its token. */
static int64_t bucket_key(const struct request *r)
{
    char text[512];
    const char *t = r->route->template;
    bool top = str_starts(t, "/channels/{") || str_starts(t, "/guilds/{") || str_starts(t, "/webhooks/{");
    bool token = str_starts(t, "/webhooks/{webhook_id}/{webhook_token}");
    snprintf(text, sizeof text, "%lld/%s/%s/%s", (long long)(r->bot ? r->bot->id : 0), r->route->bucket,
             top ? r->args[0] : "", token ? r->args[1] : "");
    return table_key(text);
}

static void too_many(struct request *r, int64_t wait_ms, const char *scope, bool global)
{
    struct json *o = json_new_object();
    json_set_string(o, "message", "You are being rate limited.");
    json_set(o, "retry_after", json_new_number((double)wait_ms / 1000));
    json_set_bool(o, "global", global);
    json_set_int(o, "code", 0);
    answer_json(r, 429, o);
    str_addf(&r->headers, "Retry-After: %lld\r\nX-RateLimit-Scope: %s\r\n", (long long)(wait_ms + 999) / 1000,
             scope);
    if (global)
        str_add(&r->headers, "X-RateLimit-Global: true\r\n");
}

static bool global_hit(struct request *r)
{
    struct bot *b = r->bot;
    int64_t now = time_monotonic();
    if (now - b->global_since >= 1000) {
        b->global_since = now;
        b->global_used = 0;
    }
    if (b->global_used < GLOBAL_LIMIT) {
        b->global_used++;
        return false;
    }
    too_many(r, b->global_since + 1000 - now, "global", true);
    return true;
}

static bool bucket_hit(struct request *r)
{
    int64_t key = bucket_key(r), now = time_monotonic();
    struct bucket *k = table_get(&r->box->buckets, key);
    if (!k) {
        k = mem_zero(1, sizeof *k);
        table_put(&r->box->buckets, key, k);
        list_push(&r->box->bucket_list, k);
    }
    if (now >= k->reset) {
        k->left = r->route->limit;
        k->reset = now + r->route->window_ms;
    }
    bool over = k->left == 0;
    int64_t wait = k->reset - now, at = world_now(&r->box->world) + wait;
    if (over)
        too_many(r, wait, "user", false);
    else
        k->left--;
    str_addf(&r->headers,
             "X-RateLimit-Limit: %d\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %lld.%03d\r\n"
             "X-RateLimit-Reset-After: %lld.%03d\r\nX-RateLimit-Bucket: %016llx\r\n",
             r->route->limit, k->left, (long long)at / 1000, (int)(at % 1000), (long long)wait / 1000,
             (int)(wait % 1000), (unsigned long long)table_key(r->route->bucket));
    return over;
}

bool ratelimit_hit(struct request *r)
{
    if (!r->box->world.limits.rate)
        return false;
    if (r->bot && !(r->route->flags & ROUTE_NO_GLOBAL) && global_hit(r))
        return true;
    return r->route->bucket && bucket_hit(r);
}
