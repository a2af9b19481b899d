/* Who is told what happened: events to the sessions that may and want to see them. Documents handed in are
 * consumed. */
#ifndef SANDBOX_EVENTS_H
#define SANDBOX_EVENTS_H

#include "gateway.h"

/* To the bots of a guild. CHANNEL (may be NULL) must be visible to them; INTENT 0 asks for none. */
void event_guild(struct box *b, struct guild *g, const struct channel *c, uint64_t intent, const char *name,
                 struct json *d);
/* To one bot, whatever its intents. */
void event_bot(struct box *b, struct bot *bot, const char *name, struct json *d);
/* To the bots of a channel: of its guild, or the one at the other end of the DM. */
void event_channel(struct box *b, const struct channel *c, uint64_t guild_intent, uint64_t dm_intent,
                   const char *name, struct json *d);
/* MESSAGE_CREATE or MESSAGE_UPDATE; the content is blank for bots that may not read it. Ephemeral ones are
 * not told. */
void event_message(struct box *b, const struct message *m, const char *name);
void event_message_delete(struct box *b, const struct message *m);
/* ADD: MESSAGE_REACTION_ADD, otherwise ..._REMOVE. */
void event_reaction(struct box *b, const struct message *m, const struct reaction *r, const struct user *u,
                    bool add);
/* GUILD_MEMBER_ADD, _UPDATE, _REMOVE; a bot hears of its own updates without the intent. */
void event_member(struct box *b, struct member *m, const char *name);
void event_channel_change(struct box *b, const struct channel *c, const char *name);

#endif
