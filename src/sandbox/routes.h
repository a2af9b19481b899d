/* The handlers that the table of routes names, by topic. */
#ifndef SANDBOX_ROUTES_H
#define SANDBOX_ROUTES_H

#include "request.h"

/* routes_user.c */
void get_me(struct request *r);
void patch_me(struct request *r);
void get_user(struct request *r);
void get_my_guilds(struct request *r);
void leave_guild(struct request *r);
void open_dm(struct request *r);
void get_application(struct request *r);
void patch_application(struct request *r);
void get_gateway(struct request *r);
void get_gateway_bot(struct request *r);
void get_attachment(struct request *r);

/* routes_guild.c */
void get_guild(struct request *r);
void get_guild_channels(struct request *r);
void create_channel(struct request *r);
void get_roles(struct request *r);
void get_role(struct request *r);
void create_role(struct request *r);
void patch_role(struct request *r);
void delete_role(struct request *r);

/* routes_member.c */
void get_members(struct request *r);
void search_members(struct request *r);
void get_member(struct request *r);
void patch_member(struct request *r);
void patch_own_member(struct request *r);
void patch_own_nick(struct request *r); /* the older form of it, which some libraries still use */
void kick_member(struct request *r);
void put_member_role(struct request *r);
void delete_member_role(struct request *r);
/* Change as a PATCH document says; shared with the scripting side. Objections go to O. */
bool member_change(struct box *b, struct member *m, const struct json *doc, struct objections *o);

/* routes_channel.c */
void get_channel(struct request *r);
void patch_channel(struct request *r);
void delete_channel(struct request *r);
void put_overwrite(struct request *r);
void delete_overwrite(struct request *r);
void typing(struct request *r);
void get_pins_old(struct request *r);
void get_pins(struct request *r);
void put_pin(struct request *r);
void delete_pin(struct request *r);
/* Fill the channel from a create or patch document. */
void channel_fill(struct channel *c, const struct json *doc, struct objections *o);

/* routes_message.c */
void get_messages(struct request *r);
void get_message(struct request *r);
void create_message(struct request *r);
void patch_message(struct request *r);
void delete_message(struct request *r);
void bulk_delete(struct request *r);
void crosspost(struct request *r);
/* Take a message away and tell. */
void message_delete(struct box *b, struct message *m);

/* routes_reaction.c */
void put_reaction(struct request *r);
void delete_own_reaction(struct request *r);
void delete_user_reaction(struct request *r);
void delete_emoji_reactions(struct request *r);
void delete_all_reactions(struct request *r);
void get_reactions(struct request *r);
/* EMOJI is a character or NAME:ID. Adds or takes away; false when it is no emoji or nothing changed. */
bool reaction_set(struct box *b, struct message *m, struct user *u, const char *emoji, bool on);
struct reaction *reaction_find(const struct message *m, const char *emoji);

/* routes_webhook.c */
void create_webhook(struct request *r);
void get_channel_webhooks(struct request *r);
void get_guild_webhooks(struct request *r);
void get_webhook(struct request *r);
void patch_webhook(struct request *r);
void delete_webhook(struct request *r);
void execute_webhook(struct request *r);
void get_webhook_message(struct request *r);
void patch_webhook_message(struct request *r);
void delete_webhook_message(struct request *r);

/* routes_command.c */
void get_commands(struct request *r);
void put_commands(struct request *r);
void post_command(struct request *r);
void get_command(struct request *r);
void patch_command(struct request *r);
void delete_command(struct request *r);
void get_command_permissions(struct request *r);

/* routes_interaction.c: callbacks, and follow-ups through the webhook routes */
void interaction_callback(struct request *r);
void create_followup(struct request *r, struct interaction *i);
/* The message that "@original" or an id names; answers the error itself. */
struct message *interaction_message(struct request *r, struct interaction *i, const char *name);
/* Make the event's document and send it to the bot; DATA is consumed. */
void interaction_send(struct box *b, struct interaction *i, struct json *data);

#endif
