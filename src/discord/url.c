#include "url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/discord/libcurl.h"
#include "tt/discord/rest.h"

#define PLAIN_TEXT "unencrypted %s is allowed to this machine only, not to \"%s\""

static const struct {
    const char *plain, *tls;
    int plain_port, tls_port;
} schemes[] = {
    [URL_REST] = {"http", "https", 80, 443},
    [URL_GATEWAY] = {"ws", "wss", 80, 443},
    [URL_PROXY] = {"http", NULL, 1080, 0},
};

bool url_loopback(const char *host)
{
    struct in_addr v4;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

/* A copy of one part that fits, or -1. An absent part is empty. */
static int part(CURLU *h, CURLUPart which, unsigned flags, char *to, size_t size)
{
    char *value = NULL;
    to[0] = '\0';
    if (curl_url_get(h, which, &value, flags) != CURLUE_OK || !value)
        return 0;
    int r = str_copy(to, size, value) ? 0 : -1;
    mem_wipe(value, strlen(value));
    curl_free(value);
    return r;
}

static int read_host(CURLU *h, struct url *out)
{
    char host[sizeof out->host];
    if (part(h, CURLUPART_HOST, 0, host, sizeof host) < 0)
        return -1;
    size_t n = strlen(host);
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        memmove(host, host + 1, n - 1);
        out->numeric_v6 = true;
    }
    memcpy(out->host, host, sizeof host);
    return host[0] ? 0 : -1;
}

static int read_credential(CURLU *h, struct url *out)
{
    char name[128], password[128];
    if (part(h, CURLUPART_USER, CURLU_URLDECODE, name, sizeof name) < 0 ||
        part(h, CURLUPART_PASSWORD, CURLU_URLDECODE, password, sizeof password) < 0)
        return -1;
    if (name[0])
        snprintf(out->user, sizeof out->user, "%s:%s", name, password);
    mem_wipe(password, sizeof password);
    return 0;
}

static int read_parts(CURLU *h, enum url_kind kind, struct url *out)
{
    char scheme[16], port[8];
    if (part(h, CURLUPART_SCHEME, 0, scheme, sizeof scheme) < 0 ||
        part(h, CURLUPART_PORT, 0, port, sizeof port) < 0)
        return -1;
    out->tls = schemes[kind].tls && strcmp(scheme, schemes[kind].tls) == 0;
    if (!out->tls && strcmp(scheme, schemes[kind].plain) != 0)
        return -1;
    out->port = out->tls ? schemes[kind].tls_port : schemes[kind].plain_port;
    if (port[0])
        out->port = (int)strtol(port, NULL, 10);
    if (read_host(h, out) < 0 || read_credential(h, out) < 0 ||
        part(h, CURLUPART_PATH, 0, out->path, sizeof out->path) < 0)
        return -1;
    for (size_t n = strlen(out->path); n > 0 && out->path[n - 1] == '/'; n--)
        out->path[n - 1] = '\0';
    return 0;
}

/* [host] or host, and whether nothing but a port stands behind it. */
static bool host_of(const char *authority, size_t n, char host[256])
{
    size_t from = n && authority[0] == '[', len = strcspn(authority + from, from ? "]" : ":");
    if (len + from > n)
        len = n - from;
    const char *rest = authority + from + len + from, *end = authority + n;
    if (!len || len > 255 || rest > end || (rest < end && *rest != ':'))
        return false;
    snprintf(host, 256, "%.*s", (int)len, authority + from);
    if (strspn(host, from ? "0123456789abcdefABCDEF:."
                          : "0123456789abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_") != len)
        return false;
    size_t digits = rest < end ? strspn(rest + 1, "0123456789") : 0;
    bool port = digits > 0 && digits <= 5 && rest + 1 + digits == end && strtol(rest + 1, NULL, 10) < 65536;
    return rest == end || port;
}

int rest_base_check(const char *base, struct error *e)
{
    bool tls = strncasecmp(base, "https://", 8) == 0;
    const char *authority = base + (tls ? 8 : 7);
    char host[256];
    bool good = tls || strncasecmp(base, "http://", 7) == 0;
    size_t n = good ? strcspn(authority, "/?#") : 0;
    if (!good || !host_of(authority, n, host) || strpbrk(base, " \t\r\n?#"))
        return error_set(e, ERROR_MALFORMED, NULL, "'%s' is not an http or https URL with a host",
                         good && memchr(authority, '@', n) ? "..." : base); /* not with a password in it */
    if (!tls && !url_loopback(host))
        return error_set(e, ERROR_REFUSED, NULL, PLAIN_TEXT, schemes[URL_REST].plain, host);
    return 0;
}

