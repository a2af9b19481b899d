/* The two HTTP exchanges that come before a WebSocket: CONNECT to a proxy, and the upgrade. Text only. */
#ifndef TT_DISCORD_UPGRADE_H
#define TT_DISCORD_UPGRADE_H

#include <stddef.h>

#include "tt/base/error.h"
#include "tt/base/str.h"
#include "url.h"

#define UPGRADE_HEAD_LIMIT 8192 /* bytes of an answer's head */
#define UPGRADE_KEY 25          /* base64 of 16 bytes and NUL */

/* Bytes of a complete head in TEXT (through the empty line), 0 not complete yet. */
size_t upgrade_head(const char *text, size_t len);
void upgrade_connect(const struct url *to, const struct url *proxy, struct str *out);
int upgrade_check_connect(const char *head, size_t len, struct error *e);
/* PATH with its query. KEY is filled. */
void upgrade_request(const struct url *to, const char *path, char key[UPGRADE_KEY], struct str *out);
/* ERROR_REFUSED with what was wrong. */
int upgrade_check(const char *head, size_t len, const char *key, struct error *e);

#endif
