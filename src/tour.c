/* What the demo shows. Every step looks whether it really happened. */
#include "demo.h"

#include <stdio.h>
#include <string.h>

#include "tt/base/mem.h"

#define RUN(d, input, out, e, ...) \
    demo_run((d), (const char *const[]){__VA_ARGS__, NULL}, (input), (out), (e))
#define READ(d, e, ...) demo_read((d), (const char *const[]){__VA_ARGS__, NULL}, (e))

/* The sample's own configuration, and channels of the guild that is played. */
static const char sample[] = "config " DEMO_TENANT " prefix !\n"
                             "config " DEMO_TENANT " language %s\n"
                             "channels " DEMO_TENANT " live_stock 1234567890\n"
                             "channels " DEMO_TENANT " purchase_log 0987654321\n"
                             "channels " DEMO_TENANT " control " DEMO_CONTROL "\n"
                             "channels " DEMO_TENANT " welcome " DEMO_WELCOME "\n"
                             "permissions " DEMO_TENANT " manage_products true\n"
                             "permissions " DEMO_TENANT " view_analytics true\n"
                             "product add " DEMO_TENANT " DL 'Diamond Lock' 50000 --category locks\n"
                             "product add " DEMO_TENANT " WL 'World Lock' 3000 --category locks\n"
                             "product add " DEMO_TENANT " BGL 'Blue Gem Lock' 150000 --category locks\n"
                             "product threshold " DEMO_TENANT " DL 2\n"
                             "rent " DEMO_TENANT " extend 30\n";

/* What is sold: a line is an item. */
static const char goods[] = "world SAMPLEDL1 door 4821\n"
                            "world SAMPLEDL2 door 7730\n"
                            "world SAMPLEDL3 door 1185\n";

static int must_say(const struct str *text, const char *what, struct error *e)
{
    if (strstr(str_text(text), what))
        return 0;
    return error_set(e, ERROR_REFUSED, NULL, "'%s' was expected in the answer", what);
}

/* A write that the bot acknowledges. */
static int run_acknowledged(struct demo *d, const char *const *words, const char *input, struct error *e)
{
    struct str out = STR_INIT;
    int rc = demo_run(d, words, input, &out, e);
    if (rc == 0)
        rc = must_say(&out, "acknowledged", e);
    str_release(&out);
    return rc;
}

int demo_set_up(struct demo *d, struct error *e)
{
    char token[sizeof d->token + 1];
    char lines[sizeof sample + 8];
    demo_say(
        d, "\n1. A tenant is created, with the sample's configuration, products and rent in one transaction");
    snprintf(lines, sizeof lines, sample, d->language ? d->language : "id");
    if (RUN(d, NULL, NULL, e, "create", DEMO_RENTER, DEMO_GUILD, "Sample Store", "premium", "--id",
            DEMO_TENANT) != 0 ||
        RUN(d, lines, NULL, e, "--quiet", "--atomic", "-f", "-") != 0)
        return -1;
    demo_say(
        d, "\n2. The daemon starts, the bot gets its token and comes up; goods and a customer for its shop");
    if (demo_start_daemon(d, e) != 0)
        return -1;
    snprintf(token, sizeof token, "%s\n", d->token);
    const char *const set[] = {"token", DEMO_TENANT, "set", NULL};
    int rc = run_acknowledged(d, set, token, e);
    mem_wipe(token, sizeof token);
    if (rc != 0)
        return -1;
    if (RUN(d, goods, NULL, e, "stock", "import", DEMO_TENANT, "DL", "-") != 0 ||
        RUN(d, NULL, NULL, e, "register", DEMO_TENANT, DEMO_BUYER, "BuyerGT") != 0 ||
        RUN(d, NULL, NULL, e, "balance", "add", DEMO_TENANT, DEMO_BUYER, "12 BGL") != 0)
        return -1;
    return RUN(d, NULL, NULL, e, "operator", "add", DEMO_OPERATOR, "operator");
}

/* --- looking --- */

struct seen {
    const char *channel, *after; /* messages of the bot there, after this one; "" all */
    const char *member;          /* instead of a channel: what the bot wrote to this one alone */
    const char *part;            /* that contain this; NULL: any */
    struct str text;
};

static struct json *verb(const char *what)
{
    struct json *document = json_new_object();
    json_set_string(document, "do", what);
    return document;
}

static int bot_said(struct demo *d, void *context, struct error *e)
{
    struct seen *s = context;
    struct json *ask = verb("messages");
    json_set_string(ask, s->member ? "member" : "channel", s->member ? s->member : s->channel);
    json_set_string(ask, s->member ? "bot" : "author", DEMO_BOT);
    if (*s->after)
        json_set_string(ask, "after", s->after);
    struct json *answer = demo_control(d, ask, e);
    if (!answer)
        return -1;
    int found = 0;
    json_each(message, json_get(answer, "messages"))
    {
        const char *content = json_get_string(message, "content");
        if (found || !content || (s->part && !strstr(content, s->part)))
            continue;
        found = 1;
        str_add(&s->text, content);
    }
    json_free(answer);
    return found;
}

