/* donation: deposits from the channel donation_log. Only the programs that the tenant lists are believed,
 * each message counts once, and what credits nobody is told in `logs`. */
#include "module.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/render/notice.h"
#include "tt/store/deliveries.h"
#include "tt/store/deposits.h"

#define AUTHORS_MAX 20
#define STRANGERS_MOST 20 /* refusals in */
#define STRANGERS_MS (60 * 60 * 1000)

static const struct setting_spec settings[] = {
    {.key = "authors",
     .type = SETTING_ID_LIST,
     .max = AUTHORS_MAX,
     .help = "ids of the webhooks and bots whose messages in donation_log are deposits"},
    {0},
};

/* Is ID one of the comma-separated LIST? */
static bool listed(const char *list, int64_t id)
{
    char text[24];
    size_t n = (size_t)snprintf(text, sizeof text, "%" PRId64, id);
    for (const char *p = list; id && p && *p; p += strspn(p, ",")) {
        size_t len = strcspn(p, ",");
        if (len == n && memcmp(p, text, n) == 0)
            return true;
        p += len;
    }
    return false;
}

/* May its author tell of deposits? WHY not goes with the deposit. A member can write whatever he likes, also
 * one who is listed. */
static bool believed(const struct module_context *c, struct error *why)
{
    const char *authors = tenant_setting(c->tenant, FEATURE_DONATION, "authors");
    int64_t webhook = json_get_id(c->message, "webhook_id"),
            author = json_id(json_at(c->message, "author.id"));
    if (!listed(authors, author) && !listed(authors, webhook)) {
        error_set(why, ERROR_NOT_PERMITTED, NULL, "its author %lld is not one of the listed ones",
                  (long long)(webhook ? webhook : author));
        return false;
    }
    if (webhook || json_bool(json_at(c->message, "author.bot"), false))
        return true;
    error_set(why, ERROR_NOT_PERMITTED, NULL,
              "its author is a member, and only webhooks and bots are believed");
    return false;
}

/* The deposit is answered where it was told; programs read the answer. */
static void answer(struct module_context *c, enum message message, const struct deposit *d, int64_t balance)
{
    struct money_units units = money_units_of(c->tenant);
    struct str text = STR_INIT, money = STR_INIT;
    money_format(balance, &units, &money);
    message_add(&text, c->language, message, "growid", d->growid, "balance", str_text(&money), NULL);
    effect_answer(c->out, render_text(str_text(&text), 0), false);
    str_release(&text);
    str_release(&money);
}

/* To the tenant's own people, with a link to the message. */
static int report(struct module_context *c, const char *reason, struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    int64_t logs = c->tenant->channels[CHANNEL_LOGS];
    struct str text = STR_INIT, document = STR_INIT;
    char link[128];
    if (!logs)
        return 0;
    snprintf(link, sizeof link, "https://discord.com/channels/%" PRId64 "/%" PRId64 "/%" PRId64,
             c->tenant->guild_id, c->channel_id, c->message_id);
    message_add(&text, c->language, MESSAGE_DEPOSIT_REFUSED, "link", link, "reason", reason, "prefix",
                tenant_config(c->tenant, CONFIG_PREFIX), NULL);
    struct json *message = render_text(str_text(&text), 0);
    json_print(message, &document);
    int rc = deliveries_add_notice(&scope, logs, 0, str_text(&document), c->now, NULL, e);
    c->out->queued = rc == 0;
    json_free(message);
    str_release(&text);
    str_release(&document);
    return rc;
}

static int take(struct module_context *c, const struct donation *donation, const char *reason,
                struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    enum deposit_result result;
    struct deposit deposit;
    int64_t balance = 0;
    if (deposits_take(&scope, c->message_id, donation, reason, c->now, &result, &deposit, &balance, e))
        return -1;
    if (result == DEPOSIT_CREDITED)
        answer(c, MESSAGE_DEPOSIT_DONE, &deposit, balance);
    if (result == DEPOSIT_NOBODY)
        answer(c, MESSAGE_DEPOSIT_NOBODY, &deposit, 0);
    if (result != DEPOSIT_REFUSED && result != DEPOSIT_NOBODY)
        return 0;
    return report(c, deposit.reason, e);
}

/* What anybody can write is noted only so often. */
static int heed(struct module_context *c, const struct donation *donation, const char *reason,
                struct error *e)
{
    struct tenant_scope scope = scope_of(c->store, c->tenant->id);
    int64_t at = deposits_refused_at(&scope, STRANGERS_MOST, e);
    if (at < 0)
        return -1;
    return at > c->now - STRANGERS_MS && at <= c->now ? 0 : take(c, donation, reason, e);
}

/* Those who are listed write nothing but deposits there, so whatever is not understood is told. Of others it
 * concerns us only what claims to be one. */
static int hear(struct module_context *c, struct error *e)
{
    struct money_units units = money_units_of(c->tenant);
    struct donation donation = {.amount = 0};
    struct str text = STR_INIT;
    struct error why = {0}, doubt = {0};
    bool trusted = believed(c, &doubt);
    int rc = 0;
    donation_text(c->message, &text);
    bool good = donation_parse(str_text(&text), &units, &donation, &why) == 0;
    if (trusted)
        rc = take(c, &donation, good ? NULL : why.message, e);
    else if (good)
        rc = heed(c, &donation, doubt.message, e);
    str_release(&text);
    return rc;
}

static const struct feature_spec spec = {
    .feature = FEATURE_DONATION,
    .settings = settings,
    .privileged_intents = INTENT_NEED_CONTENT,
    .channels = 1u << CHANNEL_DONATION_LOG,
};

static const struct handler heard = {.name = "deposit", .access = HANDLER_WRITES, .run = hear};

extern const struct module module_donation;
const struct module module_donation = {.spec = &spec, .heard = &heard, .hears = CHANNEL_DONATION_LOG};
