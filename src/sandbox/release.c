#include "release.h"

void member_free(struct member *m)
{
    if (!m)
        return;
    free(m->nick);
    free(m->roles);
    free(m);
}

void role_free(struct role *r)
{
    if (!r)
        return;
    free(r->name);
    free(r);
}

void reaction_free(struct reaction *r)
{
    if (!r)
        return;
    free(r->name);
    list_drop(&r->users);
    free(r);
}

void message_free(struct message *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->reactions.count; i++)
        reaction_free(m->reactions.items[i]);
    list_drop(&m->reactions);
    list_drop(&m->attachments);
    json_free(m->embeds);
    json_free(m->components);
    json_free(m->nonce);
    json_free(m->origin);
    free(m->content);
    free(m->mentions);
    free(m->mention_roles);
    free(m->webhook_name);
    free(m->origin_name);
    free(m);
}

void webhook_free(struct webhook *h)
{
    if (!h)
        return;
    free(h->token);
    free(h->name);
    free(h);
}

void command_free(struct command *c)
{
    if (!c)
        return;
    json_free(c->doc);
    free(c);
}

/* An ephemeral message lives no longer than its interaction: nobody could ask for it any more. */
static void forget_message(struct world *w, struct message *m)
{
    if (!m)
        return;
    m->from = NULL;
    if (m->visible_to)
        channel_remove_message(w, m);
}

void interaction_forget(struct world *w, struct interaction *i)
{
    table_remove(&w->interactions, i->id);
    table_remove(&w->interactions, table_key(i->token));
    list_remove(&w->interaction_list, i);
    for (size_t n = 0; n < i->followups.count; n++)
        forget_message(w, i->followups.items[n]);
    if (i->original && i->original->from == i)
        forget_message(w, i->original);
    list_drop(&i->followups);
    json_free(i->modal);
    json_free(i->trigger);
    json_free(i->choices);
    json_free(i->data);
    free(i->token);
    free(i->name);
    free(i);
}

static void guild_free(struct guild *g)
{
    for (size_t i = 0; i < g->roles.count; i++)
        role_free(g->roles.items[i]);
    for (size_t i = 0; i < g->members.count; i++)
        member_free(g->members.items[i]);
    for (size_t i = 0; i < g->commands.count; i++)
        command_free(g->commands.items[i]);
    list_drop(&g->roles);
    list_drop(&g->channels);
    list_drop(&g->members);
    list_drop(&g->bots);
    list_drop(&g->commands);
    list_drop(&g->webhooks);
    table_release(&g->member_table);
    free(g->name);
    free(g);
}

void world_remove_guild(struct world *w, struct guild *g)
{
    while (g->channels.count > 0)
        world_remove_channel(w, g->channels.items[g->channels.count - 1]);
    for (size_t i = 0; i < g->bots.count; i++) {
        struct bot *b = g->bots.items[i];
        list_remove(&b->guilds, g);
    }
    for (size_t i = w->interaction_list.count; i > 0; i--) {
        struct interaction *n = w->interaction_list.items[i - 1];
        if (n->guild == g)
            interaction_forget(w, n);
    }
    table_remove(&w->guilds, g->id);
    list_remove(&w->guild_list, g);
    guild_free(g);
}

static void bot_free(struct bot *b)
{
    for (size_t i = 0; i < b->commands.count; i++)
        command_free(b->commands.items[i]);
    list_drop(&b->guilds);
    list_drop(&b->commands);
    list_drop(&b->dms);
    list_drop(&b->sessions);
    free(b->token);
    free(b->name);
    free(b);
}

static void user_free(struct user *u)
{
    free(u->username);
    free(u->global_name);
    free(u);
}

void world_release(struct world *w)
{
    while (w->interaction_list.count > 0)
        interaction_forget(w, w->interaction_list.items[w->interaction_list.count - 1]);
    while (w->commands_files.count > 0)
        attachment_drop(w, w->commands_files.items[--w->commands_files.count]);
    while (w->guild_list.count > 0)
        world_remove_guild(w, w->guild_list.items[w->guild_list.count - 1]);
    while (w->dm_list.count > 0)
        world_remove_channel(w, w->dm_list.items[w->dm_list.count - 1]);
    for (size_t i = 0; i < w->bot_list.count; i++)
        bot_free(w->bot_list.items[i]);
    for (size_t i = 0; i < w->user_list.count; i++)
        user_free(w->user_list.items[i]);
    struct table *tables[] = {&w->users,  &w->guilds,   &w->channels,     &w->bots,
                              &w->tokens, &w->webhooks, &w->interactions, &w->attachments};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        table_release(tables[i]);
    struct list *lists[] = {&w->user_list, &w->guild_list,       &w->bot_list,
                            &w->dm_list,   &w->interaction_list, &w->commands_files};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_drop(lists[i]);
}
