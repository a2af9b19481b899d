/* Switching to a new configuration while the bot runs. */
#include "daemon.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

struct json *presence_of(const struct tenant *t)
{
    const char *activity = tenant_config(t, CONFIG_ACTIVITY);
    struct json *presence = json_new_object();
    json_set_null(presence, "since");
    struct json *list = json_set(presence, "activities", json_new_array());
    if (activity) {
        struct json *entry = json_push(list, json_new_object());
        json_set_string(entry, "name", activity);
        json_set_int(entry, "type", 0);
    }
    json_set_string(presence, "status", "online");
    json_set_bool(presence, "afk", false);
    return presence;
}

static void switch_modules(struct instance *in, const struct tenant *before, const struct tenant *after)
{
    for (const struct module *const *m = modules; *m; m++) {
        bool was = module_on(*m, before), is = module_on(*m, after);
        if (was == is)
            continue;
        log_event(LEVEL_INFO, in->id, "module", "%s %s", feature_words[(*m)->spec->feature],
                  is ? "on" : "off");
    }
}

void instance_apply(struct instance *in, struct snapshot *snapshot, const char *notified)
{
    struct snapshot *before = in->snapshot;
    in->snapshot = snapshot_hold(snapshot);
    in->hash_differs = false;
    str_copy(in->notified, sizeof in->notified, notified);
    uv_timer_stop(&in->look);
    switch_modules(in, &before->tenant, &snapshot->tenant);
    if (in->phase == PHASE_READY && !str_equal(tenant_config(&before->tenant, CONFIG_ACTIVITY),
                                               tenant_config(&snapshot->tenant, CONFIG_ACTIVITY))) {
        struct json *presence = presence_of(&snapshot->tenant);
        gateway_send_presence(in->gateway, presence);
        json_free(presence);
    }
    catchup_applied(in, &before->tenant);
    snapshot_drop(before);
    status_applied(in);
    live_stock_touch(in);
}
