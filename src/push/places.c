/* The channels and roles that a configuration names: are they there in the guild? One list says it of all. */
#include "plan.h"

#include <inttypes.h>

/* Types of channels at Discord. */
enum { GUILD_TEXT = 0, GUILD_CATEGORY = 4, GUILD_ANNOUNCEMENT = 5 };

/* One entry of tenant_places: "welcome 12". */
struct named {
    const char *text;
    size_t len;
    int64_t id;
    bool category;
};

/* The entry at AT; returns where the next begins, NULL: there is none at AT. */
static const char *next_named(const char *at, struct named *out)
{
    size_t n = strcspn(at, ",");
    const char *space = memrchr(at, ' ', n);
    if (!space)
        return NULL;
    *out = (struct named){.text = at, .len = n, .id = strtoll(space + 1, NULL, 10)};
    out->category = str_starts(at, channel_words[CHANNEL_TICKET_CATEGORY]);
    return at + n + (at[n] == ',');
}

static bool remembers(const char *remote, const struct named *one)
{
    struct named other;
    while ((remote = next_named(remote, &other))) {
        if (other.len == one->len && memcmp(other.text, one->text, one->len) == 0)
            return true;
    }
    return false;
}

bool places_known(const char *wanted, const char *remote)
{
    struct named one;
    while ((wanted = next_named(wanted, &one))) {
        if (!remembers(remote, &one))
            return false;
    }
    return true;
}

void plan_places(enum push_kind kind, const struct tenant *t, const struct feature_list *features,
                 struct push_call *out)
{
    bool roles = kind == PUSH_ROLES;
    *out = (struct push_call){.method = "GET"};
    str_addf(&out->path, "/guilds/%" PRId64 "/%s", t->guild_id, roles ? "roles" : "channels");
    tenant_places(t, features, roles ? PLACE_ROLE : PLACE_CHANNEL, &out->remote);
}

/* What is wrong with it, of which LISTED are all that there are; NULL: nothing. */
static const char *objection(enum push_kind kind, const struct named *one, const struct json *listed)
{
    const struct json *found = NULL;
    json_each(place, listed)
    {
        if (json_get_id(place, "id") == one->id)
            found = place;
    }
    if (kind == PUSH_ROLES)
        return found ? NULL : "no role of this guild";
    if (!found)
        return "no channel of this guild";
    int64_t type = json_get_int(found, "type", GUILD_TEXT);
    if (one->category)
        return type == GUILD_CATEGORY ? NULL : "no category";
    return type == GUILD_TEXT || type == GUILD_ANNOUNCEMENT ? NULL : "no text channel";
}

void places_check(enum push_kind kind, const char *wanted, const struct json *listed, struct str *found,
                  struct str *wrong)
{
    struct named one;
    while ((wanted = next_named(wanted, &one))) {
        const char *why = objection(kind, &one, listed);
        struct str *list = why ? wrong : found;
        if (list->len)
            str_add(list, why ? "; " : ",");
        str_add_bytes(list, one.text, one.len);
        if (why)
            str_addf(list, " is %s", why);
    }
}
