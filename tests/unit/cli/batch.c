/* The pipeline of a batch over a real store, with pushes that finish when the test says so. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "../scratch.h"
#include "local.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/store/tenants.h"

#define PUSHES_MAX 8

struct push_ticket {
    struct push_request request;
    bool taken;
};

struct fixture {
    char directory[SCRATCH_TEXT];
    char *db, *key;
    struct store *store;
    struct ports ports;
    struct command_session *session;
    struct cli_options cli;
    struct push_ticket pushes[PUSHES_MAX];
    size_t begun, asked, order;
    const int *finish; /* indexes of pushes in the order in which they finish; ended by -1 */
    int event, out, err, held_out, held_err;
};

static struct push_ticket *start_push(void *context, const struct push_request *request)
{
    struct fixture *f = context;
    assert_true(f->begun < PUSHES_MAX);
    f->pushes[f->begun].request = *request;
    return &f->pushes[f->begun++];
}

/* One push finishes in each round of questions. */
static int finish_push(void *context, struct push_ticket *ticket, struct push_result *result)
{
    struct fixture *f = context;
    int due = f->finish[f->order];
    if (due < 0 || &f->pushes[due] != ticket)
        return 0;
    f->order++;
    assert_false(ticket->taken);
    ticket->taken = true;
    *result = (struct push_result){.state = PUSH_STATE_ACKNOWLEDGED, .ms = 10 + due};
    str_copy(result->notified, sizeof result->notified, "discord");
    str_copy(result->instance, sizeof result->instance, "bot-1");
    return 1;
}

static int push_event(void *context)
{
    return ((struct fixture *)context)->event;
}

static void capture(struct fixture *f)
{
    char path[SCRATCH_TEXT + 16];
    fflush(stdout);
    fflush(stderr);
    snprintf(path, sizeof path, "%s/out", f->directory);
    f->out = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    snprintf(path, sizeof path, "%s/err", f->directory);
    f->err = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    f->held_out = dup(STDOUT_FILENO);
    f->held_err = dup(STDERR_FILENO);
    dup2(f->out, STDOUT_FILENO);
    dup2(f->err, STDERR_FILENO);
}

static void uncapture(struct fixture *f)
{
    fflush(stdout);
    fflush(stderr);
    dup2(f->held_out, STDOUT_FILENO);
    dup2(f->held_err, STDERR_FILENO);
    close(f->held_out);
    close(f->held_err);
    close(f->out);
    close(f->err);
}

static char *written(struct fixture *f, const char *name)
{
    char path[SCRATCH_TEXT + 16];
    struct str s = STR_INIT;
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    assert_int_equal(fs_read(path, 1 << 20, &s, NULL), 0);
    return str_take(&s);
}

static int run(struct fixture *f, const char *const *texts, const int *finish)
{
    struct cli_line lines[PUSHES_MAX] = {0};
    size_t count = 0;
    for (; texts[count]; count++)
        lines[count] = (struct cli_line){.text = texts[count], .file = "lines", .line = (int)count + 1};
    f->finish = finish;
    f->order = f->begun = 0;
    memset(f->pushes, 0, sizeof f->pushes);
    capture(f);
    int status = cli_run(&f->cli, lines, count);
    uncapture(f);
    return status;
}

static int setup(void **state)
{
    struct fixture *f = mem_zero(1, sizeof *f);
    struct error e;
    crypto_start();
    assert_int_equal(scratch_make(f->directory), 0);
    f->db = mem_format("%s/db", f->directory);
    f->key = mem_format("%s/key", f->directory);
    struct store_options store = {.path = f->db, .mode = STORE_CREATE, .key_path = f->key};
    assert_int_equal(store_open(&f->store, &store, &e), 0);
    f->event = eventfd(1, EFD_CLOEXEC); /* always readable: each look at it is a round */
    f->ports = (struct ports){
        .context = f, .push_start = start_push, .push_finish = finish_push, .push_fd = push_event};
    static const struct feature_list none;
    struct actor actor = {.role = ROLE_OWNER, .who = "op:test"};
    struct session_options session = {.store = f->store,
                                      .actor = &actor,
                                      .ports = &f->ports,
                                      .features = &none,
                                      .database_path = store.path,
                                      .key_path = store.key_path};
    f->session = session_new(&session);
    f->cli = (struct cli_options){.session = f->session, .ports = &f->ports, .command = COMMAND_OPTIONS_INIT};
    f->cli.command.format = OUTPUT_JSONL;
    static const char *const seed[] = {"create 111 222 One basic --id one",
                                       "create 111 333 Two basic --id two", NULL};
    static const int nothing[] = {-1};
    assert_int_equal(run(f, seed, nothing), 0);
    /* A token makes a write push. */
    assert_int_equal(store_begin(f->store, &e), 0);
    assert_int_equal(tokens_set(f->store, "one", "secret-one", 1, &e), 0);
    assert_int_equal(tokens_set(f->store, "two", "secret-two", 2, &e), 0);
    assert_int_equal(store_commit(f->store, &e), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    session_free(f->session);
    store_close(f->store);
    close(f->event);
    scratch_remove(f->directory);
    free(f->db);
    free(f->key);
    free(f);
    return 0;
}

static void documents_come_in_the_order_of_the_lines(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features two shop off", "version",
                                        "features one leveling off", NULL};
    static const int finish[] = {2, 1, 0, -1};
    assert_int_equal(run(f, lines, finish), 0);
    char *out = written(f, "out");
    const char *first = strstr(out, "\"ms\":10"), *second = strstr(out, "\"ms\":11"),
               *version = strstr(out, "version"), *third = strstr(out, "\"ms\":12");
    assert_true(first && second && version && third);
    assert_true(first < second && second < version && version < third);
    free(out);
}

