/* One tenant or all in a file that `import` reads elsewhere, or as csv for spreadsheets. */
#include "cmd_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "passphrase.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/store/portable.h"

#define TABLES_MAX 32

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT, .optional = true},
    {.name = "file", .type = ARG_FILE, .help = "a file; with -o csv, or where it ends in /, a new directory"},
    {0},
};
static const struct option_spec options[] = {
    {.name = "--all", .help = "every tenant"},
    PASSPHRASE_OPTION("seal the tokens and the contents of the stock with this passphrase"),
    {.name = "--reveal", .help = "the contents of the stock as they are; the audit notes it"},
    {0},
};

struct exporting {
    struct command_context *c;
    char *path;      /* without a / at its end */
    char *temporary; /* beside it; NULL: not made yet */
    bool csv, made;
    int fd; /* -1: none is open */
    struct str passphrase;
    struct {
        const char *table;
        int64_t rows;
    } counts[TABLES_MAX]; /* ended by one without a name; the first is "tenant" */
    int64_t rows;
};

/* --- what is asked for --- */

static int check_tenant(const struct command_context *c, struct error *e)
{
    bool all = option_given(c, "--all");

    if (all && c->has_tenant)
        return error_set(e, ERROR_EXTRA_ARGUMENT, "tenant", "export takes a tenant or --all, not both");
    if (all || c->has_tenant)
        return 0;
    error_set(e, ERROR_MISSING_ARGUMENT, "tenant", "export needs a tenant or --all");
    return error_hint(e, "`export TENANT %s`, or `export TENANT FILE` if that is the tenant",
                      arg_text(c, "file"));
}

static int check_path(struct exporting *x, struct error *e)
{
    struct command_context *c = x->c;
    struct stat st;

    if (str_equal(x->path, "-")) {
        error_set(e, ERROR_REFUSED, "file", "an export goes into a file");
        return error_hint(e, "a name such as %s.json", c->has_tenant ? c->tenant.id : "tenants");
    }
    if (store_check_target(c->store, x->path, e))
        return -1;
    if (stat(x->path, &st))
        return 0;
    if (x->csv || !S_ISREG(st.st_mode)) {
        error_set(e, ERROR_TAKEN, "file", "'%s' exists", x->path);
        return error_hint(e, x->csv ? "name a new directory" : "name a file");
    }
    char *question = mem_format("%s exists. Replace it?", x->path);
    int status = command_confirm(c, question, NULL, e);
    free(question);
    return status;
}

static int check_secrets(const struct exporting *x, struct error *e)
{
    const struct command_context *c = x->c;
    bool sealed = option_given(c, "--passphrase-file");

    if (x->csv && sealed) {
        error_set(e, ERROR_EXTRA_ARGUMENT, "--passphrase-file", "csv files hold no secrets");
        return error_hint(e, "name a file: tenant.json");
    }
    if ((sealed || option_given(c, "--reveal")) && !c->options->dry_run && store_readonly(c->store))
        return error_set(e, ERROR_READ_ONLY, NULL,
                         "secrets leave only with a row in the audit, and the database is open read-only");
    return 0;
}

static int prepare(struct command_context *c, struct error *e)
{
    struct exporting *x = mem_zero(1, sizeof *x);
    const char *file = arg_text(c, "file");
    size_t n = strlen(file);

    c->prepared = x;
    *x = (struct exporting){.c = c, .fd = -1};
    x->csv = c->options->format == OUTPUT_CSV || (n && file[n - 1] == '/');
    while (n > 1 && file[n - 1] == '/')
        n--;
    x->path = mem_strndup(file, n);
    if (check_tenant(c, e) || check_secrets(x, e) || check_path(x, e))
        return -1;
    if (!option_given(c, "--passphrase-file") || c->options->dry_run)
        return 0;
    return passphrase_read(c, true, &x->passphrase, e);
}

/* --- the file or the directory --- */

