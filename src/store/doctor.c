#include "internal.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "migration.h"
#include "tenants.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define WAL_LARGE (64 << 20)
#define NAMED 5 /* rows that a failed check names */

struct doctor {
    struct store *store;
    int64_t now;
    struct json *checks;
    bool ok;
};

static void report(struct doctor *d, const char *name, bool ok, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void report(struct doctor *d, const char *name, bool ok, const char *format, ...)
{
    struct str text = STR_INIT;
    struct json *check = json_new_object();
    va_list args;
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    json_set_string(check, "name", name);
    json_set_bool(check, "ok", ok);
    json_set_string(check, "detail", str_text(&text));
    json_push(d->checks, check);
    str_release(&text);
    d->ok = d->ok && ok;
}

static void report_error(struct doctor *d, const char *name, const struct error *e)
{
    report(d, name, false, "cannot be checked: %s", e->message);
}

/* --- checks that are one statement: the rows that it finds are wrong; crosses tenants, for it looks at the
 * file --- */

/* The rows of a tenant that is being erased go bit by bit. */
#define STAYING(table) " AND " table ".tenant_id NOT IN (SELECT tenant_id FROM tenants WHERE deleted_at = 1)"

struct row_check {
    const char *name, *sql; /* ?1: now; the first column names the row */
    const char *good, *bad; /* BAD follows the number of rows */
};

/* Crosses tenants: the whole file is looked at. */
static const struct row_check row_checks[] = {
    {"foreign_keys", "SELECT \"table\" || ' -> ' || parent FROM pragma_foreign_key_check WHERE ?1",
     "every row has its tenant", "rows without the row that they belong to"},
    {"audit",
     "SELECT tenant_id FROM tenants t WHERE ?1 AND revision > 1 AND NOT EXISTS"
     " (SELECT 1 FROM audit a WHERE a.tenant_id = t.tenant_id AND a.refused = 0)",
     "every changed tenant has its audit rows", "tenants whose configuration changed without an audit row"},
    {"undo",
     "SELECT a.audit FROM audit a WHERE ?1 AND a.undone_by <> 0 AND NOT EXISTS"
     " (SELECT 1 FROM audit u WHERE u.audit = a.undone_by AND u.undoes = a.audit)",
     "every undone row names the row that undid it", "audit rows undone by a row that does not say so"},
    {"applied",
     "SELECT t.tenant_id FROM tenants t JOIN bot_states b USING (tenant_id) WHERE ?1 AND b.applied_revision "
     "> t.revision",
     "no bot runs a revision that the database does not have",
     "bots that applied a revision above the database's"},
    {"hash", "SELECT tenant_id FROM bot_states WHERE ?1 AND hash_differs = 1",
     "every bot runs the configuration that was pushed",
     "bots that saw another configuration under their revision: `sync` them"},
    {"outbox",
     "SELECT tenant_id || ' ' || kind || iif(reason = '', '', ' (' || reason || ')') FROM outbox"
     " WHERE state = 'failed' OR (state = 'leased' AND leased_until < ?1) OR attempts > 20",
     "no push is stuck", "pushes that failed or were left behind: `push list`, `push retry`"},
    {"tokens",
     "SELECT t.tenant_id FROM tenants t LEFT JOIN tokens k USING (tenant_id)"
     " WHERE ?1 AND (t.token = 'none') <> (k.tenant_id IS NULL)",
     "every token state has its token", "tenants whose token state and sealed token do not agree"},
    {"counts",
     "SELECT status || ' ' || plan FROM (SELECT status, plan, n FROM tenant_counts UNION ALL"
     " SELECT status, plan, -count(*) FROM tenants WHERE deleted_at = 0 GROUP BY status, plan)"
     " WHERE ?1 GROUP BY status, plan HAVING sum(n) <> 0",
     "the totals are those of the tenants", "totals that do not agree with the tenants"},
    {"quarantine", "SELECT tenant_id FROM tenants WHERE ?1 AND deleted_at = 0 AND token = 'refused'",
     "Discord refuses no token", "tenants whose token Discord refused: `token TENANT set`"},
    {"stock_counts",
     "SELECT tenant_id || ' ' || product FROM (SELECT tenant_id, product, available, reserved, sold"
     " FROM stock_counts UNION ALL SELECT s.tenant_id, s.product, -count(*), 0, 0 FROM stock s"
     " JOIN stock_batches b ON b.tenant_id = s.tenant_id AND b.product = s.product AND b.batch = s.batch"
     " WHERE s.state = 0 AND b.state = 'published' GROUP BY s.tenant_id, s.product UNION ALL"
     " SELECT tenant_id, product, 0, -sum(state = 1), -sum(state = 2) FROM stock WHERE state <> 0"
     " GROUP BY tenant_id, product) WHERE ?1 GROUP BY tenant_id, product"
     " HAVING sum(available) <> 0 OR sum(reserved) <> 0 OR sum(sold) <> 0",
     "every product counts its items", "products whose counts are not those of their items"},
    {"stock_batches",
     "SELECT tenant_id || ' ' || product || ' ' || batch FROM (SELECT tenant_id, product, batch, available"
     " FROM stock_batches WHERE state <> 'erased' UNION ALL"
     " SELECT s.tenant_id, s.product, s.batch, -count(*) FROM stock s LEFT JOIN stock_batches b"
     " ON b.tenant_id = s.tenant_id AND b.product = s.product AND b.batch = s.batch"
     " WHERE s.state = 0 AND coalesce(b.state, '') <> 'erased' GROUP BY s.tenant_id, s.product, s.batch)"
     " WHERE ?1 GROUP BY tenant_id, product, batch HAVING sum(available) <> 0",
     "every import counts its items", "imports whose counts are not those of their items"},
    {"stock_lines",
     "SELECT s.tenant_id || ' ' || s.item FROM stock s JOIN stock_batches b ON b.tenant_id = s.tenant_id"
     " AND b.product = s.product AND b.batch = s.batch AND b.state = 'published' LEFT JOIN stock_lines l"
     " ON l.line_hash = s.line_hash WHERE ?1 AND s.state <> 3 AND l.item IS NOT s.item",
     "every item has its line for itself", "items whose line another may have too"},
    {"stock_imports",
     "SELECT tenant_id || ' ' || product || ' ' || batch FROM stock_batches WHERE state <> 'published'"
     " AND since < ?1 - 2 * 86400000",
     "no import left anything behind",
     "imports that left items behind: the daemon erases them, an import too"},
    {"stock_sold",
     "SELECT s.tenant_id || ' ' || s.item FROM stock s WHERE ?1 AND s.tx IS NOT NULL AND NOT EXISTS"
     " (SELECT 1 FROM transactions t WHERE t.tx = s.tx AND t.tenant_id = s.tenant_id)",
     "every sold item has its transaction", "items that were sold by no transaction"},
    {"purchases",
     "SELECT t.tenant_id || ' ' || t.tx FROM transactions t WHERE ?1 AND t.type = 'purchase'"
     " AND t.foreign_id IS NULL AND t.quantity <> (SELECT count(*) FROM stock s WHERE s.tx = t.tx"
     " AND s.tenant_id = t.tenant_id AND s.state = 2)" STAYING("t"),
     "every purchase has as many sold items as it says", "purchases whose items are not as many as they say"},
    {"balances",
     "SELECT tenant_id || ' ' || user_id FROM (SELECT tenant_id, user_id, balance AS n FROM customers UNION "
     "ALL"
     " SELECT tenant_id, user_id, -amount FROM entries WHERE user_id IS NOT NULL) x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id, user_id HAVING sum(n) <> 0",
     "every balance is the sum of its entries", "balances that are not the sum of their entries"},
    {"movements",
     "SELECT a.tenant_id || ' ' || a.movement FROM entries a LEFT JOIN entries b"
     " ON b.entry = iif(a.entry = a.movement, a.entry + 1, a.movement) AND b.tenant_id = a.tenant_id"
     " AND b.movement = a.movement WHERE ?1 AND (b.amount IS NOT -a.amount"
     " OR a.entry NOT BETWEEN a.movement AND a.movement + 1)" STAYING("a"),
     "the entries of every movement sum to zero", "movements of money whose entries do not sum to zero"},
    {"ledger", "SELECT sum(amount) FROM entries x WHERE ?1" STAYING("x") " HAVING sum(amount) <> 0",
     "all entries sum to zero", "sum of all entries that is not zero"},
    {"sales",
     "SELECT tenant_id FROM sales_days WHERE ?1 GROUP BY tenant_id HAVING sum(iif(day = 0, total, -total)) "
     "<> 0"
     " OR sum(iif(day = 0, sales, -sales)) <> 0",
     "the numbers of all time are those of the days", "tenants whose numbers do not agree with their days"},
    {"deliveries",
     "SELECT tenant_id || ' ' || delivery FROM deliveries d WHERE ?1 AND tx <> 0 AND NOT EXISTS"
     " (SELECT 1 FROM transactions t WHERE t.tx = d.tx AND t.tenant_id = d.tenant_id)" STAYING("d"),
     "every delivery has its transaction", "deliveries without their transaction"},
    {"undelivered",
     "SELECT tenant_id || ' ' || tx FROM transactions t WHERE ?1 AND delivery = 'pending' AND NOT EXISTS"
     " (SELECT 1 FROM deliveries d WHERE d.kind = 'goods' AND d.tx = t.tx AND d.tenant_id = t.tenant_id"
     " AND d.state <> 'failed')" STAYING("t"),
     "everything that is to be delivered is queued", "transactions whose goods nobody is going to deliver"},
    {"delivered",
     "SELECT tenant_id || ' ' || delivery || iif(reason = '', '', ' (' || reason || ')') FROM deliveries"
     " WHERE state = 'failed' OR (state = 'leased' AND leased_until < ?1 - 600000) OR attempts > 20",
     "no delivery is stuck", "deliveries that failed or were left behind: `stock redeliver`"},
};

static void check_rows(struct doctor *d, const struct row_check *check)
{
    struct error e = {0};
    struct query q;
    struct str names = STR_INIT;
    int64_t n = 0;

    int step = query_open(&q, d->store, &e, check->sql, "i", d->now);
    while (step >= 0 && (step = query_step(&q, &e)) == 1)
        if (n++ < NAMED)
            str_addf(&names, "%s%s", n > 1 ? ", " : "", query_text(&q, 0));
    query_close(&q);
    if (step < 0)
        report_error(d, check->name, &e);
    else if (n == 0)
        report(d, check->name, true, "%s", check->good);
    else
        report(d, check->name, false, "%lld %s: %s%s", (long long)n, check->bad, str_text(&names),
               n > NAMED ? ", ..." : "");
    str_release(&names);
}

/* --- the file --- */

static void check_sqlite(struct doctor *d)
{
    report(
        d, "sqlite", true,
        checkpoint_race()
            ? "SQLite %s, older than 3.51.3: its checkpoints are guarded; writing with `sqlite3 FILE` is not"
            : "SQLite %s; checkpoints are guarded; writing with `sqlite3 FILE` is not",
        sqlite3_libversion());
}

static void check_identity(struct doctor *d)
{
    struct identity identity;
    struct error e = {0};
    if (store_identity(d->store, &identity, &e))
        report_error(d, "file", &e);
    else if (identity.application_id != STORE_APPLICATION_ID)
        report(d, "file", false, "'%s' is not a tenanttui database", d->store->path);
    else
        report(d, "file", true, "'%s', %lld pages", d->store->path, (long long)identity.pages);
}

static void check_integrity(struct doctor *d)
{
    struct error e = {0};
    struct query q;
    struct str found = STR_INIT;
    int step = query_open(&q, d->store, &e, "PRAGMA integrity_check(5)", "");
    while (step >= 0 && (step = query_step(&q, &e)) == 1)
        str_addf(&found, "%s%s", found.len ? "; " : "", query_text(&q, 0));
    query_close(&q);
    for (size_t i = 0; i < found.len; i++)
        if (found.data[i] == '\n')
            found.data[i] = ' ';
    if (step < 0)
        report(d, "integrity", false, "%s; `restore` puts a backup back", e.message);
    else if (str_equal(str_text(&found), "ok"))
        report(d, "integrity", true, "every page and index is sound");
    else
        report(d, "integrity", false, "%.400s; `restore` puts a backup back", str_text(&found));
    str_release(&found);
}

static void check_schema(struct doctor *d)
{
    struct error e = {0};
    if (migrate_check(d->store, &e))
        report(d, "schema", false, "%s", e.message);
    else
        report(d, "schema", true, "schema %d, every migration as it was released", store_schema_newest());
}

static void check_wal(struct doctor *d)
{
    struct stat st;
    long long size = stat(d->store->wal_path, &st) == 0 ? (long long)st.st_size : 0;
    if (size > WAL_LARGE)
        report(d, "wal", false,
               "%lld MiB: a process that reads for long keeps the log from being copied back", size >> 20);
    else
        report(d, "wal", true, "%lld KiB", size >> 10);
}

static void check_modes(struct doctor *d)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock", ".lock", ".log"};
    struct str wrong = STR_INIT;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *path = mem_format("%s%s", d->store->path, suffixes[i]);
        struct stat st;
        if (stat(path, &st) == 0 && st.st_mode & 077)
            str_addf(&wrong, "%s'%s' has mode %04o", wrong.len ? ", " : "", path,
                     (unsigned)st.st_mode & 07777);
        free(path);
    }
    report(d, "modes", wrong.len == 0, "%s%s",
           wrong.len ? str_text(&wrong) : "only the owner can read the files",
           wrong.len ? ": `chmod 600` them" : "");
    str_release(&wrong);
}

