/* Rental terms and payments. */
#include "cmd_shop.h"

#include <inttypes.h>

#include "tt/base/time.h"
#include "tt/store/renting.h"

static const char *const action_words[] = {"extend", "until", "auto", NULL};
enum action { ACTION_EXTEND, ACTION_UNTIL, ACTION_AUTO };
static const char *const action_values[] = {"DAYS", "DATE", "on|off"};

static const struct arg_spec rent_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "action", .type = ARG_WORD, .words = action_words, .optional = true},
    {.name = "value", .type = ARG_TEXT, .optional = true, .help = "DAYS, a DATE, or on/off"},
    {0},
};
static const struct arg_spec add_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "amount", .type = ARG_TEXT, .help = "25 or 25.50"},
    {.name = "currency", .type = ARG_TEXT, .help = "three letters: USD, IDR"},
    {0},
};
static const struct option_spec add_options[] = {
    {.name = "--ref", .value = "R", .type = ARG_TEXT, .help = "the payer's reference; once per tenant"},
    {.name = "--method", .value = "M", .type = ARG_TEXT, .help = "how it was paid"},
    {.name = "--status",
     .value = "STATUS",
     .type = ARG_WORD,
     .words = payment_status_words,
     .help = "pending, completed (the default), failed, cancelled or refunded"},
    {0},
};
static const struct arg_spec status_args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "n", .type = ARG_NUMBER, .help = "its number in `payment list`"},
    {.name = "status", .type = ARG_WORD, .words = payment_status_words},
    {0},
};
static const struct arg_spec list_args[] = {{.name = "tenant", .type = ARG_TENANT}, {0}};

/* --- the term --- */

static bool rent_writes(const struct command_context *c)
{
    return arg_given(c, "action");
}

static int show(struct command_context *c, struct error *e)
{
    struct json *j = json_new_object();

    json_set_string(j, "tenant_id", c->tenant.id);
    if (rent_members(c, j, e)) {
        json_free(j);
        return -1;
    }
    writer_document(c->w, j);
    json_free(j);
    return 0;
}

static int extend(struct command_context *c, const char *value, struct rent *rent, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *p = value;
    int64_t days = 0;

    for (; *p >= '0' && *p <= '9' && days <= RENT_DAYS_MAX; p++)
        days = days * 10 + (*p - '0');
    if (*p || p == value)
        return error_set(e, ERROR_MALFORMED, "value", "extend needs 1 to %d days, not '%s'", RENT_DAYS_MAX,
                         value);
    c->changed = true;
    return rents_extend(&scope, days, c->now, rent, e);
}

static int until(struct command_context *c, const char *value, struct rent *rent, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    struct rent before;
    int64_t end;

    if (time_parse(value, c->now, &end, e)) /* what lies behind us ends no term */
        return error_hint(e, "expected a date (2027-08-01) or RFC 3339 (2027-08-01T12:03:51Z)");
    if (rents_load(&scope, &before, e) || rents_until(&scope, end, c->now, rent, e))
        return -1;
    c->changed = !before.set || before.ends_at != end;
    return 0;
}

static int set_auto(struct command_context *c, const char *value, struct rent *rent, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int on = bool_parse("value", value, e);

    if (on < 0 || rents_auto(&scope, on, &c->changed, e))
        return -1;
    return rents_load(&scope, rent, e);
}

/* A term that lasts brings an expired tenant back. */
static int wake(struct command_context *c, const struct rent *rent, struct error *e)
{
    bool changed;

    if (c->tenant.status != STATUS_EXPIRED || rent->ends_at <= c->now)
        return 0;
    if (tenants_set_status(c->store, c->tenant.id, STATUS_ACTIVE, &changed, e))
        return -1;
    c->configuration = changed;
    mark_status(c, STATUS_EXPIRED, STATUS_ACTIVE);
    return 0;
}

static int rent(struct command_context *c, struct error *e)
{
    static int (*const actions[])(struct command_context *, const char *, struct rent *, struct error *) = {
        [ACTION_EXTEND] = extend,
        [ACTION_UNTIL] = until,
        [ACTION_AUTO] = set_auto,
    };
    const char *value = arg_text(c, "value");
    char end[TIME_TEXT];
    struct rent rent;

    if (!c->writes)
        return show(c, e);
    int action = arg_index(c, "action");
    if (!value)
        return error_set(e, ERROR_MISSING_ARGUMENT, "value", "'rent' needs a value; usage: rent %s %s <%s>",
                         c->tenant.id, action_words[action], action_values[action]);
    if (actions[action](c, value, &rent, e)) {
        if (e && e->code == ERROR_MALFORMED) /* days, a date or a word: the grammar has one name for them */
            str_copy(e->field, sizeof e->field, "value");
        return -1;
    }
    if (wake(c, &rent, e))
        return -1;
    struct json *j = json_new_object();
    json_set_time(j, "ends_at", rent.ends_at);
    json_set_bool(j, "auto_renew", rent.auto_renew);
    command_extra(c, "rent", j);
    command_done(c, "%s is rented until %s%s", c->tenant.id, time_format(rent.ends_at, end),
                 rent.auto_renew ? ", then renewed" : "");
    return 0;
}

