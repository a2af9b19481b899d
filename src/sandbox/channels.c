/* Channels and what hangs on them: overwrites, messages, attachments, webhooks. */
#include "world.h"

#include "release.h"
#include "tt/base/mem.h"

struct channel *world_channel(struct world *w, int64_t id)
{
    return table_get(&w->channels, id);
}

struct channel *guild_add_channel(struct world *w, struct guild *g, int64_t id, int type, const char *name)
{
    struct channel *c = mem_zero(1, sizeof *c);
    c->id = id;
    c->guild = g;
    c->type = type;
    c->name = mem_strdup(name);
    c->position = (int)g->channels.count;
    table_put(&w->channels, id, c);
    list_push(&g->channels, c);
    return c;
}

struct channel *bot_dm(struct world *w, struct bot *b, struct user *u)
{
    for (size_t i = 0; i < b->dms.count; i++) {
        struct channel *c = b->dms.items[i];
        if (c->recipient == u)
            return c;
    }
    struct channel *c = mem_zero(1, sizeof *c);
    c->id = world_new_id(w);
    c->type = CHANNEL_DM;
    c->bot = b;
    c->recipient = u;
    table_put(&w->channels, c->id, c);
    list_push(&b->dms, c);
    list_push(&w->dm_list, c);
    return c;
}

static void forget_channel_in_guild(struct world *w, struct channel *c)
{
    struct guild *g = c->guild;
    for (size_t i = g->webhooks.count; i > 0; i--) {
        struct webhook *h = g->webhooks.items[i - 1];
        if (h->channel == c)
            world_remove_webhook(w, h);
    }
    for (size_t i = 0; i < g->channels.count; i++) {
        struct channel *other = g->channels.items[i];
        if (other->parent_id == c->id)
            other->parent_id = 0;
    }
    if (g->system_channel_id == c->id)
        g->system_channel_id = 0;
    list_remove(&g->channels, c);
}

void world_remove_channel(struct world *w, struct channel *c)
{
    for (size_t i = w->interaction_list.count; i > 0; i--) {
        struct interaction *n = w->interaction_list.items[i - 1];
        if (n->channel == c)
            interaction_forget(w, n);
    }
    while (c->messages.count > 0)
        channel_remove_message(w, c->messages.items[c->messages.count - 1]);
    if (c->guild) {
        forget_channel_in_guild(w, c);
    } else {
        list_remove(&c->bot->dms, c);
        list_remove(&w->dm_list, c);
    }
    table_remove(&w->channels, c->id);
    list_drop(&c->messages);
    free(c->overwrites);
    free(c->name);
    free(c->topic);
    free(c);
}

void channel_overwrite(struct channel *c, const struct overwrite *o)
{
    for (size_t i = 0; i < c->overwrite_count; i++) {
        if (c->overwrites[i].id == o->id) {
            c->overwrites[i] = *o;
            return;
        }
    }
    c->overwrites = mem_resize(c->overwrites, c->overwrite_count + 1, sizeof *c->overwrites);
    c->overwrites[c->overwrite_count++] = *o;
}

bool channel_remove_overwrite(struct channel *c, int64_t id)
{
    for (size_t i = 0; i < c->overwrite_count; i++) {
        if (c->overwrites[i].id == id) {
            c->overwrites[i] = c->overwrites[--c->overwrite_count];
            return true;
        }
    }
    return false;
}

/* --- messages --- */