/* --- the key --- */

/* Every sealed token must open under the key; crosses tenants. */
static void check_sealed(struct doctor *d)
{
    struct error e = {0};
    struct query q;
    int64_t n = 0, wrong = 0;
    int step = query_open(&q, d->store, &e, "SELECT tenant_id, sealed FROM tokens", "");
    while (step >= 0 && (step = query_step(&q, &e)) == 1) {
        struct str plain = STR_INIT;
        char context[64];
        snprintf(context, sizeof context, "token/%s", query_text(&q, 0));
        const void *sealed = sqlite3_column_blob(q.stmt, 1);
        wrong += crypto_open(&d->store->secret_key, context, sealed, (size_t)sqlite3_column_bytes(q.stmt, 1),
                             &plain, NULL) != 0;
        n++;
        str_wipe(&plain);
    }
    query_close(&q);
    if (step < 0)
        report_error(d, "sealed", &e);
    else
        report(d, "sealed", wrong == 0, "%lld of %lld tokens open with the key", (long long)(n - wrong),
               (long long)n);
}

static void check_key(struct doctor *d)
{
    struct error e = {0};
    char fingerprint[FINGERPRINT_TEXT] = "";
    int found = meta_get(d->store, "key_fingerprint", fingerprint, sizeof fingerprint, &e);
    if (found < 0) {
        report_error(d, "key", &e);
    } else if (found == 0) {
        report(d, "key", true, "the database has no key yet; the first secret makes one");
    } else if (!d->store->key_path || !store_key(d->store, &e)) {
        report(d, "key", false, "%s (expected fingerprint %s)",
               d->store->key_path ? e.message : "no key file is named", fingerprint);
    } else {
        report(d, "key", true, "fingerprint %s", fingerprint);
        check_sealed(d);
    }
}

