#include "journal.h"

#include <stddef.h>

#include "tt/store/purchase.h"
#include "tt/store/stock.h"

#define KEY_TEXT(column)                                  \
    {                                                     \
        .name = column, .kind = JOURNAL_TEXT, .key = true \
    }
#define KEY_ID(column)                                  \
    {                                                   \
        .name = column, .kind = JOURNAL_ID, .key = true \
    }
#define KEY_INT(column)                                  \
    {                                                    \
        .name = column, .kind = JOURNAL_INT, .key = true \
    }
#define SKIP(column)                         \
    {                                        \
        .name = column, .kind = JOURNAL_SKIP \
    }

/* A table of single values: key columns and one value. */
#define VALUE(table, column, value_kind, where, position)                                           \
    {                                                                                               \
        .name = column, .kind = value_kind, .get = "SELECT " column " FROM " table " WHERE " where, \
        .set = "UPDATE " table " SET " column " = " position " WHERE " where                        \
    }
#define TENANT_VALUE(column, value_kind, ...)                                                             \
    {                                                                                                     \
        .name = column, .kind = value_kind, .get = "SELECT " column " FROM tenants WHERE tenant_id = ?1", \
        .set = "UPDATE tenants SET " column " = ?2 WHERE tenant_id = ?1", __VA_ARGS__                     \
    }
#define PRODUCT_VALUE(column, value_kind, ...)                                                             \
    {                                                                                                      \
        .name = column, .kind = value_kind, .get = "SELECT " column " FROM products WHERE " WHERE_PRODUCT, \
        .set = "UPDATE products SET " column " = ?3 WHERE " WHERE_PRODUCT, __VA_ARGS__                     \
    }
#define STATEMENTS(table, where, columns, values)                                                    \
    .exists = "SELECT 1 FROM " table " WHERE " where, .erase = "DELETE FROM " table " WHERE " where, \
    .insert = "INSERT INTO " table " (" columns ") VALUES (" values ")"

#define WHERE_FEATURE "tenant_id = ?1 AND feature = ?2"
#define WHERE_PERMISSION "tenant_id = ?1 AND permission = ?2"
#define WHERE_TYPE "tenant_id = ?1 AND type = ?2"
#define WHERE_KEY "tenant_id = ?1 AND key = ?2"
#define WHERE_PRODUCT "tenant_id = ?1 AND product = ?2"
#define WHERE_ITEM "tenant_id = ?1 AND item = ?2"
#define WHERE_USER "tenant_id = ?1 AND user_id = ?2"
#define WHERE_RENT "tenant_id = ?1"
#define WHERE_PAYMENT "payment = ?1 AND tenant_id = coalesce(?2, tenant_id)"
#define WHERE_SETTING "tenant_id = ?1 AND feature = ?2 AND key = ?3"

/* An import comes and goes as a whole. */
static int turn_import(struct store *s, const struct json *key, bool forward, int64_t now, struct error *e)
{
    struct tenant_scope c = scope_of(s, json_get_string(key, "tenant_id"));
    int64_t product = json_get_int(key, "product", 0), batch = json_get_int(key, "batch", 0);
    return forward ? stock_restore(&c, product, batch, e) : stock_withdraw(&c, product, batch, now, e);
}

/* Goods that a buyer has are not taken back by a key. */
static int turn_transaction(struct store *s, const struct json *key, bool forward, int64_t now,
                            struct error *e)
{
    char id[RECEIPT_TEXT];
    (void)now;
    transactions_id(s, json_get_int(key, "tx", 0), id);
    error_set(e, ERROR_REFUSED, NULL, "%s: a sale or a delivery is not %s", id,
              forward ? "made again" : "undone");
    return error_hint(e, "`tx refund` with this id gives the money back");
}

/* Entries stay; others take them back, or make them again. One of a movement's two stands for both. */
static int turn_entry(struct store *s, const struct json *key, bool forward, int64_t now, struct error *e)
{
    struct tenant_scope c = scope_of(s, json_get_string(key, "tenant_id"));
    int64_t movement = json_get_int(key, "movement", 0);
    if (json_get_int(key, "entry", 0) != movement)
        return 0;
    return ledger_reverse(&c, movement, forward, now, NULL, e);
}

