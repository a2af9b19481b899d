#include <stdio.h>
#include <readline/readline.h>

#include "tt/base/mem.h"
#include "local.h"

/* readline's callbacks carry no context. */
static struct command_session *completing;
static const struct tenants_in_use *in_use;

struct candidates {
    char **items; /* as rl_completion_matches wants them: heap, ended by NULL */
    size_t count, cap;
    const char *prefix;
};

static void keep(void *context, const char *candidate, const char *help)
{
    (void)help;
    struct candidates *c = context;
    if (!str_starts(candidate, c->prefix))
        return;
    if (c->count + 1 >= c->cap) {
        c->cap = c->cap ? 2 * c->cap : 16;
        c->items = mem_resize(c->items, c->cap, sizeof *c->items);
    }
    c->items[c->count++] = mem_strdup(candidate);
    c->items[c->count] = NULL;
}

static void release(struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i]);
    free(c->items);
}

/* `use T` is the shell's own and completes like `show T`. */
static void collect(const char *const *words, size_t count, struct candidates *c)
{
    if (count >= 2 && str_equal(words[0], "use")) {
        const char *as_show[] = {"show", words[count - 1]};
        command_complete(completing, as_show, 2, keep, c);
        return;
    }
    size_t dot = count > 1 ? use_named(words, count - 1) : count;
    const char **named = mem_zero(count, sizeof *named);
    for (size_t i = 0; i < count; i++)
        named[i] = i == dot && in_use->count && count > 1 ? in_use->ids[0] : words[i];
    command_complete(completing, named, count, keep, c);
    free(named);
    if (count == 1) {
        keep(c, "use", NULL);
        keep(c, "exit", NULL);
    }
}

char *complete_tenant(struct command_session *session, const char *text)
{
    struct candidates c = {.prefix = text};
    const char *words[] = {"show", text};
    command_complete(session, words, 2, keep, &c);
    char *found = NULL;
    for (size_t i = 0; i < c.count && !found; i++)
        if (str_equal(c.items[i], text) || (c.count == 1 && *text))
            found = mem_strdup(c.items[i]);
    release(&c);
    return found;
}

/* The words before byte START of the line; the quote that opens the word being typed is not one of them. */
static char **words_before(const char *line, size_t start, size_t *count)
{
    char *before = mem_strndup(line, start);
    char **words = words_split(before, count, NULL);
    if (!words && start) {
        before[start - 1] = '\0';
        words = words_split(before, count, NULL);
    }
    free(before);
    return words;
}

static struct candidates offered;

static char *next_offer(const char *text, int state)
{
    (void)text;
    static size_t at;
    if (state == 0)
        at = 0;
    return at < offered.count ? mem_strdup(offered.items[at++]) : NULL;
}

static char **on_tab(const char *text, int start, int end)
{
    (void)end;
    size_t count = 0;
    char **words = words_before(rl_line_buffer, (size_t)start, &count);
    const char **all = mem_zero(count + 2, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = words[i];
    all[count] = text;
    offered = (struct candidates){.prefix = text};
    collect(all, count + 1, &offered);
    char **matches = offered.count ? rl_completion_matches(text, next_offer) : NULL;
    /* Files only where a path is being typed. */
    rl_attempted_completion_over = !(offered.count == 0 && strpbrk(text, "/~"));
    release(&offered);
    offered = (struct candidates){0};
    free(all);
    words_free(words, words ? count : 0);
    return matches;
}

void complete_start(struct command_session *session, const struct tenants_in_use *use)
{
    completing = session;
    in_use = use;
    rl_readline_name = "tenanttui";
    rl_attempted_completion_function = on_tab;
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "\"'";
}
