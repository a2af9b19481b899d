/* The tables of a tenant's file in their order: what a row refers to stands in front of it. */
#include "portable.h"

#include "tt/domain/customer.h"
#include "tt/domain/money.h"

const char *const portable_contents_words[CONTENTS_COUNT + 1] = {"none", "sealed", "clear", NULL};

static int check_growid(const char *text, struct error *e)
{
    return growid_check("growid", text, e);
}

static int check_code(const char *text, struct error *e)
{
    char code[PRODUCT_CODE_TEXT];
    if (product_code_normalise(text, code, e))
        return -1;
    return str_equal(code, text) ? 0 : error_set(e, ERROR_MALFORMED, "code", "the code is not in capitals");
}

#define SUM_COLUMNS                                            \
    {"sales", PORTABLE_SIGNED}, {"quantity", PORTABLE_SIGNED}, \
    {                                                          \
        "total", PORTABLE_SIGNED                               \
    }

/* Of purchases and refunds, behind their ids: enum sale_column of portable_take.c. */
#define SALE_COLUMNS                                                                                        \
    {"foreign_id", PORTABLE_TEXT, .optional = true}, {"user_id", PORTABLE_ID, .optional = true},            \
        {"product", PORTABLE_INT}, {"code", PORTABLE_TEXT, .optional = true}, {"quantity", PORTABLE_INT},   \
        {"total", PORTABLE_INT, .most = MONEY_MAX}, {"status", PORTABLE_TEXT}, {"delivery", PORTABLE_TEXT}, \
        {"copies", PORTABLE_INT},                                                                           \
    {                                                                                                       \
        "created_at", PORTABLE_TIME                                                                         \
    }

