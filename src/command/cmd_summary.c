/* Totals at a glance: what the dashboard shows, and a monitoring script reads. */
#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/store/overview.h"
#include "tt/store/sales.h"

#define NEEDS_MOST 20
#define UNARRIVED_DAYS 30 /* so long somebody may still miss his goods */

static void add_need(void *context, const char *id, const char *level, const char *what)
{
    struct json *need = json_push(context, json_new_object());
    json_set_string(need, "tenant_id", id);
    json_set_string(need, "level", level);
    json_set_string(need, "what", what);
}

/* Tenants whose bot lacks intents, each once. */
struct lacking {
    struct {
        char id[TENANT_ID_TEXT];
        unsigned missing;
        struct name_list features;
    } items[NEEDS_MOST];
    size_t count;
};

static void add_lacking(void *context, const char *id, enum feature feature, unsigned missing)
{
    struct lacking *l = context;
    size_t i = 0;

    while (i < l->count && !str_equal(l->items[i].id, id))
        i++;
    if (i == NEEDS_MOST)
        return;
    if (i == l->count) {
        str_copy(l->items[i].id, TENANT_ID_TEXT, id);
        l->count++;
    }
    l->items[i].missing |= missing;
    name_list_add(&l->items[i].features, feature_words[feature]);
}

/* A feature that is on and cannot do all it should: last, since the bot runs. */
static int add_missing_intents(const struct command_context *c, struct json *needs, struct error *e)
{
    struct lacking lacking = {.count = 0};
    int result = 0;

    for (size_t i = 0; result == 0 && i < c->features->count; i++) {
        const struct feature_spec *spec = c->features->items[i];
        if (spec->privileged_intents)
            result = tenants_lacking_intents(c->store, spec->feature, spec->privileged_intents, NEEDS_MOST,
                                             add_lacking, &lacking, e);
    }
    for (size_t i = 0; i < lacking.count; i++) {
        char *what = intents_missing(lacking.items[i].missing);
        char *all = mem_format("%s for %s", what, str_text(&lacking.items[i].features.text));
        if (result == 0 && json_count(needs) < NEEDS_MOST)
            add_need(needs, lacking.items[i].id, "warning", all);
        free(all);
        free(what);
        str_release(&lacking.items[i].features.text);
    }
    return result;
}

/* --- shops --- */

static void add_low(void *context, const char *id, const char *code, int64_t available, int64_t many)
{
    char *what = many > 1
                     ? mem_format("low: %s %" PRId64 " left and %" PRId64 " more", code, available, many - 1)
                     : mem_format("low: %s %" PRId64 " left", code, available);
    add_need(context, id, "warning", what);
    free(what);
}

struct ending {
    struct json *needs;
    int64_t now;
};

static void add_ending(void *context, const char *id, int64_t ends_at)
{
    const struct ending *ending = context;
    int64_t left = ends_at - ending->now;
    char end[TIME_TEXT];
    char *what = left <= 0             ? mem_format("rent ended %.10s", time_format(ends_at, end))
                 : left < 2 * TIME_DAY ? mem_format("rent ends in %" PRId64 " h", left / TIME_HOUR)
                                       : mem_format("rent ends in %" PRId64 " d", left / TIME_DAY);
    add_need(ending->needs, id, "warning", what);
    free(what);
}

static void add_unarrived(void *context, const char *id, const char *delivery, int64_t many)
{
    char *what = mem_format("%" PRId64 " %s did not arrive: tx list %s --delivery %s", many,
                            many == 1 ? "delivery" : "deliveries", id, delivery);
    add_need(context, id, "warning", what);
    free(what);
}

/* Who paid and has nothing; then what soon stops earning: terms that end, goods that run out. */
static int add_shops(const struct command_context *c, struct json *needs, struct error *e)
{
    struct ending ending = {needs, c->now};
    int left = NEEDS_MOST - (int)json_count(needs);

    if (left > 0 &&
        shops_unarrived(c->store, c->now - UNARRIVED_DAYS * TIME_DAY, left, add_unarrived, needs, e))
        return -1;
    left = NEEDS_MOST - (int)json_count(needs);
    if (left > 0 && rents_ending(c->store, c->now, c->now + 7 * TIME_DAY, left, add_ending, &ending, e))
        return -1;
    left = NEEDS_MOST - (int)json_count(needs);
    return left > 0 ? shops_low(c->store, left, add_low, needs, e) : 0;
}

struct sales_today {
    int64_t from, hours[24];
};

static void add_hour(void *context, const struct sales_line *line)
{
    struct sales_today *today = context;
    int64_t hour = (line->time - today->from) / TIME_HOUR;
    if (hour >= 0 && hour < 24)
        today->hours[hour] += line->total;
}

