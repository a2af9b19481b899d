/* Application commands, global ones and those of one guild. */
#include "routes.h"

#include "check.h"
#include "events.h"
#include "scope.h"
#include "present.h"
#include "tt/base/mem.h"

#define MOST_COMMANDS 100
#define CREATES_A_DAY 200
#define DAY (24LL * 60 * 60 * 1000)

/* Where the path's commands are kept: the bot's own list or a guild's. */
struct place {
    struct list *list;
    struct guild *guild;
};

static bool scope_place(struct request *r, struct place *p)
{
    bool in_guild = strstr(r->route->template, "/guilds/") != NULL;
    if (r->ids[0] != r->bot->id) {
        answer_error(r, 403, 20012, "You are not authorized to perform this action on this application");
        return false;
    }
    p->guild = in_guild ? scope_guild(r, 1, 0) : NULL;
    p->list = in_guild ? (p->guild ? &p->guild->commands : NULL) : &r->bot->commands;
    return p->list != NULL;
}

static int64_t command_id(const struct request *r)
{
    return strstr(r->route->template, "/guilds/") ? r->ids[2] : r->ids[1];
}

static struct command *scope_command(struct request *r, const struct place *p)
{
    struct command *c = bot_command(p->list, r->bot, command_id(r));
    if (!c)
        answer_error(r, 404, 10063, "Unknown application command");
    return c;
}

void get_commands(struct request *r)
{
    struct place p;
    if (!scope_place(r, &p))
        return;
    struct json *list = json_new_array();
    for (size_t i = 0; i < p.list->count; i++) {
        const struct command *c = p.list->items[i];
        if (c->bot == r->bot)
            json_push(list, present_command(c));
    }
    answer_json(r, 200, list);
}

static struct command *named(const struct place *p, const struct bot *b, const struct json *doc)
{
    for (size_t i = 0; i < p->list->count; i++) {
        struct command *c = p->list->items[i];
        if (c->bot == b && str_equal(json_get_string(c->doc, "name"), json_get_string(doc, "name")) &&
            json_get_int(c->doc, "type", 1) == json_get_int(doc, "type", 1))
            return c;
    }
    return NULL;
}

/* Creations are limited per day; an unchanged or changed command of the same name is none. */
static bool count_creates(struct request *r, const struct place *p, int news)
{
    if (!p->guild || news == 0 || !r->box->world.limits.rate)
        return true;
    int64_t now = world_now(&r->box->world);
    if (now - p->guild->creates_day >= DAY) {
        p->guild->creates_day = now;
        p->guild->creates = 0;
    }
    if (p->guild->creates + news > CREATES_A_DAY) {
        answer_error(r, 429, 30034, "Max number of daily application command creates has been reached (200)");
        json_set(r->answer, "retry_after",
                 json_new_number((double)(p->guild->creates_day + DAY - now) / 1000));
        json_set_bool(r->answer, "global", false);
        str_addf(&r->headers, "Retry-After: %lld\r\n", (long long)(p->guild->creates_day + DAY - now) / 1000);
        return false;
    }
    p->guild->creates += news;
    return true;
}

static struct command *command_put(struct request *r, const struct place *p, struct json *doc)
{
    struct command *c = named(p, r->bot, doc);
    if (!c) {
        c = mem_zero(1, sizeof *c);
        c->id = world_new_id(&r->box->world);
        c->bot = r->bot;
        c->guild = p->guild;
        list_push(p->list, c);
    } else if (json_same(c->doc, doc)) {
        json_free(doc);
        return c;
    }
    json_free(c->doc);
    c->doc = doc;
    c->version = world_new_id(&r->box->world);
    return c;
}

static void remove_others(struct request *r, const struct place *p, const struct list *kept)
{
    for (size_t i = p->list->count; i > 0; i--) {
        struct command *c = p->list->items[i - 1];
        if (c->bot == r->bot && !list_has(kept, c)) {
            list_remove(p->list, c);
            command_free(c);
        }
    }
}

