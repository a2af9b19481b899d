/* Addresses from outside: the REST base, gateway URLs, proxies. Plain text schemes are for loopback only. */
#ifndef TT_DISCORD_URL_H
#define TT_DISCORD_URL_H

#include <stdbool.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

struct url {
    char host[256]; /* no brackets */
    int port;
    bool tls;
    bool numeric_v6; /* the host needs brackets where it is written with a port */
    char path[256];  /* without the final slash; "" for the root */
    char user[256];  /* "name:password", decoded; "" none */
};

enum url_kind { URL_REST /* http, https */, URL_GATEWAY /* ws, wss */, URL_PROXY /* http; any host */ };

/* ERROR_MALFORMED, or ERROR_REFUSED for plain text to another host than loopback. */
int url_parse(const char *text, enum url_kind kind, struct url *out, struct error *e);
/* Of a REST URL: all but its path, which may be long. */
int url_parse_origin(const char *text, struct url *out, struct error *e);
bool url_loopback(const char *host);
void url_release(struct url *u); /* wipes the credential */

/* The proxy that the environment names for U: https_proxy HTTPS_PROXY all_proxy ALL_PROXY, unless no_proxy or
 * NO_PROXY matches; loopback is never proxied. 1 and OUT filled, 0 none, -1 when it is not a usable http://
 * address. */
int url_proxy(const struct url *u, struct url *out, struct error *e);
/* Does a no_proxy list ("*", or names and domains separated by commas or blanks) cover HOST? */
bool url_bypassed(const char *list, const char *host);

/* TEXT percent-encoded (everything but unreserved characters), at most LIMIT bytes and never half a
 * character; 0 no limit. */
void url_encode(struct str *out, const char *text, size_t limit);

#endif
