/* Taking over a database of the system that came before, in one transaction: all of it or nothing. */
#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/store/import.h"

#define NAMED 1000 /* rows that the report names; all are counted */

static const struct arg_spec args[] = {
    {.name = "file", .type = ARG_FILE, .help = "a rental_bot.db or a shop.db; it stays as it is"},
    {0},
};
static const struct option_spec options[] = {
    {.name = "--tenant", .value = "ID", .type = ARG_TENANT, .help = "the tenant that a shop.db goes into"},
    {0},
};

struct importing {
    struct command_context *c;
    struct json *tables; /* {"table","rows","taken","changed","there","refused"} */
    struct json *rows;   /* {"table","row","key","fate","reason"} */
    int64_t unnamed;
    int64_t of[IMPORT_FATE_COUNT];
};

static void note(void *context, const char *table, int64_t row, const char *key, enum import_fate fate,
                 const char *reason)
{
    struct importing *p = context;

    if (json_count(p->rows) >= NAMED) {
        p->unnamed++;
        return;
    }
    struct json *j = json_push(p->rows, json_new_object());
    json_set_string(j, "table", table);
    json_set_int(j, "row", row);
    json_set_string(j, "key", key);
    json_set_string(j, "fate", import_fate_words[fate]);
    json_set_string(j, "reason", reason);
    writer_messagef(p->c->w, MESSAGE_WARNING, "%s row %" PRId64 "%s%s%s %s: %s", table, row, *key ? " (" : "",
                    key, *key ? ")" : "", import_fate_words[fate], reason);
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
    writer_messagef(p->c->w, MESSAGE_NOTICE,
                    "%s: %" PRId64 " rows, %" PRId64 " taken, %" PRId64 " taken with changes, %" PRId64
                    " there already, %" PRId64 " refused",
                    counts->table, counts->rows, counts->of[IMPORT_TAKEN], counts->of[IMPORT_CHANGED],
                    counts->of[IMPORT_THERE], counts->of[IMPORT_REFUSED]);
}

static int between(void *context, int64_t rows)
{
    const struct importing *p = context;
    const struct ports *ports = p->c->ports;

    if (ports->progress)
        ports->progress(ports->context, "reading", rows, rows + 1);
    return ports->cancelled && ports->cancelled(ports->context);
}

static int prepare(struct command_context *c, struct error *e)
{
    const struct import_options o = {.path = arg_text(c, "file"), .tenant = option_text(c, "--tenant")};

    return import_check(&o, c->store, e);
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
    if (p->unnamed)
        writer_messagef(c->w, MESSAGE_WARNING, "and %" PRId64 " more rows", p->unnamed);
    command_extra(c, "tables", json_clone(p->tables));
    command_extra(c, "rows", json_clone(p->rows));
    command_done(c,
                 "%s: %" PRId64 " rows taken, %" PRId64 " taken with changes, %" PRId64
                 " there already, %" PRId64 " refused",
                 arg_text(c, "file"), p->of[IMPORT_TAKEN], p->of[IMPORT_CHANGED], p->of[IMPORT_THERE],
                 p->of[IMPORT_REFUSED]);
}

static int run(struct command_context *c, struct error *e)
{
    struct importing p = {.c = c, .tables = json_new_array(), .rows = json_new_array()};
    const char *tenant = option_text(c, "--tenant");
    const struct import_options o = {.path = arg_text(c, "file"),
                                     .tenant = tenant,
                                     .note = note,
                                     .table = tell_table,
                                     .between = between,
                                     .context = &p};
    bool configured = false;
    int status = import_run(c->store, &o, c->now, &configured, e);

    if (c->ports->progress)
        c->ports->progress(c->ports->context, "reading", 0, 0);
    if (!status) {
        if (tenant) {
            str_copy(c->out->tenant, sizeof c->out->tenant, tenant);
            c->audit_tenant = c->out->tenant;
        }
        c->configuration = configured;
        finish(c, &p);
    }
    json_free(p.tables);
    json_free(p.rows);
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
    .summary = "take over a database of the earlier system",
    .detail =
        "A rental_bot.db brings its tenants, their settings, tokens, terms, payments, products, stock and "
        "transactions; a shop.db brings customers with their balances (one opening entry each), products, "
        "stock and the world of deposits into the tenant given. The file is only read. Each row that cannot "
        "be taken, or only with changes, is named with the reason. What is there already is left alone, so "
        "that the same file can be read again; try --dry-run first. Tokens are kept encrypted and are not "
        "checked with Discord; items that were sold keep a transaction worth nothing, and statistics begin "
        "here. The whole file is one transaction: until it ends nobody else can write. It cannot be undone: "
        "make a backup before.",
    .example = "import shop.db --tenant tenant01",
    .prepare = prepare,
    .run = run,
};
