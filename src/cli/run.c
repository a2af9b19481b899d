#include <errno.h>

#include "tt/base/mem.h"
#include "local.h"

static bool is_shared(const struct cli_options *options, size_t count)
{
    return options->command.atomic || (options->command.dry_run && count > 1);
}

int cli_run(const struct cli_options *options, const struct cli_line *lines, size_t count)
{
    if (is_shared(options, count))
        return shared_run(options, lines, count);
    struct batch b;
    batch_init(&b, options);
    b.several = count > 1;
    for (size_t i = 0; i < count && !b.stopped && !cli_signal_status(); i++)
        batch_line(&b, &lines[i]);
    return batch_end(&b);
}

/* --- a file --- */

struct file_lines {
    struct cli_line *items;
    size_t count, cap;
};

static void keep_line(struct file_lines *lines, const char *text, const char *file, int number)
{
    if (lines->count == lines->cap) {
        lines->cap = lines->cap ? 2 * lines->cap : 64;
        lines->items = mem_resize(lines->items, lines->cap, sizeof *lines->items);
    }
    lines->items[lines->count++] = (struct cli_line){.text = mem_strdup(text), .file = file, .line = number};
}

static void release_lines(struct file_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        char *text = (char *)(uintptr_t)lines->items[i].text;
        free(text);
    }
    free(lines->items);
}

static bool is_empty(const char *text)
{
    text += strspn(text, " \t");
    return !*text || *text == '#';
}

static const char *file_name(const char *path)
{
    return str_equal(path, "-") ? "<stdin>" : path;
}

/* Where lines come from, and where they go: run at once, or kept. */
struct script {
    const struct cli_options *options;
    struct reader *reader;
    const char *name;
    struct tenants_in_use *use; /* NULL: the shell's own words are unknown */
    bool keeps;                 /* lines are kept in LINES; else run by BATCH */
    struct batch batch;
    struct file_lines lines;
};

static void pass_line(void *context, const char *text)
{
    struct script *s = context;
    if (s->keeps)
        keep_line(&s->lines, text, s->name, s->reader->line);
    else if (!s->batch.stopped)
        batch_line(&s->batch, &(struct cli_line){.text = text, .file = s->name, .line = s->reader->line});
}

/* 1: the line says that it was the last. */
static int take_line(struct script *s, const char *text, struct error *e)
{
    if (is_empty(text))
        return 0;
    if (s->use)
        return use_line(s->use, s->options, text, pass_line, s, e);
    pass_line(s, text);
    return 0;
}

/* The whole file, for what must be known before anything runs. The status of an error that was told, or 0. */
static int read_all(struct script *s)
{
    const struct cli_options *options = s->options;
    struct reader *r = s->reader;
    const char *name = s->name;
    struct str text = STR_INIT;
    struct error e;
    int status = 0;
    while (!status && !cli_signal_status()) {
        enum read_result result = reader_next(r, &text, &e);
        int taken = result == READ_LINE ? take_line(s, str_text(&text), &e) : 0;
        if (result == READ_END || taken > 0)
            break;
        if (result == READ_ERROR || taken < 0)
            status = cli_error(&e, options->command.format, name, r->line);
        struct pollfd fd = {.fd = r->fd, .events = POLLIN};
        if (result == READ_MORE && signals_poll(&fd, 1, -1) > 0 && reader_fill(r, &e) != 0)
            status = cli_error(&e, options->command.format, NULL, 0);
    }
    str_release(&text);
    if (!status && cli_signal_status()) {
        error_set(&e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
        cli_error(&e, options->command.format, NULL, 0);
    }
    return status ? status : cli_signal_status();
}

static int run_whole(struct script *s)
{
    int status = read_all(s);
    if (!status)
        status = cli_run(s->options, s->lines.items, s->lines.count);
    release_lines(&s->lines);
    return status;
}

/* Wait for more lines while the pushes of those before go on and their documents come out. */
static int wait_for_lines(struct batch *b, struct reader *r, struct error *e)
{
    struct pollfd fd = {.fd = r->fd, .events = POLLIN};
    while (!cli_signal_status()) {
        int ready = poll(&fd, 1, 0);
        if (ready > 0)
            return reader_fill(r, e);
        batch_wait(b, r->fd);
        batch_advance(b);
    }
    return 0;
}

static int run_as_it_comes(struct script *s)
{
    struct reader *r = s->reader;
    struct batch *b = &s->batch;
    batch_init(b, s->options);
    b->several = true;
    struct str text = STR_INIT;
    while (!b->stopped && !cli_signal_status()) {
        struct error e;
        enum read_result result = reader_next(r, &text, &e);
        int taken = result == READ_LINE ? take_line(s, str_text(&text), &e) : 0;
        if (result == READ_END || taken > 0)
            break;
        if (result == READ_ERROR || taken < 0)
            batch_error(b, &e, s->name, r->line);
        if (result == READ_MORE && wait_for_lines(b, r, &e) != 0)
            batch_error(b, &e, NULL, 0);
    }
    str_release(&text);
    return batch_end(b);
}

static int run_script(const struct cli_options *options, const char *path, struct tenants_in_use *use)
{
    struct reader r;
    struct error e;
    if (reader_open(&r, path, &e) != 0)
        return cli_error(&e, options->command.format, NULL, 0);
    const struct command_options *o = &options->command;
    struct script s = {.options = options,
                       .reader = &r,
                       .name = file_name(path),
                       .use = use,
                       .keeps = o->atomic || o->dry_run || o->format == OUTPUT_JSON};
    int status = (s.keeps ? run_whole : run_as_it_comes)(&s);
    reader_close(&r);
    return status;
}

int cli_run_file(const struct cli_options *options, const char *path)
{
    return run_script(options, path, NULL);
}

int shell_run_lines(const struct cli_options *options)
{
    struct tenants_in_use use = {0};
    int status = run_script(options, "-", &use);
    use_release(&use);
    return status;
}
