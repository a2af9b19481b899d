/* The state of the stand-in: what Discord would keep in its databases. All of it is in memory and owned by
 * the world; entities are found by id. Nothing here knows of connections. */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "containers.h"
#include "tt/base/json.h"
#include "tt/base/str.h"

enum channel_type {
    CHANNEL_TEXT = 0,
    CHANNEL_DM = 1,
    CHANNEL_VOICE = 2,
    CHANNEL_CATEGORY = 4,
    CHANNEL_NEWS = 5,
    CHANNEL_STAGE = 13,
    CHANNEL_FORUM = 15
};

struct user {
    int64_t id;
    char *username, *global_name; /* global_name may be NULL */
    bool bot;
    bool dms_closed;
};

struct role {
    int64_t id;
    char *name;
    uint64_t permissions;
    int position;
    int64_t color;
    bool hoist, managed, mentionable;
    int64_t bot_id; /* the bot whose managed role this is, or 0 */
};

struct overwrite {
    int64_t id;
    int type; /* 0 role, 1 member */
    uint64_t allow, deny;
};

struct member {
    struct user *user;
    struct guild *guild;
    char *nick; /* NULL: none */
    int64_t *roles;
    size_t role_count;
    int64_t joined_at;
    int64_t timeout_until; /* 0: none */
};

struct attachment {
    int64_t id;
    int64_t channel_id;
    char *filename, *content_type, *description; /* the last two may be NULL */
    char *data;
    size_t size;
    unsigned refs; /* messages that show it */
};

struct reaction {
    char *name;       /* the character, or a custom emoji's name */
    int64_t emoji_id; /* 0: a character */
    struct list users;
};

struct message {
    int64_t id;
    struct channel *channel;
    struct user *author;
    int type;
    char *content;
    struct json *embeds, *components; /* arrays in the form of answers; never NULL */
    struct list attachments, reactions;
    int64_t *mentions;
    size_t mention_count;
    int64_t *mention_roles;
    size_t mention_role_count;
    bool mention_everyone, tts, pinned;
    int flags;
    int64_t time, edited_at, pinned_at;
    struct json *nonce; /* NULL: none */
    bool enforced_nonce;
    bool clicked; /* an interaction refers to it */
    int64_t webhook_id, application_id;
    char *webhook_name;       /* the name that a webhook's call gave; NULL otherwise */
    int64_t reference_id;     /* the message replied to; 0 none */
    int64_t visible_to;       /* an ephemeral message: the only member who sees it */
    struct interaction *from; /* the interaction that it answers; NULL when it is none or forgotten */
    struct json *origin;      /* interaction_metadata; NULL none */
    char *origin_name;        /* the command's name, for the older `interaction` member */
};

struct channel {
    int64_t id;
    struct guild *guild; /* NULL: a DM */
    int type;
    char *name, *topic; /* NULL: none */
    int position;
    int64_t parent_id, last_pin;
    bool nsfw;
    int rate_limit;
    struct overwrite *overwrites;
    size_t overwrite_count;
    struct list messages; /* by id, ascending */
    struct bot *bot;      /* a DM's two ends */
    struct user *recipient;
    int64_t last_message_id;
};

struct webhook {
    int64_t id;
    char *token, *name;
    struct channel *channel;
    struct bot *creator; /* NULL: made by the seed */
};

struct command {
    int64_t id, version;
    struct bot *bot;
    struct guild *guild; /* NULL: global */
    struct json *doc;    /* the command in the form of answers without ids */
};

enum interaction_state { INTERACTION_OPEN, INTERACTION_DEFERRED, INTERACTION_ANSWERED, INTERACTION_MODAL };

struct interaction {
    int64_t id;
    char *token;
    struct bot *bot;
    struct guild *guild; /* NULL in a DM */
    struct channel *channel;
    struct user *user;
    int type;        /* 2 command, 3 component, 4 autocomplete, 5 modal */
    int64_t created; /* monotonic ms */
    enum interaction_state state;
    int callback;             /* the type of the first answer; 0 none yet */
    bool deferred_update;     /* a type 6 answer: @original is the message clicked */
    struct message *message;  /* the message clicked */
    struct message *original; /* @original, once there is one */
    struct list followups;
    struct json *modal;   /* the modal it answered with */
    struct json *trigger; /* for a modal's submission: the metadata of what opened it */
    struct json *choices; /* the choices of an autocomplete's answer */
    struct json *data;    /* what was sent as `data` */
    char *name;           /* the command's name, or the custom_id */
};

struct guild {
    int64_t id, owner_id, system_channel_id;
    char *name;
    struct list roles, channels, members, bots, commands, webhooks;
    struct table member_table;
    int64_t creates_day; /* command creations are counted per day */
    int creates;
};