static void an_error_stops_the_batch_and_names_its_line(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features one shp on",
                                        "features two shop off", NULL};
    static const int finish[] = {0, -1};
    assert_int_equal(run(f, lines, finish), 2);
    assert_int_equal(f->begun, 1);
    char *err = written(f, "err");
    assert_non_null(strstr(err, "\"line\":2"));
    free(err);
}

static void keep_going_runs_on_and_ends_with_the_largest_status(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"nonsense", "show three", "features two shop off", "show three",
                                        NULL};
    static const int finish[] = {0, -1};
    f->cli.command.keep_going = true;
    assert_int_equal(run(f, lines, finish), 2);
    assert_int_equal(f->begun, 1);
}

static void one_transaction_pushes_each_tenant_once(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features two shop off",
                                        "features one leveling off", NULL};
    static const int finish[] = {1, 0, -1};
    f->cli.command.atomic = true;
    assert_int_equal(run(f, lines, finish), 0);
    assert_int_equal(f->begun, 2);
    char *out = written(f, "out");
    size_t documents = 0;
    for (const char *at = out; (at = strstr(at, "\"acknowledged\"")); at++)
        documents++;
    assert_int_equal(documents, 3);
    free(out);
}

/* What is pushed again is, wherever its line stands, and whatever else is written in its transaction. */
static void one_transaction_pushes_again_what_one_of_its_lines_does(void **state)
{
    struct fixture *f = *state;
    static const char *const left[] = {"features one shop off", NULL}, *const retry = "push retry",
                             *const other = "rename one Other";
    static const char *const orders[][3] = {{retry, other}, {other, retry}};
    static const int nothing[] = {-1}, finish[] = {0, -1};
    f->cli.command.no_push = true;
    assert_int_equal(run(f, left, nothing), 0);
    f->cli.command.no_push = false;
    f->cli.command.atomic = true;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run(f, orders[i], finish), 0);
        assert_int_equal(f->begun, 1);
        assert_string_equal(f->pushes[0].request.tenant, "one");
        assert_true(f->pushes[0].request.again);
        assert_false(f->pushes[0].request.raised);
    }
}

static void a_failed_transaction_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features one api_access on", NULL};
    static const int finish[] = {-1};
    f->cli.command.atomic = true;
    assert_int_equal(run(f, lines, finish), 1);
    assert_int_equal(f->begun, 0);
    struct tenant t;
    assert_int_equal(tenants_load(f->store, "one", &t, NULL), 0);
    assert_true(t.features[FEATURE_SHOP]);
    assert_int_equal(t.revision, 1);
    tenant_release(&t);
}

static void a_dry_run_of_several_lines_shows_all_and_keeps_none(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features one leveling off", NULL};
    static const int finish[] = {-1};
    f->cli.command.dry_run = true;
    assert_int_equal(run(f, lines, finish), 0);
    assert_int_equal(f->begun, 0);
    char *out = written(f, "out");
    assert_non_null(strstr(out, "\"database\""));
    assert_non_null(strstr(out, "leveling"));
    free(out);
    struct tenant t;
    assert_int_equal(tenants_load(f->store, "one", &t, NULL), 0);
    assert_true(t.features[FEATURE_SHOP] && t.features[FEATURE_LEVELING]);
    tenant_release(&t);
}

static void one_json_document_holds_one_command(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"features one shop off", "features two shop off", NULL};
    static const int finish[] = {-1};
    f->cli.command.format = OUTPUT_JSON;
    assert_int_equal(run(f, lines, finish), 2);
    assert_int_equal(f->begun, 0);
    char *err = written(f, "err");
    assert_non_null(strstr(err, "jsonl"));
    free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(documents_come_in_the_order_of_the_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_stops_the_batch_and_names_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(keep_going_runs_on_and_ends_with_the_largest_status, setup, teardown),
        cmocka_unit_test_setup_teardown(one_transaction_pushes_each_tenant_once, setup, teardown),
        cmocka_unit_test_setup_teardown(one_transaction_pushes_again_what_one_of_its_lines_does, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failed_transaction_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dry_run_of_several_lines_shows_all_and_keeps_none, setup, teardown),
        cmocka_unit_test_setup_teardown(one_json_document_holds_one_command, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
