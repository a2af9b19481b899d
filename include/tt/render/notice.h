/* State -> Discord message documents: pure, no I/O. Every document has "allowed_mentions":{"parse":[]} and
 * stays within Discord's limits whatever the state (texts are cut with an ellipsis). The caller owns what is
 * returned. */
#ifndef TT_RENDER_NOTICE_H
#define TT_RENDER_NOTICE_H

#include "tt/base/json.h"
#include "tt/domain/feature.h"
#include "tt/domain/message.h"

/* A plain text message; mentions only USER_ID (0: nobody). Cut at 2,000 characters. */
struct json *render_text(const char *text, int64_t user_id);
/* TEXT in a code block, split into as many documents as needed: an array of message documents. */
struct json *render_blocks(const char *text);
/* The `help` answer for a member: the buyer commands of the features that are on. */
struct json *render_help(const struct tenant *t, const struct feature_list *list, const char *guild_name,
                         enum language language);
/* A question with two buttons: custom ids "yes:ID" and "no:ID". */
struct json *render_question(const char *text, const char *id, enum language language);

#endif
