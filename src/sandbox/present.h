/* Entities in the form in which Discord's answers and events show them. Every function returns a new
 * document. */
#ifndef SANDBOX_PRESENT_H
#define SANDBOX_PRESENT_H

#include "world.h"

struct json *present_user(const struct user *u);
struct json *present_me(const struct bot *b); /* GET /users/@me */
struct json *present_application(const struct bot *b);
struct json *present_role(const struct role *r);
struct json *present_member(const struct member *m);         /* with its user */
struct json *present_member_partial(const struct member *m); /* without, as in a message */
struct json *present_channel(const struct channel *c);
struct json *present_guild(const struct guild *g);
/* As the GUILD_CREATE event has it; members: all of them, or only this bot. */
struct json *present_guild_create(const struct guild *g, const struct bot *b, bool all_members);
struct json *present_my_guild(const struct guild *g, const struct bot *b);
/* For the eyes of one bot (its own reactions are marked); NULL: nobody's. */
struct json *present_message(struct world *w, const struct message *m, const struct bot *viewer);
struct json *present_webhook(const struct webhook *h, const char *base);
struct json *present_command(const struct command *c);
struct json *present_emoji(const struct reaction *r);
struct json *present_attachment(const struct attachment *a);
/* Is that what present_attachment signed, and for as long as it holds? Either may be NULL. */
bool present_signed(const struct attachment *a, const char *ex, const char *hm, int64_t now);

/* "2026-08-01T12:03:51.042000+00:00", or null for 0. */
struct json *present_time(int64_t ms);
void present_set_time(struct json *object, const char *key, int64_t ms);
struct json *present_permissions(uint64_t may); /* a string of digits */

/* Where attachments are served; set once at the start. */
void present_set_base(const char *base);

#endif
