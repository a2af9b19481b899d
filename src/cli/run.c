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
    for (size_t i = 0; i < count && !b.stopped && !cli_cancelled(NULL); i++)
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

/* The whole file, for what must be known before anything runs. The status of an error that was told, or 0. */
static int read_all(const struct cli_options *options, struct reader *r, const char *name,
                    struct file_lines *lines)
{
    struct str text = STR_INIT;
    struct error e;
    int status = 0;
    while (!status && !cli_cancelled(NULL)) {
        enum read_result result = reader_next(r, &text, &e);
        if (result == READ_END)
            break;
        if (result == READ_LINE && !is_empty(str_text(&text)))
            keep_line(lines, str_text(&text), name, r->line);
        if (result == READ_ERROR)
            status = cli_error(&e, options->command.format, name, r->line);
        if (result == READ_MORE && reader_fill(r, &e) != 0)
            status = cli_error(&e, options->command.format, NULL, 0);
    }
    str_release(&text);
    return status ? status : cli_signal_status();
}

static int run_whole(const struct cli_options *options, struct reader *r, const char *name)
{
    struct file_lines lines = {0};
    int status = read_all(options, r, name, &lines);
    if (!status)
        status = cli_run(options, lines.items, lines.count);
    release_lines(&lines);
    return status;
}

/* Wait for more lines while the pushes of those before go on and their documents come out. */
static int wait_for_lines(struct batch *b, struct reader *r, struct error *e)
{
    struct pollfd fd = {.fd = r->fd, .events = POLLIN};
    while (!cli_cancelled(NULL)) {
        int ready = poll(&fd, 1, 0);
        if (ready > 0)
            return reader_fill(r, e);
        batch_wait(b, r->fd);
        batch_advance(b);
    }
    return 0;
}

static int run_as_it_comes(const struct cli_options *options, struct reader *r, const char *name)
{
    struct batch b;
    batch_init(&b, options);
    b.several = true;
    struct str text = STR_INIT;
    while (!b.stopped && !cli_cancelled(NULL)) {
        struct error e;
        enum read_result result = reader_next(r, &text, &e);
        if (result == READ_END)
            break;
        if (result == READ_LINE && !is_empty(str_text(&text)))
            batch_line(&b, &(struct cli_line){.text = str_text(&text), .file = name, .line = r->line});
        if (result == READ_ERROR)
            batch_error(&b, &e, name, r->line);
        if (result == READ_MORE && wait_for_lines(&b, r, &e) != 0)
            batch_error(&b, &e, NULL, 0);
    }
    str_release(&text);
    return batch_end(&b);
}

int cli_run_file(const struct cli_options *options, const char *path)
{
    struct reader r;
    struct error e;
    if (reader_open(&r, path, &e) != 0)
        return cli_error(&e, options->command.format, NULL, 0);
    const struct command_options *o = &options->command;
    bool whole = o->atomic || o->dry_run || o->format == OUTPUT_JSON;
    int status = (whole ? run_whole : run_as_it_comes)(options, &r, file_name(path));
    reader_close(&r);
    return status;
}