/* --- the daemon --- */

static void check_daemon(struct doctor *d)
{
    struct error e = {0};
    char instance[33] = "";
    int64_t running = 0, silent = 0;
    bool held = daemon_lock_held(d->store->path);

    /* crosses tenants: the daemon runs the bots of all */
    if (meta_get(d->store, "daemon_instance", instance, sizeof instance, &e) < 0 ||
        sql_int(d->store, &e, &running,
                "SELECT count(*) FROM bot_states WHERE instance = ?1 AND state = 'running'", "t",
                instance) < 0 ||
        sql_int(
            d->store, &e, &silent,
            "SELECT count(*) FROM bot_states WHERE instance = ?1 AND state = 'running' AND heartbeat_at < ?2",
            "ti", instance, d->now - 5 * 60 * 1000) < 0)
        report_error(d, "daemon", &e);
    else if (!held)
        report(d, "daemon", true, "none runs now%s",
               running ? "; the last one left without closing its bots" : ": tenanttui --bot starts one");
    else if (silent)
        report(d, "daemon", false, "%lld of %lld running bots have not been heard of for 5 minutes",
               (long long)silent, (long long)running);
    else
        report(d, "daemon", true, "daemon %s, %lld bots running", instance[0] ? instance : "starting",
               (long long)running);
}

struct json *store_doctor(struct store *s, int64_t now)
{
    struct doctor d = {.store = s, .now = now, .checks = json_new_array(), .ok = true};
    struct json *document = json_new_object();

    check_sqlite(&d);
    check_identity(&d);
    check_integrity(&d);
    check_schema(&d);
    check_wal(&d);
    check_modes(&d);
    check_key(&d);
    for (size_t i = 0; i < sizeof row_checks / sizeof *row_checks; i++)
        check_rows(&d, &row_checks[i]);
    check_daemon(&d);
    json_set_bool(document, "ok", d.ok);
    json_set(document, "checks", d.checks);
    return document;
}
