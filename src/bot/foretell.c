/* What --dry-run tells of deliveries. */
#include "tt/bot/bot.h"

#include <inttypes.h>

#include "package.h"

struct foretelling {
    struct package *first, **end;
};

static void keep(void *context, const struct delivery *row)
{
    struct foretelling *f = context;
    if (row->state != DELIVERY_PENDING)
        return;
    struct package *p = package_new(row);
    p->masked = true;
    *f->end = p;
    f->end = &p->next;
}

static struct json *add_call(struct json *calls, const char *path)
{
    struct json *call = json_push(calls, json_new_object());
    json_set_string(call, "method", "POST");
    json_set_string(call, "path", path);
    return call;
}

static void add_package(struct json *calls, const struct package *p)
{
    char path[64] = "/channels/:id/messages";
    int64_t channel = p->channel_id ? p->channel_id : p->dm_channel;
    if (channel) {
        snprintf(path, sizeof path, "/channels/%" PRId64 "/messages", channel);
    } else {
        struct json *open = add_call(calls, "/users/@me/channels");
        json_set_id(json_set(open, "body", json_new_object()), "recipient_id", p->user_id);
    }
    json_set(add_call(calls, path), "body", json_clone(p->document));
}

struct json *bot_deliveries_plan(struct store *s, const struct tenant *t, int64_t first)
{
    struct foretelling f = {.end = &f.first};
    struct tenant_scope scope = scope_of(s, t->id);
    struct json *calls = json_new_array();
    struct error e = {0};
    deliveries_from(&scope, first, keep, &f, &e);
    while (f.first) {
        struct package *p = f.first;
        f.first = p->next;
        package_fill(p, s);
        if (p->document)
            add_package(calls, p);
        package_free(p);
    }
    return calls;
}
