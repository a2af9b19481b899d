#include "list.h"

#include "tt/base/mem.h"

#define LONG_SCAN 20000 /* tenants; above it a search is not counted to its end */

/* --- rows --- */

/* A page is read to its end before the caller sees its first row: a caller that writes to a slow pipe must
 * not keep a read transaction open. So that a list of all tenants stays small, a bot that has nothing to say
 * takes no room. */
struct kept {
    char *id; /* and the name after its NUL */
    int64_t discord_id, guild_id, revision, created_at, updated_at;
    unsigned char status, plan, token;
    unsigned char state;    /* of the bot */
    struct bot_status *bot; /* NULL: at rest, nothing applied */
};

struct rows {
    struct kept *items;
    size_t count;
};

static void kept_release(struct kept *kept)
{
    free(kept->id);
    free(kept->bot);
}

static void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        kept_release(&rows->items[i]);
    free(rows->items);
}

static int read_line(struct store *s, const struct query *q, const char *instance, struct tenant_line *line,
                     struct error *e)
{
    int status = stored_word(s, tenant_status_words, query_text(q, 4), e);
    int plan = status < 0 ? -1 : stored_word(s, plan_words, query_text(q, 5), e);
    int token = plan < 0 ? -1 : stored_word(s, token_state_words, query_text(q, 7), e);
    if (token < 0 || bot_status_read(q, 10, instance, &line->bot, e))
        return -1;
    line->id = query_text(q, 0);
    line->name = query_text(q, 1);
    line->discord_id = query_int(q, 2);
    line->guild_id = query_int(q, 3);
    line->status = (enum tenant_status)status;
    line->plan = (enum plan)plan;
    line->revision = query_int(q, 6);
    line->applied_revision = line->bot.applied_revision;
    line->token = (enum token_state)token;
    line->created_at = query_int(q, 8);
    line->updated_at = query_int(q, 9);
    return 0;
}

static int walk(struct store *s, const struct list_walk *w, void (*each)(void *, const struct tenant_line *),
                void *context, struct error *e)
{
    struct query q;
    char instance[33];

    if (daemon_instance(s, instance, e))
        return -1;
    int step = list_open(&q, s, w, e);
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        struct tenant_line line;
        if (read_line(s, &q, instance, &line, e))
            step = -1;
        else
            each(context, &line);
    }
    query_close(&q);
    return step;
}

static void keep(void *context, const struct tenant_line *line)
{
    struct rows *rows = context;
    size_t id = strlen(line->id) + 1, name = strlen(line->name) + 1;

    if ((rows->count & (rows->count + 1)) == 0) /* full at each power of two, less one */
        rows->items = mem_resize(rows->items, rows->count * 2 + 2, sizeof *rows->items);
    struct kept *kept = &rows->items[rows->count++];
    *kept = (struct kept){.id = mem_alloc(id + name),
                          .discord_id = line->discord_id,
                          .guild_id = line->guild_id,
                          .revision = line->revision,
                          .created_at = line->created_at,
                          .updated_at = line->updated_at,
                          .status = (unsigned char)line->status,
                          .plan = (unsigned char)line->plan,
                          .token = (unsigned char)line->token,
                          .state = (unsigned char)line->bot.state};
    memcpy(kept->id, line->id, id);
    memcpy(kept->id + id, line->name, name);
    if (line->bot.heartbeat_at || line->bot.applied_revision || line->bot.instance[0]) {
        kept->bot = mem_alloc(sizeof *kept->bot);
        *kept->bot = line->bot;
    }
}

static void give(const struct kept *kept, void (*each)(void *, const struct tenant_line *), void *context)
{
    struct tenant_line line = {.id = kept->id,
                               .name = kept->id + strlen(kept->id) + 1,
                               .discord_id = kept->discord_id,
                               .guild_id = kept->guild_id,
                               .status = (enum tenant_status)kept->status,
                               .plan = (enum plan)kept->plan,
                               .token = (enum token_state)kept->token,
                               .revision = kept->revision,
                               .created_at = kept->created_at,
                               .updated_at = kept->updated_at};
    if (kept->bot) {
        line.bot = *kept->bot;
    } else {
        bot_status_none(&line.bot);
        bot_status_rest(&line.bot, line.status, kept->state == BOT_ERROR, line.token);
        line.bot.state = (enum bot_state)kept->state;
    }
    line.applied_revision = line.bot.applied_revision;
    each(context, &line);
}

static void reverse(struct rows *rows)
{
    for (size_t i = 0, j = rows->count; i + 1 < j; i++) {
        struct kept swap = rows->items[i];
        rows->items[i] = rows->items[--j];
        rows->items[j] = swap;
    }
}

/* --- pages --- */

/* Drop the row that was read only to learn whether more follow. */
static bool drop_extra(struct rows *rows, int64_t limit)
{
    if (limit <= 0 || rows->count <= (size_t)limit)
        return false;
    kept_release(&rows->items[--rows->count]);
    return true;
}

static int page_forward(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                        enum list_side side, const char *anchor, struct rows *rows, bool *more,
                        struct error *e)
{
    int64_t limit = q->page.limit;
    struct list_walk w = {
        .query = q, .how = how, .anchor = anchor, .side = side, .limit = limit > 0 ? limit + 1 : -1};
    if (walk(s, &w, keep, rows, e))
        return -1;
    *more = drop_extra(rows, limit);
    return 0;
}

