#include "world.h"

#include "permissions.h"
#include "release.h"
#include "tt/base/crypto.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define EPOCH 1420070400000LL /* the first second of 2015, where Discord's ids begin */

const struct limits limits_default = {
    .rate = true,
    .identify = true,
    .heartbeat_ms = 41250,
    .resume_ms = 180000,
    .replay = 1000,
    .interaction_ms = 3000,
    .identifies = 1000,
    .history = 5000,
    .log = 5000,
};

void world_init(struct world *w)
{
    *w = (struct world){.limits = limits_default};
}

int64_t world_now(const struct world *w)
{
    return time_now() + w->clock_offset;
}

int64_t snowflake_time(int64_t id)
{
    return (id >> 22) + EPOCH;
}

int64_t snowflake_at(int64_t ms)
{
    return ms <= EPOCH ? 1 : (ms - EPOCH) << 22;
}

int64_t world_new_id(struct world *w)
{
    int64_t id = snowflake_at(world_now(w));
    w->last_id = id > w->last_id ? id : w->last_id + 1;
    return w->last_id;
}

void world_set(char **field, const char *value)
{
    char *copy = mem_strdup(value);
    free(*field);
    *field = copy;
}

char *world_random_text(size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = mem_alloc(n + 1);
    crypto_random(text, n);
    for (size_t i = 0; i < n; i++)
        text[i] = letters[(unsigned char)text[i] & 63];
    text[n] = 0;
    return text;
}

/* --- users and bots --- */

struct user *world_user(struct world *w, int64_t id)
{
    return table_get(&w->users, id);
}

struct user *world_add_user(struct world *w, int64_t id, const char *name, bool bot)
{
    struct user *u = world_user(w, id);
    if (u) {
        u->bot = u->bot || bot;
        if (name)
            world_set(&u->username, name);
        return u;
    }
    u = mem_zero(1, sizeof *u);
    u->id = id;
    u->username = name ? mem_strdup(name) : mem_format("user%lld", (long long)id);
    u->bot = bot;
    table_put(&w->users, id, u);
    list_push(&w->user_list, u);
    return u;
}

struct bot *world_add_bot(struct world *w, int64_t id, const char *token, const char *name)
{
    struct bot *b = table_get(&w->bots, id);
    if (b || table_get(&w->tokens, table_key(token)))
        return NULL;
    b = mem_zero(1, sizeof *b);
    b->id = id;
    b->token = mem_strdup(token);
    b->name = mem_strdup(name);
    b->user = world_add_user(w, id, name, true);
    b->identifies_left = w->limits.identifies;
    b->max_concurrency = 1;
    table_put(&w->bots, id, b);
    table_put(&w->tokens, table_key(token), b);
    list_push(&w->bot_list, b);
    return b;
}

struct bot *world_bot_of_token(struct world *w, const char *token)
{
    struct bot *b = table_get(&w->tokens, table_key(token));
    return b && !b->revoked && str_equal(b->token, token) ? b : NULL;
}

/* --- guilds --- */

struct guild *world_guild(struct world *w, int64_t id)
{
    return table_get(&w->guilds, id);
}

struct guild *world_add_guild(struct world *w, int64_t id, const char *name, int64_t owner_id)
{
    struct guild *g = mem_zero(1, sizeof *g);
    g->id = id;
    g->name = mem_strdup(name);
    g->owner_id = owner_id;
    guild_add_role(g, id, "@everyone")->permissions = PERMISSIONS_EVERYONE;
    table_put(&w->guilds, id, g);
    list_push(&w->guild_list, g);
    return g;
}

struct role *guild_role(const struct guild *g, int64_t id)
{
    for (size_t i = 0; i < g->roles.count; i++) {
        struct role *r = g->roles.items[i];
        if (r->id == id)
            return r;
    }
    return NULL;
}

struct role *guild_add_role(struct guild *g, int64_t id, const char *name)
{
    struct role *r = mem_zero(1, sizeof *r);
    r->id = id;
    r->name = mem_strdup(name);
    r->position = (int)g->roles.count;
    list_push(&g->roles, r);
    return r;
}

struct member *guild_member(const struct guild *g, int64_t user_id)
{
    return table_get(&g->member_table, user_id);
}

struct member *guild_add_member(struct guild *g, struct user *u, int64_t joined_at)
{
    struct member *m = guild_member(g, u->id);
    if (m)
        return m;
    m = mem_zero(1, sizeof *m);
    m->user = u;
    m->guild = g;
    m->joined_at = joined_at;
    table_put(&g->member_table, u->id, m);
    list_push(&g->members, m);
    return m;
}

void guild_remove_member(struct guild *g, struct member *m)
{
    table_remove(&g->member_table, m->user->id);
    list_remove(&g->members, m);
    member_free(m);
}

void guild_add_bot(struct world *w, struct guild *g, struct bot *b, uint64_t permissions)
{
    struct member *m = guild_add_member(g, b->user, world_now(w));
    if (list_has(&g->bots, b))
        return;
    struct role *r = guild_add_role(g, world_new_id(w), b->name);
    r->permissions = permissions;
    r->managed = true;
    r->bot_id = b->id;
    member_set_role(m, r->id, true);
    list_push(&g->bots, b);
    list_push(&b->guilds, g);
}

bool member_has_role(const struct member *m, int64_t role_id)
{
    for (size_t i = 0; i < m->role_count; i++)
        if (m->roles[i] == role_id)
            return true;
    return false;
}

bool member_set_role(struct member *m, int64_t role_id, bool on)
{
    if (member_has_role(m, role_id) == on)
        return false;
    if (on) {
        m->roles = mem_resize(m->roles, m->role_count + 1, sizeof *m->roles);
        m->roles[m->role_count++] = role_id;
        return true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->role_count; i++)
        if (m->roles[i] != role_id)
            m->roles[kept++] = m->roles[i];
    m->role_count = kept;
    return true;
}

/* --- commands and interactions --- */

struct command *bot_command(const struct list *commands, const struct bot *b, int64_t id)
{
    for (size_t i = 0; i < commands->count; i++) {
        struct command *c = commands->items[i];
        if (c->id == id && c->bot == b)
            return c;
    }
    return NULL;
}

/* Tokens live for fifteen minutes; what is much older than that is of no use to anybody. */
static void forget_old_interactions(struct world *w)
{
    int64_t limit = time_monotonic() - 20 * 60 * 1000;
    while (w->interaction_list.count > 0) {
        struct interaction *oldest = w->interaction_list.items[0];
        if (oldest->created > limit)
            return;
        interaction_forget(w, oldest);
    }
}

struct interaction *world_add_interaction(struct world *w, struct bot *b, struct channel *c, struct user *u,
                                          int type)
{
    forget_old_interactions(w);
    struct interaction *i = mem_zero(1, sizeof *i);
    i->id = world_new_id(w);
    i->token = world_random_text(64);
    i->bot = b;
    i->guild = c->guild;
    i->channel = c;
    i->user = u;
    i->type = type;
    i->created = time_monotonic();
    table_put(&w->interactions, i->id, i);
    table_put(&w->interactions, table_key(i->token), i);
    list_push(&w->interaction_list, i);
    return i;
}

struct interaction *world_interaction(struct world *w, int64_t id)
{
    struct interaction *i = table_get(&w->interactions, id);
    return i && i->id == id ? i : NULL;
}

struct interaction *world_interaction_of_token(struct world *w, const char *token)
{
    struct interaction *i = table_get(&w->interactions, table_key(token));
    return i && str_equal(i->token, token) ? i : NULL;
}
