/* The executor: many jobs share a commit, none loses another's work, none is told of a success that was not.
 */
#include "../world.h"

#include "executor.h"

#define JOBS 40

struct bench {
    struct world *w;
    uv_loop_t loop;
    struct executor *x;
    int done, failed, commits, commits_to_fail;
    int newest; /* number of a job that is done */
};

struct test_job {
    struct job job;
    struct bench *bench;
    int number, runs;
    bool refuses;
    char effect[32]; /* what it produced */
};

static struct bench *running;

static int counting_commit(struct store *s, struct error *e)
{
    running->commits++;
    if (running->commits_to_fail > 0) {
        running->commits_to_fail--;
        store_rollback(s);
        return error_set(e, ERROR_DB_FULL, NULL, "the disk is full");
    }
    return store_commit(s, e);
}

static int job_run(struct job *job, struct store *s, struct error *e)
{
    struct test_job *j = (struct test_job *)job;
    char key[32], value[32];
    j->runs++;
    assert_string_equal(j->effect, ""); /* reset before it runs again */
    snprintf(key, sizeof key, "c%d", j->number);
    snprintf(value, sizeof value, "run %d", j->runs);
    if (tenants_set_setting(s, "tenant01", FEATURE_CUSTOM_COMMANDS, key, value, NULL, e))
        return -1;
    if (j->refuses)
        return error_set(e, ERROR_REFUSED, NULL, "refused");
    snprintf(j->effect, sizeof j->effect, "effect %d", j->runs);
    return 0;
}

static void job_reset(struct job *job)
{
    ((struct test_job *)job)->effect[0] = '\0';
}

static void job_done(struct job *job, const struct error *failed)
{
    struct test_job *j = (struct test_job *)job;
    j->bench->done++;
    j->bench->failed += failed != NULL;
    assert_true(failed || j->number >= j->bench->newest); /* in the order of their commits */
    j->bench->newest = failed ? j->bench->newest : j->number;
    if (failed)
        assert_string_equal(j->effect, "");
    else
        assert_string_not_equal(j->effect, "");
    if (!executor_waiting(j->bench->x))
        uv_stop(&j->bench->loop);
    free(j);
}

static void bench_begin(struct bench *b, struct world *w)
{
    *b = (struct bench){.w = w};
    running = b;
    uv_loop_init(&b->loop);
    struct executor_options options = {.loop = &b->loop,
                                       .name = "test",
                                       .database_path = w->db,
                                       .key_path = w->key,
                                       .commit = counting_commit};
    ok(executor_new(&b->x, &options, &w->error));
}

static void bench_end(struct bench *b)
{
    executor_free(b->x);
    while (uv_loop_alive(&b->loop))
        uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0);
}

/* What need not be on the disk must not be told before what must, and came first. */
static void submit(struct bench *b, int number, bool refuses)
{
    struct test_job *j = mem_zero(1, sizeof *j);
    j->job.run = job_run;
    j->job.reset = job_reset;
    j->job.done = job_done;
    j->job.soft = number % 2 == 1;
    j->bench = b;
    j->number = number;
    j->refuses = refuses;
    executor_submit(b->x, &j->job);
}

static size_t settings(struct world *w)
{
    struct tenant t;
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    size_t n = t.setting_count;
    tenant_release(&t);
    return n;
}

static void waiting_jobs_share_a_commit(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    ok(store_begin(w->store, &w->error)); /* hold the executor up, so that jobs gather */
    for (int i = 0; i < JOBS; i++)
        submit(&b, i, false);
    ok(store_commit(w->store, &w->error));
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, JOBS);
    assert_int_equal(b.failed, 0);
    assert_true(b.commits <= 4);
    assert_int_equal(settings(w), JOBS);
    bench_end(&b);
}

static void a_job_that_refuses_takes_only_its_own_work_back(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < JOBS; i++)
        submit(&b, i, i % 4 == 0);
    ok(store_commit(w->store, &w->error));
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, JOBS);
    assert_int_equal(b.failed, JOBS / 4);
    assert_int_equal(settings(w), JOBS - JOBS / 4);
    bench_end(&b);
}

static void a_failed_commit_drops_the_effects_and_each_job_is_run_once_more(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    b.commits_to_fail = 1;
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < JOBS; i++)
        submit(&b, i, false);
    ok(store_commit(w->store, &w->error));
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, JOBS);
    assert_int_equal(b.failed, 0);
    assert_int_equal(settings(w), JOBS);
    bench_end(&b);
}

static void a_commit_that_fails_again_is_told_to_who_asked(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    b.commits_to_fail = 2;
    submit(&b, 1, false);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.failed, 1);
    assert_int_equal(settings(w), 0);
    submit(&b, 2, false); /* and it goes on */
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, 2);
    assert_int_equal(b.failed, 1);
    assert_int_equal(settings(w), 1);
    bench_end(&b);
}

static void on_read(struct job *job, const struct error *failed)
{
    struct bench *b = running;
    assert_null(failed);
    b->done++;
    free(job);
    if (b->done == 1)
        uv_stop(&b->loop);
}

static int run_read(struct job *job, struct store *s, struct error *e)
{
    (void)job;
    struct tenant t;
    int rc = tenants_load(s, "tenant01", &t, e);
    tenant_release(&t);
    return rc;
}

static void a_job_that_only_reads_needs_no_commit(void **state)
{
    struct world *w = *state;
    struct bench b;
    struct job *job = mem_zero(1, sizeof *job);
    bench_begin(&b, w);
    ok(store_begin(w->store, &w->error)); /* nobody else can write now */
    job->reads = true;
    job->run = run_read;
    job->done = on_read;
    executor_submit(b.x, job);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, 1);
    assert_int_equal(b.commits, 0);
    store_rollback(w->store);
    bench_end(&b);
}

static void what_waits_at_the_end_is_still_done(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    for (int i = 0; i < JOBS; i++)
        submit(&b, i, false);
    bench_end(&b);
    assert_int_equal(b.done, JOBS);
    assert_int_equal(settings(w), JOBS);
}

static void one_after_the_other_is_done_in_that_order(void **state)
{
    struct world *w = *state;
    struct bench b;
    bench_begin(&b, w);
    for (int i = 0; i < 10 * JOBS; i++) {
        submit(&b, i, false);
        if (i % 5 == 0)
            uv_run(&b.loop, UV_RUN_ONCE); /* something is done */
    }
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.done, 10 * JOBS);
    bench_end(&b);
}

static void too_late(struct job *job, const struct error *failed)
{
    struct test_job *j = (struct test_job *)job;
    j->bench->done++;
    j->bench->failed += failed && failed->code == ERROR_INTERRUPTED;
    free(j);
}

static void who_submits_after_the_end_is_told_so(void **state)
{
    struct bench b = {.w = *state};
    struct test_job *j = mem_zero(1, sizeof *j);
    j->job = (struct job){.run = job_run, .done = too_late};
    j->bench = &b;
    executor_submit(NULL, &j->job);
    assert_int_equal(b.done, 1);
    assert_int_equal(b.failed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(waiting_jobs_share_a_commit),
        world_test(a_job_that_refuses_takes_only_its_own_work_back),
        world_test(a_failed_commit_drops_the_effects_and_each_job_is_run_once_more),
        world_test(a_commit_that_fails_again_is_told_to_who_asked),
        world_test(a_job_that_only_reads_needs_no_commit),
        world_test(what_waits_at_the_end_is_still_done),
        world_test(one_after_the_other_is_done_in_that_order),
        world_test(who_submits_after_the_end_is_told_so),
    };
    return cmocka_run_group_tests_name("bot/executor", tests, NULL, NULL);
}