/* --- payments --- */

static int add(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    const char *ref = option_text(c, "--ref"), *method = option_text(c, "--method"),
               *status = option_text(c, "--status");
    struct payment p = {.status = PAYMENT_COMPLETED, .created_at = c->now};
    struct str amount = STR_INIT;
    int64_t number;

    if (status)
        p.status = (enum payment_status)word_parse("--status", status, payment_status_words, NULL);
    if (payment_amount_parse(arg_text(c, "amount"), &p.amount, e) ||
        payment_currency_parse(arg_text(c, "currency"), p.currency, e))
        return -1;
    if (ref && !str_copy(p.reference, sizeof p.reference, ref))
        return error_set(e, ERROR_MALFORMED, "--ref", "a reference has at most 100 bytes");
    if (method && !str_copy(p.method, sizeof p.method, method))
        return error_set(e, ERROR_MALFORMED, "--method", "a method has at most 50 bytes");
    if (payments_add(&scope, &p, &number, e)) {
        if (e && e->code == ERROR_TAKEN)
            str_copy(e->field, sizeof e->field, "--ref");
        return -1;
    }
    c->changed = true;
    payment_amount_format(p.amount, &amount);
    command_extra(c, "payment", json_new_int(number));
    command_done(c, "payment %" PRId64 " of %s %s noted: %s", number, str_text(&amount), p.currency,
                 payment_status_words[p.status]);
    str_release(&amount);
    return 0;
}

static int set_status(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    int64_t n = arg_number(c, "n", 0);
    int status = arg_index(c, "status");

    if (payments_set_status(&scope, n, (enum payment_status)status, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "payment %" PRId64 " is %s" : "payment %" PRId64 " is already %s", n,
                 payment_status_words[status]);
    return 0;
}

static const struct column columns[] = {
    {"payment", "PAYMENT", true},      {"created_at", "TIME", false}, {"amount", "AMOUNT", true},
    {"currency", "CURRENCY", false},   {"method", "METHOD", false},   {"status", "STATUS", false},
    {"reference", "REFERENCE", false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void row(void *context, const struct payment *p)
{
    struct command_context *c = context;
    struct str amount = STR_INIT;

    payment_amount_format(p->amount, &amount);
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_INT(p->payment),
        CELL_OF_TIME(p->created_at),
        CELL_OF_TEXT(str_text(&amount)),
        CELL_OF_TEXT(p->currency),
        CELL_OF_TEXT(*p->method ? p->method : NULL),
        CELL_OF_TEXT(payment_status_words[p->status]),
        CELL_OF_TEXT(*p->reference ? p->reference : NULL),
    };
    writer_table_row(c->w, cells);
    str_release(&amount);
}

static int list(struct command_context *c, struct error *e)
{
    struct tenant_scope scope = command_scope(c);
    char next[LIST_NEXT_TEXT] = "";
    int64_t total = -1;

    page_begin(c, columns, COLUMN_COUNT);
    if (payments_list(&scope, &c->paging, row, c, &total, next, e))
        return -1;
    page_end(c, total, next);
    return 0;
}

const struct command_spec command_rent = {
    .name = "rent",
    .args = rent_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED,
    .right = RIGHT_OPERATOR,
    .group = GROUP_RENTING,
    .makes = (const char *const[]){"rent", "rent.ends_at", "rent.auto_renew", NULL},
    .summary = "show a tenant's rental term, extend it, end it on a date, or renew it by itself",
    .detail =
        "`extend` counts from the later of now and the end. The daemon warns in the channel `logs` 7, 3 "
        "and 1 days before the end and sets the tenant to expired at the end; a longer term makes an "
        "expired tenant active again. A tenant without a term does not expire.",
    .example = "rent tenant01 extend 30",
    .writes = rent_writes,
    .run = rent,
};

const struct command_spec command_payment_add = {
    .name = "payment add",
    .args = add_args,
    .options = add_options,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED,
    .right = RIGHT_OPERATOR,
    .group = GROUP_RENTING,
    .makes = (const char *const[]){"payment", NULL},
    .summary = "note what a renter paid",
    .example = "payment add tenant01 25 USD --ref INV-0815",
    .run = add,
};

const struct command_spec command_payment_status = {
    .name = "payment status",
    .args = status_args,
    .flags = COMMAND_WRITES | COMMAND_UNPUSHED,
    .right = RIGHT_OPERATOR,
    .group = GROUP_RENTING,
    .summary = "say what became of a payment",
    .example = "payment status tenant01 7 completed",
    .run = set_status,
};

const struct command_spec command_payment_list = {
    .name = "payment list",
    .args = list_args,
    .flags = COMMAND_PAGING,
    .right = RIGHT_OPERATOR,
    .group = GROUP_RENTING,
    .summary = "list a tenant's payments, newest first",
    .example = "payment list tenant01",
    .run = list,
};
