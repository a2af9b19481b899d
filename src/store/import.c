/* One table after the other, row by row, each row in a savepoint of its own: what is refused leaves nothing.
 */
#include "import.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/store/tenants.h"

#define BETWEEN_ROWS 500
#define ABSENT "not in this version"

const char *const import_fate_words[IMPORT_FATE_COUNT + 1] = {"taken", "changed", "there", "refused", NULL};

const struct import_table import_rental_tables[] = {
    {.name = "tenants",
     .columns = {"tenant_id", "discord_id", "guild_id", "name", "status", "plan", "features", "channels",
                 "permissions", "bot_config", "created_at"},
     .key = "tenant_id",
     .take = import_tenant},
    {.name = "tenant_configurations",
     .columns = {"tenant_id", "bot_token", "donation_channel_id", "other_channel_ids"},
     .key = "tenant_id",
     .take = import_configuration},
    {.name = "bot_instances",
     .columns = {"tenant_id", "bot_token", "status"},
     .key = "tenant_id",
     .take = import_bot},
    {.name = "subscriptions",
     .columns = {"tenant_id", "discord_id", "status", "start_date", "end_date", "auto_renew", "bot_token"},
     .key = "tenant_id",
     /* Of several for one tenant the one that runs longest counts. */
     .order = "status = 'active' DESC, end_date DESC, rowid",
     .take = import_subscription},
    {.name = "payments",
     .columns = {"tenant_id", "discord_id", "amount", "currency", "method", "status", "transaction_id",
                 "created_at"},
     .key = "tenant_id",
     .take = import_payment},
    {.name = "tenant_products",
     .columns = {"tenant_id", "code", "name", "price", "description", "category", "is_active", "created_at"},
     .key = "code",
     .take = import_product},
    {.name = "tenant_stocks",
     .columns = {"tenant_id", "product_code", "content", "status", "buyer_id", "added_at", "updated_at"},
     .key = "product_code",
     .take = import_stock},
    {.name = "tenant_transactions",
     .columns = {"tenant_id", "transaction_id", "user_id", "product_code", "quantity", "total_price",
                 "status", "created_at"},
     .key = "transaction_id",
     .take = import_transaction},
    {0},
};

const struct import_table import_shop_tables[] = {
    {.name = "user_growid",
     .columns = {"discord_id", "growid", "created_at"},
     .key = "discord_id",
     .take = import_growid},
    {.name = "users",
     .columns = {"growid", "balance_wl", "balance_dl", "balance_bgl"},
     .key = "growid",
     .take = import_balance},
    {.name = "products",
     .columns = {"code", "name", "price", "description", "category", "is_active", "created_at"},
     .key = "code",
     .take = import_product},
    {.name = "stock",
     .columns = {"product_code", "content", "status", "buyer_id", "added_at", "updated_at"},
     .key = "product_code",
     .take = import_stock},
    {.name = "world_info", .columns = {"world", "owner", "bot"}, .key = "world", .take = import_world},
    {.name = "balance_transactions", .left = "what they came to is in the opening balances"},
    {0},
};

/* --- one row --- */

/* What is no text is refused, and not repeated in the refusal. */
static const char *key_of(const struct import_row *r)
{
    const char *key = r->table->key ? import_text(r, r->table->key) : NULL;
    return key && text_valid(key, strlen(key)) ? key : "";
}

/* Text that is none would stand in the database for ever. */
static int check_text(const struct import_row *r, struct error *e)
{
    for (int i = 0; i < IMPORT_COLUMNS_MAX && r->table->columns[i]; i++) {
        const char *text = (const char *)sqlite3_column_text(r->stmt, i + 1);
        if (text && !text_valid(text, (size_t)sqlite3_column_bytes(r->stmt, i + 1)))
            return error_set(e, ERROR_MALFORMED, r->table->columns[i], "%s is no UTF-8 text",
                             r->table->columns[i]);
    }
    return 0;
}

