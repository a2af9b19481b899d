/* Taking over a database of the system that came before, or tenants from an export, in one transaction: all
 * of it or nothing. */
#include "cmd_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "passphrase.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/store/import.h"
#include "tt/store/portable.h"

#define PIECE (64 << 10)
#define NAMED 10000 /* rows that the document names; messages name all */
/* What is taken in a moment: bots may run meanwhile. */
#define ROWS_BESIDE_BOTS 500
#define BYTES_BESIDE_BOTS (128 << 10)

static const struct arg_spec args[] = {
    {.name = "file", .type = ARG_FILE, .help = "an export, a rental_bot.db or a shop.db; it stays as it is"},
    {0},
};
static const struct option_spec options[] = {
    {.name = "--tenant",
     .value = "ID",
     .type = ARG_TENANT,
     .help = "the tenant that a shop.db goes into; the id that an exported tenant gets"},
    PASSPHRASE_OPTION("the passphrase that the export was sealed with"),
    {0},
};

/* What `prepare` leaves: an export whose header was read, else nothing. */
struct source {
    int fd;
    struct portable *file; /* NULL: a database */
};

struct importing {
    struct command_context *c;
    struct json *tables;  /* {"table","rows","taken","changed","there","refused","left_columns"} */
    struct json *rows;    /* {"table","row","key","fate","reason"} */
    struct json *columns; /* {column: rows} of the table that comes next; NULL none */
    int64_t named, unnamed;
    int64_t of[IMPORT_FATE_COUNT];
    int64_t tokens; /* that came with an export */
};

static void note(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                 const char *reason)
{
    struct importing *p = context;

    writer_messagef(p->c->w, MESSAGE_WARNING, "%s row %" PRId64 "%s%s%s %s: %s", table, row, *key ? " (" : "",
                    key, *key ? ")" : "", import_fate_words[fate], reason);
    if (p->named == NAMED) {
        p->unnamed++;
        return;
    }
    p->named++;
    struct json *j = json_push(p->rows, json_new_object());
    json_set_string(j, "table", table);
    json_set_int(j, "row", row);
    json_set_string(j, "key", key);
    json_set_string(j, "fate", import_fate_words[fate]);
    json_set_string(j, "reason", reason);
}

static void tell_column(void *context, const char *table, const char *column, int64_t rows)
{
    struct importing *p = context;

    if (!p->columns)
        p->columns = json_new_object();
    json_set_int(p->columns, column, rows);
    writer_messagef(p->c->w, MESSAGE_NOTICE, "%s: %s of %" PRId64 " %s left, not in this version", table,
                    column, rows, rows == 1 ? "row" : "rows");
}

static void tell_table(void *context, const struct import_counts *counts)
{
    struct importing *p = context;
    struct json *j = json_push(p->tables, json_new_object());

    json_set_string(j, "table", counts->table);
    json_set_int(j, "rows", counts->rows);
    if (counts->left) {
        json_set_string(j, "left", counts->left);
        writer_messagef(p->c->w, MESSAGE_NOTICE, "%s: %" PRId64 " rows left, %s", counts->table, counts->rows,
                        counts->left);
        return;
    }
    for (int i = 0; i < IMPORT_FATE_COUNT; i++) {
        json_set_int(j, import_fate_words[i], counts->of[i]);
        p->of[i] += counts->of[i];
    }
    if (p->columns)
        json_set(j, "left_columns", p->columns);
    p->columns = NULL;
    p->tokens += str_equal(counts->table, "token") ? counts->of[IMPORT_TAKEN] : 0;
    writer_messagef(p->c->w, MESSAGE_NOTICE,
                    "%s: %" PRId64 " %s, %" PRId64 " taken, %" PRId64 " taken with changes, %" PRId64
                    " there already, %" PRId64 " refused",
                    counts->table, counts->rows, counts->rows == 1 ? "row" : "rows", counts->of[IMPORT_TAKEN],
                    counts->of[IMPORT_CHANGED], counts->of[IMPORT_THERE], counts->of[IMPORT_REFUSED]);
}

static int between(void *context, int64_t rows)
{
    const struct importing *p = context;
    const struct ports *ports = p->c->ports;

    if (ports->progress)
        ports->progress(ports->context, "reading", rows, rows + 1);
    return ports->cancelled && ports->cancelled(ports->context);
}

static void release(struct command_context *c)
{
    struct source *source = c->prepared;

    c->prepared = NULL;
    if (!source)
        return;
    portable_free(source->file);
    if (source->fd >= 0)
        close(source->fd);
    free(source);
}

static ssize_t read_input(void *context, char *to, size_t n)
{
    const struct source *source = context;

    return read(source->fd, to, n);
}

