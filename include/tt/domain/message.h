/* What buyers and renters read on Discord: one catalogue of messages in Indonesian and English. Texts have
 * {name} places; values are put in literally. */
#ifndef TT_DOMAIN_MESSAGE_H
#define TT_DOMAIN_MESSAGE_H

#include "tt/base/str.h"

enum language { LANGUAGE_ID, LANGUAGE_EN, LANGUAGE_COUNT };
extern const char *const language_words[LANGUAGE_COUNT + 1]; /* "id" "en" */

enum message {
    MESSAGE_PONG, /* {ms} */
    MESSAGE_MAINTENANCE,
    MESSAGE_COOLDOWN, /* {seconds} */
    MESSAGE_TOO_MANY,
    MESSAGE_NOT_PERMITTED, /* {what} */
    MESSAGE_FAILED_TRY_AGAIN,
    MESSAGE_HELP_TITLE, /* {server} */
    MESSAGE_HELP_EMPTY,
    MESSAGE_WELCOME_DEFAULT, /* {user} {server} */
    MESSAGE_SWITCHED_OFF,    /* {feature} */
    MESSAGE_CONFIRM,         /* {command} */
    MESSAGE_CONFIRM_YES,
    MESSAGE_CONFIRM_NO,
    MESSAGE_CANCELLED,
    MESSAGE_EXPIRED_QUESTION,
    MESSAGE_COUNT
};

/* Append the text with its places filled: pairs of name and value, ended by NULL. An unknown {place} stays as
 * it is. */
void message_add(struct str *out, enum language language, enum message message, ...)
    __attribute__((sentinel));
/* The same filling on any template (welcome texts, custom commands). Values are never scanned again. */
void template_add(struct str *out, const char *text, const char *const *pairs /* name, value, ..., NULL */);

#endif