/* 0 or, where the import must end, -1. */
static int take_row(struct import_row *r, enum import_fate *fate, struct error *e)
{
    struct error why = {0};

    *fate = IMPORT_TAKEN;
    str_clear(&r->notes);
    if (store_savepoint(r->store, e))
        return -1;
    if (check_text(r, &why) == 0 && r->table->take(r, fate, &why) == 0) {
        if (*fate == IMPORT_TAKEN && r->notes.len)
            *fate = IMPORT_CHANGED;
        return store_release(r->store, e);
    }
    store_rollback_to(r->store);
    if (!import_may_refuse(&why)) {
        if (e)
            *e = why;
        return -1;
    }
    *fate = IMPORT_REFUSED;
    str_clear(&r->notes);
    str_add(&r->notes, why.message);
    return 0;
}

/* --- one table --- */

/* The rows of TABLE; where COLUMN is named, those in which it says something. */
static int count_rows(sqlite3 *source, const char *table, const char *column, int64_t *n, struct error *e)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = column ? sqlite3_mprintf("SELECT count(*) FROM \"%w\" WHERE \"%w\" <> ''", table, column)
                       : sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table);
    int rc = sqlite3_prepare_v2(source, sql, -1, &stmt, NULL);

    sqlite3_free(sql);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        *n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? 0 : import_fail(source, e);
}

/* Numbers that only the source counts by, and what every change of it touched. */
static bool says_nothing(const char *column)
{
    return str_equal_nocase(column, "id") || str_equal_nocase(column, "updated_at");
}

static bool is_taken(const struct import_table *t, const char *column)
{
    for (int i = 0; i < IMPORT_COLUMNS_MAX && t->columns[i]; i++)
        if (str_equal_nocase(t->columns[i], column))
            return true;
    return false;
}