const struct portable_table portable_tables[] = {
    {.name = "tenant",
     .columns = {{"name", PORTABLE_TEXT, .check = tenant_name_check},
                 {"discord_id", PORTABLE_ID},
                 {"guild_id", PORTABLE_ID},
                 {"status", PORTABLE_TEXT},
                 {"plan", PORTABLE_TEXT},
                 {"created_at", PORTABLE_TIME}},
     .select = "SELECT name, discord_id, guild_id, status, plan, created_at FROM tenants"
               " WHERE tenant_id = ?1 AND deleted_at = 0",
     .take = take_tenant},
    {.name = "features",
     .columns = {{"feature", PORTABLE_TEXT}},
     .select = "SELECT feature FROM features WHERE tenant_id = ?1 AND enabled = 1 ORDER BY feature",
     .take = take_feature,
     .lenient = true},
    {.name = "permissions",
     .columns = {{"permission", PORTABLE_TEXT}},
     .select = "SELECT permission FROM permissions WHERE tenant_id = ?1 AND enabled = 1 ORDER BY permission",
     .take = take_permission,
     .lenient = true},
    {.name = "channels",
     .columns = {{"type", PORTABLE_TEXT}, {"channel_id", PORTABLE_ID}},
     .select = "SELECT type, channel_id FROM channels WHERE tenant_id = ?1 ORDER BY type",
     .take = take_channel,
     .lenient = true},
    {.name = "bot_config",
     .columns = {{"key", PORTABLE_TEXT}, {"value", PORTABLE_TEXT}},
     .select = "SELECT key, value FROM bot_config WHERE tenant_id = ?1 ORDER BY key",
     .take = take_config,
     .lenient = true},
    {.name = "settings",
     .columns = {{"feature", PORTABLE_TEXT}, {"key", PORTABLE_TEXT}, {"value", PORTABLE_TEXT}},
     .select = "SELECT feature, key, value FROM settings WHERE tenant_id = ?1 ORDER BY feature, key",
     .take = take_setting,
     .lenient = true},
    {.name = "token",
     .columns = {{"application_id", PORTABLE_ID, .optional = true}, {"sealed", PORTABLE_TEXT}},
     .select = "SELECT t.application_id, k.sealed FROM tokens k JOIN tenants t USING (tenant_id)"
               " WHERE k.tenant_id = ?1",
     .give = give_token,
     .take = take_token,
     .lenient = true},
    {.name = "rent",
     .columns = {{"starts_at", PORTABLE_TIME},
                 {"ends_at", PORTABLE_TIME},
                 {"auto_renew", PORTABLE_BOOL},
                 {"warned", PORTABLE_INT, .most = 7}},
     .select = "SELECT starts_at, ends_at, auto_renew, max(warned, 0) FROM rents WHERE tenant_id = ?1",
     .insert = "INSERT INTO rents (tenant_id, starts_at, ends_at, auto_renew, warned)"
               " VALUES (?1, ?2, ?3, ?4, ?5)"},
    {.name = "payments",
     .columns = {{"amount", PORTABLE_INT},
                 {"currency", PORTABLE_TEXT},
                 {"method", PORTABLE_TEXT, .optional = true},
                 {"status", PORTABLE_TEXT},
                 {"reference", PORTABLE_TEXT, .optional = true},
                 {"created_at", PORTABLE_TIME}},
     .select = "SELECT amount, currency, method, status, reference, created_at FROM payments"
               " WHERE tenant_id = ?1 ORDER BY payment",
     .take = take_payment},
    {.name = "numbers",
     .columns = {{"product", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX},
                 {"batch", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX},
                 {"item", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX}},
     .select = "SELECT product, batch, item FROM shop_numbers WHERE tenant_id = ?1",
     .take = take_numbers},
    {.name = "products",
     .columns = {{"product", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX},
                 {"code", PORTABLE_TEXT, .check = check_code},
                 {"name", PORTABLE_TEXT, .check = product_name_check},
                 {"price", PORTABLE_INT},
                 {"description", PORTABLE_TEXT, .optional = true, .check = description_check},
                 {"category", PORTABLE_TEXT, .optional = true, .check = category_check},
                 {"active", PORTABLE_BOOL},
                 {"threshold", PORTABLE_INT},
                 {"created_at", PORTABLE_TIME},
                 {"updated_at", PORTABLE_TIME},
                 {"removed_at", PORTABLE_TIME, .optional = true}},
     .select = "SELECT product, code, name, price, description, category, active, threshold, created_at,"
               " updated_at, removed_at FROM products WHERE tenant_id = ?1 ORDER BY product",
     .insert = "INSERT INTO products (tenant_id, product, code, name, price, description, category, active,"
               " threshold, created_at, updated_at, removed_at)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"},
    {.name = "stock_imports",
     .columns = {{"product", PORTABLE_INT},
                 {"batch", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX},
                 {"added", PORTABLE_INT},
                 {"since", PORTABLE_TIME}},
     .select = "SELECT product, batch, added, since FROM stock_batches WHERE tenant_id = ?1 AND batch > 0"
               " AND state = 'published' ORDER BY product, batch",
     .insert = "INSERT INTO stock_batches (tenant_id, product, batch, added, since, state)"
               " VALUES (?1, ?2, ?3, ?4, ?5, 'published')"},
    {.name = "customers",
     .columns = {{"user_id", PORTABLE_ID},
                 {"growid", PORTABLE_TEXT, .check = check_growid},
                 {"registered_at", PORTABLE_TIME}},
     .select = "SELECT user_id, growid, registered_at FROM customers WHERE tenant_id = ?1 ORDER BY user_id",
     .insert = "INSERT INTO customers (tenant_id, user_id, growid, registered_at) VALUES (?1, ?2, ?3, ?4)"},
    {.name = "purchases",
     .columns = {{"transaction_id", PORTABLE_TEXT}, SALE_COLUMNS},
     .select = "SELECT tx, foreign_id, user_id, product, code, quantity, total, status, delivery, copies,"
               " created_at FROM transactions WHERE tenant_id = ?1 AND type = 'purchase'"
               " ORDER BY created_at, tx",
     .give = give_transaction,
     .take = take_purchase},
    {.name = "refunds",
     .columns = {{"transaction_id", PORTABLE_TEXT},
                 {"refunds", PORTABLE_TEXT, .optional = true},
                 SALE_COLUMNS},
     .select = "SELECT tx, refunds, foreign_id, user_id, product, code, quantity, total, status, delivery,"
               " copies, created_at FROM transactions WHERE tenant_id = ?1 AND type = 'refund'"
               " ORDER BY created_at, tx",
     .give = give_refund,
     .take = take_refund},
    {.name = "former_ids",
     .columns = {{"transaction_id", PORTABLE_TEXT}, {"former_id", PORTABLE_TEXT}},
     .select = "SELECT tx, id FROM former_ids WHERE tenant_id = ?1 ORDER BY id",
     .give = give_transaction,
     .take = take_former_id},
    {.name = "stock",
     .columns = {{"item", PORTABLE_INT, .most = PORTABLE_NUMBER_MAX},
                 {"product", PORTABLE_INT},
                 {"batch", PORTABLE_INT},
                 {"state", PORTABLE_TEXT},
                 {"transaction_id", PORTABLE_TEXT, .optional = true},
                 {"added_at", PORTABLE_TIME},
                 {"sealed", PORTABLE_TEXT, .only = CONTENTS_SEALED},
                 {"line", PORTABLE_TEXT, .only = CONTENTS_CLEAR}},
     .select = "SELECT s.item, s.product, s.batch, s.state, s.tx, s.added_at, s.content, NULL FROM stock s"
               " JOIN stock_batches b ON b.tenant_id = s.tenant_id AND b.product = s.product"
               " AND b.batch = s.batch AND b.state = 'published'"
               " WHERE s.tenant_id = ?1 AND s.state <> 3 ORDER BY s.item",
     .give = give_item,
     .take = take_item},
    /* Both entries of a movement in one row; each customer's in their order. */
    {.name = "ledger",
     .columns = {{"movement", PORTABLE_INT},
                 {"user_id", PORTABLE_ID},
                 {"amount", PORTABLE_SIGNED, .most = MONEY_MAX},
                 {"account", PORTABLE_TEXT},
                 {"kind", PORTABLE_TEXT},
                 {"reference", PORTABLE_TEXT, .optional = true},
                 {"note", PORTABLE_TEXT, .optional = true},
                 {"time", PORTABLE_TIME}},
     .select = "SELECT a.entry, a.user_id, a.amount, b.account, a.kind, a.reference, a.note, a.time"
               " FROM entries a JOIN entries b ON b.entry = a.entry + 1 AND b.tenant_id = a.tenant_id"
               " AND b.movement = a.movement"
               " WHERE a.tenant_id = ?1 AND a.user_id IS NOT NULL ORDER BY a.user_id, a.entry",
     .give = give_movement,
     .take = take_movement},
    {.name = "deposits",
     .columns = {{"message_id", PORTABLE_ID},
                 {"growid", PORTABLE_TEXT, .optional = true},
                 {"user_id", PORTABLE_ID, .optional = true},
                 {"amount", PORTABLE_INT, .most = MONEY_MAX},
                 {"state", PORTABLE_TEXT},
                 {"reason", PORTABLE_TEXT, .optional = true},
                 {"created_at", PORTABLE_TIME}},
     .select = "SELECT message_id, growid, user_id, amount, state, reason, created_at FROM deposits"
               " WHERE tenant_id = ?1 ORDER BY deposit",
     .insert = "INSERT INTO deposits (tenant_id, message_id, growid, user_id, amount, state, reason,"
               " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {.name = "sales_hours",
     .columns = {{"hour", PORTABLE_TIME}, SUM_COLUMNS},
     .select = "SELECT hour, sales, quantity, total FROM sales_hours WHERE tenant_id = ?1 ORDER BY hour",
     .take = take_hour},
    /* Day 0, the sum of all, is made anew. */
    {.name = "sales_days",
     .columns = {{"day", PORTABLE_TIME}, SUM_COLUMNS},
     .select = "SELECT day, sales, quantity, total FROM sales_days WHERE tenant_id = ?1 AND day <> 0"
               " ORDER BY day",
     .take = take_day},
    {.name = "sales_products",
     .columns = {{"day", PORTABLE_TIME}, {"product", PORTABLE_INT}, SUM_COLUMNS},
     .select = "SELECT day, product, sales, quantity, total FROM sales_products WHERE tenant_id = ?1"
               " AND day <> 0 ORDER BY day, product",
     .take = take_product_day},
    {.name = "sales_customers",
     .columns = {{"day", PORTABLE_TIME}, {"user_id", PORTABLE_ID, .optional = true}, SUM_COLUMNS},
     .select = "SELECT day, user_id, sales, quantity, total FROM sales_customers WHERE tenant_id = ?1"
               " AND day <> 0 ORDER BY day, user_id",
     .take = take_customer_day},
    {0},
};
