/* All transactions of a tenant into a new file: csv, or by its ending json lines. */
#include "cmd_shop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/crypto.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/store/purchase.h"

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "file", .type = ARG_FILE, .help = "a new file: .csv, .tsv, .jsonl or .json"},
    {0},
};

static const struct column columns[] = {
    {"transaction_id", "TRANSACTION", false},
    {"type", "TYPE", false},
    {"user_id", "USER", false},
    {"code", "CODE", false},
    {"quantity", "QUANTITY", true},
    {"total", "TOTAL", true},
    {"status", "STATUS", false},
    {"delivery", "DELIVERY", false},
    {"refunds", "REFUNDS", false},
    {"foreign_id", "FOREIGN ID", false},
    {"created_at", "TIME", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

struct exporting {
    FILE *file;
    struct writer *w;
    int64_t rows;
};

static void write_bytes(void *context, const char *bytes, size_t n)
{
    struct exporting *x = context;
    fwrite(bytes, 1, n, x->file);
}

static void row(void *context, const struct transaction *t)
{
    struct exporting *x = context;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_TEXT(t->id),
        CELL_OF_TEXT(transaction_type_words[t->type]),
        CELL_OF_ID(t->user_id),
        CELL_OF_TEXT(t->code),
        CELL_OF_INT(t->quantity),
        CELL_OF_INT(t->total),
        CELL_OF_TEXT(transaction_status_words[t->status]),
        CELL_OF_TEXT(transaction_delivery_words[t->delivery]),
        CELL_OF_TEXT(*t->refunds_id ? t->refunds_id : NULL),
        CELL_OF_TEXT(*t->foreign_id ? t->foreign_id : NULL),
        CELL_OF_TIME(t->created_at),
    };
    writer_table_row(x->w, cells);
    x->rows++;
}

static int format_of(const char *path, enum output_format *format, struct error *e)
{
    static const struct {
        const char *ending;
        enum output_format format;
    } formats[] = {
        {".csv", OUTPUT_CSV}, {".tsv", OUTPUT_TSV}, {".jsonl", OUTPUT_JSONL}, {".json", OUTPUT_JSON}};
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t n = strlen(formats[i].ending);
        if (length > n && str_equal_nocase(path + length - n, formats[i].ending)) {
            *format = formats[i].format;
            return 0;
        }
    }
    error_set(e, ERROR_MALFORMED, "file", "the ending of '%s' names no form", path);
    return error_hint(e, "a file that ends in .csv, .tsv, .jsonl or .json");
}

static int write_all(struct command_context *c, struct exporting *x, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct transaction_query all = {.page = {.limit = 0}};
    char next[LIST_NEXT_TEXT];

    writer_table_begin(x->w, columns, COLUMN_COUNT);
    if (transactions_list(&scope, &all, row, x, NULL, next, e))
        return -1;
    writer_table_end(x->w, x->rows, NULL);
    return 0;
}

static int cannot(const char *path, struct error *e)
{
    error_set(e, errno == EEXIST ? ERROR_TAKEN : ERROR_REFUSED, "file", "cannot write %s: %s", path,
              strerror(errno));
    return errno == EEXIST ? error_hint(e, "name a new file") : -1;
}

/* A file that is there is never replaced, not even one that came meanwhile; not every file system can promise
 * that. */
static int move(const char *from, const char *to)
{
    int failed = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

    return failed && errno == EINVAL ? rename(from, to) : failed;
}

static int put_in_place(struct exporting *x, const char *temporary, const char *path, struct error *e)
{
    if (fflush(x->file) || ferror(x->file) || fsync(fileno(x->file)) || move(temporary, path))
        return cannot(path, e);
    return fs_sync_parent(path) ? cannot(path, e) : 0;
}

/* A new file beside PATH, so that what a kill leaves is in nobody's way; its name is the caller's. */
static char *make(struct exporting *x, const char *path, struct error *e)
{
    unsigned char random[6];
    char hex[2 * sizeof random + 1];
    struct stat st;

    if (lstat(path, &st) == 0) {
        errno = EEXIST;
        cannot(path, e);
        return NULL;
    }
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    char *temporary = mem_format("%s.tmp-%s", path, hex);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && (x->file = fdopen(fd, "w")))
        return temporary;
    cannot(path, e);
    if (fd >= 0) {
        close(fd);
        unlink(temporary);
    }
    free(temporary);
    return NULL;
}

static int run(struct command_context *c, struct error *e)
{
    const char *path = arg_text(c, "file");
    struct exporting x = {0};
    enum output_format format = OUTPUT_CSV;

    if (format_of(path, &format, e))
        return -1;
    if (c->options->dry_run) {
        c->out->plan = command_empty_plan();
        writer_messagef(c->w, MESSAGE_NOTICE, "the transactions of %s would be written to %s", c->tenant.id,
                        path);
        return 0;
    }
    char *temporary = make(&x, path, e);

    if (!temporary)
        return -1;
    int status = -1;
    struct sink sink = {.write = write_bytes, .context = &x};
    x.w = writer_new(&(struct writer_options){.format = format, .data = sink, .messages = sink});
    x.w->by_rows = format == OUTPUT_JSONL;
    if (write_all(c, &x, e) == 0 && put_in_place(&x, temporary, path, e) == 0)
        status = 0;
    writer_free(x.w);
    fclose(x.file);
    if (status)
        unlink(temporary);
    free(temporary);
    if (status)
        return -1;
    struct json *document = json_new_object();
    json_set_string(document, "tenant_id", c->tenant.id);
    json_set_string(document, "file", path);
    json_set_int(document, "transactions", x.rows);
    writer_document(c->w, document);
    json_free(document);
    writer_messagef(c->w, MESSAGE_DONE, "%" PRId64 " transactions written to %s", x.rows, path);
    return 0;
}

const struct command_spec command_tx_export = {
    .name = "tx export",
    .args = args,
    .flags = COMMAND_SLOW | COMMAND_ALONE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_CUSTOMERS,
    .summary = "write all transactions of a tenant to a file",
    .example = "tx export tenant01 sales.csv",
    .run = run,
};
