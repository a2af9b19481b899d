#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/time.h"

struct tenant_scope command_scope(const struct command_context *c)
{
    return scope_of(c->store, c->tenant.id);
}

int members_full(const struct tenant *t, struct error *e)
{
    int64_t room = plan_limits(t->plan)->registered_members, more;
    int larger = (int)t->plan;
    char text[24] = "any number";

    if (!e || e->code != ERROR_NOT_IN_PLAN)
        return -1;
    while (larger < PLAN_COUNT - 1 && plan_limits((enum plan)larger)->registered_members == room)
        larger++;
    more = plan_limits((enum plan)larger)->registered_members;
    if (more != LIMIT_NONE)
        snprintf(text, sizeof text, "%" PRId64, more);
    error_set(e, ERROR_NOT_IN_PLAN, "user",
              "plan %s of %s has room for %" PRId64 " registered members; plan %s for %s",
              plan_words[t->plan], t->id, room, plan_words[larger], text);
    return error_hint(e, "plan %s %s", t->id, plan_words[larger]);
}

void json_set_time(struct json *object, const char *key, int64_t ms)
{
    char text[TIME_TEXT];

    if (ms)
        json_set_string(object, key, time_format_ms(ms, text));
    else
        json_set_null(object, key);
}
