/* Purchases through the executor, for tests/bench/shop.py: what a bot's loop does from the event to the
 * answer, without Discord. Figures go to standard output as words and numbers.
 *
 *   shop DB KEY fill TENANTS PRODUCTS CUSTOMERS         tenants that sell; PRODUCTS and CUSTOMERS of each, no
 * stock shop DB KEY sql TENANTS PRODUCTS CUSTOMERS          the statements of one purchase, each ended by a
 * zero byte shop DB KEY buy TENANTS PRODUCTS CUSTOMERS COUNT    that many, WAITING of them at once: seconds,
 * processor seconds, commits shop DB KEY pace TENANTS PRODUCTS CUSTOMERS RATE SECONDS [UNTIL] RATE a second
 * for so long, and on until the file UNTIL is there: their number; microseconds from the moment at which one
 * is due to its answer: the middle, the 99th of a hundred, the longest
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "choice.h"
#include "executor.h"
#include "module.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/bot/bot.h"
#include "tt/store/outbox.h"
#include "tt/store/purchase.h"
#include "tt/store/products.h"

#define WAITING 512
#define PRICE 100
#define GUILD INT64_C(200000000000000000)
#define RENTER INT64_C(100000000000000001)
#define ANSWERS_MAX 4000000

struct bench {
    uv_loop_t loop;
    uv_timer_t timer;
    struct executor *x;
    struct checkpointer *checkpointer;
    struct choice choice;
    struct snapshot **tenants;
    int64_t sent, answered, commits;
    int64_t want; /* closed: so many in all */
    int64_t rate, began, least_us;
    const char *until;
    bool paced, over;
    int32_t *us; /* of each answer */
};

struct purchase_job {
    struct job job;
    struct bench *bench;
    struct snapshot *snapshot;
    int64_t user, due;
    char text[CHOICE_TEXT + 4];
    struct effects out;
    struct gateway_session session;
};

static struct error failure;
static struct bench bench;

static void check(int result)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s\n", failure.message);
    exit(1);
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- filling --- */

static void fill_tenant(struct store *s, int64_t n, const char *id)
{
    struct tenant t;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, id);
    t.name = mem_format("Store %" PRId64, n);
    t.discord_id = RENTER;
    t.guild_id = GUILD + n;
    t.plan = PLAN_ENTERPRISE;
    for (int i = 0; i < FEATURE_COUNT; i++)
        t.features[i] = plan_default_feature(t.plan, (enum feature)i);
    check(tenants_create(s, &t, time_now(), &failure));
    tenant_release(&t);
}

static void fill_customers(const struct tenant_scope *c, int64_t customers)
{
    char growid[24];
    for (int64_t i = 0; i < customers; i++) {
        snprintf(growid, sizeof growid, "buyer%" PRId64, i);
        check(customers_register(c, CHOICE_USER + i, growid, LIMIT_NONE, time_now(), NULL, &failure));
        check(ledger_move(c, CHOICE_USER + i, INT64_C(1000000000), ENTRY_OPENING, 0, NULL, time_now(), NULL,
                          NULL, &failure));
    }
}

static void fill_product(const struct tenant_scope *c, int64_t n)
{
    struct product p = {.price = PRICE, .active = true};
    char code[CHOICE_TEXT];
    str_copy(p.code, sizeof p.code, choice_code(n, code));
    str_copy(p.name, sizeof p.name, p.code);
    check(products_add(c, &p, time_now(), NULL, &failure));
}

static void fill(struct store *s, int64_t tenants, int64_t products, int64_t customers)
{
    char id[CHOICE_TEXT];
    check(store_durable(s, false, &failure));
    for (int64_t n = 0; n < tenants; n++) {
        struct tenant_scope c = scope_of(s, choice_tenant(n, id));
        check(store_begin(s, &failure));
        fill_tenant(s, n, id);
        fill_customers(&c, customers);
        for (int64_t i = 0; i < products; i++)
            fill_product(&c, i);
        check(store_commit(s, &failure));
    }
}

/* --- one purchase --- */

static struct snapshot **load_tenants(struct store *s, int64_t count)
{
    struct snapshot **all = mem_zero((size_t)count, sizeof(struct snapshot *));
    char id[CHOICE_TEXT];
    struct tenant t;
    for (int64_t n = 0; n < count; n++) {
        check(tenants_load(s, choice_tenant(n, id), &t, &failure));
        all[n] = snapshot_new(&t, bot_features());
        tenant_release(&t);
    }
    return all;
}