static int leave_columns(const struct import_row *r, const struct import_options *o, struct error *e)
{
    sqlite3_stmt *stmt = NULL;
    int status = 0;
    int rc = sqlite3_prepare_v2(r->source, "SELECT name FROM pragma_table_info(?1)", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, r->table->name, -1, SQLITE_STATIC);
    while (status == 0 && rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *column = (const char *)sqlite3_column_text(stmt, 0);
        int64_t rows = 0;
        if (is_taken(r->table, column) || says_nothing(column))
            continue;
        status = count_rows(r->source, r->table->name, column, &rows, e);
        if (rows > 0)
            o->column(o->context, r->table->name, column, rows);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? status : import_fail(r->source, e);
}

static int take_table(struct import_row *r, const struct import_options *o, int64_t *done, struct error *e)
{
    struct import_counts counts = {.table = r->table->name};
    int rc = SQLITE_DONE, status = -1;

    if (import_select(r->source, r->table, &r->stmt, e))
        return -1;
    while ((rc = sqlite3_step(r->stmt)) == SQLITE_ROW) {
        enum import_fate fate;
        if (o->between && ++*done % BETWEEN_ROWS == 0 && o->between(o->context, *done)) {
            error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
            goto done;
        }
        r->number = sqlite3_column_int64(r->stmt, 0);
        if (take_row(r, &fate, e))
            goto done;
        counts.rows++;
        counts.of[fate]++;
        if (fate == IMPORT_CHANGED || fate == IMPORT_REFUSED)
            o->note(o->context, counts.table, r->number, key_of(r), fate, str_text(&r->notes));
    }
    status = rc == SQLITE_DONE ? leave_columns(r, o, e) : import_fail(r->source, e);
    if (!status)
        o->table(o->context, &counts);
done:
    sqlite3_finalize(r->stmt);
    r->stmt = NULL;
    return status;
}

static int leave_table(sqlite3 *source, const struct import_options *o, const char *name, const char *why,
                       struct error *e)
{
    struct import_counts counts = {.table = name, .left = why};

    if (count_rows(source, name, NULL, &counts.rows, e))
        return -1;
    o->table(o->context, &counts);
    return 0;
}

static bool is_known(const struct import_table *tables, const char *name)
{
    for (; tables->name; tables++)
        if (str_equal(tables->name, name))
            return true;
    return false;
}

static int leave_others(sqlite3 *source, const struct import_table *tables, const struct import_options *o,
                        struct error *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(source,
                                "SELECT name FROM sqlite_master WHERE type = 'table'"
                                " AND name NOT GLOB 'sqlite_*' ORDER BY name",
                                -1, &stmt, NULL);

    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        if (!is_known(tables, name) && leave_table(source, o, name, ABSENT, e)) {
            sqlite3_finalize(stmt);
            return -1;
        }
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? 0 : import_fail(source, e);
}

/* --- the file --- */

static int find_tables(sqlite3 *source, const struct import_options *o, const struct import_table **out,
                       struct error *e)
{
    bool shop = import_has_table(source, "users") || import_has_table(source, "user_growid");

    if (import_has_table(source, "migrations") && import_has_table(source, "tenant_counts")) {
        error_set(e, ERROR_REFUSED, "file", "this is a database of tenanttui itself");
        return error_hint(e, "`restore` puts a backup back");
    }
    if (import_has_table(source, "tenants") && o->tenant)
        return error_set(e, ERROR_EXTRA_ARGUMENT, "--tenant",
                         "this file names its tenants itself: leave --tenant out");
    *out = import_has_table(source, "tenants") ? import_rental_tables : import_shop_tables;
    if (*out == import_rental_tables)
        return 0;
    if (!shop)
        return error_set(e, ERROR_REFUSED, "file",
                         "it is neither a rental_bot.db nor a shop.db: no table of "
                         "tenants, none of users");
    if (!o->tenant) {
        error_set(e, ERROR_MISSING_ARGUMENT, "--tenant", "a shop.db goes into one tenant: --tenant ID");
        return error_hint(e, "import FILE --tenant ID");
    }
    return 0;
}

static int open_source(struct store *s, const struct import_options *o, sqlite3 **source,
                       const struct import_table **tables, struct error *e)
{
    *source = NULL;
    if (same_file(o->path, store_path(s)))
        return error_set(e, ERROR_REFUSED, "file", "'%s' is the database itself", o->path);
    return import_open(o->path, source, e) || find_tables(*source, o, tables, e) ? -1 : 0;
}

int import_check(const struct import_options *o, struct store *s, int64_t *rows, struct error *e)
{
    const struct import_table *tables;
    sqlite3 *source;
    struct tenant_scope c = scope_of(s, o->tenant ? o->tenant : "");
    int status = open_source(s, o, &source, &tables, e) || (o->tenant && scope_require(&c, e)) ? -1 : 0;

    *rows = 0;
    for (const struct import_table *t = tables; status == 0 && t->name; t++) {
        int64_t n = 0;
        if (!t->left && import_has_table(source, t->name))
            status = count_rows(source, t->name, NULL, &n, e);
        *rows += n;
    }
    sqlite3_close(source);
    return status;
}

int import_run(struct store *s, const struct import_options *o, int64_t now, bool *configured,
               struct error *e)
{
    const struct import_table *tables = NULL;
    struct import_row r = {.store = s, .tenant = o->tenant, .now = now};
    struct tenant_scope c = scope_of(s, o->tenant ? o->tenant : "");
    int64_t done = 0;
    int status = open_source(s, o, &r.source, &tables, e) || (o->tenant && scope_require(&c, e)) ? -1 : 0;

    journal_pause(s, true);
    for (const struct import_table *t = tables; status == 0 && t->name; t++) {
        r.table = t;
        if (import_has_table(r.source, t->name))
            status = t->left ? leave_table(r.source, o, t->name, t->left, e) : take_table(&r, o, &done, e);
    }
    journal_pause(s, false);
    if (status == 0)
        status = leave_others(r.source, tables, o, e);
    *configured = r.configured;
    str_release(&r.notes);
    sqlite3_close(r.source);
    return status;
}
