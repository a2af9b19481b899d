/* What the shop's commands share. */
#ifndef TT_COMMAND_CMD_SHOP_H
#define TT_COMMAND_CMD_SHOP_H

#include "cmd_shared.h"

#include "tt/domain/money.h"
#include "tt/store/products.h"
#include "tt/store/scope.h"

#define GROUP_SHOP "Shop"
#define GROUP_CUSTOMERS "Customers and sales"
#define GROUP_RENTING "Renting"

/* Operators; the renter who has the permission; and renter's staff. */
#define RIGHT_SHOP(permission_)                                                           \
    {                                                                                     \
        .role = ROLE_OPERATOR, .renter = true, .permission = (permission_), .staff = true \
    }

/* The tenant of the command. */
struct tenant_scope command_scope(const struct command_context *c);

/* After a registration that failed: where the plan has no room for it, name the one that has. Returns -1. */
int members_full(const struct tenant *t, struct error *e);

/* RFC 3339 with milliseconds; 0 is null. */
void json_set_time(struct json *object, const char *key, int64_t ms);

#endif