static int buy_run(struct job *job, struct store *s, struct error *e)
{
    struct purchase_job *j = (struct purchase_job *)job;
    const struct tenant *t = &j->snapshot->tenant;
    const struct module *off;
    const struct handler *h = module_command(t, "buy", &off);
    struct module_context c = {.snapshot = j->snapshot,
                               .tenant = t,
                               .features = bot_features(),
                               .language = j->snapshot->language,
                               .store = s,
                               .now = time_now(),
                               .user_id = j->user,
                               .channel_id = RENTER,
                               .message_id = j->session.sequence,
                               .user_name = "buyer",
                               .command = "buy",
                               .text = j->text,
                               .server = "",
                               .out = &j->out};
    if (!h)
        return error_set(e, ERROR_INTERNAL, NULL, "the shop is off");
    return h->run(&c, e) ? -1 : sessions_save(s, t->id, &j->session, e);
}

static void buy_reset(struct job *job)
{
    effects_release(&((struct purchase_job *)job)->out);
}

static void answered(struct job *job, const struct error *failed);

static struct purchase_job *job_new(struct bench *b, int64_t due)
{
    struct purchase_job *j = mem_zero(1, sizeof *j);
    char code[CHOICE_TEXT];
    choice_next(&b->choice);
    j->job = (struct job){.run = buy_run, .reset = buy_reset, .done = answered};
    j->bench = b;
    j->snapshot = b->tenants[b->choice.tenant];
    j->user = CHOICE_USER + b->choice.customer;
    j->due = due;
    snprintf(j->text, sizeof j->text, "%s 1", choice_code(b->choice.product, code));
    str_copy(j->session.session_id, sizeof j->session.session_id, "0123456789abcdef0123456789abcdef");
    str_copy(j->session.resume_url, sizeof j->session.resume_url, "wss://gateway-us-east1-b.discord.gg");
    j->session.sequence = ++b->sent;
    effects_init(&j->out);
    return j;
}

static void send_one(struct bench *b, int64_t due)
{
    executor_submit(b->x, &job_new(b, due)->job);
}

static void stop_when_done(struct bench *b)
{
    if (b->over && !executor_waiting(b->x))
        uv_stop(&b->loop);
}

static void answered(struct job *job, const struct error *failed)
{
    struct purchase_job *j = (struct purchase_job *)job;
    struct bench *b = j->bench;
    if (failed ||
        (!j->out.tx && !b->paced)) { /* beside a long import a product may be sold out: an answer too */
        fprintf(stderr, "a purchase failed: %s\n", failed ? failed->message : "refused");
        exit(1);
    }
    int64_t us = time_monotonic_us() - j->due;
    if (b->answered < ANSWERS_MAX)
        b->us[b->answered] = us > INT32_MAX ? INT32_MAX : (int32_t)us;
    b->answered++;
    effects_release(&j->out);
    free(j);
    if (!b->paced && b->sent < b->want)
        send_one(b, time_monotonic_us());
    b->over |= !b->paced && b->sent >= b->want;
    stop_when_done(b);
}

/* --- the executor --- */

static int counted_commit(struct store *s, struct error *e)
{
    bench.commits++;
    return store_commit(s, e);
}

static void executor_begin(struct bench *b, const char *db, const char *key)
{
    struct executor_options options = {.loop = &b->loop,
                                       .name = "bench",
                                       .database_path = db,
                                       .key_path = key,
                                       .commit = counted_commit,
                                       .checkpointer = b->checkpointer = checkpointer_new(db)};
    uv_loop_init(&b->loop);
    b->us = mem_zero(ANSWERS_MAX, sizeof *b->us);
    check(executor_new(&b->x, &options, &failure));
}

static void executor_end(struct bench *b)
{
    executor_free(b->x);
    checkpointer_free(b->checkpointer);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    uv_loop_close(&b->loop);
}

static void buy(struct bench *b)
{
    int64_t began = time_monotonic_us(), cpu = cpu_us();
    for (int i = 0; i < WAITING && b->sent < b->want; i++)
        send_one(b, began);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    printf("seconds %.3f cpu %.3f commits %" PRId64 "\n", (double)(time_monotonic_us() - began) / 1e6,
           (double)(cpu_us() - cpu) / 1e6, b->commits);
}

