/* The control message: bytes and rules of cli.md. Written by push, judged by bot. */
#ifndef TT_DOMAIN_CONTROL_H
#define TT_DOMAIN_CONTROL_H

#include <stdint.h>

#include "tt/base/crypto.h"
#include "tt/base/error.h"
#include "tt/base/str.h"
#include "tt/domain/tenant.h"

#define CONTROL_PREFIX "tenanttui/1 "
#define CONTROL_NONCE_TEXT 33
#define CONTROL_WINDOW_MS (10 * 60 * 1000)

struct control_message {
    char tenant[TENANT_ID_TEXT];
    int64_t revision;
    char sha256[SHA256_TEXT];
    char nonce[CONTROL_NONCE_TEXT];
    int64_t time; /* ms; whole seconds */
};

/* Append the one line. SUB is SUBKEY_CONTROL. */
void control_write(const struct control_message *m, const struct key *sub, struct str *out);

enum control_verdict {
    CONTROL_OK,
    CONTROL_NOT, /* does not begin with the prefix: an ordinary message */
    CONTROL_FORGED,
    CONTROL_FOREIGN,
    CONTROL_STALE,
    CONTROL_REPLAYED, /* judged by the caller, who keeps the nonces */
    CONTROL_AHEAD
};
extern const char *const control_verdict_words[];

/* Everything about where the message was seen. */
struct control_context {
    int64_t author_id, bot_id;
    int64_t channel_id, control_channel_id; /* of the database's configuration */
    int64_t guild_id, tenant_guild_id;
    const char *tenant;
    int64_t now;
    int64_t database_revision;
};

/* Parse and judge one message text in the order of cli.md; never reads outside TEXT. M is filled only on
 * CONTROL_OK and CONTROL_AHEAD. */
enum control_verdict control_read(const char *text, size_t len, const struct key *sub,
                                  const struct control_context *context, struct control_message *m);

#endif
