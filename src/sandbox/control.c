#include "control.h"

#include "flood.h"
#include "interact.h"
#include "verbs.h"
#include "waits.h"

static control_verb control_flood, control_floods;

static const struct {
    const char *word;
    control_verb *run;
} verbs[] = {
    {"message", control_message},
    {"webhook", control_webhook},
    {"edit", control_edit},
    {"delete", control_delete},
    {"reaction", control_reaction},
    {"typing", control_typing},
    {"slash", control_slash},
    {"click", control_click},
    {"modal", control_modal},
    {"autocomplete", control_autocomplete},
    {"join", control_join},
    {"leave", control_leave},
    {"member_update", control_member_update},
    {"guild_delete", control_guild_delete},
    {"add_guild", control_add_guild},
    {"add_bot", control_add_bot},
    {"add_channel", control_add_channel},
    {"remove_channel", control_remove_channel},
    {"messages", control_messages},
    {"channels", control_channels},
    {"commands", control_commands},
    {"member", control_member},
    {"members", control_members},
    {"requests", control_requests},
    {"sessions", control_sessions},
    {"interactions", control_interactions},
    {"interaction", control_interaction},
    {"bots", control_bots},
    {"stats", control_stats},
    {"fault", control_fault},
    {"clear_faults", control_clear_faults},
    {"event", control_event},
    {"revoke_token", control_revoke},
    {"set_flags", control_set_flags},
    {"set_token", control_set_token},
    {"clock", control_clock},
    {"limits", control_limits},
    {"flood", control_flood},
    {"floods", control_floods},
    {"stop", control_stop},
};

static struct json *control_flood(struct box *b, const struct json *doc, struct error *e)
{
    return flood_start(b, doc, e);
}

static struct json *control_floods(struct box *b, const struct json *doc, struct error *e)
{
    (void)doc;
    (void)e;
    return flood_report(b);
}

struct json *control_ok(void)
{
    struct json *o = json_new_object();
    json_set_bool(o, "ok", true);
    return o;
}

static control_verb *verb_of(const struct json *doc, struct error *e)
{
    const char *word = json_get_string(doc, "do");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_equal(verbs[i].word, word))
            return verbs[i].run;
    if (word)
        error_set(e, ERROR_UNKNOWN_WORD, "do", "unknown verb '%s'", word);
    else
        error_set(e, ERROR_MALFORMED, "do", "an object with the member \"do\" was expected");
    return NULL;
}

int control_check(const struct json *doc, struct error *e)
{
    const char *word = json_get_string(doc, "do");
    if (str_equal(word, "wait"))
        return wait_check(doc, e);
    if (str_equal(word, "pause"))
        return 0;
    return verb_of(doc, e) ? 0 : -1;
}

struct json *control_run(struct box *b, const struct json *doc, struct error *e)
{
    control_verb *run = verb_of(doc, e);
    return run ? run(b, doc, e) : NULL;
}

/* --- over HTTP --- */

static void waited(void *owner, struct json *answer)
{
    struct request *r = owner;
    r->wait = NULL;
    answer_json(r, json_get_bool(answer, "ok", false) ? 200 : 408, answer);
    request_finish(r);
}

static void client_left(struct request *r)
{
    wait_drop(r->wait);
    request_free(r);
}

static void wait_for(struct request *r, const struct json *doc)
{
    struct json *now = wait_start(r->box, doc, waited, r, &r->wait);
    if (now)
        answer_json(r, 200, now);
    else
        request_keep(r, client_left);
}

/* {"do":"slash",...,"timeout_ms":N} waits for the answer in the same call. */
static bool wants_wait(const struct json *doc, const struct json *answer)
{
    static const char *const words[] = {"slash", "click", "modal", "autocomplete"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal(words[i], json_get_string(doc, "do")))
            return json_get(doc, "timeout_ms") && json_get_string(answer, "interaction");
    return false;
}

static void refuse(struct request *r, const struct error *e)
{
    struct json *o = json_new_object();
    json_set_bool(o, "ok", false);
    json_set_string(o, "error", e->message);
    json_set_string(o, "field", *e->field ? e->field : NULL);
    answer_json(r, 400, o);
}

void control_request(struct request *r)
{
    struct error e = {0};
    if (!str_equal(r->method, "POST")) {
        error_set(&e, ERROR_MALFORMED, NULL, "POST with a JSON document was expected");
        refuse(r, &e);
        return;
    }
    r->doc = json_parse(r->body.data ? r->body.data : "", r->body.len, &e);
    if (!r->doc || control_check(r->doc, &e) < 0) {
        refuse(r, &e);
        return;
    }
    if (str_equal(json_get_string(r->doc, "do"), "wait")) {
        wait_for(r, r->doc);
        return;
    }
    struct json *answer = control_run(r->box, r->doc, &e);
    if (!answer) {
        refuse(r, &e);
        return;
    }
    if (wants_wait(r->doc, answer)) {
        struct json *wait = json_new_object();
        json_set_string(wait, "do", "wait");
        json_set_string(wait, "for", "interaction");
        json_set_string(wait, "interaction", json_get_string(answer, "interaction"));
        json_set_int(wait, "timeout_ms", json_get_int(r->doc, "timeout_ms", 5000));
        json_free(answer);
        wait_for(r, wait);
        json_free(wait);
        return;
    }
    answer_json(r, 200, answer);
}