/* Today's sales (UTC) by hour. The hours that are over are compared with the same ones a week ago. */
static int add_sales(const struct command_context *c, struct json *document, struct error *e)
{
    struct sales_today today = {.from = c->now - c->now % TIME_DAY};
    struct sales_query q = {.by = SALES_BY_HOUR, .since = today.from};
    struct sales_line sum, week_ago = {0};
    int64_t hour = (c->now - today.from) / TIME_HOUR, over = 0;

    if (sales_of_all(c->store, &q, add_hour, &today, &sum, e) ||
        (hour && sales_total(c->store, today.from - 7 * TIME_DAY,
                             today.from - 7 * TIME_DAY + hour * TIME_HOUR, &week_ago, e)))
        return -1;
    struct json *sales = json_set(document, "sales", json_new_object());
    json_set_int(sales, "sales", sum.sales);
    json_set_int(sales, "total", sum.total);
    struct json *hours = json_set(sales, "hours", json_new_array());
    for (int64_t i = 0; i < 24; i++) {
        over += i < hour ? today.hours[i] : 0;
        json_push(hours, i <= hour ? json_new_int(today.hours[i]) : json_new_null());
    }
    if (week_ago.total > 0)
        json_set_int(sales, "change_percent",
                     (int64_t)((double)(over - week_ago.total) * 100 / (double)week_ago.total));
    else
        json_set_null(sales, "change_percent");
    return 0;
}

/* --- all --- */

static void add_tokenless(void *context, const char *id)
{
    add_need(context, id, "warning", "no token");
}

/* Without a token nothing runs, but nothing is broken either. */
static int add_without_token(const struct command_context *c, struct json *needs, struct error *e)
{
    int left = NEEDS_MOST - (int)json_count(needs);

    return left > 0 ? tenants_without_token(c->store, left, add_tokenless, needs, e) : 0;
}

/* Bots that should be connected and are nobody's work: the first thing to be told. */
static int add_unserved(const struct command_context *c, bool running, const char *only, struct json *needs,
                        struct error *e)
{
    int64_t n = 0;
    struct str what = STR_INIT;

    if (running && !*only)
        return 0;
    if (tenants_unserved(c->store, running ? only : NULL, &n, e))
        return -1;
    if (n && running)
        str_addf(&what, "the daemon runs %s only; %lld other bot%s run by nobody", only, (long long)n,
                 n == 1 ? " is" : "s are");
    else if (n)
        str_addf(&what, "no daemon runs; %lld bot%s should be connected", (long long)n, n == 1 ? "" : "s");
    if (n)
        add_need(needs, NULL, "error", str_text(&what));
    str_release(&what);
    return 0;
}

static int add_needs(const struct command_context *c, bool running, const char *only, struct json *needs,
                     struct error *e)
{
    if (add_unserved(c, running, only, needs, e) ||
        tenants_needing_care(c->store, NEEDS_MOST - (int)json_count(needs), add_need, needs, e) ||
        add_shops(c, needs, e))
        return -1;
    return add_missing_intents(c, needs, e) || add_without_token(c, needs, e) ? -1 : 0;
}

static void count_operator(void *context, int64_t discord_id, enum operator_role role, int64_t added_at)
{
    (void)discord_id;
    (void)role;
    (void)added_at;
    ++*(int64_t *)context;
}

static struct json *counts(const char *const *words, const int64_t *numbers)
{
    struct json *j = json_new_object();
    for (size_t i = 0; words[i]; i++)
        json_set_int(j, words[i], numbers[i]);
    return j;
}

static struct json *tenants_json(const struct tenant_totals *totals)
{
    struct json *j = json_new_object();
    json_set_int(j, "total", totals->all);
    json_set(j, "status", counts(tenant_status_words, totals->by_status));
    json_set(j, "plan", counts(plan_words, totals->by_plan));
    return j;
}

static int run(struct command_context *c, struct error *e)
{
    struct tenant_totals totals;
    int64_t pushes[3], invalid = 0, operators = 0, latency = -1, waiting = 0;
    struct json *needs = json_new_array(), *document = json_new_object();
    char only[TENANT_ID_TEXT];
    bool running = daemon_lock_serving(c->database_path, only);
    int result = -1;

    if (tenants_totals(c->store, &totals, e) || outbox_totals(c->store, pushes, e) ||
        tenants_overview(c->store, &latency, &waiting, e) || budget_count(c->store, c->now, &invalid, e) ||
        operators_list(c->store, count_operator, &operators, e) || add_sales(c, document, e) ||
        add_needs(c, running, only, needs, e))
        goto out;
    json_set(document, "tenants", tenants_json(&totals));
    json_set(document, "bots", counts(bot_state_words, totals.by_bot));
    if (latency >= 0)
        json_set_int(document, "latency_ms", latency);
    else
        json_set_null(document, "latency_ms");
    struct json *push = json_set(document, "push", counts(push_row_state_words, pushes));
    json_set_int(push, "in_step", totals.all > waiting ? totals.all - waiting : 0);
    struct json *daemon = json_set(document, "daemon", json_new_object());
    json_set_bool(daemon, "running", running);
    json_set_string(daemon, "only", *only ? only : NULL);
    json_set_int(document, "operators", operators);
    json_set_int(document, "invalid_answers", invalid);
    json_set(document, "needs", json_clone(needs));
    money_document(c, document, (const char *const[]){"sales.total", NULL});
    result = 0;
out:
    json_free(needs);
    json_free(document);
    return result;
}

const struct command_spec command_summary = {
    .name = "summary",
    .flags = COMMAND_DISCORD,
    .right = RIGHT_VIEWER,
    .group = GROUP_TENANTS,
    .summary = "totals of tenants, bots, pushes and sales, and what needs you",
    .example = "summary",
    .run = run,
};