/* Lines of a message below each other. */
static void say_lines(const struct demo *d, const char *before, const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        demo_say(d, "%*s%.*s", (int)strlen(before), at == text ? before : "", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

/* Somebody writes in #general; *MESSAGE is its id (heap). */
static int write_as(struct demo *d, const char *member, const char *name, const char *text, char **message,
                    struct error *e)
{
    struct json *act = verb("message");
    json_set_string(act, "channel", DEMO_GENERAL);
    json_set_string(act, "member", member);
    json_set_string(act, "content", text);
    demo_say(d, "  #general  %s: %s", name, text);
    struct json *answer = demo_control(d, act, e);
    if (!answer)
        return -1;
    *message = mem_strdup(json_get_string(answer, "message"));
    json_free(answer);
    return *message ? 0 : error_set(e, ERROR_INTERNAL, NULL, "the sandbox took no message");
}

/* Write, and wait for the bot's answer, which is shown. */
static int write_and_hear(struct demo *d, const char *member, const char *name, const char *text,
                          struct error *e)
{
    char *message = NULL;
    if (write_as(d, member, name, text, &message, e) != 0)
        return -1;
    struct seen seen = {.channel = DEMO_GENERAL, .after = message};
    int rc = demo_until(d, "the bot answers", bot_said, &seen, e);
    if (rc == 0)
        say_lines(d, "  #general  sample-bot: ", str_text(&seen.text));
    str_release(&seen.text);
    free(message);
    return rc;
}

static int leveling_is(struct demo *d, bool on, bool applied, struct error *e)
{
    struct json *show = READ(d, e, "show", DEMO_TENANT);
    if (!show)
        return -1;
    bool same = json_bool(json_at(show, "features.leveling"), !on) == on;
    if (applied)
        same = same && json_get_int(show, "applied_revision", -1) >= json_get_int(show, "revision", 0);
    json_free(show);
    return same;
}

static int leveling_off_and_applied(struct demo *d, void *context, struct error *e)
{
    (void)context;
    return leveling_is(d, false, true, e);
}

/* --- steps --- */

static int feature_switched(struct demo *d, struct error *e)
{
    demo_say(d, "\n3. A feature is switched: saved, pushed through Discord, obeyed, acknowledged");
    const char *const on[] = {"features", DEMO_TENANT, "welcome", "enable", NULL};
    if (run_acknowledged(d, on, NULL, e) != 0)
        return -1;
    struct seen control = {.channel = DEMO_CONTROL, .after = "", .part = "tenanttui/1 "};
    if (demo_until(d, "the control message", bot_said, &control, e) != 0)
        return -1;
    demo_say(d, "  #control  sample-bot: %.72s...", str_text(&control.text));
    str_release(&control.text);

    struct json *join = verb("join"), *user = json_new_object();
    json_set_string(join, "guild", DEMO_GUILD);
    json_set_string(user, "id", DEMO_NEWCOMER);
    json_set_string(user, "username", "newcomer");
    json_set(join, "user", user);
    demo_say(d, "  (newcomer joins the guild)");
    struct json *answer = demo_control(d, join, e);
    json_free(answer);
    struct seen greeting = {.channel = DEMO_WELCOME, .after = ""};
    if (!answer || demo_until(d, "the bot greets the newcomer", bot_said, &greeting, e) != 0)
        return -1;
    demo_say(d, "  #welcome  sample-bot: %s", str_text(&greeting.text));
    str_release(&greeting.text);
    return 0;
}

static int is_delivered(struct demo *d, void *context, struct error *e)
{
    (void)context;
    struct json *sales = READ(d, e, "tx", "list", DEMO_TENANT, "--limit", "1");
    if (!sales)
        return -1;
    bool sent = str_equal(json_string(json_at(sales, "items.0.delivery")), "sent");
    json_free(sales);
    return sent;
}

static int member_buys(struct demo *d, struct error *e)
{
    demo_say(d, "\n4. A member buys: paid from the balance, the goods arrive as a direct message, once");
    if (write_and_hear(d, DEMO_BUYER, "buyer", "!buy DL 2", e) != 0)
        return -1;
    struct seen parcel = {.member = DEMO_BUYER, .after = "", .part = "SAMPLEDL2"};
    int rc = demo_until(d, "the goods arrive", bot_said, &parcel, e);
    if (rc == 0)
        say_lines(d, "  (DM)      sample-bot: ", str_text(&parcel.text));
    str_release(&parcel.text);
    if (rc != 0 || demo_until(d, "the delivery is noted", is_delivered, NULL, e) != 0)
        return -1;
    return RUN(d, NULL, NULL, e, "tx", "list", DEMO_TENANT);
}

static int member_refused(struct demo *d, struct error *e)
{
    demo_say(d, "\n5. A member types an operator's command: refused, nothing changes, the audit knows");
    if (write_and_hear(d, DEMO_MEMBER, "member", "!tenant-admin features " DEMO_TENANT " leveling disable",
                       e) != 0)
        return -1;
    int same = leveling_is(d, true, false, e);
    if (same < 1)
        return same < 0 ? -1 : error_set(e, ERROR_REFUSED, NULL, "a member switched a feature");
    struct json *audit = READ(d, e, "audit", DEMO_TENANT, "--limit", "1");
    const struct json *newest = json_at(audit, "items.0");
    bool told =
        newest && strstr(json_get_string(newest, "who") ? json_get_string(newest, "who") : "", DEMO_MEMBER);
    json_free(audit);
    if (!told)
        return error_set(e, ERROR_REFUSED, NULL, "the refusal left no audit row");
    return RUN(d, NULL, NULL, e, "audit", DEMO_TENANT, "--limit", "1");
}

static int operator_obeyed(struct demo *d, struct error *e)
{
    demo_say(d, "\n6. The operator types the same: obeyed");
    if (write_and_hear(d, DEMO_OPERATOR, "operator",
                       "!tenant-admin features " DEMO_TENANT " leveling disable", e) != 0)
        return -1;
    if (demo_until(d, "the bot obeys the operator", leveling_off_and_applied, NULL, e) != 0)
        return -1;
    return RUN(d, NULL, NULL, e, "audit", DEMO_TENANT, "--limit", "1");
}

struct resumes {
    int64_t before, now;
};

static int64_t count_resumes(struct demo *d, bool *ready, struct error *e)
{
    struct json *ask = verb("sessions");
    json_set_string(ask, "bot", DEMO_BOT);
    struct json *answer = demo_control(d, ask, e);
    int64_t resumes = answer ? json_get_int(answer, "resumes", -1) : -1;
    *ready = str_equal(json_string(json_at(answer, "sessions.0.state")), "ready");
    json_free(answer);
    return resumes;
}

static int has_resumed(struct demo *d, void *context, struct error *e)
{
    struct resumes *r = context;
    bool ready;
    r->now = count_resumes(d, &ready, e);
    return r->now < 0 ? -1 : r->now > r->before && ready;
}

static int killed_and_resumed(struct demo *d, struct error *e)
{
    bool ready;
    demo_say(d, "\n7. The daemon is killed and started again: it resumes where it was");
    struct resumes r = {.before = count_resumes(d, &ready, e)};
    if (r.before < 0)
        return -1;
    demo_say(d, "$ kill -9 %ld", (long)d->daemon.pid);
    child_kill(&d->daemon);
    char *missed = NULL;
    demo_say(d, "  (while it is away:)");
    if (write_as(d, DEMO_MEMBER, "member", "!ping", &missed, e) != 0)
        return -1;
    struct seen seen = {.channel = DEMO_GENERAL, .after = missed};
    int rc = demo_start_daemon(d, e);
    if (rc == 0)
        rc = demo_until(d, "the session is resumed", has_resumed, &r, e);
    if (rc == 0) {
        demo_say(d, "  (RESUME taken by the gateway; what was missed is sent again)");
        rc = demo_until(d, "the bot answers what it missed", bot_said, &seen, e);
    }
    if (rc == 0)
        say_lines(d, "  #general  sample-bot: ", str_text(&seen.text));
    str_release(&seen.text);
    free(missed);
    return rc;
}

static int is_running(struct demo *d, void *context, struct error *e)
{
    (void)context;
    struct json *status = READ(d, e, "bot", "status", DEMO_TENANT);
    if (!status)
        return -1;
    bool running = str_equal(json_get_string(status, "state"), "running");
    json_free(status);
    return running;
}

static int sound(struct demo *d, struct error *e)
{
    demo_say(d, "\n8. The bot runs, and the database is sound");
    if (demo_until(d, "the bot runs", is_running, NULL, e) != 0)
        return -1;
    struct json *report = READ(d, e, "doctor");
    bool ok = json_get_bool(report, "ok", false);
    json_free(report);
    if (!ok)
        return error_set(e, ERROR_REFUSED, NULL, "doctor found something");
    return RUN(d, NULL, NULL, e, "bot", "status", DEMO_TENANT);
}

int demo_tour(struct demo *d, struct error *e)
{
    static int (*const steps[])(struct demo *, struct error *) = {
        feature_switched, member_buys, member_refused, operator_obeyed, killed_and_resumed, sound};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (demo_stopped())
            return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted");
        if (steps[i](d, e) != 0)
            return -1;
    }
    return 0;
}
