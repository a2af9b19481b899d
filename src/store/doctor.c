#include "internal.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "doctor.h"
#include "migration.h"
#include "tenants.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define WAL_LARGE (64 << 20)

void doctor_report(struct doctor *d, const char *name, bool ok, const char *format, ...)
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

void doctor_failed(struct doctor *d, const char *name, const struct error *e)
{
    doctor_report(d, name, false, "cannot be checked: %s", e->message);
}

/* --- checks that are one statement --- */

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
};

void doctor_rows(struct doctor *d, const struct row_check *check)
{
    struct error e = {0};
    struct query q;
    struct str names = STR_INIT;
    int64_t n = 0;

    int step = query_open(&q, d->store, &e, check->sql, "i", d->now);
    while (step >= 0 && (step = query_step(&q, &e)) == 1)
        if (n++ < DOCTOR_NAMED)
            str_addf(&names, "%s%s", n > 1 ? ", " : "", query_text(&q, 0));
    query_close(&q);
    if (step < 0)
        doctor_failed(d, check->name, &e);
    else if (n == 0)
        doctor_report(d, check->name, true, "%s", check->good);
    else
        doctor_report(d, check->name, false, "%lld %s: %s%s", (long long)n, check->bad, str_text(&names),
                      n > DOCTOR_NAMED ? ", ..." : "");
    str_release(&names);
}

/* --- the file --- */

static void check_sqlite(struct doctor *d)
{
    doctor_report(
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
        doctor_failed(d, "file", &e);
    else if (identity.application_id != STORE_APPLICATION_ID)
        doctor_report(d, "file", false, "'%s' is not a tenanttui database", d->store->path);
    else
        doctor_report(d, "file", true, "'%s', %lld pages", d->store->path, (long long)identity.pages);
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
        doctor_report(d, "integrity", false, "%s; `restore` puts a backup back", e.message);
    else if (str_equal(str_text(&found), "ok"))
        doctor_report(d, "integrity", true, "every page and index is sound");
    else
        doctor_report(d, "integrity", false, "%.400s; `restore` puts a backup back", str_text(&found));
    str_release(&found);
}

static void check_schema(struct doctor *d)
{
    struct error e = {0};
    if (migrate_check(d->store, &e))
        doctor_report(d, "schema", false, "%s", e.message);
    else
        doctor_report(d, "schema", true, "schema %d, every migration as it was released",
                      store_schema_newest());
}

static void check_wal(struct doctor *d)
{
    struct stat st;
    long long size = stat(d->store->wal_path, &st) == 0 ? (long long)st.st_size : 0;
    if (size > WAL_LARGE)
        doctor_report(d, "wal", false,
                      "%lld MiB: a process that reads for long keeps the log from being copied back",
                      size >> 20);
    else
        doctor_report(d, "wal", true, "%lld KiB", size >> 10);
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
    doctor_report(d, "modes", wrong.len == 0, "%s%s",
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
        doctor_failed(d, "sealed", &e);
    else
        doctor_report(d, "sealed", wrong == 0, "%lld of %lld tokens open with the key",
                      (long long)(n - wrong), (long long)n);
}

static void check_key(struct doctor *d)
{
    struct error e = {0};
    char fingerprint[FINGERPRINT_TEXT] = "";
    int found = meta_get(d->store, KEY_FINGERPRINT, fingerprint, sizeof fingerprint, &e);
    if (found < 0) {
        doctor_failed(d, "key", &e);
    } else if (found == 0) {
        doctor_report(d, "key", true, "the database has no key yet; the first secret makes one");
    } else if (!d->store->key_path || !store_key(d->store, &e)) {
        doctor_report(d, "key", false, "%s (expected fingerprint %s)",
                      d->store->key_path ? e.message : "no key file is named", fingerprint);
    } else {
        doctor_report(d, "key", true, "fingerprint %s", fingerprint);
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
        doctor_failed(d, "daemon", &e);
    else if (!held)
        doctor_report(d, "daemon", true, "none runs now%s",
                      running ? "; the last one left without closing its bots"
                              : ": tenanttui --bot starts one");
    else if (silent)
        doctor_report(d, "daemon", false, "%lld of %lld running bots have not been heard of for 5 minutes",
                      (long long)silent, (long long)running);
    else
        doctor_report(d, "daemon", true, "daemon %s, %lld bots running", instance[0] ? instance : "starting",
                      (long long)running);
}

static void check_all_rows(struct doctor *d)
{
    for (size_t i = 0; i < sizeof row_checks / sizeof *row_checks; i++)
        doctor_rows(d, &row_checks[i]);
    doctor_stock(d);
    for (const struct row_check *check = shop_checks; check->name; check++)
        doctor_rows(d, check);
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
    if (store_schema_version(s) == store_schema_newest()) {
        check_key(&d);
        check_all_rows(&d);
        check_daemon(&d);
    } else {
        doctor_report(&d, "rows", false, "not looked at: the tables are not those that this program knows");
    }
    json_set_bool(document, "ok", d.ok);
    json_set(document, "checks", d.checks);
    return document;
}