static int page_backward(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                         enum list_side side, const char *anchor, int64_t limit, struct rows *rows,
                         struct error *e)
{
    struct list_walk w = {.query = q,
                          .how = how,
                          .anchor = anchor,
                          .side = side,
                          .reversed = true,
                          .limit = limit > 0 ? limit : -1};
    if (walk(s, &w, keep, rows, e))
        return -1;
    reverse(rows);
    return 0;
}

static void append(struct rows *to, struct rows *from)
{
    to->items = mem_resize(to->items, to->count + from->count + 1, sizeof *to->items);
    for (size_t i = 0; i < from->count; i++)
        to->items[to->count++] = from->items[i];
    free(from->items);
    *from = (struct rows){0};
}

/* The anchor in the middle; what one side lacks, the other gives. */
static int page_around(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                       struct rows *rows, bool *more, struct error *e)
{
    struct tenant_query rest = *q;
    struct rows after = {0};
    int64_t limit = q->page.limit;
    int result = -1;

    if (page_forward(s, q, how, SIDE_FROM, q->page.around, &after, more, e))
        goto done;
    int64_t before = limit / 2;
    if (limit > 0 && (int64_t)after.count < limit - before)
        before = limit - (int64_t)after.count;
    if ((limit <= 0 || before > 0) &&
        page_backward(s, q, how, SIDE_BEYOND, q->page.around, limit > 0 ? before : 0, rows, e))
        goto done;
    rest.page.limit = limit > 0 ? limit - (int64_t)rows->count : 0;
    *more = drop_extra(&after, rest.page.limit) || *more;
    while (limit > 0 && after.count > (size_t)rest.page.limit)
        *more = drop_extra(&after, rest.page.limit);
    append(rows, &after);
    result = 0;
done:
    rows_release(&after);
    return result;
}

/* The first page of a search that found many, from the first ids that it found: where they lie deep in the
 * order, the walk to them is long. False in *FULL: they do not fill the page. */
static int page_of_first(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                         struct rows *rows, bool *full, struct error *e)
{
    struct list_plan few = *how;
    few.found = how->first;
    *full = false;
    if (!how->first || q->sort != SORT_TENANT || q->descending || q->page.limit <= 0)
        return 0;
    if (page_forward(s, q, &few, SIDE_ALL, NULL, rows, full, e))
        return -1;
    if (!*full) {
        rows_release(rows);
        *rows = (struct rows){0};
    }
    return 0;
}

static int check_anchor(struct store *s, const struct tenant_query *q, struct error *e)
{
    const struct paging *p = &q->page;
    const char *anchor = p->after ? p->after : p->before ? p->before : p->around;
    int64_t one;
    if (!anchor)
        return 0;
    int found = sql_int(s, e, &one, "SELECT 1 FROM tenants WHERE tenant_id = ?1", "t", anchor);
    return found == 1 ? 0 : found < 0 ? -1 : tenant_missing(anchor, e);
}

static int take_page(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                     struct rows *rows, bool *more, struct error *e)
{
    const struct paging *p = &q->page;
    *more = false;
    if (check_anchor(s, q, e))
        return -1;
    if (p->last)
        return page_backward(s, q, how, SIDE_ALL, NULL, p->limit, rows, e);
    if (p->around)
        return page_around(s, q, how, rows, more, e);
    if (p->before) {
        *more = true; /* at least the anchor itself */
        return page_backward(s, q, how, SIDE_BEYOND, p->before, p->limit, rows, e);
    }
    if (!p->after && page_of_first(s, q, how, rows, more, e))
        return -1;
    if (*more)
        return 0;
    return page_forward(s, q, how, p->after ? SIDE_BEYOND : SIDE_ALL, p->after, rows, more, e);
}

/* --- totals --- */

static bool whole_list(const struct paging *p, bool more)
{
    return !more && !p->count && !p->after && !p->before && (p->limit == 0 || (!p->around && !p->last));
}

static int total_of(struct store *s, const struct tenant_query *q, const struct list_plan *how,
                    const struct rows *rows, bool more, int64_t *total, struct error *e)
{
    bool scan = (q->search && q->search[0]) || q->feature >= 0;
    int64_t all = 0;

    if (whole_list(&q->page, more)) {
        *total = (int64_t)rows->count;
        return 0;
    }
    if (!scan && !q->deleted)
        return list_count_known(s, q->status, q->plan, total, e);
    if (!q->page.count) {
        if (list_count_known(s, -1, -1, &all, e))
            return -1;
        bool rare = how->found || (q->feature >= 0 && how->rare_feature);
        if (all > LONG_SCAN && !q->deleted && !rare) {
            *total = -1;
            return 0;
        }
    }
    return list_count(s, q, how, total, e);
}

int tenants_list(struct store *s, const struct tenant_query *q,
                 void (*each)(void *, const struct tenant_line *), void *context, int64_t *total,
                 char next[TENANT_ID_TEXT], struct error *e)
{
    struct rows rows = {0};
    struct list_plan how;
    bool more = false, own;
    int64_t counted = 0;
    int result = -1;

    if (view_begin(s, &own, e))
        return -1;
    result = list_plan_of(s, q, &how, e);
    if (result == 0 && !q->page.count)
        result = take_page(s, q, &how, &rows, &more, e);
    if (result == 0 && total)
        result = total_of(s, q, &how, &rows, more, &counted, e);
    list_plan_release(&how);
    if (view_end(s, own, result))
        goto done;
    for (size_t i = 0; i < rows.count; i++)
        give(&rows.items[i], each, context);
    if (total)
        *total = counted;
    if (next)
        str_copy(next, TENANT_ID_TEXT, more && rows.count ? rows.items[rows.count - 1].id : "");
done:
    rows_release(&rows);
    return result;
}