const struct journal_table journal_tables[] = {
    {
        .name = "tenants",
        .columns = {KEY_TEXT("tenant_id"), TENANT_VALUE("name", JOURNAL_TEXT),
                    TENANT_VALUE("discord_id", JOURNAL_ID), TENANT_VALUE("guild_id", JOURNAL_ID),
                    TENANT_VALUE("status", JOURNAL_TEXT), TENANT_VALUE("plan", JOURNAL_TEXT),
                    SKIP("revision"), SKIP("epoch"), TENANT_VALUE("wanted", JOURNAL_BOOL, .quiet = true),
                    SKIP("token"), SKIP("application_id"), SKIP("created_at"), SKIP("updated_at"),
                    TENANT_VALUE("deleted_at", JOURNAL_TIME, .quiet = true)},
        .exists = "SELECT 1 FROM tenants WHERE tenant_id = ?1",
    },
    {
        .name = "features",
        .columns = {KEY_TEXT("tenant_id"), KEY_TEXT("feature"),
                    VALUE("features", "enabled", JOURNAL_BOOL, WHERE_FEATURE, "?3")},
        STATEMENTS("features", WHERE_FEATURE, "tenant_id, feature, enabled", "?1, ?2, ?3"),
    },
    {
        .name = "channels",
        .columns = {KEY_TEXT("tenant_id"), KEY_TEXT("type"),
                    VALUE("channels", "channel_id", JOURNAL_ID, WHERE_TYPE, "?3")},
        STATEMENTS("channels", WHERE_TYPE, "tenant_id, type, channel_id", "?1, ?2, ?3"),
    },
    {
        .name = "permissions",
        .columns = {KEY_TEXT("tenant_id"), KEY_TEXT("permission"),
                    VALUE("permissions", "enabled", JOURNAL_BOOL, WHERE_PERMISSION, "?3")},
        STATEMENTS("permissions", WHERE_PERMISSION, "tenant_id, permission, enabled", "?1, ?2, ?3"),
    },
    {
        .name = "bot_config",
        .columns = {KEY_TEXT("tenant_id"), KEY_TEXT("key"),
                    VALUE("bot_config", "value", JOURNAL_TEXT, WHERE_KEY, "?3")},
        STATEMENTS("bot_config", WHERE_KEY, "tenant_id, key, value", "?1, ?2, ?3"),
    },
    {
        .name = "settings",
        .columns = {KEY_TEXT("tenant_id"), KEY_TEXT("feature"), KEY_TEXT("key"),
                    VALUE("settings", "value", JOURNAL_TEXT, WHERE_SETTING, "?4")},
        STATEMENTS("settings", WHERE_SETTING, "tenant_id, feature, key, value", "?1, ?2, ?3, ?4"),
    },
    {
        .name = "tokens",
        .columns = {KEY_TEXT("tenant_id"), {.name = "sealed", .kind = JOURNAL_SECRET}},
        .exists = "SELECT 1 FROM tokens WHERE tenant_id = ?1",
    },
    {
        .name = "operators",
        .columns = {KEY_ID("discord_id"), VALUE("operators", "role", JOURNAL_TEXT, "discord_id = ?1", "?2"),
                    SKIP("added_at")},
        STATEMENTS("operators", "discord_id = ?1", "discord_id, role, added_at", "?1, ?2, ?3"),
    },
    {
        .name = "transactions",
        .columns = {KEY_INT("tx"),
                    KEY_TEXT("tenant_id"),
                    {.name = "type", .kind = JOURNAL_TEXT},
                    {.name = "user_id", .kind = JOURNAL_ID},
                    SKIP("product"),
                    {.name = "code", .kind = JOURNAL_TEXT},
                    {.name = "quantity", .kind = JOURNAL_INT},
                    {.name = "total", .kind = JOURNAL_INT},
                    {.name = "status", .kind = JOURNAL_TEXT},
                    {.name = "delivery", .kind = JOURNAL_TEXT},
                    {.name = "copies", .kind = JOURNAL_INT},
                    SKIP("refunds"),
                    SKIP("foreign_id"),
                    SKIP("created_at")},
        .turn = turn_transaction,
    },
    {
        .name = "customers",
        .columns = {KEY_TEXT("tenant_id"), KEY_ID("user_id"),
                    VALUE("customers", "growid", JOURNAL_TEXT, WHERE_USER, "?3"), SKIP("balance"),
                    VALUE("customers", "registered_at", JOURNAL_MOMENT, WHERE_USER, "?3")},
        STATEMENTS("customers", WHERE_USER, "tenant_id, user_id, growid, registered_at", "?1, ?2, ?3, ?4"),
    },
    {
        .name = "entries",
        .columns = {KEY_INT("entry"),
                    KEY_TEXT("tenant_id"),
                    KEY_INT("movement"),
                    {.name = "account", .kind = JOURNAL_TEXT},
                    {.name = "user_id", .kind = JOURNAL_ID},
                    {.name = "amount", .kind = JOURNAL_INT},
                    {.name = "kind", .kind = JOURNAL_TEXT},
                    SKIP("reference"),
                    {.name = "note", .kind = JOURNAL_TEXT},
                    SKIP("time")},
        .turn = turn_entry,
    },
    {
        .name = "rents",
        .columns = {KEY_TEXT("tenant_id"), VALUE("rents", "starts_at", JOURNAL_MOMENT, WHERE_RENT, "?2"),
                    VALUE("rents", "ends_at", JOURNAL_MOMENT, WHERE_RENT, "?2"),
                    VALUE("rents", "auto_renew", JOURNAL_BOOL, WHERE_RENT, "?2"), SKIP("warned")},
        STATEMENTS("rents", WHERE_RENT, "tenant_id, starts_at, ends_at, auto_renew", "?1, ?2, ?3, ?4"),
    },
    {
        .name = "payments",
        .columns = {KEY_INT("payment"),
                    {.name = "tenant_id", .kind = JOURNAL_TEXT, .key = true, .beside = true},
                    VALUE("payments", "amount", JOURNAL_INT, WHERE_PAYMENT, "?3"),
                    VALUE("payments", "currency", JOURNAL_TEXT, WHERE_PAYMENT, "?3"),
                    VALUE("payments", "method", JOURNAL_TEXT, WHERE_PAYMENT, "?3"),
                    VALUE("payments", "status", JOURNAL_TEXT, WHERE_PAYMENT, "?3"),
                    VALUE("payments", "reference", JOURNAL_TEXT, WHERE_PAYMENT, "?3"),
                    VALUE("payments", "created_at", JOURNAL_MOMENT, WHERE_PAYMENT, "?3")},
        STATEMENTS("payments", WHERE_PAYMENT,
                   "payment, tenant_id, amount, currency, method, status, reference, created_at",
                   "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"),
    },
    {
        .name = "products",
        .columns = {KEY_TEXT("tenant_id"), KEY_INT("product"), PRODUCT_VALUE("code", JOURNAL_TEXT),
                    PRODUCT_VALUE("name", JOURNAL_TEXT), PRODUCT_VALUE("price", JOURNAL_INT),
                    PRODUCT_VALUE("description", JOURNAL_TEXT), PRODUCT_VALUE("category", JOURNAL_TEXT),
                    PRODUCT_VALUE("active", JOURNAL_BOOL), PRODUCT_VALUE("threshold", JOURNAL_INT),
                    SKIP("created_at"), SKIP("updated_at"),
                    PRODUCT_VALUE("removed_at", JOURNAL_TIME, .quiet = true)},
        .exists = "SELECT 1 FROM products WHERE " WHERE_PRODUCT,
        .gone = "SELECT 1 FROM products WHERE " WHERE_PRODUCT " AND removed_at <> 0",
        .insert = "UPDATE products SET removed_at = 0 WHERE " WHERE_PRODUCT,
        .erase = "UPDATE products SET removed_at = ?3 WHERE " WHERE_PRODUCT,
    },
    {
        .name = "stock_batches",
        .columns = {KEY_TEXT("tenant_id"),
                    KEY_INT("product"),
                    KEY_INT("batch"),
                    {.name = "state", .kind = JOURNAL_TEXT},
                    {.name = "added", .kind = JOURNAL_INT},
                    SKIP("available"),
                    SKIP("since")},
        .direct = true,
        .turn = turn_import,
    },
    {
        .name = "stock",
        .columns = {KEY_TEXT("tenant_id"),
                    KEY_INT("item"),
                    {.name = "product",
                     .kind = JOURNAL_INT,
                     .get = "SELECT product FROM stock WHERE " WHERE_ITEM},
                    SKIP("batch"),
                    {.name = "state",
                     .kind = JOURNAL_WORD,
                     .words = stock_state_words,
                     .get = "SELECT state FROM stock WHERE " WHERE_ITEM,
                     .set = "UPDATE stock SET state = ?3 WHERE " WHERE_ITEM},
                    SKIP("tx"),
                    SKIP("added_at"),
                    SKIP("line_hash"),
                    SKIP("content")},
        .exists = "SELECT 1 FROM stock WHERE " WHERE_ITEM,
        .gone = "SELECT 1 FROM stock WHERE " WHERE_ITEM " AND state = 3",
        .insert = "UPDATE stock SET state = ?4 WHERE " WHERE_ITEM " AND product = ?3",
        .erase = "UPDATE stock SET state = 3 WHERE " WHERE_ITEM,
        .direct = true,
    },
    {.name = NULL},
};
