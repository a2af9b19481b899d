#include "router.h"

#include "faults.h"
#include "ids.h"
#include "ratelimit.h"
#include "routes.h"
#include "tt/base/mem.h"

#define OPEN ROUTE_OPEN
#define FREE ROUTE_NO_GLOBAL
#define MESSAGE "/channels/{channel_id}/messages/{message_id}"
#define REACTIONS MESSAGE "/reactions"
#define GUILD "/guilds/{guild_id}"
#define COMMANDS "/applications/{application_id}/commands"
#define GUILD_COMMANDS "/applications/{application_id}/guilds/{guild_id}/commands"
#define HOOK "/webhooks/{webhook_id}/{webhook_token}"

/* Templates are the API description's; words come before variables in the same place. */
static const struct route routes[] = {
    {"GET", "/users/@me", get_me, "me", 30, 30000},
    {"PATCH", "/users/@me", patch_me, "me-patch", 2, 60000},
    {"GET", "/users/@me/guilds", get_my_guilds, "my-guilds", 10, 1000},
    {"DELETE", "/users/@me/guilds/{guild_id}", leave_guild, "my-guilds", 10, 1000},
    {"POST", "/users/@me/channels", open_dm, "dms", 50, 10000},
    {"GET", "/users/{user_id}", get_user, "users", 30, 30000},
    {"GET", "/applications/@me", get_application, "app", 30, 30000},
    {"PATCH", "/applications/@me", patch_application, "app", 30, 30000},
    {"GET", "/oauth2/applications/@me", get_application, "app", 30, 30000},
    {"GET", "/gateway", get_gateway, NULL, 0, 0, OPEN},
    {"GET", "/gateway/bot", get_gateway_bot, "gateway", 20, 5000},

    {"GET", GUILD, get_guild, "guild", 30, 10000},
    {"GET", GUILD "/channels", get_guild_channels, "guild-channels", 30, 10000},
    {"POST", GUILD "/channels", create_channel, "guild-create", 10, 10000},
    {"GET", GUILD "/roles", get_roles, "roles", 30, 10000},
    {"POST", GUILD "/roles", create_role, "role-create", 10, 10000},
    {"GET", GUILD "/roles/{role_id}", get_role, "roles", 30, 10000},
    {"PATCH", GUILD "/roles/{role_id}", patch_role, "role-patch", 10, 10000},
    {"DELETE", GUILD "/roles/{role_id}", delete_role, "role-patch", 10, 10000},
    {"GET", GUILD "/webhooks", get_guild_webhooks, "guild-webhooks", 5, 5000},
    {"GET", GUILD "/members", get_members, "members", 10, 10000},
    {"GET", GUILD "/members/search", search_members, "members-search", 10, 10000},
    {"PATCH", GUILD "/members/@me", patch_own_member, "nick", 5, 10000},
    {"PATCH", GUILD "/members/@me/nick", patch_own_nick, "nick", 5, 10000},
    {"GET", GUILD "/members/{user_id}", get_member, "member", 5, 1000},
    {"PATCH", GUILD "/members/{user_id}", patch_member, "member-patch", 10, 10000},
    {"DELETE", GUILD "/members/{user_id}", kick_member, "member-kick", 5, 1000},
    {"PUT", GUILD "/members/{user_id}/roles/{role_id}", put_member_role, "member-role", 10, 10000},
    {"DELETE", GUILD "/members/{user_id}/roles/{role_id}", delete_member_role, "member-role", 10, 10000},

    {"GET", "/channels/{channel_id}", get_channel, "channel", 30, 10000},
    {"PATCH", "/channels/{channel_id}", patch_channel, "channel-patch", 5, 15000},
    {"DELETE", "/channels/{channel_id}", delete_channel, "channel-delete", 10, 10000},
    {"PUT", "/channels/{channel_id}/permissions/{overwrite_id}", put_overwrite, "overwrite", 10, 15000},
    {"DELETE", "/channels/{channel_id}/permissions/{overwrite_id}", delete_overwrite, "overwrite", 10, 15000},
    {"POST", "/channels/{channel_id}/typing", typing, "typing", 5, 5000},
    {"GET", "/channels/{channel_id}/webhooks", get_channel_webhooks, "webhooks", 5, 5000},
    {"POST", "/channels/{channel_id}/webhooks", create_webhook, "webhooks", 5, 5000},
    {"GET", "/channels/{channel_id}/pins", get_pins_old, "pins", 5, 5000},
    {"PUT", "/channels/{channel_id}/pins/{message_id}", put_pin, "pins", 5, 5000},
    {"DELETE", "/channels/{channel_id}/pins/{message_id}", delete_pin, "pins", 5, 5000},
    {"GET", "/channels/{channel_id}/messages/pins", get_pins, "pins", 5, 5000},
    {"PUT", "/channels/{channel_id}/messages/pins/{message_id}", put_pin, "pins", 5, 5000},
    {"DELETE", "/channels/{channel_id}/messages/pins/{message_id}", delete_pin, "pins", 5, 5000},
    {"GET", "/channels/{channel_id}/messages", get_messages, "messages", 5, 5000},
    {"POST", "/channels/{channel_id}/messages", create_message, "message-create", 5, 5000},
    {"POST", "/channels/{channel_id}/messages/bulk-delete", bulk_delete, "bulk-delete", 1, 3000},
    {"GET", MESSAGE, get_message, "message", 5, 5000},
    {"PATCH", MESSAGE, patch_message, "message-patch", 5, 5000},
    {"DELETE", MESSAGE, delete_message, "message-delete", 5, 1000},
    {"POST", MESSAGE "/crosspost", crosspost, "crosspost", 10, 60000},
    {"DELETE", REACTIONS, delete_all_reactions, "reaction", 1, 250},
    {"GET", REACTIONS "/{emoji_name}", get_reactions, "reactions", 5, 5000},
    {"DELETE", REACTIONS "/{emoji_name}", delete_emoji_reactions, "reaction", 1, 250},
    {"PUT", REACTIONS "/{emoji_name}/@me", put_reaction, "reaction", 1, 250},
    {"DELETE", REACTIONS "/{emoji_name}/@me", delete_own_reaction, "reaction", 1, 250},
    {"DELETE", REACTIONS "/{emoji_name}/{user_id}", delete_user_reaction, "reaction", 1, 250},

    {"GET", COMMANDS, get_commands, "commands", 30, 10000},
    {"PUT", COMMANDS, put_commands, "commands-put", 5, 20000},
    {"POST", COMMANDS, post_command, "command-post", 5, 20000},
    {"GET", COMMANDS "/{command_id}", get_command, "commands", 30, 10000},
    {"PATCH", COMMANDS "/{command_id}", patch_command, "command-patch", 5, 20000},
    {"DELETE", COMMANDS "/{command_id}", delete_command, "command-patch", 5, 20000},
    {"GET", GUILD_COMMANDS, get_commands, "guild-commands", 30, 10000},
    {"PUT", GUILD_COMMANDS, put_commands, "guild-commands-put", 5, 20000},
    {"POST", GUILD_COMMANDS, post_command, "guild-command-post", 5, 20000},
    {"GET", GUILD_COMMANDS "/permissions", get_command_permissions, "guild-commands", 30, 10000},
    {"GET", GUILD_COMMANDS "/{command_id}", get_command, "guild-commands", 30, 10000},
    {"PATCH", GUILD_COMMANDS "/{command_id}", patch_command, "guild-command-patch", 5, 20000},
    {"DELETE", GUILD_COMMANDS "/{command_id}", delete_command, "guild-command-patch", 5, 20000},
    {"POST", "/interactions/{interaction_id}/{interaction_token}/callback", interaction_callback, NULL, 0, 0,
     OPEN | FREE},

    {"GET", "/webhooks/{webhook_id}", get_webhook, "webhook", 5, 5000},
    {"PATCH", "/webhooks/{webhook_id}", patch_webhook, "webhook", 5, 5000},
    {"DELETE", "/webhooks/{webhook_id}", delete_webhook, "webhook", 5, 5000},
    {"GET", HOOK, get_webhook, "webhook-token", 5, 5000, OPEN | FREE},
    {"PATCH", HOOK, patch_webhook, "webhook-token", 5, 5000, OPEN | FREE},
    {"DELETE", HOOK, delete_webhook, "webhook-token", 5, 5000, OPEN | FREE},
    {"POST", HOOK, execute_webhook, "webhook-execute", 5, 2000, OPEN | FREE},
    {"GET", HOOK "/messages/@original", get_webhook_message, "webhook-message", 5, 5000, OPEN | FREE},
    {"PATCH", HOOK "/messages/@original", patch_webhook_message, "webhook-message", 5, 5000, OPEN | FREE},
    {"DELETE", HOOK "/messages/@original", delete_webhook_message, "webhook-message", 5, 5000, OPEN | FREE},
    {"GET", HOOK "/messages/{message_id}", get_webhook_message, "webhook-message", 5, 5000, OPEN | FREE},
    {"PATCH", HOOK "/messages/{message_id}", patch_webhook_message, "webhook-message", 5, 5000, OPEN | FREE},
    {"DELETE", HOOK "/messages/{message_id}", delete_webhook_message, "webhook-message", 5, 5000,
     OPEN | FREE},
};

