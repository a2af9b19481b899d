/* An attempt without an outcome may have arrived. While Discord still knows its nonce, the same message sent
 * again is no second one; later the channel is read from before the attempt on, oldest first, however much
 * was said there since. */
#include "outbound.h"

#include <inttypes.h>

#include "tt/base/log.h"
#include "tt/base/time.h"

#define NONCE_MS (120 * 1000) /* a nonce is good for that long at least */
#define PAGE 100

static void ask(struct sending *s);

static void on_page(void *context, const struct rest_answer *a)
{
    struct sending *s = context;
    int64_t before = s->seen_id;
    if (a->result != REST_OK) {
        sending_failed(s, a, false);
        return;
    }
    json_each(message, a->body)
    {
        int64_t id = json_get_id(message, "id");
        s->seen_id = id > s->seen_id ? id : s->seen_id;
        if (json_id(json_at(message, "author.id")) != s->instance->bot_id || !package_is(s->package, message))
            continue;
        log_event(LEVEL_INFO, s->package->tenant, "delivery", "%" PRId64 " had arrived",
                  s->package->delivery);
        sending_arrived(s);
        return;
    }
    if (json_count(a->body) >= PAGE && s->seen_id > before) {
        ask(s);
        return;
    }
    s->package->tried_at = 0; /* none of those attempts has arrived */
    sending_post(s);
}

static void ask(struct sending *s)
{
    char path[128];
    snprintf(path, sizeof path, "/channels/%" PRId64 "/messages?after=%" PRId64 "&limit=%d", s->channel,
             s->seen_id, PAGE);
    sending_request(s, "GET", path, NULL, NULL, on_page);
}

/* By our clock, which may have been set back since, and by Discord's, as far as it has told. */
static bool is_old(const struct sending *s)
{
    const struct package *p = s->package;
    int64_t age = time_now() - p->tried_at, date = rest_date(s->instance->daemon->rest);
    return age < 0 || age >= NONCE_MS || p->after_id < snowflake_since(date - NONCE_MS);
}

void search_or_post(struct sending *s)
{
    const struct package *p = s->package;
    if (!p->tried_at || !is_old(s)) {
        sending_post(s);
        return;
    }
    s->seen_id = p->after_id;
    ask(s);
}