static int cannot(const struct exporting *x, struct error *e)
{
    int cause = errno;

    if (!fs_full(cause))
        return error_set(e, ERROR_REFUSED, "file", "'%s' cannot be written: %s", x->path, strerror(cause));
    error_set(e, ERROR_DB_FULL, "file", "'%s' cannot be written: no space is left", x->path);
    return error_hint(e, "free some space or name another place; nothing was changed");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int close_file(struct exporting *x, struct error *e)
{
    int fd = x->fd;

    x->fd = -1;
    if (fd < 0)
        return 0;
    if (fsync(fd)) {
        cannot(x, e);
        close(fd);
        return -1;
    }
    return close(fd) ? cannot(x, e) : 0;
}

static int open_file(struct exporting *x, const char *path, struct error *e)
{
    x->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return x->fd < 0 ? cannot(x, e) : 0;
}

static int make(struct exporting *x, struct error *e)
{
    unsigned char random[6];
    char hex[2 * sizeof random + 1];

    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    x->temporary = mem_format("%s.tmp-%s", x->path, hex);
    if (x->csv ? mkdir(x->temporary, 0700) && cannot(x, e) : open_file(x, x->temporary, e))
        return -1;
    x->made = true;
    return 0;
}

static int next_file(void *context, const char *tenant, const char *table, struct error *e)
{
    struct exporting *x = context;
    bool all = option_given(x->c, "--all");
    char *folder = mem_format("%s%s%s", x->temporary, all ? "/" : "", all ? tenant : "");
    char *path = mem_format("%s/%s.csv", folder, table);
    int status = close_file(x, e);

    if (!status && mkdir(folder, 0700) && errno != EEXIST)
        status = cannot(x, e);
    if (!status)
        status = open_file(x, path, e);
    free(folder);
    free(path);
    return status;
}

static int write_bytes(void *context, const char *bytes, size_t n, struct error *e)
{
    struct exporting *x = context;

    return fs_write(x->fd, bytes, n) ? cannot(x, e) : 0;
}

static int put_in_place(struct exporting *x, struct error *e)
{
    if (close_file(x, e))
        return -1;
    if (rename(x->temporary, x->path))
        return cannot(x, e);
    x->made = false;
    return fs_sync_parent(x->path) ? cannot(x, e) : 0;
}

static void release(struct command_context *c)
{
    struct exporting *x = c->prepared;

    c->prepared = NULL;
    if (!x)
        return;
    if (x->fd >= 0)
        close(x->fd);
    if (x->made)
        nftw(x->temporary, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    str_wipe(&x->passphrase);
    free(x->path);
    free(x->temporary);
    free(x);
}

/* --- the export --- */

static void tell_table(void *context, const char *table, int64_t rows)
{
    struct exporting *x = context;
    int i = 0;

    while (i < TABLES_MAX - 1 && x->counts[i].table && !str_equal(x->counts[i].table, table))
        i++;
    x->counts[i].table = table;
    x->counts[i].rows += rows;
    x->rows += rows;
}

static int between(void *context, int64_t rows)
{
    const struct exporting *x = context;
    const struct ports *ports = x->c->ports;

    if (ports->progress)
        ports->progress(ports->context, "writing", rows, rows + 1);
    return ports->cancelled && ports->cancelled(ports->context);
}

static const char *contents_of(const struct exporting *x)
{
    return option_given(x->c, "--reveal") ? "clear" : x->passphrase.len ? "sealed" : "none";
}

/* The row stands before anything leaves. */
static int audit(struct exporting *x, struct error *e)
{
    struct json *changes = json_new_array(), *change = json_push(changes, json_new_object());
    struct json *key = json_new_object(), *after = json_new_object();

    json_set_string(change, "table", "export");
    json_set_string(json_set(change, "key", key), "file", x->path);
    json_set_null(change, "before");
    json_set_string(json_set(change, "after", after), "contents", contents_of(x));
    json_set_string(after, "tokens", x->passphrase.len ? "sealed" : "none");
    int status = command_audit_own(x->c, x->c->store, changes, e);
    json_free(changes);
    return status;
}

static int write_all(struct exporting *x, struct error *e)
{
    struct command_context *c = x->c;
    const struct export_options o = {.tenant = c->has_tenant ? c->tenant.id : NULL,
                                     .program = TENANTTUI_VERSION,
                                     .passphrase = x->passphrase.len ? str_text(&x->passphrase) : NULL,
                                     .passphrase_length = x->passphrase.len,
                                     .reveal = option_given(c, "--reveal"),
                                     .now = c->now,
                                     .write = write_bytes,
                                     .file = x->csv ? next_file : NULL,
                                     .table = tell_table,
                                     .between = between,
                                     .context = x};

    int status = export_run(c->store, &o, e);
    if (c->ports->progress)
        c->ports->progress(c->ports->context, "writing", 0, 0);
    return status;
}

static struct json *tables_of(const struct exporting *x)
{
    struct json *tables = json_new_array();

    for (int i = 0; i < TABLES_MAX && x->counts[i].table; i++) {
        struct json *table = json_push(tables, json_new_object());
        json_set_string(table, "table", x->counts[i].table);
        json_set_int(table, "rows", x->counts[i].rows);
    }
    return tables;
}

static void tell(const struct exporting *x)
{
    struct command_context *c = x->c;
    struct json *document = json_new_object();

    json_set_string(document, "file", x->path);
    json_set_int(document, "tenants", x->counts[0].rows);
    if (c->options->format != OUTPUT_TEXT) /* people have the sum in the last line */
        json_set(document, "tables", tables_of(x));
    json_set_string(document, "contents", contents_of(x));
    json_set_string(document, "tokens", x->passphrase.len ? "sealed" : "none");
    if (c->out->audit)
        json_set_int(document, "audit", c->out->audit);
    else
        json_set_null(document, "audit");
    writer_document(c->w, document);
    json_free(document);
    if (!x->passphrase.len)
        writer_messagef(c->w, MESSAGE_NOTICE, "%s not in it%s",
                        option_given(c, "--reveal") ? "tokens are"
                                                    : "tokens and the contents of the stock are",
                        x->csv ? "" : "; --passphrase-file F seals them in");
    else
        writer_message(c->w, MESSAGE_NOTICE,
                       "what is sealed in it opens with the passphrase only, which nobody can give back");
    writer_messagef(c->w, MESSAGE_DONE, "%s written to %s: %" PRId64 " rows",
                    c->has_tenant ? c->tenant.id : "all tenants", x->path, x->rows);
}

static int run(struct command_context *c, struct error *e)
{
    struct exporting *x = c->prepared;

    if (c->options->dry_run) {
        c->out->plan = command_empty_plan();
        writer_messagef(c->w, MESSAGE_NOTICE, "%s would be written to %s",
                        c->has_tenant ? c->tenant.id : "all tenants", x->path);
        return 0;
    }
    if ((x->passphrase.len || option_given(c, "--reveal")) && audit(x, e))
        return -1;
    if (make(x, e) || write_all(x, e) || put_in_place(x, e))
        return -1;
    tell(x);
    return 0;
}

/* Its only write is a row of the audit, which it makes by itself: no transaction stays open meanwhile. */
static bool writes(const struct command_context *c)
{
    (void)c;
    return false;
}

const struct command_spec command_export = {
    .name = "export",
    .args = args,
    .options = options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_NOT_UNDOABLE | COMMAND_SLOW | COMMAND_ALONE,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .makes = (const char *const[]){"file", "tenants", "tables", "contents", "tokens", "audit", NULL},
    .summary = "write a tenant, or all, into a file that import reads elsewhere",
    .detail =
        "Configuration, rental term, products, stock, customers, ledger, transactions and numbers of one "
        "moment; others may go on working meanwhile. The token and the contents of the stock are in it "
        "only where --passphrase-file seals them (Argon2id, XChaCha20-Poly1305); nobody can open them "
        "without that passphrase. A file that was changed or cut is not taken by import. With -o csv, or "
        "where FILE ends in /, a new directory with one csv file a table, for other programs: import does "
        "not read it. --reveal writes the contents of the stock as they are, tokens never. What belongs to "
        "this place stays here: audit, pushes, deliveries that wait.",
    .example = "export tenant01 tenant01.json --passphrase-file secret.txt",
    .writes = writes,
    .prepare = prepare,
    .run = run,
    .release = release,
};
