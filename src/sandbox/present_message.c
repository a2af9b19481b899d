#include "present.h"

#include "tt/base/crypto.h"
#include "tt/base/mem.h"

/* Attachments carry their address, which depends on where this process listens. */
static char attachment_base[128];
static unsigned char attachment_key[16];

void present_set_base(const char *base)
{
    str_copy(attachment_base, sizeof attachment_base, base);
    crypto_random(attachment_key, sizeof attachment_key);
}

#define DAY_S (24 * 60 * 60)

/* ex, is, hm: until when, since when, and that this process says so. */
static void sign(const struct attachment *a, int64_t until, char hm[SHA256_TEXT])
{
    struct str text = STR_INIT;
    str_add_bytes(&text, attachment_key, sizeof attachment_key);
    str_addf(&text, "%lld %lld", (long long)a->id, (long long)until);
    crypto_sha256_hex(text.data, text.len, hm);
    str_release(&text);
}

bool present_signed(const struct attachment *a, const char *ex, const char *hm, int64_t now)
{
    char right[SHA256_TEXT];
    int64_t until = ex ? strtoll(ex, NULL, 16) : 0;
    sign(a, until, right);
    return until > now / 1000 && str_equal(hm, right);
}

static void add_escaped(struct str *url, const char *name)
{
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-_.~", c);
        if (plain)
            str_add_char(url, *p);
        else
            str_addf(url, "%%%02X", c);
    }
}

struct json *present_attachment(const struct attachment *a)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", a->id);
    json_set_string(o, "filename", a->filename);
    json_set_int(o, "size", (int64_t)a->size);
    struct str url = STR_INIT;
    str_addf(&url, "%s/attachments/%lld/%lld/", attachment_base, (long long)a->channel_id, (long long)a->id);
    add_escaped(&url, a->filename);
    char hm[SHA256_TEXT];
    int64_t since = snowflake_time(a->id) / 1000;
    sign(a, since + DAY_S, hm);
    str_addf(&url, "?ex=%llx&is=%llx&hm=%s&", (long long)(since + DAY_S), (long long)since, hm);
    json_set_string(o, "url", url.data);
    json_set_string(o, "proxy_url", url.data);
    str_release(&url);
    if (a->content_type)
        json_set_string(o, "content_type", a->content_type);
    if (a->description)
        json_set_string(o, "description", a->description);
    return o;
}

struct json *present_emoji(const struct reaction *r)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", r->emoji_id);
    json_set_string(o, "name", r->name);
    return o;
}

static struct json *reactions(const struct message *m, const struct bot *viewer)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < m->reactions.count; i++) {
        const struct reaction *r = m->reactions.items[i];
        struct json *o = json_push(list, json_new_object());
        json_set(o, "emoji", present_emoji(r));
        json_set_int(o, "count", (int64_t)r->users.count);
        struct json *details = json_set(o, "count_details", json_new_object());
        json_set_int(details, "burst", 0);
        json_set_int(details, "normal", (int64_t)r->users.count);
        json_set(o, "burst_colors", json_new_array());
        json_set_bool(o, "me_burst", false);
        json_set_bool(o, "me", viewer && list_has(&r->users, viewer->user));
    }
    return list;
}

static void set_webhook_author(struct json *o, const struct message *m)
{
    struct user shown = {.id = m->webhook_id, .username = m->webhook_name, .bot = true};
    json_set(o, "author", present_user(&shown));
}

static void set_reference(struct world *w, struct json *o, const struct message *m)
{
    struct json *ref = json_set(o, "message_reference", json_new_object());
    json_set_int(ref, "type", 0);
    json_set_id(ref, "channel_id", m->channel->id);
    json_set_id(ref, "message_id", m->reference_id);
    if (m->channel->guild)
        json_set_id(ref, "guild_id", m->channel->guild->id);
    const struct message *other = channel_message(m->channel, m->reference_id);
    if (!other)
        json_set_null(o, "referenced_message");
    else if (other->reference_id == 0) /* one level, as Discord does */
        json_set(o, "referenced_message", present_message(w, other, NULL));
}

static void set_interaction(struct json *o, const struct message *m)
{
    json_set(o, "interaction_metadata", json_clone(m->origin));
    if (!m->origin_name)
        return;
    struct json *old = json_set(o, "interaction", json_new_object());
    json_set(old, "id", json_clone(json_get(m->origin, "id")));
    json_set_int(old, "type", 2);
    json_set_string(old, "name", m->origin_name);
    json_set(old, "user", json_clone(json_get(m->origin, "user")));
}

static void set_mentions(struct world *w, struct json *o, const struct message *m)
{
    struct json *users = json_set(o, "mentions", json_new_array());
    for (size_t i = 0; i < m->mention_count; i++)
        if (world_user(w, m->mentions[i]))
            json_push(users, present_user(world_user(w, m->mentions[i])));
    struct json *roles = json_set(o, "mention_roles", json_new_array());
    for (size_t i = 0; i < m->mention_role_count; i++)
        json_push(roles, json_new_id(m->mention_roles[i]));
    json_set_bool(o, "mention_everyone", m->mention_everyone);
}

struct json *present_message(struct world *w, const struct message *m, const struct bot *viewer)
{
    struct json *o = json_new_object();
    json_set_id(o, "id", m->id);
    json_set_int(o, "type", m->type);
    json_set_id(o, "channel_id", m->channel->id);
    json_set_string(o, "content", m->content);
    if (m->webhook_name)
        set_webhook_author(o, m);
    else
        json_set(o, "author", present_user(m->author));
    set_mentions(w, o, m);
    struct json *attachments = json_set(o, "attachments", json_new_array());
    for (size_t i = 0; i < m->attachments.count; i++)
        json_push(attachments, present_attachment(m->attachments.items[i]));
    json_set(o, "embeds", json_clone(m->embeds));
    json_set(o, "components", json_clone(m->components));
    present_set_time(o, "timestamp", m->time);
    present_set_time(o, "edited_timestamp", m->edited_at);
    json_set_int(o, "flags", m->flags);
    json_set_bool(o, "pinned", m->pinned);
    json_set_bool(o, "tts", m->tts);
    if (m->nonce)
        json_set(o, "nonce", json_clone(m->nonce));
    if (m->webhook_id)
        json_set_id(o, "webhook_id", m->webhook_id);
    if (m->application_id)
        json_set_id(o, "application_id", m->application_id);
    if (m->reactions.count > 0)
        json_set(o, "reactions", reactions(m, viewer));
    if (m->reference_id)
        set_reference(w, o, m);
    if (m->origin)
        set_interaction(o, m);
    return o;
}