int url_parse(const char *text, enum url_kind kind, struct url *out, struct error *e)
{
    memset(out, 0, sizeof *out);
    if (libcurl_load(e) < 0)
        return -1;
    CURLU *h = curl_url();
    if (!h)
        abort();
    int r = -1;
    unsigned flags = CURLU_NON_SUPPORT_SCHEME | (kind == URL_PROXY ? CURLU_DEFAULT_SCHEME : 0);
    const char *wanted = kind == URL_REST ? "http or https" : kind == URL_GATEWAY ? "ws or wss" : "http";
    char full[600];
    /* libcurl's default scheme is https; a proxy written without one is an http proxy. */
    if (kind == URL_PROXY && text && !strstr(text, "://"))
        snprintf(full, sizeof full, "http://%s", text);
    else
        str_copy(full, sizeof full, text ? text : "");
    if (curl_url_set(h, CURLUPART_URL, full, flags) != CURLUE_OK || read_parts(h, kind, out) < 0)
        error_set(e, ERROR_MALFORMED, NULL, "the address is not an %s URL with a host", wanted);
    else if (kind != URL_PROXY && out->user[0])
        error_set(e, ERROR_MALFORMED, NULL, "the address must not carry a user name");
    else if (kind != URL_PROXY && !out->tls && !url_loopback(out->host))
        error_set(e, ERROR_REFUSED, NULL, PLAIN_TEXT, schemes[kind].plain, out->host);
    else
        r = 0;
    mem_wipe(full, sizeof full);
    curl_url_cleanup(h);
    return r;
}

int url_parse_origin(const char *text, struct url *out, struct error *e)
{
    const char *authority = strstr(text, "://");
    char origin[300];
    size_t n = authority ? (size_t)(authority - text) + 3 + strcspn(authority + 3, "/?#") : sizeof origin;
    if (n >= sizeof origin) {
        memset(out, 0, sizeof *out);
        return error_set(e, ERROR_MALFORMED, NULL, "the address is not an http or https URL with a host");
    }
    snprintf(origin, sizeof origin, "%.*s", (int)n, text);
    return url_parse(origin, URL_REST, out, e);
}

void url_release(struct url *u)
{
    mem_wipe(u->user, sizeof u->user);
}

static bool covers(const char *entry, size_t n, const char *host)
{
    if (n == 1 && entry[0] == '*')
        return true;
    if (n > 0 && entry[0] == '.') {
        entry++;
        n--;
    }
    size_t h = strlen(host);
    if (n == 0 || n > h || strncasecmp(host + h - n, entry, n) != 0)
        return false;
    return n == h || host[h - n - 1] == '.';
}

bool url_bypassed(const char *list, const char *host)
{
    for (const char *p = list; p && *p;) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ", \t");
        if (n && covers(p, n, host))
            return true;
        p += n;
    }
    return false;
}

static const char *first_set(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return value;
    }
    return NULL;
}

int url_proxy(const struct url *u, struct url *out, struct error *e)
{
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    const char *address = first_set(proxies);
    if (!u->tls || !address || url_loopback(u->host) || url_bypassed(first_set(exceptions), u->host))
        return 0;
    if (url_parse(address, URL_PROXY, out, e) < 0)
        return error_set(e, ERROR_REFUSED, NULL, "the proxy of the environment is not an http:// address");
    return 1;
}

void url_encode(struct str *out, const char *text, size_t limit)
{
    size_t start = out->len, len = strlen(text);
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t n = text_decode(text + i, len - i, &c);
        struct str one = STR_INIT;
        for (size_t k = 0; k < n; k++) {
            unsigned char b = (unsigned char)text[i + k];
            if (b < 0x80 && (isalnum(b) || strchr("-._~", b)))
                str_add_char(&one, (char)b);
            else
                str_addf(&one, "%%%02X", b);
        }
        bool fits = limit == 0 || out->len - start + one.len <= limit;
        if (fits)
            str_add_bytes(out, one.data, one.len);
        str_release(&one);
        if (!fits)
            return;
        i += n;
    }
}

void rest_path_segment(struct str *out, const char *text)
{
    url_encode(out, text, 0);
}
