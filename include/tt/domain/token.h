/* The form of a bot token. It is a secret: no error of these functions holds it. */
#ifndef TT_DOMAIN_TOKEN_H
#define TT_DOMAIN_TOKEN_H

#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

/* One word of at most 256 printable characters, or ERROR_MALFORMED (field "token"). */
int token_check(const struct str *token, struct error *e);
/* The application that the token names in its first part; 0 where that cannot be read. */
int64_t token_application(const struct str *token);

#endif