struct bot {
    int64_t id; /* user and application */
    char *token, *name;
    struct user *user;
    int64_t flags;
    bool revoked;
    struct list guilds, commands, dms;
    struct list sessions;
    int64_t global_since; /* the current second of the limit over all routes */
    int global_used;
    int identifies_left;
    int64_t identifies_reset; /* monotonic ms */
    int64_t identify_slot;    /* start of the current five seconds */
    int identify_slot_used;
    int64_t identifies, resumes; /* totals, for reading */
    int max_concurrency;
};

struct limits {
    bool rate, identify;
    int heartbeat_ms;   /* what HELLO announces */
    int resume_ms;      /* how long a cut session can be resumed */
    int replay;         /* events kept for a resume */
    int interaction_ms; /* time for the first answer */
    int identifies;     /* per day */
    int history;        /* messages kept in a channel */
    int log;            /* requests kept for reading */
};

struct world {
    struct table users, guilds, channels, bots, tokens, webhooks, interactions, attachments;
    struct list user_list, guild_list, bot_list, dm_list, interaction_list;
    struct list commands_files; /* attachments of commands, oldest first */
    int64_t last_id;
    int64_t clock_offset; /* ms added to the wall clock */
    struct limits limits;
};

extern const struct limits limits_default;

void world_init(struct world *w);
void world_release(struct world *w);

int64_t world_now(const struct world *w);
/* A snowflake of now, larger than every one before it. */
int64_t world_new_id(struct world *w);
int64_t snowflake_time(int64_t id); /* ms since 1970 */
int64_t snowflake_at(int64_t ms);   /* the smallest of that moment */

struct user *world_user(struct world *w, int64_t id);
/* The user of that id, made when there is none. NAME may be NULL. */
struct user *world_add_user(struct world *w, int64_t id, const char *name, bool bot);
struct guild *world_guild(struct world *w, int64_t id);
/* With its role @everyone. */
struct guild *world_add_guild(struct world *w, int64_t id, const char *name, int64_t owner_id);
void world_remove_guild(struct world *w, struct guild *g);
struct bot *world_add_bot(struct world *w, int64_t id, const char *token, const char *name);
struct bot *world_bot_of_token(struct world *w, const char *token);

struct role *guild_role(const struct guild *g, int64_t id);
struct role *guild_add_role(struct guild *g, int64_t id, const char *name);
struct member *guild_member(const struct guild *g, int64_t user_id);
struct member *guild_add_member(struct guild *g, struct user *u, int64_t joined_at);
void guild_remove_member(struct guild *g, struct member *m);
/* Make the bot a member with a managed role of these permissions; nothing when it is one already. */
void guild_add_bot(struct world *w, struct guild *g, struct bot *b, uint64_t permissions);
bool member_has_role(const struct member *m, int64_t role_id);
bool member_set_role(struct member *m, int64_t role_id, bool on); /* false when nothing changed */

struct channel *world_channel(struct world *w, int64_t id);
struct channel *guild_add_channel(struct world *w, struct guild *g, int64_t id, int type, const char *name);
void world_remove_channel(struct world *w, struct channel *c);
struct channel *bot_dm(struct world *w, struct bot *b, struct user *u); /* made when there is none */
void channel_overwrite(struct channel *c, const struct overwrite *o);
bool channel_remove_overwrite(struct channel *c, int64_t id);

struct message *channel_message(const struct channel *c, int64_t id); /* an ephemeral one too */
/* An empty message at the end of the channel, with a new id. */
struct message *channel_add_message(struct world *w, struct channel *c, struct user *author);
void channel_remove_message(struct world *w, struct message *m);
void message_attach(struct message *m, struct attachment *a);
void message_detach_all(struct world *w, struct message *m);
/* Find the users and roles named in the content; ALLOWED is allowed_mentions or NULL. */
void message_find_mentions(struct world *w, struct message *m, const struct json *allowed);
struct attachment *world_add_attachment(struct world *w, int64_t channel_id, const char *filename,
                                        const char *type, const void *data, size_t size);
/* One that came with a command and is in no message: there until some more have come. */
void world_keep_attachment(struct world *w, struct attachment *a);
void attachment_drop(struct world *w, struct attachment *a); /* by one of those who show it */
struct webhook *world_add_webhook(struct world *w, struct channel *c, int64_t id, const char *token,
                                  const char *name);
void world_remove_webhook(struct world *w, struct webhook *h);

struct command *bot_command(const struct list *commands, const struct bot *b, int64_t id);
void command_free(struct command *c);

struct interaction *world_add_interaction(struct world *w, struct bot *b, struct channel *c, struct user *u,
                                          int type);
struct interaction *world_interaction(struct world *w, int64_t id);
struct interaction *world_interaction_of_token(struct world *w, const char *token);

/* Replace a string that the entity owns. */
void world_set(char **field, const char *value);
/* N random letters and digits; FIELD gets them. */
char *world_random_text(size_t n);

#endif