static const struct route attachment_route = {"GET", "/attachments", get_attachment, NULL, 0, 0, OPEN | FREE};

#define MAX_SEGMENTS 12

/* A path taken apart; each piece is decoded, so that %40original is @original. */
struct segments {
    char *text;
    const char *at[MAX_SEGMENTS];
    size_t count;
};

static bool split(struct segments *s, const char *path)
{
    *s = (struct segments){.text = mem_strdup(path)};
    for (char *p = s->text, *next; p; p = next) {
        next = strchr(p + 1, '/');
        if (next)
            *next = 0;
        if (s->count == MAX_SEGMENTS)
            return false;
        percent_decode(p + 1, false);
        s->at[s->count++] = p + 1;
    }
    return true;
}

/* Does the path fit? The variable parts are copied out. */
static bool fits(const char *template, const struct segments *s, char *args[MAX_ARGS])
{
    size_t n = 0, i = 0;
    for (; *template == '/'; i++) {
        size_t want = strcspn(++template, "/");
        if (i == s->count)
            return false;
        const char *have = s->at[i];
        if (*template == '{') {
            if (!*have || n == MAX_ARGS)
                return false;
            free(args[n]);
            args[n++] = mem_strdup(have);
        } else if (strlen(have) != want || memcmp(template, have, want) != 0) {
            return false;
        }
        template += want;
    }
    return i == s->count;
}

