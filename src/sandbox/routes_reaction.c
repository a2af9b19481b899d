#include "routes.h"

#include "events.h"
#include "permissions.h"
#include "present.h"
#include "release.h"
#include "scope.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

/* A custom emoji is NAME:ID; a character must not be ASCII text. */
static bool split(const char *emoji, char **name, int64_t *id)
{
    const char *colon = strrchr(emoji, ':');
    *id = 0;
    if (colon) {
        char *end = NULL;
        *id = strtoll(colon + 1, &end, 10);
        if (*end || *id <= 0 || colon == emoji)
            return false;
        *name = mem_strndup(emoji, (size_t)(colon - emoji));
        return true;
    }
    uint32_t first = 0;
    text_decode(emoji, strlen(emoji), &first);
    /* Keycaps are a digit, # or * and a mark. */
    if (!*emoji || (first < 128 && !strstr(emoji, "\xe2\x83\xa3")) || !text_valid(emoji, strlen(emoji)))
        return false;
    *name = mem_strdup(emoji);
    return true;
}

struct reaction *reaction_find(const struct message *m, const char *emoji)
{
    const char *colon = strrchr(emoji, ':');
    int64_t id = colon ? strtoll(colon + 1, NULL, 10) : 0;
    for (size_t i = 0; i < m->reactions.count; i++) {
        struct reaction *r = m->reactions.items[i];
        if (id ? r->emoji_id == id : !r->emoji_id && str_equal(r->name, emoji))
            return r;
    }
    return NULL;
}

static void drop_if_empty(struct message *m, struct reaction *r)
{
    if (r->users.count > 0)
        return;
    list_remove(&m->reactions, r);
    reaction_free(r);
}

bool reaction_set(struct box *b, struct message *m, struct user *u, const char *emoji, bool on)
{
    struct reaction *r = reaction_find(m, emoji);
    if (!on) {
        if (!r || !list_remove(&r->users, u))
            return false;
        event_reaction(b, m, r, u, false);
        drop_if_empty(m, r);
        return true;
    }
    if (!r) {
        char *name = NULL;
        int64_t id = 0;
        if (!split(emoji, &name, &id))
            return false;
        r = mem_zero(1, sizeof *r);
        r->name = name;
        r->emoji_id = id;
        list_push(&m->reactions, r);
    }
    if (list_has(&r->users, u))
        return false;
    list_push(&r->users, u);
    event_reaction(b, m, r, u, true);
    return true;
}

void put_reaction(struct request *r)
{
    struct channel *c = scope_channel(r, 0, READ_MESSAGE_HISTORY);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    char *name = NULL;
    int64_t id = 0;
    if (!split(r->args[2], &name, &id)) {
        answer_error(r, 400, 10014, "Unknown Emoji");
        return;
    }
    free(name);
    if (!reaction_find(m, r->args[2])) {
        if (!scope_may(r, c, ADD_REACTIONS)) {
            missing_permissions(r);
            return;
        }
        if (m->reactions.count >= 20) {
            answer_error(r, 400, 30010, "Maximum number of reactions reached (20)");
            return;
        }
    }
    reaction_set(r->box, m, r->bot->user, r->args[2], true);
    answer_none(r);
}

static void take_away(struct request *r, struct message *m, struct user *u)
{
    if (u && reaction_find(m, r->args[2]))
        reaction_set(r->box, m, u, r->args[2], false);
    answer_none(r);
}

void delete_own_reaction(struct request *r)
{
    struct channel *c = scope_channel(r, 0, 0);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (m)
        take_away(r, m, r->bot->user);
}

void delete_user_reaction(struct request *r)
{
    struct channel *c = scope_channel(r, 0, r->ids[3] == r->bot->id ? 0 : MANAGE_MESSAGES);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (m)
        take_away(r, m, world_user(&r->box->world, r->ids[3]));
}

void delete_emoji_reactions(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_MESSAGES);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    struct reaction *reaction = m ? reaction_find(m, r->args[2]) : NULL;
    if (!m)
        return;
    if (reaction) {
        struct json *d = json_new_object();
        json_set_id(d, "channel_id", c->id);
        json_set_id(d, "message_id", m->id);
        json_set(d, "emoji", present_emoji(reaction));
        list_remove(&m->reactions, reaction);
        reaction_free(reaction);
        event_channel(r->box, c, INTENT_REACTIONS, INTENT_DM_REACTIONS, "MESSAGE_REACTION_REMOVE_EMOJI", d);
    }
    answer_none(r);
}

void delete_all_reactions(struct request *r)
{
    struct channel *c = scope_channel(r, 0, MANAGE_MESSAGES);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    while (m->reactions.count > 0) {
        reaction_free(m->reactions.items[m->reactions.count - 1]);
        list_remove_at(&m->reactions, m->reactions.count - 1);
    }
    struct json *d = json_new_object();
    json_set_id(d, "channel_id", c->id);
    json_set_id(d, "message_id", m->id);
    event_channel(r->box, c, INTENT_REACTIONS, INTENT_DM_REACTIONS, "MESSAGE_REACTION_REMOVE_ALL", d);
    answer_none(r);
}

void get_reactions(struct request *r)
{
    struct channel *c = scope_channel(r, 0, READ_MESSAGE_HISTORY);
    struct message *m = c ? scope_message(r, c, 1) : NULL;
    if (!m)
        return;
    const struct reaction *reaction = reaction_find(m, r->args[2]);
    int64_t limit = query_number(r, "limit", 25), after = query_number(r, "after", 0), found = 0;
    struct json *list = json_new_array();
    for (size_t i = 0; reaction && i < reaction->users.count && found < limit && found < 100; i++) {
        const struct user *u = reaction->users.items[i];
        if (u->id > after && ++found)
            json_push(list, present_user(u));
    }
    answer_json(r, 200, list);
}
