#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/mem.h"

static const struct arg_spec args[] = {
    {.name = "n", .type = ARG_NUMBER, .optional = true, .help = "a push's number; all where left out"},
    {0},
};

static const struct column columns[] = {
    {"push", "PUSH", true},      {"tenant_id", "TENANT", false}, {"revision", "REV", true},
    {"kind", "KIND", false},     {"state", "STATE", false},      {"attempts", "TRIES", true},
    {"reason", "REASON", false}, {"next", "NEXT", false},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

struct listing {
    struct command_context *c;
    int64_t only; /* 0: all */
    int64_t total;
};

static void row(void *context, const struct push_row *push)
{
    struct listing *listing = context;
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_INT(push->push),
        CELL_OF_TEXT(push->tenant),
        CELL_OF_INT(push->revision),
        CELL_OF_TEXT(push_kind_words[push->kind]),
        CELL_OF_TEXT(push_row_state_words[push->state]),
        CELL_OF_INT(push->attempts),
        CELL_OF_TEXT(push->reason[0] ? push->reason : NULL),
        CELL_OF_TIME(push->next_at),
    };

    if (listing->only && push->push != listing->only)
        return;
    writer_table_row(listing->c->w, cells);
    listing->total++;
}

static int no_push(int64_t n, struct error *e)
{
    error_set(e, ERROR_NO_SUCH, "n", "no push %" PRId64 " is waiting", n);
    return error_hint(e, "push list");
}

static int list(struct command_context *c, struct error *e)
{
    struct listing listing = {.c = c, .only = arg_number(c, "n", 0)};

    writer_table_begin(c->w, columns, COLUMN_COUNT);
    if (outbox_list(c->store, NULL, row, &listing, e))
        return -1;
    writer_table_end(c->w, listing.total, NULL);
    return 0;
}

/* The tenants whose pushes are meant, each once. */
struct targets {
    char (*ids)[TENANT_ID_TEXT];
    size_t count, room;
    int64_t only; /* 0: all */
};

static void target(void *context, const struct push_row *push)
{
    struct targets *t = context;

    if ((t->only && push->push != t->only) || push->state == PUSH_LEASED)
        return;
    for (size_t i = 0; i < t->count; i++)
        if (str_equal(t->ids[i], push->tenant))
            return;
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 16;
        t->ids = mem_resize(t->ids, t->room, sizeof(*t->ids));
    }
    str_copy(t->ids[t->count++], TENANT_ID_TEXT, push->tenant);
}

static int push_targets(struct command_context *c, const struct targets *targets, struct error *e)
{
    int status = 0;

    for (size_t i = 0; !status && i < targets->count; i++) {
        struct tenant t;
        status = tenants_load(c->store, targets->ids[i], &t, e);
        if (!status)
            command_push_add(c, &t, false);
        tenant_release(&t);
    }
    return status;
}

static int retry(struct command_context *c, struct error *e)
{
    struct targets targets = {.only = arg_number(c, "n", 0)};
    int64_t n = 0;
    int status = -1;

    if (outbox_list(c->store, NULL, target, &targets, e) || outbox_retry_now(c->store, targets.only, &n, e))
        goto done;
    if (targets.only && !n) {
        no_push(targets.only, e);
        goto done;
    }
    if (push_targets(c, &targets, e))
        goto done;
    c->changed = n > 0;
    command_extra(c, "retried", json_new_int(n));
    command_done(c, "%" PRId64 " pushes to retry", n);
    status = 0;
done:
    free(targets.ids);
    return status;
}

static int drop(struct command_context *c, struct error *e)
{
    int64_t push = arg_number(c, "n", 0), n = 0;

    if (outbox_drop(c->store, push, &n, e))
        return -1;
    if (push && !n)
        return no_push(push, e);
    c->changed = n > 0;
    command_extra(c, "dropped", json_new_int(n));
    command_done(c, "%" PRId64 " pushes dropped", n);
    return 0;
}

const struct command_spec command_push_list = {
    .name = "push list",
    .args = args,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "list what Discord has not taken yet",
    .example = "push list",
    .run = list,
};

const struct command_spec command_push_retry = {
    .name = "push retry",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "try a failed or waiting push again now",
    .example = "push retry 12",
    .run = retry,
};

const struct command_spec command_push_drop = {
    .name = "push drop",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OPERATOR,
    .group = GROUP_BOTS,
    .summary = "forget a push that is not wanted any more",
    .example = "push drop 12",
    .run = drop,
};
