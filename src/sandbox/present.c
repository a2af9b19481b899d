#include "present.h"

#include "permissions.h"
#include "tt/base/crypto.h"
#include "tt/base/time.h"

struct json *present_time(int64_t ms)
{
    if (ms == 0)
        return json_new_null();
    char text[TIME_TEXT], out[TIME_TEXT + 16];
    time_format_ms(ms, text);
    snprintf(out, sizeof out, "%.23s000+00:00", text);
    return json_new_string(out);
}

void present_set_time(struct json *object, const char *key, int64_t ms)
{
    json_set(object, key, present_time(ms));
}

struct json *present_permissions(uint64_t may)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)may);
    return json_new_string(text);
}

static void set_nulls(struct json *o, const char *const *keys)
{
    for (; *keys; keys++)
        json_set_null(o, *keys);
}

struct json *present_user(const struct user *u)
{
    static const char *const nulls[] = {
        "avatar", "avatar_decoration_data", "primary_guild", "collectibles", "banner", "accent_color", NULL};
    struct json *o = json_new_object();
    json_set_id(o, "id", u->id);
    json_set_string(o, "username", u->username);
    json_set_string(o, "discriminator", u->bot ? "0000" : "0");
    json_set_string(o, "global_name", u->global_name);
    json_set_int(o, "public_flags", 0);
    json_set_int(o, "flags", 0);
    json_set_bool(o, "bot", u->bot);
    set_nulls(o, nulls);
    return o;
}

struct json *present_me(const struct bot *b)
{
    struct json *o = present_user(b->user);
    json_set_bool(o, "verified", true);
    json_set_string(o, "locale", "en-US");
    json_set_bool(o, "mfa_enabled", true);
    json_set_null(o, "email");
    json_set_int(o, "premium_type", 0);
    return o;
}

struct json *present_application(const struct bot *b)
{
    static const char *const nulls[] = {
        "icon", "type", "interactions_endpoint_url", "role_connections_verification_url", "team", NULL};
    struct json *o = json_new_object();
    json_set_id(o, "id", b->id);
    json_set_string(o, "name", b->name);
    set_nulls(o, nulls);
    json_set_string(o, "description", "");
    json_set(o, "bot", present_user(b->user));
    json_set_bool(o, "bot_public", false);
    json_set_bool(o, "bot_require_code_grant", false);
    char key[SHA256_TEXT];
    crypto_sha256_hex(&b->id, sizeof b->id, key);
    json_set_string(o, "verify_key", key);
    json_set_int(o, "flags", b->flags);
    char flags[24];
    snprintf(flags, sizeof flags, "%lld", (long long)b->flags);
    json_set_string(o, "flags_new", flags);
    json_set(o, "redirect_uris", json_new_array());
    json_set(o, "owner", present_user(b->user));
    json_set_int(o, "approximate_guild_count", (int64_t)b->guilds.count);
    json_set_int(o, "approximate_user_install_count", 0);
    json_set_int(o, "approximate_user_authorization_count", 0);
    json_set_int(o, "explicit_content_filter", 0);
    json_set(o, "eligible_oauth2_scopes", json_new_array());
    json_set_string(o, "summary", "");
    return o;
}

struct json *present_role(const struct role *r)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", r->id);
    json_set_string(o, "name", r->name);
    json_set(o, "permissions", present_permissions(r->permissions));
    json_set_int(o, "position", r->position);
    json_set_int(o, "color", r->color);
    struct json *colors = json_set(o, "colors", json_new_object());
    json_set_int(colors, "primary_color", r->color);
    json_set_null(colors, "secondary_color");
    json_set_null(colors, "tertiary_color");
    json_set_bool(o, "hoist", r->hoist);
    json_set_bool(o, "managed", r->managed);
    json_set_bool(o, "mentionable", r->mentionable);
    json_set_null(o, "icon");
    json_set_null(o, "unicode_emoji");
    json_set_int(o, "flags", 0);
    if (r->bot_id)
        json_set_id(json_set(o, "tags", json_new_object()), "bot_id", r->bot_id);
    return o;
}

struct json *present_member_partial(const struct member *m)
{
    struct json *o = json_new_object();
    json_set_null(o, "avatar");
    json_set_null(o, "banner");
    present_set_time(o, "communication_disabled_until", m->timeout_until);
    json_set_int(o, "flags", 0);
    present_set_time(o, "joined_at", m->joined_at);
    json_set_string(o, "nick", m->nick);
    json_set_bool(o, "pending", false);
    json_set_null(o, "premium_since");
    struct json *roles = json_set(o, "roles", json_new_array());
    for (size_t i = 0; i < m->role_count; i++)
        json_push(roles, json_new_id(m->roles[i]));
    json_set_bool(o, "mute", false);
    json_set_bool(o, "deaf", false);
    return o;
}

struct json *present_member(const struct member *m)
{
    struct json *o = present_member_partial(m);
    json_set(o, "user", present_user(m->user));
    return o;
}

static struct json *overwrites(const struct channel *c)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < c->overwrite_count; i++) {
        struct json *o = json_push(list, json_new_object());
        json_set_id(o, "id", c->overwrites[i].id);
        json_set_int(o, "type", c->overwrites[i].type);
        json_set(o, "allow", present_permissions(c->overwrites[i].allow));
        json_set(o, "deny", present_permissions(c->overwrites[i].deny));
    }
    return list;
}

struct json *present_channel(const struct channel *c)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", c->id);
    json_set_int(o, "type", c->type);
    json_set_int(o, "flags", 0);
    if (c->type != CHANNEL_CATEGORY) {
        json_set_id(o, "last_message_id", c->last_message_id);
        present_set_time(o, "last_pin_timestamp", c->last_pin);
    }
    if (!c->guild) {
        json_push(json_set(o, "recipients", json_new_array()), present_user(c->recipient));
        return o;
    }
    json_set_id(o, "guild_id", c->guild->id);
    json_set_string(o, "name", c->name);
    json_set_id(o, "parent_id", c->parent_id);
    json_set_int(o, "position", c->position);
    json_set(o, "permission_overwrites", overwrites(c));
    json_set_bool(o, "nsfw", c->nsfw);
    if (c->type == CHANNEL_VOICE || c->type == CHANNEL_STAGE) {
        json_set_int(o, "bitrate", 64000);
        json_set_int(o, "user_limit", 0);
        json_set_null(o, "rtc_region");
    }
    if (c->type != CHANNEL_CATEGORY) {
        json_set_int(o, "rate_limit_per_user", c->rate_limit);
        json_set_string(o, "topic", c->topic);
    }
    return o;
}

struct json *present_webhook(const struct webhook *h, const char *base)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", h->id);
    json_set_int(o, "type", 1);
    json_set_id(o, "application_id", h->creator ? h->creator->id : 0);
    json_set_null(o, "avatar");
    json_set_id(o, "channel_id", h->channel->id);
    json_set_id(o, "guild_id", h->channel->guild->id);
    json_set_string(o, "name", h->name);
    json_set_string(o, "token", h->token);
    if (h->creator)
        json_set(o, "user", present_user(h->creator->user));
    struct str url = STR_INIT;
    str_addf(&url, "%s/api/webhooks/%lld/%s", base, (long long)h->id, h->token);
    json_set_string(o, "url", url.data);
    str_release(&url);
    return o;
}

struct json *present_command(const struct command *c)
{
    struct json *o = json_clone(c->doc);
    json_set_id(o, "id", c->id);
    json_set_id(o, "application_id", c->bot->id);
    json_set_id(o, "version", c->version);
    if (c->guild)
        json_set_id(o, "guild_id", c->guild->id);
    return o;
}
