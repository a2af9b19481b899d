#include "present.h"

#include "permissions.h"

/* Members of a guild that this stand-in has no use for, in the form that says "nothing there". */
static void set_constants(struct json *o)
{
    static const char *const nulls[] = {"icon",
                                        "description",
                                        "home_header",
                                        "splash",
                                        "discovery_splash",
                                        "banner",
                                        "application_id",
                                        "afk_channel_id",
                                        "widget_channel_id",
                                        "vanity_url_code",
                                        "rules_channel_id",
                                        "safety_alerts_channel_id",
                                        "public_updates_channel_id",
                                        "incidents_data",
                                        "max_presences"};
    static const struct {
        const char *key;
        int value;
    } numbers[] = {{"afk_timeout", 300},
                   {"system_channel_flags", 0},
                   {"verification_level", 0},
                   {"default_message_notifications", 0},
                   {"mfa_level", 0},
                   {"explicit_content_filter", 0},
                   {"max_members", 500000},
                   {"max_stage_video_channel_users", 50},
                   {"max_video_channel_users", 25},
                   {"premium_tier", 0},
                   {"premium_subscription_count", 0},
                   {"nsfw_level", 0}};
    static const char *const lists[] = {"features", "emojis", "stickers"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        json_set_null(o, nulls[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        json_set_int(o, numbers[i].key, numbers[i].value);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        json_set(o, lists[i], json_new_array());
    json_set_string(o, "region", "deprecated");
    json_set_string(o, "preferred_locale", "en-US");
    json_set_bool(o, "widget_enabled", false);
    json_set_bool(o, "premium_progress_bar_enabled", false);
    json_set_bool(o, "nsfw", false);
}

struct json *present_guild(const struct guild *g)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", g->id);
    json_set_string(o, "name", g->name);
    json_set_id(o, "owner_id", g->owner_id ? g->owner_id : g->id);
    set_constants(o);
    json_set_id(o, "system_channel_id", g->system_channel_id);
    struct json *roles = json_set(o, "roles", json_new_array());
    for (size_t i = 0; i < g->roles.count; i++)
        json_push(roles, present_role(g->roles.items[i]));
    return o;
}

/* As documented, without the presence intent the members of this event are only the bot itself. */
struct json *present_guild_create(const struct guild *g, const struct bot *b, bool all_members)
{
    struct json *o = present_guild(g);
    const struct member *me = guild_member(g, b->id);
    present_set_time(o, "joined_at", me ? me->joined_at : 0);
    json_set_bool(o, "large", g->members.count > 250);
    json_set_bool(o, "unavailable", false);
    json_set_int(o, "member_count", (int64_t)g->members.count);
    struct json *members = json_set(o, "members", json_new_array());
    for (size_t i = 0; i < g->members.count; i++)
        if (all_members || g->members.items[i] == me)
            json_push(members, present_member(g->members.items[i]));
    struct json *channels = json_set(o, "channels", json_new_array());
    for (size_t i = 0; i < g->channels.count; i++)
        json_push(channels, present_channel(g->channels.items[i]));
    static const char *const empty[] = {"voice_states",    "threads",           "presences",
                                        "stage_instances", "soundboard_sounds", "guild_scheduled_events"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        json_set(o, empty[i], json_new_array());
    return o;
}

struct json *present_my_guild(const struct guild *g, const struct bot *b)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", g->id);
    json_set_string(o, "name", g->name);
    json_set_null(o, "icon");
    json_set_null(o, "banner");
    json_set_bool(o, "owner", g->owner_id == b->id);
    json_set(o, "permissions", present_permissions(permissions_of(guild_member(g, b->id))));
    json_set(o, "features", json_new_array());
    return o;
}
