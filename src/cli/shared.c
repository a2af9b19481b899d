/* Lines in one transaction (--atomic, or a --dry-run of several): nothing is printed before all have run, and
 * each tenant is pushed once after the commit. */
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "local.h"

struct shared {
    const struct cli_options *cli;
    struct line_job **jobs;
    size_t count;
};

/* One push for each tenant: the request that asks for the most. */
struct tenant_push {
    struct push_request request;
    struct push_ticket *ticket;
    struct push_result result;
    bool wanted;
};

static struct tenant_push *push_of(struct tenant_push *pushes, size_t *count, const char *tenant)
{
    for (size_t i = 0; i < *count; i++)
        if (str_equal(pushes[i].request.tenant, tenant))
            return &pushes[i];
    struct tenant_push *p = &pushes[(*count)++];
    *p = (struct tenant_push){.result.ms = -1};
    str_copy(p->request.tenant, sizeof p->request.tenant, tenant);
    return p;
}

static void merge(struct tenant_push *p, const struct outcome *o)
{
    if (!o->push)
        return;
    struct push_request r = o->request;
    if (p->wanted) {
        if (r.acknowledge == ACKNOWLEDGE_REVISION && p->request.acknowledge != ACKNOWLEDGE_REVISION)
            r.acknowledge = p->request.acknowledge;
        r.revision = r.revision > p->request.revision ? r.revision : p->request.revision;
        r.epoch = r.epoch > p->request.epoch ? r.epoch : p->request.epoch;
        r.fresh = r.fresh || p->request.fresh;
        r.again = r.again || p->request.again;
        r.raised = r.raised || p->request.raised;
    }
    p->request = r;
    p->wanted = true;
}

static size_t outcome_total(const struct shared *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += line_outcomes(s->jobs[i]);
    return n;
}

static bool pushes_finished(const struct ports *ports, struct tenant_push *pushes, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        if (!pushes[i].ticket)
            continue;
        if (ports->push_finish(ports->context, pushes[i].ticket, &pushes[i].result) == 0)
            all = false;
        else
            pushes[i].ticket = NULL;
    }
    return all;
}

static void wait_for_pushes(const struct ports *ports, struct tenant_push *pushes, size_t count)
{
    while (!pushes_finished(ports, pushes, count) && !cli_signal_status()) {
        struct pollfd fd = {.fd = ports->push_fd ? ports->push_fd(ports->context) : -1, .events = POLLIN};
        signals_poll(&fd, 1, fd.fd < 0 ? 10 : -1);
    }
}

static void push_all(struct shared *s)
{
    const struct ports *ports = s->cli->ports;
    size_t count = 0;
    struct tenant_push *pushes = mem_zero(outcome_total(s) + 1, sizeof *pushes);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < line_outcomes(s->jobs[i]); k++) {
            struct outcome *o = line_outcome(s->jobs[i], k);
            if (o->tenant[0])
                merge(push_of(pushes, &count, o->tenant), o);
        }
    int64_t committed = time_monotonic();
    for (size_t i = 0; i < count; i++)
        if (pushes[i].wanted && ports->push_start) {
            pushes[i].request.committed_at = committed;
            pushes[i].ticket = ports->push_start(ports->context, &pushes[i].request);
            pushes[i].wanted = pushes[i].ticket != NULL;
        }
    wait_for_pushes(ports, pushes, count);
    for (size_t i = 0; i < count; i++)
        if (pushes[i].ticket)
            push_interrupted(&pushes[i].result);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < line_outcomes(s->jobs[i]); k++) {
            struct outcome *o = line_outcome(s->jobs[i], k);
            if (!o->push)
                continue;
            struct tenant_push *p = push_of(pushes, &count, o->tenant);
            struct json *failed = p->result.failed ? json_clone(p->result.failed) : NULL;
            json_free(o->result.failed);
            o->result = p->result;
            o->result.failed = failed;
            o->push = false;
        }
    for (size_t i = 0; i < count; i++)
        json_free(pushes[i].result.failed);
    free(pushes);
}

/* What opens files of its own, or asks Discord first, cannot be a part of one transaction. */
static int refuse_alone(struct line_job *job)
{
    const struct command_spec *spec = command_of_line((const char *const *)job->words, job->count);
    if (!job->cli->command.atomic || !spec || !(spec->flags & (COMMAND_ALONE | COMMAND_SELF_STORE)))
        return 0;
    struct error e;
    error_set(&e, ERROR_MALFORMED, "--atomic", "'%s' cannot run under --atomic", spec->name);
    line_error(job, &e);
    return -1;
}

