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

#define ITEMS(n_) ((n_) == 1 ? "item" : "items")

/* The tenant of the command. */
struct tenant_scope command_scope(const struct command_context *c);

/* After a registration that failed: where the plan has no room for it, name the one that has. Returns -1. */
int members_full(const struct tenant *t, struct error *e);

/* Set "starts_at", "ends_at" and "auto_renew" of the tenant's rental term; null where it has none. */
int rent_members(const struct command_context *c, struct json *object, struct error *e);

/* RFC 3339 with milliseconds; 0 is null. */
void json_set_time(struct json *object, const char *key, int64_t ms);

/* Deliveries were queued, from the number FIRST on: for --dry-run, how they are made. */
void deliveries_queued(struct command_context *c, int64_t first);
/* The same for goods: where nobody will send them as things are, say so. */
void goods_queued(struct command_context *c, int64_t first);

/* Write a document that has MONEY in it (see struct writer). */
void money_document(const struct command_context *c, const struct json *document, const char *const *money);

/* Append an amount as sentences say it: "15 BGL (150,000 WL)". */
void money_words(const struct command_context *c, int64_t wl, struct str *out);

#endif