static bool all_checked(struct request *r, const struct place *p, struct list *docs)
{
    struct objections o = {0};
    struct table names = {0};
    size_t n = 0, slash = 0;
    int news = 0;
    json_each(one, r->doc)
    {
        char at[24], key[80];
        snprintf(at, sizeof at, "%zu", n++);
        struct json *doc = check_command(&o, one, at, NULL);
        list_push(docs, doc);
        snprintf(key, sizeof key, "%lld/%s", (long long)json_get_int(doc, "type", 1),
                 json_get_string(doc, "name") ? json_get_string(doc, "name") : "");
        if (table_get(&names, table_key(key)))
            objection(&o, "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique",
                      "%s", at);
        table_put(&names, table_key(key), doc);
        news += named(p, r->bot, doc) == NULL;
        slash += json_get_int(doc, "type", 1) == 1;
    }
    table_release(&names);
    if (answer_objections(r, &o))
        return false;
    if (slash > MOST_COMMANDS || n > MOST_COMMANDS + 30) {
        answer_error(r, 400, 30032, "Maximum number of application commands reached (100)");
        return false;
    }
    return count_creates(r, p, news);
}

void put_commands(struct request *r)
{
    struct place p;
    struct list docs = {0}, kept = {0};
    if (!scope_place(r, &p))
        return;
    if (!json_is(r->doc, JSON_ARRAY)) {
        struct objections o = {0};
        objection(&o, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType", "%s", "");
        answer_objections(r, &o);
        return;
    }
    bool good = all_checked(r, &p, &docs);
    for (size_t i = 0; i < docs.count; i++) {
        if (good)
            list_push(&kept, command_put(r, &p, docs.items[i]));
        else
            json_free(docs.items[i]);
    }
    if (good) {
        remove_others(r, &p, &kept);
        struct json *list = json_new_array();
        for (size_t i = 0; i < kept.count; i++)
            json_push(list, present_command(kept.items[i]));
        answer_json(r, 200, list);
    }
    list_drop(&docs);
    list_drop(&kept);
}

void post_command(struct request *r)
{
    struct place p;
    struct objections o = {0};
    if (!scope_place(r, &p))
        return;
    struct json *doc = check_command(&o, r->doc, "", NULL);
    bool is_new = named(&p, r->bot, doc) == NULL;
    if (answer_objections(r, &o) || !count_creates(r, &p, is_new)) {
        json_free(doc);
        return;
    }
    if (is_new && p.list->count >= MOST_COMMANDS) {
        json_free(doc);
        answer_error(r, 400, 30032, "Maximum number of application commands reached (100)");
        return;
    }
    answer_json(r, is_new ? 201 : 200, present_command(command_put(r, &p, doc)));
}

void get_command(struct request *r)
{
    struct place p;
    const struct command *c = scope_place(r, &p) ? scope_command(r, &p) : NULL;
    if (c)
        answer_json(r, 200, present_command(c));
}

void patch_command(struct request *r)
{
    struct place p;
    struct objections o = {0};
    struct command *c = scope_place(r, &p) ? scope_command(r, &p) : NULL;
    if (!c)
        return;
    struct json *doc = check_command(&o, r->doc, "", c->doc);
    const struct command *other = named(&p, r->bot, doc);
    if (other && other != c)
        objection(&o, "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique",
                  "name");
    if (answer_objections(r, &o)) {
        json_free(doc);
        return;
    }
    json_free(c->doc);
    c->doc = doc;
    c->version = world_new_id(&r->box->world);
    answer_json(r, 200, present_command(c));
}

void delete_command(struct request *r)
{
    struct place p;
    struct command *c = scope_place(r, &p) ? scope_command(r, &p) : NULL;
    if (!c)
        return;
    list_remove(p.list, c);
    command_free(c);
    answer_none(r);
}

/* Nobody sets any here, so there are none. */
void get_command_permissions(struct request *r)
{
    struct place p;
    if (scope_place(r, &p))
        answer_json(r, 200, json_new_array());
}