static void forget_args(struct request *r)
{
    for (size_t i = 0; i < MAX_ARGS; i++) {
        free(r->args[i]);
        r->args[i] = NULL;
    }
}

static const struct route *match(struct request *r, const struct segments *s, bool *other_method)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (fits(routes[i].template, s, r->args)) {
            if (str_equal(routes[i].method, r->method))
                return &routes[i];
            *other_method = true;
        }
        forget_args(r);
    }
    return NULL;
}

static void read_ids(struct request *r)
{
    for (size_t i = 0; i < MAX_ARGS && r->args[i]; i++) {
        char *end = NULL;
        long long id = strtoll(r->args[i], &end, 10);
        r->ids[i] = *end || id < 0 ? 0 : id;
    }
}

static bool find_route(struct request *r, const char *path)
{
    struct segments s;
    bool other_method = false;
    if (split(&s, path))
        r->route = match(r, &s, &other_method);
    free(s.text);
    read_ids(r);
    if (r->route)
        return true;
    answer_error(r, other_method ? 405 : 404, 0, other_method ? "405: Method Not Allowed" : "404: Not Found");
    return false;
}

static bool authorize(struct request *r)
{
    const char *a = r->authorization;
    if (a && str_starts(a, "Bot "))
        r->bot = world_bot_of_token(&r->box->world, a + 4);
    if (r->bot || (r->route->flags & ROUTE_OPEN))
        return true;
    answer_error(r, 401, 0, "401: Unauthorized");
    return false;
}

