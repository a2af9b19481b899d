/* The verbs of the scripting side. Each takes its document and returns the answer, or NULL with the error
 * filled. */
#ifndef SANDBOX_VERBS_H
#define SANDBOX_VERBS_H

#include "box.h"
#include "tt/base/error.h"

typedef struct json *control_verb(struct box *b, const struct json *doc, struct error *e);

/* acting: control_act.c */
control_verb control_message, control_webhook, control_edit, control_delete, control_reaction, control_typing;
/* the guild: control_guild.c */
control_verb control_join, control_leave, control_member_update, control_guild_delete, control_add_guild,
    control_add_bot, control_add_channel, control_remove_channel;
/* reading: control_read.c */
control_verb control_messages, control_channels, control_commands, control_member, control_members,
    control_requests, control_sessions, control_interactions, control_interaction, control_bots,
    control_stats;
/* faults and switches: control_fault.c */
control_verb control_fault, control_event, control_clear_faults, control_revoke, control_set_flags,
    control_set_token, control_clock, control_limits, control_stop;

/* {"ok":true} */
struct json *control_ok(void);
/* What documents name; NULL with the error filled when there is none. */
struct channel *named_channel(struct box *b, const struct json *doc, struct error *e);
struct guild *named_guild(struct box *b, const struct json *doc, struct error *e);
struct bot *named_bot(struct box *b, const struct json *doc, struct error *e);
struct user *named_user(struct box *b, const struct json *doc, const char *key, struct error *e);
struct member *named_member(struct box *b, struct guild *g, const struct json *doc, struct error *e);
struct message *named_message(struct box *b, const struct json *doc, struct error *e);

#endif
