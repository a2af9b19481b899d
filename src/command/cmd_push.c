#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

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

/* 0 stands for all of them below. */
static int check_number(const struct command_context *c, struct error *e)
{
    return arg_given(c, "n") && !arg_number(c, "n", 0) ? no_push(0, e) : 0;
}

static int list(struct command_context *c, struct error *e)
{
    struct listing listing = {.c = c, .only = arg_number(c, "n", 0)};

    if (check_number(c, e))
        return -1;

    writer_table_begin(c->w, columns, COLUMN_COUNT);
    if (outbox_list(c->store, NULL, row, &listing, e))
        return -1;
    writer_table_end(c->w, listing.total, NULL);
    return 0;
}

/* The rows that are meant, as they were, in the order of their numbers. */
struct chosen {
    struct command_context *c;
    struct push_row *rows;
    size_t count, room;
    size_t next;  /* looked at again up to here */
    int64_t only; /* 0: all */
};

static void choose(void *context, const struct push_row *push)
{
    struct chosen *chosen = context;

    if (chosen->only && push->push != chosen->only)
        return;
    if (chosen->count == chosen->room) {
        chosen->room = chosen->room ? chosen->room * 2 : 16;
        chosen->rows = mem_resize(chosen->rows, chosen->room, sizeof(*chosen->rows));
    }
    chosen->rows[chosen->count++] = *push;
}

static struct json *row_json(const struct push_row *push)
{
    struct json *row = json_new_object();
    char next[TIME_TEXT];

    json_set_string(row, "tenant_id", push->tenant);
    json_set_int(row, "revision", push->revision);
    json_set_string(row, "kind", push_kind_words[push->kind]);
    json_set_string(row, "state", push_row_state_words[push->state]);
    json_set_int(row, "attempts", push->attempts);
    json_set_string(row, "reason", push->reason[0] ? push->reason : NULL);
    json_set_string(row, "next", push->next_at ? time_format_ms(push->next_at, next) : NULL);
    return row;
}

/* The outbox is not in the journal, which would keep every push of every command. AFTER NULL: it is gone. */
static void note_change(struct command_context *c, const struct push_row *before,
                        const struct push_row *after)
{
    struct json *change = json_new_object();

    json_set_string(change, "table", "outbox");
    json_set_int(json_set(change, "key", json_new_object()), "push", before->push);
    json_set(change, "before", row_json(before));
    json_set(change, "after", after ? row_json(after) : json_new_null());
    if (!c->own_changes)
        c->own_changes = json_new_array();
    json_push(c->own_changes, change);
}

static void note_retried(void *context, const struct push_row *push)
{
    struct chosen *chosen = context;

    while (chosen->next < chosen->count && chosen->rows[chosen->next].push < push->push)
        chosen->next++;
    if (chosen->next == chosen->count || chosen->rows[chosen->next].push != push->push)
        return;
    const struct push_row *was = &chosen->rows[chosen->next];
    if (was->state != push->state || was->attempts != push->attempts || was->next_at != push->next_at)
        note_change(chosen->c, was, push);
}

/* The tenants whose pushes are meant, each once. */
struct targets {
    struct target {
        char id[TENANT_ID_TEXT];
        unsigned kinds;
    } * items;
    size_t count, room;
};

static struct target *target_of(struct targets *t, const char *id)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_equal(t->items[i].id, id))
            return &t->items[i];
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 16;
        t->items = mem_resize(t->items, t->room, sizeof(*t->items));
    }
    t->items[t->count].kinds = 0;
    str_copy(t->items[t->count].id, TENANT_ID_TEXT, id);
    return &t->items[t->count++];
}

/* What is under way stays with whom it is leased to. */
static int push_chosen(const struct chosen *chosen, struct error *e)
{
    struct targets targets = {0};
    int status = 0;

    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->rows[i].state != PUSH_LEASED)
            target_of(&targets, chosen->rows[i].tenant)->kinds |= 1u << chosen->rows[i].kind;
    for (size_t i = 0; !status && i < targets.count; i++) {
        struct tenant t;
        status = tenants_load(chosen->c->store, targets.items[i].id, &t, e);
        if (!status)
            command_push_add(chosen->c, &t, targets.items[i].kinds, false);
        tenant_release(&t);
    }
    free(targets.items);
    return status;
}

static int retry(struct command_context *c, struct error *e)
{
    struct chosen chosen = {.c = c, .only = arg_number(c, "n", 0)};
    int64_t n = 0;
    int status = -1;

    if (check_number(c, e) || outbox_list(c->store, NULL, choose, &chosen, e) ||
        outbox_retry_now(c->store, chosen.only, &n, e))
        goto done;
    if (chosen.only && !n) {
        no_push(chosen.only, e);
        goto done;
    }
    if (outbox_list(c->store, NULL, note_retried, &chosen, e) || push_chosen(&chosen, e))
        goto done;
    c->changed = n > 0;
    command_extra(c, "retried", json_new_int(n));
    command_done(c, "%" PRId64 " pushes to retry", n);
    status = 0;
done:
    free(chosen.rows);
    return status;
}

static int drop(struct command_context *c, struct error *e)
{
    struct chosen chosen = {.c = c, .only = arg_number(c, "n", 0)};
    int64_t n = 0;
    int status = -1;

    if (check_number(c, e) || outbox_list(c->store, NULL, choose, &chosen, e) ||
        outbox_drop(c->store, chosen.only, &n, e))
        goto done;
    if (chosen.only && !n) {
        no_push(chosen.only, e);
        goto done;
    }
    for (size_t i = 0; i < chosen.count; i++)
        note_change(c, &chosen.rows[i], NULL);
    c->changed = n > 0;
    command_extra(c, "dropped", json_new_int(n));
    command_done(c, "%" PRId64 " pushes dropped", n);
    status = 0;
done:
    free(chosen.rows);
    return status;
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
    .makes = (const char *const[]){"retried", NULL},
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
    .makes = (const char *const[]){"dropped", NULL},
    .summary = "forget a push that is not wanted any more",
    .example = "push drop 12",
    .run = drop,
};
