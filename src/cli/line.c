#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "local.h"

static void to_job(void *context, const char *bytes, size_t n)
{
    struct line_job *job = context;
    if (job->direct)
        output_write(STDOUT_FILENO, bytes, n);
    else
        str_add_bytes(&job->data, bytes, n);
}

static void to_job_messages(void *context, const char *bytes, size_t n)
{
    struct line_job *job = context;
    if (job->direct) {
        cli_progress(NULL, "", 0, 0);
        output_write(STDERR_FILENO, bytes, n);
    } else {
        str_add_bytes(&job->errors, bytes, n);
    }
}

struct line_job *line_new(const struct cli_options *cli, const char *file, int line, char **words,
                          size_t count)
{
    struct line_job *job = mem_zero(1, sizeof *job);
    job->cli = cli;
    job->options = cli->command;
    job->file = mem_strdup(file);
    job->line = line;
    job->words = words;
    job->count = count;
    return job;
}

void line_free(struct line_job *job)
{
    if (!job)
        return;
    writer_free(job->writer);
    outcome_release(&job->out);
    free(job->tickets);
    words_free(job->words, job->count);
    str_release(&job->data);
    str_release(&job->errors);
    free(job->file);
    free(job);
}

void line_direct(struct line_job *job)
{
    if (job->direct)
        return;
    job->direct = true;
    if (job->data.len)
        output_write(STDOUT_FILENO, job->data.data, job->data.len);
    if (job->errors.len)
        to_job_messages(job, job->errors.data, job->errors.len);
    str_release(&job->data);
    str_release(&job->errors);
}

void line_error(struct line_job *job, const struct error *e)
{
    job->status = error_code_status(e->code);
    if (job->direct) {
        cli_error(e, job->options.format, job->file, job->line);
        return;
    }
    error_write(e, job->options.format, job->file, job->line, &job->errors);
}

static void make_writer(struct line_job *job)
{
    struct writer_options w = {
        .format = job->options.format,
        .fields = job->options.fields,
        .no_headers = job->options.no_headers,
        .quiet = job->options.quiet,
        .color = job->options.format == OUTPUT_TEXT && output_color(job->cli, STDOUT_FILENO),
        .ascii = !output_utf8(),
        .width = output_width(STDOUT_FILENO),
        .data = {to_job, job},
        .messages = {to_job_messages, job},
    };
    writer_free(job->writer);
    job->writer = writer_new(&w);
}

int line_prepare(struct line_job *job)
{
    struct error e;
    size_t count;
    char **help = help_asked((const char *const *)job->words, job->count, &count);
    if (help) {
        words_free(job->words, job->count);
        job->words = help;
        job->count = count;
    }
    if (command_options_read((const char *const *)job->words, job->count, false, &job->options, &e) != 0) {
        line_error(job, &e);
        return -1;
    }
    make_writer(job);
    return 0;
}

size_t line_outcomes(struct line_job *job)
{
    return job->ran ? 1 + job->out.more_count : 0;
}

struct outcome *line_outcome(struct line_job *job, size_t i)
{
    return i == 0 ? &job->out : &job->out.more[i - 1];
}

static void start_pushes(struct line_job *job)
{
    const struct ports *ports = job->cli->ports;
    job->ticket_count = line_outcomes(job);
    job->tickets = mem_zero(job->ticket_count, sizeof(struct push_ticket *));
    for (size_t i = 0; i < job->ticket_count; i++) {
        struct outcome *o = line_outcome(job, i);
        if (o->push && ports->push_start)
            job->tickets[i] = ports->push_start(ports->context, &o->request);
    }
}

int line_run(struct line_job *job)
{
    const struct cli_options *cli = job->cli;
    const char *const *words = (const char *const *)job->words;
    struct error e;
    int rc = cli->open ? cli->open(cli->context, words, job->count, &job->options, job->shared, &e) : 0;
    /* The session reads the line's own options again, over those of the call. */
    if (rc == 0) {
        rc = session_run(cli->session, words, job->count, &cli->command, job->writer, &job->out, &e);
        job->ran = true;
    }
    cli_progress(NULL, "", 0, 0);
    if (rc != 0) {
        if (job->ran)
            outcome_release(&job->out);
        job->ran = false;
        line_error(job, &e);
        return -1;
    }
    if (!job->shared)
        start_pushes(job);
    return 0;
}

bool line_collect(struct line_job *job)
{
    const struct ports *ports = job->cli->ports;
    bool all = true;
    for (size_t i = 0; i < job->ticket_count; i++) {
        if (!job->tickets[i])
            continue;
        struct push_result result = {.ms = -1};
        if (ports->push_finish(ports->context, job->tickets[i], &result) == 0) {
            all = false;
            continue;
        }
        job->tickets[i] = NULL;
        struct outcome *o = line_outcome(job, i);
        json_free(o->result.failed);
        o->result = result;
        o->push = false;
    }
    return all;
}

