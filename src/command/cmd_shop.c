#include "cmd_shop.h"

#include "tt/base/time.h"

struct tenant_scope command_scope(const struct command_context *c)
{
    return scope_of(c->store, c->tenant.id);
}

void json_set_time(struct json *object, const char *key, int64_t ms)
{
    char text[TIME_TEXT];

    if (ms)
        json_set_string(object, key, time_format_ms(ms, text));
    else
        json_set_null(object, key);
}
