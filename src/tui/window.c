#include "window.h"

#include "tt/base/mem.h"

void window_init(struct window *w)
{
    *w = (struct window){.total = -1, .wanted = -1};
}

static void drop_rows(struct window *w)
{
    for (size_t i = 0; i < w->count; i++)
        json_free(w->rows[i]);
    w->count = 0;
}

void window_release(struct window *w)
{
    drop_rows(w);
    free(w->rows);
    window_init(w);
}

bool window_is_far(const struct window *w)
{
    return w->first > WINDOW_FAR / 2;
}

int64_t window_end(const struct window *w)
{
    return w->first + (int64_t)w->count;
}

const struct json *window_at(const struct window *w, int64_t index)
{
    return index >= w->first && index < window_end(w) ? w->rows[index - w->first] : NULL;
}

const struct json *window_cursor(const struct window *w)
{
    return window_at(w, w->cursor);
}

void row_text(const struct json *row, const char *path, struct str *out)
{
    const struct json *value = path ? json_at(row, path) : NULL;
    if (json_string(value))
        str_add(out, json_string(value));
    else if (value && json_type(value) != JSON_NULL)
        json_print(value, out);
}

static bool row_is(const struct json *row, const char *path, const char *id, struct str *spare)
{
    str_clear(spare);
    row_text(row, path, spare);
    return str_equal(str_text(spare), id);
}

int64_t window_find(const struct window *w, const char *path, const char *id)
{
    struct str spare = STR_INIT;
    int64_t found = -1;
    for (size_t i = 0; path && i < w->count && found < 0; i++)
        if (row_is(w->rows[i], path, id, &spare))
            found = w->first + (int64_t)i;
    str_release(&spare);
    return found;
}

/* Within what is loaded. */
static void clamp(struct window *w)
{
    if (w->cursor >= window_end(w))
        w->cursor = window_end(w) - 1;
    if (w->cursor < w->first)
        w->cursor = w->first;
}

/* Is there a row at INDEX that is not loaded yet? */
static bool lies_beyond(const struct window *w, int64_t index)
{
    return index < w->first ? index >= 0 || w->first > 0 : index >= window_end(w) && w->more;
}

static void go_to(struct window *w, int64_t index)
{
    w->cursor = index;
    clamp(w);
    w->wanted = w->cursor != index && lies_beyond(w, index) ? index : -1;
}

/* --- answers --- */

static void reserve(struct window *w, size_t room)
{
    if (room <= w->room)
        return;
    w->rows = mem_resize(w->rows, room, sizeof *w->rows);
    w->room = room;
}

/* Put the answer's rows at position AT. */
static void insert(struct window *w, size_t at, struct result *answer)
{
    size_t n = answer->rows.count;
    reserve(w, w->count + n + 1);
    memmove(w->rows + at + n, w->rows + at, (w->count - at) * sizeof *w->rows);
    if (n)
        memcpy(w->rows + at, answer->rows.items, n * sizeof *w->rows);
    w->count += n;
    answer->rows.count = 0;
}

static void take_total(struct window *w, const struct result *answer)
{
    w->loaded = true;
    if (window_is_far(w))
        w->total = -1;
    else if (answer->total >= 0)
        w->total = answer->total;
    else if (answer->total < 0 && w->total < window_end(w))
        w->total = -1;
    if (!w->more && !window_is_far(w) && w->total < window_end(w))
        w->total = window_end(w);
}

void window_start(struct window *w, struct result *answer)
{
    drop_rows(w);
    w->first = w->cursor = w->top = 0;
    w->wanted = w->total = -1;
    insert(w, 0, answer);
    w->more = answer->next != NULL;
    take_total(w, answer);
}

void window_end_page(struct window *w, struct result *answer)
{
    drop_rows(w);
    insert(w, 0, answer);
    w->first = answer->total < 0                   ? WINDOW_FAR
               : answer->total > (int64_t)w->count ? answer->total - (int64_t)w->count
                                                   : 0;
    w->last = window_end(w) - 1;
    w->more = false;
    take_total(w, answer);
    go_to(w, window_end(w) - 1);
}

static char *id_at(const struct window *w, int64_t index, const char *path)
{
    struct str id = STR_INIT;
    if (!path || !window_at(w, index))
        return NULL;
    row_text(window_at(w, index), path, &id);
    return str_take(&id);
}

void window_again(struct window *w, struct result *answer, const char *path, bool around)
{
    char *at = id_at(w, w->cursor, path);
    bool last = w->loaded && !w->more && w->cursor == window_end(w) - 1;
    drop_rows(w);
    insert(w, 0, answer);
    w->first = 0;
    w->wanted = -1;
    w->more = answer->next != NULL;
    int64_t found = at ? window_find(w, path, at) : -1;
    if (around && found >= 0 && w->cursor > found) {
        w->first = w->cursor - found; /* its index is taken to be the one that it had */
    } else if (found >= 0) {
        w->top += found - w->cursor; /* rows that came or went above do not move what one looks at */
        w->cursor = found;
    } else if (!path && last) {
        w->cursor = window_end(w) - 1;
    }
    take_total(w, answer);
    clamp(w);
    free(at);
}

void window_after(struct window *w, struct result *answer)
{
    insert(w, w->count, answer);
    size_t extra = w->count > WINDOW_MOST ? w->count - WINDOW_MOST : 0;
    for (size_t i = 0; i < extra; i++)
        json_free(w->rows[i]);
    memmove(w->rows, w->rows + extra, (w->count - extra) * sizeof *w->rows);
    w->count -= extra;
    w->first += (int64_t)extra;
    w->more = answer->next != NULL;
    take_total(w, answer);
    go_to(w, w->wanted >= 0 ? w->wanted : w->cursor);
}

void window_before(struct window *w, struct result *answer)
{
    int64_t added = (int64_t)answer->rows.count;
    insert(w, 0, answer);
    while (w->count > WINDOW_MOST) {
        json_free(w->rows[--w->count]);
        w->more = true;
    }
    w->first -= added;
    if (!added || w->first < 0) { /* rows came or went above: count from here */
        w->cursor -= w->first;
        w->top -= w->first;
        w->wanted = -1;
        w->first = 0;
    }
    take_total(w, answer);
    go_to(w, w->wanted >= 0 ? w->wanted : w->cursor);
}

/* --- moving --- */

void window_move(struct window *w, int64_t by)
{
    int64_t to = (w->wanted >= 0 ? w->wanted : w->cursor) + by;
    go_to(w, to < 0 ? 0 : to);
}

void window_show(struct window *w, int rows)
{
    if (rows < 1)
        rows = 1;
    if (w->top > w->cursor)
        w->top = w->cursor;
    if (w->cursor >= w->top + rows)
        w->top = w->cursor - rows + 1;
    /* No empty rows below while there are some above. */
    if (w->top + rows > window_end(w) && !w->more)
        w->top = window_end(w) - rows;
    if (w->top < w->first)
        w->top = w->first;
}
