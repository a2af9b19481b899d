#include "resolve.h"

#include <stdlib.h>

#include "tt/base/mem.h"
#include "tt/store/customers.h"

static int customer_value(struct value *v, const char *name, const struct tenant_scope *scope,
                          struct error *e)
{
    struct customer customer;

    if (!v->given || v->number)
        return 0;
    if (customers_load_growid(scope, v->given, &customer, e)) {
        if (!e || e->code != ERROR_NO_SUCH)
            return -1;
        str_copy(e->field, sizeof e->field, name);
        return error_hint(e, "`register %s USER %s` makes one; USER is a Discord id or mention",
                          scope->tenant, v->given);
    }
    v->number = customer.user_id;
    free(v->normal);
    v->normal = mem_format("%lld", (long long)v->number);
    return 0;
}

int resolve_users(struct parsed *p, struct store *store, const struct tenant *t, struct error *e)
{
    struct tenant_scope scope = scope_of(store, t->id);
    const struct command_spec *spec = p->spec;

    for (size_t i = 0; i < spec_arg_count(spec); i++)
        if (spec->args[i].type == ARG_USER && customer_value(&p->args[i], spec->args[i].name, &scope, e))
            return -1;
    for (size_t i = 0; i < spec_option_count(spec); i++)
        if (spec->options[i].type == ARG_USER && customer_value(&p->own[i], spec->options[i].name, &scope, e))
            return -1;
    return 0;
}
