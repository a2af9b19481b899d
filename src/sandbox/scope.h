/* What handlers look up first: the channel, guild or member that the path names, and whether the bot may.
 * Each answers the error itself and returns NULL. */
#ifndef SANDBOX_SCOPE_H
#define SANDBOX_SCOPE_H

#include "permissions.h"
#include "request.h"

/* The guild of path argument AT; the bot must be a member with these permissions. */
struct guild *scope_guild(struct request *r, int at, uint64_t permissions);
/* The channel; the bot must see it and have these permissions in it. */
struct channel *scope_channel(struct request *r, int at, uint64_t permissions);
struct message *scope_message(struct request *r, struct channel *c, int at);
struct member *scope_member(struct request *r, struct guild *g, int at);
struct member *scope_me(struct request *r, const struct guild *g);
bool scope_may(const struct request *r, const struct channel *c, uint64_t permissions);

#endif
