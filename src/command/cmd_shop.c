#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/renting.h"
#include "writer_text.h"

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

int rent_members(const struct command_context *c, struct json *object, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct rent rent;

    if (rents_load(&scope, &rent, e))
        return -1;
    json_set_time(object, "starts_at", rent.starts_at);
    json_set_time(object, "ends_at", rent.ends_at);
    if (rent.set)
        json_set_bool(object, "auto_renew", rent.auto_renew);
    else
        json_set_null(object, "auto_renew");
    return 0;
}

void json_set_time(struct json *object, const char *key, int64_t ms)
{
    char text[TIME_TEXT];

    if (ms)
        json_set_string(object, key, time_format_ms(ms, text));
    else
        json_set_null(object, key);
}

void deliveries_queued(struct command_context *c, int64_t first)
{
    if (!c->options->dry_run || !c->ports->deliveries_plan || tenant_silent(&c->tenant))
        return;
    c->foretold = json_new_object();
    json_set(c->foretold, "discord", c->ports->deliveries_plan(c->ports->context, &c->tenant, first));
}

void goods_queued(struct command_context *c, int64_t first)
{
    static const struct {
        const char *silent, *text;
    } reasons[] = {
        {"no_token", "has no token"},
        {"stopped", "has its bot stopped"},
        {"suspended", "is suspended"},
        {"expired", "is expired"},
    };
    const char *silent = tenant_silent(&c->tenant);

    deliveries_queued(c, first);
    if (c->options->dry_run)
        return;
    for (size_t i = 0; silent && i < sizeof reasons / sizeof *reasons; i++)
        if (str_equal(reasons[i].silent, silent))
            c->notice = mem_format("the goods are queued: %s %s", c->tenant.id, reasons[i].text);
    if (!silent && !daemon_lock_serves(store_path(c->store), c->tenant.id))
        c->notice = mem_format("the goods are queued: no daemon serves %s", c->tenant.id);
}

void money_document(const struct command_context *c, const struct json *document, const char *const *money)
{
    c->w->money = money;
    writer_document(c->w, document);
    c->w->money = NULL;
}

void money_words(const struct command_context *c, int64_t wl, struct str *out)
{
    struct money_units units = money_units_of(&c->tenant);
    size_t at = out->len;

    money_format(wl, &units, out);
    if (strspn(str_text(out) + at, "0123456789 WL") == out->len - at)
        return;
    str_add(out, " (");
    text_thousands(out, wl);
    str_add(out, " WL)");
}