/* Does the file begin as an export does? What is no file, a pipe for one, can only be an export. One that
 * cannot be looked at is for the others to complain about. */
static bool is_export(const char *path)
{
    char start[PORTABLE_MAGIC_LENGTH];
    struct stat st;

    if (str_equal(path, "-"))
        return true;
    if (stat(path, &st) || S_ISDIR(st.st_mode))
        return false;
    if (!S_ISREG(st.st_mode))
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool same = fd >= 0 && read(fd, start, sizeof start) == (ssize_t)sizeof start &&
                memcmp(start, PORTABLE_MAGIC, sizeof start) == 0;
    if (fd >= 0)
        close(fd);
    return same;
}

static int cannot_keep(struct error *e)
{
    return error_set(e, ERROR_REFUSED, "file", "what comes cannot be kept in memory: %s", strerror(errno));
}

static int copy(struct command_context *c, int from, int to, struct error *e)
{
    char *piece = mem_alloc(PIECE);
    ssize_t n;
    int status = 0;

    while (!status && (n = input_read(c, from, piece, PIECE, e)) != 0)
        status = n < 0 ? -1 : fs_write(to, piece, (size_t)n) ? cannot_keep(e) : 0;
    mem_wipe(piece, PIECE);
    free(piece);
    return status;
}

/* A pipe may come slowly or never end, and the import holds the write lock: so it is all here before. In
 * memory: the contents of the stock may be in it, and do not touch the disk in the clear. */
