/* Where the gateway is. Bots remember what GET /gateway/bot said when they began; one that finds nobody there
 * asks again, for all of them. */
#include "daemon.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define ASK_TIMEOUT_MS 20000
#define ASK_GAP_MS 3000 /* thousands of bots lose their gateway in the same moment */
#define MISSES_LEAST 2  /* one lost connection is the network's ordinary life */

static void tell(struct bot_daemon *d, const char *url)
{
    for (size_t b = 0; b < DAEMON_BUCKETS; b++) {
        for (struct instance *in = d->table[b]; in; in = in->hash_next) {
            if (in->gateway)
                gateway_set_url(in->gateway, url);
        }
    }
}

/* An answer that does not come is nothing to be told: the bot that asked goes on saying what it misses. */
static void on_address(void *context, const struct rest_answer *a)
{
    struct instance *in = context;
    struct bot_daemon *d = in->daemon;
    const char *url = a->result == REST_OK ? json_get_string(a->body, "url") : NULL;

    d->address_asking = false;
    if (url && !d->stopping)
        tell(d, url);
    instance_drop(in);
}

void address_missed(struct instance *in)
{
    struct bot_daemon *d = in->daemon;
    int64_t now = time_monotonic();

    if (++in->misses < MISSES_LEAST || d->address_asking || d->stopping || !in->rest)
        return;
    if (d->address_asked && now - d->address_asked < ASK_GAP_MS)
        return;
    d->address_asking = true;
    d->address_asked = now;
    struct rest_request request = {.method = "GET",
                                   .path = "/gateway/bot",
                                   .timeout_ms = ASK_TIMEOUT_MS,
                                   .done = on_address,
                                   .context = instance_hold(in)};
    rest_send(in->rest, &request);
}
