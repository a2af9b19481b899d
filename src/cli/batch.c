#include <errno.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "local.h"

void batch_init(struct batch *b, const struct cli_options *cli)
{
    *b = (struct batch){.cli = cli};
    b->tail = &b->head;
}

static void count_status(struct batch *b, int status)
{
    if (status == 5) {
        b->unacknowledged = true;
        return;
    }
    if (status == 0)
        return;
    if (!b->worst || (status <= 4 && status > b->worst))
        b->worst = status;
    if (!b->cli->command.keep_going || cli_signal_status())
        b->stopped = true;
}

static void append(struct batch *b, struct line_job *job)
{
    *b->tail = job;
    b->tail = &job->next;
    if (b->head == job)
        line_direct(job);
}

void batch_error(struct batch *b, const struct error *e, const char *file, int line)
{
    struct line_job *job = line_new(b->cli, file, line, NULL, 0);
    append(b, job);
    line_error(job, e);
    count_status(b, job->status);
}

/* The words of LINE on the heap; *COUNT 0: an empty line. */
static char **words_of(const struct cli_line *line, size_t *count, struct error *e)
{
    if (line->text)
        return words_split(line->text, count, e);
    char **words = mem_zero(line->argc + 1, sizeof *words);
    for (size_t i = 0; i < line->argc; i++)
        words[i] = mem_strdup(line->argv[i]);
    *count = line->argc;
    return words;
}

struct line_job *batch_job(const struct cli_options *cli, const struct cli_line *line, struct error *e)
{
    size_t count = 0;
    char **words = words_of(line, &count, e);
    if (!words)
        return NULL;
    return line_new(cli, line->file, line->line, words, count);
}

/* `restore` takes the database file's place, which our own pushes hold open until they are finished. */
static bool wants_the_file(const struct line_job *job)
{
    const struct command_spec *spec = command_of_line((const char *const *)job->words, job->count);
    return spec && spec->flags & COMMAND_SELF_STORE;
}

void batch_line(struct batch *b, const struct cli_line *line)
{
    struct error e;
    if (output_gone()) { /* the end of a pipeline, as usual; but a write is not left out unseen */
        error_set(&e, ERROR_REFUSED, NULL,
                  "not run, nor what stands after it: nobody reads standard output any more");
        batch_error(b, &e, line->file, line->line);
        b->stopped = true;
        return;
    }
    struct line_job *job = batch_job(b->cli, line, &e);
    if (!job) {
        b->commands++;
        batch_error(b, &e, line->file, line->line);
        return;
    }
    if (job->count == 0) {
        line_free(job);
        return;
    }
    b->commands++;
    if (wants_the_file(job)) {
        while (b->head && !cli_signal_status()) {
            batch_wait(b, -1);
            batch_advance(b);
        }
    }
    append(b, job);
    if (line_prepare(job) == 0) {
        if (job->options.format == OUTPUT_JSON && b->several) {
            error_set(&e, ERROR_MALFORMED, "-o", "-o json takes one command; several need -o jsonl");
            line_error(job, &e);
        } else {
            line_run(job);
        }
    }
    count_status(b, job->status);
    batch_advance(b);
}

void batch_advance(struct batch *b)
{
    /* All of them, so that a ticket behind a slow one is freed as soon as it is done. */
    for (struct line_job *job = b->head; job; job = job->next)
        line_collect(job);
    while (b->head && line_collect(b->head)) {
        struct line_job *job = b->head;
        line_direct(job);
        if (job->ran)
            count_status(b, line_finish(job));
        b->head = job->next;
        if (!b->head)
            b->tail = &b->head;
        line_free(job);
    }
    if (b->head)
        line_direct(b->head);
    output_flush();
}

void batch_wait(struct batch *b, int fd)
{
    const struct ports *ports = b->cli->ports;
    int pushes = b->head && ports->push_fd ? ports->push_fd(ports->context) : -1;
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = pushes, .events = POLLIN}};
    /* A face without a descriptor for its pushes is asked again and again. */
    signals_poll(fds, 2, b->head && pushes < 0 ? 10 : -1);
}

int batch_end(struct batch *b)
{
    batch_advance(b);
    while (b->head && !cli_signal_status()) {
        batch_wait(b, -1);
        batch_advance(b);
    }
    bool interrupted = b->head != NULL;
    while (b->head) {
        struct line_job *job = b->head;
        line_interrupt(job);
        line_direct(job);
        line_finish(job);
        b->head = job->next;
        line_free(job);
    }
    b->tail = &b->head;
    if (interrupted) {
        struct error e;
        error_set(&e, ERROR_INTERRUPTED, NULL, "interrupted; what was saved stays saved and will be pushed");
        cli_error(&e, b->cli->command.format, NULL, 0);
    }
    int status = cli_signal_status();
    if (!status)
        status = b->worst ? b->worst : b->unacknowledged ? 5 : 0;
    return cli_flush(status);
}
