#include "journal.h"

#include <stddef.h>

#define KEY_TEXT(column)                                  \
    {                                                     \
        .name = column, .kind = JOURNAL_TEXT, .key = true \
    }
#define KEY_ID(column)                                  \
    {                                                   \
        .name = column, .kind = JOURNAL_ID, .key = true \
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
#define STATEMENTS(table, where, columns, values)                                                    \
    .exists = "SELECT 1 FROM " table " WHERE " where, .erase = "DELETE FROM " table " WHERE " where, \
    .insert = "INSERT INTO " table " (" columns ") VALUES (" values ")"

#define WHERE_FEATURE "tenant_id = ?1 AND feature = ?2"
#define WHERE_PERMISSION "tenant_id = ?1 AND permission = ?2"
#define WHERE_TYPE "tenant_id = ?1 AND type = ?2"
#define WHERE_KEY "tenant_id = ?1 AND key = ?2"
#define WHERE_SETTING "tenant_id = ?1 AND feature = ?2 AND key = ?3"

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
        STATEMENTS("operators", "discord_id = ?1", "discord_id, role, added_at",
                   "?1, ?2, CAST(strftime('%s', 'now') AS INTEGER) * 1000"),
    },
    {.name = NULL},
};
