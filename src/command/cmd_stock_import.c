/* An import is staged before the gate's transaction, in short ones of its own; the gate's publishes it. */
#include "cmd_shop.h"
#include "input.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/store/stock.h"

#define PIECE (256 << 10)
#define NAMED 100 /* lines that the report names; all are counted */

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "code", .type = ARG_PRODUCT},
    {.name = "file",
     .type = ARG_FILE,
     .help = "one item a line; -: standard input, on Discord the attachment"},
    {0},
};

struct importing {
    struct command_context *c;
    struct stock_import *import;
    int64_t product;
    struct json *lines; /* {"line","why"} */
    int64_t unnamed;
    int64_t size, done; /* bytes of the file; 0: not known */
};

static void release(struct command_context *c)
{
    struct importing *p = c->prepared;

    if (p) {
        stock_import_free(p->import);
        json_free(p->lines);
    }
    free(p);
    c->prepared = NULL;
}

static void report(void *context, int64_t line, enum line_report what, enum line_fault fault)
{
    struct importing *p = context;

    if (json_count(p->lines) >= NAMED) {
        p->unnamed++;
        return;
    }
    struct json *j = json_push(p->lines, json_new_object());
    json_set_int(j, "line", line);
    json_set_string(j, "why", what == LINE_DUPLICATE ? "is there already" : line_fault_texts[fault]);
}

static int between(void *context)
{
    struct importing *p = context;
    const struct ports *ports = p->c->ports;

    if (ports->progress)
        ports->progress(ports->context, "staging", p->done, p->size > p->done ? p->size : p->done + 1);
    return ports->cancelled && ports->cancelled(ports->context);
}

static int feed(struct importing *p, int fd, struct error *e)
{
    char *piece = mem_alloc(PIECE);
    ssize_t n;
    int status = 0;

    while (!status && (n = input_read(p->c, fd, piece, PIECE, e)) != 0) {
        p->done += n > 0 ? n : 0;
        status = n < 0 ? -1 : stock_import_feed(p->import, piece, (size_t)n, e);
    }
    if (status && e->code == ERROR_INTERRUPTED)
        stock_import_stop(p->import);
    if (!status)
        status = stock_import_finish(p->import, e);
    mem_wipe(piece, PIECE);
    free(piece);
    if (p->c->ports->progress)
        p->c->ports->progress(p->c->ports->context, "staging", p->done, 0);
    return status;
}

static bool is_csv(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && str_equal_nocase(name + n - 4, ".csv");
}

/* Its lines may come slowly, and while the transaction of the others is open nobody can write. */
static int check_alone(const struct command_context *c, struct error *e)
{
    if (!store_in_transaction(c->store))
        return 0;
    error_set(e, ERROR_MALFORMED, "--dry-run", "'%s' cannot stand in a dry run of several lines",
              c->spec->name);
    return error_hint(e, "try it in a call of its own");
}

static int prepare(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct importing *p = mem_zero(1, sizeof *p);
    struct product product;
    struct stat about;
    int fd = -1, status = -1;

    c->prepared = p;
    p->c = c;
    p->lines = json_new_array();
    struct stock_import_options options = {
        .report = report, .between = between, .context = p, .trial = c->options->dry_run};
    if (check_alone(c, e) || products_load(&scope, arg_text(c, "code"), &product, e) ||
        input_open(c, arg_text(c, "file"), &fd, e))
        goto done;
    bool known = fstat(fd, &about) == 0;
    if (known && S_ISDIR(about.st_mode)) {
        error_set(e, ERROR_REFUSED, "file", "'%s' is a directory", arg_text(c, "file"));
        goto done;
    }
    if (known && S_ISREG(about.st_mode))
        p->size = about.st_size;
    options.product = p->product = product.product;
    options.csv = is_csv(arg_text(c, "file"));
    if (stock_import_begin(&p->import, &scope, &options, c->now, e) || feed(p, fd, e))
        goto done;
    status = 0;
done:
    if (fd >= 0)
        close(fd);
    return status;
}

static void tell(struct command_context *c, const struct importing *p)
{
    json_each(line, p->lines) writer_messagef(c->w, MESSAGE_WARNING, "line %" PRId64 " %s",
                                              json_get_int(line, "line", 0), json_get_string(line, "why"));
    if (p->unnamed)
        writer_messagef(c->w, MESSAGE_WARNING, "and %" PRId64 " more lines", p->unnamed);
}

/* What would be published. It has no number yet: the import takes the one that is next by then. */
static struct json *plan_of(const struct importing *p, int64_t added)
{
    struct json *plan = json_new_object(), *rows = json_set(plan, "database", json_new_array());
    struct json *row = json_push(rows, json_new_object());

    json_set_string(row, "table", "stock_batches");
    struct json *key = json_set(row, "key", json_new_object());
    json_set_string(key, "tenant_id", p->c->tenant.id);
    json_set_int(key, "product", p->product);
    json_set_null(row, "before");
    struct json *after = json_set(row, "after", json_new_object());
    json_set_string(after, "state", "published");
    json_set_int(after, "added", added);
    return plan;
}

static int run(struct command_context *c, struct error *e)
{
    struct importing *p = c->prepared;
    struct stock_import_counts counts;

    if (stock_import_publish(p->import, e))
        return -1;
    stock_import_counts(p->import, &counts);
    c->changed = counts.added > 0;
    tell(c, p);
    command_extra(c, "added", json_new_int(counts.added));
    command_extra(c, "duplicate", json_new_int(counts.duplicate));
    command_extra(c, "rejected", json_new_int(counts.rejected));
    command_extra(c, "lines", json_clone(p->lines));
    command_done(c, "%" PRId64 " %s of %s added, %" PRId64 " %s, %" PRId64 " %s rejected", counts.added,
                 ITEMS(counts.added), arg_text(c, "code"), counts.duplicate,
                 counts.duplicate == 1 ? "duplicate" : "duplicates", counts.rejected,
                 counts.rejected == 1 ? "line" : "lines");
    if (!c->options->dry_run)
        return 0;
    if (counts.added)
        c->foretold = plan_of(p, counts.added);
    /* The rows of a plan do not tell it. */
    writer_messagef(c->w, MESSAGE_NOTICE, "would be: %s", c->out->done);
    return 0;
}

const struct command_spec command_stock_import = {
    .name = "stock import",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED | COMMAND_DISCORD | COMMAND_ALONE | COMMAND_SLOW,
    .right = RIGHT_SHOP(PERMISSION_MANAGE_PRODUCTS),
    .group = GROUP_SHOP,
    .makes = (const char *const[]){"added", "duplicate", "rejected", "lines", NULL},
    .summary = "add the lines of a file as items, all at once",
    .detail =
        "Nobody sees an item before all are there. Lines that are there already, too long or no UTF-8 text "
        "are "
        "left out and named; empty ones are passed over. In a file whose name ends in .csv a line that is "
        "one "
        "quoted field is the text inside the quotes. Interrupted or killed, it leaves nothing behind. "
        "On Discord the file is attached to the message or slash command: .txt or .csv, up to 25 MiB.",
    .example = "stock import tenant01 DL stock.txt",
    .prepare = prepare,
    .run = run,
    .release = release,
};