/* Words and writers of all lines first: what cannot be understood changes nothing. */
static int prepare_all(struct shared *s, const struct cli_line *lines, size_t count)
{
    struct error e;
    for (size_t i = 0; i < count; i++) {
        struct line_job *job = batch_job(s->cli, &lines[i], &e);
        if (!job)
            return cli_error(&e, s->cli->command.format, lines[i].file, lines[i].line);
        if (job->count == 0) {
            line_free(job);
            continue;
        }
        job->shared = true;
        s->jobs[s->count++] = job;
        line_direct(job);
        if (line_prepare(job) != 0 || refuse_alone(job) != 0)
            return job->status;
        job->direct = false;
    }
    return 0;
}

static int open_all(struct shared *s)
{
    struct error e;
    for (size_t i = 0; i < s->count && s->cli->open; i++) {
        struct line_job *job = s->jobs[i];
        if (s->cli->open(s->cli->context, (const char *const *)job->words, job->count, &job->options, true,
                         &e) != 0)
            return cli_error(&e, job->options.format, job->file, job->line);
    }
    if (session_batch_begin(s->cli->session, &e) != 0)
        return cli_error(&e, s->cli->command.format, NULL, 0);
    return 0;
}

/* The status of the first error, or the largest where lines go on after one. */
static int run_all(struct shared *s)
{
    int status = 0;
    for (size_t i = 0; i < s->count && !cli_signal_status(); i++) {
        struct line_job *job = s->jobs[i];
        if (line_run(job) == 0)
            continue;
        status = job->status > status ? job->status : status;
        if (!s->cli->command.keep_going)
            break;
    }
    return cli_signal_status() ? cli_signal_status() : status;
}

/* WITH_DATA false: what failed leaves only its errors. */
static int print_all(struct shared *s, bool with_data)
{
    bool unacknowledged = false;
    for (size_t i = 0; i < s->count; i++) {
        struct line_job *job = s->jobs[i];
        if (!with_data)
            str_clear(&job->data);
        line_direct(job);
        if (with_data && job->ran)
            unacknowledged = line_finish(job) == 5 || unacknowledged;
    }
    return unacknowledged ? 5 : 0;
}

static void foretell(struct shared *s)
{
    struct outcome **lines = mem_zero(s->count + 1, sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->jobs[i]->ran)
            lines[count++] = &s->jobs[i]->out;
    session_batch_foretell(s->cli->session, lines, count);
    free(lines);
}

static int transact(struct shared *s)
{
    const struct command_options *o = &s->cli->command;
    int status = open_all(s);
    if (status)
        return status;
    status = run_all(s);
    bool commit = !o->dry_run && status == 0;
    struct error e;
    if (o->atomic && o->dry_run)
        foretell(s);
    if (session_batch_end(s->cli->session, commit, &e) != 0 && status == 0) {
        commit = false;
        status = cli_error(&e, o->format, NULL, 0);
    }
    if (commit)
        push_all(s);
    int printed = print_all(s, commit || (o->dry_run && !cli_signal_status()));
    if (cli_signal_status()) {
        error_set(&e, ERROR_INTERRUPTED, NULL, "interrupted; %s",
                  commit ? "what was saved stays saved and will be pushed" : "nothing was saved");
        cli_error(&e, o->format, NULL, 0);
        return cli_signal_status();
    }
    return status ? status : printed;
}

int shared_run(const struct cli_options *cli, const struct cli_line *lines, size_t count)
{
    struct shared s = {.cli = cli, .jobs = mem_zero(count + 1, sizeof(struct line_job *))};
    int status = prepare_all(&s, lines, count);
    if (status == 0 && s.count > 1 && cli->command.format == OUTPUT_JSON) {
        struct error e;
        error_set(&e, ERROR_MALFORMED, "-o", "-o json takes one command; several need -o jsonl");
        status = cli_error(&e, cli->command.format, NULL, 0);
    }
    if (status == 0 && s.count > 0)
        status = transact(&s);
    for (size_t i = 0; i < s.count; i++)
        line_free(s.jobs[i]);
    free(s.jobs);
    return cli_flush(status);
}
