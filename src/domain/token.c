#include "tt/domain/token.h"

#include <string.h>

#include "tt/base/crypto.h"
#include "tt/domain/tenant.h"

#define TOKEN_MAX 256

int token_check(const struct str *token, struct error *e)
{
    bool ok = token->len > 0 && token->len <= TOKEN_MAX;

    for (size_t i = 0; ok && i < token->len; i++)
        ok = token->data[i] > ' ' && token->data[i] < 0x7f;
    if (ok)
        return 0;
    return error_set(e, ERROR_MALFORMED, "token",
                     token->len ? "that is no bot token: expected one word of at most %d printable characters"
                                : "the token is empty (expected one word of at most %d characters)",
                     TOKEN_MAX);
}

/* A token's first part is the bot's user id in base64, which for bots is the application's id. */
int64_t token_application(const struct str *token)
{
    const char *dot = memchr(token->data, '.', token->len);
    struct str id = STR_INIT;
    int64_t application = 0;

    if (dot && !crypto_unbase64(token->data, (size_t)(dot - token->data), &id) &&
        snowflake_parse("token", str_text(&id), &application, NULL, NULL))
        application = 0;
    str_release(&id);
    return application;
}
