/* An import that is only tried: what would become of its lines, without a word written to the database. The
 * lines that it would add are remembered beside it, as hashes in a database without a name: SQLite keeps it
 * in memory and, when it grows, in a file that nobody else sees and that is gone with it. */
#include "stock_stage.h"

#include "tt/base/fs.h"
#include "tt/base/mem.h"

/* Lines that are looked up in one view: a reader that stays keeps the log from being begun anew. */
#define VIEW_LINES 4096

struct stock_trial {
    sqlite3 *seen;
    sqlite3_stmt *add;
};

/* Nothing of it is ever read again, so neither a journal nor a commit is needed. */
static const char seen_sql[] = "PRAGMA journal_mode = OFF;"
                               "PRAGMA synchronous = OFF;"
                               "PRAGMA cache_size = -16384;"
                               "CREATE TABLE seen (line_hash BLOB PRIMARY KEY) WITHOUT ROWID;"
                               "BEGIN";

static int fail(const struct stock_trial *t, struct error *e)
{
    bool full = sqlite3_errcode(t->seen) == SQLITE_FULL || fs_full(sqlite3_system_errno(t->seen));
    error_set(e, full ? ERROR_DB_FULL : ERROR_REFUSED, NULL, "what was read cannot be remembered: %s",
              full ? "no space is left" : sqlite3_errmsg(t->seen));
    return error_hint(e, "free some space for temporary files, or name another directory with TMPDIR");
}

int trial_begin(struct stock_import *i, struct error *e)
{
    struct stock_trial *t = i->trial = mem_zero(1, sizeof *t);
    int there = stage_product(i, e);
    if (there < 1)
        return there < 0 ? -1 : stage_no_product(i, e);
    if (stock_keys_of(i->scope.store, &i->keys, e))
        return -1;
    if (sqlite3_open_v2(
            "", &t->seen,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) ||
        sqlite3_exec(t->seen, seen_sql, NULL, NULL, NULL) ||
        sqlite3_prepare_v2(t->seen, "INSERT OR IGNORE INTO seen VALUES (?1)", -1, &t->add, NULL))
        return fail(t, e);
    return 0;
}

void trial_free(struct stock_trial *t)
{
    if (!t)
        return;
    sqlite3_finalize(t->add);
    sqlite3_close(t->seen);
    free(t);
}

/* 1: nobody has the line, neither the stock nor the file before it; 0; -1 */
static int is_new(struct stock_import *i, const unsigned char *hash, struct error *e)
{
    struct stock_trial *t = i->trial;
    sqlite3_bind_blob(t->add, 1, hash, LINE_HASH, SQLITE_STATIC);
    sqlite3_step(t->add);
    if (sqlite3_reset(t->add) != SQLITE_OK)
        return fail(t, e);
    return sqlite3_changes(t->seen) ? stock_line_free(&i->scope, hash, e) : 0;
}

int trial_slice(struct stock_import *i, size_t *from, size_t *kept, struct error *e)
{
    bool own;
    if (stage_go_on(i, e) || view_begin(i->scope.store, &own, e))
        return -1;
    size_t left = i->chunk_count - *from, end = *from + (left < VIEW_LINES ? left : VIEW_LINES);
    int added = 0;
    while (added >= 0 && *from < end) {
        struct line_entry entry = i->chunk[(*from)++];
        added = is_new(i, entry.hash, e);
        if (added == 0)
            i->chunk[(*kept)++] = entry;
        i->counts.added += added == 1;
    }
    return view_end(i->scope.store, own, added);
}
