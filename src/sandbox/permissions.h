/* What a member may do: roles, then a channel's overwrites, as the documentation lays down. Pure. */
#ifndef SANDBOX_PERMISSIONS_H
#define SANDBOX_PERMISSIONS_H

#include "world.h"

#define CREATE_INVITE (1ULL << 0)
#define KICK_MEMBERS (1ULL << 1)
#define BAN_MEMBERS (1ULL << 2)
#define ADMINISTRATOR (1ULL << 3)
#define MANAGE_CHANNELS (1ULL << 4)
#define MANAGE_GUILD (1ULL << 5)
#define ADD_REACTIONS (1ULL << 6)
#define VIEW_CHANNEL (1ULL << 10)
#define SEND_MESSAGES (1ULL << 11)
#define SEND_TTS (1ULL << 12)
#define MANAGE_MESSAGES (1ULL << 13)
#define EMBED_LINKS (1ULL << 14)
#define ATTACH_FILES (1ULL << 15)
#define READ_MESSAGE_HISTORY (1ULL << 16)
#define MENTION_EVERYONE (1ULL << 17)
#define EXTERNAL_EMOJIS (1ULL << 18)
#define CONNECT (1ULL << 20)
#define SPEAK (1ULL << 21)
#define CHANGE_NICKNAME (1ULL << 26)
#define MANAGE_NICKNAMES (1ULL << 27)
#define MANAGE_ROLES (1ULL << 28)
#define MANAGE_WEBHOOKS (1ULL << 29)
#define USE_COMMANDS (1ULL << 31)
#define MODERATE_MEMBERS (1ULL << 40)
#define PIN_MESSAGES (1ULL << 51)

#define PERMISSIONS_ALL ((1ULL << 53) - 1)
/* What @everyone has in a new guild. */
#define PERMISSIONS_EVERYONE                                                                     \
    (CREATE_INVITE | ADD_REACTIONS | VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | \
     READ_MESSAGE_HISTORY | EXTERNAL_EMOJIS | CONNECT | SPEAK | CHANGE_NICKNAME | USE_COMMANDS)
/* What a bot's managed role has unless the seed says otherwise. */
#define PERMISSIONS_BOT                                                                           \
    (PERMISSIONS_EVERYONE | KICK_MEMBERS | MANAGE_CHANNELS | MANAGE_MESSAGES | MENTION_EVERYONE | \
     MANAGE_NICKNAMES | MANAGE_ROLES | MANAGE_WEBHOOKS | MODERATE_MEMBERS | PIN_MESSAGES)

/* Of a member in its guild, without any channel. */
uint64_t permissions_of(const struct member *m);
/* In one channel; a member under a timeout may only look. NULL members (webhooks, strangers) may nothing. */
uint64_t permissions_in(const struct member *m, const struct channel *c, int64_t now);
/* Both, for an overwrite that is not stored yet. */
uint64_t permissions_apply(uint64_t base, const struct member *m, const struct overwrite *overwrites,
                           size_t count);
/* The position of the member's highest role; the owner is above all. */
int permissions_height(const struct member *m);

#endif