/* Variables that are ids must be numbers. */
static bool ids_are_numbers(struct request *r)
{
    size_t n = 0;
    for (const char *p = strchr(r->route->template, '{'); p && n < MAX_ARGS; p = strchr(p + 1, '{'), n++) {
        size_t len = strcspn(p, "}");
        bool is_id = len > 3 && strncmp(p + len - 3, "_id", 3) == 0;
        if (!is_id || r->ids[n] > 0 || str_equal(r->args[n], "0"))
            continue;
        char name[40], text[160];
        struct objections o = {0};
        snprintf(name, sizeof name, "%.*s", (int)(len - 1 < 39 ? len - 1 : 39), p + 1);
        snprintf(text, sizeof text, "Value \"%.80s\" is not snowflake.", r->args[n]);
        objection(&o, "NUMBER_TYPE_COERCE", text, "%s", name);
        return !answer_objections(r, &o);
    }
    return true;
}

static bool read_body(struct request *r)
{
    const char *body = r->body.data;
    size_t n = r->body.len;
    if (r->content_type && strcasestr(r->content_type, "multipart/form-data")) {
        if (multipart_parse(r->content_type, body ? body : "", n, &r->uploads) < 0) {
            answer_error(r, 400, 50035, "Invalid Form Body");
            return false;
        }
        body = NULL;
        n = 0;
        for (size_t i = 0; i < r->uploads.count; i++) {
            const struct upload *u = r->uploads.items[i];
            if (!u->filename && str_equal(u->name, "payload_json")) {
                body = u->data;
                n = u->size;
            }
        }
    }
    if (n == 0)
        return true;
    r->doc = parse_with_ids(body, n);
    if (r->doc)
        return true;
    answer_error(r, 400, 50109, "The request body contains invalid JSON.");
    return false;
}

/* Faults that take the place of the effect. */
static bool stopped_by_fault(struct request *r)
{
    const struct fault *f = r->fault = fault_for_request(r->box, r);
    if (!f || f->after_effect || f->kind == FAULT_LATENCY || f->kind == FAULT_HALF)
        return false;
    fault_answer(r, f);
    return true;
}

static void handle_api(struct request *r, const char *path)
{
    r->number = ++r->box->requests;
    if (!find_route(r, path))
        return;
    if (!authorize(r) || stopped_by_fault(r))
        return;
    if (ratelimit_hit(r) || !ids_are_numbers(r) || !read_body(r))
        return;
    r->route->handle(r);
    if (r->fault && r->fault->after_effect)
        fault_answer(r, r->fault);
}

static bool serve_attachment(struct request *r)
{
    struct segments s;
    bool found = split(&s, r->path) && fits("/attachments/{channel_id}/{attachment_id}/{name}", &s, r->args);
    free(s.text);
    if (!found) {
        forget_args(r);
        return false;
    }
    r->number = ++r->box->requests;
    r->route = &attachment_route;
    read_ids(r);
    if (!stopped_by_fault(r))
        get_attachment(r);
    return true;
}

void router_run(struct request *r)
{
    if (serve_attachment(r))
        return;
    const char *path = r->path;
    if (!str_starts(path, "/api/")) {
        answer_error(r, 404, 0, "404: Not Found");
        return;
    }
    path += strlen("/api");
    if (path[1] == 'v' && path[2] >= '0' && path[2] <= '9') {
        size_t n = strcspn(path + 1, "/") + 1;
        bool known = (n == 4 && !strncmp(path, "/v10", n)) || (n == 3 && !strncmp(path, "/v9", n));
        if (!known) {
            answer_error(r, 400, 50041, "Invalid API version provided");
            return;
        }
        path += n;
    }
    handle_api(r, path);
}