static int gather(struct command_context *c, struct source *source, struct error *e)
{
    struct stat st;

    if (fstat(source->fd, &st) == 0 && S_ISREG(st.st_mode))
        return 0;
    int fd = memfd_create("import", MFD_CLOEXEC);
    int status = fd < 0 ? cannot_keep(e) : copy(c, source->fd, fd, e);
    if (!status && lseek(fd, 0, SEEK_SET) < 0)
        status = cannot_keep(e);
    if (!status) {
        close(source->fd);
        source->fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    return status;
}

static int unlock(struct command_context *c, struct portable *file, struct error *e)
{
    struct str passphrase = STR_INIT;

    if (!portable_locked(file)) {
        if (!option_given(c, "--passphrase-file"))
            return 0;
        return error_set(e, ERROR_EXTRA_ARGUMENT, "--passphrase-file", "nothing is sealed in this file");
    }
    if (str_equal(arg_text(c, "file"), "-") &&
        (!option_given(c, "--passphrase-file") || str_equal(option_text(c, "--passphrase-file"), "-")))
        return error_set(e, ERROR_MISSING_ARGUMENT, "--passphrase-file",
                         "the file comes from standard input, so its passphrase cannot: --passphrase-file F");
    int status = passphrase_read(c, false, &passphrase, e);
    if (!status)
        status = portable_unlock(file, str_text(&passphrase), passphrase.len, e);
    str_wipe(&passphrase);
    return status;
}

/* All or nothing is one transaction, and so is a dry run; meanwhile no bot could sell anything. */
static int check_bots(const struct command_context *c, bool large, struct error *e)
{
    if (!large || !daemon_lock_held(store_path(c->store)))
        return 0;
    error_set(e, ERROR_REFUSED, "file",
              "'%s' is too large to be taken in while the daemon runs: its bots could not write meanwhile",
              arg_text(c, "file"));
    return error_hint(e, "stop the daemon for the time; a dry run can be made on a copy: `backup COPY`, then "
                         "--db COPY");
}

static bool is_large(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_size > BYTES_BESIDE_BOTS;
}

static int open_export(struct command_context *c, struct error *e)
{
    struct source *source = mem_zero(1, sizeof *source);
    const struct portable_input input = {.read = read_input, .context = source};

    source->fd = -1;
    c->prepared = source;
    return input_open(c, arg_text(c, "file"), &source->fd, e) || gather(c, source, e) ||
                   check_bots(c, is_large(source->fd), e) || portable_open(&source->file, &input, e) ||
                   unlock(c, source->file, e)
               ? -1
               : 0;
}

static int prepare(struct command_context *c, struct error *e)
{
    const char *file = arg_text(c, "file");
    const struct import_options o = {.path = file, .tenant = option_text(c, "--tenant")};
    int64_t rows;

    if (is_export(file))
        return open_export(c, e);
    if (import_check(&o, c->store, &rows, e) || check_bots(c, rows > ROWS_BESIDE_BOTS, e))
        return -1;
    if (option_given(c, "--passphrase-file"))
        return error_set(e, ERROR_EXTRA_ARGUMENT, "--passphrase-file", "nothing is sealed in this file");
    return 0;
}

/* What the audit keeps, and a dry run shows: a row a table, counts only. */
static struct json *change_of(const struct json *table)
{
    struct json *change = json_new_object(), *after = json_clone(table);

    json_remove(after, "table");
    json_set_string(change, "table", "import");
    json_set_string(json_set(change, "key", json_new_object()), "table", json_get_string(table, "table"));
    json_set_null(change, "before");
    json_set(change, "after", after);
    return change;
}

static void finish(struct command_context *c, struct importing *p)
{
    struct json *changes = json_new_array();

    c->changed = p->of[IMPORT_TAKEN] + p->of[IMPORT_CHANGED] > 0;
    json_each(table, p->tables) json_push(changes, change_of(table));
    if (c->options->dry_run)
        json_set(c->foretold = json_new_object(), "database", changes);
    else
        c->own_changes = changes;
    if (p->tokens)
        writer_messagef(c->w, MESSAGE_NOTICE,
                        "%" PRId64 " with a token: stopped here, since the bot may still run where the file "
                        "comes from; `bot start TENANT` when it does not",
                        p->tokens);
    command_extra(c, "tables", json_clone(p->tables));
    command_extra(c, "rows", json_clone(p->rows));
    command_extra(c, "unnamed", json_new_int(p->unnamed));
    command_done(c,
                 "%s: %" PRId64 " rows taken, %" PRId64 " taken with changes, %" PRId64
                 " there already, %" PRId64 " refused",
                 arg_text(c, "file"), p->of[IMPORT_TAKEN], p->of[IMPORT_CHANGED], p->of[IMPORT_THERE],
                 p->of[IMPORT_REFUSED]);
}

/* *TENANT: the only one that it is about; "" where there are several. */
static int take(struct importing *p, char tenant[TENANT_ID_TEXT], bool *configured, struct error *e)
{
    struct command_context *c = p->c;
    struct source *source = c->prepared;
    const char *wanted = option_text(c, "--tenant");
    const struct import_options o = {.path = arg_text(c, "file"),
                                     .tenant = wanted,
                                     .note = note,
                                     .column = tell_column,
                                     .table = tell_table,
                                     .between = between,
                                     .context = p};

    str_copy(tenant, TENANT_ID_TEXT, wanted ? wanted : "");
    if (!source)
        return import_run(c->store, &o, c->now, configured, e);
    int status = portable_import(source->file, c->store, &o, c->features, c->now, tenant, e);
    if (portable_count(source->file) != 1)
        tenant[0] = '\0';
    return status;
}

static int run(struct command_context *c, struct error *e)
{
    struct importing p = {.c = c, .tables = json_new_array(), .rows = json_new_array()};
    char tenant[TENANT_ID_TEXT];
    bool configured = false;
    int status = take(&p, tenant, &configured, e);

    if (c->ports->progress)
        c->ports->progress(c->ports->context, "reading", 0, 0);
    if (!status) {
        if (tenant[0]) {
            str_copy(c->out->tenant, sizeof c->out->tenant, tenant);
            c->audit_tenant = c->out->tenant;
        }
        c->configuration = configured;
        finish(c, &p);
    }
    json_free(p.tables);
    json_free(p.rows);
    json_free(p.columns);
    return status;
}

const struct command_spec command_import = {
    .name = "import",
    .args = args,
    .options = options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_ALONE | COMMAND_CREATES | COMMAND_NOT_UNDOABLE |
             COMMAND_SLOW,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .makes = (const char *const[]){"tables", "rows", "unnamed", NULL},
    .summary = "take in exported tenants, or a database of the earlier system",
    .detail =
        "A file that export wrote brings its tenants with all that is in it, under the ids that they have "
        "there or (one tenant) under --tenant ID; a tenant that is here already is refused, never mixed. "
        "Ids of transactions that buyers know stay valid. Where the file was sealed, its passphrase is "
        "asked for. A bot that comes with its token is left stopped: it may still run where the file comes "
        "from. From the earlier system a rental_bot.db brings its tenants, their settings, tokens, terms, "
        "payments, products, stock and transactions; a shop.db brings customers with their balances (one "
        "opening entry each), products, stock and the world of deposits into the tenant given. The file is "
        "only read. Each row that cannot be taken, or only with changes, is named with the reason, and each "
        "column that has no place here. What is "
        "there already is left alone, so that the same file can be read again; try --dry-run first. Tokens "
        "are kept encrypted and are not checked with Discord; items that were sold keep a transaction "
        "worth nothing, and statistics begin here. The whole file is one transaction: until it ends nobody "
        "else can write. So while a daemon runs, a file of more than 500 rows (an export: 128 KiB) is "
        "refused, with --dry-run too: stop the daemon, or make the dry run on a copy (`backup`, --db). It "
        "cannot be undone: make a backup before.",
    .example = "import shop.db --tenant tenant01",
    .prepare = prepare,
    .run = run,
    .release = release,
};