static size_t position_of(const struct channel *c, int64_t id)
{
    size_t low = 0, high = c->messages.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct message *m = c->messages.items[middle];
        if (m->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct message *channel_message(const struct channel *c, int64_t id)
{
    size_t at = position_of(c, id);
    struct message *m = at < c->messages.count ? c->messages.items[at] : NULL;
    return m && m->id == id ? m : NULL;
}

struct message *channel_add_message(struct world *w, struct channel *c, struct user *author)
{
    /* A tenth goes at once, so that a full channel does not move its list with every message. */
    size_t most = (size_t)w->limits.history;
    if (c->messages.count >= most)
        for (size_t i = 0; i < most / 10 + 1 && c->messages.count > 0; i++)
            channel_remove_message(w, c->messages.items[0]);
    struct message *m = mem_zero(1, sizeof *m);
    m->id = world_new_id(w);
    m->channel = c;
    m->author = author;
    m->content = mem_strdup("");
    m->embeds = json_new_array();
    m->components = json_new_array();
    m->time = world_now(w);
    list_push(&c->messages, m);
    return m;
}

static void forget_clicks(struct world *w, const struct message *m)
{
    for (size_t i = 0; i < w->interaction_list.count; i++) {
        struct interaction *n = w->interaction_list.items[i];
        if (n->message == m)
            n->message = NULL;
        if (n->original == m)
            n->original = NULL;
    }
}

void channel_remove_message(struct world *w, struct message *m)
{
    struct channel *c = m->channel;
    size_t at = position_of(c, m->id);
    if (at < c->messages.count && c->messages.items[at] == m)
        list_remove_at(&c->messages, at);
    if (m->from) {
        if (m->from->original == m)
            m->from->original = NULL;
        list_remove(&m->from->followups, m);
    }
    if (m->clicked)
        forget_clicks(w, m);
    message_detach_all(w, m);
    message_free(m);
}

#define KEPT_FILES 50

void message_attach(struct message *m, struct attachment *a)
{
    a->refs++;
    list_push(&m->attachments, a);
}

void message_detach_all(struct world *w, struct message *m)
{
    for (size_t i = 0; i < m->attachments.count; i++)
        attachment_drop(w, m->attachments.items[i]);
    m->attachments.count = 0;
}

void attachment_drop(struct world *w, struct attachment *a)
{
    if (--a->refs > 0)
        return;
    table_remove(&w->attachments, a->id);
    free(a->filename);
    free(a->content_type);
    free(a->description);
    free(a->data);
    free(a);
}

void world_keep_attachment(struct world *w, struct attachment *a)
{
    a->refs++;
    list_push(&w->commands_files, a);
    if (w->commands_files.count > KEPT_FILES) {
        struct attachment *oldest = w->commands_files.items[0];
        list_remove(&w->commands_files, oldest);
        attachment_drop(w, oldest);
    }
}

struct attachment *world_add_attachment(struct world *w, int64_t channel_id, const char *filename,
                                        const char *type, const void *data, size_t size)
{
    struct attachment *a = mem_zero(1, sizeof *a);
    a->id = world_new_id(w);
    a->channel_id = channel_id;
    a->filename = mem_strdup(filename);
    a->content_type = mem_strdup(type);
    a->data = mem_alloc(size);
    memcpy(a->data, data, size);
    a->size = size;
    table_put(&w->attachments, a->id, a);
    return a;
}

/* --- webhooks --- */

struct webhook *world_add_webhook(struct world *w, struct channel *c, int64_t id, const char *token,
                                  const char *name)
{
    struct webhook *h = mem_zero(1, sizeof *h);
    h->id = id;
    h->token = token ? mem_strdup(token) : world_random_text(68);
    h->name = mem_strdup(name);
    h->channel = c;
    table_put(&w->webhooks, id, h);
    list_push(&c->guild->webhooks, h);
    return h;
}

void world_remove_webhook(struct world *w, struct webhook *h)
{
    table_remove(&w->webhooks, h->id);
    list_remove(&h->channel->guild->webhooks, h);
    webhook_free(h);
}

/* --- mentions --- */

static bool allows(const struct json *allowed, const char *parse, const char *list, int64_t id)
{
    if (!json_is(allowed, JSON_OBJECT))
        return true;
    json_each(word, json_get(allowed, "parse"))
    {
        if (str_equal(json_string(word), parse))
            return true;
    }
    if (list)
        json_each(one, json_get(allowed, list))
        {
            if (json_id(one) == id)
                return true;
        }
    return false;
}

static void add_mention(int64_t **ids, size_t *count, int64_t id)
{
    for (size_t i = 0; i < *count; i++)
        if ((*ids)[i] == id)
            return;
    *ids = mem_resize(*ids, *count + 1, sizeof **ids);
    (*ids)[(*count)++] = id;
}

/* "<@1>", "<@!1>" a user, "<@&1>" a role. */
static void add_bracket(struct world *w, struct message *m, const struct json *allowed, const char *p)
{
    bool role = *p == '&';
    if (*p == '&' || *p == '!')
        p++;
    char *end = NULL;
    long long id = strtoll(p, &end, 10);
    if (end == p || *end != '>' || id <= 0)
        return;
    if (role) {
        const struct role *r = m->channel->guild ? guild_role(m->channel->guild, id) : NULL;
        if (r && allows(allowed, "roles", "roles", id))
            add_mention(&m->mention_roles, &m->mention_role_count, id);
    } else if (world_user(w, id) && allows(allowed, "users", "users", id)) {
        add_mention(&m->mentions, &m->mention_count, id);
    }
}

void message_find_mentions(struct world *w, struct message *m, const struct json *allowed)
{
    m->mention_count = m->mention_role_count = 0;
    m->mention_everyone = false;
    for (const char *p = m->content; (p = strstr(p, "<@")); p += 2)
        add_bracket(w, m, allowed, p + 2);
    if (m->channel->guild && (strstr(m->content, "@everyone") || strstr(m->content, "@here")))
        m->mention_everyone = allows(allowed, "everyone", NULL, 0);
}
