#include "cmd_shared.h"

#include <inttypes.h>

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT, .optional = true}, {0}};

static const struct option_spec options[] = {
    {.name = "--by", .value = "WHO", .type = ARG_TEXT, .help = "only what this person or process did"},
    {.name = "--command",
     .value = "WORD",
     .type = ARG_TEXT,
     .help = "only commands that begin with these words"},
    {.name = "--since", .value = "TIME", .type = ARG_TIME, .help = "only what came after"},
    {0},
};

static const struct column columns[] = {
    {"audit", "AUDIT", true},       {"time", "TIME", false},
    {"tenant_id", "TENANT", false}, {"who", "WHO", false},
    {"face", NULL, false},          {"result", "RESULT", false},
    {"command", "COMMAND", false},  {"before", NULL, false},
    {"after", NULL, false},         {"undone_by", "UNDONE BY", true},
    {"undoes", "UNDOES", true},     {"refused", NULL, false},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* "features.shop": the table and what identifies the row in it, without the tenant, which stands beside. */
static void row_name(const struct json *change, struct str *out)
{
    str_add(out, json_get_string(change, "table"));
    json_each(column, json_get(change, "key"))
    {
        const char *text = json_string(column);
        if (str_equal(json_key(column), "tenant_id"))
            continue;
        str_add_char(out, '.');
        if (text)
            str_add(out, text);
        else
            json_print(column, out);
    }
}

/* One side of all changes: {"features.shop":{"enabled":0}}, null for a row that is not there. */
static struct json *side(const struct json *changes, const char *which)
{
    struct json *out = json_new_object();

    json_each(change, changes)
    {
        const struct json *value = json_get(change, which);
        struct str name = STR_INIT;

        row_name(change, &name);
        json_set(out, str_text(&name), value ? json_clone(value) : json_new_null());
        str_release(&name);
    }
    return out;
}

static void row(void *context, const struct audit_entry *entry)
{
    struct command_context *c = context;
    struct json *before = entry->changes ? side(entry->changes, "before") : NULL;
    struct json *after = entry->changes ? side(entry->changes, "after") : NULL;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_INT(entry->audit),
        CELL_OF_TIME(entry->time),
        CELL_OF_TEXT(entry->tenant),
        CELL_OF_TEXT(entry->who),
        CELL_OF_TEXT(entry->face),
        CELL_OF_TEXT(entry->refused     ? "refused"
                     : entry->undone_by ? "undone"
                                        : "done"),
        CELL_OF_TEXT(entry->command),
        CELL_OF_JSON(before),
        CELL_OF_JSON(after),
        entry->undone_by ? CELL_OF_INT(entry->undone_by) : CELL_OF_NULL,
        entry->undoes ? CELL_OF_INT(entry->undoes) : CELL_OF_NULL,
        CELL_OF_BOOL(entry->refused),
    };

    writer_table_row(c->w, cells);
    json_free(before);
    json_free(after);
}

static int run(struct command_context *c, struct error *e)
{
    struct audit_query query = {
        .tenant = c->has_tenant ? c->tenant.id : NULL,
        .who = option_text(c, "--by"),
        .command = option_text(c, "--command"),
        .since = option_number(c, "--since", 0),
        .page = c->paging,
    };
    int64_t total = -1, next = 0;
    char next_text[24];

    page_begin(c, columns, COLUMN_COUNT);
    if (audit_list(c->store, &query, row, c, &total, &next, e))
        return -1;
    snprintf(next_text, sizeof(next_text), "%" PRId64, next);
    page_end(c, total, next ? next_text : "");
    return 0;
}

const struct command_spec command_audit = {
    .name = "audit",
    .args = args,
    .options = options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_PAGING,
    .right = RIGHT_VIEWER,
    .group = GROUP_HISTORY,
    .summary = "list what was done, newest first",
    .detail = "Every write has a row with who, what, from where, before and after; so has every refusal for "
              "want of a right. `undo` takes the row's number.",
    .example = "audit tenant01 --since 7d",
    .run = run,
};