void push_interrupted(struct push_result *result)
{
    *result = (struct push_result){.state = PUSH_STATE_PENDING, .ms = -1};
    str_copy(result->notified, sizeof result->notified, "none");
    str_copy(result->reason, sizeof result->reason, "interrupted");
}

void line_interrupt(struct line_job *job)
{
    line_collect(job);
    for (size_t i = 0; i < job->ticket_count; i++) {
        struct outcome *o = line_outcome(job, i);
        if (!job->tickets[i])
            continue;
        json_free(o->result.failed);
        push_interrupted(&o->result);
        o->push = false;
    }
}

/* For people the result is a message, not data. */
static void write_outcome_text(struct line_job *job, const struct outcome *o)
{
    struct str text = STR_INIT;
    outcome_text(o, &text);
    if (text.len && !job->options.quiet)
        writer_text(job->writer, str_text(&text));
    str_clear(&text);
    if (outcome_status(o) == 0)
        outcome_advice(o, &text);
    if (text.len)
        writer_message(job->writer, MESSAGE_WARNING, str_text(&text));
    str_release(&text);
}

/* The line above has said why; what stands below it says of whom and what to do. */
static void tell_pending(struct line_job *job, const struct outcome *o)
{
    struct error e;
    outcome_error(o, &e);
    if (job->options.format == OUTPUT_TEXT && !job->options.quiet) {
        char hint[sizeof e.hint];
        str_copy(hint, sizeof hint, e.hint);
        error_set(&e, ERROR_PENDING, NULL, "%s: not acknowledged by its bot", o->tenant);
        error_hint(&e, "%s", hint);
    }
    line_error(job, &e);
}

static void write_outcome(struct line_job *job, const struct outcome *o)
{
    if (job->options.format == OUTPUT_TEXT) {
        write_outcome_text(job, o);
        return;
    }
    struct json *document = outcome_document(o);
    writer_document(job->writer, document);
    json_free(document);
}

#define LISTED_MAX 64

/* Several tenants in the one document that -o json may have: a listing of what jsonl would print. */
static void write_listing(struct line_job *job)
{
    struct column columns[LISTED_MAX] = {0};
    struct json *first = outcome_document(&job->out);
    int64_t total = 0;
    size_t count = 0;
    json_each(member, first)
    {
        if (count < LISTED_MAX)
            columns[count++].name = json_key(member);
    }
    writer_table_begin(job->writer, columns, count);
    for (size_t i = 0; i < line_outcomes(job); i++) {
        const struct outcome *o = line_outcome(job, i);
        struct cell cells[LISTED_MAX] = {0};
        if (!o->write || !o->tenant[0])
            continue;
        struct json *document = outcome_document(o);
        for (size_t k = 0; k < count; k++) {
            cells[k].json = json_get(document, columns[k].name);
            cells[k].type = cells[k].json ? CELL_JSON : CELL_NULL;
        }
        writer_table_row(job->writer, cells);
        json_free(document);
        total++;
    }
    writer_table_end(job->writer, total, NULL);
    json_free(first);
}

/* One tenant or a thousand: a command that was asked for all answers with a listing. */
static bool wants_listing(const struct line_job *job)
{
    bool all = job->out.more_count > 0;
    for (size_t i = 0; i < job->count; i++)
        all = all || str_equal(job->words[i], "--all");
    return all && job->options.format == OUTPUT_JSON;
}

/* The documents and errors of all that the line did; the status. */
static int finish_writes(struct line_job *job)
{
    bool listing = wants_listing(job) && job->out.write;
    bool table = job->options.format == OUTPUT_CSV || job->options.format == OUTPUT_TSV;
    int status = 0;
    if (listing)
        write_listing(job);
    for (size_t i = 0; i < line_outcomes(job); i++) {
        const struct outcome *o = line_outcome(job, i);
        if (!o->write)
            continue;
        if (i > 0 && table && !job->options.no_headers) {
            job->options.no_headers = true;
            make_writer(job);
        }
        if (!listing)
            write_outcome(job, o);
        int own = outcome_status(o);
        if (own == 5)
            tell_pending(job, o);
        status = own > status ? own : status;
    }
    return status;
}

/* Of several lines each says which it is. */
static void write_plan(struct line_job *job)
{
    struct str text = STR_INIT;
    if (job->options.format != OUTPUT_TEXT) {
        writer_document(job->writer, job->out.plan);
        return;
    }
    if (job->shared && job->out.line)
        str_addf(&text, "%s:\n", job->out.line);
    plan_text(job->out.plan, &text);
    writer_text(job->writer, str_text(&text));
    str_release(&text);
}

int line_finish(struct line_job *job)
{
    if (!job->ran)
        return job->status;
    if (job->out.plan)
        write_plan(job);
    else
        job->status = finish_writes(job);
    return job->status;
}
