#include "candidates.h"

#include "tt/base/mem.h"

void candidates_clear(struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->words[i]);
        free(c->helps[i]);
    }
    free(c->words);
    free(c->helps);
    free(c->asked);
    *c = (struct candidates){.chosen = -1};
}

void candidates_ask(struct app *app, struct view *v, unsigned slot, struct candidates *c, const char *line)
{
    struct request_spec request = {
        .kind = REQUEST_COMPLETE, .line = line, .tag = v->tag + slot, .replace = true};
    free(c->asked);
    c->asked = mem_strdup(line);
    worker_send(app->worker, &request);
}

static void add(struct candidates *c, const char *line, size_t n)
{
    size_t word = strcspn(line, "\t\n");
    c->words = mem_resize(c->words, c->count + 1, sizeof *c->words);
    c->helps = mem_resize(c->helps, c->count + 1, sizeof *c->helps);
    c->words[c->count] = mem_strndup(line, word);
    c->helps[c->count++] = word < n ? mem_strndup(line + word + 1, n - word - 1) : mem_strdup("");
}

bool candidates_take(struct candidates *c, const struct result *r)
{
    if (!str_equal(c->asked, r->line))
        return false;
    candidates_clear(c);
    for (const char *at = r->text; at && *at;) {
        size_t n = strcspn(at, "\n");
        add(c, at, n);
        at += n + (at[n] == '\n');
    }
    return true;
}

const char *candidates_step(struct candidates *c, int step)
{
    int n = (int)c->count;
    if (!n)
        return NULL;
    c->chosen = c->chosen < 0 ? (step > 0 ? 0 : n - 1) : (c->chosen + step + n) % n;
    return c->words[c->chosen];
}

size_t candidates_common(const struct candidates *c)
{
    size_t same = c->count ? strlen(c->words[0]) : 0;
    for (size_t i = 1; i < c->count; i++)
        while (same && strncmp(c->words[0], c->words[i], same) != 0)
            same--;
    return same;
}

void candidates_draw_row(const struct candidates *c, int y, int x, int cells)
{
    int used = 0;
    size_t first = 0;
    /* As many before the chosen one as leave it in sight. */
    for (size_t i = 0, width = 0; c->chosen >= 0 && i <= (size_t)c->chosen; i++) {
        width += (size_t)canvas_width(c->words[i]) + 2;
        while ((int)width > cells && first < i)
            width -= (size_t)canvas_width(c->words[first++]) + 2;
    }
    size_t i = first;
    for (; i < c->count && used < cells; i++) {
        bool chosen = (int)i == c->chosen;
        used +=
            canvas_text(y, x + used, cells - used, chosen ? LOOK_SELECTED : LOOK_ACCENT, c->words[i], false) +
            2;
    }
    if (i < c->count) {
        int width = canvas_width(sign_text(SIGN_MORE));
        canvas_text(y, x + cells - width, width, LOOK_DIM, sign_text(SIGN_MORE), false);
    }
}

/* "▼ 12 more" at the right end of a row. */
static void draw_more(enum sign sign, int n, enum look look, int y, int end)
{
    struct str text = STR_INIT;
    str_addf(&text, " %s %d more ", canvas_is_accessible() ? "" : sign_text(sign), n);
    int width = canvas_width(str_text(&text));
    canvas_text(y, end - width, width, look, str_text(&text), false);
    str_release(&text);
}

void candidates_draw_list(const struct candidates *c, int y, int x, int rows, int cols)
{
    int n = (int)c->count, shown = n < rows ? n : rows;
    int first = c->chosen >= shown ? c->chosen - shown + 1 : 0;
    int width = cols >= 60 ? 26 : cols / 2;
    for (int i = 0; i < shown; i++) {
        bool chosen = first + i == c->chosen;
        int row = y - shown + i;
        enum look look = chosen ? LOOK_SELECTED : LOOK_TEXT;
        canvas_text(row, x, cols, look, "", true);
        canvas_text(row, x + 2, width, look, c->words[first + i], false);
        canvas_text(row, x + 3 + width, cols - width - 4, chosen ? look : LOOK_DIM, c->helps[first + i],
                    false);
        if (i == 0 && first > 0)
            draw_more(SIGN_UP, first, chosen ? look : LOOK_ACCENT, row, x + cols);
        else if (i == shown - 1 && first + shown < n)
            draw_more(SIGN_DOWN, n - first - shown, chosen ? look : LOOK_ACCENT, row, x + cols);
    }
}