/* What is late is sent at once, and its wait counts. */
static void on_tick(uv_timer_t *timer)
{
    struct bench *b = timer->data;
    int64_t passed = time_monotonic_us() - b->began;
    if (passed >= b->least_us && (!b->until || access(b->until, F_OK) == 0)) {
        b->over = true;
        uv_timer_stop(timer);
        stop_when_done(b);
        return;
    }
    for (int64_t due = passed * b->rate / 1000000; b->sent < due;)
        send_one(b, b->began + b->sent * 1000000 / b->rate);
}

static int compare(const void *a, const void *b)
{
    const int32_t *one = a, *two = b;
    return *one < *two ? -1 : *one > *two;
}

static void pace(struct bench *b)
{
    b->paced = true;
    b->began = time_monotonic_us();
    uv_timer_init(&b->loop, &b->timer);
    b->timer.data = b;
    uv_timer_start(&b->timer, on_tick, 0, 1);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&b->timer, NULL);
    size_t n = (size_t)(b->answered < ANSWERS_MAX ? b->answered : ANSWERS_MAX);
    qsort(b->us, n, sizeof *b->us, compare);
    printf("answers %zu middle %d p99 %d longest %d commits %" PRId64 "\n", n, n ? b->us[n / 2] : 0,
           n ? b->us[n * 99 / 100] : 0, n ? b->us[n - 1] : 0, b->commits);
}

/* --- the statements of a purchase --- */

static bool tracing;

static int on_statement(unsigned type, void *context, void *stmt, void *text)
{
    const char *sql = text;
    (void)type;
    (void)context;
    if (tracing && strncmp(sql, "--", 2) != 0 && !strstr(sql, "nested")) /* no triggers, no savepoints */
        fwrite(sqlite3_sql(stmt), strlen(sqlite3_sql(stmt)) + 1, 1, stdout);
    return 0;
}

/* The store lets nobody have its connection; SQLite shows every one that is opened. */
static int on_open(sqlite3 *db, char **message, const void *api)
{
    (void)message;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

/* Of the second purchase: the first one also looks for the key. */
static void show_sql(struct bench *b, struct store *s)
{
    check(store_begin(s, &failure));
    for (int i = 0; i < 2; i++) {
        struct purchase_job *j = job_new(b, 0);
        tracing = i == 1;
        check(j->job.run(&j->job, s, &failure));
        tracing = false;
        effects_release(&j->out);
        free(j);
    }
    store_rollback(s);
}

int main(int argc, char **argv)
{
    int64_t numbers[6] = {0};
    struct store *s;

    if (argc < 7) {
        fputs("usage: shop DB KEY fill|sql|buy|pace TENANTS PRODUCTS CUSTOMERS ...\n", stderr);
        return 2;
    }
    for (int i = 0; i < 6 && i + 4 < argc; i++)
        numbers[i] = strtoll(argv[i + 4], NULL, 10);
    struct store_options options = {.path = argv[1], .mode = STORE_CREATE, .key_path = argv[2]};
    crypto_start();
    if (strcmp(argv[3], "sql") == 0)
        sqlite3_auto_extension((void (*)(void))on_open);
    check(store_open(&s, &options, &failure));
    if (strcmp(argv[3], "fill") == 0) {
        fill(s, numbers[0], numbers[1], numbers[2]);
        store_close(s);
        return 0;
    }
    bench.choice = choice_begin(numbers[0], numbers[1], numbers[2]);
    bench.tenants = load_tenants(s, numbers[0]);
    if (strcmp(argv[3], "sql") == 0) {
        show_sql(&bench, s);
    } else {
        executor_begin(&bench, argv[1], argv[2]);
        bench.want = bench.rate = numbers[3];
        bench.least_us = numbers[4] * 1000000;
        bench.until = argc > 9 ? argv[9] : NULL;
        if (strcmp(argv[3], "buy") == 0)
            buy(&bench);
        else
            pace(&bench);
        executor_end(&bench);
    }
    for (int64_t n = 0; n < numbers[0]; n++)
        snapshot_drop(bench.tenants[n]);
    free(bench.tenants);
    free(bench.us);
    store_close(s);
    return 0;
}
