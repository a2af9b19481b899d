/* One tenant's part of the database. Functions on what a tenant owns (products, stock, customers, money) take
 * a scope, never a bare store, and their SQL binds tenant_id from it, so that none can reach another tenant's
 * rows. The few that cross tenants take a store and say so in their header. */
#ifndef TT_STORE_SCOPE_H
#define TT_STORE_SCOPE_H

#include "tt/domain/tenant.h"
#include "tt/store/store.h"

struct tenant_scope {
    struct store *store; /* borrowed */
    char tenant[TENANT_ID_TEXT];
};

/* A plain value: copy it, nothing to release. Whether the tenant exists is not asked. */
struct tenant_scope scope_of(struct store *s, const char *tenant);
/* 0 when the tenant is there and not deleted; ERROR_NO_SUCH otherwise. */
int scope_require(const struct tenant_scope *c, struct error *e);

#endif
